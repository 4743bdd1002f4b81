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
 *
 * EXISTS and LIMIT stop after the first rows of a result.  These are kept, as the next
 * rescan with equal requests mostly stops there, too.  If it does not, the requests are
 * sent again, and the rows that were returned are left out, wherever they come.
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

/* Bytes of a tuplestore in memory: for each row beside the row itself, and at its beginning. */
#define ROW_OVERHEAD	48
#define POINTERS_SIZE	(16 * 1024)

/* The size of the keys is limited by work_mem alone, as they are always in memory. */
#define MAX_KEY_BYTES	((Size) work_mem * 1024)

/*
 * The maximum number of first rows that are kept of a result without the others.  Each
 * row that comes later is compared with them.
 */
#define MAX_FIRST_ROWS	100

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
	bool		keeps_beginnings;

	Tuplestorestate *rows;		/* of all results */
	int64		nrows;			/* in it, those of forgotten results included */
	int64		rows_bytes;		/* their size */
	Size		key_bytes;
	HTAB	   *results;		/* RescanResult */
	List	   *free_pointers;	/* int: read pointers of forgotten results */
	RescanResult *current;		/* NULL before the first result */
	int64		rows_left;		/* rows of it that are still to be read */
	List	   *repeated;		/* MinimalTuple: its first rows, which are
								 * going to be added again */
};

/* ---- all results ---- */

uint32
pca_rescan_cache_hash_key(const void *key, Size size)
{
	const char *text = *(const char *const *) key;

	return hash_bytes((const unsigned char *) text, (int) strlen(text));
}

