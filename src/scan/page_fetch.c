/*
 * page_fetch.c
 *		Fetches a single page: sends its request, retries it, parses its items.
 *
 * The states of a page, and their transitions:
 *
 *	SEND		the request is sent, once a token and the throttle allow it: HEAD
 *	HEAD		the response's status is known: ITEMS or ERROR_BODY; a
 *				transfer that failed is retried: SEND
 *	ITEMS		items are parsed and returned.  The page's end: ENDED; a
 *				transfer that failed or a truncated body is retried: SEND
 *	ERROR_BODY	the error's body is complete.  A redirect, a new token or a
 *				retry: SEND; else ENDED
 *
 * Each transition does what the bytes at hand allow, and none waits.  fetch.c
 * decides which page is fetched, and page_queue.c if the pages fit together;
 * exchange.c decides when a request may be sent.
 */
#include "postgres.h"

#include "utils/builtins.h"
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
#define PCA_PAGE_FETCH_REDIRECTS	3

/*
 * The deepest nesting of a bare object that is examined for an error; rows may
 * be as deep.
 */
#define PCA_PAGE_FETCH_BARE_DEPTH	64

/*
 * Bytes that the bodies of all pages of a scan may hold while their rows wait to
 * be read.  A page's part of it should be some tens of packets, so that its
 * connection does not stall while other pages are read.
 */
#define PCA_PAGE_FETCH_SCAN_BUFFER	((size_t) 2 * 1024 * 1024)

/* The minimum for one page, whatever the number of pages. */
#define PCA_PAGE_FETCH_PAGE_BUFFER	((size_t) 64 * 1024)

typedef enum PageFetchState
{
	PAGE_FETCH_SEND,			/* the request is to be sent */
	PAGE_FETCH_HEAD,			/* the response's header has not arrived */
	PAGE_FETCH_ITEMS,			/* the response has items */
	PAGE_FETCH_ERROR_BODY,		/* the response is an error */
	PAGE_FETCH_ENDED
} PageFetchState;

struct PcaPageFetch
{
	PcaExchangeSession *session;
	MemoryContext context;		/* of one page; reset for the next */
	PcaPageParser *parser;
	PcaJson    *json;			/* for bare objects */

	PageFetchState state;
	PcaExchange exchange;
	PcaPageSource source;
	bool		ignores_next_link;
	bool		follows_next_link;
	bool		returns_timeout;	/* at the end of retries, and raises no
									 * error */
	bool		timed_out;		/* the last attempt did */
	const char *url;
	const char *continuation;	/* sent as MS-ContinuationToken, or NULL */
	int			bare_forms;		/* set of PcaPageForm */
	int			redirects;
	uint64		token_number;	/* of the token that was sent */
	bool		token_renewed;	/* after a 401 */
	size_t		held_bytes;		/* of the body, for the item that the caller
								 * uses */
	PcaDigest	parsed;			/* items of this attempt */
	PcaDigest	returned;		/* items returned, by any attempt */
	int64		counted_rows;	/* of these, in pc_analytics_stats */
	bool		repeats_previous;	/* it begins with the items of another
									 * page */
	char	   *response_detail;	/* of the response with items, or NULL */
	PcaEnvelope envelope;		/* once the page is complete */
	const char *next_url;		/* where its next link leads, or NULL */
	const char *next_token;		/* MS-ContinuationToken for it, or NULL */
	bool		no_content;		/* HTTP status 204 */
	PcaHttpError http_error;
};

PcaPageFetch *
pca_page_fetch_create(MemoryContext context, PcaExchangeSession *session)
{
	PcaPageFetch *page_fetch = MemoryContextAllocZero(context, sizeof(PcaPageFetch));

	page_fetch->session = session;
	page_fetch->context = AllocSetContextCreate(context, "pc_analytics_fdw page",
												ALLOCSET_SMALL_SIZES);
	page_fetch->parser = pca_page_parser_create(context);
	page_fetch->json = pca_json_create(context);
	page_fetch->state = PAGE_FETCH_ENDED;
	return page_fetch;
}

