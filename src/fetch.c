/*
 * fetch.c
 *		Which request is sent next, and what is done about its answer.
 *
 * A fetch is a state machine: each step moves on as far as the bytes at hand
 * allow, and nothing in it waits; pca_fetch_next() waits between steps when
 * its caller may.  What belongs to one page on its way is in a Pull, what
 * belongs to all pages of a request in an Ask, so that there may be several.
 *
 * How one request is sent until it is answered is asked in exchange.c, whether
 * the pages fit together in paging.c, what an error says in fault.c, who asks
 * in auth.c.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/memutils.h"

#include "auth.h"
#include "event.h"
#include "exchange.h"
#include "fault.h"
#include "fetch.h"
#include "http.h"
#include "json.h"
#include "paging.h"
#include "pathform.h"
#include "retry.h"

/* Redirects followed for one page; the API is not known to send any. */
#define PCA_MAX_REDIRECTS	3

/* How deep a bare object may be nested when it is looked at for an error. */
#define PCA_BARE_DEPTH		64

/* One of the fetch's requests, and the pages it takes. */
typedef struct Ask
{
	const PcaRequest *request;	/* NULL: the next one is to be begun */
	PcaPaging	paging;
	bool		other_path;		/* the other path form is asked */
	bool		both_paths;		/* both forms were */
} Ask;

typedef enum PullState
{
	PULL_NONE,					/* no page is asked for */
	PULL_SEND,					/* its request is to be sent */
	PULL_HEAD,					/* the answer's headers are waited for */
	PULL_ITEMS,					/* the answer is good */
	PULL_REFUSAL				/* the answer is not; its body is waited for */
} PullState;

/* One page on its way. */
typedef struct Pull
{
	PullState	state;
	MemoryContext context;		/* reset for the next page */
	PcaExchange exchange;
	const char *url;
	int			redirects;
	bool		renewed;		/* the token was, after a 401 */
	PcaPage    *page;			/* cuts the body into items */
	size_t		handed_out;		/* bytes of the item that the caller has */
	PcaDigest	seen;			/* items of this attempt */
	PcaDigest	delivered;		/* items handed out, by any attempt */
	bool		repeats;		/* it begins as the page before */
	char	   *glimpse;		/* the body's first bytes, for an error */
} Pull;

struct PcaFetch
{
	MemoryContext context;
	const PcaTable *table;
	Oid			userid;
	const char *what;			/* how its errors begin */
	List	   *requests;		/* those not begun yet */
	PcaWire		wire;
	PcaJson    *json;			/* for bare objects */
	char		correlation_id[PCA_GUID_LENGTH + 1];
	PcaExchange token;
	Ask			ask;
	Pull		pull;
	PcaFetchStats stats;
	int64		unfiltered;		/* TotalCount that a probe found; -1: unknown */
	int64		uncounted;		/* rows that were counted, not received */
	bool		ended;
};

/* What a step came to. */
typedef enum Step
{
	STEP_ON,					/* take the next one */
	STEP_BLOCKED,				/* not before something moves */
	STEP_ITEM,
	STEP_END
} Step;

/* ---- a page's request ---- */

/* Begin the next request of the fetch; false when there is none. */
static bool
next_ask(PcaFetch *fetch)
{
	Ask		   *ask = &fetch->ask;
	const PcaTable *table = fetch->table;

	if (fetch->requests == NIL)
		return false;
	memset(ask, 0, sizeof(Ask));
	ask->request = linitial(fetch->requests);
	fetch->requests = list_delete_first(fetch->requests);
	pca_paging_begin(&ask->paging, ask->request, table, fetch->unfiltered);
	ask->other_path = ask->request->other_path && table->resource &&
		pca_pathform_is_other(table->server->serverid, table->resource->name);
	return true;
}

/* The URL of the page that the request's paging says is next. */
static const char *
page_url(PcaFetch *fetch)
{
	const Ask  *ask = &fetch->ask;

	return psprintf("%s%s%s", fetch->wire.server->base_url,
					ask->other_path ? ask->request->other_path : ask->request->path,
					pca_request_query(ask->request, ask->paging.top, ask->paging.skip));
}

