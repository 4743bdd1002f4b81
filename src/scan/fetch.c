/*
 * fetch.c
 *		Which pages are asked for, and whether they make a whole.
 *
 * A fetch has some pulls, each with one page on its way, and some asks: requests
 * that were begun, each with the pages it takes.
 *
 * Nothing is asked at once before the API has answered something: a small
 * result takes no request more than when its pages came one by one.
 *
 * How one page is asked for is asked in page_fetch.c, whether the pages of a request
 * fit together in page_queue.c.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/memutils.h"

#include "http/http.h"
#include "http/pollset.h"
#include "scan/exchange.h"
#include "scan/fetch.h"
#include "scan/page_fetch.h"
#include "scan/page_queue.h"
#include "scan/path_variant.h"
#include "scan/progress.h"

/*
 * Requests a minute where the API has a documented limit (api-notes 7.4), unless
 * option max_requests_per_minute says otherwise.
 */
#define PCA_CUSTOMERS_PER_MINUTE	500

/* Rows between two looks at the clock, where none is waited for: some ms. */
#define PCA_ROWS_A_LOOK		4096

/* A place for one page on its way. */
typedef struct Slot
{
	PcaPageFetch *pull;
	PcaPageReader *ask;			/* whose page it is; NULL: none */
	PcaPageRef	turn;
} Slot;

struct PcaFetch
{
	MemoryContext context;
	const PcaTable *table;
	List	   *requests;
	int			begun;			/* how many of them were */
	List	   *asks;			/* PcaPageReader *: those begun, and not
								 * answered as a whole */
	PcaHttpSession wire;
	int			nslots;
	Slot	   *slots;
	int			current;		/* the slot that is looked at first */
	bool		answered;		/* the API has answered something */
	bool		moved;			/* something did that another slot may wait
								 * for */
	PcaFetchStats stats;
	PcaProgress *progress;
	PcaProgressState told;		/* to the crew */
	PcaParticipants *crew;		/* that fetches together; NULL: we do alone */
	PcaFetchShared *shared;		/* by the crew */
	int			member;			/* which of it we are */
	bool		alone;			/* there is one request */
	int64		expected;		/* rows of its answer; -1: not known */
	int64		unfiltered;		/* TotalCount that a probe found; -1: unknown */
	int64		uncounted;		/* rows that were counted, not received */
	List	   *skipped;		/* char *: customers */
	bool		ended;
};

/* What a look at the slots came to. */
typedef enum Step
{
	STEP_ON,					/* look again */
	STEP_BLOCKED,				/* not before something moves */
	STEP_ITEM,
	STEP_END
} Step;

/* ---- which page next ---- */

/* The next request to be begun, or NULL. */
static const PcaRequest *
next_request(const PcaFetch *fetch)
{
	return fetch->begun < list_length(fetch->requests) ?
		list_nth(fetch->requests, fetch->begun) : NULL;
}

/*
 * Whether the next request may be begun beside those that are: not before what
 * they may find out, and not when their rows may be enough.
 */
static bool
may_begin(const PcaFetch *fetch)
{
	ListCell   *lc;

	if (!next_request(fetch))
		return false;
	foreach(lc, fetch->asks)
	{
		const PcaRequest *request = ((PcaPageReader *) lfirst(lc))->request;

		if (!request->listing)
			return !request->probe && !request->count &&
				fetch->stats.rows >= request->limit;
	}
	return true;
}

/* Whether a listing is to wait, since the customers so far may be enough. */
static bool
must_hold(const PcaFetch *fetch, const PcaPageReader *ask)
{
	const PcaRequest *next = next_request(fetch);

	return ask->request->listing && next && next->limit >= 0;
}

/* How errors of the request begin. */
static const char *
what_of(const PcaFetch *fetch, const PcaRequest *request)
{
	if (request->listing)
		return psprintf("could not list the customers for foreign table \"%s\"",
						fetch->table->name);
	if (request->customer_id)
		return psprintf("%s for customer %s", fetch->wire.what, request->customer_id);
	return fetch->wire.what;
}

