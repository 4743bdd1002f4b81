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
#include "planner/planner.h"
#include "request/request.h"
#include "request/request_key.h"
#include "scan/consistency.h"
#include "scan/customer_list.h"
#include "scan/group_repeat.h"
#include "scan/list_requests.h"
#include "scan/parallel_scan.h"
#include "scan/recheck.h"
#include "scan/rescan_cache.h"
#include "scan/count_scan.h"
#include "scan/row_limit.h"
#include "scan/scan.h"
#include "scan/scan_params.h"
#include "scan/snapshot_requests.h"

/* Rows kept for rescans with equal requests. */
typedef struct RescanState
{
	bool		keep_rows;		/* from the start where the plan announces
								 * rescans, else since the first one */
	bool		rewound;		/* no row was returned since the last rescan */
	PcaRescanCache *cache;		/* NULL: no row was returned yet, or none is
								 * kept */
	bool		has_beginning;	/* it has only the first rows of the current
								 * result, which has no fetch */
	int64		nrequests;		/* of the current result */
} RescanState;

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
	PcaGroupRepeat *repeat;		/* NULL: each item is one row */

	bool		started;		/* the requests of the current parameters are
								 * known */

	/* One fetch; its memory context is reset before the next one. */
	MemoryContext context;
	MemoryContext next_context; /* of requests that may not be sent */
	PcaFetch   *fetch;			/* NULL before the first row */
	PcaConsistency *consistency;	/* NULL before the first row */
	List	   *list_requests;	/* to be sent instead if the whole table has
								 * more pages; NIL once that is decided */
	PcaRescanCache *first_page; /* its rows, until they are returned; or NULL */
	PcaCustomerList *customer_list; /* where a request lists the customers */
	bool		done;			/* no more items are fetched */
	bool		omits_days;		/* as in ScanRequests */
	bool		skips_request;	/* no more items of the last row's request are
								 * needed */
	PcaRowLimit limit;
	PcaCountScan count;

	bool		no_wait;		/* an Append that waits for several scans
								 * needs a row, if there is one */
	bool		blocked;		/* there was none without waiting */
	RescanState rescan;
	bool		is_in_parallel; /* the node is executed by several processes */
	PcaParallelScan *parallel;	/* NULL: there are no workers */

	PcaFetchStats ended_stats;	/* of fetches that have ended */
	List	   *skipped;		/* char *: customers that these skipped */
} PcaScanState;

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
	node->fdw_state = state;
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
	begin_scan_fetch(state, list_make1(scan->whole));
	pca_fetch_pause(state->fetch);
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
		state->customer_list = pca_customer_list_create(state->table);
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
			begin_scan_fetch(state, requests);
	}
	MemoryContextSwitchTo(caller);
}

/* ---- rescan and end of a scan ---- */

static void
free_rows(PcaRescanCache **cache)
{
	if (*cache)
		pca_rescan_cache_free(*cache);
	*cache = NULL;
}

/* End the fetch, and forget what belongs to it. */
static void
end_scan_fetch(PcaScanState *state)
{
	if (state->fetch)
	{
		pca_fetch_add_stats(&state->ended_stats, pca_fetch_stats(state->fetch));
		state->skipped = pca_customer_list_merge_skipped(MemoryContextGetParent(state->context), state->skipped,
														 pca_fetch_skipped(state->fetch));
		pca_fetch_end(state->fetch);
	}
	state->fetch = NULL;
	state->consistency = NULL;
	state->customer_list = NULL;
	pca_recheck_reset(state->recheck);
	if (state->repeat)
		pca_group_repeat_reset(state->repeat);
	state->count.uncounted_rows = 0;
	state->count.received_rows = 0;
	state->count.count_returned = false;
	state->done = false;
	state->skips_request = false;
	state->list_requests = NIL;
	free_rows(&state->first_page);
	MemoryContextReset(state->context);
}

/* Make the next row the first one of a new fetch. */
static void
restart_scan(PcaScanState *state)
{
	free_rows(&state->rescan.cache);
	end_scan_fetch(state);
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
		end_scan_fetch(state);
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

	end_scan_fetch(state);
	state->next_context = state->context;
	state->context = context;
	begin_scan(state, scan);
}

/*
 * Evaluate the parameters for the first row.  If the rows of their requests were
 * kept, these are read, else a fetch begins.
 */
static void
start_scan(ForeignScanState *node, PcaScanState *state)
{
	ScanRequests scan = render_next_requests(node, state);

	state->started = true;
	if (!find_kept_rows(state, &scan))
	{
		begin_next_scan(state, &scan);
		return;
	}
	state->ended_stats.reused += state->rescan.nrequests;
	MemoryContextReset(state->next_context);
}

