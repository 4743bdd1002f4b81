/*
 * rescan_cache.h
 *		The rows of a scan's results, kept for rescans with equal requests.
 */
#ifndef PCA_RESCAN_CACHE_H
#define PCA_RESCAN_CACHE_H

#include "postgres.h"

#include "executor/tuptable.h"

typedef struct PcaRescanCache PcaRescanCache;

/* The result that pca_rescan_cache_select() has found. */
typedef enum PcaRescanResult
{
	PCA_RESCAN_RESULT_EMPTY,	/* none: its rows are to be added */
	PCA_RESCAN_RESULT_CURRENT,	/* the current one, whose last rows may not
								 * have been added yet */
	PCA_RESCAN_RESULT_COMPLETE, /* another one, with all of its rows */
	PCA_RESCAN_RESULT_BEGINNING /* another one, with its first rows: see
								 * pca_rescan_cache_continue() */
} PcaRescanResult;

/*
 * Create an empty cache of rows of that descriptor.  Lives in the current memory
 * context.  It keeps up to work_mem in memory, and the rest in a temporary file.
 * keeps_beginnings: the first rows of a result are useful without the others.
 */
extern PcaRescanCache *pca_rescan_cache_create(TupleDesc desc, bool keeps_beginnings);

/*
 * Make the result of the requests with that key the current one, and its first row
 * the next one to be read.  When another one becomes the current one, a result that is
 * not complete is forgotten, or its few first rows are kept.  The key is copied.
 */
extern PcaRescanResult pca_rescan_cache_select(PcaRescanCache *cache, const char *key);

/*
 * Make the first row of the current result the next one to be read.  Returns false
 * if there is no such result, or not all of its rows so far were kept.
 */
extern bool pca_rescan_cache_rewind(PcaRescanCache *cache);

/*
 * Read the next row into an empty virtual slot.  Returns false after the last row,
 * after which rows may be added.  The row lives until the next call.
 */
extern bool pca_rescan_cache_read(PcaRescanCache *cache, TupleTableSlot *slot);

/*
 * Prepare to add all rows of the current result in any order.  Its first rows have
 * been read, and are added again.
 */
extern void pca_rescan_cache_continue(PcaRescanCache *cache);

/*
 * Add the row that is in the slot to the current result, after its last row.  All
 * rows must have been read.  Returns false if it is one of the first rows after
 * pca_rescan_cache_continue(), which was read before.  A row that could exceed
 * temp_file_limit is not kept, nor is its result then.
 */
extern bool pca_rescan_cache_add(PcaRescanCache *cache, TupleTableSlot *slot);

/*
 * Note that all rows of the current result were added.  Errors: one of the first rows was not
 * among them.
 */
extern void pca_rescan_cache_set_complete(PcaRescanCache *cache, const char *table_name);

/* Returns true if all rows of the current result were added, and kept. */
extern bool pca_rescan_cache_is_complete(const PcaRescanCache *cache);

/* Free the cache, unless it is NULL, and set it to NULL. */
extern void pca_rescan_cache_free(PcaRescanCache **cache);

/*
 * Functions of a hash table whose entries begin with the key, a char *: for hash and match
 * of HASHCTL.  They raise no error.
 */
extern uint32 pca_rescan_cache_hash_key(const void *key, Size size);
extern int	pca_rescan_cache_compare_keys(const void *left, const void *right, Size size);

#endif							/* PCA_RESCAN_CACHE_H */
