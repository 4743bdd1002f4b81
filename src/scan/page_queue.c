/*
 * page_queue.c
 *		The queue of one request's pages: claims, and the check that they fit together.
 *
 * Rows are returned as they arrive, but pages are accepted in the order of their
 * rows.  A page that arrives early is remembered until the pages before it are
 * accepted.
 *
 * fetch.c decides which request is read, page_fetch.c fetches a page, and
 * paging.c decides what a page means for those after it.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "scan/page_queue.h"

struct PcaPageReader
{
	const PcaRequest *request;
	const PcaTable *table;
	PcaPageQueue *queue;
	PcaParticipants *participants;	/* who share the queue; NULL: it is our
									 * own */
	int			number;			/* of this process among them */
	char	   *next_url;		/* of the next link, or NULL */
	char	   *continuation;	/* MS-ContinuationToken for it, or NULL */
	uint64		generation;		/* of the participants, at the last refresh */
	PcaDigest	previous;		/* of the last accepted page, at the last
								 * refresh */
	bool		is_complete;
	bool		is_incomplete;	/* it is complete, but for missing rows */
	struct PcaCachedResponse *cached;	/* or NULL */
};

static PcaPageReader *
make_page_reader(const PcaRequest *request, const PcaTable *table)
{
	PcaPageReader *reader = palloc0(sizeof(PcaPageReader));

	reader->request = request;
	reader->table = table;
	return reader;
}

static void
init_page_queue(PcaPageQueue *queue, const PcaRequest *request, const PcaTable *table,
				int64 unfiltered_total, bool other_path)
{
	pca_paging_begin(&queue->paging, request, table, unfiltered_total);
	queue->uses_other_path = other_path;
	queue->is_initialized = true;
}

PcaPageReader *
pca_page_queue_begin(const PcaRequest *request, const PcaTable *table, int64 unfiltered_total,
					 bool other_path)
{
	PcaPageReader *reader = make_page_reader(request, table);

	reader->queue = palloc0(sizeof(PcaPageQueue));
	init_page_queue(reader->queue, request, table, unfiltered_total, other_path);
	return reader;
}

PcaPageReader *
pca_page_queue_join(const PcaRequest *request, const PcaTable *table, bool other_path,
					PcaPageQueue *queue, PcaParticipants *participants, int number)
{
	PcaPageReader *reader = make_page_reader(request, table);

	Assert(request->paged);
	reader->queue = queue;
	reader->participants = participants;
	reader->number = number;
	pca_participants_lock(participants);
	if (!queue->is_initialized)
		init_page_queue(queue, request, table, -1, other_path);
	pca_participants_unlock(participants);
	return reader;
}

/* ---- claiming pages ---- */

static int
find_free_page_slot(const PcaPageQueue *queue)
{
	for (int i = 0; i < PCA_PAGE_QUEUE_SLOTS; i++)
	{
		if (queue->slots[i].state == PCA_PAGE_SLOT_FREE)
			return i;
	}
	return -1;
}

/*
 * Returns true if this participant may claim another page.  Each participant
 * without a page is entitled to one first.  Before the API has responded, only
 * one page is in flight, so that a request that fails is not sent by all.
 */
static bool
may_claim_page(const PcaPageReader *reader, int window)
{
	int			without_page;
	int			pages;
	int			own_pages;

	if (!reader->participants)
		return true;
	own_pages = reader->participants->participants[reader->number].pages;
	pca_participants_count(reader->participants, &without_page, &pages);
	if (!reader->queue->has_response)
		return pages == 0;
	return own_pages == 0 ? pages < window : pages + without_page < window;
}

/* Add to the number of pages that this participant has in flight. */
static void
count_claimed_pages(PcaPageReader *reader, int change)
{
	if (reader->participants)
		reader->participants->participants[reader->number].pages += change;
}

/* Claim the page of a skip check, before any other page; the caller holds the lock. */
static bool
claim_skip_check(PcaPageReader *reader, PcaPageRef *ref)
{
	PcaPageQueue *queue = reader->queue;

	if (queue->is_checking_skip || queue->is_complete)
		return false;
	queue->is_checking_skip = true;
	ref->slot = -1;
	pca_paging_skip_check_page(&queue->paging, &ref->page);
	count_claimed_pages(reader, 1);
	return true;
}

