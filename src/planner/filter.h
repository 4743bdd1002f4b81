/*
 * filter.h
 *		Classifies conditions by how well the API can apply them.
 */
#ifndef PCA_FILTER_H
#define PCA_FILTER_H

#include "postgres.h"

#include "nodes/primnodes.h"

#include "config/option.h"
#include "planner/shippable.h"

/*
 * Classify one clause of WHERE or of a join on the table's columns, which are the
 * Vars of varno.  Columns of other tables are values.  Values that are known only
 * at execution are appended to *params (Expr *), and the values of the result's
 * expression refer to them by their index.  An expression that is in *params
 * already is used again.  If the clause is not sent, *params may have been
 * appended to nevertheless: a caller that keeps the list truncates it.  Current
 * memory context.  Errors: the stack depth limit; no request is sent.
 */
extern PcaClause pca_filter_classify(const PcaTable *table, Index varno,
									 Expr *clause, List **params);

#endif							/* PCA_FILTER_H */
