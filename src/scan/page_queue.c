/*
 * page_queue.c
 *		Who asks for which page of a request, and do they make a whole?
 *
 * Rows are handed out as they come; what the pages say of one another is judged
 * in the order of their rows, so a page that comes before its turn is
 * remembered until then.
 *
 * Which request is asked for, and how a page is, is asked in fetch.c and
 * page_fetch.c; what the pages say, in paging.c.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "scan/page_queue.h"

/* A request, its book aside. */
static PcaPageReader *
make_ask(const PcaRequest *request, const char *what)
{
	PcaPageReader *ask = palloc0(sizeof(PcaPageReader));

	ask->request = request;
	ask->what = what;
	return ask;
}

static void
begin_book(PcaPageQueue *book, const PcaRequest *request, const PcaTable *table,
		   int64 unfiltered, bool other_path)
{
	pca_paging_begin(&book->paging, request, table, unfiltered);
	book->other_path = other_path;
	book->begun = true;
}

PcaPageReader *
pca_page_queue_begin(const PcaRequest *request, const char *what, const PcaTable *table,
					 int64 unfiltered, bool other_path)
{
	PcaPageReader *ask = make_ask(request, what);

	ask->book = palloc0(sizeof(PcaPageQueue));
	begin_book(ask->book, request, table, unfiltered, other_path);
	return ask;
}

PcaPageReader *
pca_page_queue_join(const PcaRequest *request, const char *what, const PcaTable *table,
					bool other_path, PcaPageQueue *book, PcaParticipants *crew, int member)
{
	PcaPageReader *ask = make_ask(request, what);

	Assert(request->paged);
	ask->book = book;
	ask->crew = crew;
	ask->member = member;
	pca_participants_lock(crew);
	if (!book->begun)
		begin_book(book, request, table, -1, other_path);
	pca_participants_unlock(crew);
	return ask;
}

/* ---- taking pages ---- */

static int
free_place(const PcaPageQueue *book)
{
	for (int i = 0; i < PCA_PAGE_QUEUE_SLOTS; i++)
	{
		if (book->places[i].state == PCA_PAGE_SLOT_FREE)
			return i;
	}
	return -1;
}

/*
 * Whether the member may have another page: each that has none may have one
 * first, and before the API has answered there is one for all.
 */
static bool
may_take(const PcaPageReader *ask, int width)
{
	int			without;
	int			pages;
	int			own;

	if (!ask->crew)
		return true;
	own = ask->crew->participants[ask->member].pages;
	pca_participants_count(ask->crew, &without, &pages);
	if (!ask->book->answered)
		return pages == 0;
	return own == 0 ? pages < width : pages + without < width;
}

/* Count a page that the member has, or has no more. */
static void
count_page(PcaPageReader *ask, int pages)
{
	if (ask->crew)
		ask->crew->participants[ask->member].pages += pages;
}

bool
pca_page_queue_claim_page(PcaPageReader *ask, int width, PcaPageRef *turn)
{
	PcaPageQueue *book = ask->book;
	bool		found;

	pca_participants_lock(ask->crew);
	turn->place = free_place(book);
	found = turn->place >= 0 && !book->closing && !book->ended && may_take(ask, width) &&
		pca_paging_next_page(&book->paging, &turn->part);
	if (found)
	{
		book->places[turn->place].state = PCA_PAGE_SLOT_REQUESTED;
		book->places[turn->place].used = false;
		count_page(ask, 1);
	}
	pca_participants_unlock(ask->crew);
	return found;
}

char *
pca_page_queue_page_url(const PcaPageReader *ask, const PcaPageRef *turn, const char *base_url)
{
	const PcaRequest *request = ask->request;

	if (ask->next_url)
		return pstrdup(ask->next_url);
	return pca_request_url(request, base_url, ask->book->other_path,
						   turn->part.top, turn->part.skip);
}

bool
pca_page_queue_refresh(PcaPageReader *ask)
{
	uint64		moves;

	if (!ask->crew)
	{
		ask->previous = ask->book->paging.previous;
		return !ask->ended;
	}
	moves = pca_participants_generation(ask->crew);
	if (moves == ask->moves)
		return !ask->ended;
	pca_participants_lock(ask->crew);
	ask->moves = moves;
	ask->previous = ask->book->paging.previous;
	ask->ended = ask->book->ended || pca_participants_is_stopped(ask->crew);
	pca_participants_unlock(ask->crew);
	return !ask->ended;
}

