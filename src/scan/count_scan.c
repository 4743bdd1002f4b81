/*
 * count_scan.c
 *		The rows of a scan that needs only the number of rows.
 */
#include "postgres.h"

#include "scan/count_scan.h"

/* Store a row without values but constants, for each row of TotalCount beyond the items. */
static bool
store_uncounted_row(PcaCountScan *count, PcaRowReader *reader, TupleTableSlot *slot)
{
	if (count->uncounted_rows <= 0)
		return false;
	count->uncounted_rows--;
	pca_row_reader_read_constants(reader, slot->tts_values, slot->tts_isnull);
	ExecStoreVirtualTuple(slot);
	return true;
}

/* Store the number of rows, once. */
static bool
store_row_count(PcaCountScan *count, TupleTableSlot *slot)
{
	if (count->count_returned)
		return false;
	count->count_returned = true;
	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
	{
		slot->tts_values[i] = Int64GetDatum(count->received_rows + count->uncounted_rows);
		slot->tts_isnull[i] = false;
	}
	ExecStoreVirtualTuple(slot);
	return true;
}

bool
pca_count_scan_store(PcaCountScan *count, PcaRowReader *reader, TupleTableSlot *slot)
{
	return count->count_only ? store_row_count(count, slot) : store_uncounted_row(count, reader, slot);
}
