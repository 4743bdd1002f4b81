/*
 * throttle.c
 *		The window of pages in flight: halved by a 429, and slowly opened again.
 *
 * A multiplicative decrease and an additive increase, as in TCP's congestion
 * control, find the rate that a server accepts although its limit is not known,
 * and is shared with other clients.
 */
#include "postgres.h"

#include "http/pollset.h"
#include "scan/throttle.h"

/*
 * Pages that must be received before the window grows by one.  A scan of some
 * hundred pages returns to its full speed, and a server at its limit is not
 * driven over it by every other page.
 */
#define PCA_THROTTLE_SUCCESSES	8

void
pca_throttle_init(PcaThrottle *throttle, PcaParticipants *participants, int max_window)
{
	pca_participants_lock(participants);
	if (throttle->window == 0)
		throttle->window = max_window;
	pca_participants_unlock(participants);
}

int
pca_throttle_window(const PcaThrottle *throttle, PcaParticipants *participants)
{
	int			window;

	pca_participants_lock(participants);
	window = throttle->window;
	pca_participants_unlock(participants);
	return window;
}

bool
pca_throttle_is_full(const PcaThrottle *throttle, PcaParticipants *participants,
					 int64 *not_before, PcaWaitReason *reason)
{
	bool		full;

	pca_participants_lock(participants);
	full = throttle->in_flight >= throttle->window;
	*not_before = throttle->not_before;
	*reason = throttle->reason;
	pca_participants_unlock(participants);
	return full;
}

void
pca_throttle_page_begins(PcaThrottle *throttle, PcaParticipants *participants)
{
	pca_participants_lock(participants);
	throttle->in_flight++;
	pca_participants_unlock(participants);
}

void
pca_throttle_page_ends(PcaThrottle *throttle, PcaParticipants *participants)
{
	pca_participants_lock(participants);
	throttle->in_flight--;
	pca_participants_unlock(participants);
	pca_participants_wake(participants);
}

void
pca_throttle_page_succeeded(PcaThrottle *throttle, PcaParticipants *participants,
							int max_window)
{
	pca_participants_lock(participants);
	if (throttle->window < max_window && ++throttle->successes >= PCA_THROTTLE_SUCCESSES)
	{
		throttle->successes = 0;
		throttle->window++;
	}
	pca_participants_unlock(participants);
}

void
pca_throttle_reduce(PcaThrottle *throttle, PcaParticipants *participants, int64 retry_at,
					PcaWaitReason reason)
{
	pca_participants_lock(participants);

	/*
	 * pages that were in flight together are refused together: they are one
	 * excess, and halve the window once
	 */
	if (throttle->not_before <= pca_pollset_now())
		throttle->window = Max(throttle->window / 2, 1);
	throttle->successes = 0;
	if (retry_at > throttle->not_before)
	{
		throttle->not_before = retry_at;
		throttle->reason = reason;
	}
	pca_participants_unlock(participants);
}
