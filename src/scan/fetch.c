/*
 * fetch.c
 *		Schedules the pages of a scan's requests, and returns their items.
 *
 * A fetch has slots, each with one page in flight, and readers: the requests that
 * have begun, each with its page queue.  Two state machines lie one in the other:
 * the scheduler here gives each slot a page and advances all slots; page_fetch.c
 * advances the page of one slot.  The transitions of the scheduler:
 *
 *	AGAIN		something has changed that another slot may depend on
 *	BLOCKED		nothing to do before an event: wait, or return to the caller
 *	ITEM		an item is returned
 *	END			all requests are complete
 *
 * page_queue.c decides if the pages of a request fit together.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/memutils.h"

#include "scan/exchange.h"
#include "scan/fetch.h"
#include "scan/fetch_slot.h"
#include "scan/progress.h"

/*
 * Requests a minute where the API has a documented limit (api-notes 7.4), unless
 * option max_requests_per_minute says otherwise.
 */
#define PCA_FETCH_CUSTOMERS_PER_MINUTE	500

/*
 * Rows between two progress reports while rows are at hand without waiting: some
 * ms.
 */
#define PCA_FETCH_REPORT_ROWS		4096

typedef enum FetchTransition
{
	FETCH_AGAIN,
	FETCH_BLOCKED,
	FETCH_ITEM,
	FETCH_END
} FetchTransition;

/* ---- progress ---- */

/*
 * Add what this process has done since its last call to the shared progress.
 * Returns the progress of all participants.
 */
static PcaProgressState
add_to_shared_progress(PcaFetch *fetch, const PcaProgressState *state)
{
	PcaProgressState *sum = &fetch->shared->progress;
	PcaProgressState whole;

	pca_participants_lock(fetch->participants);
	sum->rows += state->rows - fetch->reported.rows;
	sum->requests += state->requests - fetch->reported.requests;
	sum->bytes += state->bytes - fetch->reported.bytes;
	whole = *sum;
	whole.wait_reason = state->wait_reason;
	whole.wait_ms = state->wait_ms;
	whole.total = pca_page_queue_expected_total(&fetch->shared->queue);
	pca_participants_unlock(fetch->participants);
	fetch->reported = *state;
	return whole;
}

/*
 * Report how far the scan is.  is_blocked: it waits, perhaps for the time that the
 * session has noted.
 */
static void
report_progress(PcaFetch *fetch, bool is_blocked)
{
	const PcaFetchStats *stats = pca_fetch_stats(fetch);
	PcaProgressState state = {
		.rows = stats->rows,.total = fetch->expected_rows,
		.requests = stats->requests,.bytes = stats->bytes
	};
	PcaProgressState whole;

	if (is_blocked)
	{
		state.wait_reason = pca_exchange_wakeup_reason(fetch->session);
		state.wait_ms = pca_exchange_wakeup_ms(fetch->session);
	}
	whole = state;
	if (fetch->participants)
		whole = add_to_shared_progress(fetch, &state);
	pca_progress_report(fetch->progress, &state, &whole);
}

/* ---- the context of messages ---- */

/* The foreign table, and what of it is requested.  request: NULL if that is not known. */
static void
add_request_context(const PcaFetch *fetch, const PcaRequest *request)
{
	const char *table_name = fetch->table->name;

	if (request && request->listing)
		errcontext("list of customers for foreign table \"%s\"", table_name);
	else if (request && request->customer_id)
		errcontext("foreign table \"%s\", customer %s", table_name, request->customer_id);
	else
		errcontext("foreign table \"%s\"", table_name);
}

/* Error context callback: the foreign table and the request that is advanced. */
static void
add_fetch_context(void *fetch)
{
	add_request_context(fetch, ((PcaFetch *) fetch)->advanced);
}

void
pca_fetch_add_item_context(void *fetch)
{
	const PcaFetchSlot *slot = &((PcaFetch *) fetch)->slots[((PcaFetch *) fetch)->current];
	const char *response = pca_page_fetch_response_detail(slot->page_fetch);
	size_t		length = strlen(response);

	/* a context is no sentence */
	while (length > 0 && strchr(". ", response[length - 1]))
		length--;
	errcontext("response: %.*s", (int) length, response);
	add_request_context(fetch, pca_page_queue_request(slot->reader));
}

/* ---- the scheduler ---- */