bool
pca_page_queue_begin_rows(PcaPageReader *ask, const PcaPageRef *turn)
{
	bool		good;

	pca_participants_lock(ask->crew);
	good = !ask->book->ended;
	ask->book->places[turn->place].used = good;
	pca_participants_unlock(ask->crew);
	return good;
}

bool
pca_page_queue_note_response(PcaPageReader *ask)
{
	bool		first;

	pca_participants_lock(ask->crew);
	first = ask->book->paging.pages == 0;
	ask->book->answered = true;
	pca_participants_unlock(ask->crew);
	return first;
}

bool
pca_page_queue_try_other_path(PcaPageReader *ask)
{
	PcaPageQueue *book = ask->book;
	bool		may_change;

	pca_participants_lock(ask->crew);
	may_change = ask->request->other_path && !book->both_paths && book->paging.pages == 0;
	if (may_change)
	{
		book->both_paths = true;
		book->other_path = !book->other_path;
	}
	pca_participants_unlock(ask->crew);
	return may_change;
}

bool
pca_page_queue_is_next(const PcaPageReader *ask, const PcaPageRef *turn)
{
	bool		next;

	pca_participants_lock(ask->crew);
	next = turn->part.skip == ask->book->paging.skip;
	pca_participants_unlock(ask->crew);
	return next;
}

/* ---- judging them ---- */

/* Whether rows have come from behind the next page to be judged. */
static bool
has_rows_beyond(const PcaPageQueue *book)
{
	for (int i = 0; i < PCA_PAGE_QUEUE_SLOTS; i++)
	{
		const PcaPageSlot *place = &book->places[i];

		if (place->state == PCA_PAGE_SLOT_REQUESTED ? place->used :
			place->state == PCA_PAGE_SLOT_RECEIVED && place->part.items > 0)
			return true;
	}
	return false;
}

static void
free_link(PcaPageReader *ask)
{
	if (ask->next_url)
		pfree(ask->next_url);
	if (ask->continuation)
		pfree(ask->continuation);
}

/* Keep where a page's next link leads, where that is how pages follow. */
static void
keep_link(PcaPageReader *ask, const PcaPageState *part)
{
	MemoryContext context = GetMemoryChunkContext(ask);
	char	   *url = MemoryContextStrdup(context, part->next_url);
	char	   *continuation = part->continuation ?
		MemoryContextStrdup(context, part->continuation) : NULL;

	free_link(ask);
	ask->next_url = url;
	ask->continuation = continuation;
}

/*
 * The request's end has come, and too few rows, which is to be a warning: what
 * is on its way still belongs to the answer.  False when nothing is.
 */
static bool
close_book(PcaPageQueue *book)
{
	for (int i = 0; i < PCA_PAGE_QUEUE_SLOTS; i++)
	{
		/*
		 * there are no rows in pages that came early, or it would not be the
		 * end
		 */
		if (book->places[i].state != PCA_PAGE_SLOT_RECEIVED)
			continue;
		book->places[i].state = PCA_PAGE_SLOT_FREE;
		book->paging.out--;
	}
	book->closing = book->paging.out > 0;
	return book->closing;
}

/* Judge the page whose turn it is. */
static PcaPagingVerdict
judge_page(PcaPageReader *ask, const PcaPageState *part)
{
	PcaPageQueue *book = ask->book;
	PcaPagingVerdict verdict;

	if (part->refused)
	{
		pca_paging_forget_page(&book->paging, part);
		return PCA_PAGING_MORE;
	}
	verdict = pca_paging_accept_page(&book->paging, part, has_rows_beyond(book));
	if (verdict == PCA_PAGING_MORE && !book->paging.paged)
		keep_link(ask, part);
	if (verdict == PCA_PAGING_INCOMPLETE && book->paging.only_warn && close_book(book))
		return PCA_PAGING_MORE;
	return verdict;
}

/*
 * A page of a request that is closing has come: rows behind an empty page are
 * an error, whenever they come.
 */
