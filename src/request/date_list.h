/*
 * date_list.h
 *		Replaces a list of dates by the range from the first to the last one.
 */
#ifndef PCA_DATE_LIST_H
#define PCA_DATE_LIST_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "request/filter_expr.h"

/*
 * Returns two conjuncts (PcaFilterExpr *) for the range from the first to the last
 * date that satisfies a list of dates or date ranges.  Returns NIL for other
 * expressions, for an AND, which has no shorter form, and if a value is a parameter.
 * Accepts every kind.  Current memory context.
 */
extern List *pca_date_list_to_range(const PcaFilterExpr *expr);

#endif							/* PCA_DATE_LIST_H */
