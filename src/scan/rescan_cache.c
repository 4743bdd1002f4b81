/*
 * rescan_cache.c
 *		The rows of a scan, kept for rescans with the same parameters.
 *
 * A request takes longer than reading a row from a temporary file, so rows are not
 * fetched again.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "scan/rescan_cache.h"

struct PcaRescanCache
{
	MemoryContext context;
	Tuplestorestate *rows;
	TupleTableSlot *slot;		/* the row that was read last */
};

PcaRescanCache *
pca_rescan_cache_create(TupleDesc desc)
{
	PcaRescanCache *cache = palloc0(sizeof(PcaRescanCache));

	cache->context = CurrentMemoryContext;
	cache->rows = tuplestore_begin_heap(false, false, work_mem);
	cache->slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	return cache;
}

void
pca_rescan_cache_add(PcaRescanCache *cache, TupleTableSlot *slot)
{
	tuplestore_puttupleslot(cache->rows, slot);
}

/*
 * Rows are read in the cache's memory context, since its slot outlives the caller's
 * per-tuple context.
 */
bool
pca_rescan_cache_read(PcaRescanCache *cache, TupleTableSlot *slot)
{
	MemoryContext caller = MemoryContextSwitchTo(cache->context);
	bool		found = !tuplestore_ateof(cache->rows) &&
		tuplestore_gettupleslot(cache->rows, true, false, cache->slot);

	MemoryContextSwitchTo(caller);
	if (!found)
		return false;
	slot_getallattrs(cache->slot);
	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
	{
		slot->tts_values[i] = cache->slot->tts_values[i];
		slot->tts_isnull[i] = cache->slot->tts_isnull[i];
	}
	ExecStoreVirtualTuple(slot);
	return true;
}

void
pca_rescan_cache_rewind(PcaRescanCache *cache)
{
	tuplestore_rescan(cache->rows);
}

void
pca_rescan_cache_free(PcaRescanCache *cache)
{
	ExecDropSingleTupleTableSlot(cache->slot);
	tuplestore_end(cache->rows);
	pfree(cache);
}
