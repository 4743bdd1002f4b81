/*
 * join_filter_path.c
 *		Which hash joins can give a scan the values of their other side to send?
 *
 * What that side's values are is noted in join_filter_node.c.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paramassign.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "utils/selfuncs.h"

#include "compat.h"
#include "planner/join_filter_node.h"
#include "planner/join_filter_path.h"
#include "planner/parallel_path.h"

/*
 * Values of dates that are collected: however many they are, the dates between
 * the first and the last can be asked for.
 */
#define MOST_DATES	1000

/*
 * Whether the term compares with dates, whose first and last can be asked for: it
 * is a comparison, or several joined by AND.  Takes every kind.
 */
static bool
is_of_dates(const PcaFilterExpr *term)
{
	ListCell   *lc;

	check_stack_depth();
	if (pca_filter_expr_kind(term) == PCA_FILTER_EXPR_COMPARE)
		return pca_filter_expr_comparison(term)->literal == PCA_LITERAL_DATE;
	if (pca_filter_expr_kind(term) != PCA_FILTER_EXPR_AND)
		return false;
	foreach(lc, pca_filter_expr_args(term))
		if (!is_of_dates(lfirst(lc)))
		return false;
	return true;
}

/* Whether all that the term compares with is the other side's value.  Takes every kind. */
static bool
is_of_join(const PcaFilterExpr *term, List *params)
{
	ListCell   *lc;

	check_stack_depth();
	if (pca_filter_expr_kind(term) == PCA_FILTER_EXPR_COMPARE)
		return list_length(params) == 1 && pca_filter_expr_has_parameter(term) &&
			list_length(pca_filter_expr_comparison(term)->values) == 1;
	if (pca_filter_expr_kind(term) == PCA_FILTER_EXPR_PSEUDOCONSTANT)
		return false;
	foreach(lc, pca_filter_expr_args(term))
		if (!is_of_join(lfirst(lc), params))
		return false;
	return true;
}

/* As the term, of comparisons joined by AND and OR, but each of them with the value. */
static PcaFilterExpr *
with_value(const PcaFilterExpr *term, PcaValue *value)
{
	PcaComparison comparison;
	List	   *args = NIL;
	ListCell   *lc;

	check_stack_depth();
	if (pca_filter_expr_kind(term) == PCA_FILTER_EXPR_COMPARE)
	{
		comparison = *pca_filter_expr_comparison(term);
		comparison.values = list_make1(value);
		return pca_filter_expr_from_comparison(comparison);
	}
	foreach(lc, pca_filter_expr_args(term))
		args = lappend(args, with_value(lfirst(lc), value));
	return pca_filter_expr_kind(term) == PCA_FILTER_EXPR_AND ? pca_filter_expr_and(args) : pca_filter_expr_or(args);
}

/*
 * The term that "column = any of the join's values" is, or NULL: as the join
 * clause, but with a parameter that is an array, behind all others.
 */
static PcaFilterExpr *
join_term(const PcaRelInfo *planning, RestrictInfo *info)
{
	List	   *params = NIL;
	PcaClause	clause = pca_filter_classify(planning->table, planning->relid, info->clause, &params);
	PcaValue   *value;

	if (!clause.term || clause.on_path || clause.on_snapshot || !is_of_join(clause.term, params) ||
		(!is_of_dates(clause.term) && !pca_filter_expr_compares_by(clause.term, PCA_OP_EQ)))
		return NULL;
	value = palloc0(sizeof(PcaValue));
	value->param = list_length(planning->params);
	value->is_array = true;
	return with_value(clause.term, value);
}

/* How many of the join's values one URL has room for. */
static int
values_in_url(const PcaRelInfo *planning, RestrictInfo *info)
{
	const PcaFilterExpr *term = join_term(planning, info);

	return is_of_dates(term) ? MOST_DATES :
		pca_request_values_in_url(&planning->request, planning->table, term);
}

void
pca_join_filter_path_add_expr(PcaRelInfo *planning, RestrictInfo *info)
{
	planning->terms = lappend(planning->terms, join_term(planning, info));
	planning->request.filter = pca_filter_expr_and(planning->terms);
}

/*
 * Whether a join of that type has no use for rows of its first side without a
 * partner, and is done by reading the second side first.
 */
static bool
wants_partners_only(JoinType type)
{
	return type == JOIN_INNER || type == JOIN_SEMI || type == JOIN_RIGHT ||
		pca_compat_is_right_semi_or_anti(type);
}

