/*
 * measure.h
 *		What do expressions do with a table's measures?
 */
#ifndef PCA_MEASURE_H
#define PCA_MEASURE_H

#include "postgres.h"

#include "nodes/nodes.h"

#include "config/option.h"

/*
 * Whether the expression uses a measure, or the whole row, of the table whose
 * Vars have that varno.
 */
extern bool pca_measure_used(const PcaTable *table, Index varno, Node *node);

/*
 * Why an output expression of an aggregating query could differ when the
 * table's rows come pre-aggregated; NULL when it cannot.  Every aggregate is
 * judged, also those over other tables: a group stands for many rows.
 * Current memory context.
 */
extern const char *pca_measure_reason(const PcaTable *table, Index varno,
									  Node *node);

#endif							/* PCA_MEASURE_H */
