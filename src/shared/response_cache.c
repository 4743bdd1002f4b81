/*
 * response_cache.c
 *		Responses that all sessions of the server may use again.
 *
 * A response is copied into shared memory in two steps: blocks are taken, with the lock;
 * its bytes are copied, without it; and then its entry can be found, with the lock.  So
 * nothing that is incomplete can be read.  A reader copies the bytes with the shared lock,
 * and refers to nothing afterwards.
 *
 * A key has the fingerprint of credentials, which only who has them can make.
 */
#include "postgres.h"

#include <time.h>

#include "common/cryptohash.h"
#include "common/hashfn.h"
#include "common/sha2.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/guc.h"

#include "shared/response_cache.h"
#include "shared/response_memory.h"
#include "shared/shared_memory.h"

/*
 * The largest setting cache_size, in MB.  A larger cache would make one response larger than
 * what the lock may be held for.
 */
#define MAX_CACHE_SIZE	1024

/* The part of the cache that a single response may have. */
#define LARGEST_PART	8

/*
 * A clock of Linux that runs while the machine sleeps; elsewhere CLOCK_MONOTONIC, which may
 * not: a response may then be older by that time than it seems.
 */
#ifdef CLOCK_BOOTTIME
#define PCA_CLOCK	CLOCK_BOOTTIME
#else
#define PCA_CLOCK	CLOCK_MONOTONIC
#endif

/* A process looks for expired responses that often, in ms. */
#define SWEEP_MS	60000

int			pca_response_cache_size = 64;

void
pca_response_cache_define_setting(void)
{
	DefineCustomIntVariable("pc_analytics_fdw.cache_size",
							"Sets the shared memory for responses that sessions use again.",
							"It is used only for tables with option \"cache_ttl\".",
							&pca_response_cache_size, 64, 0, MAX_CACHE_SIZE, PGC_SIGHUP, GUC_UNIT_MB,
							NULL, NULL, NULL);
}