int
pca_rescan_cache_compare_keys(const void *left, const void *right, Size size)
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
		.hash = pca_rescan_cache_hash_key,.match = pca_rescan_cache_compare_keys,.hcxt = cache->results_context
	};

	begin_rows(cache);
	cache->results = hash_create("pc_analytics_fdw results", 64, &control,
								 HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	cache->nrows = 0;
	cache->rows_bytes = 0;
	cache->key_bytes = 0;
	cache->free_pointers = NIL;
	cache->current = NULL;
	cache->rows_left = 0;
	cache->repeated = NIL;
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
pca_rescan_cache_create(TupleDesc desc, bool keeps_beginnings)
{
	PcaRescanCache *cache = palloc0(sizeof(PcaRescanCache));

	cache->context = CurrentMemoryContext;
	cache->results_context = AllocSetContextCreate(CurrentMemoryContext, "pc_analytics_fdw results",
												   ALLOCSET_SMALL_SIZES);
	cache->desc = desc;
	cache->keeps_beginnings = keeps_beginnings;
	cache->slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	begin_results(cache);
	return cache;
}

void
pca_rescan_cache_free(PcaRescanCache **cache)
{
	if (!*cache)
		return;
	drop_results(*cache);
	ExecDropSingleTupleTableSlot((*cache)->slot);
	MemoryContextDelete((*cache)->results_context);
	pfree(*cache);
	*cache = NULL;
}

/*
 * Returns true if the tuplestore keeps the rows in work_mem for certain.  It allocates up
 * to twice the size of a row and its header, and an array of pointers, which it doubles
 * while half of work_mem is free.
 */
static bool
are_rows_in_memory(const PcaRescanCache *cache)
{
	int64		bytes = 2 * cache->rows_bytes + cache->nrows * ROW_OVERHEAD + POINTERS_SIZE;

	return bytes <= (int64) work_mem * 1024 / 2;
}

/* Returns true if the rows are more than are kept. */
static bool
are_rows_too_large(const PcaRescanCache *cache)
{
	int64		bytes = (int64) work_mem * 1024 * MAX_SIZE_FACTOR;

	/* half of it: the query may have other temporary files */
	if (temp_file_limit >= 0)
		bytes = Min(bytes, (int64) temp_file_limit * 1024 / 2);
	return cache->rows_bytes > bytes && !are_rows_in_memory(cache);
}

static bool
is_full(const PcaRescanCache *cache)
{
	return hash_get_num_entries(cache->results) >= MAX_RESULTS ||
		cache->key_bytes > MAX_KEY_BYTES || are_rows_too_large(cache);
}

/* ---- one result ---- */

/* Returns true if the result is useful once another one is the current one. */
static bool
is_worth_keeping(const PcaRescanCache *cache, const RescanResult *result)
{
	if (result->overflowed)
		return false;
	return result->complete || (cache->keeps_beginnings && result->nrows > 0 && result->nrows <= MAX_FIRST_ROWS);
}

/* Forget the current result, or keep it.  The rows of a forgotten one stay in the tuplestore. */
static void
leave_current_result(PcaRescanCache *cache)
{
	RescanResult *current = cache->current;
	MemoryContext caller;

	list_free_deep(cache->repeated);
	cache->repeated = NIL;
	cache->current = NULL;
	cache->rows_left = 0;
	if (!current || is_worth_keeping(cache, current))
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
	leave_current_result(cache);
	cache->current = hash_search(cache->results, &key, HASH_FIND, NULL);
	if (pca_rescan_cache_rewind(cache))
		return cache->current->complete ? PCA_RESCAN_RESULT_COMPLETE : PCA_RESCAN_RESULT_BEGINNING;
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

/*
 * Add the row in the slot, all of whose values are read, at the end of the tuplestore.  A row
 * that could exceed temp_file_limit is not added, and its result is no longer kept.
 */
static void
append_cached_row(PcaRescanCache *cache, TupleTableSlot *slot)
{
	RescanResult *current = cache->current;

	if (current->overflowed)
		return;
	cache->nrows++;
	cache->rows_bytes += MAXALIGN(SizeofMinimalTupleHeader + BITMAPLEN(cache->desc->natts)) +
		heap_compute_data_size(cache->desc, slot->tts_values, slot->tts_isnull);
	if (temp_file_limit >= 0 && are_rows_too_large(cache))
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

/* Rows of the same scan with equal values have equal bytes after those of padding. */
static bool
are_rows_equal(MinimalTuple left, MinimalTuple right)
{
	return left->t_len == right->t_len &&
		memcmp((char *) left + MINIMAL_TUPLE_DATA_OFFSET, (char *) right + MINIMAL_TUPLE_DATA_OFFSET,
			   left->t_len - MINIMAL_TUPLE_DATA_OFFSET) == 0;
}

/*
 * Returns true if the row is one of those that are repeated, and remove that one: equal
 * rows are repeated as often as they were read.
 */
static bool
remove_repeated_row(PcaRescanCache *cache, TupleTableSlot *slot)
{
	MinimalTuple row;
	bool		found = false;
	ListCell   *lc;

	if (cache->repeated == NIL)
		return false;
	row = ExecCopySlotMinimalTuple(slot);
	foreach(lc, cache->repeated)
	{
		MinimalTuple repeated = lfirst(lc);

		found = are_rows_equal(repeated, row);
		if (!found)
			continue;
		cache->repeated = foreach_delete_current(cache->repeated, lc);
		pfree(repeated);
		break;
	}
	pfree(row);
	return found;
}

bool
pca_rescan_cache_add(PcaRescanCache *cache, TupleTableSlot *slot)
{
	if (remove_repeated_row(cache, slot))
		return false;
	append_cached_row(cache, slot);
	return true;
}

/* Read the next row of the current result into the cache's slot. */
static void
read_stored_row(PcaRescanCache *cache)
{
	cache->rows_left--;
	tuplestore_select_read_pointer(cache->rows, READ_POINTER);
	if (!tuplestore_gettupleslot(cache->rows, true, false, cache->slot))
		elog(ERROR, "a kept row is missing");
}

/* The first rows are put again at the end, where the others are going to follow. */
void
pca_rescan_cache_continue(PcaRescanCache *cache)
{
	MemoryContext caller = MemoryContextSwitchTo(cache->results_context);
	ListCell   *lc;

	(void) pca_rescan_cache_rewind(cache);
	while (cache->rows_left > 0)
	{
		read_stored_row(cache);
		cache->repeated = lappend(cache->repeated, ExecCopySlotMinimalTuple(cache->slot));
	}
	tuplestore_select_read_pointer(cache->rows, END_POINTER);
	tuplestore_copy_read_pointer(cache->rows, END_POINTER, cache->current->start);
	cache->current->nrows = 0;
	foreach(lc, cache->repeated)
	{
		ExecStoreMinimalTuple(lfirst(lc), cache->slot, false);
		slot_getallattrs(cache->slot);
		append_cached_row(cache, cache->slot);
	}
	ExecClearTuple(cache->slot);
	MemoryContextSwitchTo(caller);
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
	caller = MemoryContextSwitchTo(cache->context);
	read_stored_row(cache);
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
pca_rescan_cache_set_complete(PcaRescanCache *cache, const char *table_name)
{
	if (cache->repeated)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("the API's data for foreign table \"%s\" changed while it was read", table_name),
				 errdetail("A row of the response to a request was missing when the request was sent again."),
				 errhint("Try again.")));
	cache->current->complete = true;
}

bool
pca_rescan_cache_is_complete(const PcaRescanCache *cache)
{
	return cache->current->complete && !cache->current->overflowed;
}
