/*
 * http_error.h
 *		How an answer that is no use is told to a person.
 */
#ifndef PCA_HTTP_ERROR_H
#define PCA_HTTP_ERROR_H

#include "postgres.h"

#include "compat.h"
#include "http/transfer.h"

/* The longest text of somebody else's in our errors, in characters (api-notes 7.1). */
#define PCA_HTTP_ERROR_TEXT_MAX	1024

/* How much of an unreadable answer is shown, in characters. */
#define PCA_HTTP_ERROR_EXCERPT_MAX	120

/*
 * The largest answer that is read for its error, in bytes.  The documented ones
 * are below 1 kB; a gateway's page of HTML is some tens.
 */
#define PCA_HTTP_ERROR_BODY_MAX	((size_t) 64 * 1024)

/* What a refusal says. */
typedef struct PcaHttpError
{
	int			status;			/* HTTP's */
	char	   *code;			/* the API's own, or NULL */
	bool		says_no_user;	/* it says that the token has no user */
	char	   *detail;			/* all that is known, as sentences */
	const char *status_hint;	/* instead of the hint for the status, or NULL */
} PcaHttpError;

/* The hint for a token that has no user. */
#define PCA_HTTP_ERROR_NO_USER_HINT \
	"The analytics resources need a user's token: set the user mapping's option \"refresh_token\"."

/*
 * Bytes from outside as text that may stand in an error: in the server
 * encoding, on one line, without control characters, what is not UTF-8 or has
 * no like in the server encoding replaced by "?", "..." behind limit
 * characters.  palloc'd; never raises.
 */
extern char *pca_http_error_text(const char *data, size_t length, int limit);

/* What was sent with a request, and is named when the answer does not name it. */
typedef struct PcaRequestIds
{
	const char *request_id;		/* or empty */
	const char *correlation_id;
} PcaRequestIds;

/*
 * The same of what an answer says, without the secrets that its request carried.
 */
extern char *pca_http_error_quote(const PcaTransfer *transfer, const char *data,
								  size_t length, int limit);

/*
 * How many bytes of an answer pca_http_error_quote() looks at for so many characters:
 * more than it shows, so that a secret is known that reaches beyond.
 */
#define PCA_HTTP_ERROR_BYTES(limit)	((size_t) (limit) * 4 + 64)

/*
 * Read what a refusal says, leniently (api-notes 7.1): its body in any of the
 * API's shapes, or plain text, and the headers that support asks for.
 * Current memory context.
 */
extern PcaHttpError pca_http_error_read(PcaTransfer *transfer, PcaRequestIds sent);

/*
 * What the API's support asks for, as sentences: the answer's HTTP status, if
 * there is one, and its headers MS-RequestId, MS-CorrelationId, MS-CV and
 * MS-ServerId (api-notes 4.10).  Current memory context.
 */
extern char *pca_http_error_response_detail(PcaTransfer *transfer, PcaRequestIds sent);

/*
 * Raise the error of a refusal.  what: the sentence that the message begins
 * with.  attempts: how often it was tried.  hint: instead of the table's, or
 * NULL.
 */
PCA_NORETURN extern void pca_http_error_raise(const char *what, const PcaHttpError *refusal,
											  int attempts, const char *hint);

/* Raise the error of a transfer that failed.  answer: see pca_http_error_response_detail(). */
PCA_NORETURN extern void pca_http_error_raise_transfer(const char *what, const PcaTransfer *transfer,
													   const char *answer, int attempts);

#endif							/* PCA_HTTP_ERROR_H */
