/*
 * progress.h
 *		Reports the progress of running scans.
 *
 * A scan writes its progress into its backend's entry of PostgreSQL's backend status
 * array, which every session can read.  So the extension needs neither shared memory
 * of its own nor shared_preload_libraries, and an entry ends with its backend.  A
 * backend shows one scan: the one that reported last.
 */
#ifndef PCA_PROGRESS_H
#define PCA_PROGRESS_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "port/atomics.h"

#include "scan/throttle.h"

typedef struct PcaProgress PcaProgress;

/* The progress of a scan. */
typedef struct PcaProgressState
{
	int64		rows;			/* received so far */
	int64		total;			/* number of rows, or -1 if not known */
	int64		requests;		/* sent */
	int64		bytes;			/* received */
	PcaWaitReason wait_reason;	/* why no request is sent at the moment */
	int64		wait_ms;		/* rest of the wait, if there is a reason */
} PcaProgressState;

/* A scan of some backend. */
typedef struct PcaProgressShown
{
	int			pid;
	Oid			databaseid;
	Oid			userid;			/* role of the session */
	bool		running;		/* false: it shows no scan */
	Oid			relid;
	TimestampTz began;
	PcaProgressState state;		/* wait_ms is relative to the call */
} PcaProgressShown;

/* Setting pc_analytics_fdw.progress. */
extern bool pca_progress_notices;

/*
 * Begin to report a scan of that relation.  The result lives in that context, whose
 * reset ends the report.  name: the scan's name in notices, which must live as long.
 */
extern PcaProgress *pca_progress_begin(MemoryContext context, Oid relid, const char *name);

/*
 * Let one of the processes of a parallel scan send each notice.  noticed_ms is in
 * their shared memory, and 0 at first: the time of the last notice.
 */
extern void pca_progress_share(PcaProgress *progress, pg_atomic_uint64 *noticed_ms);

/*
 * Returns what a scan waits for, as the view and notices name it; NULL for
 * PCA_WAIT_NONE.  Static text.
 */
extern const char *pca_progress_wait_text(PcaWaitReason reason);

/*
 * Report the scan's progress.  This may be called often: state is written at most
 * ten times a second, and when a wait begins or ends, and a NOTICE is sent once a
 * second if the setting requires it.  whole: the sums over all processes of the scan,
 * for the NOTICE.
 */
extern void pca_progress_report(PcaProgress *progress, const PcaProgressState *state,
								const PcaProgressState *whole);

/*
 * Returns the longest wait, in ms, after which pca_progress_report() has to be called
 * again, so that a scan without progress sends notices as well: at most timeout
 * (0: no limit).
 */
extern int64 pca_progress_next_ms(int64 timeout);

/* End the report; a second call does nothing.  Raises no error. */
extern void pca_progress_end(PcaProgress *progress);

/*
 * Read the i-th backend (0, 1, ...) from the snapshot that the transaction's first
 * call makes.  Returns false after the last one.
 */
extern bool pca_progress_backend(int i, PcaProgressShown *shown);

#endif							/* PCA_PROGRESS_H */