/* The first rows of the result were kept and read.  Fetch all of its rows for the others. */
static void
continue_kept_result(ForeignScanState *node, PcaScanState *state)
{
	ScanRequests scan = render_next_requests(node, state);

	pca_rescan_cache_continue(state->rescan.cache);
	state->rescan.has_beginning = false;
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
		end_scan_fetch(state);
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
	end_scan_fetch(state);
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
	free_rows(&state->rescan.cache);
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
	if (state->omits_days)
		pca_snapshot_requests_raise_omitted(state->table);
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
			pca_row_reader_read_constants(state->row, slot->tts_values, slot->tts_isnull);
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
	if (state->repeat)
		pca_group_repeat_begin(state->repeat, slot);
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
 * Fetch the next row into the slot.  Returns false at the end, if the fetch is paused,
 * and if a scan that must not wait is blocked.
 */
static bool
fetch_item_row(ForeignScanState *node, PcaScanState *state, TupleTableSlot *slot)
{
	const PcaRequest *request;
	PcaItem		item;

	if (state->limit.limit_left == 0)
		return false;
	if (state->repeat && pca_group_repeat_next(state->repeat, slot))
		return true;
	if (state->skips_request)
		pca_fetch_skip_request(state->fetch);
	state->skips_request = false;
	while (!state->done)
	{
		PcaFetchResult result = pca_fetch_next(state->fetch, !state->no_wait, &item, &request);

		if (result == PCA_FETCH_WAIT)
		{
			state->blocked = true;
			return false;
		}
		if (result == PCA_FETCH_PAUSED)
			return false;
		if (result == PCA_FETCH_END)
			finish_items(state);
		else if (request->listing)
			add_customer_request(state, &item);
		else if (store_item_row(state, &item, request, slot))
		{
			state->limit.limit_left -= state->limit.limit_left > 0;
			/* the row is in the response's memory until the next call */
			state->skips_request = request->one_row &&
				pca_snapshot_requests_is_row_enough(node, state->plan->request, slot);
			return true;
		}
	}
	return pca_count_scan_store(&state->count, state->row, slot);
}

/*
 * The first page of the whole table was read.  Go on with its other pages, or send the
 * requests with parts of a list instead, without its rows.
 */
static void
decide_list_requests(PcaScanState *state)
{
	List	   *requests = state->list_requests;
	const PcaFetchStats *stats = pca_fetch_stats(state->fetch);

	state->list_requests = NIL;
	pca_fetch_resume(state->fetch);
	(void) pca_rescan_cache_rewind(state->first_page);
	if (state->done ||
		!pca_list_requests_are_fewer(list_length(requests), stats->rows, pca_fetch_most_rows(state->fetch)))
		return;
	free_rows(&state->first_page);
	pca_fetch_end(state->fetch);
	pca_fetch_add_stats(&state->ended_stats, pca_fetch_stats(state->fetch));
	pca_recheck_reset(state->recheck);
	state->count.received_rows = 0;
	begin_scan_fetch(state, requests);
}

/* Read the first page of the whole table.  Returns false if the scan is blocked. */
static bool
read_first_page(ForeignScanState *node, PcaScanState *state, TupleTableSlot *slot)
{
	MemoryContext caller;

	while (fetch_item_row(node, state, slot))
	{
		(void) pca_rescan_cache_add(state->first_page, slot);
		ExecClearTuple(slot);
	}
	if (state->blocked)
		return false;
	caller = MemoryContextSwitchTo(state->context);
	decide_list_requests(state);
	MemoryContextSwitchTo(caller);
	return true;
}

/* As fetch_item_row(), for a fetch that may begin with the first page of the whole table. */
static bool
fetch_next_row(ForeignScanState *node, PcaScanState *state, TupleTableSlot *slot)
{
	if (state->list_requests && !read_first_page(node, state, slot))
		return false;
	if (state->first_page && pca_rescan_cache_read(state->first_page, slot))
		return true;
	return fetch_item_row(node, state, slot);
}

/* Fetch the next row, and keep it, if the scan's rows are kept. */
static void
fetch_and_keep_row(ForeignScanState *node, PcaScanState *state, TupleTableSlot *slot)
{
	PcaRescanCache *cache = state->rescan.cache;

	while (fetch_next_row(node, state, slot))
	{
		if (!cache || pca_rescan_cache_add(cache, slot))
			return;

		/*
		 * one of the first rows, which were returned before they were fetched
		 * again
		 */
		ExecClearTuple(slot);
	}
	if (cache && !state->blocked)
		pca_rescan_cache_set_complete(cache, state->table->name);
}

static TupleTableSlot *
IterateForeignScan(ForeignScanState *node)
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
	fetch_and_keep_row(node, state, slot);
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
