/*
 * filter_date.h
 *		Comparisons of dates.
 */
#ifndef PCA_FILTER_DATE_H
#define PCA_FILTER_DATE_H

#include "postgres.h"

#include "planner/shippable.h"

/*
 * Judge a comparison of a date field's column, or of its day, with a date,
 * timestamp or timestamptz.  False when the clause is something else, with
 * *result not set.
 */
extern bool pca_filter_date_classify(PcaClauseContext *context, Node *clause, bool negated,
									 PcaClause *result);

#endif							/* PCA_FILTER_DATE_H */
