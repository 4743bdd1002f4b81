/*
 * snapshot_requests.h
 *		The requests of a history, one for each day.
 */
#ifndef PCA_SNAPSHOT_REQUESTS_H
#define PCA_SNAPSHOT_REQUESTS_H

#include "postgres.h"

#include "request/request.h"

/*
 * Returns each of the requests for each day that the plan's conditions on
 * snapshot_date select with these parameters.  Current memory context.  Errors: no
 * condition has a first day, or there are more days than max_snapshots.
 */
extern List *pca_snapshot_requests_make(List *requests, const PcaRequestPlan *plan, const PcaTable *table,
										const PcaParams *params);

#endif							/* PCA_SNAPSHOT_REQUESTS_H */
