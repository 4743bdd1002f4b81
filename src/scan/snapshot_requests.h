/*
 * snapshot_requests.h
 *		The requests of a history, one for each day.
 */
#ifndef PCA_SNAPSHOT_REQUESTS_H
#define PCA_SNAPSHOT_REQUESTS_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "compat.h"
#include "request/request.h"
#include "request/snapshot_dates.h"

/*
 * Determine the days ("2018-10-14") that the plan's conditions on snapshot_date select,
 * as pca_snapshot_dates_resolve() does, in the order that the plan requests.
 * *omits_days is true if there are more days, and the query has a LIMIT, which the
 * latest max_snapshots days may meet: these are the result then, the latest one first.
 */
extern PcaSnapshotResult pca_snapshot_requests_find_days(const PcaRequestPlan *plan, const PcaTable *table,
														 const PcaParams *params, List **days,
														 int64 *count, bool *omits_days);

/*
 * Returns each of the requests for each day that the plan's conditions on
 * snapshot_date select with these parameters.  *omits_days as above.  Current memory
 * context.  Errors: there is no first day, or there are more days than max_snapshots.
 */
extern List *pca_snapshot_requests_make(List *requests, const PcaRequestPlan *plan, const PcaTable *table,
										const PcaParams *params, bool *omits_days);

/*
 * Returns true if the row of a day, which is stored in the slot, makes other rows of
 * the day unnecessary, where one row of each day is needed: it satisfies the node's
 * conditions, or these depend on the day alone.
 */
extern bool pca_snapshot_requests_is_row_enough(ForeignScanState *node, const PcaRequestPlan *plan,
												TupleTableSlot *slot);

/*
 * Raise an error: the days that were requested do not have enough rows for the LIMIT,
 * and other days were omitted.
 */
PCA_NORETURN extern void pca_snapshot_requests_raise_omitted(const PcaTable *table);

#endif							/* PCA_SNAPSHOT_REQUESTS_H */
