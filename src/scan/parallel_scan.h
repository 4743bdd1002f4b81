/*
 * parallel_scan.h
 *		The state that the processes of a parallel scan share.
 *
 * It is in the query's dynamic shared memory.  The leader creates it; workers
 * attach to it.
 */
#ifndef PCA_PARALLEL_SCAN_H
#define PCA_PARALLEL_SCAN_H

#include "postgres.h"

#include "storage/dsm.h"

#include "config/option.h"
#include "scan/consistency.h"
#include "scan/fetch.h"

typedef struct PcaParallelScan PcaParallelScan;

/* The part of a scan that a process executes. */
typedef enum PcaParallelScanRole
{
	PCA_PARALLEL_SCAN_SHARED,	/* some of its pages, with the participants */
	PCA_PARALLEL_SCAN_ALONE,	/* all requests, alone */
	PCA_PARALLEL_SCAN_NONE		/* nothing: another process executes all */
} PcaParallelScanRole;

/*
 * Returns the size of the shared state in bytes, which depends on the length of the
 * access token.  The leader calls it, and waits for a token here, which it will share with
 * its workers.  *stats: the requests for it are added.  Errors: those of a token
 * request.
 */
extern Size pca_parallel_scan_size(const PcaTable *table, Oid userid, PcaFetchStats *stats);

/*
 * Initialize the shared state, and return the leader's handle of it.  space: size
 * bytes in segment, which may be detached before the handle is freed; the handle is
 * closed then.  userid: the scan's user, whose token is shared.  Lives in the
 * current memory context.
 */
extern PcaParallelScan *pca_parallel_scan_create(void *space, Size size, const PcaTable *table,
												 Oid userid, dsm_segment *segment);

/*
 * Return a worker's handle of the shared state, and take over its token.  Lives in
 * the current memory context.  Errors: the server's options are not those that the
 * leader has read, so its token must not be sent to this server.
 */
extern PcaParallelScan *pca_parallel_scan_attach(void *space, const PcaTable *table, Oid userid);

/*
 * Initialize the shared state for a rescan.  The leader calls it once all
 * participants have left.
 */
extern void pca_parallel_scan_reset(PcaParallelScan *parallel, const PcaTable *table, Oid userid);

/*
 * Returns the part that this process executes of the requests (PcaRequest *; not NIL).
 * Each process calls it once for each scan.  Errors: the requests are not those of
 * the other processes.
 */
extern PcaParallelScanRole pca_parallel_scan_role(PcaParallelScan *parallel, const PcaTable *table,
												  List *requests);

/*
 * Make the fetch a participant, and let consistency compare its rows with those of
 * the others.  Returns false if there are enough participants without this one.
 */
extern bool pca_parallel_scan_join(PcaParallelScan *parallel, PcaFetch *fetch,
								   PcaConsistency *consistency);

/* Add the counters of a worker's fetch that has ended. */
extern void pca_parallel_scan_report(PcaParallelScan *parallel, const PcaFetchStats *stats);

/*
 * Tell all participants that the query needs no more rows.  The leader calls it; it
 * has no effect once the handle is closed.
 */
extern void pca_parallel_scan_stop(PcaParallelScan *parallel);

/* Returns the sum of what the workers have reported; also once the handle is closed. */
extern PcaFetchStats pca_parallel_scan_stats(const PcaParallelScan *parallel);

/* Returns true if this is the leader's handle. */
extern bool pca_parallel_scan_is_leader(const PcaParallelScan *parallel);

/* Returns true until the shared memory is detached, which closes the handle. */
extern bool pca_parallel_scan_is_open(const PcaParallelScan *parallel);

#endif							/* PCA_PARALLEL_SCAN_H */
