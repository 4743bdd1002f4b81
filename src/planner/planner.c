/*
 * planner.c
 *		How does a query's table become a plan?
 *
 * What the API does for it was found out in relinfo.c; here that becomes paths
 * with costs, and one plan.  Nothing is contacted.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"

#include "compat.h"
#include "planner/filter.h"
#include "planner/join_filter_path.h"
#include "planner/limit.h"
#include "planner/parallel_path.h"
#include "planner/planner.h"
#include "planner/relinfo.h"
#include "planner/upper_paths.h"

/* The slots of fdw_private. */
typedef enum ScanPrivateIndex
{
	SCAN_PRIVATE_REQUEST,
	SCAN_PRIVATE_WANTED,
	SCAN_PRIVATE_REASONS,
	SCAN_PRIVATE_NOT_GROUPED,
	SCAN_PRIVATE_JOIN_FILTER_PARAM
} ScanPrivateIndex;

/* ---- paths ---- */

/*
 * A path costs fdw_startup_cost a request, and fdw_tuple_cost beside the usual
 * costs for each row that the API answers.
 */
static void
add_scan_path(const PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel,
			  double rows, Relids outer, bool ordered)
{
	const PcaServer *server = relinfo->table->server;
	double		received = relinfo->request.count ? 1 : pca_relinfo_estimate_rows(relinfo, root, rel);
	double		requests = pca_relinfo_estimate_requests(relinfo, rel, received);
	Path	   *path;
	Cost		startup;
	Cost		total;
	QualCost	quals;

	cost_qual_eval(&quals, relinfo->restrictinfos, root);
	startup = server->startup_cost + quals.startup;
	total = quals.startup + server->startup_cost * requests +
		received * (server->tuple_cost + cpu_tuple_cost + quals.per_tuple);
	if (ordered)
		total += pca_ordering_penalty(rel, relinfo->table);
	path = (Path *)
		pca_compat_foreignscan_path(root, rel, NULL, rows, startup, total,
									ordered ? relinfo->ordering.pathkeys : NIL, outer,
									ordered ? list_make1(makeInteger(PCA_PATH_ORDERED)) : NIL);
	if (requests >= PCA_RELINFO_UNBOUNDED_REQUESTS)
		pca_compat_disable(path);
	add_path(rel, pca_parallel_path_forbid(path));
}

/* The relations that a join clause takes its values from; NULL: not sendable. */
static Relids
find_join_source_rels(const PcaRelInfo *relinfo, RelOptInfo *rel, RestrictInfo *info)
{
	List	   *params = NIL;
	PcaClause	clause;
	Relids		outer;

	if (!join_clause_is_movable_to(info, rel))
		return NULL;
	clause = pca_filter_classify(relinfo->table, rel->relid, info->clause, &params);
	if (!clause.expr)
		return NULL;
	outer = bms_union(info->clause_relids, rel->lateral_relids);
	return bms_del_member(outer, rel->relid);
}

/* For generate_implied_equalities_for_column(): every sendable column. */
static bool
is_pushable_member(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec,
				   EquivalenceMember *member, void *arg)
{
	const PcaRelInfo *relinfo = arg;
	const PcaColumn *column;
	Var		   *var = (Var *) member->em_expr;

	var = (Var *) pca_shippable_strip_relabel((Node *) var);
	if (IsA(var, CoerceViaIO))
		var = (Var *) pca_shippable_strip_relabel((Node *) ((CoerceViaIO *) var)->arg);
	if (!IsA(var, Var) || var->varno != (int) rel->relid)
		return false;
	column = pca_option_column(relinfo->table, var->varattno);
	return column && column->native;
}

/* The join clauses that might give a value to send. */
static List *
list_join_clauses(PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel)
{
	List	   *clauses = list_copy(rel->joininfo);

	if (rel->has_eclass_joins)
		clauses = list_concat(clauses,
							  generate_implied_equalities_for_column(root, rel, is_pushable_member,
																	 relinfo, rel->lateral_referencers));
	return clauses;
}

static bool
add_unique_relids(List **outers, Relids outer)
{
	ListCell   *lc;

	foreach(lc, *outers)
		if (bms_equal(lfirst(lc), outer))
		return false;
	*outers = lappend(*outers, outer);
	return true;
}

/*
 * One path for each set of relations that a sendable join clause takes values
 * from: a nested loop then asks once for each of their rows.
 */
static void
add_parameterized_paths(PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel)
{
	List	   *outers = NIL;
	ListCell   *lc;

	foreach(lc, list_join_clauses(relinfo, root, rel))
	{
		Relids		outer = find_join_source_rels(relinfo, rel, lfirst_node(RestrictInfo, lc));
		ParamPathInfo *info;
		PcaRelInfo	with_join;

		if (bms_is_empty(outer) || !add_unique_relids(&outers, outer))
			continue;
		info = get_baserel_parampathinfo(root, rel, outer);
		with_join = pca_relinfo_copy(relinfo);
		pca_relinfo_add_clauses(&with_join, info->ppi_clauses);
		add_scan_path(&with_join, root, rel, info->ppi_rows, outer, false);
	}
}

static void
GetForeignPaths(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	PcaRelInfo *relinfo = rel->fdw_private;

	add_scan_path(relinfo, root, rel, rel->rows, rel->lateral_relids, false);
	if (relinfo->ordering.pathkeys)
		add_scan_path(relinfo, root, rel, rel->rows, rel->lateral_relids, true);
	add_parameterized_paths(relinfo, root, rel);
	pca_parallel_path_add(relinfo, root, rel);
}

