/*
 * shared_memory.h
 *		The memory that all sessions of the server share.
 *
 * Sharing is never a condition: a session that cannot share works alone.  The
 * functions raise no error.  Between pca_shared_memory_lock() and
 * pca_shared_memory_unlock(), a process compares and copies a bounded number of
 * bytes: it allocates no memory, raises no error, checks for no interrupt, takes
 * no other lock and waits for nothing.
 */
#ifndef PCA_SHARED_MEMORY_H
#define PCA_SHARED_MEMORY_H

#include "postgres.h"

#include "shared/shared_layout.h"

/* Setting pc_analytics_fdw.shared_state. */
extern bool pca_shared_memory_enabled;

/* Define that setting. */
extern void pca_shared_memory_define_setting(void);

/*
 * Returns the shared tables; NULL if the session works alone.  The first call
 * creates or attaches them, which must not be done while a lock is held.
 */
extern PcaSharedRoot *pca_shared_memory_root(void);

/*
 * The same, without an attempt to create or attach them: for code that runs while a
 * transaction aborts.
 */
extern PcaSharedRoot *pca_shared_memory_attached_root(void);

/* Lock and unlock a part of the root; NULL does nothing. */
extern void pca_shared_memory_lock(PcaSharedRoot *root, PcaSharedLock part);
extern void pca_shared_memory_unlock(PcaSharedRoot *root, PcaSharedLock part);

#endif							/* PCA_SHARED_MEMORY_H */
