/*
 * send_slot.h
 *		When a session may send its next request to the API.
 *
 * Times are pca_pollset_now()'s, in ms.
 */
#ifndef PCA_SEND_SLOT_H
#define PCA_SEND_SLOT_H

#include "postgres.h"

#include "config/option.h"
#include "shared/rate_limit.h"

/* The session's reserved time, and what its requests count for. */
typedef struct PcaSendSlot
{
	PcaRateLimitKey key;		/* resource NULL: no request waits */
	PcaRateLimitSlot slot;
	int64		asked_at;		/* when the next request could have been sent;
								 * 0: it does not wait */
} PcaSendSlot;

/*
 * Set what the requests count for.  Texts are copied to the memory context.  Errors:
 * out of memory.
 */
extern void pca_send_slot_init(PcaSendSlot *send_slot, MemoryContext context,
							   const PcaServer *server, const char *resource);

/*
 * Limit the requests in any minute, together with those of all sessions with the
 * same origin, tenant and scope.  scope must live as long.  per_minute 0: no limit.
 */
extern void pca_send_slot_limit(PcaSendSlot *send_slot, const char *scope, int per_minute);

/*
 * Returns when the next request for that tenant may be sent, see
 * pca_rate_limit_reserve().  Errors: those of that function.
 */
extern PcaRateLimitWait pca_send_slot_reserve(PcaSendSlot *send_slot, uint64 tenant);

/*
 * The next request is sent now.  Returns by how many ms it was delayed.  Errors:
 * those of pca_rate_limit_sent().
 */
extern int64 pca_send_slot_use(PcaSendSlot *send_slot);

/*
 * The API has responded "too many requests" to a request that was sent at sent_at.
 * retry_after_ms: how long it asks to wait, or -1; then all sessions wait no longer
 * than max_wait_ms.  Errors: those of pca_rate_limit_refused().
 */
extern void pca_send_slot_refuse(PcaSendSlot *send_slot, int64 sent_at, int64 retry_after_ms,
								 int64 max_wait_ms);

#endif							/* PCA_SEND_SLOT_H */
