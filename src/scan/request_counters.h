/*
 * request_counters.h
 *		Counts the requests of a session for view pc_analytics_stats.
 *
 * Each function raises no error, unless its comment says otherwise.
 */
#ifndef PCA_REQUEST_COUNTERS_H
#define PCA_REQUEST_COUNTERS_H

#include "postgres.h"

#include "http/transfer.h"
#include "shared/statistics.h"

/* The kind under which a request is counted. */
typedef enum PcaRequestKind
{
	PCA_REQUEST_RESOURCE,		/* as the session's resource */
	PCA_REQUEST_TOKEN,			/* as "token" */
	PCA_NREQUEST_KINDS
} PcaRequestKind;

/* Counters of a session. */
typedef struct PcaRequestCounters
{
	char	   *server;
	Oid			userid;
	char	   *resource;		/* NULL: only requests for tokens are sent */
	PcaStatisticsSums sums[PCA_NREQUEST_KINDS]; /* not added yet */
	double		wait_ms;		/* a fraction, not counted yet */
	int64		added_at;		/* when the sums were last added */
	MemoryContextCallback callback;
} PcaRequestCounters;

/*
 * Begin counting, for the life of the memory context, whose reset adds what was
 * counted to the counters of all sessions.  Errors: out of memory.
 */
extern void pca_request_counters_begin(PcaRequestCounters *counters, MemoryContext context,
									   const char *server, Oid userid);

/*
 * Set the resource, and count a scan of it.  context: that of the beginning.
 * Errors: out of memory.
 */
extern void pca_request_counters_set_resource(PcaRequestCounters *counters, MemoryContext context,
											  const char *resource);

/* Add to a counter. */
extern void pca_request_counters_count(PcaRequestCounters *counters, PcaRequestKind kind,
									   PcaCounter counter, int64 number);

/* Count what became of an attempt that ends, and its bytes. */
extern void pca_request_counters_end_attempt(PcaRequestCounters *counters, PcaRequestKind kind,
											 const PcaTransfer *transfer);

/* Count milliseconds of waiting. */
extern void pca_request_counters_wait(PcaRequestCounters *counters, double wait_ms);

/* Add what was counted to the counters of all sessions. */
extern void pca_request_counters_add(PcaRequestCounters *counters);

#endif							/* PCA_REQUEST_COUNTERS_H */
