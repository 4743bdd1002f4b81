/*
 * relinfo.c
 *		The state of planning one foreign table: its request and its size.
 *
 * filter.c classifies the clauses, and grouping.c decides if rows come
 * grouped.  This file makes a request of their results, and estimates numbers of
 * rows and of requests.  planner.c makes paths of them.
 */
#include "postgres.h"

#include <math.h>

#include "access/sysattr.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "utils/selfuncs.h"

#include "planner/constant_qual.h"
#include "planner/declaration.h"
#include "planner/limit.h"
#include "planner/partition_clause.h"
#include "planner/relinfo.h"
#include "planner/rescan.h"
#include "request/snapshot_dates.h"

/* ---- the request ---- */

/*
 * Returns the clause as it can be sent beside those that were added before: there is
 * one path, and "starts_with" must be the only condition (api-notes 2.13).  A join that
 * gives the path replaces the partition's bound, which permits more customers.
 */
static PcaClause
check_conflict(const PcaRelInfo *relinfo, PcaClause clause)
{
	if (clause.on_path && relinfo->request.path && !relinfo->path_is_bound)
		return pca_shippable_local("another condition already gives the path");
	if (clause.expr && pca_filter_expr_compares_by(clause.expr, PCA_OP_STARTS_WITH) && relinfo->filter_exprs)
		return pca_shippable_local("another condition is sent, and the API takes one");
	return clause;
}

/*
 * Classify the clause.  bound: what it is of the partition's bound, or NULL.  The
 * parameters of a clause that is not sent are removed again.
 */
static PcaClause
classify_restrictinfo(PcaRelInfo *relinfo, RestrictInfo *info, const PcaPartitionClause *bound)
{
	PcaClause	clause;
	int			nparams = list_length(relinfo->params);

	if (info->pseudoconstant)
		return (PcaClause)
	{
		.level = PCA_PUSHDOWN_EXACT
	};
	if (bound)
		clause = pca_partition_clause_classify(relinfo->table, relinfo->relid, bound, &relinfo->params);
	else
		clause = pca_filter_classify(relinfo->table, relinfo->relid, info->clause, &relinfo->params);
	clause = check_conflict(relinfo, clause);
	if (!clause.expr)
		relinfo->params = list_truncate(relinfo->params, nparams);
	return clause;
}

/* Returns the reason why the API does not count the rows that satisfy the clause. */
static const char *
inexact_clause_reason(const PcaClause *clause)
{
	if (clause->level == PCA_PUSHDOWN_LOCAL && clause->reason)
		return psprintf("a condition is evaluated locally: %s", clause->reason);
	return clause->inexact ? clause->inexact : "the API may count rows that do not satisfy a condition";
}

/* Add a clause, and what of it can be sent to the conjuncts of the request. */
static void
add_clause(PcaRelInfo *relinfo, RestrictInfo *info, const PcaPartitionClause *bound)
{
	PcaClause	clause = classify_restrictinfo(relinfo, info, bound);

	if (clause.on_path)
	{
		relinfo->request.path = clause.expr;
		relinfo->path_is_bound = bound != NULL;
	}
	else if (clause.on_snapshot)
		relinfo->snapshot_exprs = lappend(relinfo->snapshot_exprs, clause.expr);
	else if (clause.expr)
		relinfo->filter_exprs = lappend(relinfo->filter_exprs, clause.expr);
	if (!info->pseudoconstant)
	{
		relinfo->level = Min(relinfo->level, clause.level);
		if (clause.level != PCA_PUSHDOWN_EXACT && !relinfo->inexact)
			relinfo->inexact = inexact_clause_reason(&clause);
	}
	relinfo->restrictinfos = lappend(relinfo->restrictinfos, info);
	relinfo->reasons = lappend(relinfo->reasons, unconstify(char *, clause.reason));
}

static void
set_request_filter(PcaRelInfo *relinfo)
{
	relinfo->request.filter = relinfo->filter_exprs ? pca_filter_expr_and(relinfo->filter_exprs) : NULL;
	relinfo->request.snapshot = relinfo->snapshot_exprs ? pca_filter_expr_and(relinfo->snapshot_exprs) : NULL;
}

