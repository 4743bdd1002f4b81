/*
 * paging.c
 *		Which page next, and whether all of an answer has come.
 *
 * The documents leave open whether TotalCount counts the page, the filtered or
 * the whole set, whether a next link always stands where more is to come, and
 * whether a server gives as many items as were asked for (facts 8, #12 to
 * #16).  So the next page is always asked for by the number of items that have
 * come, and an answer is complete only if no reading of what the pages say
 * speaks against it.
 *
 * Pure: what is done about a verdict is asked in fetch.c.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "paging.h"

/*
 * The most pages of one request.  At the largest page that is a thousand
 * million rows; a server that gives more gives them without end.
 */
#define PCA_MAX_PAGES		100000

/*
 * How a page that was cut to the query's LIMIT is followed, when the query
 * wants more after all: a few pages reach the full size, and a query that wants
 * little more does not get much more.
 */
#define PCA_PAGE_GROWTH		10

void
pca_paging_digest(PcaDigest *digest, const PcaItem *item)
{
	digest->items++;
	digest->hash = hash_bytes_extended((const unsigned char *) item->data,
									   (int) item->length, digest->hash);
}

void
pca_paging_begin(PcaPaging *paging, const PcaRequest *request,
				 const PcaTable *table, int64 unfiltered)
{
	memset(paging, 0, sizeof(PcaPaging));
	paging->paged = request->paged;
	paging->shaped = request->filter || request->groupby;
	paging->count = request->count;
	paging->probe = request->probe;
	paging->first = request->offset;
	paging->skip = request->offset;
	paging->unfiltered = unfiltered;
	paging->meaning = table->known.total_count;
	paging->page_size = Max(table->page_size, 1);
	paging->top = paging->page_size;
	if (request->limit >= 0)
		paging->top = Min(paging->page_size, Max(request->limit, 1));
	paging->total = -1;
	paging->totals_equal = true;
	paging->totals_are_pages = true;
}

/*
 * Note what a page says of the total.  False when it fits neither a total that
 * stays nor a count of each page.
 */
static bool
note_total(PcaPaging *paging, const PcaEnvelope *envelope)
{
	/* an empty page behind the last may count itself or all */
	if (envelope->total_count < 0 || (envelope->items == 0 && paging->pages > 1))
		return true;
	if (paging->total < 0)
		paging->total = envelope->total_count;
	if (envelope->total_count != paging->total)
		paging->totals_equal = false;
	if (envelope->total_count != envelope->items)
		paging->totals_are_pages = false;
	if (paging->meaning == PCA_TOTAL_PAGE)
		return true;
	return paging->totals_equal ||
		(paging->totals_are_pages && paging->meaning == PCA_TOTAL_UNKNOWN);
}

/* No page follows: does the number of items speak against that? */
static PcaPagingVerdict
judge_end(const PcaPaging *paging)
{
	bool		complete;

	/* an OFFSET behind the last row */
	if (paging->skip == paging->first && paging->first > 0)
		return PCA_PAGING_END;
	if (paging->meaning == PCA_TOTAL_PAGE)
		complete = paging->total < 0 || paging->totals_are_pages;
	else if (paging->total > paging->skip)
		complete = paging->shaped && paging->meaning != PCA_TOTAL_FILTERED;
	else if (paging->total >= 0 && paging->total < paging->skip)
		complete = paging->totals_are_pages && paging->meaning == PCA_TOTAL_UNKNOWN;
	else
		complete = true;
	return complete ? PCA_PAGING_END : PCA_PAGING_INCOMPLETE;
}

/*
 * After a full page without a next link: whether the total is surely that of
 * the whole answer, and reached.
 */
static bool
total_is_reached(const PcaPaging *paging, int64 items)
{
	if (paging->total != paging->skip)
		return false;
	switch (paging->meaning)
	{
		case PCA_TOTAL_FILTERED:
			return true;
		case PCA_TOTAL_UNFILTERED:
			return !paging->shaped || paging->total > items;
		case PCA_TOTAL_PAGE:
			return false;
		default:
			/* more than this page has: it cannot be a count of the page */
			return paging->total > items;
	}
}

