/*
 * page_queue.h
 *		The pages of one request: who asks for which, and whether they fit.
 *
 * What is known of them stands in a book without pointers, so that processes
 * may share it: they take pages from it, and judge those that came.
 */
#ifndef PCA_PAGE_QUEUE_H
#define PCA_PAGE_QUEUE_H

#include "postgres.h"

#include "config/option.h"
#include "request/request.h"
#include "scan/paging.h"
#include "scan/participants.h"

/*
 * Pages that may be out, or have come before their turn: behind one that is
 * asked for again and again, a million rows.
 */
#define PCA_PAGE_QUEUE_SLOTS		100

/* What is kept of what an error says of a page: some identifiers' length. */
#define PCA_PAGE_QUEUE_DETAIL_SIZE		512

typedef enum PcaPageSlotState
{
	PCA_PAGE_SLOT_FREE,
	PCA_PAGE_SLOT_REQUESTED,	/* somebody asks for it */
	PCA_PAGE_SLOT_RECEIVED		/* it has come, and waits for its turn */
} PcaPageSlotState;

/* One page. */
typedef struct PcaPageSlot
{
	PcaPageSlotState state;
	bool		used;			/* rows of it were handed out */
	PcaPageState part;			/* once it has come; without the texts */
	char		answer[PCA_PAGE_QUEUE_DETAIL_SIZE];
} PcaPageSlot;

/* All zero, it has not begun. */
typedef struct PcaPageQueue
{
	bool		begun;
	PcaPaging	paging;
	bool		other_path;		/* the other path form is asked */
	bool		both_paths;		/* both forms were */
	bool		answered;		/* the API has answered something */
	bool		closing;		/* no page is asked for any more, but some are
								 * out */
	bool		ended;			/* all of it has come */
	PcaPageSlot places[PCA_PAGE_QUEUE_SLOTS];
} PcaPageQueue;

typedef struct PcaPageReader
{
	const PcaRequest *request;
	const char *what;			/* how its errors begin */
	PcaPageQueue *book;
	PcaParticipants *crew;		/* whose book it is; NULL: our own */
	int			member;			/* which of them we are */
	char	   *next_url;		/* where the next link leads, and what it must */
	char	   *continuation;	/* bring; NULL where there is none */
	uint64		moves;			/* of the crew, when the book was looked at */
	PcaDigest	previous;		/* as it was then */
	bool		ended;
} PcaPageReader;

/* A page that is asked for. */
typedef struct PcaPageRef
{
	int			place;			/* in the book */
	PcaPageState part;
} PcaPageRef;

/*
 * Begin to read a request, in a book of its own.  what: how its errors begin;
 * unfiltered as for pca_paging_begin().  Lives in the current memory context.
 */
extern PcaPageReader *pca_page_queue_begin(const PcaRequest *request, const char *what,
										   const PcaTable *table, int64 unfiltered, bool other_path);

/*
 * Take part in reading a request that is paged, from the crew's book, as that
 * member.
 */
extern PcaPageReader *pca_page_queue_join(const PcaRequest *request, const char *what,
										  const PcaTable *table, bool other_path,
										  PcaPageQueue *book, PcaParticipants *crew, int member);

/*
 * Take a page to ask for; false when there is none at the moment.  width: how
 * many a crew may have out.
 */
extern bool pca_page_queue_claim_page(PcaPageReader *ask, int width, PcaPageRef *turn);

/* The URL of a page that was taken, at the server's base URL. */
extern char *pca_page_queue_page_url(const PcaPageReader *ask, const PcaPageRef *turn, const char *base_url);

/*
 * Look at what others may have changed; false when all of the answer has come,
 * or no more is wanted.  previous is that of now.
 */
extern bool pca_page_queue_refresh(PcaPageReader *ask);

/*
 * Rows of a page are about to be handed out.  False when they must not be: all
 * of the answer has come, without them.
 */
extern bool pca_page_queue_begin_rows(PcaPageReader *ask, const PcaPageRef *turn);

/* The API has answered; true when it was the request's first page. */
extern bool pca_page_queue_note_response(PcaPageReader *ask);

/*
 * Ask the other path form, if it was not; only the first page can change it.
 * False when that is no way.
 */
extern bool pca_page_queue_try_other_path(PcaPageReader *ask);

/* Whether that page is the next one to be judged. */
extern bool pca_page_queue_is_next(const PcaPageReader *ask, const PcaPageRef *turn);

/*
 * A page is out no more: judge it, and those that waited for it.  False when
 * all of the answer has come.  Raises what is wrong with the pages, or warns
 * where that is enough.
 */
extern bool pca_page_queue_complete_page(PcaPageReader *ask, const PcaPageRef *turn);

/* How many rows the answer surely has; -1: not known. */
extern int64 pca_page_queue_expected_rows(const PcaPageReader *ask);

/* Free it, without a look at what is out. */
extern void pca_page_queue_free(PcaPageReader *ask);

#endif							/* PCA_PAGE_QUEUE_H */
