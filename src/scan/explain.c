/*
 * explain.c
 *		What does EXPLAIN say of a scan?
 *
 * It prints the same request plan that the scan renders; nothing is contacted.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/explain.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "compat.h"
#ifdef PCA_EXPLAIN_HEADERS_SPLIT
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif

#include "planner/planner.h"
#include "request/snapshot_dates.h"
#include "scan/explain.h"
#include "scan/scan.h"

/* One line for each text, or a list in the structured formats. */
static void
show_texts(const char *label, List *texts, ExplainState *es)
{
	ListCell   *lc;

	if (list_length(texts) > 1 && es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyList(label, texts, es);
	else
		foreach(lc, texts)
			ExplainPropertyText(label, lfirst(lc), es);
}

/* For deparse_expression(): the names that the scan's columns have. */
static List *
deparse_context(ForeignScanState *node, ExplainState *es)
{
	return set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, NIL);
}

/* "clause: reason" for each condition that is not wholly sent. */
static void
show_reasons(ForeignScanState *node, const PcaScanPlan *plan, bool shortened,
			 ExplainState *es)
{
	Plan	   *scan = node->ss.ps.plan;
	List	   *context = deparse_context (node, es);
	List	   *lines = NIL;
	ListCell   *qual;
	ListCell   *reason;

	forboth(qual, scan->qual, reason, plan->reasons)
		if (lfirst(reason))
		lines = lappend(lines,
						psprintf("%s: %s",
								 deparse_expression(lfirst(qual), context,
													list_length(es->rtable) > 1, false),
								 (char *) lfirst(reason)));
	if (shortened)
		lines = lappend(lines, "the longest condition, of dates but the first and the last: it does not fit into the URL (option max_url_length)");
	if (lines && es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyList("Local Filter Reason", lines, es);
	else
		show_texts("Local Filter Reason", lines, es);
}

/* The number of a statement's parameter ($1, $2), or 0. */
static int
statement_parameter(Node *expr)
{
	expr = strip_implicit_coercions(expr);
	if (IsA(expr, Param) && ((Param *) expr)->paramkind == PARAM_EXTERN)
		return ((Param *) expr)->paramid;
	return 0;
}

/* Whether it has a value of another node of the plan, which has no name here. */
static bool
uses_other_node(Node *node, void *context)
{
	if (!node)
		return false;
	if (IsA(node, Param))
		return ((Param *) node)->paramkind == PARAM_EXEC;
	return expression_tree_walker(node, uses_other_node, context);
}

/*
 * Parameters of the statement keep their numbers, and conditions are shown as
 * they are; other expressions are counted on behind the parameters.
 */
static List *
parameter_labels(List *exprs, List *context)
{
	List	   *labels = NIL;
	int			last = 0;
	ListCell   *lc;

	foreach(lc, exprs)
		last = Max(last, statement_parameter(lfirst(lc)));
	foreach(lc, exprs)
	{
		Node	   *expr = lfirst(lc);
		int			number = statement_parameter(expr);

		if (!number && exprType(expr) == BOOLOID && !uses_other_node(expr, NULL))
			labels = lappend(labels, deparse_expression(expr, context, false, false));
		else
			labels = lappend(labels, psprintf("$%d", number ? number : ++last));
	}
	/* The values of a hash join stand behind all. */
	return lappend(labels, psprintf("$%d", ++last));
}

static const char *
value_text(const PcaValue *value)
{
	return value->text ? value->text : pca_filter_expr_parameter_text(value);
}

static void
show_plan(const PcaScanPlan *plan, const PcaTable *table, List *requests,
		  ExplainState *es)
{
	List	   *filters = NIL;
	ListCell   *lc;

	foreach(lc, requests)
	{
		PcaRequest *request = lfirst(lc);

		if (request->filter)
			filters = lappend(filters, unconstify(char *, request->filter));
	}
	ExplainPropertyText("Resource", table->resource->name, es);
	if (requests && ((PcaRequest *) linitial(requests))->listing)
		ExplainPropertyText("Remote Customers", "all that the API lists", es);
	show_texts("Remote Filter", filters, es);
	if (requests && ((PcaRequest *) linitial(requests))->groupby)
		ExplainPropertyText("Remote Group By", ((PcaRequest *) linitial(requests))->groupby, es);
	if (plan->not_grouped)
		ExplainPropertyText("Not Grouped Because", plan->not_grouped, es);
	if (plan->request->take)
		ExplainPropertyText("Remote Limit", value_text(plan->request->take), es);
	else if (plan->request->limit >= 0)
		ExplainPropertyInteger("Remote Limit", NULL, plan->request->limit, es);
	if (plan->request->offset)
		ExplainPropertyText("Remote Offset", value_text(plan->request->offset), es);
	if (plan->request->count)
		ExplainPropertyText("Remote Count", "TotalCount", es);
}

/* How many days are named one by one. */
#define SHOWN_DAYS	5

static void
show_days(List *days, int64 count, ExplainState *es)
{
	StringInfoData out;
	ListCell   *lc;

	initStringInfo(&out);
	if (count > SHOWN_DAYS)
		appendStringInfo(&out, "%s to %s, " INT64_FORMAT " days",
						 (char *) linitial(days), (char *) llast(days), count);
	else
		foreach(lc, days)
			appendStringInfo(&out, "%s%s", out.len ? ", " : "", (char *) lfirst(lc));
	ExplainPropertyText("Remote Snapshot", count ? out.data : "none", es);
}

/*
 * Show the days of a history, and make the requests those of its first day: one
 * stands for all.  Where the days are not known yet, that of a single comparison is
 * its parameter; other kinds of terms have no first day to show.
 */
static List *
for_first_day(const PcaScanPlan *plan, const PcaTable *table, List *requests, ExplainState *es)
{
	const PcaFilterExpr *snapshot = plan->request->snapshot;
	List	   *values;
	const char *day;
	List	   *days;
	int64		count;

	switch (pca_snapshot_dates_resolve(snapshot, NULL, table->server->max_snapshots,
									   &days, &count))
	{
		case PCA_SNAPSHOT_DATES_FOUND:
			show_days(days, count, es);
			return days ? pca_request_for_days(requests, list_make1(linitial(days))) : NIL;
		case PCA_SNAPSHOT_DATES_UNBOUNDED:
			ExplainPropertyText("Remote Snapshot", "not known: a condition on snapshot_date must say with which day to begin", es);
			return requests;
		case PCA_SNAPSHOT_DATES_TOO_MANY:
			ExplainPropertyText("Remote Snapshot", psprintf(INT64_FORMAT " days, more than option max_snapshots allows", count), es);
			return requests;
		case PCA_SNAPSHOT_DATES_UNKNOWN:
			break;
	}
	ExplainPropertyText("Remote Snapshot", pca_filter_expr_text(snapshot), es);
	if (pca_filter_expr_kind(snapshot) != PCA_FILTER_EXPR_COMPARE)
		return requests;
	values = pca_filter_expr_comparison(snapshot)->values;
	if (list_length(values) != 1)
		return requests;
	day = pca_filter_expr_parameter_text(linitial(values));
	return pca_request_for_days(requests, list_make1(unconstify(char *, day)));
}

static void
show_requests(const PcaTable *table, List *requests, ExplainState *es)
{
	List	   *urls = NIL;
	ListCell   *lc;

	foreach(lc, requests)
		urls = lappend(urls, pca_request_url_text(lfirst(lc), table));
	if (urls)
		show_texts("Request", urls, es);
	else
		ExplainPropertyText("Request", "none, no row can match", es);
}

static void
show_stats(ForeignScanState *node, ExplainState *es)
{
	PcaFetchStats stats = pca_scan_stats(node);

	ExplainPropertyInteger("Requests", NULL, stats.requests, es);
	ExplainPropertyInteger("Pages", NULL, stats.pages, es);
	ExplainPropertyInteger("Rows Received", NULL, stats.rows, es);
	if (pca_scan_other_days(node) > 0)
		ExplainPropertyInteger("Rows Removed by Snapshot", NULL, pca_scan_other_days(node), es);
	ExplainPropertyInteger("Bytes Received", NULL, stats.bytes, es);
	ExplainPropertyInteger("Retries", NULL, stats.retries, es);
	if (es->timing)
		ExplainPropertyFloat("Wait Time", "ms", stats.wait_time, 3, es);
}

/* Which table a scan that stands for its aggregation asks for: no line of EXPLAIN's own says it. */
static void
show_relation(int scanned, ExplainState *es)
{
	RangeTblEntry *entry = rt_fetch(scanned, es->rtable);
	const char *name = get_rel_name(entry->relid);
	const char *shown = list_nth(es->rtable_names, scanned - 1);
	StringInfoData out;

	initStringInfo(&out);
	if (es->verbose)
		appendStringInfo(&out, "%s.", quote_identifier(get_namespace_name(get_rel_namespace(entry->relid))));
	appendStringInfoString(&out, quote_identifier(name));
	if (shown && strcmp(shown, name) != 0)
		appendStringInfo(&out, " %s", quote_identifier(shown));
	ExplainPropertyText("Relations", psprintf("Aggregate on (%s)", out.data), es);
}

static void
ExplainForeignScan(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *scan = (ForeignScan *) node->ss.ps.plan;
	PcaScanPlan *plan = pca_planner_read_private(scan->fdw_private);
	int			scanned = pca_compat_scanned(scan);
	PcaTable   *table = pca_option_table(exec_rt_fetch(scanned, node->ss.ps.state)->relid);
	List	   *requests;

	if (scan->scan.scanrelid == 0)
		show_relation(scanned, es);
	pca_request_label_parameters(plan->request, parameter_labels(scan->fdw_exprs, deparse_context (node, es)));
	requests = pca_request_render(plan->request, table, NULL);
	show_plan(plan, table, requests, es);
	if (table->resource->history)
		requests = for_first_day(plan, table, requests, es);
	if (es->verbose)
	{
		show_requests(table, requests, es);
		show_reasons(node, plan, requests && ((PcaRequest *) linitial(requests))->shortened, es);
		ExplainPropertyText("Order", requests && ((PcaRequest *) linitial(requests))->orderby ?
							((PcaRequest *) linitial(requests))->orderby : "unspecified", es);
	}
	if (es->analyze)
		show_stats(node, es);
}

void
pca_explain_register(FdwRoutine *routine)
{
	routine->ExplainForeignScan = ExplainForeignScan;
}
