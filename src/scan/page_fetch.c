/*
 * page_fetch.c
 *		One page on its way: how is it asked for until it has come as a whole?
 *
 * A pull is a state machine: each step moves on as far as the bytes at hand
 * allow, and nothing in it waits.
 *
 * Which page, and whether the pages fit together, is asked in fetch.c and
 * paging.c; when a request may be sent, in exchange.c; what an error says in
 * http_error.c, who asks in token_cache.c.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "auth/token_cache.h"
#include "http/curl_url.h"
#include "http/http.h"
#include "http/http_error.h"
#include "http/request_log.h"
#include "http/retry.h"
#include "json/json.h"
#include "scan/next_link.h"
#include "scan/page_fetch.h"

/* Redirects followed for one page; the API is not known to send any. */
#define PCA_MAX_REDIRECTS	3

/* How deep a bare object may be nested when it is looked at for an error. */
#define PCA_BARE_DEPTH		64

/*
 * Bytes that all pages of a scan may hold together while their rows wait to be
 * read: a page's part of it should be some tens of packets, so that its
 * connection does not stand still while others are read.
 */
#define PCA_SCAN_BUDGET		((size_t) 2 * 1024 * 1024)

/* What the body of one page may hold at least. */
#define PCA_PULL_LEAST		((size_t) 64 * 1024)

typedef enum PullState
{
	PULL_SEND,					/* its request is to be sent */
	PULL_HEAD,					/* the answer's headers are waited for */
	PULL_ITEMS,					/* the answer is good */
	PULL_REFUSAL,				/* the answer is not; its body is waited for */
	PULL_ENDED
} PullState;

struct PcaPageFetch
{
	PcaHttpSession *wire;
	MemoryContext context;		/* of one page; reset for the next */
	PcaPageParser *page;		/* cuts the body into items */
	PcaJson    *json;			/* for bare objects */

	PullState	state;
	PcaExchange exchange;
	bool		lenient;		/* links are only looked at, wherever they
								 * lead */
	const char *url;
	const char *continuation;	/* sent as MS-ContinuationToken, or NULL */
	const char *what;			/* how errors begin */
	int			redirects;
	uint64		token_number;	/* of the token that was sent */
	bool		renewed;		/* the token was, after a 401 */
	size_t		in_use;			/* bytes of the item that the caller has */
	PcaDigest	seen;			/* items of this attempt */
	PcaDigest	delivered;		/* items handed out, by any attempt */
	bool		repeats;		/* it begins as another page */
	char	   *answer;			/* what an error says of the page that has
								 * come */
	char		glimpse[PCA_HTTP_ERROR_BYTES(PCA_HTTP_ERROR_EXCERPT_MAX)];	/* the body's first
																			 * bytes */
	size_t		glimpse_length;
	PcaEnvelope envelope;		/* of the page that has come */
	const char *next_url;		/* where its next link leads, or NULL */
	bool		silent;			/* which has none: HTTP status 204 */
	PcaHttpError refusal;
};

/* What a step came to, when not a PcaPageFetchResult. */
#define STEP_ON		((PcaPageFetchResult) -1)

PcaPageFetch *
pca_page_fetch_create(MemoryContext context, PcaHttpSession *wire, bool bare_object)
{
	PcaPageFetch *pull = MemoryContextAllocZero(context, sizeof(PcaPageFetch));

	pull->wire = wire;
	pull->context = AllocSetContextCreate(context, "pc_analytics_fdw page",
										  ALLOCSET_SMALL_SIZES);
	pull->page = pca_page_parser_create(context, bare_object);
	pull->json = pca_json_create(context);
	pull->state = PULL_ENDED;
	return pull;
}

void
pca_page_fetch_begin_page(PcaPageFetch *pull, const char *url, const char *continuation,
						  const char *what)
{
	PcaPageFetch fresh = {.state = PULL_SEND};

	MemoryContextReset(pull->context);
	fresh.wire = pull->wire;
	fresh.context = pull->context;
	fresh.page = pull->page;
	fresh.json = pull->json;
	fresh.url = MemoryContextStrdup(pull->context, url);
	if (continuation)
		fresh.continuation = MemoryContextStrdup(pull->context, continuation);
	fresh.what = MemoryContextStrdup(pull->context, what);
	*pull = fresh;
}

void
pca_page_fetch_ignore_next_link(PcaPageFetch *pull)
{
	pull->lenient = true;
}

/* ---- the request ---- */

