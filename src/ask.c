/*
 * ask.c
 *		Who asks for which page of a request, and do they make a whole?
 *
 * Rows are handed out as they come; what the pages say of one another is judged
 * in the order of their rows, so a page that comes before its turn is
 * remembered until then.
 *
 * Which request is asked for, and how a page is, is asked in fetch.c and
 * pull.c; what the pages say, in paging.c.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "ask.h"

/* A request, its book aside. */
static PcaAsk *
make_ask(const PcaRequest *request, const char *what)
{
	PcaAsk	   *ask = palloc0(sizeof(PcaAsk));

	ask->request = request;
	ask->what = what;
	return ask;
}

static void
begin_book(PcaBook *book, const PcaRequest *request, const PcaTable *table,
		   int64 unfiltered, bool other_path)
{
	pca_paging_begin(&book->paging, request, table, unfiltered);
	book->other_path = other_path;
	book->begun = true;
}

PcaAsk *
pca_ask_begin(const PcaRequest *request, const char *what, const PcaTable *table,
			  int64 unfiltered, bool other_path)
{
	PcaAsk	   *ask = make_ask(request, what);

	ask->book = palloc0(sizeof(PcaBook));
	begin_book(ask->book, request, table, unfiltered, other_path);
	return ask;
}

PcaAsk *
pca_ask_share(const PcaRequest *request, const char *what, const PcaTable *table,
			  bool other_path, PcaBook *book, PcaCrew *crew, int member)
{
	PcaAsk	   *ask = make_ask(request, what);

	Assert(request->paged);
	ask->book = book;
	ask->crew = crew;
	ask->member = member;
	pca_crew_lock(crew);
	if (!book->begun)
		begin_book(book, request, table, -1, other_path);
	pca_crew_unlock(crew);
	return ask;
}

/* ---- taking pages ---- */

static int
free_place(const PcaBook *book)
{
	for (int i = 0; i < PCA_ASK_PAGES; i++)
	{
		if (book->places[i].state == PCA_PLACE_FREE)
			return i;
	}
	return -1;
}

/*
 * Whether the member may have another page: each that has none may have one
 * first, and before the API has answered there is one for all.
 */
static bool
may_take(const PcaAsk *ask, int width)
{
	int			without;
	int			pages;
	int			own;

	if (!ask->crew)
		return true;
	own = ask->crew->members[ask->member].pages;
	pca_crew_count(ask->crew, &without, &pages);
	if (!ask->book->answered)
		return pages == 0;
	return own == 0 ? pages < width : pages + without < width;
}

/* Count a page that the member has, or has no more. */
static void
count_page(PcaAsk *ask, int pages)
{
	if (ask->crew)
		ask->crew->members[ask->member].pages += pages;
}

bool
pca_ask_take(PcaAsk *ask, int width, PcaTurn *turn)
{
	PcaBook    *book = ask->book;
	bool		found;

	pca_crew_lock(ask->crew);
	turn->place = free_place(book);
	found = turn->place >= 0 && !book->closing && !book->ended && may_take(ask, width) &&
		pca_paging_ask(&book->paging, &turn->part);
	if (found)
	{
		book->places[turn->place].state = PCA_PLACE_OUT;
		book->places[turn->place].used = false;
		count_page(ask, 1);
	}
	pca_crew_unlock(ask->crew);
	return found;
}

char *
pca_ask_url(const PcaAsk *ask, const PcaTurn *turn, const char *base_url)
{
	const PcaRequest *request = ask->request;

	if (ask->next_url)
		return pstrdup(ask->next_url);
	return psprintf("%s%s%s", base_url,
					ask->book->other_path ? request->other_path : request->path,
					pca_request_query(request, turn->part.top, turn->part.skip));
}

bool
pca_ask_look(PcaAsk *ask)
{
	uint64		moves;

	if (!ask->crew)
	{
		ask->previous = ask->book->paging.previous;
		return !ask->ended;
	}
	moves = pca_crew_moves(ask->crew);
	if (moves == ask->moves)
		return !ask->ended;
	pca_crew_lock(ask->crew);
	ask->moves = moves;
	ask->previous = ask->book->paging.previous;
	ask->ended = ask->book->ended || pca_crew_is_stopped(ask->crew);
	pca_crew_unlock(ask->crew);
	return !ask->ended;
}

bool
pca_ask_use(PcaAsk *ask, const PcaTurn *turn)
{
	bool		good;

	pca_crew_lock(ask->crew);
	good = !ask->book->ended;
	ask->book->places[turn->place].used = good;
	pca_crew_unlock(ask->crew);
	return good;
}

bool
pca_ask_note_answer(PcaAsk *ask)
{
	bool		first;

	pca_crew_lock(ask->crew);
	first = ask->book->paging.pages == 0;
	ask->book->answered = true;
	pca_crew_unlock(ask->crew);
	return first;
}

