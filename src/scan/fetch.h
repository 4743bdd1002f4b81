/*
 * fetch.h
 *		Fetches the pages of a scan's requests: retries, path variants, completeness.
 *
 * A fetch is a state machine that can be called without waiting.
 */
#ifndef PCA_FETCH_H
#define PCA_FETCH_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "compat.h"
#include "config/option.h"
#include "guid.h"
#include "json/page_parser.h"
#include "request/request.h"
#include "scan/exchange.h"
#include "scan/page_queue.h"
#include "scan/participants.h"
#include "scan/progress.h"

typedef struct PcaFetch PcaFetch;

typedef enum PcaFetchResult
{
	PCA_FETCH_ITEM,
	PCA_FETCH_WAIT,				/* nothing without waiting; only if wait is
								 * false */
	PCA_FETCH_PAUSED,			/* after that many pages, while there may be
								 * more: see pca_fetch_pause() */
	PCA_FETCH_END
} PcaFetchResult;

/* The counters that EXPLAIN ANALYZE shows. */
typedef struct PcaFetchStats
{
	int64		requests;		/* sent, retries and token requests included */
	int64		pages;			/* received, empty ones included */
	int64		rows;			/* items received, except of a list of
								 * customers */
	int64		bytes;			/* of response bodies on the wire */
	int64		retries;
	int64		empty_pages;	/* requested as a guess, without rows */
	double		wait_ms;		/* how long it waited for events */
	int64		reused;			/* requests that a rescan does not send again */
	int64		replayed;		/* responses from the cache */
	int64		greatest_age;	/* of one of these, in ms */
	double		cache_wait;		/* for responses of other sessions, in ms */
} PcaFetchStats;

/* The state of processes that fetch one request together.  All zero at first. */
typedef struct PcaFetchShared
{
	char		correlation_id[PCA_GUID_LENGTH + 1];
	pg_atomic_uint64 rows;		/* received by all, if option max_rows is set */
	pg_atomic_uint64 noticed_ms;	/* for pca_progress_share() */
	PcaProgressState progress;	/* of all, as of each one's last report */
	PcaExchangeShared exchange;
	PcaPageQueue queue;
} PcaFetchShared;

/*
 * Begin to fetch requests (PcaRequest *), one after the other.  Nothing is sent
 * before the first pca_fetch_next().  The fetch lives in the memory context, whose
 * reset ends it.  userid: whose user mapping is used.  Errors: those of
 * pca_exchange_begin().
 */
extern PcaFetch *pca_fetch_begin(MemoryContext context, const PcaTable *table,
								 Oid userid, List *requests);

/*
 * Use the cache of responses, as the table's option cache_ttl allows.  query_context:
 * es_query_cxt of the query.  The fetch has just begun.  Errors: out of memory.
 */
extern void pca_fetch_use_cache(PcaFetch *fetch, MemoryContext query_context);

/*
 * Reading the rows has failed: drop the responses in the cache that they are from.  Raises
 * no error.
 */
extern void pca_fetch_drop_cached(PcaFetch *fetch);

/*
 * Fetch the single request as one of several participants, who fetch each page
 * once.  The fetch has just begun.  At its end, others may still have items.
 * Returns false if there are enough participants: then they fetch everything.
 */
extern bool pca_fetch_join(PcaFetch *fetch, PcaFetchShared *shared, PcaParticipants *participants);

/* Returns true if participants may share the requests. */
extern bool pca_fetch_can_share(const PcaTable *table, List *requests);

/*
 * Return the next item and the request that it belongs to, or the end.  wait:
 * false to return PCA_FETCH_WAIT instead of waiting.  The item's memory is valid
 * until the next call.  Errors: those of transfers, HTTP errors, and responses that
 * are incomplete or inconsistent; their context is the foreign table and the customer.
 */
extern PcaFetchResult pca_fetch_next(PcaFetch *fetch, bool wait, PcaItem *item,
									 const PcaRequest **request);

/*
 * Request no page after so many were received, until pca_fetch_resume() is called; pages that
 * are in flight then are received, too.  For a fetch of one request, which has just begun or
 * is paused.
 */
extern void pca_fetch_pause(PcaFetch *fetch, int64 pages);
extern void pca_fetch_resume(PcaFetch *fetch);

/* Returns the largest number of rows that a paused fetch can have; -1 if not known. */
extern int64 pca_fetch_most_rows(const PcaFetch *fetch);

/*
 * Fetch no more of the request of the last item, whose memory is freed.
 */
extern void pca_fetch_skip_request(PcaFetch *fetch);

/*
 * Add a request to be fetched.  Must be called before the end is reached; the
 * request must live as long as the fetch.
 */
extern void pca_fetch_add(PcaFetch *fetch, PcaRequest *request);

/*
 * Returns the customers (char *, owned by their requests) that were skipped because of an
 * error, as option on_customer_error allows.
 */
extern List *pca_fetch_skipped(const PcaFetch *fetch);

/* Returns the skip of the page of the last item. */
extern int64 pca_fetch_page_offset(const PcaFetch *fetch);

/*
 * Leave out the probe, which found that number of rows in an earlier fetch; -1: it was
 * not certain.  The fetch has just begun.
 */
extern void pca_fetch_skip_probe(PcaFetch *fetch, int64 rows);

/* Returns the number of rows that a probe found, at its end; -1 if not certain. */
extern int64 pca_fetch_probed_rows(const PcaFetch *fetch);

/*
 * Returns, at the end, the number of rows that TotalCount counts beyond the items,
 * for requests that only count.
 */
extern int64 pca_fetch_uncounted_rows(const PcaFetch *fetch);

/*
 * Error context callback for messages about the last item: the foreign table, the
 * customer, and status and identifiers of the response.  fetch: a PcaFetch.
 */
extern void pca_fetch_add_item_context(void *fetch);

/* Returns the descriptor that becomes readable when pca_fetch_next() may advance. */
extern int	pca_fetch_descriptor(const PcaFetch *fetch);

/* Returns the counters so far, also after the end; valid until the next call. */
extern const PcaFetchStats *pca_fetch_stats(PcaFetch *fetch);

/* Add the counters of a fetch to a sum. */
extern void pca_fetch_add_stats(PcaFetchStats *sum, const PcaFetchStats *stats);

/* End the fetch, before its end was reached or after; idempotent. */
extern void pca_fetch_end(PcaFetch *fetch);

#endif							/* PCA_FETCH_H */
