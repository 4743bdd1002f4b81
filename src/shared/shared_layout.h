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

/* The data that a lock protects. */
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

/* ---- statistics.c ---- */

/*
 * Rows of counters: a database, server, role and resource each.  A cluster with ten
 * databases, five roles and the fourteen resources has 700.
 */
#define PCA_STATISTICS_ROWS		1024

/* Bytes of a resource's name or path, with its terminating null. */
#define PCA_STATISTICS_RESOURCE_SIZE	96

/* The counters, in the order of the columns of view pc_analytics_stats. */
typedef enum PcaCounter
{
	PCA_COUNTER_SCANS,
	PCA_COUNTER_REQUESTS,
	PCA_COUNTER_PAGES,
	PCA_COUNTER_ROWS,
	PCA_COUNTER_BYTES,
	PCA_COUNTER_RETRIES,
	PCA_COUNTER_ANSWERED,
	PCA_COUNTER_REFUSED,
	PCA_COUNTER_THROTTLED,
	PCA_COUNTER_FAILED,
	PCA_COUNTER_LOST,
	PCA_COUNTER_CACHE_HITS,
	PCA_COUNTER_CACHE_MISSES,
	PCA_COUNTER_CACHE_WAITS,
	PCA_COUNTER_WAIT_MS,
	PCA_COUNTER_PACE_MS,
	PCA_NCOUNTERS
} PcaCounter;

/* The counters of a database, server, role and resource. */
typedef struct PcaStatisticsRow
{
	pg_atomic_uint32 state;		/* of statistics.c */
	Oid			databaseid;
	Oid			userid;
	char		server[NAMEDATALEN];
	char		resource[PCA_STATISTICS_RESOURCE_SIZE];
	pg_atomic_uint64 since;		/* TimestampTz of the first addition or the
								 * last reset */
	pg_atomic_uint64 counts[PCA_NCOUNTERS];
} PcaStatisticsRow;

/* All rows; the last one is for what finds no row of its own. */
typedef struct PcaStatisticsTable
{
	PcaStatisticsRow rows[PCA_STATISTICS_ROWS + 1];
} PcaStatisticsTable;

/* The segment with all that is not secret. */
typedef struct PcaSharedRoot
{
	LWLockPadded locks[PCA_SHARED_NLOCKS];
	PcaStatisticsTable statistics;
} PcaSharedRoot;

#endif							/* PCA_SHARED_LAYOUT_H */
