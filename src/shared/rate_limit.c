/*
 * rate_limit.c
 *		When the next request may be sent, of all sessions of the server.
 *
 * A limit of requests a minute gives each request a second: the first in which the
 * last 61 seconds have fewer requests than the limit, and none before one that was
 * given out already.  So no 60 seconds have more than the limit, and the first to ask
 * is the first to send.  Nothing is held while a session waits: it waits for a time.
 * If the session is cancelled or killed, that time passes unused.
 *
 * A response 429 pauses a resource for all sessions.  If all went on together after
 * the pause, most would be refused again.  So a rate is learned: what the API
 * accepted before, less a tenth.  While there is one, requests are spread evenly.
 * Another 429 lowers the rate, and minutes without one raise it, until it limits
 * nothing.
 *
 * A request counts for its resource, and for the scope of its limit.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "shared/rate_limit.h"
#include "shared/shared_memory.h"

/* A limit is for that many seconds: a minute, and the part of one that a second is. */
#define LIMIT_SECONDS			61

/* The farthest time that is reserved, in ms.  Later ones are asked for again. */
#define FARTHEST_MS				60000

/* When to ask again for a time that is too far ahead, in ms. */
#define ASK_AGAIN_MS			1000

/*
 * The longest pause of all sessions, in ms: after five minutes, a request finds out
 * if a server that asked for a year means it.
 */
#define LONGEST_PAUSE_MS		300000

/* A rate is learned from the requests of that many ms, as long as the pause. */
#define SHORTEST_WINDOW_MS		5000
#define LONGEST_WINDOW_MS		60000

/* The part of what the API accepted that a learned rate uses. */
#define LEARNED_PART			0.9

/* Another 429 lowers the rate by that factor. */
#define LOWERED_PART			0.75

/* The factor of the first minute without 429; that of each further one is larger by it. */
#define GROWTH					1.125

/*
 * The lowest rate, in requests a minute.  Below a request a second, the pause is
 * enough: few requests at once cannot exceed much.  A server that responds 429 for
 * other reasons does not slow scans down further.
 */
#define LOWEST_RATE				60.0

/* A rate that is so many times what is used limits nothing, and is forgotten. */
#define FORGOTTEN_FACTOR		2.0

/* An entry that was not used for that long may be replaced, in ms. */
#define IDLE_MS					120000

#define MINUTE_MS				60000
#define SECOND_MS				1000

/* The table of a session that works alone. */
static PcaRateLimitTable *own_table = NULL;

/* A table, and the root whose lock protects it; NULL: it is the session's own. */
typedef struct Limits
{
	PcaSharedRoot *root;
	PcaRateLimitTable *table;
} Limits;

/* The shared table, or the session's own. */
static Limits
open_limits(void)
{
	Limits		limits = {.root = pca_shared_memory_root()};

	if (limits.root)
	{
		limits.table = &limits.root->rate_limits;
		return limits;
	}
	if (!own_table)
		own_table = MemoryContextAllocZero(TopMemoryContext, sizeof(PcaRateLimitTable));
	limits.table = own_table;
	return limits;
}

/* ---- entries ---- */

/* A number for a key, never 0. */
static uint64
hash_entry_key(const PcaRateLimitKey *key, const char *scope)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) key->origin,
										   (int) strnlen(key->origin, PCA_RATE_LIMIT_ORIGIN_SIZE - 1),
										   key->tenant);

	return hash_bytes_extended((const unsigned char *) scope,
							   (int) strnlen(scope, PCA_RATE_LIMIT_SCOPE_SIZE - 1), hash) | 1;
}

/* Returns true if the entry is that of the key. */
static bool
is_entry_of(const PcaRateLimitEntry *entry, uint64 hash, const PcaRateLimitKey *key,
			const char *scope)
{
	return entry->hash == hash && entry->tenant == key->tenant &&
		strncmp(entry->origin, key->origin, PCA_RATE_LIMIT_ORIGIN_SIZE - 1) == 0 &&
		strncmp(entry->scope, scope, PCA_RATE_LIMIT_SCOPE_SIZE - 1) == 0;
}

/*
 * The entry of a key, which replaces the one that was not used for longest.  If all
 * are in use, that one is replaced, too: its limit begins again.
 */
static PcaRateLimitEntry *
find_entry_of(PcaRateLimitTable *table, const PcaRateLimitKey *key, const char *scope, int64 now)
{
	uint64		hash = hash_entry_key(key, scope);
	PcaRateLimitEntry *oldest = &table->entries[0];

	for (int i = 0; i < PCA_RATE_LIMIT_ENTRIES; i++)
	{
		PcaRateLimitEntry *entry = &table->entries[i];

		if (is_entry_of(entry, hash, key, scope))
		{
			entry->used_at = now;
			return entry;
		}
		if (entry->used_at < oldest->used_at)
			oldest = entry;
	}
	memset(oldest, 0, sizeof(PcaRateLimitEntry));
	oldest->hash = hash;
	oldest->tenant = key->tenant;
	oldest->used_at = now;
	strlcpy(oldest->origin, key->origin, sizeof(oldest->origin));
	strlcpy(oldest->scope, scope, sizeof(oldest->scope));
	return oldest;
}

