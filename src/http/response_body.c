/*
 * response_body.c
 *		Keeps the body of a response as it arrives: decompressed, and bounded.
 *
 * What waits is bounded for each transfer, whatever a server sends: the bytes
 * that its reader has room for, and in compressed form those of one callback.
 */
#include "postgres.h"

#include "http/response_body.h"

bool
pca_response_body_begin(PcaResponseBody *receive, PcaCoding coding)
{
	if (coding == PCA_CODING_IDENTITY)
		return true;
	receive->inflate = pca_inflate_create(coding, receive->body.secret);
	return receive->inflate != NULL;
}

bool
pca_response_body_is_behind(const PcaResponseBody *receive)
{
	return receive->inflate && pca_inflate_has_more(receive->inflate);
}

bool
pca_response_body_is_full(const PcaResponseBody *receive, size_t length)
{
	size_t		unread = pca_recv_buffer_unread(&receive->body);

	if (receive->inflate)
		return pca_inflate_has_more(receive->inflate);
	return unread > 0 && unread + length > receive->high_water;
}

PcaResponseBodyResult
pca_response_body_go_on(PcaResponseBody *receive)
{
	size_t		before = pca_recv_buffer_unread(&receive->body);

	/* one byte over the limit tells that the body is */
	uint64		rest = (uint64) (receive->max_size - receive->total) + 1;
	size_t		limit = Min(receive->high_water, before + rest);

	switch (pca_inflate_run(receive->inflate, &receive->body, limit))
	{
		case PCA_INFLATE_OK:
			break;
		case PCA_INFLATE_CORRUPT:
			return PCA_RESPONSE_BODY_CORRUPT;
		case PCA_INFLATE_TRAILING:
			return PCA_RESPONSE_BODY_TRAILING;
		case PCA_INFLATE_NO_MEMORY:
			return PCA_RESPONSE_BODY_NO_MEMORY;
	}
	receive->total += pca_recv_buffer_unread(&receive->body) - before;
	return receive->total > receive->max_size ? PCA_RESPONSE_BODY_TOO_LARGE : PCA_RESPONSE_BODY_OK;
}

PcaResponseBodyResult
pca_response_body_accept(PcaResponseBody *receive, const char *bytes, size_t length)
{
	/* compressed bytes count, too: they may become nothing without end */
	if (receive->arrived + (int64) length > receive->max_size)
		return PCA_RESPONSE_BODY_TOO_LARGE;
	receive->arrived += length;
	if (receive->inflate)
	{
		if (!pca_inflate_add(receive->inflate, bytes, length))
			return PCA_RESPONSE_BODY_NO_MEMORY;
		return pca_response_body_go_on(receive);
	}
	if (!pca_recv_buffer_append(&receive->body, bytes, length))
		return PCA_RESPONSE_BODY_NO_MEMORY;
	receive->total += length;
	return PCA_RESPONSE_BODY_OK;
}

PcaResponseBodyResult
pca_response_body_end(const PcaResponseBody *receive)
{
	if (receive->inflate && !pca_inflate_is_complete(receive->inflate))
		return PCA_RESPONSE_BODY_CUT_OFF;
	return PCA_RESPONSE_BODY_OK;
}

bool
pca_response_body_has_room(const PcaResponseBody *receive)
{
	return pca_recv_buffer_unread(&receive->body) + receive->buffer / 2 <= receive->high_water;
}

void
pca_response_body_grow(PcaResponseBody *receive)
{
	size_t		wanted = pca_recv_buffer_unread(&receive->body) + receive->buffer / 2;

	receive->high_water = Max(receive->buffer, wanted);
}

int64
pca_response_body_expansion(const PcaResponseBody *receive)
{
	int64		read = receive->inflate ? pca_inflate_consumed(receive->inflate) : 0;

	return read > 0 ? receive->total / read : 0;
}

void
pca_response_body_free(PcaResponseBody *receive)
{
	pca_inflate_free(receive->inflate);
	receive->inflate = NULL;
	pca_recv_buffer_free(&receive->body);
}
