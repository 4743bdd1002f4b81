/*
 * join_filter_path.c
 *		Paths for hash joins whose scan sends the values of the other side.
 *
 * A hash join reads the side that it hashes to its end before it starts the other.
 * If the other side is a foreign scan, and the join needs only its rows that have
 * a partner, its request can filter by the values of the join's key.
 * join_filter_node.c collects these values.
 */
#include "postgres.h"

#include <math.h>

#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paramassign.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

#include "compat.h"
#include "planner/join_filter_node.h"
#include "planner/join_filter_path.h"
#include "planner/parallel_path.h"
#include "planner/path_private.h"

/*
 * At most this many different dates are collected.  Any number of them fits into
 * a URL, as the request filters by the first and the last.  1000 days are almost
 * three years; the bounds of more days would contain most rows of a table.
 */
#define MAX_JOIN_DATES	1000

/*
 * Returns true if the expression is a comparison with dates, or several joined by
 * AND, which the request replaces by bounds.  Takes every kind.
 */
static bool
compares_dates(const PcaFilterExpr *expr)
{
	ListCell   *lc;

	check_stack_depth();
	if (pca_filter_expr_kind(expr) == PCA_FILTER_EXPR_COMPARE)
		return pca_filter_expr_comparison(expr)->literal == PCA_LITERAL_DATE;
	if (pca_filter_expr_kind(expr) != PCA_FILTER_EXPR_AND)
		return false;
	foreach(lc, pca_filter_expr_args(expr))
		if (!compares_dates(lfirst(lc)))
		return false;
	return true;
}

/*
 * Returns true if each comparison is with the one parameter that is the value of
 * the join's other side.  Takes every kind.
 */
static bool
compares_join_value(const PcaFilterExpr *expr, List *params)
{
	ListCell   *lc;

	check_stack_depth();
	if (pca_filter_expr_kind(expr) == PCA_FILTER_EXPR_COMPARE)
		return list_length(params) == 1 && pca_filter_expr_has_parameter(expr) &&
			list_length(pca_filter_expr_comparison(expr)->values) == 1;
	if (pca_filter_expr_kind(expr) == PCA_FILTER_EXPR_PSEUDOCONSTANT)
		return false;
	foreach(lc, pca_filter_expr_args(expr))
		if (!compares_join_value(lfirst(lc), params))
		return false;
	return true;
}

/* Returns a copy of an expression of comparisons, AND and OR, each of which compares with that value. */
static PcaFilterExpr *
replace_compared_value(const PcaFilterExpr *expr, PcaValue *value)
{
	PcaComparison comparison;
	List	   *args = NIL;
	ListCell   *lc;

	check_stack_depth();
	if (pca_filter_expr_kind(expr) == PCA_FILTER_EXPR_COMPARE)
	{
		comparison = *pca_filter_expr_comparison(expr);
		comparison.values = list_make1(value);
		return pca_filter_expr_from_comparison(comparison);
	}
	foreach(lc, pca_filter_expr_args(expr))
		args = lappend(args, replace_compared_value(lfirst(lc), value));
	return pca_filter_expr_kind(expr) == PCA_FILTER_EXPR_AND ? pca_filter_expr_and(args) : pca_filter_expr_or(args);
}

/*
 * Returns the expression for "column = any of the values of the other side"; NULL
 * if the join clause is not of this form.  It is that of the join clause, with an
 * array parameter after all others in place of the other side.  The path and the
 * days are left out: they need values before the request is planned.
 */
static PcaFilterExpr *
make_join_filter_expr(const PcaRelInfo *relinfo, RestrictInfo *info)
{
	List	   *params = NIL;
	PcaClause	clause = pca_filter_classify(relinfo->table, relinfo->relid, info->clause, &params);
	PcaValue   *value;

	if (!clause.expr || clause.on_path || clause.on_snapshot || !compares_join_value(clause.expr, params) ||
		(!compares_dates(clause.expr) && !pca_filter_expr_compares_by(clause.expr, PCA_OP_EQ)))
		return NULL;
	value = palloc0(sizeof(PcaValue));
	value->param = list_length(relinfo->params);
	value->is_array = true;
	return replace_compared_value(clause.expr, value);
}

