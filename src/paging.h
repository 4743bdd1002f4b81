/*
 * paging.h
 *		Which page next, and whether all of an answer has come.
 */
#ifndef PCA_PAGING_H
#define PCA_PAGING_H

#include "postgres.h"

#include "option.h"
#include "page.h"
#include "request.h"

/* How many items were seen, and a running hash of their bytes. */
typedef struct PcaDigest
{
	int64		items;
	uint64		hash;
} PcaDigest;

/* The pages of one request.  top and skip are those of the next page. */
typedef struct PcaPaging
{
	bool		paged;			/* else there is one page, without top and skip */
	bool		shaped;			/* a filter or groupby is sent */
	bool		count;			/* only the number of rows is wanted */
	bool		probe;			/* only the first TotalCount is */
	PcaTotalCount meaning;		/* what is declared of TotalCount */
	int64		page_size;
	int64		top;
	int64		first;			/* skip of the first page */
	int64		skip;			/* first, and the items received so far */
	int64		pages;			/* received so far */
	int64		total;			/* TotalCount of the first page that had one; -1 */
	bool		totals_equal;	/* it was the same on all pages */
	bool		totals_are_pages;	/* it was each page's own number of items */
	PcaDigest	previous;		/* the page taken last */
	int64		unfiltered;		/* TotalCount that a probe found; -1: unknown */
	int64		uncounted;		/* rows that TotalCount tells beyond the items */
} PcaPaging;

typedef enum PcaPagingVerdict
{
	PCA_PAGING_MORE,			/* ask for the next page */
	PCA_PAGING_END,				/* all of it has come */
	PCA_PAGING_INCOMPLETE,		/* the items are not as many as TotalCount says */
	PCA_PAGING_CHANGED,			/* TotalCount changed between pages */
	PCA_PAGING_REPEATED,		/* the page begins as the one before it */
	PCA_PAGING_STUCK,			/* a next link, but no items */
	PCA_PAGING_ENDLESS			/* too many pages */
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
extern void pca_paging_digest(PcaDigest *digest, const PcaItem *item);

/* Begin to read a request's pages.  unfiltered: what a probe found, or -1. */
extern void pca_paging_begin(PcaPaging *paging, const PcaRequest *request,
							 const PcaTable *table, int64 unfiltered);

/* What a probe's first page tells: how many rows there are; -1 when nothing. */
extern int64 pca_paging_probed(const PcaPaging *paging);

/*
 * Take a page that has come to its end: its envelope, the digest of its items,
 * and whether it repeats the page before (digest was equal to paging->previous
 * at some item, the first of them not counted).  Says what is next.
 */
extern PcaPagingVerdict pca_paging_take(PcaPaging *paging,
										const PcaEnvelope *envelope,
										const PcaDigest *digest, bool repeats);

/*
 * What a verdict other than MORE or END is to a person.  Current memory
 * context.
 */
extern PcaPagingProblem pca_paging_problem(const PcaPaging *paging,
										   PcaPagingVerdict verdict);

#endif							/* PCA_PAGING_H */
