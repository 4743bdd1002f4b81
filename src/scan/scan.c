/*
 * scan.c
 *		How does a plan's request become rows?
 *
 * The only room that knows both wings: it evaluates the parameters, has the
 * request rendered, fetches items and makes them rows.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/execAsync.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "storage/latch.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "json/row_reader.h"
#include "planner/join_filter_node.h"
#include "planner/planner.h"
#include "request/param.h"
#include "request/request.h"
#include "request/snapshot_dates.h"
#include "request/value_text.h"
#include "scan/consistency.h"
#include "scan/customer_list.h"
#include "scan/parallel_scan.h"
#include "scan/recheck.h"
#include "scan/scan.h"

/* The state of one scan; lives in the executor's query context. */
typedef struct Run
{
	PcaTable   *table;
	PcaScanPlan *plan;
	Oid			userid;			/* whose user mapping is used */
	TupleDesc	desc;
	List	   *params;			/* ExprState * */
	uint64		pass;			/* of the join whose values were sent */
	PcaRowReader *row;
	MemoryContext context;		/* of one fetch; reset by a rescan */
	PcaFetch   *fetch;			/* NULL before the first row */
	PcaConsistency *whole;		/* made with it */
	PcaCustomerList *roster;	/* of the customers, where they are listed */
	bool		done;
	bool		impatient;		/* an Append asks, which waits for several
								 * scans */
	bool		blocked;		/* and there was no row without waiting */
	int64		to_skip;		/* rows that OFFSET leaves out here, not there */
	int64		to_take;		/* rows that LIMIT still wants; -1: all */
	Timestamp	last;			/* the last row's, where an order was claimed */
	bool		begun;			/* there was one */
	int64		to_count;		/* rows still to be made of a TotalCount */
	bool		alone;			/* the number of rows is wanted as the only
								 * row */
	bool		told;			/* it was given */
	int64		counted;		/* rows that came, then */
	PcaFetchStats before;		/* of the fetches that rescans ended */
	List	   *skipped;		/* char *: customers that they left out */
	PcaParallelScan *parallel;	/* what workers share with us; NULL: there are
								 * none */

	/*
	 * Rows kept for rescans with the same parameters: from the start where
	 * the plan announces rescans, else from the first one on.
	 */
	bool		keep;
	bool		rewound;		/* no row was asked for since the last rescan */
	Tuplestorestate *kept;		/* NULL before the first row */
	TupleTableSlot *kept_slot;
	PcaRecheck *own;			/* which rows belong to the request they
								 * answer */
} Run;

/* ---- parameters ---- */

/* The values that the other side of a hash join had, as one more parameter. */
static void
add_join_values(PcaParams *params, EState *estate, Run *run)
{
	const PcaJoinFilterValues *values = pca_join_filter_node_find_values(estate, run->plan->join_values);
	bool		known = values && values->complete;
	List	   *texts = NIL;
	ListCell   *lc;

	run->pass = values ? values->pass : 0;
	if (known)
		foreach(lc, values->texts)
			texts = lappend(texts, pstrdup(lfirst(lc)));
	pca_param_add_array(params, texts, !known);
}

/* Whether the values that were sent are no more those of the join. */
static bool
is_of_another_pass(ForeignScanState *node, const Run *run)
{
	const PcaJoinFilterValues *values;

	if (run->plan->join_values < 0)
		return false;
	values = pca_join_filter_node_find_values(node->ss.ps.state, run->plan->join_values);
	return values && values->pass != run->pass;
}

/* The plan's parameters, whose values come into the current memory context. */
static PcaParams
scan_params(ForeignScanState *node, Run *run)
{
	PcaParams	params = pca_param_of(run->params, node->ss.ps.ps_ExprContext);

	if (run->plan->join_values >= 0)
		add_join_values(&params, node->ss.ps.state, run);
	return params;
}

/* ---- begin, rescan, end ---- */

static void
BeginForeignScan(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	EState	   *estate = node->ss.ps.state;
	Run		   *run;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	run = palloc0(sizeof(Run));
	run->table = pca_option_table(exec_rt_fetch(pca_compat_scanned(plan), estate)->relid);
	run->plan = pca_planner_read_private(plan->fdw_private);
	run->userid = pca_compat_check_as_user(plan, estate);
	if (!OidIsValid(run->userid))
		run->userid = GetUserId();
	run->alone = plan->scan.scanrelid == 0;
	run->desc = node->ss.ss_ScanTupleSlot->tts_tupleDescriptor;
	run->params = ExecInitExprList(plan->fdw_exprs, (PlanState *) node);
	run->row = pca_row_reader_create(run->table, run->desc, run->plan->wanted,
									 run->plan->request->grouped);
	run->own = pca_recheck_create(run->table, run->plan->wanted, run->plan->request->grouped);
	run->context = AllocSetContextCreate(estate->es_query_cxt, "pc_analytics_fdw fetch",
										 ALLOCSET_DEFAULT_SIZES);
	run->keep = (eflags & EXEC_FLAG_REWIND) != 0;
	node->fdw_state = run;
}