/* ---- requests of seconds ---- */

/* The requests of a second; it is made the entry's if it is not. */
static uint32 *
find_second(PcaRateLimitEntry *entry, int64 second)
{
	PcaRateLimitSecond *place = &entry->seconds[second % PCA_RATE_LIMIT_SECONDS];

	if (place->second != (uint32) second)
	{
		place->second = (uint32) second;
		place->requests = 0;
	}
	return &place->requests;
}

/* The requests of a second, which the entry may not know. */
static uint32
count_second(const PcaRateLimitEntry *entry, int64 second)
{
	const PcaRateLimitSecond *place;

	if (second < 0)
		return 0;
	place = &entry->seconds[second % PCA_RATE_LIMIT_SECONDS];
	return place->second == (uint32) second ? place->requests : 0;
}

/* The requests of that many seconds, of which last is the last. */
static int64
count_seconds(const PcaRateLimitEntry *entry, int64 last, int number)
{
	int64		sum = 0;

	for (int i = 0; i < number; i++)
		sum += count_second(entry, last - i);
	return sum;
}

/* Take a request back from its second. */
static void
uncount_request(PcaRateLimitEntry *entry, int64 at)
{
	if (count_second(entry, at / SECOND_MS) > 0)
		(*find_second(entry, at / SECOND_MS))--;
}

/* ---- the limit ---- */

/* Reserve a time by the limit; 0 if there is none near enough. */
static int64
reserve_by_limit(PcaRateLimitEntry *entry, int per_minute, int64 now)
{
	int64		current = now / SECOND_MS;
	int64		second = Max(current, entry->last_second);
	int64		sum = count_seconds(entry, second, LIMIT_SECONDS);

	while (sum >= per_minute)
	{
		if (++second > current + FARTHEST_MS / SECOND_MS)
			return 0;
		sum += (int64) count_second(entry, second) -
			(int64) count_second(entry, second - LIMIT_SECONDS);
	}
	(*find_second(entry, second))++;
	entry->last_second = second;
	return Max(now, second * SECOND_MS);
}

/* When the limit allows the request; 0: now.  A second that has passed is given back. */
static int64
wait_for_limit(PcaRateLimitEntry *entry, int per_minute, PcaRateLimitSlot *slot, int64 now)
{
	entry->declared_limit = per_minute;
	if (slot->limit_at != 0 && slot->limit_at / SECOND_MS < now / SECOND_MS)
	{
		uncount_request(entry, slot->limit_at);
		slot->limit_at = 0;
	}
	if (slot->limit_at == 0)
		slot->limit_at = reserve_by_limit(entry, per_minute, now);
	if (slot->limit_at == 0)
		return now + ASK_AGAIN_MS;
	return slot->limit_at > now ? slot->limit_at : 0;
}

/* ---- the learned rate ---- */

/* What the API accepted before it refused a request, as a rate. */
static double
learn_rate(const PcaRateLimitEntry *entry)
{
	int			seconds = entry->window_ms / SECOND_MS;
	int64		accepted = count_seconds(entry, entry->throttled_at / SECOND_MS, seconds);
	double		rate = (double) accepted * MINUTE_MS / entry->window_ms * LEARNED_PART;

	return rate < LOWEST_RATE ? 0 : rate;
}

/* Raise the rate for minutes without 429, or forget it. */
static void
raise_rate(PcaRateLimitEntry *entry, int64 now)
{
	int64		used;

	if (entry->rate <= 0 || now - entry->changed_at < MINUTE_MS)
		return;
	used = count_seconds(entry, now / SECOND_MS, MINUTE_MS / SECOND_MS);
	while (entry->rate > 0 && now - entry->changed_at >= MINUTE_MS)
	{
		entry->changed_at += MINUTE_MS;
		entry->rate *= entry->growth;
		entry->growth *= GROWTH;
		if (entry->rate > FORGOTTEN_FACTOR * used)
			entry->rate = 0;
	}
}

/* When the learned rate allows the request; 0: now. */
static int64
wait_for_rate(PcaRateLimitEntry *entry, PcaRateLimitSlot *slot, int64 now)
{
	if (entry->rate <= 0)
	{
		slot->rate_at = 0;
		return 0;
	}
	if (slot->rate_at == 0)
	{
		int64		at = Max(now, entry->last_ms + (int64) (MINUTE_MS / entry->rate));

		if (at > now + FARTHEST_MS)
			return now + ASK_AGAIN_MS;
		entry->last_ms = at;
		slot->rate_at = at;
	}
	return slot->rate_at > now ? slot->rate_at : 0;
}

/* Lower the rate, or learn one, since a request was refused that was sent at sent_at. */
static void
lower_rate(PcaRateLimitEntry *entry, int64 sent_at, int64 pause_ms, int64 now)
{
	/* requests that were in flight together are refused together */
	bool		same_excess = entry->throttled_at != 0 && sent_at <= entry->throttled_at;

	if (!same_excess)
	{
		entry->throttled_at = now;
		entry->window_ms = 0;
		entry->growth = GROWTH;
		if (entry->rate > 0)
			entry->rate = Max(entry->rate * LOWERED_PART, LOWEST_RATE);
		else
			entry->window_ms = (int32) Min(Max(pause_ms, SHORTEST_WINDOW_MS), LONGEST_WINDOW_MS);
	}
	if (entry->window_ms > 0)
		entry->rate = learn_rate(entry);
}