/* The headers of a page's request (api-notes 3.12), without the token's. */
static List *
page_headers(PcaPageFetch *pull)
{
	const PcaHttpSession *wire = pull->wire;
	const char *id = pca_exchange_request_id(&pull->exchange);
	List	   *headers = NIL;

	headers = lappend(headers, pstrdup("Accept: application/json"));
	headers = lappend(headers, pstrdup("MS-Contract-Version: v1"));
	headers = lappend(headers, pstrdup("MS-PartnerCenter-Application: pc_analytics_fdw"));
	headers = lappend(headers, psprintf("X-Locale: %s", wire->server->locale));
	headers = lappend(headers, psprintf("MS-RequestId: %s", id));
	headers = lappend(headers, psprintf("MS-CorrelationId: %s", wire->correlation_id));
	if (pull->continuation)
		headers = lappend(headers, psprintf("MS-ContinuationToken: %s", pull->continuation));
	return headers;
}

/* Send the page's request, if there is a token. */
static PcaPageFetchResult
send_page(PcaPageFetch *pull)
{
	PcaHttpSession *wire = pull->wire;
	PcaHttpRequest request = {.max_size = wire->server->max_response_size};

	request.buffer_size = Max(PCA_SCAN_BUDGET / wire->most, PCA_PULL_LEAST);
	if (pca_exchange_must_wait(wire, &pull->exchange))
		return PCA_PAGE_FETCH_BLOCKED;
	pca_exchange_open_credentials(wire);
	if (!pca_token_cache_has_token(wire->auth))
		return pca_exchange_advance_token(wire) ? STEP_ON : PCA_PAGE_FETCH_BLOCKED;

	request.url = pull->url;
	request.headers = page_headers(pull);
	pca_token_cache_add_authorization(wire->auth, wire->server, &request);
	pull->token_number = pca_token_cache_token_number(wire->auth);
	pca_exchange_page_begins(wire);
	pca_exchange_start(wire, &pull->exchange, &request);
	pca_page_parser_reset(pull->page);
	pull->in_use = 0;
	memset(&pull->seen, 0, sizeof(PcaDigest));
	pull->state = PULL_HEAD;
	return PCA_PAGE_FETCH_BLOCKED;
}

/* The transfer is over: count it, and let another one begin. */
static void
finish_exchange(PcaPageFetch *pull)
{
	pca_request_log_rows(pull->exchange.journal, pull->seen.items);
	pca_exchange_finish(pull->wire, &pull->exchange);
	pca_exchange_page_ends(pull->wire);
}

/* ---- a refusal ---- */

void
pca_page_fetch_raise_error(PcaPageFetch *pull, const char *hint)
{
	if (pull->refusal.status == 403 && pca_token_cache_is_app_only(pull->wire->auth))
		hint = "The analytics resources need a user's token: set the user mapping's option \"refresh_token\".";
	pca_http_error_raise(pull->what, &pull->refusal, pull->exchange.failures, hint);
}

/* Whether a new token may help: the refused one was good before. */
static bool
renew_token(PcaPageFetch *pull)
{
	/* wrong audience, no multi-factor authentication (api-notes 6.4) */
	static const char *const final[] = {"900420", "900421"};
	const char *code = pull->refusal.code;

	for (int i = 0; code && i < (int) lengthof(final); i++)
	{
		if (strcmp(code, final[i]) == 0)
			return false;
	}

	/* another page may have been refused before */
	if (pull->token_number != pca_token_cache_token_number(pull->wire->auth))
		return true;
	if (pull->renewed)
		return false;
	pull->renewed = true;
	return pca_token_cache_token_refused(pull->wire->auth);
}

/* What an error says of the answer that is there. */
static char *
shown_answer(const PcaPageFetch *pull)
{
	return pca_exchange_response_detail(pull->wire, &pull->exchange);
}

/* Somebody else's URL as it may stand in an error: its query may be anything. */
static char *
shown_address(const PcaPageFetch *pull, const char *url)
{
	return pca_http_error_quote(pull->exchange.transfer, url, strcspn(url, "?#"), PCA_HTTP_ERROR_EXCERPT_MAX);
}

/* Follow a redirect that stays with the origin; false when there is none. */
static bool
follow_redirect(PcaPageFetch *pull)
{
	const char *location = pca_transfer_header(pull->exchange.transfer, "Location");
	const char *url;

	if (!location || pull->redirects++ >= PCA_MAX_REDIRECTS)
		return false;
	url = pca_curl_url_join(pull->url, location);
	if (!url || !pca_curl_url_same_origin(url, pull->wire->server->base_url))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("%s: the API redirects to another server", pull->what),
				 errdetail("It redirects to \"%s\"; nothing was sent there. %s",
						   shown_address(pull, location), shown_answer(pull))));
	pull->url = url;
	return true;
}

