/*
 * group_set.h
 *		A set of hashes of groups, which another party's keys cannot make slow.
 */
#ifndef PCA_GROUP_SET_H
#define PCA_GROUP_SET_H

#include "postgres.h"

/* Lives in one memory context. */
typedef struct PcaGroupSet PcaGroupSet;

typedef enum PcaGroupSetResult
{
	PCA_GROUPSET_ADDED,
	PCA_GROUPSET_KNOWN,			/* it was added before */
	PCA_GROUPSET_FULL			/* it is not known, and there is no room for
								 * it */
} PcaGroupSetResult;

/*
 * An empty set in the current memory context, with a random key of its own.
 * Raises an error if the system gives no random bytes.
 */
extern PcaGroupSet *pca_group_set_create(void);

/* The hash of a group that has no keys yet. */
extern uint64 pca_group_set_begin(const PcaGroupSet *set);

/* The hash of a group with one key more; text NULL: the key is null. */
extern uint64 pca_group_set_hash(uint64 group, const char *text, size_t length);

/*
 * Add a group by its hash.  The set grows up to what a hash table may have
 * (hash_mem).  Raises an error when memory is out.
 */
extern PcaGroupSetResult pca_group_set_add(PcaGroupSet *set, uint64 group);

/* How many entries the search for a group looks at. */
extern uint64 pca_group_set_distance(const PcaGroupSet *set, uint64 group);

#endif							/* PCA_GROUP_SET_H */
