/*
 * request_log.h
 *		The requests that the current session has made lately.
 */
#ifndef PCA_REQUEST_LOG_H
#define PCA_REQUEST_LOG_H

#include "postgres.h"

#include "datatype/timestamp.h"

/*
 * How many requests are remembered: those of a query that asks a hundred pages
 * with their retries, at some kB each.
 */
#define PCA_REQUEST_LOG_SIZE	256

/* Room for a GUID and its end. */
#define PCA_REQUEST_LOG_GUID_SIZE	37

/* One request, from its start on. */
typedef struct PcaRequestLogEntry
{
	uint64		number;			/* of requests of the session, from 1; 0: none */
	Oid			userid;			/* as whom it was made */
	TimestampTz began;
	char	   *url;			/* without a secret */
	int			attempt;		/* from 1 */
	int			status;			/* HTTP's; 0: no answer so far */
	int64		rows;			/* that were read of its answer; -1: it is
								 * none that has rows */
	int64		bytes;			/* of the answer's body on the wire */
	int64		began_ms;		/* pca_pollset_now()'s time */
	int64		ms;				/* from its start to its end; -1: it is on its
								 * way */
	char		request_id[PCA_REQUEST_LOG_GUID_SIZE];	/* empty: it had none */
	char		correlation_id[PCA_REQUEST_LOG_GUID_SIZE];
	char	   *error;			/* why it was no use, or NULL */
} PcaRequestLogEntry;

/* Setting pc_analytics_fdw.log_requests. */
extern bool pca_request_log_to_server;

/*
 * A request begins: its role, URL, attempt and identifiers are taken from
 * about, everything else is set.  Texts are copied, long ones cut.  Returns its
 * number, which is good for the session.  Errors: out of memory.
 */
extern uint64 pca_request_log_begin(const PcaRequestLogEntry *about);

/* So many rows of its answer were read. */
extern void pca_request_log_rows(uint64 number, int64 rows);

/* Why it was no use: printable text without a secret.  Errors: out of memory. */
extern void pca_request_log_error(uint64 number, const char *error);

/*
 * It has ended: with that HTTP status (0: without an answer) and so many bytes.
 * Written to the server's log if that is wanted.  May be called while a
 * transaction aborts; raises nothing.
 */
extern void pca_request_log_end(uint64 number, int status, int64 bytes);

/*
 * The i-th (0, 1, ...) of the remembered requests that were made as that role,
 * newest first; NULL behind the last.  Valid until the next begins.
 */
extern const PcaRequestLogEntry *pca_request_log_entry(int i, Oid userid);

#endif							/* PCA_REQUEST_LOG_H */