/* Whether another attempt is worth it; then it is seen to. */
static bool
retry_refused(PcaPageFetch *pull)
{
	PcaHttpSession *wire = pull->wire;
	int			status = pull->refusal.status;

	if (!pca_retry_is_retryable_status(status) ||
		!pca_exchange_retry_after_header(wire, &pull->exchange, pull->what))
		return false;
	if (status == 429)
		pca_exchange_throttle(wire, &pull->exchange);
	return true;
}

/* Whether the refusal has a cure that can be tried without asking anybody. */
static bool
cure_refusal(PcaPageFetch *pull)
{
	switch (pull->refusal.status)
	{
		case 301:
		case 302:
		case 307:
		case 308:
			return follow_redirect(pull);
		case 401:
			return renew_token(pull);
		default:
			return retry_refused(pull);
	}
}

/* Judge an answer that is not rows, once its body is there. */
static PcaPageFetchResult
judge_refusal(PcaPageFetch *pull)
{
	PcaTransfer *transfer = pull->exchange.transfer;
	size_t		length;
	bool		cured;

	(void) pca_transfer_body(transfer, &length);
	if (pca_transfer_state(transfer) == PCA_TRANSFER_RUNNING && length < PCA_HTTP_ERROR_BODY_MAX)
	{
		/* a page's part of the memory may be less than that */
		pca_transfer_allow_more(transfer);
		return PCA_PAGE_FETCH_BLOCKED;
	}
	pull->refusal = pca_http_error_read(transfer, pca_exchange_request_ids(pull->wire, &pull->exchange));
	pca_request_log_error(pull->exchange.journal, pull->refusal.detail);
	cured = cure_refusal(pull);
	finish_exchange(pull);
	pull->state = cured ? PULL_SEND : PULL_ENDED;
	return cured ? STEP_ON : PCA_PAGE_FETCH_HTTP_ERROR;
}

const PcaHttpError *
pca_page_fetch_http_error(const PcaPageFetch *pull)
{
	return &pull->refusal;
}

bool
pca_page_fetch_is_about_customer(const PcaPageFetch *pull)
{
	const char *code = pull->refusal.code;

	/* "Customer does not have usage data" (api-notes 7.3) */
	if (code && strcmp(code, "3000") == 0)
		return true;
	return pull->refusal.status == 404 ||
		(pull->refusal.status == 403 && !pca_token_cache_is_app_only(pull->wire->auth));
}

void
pca_page_fetch_retry_with_url(PcaPageFetch *pull, const char *url)
{
	pull->url = MemoryContextStrdup(pull->context, url);
	pull->state = PULL_SEND;
}

/* ---- the items ---- */

/* Raise the error of an answer of status 200 that cannot be read. */
static void
raise_unreadable(PcaPageFetch *pull, const char *problem)
{
	char	   *answer = shown_answer(pull);
	char	   *glimpse = pca_http_error_quote(pull->exchange.transfer, pull->glimpse,
											   pull->glimpse_length, PCA_HTTP_ERROR_EXCERPT_MAX);

	pca_request_log_error(pull->exchange.journal, problem);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
			 errmsg("%s: %s", pull->what, problem),
			 glimpse[0] == '\0' ? errdetail("%s", answer) :
			 errdetail("The answer begins with \"%s\". %s", glimpse, answer)));
}

/* Keep the body's first bytes, should the rest be no use. */
static void
keep_glimpse(PcaPageFetch *pull)
{
	size_t		length;
	const char *body = pca_transfer_body(pull->exchange.transfer, &length);

	pull->glimpse_length = Min(length, sizeof(pull->glimpse));
	memcpy(pull->glimpse, body, pull->glimpse_length);
}

/* An answer that ends too early: ask again. */
static PcaPageFetchResult
body_failed(PcaPageFetch *pull, const char *fault)
{
	pca_request_log_error(pull->exchange.journal, fault);
	if (!pca_exchange_schedule_retry(pull->wire, &pull->exchange, -1, pull->what))
		raise_unreadable(pull, psprintf("the answer cannot be read: %s", fault));
	finish_exchange(pull);
	pull->state = PULL_SEND;
	return STEP_ON;
}