/* Why a history cannot be read; returns when it can. */
static void
check_days(const Run *run, PcaSnapshotResult found, int64 count)
{
	const char *table = run->table->name;

	if (found == PCA_SNAPSHOT_DATES_UNBOUNDED)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("foreign table \"%s\" needs a condition on snapshot_date that says with which day to begin", table),
				 errhint("Add WHERE snapshot_date = '...', snapshot_date IN (...), snapshot_date >= '...', or join it with a table of days.")));
	if (found == PCA_SNAPSHOT_DATES_TOO_MANY)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("foreign table \"%s\" would be asked for " INT64_FORMAT " days", table, count),
				 errhint("Ask for fewer days, or raise the server's option \"max_snapshots\" (%d).",
						 run->table->server->max_snapshots)));
	if (!run->plan->request->grouped && !pca_option_processed_column(run->table) &&
		run->table->known.snapshot_parameter != PCA_SNAPSHOT_EXACT)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
				 errmsg("foreign table \"%s\" has no timestamp column for processedDateTime", table),
				 errdetail("Without it, rows of other days cannot be told from those of the day that is asked for.")));
}

/* The requests for each day that the conditions leave. */
static List *
requests_by_day(const Run *run, List *requests, const PcaParams *params)
{
	List	   *days;
	int64		count;
	PcaSnapshotResult found = pca_snapshot_dates_resolve(run->plan->request->snapshot, params,
														 run->table->server->max_snapshots, &days, &count);

	check_days(run, found, count);
	return pca_request_for_days(requests, days);
}

/* Set to_skip and to_take, with PostgreSQL's own errors. */
static void
set_window(Run *run, const PcaParams *params)
{
	const PcaRequestPlan *plan = run->plan->request;

	run->to_skip = pca_request_row_count(plan->offset, params, 0);
	run->to_take = pca_request_row_count(plan->take, params, -1);
	if (run->to_skip < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE),
				 errmsg("OFFSET must not be negative")));
	if (plan->take && run->to_take < 0 && pca_request_row_count(plan->take, params, 0) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE),
				 errmsg("LIMIT must not be negative")));
}

/*
 * Rows that are counted or skipped are not seen here, so every condition must
 * have been sent.
 */
static void
check_exact(const Run *run, const PcaRequest *request)
{
	const PcaRequestPlan *plan = run->plan->request;

	if (request->shortened && (plan->count || plan->offset || plan->take))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a condition on foreign table \"%s\" does not fit into the URL",
						run->table->name),
				 errhint("Shorten the condition, or raise the server's option \"max_url_length\".")));
}

/* Begin to fetch what is ours of the requests. */
static void
begin_fetch(Run *run, List *requests)
{
	bool		shares = run->parallel && pca_parallel_scan_is_open(run->parallel);
	PcaParallelScanRole part = shares ?
		pca_parallel_scan_role(run->parallel, run->table, requests) : PCA_PARALLEL_SCAN_ALONE;

	run->done = part == PCA_PARALLEL_SCAN_NONE;
	if (run->done)
		return;
	run->fetch = pca_fetch_begin(run->context, run->table, run->userid, requests);
	run->whole = pca_consistency_create(run->table, run->plan->request, run->row);
	if (part == PCA_PARALLEL_SCAN_SHARED)
		run->done = !pca_parallel_scan_join(run->parallel, run->fetch, run->whole);
}

/* Find the parameters' values and begin to fetch; nothing is sent yet. */
static void
start(ForeignScanState *node, Run *run)
{
	MemoryContext caller = MemoryContextSwitchTo(run->context);
	PcaParams	params;
	List	   *requests;

	params = scan_params(node, run);
	set_window(run, &params);
	requests = pca_request_render(run->plan->request, run->table, &params);
	if (run->table->resource->history)
		requests = requests_by_day(run, requests, &params);
	if (requests && ((PcaRequest *) linitial(requests))->listing)
	{
		run->roster = pca_customer_list_create(run->table);
		requests = list_make1(linitial(requests));
	}
	if (requests == NIL || run->to_take == 0)
		run->done = true;
	else
	{
		check_exact(run, llast(requests));
		run->to_skip -= ((PcaRequest *) linitial(requests))->offset;
		begin_fetch(run, requests);
	}
	MemoryContextSwitchTo(caller);
}