static PcaPagingVerdict
judge_closing(PcaPageQueue *book, const PcaPageState *part)
{
	book->paging.out--;
	if (part->items > 0)
		return PCA_PAGING_NO_PROGRESS;
	return book->paging.out > 0 ? PCA_PAGING_MORE : PCA_PAGING_INCOMPLETE;
}

/* The page whose turn it is, of those that came early; its place is free then. */
static bool
next_early(PcaPageQueue *book, PcaPageState *part, char *answer)
{
	for (int i = 0; i < PCA_PAGE_QUEUE_SLOTS; i++)
	{
		PcaPageSlot *place = &book->places[i];

		if (place->state != PCA_PAGE_SLOT_RECEIVED || place->part.skip != book->paging.skip)
			continue;
		place->state = PCA_PAGE_SLOT_FREE;
		*part = place->part;
		part->answer = strcpy(answer, place->answer);
		return true;
	}
	return false;
}

/* Remember a page until its turn. */
static void
keep_early(PcaPageSlot *place, const PcaPageState *part)
{
	place->state = PCA_PAGE_SLOT_RECEIVED;
	place->part = *part;
	place->part.answer = place->part.next_url = place->part.continuation = NULL;
	strlcpy(place->answer, part->answer ? part->answer : "", sizeof(place->answer));
}

/* Judge a page and those behind it; *judged becomes the last one that was. */
static PcaPagingVerdict
judge(PcaPageReader *ask, const PcaPageRef *turn, PcaPageState *judged, char *answer)
{
	PcaPageQueue *book = ask->book;
	PcaPagingVerdict verdict;

	count_page(ask, -1);
	*judged = turn->part;
	if (book->ended)
		return PCA_PAGING_END;
	if (!book->closing && turn->part.skip != book->paging.skip)
	{
		keep_early(&book->places[turn->place], &turn->part);
		return PCA_PAGING_MORE;
	}
	book->places[turn->place].state = PCA_PAGE_SLOT_FREE;
	if (book->closing)
		return judge_closing(book, judged);
	do
	{
		verdict = judge_page(ask, judged);
	} while (verdict == PCA_PAGING_MORE && !book->closing &&
			 next_early(book, judged, answer));
	return verdict;
}

/* Raise what is wrong with the pages, or warn where that is enough. */
static void
tell_problem(const PcaPageReader *ask, const PcaPaging *paging, const char *answer,
			 PcaPagingVerdict verdict)
{
	bool		only_warn = verdict == PCA_PAGING_INCOMPLETE && paging->only_warn;
	PcaPagingProblem problem = pca_paging_problem(paging, verdict);

	ereport(only_warn ? WARNING : ERROR,
			(errcode(problem.sqlstate),
			 errmsg("%s: %s", ask->what, problem.message),
			 errdetail("%s %s", problem.detail, answer ? answer : ""),
			 problem.hint ? errhint("%s", problem.hint) : 0));
}

bool
pca_page_queue_complete_page(PcaPageReader *ask, const PcaPageRef *turn)
{
	PcaPageState judged;
	char		answer[PCA_PAGE_QUEUE_DETAIL_SIZE];
	PcaPaging	paging;
	PcaPagingVerdict verdict;

	pca_participants_lock(ask->crew);
	verdict = judge(ask, turn, &judged, answer);
	ask->book->ended = verdict != PCA_PAGING_MORE;
	ask->ended = ask->book->ended;
	paging = ask->book->paging;
	pca_participants_unlock(ask->crew);
	if (verdict != PCA_PAGING_MORE && verdict != PCA_PAGING_END)
		tell_problem(ask, &paging, judged.answer, verdict);
	return verdict == PCA_PAGING_MORE;
}

int64
pca_page_queue_expected_rows(const PcaPageReader *ask)
{
	int64		expected;

	pca_participants_lock(ask->crew);
	expected = pca_paging_expected(&ask->book->paging);
	pca_participants_unlock(ask->crew);
	return expected;
}

void
pca_page_queue_free(PcaPageReader *ask)
{
	free_link(ask);
	if (!ask->crew)
		pfree(ask->book);
	pfree(ask);
}
