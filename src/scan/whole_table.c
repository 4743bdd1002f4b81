/*
 * whole_table.c
 *		The rows of a whole table, for rescans that would need more requests.
 *
 * A correlated subquery or a nested loop sends a request for each different value of
 * its parameters.  A table of a few pages, or a few groups, is read with fewer requests
 * if the conditions on outer rows are left out and evaluated locally.  How many
 * values there will be is an estimate, so this is decided
 *
 * - before the first request, if as many rescans are expected as the table has pages,
 *	 and these are few.  If their number is not known, the first page of the table tells
 *	 it;
 * - before a request, if as many have been sent as the table has pages.  So there are
 *	 never more than twice as many.  If this number is only estimated, the first page tells
 *	 it, at the latest after some requests.
 *
 * If the first page does not tell the number of pages, as many pages are requested as
 * requests were sent.
 *
 * The day of a history and the customer in a path are not left out.  If they are those of
 * an outer row, there are several whole tables: one for each day, for instance.
 *
 * For each rescan, the rows are read once, and those that satisfy the conditions that
 * would have been sent are kept as the result of the values, as a response is.
 */
#include "postgres.h"

#include <math.h>

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "request/param.h"
#include "request/request.h"
#include "request/request_key.h"
#include "scan/list_requests.h"
#include "scan/loop_count.h"
#include "scan/scan_params.h"
#include "scan/scan_rows.h"
#include "scan/snapshot_requests.h"
#include "scan/whole_table.h"

/*
 * The maximum number of whole tables, such as days, about which something is noted: as
 * many as the results that a rescan cache keeps.  With more, all are forgotten.
 */
#define MAX_PARTITIONS	1000

/*
 * A table of unknown size is assumed to have no more pages than this: after as many requests,
 * its first page tells its size.
 */
#define MAX_ASSUMED_PAGES	2

/* The requests without the conditions on outer rows, or those of one day, or one customer. */
typedef struct WholePartition
{
	const char *key;			/* of the requests; the hash key, so it is the
								 * first member */
	int			number;			/* differs from all others */
	int			nrequests;		/* for a history, one for each day */
	double		pages;			/* that they have; -1 if not known */
	bool		is_measured;	/* a response told the number of pages */
	int64		sent;			/* requests so far */
	bool		refused;		/* they are not to be sent */
	bool		kept;			/* all rows are in the cache */
} WholePartition;

struct PcaWholeTable
{
	PcaRequestPlan plan;		/* without the conditions on outer rows */
	bool		has_partitions; /* the requests still depend on outer rows */
	ExprState  *quals;			/* the node's conditions of which all is sent */
	List	   *values;			/* ExprState *: the parameters in them */
	List	   *types;			/* Oid of each */
	ExprContext *econtext;		/* for both */
	double		loops;			/* expected rescans; 0 before it is estimated */
	double		pages;			/* of a partition, as far as is known; -1 if
								 * not */
	MemoryContext context;		/* of the partitions */
	HTAB	   *partitions;		/* WholePartition */
	WholePartition *current;	/* NULL: not known, or no row can match */
	int			nkept;			/* partitions of which all rows were kept */
	int			last_number;
	int64		noted_requests; /* of the scan, which were added to partitions */
	PcaRescanCache *rows;		/* of kept partitions; NULL if there are none */
	int			read_number;	/* of the partition whose rows are read */
};

/* ---- what can be fetched ---- */

/* The parameters that have other values in each rescan, those of a hash join among them. */
static Bitmapset *
list_varying_params(const PcaScanState *state)
{
	Bitmapset  *params = bms_copy(state->plan->outer_params);

	if (state->plan->join_filter_param >= 0)
		params = bms_add_member(params, list_length(state->params));
	return params;
}

/* The conjuncts without these parameters, joined by AND; NULL if there are none. */
static PcaFilterExpr *
leave_out_conjuncts(PcaFilterExpr *filter, const Bitmapset *params)
{
	List	   *kept = NIL;
	ListCell   *lc;

	foreach(lc, pca_filter_expr_conjuncts(filter))
		if (!pca_filter_expr_uses_parameters(lfirst(lc), params))
		kept = lappend(kept, lfirst(lc));
	return kept ? pca_filter_expr_and(kept) : NULL;
}

