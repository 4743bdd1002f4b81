/*
 * loop_count.c
 *		Estimates how often a plan node is executed.
 *
 * When the subquery of an expression is planned, the rows of the outer query are not
 * known yet.  The finished plan has the estimates of both.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/nodeFuncs.h"

#include "scan/loop_count.h"

/* Used for an expression that is executed for an unknown number of rows. */
#define UNKNOWN_LOOPS	1000.0

/* The node that is searched for in a plan: it, or one with the SubPlan of that number. */
typedef struct LoopSearch
{
	const Plan *node;
	int			subplan;		/* plan_id; 0: node is searched for */
} LoopSearch;

static double find_in_plan(const Plan *plan, double loops, LoopSearch *search);

static bool
contains_subplan(Node *node, void *context)
{
	const LoopSearch *search = context;

	if (!node)
		return false;
	if (IsA(node, SubPlan) && ((SubPlan *) node)->plan_id == search->subplan)
		return true;
	return expression_tree_walker(node, contains_subplan, context);
}

/* Returns true if the node itself is the one that is searched for. */
static bool
is_found(const Plan *plan, LoopSearch *search)
{
	if (search->subplan == 0)
		return plan == search->node;
	return contains_subplan((Node *) plan->targetlist, search) || contains_subplan((Node *) plan->qual, search);
}

/*
 * The rows for which the node evaluates a subplan.  The arguments of aggregates are in
 * the target list, and are evaluated for each row below.
 */
static double
estimate_evaluations(const Plan *plan)
{
	double		rows = plan->plan_rows;

	if (IsA(plan, Agg) && plan->lefttree)
		rows = Max(rows, plan->lefttree->plan_rows);
	return Max(rows, 1);
}

/* Search the plans of a list.  Returns 0 if none contains the node. */
static double
find_in_list(List *plans, double loops, LoopSearch *search)
{
	ListCell   *lc;

	foreach(lc, plans)
	{
		double		found = find_in_plan(lfirst(lc), loops, search);

		if (found > 0)
			return found;
	}
	return 0;
}

/* Search the children of nodes that have others than the left and the right one. */
static double
find_in_other_children(const Plan *plan, double loops, LoopSearch *search)
{
	switch (nodeTag(plan))
	{
		case T_Append:
			return find_in_list(((const Append *) plan)->appendplans, loops, search);
		case T_MergeAppend:
			return find_in_list(((const MergeAppend *) plan)->mergeplans, loops, search);
		case T_SubqueryScan:
			return find_in_plan(((const SubqueryScan *) plan)->subplan, loops, search);
		case T_CustomScan:
			return find_in_list(((const CustomScan *) plan)->custom_plans, loops, search);
		default:
			return 0;
	}
}

/*
 * Returns the number of executions of the node below the plan, which is executed
 * loops times; 0 if it is not there.
 */
static double
find_in_plan(const Plan *plan, double loops, LoopSearch *search)
{
	double		found;

	if (!plan)
		return 0;
	check_stack_depth();
	if (is_found(plan, search))
		return loops * (search->subplan == 0 ? 1 : estimate_evaluations(plan));
	found = find_in_plan(plan->lefttree, loops, search);
	if (found == 0)
		found = find_in_plan(plan->righttree,
							 IsA(plan, NestLoop) ? loops * Max(plan->lefttree->plan_rows, 1) : loops, search);
	return found > 0 ? found : find_in_other_children(plan, loops, search);
}

/* As find_in_plan(), for the expression of a subplan in any plan of the statement. */
static double
find_subplan_loops(const PlannedStmt *statement, int subplan)
{
	LoopSearch	search = {.subplan = subplan};
	double		loops = find_in_plan(statement->planTree, 1, &search);

	if (loops == 0)
		loops = find_in_list(statement->subplans, 1, &search);
	return loops > 0 ? loops : UNKNOWN_LOOPS;
}

double
pca_loop_count_estimate(const PlannedStmt *statement, const Plan *node)
{
	LoopSearch	search = {.node = node};
	double		loops = find_in_plan(statement->planTree, 1, &search);
	int			subplan = 0;
	ListCell   *lc;

	foreach(lc, statement->subplans)
	{
		if (loops > 0)
			break;
		subplan++;
		loops = find_in_plan(lfirst(lc), 1, &search);
		if (loops > 0)
			loops *= find_subplan_loops(statement, subplan);
	}
	return Max(loops, 1);
}