int64
pca_response_cache_now(void)
{
	struct timespec now;

	clock_gettime(PCA_CLOCK, &now);
	return (int64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the memory ---- */

/* Blocks that all responses together may have. */
static uint32
compute_max_blocks(const PcaResponseDirectory *directory)
{
	return Min(pca_response_memory_capacity(directory),
			   (uint32) pca_response_cache_size * PCA_RESPONSE_BLOCKS_PER_MB);
}

/* Drop the expired responses, from time to time. */
static void
sweep_sometimes(PcaSharedRoot *root, PcaResponseDirectory *directory)
{
	static int64 swept_at = 0;
	int64		now = pca_response_cache_now();

	if (now - swept_at < SWEEP_MS)
		return;
	swept_at = now;
	pca_shared_memory_lock(root, PCA_SHARED_RESPONSES);
	pca_response_memory_sweep(directory, now);
	pca_shared_memory_unlock(root, PCA_SHARED_RESPONSES);
}

/* Returns true if a response belongs to a server with that base_url; 0: of any. */
static bool
is_response_of(const PcaResponseEntry *entry, uint64 base_url)
{
	return base_url == 0 || entry->base_url == base_url;
}

/* Drop responses, and do not keep those that are on their way.  Returns how many were dropped. */
static int64
drop_responses(PcaSharedRoot *root, PcaResponseDirectory *directory, uint64 base_url)
{
	int64		dropped = 0;

	pca_shared_memory_lock(root, PCA_SHARED_RESPONSES);
	pg_atomic_fetch_add_u64(&directory->generation, 1);
	for (int i = 0; i < PCA_RESPONSE_ENTRIES; i++)
	{
		PcaResponseEntry *entry = pca_response_memory_entry(directory, i);

		if (entry && is_response_of(entry, base_url))
		{
			pca_response_memory_release(directory, entry);
			dropped++;
		}
	}
	pca_shared_memory_unlock(root, PCA_SHARED_RESPONSES);
	return dropped;
}

/* Drop all responses, once, if the setting shared_state or cache_size was switched off. */
static void
drop_if_disabled(PcaSharedRoot *root)
{
	static bool has_dropped = false;
	bool		is_disabled = !root || pca_response_cache_size == 0;

	if (is_disabled && !has_dropped)
	{
		PcaSharedRoot *old_root = root ? root : pca_shared_memory_disabled_root();
		PcaResponseDirectory *directory = old_root ? pca_response_memory_open(0) : NULL;

		if (directory)
			(void) drop_responses(old_root, directory, 0);
	}
	has_dropped = is_disabled;
}

/* The directory, with all segments attached; NULL if there is no cache.  May create it. */
static PcaResponseDirectory *
open_directory(void)
{
	PcaSharedRoot *root = pca_shared_memory_root();
	PcaResponseDirectory *directory;

	drop_if_disabled(root);
	if (!root || pca_response_cache_size == 0)
		return NULL;
	directory = pca_response_memory_open(pca_response_cache_size);
	if (!directory || !pca_response_memory_attach(directory))
		return NULL;
	sweep_sometimes(root, directory);
	return directory;
}

bool
pca_response_cache_is_enabled(void)
{
	return open_directory() != NULL;
}

bool
pca_response_cache_is_configured(void)
{
	return pca_shared_memory_enabled && pca_response_cache_size > 0;
}

size_t
pca_response_cache_largest(void)
{
	PcaResponseDirectory *directory = open_directory();

	if (!directory)
		return 0;
	return (size_t) compute_max_blocks(directory) / LARGEST_PART * PCA_RESPONSE_BLOCK_SIZE;
}

uint64
pca_response_cache_generation(void)
{
	PcaResponseDirectory *directory = pca_shared_memory_attached_responses();

	return directory ? pg_atomic_read_u64(&directory->generation) : 0;
}

/* ---- keys ---- */

/* Add a text with its length, so that different lists of texts have different digests. */
static bool
add_digest_text(pg_cryptohash_ctx *context, const char *text)
{
	uint64		size = strlen(text);

	return pg_cryptohash_update(context, (const uint8 *) &size, sizeof(size)) >= 0 &&
		pg_cryptohash_update(context, (const uint8 *) text, size) >= 0;
}

bool
pca_response_cache_make_key(const PcaFingerprint *fingerprint, const char *locale, const char *path,
							const char *query, PcaResponseKind kind, PcaResponseKey *key)
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);
	uint8		kind_byte = (uint8) kind;
	bool		made;

	StaticAssertStmt(sizeof(PcaResponseKey) == PG_SHA256_DIGEST_LENGTH, "size of a digest");
	if (!context)
		return false;
	made = pg_cryptohash_init(context) >= 0 &&
		pg_cryptohash_update(context, fingerprint->bytes, sizeof(PcaFingerprint)) >= 0 &&
		add_digest_text(context, locale) && add_digest_text(context, path) &&
		add_digest_text(context, query) &&
		pg_cryptohash_update(context, &kind_byte, sizeof(kind_byte)) >= 0 &&
		pg_cryptohash_final(context, key->bytes, sizeof(PcaResponseKey)) >= 0;
	pg_cryptohash_free(context);
	return made;
}

/* A number for a base_url, never 0. */
static uint64
hash_base_url(const char *base_url)
{
	return hash_bytes_extended((const unsigned char *) base_url, (int) strlen(base_url), 0) | 1;
}

/* ---- finding ---- */

/* What became of a look into the cache. */
typedef enum Look
{
	LOOK_NOTHING,
	LOOK_FOUND,
	LOOK_AGAIN					/* the response has changed, or is in a new
								 * segment */
} Look;

/* What is looked for, and where it is copied to. */
typedef struct Search
{
	const PcaResponseKey *key;
	int64		begun_from;		/* no response that was requested before */
	char	   *bytes;			/* space for size bytes, or NULL */
	size_t		size;
	uint64		serial;			/* of the entry whose size this is */
	PcaResponseEntry found;		/* a copy */
} Search;

/* Returns an entry that is young enough, or NULL; the lock is held. */
static PcaResponseEntry *
find_young_entry(PcaResponseDirectory *directory, const Search *search)
{
	PcaResponseEntry *entry = pca_response_memory_find(directory, search->key);

	return entry && entry->begun_at >= search->begun_from ? entry : NULL;
}

/* Copy a response, if there is space for it; the lock is held. */
static Look
copy_response(PcaResponseDirectory *directory, Search *search)
{
	PcaResponseEntry *entry = find_young_entry(directory, search);

	if (!entry)
		return LOOK_NOTHING;
	search->found = *entry;
	if (!pca_response_memory_is_attached(directory) || !search->bytes ||
		search->size != entry->size || search->serial != entry->serial)
		return LOOK_AGAIN;
	pca_response_memory_read(directory, entry, entry->text_size, search->bytes, entry->size);
	pca_response_memory_touch(directory, entry);
	return LOOK_FOUND;
}

