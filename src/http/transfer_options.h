/*
 * transfer_options.h
 *		Sets the options of libcurl that follow from a request alone.
 */
#ifndef PCA_TRANSFER_OPTIONS_H
#define PCA_TRANSFER_OPTIONS_H

#include "postgres.h"

#include <curl/curl.h>

#include "http/transfer.h"

/*
 * Set which protocols, certificates and proxy a handle may use, and how it
 * connects.  libcurl copies the texts.  Returns the first code that is not
 * CURLE_OK.  Raises no error.
 */
extern CURLcode pca_transfer_options_set(CURL *easy, const PcaHttpRequest *request);

/* Set one option, unless an earlier one could not be set; rc is a CURLcode. */
#define PCA_TRANSFER_SET(easy, rc, option, value) \
	do { \
		if ((rc) == CURLE_OK) \
			(rc) = curl_easy_setopt(easy, option, value); \
	} while (0)

#endif							/* PCA_TRANSFER_OPTIONS_H */