static bool
begins_with_other_path(const PcaFetch *fetch, const PcaRequest *request)
{
	const PcaTable *table = fetch->table;

	return request->other_path &&
		pca_path_variant_is_other(table->server->serverid, table->resource->name);
}

/* Begin the next request of the fetch. */
static PcaPageReader *
begin_ask(PcaFetch *fetch)
{
	MemoryContext caller = MemoryContextSwitchTo(fetch->context);
	const PcaRequest *request = next_request(fetch);
	PcaPageReader *ask = pca_page_queue_begin(request, what_of(fetch, request), fetch->table, fetch->unfiltered,
											  begins_with_other_path(fetch, request));

	fetch->begun++;
	fetch->asks = lappend(fetch->asks, ask);
	MemoryContextSwitchTo(caller);
	return ask;
}

static bool
is_idle(const PcaFetch *fetch)
{
	for (int i = 0; i < fetch->nslots; i++)
	{
		if (fetch->slots[i].ask)
			return false;
	}
	return true;
}

/* The request whose next page may be asked for, with that page; or NULL. */
static PcaPageReader *
choose_page(PcaFetch *fetch, PcaPageRef *turn)
{
	ListCell   *lc;
	PcaPageReader *ask;

	int			width = pca_exchange_window(&fetch->wire);

	if (!fetch->crew && !fetch->answered && !is_idle(fetch))
		return NULL;
	foreach(lc, fetch->asks)
	{
		ask = lfirst(lc);
		if (!must_hold(fetch, ask) && pca_page_queue_claim_page(ask, width, turn))
			return ask;
	}
	if (!may_begin(fetch))
		return NULL;
	ask = begin_ask(fetch);
	(void) pca_page_queue_claim_page(ask, width, turn);
	return ask;
}

/* Turn a free slot to a page; false when there is none. */
static bool
fill_slot(PcaFetch *fetch, Slot *slot)
{
	char	   *url;

	slot->ask = choose_page(fetch, &slot->turn);
	if (!slot->ask)
		return false;
	url = pca_page_queue_page_url(slot->ask, &slot->turn, fetch->wire.server->base_url);
	pca_page_fetch_begin_page(slot->pull, url, slot->ask->continuation, slot->ask->what);
	pfree(url);
	return true;
}

static void
free_slot(Slot *slot)
{
	pca_page_fetch_stop(slot->pull);
	slot->ask = NULL;
}

/* ---- a page that has come ---- */

/* The request is answered as a whole; guesses that are out were wrong. */
static void
end_ask(PcaFetch *fetch, PcaPageReader *ask)
{
	if (ask->request->probe)
		fetch->unfiltered = pca_paging_probed(&ask->book->paging);
	fetch->uncounted += ask->book->paging.uncounted;
	for (int i = 0; i < fetch->nslots; i++)
	{
		if (fetch->slots[i].ask == ask)
			free_slot(&fetch->slots[i]);
	}
	fetch->asks = list_delete_ptr(fetch->asks, ask);
	if (ask->what != fetch->wire.what)
		pfree(unconstify(char *, ask->what));
	pca_page_queue_free(ask);
	fetch->moved = true;
}

/* The slot's page is out no more. */
static void
settle(PcaFetch *fetch, Slot *slot)
{
	PcaPageReader *ask = slot->ask;
	bool		more;

	free_slot(slot);
	fetch->moved = true;
	more = pca_page_queue_complete_page(ask, &slot->turn);
	pca_participants_wake(fetch->crew);
	if (fetch->alone && !fetch->crew)
		fetch->expected = pca_page_queue_expected_rows(ask);
	if (!more)
		end_ask(fetch, ask);
}

/*
 * A page is coming; from a first one on, scans begin with the form of its path.
 */
