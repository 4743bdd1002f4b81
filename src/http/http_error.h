/*
 * http_error.h
 *		Raises errors for responses and transfers that failed.
 */
#ifndef PCA_HTTP_ERROR_H
#define PCA_HTTP_ERROR_H

#include "postgres.h"

#include "compat.h"
#include "http/transfer.h"

/* Characters of a text from outside that an error shows (api-notes 7.1). */
#define PCA_HTTP_ERROR_TEXT_MAX	1024

/* Characters of a body that cannot be parsed that an error shows. */
#define PCA_HTTP_ERROR_EXCERPT_MAX	120

/*
 * Bytes of an error body that are read.  The documented ones have less than 1 kB, a
 * gateway's HTML page some tens.
 */
#define PCA_HTTP_ERROR_BODY_MAX	((size_t) 64 * 1024)

/* An error response. */
typedef struct PcaHttpError
{
	int			status;			/* HTTP's */
	char	   *code;			/* the API's own, or NULL */
	bool		says_no_user;	/* the body says that the token has no user */
	char	   *detail;			/* status, code, texts and identifiers, as
								 * sentences */
	const char *status_hint;	/* instead of the hint for the status, or NULL */
	const char *no_user_hint;	/* the hint if the token has no user, or NULL */
} PcaHttpError;

/*
 * Returns bytes from outside as a text for an error: in the server encoding, on one
 * line, without control characters; "?" in place of what is not UTF-8 or does not
 * exist in the server encoding, and "..." after limit characters.  palloc'd.
 * Errors: out of memory.
 */
extern char *pca_http_error_text(const char *data, size_t length, int limit);

/* Whose response or connection a message is about. */
typedef enum PcaHttpPeer
{
	PCA_HTTP_PEER_API,
	PCA_HTTP_PEER_SIGN_IN		/* the sign-in service */
} PcaHttpPeer;

/* Identifiers of a request, shown if the response does not repeat them. */
typedef struct PcaRequestIds
{
	const char *request_id;		/* or empty */
	const char *correlation_id;
} PcaRequestIds;

/*
 * Returns bytes of a response as pca_http_error_text() does, with the secrets of its
 * request redacted.  Palloc'd.  Errors: out of memory.
 */
extern char *pca_http_error_quote(const PcaTransfer *transfer, const char *data,
								  size_t length, int limit);

/*
 * Bytes that pca_http_error_quote() examines for that many characters: more than it
 * shows, so that a secret is recognized that extends beyond them.
 */
#define PCA_HTTP_ERROR_BYTES(limit)	((size_t) (limit) * 4 + 64)

/*
 * Read an error response (api-notes 7.1): its body, in one of the forms of JSON or
 * as plain text, and the header fields that support needs.  Current memory
 * context.  Errors: out of memory.
 */
extern PcaHttpError pca_http_error_read(PcaTransfer *transfer, PcaRequestIds sent);

/*
 * Returns what support needs, as sentences: the response's HTTP status, if there
 * is one, and its header fields MS-RequestId, MS-CorrelationId, MS-CV and
 * MS-ServerId (api-notes 4.10).  Current memory context.  Errors: out of memory.
 */
extern char *pca_http_error_response_detail(PcaTransfer *transfer, PcaRequestIds sent);

/*
 * Raise the error for an error response of the API.  attempts: how often the request
 * was sent.  hint: replaces that of the status or code, or NULL.
 */
PCA_NORETURN extern void pca_http_error_raise(const PcaHttpError *refusal, int attempts,
											  const char *hint);

/*
 * Raise the error for a transfer that failed.  response_detail: see
 * pca_http_error_response_detail().  attempts: how often the request was sent.
 */
PCA_NORETURN extern void pca_http_error_raise_transfer(PcaHttpPeer peer, const PcaTransfer *transfer,
													   const char *response_detail, int attempts);

#endif							/* PCA_HTTP_ERROR_H */
