/*
 * response_cache.h
 *		Responses that all sessions of the server may use again.
 *
 * A response is kept under a key, which says who has asked for what.  It is copied into
 * shared memory when it is complete, and copied from there; nothing refers to it.
 *
 * Times are pca_response_cache_now()'s, in ms; where a function has the argument "now", it
 * is the current time.  Unless its comment says otherwise, a function raises no error, and
 * does nothing if there is no cache.
 */
#ifndef PCA_RESPONSE_CACHE_H
#define PCA_RESPONSE_CACHE_H

#include "postgres.h"

#include "shared/shared_layout.h"

/* What a request is for. */
typedef enum PcaResponseKind
{
	PCA_RESPONSE_ROWS,
	PCA_RESPONSE_COUNT			/* only the number of rows is wanted */
} PcaResponseKind;

/* A response to be kept.  The texts are for view pc_analytics_cache. */
typedef struct PcaResponseToKeep
{
	PcaResponseKey key;
	const char *bytes;			/* of pca_response_record_finish() */
	size_t		size;
	int64		begun_at;		/* when its first page was requested */
	uint64		generation;		/* pca_response_cache_generation() then */
	int64		ttl_ms;			/* option cache_ttl of the session that has it */
	int64		wait_ms;		/* time that was waited for it */
	int64		requests;		/* that were sent for it */
	int64		rows;
	int64		pages;
	Oid			userid;			/* whose user mapping was used */
	const char *server;			/* name */
	const char *base_url;		/* of the server, as declared */
	const char *url;			/* of the first page */
} PcaResponseToKeep;

/* A copy of a response that was kept. */
typedef struct PcaResponseCopy
{
	char	   *bytes;			/* for pca_response_record_open() */
	size_t		size;
	int64		begun_at;		/* when its first page was requested: its age */
	int64		cost_ms;		/* what it would cost to request it */
	int64		requests;
} PcaResponseCopy;

/* A response that is kept, as view pc_analytics_cache shows it. */
typedef struct PcaResponseShown
{
	Oid			userid;
	char		server[NAMEDATALEN];
	char		url[PCA_RESPONSE_URL_SIZE];
	int64		rows;
	int64		pages;
	int64		bytes;			/* of the record */
	int64		age_ms;
	int64		hits;
	int64		cost_ms;
} PcaResponseShown;

/* What the memory is used for, in blocks; free + used + being_written = all. */
typedef struct PcaResponseUsage
{
	int64		all;			/* of the segments that were made */
	int64		free;
	int64		used;			/* by responses that are kept */
	int64		being_written;
	int64		entries;		/* responses that are kept */
	int64		free_entries;
	int64		segments;
} PcaResponseUsage;

/* Setting pc_analytics_fdw.cache_size, in MB. */
extern int	pca_response_cache_size;

/* Define that setting. */
extern void pca_response_cache_define_setting(void);

/* Returns the time of a clock that nobody sets, and that runs while the machine sleeps. */
extern int64 pca_response_cache_now(void);

/*
 * Returns true if responses may be kept: there is shared memory for them.  The first call
 * creates or attaches it.  If it returns false, the caller need not record anything.
 */
extern bool pca_response_cache_is_enabled(void);

/* Returns true if the settings allow that.  It needs no shared memory. */
extern bool pca_response_cache_is_configured(void);

/* Returns the bytes of the largest response that is kept; 0 if there is no cache. */
extern size_t pca_response_cache_largest(void);

/*
 * Make the key of a request.  path: of the URL.  query: its parameters as they are sent,
 * without top, skip and size.  Keys are equal exactly if all arguments are.  Returns false
 * if it cannot be computed: then nothing is kept.  Errors: out of memory.
 */
extern bool pca_response_cache_make_key(const PcaFingerprint *fingerprint, const char *locale,
										const char *path, const char *query,
										PcaResponseKind kind, PcaResponseKey *key);

/* ---- responses ---- */

/*
 * Returns a number that pca_response_cache_clear() changes.  It is read before a request is
 * sent, for pca_response_cache_publish().
 */
extern uint64 pca_response_cache_generation(void);

/*
 * Find a response that was not older than max_age_ms at the time seen_at, and copy it into
 * the memory context.  A younger one that was kept since then is found, too.  It counts as
 * a hit.  Returns false if there is none.  Errors: out of memory.
 */
extern bool pca_response_cache_find(const PcaResponseKey *key, int64 max_age_ms, int64 seen_at,
									MemoryContext context, PcaResponseCopy *copy);

/*
 * Returns true if pca_response_cache_find() would find one now.  It counts nothing.
 */
extern bool pca_response_cache_has(const PcaResponseKey *key, int64 max_age_ms, int64 seen_at);

/*
 * Keep a response, in place of others that are expired, or cheaper to request again.  It
 * expires after its ttl_ms, but not before the one with its key that it replaces.
 * Returns false if it is not kept: it is larger than pca_response_cache_largest(), or there
 * is no space; or one is kept that was requested later; or the cache was cleared since it was
 * requested.  It does not end a flight.
 */
extern bool pca_response_cache_publish(const PcaResponseToKeep *response, int64 now);

/*
 * Drop the response of a key, since it cannot be read, unless it was requested after
 * begun_at.  May be called while a transaction aborts.
 */
extern void pca_response_cache_drop(const PcaResponseKey *key, int64 begun_at);

/*
 * Drop all responses of servers with that base_url, of all databases; NULL: all.  What is
 * being requested now will not be kept.  Returns how many were dropped.
 */
extern int64 pca_response_cache_clear(const char *base_url);

/* ---- reading ---- */

/*
 * Read the next response that is kept.  *position is 0 at first.  Returns false after the
 * last one.  Texts have no bytes that are invalid in the current database.
 */
extern bool pca_response_cache_read(int *position, int64 now, PcaResponseShown *shown);

/* Fill in what the memory is used for. */
extern void pca_response_cache_usage(PcaResponseUsage *usage);

#endif							/* PCA_RESPONSE_CACHE_H */