/* Look once, and make space for what was found. */
static Look
look_once(PcaResponseDirectory *directory, Search *search, MemoryContext context)
{
	PcaSharedRoot *root = pca_shared_memory_attached_root();
	Look		look;

	pca_shared_memory_lock_shared(root, PCA_SHARED_RESPONSES);
	look = copy_response(directory, search);
	pca_shared_memory_unlock(root, PCA_SHARED_RESPONSES);
	if (look == LOOK_FOUND)
		return look;
	if (search->bytes)
		pfree(search->bytes);
	search->bytes = NULL;
	if (look == LOOK_AGAIN && !pca_response_memory_attach(directory))
		look = LOOK_NOTHING;
	if (look == LOOK_AGAIN)
	{
		search->size = search->found.size;
		search->serial = search->found.serial;
		search->bytes = MemoryContextAlloc(context, search->size);
	}
	return look;
}

bool
pca_response_cache_find(const PcaResponseKey *key, int64 max_age_ms, int64 seen_at,
						MemoryContext context, PcaResponseCopy *copy)
{
	PcaResponseDirectory *directory = open_directory();
	Search		search = {.key = key,.begun_from = seen_at - max_age_ms};
	Look		look = LOOK_NOTHING;

	memset(copy, 0, sizeof(PcaResponseCopy));
	if (!directory || max_age_ms <= 0)
		return false;

	/* again, as often as other processes replace the response meanwhile */
	do
	{
		look = look_once(directory, &search, context);
	} while (look == LOOK_AGAIN);
	if (look == LOOK_NOTHING)
		return false;
	copy->bytes = search.bytes;
	copy->size = search.size;
	copy->begun_at = search.found.begun_at;
	copy->cost_ms = search.found.cost_ms;
	copy->requests = search.found.requests;
	return true;
}

bool
pca_response_cache_has(const PcaResponseKey *key, int64 max_age_ms, int64 seen_at)
{
	PcaResponseDirectory *directory = open_directory();
	PcaSharedRoot *root = pca_shared_memory_attached_root();
	Search		search = {.key = key,.begun_from = seen_at - max_age_ms};
	bool		found;

	if (!directory || max_age_ms <= 0)
		return false;
	pca_shared_memory_lock_shared(root, PCA_SHARED_RESPONSES);
	found = find_young_entry(directory, &search) != NULL;
	pca_shared_memory_unlock(root, PCA_SHARED_RESPONSES);
	return found;
}

/* ---- publishing ---- */

/* The texts before a record: the server's name, and the URL as it is shown. */
typedef struct EntryTexts
{
	char		bytes[NAMEDATALEN + PCA_RESPONSE_URL_SIZE];
	size_t		size;
} EntryTexts;

/* Add a text with its terminating null; it is cut to that many bytes. */
static void
add_entry_text(EntryTexts *texts, const char *text, int max_size)
{
	int			length = pg_mbcliplen(text, (int) strlen(text), max_size - 1);

	memcpy(texts->bytes + texts->size, text, length);
	texts->bytes[texts->size + length] = '\0';
	texts->size += length + 1;
}

/*
 * Returns true if the response may take the place of the one that is kept; the lock is
 * held.
 */
static bool
may_keep(PcaResponseDirectory *directory, const PcaResponseToKeep *response)
{
	PcaResponseEntry *entry = pca_response_memory_find(directory, &response->key);

	return pg_atomic_read_u64(&directory->generation) == response->generation &&
		(!entry || entry->begun_at <= response->begun_at);
}

/*
 * Release the response that is kept for a key, if any; the lock is held.  *expires_at of the
 * response that replaces it becomes no earlier: another table may allow a greater age.
 */
static void
replace_kept(PcaResponseDirectory *directory, const PcaResponseKey *key, int64 *expires_at)
{
	PcaResponseEntry *entry = pca_response_memory_find(directory, key);

	if (!entry)
		return;
	*expires_at = Max(*expires_at, pca_response_memory_expires_at(directory, entry));
	pca_response_memory_release(directory, entry);
}

/*
 * Take an entry and blocks, also those of the response that is replaced; NULL if the
 * response is not to be kept.  *expires_at: as for replace_kept().
 */
