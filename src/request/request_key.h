/*
 * request_key.h
 *		A text that is equal for requests with the same response.
 */
#ifndef PCA_REQUEST_KEY_H
#define PCA_REQUEST_KEY_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "request/request.h"

/*
 * Returns a text that is equal for two lists of requests (PcaRequest *) of the same
 * scan only if the same rows are taken from their responses, with the current
 * settings.  Current memory context.
 */
extern char *pca_request_key_make(List *requests);

/*
 * Returns true if the requests have the same rows when they are sent again.  Where only
 * some rows of a day, or of the table, are returned, these may be others.
 */
extern bool pca_request_key_rows_are_repeatable(const PcaRequestPlan *plan);

#endif							/* PCA_REQUEST_KEY_H */
