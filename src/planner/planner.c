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
typedef enum Slot
{
	SLOT_REQUEST,
	SLOT_WANTED,
	SLOT_REASONS,
	SLOT_NOT_GROUPED,
	SLOT_JOIN_VALUES
} Slot;

/* ---- paths ---- */

/*
 * A path costs fdw_startup_cost a request, and fdw_tuple_cost beside the usual
 * costs for each row that the API answers.
 */
static void
add_scan_path(const PcaRelInfo *planning, PlannerInfo *root, RelOptInfo *rel,
			  double rows, Relids outer, bool ordered)
{
	const PcaServer *server = planning->table->server;
	double		received = planning->request.count ? 1 : pca_relinfo_estimate_rows(planning, root, rel);
	double		requests = pca_relinfo_estimate_requests(planning, rel, received);
	Path	   *path;
	Cost		startup;
	Cost		total;
	QualCost	quals;

	cost_qual_eval(&quals, planning->infos, root);
	startup = server->startup_cost + quals.startup;
	total = quals.startup + server->startup_cost * requests +
		received * (server->tuple_cost + cpu_tuple_cost + quals.per_tuple);
	if (ordered)
		total += pca_ordering_penalty(rel, planning->table);
	path = (Path *)
		pca_compat_foreignscan_path(root, rel, NULL, rows, startup, total,
									ordered ? planning->ordering.pathkeys : NIL, outer,
									ordered ? list_make1(makeInteger(PCA_PATH_ORDERED)) : NIL);
	if (requests >= PCA_RELINFO_UNBOUNDED_REQUESTS)
		pca_compat_disable(path);
	add_path(rel, pca_parallel_path_forbid(path));
}

/* The relations that a join clause takes its values from; NULL: not sendable. */
static Relids
outer_of(const PcaRelInfo *planning, RelOptInfo *rel, RestrictInfo *info)
{
	List	   *params = NIL;
	PcaClause	clause;
	Relids		outer;

	if (!join_clause_is_movable_to(info, rel))
		return NULL;
	clause = pca_filter_classify(planning->table, rel->relid, info->clause, &params);
	if (!clause.term)
		return NULL;
	outer = bms_union(info->clause_relids, rel->lateral_relids);
	return bms_del_member(outer, rel->relid);
}

/* For generate_implied_equalities_for_column(): every sendable column. */
static bool
is_sendable_member(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec,
				   EquivalenceMember *member, void *arg)
{
	const PcaRelInfo *planning = arg;
	const PcaColumn *column;
	Var		   *var = (Var *) member->em_expr;

	var = (Var *) pca_shippable_strip_relabel((Node *) var);
	if (IsA(var, CoerceViaIO))
		var = (Var *) pca_shippable_strip_relabel((Node *) ((CoerceViaIO *) var)->arg);
	if (!IsA(var, Var) || var->varno != (int) rel->relid)
		return false;
	column = pca_option_column(planning->table, var->varattno);
	return column && column->native;
}

/* The join clauses that might give a value to send. */
static List *
join_clauses(PcaRelInfo *planning, PlannerInfo *root, RelOptInfo *rel)
{
	List	   *clauses = list_copy(rel->joininfo);

	if (rel->has_eclass_joins)
		clauses = list_concat(clauses,
							  generate_implied_equalities_for_column(root, rel, is_sendable_member,
																	 planning, rel->lateral_referencers));
	return clauses;
}

static bool
add_outer(List **outers, Relids outer)
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
add_parameterised_paths(PcaRelInfo *planning, PlannerInfo *root, RelOptInfo *rel)
{
	List	   *outers = NIL;
	ListCell   *lc;

	foreach(lc, join_clauses(planning, root, rel))
	{
		Relids		outer = outer_of(planning, rel, lfirst_node(RestrictInfo, lc));
		ParamPathInfo *info;
		PcaRelInfo	with_join;

		if (bms_is_empty(outer) || !add_outer(&outers, outer))
			continue;
		info = get_baserel_parampathinfo(root, rel, outer);
		with_join = pca_relinfo_copy(planning);
		pca_relinfo_add_clauses(&with_join, info->ppi_clauses);
		add_scan_path(&with_join, root, rel, info->ppi_rows, outer, false);
	}
}

static void
GetForeignPaths(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	PcaRelInfo *planning = rel->fdw_private;

	add_scan_path(planning, root, rel, rel->rows, rel->lateral_relids, false);
	if (planning->ordering.pathkeys)
		add_scan_path(planning, root, rel, rel->rows, rel->lateral_relids, true);
	add_parameterised_paths(planning, root, rel);
	pca_parallel_path_add(planning, root, rel);
}