void
pca_page_fetch_begin_page(PcaPageFetch *page_fetch, const char *url, const char *continuation,
						  int bare_forms)
{
	PcaPageFetch fresh = {.state = PAGE_FETCH_SEND};

	MemoryContextReset(page_fetch->context);
	fresh.session = page_fetch->session;
	fresh.context = page_fetch->context;
	fresh.parser = page_fetch->parser;
	fresh.json = page_fetch->json;
	fresh.url = MemoryContextStrdup(page_fetch->context, url);
	if (continuation)
		fresh.continuation = MemoryContextStrdup(page_fetch->context, continuation);
	fresh.bare_forms = bare_forms;
	*page_fetch = fresh;
	page_fetch->source.session = page_fetch->session;
	page_fetch->source.exchange = &page_fetch->exchange;
}

void
pca_page_fetch_ignore_next_link(PcaPageFetch *page_fetch)
{
	page_fetch->ignores_next_link = true;
}

void
pca_page_fetch_follow_next_link(PcaPageFetch *page_fetch)
{
	page_fetch->follows_next_link = true;
}

void
pca_page_fetch_return_timeout(PcaPageFetch *page_fetch)
{
	page_fetch->returns_timeout = true;
}

void
pca_page_fetch_replay(PcaPageFetch *page_fetch, const PcaResponseReader *reader, int number,
					  const PcaRecordedPage *page, int64 age_ms)
{
	MemoryContext caller = MemoryContextSwitchTo(page_fetch->context);

	pca_page_source_replay(&page_fetch->source, reader, number, page, age_ms);
	page_fetch->url = page->url;
	pca_page_parser_reset(page_fetch->parser, page_fetch->bare_forms);
	page_fetch->state = PAGE_FETCH_HEAD;
	MemoryContextSwitchTo(caller);
}

void
pca_page_fetch_record(PcaPageFetch *page_fetch, PcaPageRecording *recording)
{
	page_fetch->source.recording = recording;
}

/* ---- the request ---- */

/* The header fields of a page's request (api-notes 3.12), except the token. */
static List *
make_page_headers(PcaPageFetch *page_fetch)
{
	const PcaExchangeSession *session = page_fetch->session;
	const char *id = pca_exchange_request_id(&page_fetch->exchange);
	List	   *headers = NIL;

	headers = lappend(headers, pstrdup("Accept: application/json"));
	headers = lappend(headers, pstrdup("MS-Contract-Version: v1"));
	headers = lappend(headers, pstrdup("MS-PartnerCenter-Application: pc_analytics_fdw"));
	headers = lappend(headers, psprintf("X-Locale: %s", pca_exchange_server(session)->locale));
	headers = lappend(headers, psprintf("MS-RequestId: %s", id));
	headers = lappend(headers, psprintf("MS-CorrelationId: %s", pca_exchange_correlation_id(session)));
	if (page_fetch->continuation)
		headers = lappend(headers, psprintf("MS-ContinuationToken: %s", page_fetch->continuation));
	return headers;
}

