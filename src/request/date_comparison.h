/*
 * date_comparison.h
 *		Comparisons of date fields, and their literals.
 */
#ifndef PCA_DATE_COMPARISON_H
#define PCA_DATE_COMPARISON_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "request/filter_expr.h"

/*
 * Resolve a comparison with dates, whose values are these texts (char *): the result
 * is true, false, or an expression of comparisons of the field itself with values
 * that its literals can have.  It is exact for a field of whole days, unless a step
 * converts a timestamptz; otherwise it is true of more rows.  The result depends on
 * the setting TimeZone.  Current memory context.
 */
extern PcaTristate pca_date_comparison_resolve(const PcaComparison *comparison, List *texts,
											   PcaFilterExpr **resolved);

/*
 * Returns the literal of a date text, such as cast('2018-10-14', Edm.DateTimeOffset).
 * Palloc'd.
 */
extern char *pca_date_comparison_literal(const PcaDateOperand *operand, const char *text);

/*
 * Returns what EXPLAIN shows after a parameter of which the filter compares a unit of
 * date_trunc(), such as " (its month)"; else an empty text.
 */
extern const char *pca_date_comparison_steps_text(const PcaDateOperand *operand);

/*
 * Convert an operand to a node list that copyObject() can copy, and back; NULL is NIL.
 * Current memory context.
 */
extern List *pca_date_comparison_operand_to_nodes(const PcaDateOperand *operand);
extern PcaDateOperand *pca_date_comparison_operand_from_nodes(List *nodes);

#endif							/* PCA_DATE_COMPARISON_H */