static void
note_answer(PcaFetch *fetch, PcaPageReader *ask)
{
	const PcaTable *table = fetch->table;

	fetch->answered = true;
	fetch->stats.pages++;
	if (pca_page_queue_note_response(ask) && ask->request->other_path)
		pca_path_variant_remember(table->server->serverid, table->resource->name,
								  ask->book->other_path);
}

/* Count a row. */
static void
count_row(PcaFetch *fetch)
{
	int64		rows = ++fetch->stats.rows;

	if (fetch->table->max_rows < 0)
		return;
	if (fetch->crew)
		rows = pg_atomic_add_fetch_u64(&fetch->shared->rows, 1);
	if (rows > fetch->table->max_rows)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s: more than " INT64_FORMAT " rows", fetch->wire.what,
						fetch->table->max_rows),
				 errhint("Ask for less, or raise the foreign table's option \"max_rows\".")));
}

/* Ask the other path form, once, for a first page that is not there. */
static bool
change_path(PcaFetch *fetch, Slot *slot)
{
	char	   *url;

	if (!pca_page_queue_try_other_path(slot->ask))
		return false;
	url = pca_page_queue_page_url(slot->ask, &slot->turn, fetch->wire.server->base_url);
	pca_page_fetch_retry_with_url(slot->pull, url);
	pfree(url);
	return true;
}

/* Go on without a customer's rows, if that may be; false when it may not. */
static bool
skip_customer(PcaFetch *fetch, Slot *slot)
{
	PcaPageReader *ask = slot->ask;
	MemoryContext caller;

	if (!fetch->table->skip_customer_error || !ask->request->customer_id ||
		ask->book->paging.pages > 0 || pca_page_fetch_items_returned(slot->pull) > 0 ||
		!pca_page_fetch_is_about_customer(slot->pull))
		return false;
	caller = MemoryContextSwitchTo(fetch->context);
	fetch->skipped = lappend(fetch->skipped, unconstify(char *, ask->request->customer_id));
	MemoryContextSwitchTo(caller);
	fetch->answered = true;
	end_ask(fetch, ask);
	return true;
}

/* A page is refused for good: a wrong guess may be, another may not. */
static void
judge_refusal(PcaFetch *fetch, Slot *slot)
{
	const PcaPageReader *ask = slot->ask;
	bool		absent = pca_page_fetch_http_error(slot->pull)->status == 404;
	const char *hint = NULL;

	if (absent && change_path(fetch, slot))
		return;
	if (slot->turn.part.guess && !pca_page_queue_is_next(ask, &slot->turn))
	{
		slot->turn.part.refused = true;
		settle(fetch, slot);
		return;
	}
	if (skip_customer(fetch, slot))
		return;
	if (absent && ask->request->customer_id)
		hint = psprintf("There may be no customer %s, or nothing about it.",
						ask->request->customer_id);
	else if (absent && ask->book->both_paths)
		hint = psprintf("Neither \"%s\" nor \"%s\" is there: check the server's option \"base_url\".",
						ask->request->path, ask->request->other_path);
	pca_page_fetch_raise_error(slot->pull, hint);
}

/* How far all are, with what we have come further since the last call. */
static PcaProgressState
progress_of_crew(PcaFetch *fetch, const PcaProgressState *state)
{
	PcaProgressState *sum = &fetch->shared->progress;
	PcaProgressState whole;

	pca_participants_lock(fetch->crew);
	sum->rows += state->rows - fetch->told.rows;
	sum->requests += state->requests - fetch->told.requests;
	sum->bytes += state->bytes - fetch->told.bytes;
	whole = *sum;
	whole.total = pca_paging_expected(&fetch->shared->book.paging);
	pca_participants_unlock(fetch->crew);
	fetch->told = *state;
	return whole;
}

