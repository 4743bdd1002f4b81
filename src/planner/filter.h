/*
 * filter.h
 *		Which clauses can the API apply, and how well?
 */
#ifndef PCA_FILTER_H
#define PCA_FILTER_H

#include "postgres.h"

#include "nodes/primnodes.h"

#include "config/option.h"
#include "planner/shippable.h"

/*
 * Judge one clause of WHERE or of a join on the table's columns (Vars of
 * varno); columns of other tables are values.  Values that are not constants
 * are appended to *params, where a term's parameter numbers point.  Current
 * memory context; nothing is contacted.
 */
extern PcaClause pca_filter_classify(const PcaTable *table, Index varno,
									 Expr *clause, List **params);

#endif							/* PCA_FILTER_H */
