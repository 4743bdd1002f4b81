/*
 * cached_response.c
 *		What a fetch does with the responses that all sessions share.
 *
 * The states of a request, and their transitions:
 *
 *	AWAITED		another session has sent the request (a flight).  If that session has
 *				kept the response: REPLAYED; if it does not show work any more, or
 *				takes too long: RECORDED
 *	REPLAYED	the pages of a response that was kept are read again.  page_fetch.c
 *				parses and paging.c checks them like those of the API
 *	RECORDED	the request is sent.  When the response is complete, it is kept
 *
 * What is kept has passed the checks of this scan: only paging.c says that a response
 * is complete, and that it does after each row of it was read.
 *
 * A query sees a response as it has seen it first (query_responses.c).
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "http/pollset.h"
#include "http/request_log.h"
#include "scan/cached_response.h"
#include "scan/query_responses.h"
#include "scan/response_key.h"
#include "shared/flight.h"
#include "shared/lease.h"
#include "shared/response_cache.h"

/* A response that a fetch has used, and may have to drop. */
typedef struct UsedResponse
{
	PcaResponseKey key;
	int64		begun_at;
} UsedResponse;

struct PcaFetchCache
{
	MemoryContext context;
	const PcaTable *table;
	Oid			userid;			/* whose user mapping is used */
	PcaExchangeSession *session;
	PcaQueryResponses *query;
	bool		may_read;		/* responses that were kept, and those of
								 * flights */
	dlist_head	open;			/* PcaCachedResponse: those that have not
								 * ended */
	int			nawaited;		/* of these */
	int			nled;			/* of these, flights that the session leads */
	List	   *used;			/* UsedResponse * */
	PcaFetchCacheStats stats;
};

typedef enum CachedState
{
	CACHED_AWAITED,
	CACHED_REPLAYED,
	CACHED_RECORDED
} CachedState;

struct PcaCachedResponse
{
	dlist_node	node;			/* in PcaFetchCache.open */
	PcaFetchCache *cache;
	MemoryContext context;		/* of this response */
	MemoryContextCallback callback;
	const PcaRequest *request;
	CachedState state;
	PcaResponseKey key;
	uint64		identity;		/* pca_exchange_identity(), when the key was
								 * made */
	int64		seen_at;		/* when the request began */
	PcaFlight	flight;

	/* REPLAYED */
	PcaResponseReader *reader;
	int64		age_ms;
	int			next_page;
	int			last_with_rows; /* number of the last page with rows; -1: none */
	int64		rows;			/* of the pages that were read */
	uint64		log_number;		/* in the request log */

	/* RECORDED */
	PcaResponseRecorder *recorder;
	int64		begun_at;
	uint64		generation;		/* of the cache, then */
	bool		was_kept;
};

int			pca_cached_response_use = PCA_CACHE_ON;

static const struct config_enum_entry cache_uses[] = {
	{"on", PCA_CACHE_ON, false},
	{"off", PCA_CACHE_OFF, false},
	{"refresh", PCA_CACHE_REFRESH, false},
	{NULL, 0, false}
};

/*
 * Flights that this process leads.  While it leads one in another scan, a scan does not
 * follow: the other one's leader might wait for it.
 */
static int	nflights_led = 0;

void
pca_cached_response_define_setting(void)
{
	DefineCustomEnumVariable("pc_analytics_fdw.cache",
							 "Uses the responses that are kept for option cache_ttl, or only keeps them.",
							 NULL, &pca_cached_response_use, PCA_CACHE_ON, cache_uses, PGC_USERSET, 0,
							 NULL, NULL, NULL);
}

/* ---- flights ---- */

/* The flight, if there is one, has no response that others can use. */
static void
leave_flight(PcaCachedResponse *response, bool mark)
{
	switch (response->flight.role)
	{
		case PCA_FLIGHT_LEAD:
			pca_flight_end(&response->flight, mark, pca_response_cache_now());
			response->cache->nled--;
			nflights_led--;
			break;
		case PCA_FLIGHT_FOLLOW:
			pca_flight_leave(&response->flight);
			break;
		case PCA_FLIGHT_NONE:
			break;
	}
}

/*
 * Join the flight of the request.  Requests whose rows may not all be read take no part:
 * others would wait for a response that is not kept.
 */
static void
join_flight(PcaCachedResponse *response)
{
	PcaFetchCache *cache = response->cache;

	if (!cache->may_read || response->request->limit >= 0)
		return;
	(void) pca_flight_join(&response->key, nflights_led == cache->nled, pca_response_cache_now(),
						   &response->flight);
	if (response->flight.role != PCA_FLIGHT_LEAD)
		return;
	cache->nled++;
	nflights_led++;
}

