/*
 * relinfo.c
 *		What does the API do for a query's table, and what does that cost?
 *
 * Which clauses the API can apply, and whether rows may come grouped, is
 * decided in filter.c and grouping.c; here the verdicts become a request and
 * sizes.  Nothing is contacted, and no path is made.
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

static PcaClause
judge_clause(PcaRelInfo *planning, RestrictInfo *info)
{
	PcaClause	clause;
	int			nparams = list_length(planning->params);

	if (info->pseudoconstant)
		return (PcaClause)
	{
		0
	};
	clause = pca_filter_classify(planning->table, planning->relid, info->clause,
								 &planning->params);
	if (clause.on_path && planning->request.path)
		clause = (PcaClause)
	{
		.reason = "another condition already gives the path"
	};
	if (clause.term && pca_filter_expr_compares_by(clause.term, PCA_OP_STARTS_WITH) && planning->terms)
		clause = (PcaClause)
	{
		.reason = "another condition is sent, and the API takes one"
	};
	if (!clause.term)
		planning->params = list_truncate(planning->params, nparams);
	return clause;
}

void
pca_relinfo_add_clauses(PcaRelInfo *planning, List *clauses)
{
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);
		PcaClause	clause = judge_clause(planning, info);

		if (clause.on_path)
			planning->request.path = clause.term;
		else if (clause.on_snapshot)
			planning->days = lappend(planning->days, clause.term);
		else if (clause.term)
			planning->terms = lappend(planning->terms, clause.term);
		if (!info->pseudoconstant)
			planning->level = Min(planning->level, clause.level);
		planning->infos = lappend(planning->infos, info);
		planning->reasons = lappend(planning->reasons, unconstify(char *, clause.reason));
	}
	planning->request.filter = planning->terms ? pca_filter_expr_and(planning->terms) : NULL;
	planning->request.snapshot = planning->days ? pca_filter_expr_and(planning->days) : NULL;
}

PcaRelInfo
pca_relinfo_copy(const PcaRelInfo *planning)
{
	PcaRelInfo	copy = *planning;

	copy.terms = list_copy(planning->terms);
	copy.days = list_copy(planning->days);
	copy.params = list_copy(planning->params);
	copy.infos = list_copy(planning->infos);
	copy.reasons = list_copy(planning->reasons);
	return copy;
}

static void
set_grouping(PcaRelInfo *planning, PlannerInfo *root, RelOptInfo *rel)
{
	int			attnum = -1;
	List	   *fields = NIL;	/* PcaField *: two columns may read the same
								 * one */

	planning->grouping = pca_grouping_classify(root, rel, planning->table);
	planning->request.grouped = planning->grouping.grouped;
	while ((attnum = bms_next_member(planning->grouping.keys, attnum)) >= 0)
	{
		const PcaField *field = pca_option_column(planning->table, attnum)->field;

		if (list_member_ptr(fields, field))
			continue;
		fields = lappend(fields, unconstify(PcaField *, field));
		planning->request.groupby = lappend(planning->request.groupby,
											unconstify(char *, field->name));
	}
}

/* Columns of the output and of all conditions; all of them for a whole row. */
static void
set_wanted(PcaRelInfo *planning, RelOptInfo *rel)
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
	/* What a row's day is known by. */
	if (planning->table->resource->history && !planning->request.grouped &&
		pca_option_processed_column(planning->table))
		planning->wanted = bms_add_member(planning->wanted,
										  pca_option_processed_column(planning->table)->attnum);
}

/* Whether the query needs no column of the table, only its number of rows. */
static bool
is_only_counted(const PcaRelInfo *planning, PlannerInfo *root, RelOptInfo *rel)
{
	Bitmapset  *used = NULL;
	List	   *requests;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &used);
	used = bms_del_member(used, TableOidAttributeNumber - FirstLowInvalidHeapAttributeNumber);
	if (!bms_is_empty(used) || planning->level != PCA_PUSHDOWN_EXACT ||
		planning->request.grouped || planning->request.limit >= 0 ||
		planning->table->resource->history ||
		planning->table->known.total_count == PCA_TOTAL_PAGE ||
		!(planning->table->resource->parameters & PCA_PARAM_TOP) ||
		root->parse->rowMarks || root->rowMarks || root->parse->commandType != CMD_SELECT)
		return false;

	/*
	 * A condition that is left out of the URL would count too many; pages of
	 * rows cost less than very many requests.
	 */
	requests = pca_request_render(&planning->request, planning->table, NULL);
	return requests == NIL || (!((PcaRequest *) llast(requests))->shortened &&
							   list_length(requests) <= PCA_REQUEST_MAX_PARTS);
}

/* ---- sizes and costs ---- */

static double
count_groups(const PcaRelInfo *planning, PlannerInfo *root, RelOptInfo *rel)
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
set_size(PcaRelInfo *planning, PlannerInfo *root, RelOptInfo *rel)
{
	if (planning->table->rows >= 0)
		rel->tuples = planning->table->rows;
	else if (rel->tuples <= 0)
	{
		planning->unsized = true;
		rel->tuples = planning->table->resource->rows;
	}
	set_baserel_size_estimates(root, rel);
	if (!planning->request.grouped)
		return;
	rel->rows = Min(rel->rows, count_groups(planning, root, rel));
	/* A raw count would make estimate_num_groups() above think of a sample. */
	rel->tuples = rel->rows;
}

double
pca_relinfo_estimate_rows(const PcaRelInfo *planning, PlannerInfo *root, RelOptInfo *rel)
{
	List	   *sent = NIL;
	ListCell   *info;
	ListCell   *reason;

	forboth(info, planning->infos, reason, planning->reasons)
		if (lfirst(reason) == NULL)
		sent = lappend(sent, lfirst(info));
	return clamp_row_est(rel->tuples *
						 clauselist_selectivity(root, sent, rel->relid, JOIN_INNER, NULL));
}

/*
 * How many rows a customer has, roughly: how many customers are to be asked is
 * not known before, but by how many rows there were for ANALYZE.
 */
#define ROWS_A_CUSTOMER	10

double
pca_relinfo_estimate_requests(const PcaRelInfo *planning, const RelOptInfo *rel, double received)
{
	if (planning->request.path)
		return list_length(pca_filter_expr_comparison(planning->request.path)->values);
	if (planning->table->path_has_customer)
		return 1 + ceil(rel->tuples / ROWS_A_CUSTOMER);
	if (planning->table->resource->history)
	{
		double		days = pca_snapshot_dates_estimate(planning->request.snapshot);

		return days > 0 ? Max(days, ceil(received / planning->table->page_size)) : PCA_RELINFO_UNBOUNDED_REQUESTS;
	}
	return Max(1, ceil(received / planning->table->page_size));
}

static void
GetForeignRelSize(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	PcaRelInfo *planning = palloc0(sizeof(PcaRelInfo));

	planning->table = pca_option_table(relid);
	planning->relid = rel->relid;
	planning->level = PCA_PUSHDOWN_EXACT;
	planning->join_values = -1;
	pca_relinfo_add_clauses(planning, rel->baserestrictinfo);
	set_grouping(planning, root, rel);
	set_wanted(planning, rel);
	planning->request.limit = pca_limit_hint(root);
	planning->request.count = is_only_counted(planning, root, rel);
	if (!planning->request.grouped && !planning->request.count)
		planning->ordering = pca_ordering_choose(root, rel, planning->table);
	set_size(planning, root, rel);
	rel->fdw_private = planning;
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