/* The transfer failed in the middle of the page, or before it. */
static PcaPageFetchResult
page_failed(PcaPageFetch *pull)
{
	pca_exchange_failed(pull->wire, &pull->exchange, pull->what);
	pca_exchange_page_ends(pull->wire);
	pull->state = PULL_SEND;
	return STEP_ON;
}

/* Raise the error of a page that came again, but not as it was. */
static void
raise_not_repeated(const PcaPageFetch *pull)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("%s: a page changed when it was asked for again", pull->what),
			 errdetail("The answer broke off behind " INT64_FORMAT " rows that were used already, and its repetition begins with other ones. %s",
					   pull->delivered.items, shown_answer(pull)),
			 errhint("Try again; a lower option \"page_size\" makes it less likely.")));
}

/* A bare object is a row, unless it has an error's members (api-notes 7.1). */
static void
check_bare(PcaPageFetch *pull, const PcaItem *item)
{
	static const char *const keys[] = {"code", "message", "error", "statusCode"};
	const char *fault;
	const PcaJsonValue *object = pca_json_parse(pull->json, item->data, item->length,
												PCA_BARE_DEPTH, &fault);

	for (int i = 0; object && i < (int) lengthof(keys); i++)
	{
		if (pca_json_member(object, keys[i]))
			raise_unreadable(pull, "the answer is an error, in spite of its HTTP status");
	}
}

/* Count an item; false when an earlier attempt has delivered it. */
static bool
count_item(PcaPageFetch *pull, const PcaDigest *previous, const PcaItem *item)
{
	pca_paging_add_to_digest(&pull->seen, item);
	/* one row may well follow another that is equal */
	if (pull->seen.items == previous->items && previous->items > 1 &&
		pull->seen.in_any_order == previous->in_any_order)
		pull->repeats = true;
	if (pull->seen.items > pull->delivered.items)
	{
		pull->delivered = pull->seen;
		return true;
	}
	if (pull->seen.items == pull->delivered.items && pull->seen.in_order != pull->delivered.in_order)
		raise_not_repeated(pull);
	return false;
}

/* An item stands in the body, consumed bytes long with what surrounds it. */
static PcaPageFetchResult
take_item(PcaPageFetch *pull, const PcaDigest *previous, const PcaItem *item, size_t consumed)
{
	pull->in_use = consumed;
	if (pca_page_parser_is_bare(pull->page))
		check_bare(pull, item);
	return count_item(pull, previous, item) ? PCA_PAGE_FETCH_ITEM : STEP_ON;
}

/* Whether the next link asks what this request asked. */
static bool
is_same_page(const PcaPageFetch *pull, const char *url, const char *continuation)
{
	if (!pca_curl_url_same_target(url, pull->url))
		return false;
	return !continuation ||
		(pull->continuation && strcmp(continuation, pull->continuation) == 0);
}

/* Where a next link leads, which must not be elsewhere, or nowhere. */
static const char *
next_url(const PcaPageFetch *pull, const PcaEnvelope *envelope)
{
	const char *link = envelope->next_link;
	const char *url = pca_next_link_resolve(pull->wire->server->base_url, pull->url, link);

	if (!url)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("%s: the answer's next link leads to another server", pull->what),
				 errdetail("It leads to \"%s\"; nothing was sent there. %s",
						   shown_address(pull, link), shown_answer(pull))));
	if (is_same_page(pull, url, envelope->continuation))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("%s: the answer's next link leads to the same page again", pull->what),
				 errdetail("%s", shown_answer(pull))));
	return url;
}

/* The page has come to its end. */
static PcaPageFetchResult
end_page(PcaPageFetch *pull, const PcaEnvelope *envelope)
{
	if (pull->seen.items < pull->delivered.items)
		raise_not_repeated(pull);
	if (envelope->next_link && !pull->lenient)
		pull->next_url = next_url(pull, envelope);
	pull->envelope = *envelope;
	pull->answer = shown_answer(pull);
	pca_exchange_page_succeeded(pull->wire);
	finish_exchange(pull);
	pull->state = PULL_ENDED;
	return PCA_PAGE_FETCH_END;
}

/* Forget bytes of the body. */
static void
consume(PcaPageFetch *pull, size_t length)
{
	pca_transfer_consume(pull->exchange.transfer, length);
	pull->wire->consumed |= length > 0;
}

/* More bytes are needed for the next item. */
static PcaPageFetchResult
need_more(PcaPageFetch *pull, size_t consumed)
{
	PcaTransfer *transfer = pull->exchange.transfer;

	consume(pull, consumed);
	pca_request_log_rows(pull->exchange.journal, pull->seen.items);
	if (pca_transfer_state(transfer) == PCA_TRANSFER_FAILED)
		return page_failed(pull);
	pca_transfer_allow_more(transfer);
	return PCA_PAGE_FETCH_BLOCKED;
}