/* Count a received row.  Errors: option max_rows. */
static void
count_received_row(PcaFetch *fetch)
{
	int64		rows = ++fetch->stats.rows;

	if (fetch->table->max_rows < 0)
		return;
	if (fetch->participants)
		rows = pg_atomic_add_fetch_u64(&fetch->shared->rows, 1);
	if (rows > fetch->table->max_rows)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the API returned more than " INT64_FORMAT " rows", fetch->table->max_rows),
				 errhint("Filter or group, or raise the foreign table's option \"max_rows\".")));
}

/*
 * The first item of the slot's page has arrived.  Returns false if the response is
 * complete without it, or if the page must be fetched again after a skip check.
 */
static bool
begin_page_rows(PcaFetch *fetch, PcaFetchSlot *slot)
{
	if (pca_page_queue_defer_page(slot->reader, &slot->ref, pca_page_fetch_digest(slot->page_fetch)))
	{
		pca_fetch_slot_free(slot);
		fetch->has_changed = true;
		return false;
	}
	pca_fetch_slot_note_response(fetch, slot->reader);
	if (pca_page_queue_begin_rows(slot->reader, &slot->ref))
		return true;
	pca_fetch_slot_end_request(fetch, slot->reader);
	return false;
}

/* An item of the slot's page has arrived; returns true if it is for the caller. */
static bool
accept_item(PcaFetch *fetch, PcaFetchSlot *slot)
{
	const PcaRequest *request;

	if (slot->ref.page.skip_check != PCA_SKIP_CHECK_NONE)
		return false;
	if (pca_page_fetch_items_returned(slot->page_fetch) == 1 && !begin_page_rows(fetch, slot))
		return false;
	request = pca_page_queue_request(slot->reader);
	if (request->listing)
		return true;
	count_received_row(fetch);
	if (fetch->stats.rows % PCA_FETCH_REPORT_ROWS == 0)
		report_progress(fetch, false);
	return !request->probe;
}

/* The slot's page is complete. */
static void
complete_received_page(PcaFetch *fetch, PcaFetchSlot *slot)
{
	if (pca_page_fetch_items_returned(slot->page_fetch) == 0 && slot->ref.page.skip_check == PCA_SKIP_CHECK_NONE)
		pca_fetch_slot_note_response(fetch, slot->reader);
	pca_page_fetch_read_state(slot->page_fetch, &slot->ref.page);
	pca_fetch_slot_complete(fetch, slot);
}

/*
 * Returns true if the first page of a request must be requested again.  Pages that
 * were requested with it would hold their places until it has arrived.
 */
static bool
is_first_page_repeated(const PcaFetchSlot *slot)
{
	return pca_page_queue_pages(slot->reader) == 0 && !slot->ref.page.is_guess &&
		pca_page_fetch_is_unsent(slot->page_fetch) &&
		pca_page_fetch_request_id(slot->page_fetch)[0] != '\0';
}

/* Advance one slot as far as the bytes at hand allow: FETCH_BLOCKED or FETCH_ITEM. */
static FetchTransition
advance_slot(PcaFetch *fetch, PcaFetchSlot *slot, PcaItem *item)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (slot->reader && !pca_page_queue_refresh(slot->reader))
			pca_fetch_slot_end_request(fetch, slot->reader);
		if (slot->reader && pca_page_queue_is_forgotten(slot->reader, &slot->ref))
			pca_fetch_slot_drop(fetch, slot);
		if (!slot->reader && !pca_fetch_slot_fill(fetch, slot))
			return FETCH_BLOCKED;
		fetch->advanced = pca_page_queue_request(slot->reader);
		if (pca_page_queue_must_hold(slot->reader, &slot->ref) &&
			!pca_page_fetch_is_unsent(slot->page_fetch))
			return FETCH_BLOCKED;
		switch (pca_page_fetch_advance(slot->page_fetch, pca_page_queue_previous(slot->reader), item))
		{
			case PCA_PAGE_FETCH_CONTINUE:
				break;
			case PCA_PAGE_FETCH_BLOCKED:
				if (is_first_page_repeated(slot))
					pca_page_queue_forget_guesses(slot->reader, &slot->ref);
				return FETCH_BLOCKED;
			case PCA_PAGE_FETCH_ITEM:
				if (accept_item(fetch, slot))
					return FETCH_ITEM;
				break;
			case PCA_PAGE_FETCH_END:
				complete_received_page(fetch, slot);
				break;
			case PCA_PAGE_FETCH_HTTP_ERROR:
				pca_fetch_slot_handle_http_error(fetch, slot);
				break;
		}
	}
}