/* Turn to the next page of the request, or of the next one. */
static Step
next_page(PcaFetch *fetch)
{
	Pull	   *pull = &fetch->pull;
	MemoryContext context = pull->context;
	PcaPage    *page = pull->page;

	MemoryContextReset(context);
	if (!fetch->ask.request && !next_ask(fetch))
		return STEP_END;
	memset(pull, 0, sizeof(Pull));
	pull->context = context;
	pull->page = page;
	pull->state = PULL_SEND;
	pull->url = page_url(fetch);
	return STEP_ON;
}

/* The headers of a page's request (facts 4), without the token's. */
static List *
page_headers(PcaFetch *fetch)
{
	const char *locale = fetch->wire.server->locale;
	const char *id = pca_exchange_id(&fetch->pull.exchange);
	List	   *headers = NIL;

	headers = lappend(headers, pstrdup("Accept: application/json"));
	headers = lappend(headers, pstrdup("MS-Contract-Version: v1"));
	headers = lappend(headers, pstrdup("MS-PartnerCenter-Application: pc_analytics_fdw"));
	headers = lappend(headers, psprintf("X-Locale: %s", locale));
	headers = lappend(headers, psprintf("MS-RequestId: %s", id));
	headers = lappend(headers, psprintf("MS-CorrelationId: %s", fetch->correlation_id));
	return headers;
}

/* Send the page's request, if there is a token. */
static Step
send_page(PcaFetch *fetch)
{
	Pull	   *pull = &fetch->pull;
	PcaHttpRequest request = {.max_size = fetch->wire.server->max_response_size};

	if (pca_exchange_must_wait(&pull->exchange))
		return STEP_BLOCKED;
	fetch->wire.auth = pca_auth_open(fetch->wire.server, fetch->userid);
	if (!pca_auth_has_token(fetch->wire.auth))
		return pca_exchange_token(&fetch->wire, &fetch->token) ? STEP_ON : STEP_BLOCKED;

	request.url = pull->url;
	request.headers = page_headers(fetch);
	pca_auth_attach(fetch->wire.auth, fetch->wire.server, &request);
	pca_exchange_start(&fetch->wire, &pull->exchange, &request);
	pca_page_reset(pull->page);
	pull->handed_out = 0;
	memset(&pull->seen, 0, sizeof(PcaDigest));
	pull->state = PULL_HEAD;
	return STEP_BLOCKED;
}

/* ---- a refusal ---- */

/* Raise what the refusal says; secrets that it repeats are blotted out. */
static void
raise_refusal(PcaFetch *fetch, PcaRefusal *refusal)
{
	const char *hint = NULL;

	pca_auth_scrub(fetch->wire.auth, refusal->detail);
	if (refusal->status == 403 && pca_auth_is_app_only(fetch->wire.auth))
		hint = "The analytics resources need a user's token: set the user mapping's option \"refresh_token\".";
	else if (refusal->status == 404 && fetch->ask.request->customer_id)
		hint = psprintf("There may be no customer %s, or nothing about it.",
						fetch->ask.request->customer_id);
	else if (refusal->status == 404 && fetch->ask.both_paths)
		hint = psprintf("Neither \"%s\" nor \"%s\" is there: check the server's option \"base_url\".",
						fetch->ask.request->path, fetch->ask.request->other_path);
	pca_fault_refused(fetch->what, refusal, fetch->pull.exchange.failures, hint);
}

/* Whether a new token may help: the refused one was good before. */
static bool
renew_token(PcaFetch *fetch, const PcaRefusal *refusal)
{
	/* wrong audience, no multi-factor authentication (facts 3.3) */
	static const char *const final[] = {"900420", "900421"};

	for (int i = 0; refusal->code && i < (int) lengthof(final); i++)
	{
		if (strcmp(refusal->code, final[i]) == 0)
			return false;
	}
	if (fetch->pull.renewed)
		return false;
	fetch->pull.renewed = true;
	return pca_auth_refused(fetch->wire.auth);
}

/* Ask the other path form, once, for a first page that is not there. */
static bool
change_path(PcaFetch *fetch)
{
	Ask		   *ask = &fetch->ask;

	if (!ask->request->other_path || ask->both_paths || ask->paging.pages > 0)
		return false;
	ask->both_paths = true;
	ask->other_path = !ask->other_path;
	fetch->pull.url = page_url(fetch);
	return true;
}

