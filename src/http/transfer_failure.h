/*
 * transfer_failure.h
 *		Classifies the result codes of libcurl.
 */
#ifndef PCA_TRANSFER_FAILURE_H
#define PCA_TRANSFER_FAILURE_H

#include "postgres.h"

#include <curl/curl.h>

#include "http/transfer.h"

/*
 * Returns the class of failure that a libcurl code means; PCA_FAILURE_OTHER for
 * those that callers do not distinguish.
 */
extern PcaFailure pca_transfer_failure_from_curl(CURLcode code);

#endif							/* PCA_TRANSFER_FAILURE_H */
