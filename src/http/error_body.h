/*
 * error_body.h
 *		Reads the JSON body of an error response (api-notes 7.1).
 */
#ifndef PCA_ERROR_BODY_H
#define PCA_ERROR_BODY_H

#include "postgres.h"

#include "http/transfer.h"

/*
 * The content of an error body: printable texts without secrets of the request, in the
 * server encoding, or NULL.
 */
typedef struct PcaErrorBody
{
	char	   *code;			/* the API's own error code, or OAuth's */
	char	   *description;	/* the main text */
	char	   *others;			/* the other members: path "text", path "text" */
} PcaErrorBody;

/*
 * Read a body of JSON: an object, with the error itself or with a member that is
 * the error, an array of such objects, or a string.  Members that only programs
 * use, such as stack traces, and those that may be secrets are left out.  Returns
 * false if the body is not JSON or has no text.  Current memory context.  Errors:
 * out of memory.
 */
extern bool pca_error_body_read(const PcaTransfer *transfer, const char *data, size_t length,
								PcaErrorBody *body);

#endif							/* PCA_ERROR_BODY_H */