/*
 * Returns true if this process, which has no page, may still receive one: another
 * participant's page may turn out shorter than predicted.
 */
static bool
may_receive_page(PcaFetch *fetch)
{
	return fetch->participants && fetch->readers != NIL &&
		!pca_participants_would_deadlock(fetch->participants);
}

/* Returns true if another session's response is waited for. */
static bool
awaits_response(const PcaFetch *fetch)
{
	return fetch->cache && pca_cached_response_awaited(fetch->cache) > 0;
}

/* End the shared request if another participant has completed it. */
static void
refresh_shared_request(PcaFetch *fetch)
{
	if (fetch->readers != NIL && !pca_page_queue_refresh(linitial(fetch->readers)))
		pca_fetch_slot_end_request(fetch, linitial(fetch->readers));
}

/*
 * Advance all slots, beginning with the one that returned the last item.  A request
 * that was started is sent at once, so that the API works on it while the rows of
 * other pages are read.
 */
static FetchTransition
advance_slots(PcaFetch *fetch, PcaItem *item)
{
	fetch->has_changed = false;
	pca_exchange_reset_wakeup(fetch->session);
	if (fetch->participants)
		refresh_shared_request(fetch);
	for (int i = 0; i < fetch->nslots; i++)
	{
		FetchTransition transition = advance_slot(fetch, &fetch->slots[fetch->current], item);

		fetch->advanced = NULL;
		if (transition == FETCH_ITEM)
			return FETCH_ITEM;
		if (pca_exchange_send_started(fetch->session))
			fetch->has_changed = true;
		fetch->current = (fetch->current + 1) % fetch->nslots;
	}
	if (fetch->has_changed)
		return FETCH_AGAIN;
	return pca_fetch_slot_all_free(fetch) && !may_receive_page(fetch) && !awaits_response(fetch) ?
		FETCH_END : FETCH_BLOCKED;
}

/*
 * Wait for an event.  A participant without a page looks from time to time for one; it is
 * not always woken.
 */
static void
wait_for_event(PcaFetch *fetch)
{
	long		timeout_ms = fetch->participants && pca_fetch_slot_all_free(fetch) ?
		PCA_PARTICIPANTS_CHECK_MS : -1;
	instr_time	begin;
	instr_time	end;

	INSTR_TIME_SET_CURRENT(begin);
	pca_exchange_wait_for_event(fetch->session, timeout_ms);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, begin);
	fetch->stats.wait_ms += INSTR_TIME_GET_MILLISEC(end);
}

/*
 * Run the scheduler until there is something for the caller.  FETCH_BLOCKED is
 * returned only if wait is false, and only when nothing has changed since the last
 * pump and no paused transfer can resume: no event would tell the caller of that.
 */
static FetchTransition
run_scheduler(PcaFetch *fetch, bool wait, PcaItem *item)
{
	bool		has_pumped = false;

	for (;;)
	{
		FetchTransition transition = advance_slots(fetch, item);

		if (transition == FETCH_ITEM || transition == FETCH_END)
			return transition;
		if (transition == FETCH_AGAIN)
			continue;
		if (fetch->cache)
			pca_cached_response_beat(fetch->cache);
		report_progress(fetch, true);
		pca_exchange_set_alarm(fetch->session,
							   pca_progress_next_ms(pca_exchange_wakeup_ms(fetch->session)));
		if (wait)
			wait_for_event(fetch);
		else if (!pca_exchange_pump(fetch->session, !has_pumped))
			return FETCH_BLOCKED;
		has_pumped = true;
	}
}

/* Do what pca_fetch_next() does. */
static PcaFetchResult
fetch_next_item(PcaFetch *fetch, bool wait, PcaItem *item, const PcaRequest **request)
{
	switch (run_scheduler(fetch, wait, item))
	{
		case FETCH_ITEM:
			*request = pca_page_queue_request(fetch->slots[fetch->current].reader);
			return PCA_FETCH_ITEM;
		case FETCH_END:
			if (fetch->max_pages >= 0 && fetch->readers != NIL)
				return PCA_FETCH_PAUSED;
			pca_fetch_end(fetch);
			return PCA_FETCH_END;
		default:
			return PCA_FETCH_WAIT;
	}
}

