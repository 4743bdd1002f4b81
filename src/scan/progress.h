/*
 * progress.h
 *		How far the scans are that are running.
 *
 * A scan tells of itself in its backend's entry of PostgreSQL's backend status
 * array, which every session can read, with no shared memory of our own; so
 * nothing has to be preloaded, and an entry ends with its backend.  A backend
 * shows one scan: the one that went on last.
 */
#ifndef PCA_PROGRESS_H
#define PCA_PROGRESS_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "port/atomics.h"

#include "scan/throttle.h"

typedef struct PcaProgress PcaProgress;

/* What is known of a scan. */
typedef struct PcaProgressState
{
	int64		rows;			/* received so far */
	int64		total;			/* that there are; -1: not known */
	int64		requests;		/* sent */
	int64		bytes;			/* received */
	PcaWaitReason wait_reason;	/* why no request is sent at the moment */
	int64		wait_ms;		/* how long still, if there is a reason */
} PcaProgressState;

/* A scan of some backend. */
typedef struct PcaProgressShown
{
	int			pid;
	Oid			databaseid;
	Oid			userid;			/* whose session it is */
	bool		running;		/* false: it shows no scan */
	Oid			relid;
	TimestampTz began;
	PcaProgressState state;		/* wait_ms is relative to the call */
} PcaProgressShown;

/* Setting pc_analytics_fdw.progress. */
extern bool pca_progress_notices;

/*
 * A scan of that relation begins.  Lives in that context, whose reset ends it.
 * name: how its notices call it; must live as long.
 */
extern PcaProgress *pca_progress_begin(MemoryContext context, Oid relid, const char *name);

/*
 * Several processes scan together: one of them is to tell of it.  told is theirs,
 * and 0 at first.
 */
extern void pca_progress_share(PcaProgress *progress, pg_atomic_uint64 *told);

/*
 * What a scan waits for, as the view and notices name it; NULL for PCA_WAIT_NONE.
 * Static text.
 */
extern const char *pca_progress_wait_text(PcaWaitReason reason);

/*
 * How far the scan is.  Cheap, for it is shown ten times a second at most, and
 * when a wait begins or ends, and told in a NOTICE once a second where that is wanted.  whole: what is told, of
 * all processes.
 */
extern void pca_progress_report(PcaProgress *progress, const PcaProgressState *state,
								const PcaProgressState *whole);

/*
 * When to look again, in ms from now, so that a scan that stands still is told of
 * as well: no later than in timeout ms (0: never).
 */
extern int64 pca_progress_next_ms(int64 timeout);

/* The scan has ended; idempotent.  Never raises. */
extern void pca_progress_end(PcaProgress *progress);

/*
 * The i-th backend (0, 1, ...), as of the transaction's first look; false
 * behind the last.
 */
extern bool pca_progress_backend(int i, PcaProgressShown *shown);

#endif							/* PCA_PROGRESS_H */