/* SEND: send the page's request, if there is a token and the throttle allows it. */
static PcaPageFetchResult
send_page_request(PcaPageFetch *page_fetch)
{
	PcaExchangeSession *session = page_fetch->session;
	const PcaServer *server = pca_exchange_server(session);
	PcaHttpRequest request = {.max_size = server->max_response_size};
	PcaTokenCache *auth;

	if (pca_exchange_must_wait(session, &page_fetch->exchange))
		return PCA_PAGE_FETCH_BLOCKED;
	auth = pca_exchange_open_credentials(session);
	if (!pca_token_cache_has_token(auth))
		return pca_exchange_advance_token(session) ? PCA_PAGE_FETCH_CONTINUE : PCA_PAGE_FETCH_BLOCKED;

	if (pca_exchange_must_wait_for_limit(session))
		return PCA_PAGE_FETCH_BLOCKED;
	request.buffer_size = Max(PCA_PAGE_FETCH_SCAN_BUFFER / server->max_parallel_requests,
							  PCA_PAGE_FETCH_PAGE_BUFFER);
	request.url = page_fetch->url;
	request.headers = make_page_headers(page_fetch);
	pca_token_cache_add_authorization(auth, server, &request);
	page_fetch->token_number = pca_token_cache_token_number(auth);
	pca_exchange_page_begins(session, &page_fetch->exchange);
	pca_exchange_start(session, &page_fetch->exchange, &request);
	pca_page_parser_reset(page_fetch->parser, page_fetch->bare_forms);
	page_fetch->held_bytes = 0;
	memset(&page_fetch->parsed, 0, sizeof(PcaDigest));
	page_fetch->state = PAGE_FETCH_HEAD;

	/* the scheduler sends it, and lets other pages advance meanwhile */
	return PCA_PAGE_FETCH_BLOCKED;
}

/* End the attempt's transfer, so that another page may be requested. */
static void
finish_page_exchange(PcaPageFetch *page_fetch)
{
	if (page_fetch->source.replay)
		return;
	pca_request_log_rows(page_fetch->exchange.log_number, page_fetch->parsed.items);
	pca_exchange_count_rows(page_fetch->session,
							page_fetch->returned.items - page_fetch->counted_rows);
	page_fetch->counted_rows = page_fetch->returned.items;
	pca_exchange_finish(page_fetch->session, &page_fetch->exchange);
	pca_exchange_page_ends(page_fetch->session);
}

/*
 * The transfer failed before the page was complete: retry it, or raise its error,
 * unless the caller handles timeouts.
 */
static PcaPageFetchResult
retry_failed_transfer(PcaPageFetch *page_fetch)
{
	const char *detail;
	PcaFailure	failure = pca_transfer_failure(page_fetch->exchange.transfer, &detail);

	if (!pca_exchange_retry_transfer(page_fetch->session, &page_fetch->exchange))
	{
		if (failure != PCA_FAILURE_TIMEOUT || !page_fetch->returns_timeout)
			pca_exchange_raise_transfer_error(page_fetch->session, &page_fetch->exchange);
		memset(&page_fetch->http_error, 0, sizeof(PcaHttpError));
		page_fetch->timed_out = true;
		page_fetch->state = PAGE_FETCH_ENDED;
		return PCA_PAGE_FETCH_HTTP_ERROR;
	}
	pca_exchange_page_ends(page_fetch->session);
	page_fetch->state = PAGE_FETCH_SEND;
	return PCA_PAGE_FETCH_CONTINUE;
}

/* ---- error responses ---- */

/* The options that change a filter, for a server that does not accept one. */
#define FILTER_HINT \
	"EXPLAIN (VERBOSE) shows the request. If its filter is not accepted, the options \"date_literal\", \"date_format\", " \
	"\"max_filter_clauses\" and \"filter_pushdown\" change it; pc_analytics_probe() measures what the API accepts."

void
pca_page_fetch_raise_error(PcaPageFetch *page_fetch, const char *hint)
{
	const PcaTokenCache *auth = pca_exchange_credentials(page_fetch->session);
	PcaHttpError *http_error = &page_fetch->http_error;
	int			status = http_error->status;

	if (page_fetch->timed_out)
		pca_exchange_raise_transfer_error(page_fetch->session, &page_fetch->exchange);
	http_error->no_user_hint = psprintf("The application alone is not let in: SELECT * FROM pc_analytics_sign_in(%s).",
										quote_literal_cstr(pca_exchange_server(page_fetch->session)->name));
	if (status == 403 && pca_token_cache_is_app_only(auth))
		hint = http_error->no_user_hint;
	else if (status == 401 && !pca_token_cache_signs_in(auth))
		hint = pca_token_cache_mapping_hint(auth);
	if (status == 400 && strstr(page_fetch->url, "&filter="))
		http_error->status_hint = FILTER_HINT;
	pca_http_error_raise(http_error, page_fetch->exchange.failures, hint);
}

