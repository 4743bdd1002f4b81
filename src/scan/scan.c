/*
 * scan.c
 *		The executor's callbacks: a plan's request becomes rows.
 *
 * A scan evaluates the parameters of its plan, renders the requests, fetches their
 * items and converts them to rows.  This file and explain.c are the only ones that
 * know both the planner and the transport.
 */
#include "postgres.h"

#include "executor/execAsync.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "storage/latch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "compat.h"
#include "json/row_reader.h"
#include "planner/join_filter_node.h"
#include "planner/planner.h"
#include "request/param.h"
#include "request/request.h"
#include "request/snapshot_dates.h"
#include "scan/consistency.h"
#include "scan/customer_list.h"
#include "scan/parallel_scan.h"
#include "scan/recheck.h"
#include "scan/rescan_cache.h"
#include "scan/scan.h"

/* LIMIT and OFFSET, where the API evaluates them. */
typedef struct RowLimit
{
	int64		offset_left;	/* rows to skip here, not by the API */
	int64		limit_left;		/* rows still to return; -1: unlimited */
} RowLimit;

/* The number of rows, where the plan needs only that. */
typedef struct RowCount
{
	bool		count_only;		/* the scan replaces count(*): it returns the
								 * number of rows, in one row */
	bool		count_returned; /* it has */
	int64		received_rows;	/* items that count as rows */
	int64		uncounted_rows; /* rows of TotalCount beyond these, not yet
								 * returned */
} RowCount;

/* Rows kept for rescans with the same parameters. */
typedef struct RescanState
{
	bool		keep_rows;		/* from the start where the plan announces
								 * rescans, else since the first one */
	bool		rewound;		/* no row was returned since the last rescan */
	PcaRescanCache *cache;		/* NULL: no row was returned yet, or none is
								 * kept */
} RescanState;

/* The state of one scan; lives in the executor's per-query context. */
typedef struct PcaScanState
{
	PcaTable   *table;
	PcaScanPlan *plan;
	Oid			userid;			/* whose user mapping is used */
	TupleDesc	desc;
	List	   *params;			/* ExprState * */
	uint64		join_pass;		/* which reading of a hash join's other side
								 * the values sent are from */
	PcaRowReader *row;
	PcaRecheck *recheck;

	/* One fetch; its memory context is reset by a rescan. */
	MemoryContext context;
	PcaFetch   *fetch;			/* NULL before the first row */
	PcaConsistency *consistency;	/* NULL before the first row */
	PcaCustomerList *customer_list; /* where a request lists the customers */
	bool		done;			/* no more items are fetched */
	RowLimit	limit;
	RowCount	count;

	bool		no_wait;		/* an Append that waits for several scans
								 * needs a row, if there is one */
	bool		blocked;		/* there was none without waiting */
	RescanState rescan;
	PcaParallelScan *parallel;	/* NULL: there are no workers */

	PcaFetchStats ended_stats;	/* of fetches that have ended */
	List	   *skipped;		/* char *: customers that these skipped */
} PcaScanState;

/* ---- parameters ---- */

/* Add the values of the other side of a hash join, as the last parameter. */
static void
add_join_filter_param(PcaParams *params, EState *estate, PcaScanState *state)
{
	const PcaJoinFilterValues *values = pca_join_filter_node_find_values(estate, state->plan->join_filter_param);
	bool		is_known = values && values->complete;
	List	   *texts = NIL;
	ListCell   *lc;

	state->join_pass = values ? values->pass : 0;
	if (is_known)
	{
		foreach(lc, values->texts)
		{
			texts = lappend(texts, pstrdup(lfirst(lc)));
		}
	}
	pca_param_add_array(params, texts, !is_known);
}

/* Returns true if the join has read its other side again since its values were sent. */
static bool
join_filter_has_changed(ForeignScanState *node, const PcaScanState *state)
{
	const PcaJoinFilterValues *values;

	if (state->plan->join_filter_param < 0)
		return false;
	values = pca_join_filter_node_find_values(node->ss.ps.state, state->plan->join_filter_param);
	return values && values->pass != state->join_pass;
}

