/*
 * grouping.h
 *		May a table's rows come pre-aggregated?
 */
#ifndef PCA_GROUPING_H
#define PCA_GROUPING_H

#include "postgres.h"

#include "nodes/bitmapset.h"
#include "nodes/pathnodes.h"

#include "config/option.h"

/* The verdict on one base relation. */
typedef struct PcaGrouping
{
	bool		grouped;
	const char *reason;			/* why not, when the query aggregates; or NULL */
	Bitmapset  *keys;			/* attribute numbers of the groupby list */
} PcaGrouping;

/*
 * Judge the relation: whether every use that the query makes of it gives the
 * same result when one row stands for all rows of a group and carries the sums
 * of its measures.  Call it from GetForeignRelSize.  Current memory context.
 */
extern PcaGrouping pca_grouping_classify(PlannerInfo *root, RelOptInfo *rel,
										 const PcaTable *table);

#endif							/* PCA_GROUPING_H */