/* Returns true if the request is worth repeating with a new token. */
static bool
renew_refused_token(PcaPageFetch *page_fetch)
{
	/* wrong audience, no multi-factor authentication (api-notes 6.4) */
	static const char *const final[] = {"900420", "900421"};
	PcaTokenCache *auth = pca_exchange_credentials(page_fetch->session);
	const char *code = page_fetch->http_error.code;

	for (int i = 0; code && i < (int) lengthof(final); i++)
	{
		if (strcmp(code, final[i]) == 0)
			return false;
	}

	/* the token was replaced since, after the refusal of another page */
	if (page_fetch->token_number != pca_token_cache_token_number(auth))
		return true;
	if (page_fetch->token_renewed)
		return false;
	page_fetch->token_renewed = true;
	return pca_token_cache_token_refused(auth);
}

/* A URL from outside, as an error shows it: its query may contain anything. */
static char *
quote_url_without_query(const PcaPageFetch *page_fetch, const char *url)
{
	return pca_http_error_quote(page_fetch->exchange.transfer, url, strcspn(url, "?#"),
								PCA_HTTP_ERROR_EXCERPT_MAX);
}

/*
 * Follow a redirect to the same origin; returns false if there is none.  Another
 * origin is an error, since it would receive the token.
 */
static bool
follow_redirect(PcaPageFetch *page_fetch)
{
	const char *location = pca_transfer_header(page_fetch->exchange.transfer, "Location");
	const char *url;

	if (!location || page_fetch->redirects++ >= PCA_PAGE_FETCH_REDIRECTS)
		return false;
	url = pca_curl_url_join(page_fetch->url, location);
	if (!url || !pca_curl_url_same_origin(url, pca_exchange_server(page_fetch->session)->base_url))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("the API redirects to another server"),
				 errdetail("It redirects to \"%s\"; nothing was sent there. %s",
						   quote_url_without_query(page_fetch, location),
						   pca_exchange_response_detail(page_fetch->session, &page_fetch->exchange))));
	page_fetch->url = url;
	return true;
}

/* Schedule a retry if the HTTP status is temporary, and there are retries left. */
static bool
retry_temporary_error(PcaPageFetch *page_fetch)
{
	PcaExchangeSession *session = page_fetch->session;
	int			status = page_fetch->http_error.status;

	if (status == 429)
		pca_exchange_note_throttling(session, &page_fetch->exchange);
	if (!pca_retry_is_retryable_status(status) ||
		!pca_exchange_retry_after_header(session, &page_fetch->exchange))
		return false;
	if (status == 429)
		pca_exchange_throttle(session, &page_fetch->exchange);
	return true;
}

/* Returns true if the request is to be sent again. */
static bool
recover_from_http_error(PcaPageFetch *page_fetch)
{
	switch (page_fetch->http_error.status)
	{
		case 301:
		case 302:
		case 307:
		case 308:
			return follow_redirect(page_fetch);
		case 401:
			return renew_refused_token(page_fetch);
		default:
			return retry_temporary_error(page_fetch);
	}
}