/* The plan's parameters.  They are evaluated in the current memory context. */
static PcaParams
make_scan_params(ForeignScanState *node, PcaScanState *state)
{
	PcaParams	params = pca_param_create(state->params, node->ss.ps.ps_ExprContext);

	if (state->plan->join_filter_param >= 0)
		add_join_filter_param(&params, node->ss.ps.state, state);
	return params;
}

/* ---- begin of a scan ---- */

static PcaScanState *
create_scan_state(ForeignScanState *node)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	EState	   *estate = node->ss.ps.state;
	PcaScanState *state = palloc0(sizeof(PcaScanState));

	state->table = pca_option_table(exec_rt_fetch(pca_compat_scanned_rti(plan), estate)->relid);
	state->plan = pca_planner_read_private(plan->fdw_private);
	state->userid = pca_compat_check_as_user(plan, estate);
	if (!OidIsValid(state->userid))
		state->userid = GetUserId();
	state->count.count_only = plan->scan.scanrelid == 0;
	state->desc = node->ss.ss_ScanTupleSlot->tts_tupleDescriptor;
	state->params = ExecInitExprList(plan->fdw_exprs, (PlanState *) node);
	state->row = pca_row_reader_create(state->table, state->desc, state->plan->wanted,
									   state->plan->request->grouped);
	state->recheck = pca_recheck_create(state->table, state->plan->wanted,
										state->plan->request->grouped);
	state->context = AllocSetContextCreate(estate->es_query_cxt, "pc_analytics_fdw fetch",
										   ALLOCSET_DEFAULT_SIZES);
	return state;
}

static void
BeginForeignScan(ForeignScanState *node, int eflags)
{
	PcaScanState *state;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	state = create_scan_state(node);
	state->rescan.keep_rows = (eflags & EXEC_FLAG_REWIND) != 0;
	node->fdw_state = state;
}

/* Raise an error if a history cannot be read for the days that were found. */
static void
check_snapshot_days(const PcaScanState *state, PcaSnapshotResult found, int64 count)
{
	const char *table = state->table->name;

	if (found == PCA_SNAPSHOT_DATES_UNBOUNDED)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("foreign table \"%s\" needs a condition on snapshot_date that says with which day to begin", table),
				 errhint("Add WHERE snapshot_date = '...', snapshot_date IN (...), snapshot_date >= '...', or join it with a table of days.")));
	if (found == PCA_SNAPSHOT_DATES_TOO_MANY)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("foreign table \"%s\" would be requested for " INT64_FORMAT " days", table, count),
				 errhint("Request fewer days, or raise the server's option \"max_snapshots\" (%d).",
						 state->table->server->max_snapshots)));
	if (!state->plan->request->grouped && !pca_option_processed_column(state->table) &&
		state->table->known.snapshot_parameter != PCA_SNAPSHOT_EXACT)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
				 errmsg("foreign table \"%s\" has no timestamp column for processedDateTime", table),
				 errdetail("Without it, rows of other days cannot be told from those of the requested day.")));
}

/* The requests of a history: each of those for each day that the conditions allow. */
static List *
make_requests_by_day(const PcaScanState *state, List *requests, const PcaParams *params)
{
	List	   *days;
	int64		count;
	PcaSnapshotResult found = pca_snapshot_dates_resolve(state->plan->request->snapshot, params,
														 state->table->server->max_snapshots, &days, &count);

	check_snapshot_days(state, found, count);
	return pca_request_for_days(requests, days);
}

/* Evaluate LIMIT and OFFSET.  Invalid ones have PostgreSQL's errors. */
static void
evaluate_row_limit(PcaScanState *state, const PcaParams *params)
{
	const PcaRequestPlan *plan = state->plan->request;

	state->limit.offset_left = pca_request_row_count(plan->offset, params, 0);
	state->limit.limit_left = pca_request_row_count(plan->limit_value, params, -1);
	if (state->limit.offset_left < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE),
				 errmsg("OFFSET must not be negative")));
	/* -1 may also be the value of LIMIT, so evaluate it with another default */
	if (plan->limit_value && state->limit.limit_left < 0 && pca_request_row_count(plan->limit_value, params, 0) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE),
				 errmsg("LIMIT must not be negative")));
}

