/*
 * response_header.h
 *		The header fields of a response, read through libcurl.
 */
#ifndef PCA_RESPONSE_HEADER_H
#define PCA_RESPONSE_HEADER_H

#include "postgres.h"

#include "http/framing.h"

typedef enum PcaResponseHeaderResult
{
	PCA_RESPONSE_HEADER_ACCEPTED,
	PCA_RESPONSE_HEADER_AMBIGUOUS,	/* it is not clear where the body ends */
	PCA_RESPONSE_HEADER_UNREQUESTED /* the body has an encoding that was not
									 * requested */
} PcaResponseHeaderResult;

/*
 * The value of the first header field of that name, without regard to case; NULL
 * when there is none.  easy is the CURL * of the transfer, as long as which the
 * value lives.  No function of this header allocates or raises an error.
 */
extern const char *pca_response_header_value(void *easy, const char *name);

/*
 * Read into *framing what the complete header fields say about the body.  If the
 * response is not accepted, detail (of size bytes) gets the reason: a sentence
 * without its period, which may hold bytes of the response.  compression: gzip
 * and deflate were requested.
 */
extern PcaResponseHeaderResult pca_response_header_read(void *easy, bool compression, PcaFraming *framing,
														char *detail, size_t size);

#endif							/* PCA_RESPONSE_HEADER_H */
