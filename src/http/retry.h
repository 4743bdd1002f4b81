/*
 * retry.h
 *		Whether and when a request that failed is sent again.
 */
#ifndef PCA_RETRY_H
#define PCA_RETRY_H

#include "postgres.h"

#include "http/transfer.h"

/*
 * Whether an answer of that HTTP status may be another one next time
 * (api-notes 7.2).
 */
extern bool pca_retry_is_retryable_status(int status);

/* Whether a transfer that failed so may succeed next time. */
extern bool pca_retry_is_retryable_failure(PcaFailure failure);

/*
 * What a Retry-After header asks for, in ms from now: it gives seconds or a
 * date (api-notes 7.4).  -1 when it is absent or neither.
 */
extern int64 pca_retry_parse_after(const char *header);

/*
 * How long to wait before the next attempt, in ms: what the server asked for
 * (-1: it did not), a little more so that not all sessions come back at once;
 * else twice as long after each failure, at most most ms.  failures: how often
 * the request has failed, from 1.
 */
extern int64 pca_retry_wait_ms(int failures, int64 asked, int64 most);

#endif							/* PCA_RETRY_H */