/*
 * Raise an error if a condition was left out of the URL, and the API counts or
 * skips rows, which PostgreSQL then cannot check.
 */
static void
check_filter_is_complete(const PcaScanState *state, const PcaRequest *request)
{
	const PcaRequestPlan *plan = state->plan->request;

	if (request->shortened && (plan->count || plan->offset || plan->limit_value))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a condition on foreign table \"%s\" does not fit into the URL",
						state->table->name),
				 errhint("Shorten the condition, or raise the server's option \"max_url_length\".")));
}

/* Begin the fetch of this process's part of the requests. */
static void
begin_scan_fetch(PcaScanState *state, List *requests)
{
	bool		is_parallel = state->parallel && pca_parallel_scan_is_open(state->parallel);
	PcaParallelScanRole role = is_parallel ?
		pca_parallel_scan_role(state->parallel, state->table, requests) : PCA_PARALLEL_SCAN_ALONE;

	state->done = role == PCA_PARALLEL_SCAN_NONE;
	if (state->done)
		return;
	state->fetch = pca_fetch_begin(state->context, state->table, state->userid, requests);
	state->consistency = pca_consistency_create(state->table, state->plan->request, state->row);
	if (role == PCA_PARALLEL_SCAN_SHARED)
		state->done = !pca_parallel_scan_join(state->parallel, state->fetch, state->consistency);
}

/* Evaluate the parameters, and begin the fetch.  Nothing is sent yet. */
static void
start_scan(ForeignScanState *node, PcaScanState *state)
{
	MemoryContext caller = MemoryContextSwitchTo(state->context);
	PcaParams	params;
	List	   *requests;

	params = make_scan_params(node, state);
	evaluate_row_limit(state, &params);
	requests = pca_request_render(state->plan->request, state->table, &params);
	if (state->table->resource->history)
		requests = make_requests_by_day(state, requests, &params);
	if (requests && ((PcaRequest *) linitial(requests))->listing)
	{
		/* the second request stands for those that the list will add */
		state->customer_list = pca_customer_list_create(state->table);
		requests = list_make1(linitial(requests));
	}
	if (requests == NIL || state->limit.limit_left == 0)
		state->done = true;
	else
	{
		check_filter_is_complete(state, llast(requests));
		/* the API skips the rows of the request's offset */
		state->limit.offset_left -= ((PcaRequest *) linitial(requests))->offset;
		begin_scan_fetch(state, requests);
	}
	MemoryContextSwitchTo(caller);
}

/* ---- rescan and end of a scan ---- */

static bool
list_contains_text(List *texts, const char *text)
{
	ListCell   *lc;

	foreach(lc, texts)
	{
		if (strcmp(lfirst(lc), text) == 0)
			return true;
	}
	return false;
}

/*
 * Save the customers that the fetch has skipped, for one warning at the end of the
 * scan.  They live as long as the scan.
 */
static void
save_skipped_customers(PcaScanState *state)
{
	MemoryContext caller = MemoryContextSwitchTo(MemoryContextGetParent(state->context));
	ListCell   *lc;

	foreach(lc, pca_fetch_skipped(state->fetch))
	{
		if (!list_contains_text(state->skipped, lfirst(lc)))
			state->skipped = lappend(state->skipped, pstrdup(lfirst(lc)));
	}
	MemoryContextSwitchTo(caller);
}

/* End the fetch, and forget what belongs to it. */
static void
end_scan_fetch(PcaScanState *state)
{
	if (state->fetch)
	{
		pca_fetch_add_stats(&state->ended_stats, pca_fetch_stats(state->fetch));
		save_skipped_customers(state);
		pca_fetch_end(state->fetch);
	}
	state->fetch = NULL;
	state->consistency = NULL;
	state->customer_list = NULL;
	pca_recheck_reset(state->recheck);
	state->count.uncounted_rows = 0;
	state->count.received_rows = 0;
	state->count.count_returned = false;
	MemoryContextReset(state->context);
}

static void
free_rescan_cache(PcaScanState *state)
{
	if (state->rescan.cache)
		pca_rescan_cache_free(state->rescan.cache);
	state->rescan.cache = NULL;
}

