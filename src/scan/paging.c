/*
 * paging.c
 *		Which page comes next, and if a response is complete.
 *
 * The documents leave open if there is a next link whenever more rows follow, and
 * if a server returns as many items as were requested (api-notes 4.4).  So the next
 * page begins after the items that were received, and a response is complete only if
 * it is so by every reading of next links and of TotalCount (total_count.c).
 *
 * Page-size prediction: several pages are in flight at once, so that a scan does
 * not take one round trip after the other.  For that, the skip of a page must
 * be known before the page ahead of it has arrived.  A server may return fewer
 * items than top says, so the size is predicted from the pages received.
 * TotalCount, if it certainly counts the rows, tells how many pages there are;
 * else some pages are requested as a guess.  If a page turns out shorter than
 * predicted, the rows between it and the next page are requested before
 * anything else, and no page is requested ahead any more.
 *
 * If the size of the table is known from ANALYZE or an option, pages are requested
 * before the first one has arrived.  Their rows are not returned before that, since
 * a server that ignores top may return them with the first page.
 *
 * A server that ignores skip returns its first page again and again.  But pages may
 * also be equal because rows are, such as searches, which have no identifier.  When
 * a page begins as the one before it, two small pages are requested before it is
 * accepted.  The first has the row on either side of the boundary between both
 * pages: rows that do not change are the same there.  The second is after the last
 * possible row: only a server that ignores skip returns rows for it.
 *
 * If the API has no top and skip for a resource, each page has the next link to
 * the following one (api-notes 2.13), and only one is in flight.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "scan/paging.h"
#include "scan/total_count.h"

/*
 * The maximum number of pages of one request.  With the largest pages these are
 * 10^9 rows; a server that returns more will never end.
 */
#define PCA_PAGING_MAX_PAGES		100000

/*
 * How many times larger each page is than the one before it, after a first page
 * as short as the query's LIMIT.  If rows were dropped by local conditions, the
 * query needs more: few pages reach the full size, and a query that needs a few
 * more rows does not fetch many more.
 */
#define PCA_PAGING_TOP_GROWTH		10

/*
 * The skip of the page that shows if skip is honored: more rows than
 * PCA_PAGING_MAX_PAGES of the largest pages have, in 31 bits.
 */
#define PCA_PAGING_BEYOND		INT64CONST(2000000000)

/*
 * Pages that must have been accepted for each guess in flight: at most about a
 * quarter of the requests is then for pages that do not exist.
 */
#define PCA_PAGING_PAGES_PER_GUESS	4

/* Mix 8 bytes into one part of a hash. */
static inline uint64
mix_hash_word(uint64 part, const char *bytes)
{
	uint64		word;

	memcpy(&word, bytes, sizeof(word));
	part = (part ^ word) * UINT64CONST(0x9E3779B97F4A7C15);
	return part ^ part >> 32;
}

/*
 * A hash of an item's bytes.  It is not cryptographic: it distinguishes items
 * that differ by accident.  Its four parts are independent of one another, so
 * that the processor computes them in parallel; every byte of a scan is hashed.
 */
static uint64
hash_item_bytes(const char *bytes, size_t length)
{
	uint64		parts[4] = {length, 1, 2, 3};
	char		rest[sizeof(parts)] = {0};
	uint64		hash = 0;

	for (; length >= sizeof(parts); length -= sizeof(parts), bytes += sizeof(parts))
	{
		parts[0] = mix_hash_word(parts[0], bytes);
		parts[1] = mix_hash_word(parts[1], bytes + sizeof(uint64));
		parts[2] = mix_hash_word(parts[2], bytes + 2 * sizeof(uint64));
		parts[3] = mix_hash_word(parts[3], bytes + 3 * sizeof(uint64));
	}
	memcpy(rest, bytes, length);
	for (int i = 0; i < (int) lengthof(parts); i++)
		hash = hash_combine64(hash, mix_hash_word(parts[i], rest + i * sizeof(uint64)));
	return hash_combine64(hash, hash >> 32);
}