/* Tell those who want to know how far the fetch is. */
static void
tell_progress(PcaFetch *fetch)
{
	const PcaFetchStats *stats = pca_fetch_stats(fetch);
	PcaProgressState state = {
		.rows = stats->rows,.total = fetch->expected,
		.requests = stats->requests,.bytes = stats->bytes
	};
	PcaProgressState whole = state;

	if (fetch->crew)
		whole = progress_of_crew(fetch, &state);
	pca_progress_report(fetch->progress, &state, &whole);
}

/* A page's first item has come; false when all of the answer came without it. */
static bool
begin_page(PcaFetch *fetch, const Slot *slot)
{
	note_answer(fetch, slot->ask);
	if (pca_page_queue_begin_rows(slot->ask, &slot->turn))
		return true;
	end_ask(fetch, slot->ask);
	return false;
}

/* An item has come; false when the caller is not to see it. */
static bool
take_item(PcaFetch *fetch, Slot *slot)
{
	if (pca_page_fetch_items_returned(slot->pull) == 1 && !begin_page(fetch, slot))
		return false;
	if (slot->ask->request->listing)
		return true;
	count_row(fetch);
	if (fetch->stats.rows % PCA_ROWS_A_LOOK == 0)
		tell_progress(fetch);
	return !slot->ask->request->probe;
}

/* ---- the whole ---- */

/* Go on with one slot as far as its bytes allow. */
static Step
work(PcaFetch *fetch, Slot *slot, PcaItem *item)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (slot->ask && !pca_page_queue_refresh(slot->ask))
			end_ask(fetch, slot->ask);
		if (!slot->ask && !fill_slot(fetch, slot))
			return STEP_BLOCKED;
		switch (pca_page_fetch_next(slot->pull, &slot->ask->previous, item))
		{
			case PCA_PAGE_FETCH_ITEM:
				if (take_item(fetch, slot))
					return STEP_ITEM;
				break;
			case PCA_PAGE_FETCH_END:
				if (pca_page_fetch_items_returned(slot->pull) == 0)
					note_answer(fetch, slot->ask);
				pca_page_fetch_read_state(slot->pull, &slot->turn.part);
				settle(fetch, slot);
				break;
			case PCA_PAGE_FETCH_HTTP_ERROR:
				judge_refusal(fetch, slot);
				break;
			default:
				return STEP_BLOCKED;
		}
	}
}

/*
 * Whether other members of the crew may leave pages to us, which have none, and
 * we are not in their way.
 */
static bool
others_go_on(PcaFetch *fetch)
{
	return fetch->crew && fetch->asks != NIL && !pca_participants_would_deadlock(fetch->crew);
}

/* A request that the crew was given is answered when another member says so. */
static void
look_at_crew(PcaFetch *fetch)
{
	if (fetch->asks != NIL && !pca_page_queue_refresh(linitial(fetch->asks)))
		end_ask(fetch, linitial(fetch->asks));
}

/*
 * Look at all slots, beginning with the one that gave the last item.  A request
 * that was begun is sent at once, so that its answer is on its way while the
 * rows of other pages are read.
 */
static Step
look_around(PcaFetch *fetch, PcaItem *item)
{
	fetch->moved = false;
	fetch->wire.wake = 0;
	if (fetch->crew)
		look_at_crew(fetch);
	for (int i = 0; i < fetch->nslots; i++)
	{
		if (work(fetch, &fetch->slots[fetch->current], item) == STEP_ITEM)
			return STEP_ITEM;
		if (fetch->wire.unsent)
		{
			pca_http_pump(fetch->wire.http);
			fetch->wire.unsent = false;
			fetch->moved = true;
		}
		fetch->current = (fetch->current + 1) % fetch->nslots;
	}
	if (fetch->moved)
		return STEP_ON;
	return is_idle(fetch) && !others_go_on(fetch) ? STEP_END : STEP_BLOCKED;
}

