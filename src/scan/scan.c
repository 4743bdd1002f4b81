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
#include "request/request.h"
#include "request/request_key.h"
#include "scan/list_requests.h"
#include "scan/scan.h"
#include "scan/scan_params.h"
#include "scan/scan_rows.h"
#include "scan/snapshot_requests.h"
#include "scan/whole_table.h"

/* The requests of one scan, whose parameters are evaluated. */
typedef struct ScanRequests
{
	List	   *requests;		/* PcaRequest *; NIL: no row can match */
	PcaRequest *whole;			/* instead of them, if it has fewer pages; or
								 * NULL */
	PcaRowLimit limit;
	bool		omits_days;		/* of a history: earlier days, while a LIMIT
								 * may be met without them */
} ScanRequests;

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
	state->unfiltered_total = -1;
	state->count.count_only = plan->scan.scanrelid == 0;
	state->desc = node->ss.ss_ScanTupleSlot->tts_tupleDescriptor;
	state->params = ExecInitExprList(plan->fdw_exprs, (PlanState *) node);
	state->row = pca_row_reader_create(state->table, state->desc, state->plan->wanted,
									   state->plan->request->grouped);
	state->recheck = pca_recheck_create(state->table, state->plan->wanted,
										state->plan->request->grouped);
	if (state->plan->row_count_attnum > 0)
		state->repeat = pca_group_repeat_create(state->table, state->desc, state->plan->row_count_attnum);
	state->context = AllocSetContextCreate(estate->es_query_cxt, "pc_analytics_fdw fetch",
										   ALLOCSET_DEFAULT_SIZES);
	state->next_context = AllocSetContextCreate(estate->es_query_cxt, "pc_analytics_fdw fetch",
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
	state->rescan.keep_rows = (eflags & EXEC_FLAG_REWIND) != 0 || state->plan->rescan_is_expected;
	if (state->plan->rescan_is_expected)
		state->rescan.whole = pca_whole_table_create(node, state);
	node->fdw_state = state;
}

/* Evaluate the parameters, and render the requests.  Current memory context. */
static ScanRequests
render_scan_requests(ForeignScanState *node, PcaScanState *state)
{
	PcaParams	params = pca_scan_params_make(node, state->plan, state->params, &state->join_pass);
	ScanRequests scan = {0};

	scan.limit = pca_row_limit_evaluate(state->plan->request, &params);
	scan.requests = pca_request_render(state->plan->request, state->table, &params);
	if (state->table->resource->history)
		scan.requests = pca_snapshot_requests_make(scan.requests, state->plan->request, state->table, &params,
												   &scan.omits_days);
	if (!state->is_in_parallel)
		scan.whole = pca_list_requests_make_whole(scan.requests, state->plan->request, state->table, &params);
	return scan;
}

/* Begin with the first page of the whole table, whose rows are held back. */
static void
begin_first_page(PcaScanState *state, const ScanRequests *scan)
{
	pca_scan_rows_begin_fetch(state, list_make1(scan->whole));
	pca_fetch_pause(state->fetch, 1);
	state->list_requests = scan->requests;
	state->first_page = pca_rescan_cache_create(state->desc, false);
	(void) pca_rescan_cache_select(state->first_page, "");
}

/* Begin the fetch of the requests, which belong to state->context.  Nothing is sent yet. */
static void
begin_scan(PcaScanState *state, const ScanRequests *scan)
{
	MemoryContext caller = MemoryContextSwitchTo(state->context);
	List	   *requests = scan->requests;

	state->limit = scan->limit;
	state->omits_days = scan->omits_days;
	if (requests && ((PcaRequest *) linitial(requests))->listing)
	{
		/* the second request stands for those that the list will add */
		state->customer_list = pca_customer_list_create();
		requests = list_make1(linitial(requests));
	}
	if (requests == NIL || state->limit.limit_left == 0)
		state->done = true;
	else
	{
		pca_row_limit_check_filter(llast(requests), state->plan->request, state->table);
		/* the API skips the rows of the request's offset */
		state->limit.offset_left -= ((PcaRequest *) linitial(requests))->offset;
		if (scan->whole)
			begin_first_page(state, scan);
		else
			pca_scan_rows_begin_fetch(state, requests);
	}
	MemoryContextSwitchTo(caller);
}

/* ---- rescan and end of a scan ---- */

/* Make the next row the first one of a new fetch. */
static void
restart_scan(PcaScanState *state)
{
	pca_rescan_cache_free(&state->rescan.cache);
	pca_scan_rows_end_fetch(state);
	state->started = false;
}

/* The key of the rows that the requests have. */
static char *
make_rescan_key(const ScanRequests *scan)
{
	return psprintf(INT64_FORMAT "," INT64_FORMAT ";%s", scan->limit.offset_left,
					scan->limit.limit_left, pca_request_key_make(scan->requests));
}

/*
 * Look for kept rows of these requests.  Returns true if they were found, and are
 * the next ones to be read.
 */
static bool
find_kept_rows(PcaScanState *state, const ScanRequests *scan)
{
	PcaRescanResult found;

	if (!state->rescan.keep_rows)
		return false;
	if (!state->rescan.cache)
	{
		MemoryContext caller = MemoryContextSwitchTo(MemoryContextGetParent(state->context));

		state->rescan.cache = pca_rescan_cache_create(state->desc, pca_request_key_is_stable(state->plan->request));
		MemoryContextSwitchTo(caller);
	}
	found = pca_rescan_cache_select(state->rescan.cache, make_rescan_key(scan));
	if (found == PCA_RESCAN_RESULT_COMPLETE || found == PCA_RESCAN_RESULT_BEGINNING)
		pca_scan_rows_end_fetch(state);
	if (found != PCA_RESCAN_RESULT_CURRENT)
		state->rescan.has_beginning = found == PCA_RESCAN_RESULT_BEGINNING;
	state->rescan.nrequests = list_length(scan->requests);
	return found != PCA_RESCAN_RESULT_EMPTY;
}

