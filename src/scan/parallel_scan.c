/*
 * parallel_scan.c
 *		What do the processes of a parallel scan share?
 *
 * A token, so that none but the leader signs in; one request's pages, as
 * fetch.c takes them; what the rows say of their services; and what it all
 * cost.  A scan that turns out to be of several requests is done by one process
 * alone.
 *
 * Who waits for whom is asked in participants.c.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "portability/instr_time.h"
#include "utils/memutils.h"

#include "auth/token_cache.h"
#include "compat.h"
#include "request/request.h"
#include "scan/exchange.h"
#include "scan/parallel_scan.h"
#include "scan/participants.h"

/* What stands in shared memory. */
typedef struct Shared
{
	PcaParticipants crew;
	uint64		trust;			/* pca_option_trust_number() of the leader's
								 * server */
	uint64		question;		/* a hash of what is asked; 0: nothing so far */
	bool		taken;			/* one process does all of it */
	PcaFetchShared fetch;
	PcaServices services;
	PcaFetchStats stats;		/* of workers that have ended */
	PcaSharedToken loan;		/* at the end: its text is as long as it is */
} Shared;

struct PcaParallelScan
{
	Shared	   *shared;			/* NULL behind its end */
	dsm_segment *segment;		/* where it stands; NULL behind its end */
	bool		leads;
	PcaFetchStats stats;		/* of the workers, behind its end */
	MemoryContextCallback callback;
};

/* ---- the token ---- */

/* The credentials of the scan's user, without waiting. */
static PcaTokenCache *
open_auth(const PcaTable *table, Oid userid)
{
	return pca_token_cache_open(table->server, userid);
}

/* See to a token, as each scan does before its first page. */
static void
await_token(const PcaTable *table, Oid userid, PcaFetchStats *stats)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pc_analytics_fdw parallel scan",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	PcaHttpSession wire = {0};
	instr_time	begin;
	instr_time	end;

	INSTR_TIME_SET_CURRENT(begin);
	pca_exchange_begin(&wire, context, table->server, userid,
					   psprintf("could not read foreign table \"%s\"", table->name));
	pca_exchange_share_token_wait(&wire, context);
	pca_exchange_await_token(&wire);
	pca_http_release(wire.http);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, begin);
	stats->requests += wire.requests;
	stats->retries += wire.retries;
	stats->bytes += wire.bytes;
	stats->wait_time += INSTR_TIME_GET_MILLISEC(end);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

static void
wipe_loan(dsm_segment *segment, Datum shared)
{
	pca_token_cache_wipe_shared_token(&((Shared *) DatumGetPointer(shared))->loan);
}

/* ---- the leader's ---- */

Size
pca_parallel_scan_size(const PcaTable *table, Oid userid, PcaFetchStats *stats)
{
	await_token(table, userid, stats);
	return add_size(offsetof(Shared, loan) + offsetof(PcaSharedToken, token),
					pca_token_cache_shared_token_size(open_auth(table, userid)));
}

/* Nothing is shared any more: keep what the workers have reported. */
static void
on_detach(dsm_segment *segment, Datum arg)
{
	PcaParallelScan *parallel = (PcaParallelScan *) DatumGetPointer(arg);

	parallel->stats = parallel->shared->stats;
	parallel->segment = NULL;
	parallel->shared = NULL;
}

static void
on_reset(void *arg)
{
	PcaParallelScan *parallel = arg;

	if (parallel->segment)
		cancel_on_dsm_detach(parallel->segment, on_detach, PointerGetDatum(parallel));
}

static void
begin_scan(Shared *shared)
{
	shared->question = 0;
	shared->taken = false;
	pca_participants_init(&shared->crew);
	memset(&shared->fetch, 0, sizeof(shared->fetch));
	pg_atomic_init_u64(&shared->fetch.rows, 0);
	pg_atomic_init_u64(&shared->fetch.told, 0);
	pca_exchange_make_guid(shared->fetch.correlation_id);
	memset(&shared->services, 0, sizeof(shared->services));
}

static void
lend_token(PcaParallelScan *parallel, const PcaTable *table, Oid userid)
{
	pca_token_cache_share_token(open_auth(table, userid), &parallel->shared->loan);
}

