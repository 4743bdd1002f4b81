/*
 * limit.h
 *		How many rows does a query want of a table?
 */
#ifndef PCA_LIMIT_H
#define PCA_LIMIT_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "request/filter_expr.h"

/*
 * How many rows are surely enough, where nothing above the scan needs more: a
 * hint for the size of the first page; -1 when nothing is known.
 */
extern int64 pca_limit_hint(PlannerInfo *root);

/* The same for a scan whose rows come in the order of the query. */
extern int64 pca_limit_sorted_hint(PlannerInfo *root);

/*
 * Whether no more rows than the hint says are wanted of a scan whose rows all
 * satisfy its conditions.
 */
extern bool pca_limit_is_sure(PlannerInfo *root);

/*
 * Whether OFFSET and LIMIT of the statement count this relation's rows and
 * nothing else, so that the API may apply them where every condition is exact.
 */
extern bool pca_limit_counts_rows(PlannerInfo *root, RelOptInfo *rel);

/*
 * An OFFSET or LIMIT expression as a value; NULL when it is absent or NULL.  An
 * expression that is not constant is appended to *params.
 */
extern PcaValue *pca_limit_value(Node *expr, List **params);

#endif							/* PCA_LIMIT_H */
