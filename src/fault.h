/*
 * fault.h
 *		How an answer that is no use is told to a person.
 */
#ifndef PCA_FAULT_H
#define PCA_FAULT_H

#include "postgres.h"

#include "compat.h"
#include "transfer.h"

/* The longest text of somebody else's in our errors, in characters (api-notes 7.1). */
#define PCA_FAULT_TEXT	1024

/* How much of an unreadable answer is shown, in characters. */
#define PCA_FAULT_GLIMPSE	120

/*
 * The largest answer that is read for its error, in bytes.  The documented ones
 * are below 1 kB; a gateway's page of HTML is some tens.
 */
#define PCA_FAULT_BODY	((size_t) 64 * 1024)

/* What a refusal says. */
typedef struct PcaRefusal
{
	int			status;			/* HTTP's */
	char	   *code;			/* the API's own, or NULL */
	char	   *detail;			/* all that is known, as sentences */
} PcaRefusal;

/*
 * Bytes from outside as text that may stand in an error: in the server
 * encoding, on one line, without control characters, what is not UTF-8 or has
 * no like in the server encoding replaced by "?", "..." behind limit
 * characters.  palloc'd; never raises.
 */
extern char *pca_fault_text(const char *data, size_t length, int limit);

/* What was sent with a request, and is named when the answer does not name it. */
typedef struct PcaFaultSent
{
	const char *request_id;		/* or empty */
	const char *correlation_id;
} PcaFaultSent;

/*
 * The same of what an answer says, without the secrets that its request carried.
 */
extern char *pca_fault_quote(const PcaTransfer *transfer, const char *data,
							 size_t length, int limit);

/*
 * How many bytes of an answer pca_fault_quote() looks at for so many characters:
 * more than it shows, so that a secret is known that reaches beyond.
 */
#define PCA_FAULT_BYTES(limit)	((size_t) (limit) * 4 + 64)

/*
 * Read what a refusal says, leniently (api-notes 7.1): its body in any of the
 * API's shapes, or plain text, and the headers that support asks for.
 * Current memory context.
 */
extern PcaRefusal pca_fault_read(PcaTransfer *transfer, PcaFaultSent sent);

/*
 * What the API's support asks for, as sentences: the answer's HTTP status, if
 * there is one, and its headers MS-RequestId, MS-CorrelationId, MS-CV and
 * MS-ServerId (api-notes 4.10).  Current memory context.
 */
extern char *pca_fault_answer(PcaTransfer *transfer, PcaFaultSent sent);

/*
 * Raise the error of a refusal.  what: the sentence that the message begins
 * with.  attempts: how often it was tried.  hint: instead of the table's, or
 * NULL.
 */
PCA_NORETURN extern void pca_fault_refused(const char *what, const PcaRefusal *refusal,
							  int attempts, const char *hint);

/* Raise the error of a transfer that failed.  answer: see pca_fault_answer(). */
PCA_NORETURN extern void pca_fault_failed(const char *what, const PcaTransfer *transfer,
							 const char *answer, int attempts);

#endif							/* PCA_FAULT_H */
