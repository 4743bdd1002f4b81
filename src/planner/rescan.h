/*
 * rescan.h
 *		Decides if a query level is probably executed several times, and with which values.
 */
#ifndef PCA_RESCAN_H
#define PCA_RESCAN_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/*
 * Returns true if the query level, or one above it, is a subquery that is executed
 * for each row of an outer query, or recursive.  A scan of one process keeps its rows
 * for a rescan; a parallel scan would fetch them again.
 */
extern bool pca_rescan_is_expected(PlannerInfo *root);

/*
 * Returns the indexes of those of a scan's expressions that depend on a row of an outer
 * query, or of the other side of a nested loop.  Current memory context.
 */
extern Bitmapset *pca_rescan_find_outer_params(PlannerInfo *root, List *params);

#endif							/* PCA_RESCAN_H */
