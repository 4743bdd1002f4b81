/*
 * response_recorder.c
 *		Records the pages of a response as they are received.
 *
 * A page that was requested as a guess may be received and then be forgotten; then it may
 * be requested again.  So the record is put together at the end, when paging.c has decided
 * how many pages the response has: from the first one on, each page begins after the rows
 * of the page before it, and of two pages that begin there the later one counts.
 */
#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/memutils.h"

#include "scan/response_recorder.h"

struct PcaPageRecording
{
	PcaResponseRecorder *recorder;
	PcaPageWriter *writer;		/* NULL before the body begins */
	int64		top;
	int64		skip;
	int64		items;			/* once the body is complete */
	int			number;			/* in the order of completion */
	char	   *url;
};

struct PcaResponseRecorder
{
	MemoryContext context;
	PcaResponseWriter *writer;	/* NULL once the record is finished */
	bool		is_paged;
	size_t		max_size;
	List	   *complete;		/* PcaPageRecording *: pages with a complete
								 * body */
	int64		rows;			/* of the pages that were accepted */
	const char *url;			/* of the first of them */
	int64		wait_ms;
};

PcaResponseRecorder *
pca_response_recorder_begin(MemoryContext context, size_t max_size, bool is_paged)
{
	PcaResponseRecorder *recorder = MemoryContextAllocZero(context, sizeof(PcaResponseRecorder));

	recorder->context = context;
	recorder->is_paged = is_paged;
	recorder->max_size = max_size;
	recorder->writer = pca_response_record_begin(context, max_size);
	return recorder;
}

bool
pca_response_recorder_is_active(const PcaResponseRecorder *recorder)
{
	return recorder->writer && pca_response_record_is_kept(recorder->writer);
}

void
pca_response_recorder_give_up_page(PcaPageRecording *page)
{
	pca_response_record_give_up(page->recorder->writer);
}

/* ---- pages ---- */

PcaPageRecording *
pca_response_recorder_begin_page(PcaResponseRecorder *recorder, int64 top, int64 skip)
{
	PcaPageRecording *page = MemoryContextAllocZero(recorder->context, sizeof(PcaPageRecording));

	page->recorder = recorder;
	page->top = top;
	page->skip = skip;
	return page;
}

void
pca_response_recorder_begin_body(PcaPageRecording *page, int status, const char *url,
								 const char *response_detail, int64 wait_ms)
{
	PcaResponseRecorder *recorder = page->recorder;
	PcaRecordedPage about = {
		.top = page->top,.skip = page->skip,.status = status,.url = url,
		.response_detail = response_detail
	};

	recorder->wait_ms += wait_ms;
	if (page->writer)
		pca_response_record_restart_page(page->writer, &about);
	else
		page->writer = pca_response_record_begin_page(recorder->writer, &about);
	page->url = MemoryContextStrdup(recorder->context, url);
}

void
pca_response_recorder_append(PcaPageRecording *page, const char *bytes, size_t length)
{
	pca_response_record_append(page->writer, bytes, length);
}

void
pca_response_recorder_end_body(PcaPageRecording *page, int64 items, uint64 digest)
{
	PcaResponseRecorder *recorder = page->recorder;
	MemoryContext caller = MemoryContextSwitchTo(recorder->context);

	pca_response_record_end_page(page->writer, items, digest);
	page->items = items;
	page->number = list_length(recorder->complete);
	recorder->complete = lappend(recorder->complete, page);
	MemoryContextSwitchTo(caller);
}

void
pca_response_recorder_drop_page(PcaPageRecording *page)
{
	page->recorder->complete = list_delete_ptr(page->recorder->complete, page);
	if (page->writer && page->recorder->writer)
		pca_response_record_drop_page(page->writer);
	page->writer = NULL;
}

/* ---- the response ---- */

bool
pca_response_recorder_foresee(PcaResponseRecorder *recorder, int64 total)
{
	const PcaPageRecording *first = recorder->complete ? linitial(recorder->complete) : NULL;

	if (list_length(recorder->complete) == 1 && first->items > 0 && total > first->items &&
		(double) pca_response_record_size(recorder->writer) / first->items * total > recorder->max_size)
		pca_response_record_give_up(recorder->writer);
	return pca_response_recorder_is_active(recorder);
}

/* Pages that begin at the same row are in the order of their completion, the last one first. */
static int
compare_pages(const ListCell *a, const ListCell *b)
{
	const PcaPageRecording *left = lfirst(a);
	const PcaPageRecording *right = lfirst(b);

	if (left->recorder->is_paged && left->skip != right->skip)
		return left->skip < right->skip ? -1 : 1;
	if (left->recorder->is_paged)
		return right->number - left->number;
	return left->number - right->number;
}

/* Accept that number of pages.  Returns false if one is missing. */
static bool
accept_pages_in_order(PcaResponseRecorder *recorder, int64 npages)
{
	int64		accepted = 0;
	ListCell   *lc;

	list_sort(recorder->complete, compare_pages);
	foreach(lc, recorder->complete)
	{
		PcaPageRecording *page = lfirst(lc);

		if (accepted == npages)
			break;
		if (page->skip != recorder->rows)
			continue;
		if (accepted++ == 0)
			recorder->url = page->url;
		pca_response_record_accept_page(page->writer);
		recorder->rows += page->items;
	}
	return accepted == npages;
}

char *
pca_response_recorder_finish(PcaResponseRecorder *recorder, int64 npages, size_t *size)
{
	PcaResponseWriter *writer = recorder->writer;

	if (!pca_response_recorder_is_active(recorder) ||
		!accept_pages_in_order(recorder, npages))
		return NULL;
	recorder->writer = NULL;
	return pca_response_record_finish(writer, size);
}

int64
pca_response_recorder_rows(const PcaResponseRecorder *recorder)
{
	return recorder->rows;
}

const char *
pca_response_recorder_url(const PcaResponseRecorder *recorder)
{
	return recorder->url;
}

int64
pca_response_recorder_wait_ms(const PcaResponseRecorder *recorder)
{
	return recorder->wait_ms;
}
