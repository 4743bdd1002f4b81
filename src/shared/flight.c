/*
 * flight.c
 *		Who requests a response that others wait for.
 *
 * A key has a slot, with the lease of the leader.  Nothing is held while a session waits: a
 * follower looks at the slot from time to time, and leaves if the leader shows no work, if
 * the response takes too long, or if it will not be kept.  In the last case the key is
 * marked, so that nobody waits for it for a while.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/latch.h"
#include "storage/proc.h"

#include "compat.h"
#include "shared/flight.h"
#include "shared/lease.h"
#include "shared/response_cache.h"
#include "shared/shared_memory.h"

/*
 * How often a follower looks, in ms: at first, and at the end of a longer wait.  Its
 * leader wakes it, too; but below an Append it cannot be woken.
 */
#define LOOK_MS			20
#define LOOK_LATER_MS	200

/* Processes to wake once the lock is released. */
typedef struct Wakeups
{
	int			number;
	int32		processes[PCA_FLIGHT_FOLLOWERS];
} Wakeups;

/* ---- slots ---- */

/* Returns true if a slot has that key. */
static bool
is_slot_of(const PcaFlightSlot *slot, const PcaResponseKey *key)
{
	return memcmp(&slot->key, key, sizeof(PcaResponseKey)) == 0;
}

/* The slot of a key, or NULL. */
static PcaFlightSlot *
find_flight_slot(PcaResponseDirectory *directory, const PcaResponseKey *key)
{
	for (int i = 0; i < PCA_FLIGHT_SLOTS; i++)
	{
		if (is_slot_of(&directory->flights[i], key))
			return &directory->flights[i];
	}
	return NULL;
}

/*
 * The slot of a key, or a new one: one that nobody uses, or else the one whose mark ends
 * first.  NULL if all have a live leader.
 */
static PcaFlightSlot *
make_flight_slot(PcaResponseDirectory *directory, const PcaResponseKey *key, int64 now)
{
	PcaFlightSlot *slot = find_flight_slot(directory, key);
	PcaFlightSlot *oldest = NULL;

	if (slot)
		return slot;
	for (int i = 0; i < PCA_FLIGHT_SLOTS; i++)
	{
		slot = &directory->flights[i];
		if (!pca_lease_is_live(&slot->lease, now) &&
			(!oldest || slot->marked_until < oldest->marked_until))
			oldest = slot;
	}
	if (!oldest)
		return NULL;

	/*
	 * the serial numbers of leases go on, so that an earlier user's do not
	 * fit
	 */
	oldest->key = *key;
	oldest->first_page_at = 0;
	oldest->marked_until = 0;
	oldest->kept = 0;
	oldest->nfollowers = 0;
	return oldest;
}

/* The slot of a flight, or NULL if it is another's now. */
static PcaFlightSlot *
get_flight_slot(PcaResponseDirectory *directory, const PcaFlight *flight)
{
	PcaFlightSlot *slot = &directory->flights[flight->slot];

	return is_slot_of(slot, &flight->key) ? slot : NULL;
}

/* Returns true if the first page came so long ago that nobody waits for the others. */
static bool
takes_long(const PcaFlightSlot *slot, int64 now)
{
	return slot->first_page_at != 0 && now - slot->first_page_at >= PCA_FLIGHT_FOLLOW_MS;
}

/* The directory, if there is one, and the root with its lock. */
static PcaResponseDirectory *
get_directory(PcaSharedRoot **root)
{
	*root = pca_shared_memory_attached_root();
	return *root ? pca_shared_memory_attached_responses() : NULL;
}

/* ---- joining ---- */

/* Let the leader wake this process, if it has space. */
static void
add_follower(PcaFlightSlot *slot)
{
	if (slot->nfollowers < PCA_FLIGHT_FOLLOWERS)
		slot->followers[slot->nfollowers++] = PCA_MY_PROC_NUMBER;
}

