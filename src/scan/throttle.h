/*
 * throttle.h
 *		The number of pages in flight, which HTTP status 429 reduces.
 *
 * All processes that fetch one result share a PcaThrottle.  The functions lock
 * their PcaParticipants (NULL: the throttle is not shared).
 */
#ifndef PCA_THROTTLE_H
#define PCA_THROTTLE_H

#include "postgres.h"

#include "scan/participants.h"

/* The reason why a request is not sent before a time. */
typedef enum PcaWaitReason
{
	PCA_WAIT_NONE,
	PCA_WAIT_RETRY_AFTER,		/* the server's header field Retry-After */
	PCA_WAIT_RETRY,				/* the delay before another attempt */
	PCA_WAIT_RATE_LIMIT,		/* option max_requests_per_minute */
	PCA_WAIT_RESPONSE			/* the response to the same request of another
								 * session */
} PcaWaitReason;

/* All zero at first. */
typedef struct PcaThrottle
{
	int			window;			/* pages that may be in flight at once; 0: not
								 * initialized */
	int			in_flight;		/* pages */
	int			successes;		/* pages received since the window was changed */
	int64		not_before;		/* no page may be requested before, in
								 * pca_pollset_now()'s time; 0: at once */
	PcaWaitReason reason;		/* of not_before */
} PcaThrottle;

/*
 * Set the window to max_window, the number of pages that option
 * max_parallel_requests allows, unless another process has done so.
 */
extern void pca_throttle_init(PcaThrottle *throttle, PcaParticipants *participants, int max_window);

/* Returns the number of pages that may be in flight at once. */
extern int	pca_throttle_window(const PcaThrottle *throttle, PcaParticipants *participants);

/*
 * Returns true if all of the window is in use.  *not_before: the time before
 * which no page may be requested, and *reason why.
 */
extern bool pca_throttle_is_full(const PcaThrottle *throttle, PcaParticipants *participants,
								 int64 *not_before, PcaWaitReason *reason);

/* Count a page that is in flight from now on. */
extern void pca_throttle_page_begins(PcaThrottle *throttle, PcaParticipants *participants);

/* Count a page that is no longer in flight, and wake the other processes. */
extern void pca_throttle_page_ends(PcaThrottle *throttle, PcaParticipants *participants);

/* Note that a page was received: after some, the window grows by one, up to max_window. */
extern void pca_throttle_page_succeeded(PcaThrottle *throttle, PcaParticipants *participants,
										int max_window);

/*
 * After HTTP status 429 ("too many requests"), halve the window,
 * and request no page before retry_at, the time of the next attempt, for that
 * reason.
 */
extern void pca_throttle_reduce(PcaThrottle *throttle, PcaParticipants *participants,
								int64 retry_at, PcaWaitReason reason);

#endif							/* PCA_THROTTLE_H */
