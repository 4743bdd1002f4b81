/*
 * page_replay.c
 *		The body of a page of a cached response, as page_fetch.c reads that of a transfer.
 *
 * A record returns a body frame by frame.  An item may be in two frames, or in more, so
 * the rest of a frame is put before the next one.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "scan/page_replay.h"

struct PcaPageReplay
{
	PcaPageStream *stream;
	const char *bytes;			/* a frame, or the bytes of joined */
	size_t		length;			/* of those that were not consumed */
	StringInfoData joined;		/* the rest of a frame, and the next one */
	bool		has_ended;
};

PcaPageReplay *
pca_page_replay_begin(const PcaResponseReader *reader, int number)
{
	PcaPageReplay *replay = palloc0(sizeof(PcaPageReplay));

	replay->stream = pca_response_record_open_page(reader, number, CurrentMemoryContext);
	initStringInfo(&replay->joined);
	return replay;
}

const char *
pca_page_replay_body(const PcaPageReplay *replay, size_t *length)
{
	*length = replay->length;
	return replay->length > 0 ? replay->bytes : "";
}

void
pca_page_replay_consume(PcaPageReplay *replay, size_t length)
{
	replay->bytes += length;
	replay->length -= length;
}

/* Put the bytes that were not consumed at the beginning of joined. */
static void
keep_rest(PcaPageReplay *replay)
{
	StringInfo	joined = &replay->joined;

	if (replay->bytes >= joined->data && replay->bytes < joined->data + joined->len)
		memmove(joined->data, replay->bytes, replay->length);
	else
	{
		resetStringInfo(joined);
		appendBinaryStringInfo(joined, replay->bytes, (int) replay->length);
	}
	joined->len = (int) replay->length;
}

bool
pca_page_replay_read_more(PcaPageReplay *replay)
{
	const char *frame;
	size_t		length;

	if (replay->length > 0)
		keep_rest(replay);
	if (!pca_response_record_read(replay->stream, &frame, &length))
		return false;
	replay->has_ended = length == 0;
	if (replay->length > 0)
	{
		appendBinaryStringInfo(&replay->joined, frame, (int) length);
		frame = replay->joined.data;
		length = replay->joined.len;
	}
	replay->bytes = frame;
	replay->length = length;
	return true;
}

bool
pca_page_replay_has_ended(const PcaPageReplay *replay)
{
	return replay->has_ended;
}
