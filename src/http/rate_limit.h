/*
 * rate_limit.h
 *		Limits the requests to a server: option max_requests_per_minute.
 */
#ifndef PCA_RATE_LIMIT_H
#define PCA_RATE_LIMIT_H

#include "postgres.h"

/*
 * Returns when the next request may be sent to the server, in pca_pollset_now()'s
 * time, so that no minute has more than per_minute requests of this session; 0:
 * now.  per_minute 0: no limit.  Errors: out of memory.
 */
extern int64 pca_rate_limit_next(Oid serverid, int per_minute);

/* Record that a request is sent now.  Errors: out of memory. */
extern void pca_rate_limit_record(Oid serverid, int per_minute);

#endif							/* PCA_RATE_LIMIT_H */