/* Wait until something moves. */
static void
wait_for_bytes(PcaFetch *fetch)
{
	long		timeout = is_idle(fetch) ? PCA_PARTICIPANTS_CHECK_MS : -1;

	instr_time	begin;
	instr_time	end;

	INSTR_TIME_SET_CURRENT(begin);
	pca_http_wait(fetch->wire.http, timeout);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, begin);
	fetch->stats.wait_time += INSTR_TIME_GET_MILLISEC(end);
}

/*
 * Look until something is there for the caller.  One who does not wait is sent
 * away only when nothing has moved since the last pump, and no paused transfer
 * can go on: nobody would be told of it.
 */
static Step
run(PcaFetch *fetch, bool wait, PcaItem *item)
{
	bool		pumped = false;

	for (;;)
	{
		int64		now;
		Step		came_to = look_around(fetch, item);

		if (came_to == STEP_ITEM || came_to == STEP_END)
			return came_to;
		if (came_to == STEP_ON)
			continue;
		tell_progress(fetch);
		now = pca_pollset_now();
		pca_http_alarm(fetch->wire.http, pca_progress_next_ms(
															  fetch->wire.wake > 0 ?
															  Max(fetch->wire.wake - now, 1) : 0));
		if (wait)
			wait_for_bytes(fetch);
		else if (pumped && !fetch->wire.consumed && !pca_http_resume(fetch->wire.http))
			return STEP_BLOCKED;
		else
			pca_http_pump(fetch->wire.http);
		fetch->wire.consumed = false;
		pumped = true;
	}
}

/* How many requests a minute may have; 0: no limit. */
static int
requests_per_minute(const PcaTable *table)
{
	if (table->server->max_requests_per_minute >= 0)
		return table->server->max_requests_per_minute;
	if (table->path_has_customer || table->resource->lists_customers)
		return PCA_CUSTOMERS_PER_MINUTE;
	return 0;
}

PcaFetch *
pca_fetch_begin(MemoryContext context, const PcaTable *table, Oid userid,
				List *requests)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	PcaFetch   *fetch = palloc0(sizeof(PcaFetch));

	fetch->context = context;
	fetch->table = table;
	fetch->requests = list_copy(requests);
	fetch->unfiltered = -1;
	fetch->expected = -1;
	fetch->alone = list_length(requests) == 1 && !next_request(fetch)->listing;
	fetch->progress = pca_progress_begin(context, table->relid, table->name);
	pca_exchange_begin(&fetch->wire, context, table->server, userid,
					   psprintf("could not read foreign table \"%s\"", table->name));
	pca_exchange_share_token_wait(&fetch->wire, context);
	fetch->wire.per_minute = requests_per_minute(table);
	fetch->nslots = ((PcaRequest *) linitial(requests))->ordered ? 1 : fetch->wire.most;
	fetch->slots = palloc0(sizeof(Slot) * fetch->nslots);
	for (int i = 0; i < fetch->nslots; i++)
		fetch->slots[i].pull =
			pca_page_fetch_create(context, &fetch->wire,
								  table->resource->bare_object);
	MemoryContextSwitchTo(caller);
	return fetch;
}

bool
pca_fetch_can_share(const PcaTable *table, List *requests)
{
	const PcaRequest *request = linitial(requests);

	return list_length(requests) == 1 && request->paged && !request->listing &&
		!request->probe && !request->count && !request->ordered &&
		requests_per_minute(table) == 0;
}

bool
pca_fetch_join(PcaFetch *fetch, PcaFetchShared *shared, PcaParticipants *crew)
{
	MemoryContext caller;
	const PcaRequest *request = next_request(fetch);

	fetch->member = pca_participants_join(crew);
	if (fetch->member < 0)
		return false;
	caller = MemoryContextSwitchTo(fetch->context);
	fetch->shared = shared;
	fetch->crew = crew;
	pca_exchange_join_participants(&fetch->wire, crew, &shared->pressure, shared->correlation_id);
	fetch->asks = list_make1(pca_page_queue_join(request, what_of(fetch, request), fetch->table,
												 begins_with_other_path(fetch, request),
												 &shared->book, crew, fetch->member));
	fetch->begun = 1;
	pca_progress_share(fetch->progress, &shared->told);
	MemoryContextSwitchTo(caller);
	return true;
}