bool
pca_page_queue_claim_page(PcaPageReader *reader, int window, PcaPageRef *ref)
{
	PcaPageQueue *queue = reader->queue;
	bool		found;

	pca_participants_lock(reader->participants);
	if (queue->paging.skip_check != PCA_SKIP_CHECK_NONE)
	{
		found = claim_skip_check(reader, ref);
		pca_participants_unlock(reader->participants);
		return found;
	}
	ref->slot = find_free_page_slot(queue);
	found = ref->slot >= 0 && !queue->is_closing && !queue->is_complete &&
		may_claim_page(reader, window) && pca_paging_next_page(&queue->paging, &ref->page);
	if (found)
	{
		queue->slots[ref->slot].state = PCA_PAGE_SLOT_REQUESTED;
		queue->slots[ref->slot].rows_returned = false;
		ref->layout = queue->layout;
		count_claimed_pages(reader, 1);
	}
	pca_participants_unlock(reader->participants);
	return found;
}

char *
pca_page_queue_page_url(const PcaPageReader *reader, PcaPageRef *ref, const char *base_url)
{
	const PcaRequest *request = reader->request;

	ref->other_path = reader->queue->uses_other_path;

	if (reader->next_url)
		return pstrdup(reader->next_url);
	return pca_request_url(request, base_url, ref->other_path,
						   ref->page.top, ref->page.skip);
}

bool
pca_page_queue_refresh(PcaPageReader *reader)
{
	uint64		generation;

	if (!reader->participants)
	{
		reader->previous = reader->queue->paging.previous;
		return !reader->is_complete;
	}

	/* this is called for each item: no lock unless something has changed */
	generation = pca_participants_generation(reader->participants);
	if (generation == reader->generation)
		return !reader->is_complete;
	pca_participants_lock(reader->participants);
	reader->generation = generation;
	reader->previous = reader->queue->paging.previous;
	reader->is_complete = reader->queue->is_complete ||
		pca_participants_is_stopped(reader->participants);
	pca_participants_unlock(reader->participants);
	return !reader->is_complete;
}

/*
 * Guessed pages are held until the first page is accepted.  A participant that held one
 * could not return rows of other pages meanwhile, and the process with the first page may
 * wait for the leader, which may be that participant.  So participants guess no pages.
 */
void
pca_page_queue_expect_rows(PcaPageReader *reader, double rows)
{
	if (!reader->participants)
		pca_paging_expect_rows(&reader->queue->paging, rows);
}

bool
pca_page_queue_expects_rows(const PcaPageReader *reader)
{
	return reader->queue->paging.guessed_rows > 0;
}

bool
pca_page_queue_must_hold(const PcaPageReader *reader, const PcaPageRef *ref)
{
	return ref->page.is_guess && !reader->participants && reader->queue->paging.pages == 0;
}

bool
pca_page_queue_is_forgotten(const PcaPageReader *reader, const PcaPageRef *ref)
{
	return ref->layout != reader->queue->layout && ref->page.skip_check == PCA_SKIP_CHECK_NONE;
}

bool
pca_page_queue_begin_rows(PcaPageReader *reader, const PcaPageRef *ref)
{
	bool		may_return;

	pca_participants_lock(reader->participants);
	may_return = !reader->queue->is_complete;
	reader->queue->slots[ref->slot].rows_returned = may_return;
	pca_participants_unlock(reader->participants);
	return may_return;
}

bool
pca_page_queue_defer_page(PcaPageReader *reader, const PcaPageRef *ref, const PcaDigest *digest)
{
	PcaPageQueue *queue = reader->queue;
	bool		must_defer;

	pca_participants_lock(reader->participants);
	must_defer = queue->paging.skip_check == PCA_SKIP_CHECK_NONE &&
		!queue->is_complete && !queue->is_closing && ref->page.skip == queue->paging.skip &&
		pca_paging_is_suspicious(&queue->paging, digest);
	if (must_defer)
	{
		queue->slots[ref->slot].state = PCA_PAGE_SLOT_FREE;
		pca_paging_forget_page(&queue->paging, &ref->page);
		count_claimed_pages(reader, -1);
		pca_paging_begin_skip_check(&queue->paging, digest);
	}
	pca_participants_unlock(reader->participants);
	return must_defer;
}

void
pca_page_queue_trust_skip(PcaPageReader *reader)
{
	reader->queue->paging.skip_is_honored = true;
}

bool
pca_page_queue_skip_is_honored(const PcaPageReader *reader)
{
	return reader->queue->paging.skip_is_honored;
}

bool
pca_page_queue_note_response(PcaPageReader *reader)
{
	bool		is_first;

	pca_participants_lock(reader->participants);
	is_first = reader->queue->paging.pages == 0;
	reader->queue->has_response = true;
	pca_participants_unlock(reader->participants);
	return is_first;
}