/* Whether there is more to ask for after a page with items. */
static bool
has_more(const PcaPaging *paging, const PcaEnvelope *envelope)
{
	if (envelope->next_link)
		return true;
	if (envelope->items >= paging->top)
		return !total_is_reached(paging, envelope->items);

	/* a short page may have been cut by the server */
	return paging->meaning != PCA_TOTAL_PAGE && paging->total > paging->skip;
}

/*
 * Whether the first page's total is surely the number of rows, so that they
 * need not be read to be counted.  A total that is above the page's items is no
 * count of the page; one that differs from the unfiltered total is filtered.
 */
static bool
total_counts_rows(const PcaPaging *paging)
{
	bool		differs = paging->unfiltered >= 0 && paging->unfiltered != paging->total;

	if (paging->pages > 1 || paging->total <= paging->skip - paging->first)
		return false;
	switch (paging->meaning)
	{
		case PCA_TOTAL_FILTERED:
			return true;
		case PCA_TOTAL_UNFILTERED:
			return !paging->shaped;
		case PCA_TOTAL_UNKNOWN:
			return !paging->shaped || differs;
		default:
			return false;
	}
}

int64
pca_paging_probed(const PcaPaging *paging)
{
	return paging->total > paging->skip ? paging->total : -1;
}

PcaPagingVerdict
pca_paging_take(PcaPaging *paging, const PcaEnvelope *envelope,
				const PcaDigest *digest, bool repeats)
{
	paging->skip += envelope->items;
	paging->pages++;
	paging->previous = *digest;
	if (repeats)
		return PCA_PAGING_REPEATED;
	if (!note_total(paging, envelope))
		return PCA_PAGING_CHANGED;
	if (paging->probe)
		return PCA_PAGING_END;
	if (paging->count && total_counts_rows(paging))
	{
		paging->uncounted = paging->total - paging->skip;
		return PCA_PAGING_END;
	}
	if (!paging->paged)
		return judge_end(paging);
	if (envelope->items == 0)
	{
		bool		reached = paging->total >= 0 && paging->skip >= paging->total;

		return envelope->next_link && !reached ? PCA_PAGING_STUCK : judge_end(paging);
	}
	if (!has_more(paging, envelope))
		return judge_end(paging);
	if (paging->pages >= PCA_MAX_PAGES)
		return PCA_PAGING_ENDLESS;
	paging->top = paging->count ? paging->page_size :
		Min(paging->page_size, paging->top * PCA_PAGE_GROWTH);
	return PCA_PAGING_MORE;
}

PcaPagingProblem
pca_paging_problem(const PcaPaging *paging, PcaPagingVerdict verdict)
{
	PcaPagingProblem problem = {.sqlstate = ERRCODE_FDW_ERROR};

	switch (verdict)
	{
		case PCA_PAGING_INCOMPLETE:
			problem.message = "the answer is not complete";
			problem.detail = psprintf("It has " INT64_FORMAT " rows, but its TotalCount is " INT64_FORMAT ".",
									  paging->skip, paging->total);
			problem.hint = "Try again.  If it stays so, option \"total_count\" says what the API counts, and \"on_incomplete\" whether this is an error.";
			break;
		case PCA_PAGING_CHANGED:
			problem.message = "the data changed while it was read";
			problem.detail = "TotalCount is not the same on all pages.";
			problem.hint = "Try again.";
			break;
		case PCA_PAGING_REPEATED:
			problem.message = "the API gave the same page twice";
			problem.detail = psprintf("The page before row " INT64_FORMAT " begins with all rows of the page before it.",
									  paging->skip);
			break;
		case PCA_PAGING_STUCK:
			problem.message = "the API says that there are more rows, but gives none";
			problem.detail = psprintf("The page behind row " INT64_FORMAT " is empty, and has a next link.",
									  paging->skip);
			break;
		default:
			problem.sqlstate = ERRCODE_PROGRAM_LIMIT_EXCEEDED;
			problem.message = "the answer has too many pages";
			problem.detail = psprintf("There are " INT64_FORMAT " so far, with " INT64_FORMAT " rows.",
									  paging->pages, paging->skip);
	}
	return problem;
}