/* Cut the next item from the page. */
static PcaPageFetchResult
next_item(PcaPageFetch *pull, const PcaDigest *previous, PcaItem *item)
{
	PcaTransfer *transfer = pull->exchange.transfer;
	bool		eof = pca_transfer_state(transfer) == PCA_TRANSFER_DONE;
	const char *body;
	size_t		length;
	size_t		consumed;
	bool		truncated = false;
	const char *fault;

	consume(pull, pull->in_use);
	pull->in_use = 0;
	body = pca_transfer_body(transfer, &length);
	if (pull->glimpse_length == 0)
		keep_glimpse(pull);
	if (eof && pull->glimpse_length == 0)
		raise_unreadable(pull, "the answer is empty");
	switch (pca_page_parser_next(pull->page, body, length, eof, item, &consumed))
	{
		case PCA_PAGE_PARSER_ITEM:
			return take_item(pull, previous, item, consumed);
		case PCA_PAGE_PARSER_MORE:
			return need_more(pull, consumed);
		case PCA_PAGE_PARSER_END:
			return end_page(pull, pca_page_parser_envelope(pull->page));
		default:
			fault = pca_page_parser_error(pull->page, &truncated);
			if (truncated)
				return body_failed(pull, fault);
			raise_unreadable(pull, psprintf("the answer cannot be read: %s", fault));
			pg_unreachable();
	}
}

/* Look at what kind of answer comes. */
static PcaPageFetchResult
look_at_head(PcaPageFetch *pull)
{
	static const PcaEnvelope no_rows = {.total_count = -1};
	PcaTransfer *transfer = pull->exchange.transfer;

	switch (pca_transfer_status(transfer))
	{
		case 0:
			if (pca_transfer_state(transfer) == PCA_TRANSFER_RUNNING)
				return PCA_PAGE_FETCH_BLOCKED;
			return page_failed(pull);
		case 200:
			pull->state = PULL_ITEMS;
			return STEP_ON;
		case 204:
			pull->silent = true;
			return end_page(pull, &no_rows);
		default:
			pull->state = PULL_REFUSAL;
			return STEP_ON;
	}
}

/* ---- the whole ---- */

static PcaPageFetchResult
step(PcaPageFetch *pull, const PcaDigest *previous, PcaItem *item)
{
	switch (pull->state)
	{
		case PULL_SEND:
			return send_page(pull);
		case PULL_HEAD:
			return look_at_head(pull);
		case PULL_ITEMS:
			return next_item(pull, previous, item);
		case PULL_REFUSAL:
			return judge_refusal(pull);
		default:
			return PCA_PAGE_FETCH_BLOCKED;
	}
}

PcaPageFetchResult
pca_page_fetch_next(PcaPageFetch *pull, const PcaDigest *previous, PcaItem *item)
{
	MemoryContext caller = MemoryContextSwitchTo(pull->context);
	PcaPageFetchResult came_to;

	do
	{
		came_to = step(pull, previous, item);
	} while (came_to == STEP_ON);
	MemoryContextSwitchTo(caller);
	return came_to;
}

const PcaEnvelope *
pca_page_fetch_envelope(const PcaPageFetch *pull)
{
	return &pull->envelope;
}

int64
pca_page_fetch_items_returned(const PcaPageFetch *pull)
{
	return pull->delivered.items;
}

const char *
pca_page_fetch_response_detail(PcaPageFetch *pull)
{
	if (!pull->exchange.transfer)
		return pull->answer;
	return shown_answer(pull);
}

void
pca_page_fetch_read_state(const PcaPageFetch *pull, PcaPageState *part)
{
	part->answer = pull->answer;
	part->items = pull->envelope.items;
	part->total_count = pull->envelope.total_count;
	part->linked = pull->envelope.next_link != NULL;
	part->next_url = pull->next_url;
	part->continuation = pull->envelope.continuation;
	part->silent = pull->silent;
	part->digest = pull->seen;
	part->repeats = pull->repeats;
}

int64
pca_page_fetch_received(const PcaPageFetch *pull)
{
	return pull->exchange.transfer ? pca_transfer_received(pull->exchange.transfer) : 0;
}

void
pca_page_fetch_stop(PcaPageFetch *pull)
{
	if (pull->exchange.transfer)
		finish_exchange(pull);
	pull->state = PULL_ENDED;
}
