/*
 * filter_implied.h
 *		Which simpler condition does a condition imply?
 */
#ifndef PCA_FILTER_IMPLIED_H
#define PCA_FILTER_IMPLIED_H

#include "postgres.h"

#include "planner/shippable.h"

/*
 * Take a condition on COALESCE, CASE or NULLIF of the table's columns apart:
 * where it is true, *implied is true, too; NULL: it never is.  False when the
 * condition is on none of these, implies nothing, or has too many choices;
 * judge->choices counts them.  Current memory context; *implied shares parts
 * with the condition.
 */
extern bool pca_filter_implied_find(PcaClauseContext *context, Node *clause, Node **implied);

#endif							/* PCA_FILTER_IMPLIED_H */
