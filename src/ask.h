/*
 * ask.h
 *		The pages of one request: who asks for which, and whether they fit.
 *
 * What is known of them stands in a book without pointers, so that processes
 * may share it: they take pages from it, and judge those that came.
 */
#ifndef PCA_ASK_H
#define PCA_ASK_H

#include "postgres.h"

#include "crew.h"
#include "option.h"
#include "paging.h"
#include "request.h"

/*
 * Pages that may be out, or have come before their turn: behind one that is
 * asked for again and again, a million rows.
 */
#define PCA_ASK_PAGES		100

/* What is kept of what an error says of a page: some identifiers' length. */
#define PCA_ASK_ANSWER		512

typedef enum PcaPlaceState
{
	PCA_PLACE_FREE,
	PCA_PLACE_OUT,				/* somebody asks for it */
	PCA_PLACE_EARLY				/* it has come, and waits for its turn */
} PcaPlaceState;

/* One page. */
typedef struct PcaPlace
{
	PcaPlaceState state;
	bool		used;			/* rows of it were handed out */
	PcaPart		part;			/* once it has come; without the texts */
	char		answer[PCA_ASK_ANSWER];
} PcaPlace;

/* All zero, it has not begun. */
typedef struct PcaBook
{
	bool		begun;
	PcaPaging	paging;
	bool		other_path;		/* the other path form is asked */
	bool		both_paths;		/* both forms were */
	bool		answered;		/* the API has answered something */
	bool		closing;		/* no page is asked for any more, but some are out */
	bool		ended;			/* all of it has come */
	PcaPlace	places[PCA_ASK_PAGES];
} PcaBook;

typedef struct PcaAsk
{
	const PcaRequest *request;
	const char *what;			/* how its errors begin */
	PcaBook    *book;
	PcaCrew    *crew;			/* whose book it is; NULL: our own */
	int			member;			/* which of them we are */
	char	   *next_url;		/* where the next link leads, and what it must */
	char	   *continuation;	/* bring; NULL where there is none */
	uint64		moves;			/* of the crew, when the book was looked at */
	PcaDigest	previous;		/* as it was then */
	bool		ended;
} PcaAsk;

/* A page that is asked for. */
typedef struct PcaTurn
{
	int			place;			/* in the book */
	PcaPart		part;
} PcaTurn;

/*
 * Begin to read a request, in a book of its own.  what: how its errors begin;
 * unfiltered as for pca_paging_begin().  Lives in the current memory context.
 */
extern PcaAsk *pca_ask_begin(const PcaRequest *request, const char *what,
							 const PcaTable *table, int64 unfiltered, bool other_path);

/*
 * Take part in reading a request that is paged, from the crew's book, as that
 * member.
 */
extern PcaAsk *pca_ask_share(const PcaRequest *request, const char *what,
							 const PcaTable *table, bool other_path,
							 PcaBook *book, PcaCrew *crew, int member);

/*
 * Take a page to ask for; false when there is none at the moment.  width: how
 * many a crew may have out.
 */
extern bool pca_ask_take(PcaAsk *ask, int width, PcaTurn *turn);

/* The URL of a page that was taken, at the server's base URL. */
extern char *pca_ask_url(const PcaAsk *ask, const PcaTurn *turn, const char *base_url);

/*
 * Look at what others may have changed; false when all of the answer has come,
 * or no more is wanted.  previous is that of now.
 */
extern bool pca_ask_look(PcaAsk *ask);

/*
 * Rows of a page are about to be handed out.  False when they must not be: all
 * of the answer has come, without them.
 */
extern bool pca_ask_use(PcaAsk *ask, const PcaTurn *turn);

/* The API has answered; true when it was the request's first page. */
extern bool pca_ask_note_answer(PcaAsk *ask);

/*
 * Ask the other path form, if it was not; only the first page can change it.
 * False when that is no way.
 */
extern bool pca_ask_change_path(PcaAsk *ask);

/* Whether that page is the next one to be judged. */
extern bool pca_ask_is_next(const PcaAsk *ask, const PcaTurn *turn);

/*
 * A page is out no more: judge it, and those that waited for it.  False when
 * all of the answer has come.  Raises what is wrong with the pages, or warns
 * where that is enough.
 */
extern bool pca_ask_settle(PcaAsk *ask, const PcaTurn *turn);

/* How many rows the answer surely has; -1: not known. */
extern int64 pca_ask_expected(const PcaAsk *ask);

/* Free it, without a look at what is out. */
extern void pca_ask_free(PcaAsk *ask);

#endif							/* PCA_ASK_H */