/* Follow a redirect that stays with the origin; false when there is none. */
static bool
follow_redirect(PcaFetch *fetch)
{
	Pull	   *pull = &fetch->pull;
	const char *location = pca_transfer_header(pull->exchange.transfer, "Location");
	const char *url;

	if (!location || pull->redirects++ >= PCA_MAX_REDIRECTS)
		return false;
	url = pca_http_url_join(pull->url, location);
	if (!url || !pca_http_same_origin(url, fetch->wire.server->base_url))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("%s: the API redirects to another server", fetch->what),
				 errdetail("It redirects to \"%s\"; nothing was sent there.",
						   pca_fault_text(location, strcspn(location, "?#"),
										  PCA_FAULT_GLIMPSE))));
	pull->url = url;
	return true;
}

/* Whether the refusal has a cure that can be tried without asking anybody. */
static bool
cure_refusal(PcaFetch *fetch, const PcaRefusal *refusal)
{
	PcaExchange *exchange = &fetch->pull.exchange;

	switch (refusal->status)
	{
		case 301:
		case 302:
		case 307:
		case 308:
			return follow_redirect(fetch);
		case 401:
			return renew_token(fetch, refusal);
		case 404:
			return change_path(fetch);
		default:
			return pca_retry_status(refusal->status) &&
				pca_exchange_again_later(&fetch->wire, exchange, fetch->what);
	}
}

/* Judge an answer that is not rows, once its body is there. */
static Step
judge_refusal(PcaFetch *fetch)
{
	Pull	   *pull = &fetch->pull;
	PcaTransfer *transfer = pull->exchange.transfer;
	PcaRefusal	refusal;
	size_t		length;

	(void) pca_transfer_body(transfer, &length);
	if (pca_transfer_state(transfer) == PCA_TRANSFER_RUNNING && length < PCA_FAULT_BODY)
		return STEP_BLOCKED;
	refusal = pca_fault_read(transfer, pull->exchange.id);
	if (!cure_refusal(fetch, &refusal))
		raise_refusal(fetch, &refusal);
	pca_exchange_finish(&fetch->wire, &pull->exchange);
	pull->state = PULL_SEND;
	return STEP_ON;
}

/* ---- a page's items ---- */

/* Raise the error of an answer of status 200 that cannot be read. */
static void
raise_unreadable(PcaFetch *fetch, const char *problem)
{
	Pull	   *pull = &fetch->pull;
	char	   *glimpse = pull->glimpse ? pull->glimpse : pstrdup("");
	char	   *identifiers = pca_fault_identifiers(pull->exchange.transfer,
													pull->exchange.id);

	pca_auth_scrub(fetch->wire.auth, glimpse);
	pca_auth_scrub(fetch->wire.auth, identifiers);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
			 errmsg("%s: %s", fetch->what, problem),
			 glimpse[0] == '\0' ? errdetail("%s", identifiers) :
			 errdetail("The answer begins with \"%s\". %s", glimpse, identifiers)));
}

/* Keep the body's first bytes, should the rest be no use. */
static void
keep_glimpse(Pull *pull)
{
	size_t		length;
	const char *body = pca_transfer_body(pull->exchange.transfer, &length);

	if (!pull->glimpse && length > 0)
		pull->glimpse = pca_fault_text(body, length, PCA_FAULT_GLIMPSE);
}

/* An answer that ends too early: ask again. */
static Step
body_failed(PcaFetch *fetch, const char *fault)
{
	Pull	   *pull = &fetch->pull;

	if (!pca_exchange_again(&fetch->wire, &pull->exchange, -1, fetch->what))
		raise_unreadable(fetch, psprintf("the answer cannot be read: %s", fault));
	pca_exchange_finish(&fetch->wire, &pull->exchange);
	pull->state = PULL_SEND;
	return STEP_ON;
}

/* The transfer failed in the middle of the page, or before it. */
static Step
page_failed(PcaFetch *fetch)
{
	pca_exchange_failed(&fetch->wire, &fetch->pull.exchange, fetch->what);
	fetch->pull.state = PULL_SEND;
	return STEP_ON;
}

