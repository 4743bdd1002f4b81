/*
 * loop_count.h
 *		Estimates how often a plan node is executed.
 */
#ifndef PCA_LOOP_COUNT_H
#define PCA_LOOP_COUNT_H

#include "postgres.h"

#include "nodes/plannodes.h"

/*
 * Returns the estimated number of executions of the node in the statement, from the
 * estimated rows of outer nodes; at least 1.
 */
extern double pca_loop_count_estimate(const PlannedStmt *statement, const Plan *node);

#endif							/* PCA_LOOP_COUNT_H */