void
pca_cached_response_beat(PcaFetchCache *cache)
{
	dlist_iter	iter;

	if (cache->nled == 0)
		return;
	dlist_foreach(iter, &cache->open)
	{
		PcaCachedResponse *response = dlist_container(PcaCachedResponse, node, iter.cur);

		if (response->flight.role == PCA_FLIGHT_LEAD)
			(void) pca_flight_beat(&response->flight, pca_response_cache_now());
	}
	pca_exchange_wake_in(cache->session, PCA_LEASE_BEAT_MS, PCA_WAIT_NONE);
}

/* ---- one fetch ---- */

PcaFetchCache *
pca_cached_response_open(MemoryContext context, MemoryContext query_context, const PcaTable *table,
						 Oid userid, PcaExchangeSession *session)
{
	PcaFetchCache *cache;

	if (pca_cached_response_use == PCA_CACHE_OFF || !pca_response_cache_is_enabled())
		return NULL;
	cache = MemoryContextAllocZero(context, sizeof(PcaFetchCache));
	cache->context = context;
	cache->table = table;
	cache->userid = userid;
	cache->session = session;
	cache->query = pca_query_responses_get(query_context);

	/* a materialized view is refreshed from the API */
	cache->may_read = pca_cached_response_use == PCA_CACHE_ON && !InSecurityRestrictedOperation();
	dlist_init(&cache->open);
	return cache;
}

const PcaFetchCacheStats *
pca_cached_response_stats(const PcaFetchCache *cache)
{
	return &cache->stats;
}

int
pca_cached_response_awaited(const PcaFetchCache *cache)
{
	return cache->nawaited;
}

void
pca_cached_response_drop_used(PcaFetchCache *cache)
{
	ListCell   *lc;

	foreach(lc, cache->used)
	{
		const UsedResponse *used = lfirst(lc);

		pca_response_cache_drop(&used->key, used->begun_at);
	}
}

/* Remember that the fetch has used a response. */
static void
note_used(PcaFetchCache *cache, const PcaResponseKey *key, int64 begun_at)
{
	MemoryContext caller = MemoryContextSwitchTo(cache->context);
	UsedResponse *used = palloc(sizeof(UsedResponse));

	used->key = *key;
	used->begun_at = begun_at;
	cache->used = lappend(cache->used, used);
	MemoryContextSwitchTo(caller);
}

/* ---- replay ---- */

/* Add the response to the request log; it was not requested. */
static void
log_replay(PcaCachedResponse *response)
{
	PcaRecordedPage first;
	PcaRequestLogEntry entry = {.userid = response->cache->userid,.attempt = 0};

	pca_response_record_page(response->reader, 0, &first);
	entry.url = unconstify(char *, first.url);
	entry.age_ms = response->age_ms;
	response->log_number = pca_request_log_begin(&entry);
}

/* The number of the last page with rows; -1 if there is none. */
static int
find_last_page_with_rows(const PcaResponseReader *reader)
{
	PcaRecordedPage page;
	int			number = pca_response_record_npages(reader);

	do
	{
		if (--number < 0)
			break;
		pca_response_record_page(reader, number, &page);
	} while (page.items == 0);
	return number;
}

/* Open a response that was found.  Returns false, and drops it, if it is damaged. */
static bool
open_found(PcaCachedResponse *response, const PcaQueryResponse *found)
{
	PcaFetchCache *cache = response->cache;

	response->reader = pca_response_record_open(response->context, found->bytes, found->size);
	if (!response->reader)
	{
		pca_response_cache_drop(&response->key, found->begun_at);
		return false;
	}
	response->state = CACHED_REPLAYED;
	response->age_ms = Max(pca_response_cache_now() - found->begun_at, 0);
	response->last_with_rows = find_last_page_with_rows(response->reader);
	cache->stats.replayed++;
	cache->stats.greatest_age = Max(cache->stats.greatest_age, response->age_ms);
	note_used(cache, &response->key, found->begun_at);
	pca_exchange_count(cache->session, PCA_COUNTER_CACHE_HITS, 1);
	log_replay(response);
	return true;
}

/* The key of the query's copy. */
static PcaQueryResponseKey
make_query_key(const PcaCachedResponse *response)
{
	PcaQueryResponseKey key;

	memset(&key, 0, sizeof(PcaQueryResponseKey));
	key.key = response->key;
	key.max_age_ms = response->cache->table->cache_ttl;
	return key;
}

