/*
 * count_scan.h
 *		The rows of a scan that needs only the number of rows.
 */
#ifndef PCA_COUNT_SCAN_H
#define PCA_COUNT_SCAN_H

#include "postgres.h"

#include "executor/tuptable.h"

#include "json/row_reader.h"

/* The state of a scan that needs only the number of rows, or rows without values. */
typedef struct PcaCountScan
{
	bool		count_only;		/* the scan replaces count(*): it returns the
								 * number of rows, in one row */
	bool		count_returned; /* the number was returned */
	int64		received_rows;	/* items that count as rows */
	int64		uncounted_rows; /* rows of TotalCount beyond these, not yet
								 * returned */
} PcaCountScan;

/*
 * After the last item, store the next row into an empty virtual slot: the number of
 * rows, once, or a row without values but constants for each row of TotalCount beyond the items.
 * Returns false if there is none.
 */
extern bool pca_count_scan_store(PcaCountScan *count, PcaRowReader *reader, TupleTableSlot *slot);

#endif							/* PCA_COUNT_SCAN_H */
