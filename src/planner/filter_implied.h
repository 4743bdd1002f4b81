/*
 * filter_implied.h
 *		Which simpler condition does a condition imply?
 */
#ifndef PCA_FILTER_IMPLIED_H
#define PCA_FILTER_IMPLIED_H

#include "postgres.h"

#include "nodes/primnodes.h"

/*
 * Take a condition on COALESCE, CASE or NULLIF of the table's columns (Vars of
 * varno) apart: where it is true, *implied is true, too; NULL: it never is.
 * False when the condition is on none of these, or implies nothing.  Current
 * memory context.
 */
extern bool pca_filter_implied_find(Index varno, Node *clause, Node **implied);

#endif							/* PCA_FILTER_IMPLIED_H */