/* Raise the error of a page that came again, but not as it was. */
static void
raise_not_repeated(const PcaFetch *fetch)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("%s: a page changed when it was asked for again", fetch->what),
			 errdetail("The answer broke off behind " INT64_FORMAT " rows that were used already, and its repetition begins with other ones.",
					   fetch->pull.delivered.items),
			 errhint("Try again; a lower option \"page_size\" makes it less likely.")));
}

/* A bare object is a row, unless it has an error's members (facts 5.1). */
static void
check_bare(PcaFetch *fetch, const PcaItem *item)
{
	static const char *const keys[] = {"code", "message", "error", "statusCode"};
	const char *fault;
	const PcaJsonValue *object = pca_json_parse(fetch->json, item->data, item->length,
												PCA_BARE_DEPTH, &fault);

	for (int i = 0; object && i < (int) lengthof(keys); i++)
	{
		if (pca_json_member(object, keys[i]))
			raise_unreadable(fetch, "the answer is an error, in spite of its HTTP status");
	}
}

/* Count an item; false when an earlier attempt has delivered it. */
static bool
count_item(PcaFetch *fetch, const PcaItem *item)
{
	Pull	   *pull = &fetch->pull;
	const PcaDigest *previous = &fetch->ask.paging.previous;

	pca_paging_digest(&pull->seen, item);
	/* one row may well follow another that is equal */
	if (pull->seen.items == previous->items && pull->seen.hash == previous->hash &&
		previous->items > 1)
		pull->repeats = true;
	if (pull->seen.items > pull->delivered.items)
	{
		pull->delivered = pull->seen;
		return true;
	}
	if (pull->seen.items == pull->delivered.items && pull->seen.hash != pull->delivered.hash)
		raise_not_repeated(fetch);
	return false;
}

static void
check_max_rows(const PcaFetch *fetch)
{
	if (fetch->table->max_rows >= 0 && fetch->stats.rows > fetch->table->max_rows)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s: more than " INT64_FORMAT " rows", fetch->what,
						fetch->table->max_rows),
				 errhint("Ask for less, or raise the foreign table's option \"max_rows\".")));
}

/* An item stands in the body, consumed bytes long with what surrounds it. */
static Step
take_item(PcaFetch *fetch, const PcaItem *item, size_t consumed)
{
	Pull	   *pull = &fetch->pull;

	pull->handed_out = consumed;
	if (pca_page_is_bare(pull->page))
		check_bare(fetch, item);
	if (!count_item(fetch, item))
		return STEP_ON;
	fetch->stats.rows++;
	check_max_rows(fetch);
	return fetch->ask.request->probe ? STEP_ON : STEP_ITEM;
}

/* A first page is coming: the next scan begins with the form of its path. */
static void
remember_path(const PcaFetch *fetch)
{
	const Ask  *ask = &fetch->ask;
	const PcaTable *table = fetch->table;

	if (ask->request->other_path && table->resource && ask->paging.pages == 0)
		pca_pathform_remember(table->server->serverid, table->resource->name,
							  ask->other_path);
}

/* A next link says that there is more; it must not lead elsewhere. */
static void
check_next_link(const PcaFetch *fetch, const char *link)
{
	const char *url = pca_http_url_join(fetch->pull.url, link);

	if (!url || !pca_http_same_origin(url, fetch->wire.server->base_url))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("%s: the answer's next link leads to another server", fetch->what),
				 errdetail("It leads to \"%s\"; nothing was sent there.",
						   pca_fault_text(link, strcspn(link, "?#"), PCA_FAULT_GLIMPSE))));
}

/* Do what paging says of the page that has come. */
static void
obey_verdict(PcaFetch *fetch, PcaPagingVerdict verdict)
{
	bool		only_warn = verdict == PCA_PAGING_INCOMPLETE && fetch->wire.server->warn_incomplete;
	PcaPagingProblem problem;

	if (verdict == PCA_PAGING_MORE)
		return;
	if (verdict != PCA_PAGING_END)
	{
		problem = pca_paging_problem(&fetch->ask.paging, verdict);
		ereport(only_warn ? WARNING : ERROR,
				(errcode(problem.sqlstate),
				 errmsg("%s: %s", fetch->what, problem.message),
				 errdetail("%s", problem.detail),
				 problem.hint ? errhint("%s", problem.hint) : 0));
	}
	if (fetch->ask.request->probe)
		fetch->unfiltered = pca_paging_probed(&fetch->ask.paging);
	fetch->uncounted += fetch->ask.paging.uncounted;
	fetch->ask.request = NULL;
}