void
pca_relinfo_add_clauses(PcaRelInfo *relinfo, List *clauses)
{
	ListCell   *lc;

	foreach(lc, clauses)
		add_clause(relinfo, lfirst_node(RestrictInfo, lc), NULL);
	set_request_filter(relinfo);
}

/*
 * Add the conditions of the partition's bound to the relation and the request, after
 * those of the query, which choose the path or the days more closely.
 */
static void
add_partition_bound(PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel)
{
	ListCell   *lc;

	relinfo->bound = pca_partition_clause_list(root, rel, relinfo->table);
	foreach(lc, relinfo->bound)
	{
		PcaPartitionClause *clause = lfirst(lc);

		add_clause(relinfo, clause->info, clause);
		rel->baserestrictinfo = lappend(rel->baserestrictinfo, clause->info);
		rel->baserestrict_min_security = Min(rel->baserestrict_min_security,
											 clause->info->security_level);
	}
	set_request_filter(relinfo);
}

PcaRelInfo
pca_relinfo_copy(const PcaRelInfo *relinfo)
{
	PcaRelInfo	copy = *relinfo;

	copy.filter_exprs = list_copy(relinfo->filter_exprs);
	copy.snapshot_exprs = list_copy(relinfo->snapshot_exprs);
	copy.params = list_copy(relinfo->params);
	copy.restrictinfos = list_copy(relinfo->restrictinfos);
	copy.reasons = list_copy(relinfo->reasons);
	return copy;
}

/* Returns true if the query uses no column of the relation except in its conditions. */
static bool
needs_row_number_only(const PcaTable *table, const RelOptInfo *rel)
{
	Bitmapset  *used = NULL;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &used);
	used = bms_del_member(used, TableOidAttributeNumber - FirstLowInvalidHeapAttributeNumber);
	for (int attnum = 1; attnum <= table->natts; attnum++)
	{
		const PcaColumn *column = pca_option_column(table, attnum);

		if (column && column->constant)
			used = bms_del_member(used, attnum - FirstLowInvalidHeapAttributeNumber);
	}
	return bms_is_empty(used);
}

/*
 * Returns true if the rows that satisfy values of outer rows are counted, and the table
 * may have so few pages that the scan fetches all of them instead: see whole_table.c.
 */
static bool
is_count_repeated(const PcaRelInfo *relinfo, PlannerInfo *root, const RelOptInfo *rel)
{
	const PcaTable *table = relinfo->table;

	/* 0 if the number is not known: the first page tells it */
	double		rows = table->rows >= 0 ? table->rows : Max(rel->tuples, 0);

	return rows <= (double) table->page_size * PCA_REQUEST_MAX_TURNS * table->server->max_parallel_requests &&
		!bms_is_empty(pca_rescan_find_outer_params(root, relinfo->params));
}

/*
 * Returns true if the query needs only the number of rows, and the API gives it as
 * TotalCount (api-notes 4.3).
 */
static bool
can_fetch_count_only(const PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel)
{
	PcaRequestPlan counted = relinfo->request;
	List	   *requests;

	if (!needs_row_number_only(relinfo->table, rel) || relinfo->level != PCA_PUSHDOWN_EXACT ||
		relinfo->request.grouped || relinfo->request.limit >= 0 ||
		relinfo->table->resource->history ||
		relinfo->table->known.total_count == PCA_TOTAL_PAGE ||
		!(relinfo->table->resource->parameters & PCA_PARAM_TOP) ||
		root->parse->rowMarks || root->rowMarks || root->parse->commandType != CMD_SELECT ||
		is_count_repeated(relinfo, root, rel))
		return false;

	/*
	 * If a condition does not fit into the URL, TotalCount would be too
	 * great. If the condition becomes too many requests, reading rows costs
	 * less.
	 */
	counted.count = true;
	requests = pca_request_render(&counted, relinfo->table, NULL);
	return requests == NIL || (((PcaRequest *) llast(requests))->shortened == PCA_REQUEST_LIMIT_NONE &&
							   list_length(requests) <= PCA_REQUEST_MAX_PARTS);
}

