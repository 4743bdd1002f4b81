/*
 * snapshot_dates.h
 *		Which days a history is asked for.
 */
#ifndef PCA_SNAPSHOT_DATES_H
#define PCA_SNAPSHOT_DATES_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "request/filter_expr.h"

/* What came of looking for days. */
typedef enum PcaSnapshotResult
{
	PCA_SNAPSHOT_DATES_FOUND,
	PCA_SNAPSHOT_DATES_UNBOUNDED,	/* no condition says with which day to
									 * begin */
	PCA_SNAPSHOT_DATES_TOO_MANY,
	PCA_SNAPSHOT_DATES_UNKNOWN	/* the parameters' values are not known */
} PcaSnapshotResult;

/*
 * The days ("2018-10-14") that the conditions on snapshot_date leave, at most
 * so many; a range ends today.  NIL when there are none.  term: their
 * conjunction, or NULL.  *count: how many there are.  Current memory context.
 */
extern PcaSnapshotResult pca_snapshot_dates_resolve(const PcaFilterExpr *term, const PcaParams *params,
													int most, List **days, int64 *count);

/*
 * Roughly how many days the conditions leave, for estimates: values of a list,
 * else a month; 0 when nothing bounds them.
 */
extern double pca_snapshot_dates_estimate(const PcaFilterExpr *term);

#endif							/* PCA_SNAPSHOT_DATES_H */
