/*
 * analyze.c
 *		The sample of rows for ANALYZE.
 *
 * The API has no random sample, but it can skip rows (api-notes 3.2).  A large
 * table is read in ranges at random offsets, one in each of its equal parts.  Of a
 * resource by customer, the rows of randomly chosen customers are read.  If the table
 * is a partition, rows beyond its bound are no part of it, and left out.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "commands/progress.h"
#include "commands/vacuum.h"
#include "common/pg_prng.h"
#include "executor/executor.h"
#include "utils/backend_progress.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "config/option.h"
#include "config/partition_bound.h"
#include "json/row_reader.h"
#include "request/request.h"
#include "scan/analyze.h"
#include "scan/customer_list.h"
#include "scan/fetch.h"

/*
 * Ranges of a large table.  30 requests take some three seconds at 100 ms each,
 * but read more places than a table sorted by customer has customers with a
 * considerable part of its rows.
 */
#define PCA_ANALYZE_RANGES		30

/*
 * Customers whose rows are read: twelve seconds at the documented limit of 500
 * requests a minute (api-notes 7.4).
 */
#define PCA_ANALYZE_CUSTOMERS	100

/* One run of ANALYZE on one table. */
typedef struct AnalyzeSample
{
	PcaTable   *table;
	Oid			userid;			/* the table's owner, as in postgres_fdw */
	TupleDesc	desc;
	PcaRowReader *row;
	MemoryContext context;		/* of one fetch */
	Datum	   *values;
	bool	   *nulls;
	EState	   *estate;			/* of bound */
	ExprState  *bound;			/* of a partition; else NULL, as for no
								 * condition */
	TupleTableSlot *slot;		/* of the row on which it is evaluated */
	HeapTuple  *rows;			/* the caller's array */
	int			nrows;
	int64		read;			/* rows that were read, including those beyond
								 * the bound */
	int64		kept;			/* rows of the table that were read */
} AnalyzeSample;

static AnalyzeSample *
create_sample(Relation relation, HeapTuple *rows)
{
	AnalyzeSample *sample = palloc0(sizeof(AnalyzeSample));
	Bitmapset  *wanted = NULL;

	sample->table = pca_option_table(RelationGetRelid(relation));
	sample->userid = relation->rd_rel->relowner;
	sample->desc = RelationGetDescr(relation);
	for (int attnum = 1; attnum <= sample->table->natts; attnum++)
	{
		if (pca_option_column(sample->table, attnum))
			wanted = bms_add_member(wanted, attnum);
	}
	sample->row = pca_row_reader_create(sample->table, sample->desc, wanted, false);
	sample->context = AllocSetContextCreate(CurrentMemoryContext, "pc_analytics_fdw sample",
											ALLOCSET_DEFAULT_SIZES);
	sample->values = palloc0(sizeof(Datum) * sample->desc->natts);
	sample->nulls = palloc0(sizeof(bool) * sample->desc->natts);
	sample->estate = CreateExecutorState();
	sample->bound = ExecPrepareQual(pca_partition_bound_quals(sample->table->relid, NULL), sample->estate);
	sample->slot = MakeSingleTupleTableSlot(sample->desc, &TTSOpsHeapTuple);
	sample->rows = rows;
	return sample;
}

static void
free_sample(AnalyzeSample *sample)
{
	ExecDropSingleTupleTableSlot(sample->slot);
	FreeExecutorState(sample->estate);
	MemoryContextDelete(sample->context);
}

/* A request for all rows; limit as in PcaRequest. */
static PcaRequest *
make_sample_request(const AnalyzeSample *sample, int64 limit)
{
	PcaRequestPlan plan = {.limit = limit};
	PcaParams	params = {0};

	return linitial(pca_request_render(&plan, sample->table, &params));
}

/* The number of the table's rows according to the API; -1 if it is not certain. */
static int64
fetch_row_count(AnalyzeSample *sample)
{
	MemoryContext caller = MemoryContextSwitchTo(sample->context);
	PcaRequest *request = make_sample_request(sample, 1);
	const PcaRequest *item_request;
	PcaFetch   *fetch;
	PcaItem		item;
	int64		row_count;

	request->probe = true;
	fetch = pca_fetch_begin(sample->context, sample->table, sample->userid,
							list_make1(request));
	while (pca_fetch_next(fetch, true, &item, &item_request) != PCA_FETCH_END)
		;
	row_count = pca_fetch_probed_rows(fetch);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(sample->context);
	return row_count;
}

