/*
 * list_requests.h
 *		Decides if a divided IN list is sent, or the whole table is read.
 */
#ifndef PCA_LIST_REQUESTS_H
#define PCA_LIST_REQUESTS_H

#include "postgres.h"

#include "request/request.h"

/*
 * Returns true if the rows can be fetched without a condition of the plan, which is
 * evaluated locally, as pages that are numbered by skip.  A query of a few rows must not
 * fail because of option max_rows.
 */
extern bool pca_list_requests_may_read_whole_table(const PcaRequestPlan *plan, const PcaTable *table);

/*
 * Returns the request without the list, if the requests are parts of an IN list and may
 * be more than the pages that it has; else NULL.  The first page then tells how many
 * rows there are.  Current memory context.
 */
extern PcaRequest *pca_list_requests_make_whole(List *requests, const PcaRequestPlan *plan,
												const PcaTable *table, const PcaParams *params);

/*
 * Returns true if that many parts are fewer requests than the pages, the first of which
 * has first_rows rows.  most_rows: that there are at most; -1 if not known.
 */
extern bool pca_list_requests_are_fewer(int nparts, int64 first_rows, int64 most_rows);

#endif							/* PCA_LIST_REQUESTS_H */
