/*
 * datum_cache.c
 *		Caches the datums of a column by the bytes that they were made from.
 *
 * Most columns have few distinct values: services, channels, products,
 * customers, small numbers.  Equal bytes are converted once, and the datum is
 * used again.  The cache is a hash table with two entries for each hash, of
 * bounded size, which overwrites old values.
 *
 * json_datum.c decides for which types equal bytes always make equal datums.
 */
#include "postgres.h"

#include "utils/datum.h"
#include "utils/memutils.h"

#include "json/datum_cache.h"

/*
 * Entries of a cache.  It begins small, since most scans are short, and grows so
 * that at most a quarter of the entries is used and few values collide.  The
 * maximum is four times the values that a thousand customers need.
 */
#define PCA_DATUM_CACHE_MIN_ENTRIES	32
#define PCA_DATUM_CACHE_MAX_ENTRIES	4096

/* Longer values, in bytes, are not cached: the documented names are shorter. */
#define PCA_DATUM_CACHE_MAX_LENGTH	256

/*
 * Bytes that the values of a column may use: some thousand GUIDs or names.
 * Together with the entries, the widest documented row (26 fields) stays below
 * 12 MB.
 */
#define PCA_DATUM_CACHE_MAX_BYTES	((size_t) 256 * 1024)

/*
 * A column of distinct values would pay for lookups that never succeed.  After
 * each trial of this many lookups the cache is paused for PAUSE_TRIALS times as
 * many values unless more than one lookup in MIN_HIT_DIVISOR has succeeded.
 */
#define PCA_DATUM_CACHE_TRIAL_LOOKUPS	8192
#define PCA_DATUM_CACHE_MIN_HIT_DIVISOR	4
#define PCA_DATUM_CACHE_PAUSE_TRIALS	16

typedef struct CacheEntry
{
	char	   *space;			/* the bytes, then what the datum points to;
								 * NULL if the entry is free */
	Datum		datum;
	uint32		hash;			/* of the bytes */
	uint32		space_size;		/* in bytes */
	uint16		length;			/* of the bytes */
	bool		isnull;
} CacheEntry;

struct PcaDatumCache
{
	MemoryContext context;
	int16		typlen;
	bool		typbyval;
	int			lookups;		/* in this trial; negative while paused */
	int			hits;			/* in this trial */
	uint32		last_hash;		/* of the last lookup's bytes */
	uint32		nentries;		/* a power of two */
	uint32		nused;			/* entries that are not free */
	size_t		used_bytes;		/* sum of the entries' space_size */
	CacheEntry *entries;
};

PcaDatumCache *
pca_datum_cache_create(int16 typlen, bool typbyval)
{
	PcaDatumCache *cache = palloc0(sizeof(PcaDatumCache));

	cache->context = CurrentMemoryContext;
	cache->typlen = typlen;
	cache->typbyval = typbyval;
	cache->nentries = PCA_DATUM_CACHE_MIN_ENTRIES;
	cache->entries = palloc0(sizeof(CacheEntry) * cache->nentries);
	return cache;
}

/* Load eight bytes, or fewer if there are no more. */
static inline uint64
load_hash_word(const char *bytes, size_t length)
{
	uint64		word = 0;

	if (length >= sizeof(word))
		memcpy(&word, bytes, sizeof(word));
	else
		for (size_t i = 0; i < length; i++)
			word = word << 8 | (unsigned char) bytes[i];
	return word;
}

/*
 * Hash the length and eight bytes each from the start, middle and end.  Reading
 * all bytes would cost more than a collision of long values that differ
 * elsewhere: the entry's bytes are compared anyway.
 */
static inline uint32
hash_value_bytes(const char *bytes, size_t length)
{
	const uint64 multiplier = UINT64CONST(0x9E3779B97F4A7C15);
	uint64		hash = (length ^ load_hash_word(bytes, length)) * multiplier;

	if (length > sizeof(uint64))
	{
		hash = (hash ^ hash >> 32 ^
				load_hash_word(bytes + (length - sizeof(uint64)) / 2, sizeof(uint64))) * multiplier;
		hash = (hash ^ hash >> 32 ^
				load_hash_word(bytes + length - sizeof(uint64), sizeof(uint64))) * multiplier;
	}
	return (uint32) (hash >> 32);
}

/* The first of the two entries that a hash may use. */
static inline CacheEntry *
first_entry(const PcaDatumCache *cache, uint32 hash)
{
	return &cache->entries[hash & (cache->nentries - 1)];
}

