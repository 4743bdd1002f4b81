/*
 * scan_rows.h
 *		The rows of a scan: items of a fetch, converted and kept.
 */
#ifndef PCA_SCAN_ROWS_H
#define PCA_SCAN_ROWS_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "scan/scan_state.h"

/*
 * Begin the fetch of this process's part of the requests (PcaRequest *), which live as
 * long as state->context.  Nothing is sent yet.  Current memory context.
 */
extern void pca_scan_rows_begin_fetch(PcaScanState *state, List *requests);

/* End the fetch, if there is one, and forget what belongs to it. */
extern void pca_scan_rows_end_fetch(PcaScanState *state);

/*
 * Fetch the next row into the empty slot.  Returns false at the end, if the fetch is
 * paused, and if a scan that must not wait is blocked.  Errors: those of
 * pca_fetch_next(), and of values that cannot be converted.
 */
extern bool pca_scan_rows_fetch_item(ForeignScanState *node, PcaScanState *state, TupleTableSlot *slot);

/*
 * Fetch the next row into the empty slot, which remains empty after the last one, and
 * keep it, if the scan's rows are kept.  Errors as above.
 */
extern void pca_scan_rows_fetch(ForeignScanState *node, PcaScanState *state, TupleTableSlot *slot);

#endif							/* PCA_SCAN_ROWS_H */