static bool
is_listed(List *texts, const char *text)
{
	ListCell   *lc;

	foreach(lc, texts)
		if (strcmp(lfirst(lc), text) == 0)
		return true;
	return false;
}

/* Keep in mind which customers the fetch has skipped. */
static void
note_skipped(Run *run)
{
	MemoryContext caller = MemoryContextSwitchTo(MemoryContextGetParent(run->context));
	ListCell   *lc;

	foreach(lc, pca_fetch_skipped(run->fetch))
		if (!is_listed(run->skipped, lfirst(lc)))
		run->skipped = lappend(run->skipped, pstrdup(lfirst(lc)));
	MemoryContextSwitchTo(caller);
}

static void
stop(Run *run)
{
	if (run->fetch)
	{
		pca_fetch_add_stats(&run->before, pca_fetch_stats(run->fetch));
		note_skipped(run);
		pca_fetch_end(run->fetch);
	}
	run->fetch = NULL;
	run->roster = NULL;
	pca_recheck_reset(run->own);
	run->to_count = 0;
	run->counted = 0;
	run->told = false;
	run->begun = false;
	MemoryContextReset(run->context);
}

static void
forget_rows(Run *run)
{
	if (run->kept)
		tuplestore_end(run->kept);
	run->kept = NULL;
}

static void
start_anew(Run *run)
{
	forget_rows(run);
	stop(run);
	run->done = false;
}

/* Rewind when all rows so far were kept for the same parameters. */
static void
ReScanForeignScan(ForeignScanState *node)
{
	Run		   *run = node->fdw_state;

	if (!run->fetch && !run->done)
		return;
	run->rewound = true;
	if (node->ss.ps.chgParam == NULL && run->keep)
	{
		tuplestore_rescan(run->kept);
		return;
	}
	run->keep = run->keep || node->ss.ps.chgParam == NULL;
	start_anew(run);
}

/* ---- with parallel workers ---- */

static Size
EstimateDSMForeignScan(ForeignScanState *node, ParallelContext *context)
{
	Run		   *run = node->fdw_state;

	return pca_parallel_scan_size(run->table, run->userid, &run->before);
}

/* Without a segment, there are no workers. */
static void
InitializeDSMForeignScan(ForeignScanState *node, ParallelContext *context, void *room)
{
	Run		   *run = node->fdw_state;
	MemoryContext caller = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);

	if (context->seg)
		run->parallel = pca_parallel_scan_create(room, node->pscan_len, run->table, run->userid,
												 context->seg);
	run->keep = false;
	MemoryContextSwitchTo(caller);
}

/* What a fetch shares is made new, so ours is stopped before. */
static void
ReInitializeDSMForeignScan(ForeignScanState *node, ParallelContext *context, void *room)
{
	Run		   *run = node->fdw_state;

	start_anew(run);
	if (run->parallel)
		pca_parallel_scan_reset(run->parallel, run->table, run->userid);
}

static void
InitializeWorkerForeignScan(ForeignScanState *node, shm_toc *toc, void *room)
{
	Run		   *run = node->fdw_state;
	MemoryContext caller = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);

	run->parallel = pca_parallel_scan_attach(room, run->table, run->userid);
	run->keep = false;
	MemoryContextSwitchTo(caller);
}

/*
 * No more rows are wanted, of the workers neither: the leader may come here
 * before it waits for their ends.
 */
static void
ShutdownForeignScan(ForeignScanState *node)
{
	Run		   *run = node->fdw_state;

	if (!run || !run->parallel || !pca_parallel_scan_is_open(run->parallel))
		return;
	stop(run);
	run->done = true;
	if (pca_parallel_scan_is_leader(run->parallel))
	{
		pca_parallel_scan_stop(run->parallel);
		return;
	}
	pca_parallel_scan_report(run->parallel, &run->before);
	memset(&run->before, 0, sizeof(PcaFetchStats));
}

static void
EndForeignScan(ForeignScanState *node)
{
	Run		   *run = node->fdw_state;

	if (!run)
		return;
	forget_rows(run);
	ShutdownForeignScan(node);
	stop(run);
	if (run->kept_slot)
		ExecDropSingleTupleTableSlot(run->kept_slot);
	pca_customer_list_warn_skipped(run->table, run->skipped);
}

/* ---- rows ---- */

