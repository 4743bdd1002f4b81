/*
 * planner.c
 *		Paths and plans of foreign tables, and the private data of a plan.
 *
 * relinfo.c has classified the clauses and estimated sizes.  This file makes paths
 * with costs, and a plan of the path that is chosen.  Planning sends no request.
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
#include "planner/partition_clause.h"
#include "planner/path_private.h"
#include "planner/planner.h"
#include "planner/relinfo.h"
#include "planner/rescan.h"
#include "planner/upper_paths.h"

/* The members of a plan's fdw_private, in the order in which they are written. */
typedef enum ScanPrivateIndex
{
	SCAN_PRIVATE_REQUEST,		/* pca_request_to_nodes() */
	SCAN_PRIVATE_WANTED,		/* IntList */
	SCAN_PRIVATE_REASONS,		/* List of String or NULL */
	SCAN_PRIVATE_NOT_GROUPED,	/* String or NULL */
	SCAN_PRIVATE_NOT_COUNTED,	/* String or NULL */
	SCAN_PRIVATE_NOT_ORDERED,	/* String or NULL */
	SCAN_PRIVATE_ROW_COUNT,		/* Integer */
	SCAN_PRIVATE_JOIN_FILTER_PARAM, /* Integer */
	SCAN_PRIVATE_RESCAN,		/* Integer: a bool */
	SCAN_PRIVATE_OUTER_PARAMS	/* IntList */
} ScanPrivateIndex;

/* ---- paths ---- */

/*
 * Add a path of one scan.  A request costs fdw_startup_cost, and each row that the
 * API returns costs fdw_tuple_cost in addition to PostgreSQL's own costs.  rows:
 * number of rows that the path returns.  outer: relations that it takes
 * parameters from, or NULL.
 */
static void
add_scan_path(const PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel,
			  double rows, Relids outer, bool ordered)
{
	const PcaServer *server = relinfo->table->server;
	double		received = relinfo->request.count ? 1 : pca_relinfo_estimate_rows(relinfo, root, rel);
	double		requests = pca_relinfo_estimate_requests(relinfo, rel, received);
	PcaPathPrivate private = {.kind = PCA_PATH_ORDERED};
	Path	   *path;
	Cost		startup;
	Cost		total;
	QualCost	quals;

	cost_qual_eval(&quals, relinfo->restrictinfos, root);
	startup = server->startup_cost + quals.startup;
	total = quals.startup + server->startup_cost * requests +
		received * (server->tuple_cost + cpu_tuple_cost + quals.per_tuple);
	if (ordered)
		total += pca_ordering_penalty(rel, relinfo->table, requests);
	path = (Path *)
		pca_compat_foreignscan_path(root, rel, NULL, rows, startup, total,
									ordered ? relinfo->ordering.pathkeys : NIL, outer,
									ordered ? pca_path_private_to_nodes(&private) : NIL);

	/*
	 * PostgreSQL 18 compares the number of disabled nodes before the cost
	 */
	if (requests >= PCA_RELINFO_UNBOUNDED_REQUESTS)
		pca_compat_disable(path);
	add_path(rel, pca_parallel_path_forbid(path));
}

/* Returns the relations that give the values of a join clause; NULL if it cannot be sent. */
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

/*
 * ec_matches_callback_type: returns true for a column of the relation that may be
 * sent, or the text of one that is a GUID.
 */
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

/* Returns the join clauses that may give values, those implied by equivalence classes included. */
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

/* Append outer to the list, and return true, unless the list contains it. */
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
 * Add a path for each set of relations that gives values to a join clause.  A nested
 * loop then sends a request for each of their rows.
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

/* Add a path whose rows come in the order that the API, or the order of requests, provides. */
static void
add_ordered_path(const PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel)
{
	PcaRelInfo	ordered = pca_relinfo_copy(relinfo);

	ordered.request.days_to_limit = relinfo->ordering.days_to_limit;
	add_scan_path(&ordered, root, rel, rel->rows, rel->lateral_relids, true);
}

