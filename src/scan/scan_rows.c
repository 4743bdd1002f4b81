/*
 * scan_rows.c
 *		The rows of a scan: items of a fetch, converted and kept.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "scan/list_requests.h"
#include "scan/scan_rows.h"
#include "scan/snapshot_requests.h"
#include "scan/whole_table.h"

/* ---- a fetch ---- */

void
pca_scan_rows_begin_fetch(PcaScanState *state, List *requests)
{
	bool		is_parallel = state->parallel && pca_parallel_scan_is_open(state->parallel);
	PcaParallelScanRole role = is_parallel ?
		pca_parallel_scan_role(state->parallel, state->table, requests) : PCA_PARALLEL_SCAN_ALONE;

	state->done = role == PCA_PARALLEL_SCAN_NONE;
	if (state->done)
		return;
	state->fetch = pca_fetch_begin(state->context, state->table, state->userid, requests);
	pca_fetch_use_cache(state->fetch, MemoryContextGetParent(state->context));
	if (state->plan->request->count)
		pca_fetch_skip_probe(state->fetch, state->unfiltered_total);
	state->consistency = pca_consistency_create(state->table, state->plan->request, state->row);
	if (role == PCA_PARALLEL_SCAN_SHARED)
		state->done = !pca_parallel_scan_join(state->parallel, state->fetch, state->consistency);
}

void
pca_scan_rows_end_fetch(PcaScanState *state)
{
	if (state->fetch)
	{
		pca_fetch_add_stats(&state->ended_stats, pca_fetch_stats(state->fetch));
		state->skipped = pca_customer_list_merge_skipped(MemoryContextGetParent(state->context), state->skipped,
														 pca_fetch_skipped(state->fetch));
		state->unfiltered_total = Max(state->unfiltered_total, pca_fetch_probed_rows(state->fetch));
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
	pca_rescan_cache_free(&state->first_page);
	MemoryContextReset(state->context);
}

/* ---- items ---- */

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

/* Read the item's values into the slot.  An item that is only counted has none. */
static void
read_item_values(PcaScanState *state, const PcaItem *item, const PcaRequest *request,
				 TupleTableSlot *slot)
{
	if (item->bare)
		pca_row_reader_check_bare(state->row, item);
	if (state->plan->request->count)
	{
		pca_row_reader_read_constants(state->row, slot->tts_values, slot->tts_isnull);
		return;
	}
	pca_row_reader_read(state->row, item,
						request->snapshot ? request->snapshot : request->customer_id,
						slot->tts_values, slot->tts_isnull);
	pca_consistency_check(state->consistency, state->row, request,
						  pca_fetch_page_offset(state->fetch));
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
	const char *customer = pca_customer_list_add(state->customer_list, item);

	if (customer)
		pca_fetch_add(state->fetch,
					  pca_request_for_customer(state->plan->request, state->table, customer));
	MemoryContextSwitchTo(caller);
}

/* Use the item that was fetched.  Returns true if it is a row, which is in the slot. */
static bool
use_item(PcaScanState *state, const PcaItem *item, const PcaRequest *request,
		 TupleTableSlot *slot)
{
	ErrorContextCallback callback = {error_context_stack, pca_fetch_add_item_context, state->fetch};
	bool		is_row = false;

	error_context_stack = &callback;
	if (request->listing)
		add_customer_request(state, item);
	else
		is_row = store_item_row(state, item, request, slot);
	error_context_stack = callback.previous;
	return is_row;
}

bool
pca_scan_rows_fetch_item(ForeignScanState *node, PcaScanState *state, TupleTableSlot *slot)
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
		else if (use_item(state, &item, request, slot))
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
	pca_rescan_cache_free(&state->first_page);
	pca_fetch_end(state->fetch);
	pca_fetch_add_stats(&state->ended_stats, pca_fetch_stats(state->fetch));
	pca_recheck_reset(state->recheck);
	state->count.received_rows = 0;
	pca_scan_rows_begin_fetch(state, requests);
}

/* Read the first page of the whole table.  Returns false if the scan is blocked. */
static bool
read_first_page(ForeignScanState *node, PcaScanState *state, TupleTableSlot *slot)
{
	MemoryContext caller;

	while (pca_scan_rows_fetch_item(node, state, slot))
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

/*
 * As pca_scan_rows_fetch_item(), for a fetch that may begin with the first page of the
 * whole table, and for rows of it that are kept.
 */
static bool
fetch_next_row(ForeignScanState *node, PcaScanState *state, TupleTableSlot *slot)
{
	if (pca_whole_table_is_kept(state->rescan.whole))
		return pca_whole_table_read_row(state->rescan.whole, slot);
	if (state->list_requests && !read_first_page(node, state, slot))
		return false;
	if (state->first_page && pca_rescan_cache_read(state->first_page, slot))
		return true;
	return pca_scan_rows_fetch_item(node, state, slot);
}

void
pca_scan_rows_fetch(ForeignScanState *node, PcaScanState *state, TupleTableSlot *slot)
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
