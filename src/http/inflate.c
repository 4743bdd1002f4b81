/*
 * inflate.c
 *		Decompresses a body piece by piece, as its reader has room for it.
 *
 * libcurl could do it, but it decompresses a whole receive buffer even when the
 * transfer is paused in the middle of it, and keeps the result: 33 MB of gzip's
 * 32 kB, and more of other encodings, for each transfer.  Here at most the bytes
 * of one callback wait in compressed form, and none is decompressed before
 * there is room for it.  gzip and deflate need a window of 32 kB; a Brotli or
 * Zstandard response may ask for windows of 16 MB and 128 MB, so they are not
 * requested.
 */
#include "postgres.h"

#include <zlib.h>

#include "http/inflate.h"
#include "http/secure_alloc.h"

/* Bytes that are decompressed in one step: the body's buffer grows by as much. */
#define PCA_INFLATE_STEP	((size_t) 16 * 1024)

/* windowBits of zlib: its largest window, with gzip's header and trailer, or none. */
#define PCA_WINDOW_ZLIB		MAX_WBITS
#define PCA_WINDOW_GZIP		(MAX_WBITS + 16)
#define PCA_WINDOW_RAW		(-MAX_WBITS)

struct PcaInflate
{
	z_stream	stream;
	PcaRecvBuffer input;		/* compressed bytes that were not read yet */
	PcaCoding	coding;
	bool		began;			/* a byte was added */
	bool		ended;			/* the compressed data are at their end */
	bool		is_full;		/* the last step filled the room that it had */
};

static void *
allocate_for_zlib(void *unused, unsigned int number, unsigned int size)
{
	return pca_secure_alloc_calloc(number, size);
}

static void
free_for_zlib(void *unused, void *block)
{
	pca_secure_alloc_free(block);
}

PcaInflate *
pca_inflate_create(PcaCoding coding, bool secret)
{
	PcaInflate *state = pca_secure_alloc_calloc(1, sizeof(PcaInflate));

	if (!state)
		return NULL;
	state->coding = coding;
	state->input.secret = secret;
	state->stream.zalloc = allocate_for_zlib;
	state->stream.zfree = free_for_zlib;
	if (inflateInit2(&state->stream, coding == PCA_CODING_GZIP ? PCA_WINDOW_GZIP :
					 PCA_WINDOW_ZLIB) == Z_OK)
		return state;
	pca_secure_alloc_free(state);
	return NULL;
}

/*
 * "deflate" means zlib's format (RFC 9110, section 8.4.1.2), but some servers
 * send deflate without zlib's header.  The header's first byte ends in 8; a
 * deflate stream that does so would begin with a stored block whose unused bits
 * are not zero, which no compressor writes.
 */
static void
choose_format(PcaInflate *state, char first)
{
	if (state->coding == PCA_CODING_DEFLATE && (first & 0x0F) != Z_DEFLATED)
		(void) inflateReset2(&state->stream, PCA_WINDOW_RAW);
}

bool
pca_inflate_add(PcaInflate *state, const char *bytes, size_t length)
{
	if (length > 0 && !state->began)
	{
		choose_format(state, bytes[0]);
		state->began = true;
	}
	return pca_recv_buffer_append(&state->input, bytes, length);
}

bool
pca_inflate_has_more(const PcaInflate *state)
{
	return state->is_full || pca_recv_buffer_unread(&state->input) > 0;
}

bool
pca_inflate_is_complete(const PcaInflate *state)
{
	return state->ended || !state->began;
}

int64
pca_inflate_consumed(const PcaInflate *state)
{
	return (int64) state->stream.total_in;
}

/* Decompress at most that many bytes. */
static PcaInflateResult
run_step(PcaInflate *state, PcaRecvBuffer *body, size_t room)
{
	z_stream   *stream = &state->stream;
	size_t		available = Min(pca_recv_buffer_unread(&state->input), PG_INT32_MAX);
	char	   *space = pca_recv_buffer_reserve(body, room);
	int			rc;

	if (!space)
		return PCA_INFLATE_NO_MEMORY;
	stream->next_in = (Bytef *) pca_recv_buffer_bytes(&state->input);
	stream->avail_in = (uInt) available;
	stream->next_out = (Bytef *) space;
	stream->avail_out = (uInt) room;
	rc = inflate(stream, Z_NO_FLUSH);
	pca_recv_buffer_consume(&state->input, available - stream->avail_in);
	/* what comes just before corrupt data is corrupt itself, most likely */
	if (rc != Z_DATA_ERROR)
		pca_recv_buffer_extend(body, room - stream->avail_out);
	state->is_full = rc == Z_OK && stream->avail_out == 0;
	state->ended = rc == Z_STREAM_END;
	switch (rc)
	{
		case Z_OK:
		case Z_STREAM_END:
		case Z_BUF_ERROR:		/* more bytes are needed */
			return PCA_INFLATE_OK;
		case Z_MEM_ERROR:
			return PCA_INFLATE_NO_MEMORY;
		default:
			return PCA_INFLATE_CORRUPT;
	}
}

PcaInflateResult
pca_inflate_run(PcaInflate *state, PcaRecvBuffer *body, size_t limit)
{
	while (pca_inflate_has_more(state) && pca_recv_buffer_unread(body) < limit)
	{
		size_t		room = Min(limit - pca_recv_buffer_unread(body), PCA_INFLATE_STEP);
		PcaInflateResult result;

		if (state->ended)
			return PCA_INFLATE_TRAILING;
		result = run_step(state, body, room);
		if (result != PCA_INFLATE_OK)
			return result;
	}
	return PCA_INFLATE_OK;
}

void
pca_inflate_free(PcaInflate *state)
{
	if (!state)
		return;
	(void) inflateEnd(&state->stream);
	pca_recv_buffer_free(&state->input);
	pca_secure_alloc_free(state);
}
