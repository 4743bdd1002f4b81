/*
 * crew.c
 *		How do processes that read one answer together wait for one another?
 *
 * Who changes what is shared holds the lock, and tells the others by their
 * latches; who waits does so in http.c, which wakes up at its latch, too.
 *
 * What they share is asked in ask.c, exchange.c and whole.c.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/wait_event.h"

#include "compat.h"
#include "crew.h"

/*
 * The lock is held as that of a Parallel Append, and as shortly: to choose who
 * does what next.  A name of its own would be one more for each query.
 */
#define PCA_CREW_TRANCHE	LWTRANCHE_PARALLEL_APPEND

/* The part of a wait that says of which kind it is. */
#define PCA_WAIT_KIND		UINT32_C(0xFF000000)

void
pca_crew_init(PcaCrew *crew)
{
	LWLockInitialize(&crew->lock, PCA_CREW_TRANCHE);
	pg_atomic_init_u64(&crew->moves, 1);
	pg_atomic_init_u32(&crew->stopped, 0);
	crew->deserted = false;
	crew->nmembers = 0;
	memset(crew->members, 0, sizeof(crew->members));
}

void
pca_crew_lock(PcaCrew *crew)
{
	if (crew)
		LWLockAcquire(&crew->lock, LW_EXCLUSIVE);
}

void
pca_crew_unlock(PcaCrew *crew)
{
	if (crew)
		LWLockRelease(&crew->lock);
}

int
pca_crew_join(PcaCrew *crew)
{
	int			member = 0;

	pca_crew_lock(crew);
	while (member < PCA_CREW_MOST && crew->members[member].process)
		member++;
	if (member < PCA_CREW_MOST)
	{
		crew->members[member].process = MyProc;
		crew->members[member].pages = 0;
		crew->nmembers++;
	}
	pca_crew_unlock(crew);
	return member < PCA_CREW_MOST ? member : -1;
}

void
pca_crew_leave(PcaCrew *crew, int member, bool deserts)
{
	pca_crew_lock(crew);
	crew->members[member].process = NULL;
	crew->members[member].pages = 0;
	crew->nmembers--;
	crew->deserted |= deserts;
	pca_crew_unlock(crew);
	pca_crew_tell(crew);
}

void
pca_crew_tell(PcaCrew *crew)
{
	if (!crew)
		return;
	pg_atomic_fetch_add_u64(&crew->moves, 1);
	pca_crew_lock(crew);
	for (int i = 0; i < PCA_CREW_MOST; i++)
	{
		PGPROC	   *process = crew->members[i].process;

		if (process && process != MyProc)
			SetLatch(&process->procLatch);
	}
	pca_crew_unlock(crew);
}

uint64
pca_crew_moves(PcaCrew *crew)
{
	return pg_atomic_read_u64(&crew->moves);
}

void
pca_crew_stop(PcaCrew *crew)
{
	pg_atomic_write_u32(&crew->stopped, 1);
	pca_crew_tell(crew);
}

bool
pca_crew_is_stopped(PcaCrew *crew)
{
	return pg_atomic_read_u32(&crew->stopped) != 0;
}

void
pca_crew_count(const PcaCrew *crew, int *without, int *pages)
{
	*without = 0;
	*pages = 0;
	for (int i = 0; i < PCA_CREW_MOST; i++)
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
pca_crew_is_in_the_way(PcaCrew *crew)
{
	const PGPROC *leader = MyProc->lockGroupLeader;
	bool		we_lead = !leader || leader == MyProc;
	bool		found = !we_lead && wait_of(leader) == WAIT_EVENT_PARALLEL_FINISH;

	pca_crew_lock(crew);
	found |= crew->deserted;
	for (int i = 0; i < PCA_CREW_MOST && !found; i++)
		found = crew->members[i].process && crew->members[i].process != MyProc &&
			waits_for_us(crew->members[i].process, we_lead);
	pca_crew_unlock(crew);
	return found;
}
