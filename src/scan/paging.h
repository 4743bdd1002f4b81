/*
 * paging.h
 *		Which page comes next, and if a response is complete.
 *
 * Pure functions: they send no request, and raise no error.
 */
#ifndef PCA_PAGING_H
#define PCA_PAGING_H

#include "postgres.h"

#include "config/option.h"
#include "json/page_parser.h"
#include "request/request.h"

/* The number of items, and hashes of their bytes.  All zero: no items. */
typedef struct PcaDigest
{
	int64		items;
	uint64		in_order;		/* depends on the order of the items */
	uint64		in_any_order;	/* does not depend on it */
	uint64		first;			/* hash of the first item */
	uint64		last;			/* hash of the last item */
	bool		has_different;	/* not all items are equal */
} PcaDigest;

/*
 * A page that is requested to find out if the API ignores skip, and is not part of
 * the response.
 */
typedef enum PcaSkipCheck
{
	PCA_SKIP_CHECK_NONE,
	PCA_SKIP_CHECK_OVERLAP,		/* the last row of a page and the first of the
								 * next one */
	PCA_SKIP_CHECK_BEYOND		/* after the last row of any response */
} PcaSkipCheck;

/* One page of a request: what was requested, and what was received. */
typedef struct PcaPageState
{
	int64		top;
	int64		skip;
	bool		is_guess;		/* requested although it may not exist */
	bool		is_refused;		/* it was a guess, and the API has refused it */
	PcaSkipCheck skip_check;	/* not NONE: it is not part of the response */
	bool		is_checked;		/* by PCA_SKIP_CHECK_OVERLAP */

	/* once it is received */
	int64		items;
	int64		total_count;	/* TotalCount; -1: the page has none */
	bool		has_next_link;
	bool		has_token;		/* a continuation token without a next link */
	const char *next_url;		/* of the next link, or NULL */
	const char *continuation;	/* MS-ContinuationToken for it, or NULL */
	bool		no_content;		/* HTTP status 204: there is no envelope */
	PcaDigest	digest;			/* of its items */
	const char *response_detail;	/* for errors; or NULL */
	bool		repeats_previous;	/* its first two or more items are all of
									 * paging->previous, in any order */
} PcaPageState;

/*
 * The pages of one request.  They may be requested ahead and arrive in any
 * order, but are accepted in the order of their rows: skip and pages count those
 * that were accepted.
 */
typedef struct PcaPaging
{
	bool		is_paged;		/* by top and skip; else by next links */
	bool		skip_is_honored;	/* the API is known not to ignore skip */
	bool		filtered;		/* a filter or groupby is sent */
	bool		count_only;		/* only the number of rows is wanted */
	bool		is_probe;		/* only the first TotalCount is wanted */
	bool		only_warn;		/* if there are fewer or more items than
								 * TotalCount */
	PcaTotalCount total_meaning;	/* of TotalCount, as declared */
	int64		page_size;		/* option page_size */
	int64		limit;			/* rows that suffice; -1: not known */
	int64		guessed_rows;	/* of the response, before its first page is
								 * there; 0: unknown */
	int64		guessed_end;	/* end of the pages that were requested by it */
	int64		next_top;		/* of the next page, if none is requested
								 * ahead */
	int64		first_skip;		/* skip of the first page */
	int64		skip;			/* first_skip, and the items of all accepted
								 * pages */
	int64		pages;			/* accepted */
	int64		requested_end;	/* skip and top of the last page requested */
	int			in_flight;		/* pages requested and not accepted */
	int64		missing_rows;	/* between skip and the next page in flight */
	int64		predicted_size; /* of pages requested ahead; 0: not known */
	bool		irregular;		/* page sizes cannot be predicted */
	bool		has_next_link;	/* the last page accepted */
	int64		total;			/* TotalCount of the first page that had one;
								 * -1: none had */
	bool		totals_equal;	/* TotalCount was the same on all pages */
	bool		totals_are_page_counts; /* it was each page's number of items */
	PcaDigest	previous;		/* of the last page accepted */
	PcaSkipCheck skip_check;	/* the next one to do */
	uint64		check_hashes[2];	/* of the items that
									 * PCA_SKIP_CHECK_OVERLAP should return */
	PcaDigest	cycle_mark;		/* a page before, and a hash of its next link: */
	uint64		cycle_mark_link;	/* if it comes again, the links form a
									 * cycle */
	int64		unfiltered_total;	/* TotalCount that a probe found; -1:
									 * unknown */
	int64		uncounted_rows; /* by TotalCount, in addition to the items */
} PcaPaging;

