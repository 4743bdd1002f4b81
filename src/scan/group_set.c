/*
 * group_set.c
 *		A set of hashes of groups, which another party's keys cannot make slow.
 *
 * Linear probing over 8 bytes a group, which is a third of what a simplehash of
 * PostgreSQL needs for the same.  The hashes begin with a random number: a server
 * that chooses its keys so that an unkeyed hash puts them all in one place would
 * make each search as long as the set is large.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"

#include "scan/group_set.h"

/* A set begins with that many places; a power of two. */
#define PCA_FIRST_GROUPS	1024

struct PcaGroupSet
{
	MemoryContext context;
	uint64		key;			/* what every hash begins with */
	uint64	   *groups;			/* 0 is a free place */
	uint64		size;			/* places; a power of two */
	uint64		used;
};

PcaGroupSet *
pca_group_set_create(void)
{
	PcaGroupSet *set = palloc0(sizeof(PcaGroupSet));

	set->context = CurrentMemoryContext;
	if (!pg_strong_random(&set->key, sizeof(set->key)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	return set;
}

uint64
pca_group_set_begin(const PcaGroupSet *set)
{
	return set->key;
}

uint64
pca_group_set_hash(uint64 group, const char *text, size_t length)
{
	/*
	 * the length tells null from the empty text, and ("a", "bc") from ("ab",
	 * "c")
	 */
	group = hash_combine64(group, text ? length + 1 : 0);
	if (text)
		group = hash_bytes_extended((const unsigned char *) text, (int) length, group);
	return group;
}

/* The place of a group: its own, or the free one where it belongs. */
static uint64 *
find_place(uint64 *groups, uint64 size, uint64 group)
{
	uint64		i = group & (size - 1);

	while (groups[i] != 0 && groups[i] != group)
		i = (i + 1) & (size - 1);
	return &groups[i];
}

/*
 * Make room for another group, in twice the space when three quarters of it are
 * used; false when that is more than a hash table may have.
 */
static bool
make_room(PcaGroupSet *set)
{
	uint64		size = set->size ? set->size * 2 : PCA_FIRST_GROUPS;
	uint64	   *groups;

	if (set->used < set->size / 4 * 3)
		return true;
	if (set->size > 0 && size * sizeof(uint64) > get_hash_memory_limit())
		return false;
	groups = MemoryContextAllocExtended(set->context, size * sizeof(uint64),
										MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (uint64 i = 0; i < set->size; i++)
	{
		if (set->groups[i] != 0)
			*find_place(groups, size, set->groups[i]) = set->groups[i];
	}
	if (set->groups)
		pfree(set->groups);
	set->groups = groups;
	set->size = size;
	return true;
}

PcaGroupSetResult
pca_group_set_add(PcaGroupSet *set, uint64 group)
{
	bool		room = make_room(set);
	uint64	   *place;

	/* 0 is a free place */
	group |= 1;
	place = find_place(set->groups, set->size, group);
	if (*place == group)
		return PCA_GROUPSET_KNOWN;
	if (!room)
		return PCA_GROUPSET_FULL;
	*place = group;
	set->used++;
	return PCA_GROUPSET_ADDED;
}

uint64
pca_group_set_distance(const PcaGroupSet *set, uint64 group)
{
	const uint64 *place;
	uint64		first;

	if (set->size == 0)
		return 0;
	group |= 1;
	first = group & (set->size - 1);
	place = find_place(set->groups, set->size, group);
	return ((uint64) (place - set->groups) - first) & (set->size - 1);
}