/* Evaluate the parameters in next_context. */
static ScanRequests
render_next_requests(ForeignScanState *node, PcaScanState *state)
{
	MemoryContext caller = MemoryContextSwitchTo(state->next_context);
	ScanRequests scan = render_scan_requests(node, state);

	MemoryContextSwitchTo(caller);
	return scan;
}

/* Begin the fetch of the requests, which are in next_context. */
static void
begin_next_scan(PcaScanState *state, const ScanRequests *scan)
{
	MemoryContext context = state->next_context;

	pca_scan_rows_end_fetch(state);
	state->next_context = state->context;
	state->context = context;
	begin_scan(state, scan);
}

/* Select the rows of the whole table that satisfy the conditions that were sent. */
static void
select_table_rows(PcaScanState *state)
{
	PcaRescanResult found = pca_rescan_cache_select(state->rescan.cache,
													pca_whole_table_make_key(state->rescan.whole));

	if (found == PCA_RESCAN_RESULT_CURRENT)
		return;
	state->rescan.has_beginning = found == PCA_RESCAN_RESULT_BEGINNING;
	pca_whole_table_rewind(state->rescan.whole);
}

/*
 * Evaluate the parameters for the first row.  If the rows of their requests were
 * kept, these are read, else a fetch begins.
 */
static void
start_scan(ForeignScanState *node, PcaScanState *state)
{
	ScanRequests scan;

	state->started = true;
	if (pca_whole_table_select(state->rescan.whole, node, state))
	{
		select_table_rows(state);
		state->ended_stats.reused++;
		return;
	}
	scan = render_next_requests(node, state);
	if (find_kept_rows(state, &scan))
	{
		state->ended_stats.reused += state->rescan.nrequests;
		MemoryContextReset(state->next_context);
		return;
	}
	if (scan.requests != NIL && pca_whole_table_is_due(state->rescan.whole, node, state) &&
		pca_whole_table_fetch(state->rescan.whole, node, state))
		select_table_rows(state);
	else
		begin_next_scan(state, &scan);
}

/* The first rows of the result were kept and read.  Fetch all of its rows for the others. */
static void
continue_kept_result(ForeignScanState *node, PcaScanState *state)
{
	ScanRequests scan;

	pca_rescan_cache_continue(state->rescan.cache);
	state->rescan.has_beginning = false;
	if (pca_whole_table_is_kept(state->rescan.whole))
		return;
	scan = render_next_requests(node, state);
	state->ended_stats.reused -= state->rescan.nrequests;
	begin_next_scan(state, &scan);
}

/*
 * Read the rows that are kept again, if they are those of the same parameters.  Else
 * the parameters are evaluated when the first row is needed.
 */
static void
ReScanForeignScan(ForeignScanState *node)
{
	PcaScanState *state = node->fdw_state;

	if (!state->started)
		return;
	if (node->ss.ps.chgParam == NULL && state->rescan.cache &&
		pca_rescan_cache_rewind(state->rescan.cache))
	{
		state->rescan.rewound = true;
		return;
	}
	state->started = false;
	state->rescan.keep_rows = !state->is_in_parallel;
	if (!state->rescan.cache)
		pca_scan_rows_end_fetch(state);
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
	state->is_in_parallel = true;
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
	state->is_in_parallel = true;
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
	pca_scan_rows_end_fetch(state);
	state->started = true;
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
	pca_rescan_cache_free(&state->rescan.cache);
	pca_whole_table_free(state->rescan.whole);
	leave_parallel_scan(state);
	pca_scan_rows_end_fetch(state);
	pca_customer_list_warn_skipped(state->table, state->skipped);
}

/* ---- rows ---- */

/* Store the next row in the node's slot, which remains empty after the last one. */
static TupleTableSlot *
read_next_row(ForeignScanState *node)
{
	PcaScanState *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	ExecClearTuple(slot);
	state->blocked = false;

	/*
	 * The values of a hash join are checked when the first row is needed, not
	 * in the rescan: the join reads its other side after that.
	 */
	if (state->rescan.rewound)
	{
		state->started = !pca_scan_params_have_changed(node, state->plan, state->join_pass);
		state->ended_stats.reused += state->started ? state->rescan.nrequests : 0;
		state->rescan.rewound = false;
	}
	if (!state->started)
		start_scan(node, state);
	/* An empty result is read, too: only after that may rows be added. */
	if (state->rescan.cache && (pca_rescan_cache_read(state->rescan.cache, slot) ||
								pca_rescan_cache_is_complete(state->rescan.cache)))
		return slot;
	if (state->rescan.has_beginning)
		continue_kept_result(node, state);
	pca_scan_rows_fetch(node, state, slot);
	return slot;
}

/*
 * If the rows cannot be read, the next attempt is not to meet the same response again.  A
 * cancel or a timeout says nothing about it.
 */
static TupleTableSlot *
read_cached_row(ForeignScanState *node)
{
	PcaScanState *state = node->fdw_state;
	TupleTableSlot *slot = NULL;

	PG_TRY();
	{
		slot = read_next_row(node);
	}
	PG_CATCH();
	{
		if (state->fetch && ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_OPERATOR_INTERVENTION)
			pca_fetch_drop_cached(state->fetch);
		PG_RE_THROW();
	}
	PG_END_TRY();
	return slot;
}

static TupleTableSlot *
IterateForeignScan(ForeignScanState *node)
{
	PcaScanState *state = node->fdw_state;

	return state->table->cache_ttl > 0 ? read_cached_row(node) : read_next_row(node);
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