/* Convert an item to a row.  key_value: as for pca_row_reader_read(). */
static HeapTuple
make_row(AnalyzeSample *sample, PcaFetch *fetch, const PcaItem *item, const char *key_value)
{
	ErrorContextCallback callback = {error_context_stack, pca_fetch_add_item_context, fetch};

	error_context_stack = &callback;
	if (item->bare)
		pca_row_reader_check_bare(sample->row, item);
	pca_row_reader_read(sample->row, item, key_value, sample->values, sample->nulls);
	error_context_stack = callback.previous;
	return heap_form_tuple(sample->desc, sample->values, sample->nulls);
}

static bool
row_is_within_bound(AnalyzeSample *sample, HeapTuple row)
{
	ExprContext *econtext = GetPerTupleExprContext(sample->estate);
	bool		within;

	econtext->ecxt_scantuple = ExecStoreHeapTuple(row, sample->slot, false);
	within = ExecQual(sample->bound, econtext);
	ResetExprContext(econtext);
	ExecClearTuple(sample->slot);
	return within;
}

/*
 * Count an item as read, and make a row of it.  Returns NULL if the partition does not
 * have the row.
 */
static HeapTuple
read_sample_row(AnalyzeSample *sample, PcaFetch *fetch, const PcaItem *item, const char *key_value)
{
	HeapTuple	row = make_row(sample, fetch, item, key_value);

	sample->read++;
	if (sample->bound && !row_is_within_bound(sample, row))
	{
		heap_freetuple(row);
		return NULL;
	}
	sample->kept++;
	return row;
}

static void
store_row(AnalyzeSample *sample, HeapTuple row, int index)
{
	sample->rows[index] = row;
	sample->nrows = Max(sample->nrows, index + 1);
}

/*
 * Add up to count rows, from that offset on, to the sample.  Returns true if the
 * end of the table was reached.
 */
static bool
sample_row_range(AnalyzeSample *sample, int64 offset, int count)
{
	MemoryContext caller = MemoryContextSwitchTo(sample->context);
	PcaRequest *request = make_sample_request(sample, count);
	const PcaRequest *item_request;
	PcaFetch   *fetch;
	PcaItem		item;
	bool		ended = false;

	request->offset = offset;
	fetch = pca_fetch_begin(sample->context, sample->table, sample->userid,
							list_make1(request));
	MemoryContextSwitchTo(caller);
	for (int i = 0; i < count && !ended; i++)
	{
		HeapTuple	row = NULL;

		ended = pca_fetch_next(fetch, true, &item, &item_request) == PCA_FETCH_END;
		if (!ended)
			row = read_sample_row(sample, fetch, &item, NULL);
		if (row)
			store_row(sample, row, sample->nrows);
	}
	pca_fetch_end(fetch);
	MemoryContextReset(sample->context);
	return ended;
}

/* Read a range at a random offset in each of the table's equal parts. */
static void
sample_random_ranges(AnalyzeSample *sample, int64 row_count, int targrows)
{
	int			count = targrows / PCA_ANALYZE_RANGES;

	pgstat_progress_update_param(PROGRESS_ANALYZE_BLOCKS_TOTAL, PCA_ANALYZE_RANGES);
	for (int i = 0; i < PCA_ANALYZE_RANGES && count > 0; i++)
	{
		int64		begin = row_count * i / PCA_ANALYZE_RANGES;
		int64		spare = row_count * (i + 1) / PCA_ANALYZE_RANGES - begin - count;

		sample_row_range(sample,
						 begin + (int64) (pg_prng_double(&pg_global_prng_state) * Max(spare, 0)),
						 count);
		pgstat_progress_update_param(PROGRESS_ANALYZE_BLOCKS_DONE, i + 1);
	}
}

/* A random number from 0 to n - 1. */
static int64
random_index(int64 n)
{
	return (int64) (pg_prng_double(&pg_global_prng_state) * n);
}

/* As pca_customer_list_add(), with the context of the item. */
static const char *
add_listed_customer(PcaCustomerList *customer_list, PcaFetch *fetch, const PcaItem *item)
{
	ErrorContextCallback callback = {error_context_stack, pca_fetch_add_item_context, fetch};
	const char *customer;

	error_context_stack = &callback;
	customer = pca_customer_list_add(customer_list, item);
	error_context_stack = callback.previous;
	return customer;
}

/* The IDs of the customers (char *) that the API lists, in the sample's context. */
static List *
fetch_customer_ids(AnalyzeSample *sample)
{
	MemoryContext caller = MemoryContextSwitchTo(sample->context);
	PcaRequest *listing = make_sample_request(sample, -1);
	PcaCustomerList *customer_list = pca_customer_list_create();
	PcaFetch   *fetch = pca_fetch_begin(sample->context, sample->table, sample->userid,
										list_make1(listing));
	List	   *customers = NIL;
	const PcaRequest *item_request;
	PcaItem		item;

	Assert(listing->listing);
	while (pca_fetch_next(fetch, true, &item, &item_request) != PCA_FETCH_END)
	{
		const char *customer = add_listed_customer(customer_list, fetch, &item);

		if (customer)
			customers = lappend(customers, unconstify(char *, customer));
	}
	pca_fetch_end(fetch);
	MemoryContextSwitchTo(caller);
	return customers;
}

