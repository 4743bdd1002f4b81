/*
 * fetch.h
 *		Which request next: pages, retries, the other path form, completeness.
 *
 * A fetch is a state machine that can be asked without waiting.
 */
#ifndef PCA_FETCH_H
#define PCA_FETCH_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "compat.h"
#include "config/option.h"
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
	PCA_FETCH_WAIT,				/* nothing without waiting (only when !wait) */
	PCA_FETCH_PAUSED,			/* after the first page, while there may be
								 * more: see pca_fetch_pause() */
	PCA_FETCH_END
} PcaFetchResult;

/* What EXPLAIN ANALYZE shows. */
typedef struct PcaFetchStats
{
	int64		requests;		/* sent, retries and token requests included */
	int64		pages;			/* answered with items or an empty page */
	int64		rows;			/* items received, those of a listing excepted */
	int64		bytes;			/* bytes of bodies on the wire */
	int64		retries;
	double		wait_time;		/* ms spent waiting */
	int64		reused;			/* requests that a rescan does not send again */
} PcaFetchStats;

/* What the processes of a crew share that fetch one request; all zero at first. */
typedef struct PcaFetchShared
{
	char		correlation_id[PCA_GUID_LENGTH + 1];
	pg_atomic_uint64 rows;		/* received by all, where they are limited */
	pg_atomic_uint64 told;		/* pca_progress_share()'s */
	PcaProgressState progress;	/* of all, as of when each told last */
	PcaThrottle pressure;
	PcaPageQueue book;
} PcaFetchShared;

/*
 * Begin to fetch those requests (PcaRequest *), one after the other.  Nothing
 * is sent before the first pca_fetch_next().  Lives in that context, whose
 * reset ends everything.  userid: whose user mapping is used.
 */
extern PcaFetch *pca_fetch_begin(MemoryContext context, const PcaTable *table,
								 Oid userid, List *requests);

/*
 * Fetch them as one of a crew, each page once; the fetch has just begun.  At the
 * end of one member others may still have items.  False when the crew is full:
 * the others do it all.  Only for what is wholly that: pca_fetch_can_share().
 */
extern bool pca_fetch_join(PcaFetch *fetch, PcaFetchShared *shared, PcaParticipants *crew);
extern bool pca_fetch_can_share(const PcaTable *table, List *requests);

/*
 * The next item and the request that it answers, or the end.  Item memory is
 * valid until the next call.  Raises every error of the wire: transport, HTTP
 * status, an incomplete or inconsistent answer.
 */
extern PcaFetchResult pca_fetch_next(PcaFetch *fetch, bool wait, PcaItem *item,
									 const PcaRequest **request);

/*
 * Request no page after the first one until pca_fetch_resume() is called.  For a fetch
 * of one request, which has just begun.
 */
extern void pca_fetch_pause(PcaFetch *fetch);
extern void pca_fetch_resume(PcaFetch *fetch);

/* While the fetch is paused: a number of rows that there are at most; -1 if not known. */
extern int64 pca_fetch_most_rows(const PcaFetch *fetch);

/*
 * Fetch no more of the request of the last item, whose memory is freed.
 */
extern void pca_fetch_skip_request(PcaFetch *fetch);

/*
 * Fetch that request, too.  May be called until the end was reached; the
 * request must live as long as the fetch.
 */
extern void pca_fetch_add(PcaFetch *fetch, PcaRequest *request);

/*
 * The customers (char *, their requests') that the API refused to answer for,
 * where option on_customer_error lets them be skipped.
 */
extern List *pca_fetch_skipped(const PcaFetch *fetch);

/* Where the page of the last item begins among its request's rows. */
extern int64 pca_fetch_page_offset(const PcaFetch *fetch);

/* At the end: how many rows a probe has found that there are; -1: not sure. */
extern int64 pca_fetch_probed_rows(const PcaFetch *fetch);

/*
 * At the end: how many rows a request that only counts has found beyond the
 * items, in TotalCount.
 */
extern int64 pca_fetch_uncounted_rows(const PcaFetch *fetch);

/*
 * In a PG_CATCH block: raise the error anew, which is about the last item, with
 * what the API's support asks for of its answer in the detail.
 */
PCA_NORETURN extern void pca_fetch_add_response_detail(const PcaFetch *fetch);

/* The descriptor that becomes readable when pca_fetch_next() may go on. */
extern int	pca_fetch_descriptor(const PcaFetch *fetch);

/* Counters so far, also after the end; valid until the next call. */
extern const PcaFetchStats *pca_fetch_stats(PcaFetch *fetch);

/* Add what another fetch counted to a sum. */
extern void pca_fetch_add_stats(PcaFetchStats *sum, const PcaFetchStats *stats);

/* End it early or late; idempotent. */
extern void pca_fetch_end(PcaFetch *fetch);

#endif							/* PCA_FETCH_H */