static bool
uses_params(const PcaFilterExpr *expr, const Bitmapset *params)
{
	return expr && pca_filter_expr_uses_parameters(expr, params);
}

/* Returns true if the request's rows can be fetched without these parameters. */
static bool
may_leave_out_params(const PcaScanState *state, const Bitmapset *params)
{
	const PcaRequestPlan *plan = state->plan->request;
	const PcaTable *table = state->table;

	return uses_params(plan->filter, params) && !plan->days_to_limit &&
		(plan->path || !table->path_has_customer) && pca_list_requests_may_read_whole_table(plan, table);
}

static bool
add_parameter(Node *node, void *params)
{
	if (!node)
		return false;
	if (IsA(node, Param))
		*(List **) params = list_append_unique(*(List **) params, node);
	return expression_tree_walker(node, add_parameter, params);
}

/* Prepare the conditions of which all is sent, and their parameters. */
static void
init_sent_quals(PcaWholeTable *whole, ForeignScanState *node, const PcaScanState *state)
{
	List	   *quals = NIL;
	List	   *params = NIL;
	ListCell   *qual;
	ListCell   *reason;

	forboth(qual, node->ss.ps.plan->qual, reason, state->plan->reasons)
		if (lfirst(reason) == NULL)
		quals = lappend(quals, lfirst(qual));
	(void) add_parameter((Node *) quals, &params);
	foreach(qual, params)
		whole->types = lappend_oid(whole->types, exprType(lfirst(qual)));
	whole->values = ExecInitExprList(params, &node->ss.ps);
	whole->quals = ExecInitQual(quals, &node->ss.ps);
}