void
pca_paging_add_to_digest(PcaDigest *digest, const PcaItem *item)
{
	uint64		hash = hash_item_bytes(item->data, item->length);

	if (digest->items++ == 0)
		digest->first = hash;
	digest->has_different |= hash != digest->first;
	digest->last = hash;
	digest->in_order = hash_combine64(digest->in_order, hash);
	digest->in_any_order += hash;
}

void
pca_paging_begin(PcaPaging *paging, const PcaRequest *request,
				 const PcaTable *table, int64 unfiltered_total)
{
	memset(paging, 0, sizeof(PcaPaging));
	paging->is_paged = request->paged;
	paging->filtered = request->filter || request->groupby;
	paging->count_only = request->count;
	paging->is_probe = request->probe;
	paging->first_skip = request->offset;
	paging->skip = request->offset;
	paging->requested_end = request->offset;
	paging->limit = request->limit;
	paging->unfiltered_total = unfiltered_total;
	paging->only_warn = table->server->warn_incomplete;

	/* its meaning is not documented for resources with next links */
	paging->total_meaning = request->paged ? table->known.total_count : PCA_TOTAL_UNKNOWN;
	paging->page_size = Max(request->page_size, 1);
	paging->next_top = paging->page_size;
	if (request->limit >= 0)
		paging->next_top = Min(paging->page_size, Max(request->limit, 1));
	paging->total = -1;
	paging->totals_equal = true;
	paging->totals_are_page_counts = true;
}

void
pca_paging_expect_rows(PcaPaging *paging, double rows)
{
	if (!paging->is_paged || paging->count_only || paging->is_probe || paging->limit >= 0 ||
		rows <= (double) paging->page_size)
		return;
	paging->guessed_rows = (int64) Min(rows, (double) PCA_PAGING_BEYOND);
	paging->predicted_size = paging->page_size;
}

void
pca_paging_forget_guesses(PcaPaging *paging, const PcaPageState *first)
{
	paging->in_flight = 1;
	paging->predicted_size = 0;
	paging->guessed_rows = 0;
	paging->requested_end = first->skip + first->top;
}

/*
 * Returns true if another page must be requested after a page with items.  A page
 * that is as long as the one before it counts as full, since the server may limit
 * its pages to that size.
 */
static bool
has_more_pages(const PcaPaging *paging, const PcaPageState *page, int64 items_before)
{
	if (page->has_next_link || page->has_token)
		return true;
	if (page->items >= page->top || page->items == items_before)
		return !pca_total_count_is_reached(paging, page->items);

	/* the server may have shortened the page */
	return paging->total_meaning != PCA_TOTAL_PAGE && paging->total > paging->skip;
}

int64
pca_paging_probed(const PcaPaging *paging)
{
	return paging->total > paging->skip ? paging->total : -1;
}

/* ---- pages requested ahead ---- */

int64
pca_paging_expected(const PcaPaging *paging)
{
	int64		max_rows = pca_total_count_max_rows(paging);

	return max_rows >= paging->skip && pca_total_count_max_is_exact(paging) ? max_rows : -1;
}

/*
 * Returns true if the page after those in flight may be requested.  *is_guess as
 * in PcaPageState.
 */
static bool
may_request_ahead(const PcaPaging *paging, bool *is_guess)
{
	int64		max_rows = pca_total_count_max_rows(paging);
	bool		is_expected;

	if (paging->predicted_size == 0 || paging->irregular || !paging->is_paged || paging->count_only ||
		(paging->limit >= 0 && paging->skip - paging->first_skip < paging->limit))
		return false;
	if (max_rows >= 0 && paging->requested_end >= max_rows)
		return false;
	is_expected = paging->requested_end - paging->first_skip < paging->guessed_rows;
	if (paging->pages == 0)
	{
		*is_guess = true;
		return is_expected;
	}
	*is_guess = max_rows < 0 || !pca_total_count_max_is_exact(paging);
	if (!*is_guess)
		return true;
	return (max_rows >= 0 || paging->has_next_link) &&
		(is_expected || paging->in_flight <= paging->pages / PCA_PAGING_PAGES_PER_GUESS);
}

