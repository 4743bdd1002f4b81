/*
 * inflate.c
 *		Decompresses gzip and deflate step by step, into limited space.
 *
 * libcurl can decompress, too, but it decompresses a whole receive buffer even
 * if the transfer is paused in the middle of it, and keeps the result: up to
 * 33 MB for 32 kB of gzip, and more for other codings, in each transfer.  Here,
 * input waits in compressed form, at most what one callback of libcurl passes,
 * and is decompressed only when there is space for its output.
 *
 * gzip and deflate need a window of 32 kB.  Brotli and Zstandard are not
 * requested, because their responses may require windows of 16 MB and 128 MB.
 */
#include "postgres.h"

#include <zlib.h>

#include "http/inflate.h"
#include "http/secure_alloc.h"

/* Most output of one call of zlib, in bytes, and thus the growth of the buffer. */
#define PCA_INFLATE_CHUNK	((size_t) 16 * 1024)

/*
 * windowBits of zlib: its largest window, with the header and trailer of zlib,
 * of gzip, or none.
 */
#define PCA_INFLATE_ZLIB	MAX_WBITS
#define PCA_INFLATE_GZIP	(MAX_WBITS + 16)
#define PCA_INFLATE_RAW		(-MAX_WBITS)

struct PcaInflate
{
	z_stream	stream;
	PcaRecvBuffer input;		/* compressed bytes that zlib has not read */
	PcaCoding	coding;
	bool		has_begun;		/* there was input */
	bool		has_ended;		/* the compressed data are complete */
	bool		output_was_full;	/* zlib may have more output without input */
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
	if (inflateInit2(&state->stream, coding == PCA_CODING_GZIP ? PCA_INFLATE_GZIP :
					 PCA_INFLATE_ZLIB) == Z_OK)
		return state;
	pca_secure_alloc_free(state);
	return NULL;
}

/*
 * The coding "deflate" is the zlib format (RFC 9110, section 8.4.1.2), but some
 * servers send deflate data without the zlib header.  The low bits of the header's
 * first byte are 8; deflate data that begin so would have a stored block whose
 * padding is not zero, which no compressor writes.
 */
static void
choose_deflate_format(PcaInflate *state, char first)
{
	if (state->coding == PCA_CODING_DEFLATE && (first & 0x0F) != Z_DEFLATED)
		(void) inflateReset2(&state->stream, PCA_INFLATE_RAW);
}

bool
pca_inflate_add_input(PcaInflate *state, const char *bytes, size_t length)
{
	if (length > 0 && !state->has_begun)
	{
		choose_deflate_format(state, bytes[0]);
		state->has_begun = true;
	}
	return pca_recv_buffer_append(&state->input, bytes, length);
}

bool
pca_inflate_has_pending(const PcaInflate *state)
{
	return state->output_was_full || pca_recv_buffer_unread(&state->input) > 0;
}

bool
pca_inflate_is_complete(const PcaInflate *state)
{
	return state->has_ended || !state->has_begun;
}

int64
pca_inflate_input_bytes(const PcaInflate *state)
{
	return (int64) state->stream.total_in;
}

/* Decompress to at most space bytes of output. */
static PcaInflateResult
decompress_chunk(PcaInflate *state, PcaRecvBuffer *output, size_t space)
{
	z_stream   *stream = &state->stream;
	size_t		available = Min(pca_recv_buffer_unread(&state->input), PG_INT32_MAX);
	char	   *next_out = pca_recv_buffer_reserve(output, space);
	int			rc;

	if (!next_out)
		return PCA_INFLATE_NO_MEMORY;
	stream->next_in = (Bytef *) pca_recv_buffer_bytes(&state->input);
	stream->avail_in = (uInt) available;
	stream->next_out = (Bytef *) next_out;
	stream->avail_out = (uInt) space;
	rc = inflate(stream, Z_NO_FLUSH);
	pca_recv_buffer_consume(&state->input, available - stream->avail_in);
	/* output just before corrupt data is most likely corrupt itself */
	if (rc != Z_DATA_ERROR)
		pca_recv_buffer_extend(output, space - stream->avail_out);
	state->output_was_full = rc == Z_OK && stream->avail_out == 0;
	state->has_ended = rc == Z_STREAM_END;
	switch (rc)
	{
		case Z_OK:
		case Z_STREAM_END:
		case Z_BUF_ERROR:		/* no progress without more input */
			return PCA_INFLATE_OK;
		case Z_MEM_ERROR:
			return PCA_INFLATE_NO_MEMORY;
		default:
			return PCA_INFLATE_CORRUPT;
	}
}

PcaInflateResult
pca_inflate_decompress(PcaInflate *state, PcaRecvBuffer *output, size_t limit)
{
	while (pca_inflate_has_pending(state) && pca_recv_buffer_unread(output) < limit)
	{
		size_t		space = limit - pca_recv_buffer_unread(output);
		PcaInflateResult result;

		if (state->has_ended)
			return PCA_INFLATE_TRAILING;
		result = decompress_chunk(state, output, Min(space, PCA_INFLATE_CHUNK));
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
