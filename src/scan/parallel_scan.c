/*
 * parallel_scan.c
 *		The state that the processes of a parallel scan share.
 *
 * The processes share an access token, so that only the leader requests one; the
 * pages of one request, which fetch.c distributes; the times at which services were
 * processed, which consistency.c compares; and the counters of all.  If a scan needs
 * more than one request, one process executes all of it.
 *
 * participants.c has the locks and waits between the processes.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "portability/instr_time.h"
#include "utils/memutils.h"

#include "auth/token_cache.h"
#include "compat.h"
#include "guid.h"
#include "request/request.h"
#include "scan/exchange.h"
#include "scan/parallel_scan.h"
#include "scan/participants.h"

/* The state in shared memory.  It has no pointers. */
typedef struct ParallelScanShared
{
	PcaParticipants participants;
	uint64		trust_number;	/* pca_option_trust_number() of the leader's
								 * server */
	uint64		requests_hash;	/* of the scan's requests; 0: not known yet */
	bool		is_claimed;		/* one process executes all of the scan */
	PcaFetchShared fetch;
	PcaServices services;
	PcaFetchStats stats;		/* of workers that have ended */
	PcaSharedToken token;		/* has a flexible length, so it is the last */
} ParallelScanShared;

/* A process's handle of it. */
struct PcaParallelScan
{
	ParallelScanShared *shared; /* NULL once the handle is closed */
	dsm_segment *segment;		/* the leader's; NULL once it is closed */
	bool		is_leader;
	PcaFetchStats stats;		/* of the workers, once it is closed */
	MemoryContextCallback callback;
};

/* ---- the token ---- */

/* The token cache of the scan's user.  Sends no request. */
static PcaTokenCache *
open_scan_token_cache(const PcaTable *table, Oid userid)
{
	return pca_token_cache_open(table->server, userid);
}

/* Wait until the token cache has a token, as a scan does before its first page. */
static void
wait_for_scan_token(const PcaTable *table, Oid userid, PcaFetchStats *stats)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pc_analytics_fdw parallel scan",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	PcaExchangeSession *session;
	const PcaExchangeStats *counters;
	instr_time	begin;
	instr_time	end;

	INSTR_TIME_SET_CURRENT(begin);
	session = pca_exchange_begin(context, table->server, userid);
	pca_exchange_share_token_wait(session, context);
	pca_exchange_await_token(session);
	pca_exchange_end(session);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, begin);
	counters = pca_exchange_stats(session);
	stats->requests += counters->requests;
	stats->retries += counters->retries;
	stats->bytes += counters->bytes;
	stats->wait_ms += INSTR_TIME_GET_MILLISEC(end);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/* Before the shared memory is freed: zero the token in it. */
static void
wipe_token_on_detach(dsm_segment *segment, Datum shared)
{
	pca_token_cache_wipe_shared_token(&((ParallelScanShared *) DatumGetPointer(shared))->token);
}

/* Copy the leader's token to the shared memory. */
static void
share_scan_token(PcaParallelScan *parallel, const PcaTable *table, Oid userid)
{
	pca_token_cache_share_token(open_scan_token_cache(table, userid), &parallel->shared->token);
}

/* ---- leader ---- */

Size
pca_parallel_scan_size(const PcaTable *table, Oid userid, PcaFetchStats *stats)
{
	wait_for_scan_token(table, userid, stats);
	return add_size(offsetof(ParallelScanShared, token) + offsetof(PcaSharedToken, token),
					pca_token_cache_shared_token_size(open_scan_token_cache(table, userid)));
}

/*
 * Close the leader's handle, and keep the workers' counters.  EXPLAIN shows them
 * after the shared memory is gone.
 */
static void
close_on_detach(dsm_segment *segment, Datum arg)
{
	PcaParallelScan *parallel = (PcaParallelScan *) DatumGetPointer(arg);

	parallel->stats = parallel->shared->stats;
	parallel->segment = NULL;
	parallel->shared = NULL;
}

/*
 * The handle is freed.  After an error, this may be before the shared memory is
 * detached, and then close_on_detach() must not write to it.
 */
static void
cancel_close_on_detach(void *arg)
{
	PcaParallelScan *parallel = arg;

	if (parallel->segment)
		cancel_on_dsm_detach(parallel->segment, close_on_detach, PointerGetDatum(parallel));
}

/* Initialize what is shared during one scan; the token and the counters are kept. */
static void
init_shared_scan(ParallelScanShared *shared)
{
	shared->requests_hash = 0;
	shared->is_claimed = false;
	pca_participants_init(&shared->participants);
	memset(&shared->fetch, 0, sizeof(shared->fetch));
	pg_atomic_init_u64(&shared->fetch.rows, 0);
	pg_atomic_init_u64(&shared->fetch.noticed_ms, 0);
	pca_guid_generate(shared->fetch.correlation_id);
	memset(&shared->services, 0, sizeof(shared->services));
}

