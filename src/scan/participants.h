/*
 * participants.h
 *		The processes that read one answer together.
 *
 * A crew lives in dynamic shared memory, beside what its members share.  NULL
 * is the crew of a scan that one process does alone: nothing is locked then,
 * and nobody told.
 */
#ifndef PCA_PARTICIPANTS_H
#define PCA_PARTICIPANTS_H

#include "postgres.h"

#include "port/atomics.h"
#include "storage/lwlock.h"
#include "storage/proc.h"

/* The most members: each has a page of its own, and a scan's pages are 64. */
#define PCA_PARTICIPANTS_MAX	64

/* How often a member without a page looks whether it is in somebody's way, in ms. */
#define PCA_PARTICIPANTS_CHECK_MS	20

typedef struct PcaParticipants
{
	LWLock		lock;			/* over all that is shared */
	pg_atomic_uint64 moves;		/* counts what a member may wait for */
	pg_atomic_uint32 stopped;	/* no more rows are wanted */
	bool		deserted;		/* a member has left pages behind */
	int			nmembers;
	struct
	{
		PGPROC	   *process;	/* NULL: a free place */
		int			pages;		/* that it has */
	}			members[PCA_PARTICIPANTS_MAX];
} PcaParticipants;

/* Make one without members; again, once they have all left. */
extern void pca_participants_init(PcaParticipants *crew);

/*
 * Become a member, and leave.  Returns the member's place; -1: there are enough
 * without it.  deserts: it has a page whose rows nobody will see.
 */
extern int	pca_participants_join(PcaParticipants *crew);
extern void pca_participants_leave(PcaParticipants *crew, int member, bool deserts);

/* What is shared may be looked at and changed between these. */
extern void pca_participants_lock(PcaParticipants *crew);
extern void pca_participants_unlock(PcaParticipants *crew);

/* Something has moved that the others may wait for. */
extern void pca_participants_wake(PcaParticipants *crew);

/* A number that changes with it. */
extern uint64 pca_participants_generation(PcaParticipants *crew);

/* No more rows are wanted of anybody. */
extern void pca_participants_stop(PcaParticipants *crew);
extern bool pca_participants_is_stopped(PcaParticipants *crew);

/*
 * Members that have no page, and how many pages they all have.  Locked by the
 * caller.
 */
extern void pca_participants_count(const PcaParticipants *crew, int *without, int *pages);

/*
 * Whether a member that has no page, and waits for those of others, may wait for
 * one who waits for it: a worker that gives its rows to the leader, the leader
 * that waits for its workers' ends, or one who fills a hash table with us that
 * is to grow.  Also when a member has left pages behind.  It must end then: the
 * others do the rest.
 */
extern bool pca_participants_would_deadlock(PcaParticipants *crew);

#endif							/* PCA_PARTICIPANTS_H */
