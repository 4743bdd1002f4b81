/*
 * request_counters.c
 *		Counts the requests of a session for view pc_analytics_stats.
 *
 * The session counts in its own memory.  The sums are added to the counters of all
 * sessions when the session ends, also after an error, and some times a minute.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "utils/memutils.h"

#include "http/pollset.h"
#include "scan/request_counters.h"
#include "shared/shared_memory.h"

/* A long scan adds its counters that often, in ms, so that the view shows it. */
#define PCA_REQUEST_COUNTERS_ADD_MS		10000

/* The name that requests for tokens are counted by. */
#define PCA_REQUEST_COUNTERS_TOKEN		"token"

static void
add_on_context_reset(void *counters)
{
	pca_request_counters_add(counters);
}

void
pca_request_counters_begin(PcaRequestCounters *counters, MemoryContext context,
						   const char *server, Oid userid)
{
	memset(counters, 0, sizeof(PcaRequestCounters));
	counters->server = MemoryContextStrdup(context, server);
	counters->userid = userid;
	counters->added_at = pca_pollset_now();

	/* attached now, since an abort must not do it */
	(void) pca_shared_memory_root();
	counters->callback.func = add_on_context_reset;
	counters->callback.arg = counters;
	MemoryContextRegisterResetCallback(context, &counters->callback);
}

void
pca_request_counters_set_resource(PcaRequestCounters *counters, MemoryContext context,
								  const char *resource)
{
	counters->resource = MemoryContextStrdup(context, resource);

	/* the leader of a parallel scan counts it */
	if (!IsParallelWorker())
		pca_request_counters_count(counters, PCA_REQUEST_RESOURCE, PCA_COUNTER_SCANS, 1);
}

void
pca_request_counters_count(PcaRequestCounters *counters, PcaRequestKind kind, PcaCounter counter,
						   int64 number)
{
	counters->sums[kind].counts[counter] += number;
}

/* Returns the counter for the outcome of an attempt. */
static PcaCounter
classify_attempt(const PcaTransfer *transfer)
{
	int			status = pca_transfer_status(transfer);

	if (status == 0 || pca_transfer_state(transfer) == PCA_TRANSFER_FAILED)
		return PCA_COUNTER_LOST;
	if (status < 400)
		return PCA_COUNTER_ANSWERED;
	if (status == 429)
		return PCA_COUNTER_THROTTLED;
	return status == 408 || status >= 500 ? PCA_COUNTER_FAILED : PCA_COUNTER_REFUSED;
}

void
pca_request_counters_end_attempt(PcaRequestCounters *counters, PcaRequestKind kind,
								 const PcaTransfer *transfer)
{
	pca_request_counters_count(counters, kind, classify_attempt(transfer), 1);
	pca_request_counters_count(counters, kind, PCA_COUNTER_BYTES, pca_transfer_received(transfer));
	if (pca_pollset_now() - counters->added_at >= PCA_REQUEST_COUNTERS_ADD_MS)
		pca_request_counters_add(counters);
}

void
pca_request_counters_wait(PcaRequestCounters *counters, double wait_ms)
{
	int64		whole_ms;

	counters->wait_ms += wait_ms;
	whole_ms = (int64) counters->wait_ms;
	counters->wait_ms -= (double) whole_ms;
	pca_request_counters_count(counters, counters->resource ? PCA_REQUEST_RESOURCE : PCA_REQUEST_TOKEN,
							   PCA_COUNTER_WAIT_MS, whole_ms);
}

void
pca_request_counters_add(PcaRequestCounters *counters)
{
	if (counters->resource)
		pca_statistics_add(counters->server, counters->userid, counters->resource,
						   &counters->sums[PCA_REQUEST_RESOURCE]);
	pca_statistics_add(counters->server, counters->userid, PCA_REQUEST_COUNTERS_TOKEN,
					   &counters->sums[PCA_REQUEST_TOKEN]);
	counters->added_at = pca_pollset_now();
}
