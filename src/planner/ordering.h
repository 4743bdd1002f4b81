/*
 * ordering.h
 *		Which order may a scan claim for its rows?
 */
#ifndef PCA_ORDERING_H
#define PCA_ORDERING_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "config/option.h"

/* An order that the API can give. */
typedef struct PcaOrdering
{
	List	   *pathkeys;		/* what the scan satisfies; NIL: no order */
	const PcaColumn *column;
	bool		descending;
	int64		limit;			/* rows that may be enough in that order; -1
								 * unknown */
} PcaOrdering;

/*
 * The order that the query wants and the API can give: by one column that is
 * never null.  Only for queries of this table alone.  Current memory context.
 */
extern PcaOrdering pca_ordering_choose(PlannerInfo *root, RelOptInfo *rel,
									   const PcaTable *table);

/*
 * What a scan in order costs more.  It has one page on its way at a time: who
 * wants the first rows wins by it; who reads several pages to the end has them
 * sooner when they come at once and are sorted here, so it is dearer than that.
 */
extern Cost pca_ordering_penalty(const RelOptInfo *rel, const PcaTable *table);

#endif							/* PCA_ORDERING_H */