PcaFetchResult
pca_fetch_next(PcaFetch *fetch, bool wait, PcaItem *item, const PcaRequest **request)
{
	ErrorContextCallback callback = {error_context_stack, add_fetch_context, fetch};
	PcaFetchResult result;

	if (fetch->has_ended)
		return PCA_FETCH_END;
	error_context_stack = &callback;
	result = fetch_next_item(fetch, wait, item, request);
	error_context_stack = callback.previous;
	return result;
}

/* ---- beginning and ending ---- */

/* The scope of option max_requests_per_minute: all requests to the API. */
#define PCA_FETCH_SCOPE_ALL			"*"

/* The scope of the documented limit. */
#define PCA_FETCH_SCOPE_CUSTOMERS	"customers"

/* The limit of requests in any minute; 0: no limit. */
static int
get_requests_per_minute(const PcaTable *table)
{
	if (table->server->max_requests_per_minute >= 0)
		return table->server->max_requests_per_minute;
	if (table->path_has_customer || table->resource->lists_customers)
		return PCA_FETCH_CUSTOMERS_PER_MINUTE;
	return 0;
}

/* Allocate the slots.  If the order of rows matters, one page at a time is fetched. */
static void
make_slots(PcaFetch *fetch)
{
	const PcaRequest *request = linitial(fetch->requests);
	const PcaTable *table = fetch->table;

	fetch->nslots = request->ordered ? 1 : table->server->max_parallel_requests;
	fetch->slots = palloc0(sizeof(PcaFetchSlot) * fetch->nslots);
	for (int i = 0; i < fetch->nslots; i++)
		fetch->slots[i].page_fetch = pca_page_fetch_create(fetch->context, fetch->session);
}

PcaFetch *
pca_fetch_begin(MemoryContext context, const PcaTable *table, Oid userid, List *requests)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	PcaFetch   *fetch = palloc0(sizeof(PcaFetch));

	fetch->context = context;
	fetch->table = table;
	fetch->userid = userid;
	fetch->requests = list_copy(requests);
	fetch->unfiltered_total = -1;
	fetch->expected_rows = -1;
	fetch->max_pages = -1;
	fetch->is_single_request = list_length(requests) == 1 && !pca_fetch_slot_next_request(fetch)->listing;
	fetch->progress = pca_progress_begin(context, table->relid, table->name);
	fetch->session = pca_exchange_begin(context, table->server, userid);
	pca_exchange_share_token_wait(fetch->session, context);
	pca_exchange_set_resource(fetch->session, table->resource->name);
	pca_exchange_limit_requests(fetch->session,
								table->server->max_requests_per_minute >= 0 ?
								PCA_FETCH_SCOPE_ALL : PCA_FETCH_SCOPE_CUSTOMERS,
								get_requests_per_minute(table));
	make_slots(fetch);
	MemoryContextSwitchTo(caller);
	return fetch;
}

void
pca_fetch_use_cache(PcaFetch *fetch, MemoryContext query_context)
{
	if (fetch->table->cache_ttl > 0)
		fetch->cache = pca_cached_response_open(fetch->context, query_context, fetch->table,
												fetch->userid, fetch->session);
}

void
pca_fetch_drop_cached(PcaFetch *fetch)
{
	if (fetch->cache)
		pca_cached_response_drop_used(fetch->cache);
}

bool
pca_fetch_can_share(const PcaTable *table, List *requests)
{
	const PcaRequest *request = linitial(requests);

	return list_length(requests) == 1 && request->paged && !request->listing && table->cache_ttl == 0 &&
		!request->probe && !request->count && !request->ordered &&
		get_requests_per_minute(table) == 0;
}

bool
pca_fetch_join(PcaFetch *fetch, PcaFetchShared *shared, PcaParticipants *participants)
{
	MemoryContext caller;
	const PcaRequest *request = pca_fetch_slot_next_request(fetch);

	fetch->number = pca_participants_join(participants);
	if (fetch->number < 0)
		return false;
	caller = MemoryContextSwitchTo(fetch->context);
	fetch->shared = shared;
	fetch->participants = participants;
	pca_exchange_join_participants(fetch->session, participants, &shared->exchange,
								   shared->correlation_id);
	fetch->readers = list_make1(pca_page_queue_join(request, fetch->table,
													pca_fetch_slot_begins_with_other_path(fetch, request),
													&shared->queue, participants, fetch->number));
	fetch->nbegun = 1;
	pca_progress_share(fetch->progress, &shared->noticed_ms);
	MemoryContextSwitchTo(caller);
	return true;
}