/* Returns the number of values that the filter of one request can have. */
static int
max_join_values_in_url(const PcaRelInfo *relinfo, RestrictInfo *info)
{
	const PcaFilterExpr *expr = make_join_filter_expr(relinfo, info);

	return compares_dates(expr) ? MAX_JOIN_DATES :
		pca_request_values_in_url(&relinfo->request, relinfo->table, expr);
}

void
pca_join_filter_path_add_expr(PcaRelInfo *relinfo, RestrictInfo *info)
{
	relinfo->filter_exprs = lappend(relinfo->filter_exprs, make_join_filter_expr(relinfo, info));
	relinfo->request.filter = pca_filter_expr_and(relinfo->filter_exprs);
}

/*
 * Returns true if a join of that type drops rows of its outer side that have no
 * partner, and hashes its inner side.
 */
static bool
join_type_allows_filter(JoinType type)
{
	return type == JOIN_INNER || type == JOIN_SEMI || type == JOIN_RIGHT ||
		pca_compat_is_right_semi_or_anti(type);
}

/* Returns the clauses by which the join can be hashed, as hash_inner_and_outer() finds them. */
static List *
list_hash_clauses(List *clauses, RelOptInfo *joinrel, RelOptInfo *outer, RelOptInfo *inner,
				  JoinType type)
{
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);

		if (IS_OUTER_JOIN(type) && RINFO_IS_PUSHED_DOWN(info, joinrel->relids))
			continue;
		if (!info->can_join || !OidIsValid(info->hashjoinoperator))
			continue;
		if ((bms_is_subset(info->left_relids, outer->relids) &&
			 bms_is_subset(info->right_relids, inner->relids)) ||
			(bms_is_subset(info->left_relids, inner->relids) &&
			 bms_is_subset(info->right_relids, outer->relids)))
			found = lappend(found, info);
	}
	return found;
}

/* The filter of one path. */
typedef struct JoinFilter
{
	RestrictInfo *info;
	Expr	   *value;			/* the other side of the clause */
	double		distinct_values;	/* different values, as estimated */
	double		rows;			/* that the API returns with the filter;
								 * estimated */
	int			max_values;		/* more values than that are not worth sending */
} JoinFilter;

/*
 * Estimate the number of values and rows.  Returns false if there are too many
 * values: if their requests would be more than those that fetch all rows, or more
 * than PCA_REQUEST_MAX_PARTS.  Values do not make it possible to read a history without
 * a condition on the day.
 */
static bool
estimate_join_filter(JoinFilter *filter, const PcaRelInfo *relinfo, PlannerInfo *root,
					 RelOptInfo *rel, Path *other)
{
	RestrictInfo *info = filter->info;
	double		received = pca_relinfo_estimate_rows(relinfo, root, rel);
	double		total_requests = pca_relinfo_estimate_requests(relinfo, rel, received);
	int			values_per_url = max_join_values_in_url(relinfo, info);

	if (total_requests >= PCA_RELINFO_UNBOUNDED_REQUESTS)
		return false;
	filter->value = (Expr *) (bms_is_subset(info->left_relids, rel->relids) ?
							  get_rightop(info->clause) : get_leftop(info->clause));
	filter->distinct_values = estimate_num_groups(root, list_make1(filter->value), other->rows, NULL, NULL);
	filter->rows = clamp_row_est(Min(1.0, filter->distinct_values *
									 clause_selectivity(root, (Node *) info, rel->relid, JOIN_INNER, NULL)) *
								 received);
	filter->max_values = values_per_url * (int) Min(PCA_REQUEST_MAX_PARTS, total_requests);
	return filter->distinct_values <= filter->max_values;
}