bool
pca_paging_next_page(PcaPaging *paging, PcaPageState *page)
{
	memset(page, 0, sizeof(PcaPageState));
	page->skip = paging->skip;
	if (paging->missing_rows > 0)
	{
		page->top = paging->missing_rows;
		paging->missing_rows = 0;
	}
	else if (paging->in_flight == 0)
	{
		page->top = paging->predicted_size > 0 ? paging->predicted_size : paging->next_top;
		paging->requested_end = paging->skip + page->top;
	}
	else if (may_request_ahead(paging, &page->is_guess))
	{
		page->top = paging->predicted_size;
		page->skip = paging->requested_end;
		paging->requested_end += page->top;
		if (paging->pages == 0)
			paging->guessed_end = paging->requested_end;
	}
	else
		return false;
	paging->in_flight++;
	return true;
}

void
pca_paging_forget_page(PcaPaging *paging, const PcaPageState *page)
{
	paging->missing_rows = page->top;
	paging->in_flight--;
}

/*
 * Predict the size of the pages after one that had rows.  A full page of the
 * usual size predicts full pages.  Two equally short ones predict the same size:
 * that is the server's limit.  Other pages predict nothing, so that one page at
 * a time is requested until two are alike.
 *
 * A page shorter than it was assumed when the next one was requested leaves a
 * gap.  Its rows are requested next, and prediction ends for this request: if
 * it was wrong once, each further error would cost a request.  Pages that were
 * requested before the first one had arrived do not count: nothing was known then.
 */
static void
predict_page_size(PcaPaging *paging, const PcaPageState *page, int64 items_before)
{
	if (paging->in_flight > 0 && page->items < page->top)
	{
		paging->missing_rows = page->top - page->items;
		paging->irregular |= paging->skip >= paging->guessed_end;
	}
	if (paging->irregular || page->top < paging->predicted_size)
		paging->predicted_size = 0;
	else if (page->items == page->top && page->top == paging->page_size)
		paging->predicted_size = page->top;
	else if (page->items == items_before && page->items < page->top)
		paging->predicted_size = page->items;
	else if (page->items != paging->predicted_size)
		paging->predicted_size = 0;
	paging->next_top = paging->count_only ? paging->page_size :
		Min(paging->page_size, paging->next_top * PCA_PAGING_TOP_GROWTH);
}

/* ---- is skip ignored? ---- */

bool
pca_paging_is_suspicious(const PcaPaging *paging, const PcaDigest *digest)
{
	return paging->is_paged && !paging->skip_is_honored && paging->previous.items > 0 &&
		digest->first == paging->previous.first;
}

void
pca_paging_begin_skip_check(PcaPaging *paging, const PcaDigest *digest)
{
	/* between equal rows, an overlap shows nothing */
	bool		has_different = paging->previous.has_different || digest->has_different;

	paging->check_hashes[0] = paging->previous.last;
	paging->check_hashes[1] = digest->first;
	paging->skip_check = has_different ? PCA_SKIP_CHECK_OVERLAP : PCA_SKIP_CHECK_BEYOND;
}

void
pca_paging_skip_check_page(const PcaPaging *paging, PcaPageState *page)
{
	bool		is_overlap = paging->skip_check == PCA_SKIP_CHECK_OVERLAP;

	memset(page, 0, sizeof(PcaPageState));
	page->skip_check = paging->skip_check;
	page->top = is_overlap ? 2 : 1;
	page->skip = is_overlap ? paging->skip - 1 : PCA_PAGING_BEYOND;
}

/* Returns true if a page has the items that are expected, in any order. */
static bool
has_checked_items(const PcaPaging *paging, const PcaDigest *digest)
{
	const uint64 *hashes = paging->check_hashes;

	return digest->items == 2 &&
		((digest->first == hashes[0] && digest->last == hashes[1]) ||
		 (digest->first == hashes[1] && digest->last == hashes[0]));
}

