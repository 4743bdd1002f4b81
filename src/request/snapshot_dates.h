/*
 * snapshot_dates.h
 *		Days of snapshots that a query of a history table needs.
 */
#ifndef PCA_SNAPSHOT_DATES_H
#define PCA_SNAPSHOT_DATES_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "request/filter_expr.h"

/* Result of determining the days. */
typedef enum PcaSnapshotResult
{
	PCA_SNAPSHOT_DATES_FOUND,
	PCA_SNAPSHOT_DATES_UNBOUNDED,	/* no condition has a first day */
	PCA_SNAPSHOT_DATES_TOO_MANY,
	PCA_SNAPSHOT_DATES_UNKNOWN	/* values of parameters are not known */
} PcaSnapshotResult;

/*
 * Determine the days ("2018-10-14") that satisfy the conditions on snapshot_date, up
 * to today unless they are listed.  expr is the conjunction of the conditions, or
 * NULL.  *days is the list of them (char *), or NIL if the result is not
 * PCA_SNAPSHOT_DATES_FOUND or no day satisfies the conditions.  *count is their
 * number, also if they are more than max_days.  Raises the errors of the parameters'
 * expressions.  Current memory context.
 */
extern PcaSnapshotResult pca_snapshot_dates_resolve(const PcaFilterExpr *expr, const PcaParams *params,
													int max_days, List **days, int64 *count);

/*
 * Determine the last max_days of the days that satisfy the conditions, the latest one
 * first, where pca_snapshot_dates_resolve() finds no first day or too many days.
 * Days after today count only if they are listed.  Arguments as above.
 */
extern List *pca_snapshot_dates_last(const PcaFilterExpr *expr, const PcaParams *params, int max_days);

/*
 * Returns an estimate of the number of days for the planner: the values of a list,
 * or a month for a range; 0 if no condition has a first day.
 */
extern double pca_snapshot_dates_estimate(const PcaFilterExpr *expr);

#endif							/* PCA_SNAPSHOT_DATES_H */