/*
 * Requests for up to PCA_ANALYZE_CUSTOMERS of the customers, each of which is
 * chosen with the same probability: a partial Fisher-Yates shuffle of the list.
 */
static List *
make_customer_requests(const AnalyzeSample *sample, List *customers)
{
	PcaRequestPlan plan = {.limit = -1};
	List	   *requests = NIL;
	int			n = list_length(customers);

	for (int i = 0; i < Min(n, PCA_ANALYZE_CUSTOMERS); i++)
	{
		ListCell   *chosen = list_nth_cell(customers, i + random_index(n - i));
		char	   *customer = lfirst(chosen);

		lfirst(chosen) = list_nth(customers, i);
		requests = lappend(requests,
						   pca_request_for_customer(&plan, sample->table, customer));
	}
	return requests;
}

/*
 * Sample the rows of some customers, by reservoir sampling.  Returns the estimated
 * number of rows of all customers.
 */
static double
sample_customer_rows(AnalyzeSample *sample, int targrows)
{
	List	   *customers = fetch_customer_ids(sample);
	MemoryContext caller = MemoryContextSwitchTo(sample->context);
	List	   *requests = make_customer_requests(sample, customers);
	const PcaRequest *item_request;
	PcaFetch   *fetch;
	PcaItem		item;
	double		scale = (double) list_length(customers) / Max(list_length(requests), 1);

	fetch = pca_fetch_begin(sample->context, sample->table, sample->userid, requests);
	MemoryContextSwitchTo(caller);
	while (pca_fetch_next(fetch, true, &item, &item_request) != PCA_FETCH_END)
	{
		HeapTuple	row = read_sample_row(sample, fetch, &item, item_request->customer_id);
		int64		index;

		if (!row)
			continue;
		index = sample->kept <= targrows ? sample->kept - 1 : random_index(sample->kept);
		if (index < targrows)
			store_row(sample, row, (int) index);
		else
			heap_freetuple(row);
	}
	pca_customer_list_warn_skipped(sample->table, pca_fetch_skipped(fetch));
	MemoryContextReset(sample->context);
	return rint(sample->kept * scale);
}

/*
 * Sample the rows of a resource that is not by customer: ranges, if it has skip and
 * more than targrows rows, else its first rows.  Returns the number of the table's
 * rows, estimated from the catalog's number of all rows if that is not known.
 */
static double
sample_table_rows(AnalyzeSample *sample, int targrows)
{
	const PcaResource *resource = sample->table->resource;
	bool		has_skip = (resource->parameters & PCA_PARAM_SKIP) != 0;
	int64		row_count = has_skip ? fetch_row_count(sample) : -1;

	if (row_count > targrows)
		sample_random_ranges(sample, row_count, targrows);
	else if (sample_row_range(sample, 0, targrows))
		row_count = sample->read;
	if (row_count < 0)
		row_count = Max(sample->read, resource->rows);
	return sample->read > 0 ? rint((double) row_count * sample->kept / sample->read) : row_count;
}

/* An AcquireSampleRowsFunc. */
static int
acquire_foreign_sample(Relation relation, int elevel, HeapTuple *rows, int targrows,
					   double *totalrows, double *totaldeadrows)
{
	AnalyzeSample *sample = create_sample(relation, rows);
	int			nrows;

	*totalrows = sample->table->path_has_customer ?
		sample_customer_rows(sample, targrows) : sample_table_rows(sample, targrows);
	*totaldeadrows = 0;
	ereport(elevel,
			(errmsg("\"%s\": table contains %.0f rows; %d rows in sample",
					RelationGetRelationName(relation), *totalrows, sample->nrows)));
	nrows = sample->nrows;
	free_sample(sample);
	return nrows;
}

/*
 * A history cannot be analyzed, since it is not read without a condition on the
 * day.  The number of disk pages has no meaning here, but relpages must not be 0,
 * which stands for a table that was never analyzed.
 */
static bool
AnalyzeForeignTable(Relation relation, AcquireSampleRowsFunc *acquire,
					BlockNumber *totalpages)
{
	PcaTable   *table = pca_option_table(RelationGetRelid(relation));

	*acquire = acquire_foreign_sample;
	*totalpages = 1;
	return !table->resource->history;
}

void
pca_analyze_register(FdwRoutine *routine)
{
	routine->AnalyzeForeignTable = AnalyzeForeignTable;
}
