/*
 * row_count.h
 *		The number of rows, where the plan needs only that.
 */
#ifndef PCA_ROW_COUNT_H
#define PCA_ROW_COUNT_H

#include "postgres.h"

#include "executor/tuptable.h"

#include "json/row_reader.h"

/* The number of rows, where the plan needs only that. */
typedef struct PcaRowCount
{
	bool		count_only;		/* the scan replaces count(*): it returns the
								 * number of rows, in one row */
	bool		count_returned; /* it has */
	int64		received_rows;	/* items that count as rows */
	int64		uncounted_rows; /* rows of TotalCount beyond these, not yet
								 * returned */
} PcaRowCount;

/*
 * After the last item, store the next row into an empty virtual slot: the number of
 * rows, once, or a row without values but constants for each row of TotalCount beyond the items.
 * Returns false if there is none.
 */
extern bool pca_row_count_store(PcaRowCount *count, PcaRowReader *reader, TupleTableSlot *slot);

#endif							/* PCA_ROW_COUNT_H */
