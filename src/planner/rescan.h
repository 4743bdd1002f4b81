/*
 * rescan.h
 *		Decides if a query level is probably executed several times.
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

#endif							/* PCA_RESCAN_H */
