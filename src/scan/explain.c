/*
 * explain.c
 *		The properties that EXPLAIN shows of a scan.
 *
 * They are rendered from the request plan by the functions that the scan uses.
 * No request is sent.  The reasons why something is evaluated locally are written
 * by the planner, where it decides.
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

#include "planner/declaration.h"
#include "planner/planner.h"
#include "scan/cached_response.h"
#include "scan/explain.h"
#include "scan/response_key.h"
#include "scan/scan.h"
#include "scan/snapshot_requests.h"
#include "shared/response_cache.h"

#define URL_LENGTH_REASON \
	"the longest condition, of dates but the first and the last: it does not fit into the URL (option max_url_length)"

/* Days that "Remote Snapshot" lists in one line; it shows more days as a range. */
#define PCA_EXPLAIN_MAX_DAYS	5

/* Show a property for each text; as one list in the structured formats. */
static void
show_text_properties(const char *label, List *texts, ExplainState *es)
{
	ListCell   *lc;

	if (list_length(texts) > 1 && es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyList(label, texts, es);
	else
	{
		foreach(lc, texts)
		{
			ExplainPropertyText(label, lfirst(lc), es);
		}
	}
}

/* The context in which deparse_expression() finds the names of the scan's columns. */
static List *
make_deparse_context(ForeignScanState *node, ExplainState *es)
{
	return set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, NIL);
}

/*
 * The reason why a condition is left out of the URL.  It ends in the statement that allows a longer URL,
 * if that is possible.
 */
static char *
make_url_length_reason(const PcaScanPlan *plan, const PcaTable *table)
{
	PcaServer	server = *table->server;
	PcaTable	copy = *table;

	copy.server = &server;
	while (server.max_url_length < PCA_OPTION_LARGEST_URL_LENGTH)
	{
		List	   *requests;

		server.max_url_length = Min(server.max_url_length * 2, PCA_OPTION_LARGEST_URL_LENGTH);
		requests = pca_request_render(plan->request, &copy, NULL);
		if (requests && ((PcaRequest *) linitial(requests))->shortened == PCA_REQUEST_LIMIT_NONE)
			return psprintf("%s: %s", URL_LENGTH_REASON,
							pca_declaration_server_option(table, "max_url_length", psprintf("%d", server.max_url_length)));
	}
	return pstrdup(URL_LENGTH_REASON);
}

/*
 * Show "condition: reason" for each condition that is evaluated locally.
 * shortened: the limit because of which a condition was left out of the filter.
 */
