/*
 * page_queue.h
 *		The queue of one request's pages: claims, and the check that they fit together.
 *
 * A PcaPageQueue has the state of a request's pages, without pointers, so that
 * processes may share it in dynamic shared memory.  A PcaPageReader is one
 * process's handle of it: the process claims pages, fetches them, and completes
 * them.
 */
#ifndef PCA_PAGE_QUEUE_H
#define PCA_PAGE_QUEUE_H

#include "postgres.h"

#include "config/option.h"
#include "request/request.h"
#include "scan/paging.h"
#include "scan/participants.h"

/*
 * Pages that may be in flight, or wait for pages before them.  At the largest
 * page size, a page that is retried again and again holds up a million rows.
 */
#define PCA_PAGE_QUEUE_SLOTS		100

/* The size of a page's response detail, in bytes: some identifiers. */
#define PCA_PAGE_QUEUE_DETAIL_SIZE		512

typedef enum PcaPageSlotState
{
	PCA_PAGE_SLOT_FREE,
	PCA_PAGE_SLOT_REQUESTED,	/* a process fetches the page */
	PCA_PAGE_SLOT_RECEIVED		/* the page waits for pages before it */
} PcaPageSlotState;

/* One page that a process has in flight, or that waits to be accepted. */
typedef struct PcaPageSlot
{
	PcaPageSlotState state;
	bool		rows_returned;	/* the scan has got rows of it */
	PcaPageState page;			/* once it is received; without the texts */
	char		response_detail[PCA_PAGE_QUEUE_DETAIL_SIZE];
} PcaPageSlot;

/* All zero: it is not initialized. */
typedef struct PcaPageQueue
{
	bool		is_initialized;
	PcaPaging	paging;
	bool		uses_other_path;	/* requests have the other path variant */
	bool		tried_both_paths;
	bool		has_response;	/* the API has responded to a request */
	bool		is_closing;		/* no page is requested any more, but some are
								 * in flight */
	bool		is_complete;
	bool		has_replayed_rows;	/* pages after the one that is replayed
									 * have rows */
	int			layout;			/* incremented when claimed pages are
								 * forgotten */
	bool		is_checking_skip;	/* the page for paging.skip_check is in
									 * flight */
	PcaPageSlot slots[PCA_PAGE_QUEUE_SLOTS];
} PcaPageQueue;

typedef struct PcaPageReader PcaPageReader;
struct PcaCachedResponse;		/* of cached_response.h */

/* A page that the process has claimed. */
typedef struct PcaPageRef
{
	int			slot;			/* in the queue; none for a skip check */
	int			layout;			/* of the queue, when it was claimed */
	bool		other_path;		/* it is requested by the other path variant */
	PcaPageState page;
} PcaPageRef;

/*
 * Begin to read a request with a queue of its own.  unfiltered_total as for
 * pca_paging_begin(); other_path: begin with the other path variant.  Lives in
 * the current memory context; request and table must live as long.
 */
extern PcaPageReader *pca_page_queue_begin(const PcaRequest *request, const PcaTable *table,
										   int64 unfiltered_total, bool other_path);

/*
 * Read a request, which must be paged, with the queue that the participants
 * share, as the participant of that number.
 */
extern PcaPageReader *pca_page_queue_join(const PcaRequest *request, const PcaTable *table,
										  bool other_path, PcaPageQueue *queue,
										  PcaParticipants *participants, int number);

/* Free the reader, without completing claimed pages. */
extern void pca_page_queue_free(PcaPageReader *reader);

/*
 * Claim a page to fetch.  Returns false if there is none at the moment.  window:
 * the number of pages that all participants may have in flight.
 */
extern bool pca_page_queue_claim_page(PcaPageReader *reader, int window, PcaPageRef *ref);

/* Returns the URL of a claimed page.  Current memory context. */
extern char *pca_page_queue_page_url(const PcaPageReader *reader, PcaPageRef *ref,
									 const char *base_url);

/*
 * Update the reader from the queue, if other processes may have changed it.
 * Returns false if the response is complete, or no more rows are wanted.
 */
extern bool pca_page_queue_refresh(PcaPageReader *reader);

/*
 * Expect that number of rows, all of which are wanted, so that pages may be claimed
 * before the first one has arrived.  For a queue of one process
 * only: of several, one could wait for rows that another must take first.
 */
extern void pca_page_queue_expect_rows(PcaPageReader *reader, double rows);

/* Returns true if pages may be claimed before the first one has arrived. */
extern bool pca_page_queue_expects_rows(const PcaPageReader *reader);

/*
 * Returns true if a claimed page must not be read yet: the first page, which tells
 * if it fits, has not arrived.
 */
extern bool pca_page_queue_must_hold(const PcaPageReader *reader, const PcaPageRef *ref);

/* Returns true if a claimed page is no longer wanted, and need not be completed. */
extern bool pca_page_queue_is_forgotten(const PcaPageReader *reader, const PcaPageRef *ref);