static bool
IsForeignPathAsyncCapable(ForeignPath *path)
{
	const PcaRelInfo *relinfo = path->path.parent->fdw_private;

	return relinfo && relinfo->table->server->async_capable &&
		pca_compat_async_is_sound();
}

/* ---- the plan ---- */

static bool
path_has_kind(const ForeignPath *path, PcaPathKind kind)
{
	return path->fdw_private && intVal(list_nth(path->fdw_private, PCA_PATH_PRIVATE_KIND)) == (int) kind;
}

/*
 * Why the clause is not wholly sent, as a node; NULL when it is.  *next: the
 * judged clause that is looked at first; clauses mostly come in their order.
 */
static Node *
make_reason_node(const PcaRelInfo *relinfo, RestrictInfo *clause, int *next_position)
{
	int			count = list_length(relinfo->restrictinfos);

	for (int i = 0; i < count; i++)
	{
		int			position = (*next_position + i) % count;
		char	   *reason = list_nth(relinfo->reasons, position);

		if (list_nth(relinfo->restrictinfos, position) != clause)
			continue;
		*next_position = position + 1;
		return reason ? (Node *) makeString(reason) : NULL;
	}
	return NULL;
}

static List *
wanted_to_int_list(const Bitmapset *wanted)
{
	List	   *nodes = NIL;
	int			attnum = -1;

	while ((attnum = bms_next_member(wanted, attnum)) >= 0)
		nodes = lappend_int(nodes, attnum);
	return nodes;
}

static ForeignScan *
GetForeignPlan(PlannerInfo *root, RelOptInfo *rel, Oid relid,
			   ForeignPath *path, List *tlist, List *clauses, Plan *outer_plan)
{
	PcaRelInfo	relinfo = pca_relinfo_copy(rel->fdw_private);
	List	   *quals = NIL;
	List	   *reasons = NIL;
	List	   *counts = NIL;
	List	   *private;
	int			next_position = 0;
	ListCell   *lc;

	if (path->path.param_info)
		pca_relinfo_add_clauses(&relinfo, path->path.param_info->ppi_clauses);
	if (path_has_kind(path, PCA_PATH_LIMIT_OFFSET))
	{
		relinfo.request.offset = pca_limit_value(root->parse->limitOffset, &relinfo.params);
		relinfo.request.limit_value = pca_limit_value(root->parse->limitCount, &relinfo.params);
	}
	if (path_has_kind(path, PCA_PATH_JOIN_FILTER))
		pca_join_filter_path_add_expr(&relinfo, list_nth(path->fdw_private, PCA_PATH_PRIVATE_CLAUSE));
	else
		relinfo.join_filter_param = -1;
	relinfo.request.limit_inexact = relinfo.level != PCA_PUSHDOWN_EXACT || !pca_limit_is_sure(root);
	if (path_has_kind(path, PCA_PATH_ORDERED))
	{
		relinfo.request.order = relinfo.ordering.column->field->name;
		relinfo.request.descending = relinfo.ordering.descending;
		relinfo.request.limit = relinfo.ordering.limit;
	}
	if (path_has_kind(path, PCA_PATH_COUNT))
	{
		counts = add_to_flat_tlist(NIL, list_nth(path->fdw_private, PCA_PATH_PRIVATE_AGGREGATES));
		quals = list_nth(path->fdw_private, PCA_PATH_PRIVATE_HAVING);
	}
	foreach(lc, clauses)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);

		/* A row that is only counted has no columns to check. */
		if (info->pseudoconstant || relinfo.request.count)
			continue;
		quals = lappend(quals, info->clause);
		reasons = lappend(reasons, make_reason_node(&relinfo, info, &next_position));
	}
	private = list_make5(pca_request_to_nodes(&relinfo.request),
						 relinfo.request.count ? NIL : wanted_to_int_list(relinfo.wanted),
						 reasons,
						 relinfo.grouping.reason && !relinfo.request.count ?
						 makeString(pstrdup(relinfo.grouping.reason)) : NULL,
						 makeInteger(relinfo.join_filter_param));
	return make_foreignscan(tlist, quals, rel->relid, relinfo.params, private,
							counts, NIL, outer_plan);
}

PcaScanPlan *
pca_planner_read_private(List *fdw_private)
{
	PcaScanPlan *plan = palloc0(sizeof(PcaScanPlan));
	Node	   *not_grouped = list_nth(fdw_private, SCAN_PRIVATE_NOT_GROUPED);
	ListCell   *lc;

	plan->request = pca_request_from_nodes(list_nth(fdw_private, SCAN_PRIVATE_REQUEST));
	foreach(lc, (List *) list_nth(fdw_private, SCAN_PRIVATE_WANTED))
		plan->wanted = bms_add_member(plan->wanted, lfirst_int(lc));
	foreach(lc, (List *) list_nth(fdw_private, SCAN_PRIVATE_REASONS))
		plan->reasons = lappend(plan->reasons, lfirst(lc) ? strVal(lfirst(lc)) : NULL);
	plan->not_grouped = not_grouped ? strVal(not_grouped) : NULL;
	plan->join_filter_param = intVal(list_nth(fdw_private, SCAN_PRIVATE_JOIN_FILTER_PARAM));
	return plan;
}

void
pca_planner_register(FdwRoutine *routine)
{
	pca_relinfo_register(routine);
	pca_parallel_path_register(routine);
	pca_upper_paths_register(routine);
	routine->GetForeignPaths = GetForeignPaths;
	routine->GetForeignPlan = GetForeignPlan;
	routine->IsForeignPathAsyncCapable = IsForeignPathAsyncCapable;
}
