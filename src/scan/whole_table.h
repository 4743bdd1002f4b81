/*
 * whole_table.h
 *		The rows of a whole table, for rescans that would need more requests.
 */
#ifndef PCA_WHOLE_TABLE_H
#define PCA_WHOLE_TABLE_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "scan/scan_state.h"

/*
 * Returns the state for a scan that has just begun; NULL if its conditions do not
 * depend on parameters, or if its rows cannot be fetched without them.  Current memory
 * context.
 */
extern PcaWholeTable *pca_whole_table_create(ForeignScanState *node, const PcaScanState *state);

/*
 * Returns true if the rows without the conditions on parameters are kept, for the current
 * values of the parameters of other requests, and makes them those that are read.  Call it
 * before each scan.  whole may be NULL.  Errors: those of the parameters' expressions.
 */
extern bool pca_whole_table_select(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state);

/*
 * Returns true if the whole table should be fetched before the next request for other
 * values of the parameters is sent.  whole may be NULL.
 */
extern bool pca_whole_table_is_due(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state);

/*
 * Fetch the rows without the conditions on parameters, and keep them.  Returns false,
 * after the first page or some pages, if there are more pages than requests are expected
 * without them, or if they are too large to be kept.  Errors: those of
 * pca_scan_rows_fetch_item().
 */
extern bool pca_whole_table_fetch(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state);

/* Returns true if all rows of the last call's parameters were fetched, and are kept.  whole may be NULL. */
extern bool pca_whole_table_is_kept(const PcaWholeTable *whole);

/*
 * Returns a text that is equal for equal values of the parameters of the conditions
 * that are sent, and equal other requests.  Current memory context.
 */
extern char *pca_whole_table_make_key(PcaWholeTable *whole);

/* Make the first row the next one to be read. */
extern void pca_whole_table_rewind(PcaWholeTable *whole);

/*
 * Read the next row that satisfies the conditions that are sent into the empty slot,
 * which is that of the node.  Returns false after the last row.
 */
extern bool pca_whole_table_read_row(PcaWholeTable *whole, TupleTableSlot *slot);

/* Free the rows.  whole may be NULL. */
extern void pca_whole_table_free(PcaWholeTable *whole);

#endif							/* PCA_WHOLE_TABLE_H */
