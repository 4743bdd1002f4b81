/*
 * cached_response.h
 *		What a fetch does with the responses that all sessions share.
 *
 * A request whose response is in the cache is not sent: its pages are replayed.  The
 * response to another request is recorded, and kept in the cache when it is complete and
 * each of its rows was read.  If another session has sent the same request, this one waits
 * for its response.
 */
#ifndef PCA_CACHED_RESPONSE_H
#define PCA_CACHED_RESPONSE_H

#include "postgres.h"

#include "config/option.h"
#include "request/request.h"
#include "scan/exchange.h"
#include "scan/response_recorder.h"

typedef struct PcaFetchCache PcaFetchCache;
typedef struct PcaCachedResponse PcaCachedResponse;

/* Counters of a fetch. */
typedef struct PcaFetchCacheStats
{
	int64		replayed;		/* responses */
	int64		greatest_age;	/* of one of them, in ms */
	double		wait_ms;		/* for responses to requests of other sessions */
} PcaFetchCacheStats;

/* Values of the setting pc_analytics_fdw.cache. */
typedef enum PcaCacheUse
{
	PCA_CACHE_ON,
	PCA_CACHE_OFF,				/* it is neither read nor written */
	PCA_CACHE_REFRESH			/* it is written, and not read */
} PcaCacheUse;

/* That setting. */
extern int	pca_cached_response_use;

/* Define that setting. */
extern void pca_cached_response_define_setting(void);

/*
 * Begin to use the cache for requests of the table that the session sends.  query_context:
 * es_query_cxt of the query.  Lives in the memory context, whose reset ends it.  Returns
 * NULL if the cache is not used.  Errors: out of memory.
 */
extern PcaFetchCache *pca_cached_response_open(MemoryContext context, MemoryContext query_context,
											   const PcaTable *table, Oid userid,
											   PcaExchangeSession *session);

/* Returns the counters so far.  They belong to the cache. */
extern const PcaFetchCacheStats *pca_cached_response_stats(const PcaFetchCache *cache);

/*
 * Show that the session works on its requests, while it waits for the API, and note when it
 * has to be shown again.  Raises no error.
 */
extern void pca_cached_response_beat(PcaFetchCache *cache);

/* Returns the number of requests that wait for the response of another session. */
extern int	pca_cached_response_awaited(const PcaFetchCache *cache);

/*
 * Reading the fetch's rows has failed: drop the cached responses that it has used, so that
 * the next attempt sends the requests.  Raises no error.
 */
extern void pca_cached_response_drop_used(PcaFetchCache *cache);

/*
 * End the use of the cache: nobody waits any longer for the responses that are not
 * complete.  Their readers must not be used any more.
 */
extern void pca_cached_response_close(PcaFetchCache *cache);

/* ---- one request ---- */

/*
 * Decide what happens to a request that is about to begin: its response is replayed, waited
 * for, or recorded.  Returns NULL if it is only sent.  Errors: those of
 * pca_exchange_open_credentials().
 */
extern PcaCachedResponse *pca_cached_response_begin(PcaFetchCache *cache, const PcaRequest *request);

/*
 * Returns true if no page of the request may be requested, since another session's response
 * is waited for; notes when to call again.  response may be NULL.  Errors: out of memory.
 */
extern bool pca_cached_response_must_wait(PcaCachedResponse *response);

/* Returns true if it is replayed.  response may be NULL. */
extern bool pca_cached_response_is_replayed(const PcaCachedResponse *response);

/*
 * Returns the number of the next page to be replayed, of *reader, and what is known of it.
 * *rows_beyond: later pages have rows.  *age_ms: of the response.  Returns -1 if there is no
 * such page.
 */
extern int	pca_cached_response_next_page(PcaCachedResponse *response, PcaRecordedPage *page,
										  const PcaResponseReader **reader, bool *rows_beyond,
										  int64 *age_ms);

/*
 * Begin to record a page that is requested.  Returns NULL if it is not recorded.  response
 * may be NULL.  Errors: out of memory.
 */
extern PcaPageRecording *pca_cached_response_record_page(PcaCachedResponse *response, int64 top,
														 int64 skip);

/*
 * Note that a page with that number of items is complete.  total: rows that the response
 * has; -1 if that is not known.  response may be NULL.
 */
extern void pca_cached_response_page_completed(PcaCachedResponse *response, int64 items,
											   int64 total);

/*
 * The response is complete, has that number of pages, and all of its rows were read: keep it
 * in the cache.  response may be NULL.  Errors: out of memory.
 */
extern void pca_cached_response_keep(PcaCachedResponse *response, int64 npages);

/* End, complete or not; response may be NULL. */
extern void pca_cached_response_end(PcaCachedResponse *response);

#endif							/* PCA_CACHED_RESPONSE_H */
