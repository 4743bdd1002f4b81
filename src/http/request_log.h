/*
 * request_log.h
 *		Remembers the latest requests of the session.
 */
#ifndef PCA_REQUEST_LOG_H
#define PCA_REQUEST_LOG_H

#include "postgres.h"

#include "datatype/timestamp.h"

/*
 * Number of requests that are remembered, at some kB each: those of a query that
 * fetches a hundred pages, with their retries.
 */
#define PCA_REQUEST_LOG_SIZE	256

/* Bytes of a GUID with its terminating null. */
#define PCA_REQUEST_LOG_GUID_SIZE	37

/* A request that has been started. */
typedef struct PcaRequestLogEntry
{
	uint64		number;			/* in the session, from 1; 0: no request */
	Oid			userid;			/* role that the request was sent for */
	TimestampTz began;
	char	   *url;			/* without secrets */
	int			attempt;		/* from 1; 0: the response was cached, and
								 * nothing was sent */
	int			status;			/* of HTTP; 0: no response so far */
	int64		rows;			/* read from the response; -1: it is not a
								 * request for rows */
	int64		bytes;			/* of the body, before decompression */
	int64		began_ms;		/* pca_pollset_now()'s time */
	int64		age_ms;			/* of a cached response */
	int64		duration_ms;	/* from start to end; -1: it has not ended */
	char		request_id[PCA_REQUEST_LOG_GUID_SIZE];	/* empty: it has none */
	char		correlation_id[PCA_REQUEST_LOG_GUID_SIZE];
	char	   *error;			/* why the response was not used, or NULL */
} PcaRequestLogEntry;

/* Setting pc_analytics_fdw.log_requests. */
extern bool pca_request_log_to_server;

/*
 * Add a request that begins.  Role, URL, attempt, rows and identifiers are taken
 * from about; texts are copied and cut to a limit.  Returns the request's number,
 * which is valid for the session.  Errors: out of memory.
 */
extern uint64 pca_request_log_begin(const PcaRequestLogEntry *about);

/* Record that this many rows of the response have been read.  Raises no error. */
extern void pca_request_log_rows(uint64 number, int64 rows);

/*
 * Record why the response was not used: printable text without secrets.  Errors:
 * out of memory.
 */
extern void pca_request_log_error(uint64 number, const char *error);

/*
 * Record the end of a request: its HTTP status (0: no response) and the bytes of
 * the body.  Writes the entry to the server's log if the setting is on.  May be
 * called while a transaction aborts.  Raises no error.
 */
extern void pca_request_log_end(uint64 number, int status, int64 bytes);

/*
 * Returns the i-th (from 0) of the remembered requests of that role, newest first;
 * NULL after the last.  It is valid until the next request begins.
 */
extern const PcaRequestLogEntry *pca_request_log_entry(int i, Oid userid);

#endif							/* PCA_REQUEST_LOG_H */
