/*
 * shared_layout.h
 *		The structs in the memory that all sessions of the server share.
 *
 * Processes map this memory at different addresses, and processes with different
 * versions of the library may run at the same time.  So the structs have no
 * pointers, and a session sees only memory of its own PCA_SHARED_LAYOUT.  Every
 * change of a struct raises that number; chapter "shared" of test/unit shows the
 * sizes and offsets.
 *
 * shared_memory.c creates the memory.  The comment of each struct names the file
 * that uses it.
 */
#ifndef PCA_SHARED_LAYOUT_H
#define PCA_SHARED_LAYOUT_H

#include "postgres.h"

#include "port/atomics.h"
#include "storage/lwlock.h"

/* The number of this layout, which is part of the name of the memory. */
#define PCA_SHARED_LAYOUT		1

/* Bytes of the random number that fingerprints of credentials begin with. */
#define PCA_SHARED_KEY_SIZE		32

/* ---- shared_memory.c ---- */

/* What a lock protects. */
typedef enum PcaSharedLock
{
	PCA_SHARED_RATE_LIMITS,
	PCA_SHARED_NLOCKS
} PcaSharedLock;

/*
 * The first piece, in PostgreSQL's main shared memory.  It is small enough for the
 * space that PostgreSQL leaves for libraries that are loaded late.
 */
typedef struct PcaSharedAnchor
{
	uint32		magic;			/* PCA_SHARED_MAGIC once it is initialized */
	int32		tranche_id;		/* of all locks */
	uint32		root_handle;	/* of the segment with the PcaSharedRoot; 0:
								 * none */
	uint32		reserved;
	LWLock		lock;			/* of the handles */
	uint8		key[PCA_SHARED_KEY_SIZE];
	char		unused[64];
} PcaSharedAnchor;

/* ---- lease.c ---- */

/* Which process does something for others.  All zero: none. */
typedef struct PcaLease
{
	uint64		serial;			/* raised when the lease is taken */
	int64		beat_ms;		/* when the process last showed that it works */
	int32		proc_number;	/* of the process */
	int32		pid;			/* of the process; 0: none */
} PcaLease;

/* The segment with all that is not secret. */
typedef struct PcaSharedRoot
{
	LWLockPadded locks[PCA_SHARED_NLOCKS];
} PcaSharedRoot;

#endif							/* PCA_SHARED_LAYOUT_H */
