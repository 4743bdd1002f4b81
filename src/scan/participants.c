/*
 * participants.c
 *		How do processes that read one answer together wait for one another?
 *
 * Who changes what is shared holds the lock, and tells the others by their
 * latches; who waits does so in http.c, which wakes up at its latch, too.
 *
 * What they share is asked in page_queue.c, exchange.c and consistency.c.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/wait_event.h"

#include "compat.h"
#include "scan/participants.h"

/*
 * The lock is held as that of a Parallel Append, and as shortly: to choose who
 * does what next.  A name of its own would be one more for each query.
 */
#define PCA_CREW_TRANCHE	LWTRANCHE_PARALLEL_APPEND

/* The part of a wait that says of which kind it is. */
#define PCA_WAIT_KIND		UINT32_C(0xFF000000)

void
pca_participants_init(PcaParticipants *crew)
{
	LWLockInitialize(&crew->lock, PCA_CREW_TRANCHE);
	pg_atomic_init_u64(&crew->moves, 1);
	pg_atomic_init_u32(&crew->stopped, 0);
	crew->deserted = false;
	crew->nmembers = 0;
	memset(crew->members, 0, sizeof(crew->members));
}

void
pca_participants_lock(PcaParticipants *crew)
{
	if (crew)
		LWLockAcquire(&crew->lock, LW_EXCLUSIVE);
}

void
pca_participants_unlock(PcaParticipants *crew)
{
	if (crew)
		LWLockRelease(&crew->lock);
}

int
pca_participants_join(PcaParticipants *crew)
{
	int			member = 0;

	pca_participants_lock(crew);
	while (member < PCA_PARTICIPANTS_MAX && crew->members[member].process)
		member++;
	if (member < PCA_PARTICIPANTS_MAX)
	{
		crew->members[member].process = MyProc;
		crew->members[member].pages = 0;
		crew->nmembers++;
	}
	pca_participants_unlock(crew);
	return member < PCA_PARTICIPANTS_MAX ? member : -1;
}

void
pca_participants_leave(PcaParticipants *crew, int member, bool deserts)
{
	pca_participants_lock(crew);
	crew->members[member].process = NULL;
	crew->members[member].pages = 0;
	crew->nmembers--;
	crew->deserted |= deserts;
	pca_participants_unlock(crew);
	pca_participants_wake(crew);
}

void
pca_participants_wake(PcaParticipants *crew)
{
	if (!crew)
		return;
	pg_atomic_fetch_add_u64(&crew->moves, 1);
	pca_participants_lock(crew);
	for (int i = 0; i < PCA_PARTICIPANTS_MAX; i++)
	{
		PGPROC	   *process = crew->members[i].process;

		if (process && process != MyProc)
			SetLatch(&process->procLatch);
	}
	pca_participants_unlock(crew);
}

uint64
pca_participants_generation(PcaParticipants *crew)
{
	return pg_atomic_read_u64(&crew->moves);
}

void
pca_participants_stop(PcaParticipants *crew)
{
	pg_atomic_write_u32(&crew->stopped, 1);
	pca_participants_wake(crew);
}

bool
pca_participants_is_stopped(PcaParticipants *crew)
{
	return pg_atomic_read_u32(&crew->stopped) != 0;
}

void
pca_participants_count(const PcaParticipants *crew, int *without, int *pages)
{
	*without = 0;
	*pages = 0;
	for (int i = 0; i < PCA_PARTICIPANTS_MAX; i++)
	{
		if (!crew->members[i].process)
			continue;
		*pages += crew->members[i].pages;
		*without += crew->members[i].pages == 0;
	}
}

/* What a process waits for, as pg_stat_activity shows it. */
static uint32
wait_of(const PGPROC *process)
{
	return *(const volatile uint32 *) &process->wait_event_info;
}

/*
 * Whether a process waits for others: the kind of wait tells, whatever it is
 * that PostgreSQL does with the rows.  A worker that waits for its reader waits
 * for the leader alone.
 */
static bool
waits_for_us(const PGPROC *process, bool we_lead)
{
	uint32		wait = wait_of(process);

	return (wait & PCA_WAIT_KIND) == PG_WAIT_IPC &&
		(we_lead || wait != PCA_WAIT_FOR_READER);
}

bool
pca_participants_would_deadlock(PcaParticipants *crew)
{
	const PGPROC *leader = MyProc->lockGroupLeader;
	bool		we_lead = !leader || leader == MyProc;
	bool		found = !we_lead && wait_of(leader) == WAIT_EVENT_PARALLEL_FINISH;

	pca_participants_lock(crew);
	found |= crew->deserted;
	for (int i = 0; i < PCA_PARTICIPANTS_MAX && !found; i++)
		found = crew->members[i].process && crew->members[i].process != MyProc &&
			waits_for_us(crew->members[i].process, we_lead);
	pca_participants_unlock(crew);
	return found;
}
