/*
 * measure.h
 *		Checks how expressions use a table's measures.
 */
#ifndef PCA_MEASURE_H
#define PCA_MEASURE_H

#include "postgres.h"

#include "nodes/nodes.h"

#include "config/option.h"

/*
 * Returns true if the expression uses a measure, or the whole row, of the table,
 * whose Vars have that varno.  node may be NULL.
 */
extern bool pca_measure_used(const PcaTable *table, Index varno, Node *node);

/*
 * Returns true if the expression, evaluated with the sums of a group's measures, is equal to
 * the sum of the expression over the group's rows.
 */
extern bool pca_measure_is_linear(const PcaTable *table, Index varno, Node *node);

/* Returns true if the expression is a measure whose column is declared NOT NULL. */
extern bool pca_measure_is_never_null(const PcaTable *table, Index varno, Node *node);

/*
 * Returns the reason why an output expression or HAVING of an aggregating query
 * could have another value if the table's rows came grouped; NULL if it cannot.
 * Aggregates over other tables are checked too, because a join repeats their rows
 * once for each row of this table.  node may be NULL.  Current memory context.
 *
 * needs_row_count: NULL if the number of rows of a group is not known.  Otherwise,
 * an aggregate that depends on this number, such as count(*), is no reason;
 * *needs_row_count is set to true then, and left alone otherwise.
 */
extern const char *pca_measure_reason(const PcaTable *table, Index varno,
									  Node *node, bool *needs_row_count);

#endif							/* PCA_MEASURE_H */
