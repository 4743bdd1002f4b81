/*
 * page_fetch.h
 *		Fetches a single page: sends its request, retries it, parses its items.
 *
 * A PcaPageFetch is a state machine that never waits, and fetches one page
 * after the other.
 */
#ifndef PCA_PAGE_FETCH_H
#define PCA_PAGE_FETCH_H

#include "postgres.h"

#include "http/http_error.h"
#include "json/page_parser.h"
#include "scan/exchange.h"
#include "scan/page_source.h"
#include "scan/paging.h"

typedef struct PcaPageFetch PcaPageFetch;

/* The outcome of one transition. */
typedef enum PcaPageFetchResult
{
	PCA_PAGE_FETCH_CONTINUE,	/* the state has changed: advance again */
	PCA_PAGE_FETCH_BLOCKED,		/* nothing to do before an event */
	PCA_PAGE_FETCH_ITEM,		/* an item is returned */
	PCA_PAGE_FETCH_END,			/* the page is complete; see
								 * pca_page_fetch_read_state() */
	PCA_PAGE_FETCH_HTTP_ERROR	/* the response is an error, and retries are
								 * exhausted; see pca_page_fetch_http_error()
								 * and pca_page_fetch_return_timeout() */
} PcaPageFetchResult;

/*
 * Create a state machine in the memory context, for pages that the session
 * requests.  Stop it with pca_page_fetch_stop() before the context is reset.
 */
extern PcaPageFetch *pca_page_fetch_create(MemoryContext context, PcaExchangeSession *session);

/*
 * Begin a page.  continuation: the value of MS-ContinuationToken, or NULL.  The texts
 * are copied.  bare_forms: a set of PcaPageForm.
 */
extern void pca_page_fetch_begin_page(PcaPageFetch *page_fetch, const char *url,
									  const char *continuation, int bare_forms);

/*
 * Do not raise an error for this page's next link, wherever it leads, since the
 * caller does not follow it.  Called after pca_page_fetch_begin_page().
 */
extern void pca_page_fetch_ignore_next_link(PcaPageFetch *page_fetch);

/*
 * Follow the next link of this page, or its continuation token, since the pages of
 * the resource have no skip.  Called after pca_page_fetch_begin_page().
 */
extern void pca_page_fetch_follow_next_link(PcaPageFetch *page_fetch);

/*
 * Return PCA_PAGE_FETCH_HTTP_ERROR, and raise no error, if the last retry of this
 * page times out.  The response has no HTTP status then.  Called after
 * pca_page_fetch_begin_page().
 */
extern void pca_page_fetch_return_timeout(PcaPageFetch *page_fetch);

/*
 * Read the page of that number of a cached response, instead of sending a request.  page:
 * what is known of it; age_ms: of the response.  Called after pca_page_fetch_begin_page().
 */
extern void pca_page_fetch_replay(PcaPageFetch *page_fetch, const PcaResponseReader *reader, int number,
								  const PcaRecordedPage *page, int64 age_ms);

/* Record the page.  Called after pca_page_fetch_begin_page(). */
extern void pca_page_fetch_record(PcaPageFetch *page_fetch, PcaPageRecording *recording);

/*
 * Do one transition.  previous: the digest of the page before this one, which
 * this page should not repeat.  *item: set for PCA_PAGE_FETCH_ITEM, valid until
 * the next call.  An item that an earlier attempt returned is not returned
 * again.  Errors: those of a transfer, and of a response that cannot be parsed.
 */
extern PcaPageFetchResult pca_page_fetch_advance(PcaPageFetch *page_fetch, const PcaDigest *previous,
												 PcaItem *item);

/* Returns true if the page's request is to be sent, for the first time or again. */
extern bool pca_page_fetch_is_unsent(const PcaPageFetch *page_fetch);

/* Returns the digest of the items of the current attempt. */
extern const PcaDigest *pca_page_fetch_digest(const PcaPageFetch *page_fetch);

/* Returns the number of items returned for this page. */
extern int64 pca_page_fetch_items_returned(const PcaPageFetch *page_fetch);

/*
 * Fill in the page's state, at PCA_PAGE_FETCH_END.  Its texts live until the next
 * page begins.
 */
extern void pca_page_fetch_read_state(const PcaPageFetch *page_fetch, PcaPageState *page);

/* Returns the MS-RequestId of the page's last attempt; empty if no attempt was made. */
extern const char *pca_page_fetch_request_id(const PcaPageFetch *page_fetch);

/*
 * Returns HTTP status and identifiers of the response that the items are from, as
 * pca_http_error_response_detail() does; empty before the first item.
 * Lives until the next page begins.  Allocates nothing.
 */
extern const char *pca_page_fetch_response_detail(const PcaPageFetch *page_fetch);

/*
 * Returns the envelope of the items, at PCA_PAGE_FETCH_END.  It lives until the next
 * page begins.
 */
extern const PcaEnvelope *pca_page_fetch_envelope(const PcaPageFetch *page_fetch);

/*
 * Returns the error response, at PCA_PAGE_FETCH_HTTP_ERROR.  Its status is 0 after a
 * timeout.
 */
extern const PcaHttpError *pca_page_fetch_http_error(const PcaPageFetch *page_fetch);

/*
 * Returns true, at PCA_PAGE_FETCH_HTTP_ERROR, if the error may concern the
 * customer in the request's path, rather than the user who sends it.
 */
extern bool pca_page_fetch_is_about_customer(const PcaPageFetch *page_fetch);

/* Fetch the page from another URL, which is copied, at PCA_PAGE_FETCH_HTTP_ERROR. */
extern void pca_page_fetch_retry_with_url(PcaPageFetch *page_fetch, const char *url);

/*
 * Raise the error, at PCA_PAGE_FETCH_HTTP_ERROR.  hint: replaces the usual one,
 * or NULL.
 */
PCA_NORETURN extern void pca_page_fetch_raise_error(PcaPageFetch *page_fetch, const char *hint);

/* Returns the bytes of the body received on the wire, of a transfer that has not ended. */
extern int64 pca_page_fetch_received(const PcaPageFetch *page_fetch);

/* End the page's transfer; idempotent. */
extern void pca_page_fetch_stop(PcaPageFetch *page_fetch);

#endif							/* PCA_PAGE_FETCH_H */