/* ERROR_BODY: read the error, once its body is there. */
static PcaPageFetchResult
read_error_body(PcaPageFetch *page_fetch)
{
	PcaTransfer *transfer = page_fetch->exchange.transfer;
	size_t		length;
	bool		recovered;

	(void) pca_transfer_body(transfer, &length);
	if (pca_transfer_state(transfer) == PCA_TRANSFER_RUNNING && length < PCA_HTTP_ERROR_BODY_MAX)
	{
		/* a page's part of the buffer may be smaller than that */
		pca_transfer_allow_more(transfer);
		return PCA_PAGE_FETCH_BLOCKED;
	}
	page_fetch->http_error =
		pca_http_error_read(transfer, pca_exchange_request_ids(page_fetch->session,
															   &page_fetch->exchange));
	pca_request_log_error(page_fetch->exchange.log_number, page_fetch->http_error.detail);
	pca_exchange_count_attempt(page_fetch->session, &page_fetch->exchange);
	recovered = recover_from_http_error(page_fetch);
	finish_page_exchange(page_fetch);
	page_fetch->state = recovered ? PAGE_FETCH_SEND : PAGE_FETCH_ENDED;
	return recovered ? PCA_PAGE_FETCH_CONTINUE : PCA_PAGE_FETCH_HTTP_ERROR;
}

const PcaHttpError *
pca_page_fetch_http_error(const PcaPageFetch *page_fetch)
{
	return &page_fetch->http_error;
}

bool
pca_page_fetch_is_about_customer(const PcaPageFetch *page_fetch)
{
	const PcaHttpError *error = &page_fetch->http_error;

	/* "Customer does not have usage data" (api-notes 7.3) */
	if (error->code && strcmp(error->code, "3000") == 0)
		return true;

	/*
	 * the API may fail to compute the rows of a customer, whatever the
	 * others' are
	 */
	if (page_fetch->timed_out || error->status >= 500)
		return true;
	return error->status == 404 ||
		(error->status == 403 &&
		 !pca_token_cache_is_app_only(pca_exchange_credentials(page_fetch->session)));
}

void
pca_page_fetch_retry_with_url(PcaPageFetch *page_fetch, const char *url)
{
	page_fetch->url = MemoryContextStrdup(page_fetch->context, url);
	page_fetch->state = PAGE_FETCH_SEND;
}

/* ---- errors of a response with status 200 ---- */

/* Raise the error of a response that has no valid items.  problem: the message. */
PCA_NORETURN static void
error_invalid_page(PcaPageFetch *page_fetch, const char *problem)
{
	char	   *excerpt;

	/* it was valid when it was kept */
	if (page_fetch->source.replay)
		pca_page_source_raise_damaged(&page_fetch->source);
	excerpt = pca_http_error_quote(page_fetch->exchange.transfer, page_fetch->source.excerpt,
								   page_fetch->source.excerpt_length, PCA_HTTP_ERROR_EXCERPT_MAX);
	pca_request_log_error(page_fetch->exchange.log_number, problem);
	pca_exchange_count_attempt(page_fetch->session, &page_fetch->exchange);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
			 errmsg_internal("%s", problem),
			 excerpt[0] == '\0' ? errdetail("%s", page_fetch->response_detail) :
			 errdetail("The response begins with \"%s\". %s", excerpt, page_fetch->response_detail)));
}

/* Raise the error of a page whose retry does not begin with the rows returned before. */
PCA_NORETURN static void
error_page_changed(const PcaPageFetch *page_fetch)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("a page of the API's response changed when it was requested again"),
			 errdetail("The connection was lost after " INT64_FORMAT " rows had been used, and the repeated response begins with other rows. %s",
					   page_fetch->returned.items, page_fetch->response_detail),
			 errhint("Try again; a lower option \"page_size\" makes it less likely.")));
}

/* Raise an error if a bare object is an error body instead of a row (api-notes 7.1). */
static void
check_bare_object(PcaPageFetch *page_fetch, const PcaItem *item)
{
	static const char *const keys[] = {"code", "message", "error", "statusCode"};
	const char *reason;
	const PcaJsonValue *object = pca_json_parse_lenient(page_fetch->json, item->data, item->length,
														PCA_PAGE_FETCH_BARE_DEPTH, &reason);

	for (int i = 0; object && i < (int) lengthof(keys); i++)
	{
		if (pca_json_member(object, keys[i]))
			error_invalid_page(page_fetch, "the API's response is an error, in spite of its HTTP status");
	}
}

/* ---- items ---- */

