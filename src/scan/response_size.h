/*
 * response_size.h
 *		The number of rows that responses had, for later requests of the session.
 */
#ifndef PCA_RESPONSE_SIZE_H
#define PCA_RESPONSE_SIZE_H

#include "postgres.h"

#include "config/option.h"
#include "request/request.h"

/*
 * Returns the number of rows that the response to the same request had, when the session
 * last received all of it; -1 if not known.  It may have another number by now.
 * userid: whose user mapping is used.
 */
extern int64 pca_response_size_find(const PcaTable *table, Oid userid, const PcaRequest *request);

/* Record that all rows of a response were received.  rows: their number. */
extern void pca_response_size_remember(const PcaTable *table, Oid userid,
									   const PcaRequest *request, int64 rows);

#endif							/* PCA_RESPONSE_SIZE_H */
