/*
 * filter_pattern.h
 *		Classifies comparisons of text other than "=" and "<>".
 */
#ifndef PCA_FILTER_PATTERN_H
#define PCA_FILTER_PATTERN_H

#include "postgres.h"

#include "planner/shippable.h"

/*
 * Classify LIKE, ILIKE, ^@ and starts_with(), a test that strpos() or
 * position() finds a text, or the equality of citext.  negated: the clause is
 * below a NOT.  Returns true and sets *result if the clause is of this kind and
 * not negated; else returns false, and *result is not set.  Current memory
 * context.
 */
extern bool pca_filter_pattern_classify(PcaClauseContext *context, Node *clause, bool negated,
										PcaClause *result);

/*
 * Classify "column = any of the values" (PcaValue *) for a field that has no "eq"
 * but can be searched, by "contains" or "starts_with".  The result is lossy:
 * the API also returns longer texts, and texts that differ in case.  Current
 * memory context.
 */
extern PcaClause pca_filter_pattern_search(const PcaClauseContext *context,
										   const PcaColumn *column, List *values);

#endif							/* PCA_FILTER_PATTERN_H */