/* Choose a role in a flight; the lock is held. */
static PcaFlightRole
choose_role(PcaFlightSlot *slot, bool may_follow, int64 now)
{
	if (!slot || slot->marked_until > now)
		return PCA_FLIGHT_NONE;
	if (pca_lease_is_live(&slot->lease, now))
	{
		/* another scan of this process may not run before this one ends */
		if (!may_follow || slot->lease.pid == MyProcPid || takes_long(slot, now))
			return PCA_FLIGHT_NONE;
		add_follower(slot);
		return PCA_FLIGHT_FOLLOW;
	}
	(void) pca_lease_take(&slot->lease, now);
	slot->first_page_at = 0;
	slot->nfollowers = 0;
	return PCA_FLIGHT_LEAD;
}

PcaFlightRole
pca_flight_join(const PcaResponseKey *key, bool may_follow, int64 now, PcaFlight *flight)
{
	PcaSharedRoot *root;
	PcaResponseDirectory *directory;
	PcaFlightSlot *slot;

	memset(flight, 0, sizeof(PcaFlight));
	if (!pca_response_cache_is_enabled())
		return PCA_FLIGHT_NONE;
	directory = get_directory(&root);
	pca_shared_memory_lock(root, PCA_SHARED_FLIGHTS);
	slot = make_flight_slot(directory, key, now);
	flight->role = choose_role(slot, may_follow, now);
	if (flight->role != PCA_FLIGHT_NONE)
	{
		flight->key = *key;
		flight->slot = (int32) (slot - directory->flights);
		flight->serial = slot->lease.serial;
		flight->joined_at = now;
	}
	pca_shared_memory_unlock(root, PCA_SHARED_FLIGHTS);
	return flight->role;
}

/* ---- leading ---- */

/* Show that the leader works; is_first_page: its first page was received. */
static bool
show_work(const PcaFlight *flight, bool is_first_page, int64 now)
{
	PcaSharedRoot *root;
	PcaResponseDirectory *directory = get_directory(&root);
	PcaFlightSlot *slot;
	bool		is_held;

	if (!directory || flight->role != PCA_FLIGHT_LEAD)
		return false;
	pca_shared_memory_lock(root, PCA_SHARED_FLIGHTS);
	slot = get_flight_slot(directory, flight);
	is_held = slot && pca_lease_beat(&slot->lease, flight->serial, now);
	if (is_held && is_first_page && slot->first_page_at == 0)
		slot->first_page_at = now;
	pca_shared_memory_unlock(root, PCA_SHARED_FLIGHTS);
	return is_held;
}

bool
pca_flight_beat(const PcaFlight *flight, int64 now)
{
	return show_work(flight, false, now);
}

bool
pca_flight_first_page(const PcaFlight *flight, int64 now)
{
	return show_work(flight, true, now);
}

/* Mark a slot's key; it does not become shorter. */
static void
mark_slot(PcaFlightSlot *slot, int64 now)
{
	slot->marked_until = Max(slot->marked_until, now + PCA_FLIGHT_MARK_MS);
}

/* Take the followers out of a slot. */
static void
take_followers(PcaFlightSlot *slot, Wakeups *wakeups)
{
	wakeups->number = slot->nfollowers;
	memcpy(wakeups->processes, slot->followers, sizeof(int32) * slot->nfollowers);
	slot->nfollowers = 0;
}

/* Wake processes.  One that has taken the number of a follower only looks once more. */
static void
wake_processes(const Wakeups *wakeups)
{
	for (int i = 0; i < wakeups->number; i++)
		SetLatch(&GetPGProcByNumber(wakeups->processes[i])->procLatch);
}

void
pca_flight_end(PcaFlight *flight, bool mark, int64 now)
{
	PcaSharedRoot *root;
	PcaResponseDirectory *directory = get_directory(&root);
	PcaFlightSlot *slot;
	Wakeups		wakeups = {.number = 0};

	if (directory && flight->role == PCA_FLIGHT_LEAD)
	{
		pca_shared_memory_lock(root, PCA_SHARED_FLIGHTS);
		slot = get_flight_slot(directory, flight);
		if (slot && pca_lease_is_held(&slot->lease, flight->serial))
		{
			if (mark)
				mark_slot(slot, now);
			else
				slot->kept = flight->serial;
			pca_lease_end(&slot->lease, flight->serial);
			take_followers(slot, &wakeups);
		}
		pca_shared_memory_unlock(root, PCA_SHARED_FLIGHTS);
		wake_processes(&wakeups);
	}
	memset(flight, 0, sizeof(PcaFlight));
}

