/*
 * planner.c
 *		How does a query's table become a plan?
 *
 * Which clauses the API can apply, and whether rows may come grouped, is
 * decided in filter.c and grouping.c; here the verdicts become sizes, costs
 * and one plan.  Nothing is contacted.
 */
#include "postgres.h"

#include <math.h>

#include "access/sysattr.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/cost.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "utils/selfuncs.h"

#include "compat.h"
#include "filter.h"
#include "grouping.h"
#include "planner.h"

/* The slots of fdw_private. */
typedef enum Slot
{
	SLOT_REQUEST,
	SLOT_WANTED,
	SLOT_REASONS,
	SLOT_NOT_GROUPED
} Slot;

/* What GetForeignRelSize finds out and the later callbacks read. */
typedef struct Planning
{
	PcaTable   *table;
	PcaRequestPlan *request;
	List	   *params;			/* expressions that the terms' values refer to */
	List	   *infos;			/* RestrictInfo *: baserestrictinfo, ... */
	List	   *reasons;		/* ... and why each is not wholly sent, or NULL */
	PcaGrouping grouping;
	Bitmapset  *wanted;
	double		received;		/* rows that the API answers */
} Planning;

/* ---- the request ---- */

static void
judge_clauses(Planning *planning, RelOptInfo *rel)
{
	List	   *terms = NIL;
	ListCell   *lc;

	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);
		PcaClause	clause = {0};
		int			nparams = list_length(planning->params);

		if (!info->pseudoconstant)
			clause = pca_filter_judge(planning->table, rel->relid, info->clause,
									  &planning->params);
		if (clause.on_path && planning->request->path)
			clause = (PcaClause) {.reason = "another condition already gives the path"};
		if (!clause.term)
			planning->params = list_truncate(planning->params, nparams);
		else if (clause.on_path)
			planning->request->path = clause.term;
		else
			terms = lappend(terms, clause.term);
		planning->infos = lappend(planning->infos, info);
		planning->reasons = lappend(planning->reasons, unconstify(char *, clause.reason));
	}
	if (terms)
		planning->request->filter = pca_request_and(terms);
}

static void
set_grouping(Planning *planning, PlannerInfo *root, RelOptInfo *rel)
{
	int			attnum = -1;

	planning->grouping = pca_grouping_judge(root, rel, planning->table);
	planning->request->grouped = planning->grouping.grouped;
	while ((attnum = bms_next_member(planning->grouping.keys, attnum)) >= 0)
		planning->request->groupby =
			lappend(planning->request->groupby,
					unconstify(char *, pca_option_column(planning->table, attnum)->field->name));
}

/* Columns of the output and of all conditions; all of them for a whole row. */
static void
set_wanted(Planning *planning, RelOptInfo *rel)
{
	Bitmapset  *used = NULL;
	bool		all;
	ListCell   *lc;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &used);
	foreach(lc, rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause, rel->relid, &used);
	all = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, used);
	for (int attnum = 1; attnum <= planning->table->natts; attnum++)
		if (pca_option_column(planning->table, attnum) &&
			(all || bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, used)))
			planning->wanted = bms_add_member(planning->wanted, attnum);
}

/*
 * How many rows are surely enough, where nothing above the scan needs more: a
 * hint for the size of the first page, -1 when nothing is known.
 */
static int64
limit_hint(PlannerInfo *root)
{
	Query	   *query = root->parse;

	if (bms_membership(root->all_baserels) != BMS_SINGLETON ||
		query->sortClause || query->hasAggs || query->groupClause ||
		query->groupingSets || query->distinctClause || query->hasWindowFuncs ||
		query->hasTargetSRFs || query->setOperations)
		return -1;
	if (root->limit_tuples >= 1)
		return (int64) root->limit_tuples;
	/* EXISTS wants one row. */
	return root->parent_root && root->tuple_fraction == 1.0 ? 1 : -1;
}

/* ---- sizes and costs ---- */