bool
pca_page_queue_try_other_path(PcaPageReader *reader, const PcaPageRef *ref)
{
	PcaPageQueue *queue = reader->queue;
	bool		may_change;

	pca_participants_lock(reader->participants);
	/* the variant was changed since */
	if (ref->other_path != queue->uses_other_path)
	{
		pca_participants_unlock(reader->participants);
		return true;
	}
	may_change = reader->request->other_path && !queue->tried_both_paths &&
		queue->paging.pages == 0 && ref->page.skip == queue->paging.skip;
	if (may_change)
	{
		queue->tried_both_paths = true;
		queue->uses_other_path = !queue->uses_other_path;
	}
	pca_participants_unlock(reader->participants);
	return may_change;
}

bool
pca_page_queue_is_next(const PcaPageReader *reader, const PcaPageRef *ref)
{
	bool		is_next;

	pca_participants_lock(reader->participants);
	is_next = ref->page.skip == reader->queue->paging.skip;
	pca_participants_unlock(reader->participants);
	return is_next;
}

/* ---- accepting pages ---- */

/* Forget the claimed pages. */
static void
forget_claimed_pages(PcaPageQueue *queue)
{
	for (int i = 0; i < PCA_PAGE_QUEUE_SLOTS; i++)
		queue->slots[i].state = PCA_PAGE_SLOT_FREE;
	queue->layout++;
}

void
pca_page_queue_forget_guesses(PcaPageReader *reader, PcaPageRef *first)
{
	PcaPageQueue *queue = reader->queue;

	if (reader->participants || queue->paging.in_flight <= 1)
		return;
	forget_claimed_pages(queue);
	pca_paging_forget_guesses(&queue->paging, &first->page);
	queue->slots[first->slot].state = PCA_PAGE_SLOT_REQUESTED;
	first->layout = queue->layout;
}

/* Returns true if rows of pages after the next one to be accepted have arrived. */
static bool
has_rows_beyond(const PcaPageQueue *queue)
{
	if (queue->has_replayed_rows)
		return true;
	for (int i = 0; i < PCA_PAGE_QUEUE_SLOTS; i++)
	{
		const PcaPageSlot *slot = &queue->slots[i];

		if (slot->state == PCA_PAGE_SLOT_REQUESTED ? slot->rows_returned :
			slot->state == PCA_PAGE_SLOT_RECEIVED && slot->page.items > 0)
			return true;
	}
	return false;
}

static void
free_next_link(PcaPageReader *reader)
{
	if (reader->next_url)
		pfree(reader->next_url);
	if (reader->continuation)
		pfree(reader->continuation);
}

/* Store where a page's next link leads. */
static void
store_next_link(PcaPageReader *reader, const PcaPageState *page)
{
	MemoryContext context = GetMemoryChunkContext(reader);
	char	   *url = MemoryContextStrdup(context, page->next_url);
	char	   *continuation = page->continuation ?
		MemoryContextStrdup(context, page->continuation) : NULL;

	free_next_link(reader);
	reader->next_url = url;
	reader->continuation = continuation;
}

/*
 * The last page is accepted, but rows are missing, which is to be a warning: the
 * pages in flight still belong to the response.  Returns false if there are none.
 */
static bool
close_page_queue(PcaPageQueue *queue)
{
	for (int i = 0; i < PCA_PAGE_QUEUE_SLOTS; i++)
	{
		/* received pages are empty, or this would not be the last page */
		if (queue->slots[i].state != PCA_PAGE_SLOT_RECEIVED)
			continue;
		queue->slots[i].state = PCA_PAGE_SLOT_FREE;
		queue->paging.in_flight--;
	}
	queue->is_closing = queue->paging.in_flight > 0;
	return queue->is_closing;
}

/* Accept the next page. */
static PcaPagingVerdict
accept_next_page(PcaPageReader *reader, const PcaPageState *page)
{
	PcaPageQueue *queue = reader->queue;
	PcaPagingVerdict verdict;

	if (page->is_refused)
	{
		pca_paging_forget_page(&queue->paging, page);
		return PCA_PAGING_MORE;
	}
	verdict = pca_paging_accept_page(&queue->paging, page, has_rows_beyond(queue));
	if (verdict == PCA_PAGING_MORE && !queue->paging.is_paged)
		store_next_link(reader, page);
	if (verdict == PCA_PAGING_INCOMPLETE && queue->paging.only_warn && close_page_queue(queue))
		return PCA_PAGING_MORE;
	return verdict;
}

/*
 * A page of a queue that is closing was received: it must be empty, since the
 * page before it was the last one.
 */
