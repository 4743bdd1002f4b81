/*
 * lease.c
 *		Which process does something that others wait for, and if it still does.
 *
 * A lease ends by itself: when its process ends, or when it does not show for some
 * seconds that it works.  Then another process takes it, with a higher serial
 * number, and what the first one does with its own number has no effect.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/proc.h"

#include "compat.h"
#include "shared/lease.h"

/* Returns true if the process that took the lease exists. */
static bool
process_exists(const PcaLease *lease)
{
	if (lease->pid == 0 || lease->proc_number < 0 ||
		lease->proc_number >= (int32) ProcGlobal->allProcCount)
		return false;

	/* before 17, pid still is that of a process that has ended */
	return GetPGProcByNumber(lease->proc_number)->procLatch.owner_pid == lease->pid;
}

bool
pca_lease_is_live(const PcaLease *lease, int64 now)
{
	return process_exists(lease) && now - lease->beat_ms < PCA_LEASE_LIFE_MS;
}

uint64
pca_lease_take(PcaLease *lease, int64 now)
{
	lease->proc_number = PCA_MY_PROC_NUMBER;
	lease->pid = MyProcPid;
	lease->beat_ms = now;
	return ++lease->serial;
}

bool
pca_lease_is_held(const PcaLease *lease, uint64 serial)
{
	return lease->pid == MyProcPid && lease->serial == serial;
}

bool
pca_lease_beat(PcaLease *lease, uint64 serial, int64 now)
{
	if (!pca_lease_is_held(lease, serial))
		return false;
	lease->beat_ms = now;
	return true;
}

void
pca_lease_end(PcaLease *lease, uint64 serial)
{
	if (pca_lease_is_held(lease, serial))
		lease->pid = 0;
}
