/*
 * rate_limit.c
 *		Limits the requests to a server: option max_requests_per_minute.
 *
 * The session records when it sent its last requests, as many as are allowed in a
 * minute: the next one may follow a minute after the oldest of them.  If many are
 * allowed, several share an entry, which has the time of the last of them: the limit
 * is never exceeded, and some requests wait a little longer than they would have to.
 * The requests of other sessions are not counted.
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "http/pollset.h"
#include "http/rate_limit.h"

/* The span that the limit is for, in ms. */
#define PCA_PACE_SPAN		60000

/*
 * Entries of a server.  With a thousand of them, an entry of the largest limit
 * (1,000,000 requests a minute) stands for 60 ms, and a server for 8 kB.
 */
#define PCA_PACE_ENTRIES	1000

/* The requests that the session sent to a server. */
typedef struct Pace
{
	Oid			serverid;		/* hash key */
	int			per_minute;		/* what the entries were made for */
	int			size;			/* of times */
	int			current;		/* the entry of the next request */
	int			sent;			/* requests that the current entry has */
	int64	   *times;			/* when the last request of each entry was
								 * sent; 0: none was */
} Pace;

static HTAB *paces = NULL;

/* Returns the entry of a server, which is created, or reset for another limit. */
static Pace *
find_pace(Oid serverid, int per_minute)
{
	HASHCTL		control = {.keysize = sizeof(Oid),.entrysize = sizeof(Pace)};
	Pace	   *pace;
	bool		found;

	if (!paces)
		paces = hash_create("pc_analytics_fdw paces", 8, &control, HASH_ELEM | HASH_BLOBS);
	pace = hash_search(paces, &serverid, HASH_ENTER, &found);
	if (!found)
	{
		pace->per_minute = 0;
		pace->times = NULL;
	}
	if (pace->per_minute != per_minute)
	{
		int			size = Min(per_minute, PCA_PACE_ENTRIES);
		int64	   *times = MemoryContextAllocZero(TopMemoryContext, size * sizeof(int64));

		if (pace->times)
			pfree(pace->times);
		pace->times = times;
		pace->size = size;
		pace->per_minute = per_minute;
		pace->current = 0;
		pace->sent = 0;
	}
	return pace;
}

/* Requests that an entry stands for: all entries together for a minute's. */
static int
entry_capacity(const Pace *pace, int entry)
{
	return pace->per_minute / pace->size + (entry < pace->per_minute % pace->size ? 1 : 0);
}

int64
pca_rate_limit_next(Oid serverid, int per_minute)
{
	Pace	   *pace;

	if (per_minute <= 0)
		return 0;
	pace = find_pace(serverid, per_minute);
	if (pace->sent > 0 || pace->times[pace->current] == 0)
		return 0;
	return pace->times[pace->current] + PCA_PACE_SPAN;
}

void
pca_rate_limit_record(Oid serverid, int per_minute)
{
	Pace	   *pace;

	if (per_minute <= 0)
		return;
	pace = find_pace(serverid, per_minute);
	pace->times[pace->current] = pca_pollset_now();
	if (++pace->sent < entry_capacity(pace, pace->current))
		return;
	pace->sent = 0;
	pace->current = (pace->current + 1) % pace->size;
}
