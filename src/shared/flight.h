/*
 * flight.h
 *		Who requests a response that others wait for.
 *
 * A flight is a request that one process, its leader, sends, and whose response others,
 * its followers, find in the cache of responses (response_cache.h).  A leader that shows no
 * work has no followers for long: nobody waits without an end.
 *
 * Times are pca_response_cache_now()'s, in ms; "now" is the current time.  The functions
 * raise no error, and there is no flight in a session without a cache.
 */
#ifndef PCA_FLIGHT_H
#define PCA_FLIGHT_H

#include "postgres.h"

#include "shared/shared_layout.h"

/* The life of a mark, in ms: nobody waits for a response that others did not get. */
#define PCA_FLIGHT_MARK_MS		60000

/*
 * A follower leaves a flight that long after its first page was received, in ms.  Until
 * then it waits as the API would let it wait anyway.
 */
#define PCA_FLIGHT_FOLLOW_MS	10000

/* What a session does about a flight. */
typedef enum PcaFlightRole
{
	PCA_FLIGHT_NONE,			/* it sends its request, and tells nobody */
	PCA_FLIGHT_LEAD,			/* it sends its request for others, too */
	PCA_FLIGHT_FOLLOW			/* it waits for the response of another
								 * session */
} PcaFlightRole;

/* A session's part in a flight.  All zero: it has none. */
typedef struct PcaFlight
{
	PcaFlightRole role;
	int32		slot;			/* of flight.c */
	uint64		serial;			/* of the leader's lease */
	int64		joined_at;
	PcaResponseKey key;
} PcaFlight;

/* What a follower does next. */
typedef enum PcaFlightState
{
	PCA_FLIGHT_WAITS,			/* it waits */
	PCA_FLIGHT_KEPT,			/* the response was kept: it looks into the
								 * cache */
	PCA_FLIGHT_LOST				/* it sends a request of its own, and waits
								 * for nobody else */
} PcaFlightState;

/*
 * Join the flight of a key.  may_follow: false if the process leads a flight of another scan,
 * which may wait for this one.  The role is PCA_FLIGHT_NONE if nobody should wait for this
 * response, if this process leads it already, or if there are too many flights.  A leader
 * looks into the cache once more, and must call pca_flight_end().
 */
extern PcaFlightRole pca_flight_join(const PcaResponseKey *key, bool may_follow, int64 now,
									 PcaFlight *flight);

/*
 * The leader shows that it works on the request: when it waits for the API and when a page is
 * received, at least each PCA_LEASE_BEAT_MS.  Returns false if another process has taken its
 * place, which needs no action.
 */
extern bool pca_flight_beat(const PcaFlight *flight, int64 now);

/* The leader has received the first page, which is also a beat. */
extern bool pca_flight_first_page(const PcaFlight *flight, int64 now);

/*
 * End the leader's flight, and wake its followers.  mark: the response was not kept, so nobody
 * waits for one with this key for a while.  Does nothing without a flight; *flight is made
 * zero.  May be called while a transaction aborts.
 */
extern void pca_flight_end(PcaFlight *flight, bool mark, int64 now);

/* Mark a key: nobody waits for a response to it for PCA_FLIGHT_MARK_MS. */
extern void pca_flight_mark(const PcaResponseKey *key, int64 now);

/*
 * Returns what a follower does next.  *wait_ms: after that time it calls this function again;
 * its latch may be set before.  If it is not to wait any longer, *flight is made zero.
 */
extern PcaFlightState pca_flight_poll(PcaFlight *flight, int64 now, int64 *wait_ms);

/*
 * Stop following a flight, since the session needs the response no longer.  *flight is made
 * zero.  May be called while a transaction aborts.
 */
extern void pca_flight_leave(PcaFlight *flight);

/* Returns the number of flights with a live leader, and of marks. */
extern int	pca_flight_count(int64 now, int *marks);

#endif							/* PCA_FLIGHT_H */
