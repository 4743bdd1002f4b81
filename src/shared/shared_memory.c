/*
 * shared_memory.c
 *		The memory that all sessions of the server share.
 *
 * The library need not be in shared_preload_libraries, and the same way works on
 * all major versions.  An anchor of 128 bytes is in PostgreSQL's main shared memory,
 * where the server keeps some space for late requests.  It names a segment of
 * dynamic shared memory that is kept until the server stops.
 *
 * PostgreSQL's functions for this raise errors, which are caught here: with no lock
 * of this library held, interrupts held off, and CurrentResourceOwner NULL, so that
 * a mapping lasts for the session.
 */
#include "postgres.h"

#include <sys/statvfs.h>

#include "miscadmin.h"
#include "storage/dsm.h"
#include "storage/dsm_impl.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/guc.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "shared/shared_memory.h"

/* The name of the anchor ends with the number of the layout. */
#define PCA_SHARED_NAME		"pc_analytics_fdw shared " CppAsString2(PCA_SHARED_LAYOUT)

/* The locks' name in pg_stat_activity. */
#define PCA_SHARED_TRANCHE	"pc_analytics_fdw"

/* Marks an anchor whose initialization was completed. */
#define PCA_SHARED_MAGIC	UINT32_C(0x70634131)

/* After a failure, the session works alone for that time, in ms. */
#define PCA_SHARED_RETRY_MS	60000

/* Where segments of the type "posix" are files, on Linux. */
#define PCA_SHARED_DIRECTORY	"/dev/shm"

bool		pca_shared_memory_enabled = true;

/* The memory that the session has attached, or NULL. */
static PcaSharedAnchor *anchor = NULL;
static PcaSharedRoot *root = NULL;
static dsm_segment *tokens = NULL;
static PcaResponseDirectory *responses = NULL;

/* What has failed of the current session's part in shared memory. */
typedef struct Failure
{
	TimestampTz failed_at;		/* 0: nothing has failed */
	bool		is_logged;
} Failure;

static Failure state_failure;
static Failure responses_failure;

void
pca_shared_memory_define_setting(void)
{
	DefineCustomBoolVariable("pc_analytics_fdw.shared_state",
							 "Shares tokens, request limits, cached responses and counters between sessions.",
							 NULL, &pca_shared_memory_enabled, true, PGC_SIGHUP, 0, NULL, NULL, NULL);
}

/* ---- errors ---- */

/*
 * Forget the current error.  The first one of the session is also written to the
 * server's log.
 */
static void
forget_error(Failure *failure)
{
	ErrorData  *error = CopyErrorData();

	FlushErrorState();
	if (!failure->is_logged && failure == &responses_failure)
		ereport(LOG,
				(errmsg("pc_analytics_fdw: could not keep responses for other sessions: %s",
						error->message)));
	else if (!failure->is_logged)
		ereport(LOG,
				(errmsg("pc_analytics_fdw: could not share state with other sessions: %s",
						error->message)));
	failure->is_logged = true;
	FreeErrorData(error);

	/* a pending cancel or termination makes the functions fail, too */
	if (!InterruptPending)
		failure->failed_at = GetCurrentTimestamp();
}

/*
 * Call a function that may raise an error or take a lock.  Returns false if it
 * raised an error, which *failure remembers.
 */
static bool
call_guarded(void (*function) (void), Failure *failure)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	uint32		holdoff_count = InterruptHoldoffCount;
	volatile bool succeeded = false;

	CurrentResourceOwner = NULL;
	HOLD_INTERRUPTS();
	PG_TRY();
	{
		function();
		succeeded = true;
	}
	PG_CATCH();
	{
		/*
		 * As when a transaction aborts: the error has reset the count that
		 * the release of a lock lowers.  The caller holds no lock.
		 */
		LWLockReleaseAll();
		MemoryContextSwitchTo(caller);
		forget_error(failure);
	}
	PG_END_TRY();
	InterruptHoldoffCount = holdoff_count;
	CurrentResourceOwner = owner;
	return succeeded;
}

/* ---- the anchor ---- */

/* Initialize the anchor; an earlier attempt may have failed in the middle. */
static void
init_anchor(PcaSharedAnchor *new_anchor)
{
	new_anchor->root_handle = DSM_HANDLE_INVALID;
	new_anchor->tokens_handle = DSM_HANDLE_INVALID;
	new_anchor->responses_handle = DSM_HANDLE_INVALID;
	if (!pg_strong_random(new_anchor->key, PCA_SHARED_KEY_SIZE))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate a random number")));
	new_anchor->tranche_id = pca_compat_new_tranche(PCA_SHARED_TRANCHE);
	LWLockInitialize(&new_anchor->lock, new_anchor->tranche_id);
	new_anchor->magic = PCA_SHARED_MAGIC;
}