/* The page has come to its end. */
static Step
end_page(PcaFetch *fetch, const PcaEnvelope *envelope)
{
	Pull	   *pull = &fetch->pull;
	PcaPagingVerdict verdict;

	if (pull->seen.items < pull->delivered.items)
		raise_not_repeated(fetch);
	if (pull->seen.items > 0 &&
		pull->seen.items == fetch->ask.paging.previous.items &&
		pull->seen.hash == fetch->ask.paging.previous.hash)
		pull->repeats = true;
	if (fetch->ask.request->paged && envelope->next_link)
		check_next_link(fetch, envelope->next_link);
	verdict = pca_paging_take(&fetch->ask.paging, envelope, &pull->seen, pull->repeats);
	obey_verdict(fetch, verdict);
	pca_exchange_finish(&fetch->wire, &pull->exchange);
	fetch->stats.pages++;
	pull->state = PULL_NONE;
	return STEP_ON;
}

/* More bytes are needed for the next item. */
static Step
need_more(PcaFetch *fetch, size_t consumed)
{
	PcaTransfer *transfer = fetch->pull.exchange.transfer;

	pca_transfer_consume(transfer, consumed);
	if (pca_transfer_state(transfer) == PCA_TRANSFER_FAILED)
		return page_failed(fetch);
	pca_transfer_want_more(transfer);
	return STEP_BLOCKED;
}

/* Cut the next item from the page. */
static Step
next_item(PcaFetch *fetch, PcaItem *item)
{
	Pull	   *pull = &fetch->pull;
	PcaTransfer *transfer = pull->exchange.transfer;
	bool		eof = pca_transfer_state(transfer) == PCA_TRANSFER_DONE;
	const char *body;
	size_t		length;
	size_t		consumed;
	bool		truncated = false;
	const char *fault;

	pca_transfer_consume(transfer, pull->handed_out);
	pull->handed_out = 0;
	body = pca_transfer_body(transfer, &length);
	if (!pull->glimpse)
		keep_glimpse(pull);
	if (eof && !pull->glimpse)
		raise_unreadable(fetch, "the answer is empty");
	switch (pca_page_next(pull->page, body, length, eof, item, &consumed))
	{
		case PCA_PAGE_ITEM:
			return take_item(fetch, item, consumed);
		case PCA_PAGE_MORE:
			return need_more(fetch, consumed);
		case PCA_PAGE_END:
			return end_page(fetch, pca_page_envelope(pull->page));
		default:
			fault = pca_page_fault(pull->page, &truncated);
			if (truncated)
				return body_failed(fetch, fault);
			raise_unreadable(fetch, psprintf("the answer cannot be read: %s", fault));
			pg_unreachable();
	}
}

/* Look at what kind of answer comes. */
static Step
look_at_head(PcaFetch *fetch)
{
	static const PcaEnvelope no_rows = {.total_count = -1};
	Pull	   *pull = &fetch->pull;
	PcaTransfer *transfer = pull->exchange.transfer;

	switch (pca_transfer_status(transfer))
	{
		case 0:
			if (pca_transfer_state(transfer) == PCA_TRANSFER_RUNNING)
				return STEP_BLOCKED;
			return page_failed(fetch);
		case 200:
			remember_path(fetch);
			pull->state = PULL_ITEMS;
			return STEP_ON;
		case 204:
			remember_path(fetch);
			return end_page(fetch, &no_rows);
		default:
			pull->state = PULL_REFUSAL;
			return STEP_ON;
	}
}

/* ---- the whole ---- */

static Step
step(PcaFetch *fetch, PcaItem *item)
{
	switch (fetch->pull.state)
	{
		case PULL_SEND:
			return send_page(fetch);
		case PULL_HEAD:
			return look_at_head(fetch);
		case PULL_ITEMS:
			return next_item(fetch, item);
		case PULL_REFUSAL:
			return judge_refusal(fetch);
		default:
			return next_page(fetch);
	}
}

