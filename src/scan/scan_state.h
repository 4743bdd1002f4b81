/*
 * scan_state.h
 *		The state of one scan, for the files that execute it.
 */
#ifndef PCA_SCAN_STATE_H
#define PCA_SCAN_STATE_H

#include "postgres.h"

#include "json/row_reader.h"
#include "planner/planner.h"
#include "scan/consistency.h"
#include "scan/customer_list.h"
#include "scan/fetch.h"
#include "scan/group_repeat.h"
#include "scan/parallel_scan.h"
#include "scan/recheck.h"
#include "scan/rescan_cache.h"
#include "scan/count_scan.h"
#include "scan/row_limit.h"

typedef struct PcaWholeTable PcaWholeTable;

/* Rows kept for rescans with equal requests. */
typedef struct PcaRescanState
{
	bool		keep_rows;		/* from the start where the plan announces
								 * rescans, else since the first one */
	bool		rewound;		/* no row was returned since the last rescan */
	PcaRescanCache *cache;		/* NULL: no row was returned yet, or none is
								 * kept */
	bool		has_beginning;	/* it has only the first rows of the current
								 * result, which has no fetch */
	int64		nrequests;		/* of the current result */
	PcaWholeTable *whole;		/* the rows without the conditions on outer
								 * rows; NULL if they are not needed */
} PcaRescanState;

/* The state of one scan; lives in the executor's per-query context. */
typedef struct PcaScanState
{
	PcaTable   *table;
	PcaScanPlan *plan;
	Oid			userid;			/* whose user mapping is used */
	TupleDesc	desc;
	List	   *params;			/* ExprState * */
	uint64		join_pass;		/* which reading of a hash join's other side
								 * the values sent are from */
	PcaRowReader *row;
	PcaRecheck *recheck;
	PcaGroupRepeat *repeat;		/* NULL: each item is one row */

	bool		started;		/* the requests of the current parameters are
								 * known */

	/* One fetch; its memory context is reset before the next one. */
	MemoryContext context;
	MemoryContext next_context; /* of requests that may not be sent */
	PcaFetch   *fetch;			/* NULL before the first row */
	PcaConsistency *consistency;	/* NULL before the first row */
	List	   *list_requests;	/* to be sent instead if the whole table has
								 * more pages; NIL once that is decided */
	PcaRescanCache *first_page; /* its rows, until they are returned; or NULL */
	PcaCustomerList *customer_list; /* where a request lists the customers */
	bool		done;			/* no more items are fetched */
	bool		omits_days;		/* of a history: earlier days, while a LIMIT
								 * may be met without them */
	bool		skips_request;	/* no more items of the last row's request are
								 * needed */
	PcaRowLimit limit;
	PcaCountScan count;
	int64		unfiltered_total;	/* TotalCount that a probe of an earlier
									 * fetch found; -1: none */

	bool		no_wait;		/* an Append that waits for several scans
								 * needs a row, if there is one */
	bool		blocked;		/* there was none without waiting */
	PcaRescanState rescan;
	bool		is_in_parallel; /* the node is executed by several processes */
	PcaParallelScan *parallel;	/* NULL: there are no workers */

	PcaFetchStats ended_stats;	/* of fetches that have ended */
	List	   *skipped;		/* char *: customers that these skipped */
} PcaScanState;

#endif							/* PCA_SCAN_STATE_H */