static double
count_groups(const Planning *planning, PlannerInfo *root, RelOptInfo *rel)
{
	List	   *keys = NIL;
	int			attnum = -1;

	while ((attnum = bms_next_member(planning->grouping.keys, attnum)) >= 0)
	{
		const PcaColumn *column = pca_option_column(planning->table, attnum);

		keys = lappend(keys, makeVar(rel->relid, attnum, column->type, column->typmod,
									 column->collation, 0));
	}
	return clamp_row_est(estimate_num_groups(root, keys, rel->rows, NULL, NULL));
}

static void
set_size(Planning *planning, PlannerInfo *root, RelOptInfo *rel)
{
	List	   *sent = NIL;
	ListCell   *info;
	ListCell   *reason;

	if (planning->table->rows >= 0)
		rel->tuples = planning->table->rows;
	else if (rel->tuples <= 0)
		rel->tuples = planning->table->resource->rows;
	set_baserel_size_estimates(root, rel);

	forboth(info, planning->infos, reason, planning->reasons)
		if (lfirst(reason) == NULL)
			sent = lappend(sent, lfirst(info));
	planning->received = clamp_row_est(rel->tuples *
									   clauselist_selectivity(root, sent, rel->relid, JOIN_INNER, NULL));
	if (!planning->request->grouped)
		return;
	rel->rows = Min(rel->rows, count_groups(planning, root, rel));
	/* A raw count would make estimate_num_groups() above think of a sample. */
	rel->tuples = rel->rows;
	planning->received = Max(rel->rows, 1);
}

static int
count_requests(const Planning *planning)
{
	if (planning->request->path)
		return list_length(planning->request->path->values);
	return (int) Max(1, ceil(planning->received / planning->table->page_size));
}

static void
GetForeignRelSize(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	Planning   *planning = palloc0(sizeof(Planning));

	planning->table = pca_option_table(relid);
	planning->request = palloc0(sizeof(PcaRequestPlan));
	judge_clauses(planning, rel);
	set_grouping(planning, root, rel);
	set_wanted(planning, rel);
	planning->request->limit = limit_hint(root);
	set_size(planning, root, rel);
	rel->fdw_private = planning;
}

static void
GetForeignPaths(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	Planning   *planning = rel->fdw_private;
	const PcaServer *server = planning->table->server;
	Cost		startup = server->startup_cost;
	Cost		total;
	QualCost	quals;

	cost_qual_eval(&quals, rel->baserestrictinfo, root);
	total = startup * count_requests(planning) + quals.startup +
		planning->received * (server->tuple_cost + cpu_tuple_cost + quals.per_tuple);
	startup += quals.startup;
	add_path(rel, (Path *)
			 pca_compat_foreignscan_path(root, rel, NULL, rel->rows, startup, total,
										 NIL, rel->lateral_relids, NIL));
}

/* ---- the plan ---- */

/* Why the clause is not wholly sent, as a node; NULL when it is. */
static Node *
reason_of(const Planning *planning, RestrictInfo *clause)
{
	ListCell   *info;
	ListCell   *reason;

	forboth(info, planning->infos, reason, planning->reasons)
		if (lfirst(info) == clause && lfirst(reason))
			return (Node *) makeString(lfirst(reason));
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
	Planning   *planning = rel->fdw_private;
	List	   *quals = NIL;
	List	   *reasons = NIL;
	List	   *private;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);

		if (info->pseudoconstant)
			continue;
		quals = lappend(quals, info->clause);
		reasons = lappend(reasons, reason_of(planning, info));
	}
	private = list_make4(pca_request_to_nodes(planning->request),
						 wanted_to_nodes(planning->wanted), reasons,
						 planning->grouping.reason ?
						 makeString(pstrdup(planning->grouping.reason)) : NULL);
	return make_foreignscan(tlist, quals, rel->relid, planning->params, private,
							NIL, NIL, outer_plan);
}

PcaScanPlan *
pca_planner_read(List *fdw_private)
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
	return plan;
}

void
pca_planner_register(FdwRoutine *routine)
{
	routine->GetForeignRelSize = GetForeignRelSize;
	routine->GetForeignPaths = GetForeignPaths;
	routine->GetForeignPlan = GetForeignPlan;
}
