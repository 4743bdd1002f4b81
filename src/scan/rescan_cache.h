/*
 * rescan_cache.h
 *		The rows of a scan, kept for rescans with the same parameters.
 */
#ifndef PCA_RESCAN_CACHE_H
#define PCA_RESCAN_CACHE_H

#include "postgres.h"

#include "executor/tuptable.h"

typedef struct PcaRescanCache PcaRescanCache;

/*
 * Create an empty cache of rows of that descriptor.  Lives in the current memory
 * context.  It keeps up to work_mem in memory, and the rest in a temporary file.
 */
extern PcaRescanCache *pca_rescan_cache_create(TupleDesc desc);

/* Add the row that is in the slot, after the last one. */
extern void pca_rescan_cache_add(PcaRescanCache *cache, TupleTableSlot *slot);

/*
 * Read the next row into an empty virtual slot.  Returns false after the last row,
 * after which rows may be added.  The row lives until the next call.
 */
extern bool pca_rescan_cache_read(PcaRescanCache *cache, TupleTableSlot *slot);

/* Make the first row the next one to be read. */
extern void pca_rescan_cache_rewind(PcaRescanCache *cache);

/* Free the cache. */
extern void pca_rescan_cache_free(PcaRescanCache *cache);

#endif							/* PCA_RESCAN_CACHE_H */
