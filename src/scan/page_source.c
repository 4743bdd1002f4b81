/*
 * page_source.c
 *		Where the body of a page comes from: a transfer, or a cached response.
 */
#include "postgres.h"

#include "http/pollset.h"
#include "scan/page_source.h"

void
pca_page_source_replay(PcaPageSource *source, const PcaResponseReader *reader, int number,
					   const PcaRecordedPage *page, int64 age_ms)
{
	source->replayed = *page;
	source->response_detail = psprintf("%s This response was cached " INT64_FORMAT " s ago.",
									   page->response_detail, age_ms / 1000);
	source->replay = pca_page_replay_begin(reader, number);
}

void
pca_page_source_give_up_recording(PcaPageSource *source)
{
	if (source->recording)
		pca_response_recorder_give_up_page(source->recording);
	source->recording = NULL;
}

void
pca_page_source_begin_body(PcaPageSource *source, int status, const char *url,
						   const char *response_detail)
{
	if (source->recording)
		pca_response_recorder_begin_body(source->recording, status, url, response_detail,
										 pca_pollset_now() - source->exchange->sent_at);
}

const char *
pca_page_source_body(PcaPageSource *source, size_t *length, bool *eof)
{
	PcaTransfer *transfer = source->exchange->transfer;
	const char *body;

	if (source->replay)
	{
		*eof = pca_page_replay_has_ended(source->replay);
		body = pca_page_replay_body(source->replay, length);
	}
	else
	{
		*eof = pca_transfer_state(transfer) == PCA_TRANSFER_DONE;
		body = pca_transfer_body(transfer, length);
	}
	if (source->excerpt_length == 0)
	{
		source->excerpt_length = Min(*length, sizeof(source->excerpt));
		memcpy(source->excerpt, body, source->excerpt_length);
	}
	return body;
}

void
pca_page_source_consume(PcaPageSource *source, size_t length)
{
	size_t		unread;

	if (source->replay)
	{
		pca_page_replay_consume(source->replay, length);
		return;
	}
	if (source->recording && length > 0)
		pca_response_recorder_append(source->recording,
									 pca_transfer_body(source->exchange->transfer, &unread), length);
	pca_exchange_consume(source->session, source->exchange, length);
}

void
pca_page_source_end_body(PcaPageSource *source, int64 items, uint64 digest)
{
	if (source->replay && !pca_response_record_is_intact(&source->replayed, items, digest))
		pca_page_source_raise_damaged(source);
	if (source->recording)
		pca_response_recorder_end_body(source->recording, items, digest);
}

void
pca_page_source_read_more(PcaPageSource *source)
{
	if (pca_page_replay_has_ended(source->replay) || !pca_page_replay_read_more(source->replay))
		pca_page_source_raise_damaged(source);
}

/* The error does not quote the body, which may repeat the token of its request. */
void
pca_page_source_raise_damaged(const PcaPageSource *source)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("a cached response is damaged"),
			 errdetail("%s", source->response_detail),
			 errhint("It is dropped from the cache: try again.")));
}