/*
 * Create the path of the scan.  It can start only when all values are collected, so
 * its startup cost contains the total cost of the collector.  That also keeps the
 * hash join from reading a row of the scan before it builds the hash table, as
 * ExecHashJoin() does if the outer side's startup cost is below the total cost of
 * the hash.
 */
static Path *
create_join_filter_scan_path(const JoinFilter *filter, const PcaRelInfo *relinfo, PlannerInfo *root,
							 RelOptInfo *rel, Path *collector)
{
	const PcaServer *server = relinfo->table->server;
	double		values_per_url = max_join_values_in_url(relinfo, filter->info);
	double		requests = Max(ceil(filter->distinct_values / values_per_url),
							   pca_relinfo_estimate_requests(relinfo, rel, filter->rows));
	QualCost	quals;
	PcaPathPrivate private = {.kind = PCA_PATH_JOIN_FILTER,.join_clause = filter->info};
	Cost		startup;

	cost_qual_eval(&quals, relinfo->restrictinfos, root);
	startup = collector->total_cost + server->startup_cost + quals.startup;
	return pca_parallel_path_forbid((Path *)
									pca_compat_foreignscan_path(root, rel, NULL, Min(filter->rows, rel->rows), startup,
																startup + server->startup_cost * (requests - 1) +
																filter->rows * (server->tuple_cost + cpu_tuple_cost +
																				quals.per_tuple),
																NIL, NULL,
																pca_path_private_to_nodes(&private)));
}

/*
 * Returns the number of the parameter by which the scan finds the values.  All paths
 * of a relation share it, because at most one of them is in the plan.  The list
 * of parameters belongs to the plan, so it must not be in GEQO's context, which
 * is reset while planning.
 */
static int
assign_join_filter_param(PcaRelInfo *relinfo, PlannerInfo *root)
{
	MemoryContext caller = MemoryContextSwitchTo(root->planner_cxt);

	if (relinfo->join_filter_param < 0)
		relinfo->join_filter_param = assign_special_exec_param(root);
	MemoryContextSwitchTo(caller);
	return relinfo->join_filter_param;
}

/* Returns true if a clause of the relation compares the column with a constant by "=". */
static bool
has_equality_with_constant(const RelOptInfo *rel, int attnum, Oid family)
{
	ListCell   *lc;

	foreach(lc, rel->baserestrictinfo)
	{
		OpExpr	   *expr = (OpExpr *) lfirst_node(RestrictInfo, lc)->clause;
		Var		   *var = IsA(expr, OpExpr) && list_length(expr->args) == 2 ? linitial(expr->args) : NULL;

		if (var && IsA(var, Var) && var->varno == (int) rel->relid && var->varattno == attnum &&
			bms_is_empty(pull_varnos(NULL, lsecond(expr->args))) &&
			get_op_opfamily_strategy(expr->opno, family) == BTEqualStrategyNumber)
			return true;
	}
	return false;
}

/* Returns true if the relation has one row at most: all columns of a unique index are given. */
static bool
is_single_row(const RelOptInfo *rel)
{
	ListCell   *lc;

	foreach(lc, rel->indexlist)
	{
		IndexOptInfo *index = lfirst(lc);
		int			i = 0;

		while (i < index->nkeycolumns && index->indexkeys[i] > 0 && index->relam == BTREE_AM_OID &&
			   has_equality_with_constant(rel, index->indexkeys[i], index->opfamily[i]))
			i++;
		if (i == index->nkeycolumns && index->unique && index->immediate && index->indpred == NIL)
			return true;
	}
	return false;
}

/*
 * Returns the lowest cost of a nested loop that sends a request for each row; 0 if there is none.
 * join: another path for the same rows.
 */
