/*
 * scan_params.c
 *		The values of a scan's parameters, and of the other side of a hash join.
 */
#include "postgres.h"

#include "planner/join_filter_node.h"
#include "scan/scan_params.h"

/* Add the values of the other side of a hash join, as the last parameter. */
static void
add_join_filter_param(PcaParams *params, EState *estate, int join_filter_param, uint64 *join_pass)
{
	const PcaJoinFilterValues *values = pca_join_filter_node_find_values(estate, join_filter_param);
	bool		is_known = values && values->complete;
	List	   *texts = NIL;
	ListCell   *lc;

	*join_pass = values ? values->pass : 0;
	if (is_known)
	{
		foreach(lc, values->texts)
		{
			texts = lappend(texts, pstrdup(lfirst(lc)));
		}
	}
	pca_param_add_array(params, texts, !is_known);
}

PcaParams
pca_scan_params_make(ForeignScanState *node, const PcaScanPlan *plan, List *states, uint64 *join_pass)
{
	PcaParams	params = pca_param_create(states, node->ss.ps.ps_ExprContext);

	if (plan->join_filter_param >= 0)
		add_join_filter_param(&params, node->ss.ps.state, plan->join_filter_param, join_pass);
	return params;
}

bool
pca_scan_params_have_changed(ForeignScanState *node, const PcaScanPlan *plan, uint64 join_pass)
{
	const PcaJoinFilterValues *values;

	if (plan->join_filter_param < 0)
		return false;
	values = pca_join_filter_node_find_values(node->ss.ps.state, plan->join_filter_param);
	return values && values->pass != join_pass;
}