/* Make the next row the first one of a new fetch. */
static void
restart_scan(PcaScanState *state)
{
	free_rescan_cache(state);
	end_scan_fetch(state);
	state->done = false;
}

/*
 * Return the kept rows again if the parameters are the same and all rows so far
 * were kept; else fetch them again.
 */
static void
ReScanForeignScan(ForeignScanState *node)
{
	PcaScanState *state = node->fdw_state;

	if (!state->fetch && !state->done)
		return;
	state->rescan.rewound = true;
	if (node->ss.ps.chgParam == NULL && state->rescan.keep_rows && state->rescan.cache)
	{
		pca_rescan_cache_rewind(state->rescan.cache);
		return;
	}
	state->rescan.keep_rows = state->rescan.keep_rows || node->ss.ps.chgParam == NULL;
	restart_scan(state);
}

/* ---- parallel workers ---- */

static Size
EstimateDSMForeignScan(ForeignScanState *node, ParallelContext *context)
{
	PcaScanState *state = node->fdw_state;

	return pca_parallel_scan_size(state->table, state->userid, &state->ended_stats);
}

/*
 * Without a segment, there is no shared memory and no worker.  Rows are not kept:
 * which of them this process reads differs in each rescan.
 */
static void
InitializeDSMForeignScan(ForeignScanState *node, ParallelContext *context, void *coordinate)
{
	PcaScanState *state = node->fdw_state;
	MemoryContext caller = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);

	if (context->seg)
		state->parallel = pca_parallel_scan_create(coordinate, node->pscan_len, state->table,
												   state->userid, context->seg);
	state->rescan.keep_rows = false;
	MemoryContextSwitchTo(caller);
}

/* The leader's fetch uses the shared state, so it ends before that is reset. */
static void
ReInitializeDSMForeignScan(ForeignScanState *node, ParallelContext *context, void *coordinate)
{
	PcaScanState *state = node->fdw_state;

	restart_scan(state);
	if (state->parallel)
		pca_parallel_scan_reset(state->parallel, state->table, state->userid);
}

static void
InitializeWorkerForeignScan(ForeignScanState *node, shm_toc *toc, void *coordinate)
{
	PcaScanState *state = node->fdw_state;
	MemoryContext caller = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);

	state->parallel = pca_parallel_scan_attach(coordinate, state->table, state->userid);
	state->rescan.keep_rows = false;
	MemoryContextSwitchTo(caller);
}

/*
 * End this process's part of a parallel scan, while the shared memory is still
 * attached.  The leader may call this before it waits for the workers to end, so it
 * stops them; a worker reports its counters.
 */
static void
leave_parallel_scan(PcaScanState *state)
{
	if (!state->parallel || !pca_parallel_scan_is_open(state->parallel))
		return;
	end_scan_fetch(state);
	state->done = true;
	if (pca_parallel_scan_is_leader(state->parallel))
	{
		pca_parallel_scan_stop(state->parallel);
		return;
	}
	pca_parallel_scan_report(state->parallel, &state->ended_stats);
	memset(&state->ended_stats, 0, sizeof(PcaFetchStats));
}

static void
ShutdownForeignScan(ForeignScanState *node)
{
	PcaScanState *state = node->fdw_state;

	if (state)
		leave_parallel_scan(state);
}

static void
EndForeignScan(ForeignScanState *node)
{
	PcaScanState *state = node->fdw_state;

	if (!state)
		return;
	free_rescan_cache(state);
	leave_parallel_scan(state);
	end_scan_fetch(state);
	pca_customer_list_warn_skipped(state->table, state->skipped);
}

/* ---- rows ---- */

/* All items were read.  TotalCount may tell of more rows than there were items. */
static void
finish_items(PcaScanState *state)
{
	state->done = true;
	if (state->plan->request->count)
		state->count.uncounted_rows = pca_fetch_uncounted_rows(state->fetch);
	if (state->plan->request->grouped)
		pca_row_reader_check_measures(state->row);
}

/*
 * Read the item's values into the slot.  An item that is only counted has none.
 * Errors name the item's response.
 */