static void
find_anchor(void)
{
	PcaSharedAnchor *found_anchor;
	bool		found;

	StaticAssertStmt(sizeof(PcaSharedAnchor) == 128, "the anchor must stay small");
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	found_anchor = ShmemInitStruct(PCA_SHARED_NAME, sizeof(PcaSharedAnchor), &found);
	if (!found || found_anchor->magic != PCA_SHARED_MAGIC)
		init_anchor(found_anchor);
	LWLockRelease(AddinShmemInitLock);
	pca_compat_register_tranche(found_anchor->tranche_id, PCA_SHARED_TRANCHE);
	anchor = found_anchor;
}

/* ---- the root ---- */

/* Initialize the counters. */
static void
init_statistics(PcaStatisticsTable *table)
{
	uint64		now = (uint64) GetCurrentTimestamp();

	for (int i = 0; i <= PCA_STATISTICS_ROWS; i++)
	{
		PcaStatisticsRow *row = &table->rows[i];

		pg_atomic_init_u32(&row->state, 0);
		pg_atomic_init_u64(&row->since, now);
		for (int j = 0; j < PCA_NCOUNTERS; j++)
			pg_atomic_init_u64(&row->counts[j], 0);
	}
}

/* Initialize the tables at that address. */
static void
init_root(void *address)
{
	PcaSharedRoot *new_root = address;

	memset(new_root, 0, sizeof(PcaSharedRoot));
	for (int i = 0; i < PCA_SHARED_NLOCKS; i++)
		LWLockInitialize(&new_root->locks[i].lock, anchor->tranche_id);
	init_statistics(&new_root->statistics);
}

/* Enter a segment's handle, unless another session was faster.  Returns the valid one. */
static dsm_handle
exchange_handle(uint32 *place, dsm_handle handle)
{
	LWLockAcquire(&anchor->lock, LW_EXCLUSIVE);
	if (*place == DSM_HANDLE_INVALID)
		*place = handle;
	handle = *place;
	LWLockRelease(&anchor->lock);
	return handle;
}

/* Attach a segment that the anchor names. */
static dsm_segment *
attach_segment(dsm_handle handle)
{
	dsm_segment *segment = dsm_attach(handle);

	if (!segment)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a shared memory segment is missing")));
	return segment;
}

/*
 * Create a segment, enter it at *place and return it; or return the one that
 * another session has entered meanwhile.
 */
static dsm_segment *
create_segment(uint32 *place, Size size, void (*init) (void *address))
{
	dsm_segment *segment = dsm_create(size, 0);
	dsm_handle	mine = dsm_segment_handle(segment);
	dsm_handle	handle;

	init(dsm_segment_address(segment));
	dsm_pin_segment(segment);
	handle = exchange_handle(place, mine);
	if (handle == mine)
		return segment;
	dsm_unpin_segment(mine);
	dsm_detach(segment);
	return attach_segment(handle);
}

/* The process ends, and its segments are detached. */
static void
forget_root(dsm_segment *segment, Datum arg)
{
	root = NULL;
}

/* Find, or create, the root. */
static void
open_root(void)
{
	dsm_segment *segment;
	dsm_handle	handle;

	if (!anchor)
		find_anchor();
	handle = exchange_handle(&anchor->root_handle, DSM_HANDLE_INVALID);
	if (handle != DSM_HANDLE_INVALID)
		segment = attach_segment(handle);
	else
		segment = create_segment(&anchor->root_handle, sizeof(PcaSharedRoot), init_root);
	on_dsm_detach(segment, forget_root, (Datum) 0);
	root = dsm_segment_address(segment);
}

/* Returns true if an attempt has failed not long ago. */
static bool
has_failed_lately(const Failure *failure)
{
	return failure->failed_at != 0 &&
		!TimestampDifferenceExceeds(failure->failed_at, GetCurrentTimestamp(), PCA_SHARED_RETRY_MS);
}

PcaSharedRoot *
pca_shared_memory_root(void)
{
	if (!pca_shared_memory_enabled || !IsUnderPostmaster)
		return NULL;
	if (root)
		return root;
	if (has_failed_lately(&state_failure))
		return NULL;
	return call_guarded(open_root, &state_failure) ? root : NULL;
}

PcaSharedRoot *
pca_shared_memory_attached_root(void)
{
	return pca_shared_memory_enabled ? root : NULL;
}

/* Attach the root if it exists. */
static void
open_existing_root(void)
{
	if (!anchor)
		find_anchor();
	if (exchange_handle(&anchor->root_handle, DSM_HANDLE_INVALID) != DSM_HANDLE_INVALID)
		open_root();
}

PcaSharedRoot *
pca_shared_memory_disabled_root(void)
{
	static bool has_looked = false;

	if (pca_shared_memory_enabled || !IsUnderPostmaster)
		return NULL;
	if (!root && !has_looked)
	{
		has_looked = true;
		(void) call_guarded(open_existing_root, &state_failure);
	}
	return root;
}

/* ---- secrets ---- */

/* Returns true if there is a type of shared memory that is not written to files. */
static bool
is_memory(void)
{
	return dynamic_shared_memory_type != DSM_IMPL_MMAP;
}

const uint8 *
pca_shared_memory_key(void)
{
	return anchor->key;
}

