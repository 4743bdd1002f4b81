/*
 * whole_table.c
 *		The rows of a whole table, for rescans that would need more requests.
 *
 * A correlated subquery or a nested loop sends a request for each different value of
 * its parameters.  A table of a few pages, or a few groups, is read with fewer requests
 * if the conditions on outer rows are left out and evaluated locally.  How many
 * values there will be is an estimate, so this is decided
 *
 * - before the first request, if as many rescans are expected as the table has pages,
 *	 and these are few.  If their number is not known, the first page of the table tells
 *	 it;
 * - before a request, if as many have been sent as the table has pages.  So there are
 *	 never more than twice as many.
 *
 * For each rescan, the rows are read once, and those that satisfy the conditions that
 * would have been sent are kept as the result of the values, as a response is.
 */
#include "postgres.h"

#include <math.h>

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

#include "request/param.h"
#include "request/request.h"
#include "request/request_key.h"
#include "scan/list_requests.h"
#include "scan/loop_count.h"
#include "scan/scan_params.h"
#include "scan/scan_rows.h"
#include "scan/snapshot_requests.h"
#include "scan/whole_table.h"

struct PcaWholeTable
{
	PcaRequestPlan plan;		/* without the conditions on outer rows */
	ExprState  *quals;			/* the node's conditions of which all is sent */
	List	   *values;			/* ExprState *: the parameters in them */
	List	   *types;			/* Oid of each */
	ExprContext *econtext;		/* for both */
	double		loops;			/* expected rescans; 0 before it is estimated */
	double		pages;			/* that it has; -1 if not known */
	bool		refused;		/* it is not to be fetched */
	bool		kept;			/* all rows are in the cache */
	char	   *request_key;	/* of the requests that the kept rows are from */
	PcaRescanCache *rows;		/* NULL before the fetch */
};

/* ---- what can be fetched ---- */

/* The conjuncts without these parameters, joined by AND; NULL if there are none. */
static PcaFilterExpr *
leave_out_conjuncts(PcaFilterExpr *filter, const Bitmapset *params)
{
	List	   *kept = NIL;
	ListCell   *lc;

	foreach(lc, pca_filter_expr_conjuncts(filter))
		if (!pca_filter_expr_uses_parameters(lfirst(lc), params))
		kept = lappend(kept, lfirst(lc));
	return kept ? pca_filter_expr_and(kept) : NULL;
}

static bool
uses_outer_params(const PcaScanState *state, const PcaFilterExpr *expr)
{
	return expr && pca_filter_expr_uses_parameters(expr, state->plan->outer_params);
}

/*
 * Returns true if the request's rows can be fetched without the values of outer rows:
 * these are only conditions, and the rows are in pages.
 */
static bool
may_leave_out_outer_params(const PcaScanState *state)
{
	const PcaRequestPlan *plan = state->plan->request;
	const PcaTable *table = state->table;

	return uses_outer_params(state, plan->filter) && !uses_outer_params(state, plan->snapshot) && !plan->path &&
		!plan->days_to_limit && state->plan->join_filter_param < 0 &&
		pca_list_requests_may_read_whole_table(plan, table);
}

static bool
add_parameter(Node *node, void *params)
{
	if (!node)
		return false;
	if (IsA(node, Param))
		*(List **) params = list_append_unique(*(List **) params, node);
	return expression_tree_walker(node, add_parameter, params);
}

/* Prepare the conditions of which all is sent, and their parameters. */
static void
init_sent_quals(PcaWholeTable *whole, ForeignScanState *node, const PcaScanState *state)
{
	List	   *quals = NIL;
	List	   *params = NIL;
	ListCell   *qual;
	ListCell   *reason;

	forboth(qual, node->ss.ps.plan->qual, reason, state->plan->reasons)
		if (lfirst(reason) == NULL)
		quals = lappend(quals, lfirst(qual));
	(void) add_parameter((Node *) quals, &params);
	foreach(qual, params)
		whole->types = lappend_oid(whole->types, exprType(lfirst(qual)));
	whole->values = ExecInitExprList(params, &node->ss.ps);
	whole->quals = ExecInitQual(quals, &node->ss.ps);
}

