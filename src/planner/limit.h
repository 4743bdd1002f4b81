/*
 * limit.h
 *		Number of rows that a query needs of a table.
 */
#ifndef PCA_LIMIT_H
#define PCA_LIMIT_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "request/filter_expr.h"

/*
 * Returns a number of rows that is probably enough for the query, as a hint for
 * the size of the first page; -1 if none is known.  Valid for a scan in any order.
 */
extern int64 pca_limit_hint(PlannerInfo *root);

/* As pca_limit_hint(), but for a scan whose rows come in the order of ORDER BY. */
extern int64 pca_limit_sorted_hint(PlannerInfo *root);

/*
 * Returns true if the hint is a LIMIT, so that no more rows are needed of a scan
 * whose rows all satisfy the conditions.  Returns false if the hint is a guess.
 */
extern bool pca_limit_is_sure(PlannerInfo *root);

/*
 * Returns true if OFFSET and LIMIT of the query count the rows of this relation and
 * nothing else, so that the API may apply them if every condition is exact.  Returns
 * false if there is no OFFSET.
 */
extern bool pca_limit_counts_rows(PlannerInfo *root, RelOptInfo *rel);

/*
 * Returns the value of an OFFSET or LIMIT expression; NULL if the expression is
 * absent or a constant NULL.  An expression that is not constant is appended to
 * *params.  Current memory context.
 */
extern PcaValue *pca_limit_value(Node *expr, List **params);

#endif							/* PCA_LIMIT_H */
