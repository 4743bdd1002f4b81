/*
 * participants.h
 *		The processes that fetch one result together.
 *
 * A PcaParticipants lives in dynamic shared memory, beside the data that the
 * participants share.  A NULL PcaParticipants stands for a scan that one
 * process does alone: the functions that accept it then lock nothing and wake
 * no other process.
 */
#ifndef PCA_PARTICIPANTS_H
#define PCA_PARTICIPANTS_H

#include "postgres.h"

#include "port/atomics.h"
#include "storage/lwlock.h"
#include "storage/proc.h"

/*
 * The maximum number of participants: each is entitled to a page of its own, and
 * a scan has at most 64 pages in flight (option max_parallel_requests).
 */
#define PCA_PARTICIPANTS_MAX	64

/*
 * How often a participant without a page calls pca_participants_would_deadlock(),
 * in ms: a process that starts to wait for this one wakes nobody.
 */
#define PCA_PARTICIPANTS_CHECK_MS	20

typedef struct PcaParticipants
{
	LWLock		lock;			/* protects all shared data of the scan */
	pg_atomic_uint64 generation;	/* incremented by each change that a
									 * participant may wait for */
	pg_atomic_uint32 stopped;	/* 1: no more rows are wanted */
	bool		abandoned;		/* a participant left while its pages were in
								 * flight */
	int			nparticipants;
	struct
	{
		PGPROC	   *process;	/* NULL: the entry is free */
		int			pages;		/* in flight */
	}			participants[PCA_PARTICIPANTS_MAX];
} PcaParticipants;

/*
 * Initialize a set without participants.  May be called again for a rescan,
 * once all participants have left.
 */
extern void pca_participants_init(PcaParticipants *participants);

/*
 * Add the current process.  Returns its number, which
 * pca_participants_leave() takes; -1 if there are PCA_PARTICIPANTS_MAX already.
 */
extern int	pca_participants_join(PcaParticipants *participants);

/*
 * Remove a participant and wake the others.  abandons_pages: it has pages in
 * flight, whose rows nobody will return.
 */
extern void pca_participants_leave(PcaParticipants *participants, int number, bool abandons_pages);

/*
 * Acquire and release the lock on all data that the participants share.  Does
 * nothing for NULL.
 */
extern void pca_participants_lock(PcaParticipants *participants);
extern void pca_participants_unlock(PcaParticipants *participants);

/*
 * Advance the generation, and set the latches of the other participants: shared
 * data has changed.  Does nothing for NULL.  The caller does not hold the lock.
 */
extern void pca_participants_wake(PcaParticipants *participants);

/* Returns the current generation; it differs after each pca_participants_wake(). */
extern uint64 pca_participants_generation(PcaParticipants *participants);

/* Tell all participants that no more rows are wanted, and wake them. */
extern void pca_participants_stop(PcaParticipants *participants);

/* Returns true after pca_participants_stop(). */
extern bool pca_participants_is_stopped(PcaParticipants *participants);

/*
 * Count the participants without a page, and the pages in flight of all of
 * them.  The caller holds the lock.
 */
extern void pca_participants_count(const PcaParticipants *participants, int *without_page, int *pages);

/*
 * Returns true if a participant that has no page must end its scan instead of
 * waiting for the pages of others: another participant may wait for it, or has
 * left pages behind.  The other participants fetch the remaining pages.
 */
extern bool pca_participants_would_deadlock(PcaParticipants *participants);

#endif							/* PCA_PARTICIPANTS_H */