/* Leave the participants.  Whichever of them has found the path, this process knows it. */
static void
leave_participants(PcaFetch *fetch)
{
	pca_fetch_slot_remember_path(fetch, linitial(fetch->requests), &fetch->shared->queue);
	pca_participants_leave(fetch->participants, fetch->number, !pca_fetch_slot_all_free(fetch));
	fetch->participants = NULL;
}

void
pca_fetch_add(PcaFetch *fetch, PcaRequest *request)
{
	MemoryContext caller = MemoryContextSwitchTo(fetch->context);

	fetch->requests = lappend(fetch->requests, request);
	fetch->is_single_request = false;
	fetch->expected_rows = -1;
	MemoryContextSwitchTo(caller);
}

void
pca_fetch_end(PcaFetch *fetch)
{
	if (fetch->has_ended)
		return;
	if (fetch->participants)
		leave_participants(fetch);
	for (int i = 0; i < fetch->nslots; i++)
		pca_page_fetch_stop(fetch->slots[i].page_fetch);
	if (fetch->cache)
		pca_cached_response_close(fetch->cache);
	pca_exchange_end(fetch->session);
	pca_progress_end(fetch->progress);
	fetch->has_ended = true;
}

/* ---- accessors ---- */

void
pca_fetch_pause(PcaFetch *fetch, int64 pages)
{
	fetch->max_pages = pages;
}

void
pca_fetch_resume(PcaFetch *fetch)
{
	fetch->max_pages = -1;
}

int64
pca_fetch_most_rows(const PcaFetch *fetch)
{
	const PcaPageReader *reader = fetch->readers ? linitial(fetch->readers) : NULL;

	return reader ? pca_page_queue_probed_rows(reader) : -1;
}

void
pca_fetch_skip_request(PcaFetch *fetch)
{
	pca_fetch_slot_end_request(fetch, fetch->slots[fetch->current].reader);
}

List *
pca_fetch_skipped(const PcaFetch *fetch)
{
	return fetch->skipped;
}

int64
pca_fetch_page_offset(const PcaFetch *fetch)
{
	return fetch->slots[fetch->current].ref.page.skip;
}

void
pca_fetch_skip_probe(PcaFetch *fetch, int64 rows)
{
	if (rows < 0 || fetch->requests == NIL || !((PcaRequest *) linitial(fetch->requests))->probe)
		return;
	fetch->requests = list_delete_first(fetch->requests);
	fetch->unfiltered_total = rows;
}

int64
pca_fetch_probed_rows(const PcaFetch *fetch)
{
	return fetch->unfiltered_total;
}

int64
pca_fetch_uncounted_rows(const PcaFetch *fetch)
{
	return fetch->uncounted_rows;
}

int
pca_fetch_descriptor(const PcaFetch *fetch)
{
	return pca_exchange_descriptor(fetch->session);
}

static void
copy_cache_stats(PcaFetchStats *stats, const PcaFetchCacheStats *counters)
{
	stats->replayed = counters->replayed;
	stats->greatest_age = counters->greatest_age;
	stats->cache_wait = counters->wait_ms;
}

const PcaFetchStats *
pca_fetch_stats(PcaFetch *fetch)
{
	const PcaExchangeStats *counters = pca_exchange_stats(fetch->session);

	fetch->stats.requests = counters->requests;
	fetch->stats.retries = counters->retries;
	fetch->stats.bytes = counters->bytes;
	for (int i = 0; i < fetch->nslots && !fetch->has_ended; i++)
		fetch->stats.bytes += pca_page_fetch_received(fetch->slots[i].page_fetch);
	if (fetch->cache)
		copy_cache_stats(&fetch->stats, pca_cached_response_stats(fetch->cache));
	return &fetch->stats;
}

void
pca_fetch_add_stats(PcaFetchStats *sum, const PcaFetchStats *stats)
{
	sum->requests += stats->requests;
	sum->pages += stats->pages;
	sum->rows += stats->rows;
	sum->bytes += stats->bytes;
	sum->retries += stats->retries;
	sum->empty_pages += stats->empty_pages;
	sum->wait_ms += stats->wait_ms;
	sum->reused += stats->reused;
	sum->replayed += stats->replayed;
	sum->greatest_age = Max(sum->greatest_age, stats->greatest_age);
	sum->cache_wait += stats->cache_wait;
}
