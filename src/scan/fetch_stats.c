/*
 * fetch_stats.c
 *		The progress and the counters of a fetch, and what it has found out.
 */
#include "postgres.h"

#include "portability/instr_time.h"

#include "scan/fetch.h"
#include "scan/fetch_internal.h"

/* ---- progress ---- */

/*
 * Add what this process has done since its last call to the shared progress.
 * Returns the progress of all participants.
 */
static PcaProgressState
add_to_shared_progress(PcaFetch *fetch, const PcaProgressState *state)
{
	PcaProgressState *sum = &fetch->shared->progress;
	PcaProgressState whole;

	pca_participants_lock(fetch->participants);
	sum->rows += state->rows - fetch->reported.rows;
	sum->requests += state->requests - fetch->reported.requests;
	sum->bytes += state->bytes - fetch->reported.bytes;
	whole = *sum;
	whole.wait_reason = state->wait_reason;
	whole.wait_ms = state->wait_ms;
	whole.total = pca_page_queue_expected_total(&fetch->shared->queue);
	pca_participants_unlock(fetch->participants);
	fetch->reported = *state;
	return whole;
}

void
pca_fetch_internal_report(PcaFetch *fetch, bool is_blocked)
{
	const PcaFetchStats *stats = pca_fetch_stats(fetch);
	PcaProgressState state = {
		.rows = stats->rows,.total = fetch->expected_rows,
		.requests = stats->requests,.bytes = stats->bytes
	};
	PcaProgressState whole;

	if (is_blocked)
	{
		state.wait_reason = pca_exchange_wakeup_reason(fetch->session);
		state.wait_ms = pca_exchange_wakeup_ms(fetch->session);
	}
	whole = state;
	if (fetch->participants)
		whole = add_to_shared_progress(fetch, &state);
	pca_progress_report(fetch->progress, &state, &whole);
}

/* ---- accessors ---- */

void
pca_fetch_add_response_detail(const PcaFetch *fetch)
{
	const FetchSlot *slot = &fetch->slots[fetch->current];
	const char *customer_id = pca_page_queue_request(slot->reader)->customer_id;
	ErrorData  *error;
	const char *detail;

	MemoryContextSwitchTo(fetch->context);
	error = CopyErrorData();
	FlushErrorState();
	detail = pca_page_fetch_response_detail(slot->page_fetch);
	if (customer_id)
		detail = psprintf("Customer: %s. %s", customer_id, detail);
	error->detail = error->detail ? psprintf("%s %s", error->detail, detail) : pstrdup(detail);
	ReThrowError(error);
}

void
pca_fetch_pause(PcaFetch *fetch)
{
	fetch->is_paused = true;
}

void
pca_fetch_resume(PcaFetch *fetch)
{
	fetch->is_paused = false;
}

int64
pca_fetch_most_rows(const PcaFetch *fetch)
{
	const PcaPageReader *reader = fetch->readers ? linitial(fetch->readers) : NULL;

	return reader ? pca_page_queue_probed_rows(reader) : -1;
}

List *
pca_fetch_skipped(const PcaFetch *fetch)
{
	return fetch->skipped;
}

int64
pca_fetch_page_offset(const PcaFetch *fetch)
{
	return fetch->slots[fetch->current].ref.page.skip;
}

int64
pca_fetch_probed_rows(const PcaFetch *fetch)
{
	return fetch->unfiltered_total;
}

int64
pca_fetch_uncounted_rows(const PcaFetch *fetch)
{
	return fetch->uncounted_rows;
}

int
pca_fetch_descriptor(const PcaFetch *fetch)
{
	return pca_exchange_descriptor(fetch->session);
}

const PcaFetchStats *
pca_fetch_stats(PcaFetch *fetch)
{
	const PcaExchangeStats *counters = pca_exchange_stats(fetch->session);

	fetch->stats.requests = counters->requests;
	fetch->stats.retries = counters->retries;
	fetch->stats.bytes = counters->bytes;
	for (int i = 0; i < fetch->nslots && !fetch->has_ended; i++)
		fetch->stats.bytes += pca_page_fetch_received(fetch->slots[i].page_fetch);
	return &fetch->stats;
}

void
pca_fetch_add_stats(PcaFetchStats *sum, const PcaFetchStats *stats)
{
	sum->requests += stats->requests;
	sum->pages += stats->pages;
	sum->rows += stats->rows;
	sum->bytes += stats->bytes;
	sum->retries += stats->retries;
	sum->empty_pages += stats->empty_pages;
	sum->wait_time += stats->wait_time;
	sum->reused += stats->reused;
}
