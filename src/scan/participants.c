/*
 * participants.c
 *		Locks and waits between the processes that fetch one result.
 *
 * A process that changes shared data holds the lock, and then wakes the others
 * by their latches.  A process waits only in http.c, which also returns when
 * the latch is set.
 *
 * The shared data itself belongs to page_queue.c, throttle.c and consistency.c.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/wait_event.h"

#include "compat.h"
#include "scan/participants.h"

/*
 * The tranche of Parallel Append, whose lock is held for the same purpose and as
 * briefly: to choose which process does what next.  A tranche of our own would
 * have to be registered in each process, and one more would be allocated for
 * each query.
 */
#define PCA_PARTICIPANTS_TRANCHE	LWTRANCHE_PARALLEL_APPEND

/* The bits of a wait event that hold its class. */
#define PCA_WAIT_CLASS_MASK		UINT32_C(0xFF000000)

void
pca_participants_init(PcaParticipants *participants)
{
	LWLockInitialize(&participants->lock, PCA_PARTICIPANTS_TRANCHE);
	pg_atomic_init_u64(&participants->generation, 1);
	pg_atomic_init_u32(&participants->stopped, 0);
	participants->abandoned = false;
	participants->nparticipants = 0;
	memset(participants->participants, 0, sizeof(participants->participants));
}

void
pca_participants_lock(PcaParticipants *participants)
{
	if (participants)
		LWLockAcquire(&participants->lock, LW_EXCLUSIVE);
}

void
pca_participants_unlock(PcaParticipants *participants)
{
	if (participants)
		LWLockRelease(&participants->lock);
}

int
pca_participants_join(PcaParticipants *participants)
{
	int			number = 0;

	pca_participants_lock(participants);
	while (number < PCA_PARTICIPANTS_MAX && participants->participants[number].process)
		number++;
	if (number < PCA_PARTICIPANTS_MAX)
	{
		participants->participants[number].process = MyProc;
		participants->participants[number].pages = 0;
		participants->nparticipants++;
	}
	pca_participants_unlock(participants);
	return number < PCA_PARTICIPANTS_MAX ? number : -1;
}

void
pca_participants_leave(PcaParticipants *participants, int number, bool abandons_pages)
{
	pca_participants_lock(participants);
	participants->participants[number].process = NULL;
	participants->participants[number].pages = 0;
	participants->nparticipants--;
	participants->abandoned |= abandons_pages;
	pca_participants_unlock(participants);
	pca_participants_wake(participants);
}

void
pca_participants_wake(PcaParticipants *participants)
{
	if (!participants)
		return;
	pg_atomic_fetch_add_u64(&participants->generation, 1);

	/* the lock keeps a PGPROC from leaving, and being reused, meanwhile */
	pca_participants_lock(participants);
	for (int i = 0; i < PCA_PARTICIPANTS_MAX; i++)
	{
		PGPROC	   *process = participants->participants[i].process;

		if (process && process != MyProc)
			SetLatch(&process->procLatch);
	}
	pca_participants_unlock(participants);
}

uint64
pca_participants_generation(PcaParticipants *participants)
{
	return pg_atomic_read_u64(&participants->generation);
}

void
pca_participants_stop(PcaParticipants *participants)
{
	pg_atomic_write_u32(&participants->stopped, 1);
	pca_participants_wake(participants);
}

bool
pca_participants_is_stopped(PcaParticipants *participants)
{
	return pg_atomic_read_u32(&participants->stopped) != 0;
}

void
pca_participants_count(const PcaParticipants *participants, int *without_page, int *pages)
{
	*without_page = 0;
	*pages = 0;
	for (int i = 0; i < PCA_PARTICIPANTS_MAX; i++)
	{
		if (!participants->participants[i].process)
			continue;
		*pages += participants->participants[i].pages;
		*without_page += participants->participants[i].pages == 0;
	}
}

/* The event that a process waits for, as pg_stat_activity shows it; 0: none. */
static uint32
read_wait_event(const PGPROC *process)
{
	return *(const volatile uint32 *) &process->wait_event_info;
}

/*
 * Returns true if a participant may wait for the current process.  All waits for
 * other processes have the class IPC, whichever node above the scan waits.  A
 * worker whose tuple queue is full waits for the leader alone.
 */
static bool
may_wait_for_us(const PGPROC *process, bool we_lead)
{
	uint32		event = read_wait_event(process);

	return (event & PCA_WAIT_CLASS_MASK) == PG_WAIT_IPC &&
		(we_lead || event != PCA_WAIT_FOR_READER);
}

/*
 * PostgreSQL has no deadlock detection between a scan that waits for a page of
 * another participant and the executor nodes above it, which wait for this
 * process: a Gather whose leader reads no tuples while its own scan waits, a
 * Parallel Hash whose participants meet at a barrier, a leader that waits for
 * its workers to end.  Such waits are visible as wait events, without locks of
 * ours being involved.  A participant in that state makes no progress with its
 * own pages, so waiting for those pages could last forever.
 *
 * The events are read without synchronization, and a participant may begin to
 * wait just after the check: hence the check is repeated every
 * PCA_PARTICIPANTS_CHECK_MS.  A false positive costs nothing but parallelism,
 * since a process without pages ends its scan and loses no rows.
 */
bool
pca_participants_would_deadlock(PcaParticipants *participants)
{
	const PGPROC *leader = MyProc->lockGroupLeader;
	bool		we_lead = !leader || leader == MyProc;
	bool		found = !we_lead && read_wait_event(leader) == WAIT_EVENT_PARALLEL_FINISH;

	pca_participants_lock(participants);
	found |= participants->abandoned;
	for (int i = 0; i < PCA_PARTICIPANTS_MAX && !found; i++)
	{
		const PGPROC *process = participants->participants[i].process;

		found = process && process != MyProc && may_wait_for_us(process, we_lead);
	}
	pca_participants_unlock(participants);
	return found;
}