static void
begin_partitions(PcaWholeTable *whole)
{
	HASHCTL		control = {
		.keysize = sizeof(char *),.entrysize = sizeof(WholePartition),
		.hash = pca_rescan_cache_hash_key,.match = pca_rescan_cache_compare_keys,.hcxt = whole->context
	};

	MemoryContextReset(whole->context);
	whole->partitions = hash_create("pc_analytics_fdw partitions", 16, &control,
									HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	whole->current = NULL;
	whole->nkept = 0;
	whole->read_number = 0;
}

PcaWholeTable *
pca_whole_table_create(ForeignScanState *node, const PcaScanState *state)
{
	Bitmapset  *params = list_varying_params(state);
	PcaWholeTable *whole;

	if (!may_leave_out_params(state, params))
		return NULL;
	whole = palloc0(sizeof(PcaWholeTable));
	whole->plan = *state->plan->request;
	whole->plan.filter = leave_out_conjuncts(whole->plan.filter, params);
	whole->plan.limit = -1;
	whole->plan.expected_rows = 0;
	whole->has_partitions = uses_params(whole->plan.snapshot, params) || uses_params(whole->plan.path, params);
	whole->pages = whole->plan.table_rows < 0 ? -1 :
		Max(1, ceil(whole->plan.table_rows / state->table->page_size));
	whole->econtext = CreateExprContext(node->ss.ps.state);
	whole->context = AllocSetContextCreate(CurrentMemoryContext, "pc_analytics_fdw partitions",
										   ALLOCSET_SMALL_SIZES);
	begin_partitions(whole);
	init_sent_quals(whole, node, state);
	return whole;
}

/* ---- the requests of the current parameters ---- */

/* Render the requests.  Current memory context. */
static List *
render_requests(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	PcaParams	params = pca_scan_params_make(node, state->plan, state->params, &state->join_pass);
	List	   *requests = pca_request_render(&whole->plan, state->table, &params);
	bool		omits_days;

	if (state->table->resource->history)
		requests = pca_snapshot_requests_make(requests, &whole->plan, state->table, &params, &omits_days);
	return requests;
}

/* Returns what is noted about the requests of that key. */
static WholePartition *
find_partition(PcaWholeTable *whole, const char *key)
{
	WholePartition *partition = hash_search(whole->partitions, &key, HASH_FIND, NULL);

	if (partition)
		return partition;
	if (hash_get_num_entries(whole->partitions) >= MAX_PARTITIONS)
		begin_partitions(whole);
	key = MemoryContextStrdup(whole->context, key);
	partition = hash_search(whole->partitions, &key, HASH_ENTER, NULL);
	partition->number = ++whole->last_number;
	partition->pages = whole->pages;
	partition->is_measured = false;
	partition->sent = 0;
	partition->refused = false;
	partition->kept = false;
	return partition;
}

/* Add the requests that were sent since the last call to those of the current partition. */
static void
note_sent_requests(PcaWholeTable *whole, PcaScanState *state)
{
	int64		requests = state->ended_stats.requests - state->ended_stats.retries;

	if (state->fetch)
	{
		const PcaFetchStats *stats = pca_fetch_stats(state->fetch);

		requests += stats->requests - stats->retries;
	}
	if (whole->current)
		whole->current->sent += requests - whole->noted_requests;
	whole->noted_requests = requests;
}

/* Make the partition of the current parameters the current one. */
static void
find_current_partition(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	MemoryContext caller = MemoryContextSwitchTo(whole->econtext->ecxt_per_tuple_memory);
	List	   *requests = render_requests(whole, node, state);

	whole->current = requests == NIL ? NULL : find_partition(whole, pca_request_key_make(requests));
	if (whole->current)
		whole->current->nrequests = list_length(requests);
	MemoryContextSwitchTo(caller);
	ResetExprContext(whole->econtext);
}

/*
 * Make the rows of the current partition, which was kept, those that are read.  Returns
 * false if the cache has dropped them for the rows of others.  The rows that are being read
 * are not read from the beginning.
 */
static bool
find_partition_rows(PcaWholeTable *whole)
{
	if (whole->read_number == whole->current->number)
		return true;
	whole->read_number = whole->current->number;
	return pca_rescan_cache_select(whole->rows, whole->current->key) == PCA_RESCAN_RESULT_COMPLETE;
}

/*
 * The planner knows which parameters have the same value in each rescan.  This does not
 * rely on it: rows of another request would be missing.
 */
bool
pca_whole_table_select(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	WholePartition *partition;

	if (!whole || state->is_in_parallel)
		return false;
	note_sent_requests(whole, state);
	if (!whole->current || whole->has_partitions || whole->current->kept)
		find_current_partition(whole, node, state);
	partition = whole->current;
	if (!partition || !partition->kept)
		return false;
	partition->kept = find_partition_rows(whole);
	whole->nkept -= !partition->kept;
	return partition->kept;
}

/* ---- when it is fetched ---- */

/* The number of pages that take little time. */
static double
get_few_pages(const PcaScanState *state)
{
	return PCA_REQUEST_MAX_TURNS * state->table->server->max_parallel_requests;
}

/* Returns true if the pages are at most as many as rescans, and take little time. */
static bool
are_pages_few(const PcaWholeTable *whole, const PcaScanState *state)
{
	const WholePartition *partition = whole->current;

	return partition->pages >= 0 && !whole->has_partitions &&
		partition->pages <= Min(whole->loops, get_few_pages(state));
}

/* The number of pages is known.  Returns true if they are to be fetched. */
static bool
are_pages_due(const PcaWholeTable *whole, const PcaScanState *state)
{
	const WholePartition *partition = whole->current;

	return are_pages_few(whole, state) || (partition->sent > 0 && partition->sent >= partition->pages);
}

/*
 * The requests after which the pages are fetched, or the first one to tell how many there
 * are.  An estimate may be wrong.  Groups are few.
 */
static double
get_requests_before_fetch(const PcaWholeTable *whole, const PcaScanState *state)
{
	const WholePartition *partition = whole->current;

	if (partition->is_measured)
		return partition->pages;
	if (partition->nrequests > 1)
		return Max(partition->nrequests, MAX_ASSUMED_PAGES);
	if (partition->pages >= 0)
		return Min(partition->pages, get_few_pages(state));
	return state->plan->request->grouped ? MAX_ASSUMED_PAGES :
		Min(MAX_ASSUMED_PAGES, ceil(state->table->resource->rows / state->table->page_size));
}

/*
 * Returns true if the partition, which is a new one, is to be fetched at once.  If a
 * partition has one page, this takes no more requests, but more rows.
 */
static bool
is_partition_expected(const PcaWholeTable *whole)
{
	return whole->pages >= 0 && whole->pages <= 1 &&
		2 * (int64) whole->nkept >= (int64) hash_get_num_entries(whole->partitions) - 1 && whole->nkept > 0;
}

bool
pca_whole_table_is_due(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	if (!whole || state->is_in_parallel)
		return false;
	if (!whole->current)
		find_current_partition(whole, node, state);
	if (!whole->current || whole->current->refused)
		return false;
	if (whole->loops == 0)
		whole->loops = pca_loop_count_estimate(node->ss.ps.state->es_plannedstmt, node->ss.ps.plan);
	if (whole->current->sent > 0)
		return whole->current->sent >= get_requests_before_fetch(whole, state);
	if (whole->has_partitions)
		return is_partition_expected(whole);
	return whole->loops >= 2 && (whole->current->pages < 0 || are_pages_few(whole, state));
}

/* ---- the fetch ---- */

/* Note the number of pages, which a response told, or which is at least as great. */
static void
note_pages(PcaWholeTable *whole, double pages)
{
	whole->current->pages = pages;
	whole->current->is_measured = true;
	whole->pages = pages;
}

/* Begin the fetch of the first of the requests, paused after a page, or of all others. */
static void
begin_fetch(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state, bool is_first)
{
	MemoryContext caller = MemoryContextSwitchTo(state->context);
	List	   *requests = render_requests(whole, node, state);

	requests = is_first ? list_make1(linitial(requests)) : list_delete_first(requests);
	state->limit = (PcaRowLimit)
	{
		.limit_left = -1
	};
	state->omits_days = false;
	pca_scan_rows_begin_fetch(state, requests);
	if (is_first)
		pca_fetch_pause(state->fetch, 1);
	MemoryContextSwitchTo(caller);
}

/* Fetch rows until the fetch ends or is paused. */
static void
fetch_rows(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	MemoryContext caller = MemoryContextSwitchTo(whole->econtext->ecxt_per_tuple_memory);
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	while (pca_scan_rows_fetch_item(node, state, slot))
	{
		(void) pca_rescan_cache_add(whole->rows, slot);
		ExecClearTuple(slot);
		ResetExprContext(whole->econtext);
	}
	MemoryContextSwitchTo(caller);
}

/*
 * The first page does not tell the number of pages.  Fetch as many as requests were sent, or
 * are expected.  Before the next attempt, three times as many are sent.
 */
static void
fetch_some_pages(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	int64		sent = whole->current->sent;
	int64		pages = sent > 0 ? sent : (int64) Min(whole->loops, get_few_pages(state));

	pca_fetch_pause(state->fetch, pages);
	fetch_rows(whole, node, state);
	if (!state->done)
		note_pages(whole, 3.0 * pages);
}

/* After the first page of the first request: fetch its other pages if all pages are due. */
static void
fetch_other_pages(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	int64		first_rows = pca_fetch_stats(state->fetch)->rows;
	int64		most_rows = pca_fetch_most_rows(state->fetch);

	if (most_rows < 0 || first_rows == 0)
	{
		fetch_some_pages(whole, node, state);
		return;
	}
	note_pages(whole, ceil((double) most_rows / first_rows) * whole->current->nrequests);
	if (!are_pages_due(whole, state))
		return;
	pca_fetch_resume(state->fetch);
	fetch_rows(whole, node, state);
}

/* All pages of the first request were fetched.  Returns true if the other requests are due. */
static bool
are_other_requests_due(PcaWholeTable *whole, PcaScanState *state)
{
	int			nrequests = whole->current->nrequests;

	note_pages(whole, (double) Max(pca_fetch_stats(state->fetch)->pages, 1) * nrequests);
	return nrequests > 1 && are_pages_due(whole, state);
}

/* Fetch all pages, or only some.  Returns true if all rows are kept. */
static bool
fetch_pages(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	bool		is_complete;

	pca_scan_rows_end_fetch(state);
	begin_fetch(whole, node, state, true);
	fetch_rows(whole, node, state);
	if (!state->done)
		fetch_other_pages(whole, node, state);
	if (!state->done)
		return false;
	is_complete = whole->current->nrequests == 1;
	if (are_other_requests_due(whole, state))
	{
		pca_scan_rows_end_fetch(state);
		begin_fetch(whole, node, state, false);
		fetch_rows(whole, node, state);
		is_complete = true;
	}
	if (!is_complete)
		return false;
	pca_rescan_cache_set_complete(whole->rows, state->table->name);
	whole->current->refused = !pca_rescan_cache_is_complete(whole->rows);
	return !whole->current->refused;
}

/*
 * Prepare to add the rows of the current partition.  Returns false if they are there
 * already.
 */
static bool
begin_partition_rows(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	MemoryContext caller = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);

	if (!whole->rows)
		whole->rows = pca_rescan_cache_create(state->desc, false);
	MemoryContextSwitchTo(caller);
	whole->read_number = whole->current->number;
	return pca_rescan_cache_select(whole->rows, whole->current->key) != PCA_RESCAN_RESULT_COMPLETE;
}