static void
show_local_filter_reasons(ForeignScanState *node, const PcaScanPlan *plan, const PcaTable *table,
						  PcaRequestLimit shortened, ExplainState *es)
{
	Plan	   *scan = node->ss.ps.plan;
	List	   *context = make_deparse_context(node, es);
	bool		use_prefix = list_length(es->rtable) > 1;
	List	   *lines = NIL;
	ListCell   *qual;
	ListCell   *reason;

	forboth(qual, scan->qual, reason, plan->reasons)
	{
		if (lfirst(reason))
		{
			char	   *condition = deparse_expression(lfirst(qual), context, use_prefix, false);

			lines = lappend(lines, psprintf("%s: %s", condition, (char *) lfirst(reason)));
		}
	}
	if (shortened == PCA_REQUEST_LIMIT_CLAUSES)
		lines = lappend(lines, "the longest condition, of dates but the first and the last: the filter would have too many comparisons (option max_filter_clauses)");
	if (shortened == PCA_REQUEST_LIMIT_URL)
		lines = lappend(lines, make_url_length_reason(plan, table));
	/* one reason is a list, too, in the structured formats */
	if (lines && es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyList("Local Filter Reason", lines, es);
	else
		show_text_properties("Local Filter Reason", lines, es);
}

/* The number of a parameter of the statement ($1, $2); 0 for other expressions. */
static int
extern_param_number(Node *expr)
{
	expr = strip_implicit_coercions(expr);
	if (IsA(expr, Param) && ((Param *) expr)->paramkind == PARAM_EXTERN)
		return ((Param *) expr)->paramid;
	return 0;
}

/* Returns true if an expression has a value of another plan node, which has no name here. */
static bool
has_exec_param(Node *node, void *context)
{
	if (!node)
		return false;
	if (IsA(node, Param))
		return ((Param *) node)->paramkind == PARAM_EXEC;
	return expression_tree_walker(node, has_exec_param, context);
}

/*
 * The labels (char *) of the scan's expressions.  A parameter of the statement
 * keeps its number, and a condition is shown as an expression.  Other expressions
 * get the numbers after those of the statement's parameters.
 */
static List *
make_parameter_labels(List *exprs, List *context)
{
	List	   *labels = NIL;
	int			last = 0;
	ListCell   *lc;

	foreach(lc, exprs)
	{
		last = Max(last, extern_param_number(lfirst(lc)));
	}
	foreach(lc, exprs)
	{
		Node	   *expr = lfirst(lc);
		int			number = extern_param_number(expr);

		if (!number && exprType(expr) == BOOLOID && !has_exec_param(expr, NULL))
			labels = lappend(labels, deparse_expression(expr, context, false, false));
		else
			labels = lappend(labels, psprintf("$%d", number ? number : ++last));
	}
	/* the values of a hash join are the last parameter (scan.c) */
	return lappend(labels, psprintf("$%d", ++last));
}

/* A LIMIT or OFFSET, or the label of its parameter. */
static const char *
limit_value_text(const PcaValue *value)
{
	return value->text ? value->text : pca_filter_expr_parameter_text(value);
}

/* Show what the API evaluates. */
static void
show_remote_plan(const PcaScanPlan *plan, const PcaTable *table, List *requests,
				 ExplainState *es)
{
	const PcaRequest *first = requests ? linitial(requests) : NULL;
	List	   *filters = NIL;
	ListCell   *lc;

	foreach(lc, requests)
	{
		PcaRequest *request = lfirst(lc);

		if (request->filter)
			filters = lappend(filters, unconstify(char *, request->filter));
	}
	ExplainPropertyText("Resource", table->resource->name, es);
	if (first && first->listing)
		ExplainPropertyText("Remote Customers", "all that the API lists", es);
	show_text_properties("Remote Filter", filters, es);
	if (first && first->groupby)
		ExplainPropertyText("Remote Group By", first->groupby, es);
	if (plan->not_grouped)
		ExplainPropertyText("Not Grouped Because", plan->not_grouped, es);
	if (plan->not_counted)
		ExplainPropertyText("Not Counted Because", plan->not_counted, es);
	if (plan->not_ordered)
		ExplainPropertyText("Not Ordered Because", plan->not_ordered, es);
	if (plan->request->limit_value)
		ExplainPropertyText("Remote Limit", limit_value_text(plan->request->limit_value), es);
	else if (plan->request->row_per_day)
		ExplainPropertyText("Remote Limit", "1 for each day", es);
	else if (plan->request->limit >= 0)
		ExplainPropertyInteger("Remote Limit", NULL, plan->request->limit, es);
	if (plan->request->offset)
		ExplainPropertyText("Remote Offset", limit_value_text(plan->request->offset), es);
	if (plan->request->count)
		ExplainPropertyText("Remote Count", "TotalCount", es);
	else if (plan->row_count_attnum > 0)
		ExplainPropertyText("Remote Count", pca_option_column(table, plan->row_count_attnum)->key, es);
}

/* Show the days (char *) of a history; count is their number. */
static void
show_snapshot_days(List *days, int64 count, ExplainState *es)
{
	StringInfoData out;
	ListCell   *lc;

	initStringInfo(&out);
	if (count > PCA_EXPLAIN_MAX_DAYS)
		appendStringInfo(&out, "%s to %s, " INT64_FORMAT " days",
						 (char *) linitial(days), (char *) llast(days), count);
	else
	{
		foreach(lc, days)
		{
			appendStringInfo(&out, "%s%s", out.len ? ", " : "", (char *) lfirst(lc));
		}
	}
	ExplainPropertyText("Remote Snapshot", count ? out.data : "none", es);
}

/*
 * Show the condition that determines the days once its parameters have values.
 * Returns the requests of the first day, whose label is that of the parameter if the
 * condition is one comparison with one value.  Other conditions have no first day
 * that could be shown: the requests are returned as they are.
 */
static List *
show_unknown_snapshot(const PcaFilterExpr *snapshot, List *requests, ExplainState *es)
{
	List	   *values;
	const char *day;

	ExplainPropertyText("Remote Snapshot", pca_filter_expr_text(snapshot), es);
	if (pca_filter_expr_kind(snapshot) != PCA_FILTER_EXPR_COMPARE)
		return requests;
	values = pca_filter_expr_comparison(snapshot)->values;
	if (list_length(values) != 1 || pca_filter_expr_comparison(snapshot)->date->steps != NIL)
		return requests;
	day = pca_filter_expr_parameter_text(linitial(values));
	return pca_request_for_days(requests, list_make1(unconstify(char *, day)));
}

/*
 * Show the days of a history.  Returns its requests for the first day, as an
 * example for those of all days; NIL if there is no day.
 */
static List *
show_snapshot(const PcaScanPlan *plan, const PcaTable *table, List *requests, ExplainState *es)
{
	const PcaFilterExpr *snapshot = plan->request->snapshot;
	List	   *days;
	int64		count;
	bool		omits_days;

	switch (pca_snapshot_requests_find_days(plan->request, table, NULL, &days, &count, &omits_days))
	{
		case PCA_SNAPSHOT_DATES_FOUND:
			if (omits_days)
				ExplainPropertyText("Remote Snapshot", psprintf("from %s backwards until the limit is met, at most " INT64_FORMAT " days",
																(char *) linitial(days), count), es);
			else
				show_snapshot_days(days, count, es);
			return days ? pca_request_for_days(requests, list_make1(linitial(days))) : NIL;
		case PCA_SNAPSHOT_DATES_UNBOUNDED:
			ExplainPropertyText("Remote Snapshot", "not known: a condition on snapshot_date must give the first day", es);
			return requests;
		case PCA_SNAPSHOT_DATES_TOO_MANY:
			ExplainPropertyText("Remote Snapshot", psprintf(INT64_FORMAT " days, more than option max_snapshots allows", count), es);
			return requests;
		case PCA_SNAPSHOT_DATES_UNKNOWN:
			break;
	}
	return show_unknown_snapshot(snapshot, requests, es);
}

/* Show the URL of each request's first page. */
static void
show_request_urls(const PcaTable *table, List *requests, ExplainState *es)
{
	List	   *urls = NIL;
	ListCell   *lc;

	foreach(lc, requests)
	{
		urls = lappend(urls, pca_request_url_text(lfirst(lc), table));
	}
	if (urls)
		show_text_properties("Request", urls, es);
	else
		ExplainPropertyText("Request", "none, no row can match", es);
}

/* Show how old the responses may be, if one of the requests may be cached. */
static void
show_cache(const PcaTable *table, List *requests, ExplainState *es)
{
	ListCell   *lc;

	if (table->cache_ttl == 0 || pca_cached_response_use == PCA_CACHE_OFF ||
		!pca_response_cache_is_configured())
		return;
	foreach(lc, requests)
	{
		if (!pca_response_key_may_keep(table, lfirst(lc)))
			continue;
		ExplainPropertyText("Cache", pca_cached_response_use == PCA_CACHE_REFRESH ? "refreshed" :
							psprintf("up to %.15g s old", table->cache_ttl / 1000.0), es);
		return;
	}
}

/* Show what the cache was used for. */
static void
show_cache_stats(const PcaFetchStats *stats, ExplainState *es)
{
	if (stats->replayed > 0)
	{
		ExplainPropertyInteger("Cached Answers", NULL, stats->replayed, es);
		ExplainPropertyFloat("Cache Age", "s", stats->greatest_age / 1000.0, 3, es);
	}
	if (stats->cache_wait > 0 && es->timing)
		ExplainPropertyFloat("Cache Wait", "ms", stats->cache_wait, 3, es);
}

/* Show the counters of an execution, for EXPLAIN (ANALYZE). */
static void
show_fetch_stats(ForeignScanState *node, ExplainState *es)
{
	PcaFetchStats stats = pca_scan_stats(node);
	int64		other_days = pca_scan_other_days(node);

	ExplainPropertyInteger("Requests", NULL, stats.requests, es);
	if (stats.reused > 0)
		ExplainPropertyInteger("Requests Reused", NULL, stats.reused, es);
	ExplainPropertyInteger("Pages", NULL, stats.pages, es);
	if (stats.empty_pages > 0)
		ExplainPropertyInteger("Empty Pages", NULL, stats.empty_pages, es);
	ExplainPropertyInteger("Rows Received", NULL, stats.rows, es);
	if (other_days > 0)
		ExplainPropertyInteger("Rows Removed by Snapshot", NULL, other_days, es);
	ExplainPropertyInteger("Bytes Received", NULL, stats.bytes, es);
	ExplainPropertyInteger("Retries", NULL, stats.retries, es);
	show_cache_stats(&stats, es);
	if (es->timing)
		ExplainPropertyFloat("Wait Time", "ms", stats.wait_ms, 3, es);
}

/*
 * Show the table of a scan that replaces an aggregation, as postgres_fdw does.
 * PostgreSQL shows the table of other scans.  rti: the table's range table index.
 */
static void
show_aggregated_relation(int rti, ExplainState *es)
{
	RangeTblEntry *entry = rt_fetch(rti, es->rtable);
	const char *name = get_rel_name(entry->relid);
	const char *alias = list_nth(es->rtable_names, rti - 1);
	StringInfoData out;

	initStringInfo(&out);
	if (es->verbose)
		appendStringInfo(&out, "%s.", quote_identifier(get_namespace_name(get_rel_namespace(entry->relid))));
	appendStringInfoString(&out, quote_identifier(name));
	if (alias && strcmp(alias, name) != 0)
		appendStringInfo(&out, " %s", quote_identifier(alias));
	ExplainPropertyText("Relations", psprintf("Aggregate on (%s)", out.data), es);
}

/* Show what EXPLAIN (VERBOSE) adds. */
static void
show_verbose_properties(ForeignScanState *node, const PcaScanPlan *plan, const PcaTable *table,
						List *requests, ExplainState *es)
{
	const PcaRequest *first = requests ? linitial(requests) : NULL;

	show_request_urls(table, requests, es);
	show_local_filter_reasons(node, plan, table, first ? first->shortened : PCA_REQUEST_LIMIT_NONE, es);
	if (plan->request->day_order)
		ExplainPropertyText("Order", plan->request->descending ? "snapshot_date desc" : "snapshot_date", es);
	else
		ExplainPropertyText("Order", first && first->orderby ? first->orderby : "unspecified", es);
}

static void
ExplainForeignScan(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *scan = (ForeignScan *) node->ss.ps.plan;
	PcaScanPlan *plan = pca_planner_read_private(scan->fdw_private);
	int			rti = pca_compat_scanned_rti(scan);
	PcaTable   *table = pca_option_table(exec_rt_fetch(rti, node->ss.ps.state)->relid);
	List	   *requests;

	if (scan->scan.scanrelid == 0)
		show_aggregated_relation(rti, es);
	pca_request_label_parameters(plan->request,
								 make_parameter_labels(scan->fdw_exprs, make_deparse_context(node, es)));
	requests = pca_request_render(plan->request, table, NULL);
	show_remote_plan(plan, table, requests, es);
	if (table->resource->history)
		requests = show_snapshot(plan, table, requests, es);
	show_cache(table, requests, es);
	if (es->verbose)
		show_verbose_properties(node, plan, table, requests, es);
	if (es->analyze)
		show_fetch_stats(node, es);
}

void
pca_explain_register(FdwRoutine *routine)
{
	routine->ExplainForeignScan = ExplainForeignScan;
}