void
pca_flight_mark(const PcaResponseKey *key, int64 now)
{
	PcaSharedRoot *root;
	PcaResponseDirectory *directory = get_directory(&root);
	PcaFlightSlot *slot;

	if (!directory)
		return;
	pca_shared_memory_lock(root, PCA_SHARED_FLIGHTS);
	slot = make_flight_slot(directory, key, now);
	if (slot)
		mark_slot(slot, now);
	pca_shared_memory_unlock(root, PCA_SHARED_FLIGHTS);
}

/* ---- following ---- */

/*
 * What a follower does next; the lock is held.  If the leader has disappeared, or shows no
 * work, the key is marked: the follower and all others send their own requests.
 */
static PcaFlightState
choose_state(PcaFlightSlot *slot, const PcaFlight *flight, int64 now)
{
	if (!slot)
		return PCA_FLIGHT_LOST;
	if (slot->kept >= flight->serial)
		return PCA_FLIGHT_KEPT;
	if (slot->lease.serial != flight->serial || slot->lease.pid == 0 ||
		slot->marked_until > now || takes_long(slot, now))
		return PCA_FLIGHT_LOST;
	if (pca_lease_is_live(&slot->lease, now))
		return PCA_FLIGHT_WAITS;
	mark_slot(slot, now);
	return PCA_FLIGHT_LOST;
}

/* Take this process out of the followers of a slot. */
static void
remove_follower(PcaFlightSlot *slot)
{
	for (int i = 0; i < slot->nfollowers; i++)
	{
		if (slot->followers[i] == PCA_MY_PROC_NUMBER)
		{
			slot->followers[i] = slot->followers[--slot->nfollowers];
			return;
		}
	}
}

PcaFlightState
pca_flight_poll(PcaFlight *flight, int64 now, int64 *wait_ms)
{
	PcaSharedRoot *root;
	PcaResponseDirectory *directory = get_directory(&root);
	PcaFlightState state = PCA_FLIGHT_LOST;

	*wait_ms = 0;
	if (directory && flight->role == PCA_FLIGHT_FOLLOW)
	{
		pca_shared_memory_lock(root, PCA_SHARED_FLIGHTS);
		state = choose_state(get_flight_slot(directory, flight), flight, now);
		pca_shared_memory_unlock(root, PCA_SHARED_FLIGHTS);
	}
	if (state == PCA_FLIGHT_WAITS)
		*wait_ms = Min(Max((now - flight->joined_at) / 10, LOOK_MS), LOOK_LATER_MS);
	else
		pca_flight_leave(flight);
	return state;
}

void
pca_flight_leave(PcaFlight *flight)
{
	PcaSharedRoot *root;
	PcaResponseDirectory *directory = get_directory(&root);
	PcaFlightSlot *slot;

	if (directory && flight->role == PCA_FLIGHT_FOLLOW)
	{
		pca_shared_memory_lock(root, PCA_SHARED_FLIGHTS);
		slot = get_flight_slot(directory, flight);
		if (slot)
			remove_follower(slot);
		pca_shared_memory_unlock(root, PCA_SHARED_FLIGHTS);
	}
	memset(flight, 0, sizeof(PcaFlight));
}

/* ---- reading ---- */

int
pca_flight_count(int64 now, int *marks)
{
	PcaSharedRoot *root;
	PcaResponseDirectory *directory = get_directory(&root);
	int			number = 0;

	*marks = 0;
	if (!directory)
		return 0;
	pca_shared_memory_lock_shared(root, PCA_SHARED_FLIGHTS);
	for (int i = 0; i < PCA_FLIGHT_SLOTS; i++)
	{
		number += pca_lease_is_live(&directory->flights[i].lease, now);
		*marks += directory->flights[i].marked_until > now;
	}
	pca_shared_memory_unlock(root, PCA_SHARED_FLIGHTS);
	return number;
}