/* The consequence of an accepted page. */
typedef enum PcaPagingVerdict
{
	PCA_PAGING_MORE,			/* the next page */
	PCA_PAGING_END,				/* the response is complete */
	PCA_PAGING_INCOMPLETE,		/* there are fewer or more items than
								 * TotalCount */
	PCA_PAGING_CHANGED,			/* TotalCount changed between pages */
	PCA_PAGING_RESTART,			/* the next page; those in flight were
								 * requested by a wrong size */
	PCA_PAGING_CHECK_SKIP,		/* not accepted: the page begins with the rows
								 * of the page before it, so the API may
								 * ignore skip */
	PCA_PAGING_REPEATED,		/* so it does */
	PCA_PAGING_OVERFULL,		/* the page has rows of the next page, which
								 * is in flight */
	PCA_PAGING_NO_PROGRESS,		/* there must be more items, but the page is
								 * empty */
	PCA_PAGING_LINK_CYCLE,		/* a next link leads back */
	PCA_PAGING_TOO_MANY_PAGES
} PcaPagingVerdict;

/* The texts of an error. */
typedef struct PcaPagingProblem
{
	int			sqlstate;
	const char *message;
	const char *detail;			/* a sentence */
	const char *hint;			/* or NULL */
} PcaPagingProblem;

/* Add an item to a digest. */
extern void pca_paging_add_to_digest(PcaDigest *digest, const PcaItem *item);

/*
 * Begin a request's pages.  unfiltered_total: the table's number of rows that a
 * probe found, or -1.
 */
extern void pca_paging_begin(PcaPaging *paging, const PcaRequest *request,
							 const PcaTable *table, int64 unfiltered_total);

/*
 * Returns true if the first item of the next page suggests that the API ignores
 * skip: it equals that of the page before.  digest: of the page's items so far.
 */
extern bool pca_paging_is_suspicious(const PcaPaging *paging, const PcaDigest *digest);

/*
 * Begin to check if skip is ignored, before the next page is accepted: set
 * paging->skip_check.  digest: of that page's items, at least of the first.
 */
extern void pca_paging_begin_skip_check(PcaPaging *paging, const PcaDigest *digest);

/* Fill in the page to request for paging->skip_check. */
extern void pca_paging_skip_check_page(const PcaPaging *paging, PcaPageState *page);

/*
 * Accept that page, and set paging->skip_check to the next one, or to NONE.  Returns
 * false if skip is ignored.
 */
extern bool pca_paging_accept_skip_check(PcaPaging *paging, const PcaPageState *page);

/*
 * Expect that number of rows, all of which are wanted: pages are requested before
 * the first one has arrived.  Called before the first page.
 */
extern void pca_paging_expect_rows(PcaPaging *paging, double rows);

/* Note that only the first page is in flight, and request no others until it arrives. */
extern void pca_paging_forget_guesses(PcaPaging *paging, const PcaPageState *first);

/* Returns the number of rows by the first page of a probe; -1 if not known. */
extern int64 pca_paging_probed(const PcaPaging *paging);

/*
 * Fill in the next page to request.  Returns false if there is none before a page in
 * flight is accepted.
 */
extern bool pca_paging_next_page(PcaPaging *paging, PcaPageState *page);

/* Returns the number of rows of the response; -1 if it is not known for certain. */
extern int64 pca_paging_expected(const PcaPaging *paging);

/*
 * Request again the rows of the next page to be accepted, which was refused, being a
 * guess, or was not read.
 */
extern void pca_paging_forget_page(PcaPaging *paging, const PcaPageState *page);

/*
 * Accept the page that begins at paging->skip.  rows_beyond: rows of a later
 * page have been returned.  Returns what follows.  At PCA_PAGING_END, pages that are
 * still in flight have no rows.
 */
extern PcaPagingVerdict pca_paging_accept_page(PcaPaging *paging, const PcaPageState *page,
											   bool rows_beyond);

/*
 * Returns the error of a verdict other than MORE and END.  Texts are static or in the
 * current memory context.
 */
extern PcaPagingProblem pca_paging_problem(const PcaPaging *paging,
										   PcaPagingVerdict verdict);

#endif							/* PCA_PAGING_H */
