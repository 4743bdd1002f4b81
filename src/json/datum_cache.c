/*
 * datum_cache.c
 *		Which datum have the same bytes made before?
 *
 * Most columns of a row have few different values: services, channels,
 * products, customers, small numbers.  What a value's bytes have made is kept,
 * and taken again when equal bytes come.
 *
 * Whether equal bytes always make equal datums is asked in json_datum.c.
 */
#include "postgres.h"

#include "utils/datum.h"
#include "utils/memutils.h"

#include "json/datum_cache.h"

/*
 * Places for a column's values: few in the beginning, since most scans are
 * short, and four times as many as values as long as that is possible, so that
 * these seldom are in each other's way; up to what a thousand customers need.
 */
#define PCA_INTERN_FIRST	32
#define PCA_INTERN_MOST		4096

/* Longer values than this are not kept: the documented names are shorter. */
#define PCA_INTERN_LONGEST	256

/*
 * Bytes that a column's values may take: some thousand GUIDs, or names.  With
 * their places, the widest documented row (26 fields) stays below 12 MB.
 */
#define PCA_INTERN_ROOM		((size_t) 256 * 1024)

/*
 * After so many values it is asked whether it was worth while: when less than
 * one in PCA_INTERN_WORTH was found, as many times PCA_INTERN_REST are not even
 * looked for.
 */
#define PCA_INTERN_TRIAL	8192
#define PCA_INTERN_WORTH	4
#define PCA_INTERN_REST		16

typedef struct Place
{
	char	   *room;			/* the bytes, then the datum; NULL: free */
	Datum		datum;
	uint32		hash;			/* of the bytes */
	uint32		size;			/* of the room */
	uint16		length;			/* of the bytes */
	bool		isnull;
} Place;

struct PcaDatumCache
{
	MemoryContext context;
	int16		length;
	bool		by_value;
	int			asked;			/* in this trial; negative while it rests */
	int			found;
	uint32		hash;			/* of the bytes asked for last */
	uint32		nplaces;		/* a power of two */
	uint32		used;			/* of them */
	size_t		taken;			/* by all rooms */
	Place	   *places;
};

PcaDatumCache *
pca_datum_cache_create(int16 length, bool by_value)
{
	PcaDatumCache *intern = palloc0(sizeof(PcaDatumCache));

	intern->context = CurrentMemoryContext;
	intern->length = length;
	intern->by_value = by_value;
	intern->nplaces = PCA_INTERN_FIRST;
	intern->places = palloc0(sizeof(Place) * intern->nplaces);
	return intern;
}

/* Eight bytes, or fewer where there are no more. */
static inline uint64
load(const char *bytes, size_t length)
{
	uint64		word = 0;

	if (length >= sizeof(word))
		memcpy(&word, bytes, sizeof(word));
	else
		for (size_t i = 0; i < length; i++)
			word = word << 8 | (unsigned char) bytes[i];
	return word;
}

/* A hash of the length and of eight bytes each at head, middle and tail. */
static inline uint32
hash_parts(const char *bytes, size_t length)
{
	const uint64 odd = UINT64CONST(0x9E3779B97F4A7C15);
	uint64		hash = (length ^ load(bytes, length)) * odd;

	if (length > sizeof(uint64))
	{
		hash = (hash ^ hash >> 32 ^ load(bytes + (length - sizeof(uint64)) / 2, sizeof(uint64))) * odd;
		hash = (hash ^ hash >> 32 ^ load(bytes + length - sizeof(uint64), sizeof(uint64))) * odd;
	}
	return (uint32) (hash >> 32);
}

/* The first of the two places that are the hash's. */
static inline Place *
first_place(const PcaDatumCache *intern, uint32 hash)
{
	return &intern->places[hash & (intern->nplaces - 1)];
}