/* The clauses of the join that it can be hashed by. */
static List *
hash_clauses(List *clauses, RelOptInfo *joinrel, RelOptInfo *outer, RelOptInfo *inner,
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

/*
 * The values that the scan is to send, and what that costs.  The scan begins
 * when they were read, so its startup cost has them in it; being no less than
 * what the hash costs, it also keeps the join from looking at the scan first.
 */
typedef struct JoinValues
{
	RestrictInfo *info;
	Expr	   *value;			/* of the other side */
	double		count;			/* different values, as estimated */
	double		rows;			/* that the scan is asked for then */
	int			most;			/* more values than that are not worth sending */
} JoinValues;

/* Size them up; false when they are too many for URLs. */
static bool
estimate_join_values(JoinValues *values, const PcaRelInfo *planning, PlannerInfo *root,
					 RelOptInfo *rel, Path *other)
{
	RestrictInfo *info = values->info;
	double		received = pca_relinfo_estimate_rows(planning, root, rel);
	double		whole = pca_relinfo_estimate_requests(planning, rel, received);
	int			in_url = values_in_url(planning, info);

	values->value = (Expr *) (bms_is_subset(info->left_relids, rel->relids) ?
							  get_rightop(info->clause) : get_leftop(info->clause));
	values->count = estimate_num_groups(root, list_make1(values->value), other->rows, NULL, NULL);
	values->rows = clamp_row_est(Min(1.0, values->count *
									 clause_selectivity(root, (Node *) info, rel->relid, JOIN_INNER, NULL)) *
								 received);
	values->most = in_url * (int) Min(PCA_REQUEST_MAX_PARTS, whole);
	return values->count <= values->most;
}

static Path *
join_scan_path(const JoinValues *values, const PcaRelInfo *planning, PlannerInfo *root,
			   RelOptInfo *rel, Path *noted)
{
	const PcaServer *server = planning->table->server;
	double		in_url = values_in_url(planning, values->info);
	double		requests = Max(ceil(values->count / in_url),
							   pca_relinfo_estimate_requests(planning, rel, values->rows));
	QualCost	quals;
	Cost		startup;

	cost_qual_eval(&quals, planning->infos, root);
	startup = noted->total_cost + server->startup_cost + quals.startup;
	return pca_parallel_path_forbid((Path *)
									pca_compat_foreignscan_path(root, rel, NULL, Min(values->rows, rel->rows), startup,
																startup + server->startup_cost * (requests - 1) +
																values->rows * (server->tuple_cost + cpu_tuple_cost +
																				quals.per_tuple),
																NIL, NULL,
																list_make2(makeInteger(PCA_PATH_JOIN_FILTER),
																		   values->info)));
}

/*
 * Where the scan finds the values: of all paths that have some, at most one is
 * in the plan.  GEQO plans in a context of its own, the slots are the plan's.
 */
static int
join_values_slot(PcaRelInfo *planning, PlannerInfo *root)
{
	MemoryContext caller = MemoryContextSwitchTo(root->planner_cxt);

	if (planning->join_values < 0)
		planning->join_values = assign_special_exec_param(root);
	MemoryContextSwitchTo(caller);
	return planning->join_values;
}

/* A hash join of the scan with the other side's rows, whose values it sends. */
static void
add_hash_path(const JoinValues *values, PlannerInfo *root, RelOptInfo *joinrel,
			  RelOptInfo *rel, Path *other, JoinType type, JoinPathExtraData *extra, List *clauses)
{
	int			slot = join_values_slot(rel->fdw_private, root);
	Path	   *noted = pca_join_filter_node_create_path(root, other, values->value, slot, values->most);
	Path	   *scan = join_scan_path(values, rel->fdw_private, root, rel, noted);
	JoinCostWorkspace workspace;
	HashPath   *path;

	initial_cost_hashjoin(root, &workspace, type, clauses, scan, noted, extra, false);
	path = create_hashjoin_path(root, joinrel, type, &workspace, extra, scan, noted, false,
								extra->restrictlist, NULL, clauses);
	/* The other side is in the scan's startup cost, too. */
	path->jpath.path.startup_cost -= noted->total_cost;
	path->jpath.path.total_cost -= noted->total_cost;
	add_path(joinrel, (Path *) path);
}

static set_join_pathlist_hook_type next_join_hook;

static void
add_join_paths(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *rel, RelOptInfo *other,
			   JoinType type, JoinPathExtraData *extra)
{
	Path	   *path = other->cheapest_total_path;
	List	   *clauses;
	ListCell   *lc;

	if (next_join_hook)
		next_join_hook(root, joinrel, rel, other, type, extra);
	if (!enable_hashjoin || !pca_relinfo_find(rel) || !wants_partners_only(type) ||
		!bms_is_empty(rel->lateral_relids) || path->param_info)
		return;
	clauses = hash_clauses(extra->restrictlist, joinrel, rel, other, type);
	foreach(lc, clauses)
	{
		JoinValues	values = {.info = lfirst(lc)};

		if (join_term(rel->fdw_private, values.info) &&
			estimate_join_values(&values, rel->fdw_private, root, rel, path))
			add_hash_path(&values, root, joinrel, rel, path, type, extra, clauses);
	}
}

void
pca_join_filter_path_register(void)
{
	next_join_hook = set_join_pathlist_hook;
	set_join_pathlist_hook = add_join_paths;
}