bool
pca_paging_accept_skip_check(PcaPaging *paging, const PcaPageState *page)
{
	bool		is_overlap = page->skip_check == PCA_SKIP_CHECK_OVERLAP;
	bool		is_good = is_overlap ? has_checked_items(paging, &page->digest) : page->items == 0;

	paging->skip_is_honored |= is_good && !is_overlap;
	paging->skip_check = is_overlap && !paging->skip_is_honored ?
		PCA_SKIP_CHECK_BEYOND : PCA_SKIP_CHECK_NONE;
	return is_good;
}

/* ---- accepting pages ---- */

/*
 * Classify a page without items.  was_announced: the page before it had a next
 * link.  A server may return one on its last page, too; but then the page that
 * it leads to must have an envelope without items.
 */
static PcaPagingVerdict
classify_empty_page(const PcaPaging *paging, const PcaPageState *page, bool was_announced, bool rows_beyond)
{
	bool		reached = paging->total >= 0 && paging->skip >= paging->total;
	bool		more = page->has_next_link || (was_announced && page->no_content);

	if (rows_beyond || (more && !reached))
		return PCA_PAGING_NO_PROGRESS;
	return pca_total_count_check_end(paging);
}

/*
 * Returns true if the page, or its next link, occurred before.  This is Brent's
 * algorithm: one earlier page is remembered, and replaced each time that the
 * number of pages has doubled, so a cycle is followed three times at most,
 * without a list of all links.
 */
static bool
closes_link_cycle(PcaPaging *paging, const PcaPageState *page)
{
	uint64		link = hash_bytes_extended((const unsigned char *) page->next_url,
										   (int) strlen(page->next_url), 0);
	bool		is_cycle;

	if (page->continuation)
		link = hash_bytes_extended((const unsigned char *) page->continuation,
								   (int) strlen(page->continuation), link);
	is_cycle = paging->pages > 1 &&
		(link == paging->cycle_mark_link ||
		 (page->items > 0 && page->items == paging->cycle_mark.items &&
		  page->digest.in_any_order == paging->cycle_mark.in_any_order));
	if ((paging->pages & (paging->pages - 1)) == 0)
	{
		paging->cycle_mark = page->digest;
		paging->cycle_mark_link = link;
	}
	return is_cycle;
}

/* Classify a page of a resource with next links; an empty page may have one. */
static PcaPagingVerdict
classify_linked_page(PcaPaging *paging, const PcaPageState *page)
{
	if (pca_total_count_is_exceeded(paging))
		return PCA_PAGING_INCOMPLETE;
	if (!page->has_next_link)
		return pca_total_count_check_end(paging);
	if (closes_link_cycle(paging, page))
		return PCA_PAGING_LINK_CYCLE;
	return paging->pages < PCA_PAGING_MAX_PAGES ? PCA_PAGING_MORE : PCA_PAGING_TOO_MANY_PAGES;
}

/*
 * The first page has more items than it was to have: those of the pages after it,
 * which were requested by its expected size, and are requested again.
 */
static void
forget_pages_ahead(PcaPaging *paging)
{
	paging->in_flight = 0;
	paging->missing_rows = 0;
	paging->predicted_size = 0;
	paging->guessed_end = paging->skip;
}

/* Returns true if the page begins with the items of the page before it, in any order. */
static bool
repeats_page_before(const PcaPaging *paging, const PcaPageState *page)
{
	return page->repeats_previous ||
		(page->items > 0 && page->items == paging->previous.items &&
		 page->digest.in_any_order == paging->previous.in_any_order);
}

/*
 * Returns true if skip must be checked before a page that repeats the one before it
 * is accepted.  Once skip is known to be honored, equal pages of equal rows are
 * what they seem to be.
 */
static bool
must_check_skip(const PcaPaging *paging, const PcaPageState *page)
{
	if (!paging->is_paged)
		return false;
	return !paging->skip_is_honored || (page->digest.has_different && !page->is_checked);
}

