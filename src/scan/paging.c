/*
 * paging.c
 *		Which page next, and whether all of an answer has come.
 *
 * The documents leave open whether TotalCount counts the page, the filtered or
 * the whole set, whether a next link always stands where more is to come, and
 * whether a server gives as many items as were asked for (api-notes 4.4).
 * So the next page is asked for by the number of items that have come,
 * and an answer is complete only if no reading of what the pages say speaks
 * against it.
 *
 * Several pages may be out at once when they can be foreseen: their size is the
 * one that the server has given, and TotalCount, where it surely is the number
 * of rows, tells how many there are.  A page that comes shorter than it was
 * foreseen leaves a gap, which is asked for before anything else.
 *
 * Where the API takes no top and skip, the next page is the one that a next
 * link leads to (api-notes 2.13), one after the other.
 *
 * Pure: what is done about a verdict is asked in fetch.c.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "scan/paging.h"

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

/*
 * Where it is not sure that there is a page, one is asked for ahead for so many
 * that have come: at most a quarter of the requests is in vain.
 */
#define PCA_PAGES_A_GUESS	4

/* Mix a word into one part of a hash; different words have different effects. */
static inline uint64
mix(uint64 part, const char *bytes)
{
	uint64		word;

	memcpy(&word, bytes, sizeof(word));
	part = (part ^ word) * UINT64CONST(0x9E3779B97F4A7C15);
	return part ^ part >> 32;
}

/*
 * A hash of the bytes, for items that differ by accident.  It has four parts,
 * which the processor makes side by side.
 */
static uint64
hash_item(const char *bytes, size_t length)
{
	uint64		parts[4] = {length, 1, 2, 3};
	char		rest[sizeof(parts)] = {0};
	uint64		hash = 0;

	for (; length >= sizeof(parts); length -= sizeof(parts), bytes += sizeof(parts))
	{
		parts[0] = mix(parts[0], bytes);
		parts[1] = mix(parts[1], bytes + sizeof(uint64));
		parts[2] = mix(parts[2], bytes + 2 * sizeof(uint64));
		parts[3] = mix(parts[3], bytes + 3 * sizeof(uint64));
	}
	memcpy(rest, bytes, length);
	for (int i = 0; i < (int) lengthof(parts); i++)
		hash = hash_combine64(hash, mix(parts[i], rest + i * sizeof(uint64)));
	return hash_combine64(hash, hash >> 32);
}

