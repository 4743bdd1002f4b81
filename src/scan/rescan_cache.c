/*
 * rescan_cache.c
 *		The rows of a scan's results, kept for rescans with equal requests.
 *
 * A request takes longer than reading rows from a temporary file, so rows are not
 * fetched again.  A correlated subquery or a nested loop rescans with other
 * parameters; often they result in requests that were sent before, as the
 * parameters are evaluated locally, or have few different values.
 *
 * All results are in one tuplestore, one after the other, which keeps up to work_mem
 * in memory.  Each result has a read pointer at its first row.  When the results
 * are too many or too large, all of them are dropped, and the cache starts again.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "scan/rescan_cache.h"

/*
 * The maximum number of results.  A result that is small costs some 100 bytes and
 * its key; adding a row looks at all read pointers.  1000 customers, or three years
 * of days, are kept.
 */
#define MAX_RESULTS		1000

/*
 * A new result starts with an empty cache if the rows in it are larger than this
 * many times work_mem: 256 MB with the default of 4 MB.  They are in a temporary
 * file, in which they cost less than a request.
 */
#define MAX_SIZE_FACTOR	64

/* The size of the keys is limited by work_mem alone, as they are always in memory. */
#define MAX_KEY_BYTES	((Size) work_mem * 1024)

/* Read pointers of the tuplestore. */
#define READ_POINTER	0		/* the next row to be read */
#define END_POINTER		1		/* always at the end; active while rows are
								 * added */

typedef struct RescanResult
{
	const char *key;			/* the hash key, so it is the first member */
	int			start;			/* read pointer at the first row; -1: there is
								 * no row */
	int64		nrows;
	bool		complete;		/* all rows were added */
	bool		overflowed;		/* a row was not kept */
} RescanResult;

struct PcaRescanCache
{
	MemoryContext context;
	MemoryContext results_context;	/* of the results and their keys */
	TupleDesc	desc;
	TupleTableSlot *slot;		/* the row that was read last */

	Tuplestorestate *rows;		/* of all results */
	int64		rows_bytes;		/* their size, those of forgotten results
								 * included */
	Size		key_bytes;
	HTAB	   *results;		/* RescanResult */
	List	   *free_pointers;	/* int: read pointers of forgotten results */
	RescanResult *current;		/* NULL before the first result */
	int64		rows_left;		/* rows of it that are still to be read */
};

/* ---- all results ---- */

static uint32
hash_key_text(const void *key, Size size)
{
	const char *text = *(const char *const *) key;

	return hash_bytes((const unsigned char *) text, (int) strlen(text));
}

static int
compare_key_texts(const void *left, const void *right, Size size)
{
	return strcmp(*(const char *const *) left, *(const char *const *) right);
}

/* Begin the tuplestore.  A pointer that has reached the end stays there while it is active. */
static void
begin_rows(PcaRescanCache *cache)
{
	cache->rows = tuplestore_begin_heap(false, false, work_mem);
	tuplestore_alloc_read_pointer(cache->rows, EXEC_FLAG_REWIND);
	tuplestore_select_read_pointer(cache->rows, END_POINTER);
	(void) tuplestore_advance(cache->rows, true);
}