/* Look for a copy in the query, and then into the cache.  Returns true if it is replayed. */
static bool
find_response(PcaCachedResponse *response)
{
	PcaFetchCache *cache = response->cache;
	PcaQueryResponse found = {.key = make_query_key(response)};
	const PcaQueryResponse *known = pca_query_responses_find(cache->query, &found.key);
	PcaResponseCopy copy;

	if (known)
		return open_found(response, known);
	if (!cache->may_read ||
		!pca_response_cache_find(&response->key, cache->table->cache_ttl, response->seen_at,
								 response->context, &copy))
		return false;
	found.bytes = copy.bytes;
	found.size = copy.size;
	found.begun_at = copy.begun_at;
	if (!open_found(response, &found))
		return false;
	pca_query_responses_add(cache->query, &found);
	return true;
}

int
pca_cached_response_next_page(PcaCachedResponse *response, PcaRecordedPage *page,
							  const PcaResponseReader **reader, bool *rows_beyond, int64 *age_ms)
{
	int			number = response->next_page;

	if (number >= pca_response_record_npages(response->reader))
		return -1;
	response->next_page++;
	pca_response_record_page(response->reader, number, page);
	*reader = response->reader;
	*rows_beyond = number < response->last_with_rows;
	*age_ms = response->age_ms;
	return number;
}

/* ---- recording ---- */

/* The request is going to be sent. */
static void
begin_recording(PcaCachedResponse *response)
{
	PcaFetchCache *cache = response->cache;

	response->state = CACHED_RECORDED;
	response->begun_at = pca_response_cache_now();
	response->generation = pca_response_cache_generation();
	response->recorder = pca_response_recorder_begin(response->context, pca_response_cache_largest(),
													 response->request->paged);
	pca_exchange_count(cache->session, PCA_COUNTER_CACHE_MISSES, 1);
}

PcaPageRecording *
pca_cached_response_record_page(PcaCachedResponse *response, int64 top, int64 skip)
{
	if (!response || response->state != CACHED_RECORDED ||
		!pca_response_recorder_is_active(response->recorder))
		return NULL;
	return pca_response_recorder_begin_page(response->recorder, top, skip);
}

void
pca_cached_response_page_completed(PcaCachedResponse *response, int64 items, int64 total)
{
	if (!response)
		return;
	response->rows += items;
	if (response->state != CACHED_RECORDED)
		return;
	if (response->flight.role == PCA_FLIGHT_LEAD)
		(void) pca_flight_first_page(&response->flight, pca_response_cache_now());
	if (!pca_response_recorder_foresee(response->recorder, total))
		leave_flight(response, true);
}

/* Put the record together.  Returns false if it cannot be kept. */
static bool
finish_recording(PcaCachedResponse *response, int64 npages, PcaResponseToKeep *kept)
{
	PcaFetchCache *cache = response->cache;
	char	   *bytes;

	/* some pages may have been requested with other credentials */
	if (response->identity != pca_exchange_identity(cache->session))
		return false;
	bytes = pca_response_recorder_finish(response->recorder, npages, &kept->size);
	if (!bytes)
		return false;
	kept->key = response->key;
	kept->bytes = bytes;
	kept->begun_at = response->begun_at;
	kept->generation = response->generation;
	kept->ttl_ms = cache->table->cache_ttl;
	kept->wait_ms = pca_response_recorder_wait_ms(response->recorder);
	kept->requests = npages;
	kept->rows = pca_response_recorder_rows(response->recorder);
	kept->pages = npages;
	kept->userid = cache->userid;
	kept->server = cache->table->server->name;
	kept->base_url = cache->table->server->base_url;
	kept->url = pca_response_recorder_url(response->recorder);
	return true;
}

void
pca_cached_response_keep(PcaCachedResponse *response, int64 npages)
{
	PcaResponseToKeep kept = {0};
	PcaQueryResponse copy;
	MemoryContext caller;

	if (!response || response->state != CACHED_RECORDED)
		return;
	caller = MemoryContextSwitchTo(response->context);
	if (finish_recording(response, npages, &kept))
	{
		note_used(response->cache, &kept.key, kept.begun_at);
		/* another session may have kept one that it requested later */
		response->was_kept = pca_response_cache_publish(&kept, pca_response_cache_now()) ||
			pca_response_cache_has(&kept.key, 1, kept.begun_at + 1);
		leave_flight(response, !response->was_kept);
		copy.key = make_query_key(response);
		copy.bytes = kept.bytes;
		copy.size = kept.size;
		copy.begun_at = kept.begun_at;
		pca_query_responses_add(response->cache->query, &copy);
	}
	MemoryContextSwitchTo(caller);
}

/* ---- the life of a request ---- */