/* No item follows: what is left is what a TotalCount says beyond them. */
static void
end_items(Run *run)
{
	run->done = true;
	if (run->plan->request->count)
		run->to_count = pca_fetch_uncounted_rows(run->fetch);
	if (run->plan->request->grouped)
		pca_row_reader_check_measures(run->row);
}

/*
 * Read the item's values into the slot, none of a row that is only counted;
 * errors name the answer that it is from.
 */
static void
read_values(Run *run, const PcaItem *item, const PcaRequest *request, TupleTableSlot *slot)
{
	PG_TRY();
	{
		if (item->bare)
			pca_row_reader_check_bare(run->row, item);
		if (run->plan->request->count)
			memset(slot->tts_isnull, true, run->desc->natts * sizeof(bool));
		else
		{
			pca_row_reader_read(run->row, item,
								request->snapshot ? request->snapshot : request->customer_id,
								slot->tts_values, slot->tts_isnull);
			pca_consistency_check(run->whole, run->row, request, pca_fetch_page_offset(run->fetch));
		}
	}
	PG_CATCH();
	{
		pca_fetch_add_response_detail(run->fetch);
	}
	PG_END_TRY();
}

/* Where an order was claimed, nobody else sees to it. */
static void
check_order(Run *run, const TupleTableSlot *slot)
{
	const PcaRequestPlan *plan = run->plan->request;
	const PcaColumn *column;
	Timestamp	value;

	if (!plan->order)
		return;
	column = pca_recheck_column(run->table, run->plan->wanted, plan->order);
	value = DatumGetTimestamp(slot->tts_values[column->attnum - 1]);
	if (run->begun && (plan->descending ? value > run->last : value < run->last))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("could not read foreign table \"%s\": its rows do not come in the order of %s that was asked for",
						run->table->name, column->name),
				 errdetail("%s came behind %s.", pca_value_text_from_datum(TIMESTAMPOID, TimestampGetDatum(value)),
						   pca_value_text_from_datum(TIMESTAMPOID, TimestampGetDatum(run->last))),
				 errhint("Order by an expression, such as %s + interval '0', to have PostgreSQL sort.",
						 quote_identifier(column->name))));
	run->last = value;
	run->begun = true;
}

/* Make the item a row; false when it is another request's. */
static bool
read_row(Run *run, const PcaItem *item, const PcaRequest *request, TupleTableSlot *slot)
{
	read_values(run, item, request, slot);
	if (!run->plan->request->count &&
		!pca_recheck_check_row(run->own, request, slot))
		return false;
	check_order(run, slot);
	if (run->to_skip > 0)
	{
		run->to_skip--;
		return false;
	}
	run->counted++;
	if (run->alone)
		return false;
	ExecStoreVirtualTuple(slot);
	return true;
}

/* A row without columns, as long as the TotalCount tells of more. */
static bool
count_row(Run *run, TupleTableSlot *slot)
{
	if (run->to_count <= 0)
		return false;
	run->to_count--;
	memset(slot->tts_isnull, true, run->desc->natts * sizeof(bool));
	ExecStoreVirtualTuple(slot);
	return true;
}

/* The number of rows, once. */
static bool
tell_count(Run *run, TupleTableSlot *slot)
{
	if (run->told)
		return false;
	run->told = true;
	for (int i = 0; i < run->desc->natts; i++)
	{
		slot->tts_values[i] = Int64GetDatum(run->counted + run->to_count);
		slot->tts_isnull[i] = false;
	}
	ExecStoreVirtualTuple(slot);
	return true;
}

/* A customer is listed: ask for its rows, once. */
static void
ask_customer(Run *run, const PcaItem *item)
{
	MemoryContext caller = MemoryContextSwitchTo(run->context);
	const char *volatile customer = NULL;

	PG_TRY();
	{
		customer = pca_customer_list_add(run->roster, item);
	}
	PG_CATCH();
	{
		pca_fetch_add_response_detail(run->fetch);
	}
	PG_END_TRY();
	if (customer)
		pca_fetch_add(run->fetch,
					  pca_request_for_customer(run->plan->request, run->table, customer));
	MemoryContextSwitchTo(caller);
}

/*
 * The next row from the API, into the slot; false at the end, and when a scan
 * that must not wait is blocked.
 */
static bool
fetch_row(ForeignScanState *node, Run *run, TupleTableSlot *slot)
{
	const PcaRequest *request;
	PcaItem		item;

	run->blocked = false;
	if (!run->fetch && !run->done)
		start(node, run);
	if (run->to_take == 0)
		return false;
	while (!run->done)
	{
		PcaFetchResult result = pca_fetch_next(run->fetch, !run->impatient, &item, &request);

		if (result == PCA_FETCH_WAIT)
		{
			run->blocked = true;
			return false;
		}
		if (result == PCA_FETCH_END)
			end_items(run);
		else if (request->listing)
			ask_customer(run, &item);
		else if (read_row(run, &item, request, slot))
		{
			run->to_take -= run->to_take > 0;
			return true;
		}
	}
	return run->alone ? tell_count(run, slot) : count_row(run, slot);
}