/*
 * Count a parsed item.  Returns false if an earlier attempt has returned it: then
 * the items of both attempts are compared by their digests.
 */
static bool
count_parsed_item(PcaPageFetch *page_fetch, const PcaDigest *previous, const PcaItem *item)
{
	PcaDigest  *parsed = &page_fetch->parsed;

	pca_paging_add_to_digest(parsed, item);

	/* a single row may well be followed by an equal one */
	if (parsed->items == previous->items && previous->items > 1 &&
		parsed->in_any_order == previous->in_any_order)
		page_fetch->repeats_previous = true;
	if (parsed->items > page_fetch->returned.items)
	{
		page_fetch->returned = *parsed;
		return true;
	}
	if (parsed->items == page_fetch->returned.items &&
		parsed->in_order != page_fetch->returned.in_order)
		error_page_changed(page_fetch);
	return false;
}

/*
 * The parser has found an item.  Its bytes stay in the body until the next
 * transition, since the caller uses them.
 */
static PcaPageFetchResult
return_parsed_item(PcaPageFetch *page_fetch, const PcaDigest *previous, const PcaItem *item,
				   size_t consumed)
{
	page_fetch->held_bytes = consumed;
	if (pca_page_parser_is_bare(page_fetch->parser))
		check_bare_object(page_fetch, item);
	return count_parsed_item(page_fetch, previous, item) ? PCA_PAGE_FETCH_ITEM : PCA_PAGE_FETCH_CONTINUE;
}

/* Returns true if a next link leads to the page that this request is for. */
static bool
leads_to_same_page(const PcaPageFetch *page_fetch, const char *url, const char *continuation)
{
	if (!pca_next_link_same_target(url, page_fetch->url))
		return false;
	return !continuation ||
		(page_fetch->continuation && strcmp(continuation, page_fetch->continuation) == 0);
}

/* The URL of the next link.  Errors: it is of another server. */
static const char *
resolve_next_link(const PcaPageFetch *page_fetch, const char *link)
{
	const char *url = pca_next_link_resolve(pca_exchange_server(page_fetch->session)->base_url,
											page_fetch->url, link);

	if (!url && page_fetch->source.replay)
		pca_page_source_raise_damaged(&page_fetch->source);
	if (!url)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("the next link of the API's response leads to another server"),
				 errdetail("It leads to \"%s\"; nothing was sent there. %s",
						   quote_url_without_query(page_fetch, link), page_fetch->response_detail)));
	return url;
}

/*
 * Find where the next page is: by the next link, or by a continuation token without
 * a link.  Errors: those of resolve_next_link(); it is this page; the token cannot
 * be sent.
 */
static void
find_next_page(PcaPageFetch *page_fetch, const PcaEnvelope *envelope)
{
	page_fetch->next_token = envelope->continuation;
	if (page_fetch->follows_next_link && envelope->has_body_token && !envelope->continuation)
	{
		if (!envelope->body_token)
			error_invalid_page(page_fetch, "the continuation token of the API's response cannot be sent as a header");
		page_fetch->next_token = envelope->body_token;
	}
	if (envelope->next_link)
		page_fetch->next_url = resolve_next_link(page_fetch, envelope->next_link);
	else if (page_fetch->next_token)
		page_fetch->next_url = pca_next_link_seek_url(page_fetch->url);
	if (page_fetch->next_url &&
		leads_to_same_page(page_fetch, page_fetch->next_url, page_fetch->next_token))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("the next link of the API's response leads to the same page again"),
				 errdetail("%s", page_fetch->response_detail)));
}

