/*
 * fetch_slot.h
 *		The slots of a fetch: which page each one gets, and what follows from it.
 *
 * For fetch.c alone, whose state this is.
 */
#ifndef PCA_FETCH_SLOT_H
#define PCA_FETCH_SLOT_H

#include "postgres.h"

#include "scan/cached_response.h"
#include "scan/fetch.h"
#include "scan/page_fetch.h"
#include "scan/page_queue.h"

/* One page that this process has in flight. */
typedef struct PcaFetchSlot
{
	PcaPageFetch *page_fetch;
	PcaPageReader *reader;		/* whose page it is; NULL: the slot is free */
	PcaPageRef	ref;
	PcaPageRecording *recording;	/* of the page, or NULL */
} PcaFetchSlot;

struct PcaFetch
{
	MemoryContext context;
	const PcaTable *table;
	Oid			userid;			/* whose user mapping is used */
	List	   *requests;		/* PcaRequest * */
	int			nbegun;			/* how many of them have begun */
	List	   *readers;		/* PcaPageReader *: of those that have begun,
								 * and are not complete */
	PcaExchangeSession *session;
	PcaFetchCache *cache;		/* NULL: it is not used */
	int			nslots;
	PcaFetchSlot *slots;
	int			current;		/* the slot that is advanced first */
	const PcaRequest *advanced; /* the request whose page is advanced, for
								 * messages; or NULL */
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
	int64		max_pages;		/* no page is requested after that many were
								 * accepted; -1: not paused */
	int64		expected_rows;	/* of the single request; -1: not known */
	int64		unfiltered_total;	/* TotalCount that a probe found; -1:
									 * unknown */
	int64		uncounted_rows; /* counted by TotalCount, not received */
	List	   *skipped;		/* char *: customers */
	bool		has_ended;
};

/* Returns the next request to begin, or NULL. */
extern const PcaRequest *pca_fetch_slot_next_request(const PcaFetch *fetch);

/* Returns true if the session knows that the request needs its other path variant. */
extern bool pca_fetch_slot_begins_with_other_path(const PcaFetch *fetch, const PcaRequest *request);

/* Returns true if no slot has a page. */
extern bool pca_fetch_slot_all_free(const PcaFetch *fetch);

/*
 * Give a free slot a page, of a request that has begun or of the next one.  Returns
 * false if there is none at the moment.
 */
extern bool pca_fetch_slot_fill(PcaFetch *fetch, PcaFetchSlot *slot);

/* Free a slot.  Its page is not completed. */
extern void pca_fetch_slot_free(PcaFetchSlot *slot);

/* Free a slot whose page was a guess, and has no rows of its own. */
extern void pca_fetch_slot_drop(PcaFetch *fetch, PcaFetchSlot *slot);

/* End a complete request.  Its pages in flight were guesses, and have no rows. */
extern void pca_fetch_slot_end_request(PcaFetch *fetch, PcaPageReader *reader);

/*
 * Free the slot, whose page is complete or refused.  Errors: those of
 * pca_page_queue_complete_page().
 */
extern void pca_fetch_slot_complete(PcaFetch *fetch, PcaFetchSlot *slot);

/* Remember which path variant the queue's pages have; later scans begin with it. */
extern void pca_fetch_slot_remember_path(const PcaFetch *fetch, const PcaRequest *request,
										 const PcaPageQueue *queue);

/* Note that the API has responded with a page of that reader. */
extern void pca_fetch_slot_note_response(PcaFetch *fetch, PcaPageReader *reader);

/*
 * Handle the HTTP error of the slot's page, which is raised unless there is
 * another way: a page that was a guess may not exist.
 */
extern void pca_fetch_slot_handle_http_error(PcaFetch *fetch, PcaFetchSlot *slot);

#endif							/* PCA_FETCH_SLOT_H */
