/*
 * fetch_slot.c
 *		The slots of a fetch: which page each one gets, and what follows from it.
 *
 * fetch.c advances the slots.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "scan/fetch_slot.h"
#include "scan/path_variant.h"
#include "scan/response_size.h"

/* ---- the next page ---- */

const PcaRequest *
pca_fetch_slot_next_request(const PcaFetch *fetch)
{
	return fetch->nbegun < list_length(fetch->requests) ?
		list_nth(fetch->requests, fetch->nbegun) : NULL;
}

/*
 * Returns true if the next request may begin before those that have begun are
 * complete.  It may not if it depends on what they find out, or if their rows may
 * be enough.
 */
static bool
may_begin_request(const PcaFetch *fetch)
{
	ListCell   *lc;

	if (!pca_fetch_slot_next_request(fetch))
		return false;
	/* each may need a slot at the same moment */
	if (fetch->cache && pca_cached_response_awaited(fetch->cache) >= fetch->nslots)
		return false;
	foreach(lc, fetch->readers)
	{
		const PcaRequest *request = pca_page_queue_request(lfirst(lc));

		if (!request->listing)
			return !request->probe && !request->count &&
				(request->one_row || fetch->stats.rows >= request->limit);
	}
	return true;
}

/*
 * Returns true if no page of the request may be begun: the fetch is paused, or
 * the customers that were listed so far may be enough.
 */
static bool
must_hold_request(const PcaFetch *fetch, const PcaPageReader *reader)
{
	const PcaRequest *next = pca_fetch_slot_next_request(fetch);

	if (fetch->max_pages >= 0 && pca_page_queue_pages(reader) >= fetch->max_pages)
		return true;
	return pca_page_queue_request(reader)->listing && next && next->limit >= 0;
}

bool
pca_fetch_slot_begins_with_other_path(const PcaFetch *fetch, const PcaRequest *request)
{
	const PcaTable *table = fetch->table;

	return request->other_path &&
		pca_path_variant_is_other(table->server->serverid, table->resource->name);
}

/*
 * Let pages be requested at once, if the planner expects many rows.  The last response
 * to the same request knows their number better than an estimate.
 */
static void
expect_response_rows(const PcaFetch *fetch, PcaPageReader *reader)
{
	const PcaRequest *request = pca_page_queue_request(reader);
	int64		known;

	if (!request->paged || request->expected_rows <= 0)
		return;
	known = pca_response_size_find(fetch->table, fetch->userid, request);
	pca_page_queue_expect_rows(reader, known >= 0 ? (double) known : request->expected_rows);
}

/* Begin the next request. */
static PcaPageReader *
begin_next_request(PcaFetch *fetch)
{
	MemoryContext caller = MemoryContextSwitchTo(fetch->context);
	const PcaRequest *request = pca_fetch_slot_next_request(fetch);
	PcaPageReader *reader = pca_page_queue_begin(request, fetch->table, fetch->unfiltered_total,
												 pca_fetch_slot_begins_with_other_path(fetch, request));

	if (fetch->cache && !fetch->participants)
		pca_page_queue_set_cached(reader, pca_cached_response_begin(fetch->cache, request));
	if (!pca_cached_response_is_replayed(pca_page_queue_cached(reader)))
		expect_response_rows(fetch, reader);
	if (fetch->skip_is_honored)
		pca_page_queue_trust_skip(reader);
	fetch->nbegun++;
	fetch->readers = lappend(fetch->readers, reader);
	MemoryContextSwitchTo(caller);
	return reader;
}

bool
pca_fetch_slot_all_free(const PcaFetch *fetch)
{
	for (int i = 0; i < fetch->nslots; i++)
	{
		if (fetch->slots[i].reader)
			return false;
	}
	return true;
}

/*
 * Claim the next page of a request.  Returns false if there is none at the moment, or if
 * another session's response is waited for.
 */
