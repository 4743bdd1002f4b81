/*
 * response_header.h
 *		Reads the header fields of a response through libcurl.
 */
#ifndef PCA_RESPONSE_HEADER_H
#define PCA_RESPONSE_HEADER_H

#include "postgres.h"

#include <curl/curl.h>

#include "http/framing.h"

typedef enum PcaResponseHeaderResult
{
	PCA_RESPONSE_HEADER_ACCEPTED,
	PCA_RESPONSE_HEADER_AMBIGUOUS,	/* it is not clear where the body ends */
	PCA_RESPONSE_HEADER_UNREQUESTED /* the body has an encoding that was not
									 * requested */
} PcaResponseHeaderResult;

/*
 * Returns the value of the first header field of that name, compared without
 * regard to case; NULL if there is none.  The value lives as long as easy.  No
 * function of this header allocates memory or raises an error.
 */
extern const char *pca_response_header_value(CURL *easy, const char *name);

/*
 * Read into *framing what the complete header fields say about the body.  If the
 * response is not accepted, detail (of size bytes) is set to the reason: a
 * sentence without its period, which may contain bytes of the response.
 * compression: true if gzip and deflate were requested.
 */
extern PcaResponseHeaderResult pca_response_header_read(CURL *easy, bool compression, PcaFraming *framing,
														char *detail, size_t size);

#endif							/* PCA_RESPONSE_HEADER_H */
