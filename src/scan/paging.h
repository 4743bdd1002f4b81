/*
 * paging.h
 *		Which page next, and whether all of an answer has come.
 */
#ifndef PCA_PAGING_H
#define PCA_PAGING_H

#include "postgres.h"

#include "config/option.h"
#include "json/page_parser.h"
#include "request/request.h"

/* How many items were seen, and what their bytes hash to. */
typedef struct PcaDigest
{
	int64		items;
	uint64		in_order;		/* of the items one after the other */
	uint64		in_any_order;	/* of the same items, however they are ordered */
} PcaDigest;

/* One page of a request: what is asked, and what has come of it. */
typedef struct PcaPageState
{
	int64		top;
	int64		skip;
	bool		guess;			/* asked without knowing that there are rows */
	bool		refused;		/* a guess that the API did not accept */

	/* once it has come */
	int64		items;
	int64		total_count;	/* -1: it does not say */
	bool		linked;			/* it has a next link */
	const char *next_url;		/* where that leads, ... */
	const char *continuation;	/* ... and what it must bring; or NULL */
	bool		silent;			/* it has no envelope: HTTP status 204 */
	PcaDigest	digest;			/* of its items */
	const char *answer;			/* what an error says of where it came from */
	bool		repeats;		/* digest was equal to paging->previous, in
								 * any order, at some item; the first of them
								 * not counted */
} PcaPageState;

/*
 * The pages of one request.  They may be asked for ahead and come in any order,
 * but are judged in the order of their rows: first, skip and pages speak of
 * those that were judged.
 */
typedef struct PcaPaging
{
	bool		paged;			/* by top and skip; else by next links */
	bool		shaped;			/* a filter or groupby is sent */
	bool		count;			/* only the number of rows is wanted */
	bool		probe;			/* only the first TotalCount is */
	bool		only_warn;		/* when the items are not as many as it says */
	PcaTotalCount meaning;		/* what is declared of TotalCount */
	int64		page_size;
	int64		enough;			/* rows that are surely enough; -1: unknown */
	int64		top;			/* of the next page, when none is asked ahead */
	int64		first;			/* skip of the first page */
	int64		skip;			/* first, and the items of the pages so far */
	int64		pages;
	int64		asked;			/* where the last page that was asked ends */
	int			out;			/* pages asked and not judged */
	int64		gap;			/* rows missing between skip and the next page
								 * out */
	int64		size;			/* of pages asked ahead; 0: their size is not
								 * sure */
	bool		uneven;			/* pages have no size that could be foreseen */
	bool		linked;			/* the last page had a next link */
	int64		total;			/* TotalCount of the first page that had one;
								 * -1 */
	bool		totals_equal;	/* it was the same on all pages */
	bool		totals_are_pages;	/* it was each page's own number of items */
	PcaDigest	previous;		/* the last page */
	PcaDigest	landmark;		/* a page before it, and its next link's hash: */
	uint64		landmark_link;	/* to come there again is to walk in circles */
	int64		unfiltered;		/* TotalCount that a probe found; -1: unknown */
	int64		uncounted;		/* rows that TotalCount tells beyond the items */
} PcaPaging;

typedef enum PcaPagingVerdict
{
	PCA_PAGING_MORE,			/* ask for the next page */
	PCA_PAGING_END,				/* all of it has come */
	PCA_PAGING_INCOMPLETE,		/* the items are not as many as TotalCount
								 * says */
	PCA_PAGING_CHANGED,			/* TotalCount changed between pages */
	PCA_PAGING_REPEATED,		/* the page begins with the rows of the one
								 * before it */
	PCA_PAGING_OVERFULL,		/* rows of the page behind came with this one */
	PCA_PAGING_NO_PROGRESS,		/* there must be more items, but none came */
	PCA_PAGING_LINK_CYCLE,		/* a next link leads back */
	PCA_PAGING_TOO_MANY_PAGES	/* too many pages */
} PcaPagingVerdict;

/* What is wrong, in words. */
typedef struct PcaPagingProblem
{
	int			sqlstate;
	const char *message;		/* a sentence fragment */
	const char *detail;
	const char *hint;			/* or NULL */
} PcaPagingProblem;

/* Add an item. */
extern void pca_paging_add_to_digest(PcaDigest *digest, const PcaItem *item);

/* Begin to read a request's pages.  unfiltered: what a probe found, or -1. */
extern void pca_paging_begin(PcaPaging *paging, const PcaRequest *request,
							 const PcaTable *table, int64 unfiltered);

/* What a probe's first page tells: how many rows there are; -1 when nothing. */
extern int64 pca_paging_probed(const PcaPaging *paging);

/*
 * The next page that may be asked for; false when there is none before one that
 * is out was judged.
 */
extern bool pca_paging_next_page(PcaPaging *paging, PcaPageState *part);

/* How many rows the answer surely has; -1: not known. */
extern int64 pca_paging_expected(const PcaPaging *paging);

/* Let a page that was refused be asked for again, now that it is its turn. */
extern void pca_paging_forget_page(PcaPaging *paging, const PcaPageState *part);

/*
 * Judge the page that begins at paging->skip, once it has come to its end.
 * beyond: rows have come from behind it.  Says what is next.  At
 * PCA_PAGING_END, pages that are still out hold no rows.
 */
extern PcaPagingVerdict pca_paging_accept_page(PcaPaging *paging, const PcaPageState *part,
											   bool beyond);

/*
 * What a verdict other than MORE or END is to a person.  Current memory
 * context.
 */
extern PcaPagingProblem pca_paging_problem(const PcaPaging *paging,
										   PcaPagingVerdict verdict);

#endif							/* PCA_PAGING_H */