/* Forget rows that are not all rows of their partition. */
static void
forget_partition_rows(PcaWholeTable *whole)
{
	whole->read_number = 0;
	if (whole->nkept == 0)
		pca_rescan_cache_free(&whole->rows);
	else
		(void) pca_rescan_cache_select(whole->rows, "");
}

bool
pca_whole_table_fetch(PcaWholeTable *whole, ForeignScanState *node, PcaScanState *state)
{
	bool		no_wait = state->no_wait;

	find_current_partition(whole, node, state);
	if (!whole->current || whole->current->refused)
		return false;
	state->no_wait = false;
	whole->current->kept = !begin_partition_rows(whole, node, state) || fetch_pages(whole, node, state);
	state->no_wait = no_wait;
	pca_scan_rows_end_fetch(state);
	whole->nkept += whole->current->kept;
	if (!whole->current->kept)
		forget_partition_rows(whole);
	return whole->current->kept;
}

bool
pca_whole_table_is_kept(const PcaWholeTable *whole)
{
	return whole && whole->current && whole->current->kept;
}

/* ---- the rows of one rescan ---- */

/* Append the bytes of a value. */
static void
add_value_to_key(StringInfo key, Datum value, Oid type)
{
	int16		length;
	bool		by_value;
	const unsigned char *bytes;
	Size		size;

	get_typlenbyval(type, &length, &by_value);
	if (by_value)
	{
		appendStringInfo(key, "%llx;", (unsigned long long) value);
		return;
	}
	if (length == -1)
		value = PointerGetDatum(PG_DETOAST_DATUM(value));
	size = datumGetSize(value, by_value, length);
	bytes = (const unsigned char *) DatumGetPointer(value);
	appendStringInfo(key, "%zu:", size);
	for (Size i = 0; i < size; i++)
		appendStringInfo(key, "%02x", bytes[i]);
}