static bool
IsForeignPathAsyncCapable(ForeignPath *path)
{
	const PcaRelInfo *planning = path->path.parent->fdw_private;

	return planning && planning->table->server->async_capable &&
		pca_compat_async_is_sound();
}

/* ---- the plan ---- */

static bool
is_path_of(const ForeignPath *path, PcaPathKind kind)
{
	return path->fdw_private && intVal(list_nth(path->fdw_private, PCA_PATH_PRIVATE_KIND)) == (int) kind;
}

/*
 * Why the clause is not wholly sent, as a node; NULL when it is.  *next: the
 * judged clause that is looked at first; clauses mostly come in their order.
 */
static Node *
reason_of(const PcaRelInfo *planning, RestrictInfo *clause, int *next)
{
	int			count = list_length(planning->infos);

	for (int i = 0; i < count; i++)
	{
		int			place = (*next + i) % count;
		char	   *reason = list_nth(planning->reasons, place);

		if (list_nth(planning->infos, place) != clause)
			continue;
		*next = place + 1;
		return reason ? (Node *) makeString(reason) : NULL;
	}
	return NULL;
}

static List *
wanted_to_nodes(const Bitmapset *wanted)
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
	PcaRelInfo	planning = pca_relinfo_copy(rel->fdw_private);
	List	   *quals = NIL;
	List	   *reasons = NIL;
	List	   *counts = NIL;
	List	   *private;
	int			next = 0;
	ListCell   *lc;

	if (path->path.param_info)
		pca_relinfo_add_clauses(&planning, path->path.param_info->ppi_clauses);
	if (is_path_of(path, PCA_PATH_LIMIT_OFFSET))
	{
		planning.request.offset = pca_limit_value(root->parse->limitOffset, &planning.params);
		planning.request.limit_value = pca_limit_value(root->parse->limitCount, &planning.params);
	}
	if (is_path_of(path, PCA_PATH_JOIN_FILTER))
		pca_join_filter_path_add_expr(&planning, list_nth(path->fdw_private, PCA_PATH_PRIVATE_CLAUSE));
	else
		planning.join_values = -1;
	planning.request.limit_inexact = planning.level != PCA_PUSHDOWN_EXACT || !pca_limit_is_sure(root);
	if (is_path_of(path, PCA_PATH_ORDERED))
	{
		planning.request.order = planning.ordering.column->field->name;
		planning.request.descending = planning.ordering.descending;
		planning.request.limit = planning.ordering.limit;
	}
	if (is_path_of(path, PCA_PATH_COUNT))
	{
		counts = add_to_flat_tlist(NIL, list_nth(path->fdw_private, PCA_PATH_PRIVATE_AGGREGATES));
		quals = list_nth(path->fdw_private, PCA_PATH_PRIVATE_HAVING);
	}
	foreach(lc, clauses)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);

		/* A row that is only counted has no columns to check. */
		if (info->pseudoconstant || planning.request.count)
			continue;
		quals = lappend(quals, info->clause);
		reasons = lappend(reasons, reason_of(&planning, info, &next));
	}
	private = list_make5(pca_request_to_nodes(&planning.request),
						 planning.request.count ? NIL : wanted_to_nodes(planning.wanted),
						 reasons,
						 planning.grouping.reason && !planning.request.count ?
						 makeString(pstrdup(planning.grouping.reason)) : NULL,
						 makeInteger(planning.join_values));
	return make_foreignscan(tlist, quals, rel->relid, planning.params, private,
							counts, NIL, outer_plan);
}

PcaScanPlan *
pca_planner_read_private(List *fdw_private)
{
	PcaScanPlan *plan = palloc0(sizeof(PcaScanPlan));
	Node	   *not_grouped = list_nth(fdw_private, SLOT_NOT_GROUPED);
	ListCell   *lc;

	plan->request = pca_request_from_nodes(list_nth(fdw_private, SLOT_REQUEST));
	foreach(lc, (List *) list_nth(fdw_private, SLOT_WANTED))
		plan->wanted = bms_add_member(plan->wanted, lfirst_int(lc));
	foreach(lc, (List *) list_nth(fdw_private, SLOT_REASONS))
		plan->reasons = lappend(plan->reasons, lfirst(lc) ? strVal(lfirst(lc)) : NULL);
	plan->not_grouped = not_grouped ? strVal(not_grouped) : NULL;
	plan->join_values = intVal(list_nth(fdw_private, SLOT_JOIN_VALUES));
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