static void
GetForeignPaths(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	PcaRelInfo *relinfo = rel->fdw_private;

	add_scan_path(relinfo, root, rel, rel->rows, rel->lateral_relids, false);
	if (relinfo->ordering.pathkeys)
		add_ordered_path(relinfo, root, rel);
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

/* ---- the private data of a plan ---- */

static List *
bitmapset_to_int_list(const Bitmapset *set)
{
	List	   *members = NIL;
	int			member = -1;

	while ((member = bms_next_member(set, member)) >= 0)
		members = lappend_int(members, member);
	return members;
}

static Bitmapset *
bitmapset_from_int_list(List *members)
{
	Bitmapset  *set = NULL;
	ListCell   *lc;

	foreach(lc, members)
		set = bms_add_member(set, lfirst_int(lc));
	return set;
}

static List *
reasons_to_nodes(List *reasons)
{
	List	   *nodes = NIL;
	ListCell   *lc;

	foreach(lc, reasons)
		nodes = lappend(nodes, lfirst(lc) ? makeString(lfirst(lc)) : NULL);
	return nodes;
}

static Node *
make_optional_string(const char *text)
{
	return text ? (Node *) makeString(pstrdup(text)) : NULL;
}

static const char *
read_optional_string(Node *node)
{
	return node ? strVal(node) : NULL;
}

/* The reverse of pca_planner_read_private(). */
static List *
make_scan_private(const PcaScanPlan *plan)
{
	List	   *list = list_make5(pca_request_to_nodes(plan->request),
								  bitmapset_to_int_list(plan->wanted),
								  reasons_to_nodes(plan->reasons),
								  make_optional_string(plan->not_grouped),
								  make_optional_string(plan->not_counted));

	list = lappend(list, make_optional_string(plan->not_ordered));
	list = lappend(list, makeInteger(plan->row_count_attnum));
	list = lappend(list, makeInteger(plan->join_filter_param));
	list = lappend(list, makeInteger(plan->rescan_is_expected));
	return lappend(list, bitmapset_to_int_list(plan->outer_params));
}

PcaScanPlan *
pca_planner_read_private(List *fdw_private)
{
	PcaScanPlan *plan = palloc0(sizeof(PcaScanPlan));
	ListCell   *lc;

	plan->request = pca_request_from_nodes(list_nth(fdw_private, SCAN_PRIVATE_REQUEST));
	plan->wanted = bitmapset_from_int_list(list_nth(fdw_private, SCAN_PRIVATE_WANTED));
	foreach(lc, (List *) list_nth(fdw_private, SCAN_PRIVATE_REASONS))
		plan->reasons = lappend(plan->reasons, lfirst(lc) ? strVal(lfirst(lc)) : NULL);
	plan->not_grouped = read_optional_string(list_nth(fdw_private, SCAN_PRIVATE_NOT_GROUPED));
	plan->not_counted = read_optional_string(list_nth(fdw_private, SCAN_PRIVATE_NOT_COUNTED));
	plan->not_ordered = read_optional_string(list_nth(fdw_private, SCAN_PRIVATE_NOT_ORDERED));
	plan->row_count_attnum = intVal(list_nth(fdw_private, SCAN_PRIVATE_ROW_COUNT));
	plan->join_filter_param = intVal(list_nth(fdw_private, SCAN_PRIVATE_JOIN_FILTER_PARAM));
	plan->rescan_is_expected = intVal(list_nth(fdw_private, SCAN_PRIVATE_RESCAN)) != 0;
	plan->outer_params = bitmapset_from_int_list(list_nth(fdw_private, SCAN_PRIVATE_OUTER_PARAMS));
	return plan;
}

/* ---- the plan ---- */

/*
 * Returns the reason why the clause, or a part of it, is not sent; NULL if all of it
 * is.  *next_position: where to start in relinfo->restrictinfos.  The plan's
 * clauses mostly come in the order of that list, so that finding all of them is
 * linear in their number.
 */
static char *
find_clause_reason(const PcaRelInfo *relinfo, RestrictInfo *clause, int *next_position)
{
	int			count = list_length(relinfo->restrictinfos);

	for (int i = 0; i < count; i++)
	{
		int			position = (*next_position + i) % count;

		if (list_nth(relinfo->restrictinfos, position) != clause)
			continue;
		*next_position = position + 1;
		return list_nth(relinfo->reasons, position);
	}
	return NULL;
}

static bool
is_bound_clause(const PcaRelInfo *relinfo, const RestrictInfo *info)
{
	ListCell   *lc;

	foreach(lc, relinfo->bound)
		if (((PcaPartitionClause *) lfirst(lc))->info == info)
		return true;
	return false;
}

/*
 * Returns the clauses, the partition's bound first: a condition of the query may raise
 * an error for rows that the partition does not have.
 */
static List *
order_bound_first(const PcaRelInfo *relinfo, List *clauses)
{
	List	   *bound = NIL;
	List	   *others = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		if (is_bound_clause(relinfo, lfirst(lc)))
			bound = lappend(bound, lfirst(lc));
		else
			others = lappend(others, lfirst(lc));
	}
	return list_concat(bound, others);
}

