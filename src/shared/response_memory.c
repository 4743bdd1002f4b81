/*
 * response_memory.c
 *		The entries and blocks of responses in shared memory, and which are evicted.
 *
 * A response has an entry in the directory, and a list of blocks of equal size in any of
 * the segments.  The links of the lists are in the directory, so that blocks are taken and
 * given back without their segments.
 *
 * A response is evicted by the rule GreedyDual-Size: its value is its cost for each block,
 * and that of the last one evicted is added when it is used.  So the cheap, the large and
 * those that were not used for long are evicted first.
 */
#include "postgres.h"

#include "shared/response_memory.h"
#include "shared/shared_memory.h"

/* The states of an entry. */
#define ENTRY_FREE		0
#define ENTRY_WRITTEN	1		/* a process copies its bytes */
#define ENTRY_KEPT		2

/* A value is a cost in ms for each block, times that. */
#define VALUE_UNIT		1024

/* The highest cost, in ms: a response that took hours is not worth more. */
#define MAX_COST_MS		(1 << 24)

/* After a segment could not be created, none is for that time, in ms. */
#define FULL_MS			60000

/* Where the segments are mapped that the process has attached. */
static char *attached[PCA_RESPONSE_SEGMENTS];
static uint32 nattached = 0;

/* ---- the directory ---- */

/* Bytes of a directory for that many blocks in each segment. */
static Size
compute_directory_size(uint32 segment_blocks)
{
	return offsetof(PcaResponseDirectory, next_block) +
		sizeof(uint32) * segment_blocks * PCA_RESPONSE_SEGMENTS;
}

/* For init_directory(). */
static uint32 new_segment_blocks;

/* Initialize a directory without responses. */
static void
init_directory(void *address)
{
	PcaResponseDirectory *directory = address;

	memset(directory, 0, compute_directory_size(new_segment_blocks));
	directory->segment_blocks = new_segment_blocks;
	pg_atomic_init_u64(&directory->generation, 0);
	for (uint32 i = 0; i < PCA_RESPONSE_ENTRIES; i++)
	{
		pg_atomic_init_u64(&directory->values[i], 0);
		pg_atomic_init_u64(&directory->entries[i].hits, 0);
		directory->entries[i].next = i + 1 < PCA_RESPONSE_ENTRIES ? i + 2 : 0;
	}
	directory->first_free_entry = 1;
}

PcaResponseDirectory *
pca_response_memory_open(int megabytes)
{
	Size		size = 0;

	new_segment_blocks = megabytes * PCA_RESPONSE_BLOCKS_PER_MB / PCA_RESPONSE_SEGMENTS;
	if (megabytes > 0)
		size = compute_directory_size(new_segment_blocks);
	return pca_shared_memory_responses(size, init_directory);
}

uint32
pca_response_memory_capacity(const PcaResponseDirectory *directory)
{
	return directory->segment_blocks * PCA_RESPONSE_SEGMENTS;
}

uint32
pca_response_memory_count_blocks(size_t size)
{
	return (uint32) ((size + PCA_RESPONSE_BLOCK_SIZE - 1) / PCA_RESPONSE_BLOCK_SIZE);
}

/* ---- segments ---- */

bool
pca_response_memory_is_attached(const PcaResponseDirectory *directory)
{
	return nattached >= directory->nsegments;
}

/* Attach the next segment; size: bytes to create it with, or 0. */
static bool
attach_next_segment(PcaResponseDirectory *directory, Size size)
{
	void	   *address = pca_shared_memory_attach_blocks(&directory->segments[nattached], size);

	if (!address)
		return false;
	attached[nattached++] = address;
	return true;
}

/* The number of segments that were created. */
static uint32
count_segments(PcaResponseDirectory *directory)
{
	PcaSharedRoot *root = pca_shared_memory_attached_root();
	uint32		number;

	pca_shared_memory_lock_shared(root, PCA_SHARED_RESPONSES);
	number = directory->nsegments;
	pca_shared_memory_unlock(root, PCA_SHARED_RESPONSES);
	return number;
}

bool
pca_response_memory_attach(PcaResponseDirectory *directory)
{
	uint32		number = count_segments(directory);

	while (nattached < number)
	{
		if (!attach_next_segment(directory, 0))
			return false;
	}
	return true;
}

/* Put the blocks of the next segment on the free list. */
static void
add_segment_blocks(PcaResponseDirectory *directory)
{
	uint32		first = directory->nsegments * directory->segment_blocks;
	uint32		last = first + directory->segment_blocks - 1;

	for (uint32 block = first; block < last; block++)
		directory->next_block[block] = block + 2;
	directory->next_block[last] = directory->first_free_block;
	directory->first_free_block = first + 1;
	directory->free_blocks += directory->segment_blocks;
	directory->nsegments++;
}

/*
 * Note that the segment which this process has attached or created is there, unless another
 * process has noted that; or, without one, that there is no space.
 */
