/*
 * filter_implied.h
 *		Finds the condition on columns that a condition on CASE, COALESCE or
 *		NULLIF implies.
 */
#ifndef PCA_FILTER_IMPLIED_H
#define PCA_FILTER_IMPLIED_H

#include "postgres.h"

#include "planner/shippable.h"

/*
 * Find a condition that is true of every row of which the clause is true.  Returns
 * true and sets *implied to the condition, or to NULL if the clause is true of no
 * row.  Returns false if the clause is not on CASE, COALESCE or NULLIF of the
 * table's columns, if it implies nothing, or if it has too many alternatives.
 * The alternatives that were tried are added to context->choices.  *implied is
 * in the current memory context, and shares parts with the clause.
 */
extern bool pca_filter_implied_find(PcaClauseContext *context, Node *clause, Node **implied);

#endif							/* PCA_FILTER_IMPLIED_H */