/* Whatever process has found the path's form, we know it then. */
static void
leave_crew(PcaFetch *fetch)
{
	const PcaPageQueue *book = &fetch->shared->book;
	const PcaTable *table = fetch->table;

	if (book->answered && ((PcaRequest *) linitial(fetch->requests))->other_path)
		pca_path_variant_remember(table->server->serverid, table->resource->name,
								  book->other_path);
	pca_participants_leave(fetch->crew, fetch->member, !is_idle(fetch));
	fetch->crew = NULL;
}

PcaFetchResult
pca_fetch_next(PcaFetch *fetch, bool wait, PcaItem *item,
			   const PcaRequest **request)
{
	if (fetch->ended)
		return PCA_FETCH_END;
	switch (run(fetch, wait, item))
	{
		case STEP_ITEM:
			*request = fetch->slots[fetch->current].ask->request;
			return PCA_FETCH_ITEM;
		case STEP_END:
			pca_fetch_end(fetch);
			return PCA_FETCH_END;
		default:
			return PCA_FETCH_WAIT;
	}
}

void
pca_fetch_add_response_detail(const PcaFetch *fetch)
{
	const Slot *slot = &fetch->slots[fetch->current];
	ErrorData  *error;
	const char *answer;

	MemoryContextSwitchTo(fetch->context);
	error = CopyErrorData();
	FlushErrorState();
	answer = pca_page_fetch_response_detail(slot->pull);
	if (slot->ask->request->customer_id)
		answer = psprintf("Customer: %s. %s", slot->ask->request->customer_id, answer);
	error->detail = error->detail ? psprintf("%s %s", error->detail, answer) : pstrdup(answer);
	ReThrowError(error);
}

void
pca_fetch_add(PcaFetch *fetch, PcaRequest *request)
{
	MemoryContext caller = MemoryContextSwitchTo(fetch->context);

	fetch->requests = lappend(fetch->requests, request);
	fetch->alone = false;
	fetch->expected = -1;
	MemoryContextSwitchTo(caller);
}

List *
pca_fetch_skipped(const PcaFetch *fetch)
{
	return fetch->skipped;
}

int64
pca_fetch_page_offset(const PcaFetch *fetch)
{
	return fetch->slots[fetch->current].turn.part.skip;
}

int64
pca_fetch_probed_rows(const PcaFetch *fetch)
{
	return fetch->unfiltered;
}

int64
pca_fetch_uncounted_rows(const PcaFetch *fetch)
{
	return fetch->uncounted;
}

int
pca_fetch_descriptor(const PcaFetch *fetch)
{
	return fetch->wire.http ? pca_http_descriptor(fetch->wire.http) : PGINVALID_SOCKET;
}

const PcaFetchStats *
pca_fetch_stats(PcaFetch *fetch)
{
	fetch->stats.requests = fetch->wire.requests;
	fetch->stats.retries = fetch->wire.retries;
	fetch->stats.bytes = fetch->wire.bytes;
	for (int i = 0; i < fetch->nslots && fetch->wire.http; i++)
		fetch->stats.bytes += pca_page_fetch_received(fetch->slots[i].pull);
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
	sum->wait_time += stats->wait_time;
}

void
pca_fetch_end(PcaFetch *fetch)
{
	if (!fetch->wire.http)
		return;
	if (fetch->crew)
		leave_crew(fetch);
	for (int i = 0; i < fetch->nslots; i++)
		pca_page_fetch_stop(fetch->slots[i].pull);
	if (fetch->wire.token.transfer)
		pca_exchange_finish(&fetch->wire, &fetch->wire.token);
	pca_http_release(fetch->wire.http);
	pca_progress_end(fetch->progress);
	fetch->wire.http = NULL;
	fetch->ended = true;
}