/* The second one, its neighbour. */
static inline Place *
second_place(const PcaDatumCache *intern, uint32 hash)
{
	return &intern->places[(hash & (intern->nplaces - 1)) ^ 1];
}

static inline bool
is_place_of(const Place *place, uint32 hash, const char *bytes, size_t length)
{
	return place->hash == hash && place->length == length && place->room &&
		memcmp(place->room, bytes, length) == 0;
}

/* Begin another trial, or a rest. */
static void
judge_trial(PcaDatumCache *intern)
{
	bool		worth = intern->found > PCA_INTERN_TRIAL / PCA_INTERN_WORTH;

	intern->asked = worth ? 0 : -PCA_INTERN_TRIAL * PCA_INTERN_REST;
	intern->found = 0;
}

bool
pca_datum_cache_lookup(PcaDatumCache *intern, const char *bytes, size_t length,
					   Datum *datum, bool *isnull)
{
	const Place *place;

	if (++intern->asked < 0 || length > PCA_INTERN_LONGEST)
		return false;
	if (intern->asked == PCA_INTERN_TRIAL)
		judge_trial(intern);
	intern->hash = hash_parts(bytes, length);
	place = first_place(intern, intern->hash);
	if (!is_place_of(place, intern->hash, bytes, length))
		place = second_place(intern, intern->hash);
	if (!is_place_of(place, intern->hash, bytes, length))
		return false;
	intern->found++;
	*datum = place->datum;
	*isnull = place->isnull;
	return true;
}

/* Forget what is kept at a place. */
static void
empty(PcaDatumCache *intern, Place *place)
{
	if (!place->room)
		return;
	pfree(place->room);
	place->room = NULL;
	intern->used--;
	intern->taken -= place->size;
}

/* The free one of a hash's places, or else the first. */
static Place *
choose_place(const PcaDatumCache *intern, uint32 hash)
{
	Place	   *second = second_place(intern, hash);

	if (first_place(intern, hash)->room && !second->room)
		return second;
	return first_place(intern, hash);
}

/* Twice the places, once a quarter of them is used. */
static void
grow(PcaDatumCache *intern)
{
	Place	   *old = intern->places;
	uint32		nold = intern->nplaces;

	if (intern->used < nold / 4 || nold == PCA_INTERN_MOST)
		return;
	intern->places = MemoryContextAllocZero(intern->context, sizeof(Place) * nold * 2);
	intern->nplaces = nold * 2;
	for (uint32 i = 0; i < nold; i++)
	{
		Place	   *place = choose_place(intern, old[i].hash);

		if (!old[i].room)
			continue;
		empty(intern, place);
		*place = old[i];
	}
	pfree(old);
}

/* Room for so many bytes; false when all that there may be is taken. */
static bool
make_room(PcaDatumCache *intern, Place *place, size_t size)
{
	if (place->room && place->size >= size)
		return true;
	empty(intern, place);
	if (intern->taken + size > PCA_INTERN_ROOM)
		return false;
	place->room = MemoryContextAlloc(intern->context, size);
	place->size = size;
	intern->used++;
	intern->taken += size;
	return true;
}

void
pca_datum_cache_store(PcaDatumCache *intern, const char *bytes, size_t length,
					  Datum datum, bool isnull)
{
	Place	   *place;
	size_t		head = MAXALIGN(length);
	size_t		size = 0;

	if (intern->asked < 0 || length > PCA_INTERN_LONGEST)
		return;
	grow(intern);
	place = choose_place(intern, intern->hash);
	if (!isnull && !intern->by_value)
		size = datumGetSize(datum, false, intern->length);
	if (!make_room(intern, place, head + size))
		return;
	memcpy(place->room, bytes, length);
	place->hash = intern->hash;
	place->length = length;
	place->isnull = isnull;
	place->datum = datum;
	if (size == 0)
		return;
	memcpy(place->room + head, DatumGetPointer(datum), size);
	place->datum = PointerGetDatum(place->room + head);
}
