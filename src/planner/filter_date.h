/*
 * filter_date.h
 *		Classifies comparisons of dates.
 */
#ifndef PCA_FILTER_DATE_H
#define PCA_FILTER_DATE_H

#include "postgres.h"

#include "planner/shippable.h"

/*
 * Classify a comparison of a date field's column with a date, timestamp or
 * timestamptz, or with an array of them.  The column may be cast to another of
 * these types, truncated to a unit with date_trunc(), or compared by its year.
 * negated: the clause is below a NOT.  Returns true and sets *result if the clause
 * is of this kind; else returns false, and *result is not set.  Current memory
 * context.
 */
extern bool pca_filter_date_classify(PcaClauseContext *context, Node *clause, bool negated,
									 PcaClause *result);

#endif							/* PCA_FILTER_DATE_H */