/*
 * Note that rows of a claimed page are about to be returned.  Returns false if
 * they must not be, since the response is complete without them.
 */
extern bool pca_page_queue_begin_rows(PcaPageReader *reader, const PcaPageRef *ref);

/*
 * Check the first item of a claimed page.  Returns true if the page must not be read
 * yet, since the API may ignore skip: then it is claimed again after that was checked.
 * digest: of the page's items so far.
 */
extern bool pca_page_queue_defer_page(PcaPageReader *reader, const PcaPageRef *ref,
									  const PcaDigest *digest);

/* Note that skip is known to be honored, and need not be checked. */
extern void pca_page_queue_trust_skip(PcaPageReader *reader);

/* Returns true if skip is known to be honored. */
extern bool pca_page_queue_skip_is_honored(const PcaPageReader *reader);

/*
 * Note that the API has responded with a page.  Returns true if no page of the
 * request has been completed before.
 */
extern bool pca_page_queue_note_response(PcaPageReader *reader);

/*
 * Use the other path variant for a page that was not found, if it was requested by the
 * wrong one.  The first page decides which that is.  Returns false if there is no
 * other variant to try.
 */
extern bool pca_page_queue_try_other_path(PcaPageReader *reader, const PcaPageRef *ref);

/* Returns true if that page is the next one to be accepted. */
extern bool pca_page_queue_is_next(const PcaPageReader *reader, const PcaPageRef *ref);

/*
 * Accept a claimed page, which is received or refused (ref->page.is_refused), and
 * the pages that waited for it.  A refused page after the last row has no items.
 * Returns false if the response is complete.  Raises an error if the pages do not
 * fit together; where option on_incomplete allows it, a warning.
 */
extern bool pca_page_queue_complete_page(PcaPageReader *reader, const PcaPageRef *ref);

/* ---- accessors ---- */

/* Returns the request that is read. */
extern const PcaRequest *pca_page_queue_request(const PcaPageReader *reader);

/* Returns the value of MS-ContinuationToken for the next page, or NULL. */
extern const char *pca_page_queue_continuation(const PcaPageReader *reader);

/* Returns the digest of the last accepted page, as of the last pca_page_queue_refresh(). */
extern const PcaDigest *pca_page_queue_previous(const PcaPageReader *reader);

/* Returns the number of pages that were accepted. */
extern int64 pca_page_queue_pages(const PcaPageReader *reader);

/* Returns the number of rows of the response; -1 if it is not known for certain. */
extern int64 pca_page_queue_expected_rows(const PcaPageReader *reader);

/* The same for a shared queue whose lock the caller holds. */
extern int64 pca_page_queue_expected_total(const PcaPageQueue *queue);

/* Returns pca_paging_probed() at the end of a probe. */
extern int64 pca_page_queue_probed_rows(const PcaPageReader *reader);

/* Returns, at the end, the number of rows that TotalCount counts beyond the items. */
extern int64 pca_page_queue_uncounted_rows(const PcaPageReader *reader);

/* Returns, at the end, the number of rows that were received. */
extern int64 pca_page_queue_received_rows(const PcaPageReader *reader);

/*
 * Forget the pages that were claimed after the first one, which is requested again.
 * Their rows are held until it has arrived.
 */
extern void pca_page_queue_forget_guesses(PcaPageReader *reader, PcaPageRef *first);

/* Returns true if both path variants were tried. */
extern bool pca_page_queue_tried_both_paths(const PcaPageReader *reader);

/*
 * Returns true if the API has responded to a path variant; *other_path: if that
 * was the other one.  Reads a shared queue without a lock, since both are set
 * before the first page is returned.
 */
extern bool pca_page_queue_found_path(const PcaPageQueue *queue, bool *other_path);

/*
 * Read the pages of a response that was complete: one after the other, and no page is
 * requested to check skip.  No page was claimed yet.
 */
extern void pca_page_queue_begin_replay(PcaPageReader *reader);

/* Note if pages after the one that is replayed next have rows. */
extern void pca_page_queue_note_rows_beyond(PcaPageReader *reader, bool rows_beyond);

/* Attach what the fetch does with the cache, and return it; NULL: nothing. */
extern void pca_page_queue_set_cached(PcaPageReader *reader, struct PcaCachedResponse *cached);
extern struct PcaCachedResponse *pca_page_queue_cached(const PcaPageReader *reader);

/* Returns the number of pages that were accepted. */
extern int64 pca_page_queue_accepted_pages(const PcaPageReader *reader);

/* Returns true if the response has ended with a warning, as rows are missing. */
extern bool pca_page_queue_is_incomplete(const PcaPageReader *reader);

/* Returns the queue of a reader. */
extern const PcaPageQueue *pca_page_queue_of(const PcaPageReader *reader);

#endif							/* PCA_PAGE_QUEUE_H */