static void
read_item_values(PcaScanState *state, const PcaItem *item, const PcaRequest *request,
				 TupleTableSlot *slot)
{
	PG_TRY();
	{
		if (item->bare)
			pca_row_reader_check_bare(state->row, item);
		if (state->plan->request->count)
			memset(slot->tts_isnull, true, state->desc->natts * sizeof(bool));
		else
		{
			pca_row_reader_read(state->row, item,
								request->snapshot ? request->snapshot : request->customer_id,
								slot->tts_values, slot->tts_isnull);
			pca_consistency_check(state->consistency, state->row, request,
								  pca_fetch_page_offset(state->fetch));
		}
	}
	PG_CATCH();
	{
		pca_fetch_add_response_detail(state->fetch);
	}
	PG_END_TRY();
}

/*
 * Convert the item to a row in the slot.  Returns false if it is not returned: it
 * belongs to another request, is skipped by OFFSET, or is only counted.
 */
static bool
store_item_row(PcaScanState *state, const PcaItem *item, const PcaRequest *request,
			   TupleTableSlot *slot)
{
	read_item_values(state, item, request, slot);
	if (!state->plan->request->count &&
		!pca_recheck_check_row(state->recheck, request, slot))
		return false;
	pca_recheck_check_order(state->recheck, state->plan->request, slot);
	if (state->limit.offset_left > 0)
	{
		state->limit.offset_left--;
		return false;
	}
	state->count.received_rows++;
	if (state->count.count_only)
		return false;
	ExecStoreVirtualTuple(slot);
	return true;
}

/* Store a row without values, for each row of TotalCount beyond the items. */
static bool
store_uncounted_row(PcaScanState *state, TupleTableSlot *slot)
{
	if (state->count.uncounted_rows <= 0)
		return false;
	state->count.uncounted_rows--;
	memset(slot->tts_isnull, true, state->desc->natts * sizeof(bool));
	ExecStoreVirtualTuple(slot);
	return true;
}

/* Store the number of rows, once. */
static bool
store_row_count(PcaScanState *state, TupleTableSlot *slot)
{
	if (state->count.count_returned)
		return false;
	state->count.count_returned = true;
	for (int i = 0; i < state->desc->natts; i++)
	{
		slot->tts_values[i] = Int64GetDatum(state->count.received_rows + state->count.uncounted_rows);
		slot->tts_isnull[i] = false;
	}
	ExecStoreVirtualTuple(slot);
	return true;
}

/* Add the request for a customer, which is an item of the API's list. */
static void
add_customer_request(PcaScanState *state, const PcaItem *item)
{
	MemoryContext caller = MemoryContextSwitchTo(state->context);
	const char *volatile customer = NULL;

	PG_TRY();
	{
		customer = pca_customer_list_add(state->customer_list, item);
	}
	PG_CATCH();
	{
		pca_fetch_add_response_detail(state->fetch);
	}
	PG_END_TRY();
	if (customer)
		pca_fetch_add(state->fetch,
					  pca_request_for_customer(state->plan->request, state->table, customer));
	MemoryContextSwitchTo(caller);
}

/*
 * Fetch the next row into the slot.  Returns false at the end, and if a scan that
 * must not wait is blocked.
 */
static bool
fetch_next_row(ForeignScanState *node, PcaScanState *state, TupleTableSlot *slot)
{
	const PcaRequest *request;
	PcaItem		item;

	state->blocked = false;
	if (!state->fetch && !state->done)
		start_scan(node, state);
	if (state->limit.limit_left == 0)
		return false;
	while (!state->done)
	{
		PcaFetchResult result = pca_fetch_next(state->fetch, !state->no_wait, &item, &request);

		if (result == PCA_FETCH_WAIT)
		{
			state->blocked = true;
			return false;
		}
		if (result == PCA_FETCH_END)
			finish_items(state);
		else if (request->listing)
			add_customer_request(state, &item);
		else if (store_item_row(state, &item, request, slot))
		{
			state->limit.limit_left -= state->limit.limit_left > 0;
			return true;
		}
	}
	return state->count.count_only ? store_row_count(state, slot) : store_uncounted_row(state, slot);
}

