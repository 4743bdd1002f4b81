/*
 * partition_clause.h
 *		The bound of a partition, as conditions of its scan.
 */
#ifndef PCA_PARTITION_CLAUSE_H
#define PCA_PARTITION_CLAUSE_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "planner/shippable.h"

/* One condition of a bound, which is true of every row of the partition. */
typedef struct PcaPartitionClause
{
	RestrictInfo *info;			/* what the scan evaluates */
	Expr	   *sendable;		/* what is to be classified; NULL if the other
								 * conditions of the scan imply it */
} PcaPartitionClause;

/*
 * Returns the conditions of the partition's bound (PcaPartitionClause *), which the
 * caller adds to those of the relation; NIL if the table is no partition.  The plan
 * is made dependent on the partitioned tables above.  Raises only errors of catalog
 * lookups.  Current memory context.
 */
extern List *pca_partition_clause_list(PlannerInfo *root, RelOptInfo *rel, const PcaTable *table);

/*
 * Classify the condition, as pca_filter_classify() does.  One that is implied is exact,
 * and not sent.  Current memory context.
 */
extern PcaClause pca_partition_clause_classify(const PcaTable *table, Index varno,
											   const PcaPartitionClause *clause, List **params);

/* Returns true if the values of constant columns are outside of the bound. */
extern bool pca_partition_clause_is_false(List *clauses);

/*
 * Returns the reason why rows on which these conditions (PcaPartitionClause *) are
 * evaluated cannot come grouped; NULL if they can.  Current memory context.
 */
extern const char *pca_partition_clause_group_reason(const PcaTable *table, Index varno, List *clauses);

#endif							/* PCA_PARTITION_CLAUSE_H */