PcaWholeTable *
pca_whole_table_create(ForeignScanState *node, const PcaScanState *state)
{
	PcaWholeTable *whole;

	if (!may_leave_out_outer_params(state))
		return NULL;
	whole = palloc0(sizeof(PcaWholeTable));
	whole->plan = *state->plan->request;
	whole->plan.filter = leave_out_conjuncts(whole->plan.filter, state->plan->outer_params);
	whole->plan.limit = -1;
	whole->plan.expected_rows = 0;
	whole->pages = whole->plan.table_rows < 0 ? -1 :
		Max(1, ceil(whole->plan.table_rows / state->table->page_size));
	whole->econtext = CreateExprContext(node->ss.ps.state);
	init_sent_quals(whole, node, state);
	return whole;
}

/* ---- when it is fetched ---- */

/* The pages that were fetched so far. */
static int64
count_pages(PcaScanState *state)
{
	return state->ended_stats.pages + (state->fetch ? pca_fetch_stats(state->fetch)->pages : 0);
}

/* Returns true if the pages are at most as many as rescans, and take little time. */
static bool
are_pages_few(const PcaWholeTable *whole, const PcaScanState *state)
{
	return whole->pages >= 0 &&
		whole->pages <= Min(whole->loops, PCA_REQUEST_MAX_TURNS * state->table->server->max_parallel_requests);
}

/* The number of pages is known.  Returns true if they are to be fetched. */
static bool
are_pages_due(const PcaWholeTable *whole, const PcaScanState *state, int64 fetched)
{
	return are_pages_few(whole, state) || (fetched > 0 && fetched >= whole->pages);
}

/* The pages that a table of unknown size is assumed to have; groups are few. */
static double
assume_pages(const PcaScanState *state)
{
	return state->plan->request->grouped ? 2 : ceil(state->table->resource->rows / state->table->page_size);
}

bool
pca_whole_table_is_due(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	int64		fetched;

	if (!whole || whole->refused || state->is_in_parallel)
		return false;
	fetched = count_pages(state);
	if (whole->loops == 0)
		whole->loops = pca_loop_count_estimate(node->ss.ps.state->es_plannedstmt, node->ss.ps.plan);
	if (fetched > 0)
		return fetched >= (whole->pages >= 0 ? whole->pages : assume_pages(state));
	return whole->loops >= 2 && (whole->pages < 0 || are_pages_few(whole, state));
}

/* ---- the fetch ---- */

/* Render the requests.  Current memory context. */
static List *
render_requests(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	PcaParams	params = pca_scan_params_make(node, state->plan, state->params, &state->join_pass);
	List	   *requests = pca_request_render(&whole->plan, state->table, &params);
	bool		omits_days;

	if (state->table->resource->history)
		requests = pca_snapshot_requests_make(requests, &whole->plan, state->table, &params, &omits_days);
	return requests;
}

/*
 * Begin the fetch.  A single request is paused after its first page.  Returns false if
 * there are more requests than pages would be due.
 */
static bool
begin_fetch(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state, int64 fetched)
{
	MemoryContext caller = MemoryContextSwitchTo(state->context);
	List	   *requests = render_requests(whole, node, state);
	bool		paused = list_length(requests) == 1;
	bool		due;

	if (!paused)
		whole->pages = Max(whole->pages, list_length(requests));
	due = paused || are_pages_due(whole, state, fetched);
	if (due)
	{
		whole->request_key = MemoryContextStrdup(MemoryContextGetParent(state->context),
												 pca_request_key_make(requests));
		state->limit = (PcaRowLimit)
		{
			.limit_left = -1
		};
		state->omits_days = false;
		pca_scan_rows_begin_fetch(state, requests);
	}
	if (due && paused)
		pca_fetch_pause(state->fetch);
	MemoryContextSwitchTo(caller);
	return due;
}

/* Fetch rows until the fetch ends or is paused. */
static void
fetch_rows(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	MemoryContext caller = MemoryContextSwitchTo(whole->econtext->ecxt_per_tuple_memory);
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	while (pca_scan_rows_fetch_item(node, state, slot))
	{
		(void) pca_rescan_cache_add(whole->rows, slot);
		ExecClearTuple(slot);
		ResetExprContext(whole->econtext);
	}
	MemoryContextSwitchTo(caller);
}