static void
note_segment(PcaResponseDirectory *directory, bool is_created, int64 now)
{
	PcaSharedRoot *root = pca_shared_memory_attached_root();

	pca_shared_memory_lock(root, PCA_SHARED_RESPONSES);
	if (!is_created)
		directory->full_until = now + FULL_MS;
	else if (directory->nsegments < nattached)
		add_segment_blocks(directory);
	pca_shared_memory_unlock(root, PCA_SHARED_RESPONSES);
}

/* Returns true if another segment should be created. */
static bool
needs_segment(PcaResponseDirectory *directory, uint32 nblocks, uint32 max_blocks, int64 now)
{
	PcaSharedRoot *root = pca_shared_memory_attached_root();
	bool		needs;

	pca_shared_memory_lock_shared(root, PCA_SHARED_RESPONSES);
	needs = directory->free_blocks < nblocks && directory->nsegments < PCA_RESPONSE_SEGMENTS &&
		directory->nsegments * directory->segment_blocks < max_blocks && now >= directory->full_until;
	pca_shared_memory_unlock(root, PCA_SHARED_RESPONSES);
	return needs;
}

void
pca_response_memory_grow(PcaResponseDirectory *directory, size_t size, uint32 max_blocks, int64 now)
{
	uint32		nblocks = pca_response_memory_count_blocks(size);

	while (needs_segment(directory, nblocks, max_blocks, now) &&
		   pca_response_memory_attach(directory) && nattached < PCA_RESPONSE_SEGMENTS)
	{
		bool		is_created = attach_next_segment(directory, (Size) directory->segment_blocks *
													 PCA_RESPONSE_BLOCK_SIZE);

		note_segment(directory, is_created, now);
		if (!is_created)
			break;
	}
}

/* ---- blocks ---- */

static char *
get_block(const PcaResponseDirectory *directory, uint32 block)
{
	return attached[block / directory->segment_blocks] +
		(size_t) (block % directory->segment_blocks) * PCA_RESPONSE_BLOCK_SIZE;
}

/* Copy bytes to or from the blocks of an entry, from begin on. */
static void
copy_blocks(PcaResponseDirectory *directory, const PcaResponseEntry *entry, size_t begin, char *to,
			const char *from, size_t size)
{
	uint32		block = entry->first_block;

	for (; begin >= PCA_RESPONSE_BLOCK_SIZE; begin -= PCA_RESPONSE_BLOCK_SIZE)
		block = directory->next_block[block] - 1;
	while (size > 0)
	{
		size_t		part = Min(size, PCA_RESPONSE_BLOCK_SIZE - begin);
		char	   *place = get_block(directory, block) + begin;

		if (from)
		{
			memcpy(place, from, part);
			from += part;
		}
		else
		{
			memcpy(to, place, part);
			to += part;
		}
		size -= part;
		begin = 0;
		if (size > 0)
			block = directory->next_block[block] - 1;
	}
}

void
pca_response_memory_write(PcaResponseDirectory *directory, const PcaResponseEntry *entry, size_t begin,
						  const char *bytes, size_t size)
{
	copy_blocks(directory, entry, begin, NULL, bytes, size);
}

void
pca_response_memory_read(PcaResponseDirectory *directory, const PcaResponseEntry *entry, size_t begin,
						 char *bytes, size_t size)
{
	copy_blocks(directory, entry, begin, bytes, NULL, size);
}

/* Take blocks, of which there are enough, from the free list. */
static void
take_blocks(PcaResponseDirectory *directory, PcaResponseEntry *entry, uint32 nblocks)
{
	entry->nblocks = nblocks;
	entry->first_block = directory->first_free_block - 1;
	entry->last_block = entry->first_block;
	for (uint32 i = 1; i < nblocks; i++)
		entry->last_block = directory->next_block[entry->last_block] - 1;
	directory->first_free_block = directory->next_block[entry->last_block];
	directory->free_blocks -= nblocks;
	directory->written_blocks += nblocks;
}

/* ---- entries ---- */

/* The bucket of a key, whose bytes are a digest. */
static uint32 *
get_bucket(PcaResponseDirectory *directory, const PcaResponseKey *key)
{
	uint32		hash;

	memcpy(&hash, key->bytes, sizeof(hash));
	return &directory->buckets[hash % PCA_RESPONSE_ENTRIES];
}

PcaResponseEntry *
pca_response_memory_find(PcaResponseDirectory *directory, const PcaResponseKey *key)
{
	for (uint32 i = *get_bucket(directory, key); i != 0; i = directory->entries[i - 1].next)
	{
		PcaResponseEntry *entry = &directory->entries[i - 1];

		if (memcmp(&entry->key, key, sizeof(PcaResponseKey)) == 0)
			return entry;
	}
	return NULL;
}

PcaResponseEntry *
pca_response_memory_entry(PcaResponseDirectory *directory, int number)
{
	PcaResponseEntry *entry = &directory->entries[number];

	return entry->state == ENTRY_KEPT ? entry : NULL;
}