static bool
claim_page_of(PcaPageReader *reader, int window, PcaPageRef *ref)
{
	PcaCachedResponse *cached = pca_page_queue_cached(reader);

	if (pca_cached_response_must_wait(cached))
		return false;
	if (pca_cached_response_is_replayed(cached))
		pca_page_queue_begin_replay(reader);
	return pca_page_queue_claim_page(reader, window, ref);
}

/*
 * Claim the next page of any request.  Returns its reader, or NULL if there is none
 * at the moment.  Before the API has responded, one page is in flight, so that a
 * small result or an error needs one request; unless many rows are expected.
 */
static PcaPageReader *
claim_next_page(PcaFetch *fetch, PcaPageRef *ref)
{
	int			window = pca_exchange_window(fetch->session);
	ListCell   *lc;
	PcaPageReader *reader;
	bool		is_first = !fetch->participants && !fetch->has_response && !pca_fetch_slot_all_free(fetch);

	foreach(lc, fetch->readers)
	{
		reader = lfirst(lc);
		if (is_first && !pca_page_queue_expects_rows(reader))
			continue;
		if (!must_hold_request(fetch, reader) && claim_page_of(reader, window, ref))
			return reader;
	}
	if (is_first || !may_begin_request(fetch))
		return NULL;
	reader = begin_next_request(fetch);
	return claim_page_of(reader, window, ref) ? reader : NULL;
}

/*
 * The forms that a page may have instead of an envelope (api-notes 4.1).  The list of
 * customers is of a documented resource, whatever the table's path is.
 */
static int
allowed_page_forms(const PcaFetch *fetch, const PcaRequest *request)
{
	const PcaTable *table = fetch->table;

	if (request->listing)
		return 0;
	return (table->resource->bare_object ? PCA_PAGE_BARE_OBJECT : 0) |
		(table->bare_array ? PCA_PAGE_BARE_ARRAY : 0);
}

/*
 * Read the page from the cached response, as it was requested then.  Raises an error if the
 * page is not the one that is needed.
 */
static void
replay_page(PcaFetchSlot *slot, PcaCachedResponse *cached)
{
	PcaRecordedPage page;
	const PcaResponseReader *record;
	bool		rows_beyond;
	int64		age_ms;
	int			number = pca_cached_response_next_page(cached, &page, &record, &rows_beyond, &age_ms);

	if (number < 0 || page.skip != slot->ref.page.skip)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("a cached response is not complete"),
				 errhint("It is dropped from the cache: try again.")));
	slot->ref.page.top = page.top;
	slot->ref.page.is_checked = true;
	pca_page_queue_note_rows_beyond(slot->reader, rows_beyond);
	pca_page_fetch_replay(slot->page_fetch, record, number, &page, age_ms);
}

/* Replay or record the page, where that is decided. */
static void
set_page_source(PcaFetchSlot *slot)
{
	PcaCachedResponse *cached = pca_page_queue_cached(slot->reader);

	if (pca_cached_response_is_replayed(cached))
		replay_page(slot, cached);
	else if (slot->ref.page.skip_check == PCA_SKIP_CHECK_NONE)
		slot->recording = pca_cached_response_record_page(cached, slot->ref.page.top, slot->ref.page.skip);
	if (slot->recording)
		pca_page_fetch_record(slot->page_fetch, slot->recording);
}

bool
pca_fetch_slot_fill(PcaFetch *fetch, PcaFetchSlot *slot)
{
	char	   *url;

	slot->reader = claim_next_page(fetch, &slot->ref);
	if (!slot->reader)
		return false;
	url = pca_page_queue_page_url(slot->reader, &slot->ref, fetch->table->server->base_url);
	pca_page_fetch_begin_page(slot->page_fetch, url, pca_page_queue_continuation(slot->reader),
							  allowed_page_forms(fetch, pca_page_queue_request(slot->reader)));
	if (slot->ref.page.skip_check != PCA_SKIP_CHECK_NONE)
		pca_page_fetch_ignore_next_link(slot->page_fetch);
	else if (!pca_page_queue_request(slot->reader)->paged)
		pca_page_fetch_follow_next_link(slot->page_fetch);
	if (fetch->table->skip_customer_error && pca_page_queue_request(slot->reader)->customer_id)
		pca_page_fetch_return_timeout(slot->page_fetch);
	set_page_source(slot);
	pfree(url);
	return true;
}