/* Create the cache that keeps this scan's rows, if they are to be kept. */
static void
ensure_rescan_cache(ForeignScanState *node, PcaScanState *state)
{
	MemoryContext caller;

	if (!state->rescan.keep_rows || state->rescan.cache)
		return;
	caller = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);
	state->rescan.cache = pca_rescan_cache_create(state->desc);
	MemoryContextSwitchTo(caller);
}

static TupleTableSlot *
IterateForeignScan(ForeignScanState *node)
{
	PcaScanState *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	ExecClearTuple(slot);

	/*
	 * The values of a hash join are checked when the first row is needed, not
	 * in the rescan: the join reads its other side after that.
	 */
	if (state->rescan.rewound && join_filter_has_changed(node, state))
		restart_scan(state);
	state->rescan.rewound = false;
	ensure_rescan_cache(node, state);
	/* An empty cache is read, too: only after that may rows be added. */
	if (state->rescan.cache && pca_rescan_cache_read(state->rescan.cache, slot))
		return slot;
	if (fetch_next_row(node, state, slot) && state->rescan.cache)
		pca_rescan_cache_add(state->rescan.cache, slot);
	return slot;
}

/* ---- asynchronous execution below an Append ---- */

/*
 * The callbacks ForeignAsyncRequest and ForeignAsyncNotify: give the Append a
 * row, the end, or the promise to notify it.  ExecProcNodeReal evaluates the
 * node's conditions, so it may read many rows before one that satisfies them.
 */
static void
produce_async_row(AsyncRequest *request)
{
	ForeignScanState *node = castNode(ForeignScanState, request->requestee);
	PcaScanState *state = node->fdw_state;
	TupleTableSlot *slot;

	state->no_wait = true;
	slot = request->requestee->ExecProcNodeReal(request->requestee);
	state->no_wait = false;
	if (TupIsNull(slot) && state->blocked)
		ExecAsyncRequestPending(request);
	else
		ExecAsyncRequestDone(request, TupIsNull(slot) ? NULL : slot);
}

/* The fetch has one descriptor for all sockets and timers that it waits for. */
static void
ForeignAsyncConfigureWait(AsyncRequest *request)
{
	ForeignScanState *node = castNode(ForeignScanState, request->requestee);
	AppendState *append = castNode(AppendState, request->requestor);
	PcaScanState *state = node->fdw_state;

	AddWaitEventToSet(append->as_eventset, WL_SOCKET_READABLE,
					  pca_fetch_descriptor(state->fetch), NULL, request);
}

/* ---- statistics ---- */

PcaFetchStats
pca_scan_stats(ForeignScanState *node)
{
	PcaScanState *state = node->fdw_state;
	PcaFetchStats stats = {0};

	if (!state)
		return stats;
	stats = state->ended_stats;
	if (state->fetch)
		pca_fetch_add_stats(&stats, pca_fetch_stats(state->fetch));
	if (state->parallel)
	{
		PcaFetchStats workers = pca_parallel_scan_stats(state->parallel);

		pca_fetch_add_stats(&stats, &workers);
	}
	return stats;
}

int64
pca_scan_other_days(ForeignScanState *node)
{
	PcaScanState *state = node->fdw_state;

	return state ? pca_recheck_other_days(state->recheck) : 0;
}

void
pca_scan_register(FdwRoutine *routine)
{
	routine->BeginForeignScan = BeginForeignScan;
	routine->IterateForeignScan = IterateForeignScan;
	routine->ReScanForeignScan = ReScanForeignScan;
	routine->EndForeignScan = EndForeignScan;
	routine->EstimateDSMForeignScan = EstimateDSMForeignScan;
	routine->InitializeDSMForeignScan = InitializeDSMForeignScan;
	routine->ReInitializeDSMForeignScan = ReInitializeDSMForeignScan;
	routine->InitializeWorkerForeignScan = InitializeWorkerForeignScan;
	routine->ShutdownForeignScan = ShutdownForeignScan;
	routine->ForeignAsyncRequest = produce_async_row;
	routine->ForeignAsyncConfigureWait = ForeignAsyncConfigureWait;
	routine->ForeignAsyncNotify = produce_async_row;
}
