/*
 * snapshot_requests.c
 *		The requests of a history, one for each day.
 */
#include "postgres.h"

#include "executor/executor.h"

#include "scan/snapshot_requests.h"

/* Raise an error if a history cannot be read for the days that were found. */
static void
check_snapshot_days(const PcaRequestPlan *plan, const PcaTable *table, PcaSnapshotResult found, int64 count)
{
	if (found == PCA_SNAPSHOT_DATES_UNBOUNDED)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("foreign table \"%s\" needs a condition on snapshot_date that gives the first day", table->name),
				 errhint("Add WHERE snapshot_date = '...', snapshot_date IN (...), snapshot_date >= '...', or join it with a table of days.")));
	if (found == PCA_SNAPSHOT_DATES_TOO_MANY)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("foreign table \"%s\" would be requested for " INT64_FORMAT " days", table->name, count),
				 errhint("Request fewer days, or raise the server's option \"max_snapshots\" (%d).",
						 table->server->max_snapshots)));
	if (!plan->grouped && !pca_option_processed_column(table) &&
		table->known.snapshot_parameter != PCA_SNAPSHOT_EXACT)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
				 errmsg("foreign table \"%s\" has no timestamp column for processedDateTime", table->name),
				 errdetail("Without it, rows of other days cannot be told from those of the requested day.")));
}

/* Returns true if the latest days may be enough, where not all days can be requested. */
static bool
may_omit_days(const PcaRequestPlan *plan, PcaSnapshotResult found)
{
	return plan->days_to_limit && (!plan->day_order || plan->descending) &&
		(found == PCA_SNAPSHOT_DATES_UNBOUNDED || found == PCA_SNAPSHOT_DATES_TOO_MANY);
}

static List *
reverse_list(List *list)
{
	List	   *reversed = NIL;

	for (int i = list_length(list) - 1; i >= 0; i--)
		reversed = lappend(reversed, list_nth(list, i));
	return reversed;
}

PcaSnapshotResult
pca_snapshot_requests_find_days(const PcaRequestPlan *plan, const PcaTable *table, const PcaParams *params,
								List **days, int64 *count, bool *omits_days)
{
	int			max_days = table->server->max_snapshots;
	PcaSnapshotResult found = pca_snapshot_dates_resolve(plan->snapshot, params, max_days, days, count);

	*omits_days = may_omit_days(plan, found);
	if (*omits_days)
	{
		*days = pca_snapshot_dates_last(plan->snapshot, params, max_days);
		*count = list_length(*days);
		return PCA_SNAPSHOT_DATES_FOUND;
	}
	if (plan->day_order && plan->descending)
		*days = reverse_list(*days);
	return found;
}

/* If days are omitted, they come one after the other, since the first ones may be enough. */
List *
pca_snapshot_requests_make(List *requests, const PcaRequestPlan *plan, const PcaTable *table,
						   const PcaParams *params, bool *omits_days)
{
	List	   *days;
	int64		count;
	PcaSnapshotResult found = pca_snapshot_requests_find_days(plan, table, params, &days, &count, omits_days);
	ListCell   *lc;

	check_snapshot_days(plan, table, found, count);
	requests = pca_request_for_days(requests, days);
	foreach(lc, requests)
	{
		if (*omits_days)
			((PcaRequest *) lfirst(lc))->ordered = true;
	}
	return requests;
}

/*
 * The conditions are neither volatile nor different in a rescan, since
 * PcaGrouping.row_per_day would be false.
 */
bool
pca_snapshot_requests_is_row_enough(ForeignScanState *node, const PcaRequestPlan *plan, TupleTableSlot *slot)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;

	if (plan->any_row_of_day)
		return true;
	econtext->ecxt_scantuple = slot;
	return ExecQual(node->ss.ps.qual, econtext);
}

void
pca_snapshot_requests_raise_omitted(const PcaTable *table)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
			 errmsg("the latest %d days of foreign table \"%s\" do not have enough rows for LIMIT",
					table->server->max_snapshots, table->name),
			 errdetail("Days before these were not requested."),
			 errhint("Add a condition that gives the first day, such as WHERE snapshot_date >= '...', or raise the server's option \"max_snapshots\".")));
}
