/*
 * response_cache.h
 *		Responses that all sessions of the server may use again, and who requests one.
 *
 * A response is kept under a key, which says who has asked for what.  It is copied into
 * shared memory when it is complete, and copied from there; nothing refers to it.
 *
 * A flight is a request that one process, its leader, sends, and whose response others,
 * its followers, wait for.
 *
 * Times are pca_response_cache_now()'s, in ms; where a function has the argument "now", it
 * is the current time.  Unless its comment says otherwise, a function raises no error, and
 * does nothing if there is no cache.
 */
#ifndef PCA_RESPONSE_CACHE_H
#define PCA_RESPONSE_CACHE_H

#include "postgres.h"

#include "shared/shared_layout.h"

/* The life of a mark, in ms: nobody waits for a response that others did not get. */
#define PCA_RESPONSE_CACHE_MARK_MS		60000

/* A follower leaves a flight that long after its first page was received, in ms. */
#define PCA_RESPONSE_CACHE_FOLLOW_MS	10000

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

/* What a session does about a flight. */
typedef enum PcaFlightRole
{
	PCA_FLIGHT_NONE,			/* it sends its request, and tells nobody */
	PCA_FLIGHT_LEAD,			/* it sends its request for others, too */
	PCA_FLIGHT_FOLLOW			/* it waits for the response of another session */
} PcaFlightRole;

/* A session's part in a flight.  All zero: it has none. */
typedef struct PcaFlight
{
	PcaFlightRole role;
	int32		slot;			/* of response_cache.c */
	uint64		serial;			/* of the leader's lease */
	int64		joined_at;
	PcaResponseKey key;
} PcaFlight;

/* What a follower does next. */
typedef enum PcaFlightState
{
	PCA_FLIGHT_WAITS,			/* it waits */
	PCA_FLIGHT_LANDED,			/* the response was kept: it looks into the cache */
	PCA_FLIGHT_LOST				/* it sends a request of its own, and waits for
								 * nobody else */
} PcaFlightState;

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
	int64		flights;		/* that have a live leader */
	int64		marks;
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
 * Keep a response, in place of others that are expired, or cheaper to request again.
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

/* ---- flights ---- */

/*
 * Join the flight of a key.  may_follow: false if the process leads a flight of another scan,
 * which may wait for this one.  The role is PCA_FLIGHT_NONE if nobody should wait for this
 * response, if this process leads it already, or if there are too many flights.  A leader
 * looks into the cache once more, and must call pca_response_cache_end_flight().
 */
extern PcaFlightRole pca_response_cache_join_flight(const PcaResponseKey *key, bool may_follow,
													int64 now, PcaFlight *flight);

/*
 * The leader shows that it works on the request: when it waits for the API and when a page is
 * received, at least each PCA_LEASE_BEAT_MS.  Returns false if another process has taken its
 * place, which needs no action.
 */
extern bool pca_response_cache_beat(const PcaFlight *flight, int64 now);

/* The leader has received the first page, which is also a beat. */
extern bool pca_response_cache_first_page(const PcaFlight *flight, int64 now);

/*
 * End the leader's flight, and wake its followers.  mark: the response was not kept, so nobody
 * waits for one with this key for a while.  Does nothing without a flight; *flight is made
 * zero.  May be called while a transaction aborts.
 */
extern void pca_response_cache_end_flight(PcaFlight *flight, bool mark, int64 now);

/* Mark a key: nobody waits for a response to it for PCA_RESPONSE_CACHE_MARK_MS. */
extern void pca_response_cache_mark(const PcaResponseKey *key, int64 now);

/*
 * Returns what a follower does next.  *wait_ms: after that time it calls this function again;
 * its latch may be set before.  If it is not to wait any longer, *flight is made zero.
 */
extern PcaFlightState pca_response_cache_poll_flight(PcaFlight *flight, int64 now, int64 *wait_ms);

/*
 * Stop following a flight, since the session needs the response no longer.  *flight is made
 * zero.  May be called while a transaction aborts.
 */
extern void pca_response_cache_leave_flight(PcaFlight *flight);

/* ---- reading ---- */

/*
 * Read the next response that is kept.  *position is 0 at first.  Returns false after the
 * last one.  Texts have no bytes that are invalid in the current database.
 */
extern bool pca_response_cache_read(int *position, int64 now, PcaResponseShown *shown);

/* Fill in what the memory is used for. */
extern void pca_response_cache_usage(int64 now, PcaResponseUsage *usage);

#endif							/* PCA_RESPONSE_CACHE_H */
