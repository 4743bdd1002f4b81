/*
 * journal.h
 *		The requests that the current session has made lately.
 */
#ifndef PCA_JOURNAL_H
#define PCA_JOURNAL_H

#include "postgres.h"

#include "datatype/timestamp.h"

/*
 * How many requests are remembered: those of a query that asks a hundred pages
 * with their retries, at some kB each.
 */
#define PCA_JOURNAL_KEPT	256

/* Room for a GUID and its end. */
#define PCA_JOURNAL_GUID	37

/* One request, from its start on. */
typedef struct PcaJournalEntry
{
	uint64		number;			/* of requests of the session, from 1; 0: none */
	Oid			userid;			/* as whom it was made */
	TimestampTz began;
	char	   *url;			/* without a secret */
	int			attempt;		/* from 1 */
	int			status;			/* HTTP's; 0: no answer so far */
	int64		rows;			/* that were read of its answer; -1: it is none
								 * that has rows */
	int64		bytes;			/* of the answer's body on the wire */
	int64		began_ms;		/* pca_event_now()'s time */
	int64		ms;				/* from its start to its end; -1: it is on its way */
	char		request_id[PCA_JOURNAL_GUID];	/* empty: it had none */
	char		correlation_id[PCA_JOURNAL_GUID];
	char	   *error;			/* why it was no use, or NULL */
} PcaJournalEntry;

/* Setting pc_analytics_fdw.log_requests. */
extern bool pca_journal_log;

/*
 * A request begins: its role, URL, attempt and identifiers are taken from
 * about, everything else is set.  Texts are copied, long ones cut.  Returns its
 * number, which is good for the session.  Errors: out of memory.
 */
extern uint64 pca_journal_begin(const PcaJournalEntry *about);

/* So many rows of its answer were read. */
extern void pca_journal_rows(uint64 number, int64 rows);

/* Why it was no use: printable text without a secret.  Errors: out of memory. */
extern void pca_journal_error(uint64 number, const char *error);

/*
 * It has ended: with that HTTP status (0: without an answer) and so many bytes.
 * Written to the server's log if that is wanted.  May be called while a
 * transaction aborts; raises nothing.
 */
extern void pca_journal_end(uint64 number, int status, int64 bytes);

/*
 * The i-th (0, 1, ...) of the remembered requests that were made as that role,
 * newest first; NULL behind the last.  Valid until the next begins.
 */
extern const PcaJournalEntry *pca_journal_at(int i, Oid userid);

#endif							/* PCA_JOURNAL_H */