char *
pca_whole_table_make_key(PcaWholeTable *whole)
{
	StringInfoData key;
	ListCell   *value;
	ListCell   *type;

	initStringInfo(&key);
	appendStringInfo(&key, "%d/", whole->current->number);
	forboth(value, whole->values, type, whole->types)
	{
		bool		is_null;
		Datum		datum = ExecEvalExprSwitchContext(lfirst(value), whole->econtext, &is_null);

		if (is_null)
			appendStringInfoChar(&key, '-');
		else
			add_value_to_key(&key, datum, lfirst_oid(type));
	}
	ResetExprContext(whole->econtext);
	return key.data;
}

void
pca_whole_table_rewind(PcaWholeTable *whole)
{
	(void) pca_rescan_cache_rewind(whole->rows);
}

bool
pca_whole_table_read_row(PcaWholeTable *whole, TupleTableSlot *slot)
{
	while (pca_rescan_cache_read(whole->rows, slot))
	{
		whole->econtext->ecxt_scantuple = slot;
		ResetExprContext(whole->econtext);
		if (ExecQual(whole->quals, whole->econtext))
			return true;
		ExecClearTuple(slot);
	}
	return false;
}

void
pca_whole_table_free(PcaWholeTable *whole)
{
	if (whole)
		pca_rescan_cache_free(&whole->rows);
}