static PcaPagingVerdict
accept_closing_page(PcaPageQueue *queue, const PcaPageState *page)
{
	queue->paging.in_flight--;
	if (page->items > 0)
		return PCA_PAGING_NO_PROGRESS;
	return queue->paging.in_flight > 0 ? PCA_PAGING_MORE : PCA_PAGING_INCOMPLETE;
}

/*
 * Take the next page from those that arrived early, and free its slot.  Returns the
 * slot, or -1 if the page has not arrived.
 */
static int
take_early_page(PcaPageQueue *queue, PcaPageState *page, char *response_detail)
{
	for (int i = 0; i < PCA_PAGE_QUEUE_SLOTS; i++)
	{
		PcaPageSlot *slot = &queue->slots[i];

		if (slot->state != PCA_PAGE_SLOT_RECEIVED || slot->page.skip != queue->paging.skip)
			continue;
		slot->state = PCA_PAGE_SLOT_FREE;
		*page = slot->page;
		page->response_detail = strcpy(response_detail, slot->response_detail);
		return i;
	}
	return -1;
}

/* Remember a page until the pages before it are accepted. */
static void
store_early_page(PcaPageSlot *slot, const PcaPageState *page)
{
	slot->state = PCA_PAGE_SLOT_RECEIVED;
	slot->page = *page;
	/* pointers are of this process; paged resources need no next link */
	slot->page.response_detail = slot->page.next_url = slot->page.continuation = NULL;
	strlcpy(slot->response_detail, page->response_detail ? page->response_detail : "",
			sizeof(slot->response_detail));
}

/*
 * Accept a page, whose slot is free, and those that waited for it.  *accepted: the
 * page, and then the last one accepted, whose detail may be in response_detail.  If
 * skip must be checked first, the page waits in its slot.
 */
static PcaPagingVerdict
accept_in_order(PcaPageReader *reader, int slot, PcaPageState *accepted, char *response_detail)
{
	PcaPageQueue *queue = reader->queue;
	PcaPagingVerdict verdict;

	do
	{
		verdict = accept_next_page(reader, accepted);
		if (verdict == PCA_PAGING_CHECK_SKIP)
		{
			store_early_page(&queue->slots[slot], accepted);
			pca_paging_begin_skip_check(&queue->paging, &accepted->digest);
			return PCA_PAGING_MORE;
		}
		if (verdict == PCA_PAGING_RESTART)
		{
			forget_claimed_pages(queue);
			return PCA_PAGING_MORE;
		}
	} while (verdict == PCA_PAGING_MORE && !queue->is_closing &&
			 (slot = take_early_page(queue, accepted, response_detail)) >= 0);
	return verdict;
}

/* Accept a page if it is the next one, else store it; as accept_in_order(). */
static PcaPagingVerdict
accept_pages(PcaPageReader *reader, const PcaPageRef *ref, PcaPageState *accepted,
			 char *response_detail)
{
	PcaPageQueue *queue = reader->queue;

	count_claimed_pages(reader, -1);
	*accepted = ref->page;
	if (queue->is_complete)
		return PCA_PAGING_END;
	if (!queue->is_closing && ref->page.skip != queue->paging.skip)
	{
		store_early_page(&queue->slots[ref->slot], &ref->page);
		return PCA_PAGING_MORE;
	}
	queue->slots[ref->slot].state = PCA_PAGE_SLOT_FREE;
	if (queue->is_closing)
		return accept_closing_page(queue, accepted);
	return accept_in_order(reader, ref->slot, accepted, response_detail);
}

/*
 * The page of a skip check is there.  After the last check, accept the page that
 * waited for it.
 */
static PcaPagingVerdict
accept_skip_check(PcaPageReader *reader, const PcaPageRef *ref, PcaPageState *accepted,
				  char *response_detail)
{
	PcaPageQueue *queue = reader->queue;
	int			slot;

	count_claimed_pages(reader, -1);
	*accepted = ref->page;
	queue->is_checking_skip = false;
	if (queue->is_complete)
		return PCA_PAGING_END;
	if (!pca_paging_accept_skip_check(&queue->paging, &ref->page))
		return PCA_PAGING_REPEATED;
	if (queue->paging.skip_check != PCA_SKIP_CHECK_NONE)
		return PCA_PAGING_MORE;
	slot = take_early_page(queue, accepted, response_detail);
	if (slot < 0)
		return PCA_PAGING_MORE;
	accepted->is_checked = true;
	return accept_in_order(reader, slot, accepted, response_detail);
}