/* Have the descriptor wake us when an exchange has waited long enough. */
static void
set_alarm(PcaFetch *fetch)
{
	int64		now = pca_event_now();
	int64		at = Max(fetch->token.not_before, fetch->pull.exchange.not_before);

	pca_http_alarm(fetch->wire.http, at > now ? at - now : 0);
}

/* Wait until something moves. */
static void
wait_for_bytes(PcaFetch *fetch)
{
	instr_time	begin;
	instr_time	end;

	INSTR_TIME_SET_CURRENT(begin);
	pca_http_wait(fetch->wire.http, -1);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, begin);
	fetch->stats.wait_time += INSTR_TIME_GET_MILLISEC(end);
}

/* Take steps until one has something for the caller. */
static Step
run(PcaFetch *fetch, bool wait, PcaItem *item)
{
	bool		pumped = false;

	for (;;)
	{
		Step		came_to = step(fetch, item);

		CHECK_FOR_INTERRUPTS();
		if (came_to == STEP_ITEM || came_to == STEP_END)
			return came_to;
		if (came_to == STEP_ON)
			continue;
		set_alarm(fetch);
		if (wait)
			wait_for_bytes(fetch);
		else if (pumped)
			return STEP_BLOCKED;
		else
			pca_http_pump(fetch->wire.http);
		pumped = true;
	}
}

PcaFetch *
pca_fetch_begin(MemoryContext context, const PcaTable *table, Oid userid,
				List *requests)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	PcaFetch   *fetch = palloc0(sizeof(PcaFetch));

	fetch->context = context;
	fetch->table = table;
	fetch->wire.server = table->server;
	fetch->userid = userid;
	fetch->what = psprintf("could not read foreign table \"%s\"", table->name);
	fetch->requests = list_copy(requests);
	fetch->unfiltered = -1;
	fetch->wire.http = pca_http_acquire(context, (uint64) table->server->serverid << 32 | userid);
	fetch->json = pca_json_create(context);
	pca_exchange_guid(fetch->correlation_id);
	fetch->pull.context = AllocSetContextCreate(context, "pc_analytics_fdw page",
												ALLOCSET_SMALL_SIZES);
	fetch->pull.page = pca_page_create(context, !table->resource || table->resource->bare_object);
	MemoryContextSwitchTo(caller);
	return fetch;
}

PcaFetchResult
pca_fetch_next(PcaFetch *fetch, bool wait, PcaItem *item,
			   const PcaRequest **request)
{
	MemoryContext caller;
	Step		came_to;

	if (fetch->ended)
		return PCA_FETCH_END;
	caller = MemoryContextSwitchTo(fetch->pull.context);
	came_to = run(fetch, wait, item);
	MemoryContextSwitchTo(caller);
	*request = fetch->ask.request;
	switch (came_to)
	{
		case STEP_ITEM:
			return PCA_FETCH_ITEM;
		case STEP_END:
			pca_fetch_end(fetch);
			return PCA_FETCH_END;
		default:
			return PCA_FETCH_WAIT;
	}
}

int64
pca_fetch_probed(const PcaFetch *fetch)
{
	return fetch->unfiltered;
}

int64
pca_fetch_uncounted(const PcaFetch *fetch)
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
	const PcaTransfer *running = fetch->pull.exchange.transfer;

	fetch->stats.requests = fetch->wire.requests;
	fetch->stats.retries = fetch->wire.retries;
	fetch->stats.bytes = fetch->wire.bytes;
	if (running)
		fetch->stats.bytes += pca_transfer_received(running);
	return &fetch->stats;
}

void
pca_fetch_end(PcaFetch *fetch)
{
	PcaExchange *exchanges[] = {&fetch->token, &fetch->pull.exchange};

	if (!fetch->wire.http)
		return;
	for (int i = 0; i < (int) lengthof(exchanges); i++)
	{
		if (exchanges[i]->transfer)
			pca_exchange_finish(&fetch->wire, exchanges[i]);
	}
	pca_http_release(fetch->wire.http);
	fetch->wire.http = NULL;
	fetch->ended = true;
}