PcaParallelScan *
pca_parallel_scan_create(void *space, Size size, const PcaTable *table, Oid userid,
						 dsm_segment *segment)
{
	PcaParallelScan *parallel = palloc0(sizeof(PcaParallelScan));
	ParallelScanShared *shared = space;

	memset(shared, 0, size);
	shared->token.token_size = size - offsetof(ParallelScanShared, token) - offsetof(PcaSharedToken, token);
	parallel->shared = shared;
	parallel->segment = segment;
	parallel->is_leader = true;
	parallel->callback.func = cancel_close_on_detach;
	parallel->callback.arg = parallel;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &parallel->callback);
	on_dsm_detach(segment, wipe_token_on_detach, PointerGetDatum(shared));
	on_dsm_detach(segment, close_on_detach, PointerGetDatum(parallel));
	shared->trust_number = pca_option_trust_number(table->server);
	init_shared_scan(shared);
	share_scan_token(parallel, table, userid);
	return parallel;
}

void
pca_parallel_scan_reset(PcaParallelScan *parallel, const PcaTable *table, Oid userid)
{
	init_shared_scan(parallel->shared);
	share_scan_token(parallel, table, userid);
}

void
pca_parallel_scan_stop(PcaParallelScan *parallel)
{
	if (parallel->shared)
		pca_participants_stop(&parallel->shared->participants);
}

PcaFetchStats
pca_parallel_scan_stats(const PcaParallelScan *parallel)
{
	return parallel->shared ? parallel->shared->stats : parallel->stats;
}

/* ---- all processes ---- */

PCA_NORETURN static void
error_server_changed(const PcaTable *table)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("server \"%s\" was changed meanwhile", table->server->name),
			 errdetail("The processes of the query would not send the same requests."),
			 errhint("Run the query again.")));
}

PcaParallelScan *
pca_parallel_scan_attach(void *space, const PcaTable *table, Oid userid)
{
	PcaParallelScan *parallel = palloc0(sizeof(PcaParallelScan));

	parallel->shared = space;
	if (parallel->shared->trust_number != pca_option_trust_number(table->server))
		error_server_changed(table);
	pca_token_cache_adopt_token(open_scan_token_cache(table, userid), &parallel->shared->token);
	return parallel;
}

bool
pca_parallel_scan_is_leader(const PcaParallelScan *parallel)
{
	return parallel->is_leader;
}

bool
pca_parallel_scan_is_open(const PcaParallelScan *parallel)
{
	return parallel->shared != NULL;
}

/* A hash of the requests' URLs and locale, in their order; never 0. */
static uint64
hash_requests(const PcaTable *table, List *requests)
{
	uint64		hash = 0;
	ListCell   *lc;

	foreach(lc, requests)
	{
		const PcaRequest *request = lfirst(lc);
		char	   *text = psprintf("%s %s", table->server->locale,
									pca_request_url(request, "", false, 1, 0));

		hash = hash_combine64(hash, hash_bytes_extended((unsigned char *) text,
														(int) strlen(text), 0));
		pfree(text);
	}
	return hash | 1;
}

/*
 * Each process renders the requests itself.  They differ if an option was changed
 * between two of them, and then their pages are not those of one response.
 */
PcaParallelScanRole
pca_parallel_scan_role(PcaParallelScan *parallel, const PcaTable *table, List *requests)
{
	ParallelScanShared *shared = parallel->shared;
	PcaParallelScanRole role = PCA_PARALLEL_SCAN_SHARED;
	uint64		requests_hash = hash_requests(table, requests);
	bool		is_same;

	pca_participants_lock(&shared->participants);
	if (shared->requests_hash == 0)
		shared->requests_hash = requests_hash;
	is_same = shared->requests_hash == requests_hash;
	if (!pca_fetch_can_share(table, requests))
	{
		role = shared->is_claimed ? PCA_PARALLEL_SCAN_NONE : PCA_PARALLEL_SCAN_ALONE;
		shared->is_claimed = true;
	}
	pca_participants_unlock(&shared->participants);
	if (!is_same)
		error_server_changed(table);
	return role;
}

bool
pca_parallel_scan_join(PcaParallelScan *parallel, PcaFetch *fetch, PcaConsistency *consistency)
{
	ParallelScanShared *shared = parallel->shared;

	if (!pca_fetch_join(fetch, &shared->fetch, &shared->participants))
		return false;
	pca_consistency_share(consistency, &shared->services, &shared->participants);
	return true;
}

void
pca_parallel_scan_report(PcaParallelScan *parallel, const PcaFetchStats *stats)
{
	pca_participants_lock(&parallel->shared->participants);
	pca_fetch_add_stats(&parallel->shared->stats, stats);
	pca_participants_unlock(&parallel->shared->participants);
}