/* The response is complete, or its fetch ends, perhaps because of an error. */
static void
end_on_context_reset(void *arg)
{
	PcaCachedResponse *response = arg;

	leave_flight(response, !response->was_kept);
	if (response->log_number == 0)
		return;
	pca_request_log_rows(response->log_number, response->rows);
	pca_request_log_end(response->log_number, 0, 0);
}

static PcaCachedResponse *
create_response(PcaFetchCache *cache, const PcaRequest *request)
{
	MemoryContext context = AllocSetContextCreate(cache->context, "pc_analytics_fdw response",
												  ALLOCSET_SMALL_SIZES);
	PcaCachedResponse *response = MemoryContextAllocZero(context, sizeof(PcaCachedResponse));

	response->cache = cache;
	response->context = context;
	response->request = request;
	response->seen_at = pca_response_cache_now();
	response->callback.func = end_on_context_reset;
	response->callback.arg = response;
	MemoryContextRegisterResetCallback(context, &response->callback);
	return response;
}

/*
 * Open the credentials, as before each request, and make the key.  Returns false if it
 * cannot be computed.
 */
static bool
make_key(PcaCachedResponse *response)
{
	PcaExchangeSession *session = response->cache->session;
	PcaTokenCache *auth = pca_exchange_open_credentials(session);
	PcaFingerprint fingerprint;
	bool		is_made = pca_token_cache_fingerprint(auth, &fingerprint) &&
		pca_response_key_make(response->cache->table, response->request, &fingerprint, &response->key);

	/* 0 is of no credentials */
	response->identity = is_made ? pca_exchange_identity(session) : 0;
	return is_made;
}

/* Decide between the states.  The key is made. */
static void
decide_state(PcaCachedResponse *response)
{
	PcaFetchCache *cache = response->cache;

	if (find_response(response))
		return;
	join_flight(response);
	if (response->flight.role == PCA_FLIGHT_FOLLOW)
	{
		response->state = CACHED_AWAITED;
		cache->nawaited++;
		pca_exchange_count(cache->session, PCA_COUNTER_CACHE_WAITS, 1);
		return;
	}

	/* it may have been kept since */
	if (response->flight.role == PCA_FLIGHT_LEAD && find_response(response))
		leave_flight(response, false);
	else
		begin_recording(response);
}

PcaCachedResponse *
pca_cached_response_begin(PcaFetchCache *cache, const PcaRequest *request)
{
	PcaCachedResponse *response;
	MemoryContext caller;
	bool		has_key;

	if (!pca_response_key_may_keep(cache->table, request))
		return NULL;
	response = create_response(cache, request);
	caller = MemoryContextSwitchTo(response->context);
	has_key = make_key(response);
	if (has_key)
	{
		dlist_push_tail(&cache->open, &response->node);
		decide_state(response);
	}
	MemoryContextSwitchTo(caller);
	if (has_key)
		return response;
	MemoryContextDelete(response->context);
	return NULL;
}

/*
 * The flight has ended, or is left: use what was kept, or send the request.  The user
 * mapping may have changed meanwhile, and with it the key.
 */
static void
end_wait(PcaCachedResponse *response)
{
	PcaFetchCache *cache = response->cache;
	MemoryContext caller = MemoryContextSwitchTo(response->context);

	cache->nawaited--;
	cache->stats.wait_ms += pca_response_cache_now() - response->seen_at;
	if (!make_key(response) || !find_response(response))
		begin_recording(response);
	MemoryContextSwitchTo(caller);
}

bool
pca_cached_response_must_wait(PcaCachedResponse *response)
{
	int64		wait_ms = 0;

	if (!response || response->state != CACHED_AWAITED)
		return false;
	if (pca_flight_poll(&response->flight, pca_response_cache_now(), &wait_ms) == PCA_FLIGHT_WAITS)
	{
		pca_exchange_wake_in(response->cache->session, wait_ms, PCA_WAIT_RESPONSE);
		return true;
	}
	end_wait(response);
	return false;
}

bool
pca_cached_response_is_replayed(const PcaCachedResponse *response)
{
	return response && response->state == CACHED_REPLAYED;
}

void
pca_cached_response_end(PcaCachedResponse *response)
{
	if (!response)
		return;
	if (response->state == CACHED_AWAITED)
		response->cache->nawaited--;
	dlist_delete(&response->node);
	MemoryContextDelete(response->context);
}

void
pca_cached_response_close(PcaFetchCache *cache)
{
	while (!dlist_is_empty(&cache->open))
		pca_cached_response_end(dlist_container(PcaCachedResponse, node, dlist_head_node(&cache->open)));
}