PcaPagingVerdict
pca_paging_accept_page(PcaPaging *paging, const PcaPageState *page, bool rows_beyond)
{
	PcaDigest	before = paging->previous;
	bool		was_announced = paging->has_next_link;
	bool		is_repeated = repeats_page_before(paging, page);
	bool		is_restart = false;

	if (is_repeated && must_check_skip(paging, page))
		return PCA_PAGING_CHECK_SKIP;
	paging->skip += page->items;
	paging->pages++;
	paging->in_flight--;
	paging->has_next_link = page->has_next_link;
	paging->previous = page->digest;
	if (is_repeated && !paging->is_paged)
		return PCA_PAGING_REPEATED;
	if (!pca_total_count_note(paging, page))
		return PCA_PAGING_CHANGED;
	if (paging->is_probe)
		return PCA_PAGING_END;
	if (paging->count_only && pca_total_count_is_row_count(paging))
	{
		paging->uncounted_rows = paging->total - paging->skip;
		return PCA_PAGING_END;
	}
	if (!paging->is_paged)
		return classify_linked_page(paging, page);
	if (page->items == 0)
		return classify_empty_page(paging, page, was_announced, rows_beyond);
	if (page->items > page->top && paging->in_flight > 0)
	{
		if (paging->pages > 1 || rows_beyond)
			return PCA_PAGING_OVERFULL;
		is_restart = true;
	}
	if (pca_total_count_is_exceeded(paging))
		return PCA_PAGING_INCOMPLETE;
	if (!rows_beyond && !has_more_pages(paging, page, before.items))
		return pca_total_count_check_end(paging);
	if (paging->pages >= PCA_PAGING_MAX_PAGES)
		return PCA_PAGING_TOO_MANY_PAGES;
	if (is_restart)
		forget_pages_ahead(paging);
	else
		predict_page_size(paging, page, before.items);
	return is_restart ? PCA_PAGING_RESTART : PCA_PAGING_MORE;
}

PcaPagingProblem
pca_paging_problem(const PcaPaging *paging, PcaPagingVerdict verdict)
{
	PcaPagingProblem problem = {.sqlstate = ERRCODE_FDW_ERROR};

	switch (verdict)
	{
		case PCA_PAGING_INCOMPLETE:
			problem.message = "the API's response is not complete";
			problem.detail = psprintf("It has " INT64_FORMAT " rows, but its TotalCount is " INT64_FORMAT ".",
									  paging->skip, paging->total);
			problem.hint = "Try again.  If the error remains, option \"total_count\" tells what the API counts, and \"on_incomplete\" if this is an error.";
			break;
		case PCA_PAGING_CHANGED:
			problem.message = "the API's data changed while it was read";
			problem.detail = "TotalCount is not the same on all pages.";
			problem.hint = "Try again.";
			break;
		case PCA_PAGING_REPEATED:
			problem.message = "the API returned the same page twice";
			problem.detail = psprintf("The page %s row " INT64_FORMAT " begins with the rows of the page before it.",
									  paging->is_paged ? "after" : "before", paging->skip);
			problem.hint = paging->is_paged ?
				"The server may ignore the parameter \"skip\".  If all rows fit into one page, raise the option \"page_size\"." :
				"Try again.";
			break;
		case PCA_PAGING_OVERFULL:
			problem.message = "the API returned more rows than requested";
			problem.detail = psprintf("The page before row " INT64_FORMAT " has rows of the next page, which was requested already.",
									  paging->skip);
			problem.hint = "Set the server's option \"max_parallel_requests\" to 1.";
			break;
		case PCA_PAGING_NO_PROGRESS:
			problem.message = "the API announces more rows, but returns none";
			problem.detail = psprintf("The page after row " INT64_FORMAT " is empty, but more rows should follow.",
									  paging->skip);
			break;
		case PCA_PAGING_LINK_CYCLE:
			problem.message = "the API's next links form a cycle";
			problem.detail = psprintf("The page before row " INT64_FORMAT ", or its next link, has occurred before.",
									  paging->skip);
			break;
		default:
			problem.sqlstate = ERRCODE_PROGRAM_LIMIT_EXCEEDED;
			problem.message = "the API's response has too many pages";
			problem.detail = psprintf("It has " INT64_FORMAT " pages so far, with " INT64_FORMAT " rows.",
									  paging->pages, paging->skip);
	}
	return problem;
}