/* The page is complete. */
static PcaPageFetchResult
end_parsed_page(PcaPageFetch *page_fetch, const PcaEnvelope *envelope)
{
	if (page_fetch->parsed.items < page_fetch->returned.items)
		error_page_changed(page_fetch);
	if (!page_fetch->ignores_next_link)
		find_next_page(page_fetch, envelope);
	page_fetch->envelope = *envelope;
	pca_page_source_end_body(&page_fetch->source, page_fetch->parsed.items, page_fetch->parsed.in_order);
	if (!page_fetch->source.replay)
		pca_exchange_page_succeeded(page_fetch->session);
	finish_page_exchange(page_fetch);
	page_fetch->state = PAGE_FETCH_ENDED;
	return PCA_PAGE_FETCH_END;
}

/* The parser needs more bytes for the next item. */
static PcaPageFetchResult
wait_for_more_bytes(PcaPageFetch *page_fetch, size_t consumed)
{
	PcaTransfer *transfer = page_fetch->exchange.transfer;

	pca_page_source_consume(&page_fetch->source, consumed);
	if (page_fetch->source.replay)
	{
		pca_page_source_read_more(&page_fetch->source);
		return PCA_PAGE_FETCH_CONTINUE;
	}
	pca_request_log_rows(page_fetch->exchange.log_number, page_fetch->parsed.items);
	if (pca_transfer_state(transfer) == PCA_TRANSFER_FAILED)
		return retry_failed_transfer(page_fetch);
	pca_transfer_allow_more(transfer);
	return PCA_PAGE_FETCH_BLOCKED;
}

/* The body cannot be parsed: retry if it is truncated, else raise the error. */
static PcaPageFetchResult
retry_truncated_page(PcaPageFetch *page_fetch)
{
	bool		truncated = false;
	const char *reason = pca_page_parser_error(page_fetch->parser, &truncated);

	if (truncated && !page_fetch->source.replay)
		pca_request_log_error(page_fetch->exchange.log_number, reason);
	if (!truncated || page_fetch->source.replay ||
		!pca_exchange_schedule_retry(page_fetch->session, &page_fetch->exchange, -1))
		error_invalid_page(page_fetch, psprintf("the API's response cannot be parsed: %s", reason));
	finish_page_exchange(page_fetch);
	page_fetch->state = PAGE_FETCH_SEND;
	return PCA_PAGE_FETCH_CONTINUE;
}

/* ITEMS: parse the next item of the page. */
static PcaPageFetchResult
parse_next_item(PcaPageFetch *page_fetch, const PcaDigest *previous, PcaItem *item)
{
	bool		eof;
	const char *body;
	size_t		length;
	size_t		consumed;

	pca_page_source_consume(&page_fetch->source, page_fetch->held_bytes);
	page_fetch->held_bytes = 0;
	body = pca_page_source_body(&page_fetch->source, &length, &eof);
	if (eof && page_fetch->source.excerpt_length == 0)
		error_invalid_page(page_fetch, "the API's response is empty");
	switch (pca_page_parser_next(page_fetch->parser, body, length, eof, item, &consumed))
	{
		case PCA_PAGE_PARSER_ITEM:
			return return_parsed_item(page_fetch, previous, item, consumed);
		case PCA_PAGE_PARSER_MORE:
			return wait_for_more_bytes(page_fetch, consumed);
		case PCA_PAGE_PARSER_END:
			pca_page_source_consume(&page_fetch->source, length);
			return end_parsed_page(page_fetch, pca_page_parser_envelope(page_fetch->parser));
		default:
			return retry_truncated_page(page_fetch);
	}
}

/* ---- transitions ---- */

