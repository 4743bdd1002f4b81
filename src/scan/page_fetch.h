/*
 * page_fetch.h
 *		One page on its way: sent, retried, cut into items.
 *
 * It never waits, and knows of no other page.
 */
#ifndef PCA_PAGE_FETCH_H
#define PCA_PAGE_FETCH_H

#include "postgres.h"

#include "http/http_error.h"
#include "json/page_parser.h"
#include "scan/exchange.h"
#include "scan/paging.h"

typedef struct PcaPageFetch PcaPageFetch;

typedef enum PcaPageFetchResult
{
	PCA_PAGE_FETCH_BLOCKED,		/* not before something moves */
	PCA_PAGE_FETCH_ITEM,
	PCA_PAGE_FETCH_END,			/* see pca_page_fetch_read_state() */
	PCA_PAGE_FETCH_HTTP_ERROR	/* see pca_page_fetch_http_error(); retries
								 * are over */
} PcaPageFetchResult;

/*
 * Make one, for pages that share the wire.  Lives in that context;
 * pca_page_fetch_stop() it before.
 */
extern PcaPageFetch *pca_page_fetch_create(MemoryContext context, PcaHttpSession *wire);

/*
 * Turn to a page.  continuation: what is sent as MS-ContinuationToken, or NULL.
 * what: how errors begin.  All are copied.  bare_forms: a set of PcaPageForm.
 */
extern void pca_page_fetch_begin_page(PcaPageFetch *pull, const char *url, const char *continuation,
									  const char *what, int bare_forms);

/*
 * The page's next link will not be followed: wherever it leads, it is no error.
 * Said behind pca_page_fetch_begin_page().
 */
extern void pca_page_fetch_ignore_next_link(PcaPageFetch *pull);

/*
 * Go on.  previous: the digest of another page, which this one should not begin
 * with.  An item is one that was not handed out before, and valid until the
 * next call.  Raises every error of the wire, and of an answer that cannot be
 * read.
 */
extern PcaPageFetchResult pca_page_fetch_next(PcaPageFetch *pull, const PcaDigest *previous,
											  PcaItem *item);

/* How many items it has handed out. */
extern int64 pca_page_fetch_items_returned(const PcaPageFetch *pull);

/* At PCA_PAGE_FETCH_END: fill in what has come.  Texts live until it is turned on. */
extern void pca_page_fetch_read_state(const PcaPageFetch *pull, PcaPageState *part);

/*
 * What the API's support asks for of the answer whose items are handed out, or
 * that has ended; lives until the next page is begun.
 */
extern const char *pca_page_fetch_response_detail(PcaPageFetch *pull);

/* At PCA_PAGE_FETCH_END: what stood around the items.  Lives until it is turned on. */
extern const PcaEnvelope *pca_page_fetch_envelope(const PcaPageFetch *pull);

/* At PCA_PAGE_FETCH_HTTP_ERROR: what the refusal says. */
extern const PcaHttpError *pca_page_fetch_http_error(const PcaPageFetch *pull);

/*
 * At PCA_PAGE_FETCH_HTTP_ERROR: whether it may be about the customer who was asked for,
 * and not about who asks.
 */
extern bool pca_page_fetch_is_about_customer(const PcaPageFetch *pull);

/* At PCA_PAGE_FETCH_HTTP_ERROR: ask that URL instead. */
extern void pca_page_fetch_retry_with_url(PcaPageFetch *pull, const char *url);

/* At PCA_PAGE_FETCH_HTTP_ERROR: raise the refusal's error.  hint: or NULL. */
PCA_NORETURN extern void pca_page_fetch_raise_error(PcaPageFetch *pull, const char *hint);

/* Bytes of the body on the wire, of a transfer that has not ended. */
extern int64 pca_page_fetch_received(const PcaPageFetch *pull);

/* End its transfer; idempotent. */
extern void pca_page_fetch_stop(PcaPageFetch *pull);

#endif							/* PCA_PAGE_FETCH_H */