/* The second one, its neighbour. */
static inline CacheEntry *
second_entry(const PcaDatumCache *cache, uint32 hash)
{
	return &cache->entries[(hash & (cache->nentries - 1)) ^ 1];
}

static inline bool
entry_matches(const CacheEntry *entry, uint32 hash, const char *bytes, size_t length)
{
	return entry->hash == hash && entry->length == length && entry->space &&
		memcmp(entry->space, bytes, length) == 0;
}

/* Begin another trial, or a pause if too few lookups have succeeded. */
static void
end_trial(PcaDatumCache *cache)
{
	bool		enough_hits = cache->hits > PCA_DATUM_CACHE_TRIAL_LOOKUPS / PCA_DATUM_CACHE_MIN_HIT_DIVISOR;

	cache->lookups = enough_hits ? 0 : -PCA_DATUM_CACHE_TRIAL_LOOKUPS * PCA_DATUM_CACHE_PAUSE_TRIALS;
	cache->hits = 0;
}

bool
pca_datum_cache_lookup(PcaDatumCache *cache, const char *bytes, size_t length,
					   Datum *datum, bool *isnull)
{
	const CacheEntry *entry;

	if (++cache->lookups < 0 || length > PCA_DATUM_CACHE_MAX_LENGTH)
		return false;
	if (cache->lookups == PCA_DATUM_CACHE_TRIAL_LOOKUPS)
		end_trial(cache);
	cache->last_hash = hash_value_bytes(bytes, length);
	entry = first_entry(cache, cache->last_hash);
	if (!entry_matches(entry, cache->last_hash, bytes, length))
		entry = second_entry(cache, cache->last_hash);
	if (!entry_matches(entry, cache->last_hash, bytes, length))
		return false;
	cache->hits++;
	*datum = entry->datum;
	*isnull = entry->isnull;
	return true;
}

static void
free_entry(PcaDatumCache *cache, CacheEntry *entry)
{
	if (!entry->space)
		return;
	pfree(entry->space);
	entry->space = NULL;
	cache->nused--;
	cache->used_bytes -= entry->space_size;
}

/* Choose the entry to store a hash's value in: a free one, else the first. */
static CacheEntry *
choose_entry(const PcaDatumCache *cache, uint32 hash)
{
	CacheEntry *second = second_entry(cache, hash);

	if (first_entry(cache, hash)->space && !second->space)
		return second;
	return first_entry(cache, hash);
}

/* Double the number of entries once a quarter of them is used. */
static void
grow_entries(PcaDatumCache *cache)
{
	CacheEntry *old = cache->entries;
	uint32		nold = cache->nentries;

	if (cache->nused < nold / 4 || nold == PCA_DATUM_CACHE_MAX_ENTRIES)
		return;
	cache->entries = MemoryContextAllocZero(cache->context, sizeof(CacheEntry) * nold * 2);
	cache->nentries = nold * 2;
	for (uint32 i = 0; i < nold; i++)
	{
		CacheEntry *entry = choose_entry(cache, old[i].hash);

		if (!old[i].space)
			continue;
		free_entry(cache, entry);
		*entry = old[i];
	}
	pfree(old);
}

/* Give an entry space of that size; returns false if the cache is full. */
static bool
reserve_entry_space(PcaDatumCache *cache, CacheEntry *entry, size_t size)
{
	if (entry->space && entry->space_size >= size)
		return true;
	free_entry(cache, entry);
	if (cache->used_bytes + size > PCA_DATUM_CACHE_MAX_BYTES)
		return false;
	entry->space = MemoryContextAlloc(cache->context, size);
	entry->space_size = size;
	cache->nused++;
	cache->used_bytes += size;
	return true;
}

void
pca_datum_cache_store(PcaDatumCache *cache, const char *bytes, size_t length,
					  Datum datum, bool isnull)
{
	CacheEntry *entry;
	size_t		datum_offset = MAXALIGN(length);
	size_t		datum_size = 0;

	if (cache->lookups < 0 || length > PCA_DATUM_CACHE_MAX_LENGTH)
		return;
	grow_entries(cache);
	entry = choose_entry(cache, cache->last_hash);
	if (!isnull && !cache->typbyval)
		datum_size = datumGetSize(datum, false, cache->typlen);
	if (!reserve_entry_space(cache, entry, datum_offset + datum_size))
		return;
	memcpy(entry->space, bytes, length);
	entry->hash = cache->last_hash;
	entry->length = length;
	entry->isnull = isnull;
	entry->datum = datum;
	if (datum_size == 0)
		return;
	memcpy(entry->space + datum_offset, DatumGetPointer(datum), datum_size);
	entry->datum = PointerGetDatum(entry->space + datum_offset);
}