/* After the first page: returns true if the others are to be fetched. */
static bool
are_other_pages_due(PcaWholeTable *whole, PcaScanState *state, int64 fetched)
{
	int64		first_rows = pca_fetch_stats(state->fetch)->rows;
	int64		most_rows = pca_fetch_most_rows(state->fetch);

	if (most_rows < 0 || first_rows == 0)
	{
		whole->refused = true;
		return false;
	}
	whole->pages = ceil((double) most_rows / first_rows);
	return are_pages_due(whole, state, fetched);
}

/* Fetch all pages, or only the first one.  Returns true if all rows are kept. */
static bool
fetch_pages(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	int64		fetched = count_pages(state);

	pca_scan_rows_end_fetch(state);
	if (!begin_fetch(whole, node, state, fetched))
		return false;
	fetch_rows(whole, node, state);
	if (!state->done && are_other_pages_due(whole, state, fetched))
	{
		pca_fetch_resume(state->fetch);
		fetch_rows(whole, node, state);
	}
	if (!state->done)
		return false;
	pca_rescan_cache_set_complete(whole->rows, state->table->name);
	whole->refused = !pca_rescan_cache_is_complete(whole->rows);
	return !whole->refused;
}

bool
pca_whole_table_fetch(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	MemoryContext caller = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);
	bool		no_wait = state->no_wait;

	whole->rows = pca_rescan_cache_create(state->desc, false);
	(void) pca_rescan_cache_select(whole->rows, "");
	MemoryContextSwitchTo(caller);
	state->no_wait = false;
	whole->kept = fetch_pages(whole, node, state);
	state->no_wait = no_wait;
	pca_scan_rows_end_fetch(state);
	if (!whole->kept)
		pca_rescan_cache_free(&whole->rows);
	return whole->kept;
}

bool
pca_whole_table_is_kept(const PcaWholeTable *whole)
{
	return whole && whole->kept;
}

/*
 * The planner knows which parameters have the same value in each rescan.  This does not
 * rely on it: rows of another request would be missing.
 */
bool
pca_whole_table_check_request(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	MemoryContext caller = MemoryContextSwitchTo(state->next_context);
	char	   *key = pca_request_key_make(render_requests(whole, node, state));

	whole->kept = strcmp(key, whole->request_key) == 0;
	MemoryContextSwitchTo(caller);
	MemoryContextReset(state->next_context);
	if (!whole->kept)
	{
		whole->refused = true;
		pca_rescan_cache_free(&whole->rows);
	}
	return whole->kept;
}

/* ---- the rows of one rescan ---- */

/* Append the bytes of a value. */
static void
add_value_to_key(StringInfo key, Datum value, Oid type)
{
	int16		length;
	bool		by_value;
	const unsigned char *bytes;
	Size		size;

	get_typlenbyval(type, &length, &by_value);
	if (by_value)
	{
		appendStringInfo(key, "%llx;", (unsigned long long) value);
		return;
	}
	if (length == -1)
		value = PointerGetDatum(PG_DETOAST_DATUM(value));
	size = datumGetSize(value, by_value, length);
	bytes = (const unsigned char *) DatumGetPointer(value);
	appendStringInfo(key, "%zu:", size);
	for (Size i = 0; i < size; i++)
		appendStringInfo(key, "%02x", bytes[i]);
}

char *
pca_whole_table_make_key(PcaWholeTable *whole)
{
	StringInfoData key;
	ListCell   *value;
	ListCell   *type;

	initStringInfo(&key);
	forboth(value, whole->values, type, whole->types)
	{
		bool		is_null;
		Datum		datum = ExecEvalExprSwitchContext(lfirst(value), whole->econtext, &is_null);

		if (is_null)
			appendStringInfoChar(&key, '-');
		else
			add_value_to_key(&key, datum, lfirst_oid(type));
	}
	ResetExprContext(whole->econtext);
	return key.data;
}

void
pca_whole_table_rewind(PcaWholeTable *whole)
{
	(void) pca_rescan_cache_rewind(whole->rows);
}

bool
pca_whole_table_read_row(PcaWholeTable *whole, TupleTableSlot *slot)
{
	while (pca_rescan_cache_read(whole->rows, slot))
	{
		whole->econtext->ecxt_scantuple = slot;
		ResetExprContext(whole->econtext);
		if (ExecQual(whole->quals, whole->econtext))
			return true;
		ExecClearTuple(slot);
	}
	return false;
}

void
pca_whole_table_free(PcaWholeTable *whole)
{
	if (whole)
		pca_rescan_cache_free(&whole->rows);
}
