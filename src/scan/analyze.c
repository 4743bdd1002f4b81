/*
 * analyze.c
 *		Which rows does ANALYZE look at?
 *
 * The API has no random sample, but it skips: a large table is read in pieces
 * at evenly spread offsets, each at a random place of its part.  Of a customer's
 * resource, the rows of some customers are read.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "commands/progress.h"
#include "commands/vacuum.h"
#include "common/pg_prng.h"
#include "utils/backend_progress.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "config/option.h"
#include "json/row_reader.h"
#include "request/request.h"
#include "scan/analyze.h"
#include "scan/customer_list.h"
#include "scan/fetch.h"

/*
 * In how many pieces a large table is sampled: few requests (three seconds at
 * 100 ms each), but more places than a table sorted by customer has customers
 * of weight.
 */
#define SAMPLE_PIECES	30

/*
 * How many customers are asked for their rows: at the documented 500 requests a
 * minute, twelve seconds.
 */
#define SAMPLE_CUSTOMERS	100

/* One run of ANALYZE on one table. */
typedef struct Sample
{
	PcaTable   *table;
	Oid			userid;			/* the table's owner, as for postgres_fdw */
	TupleDesc	desc;
	PcaRowReader *row;
	MemoryContext context;		/* of one fetch */
	Datum	   *values;
	bool	   *nulls;
	HeapTuple  *rows;
	int			nrows;
} Sample;

static Sample *
begin_sample(Relation relation, HeapTuple *rows)
{
	Sample	   *sample = palloc0(sizeof(Sample));
	Bitmapset  *wanted = NULL;

	sample->table = pca_option_table(RelationGetRelid(relation));
	sample->userid = relation->rd_rel->relowner;
	sample->desc = RelationGetDescr(relation);
	for (int attnum = 1; attnum <= sample->table->natts; attnum++)
		if (pca_option_column(sample->table, attnum))
			wanted = bms_add_member(wanted, attnum);
	sample->row = pca_row_reader_create(sample->table, sample->desc, wanted, false);
	sample->context = AllocSetContextCreate(CurrentMemoryContext, "pc_analytics_fdw sample",
											ALLOCSET_DEFAULT_SIZES);
	sample->values = palloc0(sizeof(Datum) * sample->desc->natts);
	sample->nulls = palloc0(sizeof(bool) * sample->desc->natts);
	sample->rows = rows;
	return sample;
}

/* A request for everything; limit as in PcaRequest. */
static PcaRequest *
new_request(const Sample *sample, int64 limit)
{
	PcaRequestPlan plan = {.limit = limit};
	PcaParams	params = {0};

	return linitial(pca_request_render(&plan, sample->table, &params));
}

/* How many rows the API says there are; -1 when that is not sure. */
static int64
ask_total(Sample *sample)
{
	MemoryContext caller = MemoryContextSwitchTo(sample->context);
	PcaRequest *request = new_request(sample, 1);
	const PcaRequest *answered;
	PcaFetch   *fetch;
	PcaItem		item;
	int64		total;

	request->probe = true;
	fetch = pca_fetch_begin(sample->context, sample->table, sample->userid,
							list_make1(request));
	while (pca_fetch_next(fetch, true, &item, &answered) != PCA_FETCH_END)
		;
	total = pca_fetch_probed_rows(fetch);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(sample->context);
	return total;
}

/* Read an item into that place of the sample; errors name its answer. */
static void
keep_row(Sample *sample, const PcaFetch *fetch, const PcaItem *item, const char *asked,
		 int place)
{
	PG_TRY();
	{
		if (item->bare)
			pca_row_reader_check_bare(sample->row, item);
		pca_row_reader_read(sample->row, item, asked, sample->values, sample->nulls);
	}
	PG_CATCH();
	{
		pca_fetch_add_response_detail(fetch);
	}
	PG_END_TRY();
	sample->rows[place] = heap_form_tuple(sample->desc, sample->values, sample->nulls);
	sample->nrows = Max(sample->nrows, place + 1);
}

/*
 * Read rows from that offset, at most so many, into the sample.  True when the
 * end was reached.
 */
static bool
read_piece(Sample *sample, int64 offset, int count)
{
	MemoryContext caller = MemoryContextSwitchTo(sample->context);
	PcaRequest *request = new_request(sample, count);
	const PcaRequest *answered;
	PcaFetch   *fetch;
	PcaItem		item;
	bool		ended = false;

	request->offset = offset;
	fetch = pca_fetch_begin(sample->context, sample->table, sample->userid,
							list_make1(request));
	MemoryContextSwitchTo(caller);
	for (int i = 0; i < count && !ended; i++)
	{
		ended = pca_fetch_next(fetch, true, &item, &answered) == PCA_FETCH_END;
		if (ended)
			break;
		keep_row(sample, fetch, &item, NULL, sample->nrows);
	}
	pca_fetch_end(fetch);
	MemoryContextReset(sample->context);
	return ended;
}

