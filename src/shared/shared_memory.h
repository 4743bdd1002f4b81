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

/*
 * Returns the tables of others although the setting is off, so that what the session
 * may not use any longer can be wiped; NULL if there are none, or if it is on.
 */
extern PcaSharedRoot *pca_shared_memory_disabled_root(void);

/*
 * Returns the random bytes that fingerprints begin with.  There is a root.
 */
extern const uint8 *pca_shared_memory_key(void);

/*
 * Attach the segment with the secrets, which must be detached after some microseconds;
 * NULL if there is none.  create: create it if it does not exist.  No lock is held.
 */
extern PcaSharedTokens *pca_shared_memory_attach_tokens(bool create);
extern void pca_shared_memory_detach_tokens(void);

/*
 * Returns what is known of the responses that are kept, with the init function's first
 * contents if the segment is created; NULL if there is none.  size: bytes to create it
 * with; 0: do not.  It is created if at least half of the space for shared memory stays
 * free, and not where shared memory is files.  No lock is held, and there is a root.
 */
extern PcaResponseDirectory *pca_shared_memory_responses(Size size, void (*init) (void *address));

/* The same, without an attempt to create or attach it. */
extern PcaResponseDirectory *pca_shared_memory_attached_responses(void);

/*
 * Returns the address of the segment that *handle, in shared memory, names, which stays
 * attached for the life of the process; NULL if that is not possible.  size: bytes to create
 * it with, likewise, if *handle is 0; 0: do not.  No lock is held.
 */
extern void *pca_shared_memory_attach_blocks(uint32 *handle, Size size);

/*
 * Lock and unlock a part of the root; NULL does nothing.  Several processes can have the
 * shared lock at the same time: they change atomic members only.
 */
extern void pca_shared_memory_lock(PcaSharedRoot *root, PcaSharedLock part);
extern void pca_shared_memory_lock_shared(PcaSharedRoot *root, PcaSharedLock part);
extern void pca_shared_memory_unlock(PcaSharedRoot *root, PcaSharedLock part);

#endif							/* PCA_SHARED_MEMORY_H */
