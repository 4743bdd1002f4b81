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
#define PCA_SHARED_LAYOUT		2

/* Bytes of the random number that fingerprints of credentials begin with. */
#define PCA_SHARED_KEY_SIZE		32

/* ---- shared_memory.c ---- */

/* The data that a lock protects. */
typedef enum PcaSharedLock
{
	PCA_SHARED_RATE_LIMITS,
	PCA_SHARED_TOKENS,
	PCA_SHARED_RESPONSES,
	PCA_SHARED_FLIGHTS,
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
	uint32		tokens_handle;	/* of the segment with the PcaSharedTokens; 0:
								 * none */
	uint32		responses_handle;	/* of the segment with the
									 * PcaResponseDirectory; 0: none */
	LWLock		lock;			/* of the handles */
	uint8		key[PCA_SHARED_KEY_SIZE];
	char		unused[60];
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

/* ---- rate_limit.c ---- */

/*
 * Entries: an origin, tenant and scope each.  Five tenants with all resources have
 * 80.
 */
#define PCA_RATE_LIMIT_ENTRIES	128

/*
 * Seconds that an entry knows: the last 61, which a limit is for, and the next 60,
 * for which requests have reserved a time.
 */
#define PCA_RATE_LIMIT_SECONDS	128

/* Bytes of an origin and of a scope, with the terminating null. */
#define PCA_RATE_LIMIT_ORIGIN_SIZE	280
#define PCA_RATE_LIMIT_SCOPE_SIZE	96

/* The requests of a second, of pca_pollset_now()'s time. */
typedef struct PcaRateLimitSecond
{
	uint32		second;
	uint32		requests;
} PcaRateLimitSecond;

/* What is known of an origin, tenant and scope.  Times are pca_pollset_now()'s. */
typedef struct PcaRateLimitEntry
{
	uint64		hash;			/* of the key; 0: the entry is free */
	uint64		tenant;			/* a number for it; 0: not known */
	int64		used_at;
	int64		last_second;	/* the latest that the limit gave out */
	int64		last_ms;		/* the latest time that the rate gave out */
	int64		paused_until;	/* no request is sent before */
	int64		retry_at;		/* the same, as the API asked for it */
	int64		throttled_at;	/* when the last response 429 came that was
								 * not of an earlier excess */
	int64		changed_at;		/* when the rate was last changed */
	int32		window_ms;		/* that the rate was learned from; 0: it was
								 * lowered since */
	int32		declared_limit; /* requests a minute; 0: none */
	double		rate;			/* learned, requests a minute; 0: none */
	double		growth;			/* the factor of the next minute without 429 */
	char		origin[PCA_RATE_LIMIT_ORIGIN_SIZE];
	char		scope[PCA_RATE_LIMIT_SCOPE_SIZE];
	PcaRateLimitSecond seconds[PCA_RATE_LIMIT_SECONDS];
} PcaRateLimitEntry;

/* All entries.  All zero: none is used. */
typedef struct PcaRateLimitTable
{
	PcaRateLimitEntry entries[PCA_RATE_LIMIT_ENTRIES];
} PcaRateLimitTable;

/* ---- auth/fingerprint.c, auth/shared_tokens.c ---- */

/*
 * Tokens: one for each set of credentials that is used at the same time.  If there
 * are more, the one that was not used for longest is replaced.
 */
#define PCA_TOKEN_SLOTS			64

/*
 * Bytes of an access token and of a refresh token, with the terminating null; the
 * documented ones have about 2 kB and 1 kB.  Longer ones are not shared.
 */
#define PCA_TOKEN_SIZE			(12 * 1024)
#define PCA_REFRESH_TOKEN_SIZE	(4 * 1024)

/* Bytes of the texts of an error, with the terminating null; longer ones are cut. */
#define PCA_TOKEN_ERROR_SIZE	1024

/* A number for credentials and where they are sent. */
typedef struct PcaFingerprint
{
	uint8		bytes[32];
} PcaFingerprint;

/* Why a token request failed.  The texts hold no secret. */
typedef struct PcaTokenError
{
	int32		sqlstate;
	char		message[PCA_TOKEN_ERROR_SIZE];
	char		detail[PCA_TOKEN_ERROR_SIZE];
	char		hint[PCA_TOKEN_ERROR_SIZE];
} PcaTokenError;

/*
 * What is known of the token of a fingerprint, but its text.  Times are
 * pca_pollset_now()'s.
 */
typedef struct PcaTokenSlot
{
	PcaFingerprint fingerprint;
	int64		used_at;		/* 0: the slot is free */
	PcaLease	lease;			/* of the process that requests a token */
	uint64		serial;			/* of the token; raised with each */
	int64		made_at;		/* when it was granted */
	int64		renew_at;		/* when the next one should be requested */
	int64		ends_at;		/* when it expires */
	int64		not_before;		/* no request before that time */
	int64		alone_until;	/* each session requests its own until then */
	uint64		failed_lease;	/* the serial number of the lease whose
								 * request failed with this error */
	int32		token_size;		/* bytes of its text; 0: there is no token */
	int32		refresh_token_size;
	int32		proved;			/* the API has accepted it */
	PcaTokenError error;
} PcaTokenSlot;

/* All slots.  All zero: none is used. */
typedef struct PcaTokenTable
{
	PcaTokenSlot slots[PCA_TOKEN_SLOTS];
} PcaTokenTable;

/* The texts of a slot. */
typedef struct PcaTokenTexts
{
	char		token[PCA_TOKEN_SIZE];
	char		refresh_token[PCA_REFRESH_TOKEN_SIZE];
} PcaTokenTexts;

/* The segment with the secrets. */
typedef struct PcaSharedTokens
{
	PcaTokenTexts texts[PCA_TOKEN_SLOTS];
} PcaSharedTokens;

/* ---- response_cache.c ---- */

/*
 * Responses are kept in blocks of that many bytes, in segments that are created as they
 * are needed.  The smallest response takes a block.
 */
#define PCA_RESPONSE_BLOCK_SIZE	8192
#define PCA_RESPONSE_SEGMENTS	16

/* Blocks of all segments, for a megabyte of setting cache_size. */
#define PCA_RESPONSE_BLOCKS_PER_MB	(1024 * 1024 / PCA_RESPONSE_BLOCK_SIZE)

/*
 * Responses that can be kept: half as many as blocks of the default size, so that a
 * response has 16 kB on average.
 */
#define PCA_RESPONSE_ENTRIES	4096

/* Bytes of a URL that view pc_analytics_cache shows, with the terminating null. */
#define PCA_RESPONSE_URL_SIZE	2048

/*
 * Flights: requests at a time that others may wait for, and keys that are marked.  If all
 * are used, sessions send their requests alone.
 */
#define PCA_FLIGHT_SLOTS		256

/* Followers that the leader wakes.  Others look again after a time. */
#define PCA_FLIGHT_FOLLOWERS	32

/* A number for who asks for what. */
typedef struct PcaResponseKey
{
	uint8		bytes[32];
} PcaResponseKey;

/* A response that is kept, but its bytes.  Times are pca_response_cache_now()'s. */
typedef struct PcaResponseEntry
{
	PcaResponseKey key;
	uint64		serial;			/* raised when the entry is used again */
	int64		begun_at;		/* when its first page was requested */
	int64		cost_ms;		/* of a request for it */
	int64		requests;		/* sent for it */
	int64		rows;
	int64		pages;
	uint64		base_url;		/* a number for the server's base_url */
	pg_atomic_uint64 hits;
	uint32		size;			/* bytes of the record */
	uint32		text_size;		/* bytes of the texts before it */
	uint32		first_block;
	uint32		last_block;
	uint32		nblocks;
	uint32		next;			/* entry of the bucket, or free one, plus 1 */
	uint32		state;			/* of response_cache.c */
	Oid			userid;			/* whose user mapping was used */
} PcaResponseEntry;

/* A request that others wait for.  Times are pca_response_cache_now()'s. */
typedef struct PcaFlightSlot
{
	PcaResponseKey key;
	PcaLease	lease;			/* of its leader */
	int64		first_page_at;	/* when its first page was received; 0: not
								 * yet */
	int64		marked_until;	/* nobody waits for this key until then */
	uint64		kept;			/* the serial number of the last lease whose
								 * response was kept */
	int32		nfollowers;
	int32		followers[PCA_FLIGHT_FOLLOWERS];	/* process numbers */
} PcaFlightSlot;

/*
 * What is known of all responses, in a segment that is created when the first one is to
 * be kept.  Entries and blocks are numbered from 0; a number in a list is larger by 1, so
 * that 0 ends it.
 */
typedef struct PcaResponseDirectory
{
	pg_atomic_uint64 generation;	/* raised when the cache is cleared */
	uint64		inflation;		/* the value of the last response that was
								 * evicted */
	int64		full_until;		/* no segment is created until then */
	uint32		segments[PCA_RESPONSE_SEGMENTS];	/* their handles */
	uint32		nsegments;		/* that were created */
	uint32		segment_blocks; /* blocks of each segment */
	uint32		free_blocks;	/* their number */
	uint32		used_blocks;	/* of responses that are kept */
	uint32		written_blocks; /* of responses that are being copied */
	uint32		first_free_block;
	uint32		first_free_entry;
	uint32		nkept;			/* responses that are kept */
	uint32		buckets[PCA_RESPONSE_ENTRIES];
	pg_atomic_uint64 values[PCA_RESPONSE_ENTRIES];	/* the lowest is evicted
													 * first */
	int64		expires_at[PCA_RESPONSE_ENTRIES];	/* 0: no response is kept */
	PcaResponseEntry entries[PCA_RESPONSE_ENTRIES];
	PcaFlightSlot flights[PCA_FLIGHT_SLOTS];
	uint32		next_block[FLEXIBLE_ARRAY_MEMBER];
} PcaResponseDirectory;

/* The segment with all that is not secret. */
typedef struct PcaSharedRoot
{
	LWLockPadded locks[PCA_SHARED_NLOCKS];
	PcaStatisticsTable statistics;
	PcaRateLimitTable rate_limits;
	PcaTokenTable tokens;
} PcaSharedRoot;

#endif							/* PCA_SHARED_LAYOUT_H */
