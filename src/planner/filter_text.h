/*
 * filter_text.h
 *		Comparisons of text beyond "=" and "<>".
 */
#ifndef PCA_FILTER_TEXT_H
#define PCA_FILTER_TEXT_H

#include "postgres.h"

#include "planner/shippable.h"

/*
 * Judge LIKE, ILIKE, ^@, strpos(), position() and comparisons without case.
 * False when the clause is something else, with *result not set.
 */
extern bool pca_filter_text_classify(PcaClauseContext *context, Node *clause, bool negated,
									 PcaClause *result);

/*
 * "contains" or "starts_with", whichever the API has for the column, for any of
 * the values: a superset of those that equal or begin with one.
 */
extern PcaClause pca_filter_text_search(const PcaClauseContext *context,
										const PcaColumn *column, List *values);

#endif							/* PCA_FILTER_TEXT_H */
