/*
 * scan.h
 *		The executor's callbacks: a plan's request becomes rows.
 */
#ifndef PCA_SCAN_H
#define PCA_SCAN_H

#include "postgres.h"

#include "foreign/fdwapi.h"
#include "nodes/execnodes.h"

#include "scan/fetch.h"

/*
 * Returns the counters of a scan so far: the sum of all its rescans and of the workers that
 * have ended.  All zero if the scan did not begin.
 */
extern PcaFetchStats pca_scan_stats(ForeignScanState *node);

/* Returns the number of rows that were left out because they are of another day. */
extern int64 pca_scan_other_days(ForeignScanState *node);

/* Set the callbacks of execution, parallel execution and asynchronous execution. */
extern void pca_scan_register(FdwRoutine *routine);

#endif							/* PCA_SCAN_H */
