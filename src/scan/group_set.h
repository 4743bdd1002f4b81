/*
 * group_set.h
 *		A set of hashes of groups.
 *
 * Its hashes are keyed, so that a server cannot choose group keys that collide.
 */
#ifndef PCA_GROUP_SET_H
#define PCA_GROUP_SET_H

#include "postgres.h"

typedef struct PcaGroupSet PcaGroupSet;

typedef enum PcaGroupSetResult
{
	PCA_GROUP_SET_ADDED,
	PCA_GROUP_SET_KNOWN,		/* it was added before */
	PCA_GROUP_SET_FULL			/* it is not in the set, which cannot grow */
} PcaGroupSetResult;

/*
 * Create an empty set with a random hash key.  Lives in the current memory
 * context.  Errors: no random bytes can be generated.
 */
extern PcaGroupSet *pca_group_set_create(void);

/* Returns the hash of a group that has no keys yet. */
extern uint64 pca_group_set_begin(const PcaGroupSet *set);

/*
 * Returns the hash of a group with one more key.  text: length bytes; NULL: the key is
 * null, and length is ignored.
 */
extern uint64 pca_group_set_hash(uint64 group, const char *text, size_t length);

/*
 * Add a group by its hash.  The set grows up to the size that PostgreSQL allows
 * for a hash table (work_mem times hash_mem_multiplier).  Errors: out of memory.
 */
extern PcaGroupSetResult pca_group_set_add(PcaGroupSet *set, uint64 group);

/*
 * Returns the distance, in entries, of a group from the entry where the search for it
 * begins; 0 in an empty set.  For tests.
 */
extern uint64 pca_group_set_distance(const PcaGroupSet *set, uint64 group);

#endif							/* PCA_GROUP_SET_H */
