/*
 * send_slot.c
 *		When a session may send its next request to the API.
 *
 * rate_limit.c decides, for all sessions together.  A session reserves one time, for
 * whichever of its pages is ready first: a scan of a thousand customers and a small
 * query take turns.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "http/curl_url.h"
#include "http/pollset.h"
#include "scan/send_slot.h"

/*
 * The pause after a response 429 without Retry-After, in ms: the wait before the
 * second retry.
 */
#define PCA_SEND_SLOT_PAUSE_MS	1000

void
pca_send_slot_init(PcaSendSlot *send_slot, MemoryContext context, const PcaServer *server,
				   const char *resource)
{
	const char *origin = pca_curl_url_origin(server->base_url);

	send_slot->key.origin = MemoryContextStrdup(context, origin ? origin : server->base_url);
	send_slot->key.resource = MemoryContextStrdup(context, resource);
	send_slot->key.scope = send_slot->key.resource;
}

void
pca_send_slot_limit(PcaSendSlot *send_slot, const char *scope, int per_minute)
{
	send_slot->key.scope = scope;
	send_slot->key.per_minute = per_minute;
}

PcaRateLimitWait
pca_send_slot_reserve(PcaSendSlot *send_slot, uint64 tenant)
{
	PcaRateLimitWait wait = {0};
	int64		now = pca_pollset_now();

	if (!send_slot->key.resource)
		return wait;
	send_slot->key.tenant = tenant;
	wait = pca_rate_limit_reserve(&send_slot->key, &send_slot->slot, now);
	if (wait.until != 0 && send_slot->asked_at == 0)
		send_slot->asked_at = now;
	return wait;
}

int64
pca_send_slot_use(PcaSendSlot *send_slot)
{
	int64		now = pca_pollset_now();
	int64		delay_ms = send_slot->asked_at > 0 ? now - send_slot->asked_at : 0;

	if (send_slot->key.resource)
		pca_rate_limit_sent(&send_slot->key, &send_slot->slot, now);
	send_slot->asked_at = 0;
	return delay_ms;
}

void
pca_send_slot_refuse(PcaSendSlot *send_slot, int64 sent_at, int64 retry_after_ms,
					 int64 max_wait_ms)
{
	bool		is_asked = retry_after_ms >= 0;
	int64		pause_ms = is_asked ? retry_after_ms : Min(PCA_SEND_SLOT_PAUSE_MS, max_wait_ms);

	if (send_slot->key.resource)
		pca_rate_limit_refused(&send_slot->key, sent_at, pause_ms, is_asked, pca_pollset_now());
}
