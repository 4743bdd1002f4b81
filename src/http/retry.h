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
 * Returns the wait in a value of Retry-After, in ms: the value is a number of
 * seconds or a date (api-notes 7.4).  -1 if it is NULL or neither.
 */
extern int64 pca_retry_parse_after(const char *header);

/*
 * Returns the wait before the next attempt, in ms.  requested_ms: the wait in
 * Retry-After, or -1; a little is added to it, so that not all sessions return at once.
 * Without it, the wait is twice as long after each failure, at most max_ms.  failures:
 * how often the request has failed, from 1.
 */
extern int64 pca_retry_wait_ms(int failures, int64 requested_ms, int64 max_ms);

#endif							/* PCA_RETRY_H */