PcaParallelScan *
pca_parallel_scan_create(void *room, Size size, const PcaTable *table, Oid userid,
						 dsm_segment *segment)
{
	PcaParallelScan *parallel = palloc0(sizeof(PcaParallelScan));
	Shared	   *shared = room;

	memset(shared, 0, size);
	shared->loan.token_size = size - offsetof(Shared, loan) - offsetof(PcaSharedToken, token);
	parallel->shared = shared;
	parallel->segment = segment;
	parallel->leads = true;
	parallel->callback.func = on_reset;
	parallel->callback.arg = parallel;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &parallel->callback);
	on_dsm_detach(segment, wipe_loan, PointerGetDatum(shared));
	on_dsm_detach(segment, on_detach, PointerGetDatum(parallel));
	shared->trust = pca_option_trust_number(table->server);
	begin_scan(shared);
	lend_token(parallel, table, userid);
	return parallel;
}

void
pca_parallel_scan_reset(PcaParallelScan *parallel, const PcaTable *table, Oid userid)
{
	begin_scan(parallel->shared);
	lend_token(parallel, table, userid);
}

void
pca_parallel_scan_stop(PcaParallelScan *parallel)
{
	if (parallel->shared)
		pca_participants_stop(&parallel->shared->crew);
}

PcaFetchStats
pca_parallel_scan_stats(const PcaParallelScan *parallel)
{
	return parallel->shared ? parallel->shared->stats : parallel->stats;
}

/* ---- everybody's ---- */

PCA_NORETURN static void
raise_changed(const PcaTable *table)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("server \"%s\" was changed meanwhile", table->server->name),
			 errdetail("The processes of the query would not ask the same."),
			 errhint("Run the query again.")));
}

PcaParallelScan *
pca_parallel_scan_attach(void *room, const PcaTable *table, Oid userid)
{
	PcaParallelScan *parallel = palloc0(sizeof(PcaParallelScan));

	parallel->shared = room;
	if (parallel->shared->trust != pca_option_trust_number(table->server))
		raise_changed(table);
	pca_token_cache_adopt_token(open_auth(table, userid), &parallel->shared->loan);
	return parallel;
}

bool
pca_parallel_scan_is_leader(const PcaParallelScan *parallel)
{
	return parallel->leads;
}

bool
pca_parallel_scan_is_open(const PcaParallelScan *parallel)
{
	return parallel->shared != NULL;
}

/* What the requests ask; never 0. */
static uint64
hash_question(const PcaTable *table, List *requests)
{
	uint64		hash = 0;
	ListCell   *lc;

	foreach(lc, requests)
	{
		const PcaRequest *request = lfirst(lc);
		char	   *text = psprintf("%s %s%s", table->server->locale, request->path,
									pca_request_query(request, 1, 0));

		hash = hash_combine64(hash, hash_bytes_extended((unsigned char *) text,
														(int) strlen(text), 0));
		pfree(text);
	}
	return hash | 1;
}

PcaParallelScanRole
pca_parallel_scan_role(PcaParallelScan *parallel, const PcaTable *table, List *requests)
{
	Shared	   *shared = parallel->shared;
	PcaParallelScanRole part = PCA_PARALLEL_SCAN_SHARED;
	uint64		question = hash_question(table, requests);
	bool		same;

	pca_participants_lock(&shared->crew);
	if (shared->question == 0)
		shared->question = question;
	same = shared->question == question;
	if (!pca_fetch_can_share(table, requests))
	{
		part = shared->taken ? PCA_PARALLEL_SCAN_NONE : PCA_PARALLEL_SCAN_ALONE;
		shared->taken = true;
	}
	pca_participants_unlock(&shared->crew);
	if (!same)
		raise_changed(table);
	return part;
}

bool
pca_parallel_scan_join(PcaParallelScan *parallel, PcaFetch *fetch, PcaConsistency *whole)
{
	Shared	   *shared = parallel->shared;

	if (!pca_fetch_join(fetch, &shared->fetch, &shared->crew))
		return false;
	pca_consistency_share(whole, &shared->services, &shared->crew);
	return true;
}

void
pca_parallel_scan_report(PcaParallelScan *parallel, const PcaFetchStats *stats)
{
	pca_participants_lock(&parallel->shared->crew);
	pca_fetch_add_stats(&parallel->shared->stats, stats);
	pca_participants_unlock(&parallel->shared->crew);
}
