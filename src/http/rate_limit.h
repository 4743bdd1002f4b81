/*
 * rate_limit.h
 *		How often a server is asked: option max_requests_per_minute.
 */
#ifndef PCA_RATE_LIMIT_H
#define PCA_RATE_LIMIT_H

#include "postgres.h"

/*
 * When the next request may be sent to the server, in pca_pollset_now()'s time,
 * so that no minute has more than per_minute; 0: now.  per_minute 0: no limit.
 */
extern int64 pca_rate_limit_next(Oid serverid, int per_minute);

/* A request is sent. */
extern void pca_rate_limit_record(Oid serverid, int per_minute);

#endif							/* PCA_RATE_LIMIT_H */
