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
#include "utils/selfuncs.h"

#include "planner/limit.h"
#include "planner/relinfo.h"
#include "request/snapshot_dates.h"

/* ---- the request ---- */

/*
 * Classify the clause beside those that were added before: there is one path, and
 * "starts_with" must be the only condition (api-notes 2.13).  The parameters of a
 * clause that is not sent are removed again.
 */
static PcaClause
classify_restrictinfo(PcaRelInfo *relinfo, RestrictInfo *info)
{
	PcaClause	clause;
	int			nparams = list_length(relinfo->params);

	if (info->pseudoconstant)
		return (PcaClause)
	{
		0
	};
	clause = pca_filter_classify(relinfo->table, relinfo->relid, info->clause,
								 &relinfo->params);
	if (clause.on_path && relinfo->request.path)
		clause = (PcaClause)
	{
		.reason = "another condition already gives the path"
	};
	if (clause.expr && pca_filter_expr_compares_by(clause.expr, PCA_OP_STARTS_WITH) && relinfo->filter_exprs)
		clause = (PcaClause)
	{
		.reason = "another condition is sent, and the API takes one"
	};
	if (!clause.expr)
		relinfo->params = list_truncate(relinfo->params, nparams);
	return clause;
}

void
pca_relinfo_add_clauses(PcaRelInfo *relinfo, List *clauses)
{
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);
		PcaClause	clause = classify_restrictinfo(relinfo, info);

		if (clause.on_path)
			relinfo->request.path = clause.expr;
		else if (clause.on_snapshot)
			relinfo->snapshot_exprs = lappend(relinfo->snapshot_exprs, clause.expr);
		else if (clause.expr)
			relinfo->filter_exprs = lappend(relinfo->filter_exprs, clause.expr);
		if (!info->pseudoconstant)
			relinfo->level = Min(relinfo->level, clause.level);
		relinfo->restrictinfos = lappend(relinfo->restrictinfos, info);
		relinfo->reasons = lappend(relinfo->reasons, unconstify(char *, clause.reason));
	}
	relinfo->request.filter = relinfo->filter_exprs ? pca_filter_expr_and(relinfo->filter_exprs) : NULL;
	relinfo->request.snapshot = relinfo->snapshot_exprs ? pca_filter_expr_and(relinfo->snapshot_exprs) : NULL;
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

static void
set_relinfo_grouping(PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel)
{
	int			attnum = -1;
	List	   *fields = NIL;	/* PcaField *: two columns may read the same
								 * one */

	relinfo->grouping = pca_grouping_classify(root, rel, relinfo->table);
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
	/* scan/recheck.c drops rows of other days by this column (api-notes 5.2) */
	if (relinfo->table->resource->history && !relinfo->request.grouped &&
		pca_option_processed_column(relinfo->table))
		relinfo->wanted = bms_add_member(relinfo->wanted,
										 pca_option_processed_column(relinfo->table)->attnum);
}

/*
 * Returns true if the query needs only the number of rows, and the API gives it as
 * TotalCount (api-notes 4.3).
 */
static bool
can_fetch_count_only(const PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel)
{
	Bitmapset  *used = NULL;
	List	   *requests;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &used);
	used = bms_del_member(used, TableOidAttributeNumber - FirstLowInvalidHeapAttributeNumber);
	if (!bms_is_empty(used) || relinfo->level != PCA_PUSHDOWN_EXACT ||
		relinfo->request.grouped || relinfo->request.limit >= 0 ||
		relinfo->table->resource->history ||
		relinfo->table->known.total_count == PCA_TOTAL_PAGE ||
		!(relinfo->table->resource->parameters & PCA_PARAM_TOP) ||
		root->parse->rowMarks || root->rowMarks || root->parse->commandType != CMD_SELECT)
		return false;

	/*
	 * If a condition does not fit into the URL, TotalCount would be too
	 * great. If the condition becomes too many requests, reading rows costs
	 * less.
	 */
	requests = pca_request_render(&relinfo->request, relinfo->table, NULL);
	return requests == NIL || (!((PcaRequest *) llast(requests))->shortened &&
							   list_length(requests) <= PCA_REQUEST_MAX_PARTS);
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
	rel->rows = Min(rel->rows, estimate_groups(relinfo, root, rel));

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
	ListCell   *info;
	ListCell   *reason;

	forboth(info, relinfo->restrictinfos, reason, relinfo->reasons)
		if (lfirst(reason) == NULL)
		sent = lappend(sent, lfirst(info));
	return clamp_row_est(rel->tuples *
						 clauselist_selectivity(root, sent, rel->relid, JOIN_INNER, NULL));
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
	pca_relinfo_add_clauses(relinfo, rel->baserestrictinfo);
	set_relinfo_grouping(relinfo, root, rel);
	set_wanted_columns(relinfo, rel);
	relinfo->request.limit = pca_limit_hint(root);
	/* the latest days may have enough rows for a LIMIT */
	relinfo->request.days_to_limit = relinfo->table->resource->history &&
		relinfo->request.limit >= 0 && pca_limit_is_sure(root);
	relinfo->request.count = can_fetch_count_only(relinfo, root, rel);
	if (!relinfo->request.grouped && !relinfo->request.count)
		relinfo->ordering = pca_ordering_choose(root, rel, relinfo->table);
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