/* A new segment is filled with zeros, which are no secrets. */
static void
init_tokens(void *address)
{
	memset(address, 0, sizeof(PcaSharedTokens));
}

static void
attach_existing_tokens(void)
{
	dsm_handle	handle = exchange_handle(&anchor->tokens_handle, DSM_HANDLE_INVALID);

	if (handle != DSM_HANDLE_INVALID)
		tokens = attach_segment(handle);
}

static void
attach_or_create_tokens(void)
{
	attach_existing_tokens();
	if (!tokens)
		tokens = create_segment(&anchor->tokens_handle, sizeof(PcaSharedTokens), init_tokens);
}

PcaSharedTokens *
pca_shared_memory_attach_tokens(bool create)
{
	/* the type "mmap" would write the secrets to files */
	if (!root || !is_memory() || has_failed_lately(&state_failure))
		return NULL;
	tokens = NULL;
	if (!call_guarded(create ? attach_or_create_tokens : attach_existing_tokens, &state_failure) ||
		!tokens)
		return NULL;
	return dsm_segment_address(tokens);
}

static void
detach_tokens(void)
{
	dsm_detach(tokens);
}

void
pca_shared_memory_detach_tokens(void)
{
	(void) call_guarded(detach_tokens, &state_failure);
	tokens = NULL;
}

/* ---- responses ---- */

/* The process ends, and its segments are detached. */
static void
forget_responses(dsm_segment *segment, Datum arg)
{
	responses = NULL;
}

/* The bytes of blocks that are not used have no meaning. */
static void
init_blocks(void *address)
{
}

/* What attach_wanted() attaches or creates, and where it is mapped. */
static struct
{
	uint32	   *handle;
	Size		size;			/* 0: it is not created */
	void		(*init) (void *address);
	void	   *address;		/* NULL: there is none */
}			wanted;

/*
 * Raise an error if less than half of the space for shared memory would be free with
 * a segment of that size.  Parallel queries need it, and a container has 64 MB.
 */
static void
check_space(Size size)
{
#ifdef __linux__
	struct statvfs file_system;

	if (dynamic_shared_memory_type != DSM_IMPL_POSIX ||
		statvfs(PCA_SHARED_DIRECTORY, &file_system) != 0)
		return;
	if ((uint64) file_system.f_bavail * file_system.f_frsize <
		size + (uint64) file_system.f_blocks * file_system.f_frsize / 2)
		ereport(ERROR,
				(errcode(ERRCODE_DISK_FULL),
				 errmsg("less than half of \"%s\" would be free", PCA_SHARED_DIRECTORY)));
#endif
}

/* Attach or create the wanted segment. */
static void
attach_wanted(void)
{
	dsm_handle	handle = exchange_handle(wanted.handle, DSM_HANDLE_INVALID);
	dsm_segment *segment = NULL;

	if (handle != DSM_HANDLE_INVALID)
		segment = attach_segment(handle);
	else if (wanted.size > 0)
	{
		check_space(wanted.size);
		segment = create_segment(wanted.handle, wanted.size, wanted.init);
	}
	if (segment)
		wanted.address = dsm_segment_address(segment);
	if (segment && wanted.handle == &anchor->responses_handle)
		on_dsm_detach(segment, forget_responses, (Datum) 0);
}

/*
 * Attach the segment that *handle names, or create it; NULL if there is none.  It stays
 * attached for the life of the process.
 */
static void *
attach_for_life(uint32 *handle, Size size, void (*init) (void *address))
{
	wanted.handle = handle;
	wanted.size = size;
	wanted.init = init;
	wanted.address = NULL;
	return call_guarded(attach_wanted, &responses_failure) ? wanted.address : NULL;
}

PcaResponseDirectory *
pca_shared_memory_responses(Size size, void (*init) (void *address))
{
	if (!root || !is_memory())
		return NULL;
	if (!responses && !has_failed_lately(&responses_failure))
		responses = attach_for_life(&anchor->responses_handle, size, init);
	return responses;
}

PcaResponseDirectory *
pca_shared_memory_attached_responses(void)
{
	return root ? responses : NULL;
}

void *
pca_shared_memory_attach_blocks(uint32 *handle, Size size)
{
	if (has_failed_lately(&responses_failure))
		return NULL;
	return attach_for_life(handle, size, init_blocks);
}

/* ---- locks ---- */

void
pca_shared_memory_lock(PcaSharedRoot *locked_root, PcaSharedLock part)
{
	if (locked_root)
		LWLockAcquire(&locked_root->locks[part].lock, LW_EXCLUSIVE);
}

void
pca_shared_memory_lock_shared(PcaSharedRoot *locked_root, PcaSharedLock part)
{
	if (locked_root)
		LWLockAcquire(&locked_root->locks[part].lock, LW_SHARED);
}

void
pca_shared_memory_unlock(PcaSharedRoot *locked_root, PcaSharedLock part)
{
	if (locked_root)
		LWLockRelease(&locked_root->locks[part].lock);
}
