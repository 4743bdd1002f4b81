/*
 * textual.h
 *		Comparisons of text beyond "=" and "<>".
 */
#ifndef PCA_TEXTUAL_H
#define PCA_TEXTUAL_H

#include "postgres.h"

#include "clause.h"

/*
 * Judge LIKE, ILIKE, ^@, strpos(), position() and comparisons without case.
 * False when the clause is something else, with *result not set.
 */
extern bool pca_textual_judge(PcaJudge *judge, Node *clause, bool negated,
							  PcaClause *result);

/*
 * "contains" or "starts_with", whichever the API has for the column, for any of
 * the values: a superset of those that equal or begin with one.
 */
extern PcaClause pca_textual_search(const PcaJudge *judge,
									const PcaColumn *column, List *values);

#endif							/* PCA_TEXTUAL_H */
