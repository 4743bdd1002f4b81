/*
 * parallel_scan.h
 *		What the processes of a parallel scan share.
 *
 * It stands in the query's dynamic shared memory; the leader makes it, its
 * workers find it there.
 */
#ifndef PCA_PARALLEL_SCAN_H
#define PCA_PARALLEL_SCAN_H

#include "postgres.h"

#include "storage/dsm.h"

#include "config/option.h"
#include "scan/consistency.h"
#include "scan/fetch.h"

typedef struct PcaParallelScan PcaParallelScan;

/* What a process is to do of the scan. */
typedef enum PcaParallelScanRole
{
	PCA_PARALLEL_SCAN_SHARED,	/* its pages, as one of the crew */
	PCA_PARALLEL_SCAN_ALONE,	/* all of it, alone */
	PCA_PARALLEL_SCAN_NONE		/* nothing: another one does it */
} PcaParallelScanRole;

/*
 * How many bytes it takes.  The leader sees to a token for all, waiting as long
 * as that takes; *stats grows by what it costs.  Errors: those of signing in.
 */
extern Size pca_parallel_scan_size(const PcaTable *table, Oid userid, PcaFetchStats *stats);

/*
 * Make it in so many bytes.  segment: where these stand, which may end before.
 * Lives in the current memory context.
 */
extern PcaParallelScan *pca_parallel_scan_create(void *room, Size size, const PcaTable *table,
												 Oid userid, dsm_segment *segment);

/*
 * A worker's.  Errors: the server is not what it is to the leader, so that the
 * token that is lent must not go there.
 */
extern PcaParallelScan *pca_parallel_scan_attach(void *room, const PcaTable *table, Oid userid);

/* Make it ready for another scan, once all members have left. */
extern void pca_parallel_scan_reset(PcaParallelScan *parallel, const PcaTable *table, Oid userid);

/* What we are to do for these requests (PcaRequest *; not none). */
extern PcaParallelScanRole pca_parallel_scan_role(PcaParallelScan *parallel, const PcaTable *table,
												  List *requests);

/*
 * Let the fetch and the look at its rows be part of the crew's; false when there
 * are enough without us.
 */
extern bool pca_parallel_scan_join(PcaParallelScan *parallel, PcaFetch *fetch, PcaConsistency *whole);

/* A worker's fetch has ended: it has cost so much. */
extern void pca_parallel_scan_report(PcaParallelScan *parallel, const PcaFetchStats *stats);

/* The leader wants no more rows of anybody, nor does its query. */
extern void pca_parallel_scan_stop(PcaParallelScan *parallel);

/* What the workers have reported. */
extern PcaFetchStats pca_parallel_scan_stats(const PcaParallelScan *parallel);

/* Whether we are the leader. */
extern bool pca_parallel_scan_is_leader(const PcaParallelScan *parallel);

/* Whether what is shared is still there. */
extern bool pca_parallel_scan_is_open(const PcaParallelScan *parallel);

#endif							/* PCA_PARALLEL_SCAN_H */
