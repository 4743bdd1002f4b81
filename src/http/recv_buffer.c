/*
 * recv_buffer.c
 *		What of an answer's body has arrived and was not read yet?
 *
 * Its bytes are malloc'ed, since they are appended where nothing may raise.
 * How many may wait is asked in transfer.c.
 */
#include "postgres.h"

#include "http/recv_buffer.h"

/* The buffer begins with this; a token's answer or an error fits. */
#define PCA_BODY_FIRST		((size_t) 16 * 1024)

void
pca_recv_buffer_free(PcaRecvBuffer *body)
{
	if (body->bytes && body->secret)
		explicit_bzero(body->bytes, body->size);
	free(body->bytes);
	body->bytes = NULL;
	body->size = body->start = body->end = 0;
}

/* Move the unread bytes to the beginning of a buffer of that size. */
static bool
move_to(PcaRecvBuffer *body, size_t size)
{
	PcaRecvBuffer moved = {.bytes = malloc(size),.size = size,.secret = body->secret};

	if (!moved.bytes)
		return false;
	moved.end = pca_recv_buffer_unread(body);
	if (moved.end > 0)
		memcpy(moved.bytes, body->bytes + body->start, moved.end);
	pca_recv_buffer_free(body);
	*body = moved;
	return true;
}

/*
 * Make room for more bytes behind the unread ones.  They are moved only when at
 * least as many were read, or into twice the size: a byte is moved once on
 * average.
 */
static bool
make_room(PcaRecvBuffer *body, size_t length)
{
	size_t		unread = pca_recv_buffer_unread(body);
	size_t		size = Max(body->size, PCA_BODY_FIRST);

	if (body->size - body->end >= length)
		return true;
	if (body->start >= unread && body->size - unread >= length)
	{
		memcpy(body->bytes, body->bytes + body->start, unread);
		body->start = 0;
		body->end = unread;
		return true;
	}
	while (size / 2 < unread || size - unread < length)
		size *= 2;
	return move_to(body, size);
}

char *
pca_recv_buffer_reserve(PcaRecvBuffer *body, size_t length)
{
	return make_room(body, length) ? body->bytes + body->end : NULL;
}

void
pca_recv_buffer_extend(PcaRecvBuffer *body, size_t length)
{
	Assert(length <= body->size - body->end);
	body->end += length;
}

bool
pca_recv_buffer_append(PcaRecvBuffer *body, const char *bytes, size_t length)
{
	char	   *space = pca_recv_buffer_reserve(body, length);

	if (!space)
		return false;
	memcpy(space, bytes, length);
	pca_recv_buffer_extend(body, length);
	return true;
}

char *
pca_recv_buffer_bytes(const PcaRecvBuffer *body)
{
	static char nothing[1] = {0};

	return body->bytes ? body->bytes + body->start : nothing;
}

void
pca_recv_buffer_consume(PcaRecvBuffer *body, size_t length)
{
	Assert(length <= pca_recv_buffer_unread(body));
	body->start += length;
	if (body->start == body->end)
		body->start = body->end = 0;
}
