/*
 * retry.h
 *		Decides if and when a request that failed is retried.
 */
#ifndef PCA_RETRY_H
#define PCA_RETRY_H

#include "postgres.h"

#include "http/transfer.h"

/*
 * Returns true if a request whose response has that HTTP status may be retried
 * (api-notes 7.2).
 */
extern bool pca_retry_is_retryable_status(int status);

/* Returns true if a request whose transfer failed like that may be retried. */
extern bool pca_retry_is_retryable_failure(PcaFailure failure);

/*
 * Returns the wait that a value of Retry-After asks for, in ms: it is a number of
 * seconds or a date (api-notes 7.4).  -1 if it is NULL or neither.
 */
extern int64 pca_retry_parse_after(const char *header);

/*
 * Returns the wait before the next attempt, in ms: what the server asks for (-1: it
 * does not) and a little more, so that not all sessions return at once; otherwise
 * twice as long after each failure, at most most ms.  failures: how often the
 * request has failed, from 1.
 */
extern int64 pca_retry_wait_ms(int failures, int64 asked, int64 most);

#endif							/* PCA_RETRY_H */