void
pca_fetch_slot_free(PcaFetchSlot *slot)
{
	pca_page_fetch_stop(slot->page_fetch);
	if (slot->recording)
		pca_response_recorder_drop_page(slot->recording);
	slot->recording = NULL;
	slot->reader = NULL;
}

/* ---- received pages ---- */

void
pca_fetch_slot_drop(PcaFetch *fetch, PcaFetchSlot *slot)
{
	fetch->stats.empty_pages++;
	pca_fetch_slot_free(slot);
}

/* Remember how many rows a complete response had. */
static void
remember_response_size(const PcaFetch *fetch, const PcaPageReader *reader)
{
	const PcaRequest *request = pca_page_queue_request(reader);

	if (request->paged && !request->count && !request->probe && !fetch->participants)
		pca_response_size_remember(fetch->table, fetch->userid, request,
								   pca_page_queue_received_rows(reader));
}

void
pca_fetch_slot_end_request(PcaFetch *fetch, PcaPageReader *reader)
{
	if (pca_page_queue_request(reader)->probe)
		fetch->unfiltered_total = pca_page_queue_probed_rows(reader);
	fetch->uncounted_rows += pca_page_queue_uncounted_rows(reader);
	/* a replay has checked nothing */
	if (!pca_cached_response_is_replayed(pca_page_queue_cached(reader)))
		fetch->skip_is_honored |= pca_page_queue_skip_is_honored(reader);
	for (int i = 0; i < fetch->nslots; i++)
	{
		if (fetch->slots[i].reader != reader)
			continue;
		if (fetch->slots[i].ref.page.is_guess && !fetch->participants)
			pca_fetch_slot_drop(fetch, &fetch->slots[i]);
		else
			pca_fetch_slot_free(&fetch->slots[i]);
	}
	fetch->readers = list_delete_ptr(fetch->readers, reader);
	pca_cached_response_end(pca_page_queue_cached(reader));
	pca_page_queue_free(reader);
	fetch->has_changed = true;
}

void
pca_fetch_slot_complete(PcaFetch *fetch, PcaFetchSlot *slot)
{
	PcaPageReader *reader = slot->reader;
	PcaCachedResponse *cached = pca_page_queue_cached(reader);
	bool		more;

	if (slot->ref.page.is_guess && (slot->ref.page.items == 0 || slot->ref.page.is_refused))
		fetch->stats.empty_pages++;
	if (!slot->ref.page.is_refused)
		slot->recording = NULL;
	pca_fetch_slot_free(slot);
	fetch->has_changed = true;
	more = pca_page_queue_complete_page(reader, &slot->ref);
	pca_participants_wake(fetch->participants);
	if (slot->ref.page.skip_check == PCA_SKIP_CHECK_NONE)
		pca_cached_response_page_completed(cached, slot->ref.page.items,
										   more ? pca_page_queue_expected_rows(reader) : -1);
	if (fetch->is_single_request && !fetch->participants)
		fetch->expected_rows = pca_page_queue_expected_rows(reader);
	if (more)
		return;
	if (!pca_page_queue_is_incomplete(reader))
		pca_cached_response_keep(cached, pca_page_queue_accepted_pages(reader));
	remember_response_size(fetch, reader);
	pca_fetch_slot_end_request(fetch, reader);
}

void
pca_fetch_slot_remember_path(const PcaFetch *fetch, const PcaRequest *request, const PcaPageQueue *queue)
{
	const PcaTable *table = fetch->table;
	bool		other_path;

	if (request->other_path && pca_page_queue_found_path(queue, &other_path))
		pca_path_variant_remember(table->server->serverid, table->resource->name, other_path);
}

