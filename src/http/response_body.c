/*
 * response_body.c
 *		The body of a response as it arrives: decompressed, and of limited size.
 *
 * The memory of a transfer is limited, whatever a server sends: it holds the
 * unread bytes, at most high_water, and compressed bytes of one callback.
 */
#include "postgres.h"

#include "http/response_body.h"

bool
pca_response_body_begin(PcaResponseBody *body, PcaCoding coding)
{
	if (coding == PCA_CODING_IDENTITY)
		return true;
	body->inflate = pca_inflate_create(coding, body->unread.secret);
	return body->inflate != NULL;
}

bool
pca_response_body_has_pending(const PcaResponseBody *body)
{
	return body->inflate && pca_inflate_has_pending(body->inflate);
}

bool
pca_response_body_is_full(const PcaResponseBody *body, size_t length)
{
	size_t		unread = pca_recv_buffer_unread(&body->unread);

	if (body->inflate)
		return pca_inflate_has_pending(body->inflate);
	/* a reader without unread bytes has nothing to consume: accept any length */
	return unread > 0 && unread + length > body->high_water;
}

PcaResponseBodyResult
pca_response_body_decompress(PcaResponseBody *body)
{
	size_t		before = pca_recv_buffer_unread(&body->unread);

	/* one byte more than the limit shows that the body is too large */
	uint64		remaining = (uint64) (body->max_size - body->content_bytes) + 1;
	size_t		limit = Min(body->high_water, before + remaining);

	switch (pca_inflate_decompress(body->inflate, &body->unread, limit))
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
	body->content_bytes += pca_recv_buffer_unread(&body->unread) - before;
	return body->content_bytes > body->max_size ? PCA_RESPONSE_BODY_TOO_LARGE :
		PCA_RESPONSE_BODY_OK;
}

PcaResponseBodyResult
pca_response_body_accept(PcaResponseBody *body, const char *bytes, size_t length)
{
	/*
	 * compressed bytes are limited, too: an endless number may have no
	 * content
	 */
	if (body->received_bytes + (int64) length > body->max_size)
		return PCA_RESPONSE_BODY_TOO_LARGE;
	body->received_bytes += length;
	if (body->inflate)
	{
		if (!pca_inflate_add_input(body->inflate, bytes, length))
			return PCA_RESPONSE_BODY_NO_MEMORY;
		return pca_response_body_decompress(body);
	}
	if (!pca_recv_buffer_append(&body->unread, bytes, length))
		return PCA_RESPONSE_BODY_NO_MEMORY;
	body->content_bytes += length;
	return PCA_RESPONSE_BODY_OK;
}

PcaResponseBodyResult
pca_response_body_end(const PcaResponseBody *body)
{
	if (body->inflate && !pca_inflate_is_complete(body->inflate))
		return PCA_RESPONSE_BODY_CUT_OFF;
	return PCA_RESPONSE_BODY_OK;
}

bool
pca_response_body_has_space(const PcaResponseBody *body)
{
	return pca_recv_buffer_unread(&body->unread) + body->buffer_size / 2 <= body->high_water;
}

void
pca_response_body_raise_limit(PcaResponseBody *body)
{
	size_t		wanted = pca_recv_buffer_unread(&body->unread) + body->buffer_size / 2;

	body->high_water = Max(body->buffer_size, wanted);
}

int64
pca_response_body_expansion(const PcaResponseBody *body)
{
	int64		input_bytes = body->inflate ? pca_inflate_input_bytes(body->inflate) : 0;

	return input_bytes > 0 ? body->content_bytes / input_bytes : 0;
}

void
pca_response_body_free(PcaResponseBody *body)
{
	pca_inflate_free(body->inflate);
	body->inflate = NULL;
	pca_recv_buffer_free(&body->unread);
}