/* Begin to keep rows. */
static void
open_kept(ForeignScanState *node, Run *run)
{
	MemoryContext caller = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);

	run->kept = tuplestore_begin_heap(false, false, work_mem);
	if (!run->kept_slot)
		run->kept_slot = MakeSingleTupleTableSlot(run->desc, &TTSOpsMinimalTuple);
	MemoryContextSwitchTo(caller);
}

/*
 * The next row that was kept, into the slot; false behind the last.  The kept
 * slot outlives the caller's per-tuple context.
 */
static bool
read_kept_row(ForeignScanState *node, Run *run, TupleTableSlot *slot)
{
	MemoryContext caller = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);
	bool		found = !tuplestore_ateof(run->kept) &&
		tuplestore_gettupleslot(run->kept, true, false, run->kept_slot);

	MemoryContextSwitchTo(caller);
	if (!found)
		return false;
	slot_getallattrs(run->kept_slot);
	for (int i = 0; i < run->desc->natts; i++)
	{
		slot->tts_values[i] = run->kept_slot->tts_values[i];
		slot->tts_isnull[i] = run->kept_slot->tts_isnull[i];
	}
	ExecStoreVirtualTuple(slot);
	return true;
}

static TupleTableSlot *
IterateForeignScan(ForeignScanState *node)
{
	Run		   *run = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	ExecClearTuple(slot);

	/*
	 * A hash join reads its other side again only after it rescanned this
	 * one.
	 */
	if (run->rewound && is_of_another_pass(node, run))
		start_anew(run);
	run->rewound = false;
	if (run->keep && !run->kept)
		open_kept(node, run);
	/* Reading to the end, even of nothing, lets rows be added behind it. */
	if (run->kept && read_kept_row(node, run, slot))
		return slot;
	if (fetch_row(node, run, slot) && run->kept)
		tuplestore_puttupleslot(run->kept, slot);
	return slot;
}

/* ---- as one of several below an Append ---- */

/*
 * Give the Append a row, or the end, or promise to say when to ask again.  The
 * node's conditions are checked on the way, so the row may be behind many.
 */
static void
answer_append(AsyncRequest *request)
{
	ForeignScanState *node = castNode(ForeignScanState, request->requestee);
	Run		   *run = node->fdw_state;
	TupleTableSlot *slot;

	run->impatient = true;
	slot = request->requestee->ExecProcNodeReal(request->requestee);
	run->impatient = false;
	if (TupIsNull(slot) && run->blocked)
		ExecAsyncRequestPending(request);
	else
		ExecAsyncRequestDone(request, TupIsNull(slot) ? NULL : slot);
}

static void
ForeignAsyncRequest(AsyncRequest *request)
{
	answer_append(request);
}

static void
ForeignAsyncNotify(AsyncRequest *request)
{
	answer_append(request);
}

/* One descriptor stands for all sockets and times that the scan waits for. */
static void
ForeignAsyncConfigureWait(AsyncRequest *request)
{
	ForeignScanState *node = castNode(ForeignScanState, request->requestee);
	AppendState *append = castNode(AppendState, request->requestor);
	Run		   *run = node->fdw_state;

	AddWaitEventToSet(append->as_eventset, WL_SOCKET_READABLE,
					  pca_fetch_descriptor(run->fetch), NULL, request);
}

PcaFetchStats
pca_scan_stats(ForeignScanState *node)
{
	Run		   *run = node->fdw_state;
	PcaFetchStats stats = {0};

	if (!run)
		return stats;
	stats = run->before;
	if (run->fetch)
		pca_fetch_add_stats(&stats, pca_fetch_stats(run->fetch));
	if (run->parallel)
	{
		PcaFetchStats others = pca_parallel_scan_stats(run->parallel);

		pca_fetch_add_stats(&stats, &others);
	}
	return stats;
}

int64
pca_scan_other_days(ForeignScanState *node)
{
	Run		   *run = node->fdw_state;

	return run ? pca_recheck_other_days(run->own) : 0;
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
	routine->ForeignAsyncRequest = ForeignAsyncRequest;
	routine->ForeignAsyncConfigureWait = ForeignAsyncConfigureWait;
	routine->ForeignAsyncNotify = ForeignAsyncNotify;
}