int64
pca_response_memory_expires_at(const PcaResponseDirectory *directory, const PcaResponseEntry *entry)
{
	return directory->expires_at[entry - directory->entries];
}

/* The value of a response that is used now. */
static uint64
compute_value(const PcaResponseDirectory *directory, const PcaResponseEntry *entry)
{
	uint64		cost_ms = Min(Max(entry->cost_ms, 0), MAX_COST_MS);

	return directory->inflation + cost_ms * VALUE_UNIT / entry->nblocks;
}

void
pca_response_memory_touch(PcaResponseDirectory *directory, PcaResponseEntry *entry)
{
	pg_atomic_write_u64(&directory->values[entry - directory->entries],
						compute_value(directory, entry));
	pg_atomic_fetch_add_u64(&entry->hits, 1);
}

/* Take the entry out of its bucket. */
static void
unlink_entry(PcaResponseDirectory *directory, PcaResponseEntry *entry)
{
	uint32	   *link = get_bucket(directory, &entry->key);
	uint32		number = (uint32) (entry - directory->entries) + 1;

	while (*link != number)
		link = &directory->entries[*link - 1].next;
	*link = entry->next;
}

void
pca_response_memory_release(PcaResponseDirectory *directory, PcaResponseEntry *entry)
{
	uint32		number = (uint32) (entry - directory->entries);

	if (entry->state == ENTRY_KEPT)
	{
		unlink_entry(directory, entry);
		directory->expires_at[number] = 0;
		directory->nkept--;
		directory->used_blocks -= entry->nblocks;
	}
	else
		directory->written_blocks -= entry->nblocks;
	directory->next_block[entry->last_block] = directory->first_free_block;
	directory->first_free_block = entry->first_block + 1;
	directory->free_blocks += entry->nblocks;
	entry->state = ENTRY_FREE;
	entry->serial++;
	entry->next = directory->first_free_entry;
	directory->first_free_entry = number + 1;
}

void
pca_response_memory_sweep(PcaResponseDirectory *directory, int64 now)
{
	for (int i = 0; i < PCA_RESPONSE_ENTRIES; i++)
	{
		if (directory->expires_at[i] != 0 && directory->expires_at[i] <= now)
			pca_response_memory_release(directory, &directory->entries[i]);
	}
}

/* Evict the response of the lowest value.  Returns false if there is none. */
static bool
evict_response(PcaResponseDirectory *directory)
{
	int			lowest = -1;
	uint64		lowest_value = 0;

	for (int i = 0; i < PCA_RESPONSE_ENTRIES; i++)
	{
		uint64		value = pg_atomic_read_u64(&directory->values[i]);

		if (directory->expires_at[i] != 0 && (lowest < 0 || value < lowest_value))
		{
			lowest = i;
			lowest_value = value;
		}
	}
	if (lowest < 0)
		return false;
	directory->inflation = Max(directory->inflation, lowest_value);
	pca_response_memory_release(directory, &directory->entries[lowest]);
	return true;
}

/* Returns true if that many blocks could be taken if no response was kept. */
static bool
can_have_space(const PcaResponseDirectory *directory, uint32 nblocks, uint32 max_blocks)
{
	uint32		all = Min(directory->nsegments * directory->segment_blocks, max_blocks);

	return (uint64) directory->written_blocks + nblocks <= all;
}

/* Returns true if an entry and that many blocks can be taken. */
static bool
has_space(const PcaResponseDirectory *directory, uint32 nblocks, uint32 max_blocks)
{
	return directory->first_free_entry != 0 && directory->free_blocks >= nblocks &&
		(uint64) directory->used_blocks + directory->written_blocks + nblocks <= max_blocks;
}

PcaResponseEntry *
pca_response_memory_take(PcaResponseDirectory *directory, size_t size, uint32 max_blocks, int64 now)
{
	uint32		nblocks = pca_response_memory_count_blocks(size);
	PcaResponseEntry *entry;

	pca_response_memory_sweep(directory, now);
	if (!can_have_space(directory, nblocks, max_blocks))
		return NULL;
	while (!has_space(directory, nblocks, max_blocks))
	{
		if (!evict_response(directory))
			return NULL;
	}
	entry = &directory->entries[directory->first_free_entry - 1];
	directory->first_free_entry = entry->next;
	entry->state = ENTRY_WRITTEN;
	take_blocks(directory, entry, nblocks);
	return entry;
}

void
pca_response_memory_keep(PcaResponseDirectory *directory, PcaResponseEntry *entry, int64 expires_at)
{
	uint32	   *bucket = get_bucket(directory, &entry->key);
	uint32		number = (uint32) (entry - directory->entries);

	entry->state = ENTRY_KEPT;
	entry->next = *bucket;
	*bucket = number + 1;
	directory->expires_at[number] = expires_at;
	pg_atomic_write_u64(&directory->values[number], compute_value(directory, entry));
	pg_atomic_write_u64(&entry->hits, 0);
	directory->nkept++;
	directory->written_blocks -= entry->nblocks;
	directory->used_blocks += entry->nblocks;
}
