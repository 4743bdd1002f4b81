/*
 * parallel.h
 *		What the processes of a parallel scan share.
 *
 * It stands in the query's dynamic shared memory; the leader makes it, its
 * workers find it there.
 */
#ifndef PCA_PARALLEL_H
#define PCA_PARALLEL_H

#include "postgres.h"

#include "storage/dsm.h"

#include "fetch.h"
#include "option.h"
#include "whole.h"

typedef struct PcaParallel PcaParallel;

/* What a process is to do of the scan. */
typedef enum PcaParallelPart
{
	PCA_PARALLEL_SOME,			/* its pages, as one of the crew */
	PCA_PARALLEL_ALL,			/* all of it, alone */
	PCA_PARALLEL_NONE			/* nothing: another one does it */
} PcaParallelPart;

/*
 * How many bytes it takes.  The leader sees to a token for all, waiting as long
 * as that takes; *stats grows by what it costs.  Errors: those of signing in.
 */
extern Size pca_parallel_size(const PcaTable *table, Oid userid, PcaFetchStats *stats);

/*
 * Make it in so many bytes.  segment: where these stand, which may end before.
 * Lives in the current memory context.
 */
extern PcaParallel *pca_parallel_create(void *room, Size size, const PcaTable *table,
										Oid userid, dsm_segment *segment);

/*
 * A worker's.  Errors: the server is not what it is to the leader, so that the
 * token that is lent must not go there.
 */
extern PcaParallel *pca_parallel_attach(void *room, const PcaTable *table, Oid userid);

/* Make it ready for another scan, once all members have left. */
extern void pca_parallel_reset(PcaParallel *parallel, const PcaTable *table, Oid userid);

/* What we are to do for these requests (PcaRequest *; not none). */
extern PcaParallelPart pca_parallel_part(PcaParallel *parallel, const PcaTable *table,
										 List *requests);

/*
 * Let the fetch and the look at its rows be part of the crew's; false when there
 * are enough without us.
 */
extern bool pca_parallel_join(PcaParallel *parallel, PcaFetch *fetch, PcaWhole *whole);

/* A worker's fetch has ended: it has cost so much. */
extern void pca_parallel_report(PcaParallel *parallel, const PcaFetchStats *stats);

/* The leader wants no more rows of anybody, nor does its query. */
extern void pca_parallel_stop(PcaParallel *parallel);

/* What the workers have reported. */
extern PcaFetchStats pca_parallel_stats(const PcaParallel *parallel);

/* Whether we are the leader. */
extern bool pca_parallel_is_leader(const PcaParallel *parallel);

/* Whether what is shared is still there. */
extern bool pca_parallel_is_open(const PcaParallel *parallel);

#endif							/* PCA_PARALLEL_H */
