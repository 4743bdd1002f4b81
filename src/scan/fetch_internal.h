/*
 * fetch_internal.h
 *		The state of a fetch, for fetch.c and fetch_stats.c only.
 */
#ifndef PCA_FETCH_INTERNAL_H
#define PCA_FETCH_INTERNAL_H

#include "postgres.h"

#include "scan/exchange.h"
#include "scan/fetch.h"
#include "scan/page_fetch.h"
#include "scan/page_queue.h"
#include "scan/progress.h"

/* One page in flight. */
typedef struct FetchSlot
{
	PcaPageFetch *page_fetch;
	PcaPageReader *reader;		/* whose page it is; NULL: the slot is free */
	PcaPageRef	ref;
} FetchSlot;

struct PcaFetch
{
	MemoryContext context;
	const PcaTable *table;
	Oid			userid;			/* whose user mapping is used */
	const char *error_prefix;	/* of errors of requests without a customer */
	List	   *requests;		/* PcaRequest * */
	int			nbegun;			/* how many of them have begun */
	List	   *readers;		/* PcaPageReader *: of those that have begun,
								 * and are not complete */
	PcaHttpSession *session;
	int			nslots;
	FetchSlot  *slots;
	int			current;		/* the slot that is advanced first */
	bool		has_response;	/* the API has responded to a request */
	bool		skip_is_honored;	/* a skip check has shown it */
	bool		has_changed;	/* something that another slot may wait for */
	PcaFetchStats stats;
	PcaProgress *progress;
	PcaProgressState reported;	/* to the other participants */
	PcaParticipants *participants;	/* NULL: one process fetches alone */
	PcaFetchShared *shared;		/* by the participants */
	int			number;			/* of this process among them */
	bool		is_single_request;
	bool		is_paused;		/* no page after the first is requested */
	int64		expected_rows;	/* of the single request; -1: not known */
	int64		unfiltered_total;	/* TotalCount that a probe found; -1:
									 * unknown */
	int64		uncounted_rows; /* counted by TotalCount, not received */
	List	   *skipped;		/* char *: customers */
	bool		has_ended;
};

/*
 * Report how far the scan is.  is_blocked: it waits, perhaps for the time that the
 * session has noted.
 */
extern void pca_fetch_internal_report(PcaFetch *fetch, bool is_blocked);

#endif							/* PCA_FETCH_INTERNAL_H */