static Cost
estimate_nested_loop_cost(const RelOptInfo *rel, const Path *other, const Path *join)
{
	const QualCost *output = &join->pathtarget->cost;
	Cost		lowest = 0;
	ListCell   *lc;

	foreach(lc, rel->pathlist)
	{
		const Path *path = lfirst(lc);
		Cost		cost = other->total_cost +
			other->rows * (path->total_cost + path->rows * cpu_tuple_cost) +
			output->startup + join->rows * output->per_tuple;

		if (path->param_info && bms_is_subset(path->param_info->ppi_req_outer, other->parent->relids) &&
			(lowest == 0 || cost < lowest))
			lowest = cost;
	}
	return lowest;
}

/*
 * The part of a nested loop's cost that a hash join with values costs at most.  It is just low
 * enough for add_path() to see a difference.
 */
#define BOUNDED_REQUESTS_COST	0.98

/*
 * Prefer the hash join to a nested loop.  The hash join never sends more requests than
 * those that fetch all rows.  The nested loop sends one for each row of the other side, whose number
 * may be far greater than estimated, unless it is known to be one.
 */
static void
prefer_bounded_requests(const RelOptInfo *rel, const Path *other, Path *path)
{
	Cost		nested_loop = is_single_row(other->parent) ? 0 : estimate_nested_loop_cost(rel, other, path);

	if (nested_loop <= 0 || path->total_cost <= nested_loop * BOUNDED_REQUESTS_COST)
		return;
	path->total_cost = nested_loop * BOUNDED_REQUESTS_COST;
	path->startup_cost = Min(path->startup_cost, path->total_cost);
}

/* Add a hash join of the scan, whose values the inner side provides. */
static void
add_join_filter_hash_path(const JoinFilter *filter, PlannerInfo *root, RelOptInfo *joinrel,
						  RelOptInfo *rel, Path *other, JoinType type, JoinPathExtraData *extra, List *clauses)
{
	int			paramid = assign_join_filter_param(rel->fdw_private, root);
	Path	   *collector = pca_join_filter_node_create_path(root, other, filter->value, paramid, filter->max_values);
	Path	   *scan = create_join_filter_scan_path(filter, rel->fdw_private, root, rel, collector);
	JoinCostWorkspace workspace;
	HashPath   *path;

	initial_cost_hashjoin(root, &workspace, type, clauses, scan, collector, extra, false);
	path = create_hashjoin_path(root, joinrel, type, &workspace, extra, scan, collector, false,
								extra->restrictlist, NULL, clauses);

	/*
	 * the cost of the inner side is contained twice: see
	 * create_join_filter_scan_path()
	 */
	path->jpath.path.startup_cost -= collector->total_cost;
	path->jpath.path.total_cost -= collector->total_cost;
	prefer_bounded_requests(rel, other, &path->jpath.path);
	add_path(joinrel, (Path *) path);
}

static set_join_pathlist_hook_type prev_set_join_pathlist_hook;

/* set_join_pathlist_hook: rel is the outer side of the join, other the inner one. */
static void
add_join_filter_paths(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *rel, RelOptInfo *other,
					  JoinType type, JoinPathExtraData *extra)
{
	Path	   *path = other->cheapest_total_path;
	List	   *clauses;
	ListCell   *lc;

	if (prev_set_join_pathlist_hook)
		prev_set_join_pathlist_hook(root, joinrel, rel, other, type, extra);
	if (!enable_hashjoin || !pca_relinfo_find(rel) || !join_type_allows_filter(type) ||
		!bms_is_empty(rel->lateral_relids) || path->param_info)
		return;
	clauses = list_hash_clauses(extra->restrictlist, joinrel, rel, other, type);
	foreach(lc, clauses)
	{
		JoinFilter	filter = {.info = lfirst(lc)};

		if (make_join_filter_expr(rel->fdw_private, filter.info) &&
			estimate_join_filter(&filter, rel->fdw_private, root, rel, path))
			add_join_filter_hash_path(&filter, root, joinrel, rel, path, type, extra, clauses);
	}
}

void
pca_join_filter_path_register(void)
{
	prev_set_join_pathlist_hook = set_join_pathlist_hook;
	set_join_pathlist_hook = add_join_filter_paths;
}
