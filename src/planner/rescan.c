/*
 * rescan.c
 *		Decides if a query level is probably executed several times, and with which values.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"

#include "planner/rescan.h"

/* Returns true if an init plan of this query level sets the parameter, which it does once. */
static bool
is_init_plan_param(const PlannerInfo *root, int param)
{
	ListCell   *lc;

	foreach(lc, root->init_plans)
	{
		if (list_member_int(lfirst_node(SubPlan, lc)->setParam, param))
			return true;
	}
	return false;
}

/* Returns true if the node contains a parameter that an outer query sets for each of its rows. */
static bool
has_correlated_param(Node *node, void *root)
{
	if (!node)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		return !is_init_plan_param(root, ((Param *) node)->paramid);
	/* other parameters in its plan are set by the subquery itself */
	if (IsA(node, SubPlan))
		return has_correlated_param((Node *) ((SubPlan *) node)->args, root);
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, has_correlated_param, root, 0);
	return expression_tree_walker(node, has_correlated_param, root);
}

bool
pca_rescan_is_expected(PlannerInfo *root)
{
	for (; root; root = root->parent_root)
	{
		if (root->hasRecursion || has_correlated_param((Node *) root->parse, root))
			return true;
	}
	return false;
}

/* Returns true if the expression of a scan may have another value in each rescan. */
static bool
is_outer_value(Node *expr, PlannerInfo *root)
{
	return contain_var_clause(expr) || has_correlated_param(expr, root);
}

Bitmapset *
pca_rescan_find_outer_params(PlannerInfo *root, List *params)
{
	Bitmapset  *found = NULL;

	for (int i = 0; i < list_length(params); i++)
	{
		if (is_outer_value(list_nth(params, i), root))
			found = bms_add_member(found, i);
	}
	return found;
}
