/*
 * recv_buffer.c
 *		A growing buffer of received bytes that have not been consumed.
 *
 * The memory is malloc'ed, because bytes are appended in callbacks of libcurl,
 * where no error may be raised.  response_body.c limits how large a buffer gets.
 */
#include "postgres.h"

#include "http/recv_buffer.h"

/* First allocation of a buffer, in bytes: a token response or an error fits. */
#define PCA_RECV_BUFFER_FIRST	((size_t) 16 * 1024)

void
pca_recv_buffer_free(PcaRecvBuffer *buffer)
{
	if (buffer->bytes && buffer->secret)
		explicit_bzero(buffer->bytes, buffer->size);
	free(buffer->bytes);
	buffer->bytes = NULL;
	buffer->size = buffer->start = buffer->end = 0;
}

/*
 * Move the unread bytes to a new allocation of size bytes; false if out of
 * memory.  Not realloc(), which would leave a copy of secret bytes behind.
 */
static bool
reallocate_buffer(PcaRecvBuffer *buffer, size_t size)
{
	PcaRecvBuffer moved = {.bytes = malloc(size),.size = size,.secret = buffer->secret};

	if (!moved.bytes)
		return false;
	moved.end = pca_recv_buffer_unread(buffer);
	if (moved.end > 0)
		memcpy(moved.bytes, buffer->bytes + buffer->start, moved.end);
	pca_recv_buffer_free(buffer);
	*buffer = moved;
	return true;
}

/*
 * Make sure that length bytes fit after the unread ones; false if out of memory.
 * The unread bytes are moved only when at least as many were consumed before
 * them, or into twice the size, so that a byte is moved once on average.
 */
static bool
ensure_space(PcaRecvBuffer *buffer, size_t length)
{
	size_t		unread = pca_recv_buffer_unread(buffer);
	size_t		size = Max(buffer->size, PCA_RECV_BUFFER_FIRST);

	if (buffer->size - buffer->end >= length)
		return true;
	if (buffer->start >= unread && buffer->size - unread >= length)
	{
		memcpy(buffer->bytes, buffer->bytes + buffer->start, unread);
		buffer->start = 0;
		buffer->end = unread;
		return true;
	}
	while (size / 2 < unread || size - unread < length)
		size *= 2;
	return reallocate_buffer(buffer, size);
}

char *
pca_recv_buffer_reserve(PcaRecvBuffer *buffer, size_t length)
{
	return ensure_space(buffer, length) ? buffer->bytes + buffer->end : NULL;
}

void
pca_recv_buffer_extend(PcaRecvBuffer *buffer, size_t length)
{
	Assert(length <= buffer->size - buffer->end);
	buffer->end += length;
}

bool
pca_recv_buffer_append(PcaRecvBuffer *buffer, const char *bytes, size_t length)
{
	char	   *space = pca_recv_buffer_reserve(buffer, length);

	if (!space)
		return false;
	memcpy(space, bytes, length);
	pca_recv_buffer_extend(buffer, length);
	return true;
}

char *
pca_recv_buffer_bytes(const PcaRecvBuffer *buffer)
{
	static char empty[1] = {0};

	return buffer->bytes ? buffer->bytes + buffer->start : empty;
}

void
pca_recv_buffer_consume(PcaRecvBuffer *buffer, size_t length)
{
	Assert(length <= pca_recv_buffer_unread(buffer));
	buffer->start += length;
	/* an empty buffer starts over, which spares moving bytes later */
	if (buffer->start == buffer->end)
		buffer->start = buffer->end = 0;
}