/*
 * Add to the request what the path sends beyond the plain scan.  The values of a
 * hash join must be the last parameter, so nothing else is appended to the
 * parameters after them: a path is of one kind only.
 */
static void
add_path_request(PcaRelInfo *relinfo, PlannerInfo *root, const PcaPathPrivate *private)
{
	PcaRequestPlan *request = &relinfo->request;

	switch (private->kind)
	{
		case PCA_PATH_LIMIT_OFFSET:
			request->offset = pca_limit_value(root->parse->limitOffset, &relinfo->params);
			request->limit_value = pca_limit_value(root->parse->limitCount, &relinfo->params);
			break;
		case PCA_PATH_JOIN_FILTER:
			pca_join_filter_path_add_expr(relinfo, private->join_clause);
			break;
		case PCA_PATH_ORDERED:
			request->day_order = relinfo->ordering.by_day;
			if (!request->day_order)
				request->order = relinfo->ordering.column->field->name;
			request->descending = relinfo->ordering.descending;
			request->limit = relinfo->ordering.limit;
			request->days_to_limit = relinfo->ordering.days_to_limit;
			break;
		case PCA_PATH_PLAIN:
		case PCA_PATH_COUNT:
			break;
	}
	request->limit_inexact = relinfo->level != PCA_PUSHDOWN_EXACT || !pca_limit_is_sure(root);
}

/*
 * The number of rows that the scan will read, for pages that are requested before
 * the first one has arrived; 0 if the size of the table is the catalog's guess; -1
 * if the query may not read all rows.
 */
static double
expect_rows(const PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel)
{
	const PcaRequestPlan *request = &relinfo->request;

	if (root->tuple_fraction > 0 || request->limit >= 0 || request->limit_value ||
		request->count || request->row_per_day || request->order || request->day_order)
		return -1;
	return relinfo->rows_assumed ? 0 : pca_relinfo_estimate_rows(relinfo, root, rel);
}

static ForeignScan *
GetForeignPlan(PlannerInfo *root, RelOptInfo *rel, Oid relid,
			   ForeignPath *path, List *tlist, List *clauses, Plan *outer_plan)
{
	PcaRelInfo	relinfo = pca_relinfo_copy(rel->fdw_private);
	PcaPathPrivate private = pca_path_private_from_nodes(path->fdw_private);
	PcaScanPlan plan = {.request = &relinfo.request};
	List	   *quals = private.having;
	int			next_position = 0;
	ListCell   *lc;

	if (path->path.param_info)
		pca_relinfo_add_clauses(&relinfo, path->path.param_info->ppi_clauses);
	add_path_request(&relinfo, root, &private);
	relinfo.request.expected_rows = expect_rows(&relinfo, root, rel);
	plan.rescan_is_expected = path->path.param_info || pca_rescan_is_expected(root);
	plan.outer_params = pca_rescan_find_outer_params(root, relinfo.params);
	plan.join_filter_param = private.kind == PCA_PATH_JOIN_FILTER ? relinfo.join_filter_param : -1;

	/*
	 * A scan that only counts returns rows without columns, except for
	 * constants, on which no condition can be evaluated.  All of them are
	 * exact then.
	 */
	if (relinfo.request.count && private.kind != PCA_PATH_COUNT)
		plan.wanted = relinfo.wanted;
	if (!relinfo.request.count)
	{
		foreach(lc, order_bound_first(&relinfo, clauses))
		{
			RestrictInfo *info = lfirst_node(RestrictInfo, lc);

			/* a Result node above the scan evaluates these */
			if (info->pseudoconstant)
				continue;
			quals = lappend(quals, info->clause);
			plan.reasons = lappend(plan.reasons, find_clause_reason(&relinfo, info, &next_position));
		}
		plan.wanted = relinfo.wanted;
		plan.not_grouped = relinfo.grouping.reason;
		plan.not_counted = relinfo.not_counted;
		plan.not_ordered = relinfo.ordering.reason;
		plan.row_count_attnum = relinfo.grouping.row_count_attnum;
	}
	return make_foreignscan(tlist, quals, rel->relid, relinfo.params, make_scan_private(&plan),
							add_to_flat_tlist(NIL, private.aggregates), NIL, outer_plan);
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
