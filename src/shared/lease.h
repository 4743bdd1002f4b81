/*
 * lease.h
 *		Which process does something that others wait for, and if it still does.
 *
 * The lock that protects the lease must be held.  Times are pca_pollset_now()'s, in
 * ms.  The functions raise no error.
 */
#ifndef PCA_LEASE_H
#define PCA_LEASE_H

#include "postgres.h"

#include "shared/shared_layout.h"

/*
 * A lease ends after that time without a beat, in ms: three beats of a process that
 * runs.  A stopped process, or a cursor whose client is idle, shows none.
 */
#define PCA_LEASE_LIFE_MS		3000

/* A process that holds a lease shows that it works at least that often, in ms. */
#define PCA_LEASE_BEAT_MS		1000

/* Returns true if a process holds the lease, exists and has shown that it works. */
extern bool pca_lease_is_live(const PcaLease *lease, int64 now);

/*
 * Take the lease, even if another process holds it.  Returns its serial number, by which this
 * process refers to it.
 */
extern uint64 pca_lease_take(PcaLease *lease, int64 now);

/* Returns true if this process holds the lease that it took with that number. */
extern bool pca_lease_is_held(const PcaLease *lease, uint64 serial);

/*
 * Show that the process works on what it took the lease for.  Returns false if
 * another process has taken the lease meanwhile.
 */
extern bool pca_lease_beat(PcaLease *lease, uint64 serial, int64 now);

/* End the lease, unless another process has taken it meanwhile. */
extern void pca_lease_end(PcaLease *lease, uint64 serial);

#endif							/* PCA_LEASE_H */