static PcaResponseEntry *
take_entry(PcaSharedRoot *root, PcaResponseDirectory *directory, const PcaResponseToKeep *response,
		   size_t size, int64 now, int64 *expires_at)
{
	uint32		max_blocks = compute_max_blocks(directory);
	PcaResponseEntry *entry = NULL;
	bool		is_attached;

	/* again, as long as other processes create segments meanwhile */
	do
	{
		pca_shared_memory_lock(root, PCA_SHARED_RESPONSES);
		is_attached = pca_response_memory_is_attached(directory);
		if (is_attached && may_keep(directory, response))
		{
			replace_kept(directory, &response->key, expires_at);
			entry = pca_response_memory_take(directory, size, max_blocks, now);
		}
		pca_shared_memory_unlock(root, PCA_SHARED_RESPONSES);
	} while (!is_attached && pca_response_memory_attach(directory));
	return entry;
}

/* Set the members of an entry that is taken. */
static void
set_entry(PcaResponseEntry *entry, const PcaResponseToKeep *response, size_t text_size)
{
	entry->key = response->key;
	entry->begun_at = response->begun_at;
	entry->cost_ms = response->wait_ms + response->requests * PCA_RESPONSE_MEMORY_REQUEST_COST;
	entry->requests = response->requests;
	entry->rows = response->rows;
	entry->pages = response->pages;
	entry->base_url = hash_base_url(response->base_url);
	entry->size = (uint32) response->size;
	entry->text_size = (uint32) text_size;
	entry->userid = response->userid;
}

/* Keep a response whose bytes are written, or give its blocks back.  Returns true if it is kept. */
static bool
keep_entry(PcaSharedRoot *root, PcaResponseDirectory *directory, const PcaResponseToKeep *response,
		   PcaResponseEntry *entry, int64 expires_at)
{
	bool		is_kept;

	pca_shared_memory_lock(root, PCA_SHARED_RESPONSES);
	is_kept = may_keep(directory, response);
	if (is_kept)
	{
		replace_kept(directory, &response->key, &expires_at);
		pca_response_memory_keep(directory, entry, expires_at);
	}
	else
		pca_response_memory_release(directory, entry);
	pca_shared_memory_unlock(root, PCA_SHARED_RESPONSES);
	return is_kept;
}

bool
pca_response_cache_publish(const PcaResponseToKeep *response, int64 now)
{
	PcaResponseDirectory *directory = open_directory();
	PcaSharedRoot *root = pca_shared_memory_attached_root();
	PcaResponseEntry *entry;
	EntryTexts	texts = {.size = 0};
	int64		expires_at = response->begun_at + response->ttl_ms;
	bool		is_kept = false;

	if (!directory || response->size == 0 || response->size > pca_response_cache_largest())
		return false;
	add_entry_text(&texts, response->server, NAMEDATALEN);
	add_entry_text(&texts, response->url, PCA_RESPONSE_URL_SIZE);
	pca_response_memory_grow(directory, texts.size + response->size, compute_max_blocks(directory), now);

	/* a process that ended here would take blocks with it */
	HOLD_INTERRUPTS();
	entry = take_entry(root, directory, response, texts.size + response->size, now, &expires_at);
	if (entry)
	{
		set_entry(entry, response, texts.size);
		pca_response_memory_write(directory, entry, 0, texts.bytes, texts.size);
		pca_response_memory_write(directory, entry, texts.size, response->bytes, response->size);
		is_kept = keep_entry(root, directory, response, entry, expires_at);
	}
	RESUME_INTERRUPTS();
	return is_kept;
}

/* ---- dropping ---- */

void
pca_response_cache_drop(const PcaResponseKey *key, int64 begun_at)
{
	PcaSharedRoot *root = pca_shared_memory_attached_root();
	PcaResponseDirectory *directory = pca_shared_memory_attached_responses();
	PcaResponseEntry *entry;

	if (!root || !directory)
		return;
	pca_shared_memory_lock(root, PCA_SHARED_RESPONSES);
	entry = pca_response_memory_find(directory, key);
	if (entry && entry->begun_at <= begun_at)
		pca_response_memory_release(directory, entry);
	pca_shared_memory_unlock(root, PCA_SHARED_RESPONSES);
}

