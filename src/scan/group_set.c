/*
 * group_set.c
 *		A set of hashes of groups.
 *
 * An open-addressing hash table with linear probing, 8 bytes an entry.  That is a
 * third of what PostgreSQL's simplehash needs for the same.  Hashes begin with a
 * random key.  Otherwise, a server could choose group keys whose hashes are all
 * next to each other, which makes each search as long as the set is large.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"

#include "scan/group_set.h"

/* Entries of the first allocation, 8 kB; a power of two. */
#define PCA_GROUP_SET_INITIAL_SIZE	1024

struct PcaGroupSet
{
	MemoryContext context;
	uint64		hash_key;		/* random */
	uint64	   *groups;			/* 0: a free entry */
	uint64		size;			/* entries; a power of two, or 0 */
	uint64		used;
};

PcaGroupSet *
pca_group_set_create(void)
{
	PcaGroupSet *set = palloc0(sizeof(PcaGroupSet));

	set->context = CurrentMemoryContext;
	if (!pg_strong_random(&set->hash_key, sizeof(set->hash_key)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	return set;
}

uint64
pca_group_set_begin(const PcaGroupSet *set)
{
	return set->hash_key;
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

/* The entry of a group, or the free one where it is to be added. */
static uint64 *
find_group_entry(uint64 *groups, uint64 size, uint64 group)
{
	uint64		i = group & (size - 1);

	while (groups[i] != 0 && groups[i] != group)
		i = (i + 1) & (size - 1);
	return &groups[i];
}

/*
 * Double the set when three quarters of its entries are used, so that one more
 * group can be added.  Returns false if the result would be larger than PostgreSQL
 * allows for a hash table.
 */
static bool
ensure_group_space(PcaGroupSet *set)
{
	uint64		size = set->size ? set->size * 2 : PCA_GROUP_SET_INITIAL_SIZE;
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
			*find_group_entry(groups, size, set->groups[i]) = set->groups[i];
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
	bool		has_space = ensure_group_space(set);
	uint64	   *entry;

	/* 0 marks a free entry */
	group |= 1;
	entry = find_group_entry(set->groups, set->size, group);
	if (*entry == group)
		return PCA_GROUP_SET_KNOWN;
	if (!has_space)
		return PCA_GROUP_SET_FULL;
	*entry = group;
	set->used++;
	return PCA_GROUP_SET_ADDED;
}

uint64
pca_group_set_distance(const PcaGroupSet *set, uint64 group)
{
	const uint64 *entry;
	uint64		first;

	if (set->size == 0)
		return 0;
	group |= 1;
	first = group & (set->size - 1);
	entry = find_group_entry(set->groups, set->size, group);
	return ((uint64) (entry - set->groups) - first) & (set->size - 1);
}