static void
set_relinfo_grouping(PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel)
{
	int			attnum = -1;
	const char *bound_reason = pca_partition_clause_group_reason(relinfo->table, relinfo->relid,
																 relinfo->bound);
	List	   *fields = NIL;	/* PcaField *: two columns may read the same
								 * one */

	relinfo->grouping = pca_grouping_classify(root, rel, relinfo->table);
	if (relinfo->grouping.reason && bound_reason)
		relinfo->grouping.reason = bound_reason;
	if (relinfo->grouping.row_count_attnum > 0 && can_fetch_count_only(relinfo, root, rel))
		relinfo->grouping = (PcaGrouping)
	{
		0
	};
	relinfo->request.grouped = relinfo->grouping.grouped;
	relinfo->request.row_per_day = relinfo->grouping.row_per_day;
	relinfo->request.any_row_of_day = relinfo->grouping.any_row_of_day;
	while ((attnum = bms_next_member(relinfo->grouping.keys, attnum)) >= 0)
	{
		const PcaField *field = pca_option_column(relinfo->table, attnum)->field;

		if (list_member_ptr(fields, field))
			continue;
		fields = lappend(fields, unconstify(PcaField *, field));
		relinfo->request.groupby = lappend(relinfo->request.groupby,
										   unconstify(char *, field->name));
	}
}

/* Set the columns of the output and of all conditions; all columns for a whole row. */
static void
set_wanted_columns(PcaRelInfo *relinfo, RelOptInfo *rel)
{
	Bitmapset  *used = NULL;
	bool		all;
	ListCell   *lc;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &used);
	foreach(lc, rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause, rel->relid, &used);
	all = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, used);
	for (int attnum = 1; attnum <= relinfo->table->natts; attnum++)
		if (pca_option_column(relinfo->table, attnum) &&
			(all || bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, used)))
			relinfo->wanted = bms_add_member(relinfo->wanted, attnum);
	if (relinfo->grouping.row_count_attnum > 0)
		relinfo->wanted = bms_add_member(relinfo->wanted, relinfo->grouping.row_count_attnum);
	/* scan/recheck.c drops rows of other days by this column (api-notes 5.2) */
	if (relinfo->table->resource->history && !relinfo->request.grouped &&
		pca_option_processed_column(relinfo->table))
		relinfo->wanted = bms_add_member(relinfo->wanted,
										 pca_option_processed_column(relinfo->table)->attnum);
}

/*
 * Returns the reason why an aggregation that needs only the number of rows fetches the
 * rows; NULL if it does not, or if nothing could be declared or written otherwise.
 */
static const char *
find_not_counted_reason(const PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel)
{
	if (relinfo->request.count || relinfo->request.grouped || !root->parse->hasAggs ||
		root->parse->commandType != CMD_SELECT || !needs_row_number_only(relinfo->table, rel) ||
		relinfo->table->resource->history || !(relinfo->table->resource->parameters & PCA_PARAM_TOP))
		return NULL;
	if (relinfo->table->known.total_count == PCA_TOTAL_PAGE)
		return psprintf("TotalCount is declared to be that of a page (option total_count); if it is not: %s",
						pca_declaration_option(relinfo->table, NULL, false, "total_count", "unknown"));
	if (!relinfo->inexact && is_count_repeated(relinfo, root, rel))
		return "the rows are counted for each row of an outer query, so all are fetched once";
	return relinfo->inexact;
}

/* ---- sizes ---- */

/* The number of days of a history that are requested; 0 if it is not bounded. */
static double
estimate_days(const PcaRelInfo *relinfo)
{
	double		days = pca_snapshot_dates_estimate(relinfo->request.snapshot);
	int			max_days = relinfo->table->server->max_snapshots;

	return relinfo->request.days_to_limit && (days == 0 || days > max_days) ? max_days : days;
}

static double
estimate_groups(const PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel)
{
	List	   *keys = NIL;
	int			attnum = -1;

	while ((attnum = bms_next_member(relinfo->grouping.keys, attnum)) >= 0)
	{
		const PcaColumn *column = pca_option_column(relinfo->table, attnum);

		keys = lappend(keys, makeVar(rel->relid, attnum, column->type, column->typmod,
									 column->collation, 0));
	}
	return clamp_row_est(estimate_num_groups(root, keys, rel->rows, NULL, NULL));
}