/* HEAD: choose the next state by the HTTP status. */
static PcaPageFetchResult
read_response_head(PcaPageFetch *page_fetch)
{
	static const PcaEnvelope no_rows = {.total_count = -1};
	PcaPageSource *source = &page_fetch->source;
	PcaTransfer *transfer = page_fetch->exchange.transfer;
	int			status = source->replay ? source->replayed.status : pca_transfer_status(transfer);

	if (status == 0)
		return pca_transfer_state(transfer) == PCA_TRANSFER_RUNNING ?
			PCA_PAGE_FETCH_BLOCKED : retry_failed_transfer(page_fetch);
	if (status != 200 && status != 204)
	{
		page_fetch->state = PAGE_FETCH_ERROR_BODY;
		return PCA_PAGE_FETCH_CONTINUE;
	}

	/* formatted once a page, since an error context callback may not do it */
	page_fetch->response_detail = source->replay ? source->response_detail :
		pca_exchange_response_detail(page_fetch->session, &page_fetch->exchange);
	if (!source->replay)
	{
		pca_token_cache_token_accepted(pca_exchange_credentials(page_fetch->session),
									   page_fetch->token_number);
		if (page_fetch->redirects > 0)
			pca_page_source_give_up_recording(source);
		pca_page_source_begin_body(source, status, page_fetch->url, page_fetch->response_detail);
	}
	if (status == 204)
	{
		page_fetch->no_content = true;
		return end_parsed_page(page_fetch, &no_rows);
	}
	page_fetch->state = PAGE_FETCH_ITEMS;
	return PCA_PAGE_FETCH_CONTINUE;
}

PcaPageFetchResult
pca_page_fetch_advance(PcaPageFetch *page_fetch, const PcaDigest *previous, PcaItem *item)
{
	MemoryContext caller = MemoryContextSwitchTo(page_fetch->context);
	PcaPageFetchResult result = PCA_PAGE_FETCH_BLOCKED;

	switch (page_fetch->state)
	{
		case PAGE_FETCH_SEND:
			result = send_page_request(page_fetch);
			break;
		case PAGE_FETCH_HEAD:
			result = read_response_head(page_fetch);
			break;
		case PAGE_FETCH_ITEMS:
			result = parse_next_item(page_fetch, previous, item);
			break;
		case PAGE_FETCH_ERROR_BODY:
			result = read_error_body(page_fetch);
			break;
		case PAGE_FETCH_ENDED:
			break;
	}
	MemoryContextSwitchTo(caller);
	return result;
}

/* ---- accessors ---- */

const PcaEnvelope *
pca_page_fetch_envelope(const PcaPageFetch *page_fetch)
{
	return &page_fetch->envelope;
}

bool
pca_page_fetch_is_unsent(const PcaPageFetch *page_fetch)
{
	return page_fetch->state == PAGE_FETCH_SEND;
}

const PcaDigest *
pca_page_fetch_digest(const PcaPageFetch *page_fetch)
{
	return &page_fetch->parsed;
}

int64
pca_page_fetch_items_returned(const PcaPageFetch *page_fetch)
{
	return page_fetch->returned.items;
}

const char *
pca_page_fetch_request_id(const PcaPageFetch *page_fetch)
{
	return page_fetch->exchange.id;
}

const char *
pca_page_fetch_response_detail(const PcaPageFetch *page_fetch)
{
	return page_fetch->response_detail ? page_fetch->response_detail : "";
}

void
pca_page_fetch_read_state(const PcaPageFetch *page_fetch, PcaPageState *page)
{
	page->response_detail = page_fetch->response_detail;
	page->items = page_fetch->envelope.items;
	page->total_count = page_fetch->envelope.total_count;
	page->has_next_link = page_fetch->envelope.next_link != NULL || page_fetch->next_url != NULL;
	page->has_token = page_fetch->envelope.has_body_token;
	page->next_url = page_fetch->next_url;
	page->continuation = page_fetch->next_token;
	page->no_content = page_fetch->no_content;
	page->digest = page_fetch->parsed;
	page->repeats_previous = page_fetch->repeats_previous;
}

int64
pca_page_fetch_received(const PcaPageFetch *page_fetch)
{
	return page_fetch->exchange.transfer ? pca_transfer_received(page_fetch->exchange.transfer) : 0;
}

void
pca_page_fetch_stop(PcaPageFetch *page_fetch)
{
	if (page_fetch->exchange.transfer)
		finish_page_exchange(page_fetch);
	page_fetch->state = PAGE_FETCH_ENDED;
}