int64
pca_response_cache_clear(const char *base_url)
{
	PcaSharedRoot *root = pca_shared_memory_root();
	PcaResponseDirectory *directory = root ? pca_response_memory_open(0) : NULL;

	if (!directory)
		return 0;
	return drop_responses(root, directory, base_url ? hash_base_url(base_url) : 0);
}

/* ---- reading ---- */

/*
 * Copy what is shown of an entry, and its texts, which have a terminating null.  Returns
 * LOOK_NOTHING if no response is kept there.
 */
static Look
copy_shown(PcaSharedRoot *root, PcaResponseDirectory *directory, int number, PcaResponseEntry *copy,
		   EntryTexts *texts)
{
	PcaResponseEntry *entry;
	Look		look = LOOK_NOTHING;

	pca_shared_memory_lock_shared(root, PCA_SHARED_RESPONSES);
	entry = pca_response_memory_entry(directory, number);
	if (entry && !pca_response_memory_is_attached(directory))
		look = LOOK_AGAIN;
	else if (entry)
	{
		*copy = *entry;
		texts->size = entry->text_size;
		pca_response_memory_read(directory, entry, 0, texts->bytes, entry->text_size);
		look = LOOK_FOUND;
	}
	pca_shared_memory_unlock(root, PCA_SHARED_RESPONSES);
	return look;
}

/*
 * Copy a text, with "?" for bytes that are no valid text in the current database: it may be
 * of a database with another encoding.
 */
static void
copy_valid_text(char *place, const char *text, size_t size)
{
	bool		is_valid = pg_verifymbstr(text, (int) strlen(text), true);

	strlcpy(place, text, size);
	for (char *p = place; *p && !is_valid; p++)
	{
		if (IS_HIGHBIT_SET(*p))
			*p = '?';
	}
}

/* Fill in what is shown of an entry. */
static void
set_shown(PcaResponseShown *shown, PcaResponseEntry *entry, const EntryTexts *texts, int64 now)
{
	shown->userid = entry->userid;
	copy_valid_text(shown->server, texts->bytes, sizeof(shown->server));
	copy_valid_text(shown->url, texts->bytes + strlen(texts->bytes) + 1, sizeof(shown->url));
	shown->rows = entry->rows;
	shown->pages = entry->pages;
	shown->bytes = entry->size;
	shown->age_ms = Max(now - entry->begun_at, 0);
	shown->hits = (int64) pg_atomic_read_u64(&entry->hits);
	shown->cost_ms = entry->cost_ms;
}

bool
pca_response_cache_read(int *position, int64 now, PcaResponseShown *shown)
{
	PcaSharedRoot *root = pca_shared_memory_root();
	PcaResponseDirectory *directory = root ? pca_response_memory_open(0) : NULL;

	while (directory && *position < PCA_RESPONSE_ENTRIES)
	{
		PcaResponseEntry entry;
		EntryTexts	texts;
		Look		look = copy_shown(root, directory, *position, &entry, &texts);

		if (look == LOOK_AGAIN && pca_response_memory_attach(directory))
			continue;
		(*position)++;
		if (look == LOOK_FOUND)
		{
			set_shown(shown, &entry, &texts, now);
			return true;
		}
	}
	return false;
}

/* Copy the numbers; the lock is held. */
static void
copy_usage(const PcaResponseDirectory *directory, PcaResponseUsage *usage)
{
	usage->all = (int64) directory->nsegments * directory->segment_blocks;
	usage->being_written = directory->written_blocks;
	for (uint32 i = directory->first_free_block; i != 0; i = directory->next_block[i - 1])
		usage->free++;
	for (uint32 i = directory->first_free_entry; i != 0; i = directory->entries[i - 1].next)
		usage->free_entries++;
	for (int i = 0; i < PCA_RESPONSE_ENTRIES; i++)
	{
		if (directory->expires_at[i] != 0)
		{
			usage->entries++;
			usage->used += directory->entries[i].nblocks;
		}
	}
	usage->segments = directory->nsegments;
}

void
pca_response_cache_usage(PcaResponseUsage *usage)
{
	PcaSharedRoot *root = pca_shared_memory_root();
	PcaResponseDirectory *directory = root ? pca_response_memory_open(0) : NULL;

	memset(usage, 0, sizeof(PcaResponseUsage));
	if (!directory)
		return;
	pca_shared_memory_lock_shared(root, PCA_SHARED_RESPONSES);
	copy_usage(directory, usage);
	pca_shared_memory_unlock(root, PCA_SHARED_RESPONSES);
}
