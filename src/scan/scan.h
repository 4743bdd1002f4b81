/*
 * scan.h
 *		A table's scan: where the asking wing and the wire meet.
 */
#ifndef PCA_SCAN_H
#define PCA_SCAN_H

#include "postgres.h"

#include "foreign/fdwapi.h"
#include "nodes/execnodes.h"

#include "scan/fetch.h"

/*
 * What the scan has asked and received so far, all rescans added up.  Zero for
 * a scan that did not begin.
 */
extern PcaFetchStats pca_scan_stats(ForeignScanState *node);

/* How many rows were left out because they were of another day than asked for. */
extern int64 pca_scan_other_days(ForeignScanState *node);

/* Fill in the execution callbacks. */
extern void pca_scan_register(FdwRoutine *routine);

#endif							/* PCA_SCAN_H */