/* ---- a request ---- */

/* Give back what is reserved, since it cannot be used. */
static void
drop_slot(PcaRateLimitTable *table, const PcaRateLimitKey *key, PcaRateLimitSlot *slot, int64 now)
{
	if (slot->limit_at != 0 && key->per_minute > 0)
		uncount_request(find_entry_of(table, key, key->scope, now), slot->limit_at);
	slot->rate_at = 0;
	slot->limit_at = 0;
}

/* When the request may be sent; *slot may change. */
static PcaRateLimitWait
find_time(PcaRateLimitTable *table, const PcaRateLimitKey *key, PcaRateLimitSlot *slot, int64 now)
{
	PcaRateLimitEntry *entry = find_entry_of(table, key, key->resource, now);
	PcaRateLimitWait wait = {0};

	if (entry->paused_until > now)
	{
		wait.until = entry->paused_until;
		wait.retry_at = entry->retry_at > now ? entry->retry_at : 0;
		drop_slot(table, key, slot, now);
		return wait;
	}
	raise_rate(entry, now);
	wait.until = wait_for_rate(entry, slot, now);
	if (wait.until != 0 || key->per_minute <= 0)
		return wait;
	wait.is_limit = true;
	wait.until = wait_for_limit(find_entry_of(table, key, key->scope, now), key->per_minute,
								slot, now);
	return wait;
}

PcaRateLimitWait
pca_rate_limit_reserve(const PcaRateLimitKey *key, PcaRateLimitSlot *slot, int64 now)
{
	Limits		limits = open_limits();
	PcaRateLimitWait wait;

	pca_shared_memory_lock(limits.root, PCA_SHARED_RATE_LIMITS);
	wait = find_time(limits.table, key, slot, now);
	pca_shared_memory_unlock(limits.root, PCA_SHARED_RATE_LIMITS);
	return wait;
}

void
pca_rate_limit_sent(const PcaRateLimitKey *key, PcaRateLimitSlot *slot, int64 now)
{
	Limits		limits = open_limits();

	pca_shared_memory_lock(limits.root, PCA_SHARED_RATE_LIMITS);
	(*find_second(find_entry_of(limits.table, key, key->resource, now), now / SECOND_MS))++;
	pca_shared_memory_unlock(limits.root, PCA_SHARED_RATE_LIMITS);
	slot->rate_at = 0;
	slot->limit_at = 0;
}

void
pca_rate_limit_refused(const PcaRateLimitKey *key, int64 sent_at, int64 pause_ms,
					   bool is_asked, int64 now)
{
	Limits		limits = open_limits();
	PcaRateLimitEntry *entry;

	pca_shared_memory_lock(limits.root, PCA_SHARED_RATE_LIMITS);
	entry = find_entry_of(limits.table, key, key->resource, now);
	uncount_request(entry, sent_at);
	if (is_asked)
		entry->retry_at = Max(entry->retry_at, now + pause_ms);
	entry->paused_until = Max(entry->paused_until, now + Min(pause_ms, LONGEST_PAUSE_MS));
	lower_rate(entry, sent_at, pause_ms, now);
	entry->changed_at = Max(now, entry->paused_until);
	entry->last_ms = Max(entry->last_ms, entry->paused_until);
	pca_shared_memory_unlock(limits.root, PCA_SHARED_RATE_LIMITS);
}

void
pca_rate_limit_clear_own(void)
{
	if (own_table)
		pfree(own_table);
	own_table = NULL;
}

/* ---- reading ---- */

/* Copy an entry.  Returns false if it was not used for some time. */
static bool
copy_entry(PcaRateLimitEntry *entry, int64 now, PcaRateLimitShown *shown)
{
	if (entry->hash == 0 || (entry->used_at < now - IDLE_MS && entry->paused_until <= now))
		return false;
	raise_rate(entry, now);
	memcpy(shown->origin, entry->origin, sizeof(shown->origin));
	memcpy(shown->scope, entry->scope, sizeof(shown->scope));
	shown->requests = count_seconds(entry, now / SECOND_MS, MINUTE_MS / SECOND_MS);
	shown->declared_limit = entry->declared_limit;
	shown->rate = entry->rate;
	shown->pause_ms = Max(entry->paused_until - now, 0);
	return true;
}

bool
pca_rate_limit_read(int *position, int64 now, PcaRateLimitShown *shown)
{
	Limits		limits = open_limits();
	bool		found = false;

	while (!found && *position < PCA_RATE_LIMIT_ENTRIES)
	{
		pca_shared_memory_lock(limits.root, PCA_SHARED_RATE_LIMITS);
		found = copy_entry(&limits.table->entries[(*position)++], now, shown);
		pca_shared_memory_unlock(limits.root, PCA_SHARED_RATE_LIMITS);
	}
	return found;
}
