/*
 * scan_params.h
 *		The values of a scan's parameters, and of the other side of a hash join.
 */
#ifndef PCA_SCAN_PARAMS_H
#define PCA_SCAN_PARAMS_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "planner/planner.h"
#include "request/param.h"

/*
 * Returns the plan's parameters, whose expressions are states (ExprState *), and the
 * values of a hash join, if the plan sends them.  *join_pass is which reading of the
 * join's other side the values are from.  Current memory context, in which the
 * parameters are evaluated later.
 */
extern PcaParams pca_scan_params_make(ForeignScanState *node, const PcaScanPlan *plan, List *states,
									  uint64 *join_pass);

/* Returns true if the join has read its other side again since join_pass. */
extern bool pca_scan_params_have_changed(ForeignScanState *node, const PcaScanPlan *plan, uint64 join_pass);

#endif							/* PCA_SCAN_PARAMS_H */
