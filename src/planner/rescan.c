/*
 * rescan.c
 *		Decides if a query level is probably executed several times, and with which values.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"

#include "planner/rescan.h"

/* What is searched for references to outer queries. */
typedef struct OuterSearch
{
	PlannerInfo *root;			/* the query level of the expression */
	const List *passed;			/* int: parameters that a level above it sets,
								 * which are none of an outer query */
	Index		depth;			/* of subqueries that are not planned yet */
} OuterSearch;

static bool contains_outer_reference(Node *node, void *search);

/* Returns true if the plan of a subquery refers to more than the passed parameters. */
static bool
is_subplan_correlated(const PlannerInfo *root, int plan_id, const List *passed)
{
	PlannerInfo *subroot = list_nth(root->glob->subroots, plan_id - 1);
	OuterSearch search = {.root = subroot,.passed = passed};

	return contains_outer_reference((Node *) subroot->parse, &search);
}

/*
 * Returns true if the WITH query of the name, so many levels above the query level, refers
 * to a row of an outer query.  So does one that is not planned yet: it refers to itself.
 */
static bool
is_cte_correlated(const PlannerInfo *root, Index levels, const char *name)
{
	int			i = 0;
	ListCell   *lc;

	for (; levels > 0; levels--)
		root = root->parent_root;
	foreach(lc, root->parse->cteList)
	{
		if (strcmp(lfirst_node(CommonTableExpr, lc)->ctename, name) == 0)
			break;
		i++;
	}
	if (i >= list_length(root->cte_plan_ids))
		return true;
	i = list_nth_int(root->cte_plan_ids, i);
	return i > 0 && is_subplan_correlated(root, i, NIL);
}

/*
 * Returns true if an init plan of this query level sets the parameter once.  An init plan
 * that refers to a row of an outer query sets it for each of these rows.
 */
static bool
is_fixed_init_plan_param(const PlannerInfo *root, int param)
{
	ListCell   *lc;

	foreach(lc, root->init_plans)
	{
		const SubPlan *subplan = lfirst_node(SubPlan, lc);

		if (list_member_int(subplan->setParam, param))
			return !is_subplan_correlated(root, subplan->plan_id, NIL);
	}
	return false;
}

/* Walk a query that is not planned yet, or the one of the level. */
static bool
query_contains_outer_reference(Query *query, const OuterSearch *search)
{
	OuterSearch inner = *search;

	inner.depth += query != search->root->parse;
	return query_tree_walker(query, contains_outer_reference, &inner, QTW_EXAMINE_RTES_BEFORE);
}

/* Returns true if the node refers to a row of an outer query. */
static bool
contains_outer_reference(Node *node, void *search)
{
	const OuterSearch *outer = search;

	if (!node)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
	{
		int			param = ((Param *) node)->paramid;

		return !list_member_int(outer->passed, param) && !is_fixed_init_plan_param(outer->root, param);
	}
	if (IsA(node, Var))
		return ((Var *) node)->varlevelsup > outer->depth;
	if (IsA(node, RangeTblEntry))
	{
		const RangeTblEntry *rte = (RangeTblEntry *) node;

		/* its contents are walked after it */
		return rte->rtekind == RTE_CTE && rte->ctelevelsup > outer->depth &&
			is_cte_correlated(outer->root, rte->ctelevelsup - outer->depth, rte->ctename);
	}
	/* other parameters in its plan are set by the subquery itself */
	if (IsA(node, SubPlan))
		return contains_outer_reference((Node *) ((SubPlan *) node)->args, search) ||
			is_subplan_correlated(outer->root, ((SubPlan *) node)->plan_id,
								  list_union_int(outer->passed, ((SubPlan *) node)->parParam));
	if (IsA(node, Query))
		return query_contains_outer_reference((Query *) node, outer);
	return expression_tree_walker(node, contains_outer_reference, search);
}

/* Returns true if the expression of this query level refers to a row of an outer query. */
static bool
is_correlated(Node *expr, PlannerInfo *root)
{
	OuterSearch search = {.root = root};

	return contains_outer_reference(expr, &search);
}

bool
pca_rescan_is_expected(PlannerInfo *root)
{
	for (; root; root = root->parent_root)
	{
		if (root->hasRecursion || is_correlated((Node *) root->parse, root))
			return true;
	}
	return false;
}

/* Returns true if the expression of a scan may have another value in each rescan. */
static bool
is_outer_value(Node *expr, PlannerInfo *root)
{
	return contain_var_clause(expr) || is_correlated(expr, root);
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