static void
set_relation_size(PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel)
{
	if (relinfo->table->rows >= 0)
		rel->tuples = relinfo->table->rows;
	else if (rel->tuples <= 0)
	{
		relinfo->rows_assumed = true;
		rel->tuples = relinfo->table->resource->rows;
	}
	set_baserel_size_estimates(root, rel);
	if (relinfo->request.row_per_day)
		rel->rows = clamp_row_est(Min(rel->rows, estimate_days(relinfo)));
	if (!relinfo->request.grouped)
		return;
	relinfo->groups = estimate_groups(relinfo, root, rel);
	if (relinfo->grouping.row_count_attnum > 0)
		return;
	rel->rows = Min(rel->rows, relinfo->groups);

	/*
	 * With the ungrouped number, estimate_num_groups() would treat the rows
	 * as a sample of the table, and estimate fewer groups for the steps
	 * above.
	 */
	rel->tuples = rel->rows;
}

double
pca_relinfo_estimate_rows(const PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel)
{
	List	   *sent = NIL;
	double		rows;
	ListCell   *info;
	ListCell   *reason;

	forboth(info, relinfo->restrictinfos, reason, relinfo->reasons)
		if (lfirst(reason) == NULL)
		sent = lappend(sent, lfirst(info));
	rows = clamp_row_est(rel->tuples *
						 clauselist_selectivity(root, sent, rel->relid, JOIN_INNER, NULL));
	return relinfo->request.grouped ? Min(rows, relinfo->groups) : rows;
}

/*
 * A rough number of rows of one customer.  Where the path names a customer, there
 * is one request for each, but the number of customers is not known when planning.
 * It is derived from the number of rows that ANALYZE found.
 */
#define ROWS_PER_CUSTOMER	10

double
pca_relinfo_estimate_requests(const PcaRelInfo *relinfo, const RelOptInfo *rel, double received)
{
	if (relinfo->request.path)
		return list_length(pca_filter_expr_comparison(relinfo->request.path)->values);
	if (relinfo->table->path_has_customer)
		return 1 + ceil(rel->tuples / ROWS_PER_CUSTOMER);
	if (relinfo->table->resource->history)
	{
		double		days = estimate_days(relinfo);

		return days > 0 ? Max(days, ceil(received / relinfo->table->page_size)) : PCA_RELINFO_UNBOUNDED_REQUESTS;
	}
	return Max(1, ceil(received / relinfo->table->page_size));
}

static void
GetForeignRelSize(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	PcaRelInfo *relinfo = palloc0(sizeof(PcaRelInfo));

	relinfo->table = pca_option_table(relid);
	relinfo->relid = rel->relid;
	relinfo->level = PCA_PUSHDOWN_EXACT;
	relinfo->join_filter_param = -1;
	relinfo->request.limit = pca_limit_hint(root);
	if (!pca_constant_qual_apply(root, rel, relinfo->table))
	{
		mark_dummy_rel(rel);
		return;
	}
	pca_relinfo_add_clauses(relinfo, rel->baserestrictinfo);
	add_partition_bound(relinfo, root, rel);
	if (pca_partition_clause_is_false(relinfo->bound))
	{
		mark_dummy_rel(rel);
		return;
	}
	set_relinfo_grouping(relinfo, root, rel);
	set_wanted_columns(relinfo, rel);
	/* the latest days may have enough rows for a LIMIT */
	relinfo->request.days_to_limit = relinfo->table->resource->history &&
		relinfo->request.limit >= 0 && pca_limit_is_sure(root);
	relinfo->request.count = can_fetch_count_only(relinfo, root, rel);
	if (!relinfo->request.grouped && !relinfo->request.count)
		relinfo->ordering = pca_ordering_choose(root, rel, relinfo->table);
	relinfo->not_counted = find_not_counted_reason(relinfo, root, rel);
	set_relation_size(relinfo, root, rel);
	relinfo->request.table_rows = relinfo->rows_assumed || relinfo->request.grouped ? -1 : rel->tuples;
	rel->fdw_private = relinfo;
}

PcaRelInfo *
pca_relinfo_find(const RelOptInfo *rel)
{
	return rel->reloptkind == RELOPT_BASEREL && rel->fdwroutine &&
		rel->fdwroutine->GetForeignRelSize == GetForeignRelSize ? rel->fdw_private : NULL;
}

void
pca_relinfo_register(FdwRoutine *routine)
{
	routine->GetForeignRelSize = GetForeignRelSize;
}