void
pca_paging_add_to_digest(PcaDigest *digest, const PcaItem *item)
{
	uint64		hash = hash_item(item->data, item->length);

	digest->items++;
	digest->in_order = hash_combine64(digest->in_order, hash);
	digest->in_any_order += hash;
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
	paging->asked = request->offset;
	paging->enough = request->limit;
	paging->unfiltered = unfiltered;
	paging->only_warn = table->server->warn_incomplete;
	/* the documents leave open what it counts where there are next links */
	paging->meaning = request->paged ? table->known.total_count : PCA_TOTAL_UNKNOWN;
	paging->page_size = Max(request->page_size, 1);
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
note_total(PcaPaging *paging, const PcaPageState *part)
{
	/* an empty page behind the last may count itself or all */
	if (part->total_count < 0 || (part->items == 0 && paging->pages > 1))
		return true;
	if (paging->total < 0)
		paging->total = part->total_count;
	if (part->total_count != paging->total)
		paging->totals_equal = false;
	if (part->total_count != part->items)
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

/*
 * Whether there is more to ask for after a page with items.  A page as long as
 * the one before it is full: the server cuts its pages there.
 */
static bool
has_more(const PcaPaging *paging, const PcaPageState *part, int64 items_before)
{
	if (part->linked)
		return true;
	if (part->items >= part->top || part->items == items_before)
		return !total_is_reached(paging, part->items);

	/* a short page may have been cut by the server */
	return paging->meaning != PCA_TOTAL_PAGE && paging->total > paging->skip;
}

/*
 * Whether more items have come than any reading of the total allows: reading on
 * would not end.  Where that is to be a warning, it waits for the end.
 */
static bool
is_overrun(const PcaPaging *paging)
{
	bool		counts_pages = paging->meaning == PCA_TOTAL_PAGE ||
		(paging->meaning == PCA_TOTAL_UNKNOWN && paging->totals_are_pages);

	return !counts_pages && !paging->only_warn &&
		paging->total >= 0 && paging->skip > paging->total;
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

/* ---- pages ahead ---- */

/*
 * A number of rows that the answer has not more of, or -1.  A TotalCount that
 * may be a page's own number says nothing.
 */
static int64
most_rows(const PcaPaging *paging)
{
	bool		maybe_page = paging->meaning == PCA_TOTAL_PAGE ||
		(paging->meaning == PCA_TOTAL_UNKNOWN && paging->totals_are_pages);

	return maybe_page ? -1 : paging->total;
}

/* Whether that number is the answer's number of rows. */
static bool
is_sure(const PcaPaging *paging)
{
	return paging->meaning == PCA_TOTAL_FILTERED || !paging->shaped ||
		(paging->unfiltered >= 0 && paging->unfiltered != paging->total);
}

int64
pca_paging_expected(const PcaPaging *paging)
{
	int64		most = most_rows(paging);

	return most >= paging->skip && is_sure(paging) ? most : -1;
}

/* Whether a page behind those that are out may be asked for; *guess as in PcaPageState. */
static bool
may_ask_ahead(const PcaPaging *paging, bool *guess)
{
	int64		most = most_rows(paging);

	if (paging->size == 0 || paging->uneven || !paging->paged || paging->count ||
		(paging->enough >= 0 && paging->skip - paging->first < paging->enough))
		return false;
	if (most >= 0 && paging->asked >= most)
		return false;
	*guess = most < 0 || !is_sure(paging);
	if (!*guess)
		return true;
	return (most >= 0 || paging->linked) &&
		paging->out <= paging->pages / PCA_PAGES_A_GUESS;
}

bool
pca_paging_next_page(PcaPaging *paging, PcaPageState *part)
{
	memset(part, 0, sizeof(PcaPageState));
	part->skip = paging->skip;
	if (paging->gap > 0)
	{
		part->top = paging->gap;
		paging->gap = 0;
	}
	else if (paging->out == 0)
	{
		part->top = paging->size > 0 ? paging->size : paging->top;
		paging->asked = paging->skip + part->top;
	}
	else if (may_ask_ahead(paging, &part->guess))
	{
		part->top = paging->size;
		part->skip = paging->asked;
		paging->asked += part->top;
	}
	else
		return false;
	paging->out++;
	return true;
}

void
pca_paging_forget_page(PcaPaging *paging, const PcaPageState *part)
{
	paging->gap = part->top;
	paging->out--;
}

/*
 * See to the pages behind one that had rows.  A size is foreseen from a page
 * that was full, or from two that were equally short: such is the server's own.
 */
static void
foresee(PcaPaging *paging, const PcaPageState *part, int64 items_before)
{
	if (paging->out > 0 && part->items < part->top)
	{
		paging->gap = part->top - part->items;
		paging->uneven = true;
	}
	if (paging->uneven || part->top < paging->size)
		paging->size = 0;
	else if (part->items == part->top && part->top == paging->page_size)
		paging->size = part->top;
	else if (part->items == items_before && part->items < part->top)
		paging->size = part->items;
	else if (part->items != paging->size)
		paging->size = 0;
	paging->top = paging->count ? paging->page_size :
		Min(paging->page_size, paging->top * PCA_PAGE_GROWTH);
}

/* ---- judging ---- */

/*
 * A page without items: is it the end?  announced: the page before it had a
 * next link, which a server may give behind its last page, too; then it must
 * say that this one is empty.
 */
static PcaPagingVerdict
judge_empty(const PcaPaging *paging, const PcaPageState *part, bool announced, bool beyond)
{
	bool		reached = paging->total >= 0 && paging->skip >= paging->total;
	bool		more = part->linked || (announced && part->silent);

	if (beyond || (more && !reached))
		return PCA_PAGING_NO_PROGRESS;
	return judge_end(paging);
}

/*
 * Whether the page, or its next link, was there before.  One page is kept in
 * mind, and another each time that their number doubles (Brent), so no circle
 * is walked more than three times.
 */
static bool
is_circle(PcaPaging *paging, const PcaPageState *part)
{
	uint64		link = hash_bytes_extended((const unsigned char *) part->next_url,
										   (int) strlen(part->next_url), 0);
	bool		circle;

	if (part->continuation)
		link = hash_bytes_extended((const unsigned char *) part->continuation,
								   (int) strlen(part->continuation), link);
	circle = paging->pages > 1 &&
		(link == paging->landmark_link ||
		 (part->items > 0 && part->items == paging->landmark.items &&
		  part->digest.in_any_order == paging->landmark.in_any_order));
	if ((paging->pages & (paging->pages - 1)) == 0)
	{
		paging->landmark = part->digest;
		paging->landmark_link = link;
	}
	return circle;
}

/* A page of those that are linked: an empty one may well have a next. */
static PcaPagingVerdict
judge_linked(PcaPaging *paging, const PcaPageState *part)
{
	if (is_overrun(paging))
		return PCA_PAGING_INCOMPLETE;
	if (!part->linked)
		return judge_end(paging);
	if (is_circle(paging, part))
		return PCA_PAGING_LINK_CYCLE;
	return paging->pages < PCA_MAX_PAGES ? PCA_PAGING_MORE : PCA_PAGING_TOO_MANY_PAGES;
}

PcaPagingVerdict
pca_paging_accept_page(PcaPaging *paging, const PcaPageState *part, bool beyond)
{
	PcaDigest	before = paging->previous;
	bool		announced = paging->linked;

	paging->skip += part->items;
	paging->pages++;
	paging->out--;
	paging->linked = part->linked;
	paging->previous = part->digest;
	if (part->repeats || (part->items > 0 && part->items == before.items &&
						  part->digest.in_any_order == before.in_any_order))
		return PCA_PAGING_REPEATED;
	if (!note_total(paging, part))
		return PCA_PAGING_CHANGED;
	if (paging->probe)
		return PCA_PAGING_END;
	if (paging->count && total_counts_rows(paging))
	{
		paging->uncounted = paging->total - paging->skip;
		return PCA_PAGING_END;
	}
	if (!paging->paged)
		return judge_linked(paging, part);
	if (part->items == 0)
		return judge_empty(paging, part, announced, beyond);
	if (part->items > part->top && paging->out > 0)
		return PCA_PAGING_OVERFULL;
	if (is_overrun(paging))
		return PCA_PAGING_INCOMPLETE;
	if (!beyond && !has_more(paging, part, before.items))
		return judge_end(paging);
	if (paging->pages >= PCA_MAX_PAGES)
		return PCA_PAGING_TOO_MANY_PAGES;
	foresee(paging, part, before.items);
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
			problem.hint = "If so many rows really are equal, raise the option \"page_size\".";
			break;
		case PCA_PAGING_OVERFULL:
			problem.message = "the API gave more rows than it was asked for";
			problem.detail = psprintf("The page before row " INT64_FORMAT " reaches into the page behind it, which was asked for already.",
									  paging->skip);
			problem.hint = "Set the server's option \"max_parallel_requests\" to 1.";
			break;
		case PCA_PAGING_NO_PROGRESS:
			problem.message = "the API says that there are more rows, but gives none";
			problem.detail = psprintf("The page behind row " INT64_FORMAT " is empty, but more is to follow.",
									  paging->skip);
			break;
		case PCA_PAGING_LINK_CYCLE:
			problem.message = "the API's next links lead in a circle";
			problem.detail = psprintf("The page before row " INT64_FORMAT ", or its next link, was there before.",
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
