/*
 * snapshot_requests.c
 *		The requests of a history, one for each day.
 */
#include "postgres.h"

#include "request/snapshot_dates.h"
#include "scan/snapshot_requests.h"

/* Raise an error if a history cannot be read for the days that were found. */
static void
check_snapshot_days(const PcaRequestPlan *plan, const PcaTable *table, PcaSnapshotResult found, int64 count)
{
	if (found == PCA_SNAPSHOT_DATES_UNBOUNDED)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("foreign table \"%s\" needs a condition on snapshot_date that says with which day to begin", table->name),
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

List *
pca_snapshot_requests_make(List *requests, const PcaRequestPlan *plan, const PcaTable *table,
						   const PcaParams *params)
{
	List	   *days;
	int64		count;
	PcaSnapshotResult found = pca_snapshot_dates_resolve(plan->snapshot, params, table->server->max_snapshots,
														 &days, &count);

	check_snapshot_days(plan, table, found, count);
	return pca_request_for_days(requests, days);
}