/* Raise the error of a verdict, or a warning where that suffices. */
static void
report_paging_problem(const PcaPageReader *reader, const PcaPaging *paging,
					  const char *response_detail, PcaPagingVerdict verdict)
{
	bool		only_warn = verdict == PCA_PAGING_INCOMPLETE && paging->only_warn;
	PcaPagingProblem problem = pca_paging_problem(paging, verdict);

	/* psql shows the context of errors only, by default */
	ereport(only_warn ? WARNING : ERROR,
			(errcode(problem.sqlstate),
			 only_warn ? errmsg("the API's response for foreign table \"%s\" is not complete",
								reader->table->name) :
			 errmsg_internal("%s", problem.message),
			 errdetail("%s %s", problem.detail, response_detail ? response_detail : ""),
			 problem.hint ? errhint("%s", problem.hint) : 0));
}

bool
pca_page_queue_complete_page(PcaPageReader *reader, const PcaPageRef *ref)
{
	PcaPageState accepted;
	char		response_detail[PCA_PAGE_QUEUE_DETAIL_SIZE];
	PcaPaging	paging;
	PcaPagingVerdict verdict;

	pca_participants_lock(reader->participants);
	verdict = ref->page.skip_check != PCA_SKIP_CHECK_NONE ?
		accept_skip_check(reader, ref, &accepted, response_detail) :
		accept_pages(reader, ref, &accepted, response_detail);
	reader->queue->is_complete = verdict != PCA_PAGING_MORE;
	reader->is_complete = reader->queue->is_complete;
	reader->is_incomplete = reader->is_complete && verdict != PCA_PAGING_END;
	paging = reader->queue->paging;
	pca_participants_unlock(reader->participants);

	/* reported without the lock, by the copy */
	if (verdict != PCA_PAGING_MORE && verdict != PCA_PAGING_END)
		report_paging_problem(reader, &paging, accepted.response_detail, verdict);
	return verdict == PCA_PAGING_MORE;
}

void
pca_page_queue_free(PcaPageReader *reader)
{
	free_next_link(reader);
	if (!reader->participants)
		pfree(reader->queue);
	pfree(reader);
}

/* ---- accessors ---- */

const PcaRequest *
pca_page_queue_request(const PcaPageReader *reader)
{
	return reader->request;
}

const char *
pca_page_queue_continuation(const PcaPageReader *reader)
{
	return reader->continuation;
}

const PcaDigest *
pca_page_queue_previous(const PcaPageReader *reader)
{
	return &reader->previous;
}

int64
pca_page_queue_pages(const PcaPageReader *reader)
{
	return reader->queue->paging.pages;
}

int64
pca_page_queue_expected_rows(const PcaPageReader *reader)
{
	int64		expected;

	pca_participants_lock(reader->participants);
	expected = pca_page_queue_expected_total(reader->queue);
	pca_participants_unlock(reader->participants);
	return expected;
}

int64
pca_page_queue_expected_total(const PcaPageQueue *queue)
{
	return pca_paging_expected(&queue->paging);
}

int64
pca_page_queue_probed_rows(const PcaPageReader *reader)
{
	return pca_paging_probed(&reader->queue->paging);
}

int64
pca_page_queue_uncounted_rows(const PcaPageReader *reader)
{
	return reader->queue->paging.uncounted_rows;
}

int64
pca_page_queue_received_rows(const PcaPageReader *reader)
{
	const PcaPaging *paging = &reader->queue->paging;

	return paging->skip - paging->first_skip;
}

bool
pca_page_queue_tried_both_paths(const PcaPageReader *reader)
{
	return reader->queue->tried_both_paths;
}

bool
pca_page_queue_found_path(const PcaPageQueue *queue, bool *other_path)
{
	*other_path = queue->uses_other_path;
	return queue->has_response;
}

void
pca_page_queue_begin_replay(PcaPageReader *reader)
{
	/* skip was checked when the pages were received */
	reader->queue->paging.skip_is_honored = true;
	reader->queue->paging.irregular = true;
}

void
pca_page_queue_note_rows_beyond(PcaPageReader *reader, bool rows_beyond)
{
	reader->queue->has_replayed_rows = rows_beyond;
}

void
pca_page_queue_set_cached(PcaPageReader *reader, struct PcaCachedResponse *cached)
{
	reader->cached = cached;
}

struct PcaCachedResponse *
pca_page_queue_cached(const PcaPageReader *reader)
{
	return reader->cached;
}

int64
pca_page_queue_accepted_pages(const PcaPageReader *reader)
{
	return reader->queue->paging.pages;
}

bool
pca_page_queue_is_incomplete(const PcaPageReader *reader)
{
	return reader->is_incomplete;
}

const PcaPageQueue *
pca_page_queue_of(const PcaPageReader *reader)
{
	return reader->queue;
}