void
pca_fetch_slot_note_response(PcaFetch *fetch, PcaPageReader *reader)
{
	if (pca_cached_response_is_replayed(pca_page_queue_cached(reader)))
		return;
	fetch->has_response = true;
	fetch->stats.pages++;
	if (pca_page_queue_note_response(reader))
		pca_fetch_slot_remember_path(fetch, pca_page_queue_request(reader), pca_page_queue_of(reader));
}

/* ---- HTTP errors ---- */

/*
 * The page was not found: request it with the other path variant.  Returns false if
 * that is not possible.
 */
static bool
change_path_variant(PcaFetch *fetch, PcaFetchSlot *slot)
{
	char	   *url;

	if (!pca_page_queue_try_other_path(slot->reader, &slot->ref))
		return false;
	url = pca_page_queue_page_url(slot->reader, &slot->ref, fetch->table->server->base_url);
	pca_page_fetch_retry_with_url(slot->page_fetch, url);
	pfree(url);
	return true;
}

/*
 * Go on without the rows of a customer, if option on_customer_error allows it and
 * none has been returned.  Returns false if the error must be raised.
 */
static bool
skip_customer(PcaFetch *fetch, PcaFetchSlot *slot)
{
	PcaPageReader *reader = slot->reader;
	const char *customer_id = pca_page_queue_request(reader)->customer_id;
	MemoryContext caller;

	if (!fetch->table->skip_customer_error || !customer_id ||
		pca_page_queue_pages(reader) > 0 || pca_page_fetch_items_returned(slot->page_fetch) > 0 ||
		!pca_page_fetch_is_about_customer(slot->page_fetch))
		return false;
	caller = MemoryContextSwitchTo(fetch->context);
	fetch->skipped = lappend(fetch->skipped, unconstify(char *, customer_id));
	MemoryContextSwitchTo(caller);
	fetch->has_response = true;
	pca_page_fetch_stop(slot->page_fetch);
	pca_fetch_slot_end_request(fetch, reader);
	return true;
}

/* The hint for a page that was not found; NULL: the usual one. */
static const char *
make_not_found_hint(const PcaPageReader *reader)
{
	const PcaRequest *request = pca_page_queue_request(reader);

	if (request->customer_id)
		return psprintf("There may be no customer %s, or nothing about it.", request->customer_id);
	if (pca_page_queue_tried_both_paths(reader))
		return psprintf("Neither \"%s\" nor \"%s\" is there: check the server's option \"base_url\".",
						request->path, request->other_path);
	return NULL;
}

/*
 * Returns true if the API has refused a page after the last row for its skip, which
 * therefore is not ignored: the same request with another skip was successful.
 */
static bool
refuses_skip(const PcaFetchSlot *slot)
{
	switch (pca_page_fetch_http_error(slot->page_fetch)->status)
	{
		case 400:
		case 404:
		case 416:
		case 422:
			return true;
		default:
			return false;
	}
}

void
pca_fetch_slot_handle_http_error(PcaFetch *fetch, PcaFetchSlot *slot)
{
	bool		not_found = pca_page_fetch_http_error(slot->page_fetch)->status == 404;

	if (not_found && change_path_variant(fetch, slot))
		return;
	if (slot->ref.page.skip_check == PCA_SKIP_CHECK_BEYOND && refuses_skip(slot))
	{
		pca_fetch_slot_complete(fetch, slot);
		return;
	}
	if (slot->ref.page.is_guess && !pca_page_queue_is_next(slot->reader, &slot->ref))
	{
		slot->ref.page.is_refused = true;
		pca_fetch_slot_complete(fetch, slot);
		return;
	}
	if (skip_customer(fetch, slot))
		return;
	pca_page_fetch_raise_error(slot->page_fetch,
							   not_found ? make_not_found_hint(slot->reader) : NULL);
}