/* A piece at a random place in each of the table's parts. */
static void
read_pieces(Sample *sample, int64 total, int targrows)
{
	int			count = targrows / SAMPLE_PIECES;

	pgstat_progress_update_param(PROGRESS_ANALYZE_BLOCKS_TOTAL, SAMPLE_PIECES);
	for (int i = 0; i < SAMPLE_PIECES && count > 0; i++)
	{
		int64		begin = total * i / SAMPLE_PIECES;
		int64		spare = total * (i + 1) / SAMPLE_PIECES - begin - count;

		read_piece(sample,
				   begin + (int64) (pg_prng_double(&pg_global_prng_state) * Max(spare, 0)),
				   count);
		pgstat_progress_update_param(PROGRESS_ANALYZE_BLOCKS_DONE, i + 1);
	}
}

/* A place among n, each as likely as another. */
static int64
random_place(int64 n)
{
	return (int64) (pg_prng_double(&pg_global_prng_state) * n);
}

/* The customers (char *) that the API lists, in the sample's context. */
static List *
list_customers(Sample *sample)
{
	MemoryContext caller = MemoryContextSwitchTo(sample->context);
	PcaRequest *listing = new_request(sample, -1);
	PcaCustomerList *roster = pca_customer_list_create(sample->table);
	PcaFetch   *fetch = pca_fetch_begin(sample->context, sample->table, sample->userid,
										list_make1(listing));
	List	   *customers = NIL;
	const PcaRequest *answered;
	PcaItem		item;

	Assert(listing->listing);
	while (pca_fetch_next(fetch, true, &item, &answered) != PCA_FETCH_END)
	{
		const char *customer = pca_customer_list_add(roster, &item);

		if (customer)
			customers = lappend(customers, unconstify(char *, customer));
	}
	pca_fetch_end(fetch);
	MemoryContextSwitchTo(caller);
	return customers;
}

/* Requests for some of the customers, each as likely as another. */
static List *
choose_customers(const Sample *sample, List *customers)
{
	PcaRequestPlan plan = {.limit = -1};
	List	   *requests = NIL;
	int			n = list_length(customers);

	for (int i = 0; i < Min(n, SAMPLE_CUSTOMERS); i++)
	{
		ListCell   *chosen = list_nth_cell(customers, i + random_place(n - i));
		char	   *customer = lfirst(chosen);

		lfirst(chosen) = list_nth(customers, i);
		requests = lappend(requests,
						   pca_request_for_customer(&plan, sample->table, customer));
	}
	return requests;
}

/* Rows of some customers; how many all customers may have is returned. */
static double
read_customers(Sample *sample, int targrows)
{
	List	   *customers = list_customers(sample);
	MemoryContext caller = MemoryContextSwitchTo(sample->context);
	List	   *requests = choose_customers(sample, customers);
	const PcaRequest *answered;
	PcaFetch   *fetch;
	PcaItem		item;
	int64		seen;
	double		scale = (double) list_length(customers) / Max(list_length(requests), 1);

	fetch = pca_fetch_begin(sample->context, sample->table, sample->userid, requests);
	MemoryContextSwitchTo(caller);
	for (seen = 0; pca_fetch_next(fetch, true, &item, &answered) != PCA_FETCH_END; seen++)
	{
		int64		place = seen < targrows ? seen : random_place(seen + 1);

		if (place < targrows)
			keep_row(sample, fetch, &item, answered->customer_id, (int) place);
	}
	pca_customer_list_warn_skipped(sample->table, pca_fetch_skipped(fetch));
	MemoryContextReset(sample->context);
	return rint(seen * scale);
}

/* Rows of a resource that skips, or of all of it. */
static double
read_rows(Sample *sample, int targrows)
{
	const PcaResource *resource = sample->table->resource;
	bool		paged = (resource->parameters & PCA_PARAM_SKIP) != 0;
	int64		total = paged ? ask_total(sample) : -1;

	if (total > targrows)
		read_pieces(sample, total, targrows);
	else if (read_piece(sample, 0, targrows))
		total = sample->nrows;
	return total >= 0 ? total : Max(sample->nrows, resource->rows);
}

static int
acquire_sample(Relation relation, int elevel, HeapTuple *rows, int targrows,
			   double *totalrows, double *totaldeadrows)
{
	Sample	   *sample = begin_sample(relation, rows);

	*totalrows = sample->table->path_has_customer ?
		read_customers(sample, targrows) : read_rows(sample, targrows);
	*totaldeadrows = 0;
	ereport(elevel,
			(errmsg("\"%s\": table contains %.0f rows; %d rows in sample",
					RelationGetRelationName(relation), *totalrows, sample->nrows)));
	MemoryContextDelete(sample->context);
	return sample->nrows;
}

/* A history has no rows without days: it is not analyzed. */
static bool
AnalyzeForeignTable(Relation relation, AcquireSampleRowsFunc *acquire,
					BlockNumber *totalpages)
{
	PcaTable   *table = pca_option_table(RelationGetRelid(relation));

	*acquire = acquire_sample;
	*totalpages = 1;
	return !table->resource->history;
}

void
pca_analyze_register(FdwRoutine *routine)
{
	routine->AnalyzeForeignTable = AnalyzeForeignTable;
}
