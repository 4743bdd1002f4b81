/*
 * total_count.c
 *		The meaning of TotalCount for the rows of a response.
 *
 * The documents leave open if TotalCount counts the page, the filtered or the whole
 * set (api-notes 4.4), unless option total_count declares it.  So a response is
 * complete only if it is so by every reading that the pages allow, and TotalCount is
 * the number of rows only if no other reading is possible.
 */
#include "postgres.h"

#include "scan/total_count.h"

bool
pca_total_count_note(PcaPaging *paging, const PcaPageState *page)
{
	if (page->total_count < 0)
		return true;

	/* on an empty page after the last, it may be 0 or the total */
	if (page->items == 0 && paging->pages > 1)
		return page->total_count == 0 || paging->total < 0 || page->total_count == paging->total;
	if (paging->total < 0)
		paging->total = page->total_count;
	if (page->total_count != paging->total)
		paging->totals_equal = false;
	if (page->total_count != page->items)
		paging->totals_are_page_counts = false;
	if (paging->total_meaning == PCA_TOTAL_PAGE)
		return true;
	return paging->totals_equal ||
		(paging->totals_are_page_counts && paging->total_meaning == PCA_TOTAL_UNKNOWN);
}

PcaPagingVerdict
pca_total_count_check_end(const PcaPaging *paging)
{
	bool		complete;

	/* an OFFSET after the last row */
	if (paging->skip == paging->first_skip && paging->first_skip > 0)
		return PCA_PAGING_END;
	if (paging->total_meaning == PCA_TOTAL_PAGE)
		complete = paging->total < 0 || paging->totals_are_page_counts;
	else if (paging->total > paging->skip)
		complete = paging->filtered && paging->total_meaning != PCA_TOTAL_FILTERED;
	else if (paging->total >= 0 && paging->total < paging->skip)
		complete = paging->totals_are_page_counts && paging->total_meaning == PCA_TOTAL_UNKNOWN;
	else
		complete = true;
	return complete ? PCA_PAGING_END : PCA_PAGING_INCOMPLETE;
}

bool
pca_total_count_is_reached(const PcaPaging *paging, int64 items)
{
	if (paging->total != paging->skip)
		return false;
	switch (paging->total_meaning)
	{
		case PCA_TOTAL_FILTERED:
			return true;
		case PCA_TOTAL_UNFILTERED:
			return !paging->filtered || paging->total > items;
		case PCA_TOTAL_PAGE:
			return false;
		default:
			/* it is more than this page has, so it does not count the page */
			return paging->total > items;
	}
}

bool
pca_total_count_is_exceeded(const PcaPaging *paging)
{
	bool		counts_pages = paging->total_meaning == PCA_TOTAL_PAGE ||
		(paging->total_meaning == PCA_TOTAL_UNKNOWN && paging->totals_are_page_counts);

	return !counts_pages && !paging->only_warn &&
		paging->total >= 0 && paging->skip > paging->total;
}

bool
pca_total_count_is_row_count(const PcaPaging *paging)
{
	bool		differs = paging->unfiltered_total >= 0 && paging->unfiltered_total != paging->total;

	if (paging->pages > 1 || paging->total <= paging->skip - paging->first_skip)
		return false;
	switch (paging->total_meaning)
	{
		case PCA_TOTAL_FILTERED:
			return true;
		case PCA_TOTAL_UNFILTERED:
			return !paging->filtered;
		case PCA_TOTAL_UNKNOWN:
			return !paging->filtered || differs;
		default:
			return false;
	}
}

int64
pca_total_count_max_rows(const PcaPaging *paging)
{
	bool		maybe_page = paging->total_meaning == PCA_TOTAL_PAGE ||
		(paging->total_meaning == PCA_TOTAL_UNKNOWN && paging->totals_are_page_counts);

	return maybe_page ? -1 : paging->total;
}

bool
pca_total_count_max_is_exact(const PcaPaging *paging)
{
	return paging->total_meaning == PCA_TOTAL_FILTERED || !paging->filtered ||
		(paging->unfiltered_total >= 0 && paging->unfiltered_total != paging->total);
}