static void
begin_results(PcaRescanCache *cache)
{
	MemoryContext caller = MemoryContextSwitchTo(cache->context);
	HASHCTL		control = {
		.keysize = sizeof(char *),.entrysize = sizeof(RescanResult),
		.hash = hash_key_text,.match = compare_key_texts,.hcxt = cache->results_context
	};

	begin_rows(cache);
	cache->results = hash_create("pc_analytics_fdw results", 64, &control,
								 HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	cache->rows_bytes = 0;
	cache->key_bytes = 0;
	cache->free_pointers = NIL;
	cache->current = NULL;
	cache->rows_left = 0;
	MemoryContextSwitchTo(caller);
}

/* Drop all results. */
static void
drop_results(PcaRescanCache *cache)
{
	ExecClearTuple(cache->slot);
	tuplestore_end(cache->rows);
	MemoryContextReset(cache->results_context);
}

PcaRescanCache *
pca_rescan_cache_create(TupleDesc desc)
{
	PcaRescanCache *cache = palloc0(sizeof(PcaRescanCache));

	cache->context = CurrentMemoryContext;
	cache->results_context = AllocSetContextCreate(CurrentMemoryContext, "pc_analytics_fdw results",
												   ALLOCSET_SMALL_SIZES);
	cache->desc = desc;
	cache->slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	begin_results(cache);
	return cache;
}

void
pca_rescan_cache_free(PcaRescanCache *cache)
{
	drop_results(cache);
	ExecDropSingleTupleTableSlot(cache->slot);
	MemoryContextDelete(cache->results_context);
	pfree(cache);
}

/* The bytes of rows with which a new result is added to the others. */
static int64
max_rows_bytes(void)
{
	int64		bytes = (int64) work_mem * 1024 * MAX_SIZE_FACTOR;

	/* half of it: the query may have other temporary files */
	return temp_file_limit >= 0 ? Min(bytes, (int64) temp_file_limit * 1024 / 2) : bytes;
}

static bool
is_full(const PcaRescanCache *cache)
{
	return hash_get_num_entries(cache->results) >= MAX_RESULTS ||
		cache->key_bytes > MAX_KEY_BYTES || cache->rows_bytes > max_rows_bytes();
}

/* ---- one result ---- */

/* Forget the current result if it has not all of its rows; its rows stay in the tuplestore. */
static void
forget_incomplete_result(PcaRescanCache *cache)
{
	RescanResult *current = cache->current;
	MemoryContext caller;

	cache->current = NULL;
	cache->rows_left = 0;
	if (!current || (current->complete && !current->overflowed))
		return;
	caller = MemoryContextSwitchTo(cache->results_context);
	if (current->start >= 0)
		cache->free_pointers = lappend_int(cache->free_pointers, current->start);
	MemoryContextSwitchTo(caller);
	(void) hash_search(cache->results, &current->key, HASH_REMOVE, NULL);
}

static void
add_result(PcaRescanCache *cache, const char *key)
{
	char	   *copy = MemoryContextStrdup(cache->results_context, key);
	RescanResult *result = hash_search(cache->results, &copy, HASH_ENTER, NULL);

	result->start = -1;
	result->nrows = 0;
	result->complete = false;
	result->overflowed = false;
	cache->key_bytes += strlen(key) + 1;
	cache->current = result;
}

PcaRescanResult
pca_rescan_cache_select(PcaRescanCache *cache, const char *key)
{
	if (cache->current && strcmp(cache->current->key, key) == 0 && pca_rescan_cache_rewind(cache))
		return PCA_RESCAN_RESULT_CURRENT;
	forget_incomplete_result(cache);
	cache->current = hash_search(cache->results, &key, HASH_FIND, NULL);
	if (pca_rescan_cache_rewind(cache))
		return PCA_RESCAN_RESULT_COMPLETE;
	if (is_full(cache))
	{
		drop_results(cache);
		begin_results(cache);
	}
	add_result(cache, key);
	return PCA_RESCAN_RESULT_EMPTY;
}

bool
pca_rescan_cache_rewind(PcaRescanCache *cache)
{
	const RescanResult *current = cache->current;

	if (!current || current->overflowed)
		return false;
	if (current->start >= 0)
		tuplestore_copy_read_pointer(cache->rows, current->start, READ_POINTER);
	cache->rows_left = current->nrows;
	return true;
}

/* Returns a read pointer at the end, where the next row will be added. */
static int
allocate_start_pointer(PcaRescanCache *cache)
{
	int			pointer;

	if (cache->free_pointers == NIL)
		pointer = tuplestore_alloc_read_pointer(cache->rows, EXEC_FLAG_REWIND);
	else
	{
		pointer = llast_int(cache->free_pointers);
		cache->free_pointers = list_delete_last(cache->free_pointers);
	}
	tuplestore_copy_read_pointer(cache->rows, END_POINTER, pointer);
	return pointer;
}

void
pca_rescan_cache_add(PcaRescanCache *cache, TupleTableSlot *slot)
{
	RescanResult *current = cache->current;

	if (current->overflowed)
		return;
	cache->rows_bytes += MAXALIGN(SizeofMinimalTupleHeader) +
		heap_compute_data_size(cache->desc, slot->tts_values, slot->tts_isnull);
	if (temp_file_limit >= 0 && cache->rows_bytes > max_rows_bytes())
	{
		current->overflowed = true;
		return;
	}
	tuplestore_select_read_pointer(cache->rows, END_POINTER);
	if (current->start < 0)
		current->start = allocate_start_pointer(cache);
	tuplestore_puttupleslot(cache->rows, slot);
	current->nrows++;
}

/*
 * Rows are read in the cache's memory context, since its slot outlives the caller's
 * per-tuple context.
 */
bool
pca_rescan_cache_read(PcaRescanCache *cache, TupleTableSlot *slot)
{
	MemoryContext caller;

	if (cache->rows_left == 0)
		return false;
	cache->rows_left--;
	caller = MemoryContextSwitchTo(cache->context);
	tuplestore_select_read_pointer(cache->rows, READ_POINTER);
	if (!tuplestore_gettupleslot(cache->rows, true, false, cache->slot))
		elog(ERROR, "a kept row is missing");
	MemoryContextSwitchTo(caller);
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
pca_rescan_cache_set_complete(PcaRescanCache *cache)
{
	cache->current->complete = true;
}

bool
pca_rescan_cache_is_complete(const PcaRescanCache *cache)
{
	return cache->current->complete && !cache->current->overflowed;
}