bool
pca_ask_change_path(PcaAsk *ask)
{
	PcaBook    *book = ask->book;
	bool		may_change;

	pca_crew_lock(ask->crew);
	may_change = ask->request->other_path && !book->both_paths && book->paging.pages == 0;
	if (may_change)
	{
		book->both_paths = true;
		book->other_path = !book->other_path;
	}
	pca_crew_unlock(ask->crew);
	return may_change;
}

bool
pca_ask_is_next(const PcaAsk *ask, const PcaTurn *turn)
{
	bool		next;

	pca_crew_lock(ask->crew);
	next = turn->part.skip == ask->book->paging.skip;
	pca_crew_unlock(ask->crew);
	return next;
}

/* ---- judging them ---- */

/* Whether rows have come from behind the next page to be judged. */
static bool
has_rows_beyond(const PcaBook *book)
{
	for (int i = 0; i < PCA_ASK_PAGES; i++)
	{
		const PcaPlace *place = &book->places[i];

		if (place->state == PCA_PLACE_OUT ? place->used :
			place->state == PCA_PLACE_EARLY && place->part.items > 0)
			return true;
	}
	return false;
}

static void
free_link(PcaAsk *ask)
{
	if (ask->next_url)
		pfree(ask->next_url);
	if (ask->continuation)
		pfree(ask->continuation);
}

/* Keep where a page's next link leads, where that is how pages follow. */
static void
keep_link(PcaAsk *ask, const PcaPart *part)
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
close_book(PcaBook *book)
{
	for (int i = 0; i < PCA_ASK_PAGES; i++)
	{
		/* there are no rows in pages that came early, or it would not be the end */
		if (book->places[i].state != PCA_PLACE_EARLY)
			continue;
		book->places[i].state = PCA_PLACE_FREE;
		book->paging.out--;
	}
	book->closing = book->paging.out > 0;
	return book->closing;
}

/* Judge the page whose turn it is. */
static PcaPagingVerdict
judge_page(PcaAsk *ask, const PcaPart *part)
{
	PcaBook    *book = ask->book;
	PcaPagingVerdict verdict;

	if (part->refused)
	{
		pca_paging_forget(&book->paging, part);
		return PCA_PAGING_MORE;
	}
	verdict = pca_paging_take(&book->paging, part, has_rows_beyond(book));
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
judge_closing(PcaBook *book, const PcaPart *part)
{
	book->paging.out--;
	if (part->items > 0)
		return PCA_PAGING_STUCK;
	return book->paging.out > 0 ? PCA_PAGING_MORE : PCA_PAGING_INCOMPLETE;
}

/* The page whose turn it is, of those that came early; its place is free then. */
static bool
next_early(PcaBook *book, PcaPart *part, char *answer)
{
	for (int i = 0; i < PCA_ASK_PAGES; i++)
	{
		PcaPlace   *place = &book->places[i];

		if (place->state != PCA_PLACE_EARLY || place->part.skip != book->paging.skip)
			continue;
		place->state = PCA_PLACE_FREE;
		*part = place->part;
		part->answer = strcpy(answer, place->answer);
		return true;
	}
	return false;
}

/* Remember a page until its turn. */
static void
keep_early(PcaPlace *place, const PcaPart *part)
{
	place->state = PCA_PLACE_EARLY;
	place->part = *part;
	place->part.answer = place->part.next_url = place->part.continuation = NULL;
	strlcpy(place->answer, part->answer ? part->answer : "", sizeof(place->answer));
}

/* Judge a page and those behind it; *judged becomes the last one that was. */
static PcaPagingVerdict
judge(PcaAsk *ask, const PcaTurn *turn, PcaPart *judged, char *answer)
{
	PcaBook    *book = ask->book;
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
	book->places[turn->place].state = PCA_PLACE_FREE;
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
tell_problem(const PcaAsk *ask, const PcaPaging *paging, const char *answer,
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
pca_ask_settle(PcaAsk *ask, const PcaTurn *turn)
{
	PcaPart		judged;
	char		answer[PCA_ASK_ANSWER];
	PcaPaging	paging;
	PcaPagingVerdict verdict;

	pca_crew_lock(ask->crew);
	verdict = judge(ask, turn, &judged, answer);
	ask->book->ended = verdict != PCA_PAGING_MORE;
	ask->ended = ask->book->ended;
	paging = ask->book->paging;
	pca_crew_unlock(ask->crew);
	if (verdict != PCA_PAGING_MORE && verdict != PCA_PAGING_END)
		tell_problem(ask, &paging, judged.answer, verdict);
	return verdict == PCA_PAGING_MORE;
}

int64
pca_ask_expected(const PcaAsk *ask)
{
	int64		expected;

	pca_crew_lock(ask->crew);
	expected = pca_paging_expected(&ask->book->paging);
	pca_crew_unlock(ask->crew);
	return expected;
}

void
pca_ask_free(PcaAsk *ask)
{
	free_link(ask);
	if (!ask->crew)
		pfree(ask->book);
	pfree(ask);
}
