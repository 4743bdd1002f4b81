/*
 * pace.c
 *		How often may a server be asked?
 *
 * The session remembers when it sent its last requests, as many as a minute may
 * have: the next one may follow a minute after the oldest of them.  Other
 * sessions are not known here.
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "event.h"
#include "pace.h"

/* What a limit counts, in ms. */
#define PCA_PACE_SPAN		60000

/* The requests that the session sent to a server. */
typedef struct Pace
{
	Oid			serverid;		/* hash key */
	int			size;			/* of times: requests in a minute */
	int			oldest;			/* of the times; the next one takes its place */
	int64	   *times;			/* when they were sent; 0: never */
} Pace;

static HTAB *paces = NULL;

/* The server's, made when it is first asked for, and anew for another limit. */
static Pace *
find_pace(Oid serverid, int per_minute)
{
	HASHCTL		control = {.keysize = sizeof(Oid), .entrysize = sizeof(Pace)};
	Pace	   *pace;
	bool		found;

	if (!paces)
		paces = hash_create("pc_analytics_fdw paces", 8, &control, HASH_ELEM | HASH_BLOBS);
	pace = hash_search(paces, &serverid, HASH_ENTER, &found);
	if (!found)
	{
		pace->size = 0;
		pace->times = NULL;
	}
	if (pace->size != per_minute)
	{
		int64	   *times = MemoryContextAllocZero(TopMemoryContext,
												   per_minute * sizeof(int64));

		if (pace->times)
			pfree(pace->times);
		pace->times = times;
		pace->size = per_minute;
		pace->oldest = 0;
	}
	return pace;
}

int64
pca_pace_next(Oid serverid, int per_minute)
{
	Pace	   *pace;

	if (per_minute <= 0)
		return 0;
	pace = find_pace(serverid, per_minute);
	return pace->times[pace->oldest] == 0 ? 0 : pace->times[pace->oldest] + PCA_PACE_SPAN;
}

void
pca_pace_note(Oid serverid, int per_minute)
{
	Pace	   *pace;

	if (per_minute <= 0)
		return;
	pace = find_pace(serverid, per_minute);
	pace->times[pace->oldest] = pca_event_now();
	pace->oldest = (pace->oldest + 1) % pace->size;
}
