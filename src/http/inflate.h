/*
 * inflate.h
 *		Decompresses gzip and deflate step by step, into limited space.
 */
#ifndef PCA_INFLATE_H
#define PCA_INFLATE_H

#include "postgres.h"

#include "http/framing.h"
#include "http/recv_buffer.h"

/*
 * The decompression of one body.  Its memory is malloc'ed, and zeroed when it is
 * freed.  No function of this header raises an error.
 */
typedef struct PcaInflate PcaInflate;

typedef enum PcaInflateResult
{
	PCA_INFLATE_OK,
	PCA_INFLATE_CORRUPT,		/* the bytes do not have the format of the
								 * coding */
	PCA_INFLATE_TRAILING,		/* other bytes follow the compressed data */
	PCA_INFLATE_NO_MEMORY
} PcaInflateResult;

/*
 * Start to decompress a body of that coding, which is not identity.  secret:
 * zero the compressed bytes before they are freed.  Returns NULL if out of
 * memory.
 */
extern PcaInflate *pca_inflate_create(PcaCoding coding, bool secret);

/* Add compressed bytes, which are copied; false if out of memory. */
extern bool pca_inflate_add_input(PcaInflate *state, const char *bytes, size_t length);

/*
 * Append decompressed bytes to *output, until that has limit unread bytes, or the
 * input is used up.
 */
extern PcaInflateResult pca_inflate_decompress(PcaInflate *state, PcaRecvBuffer *output,
											   size_t limit);

/*
 * Returns true if pca_inflate_decompress() may have output, or an error, without
 * more input.
 */
extern bool pca_inflate_has_pending(const PcaInflate *state);

/* Returns true if the compressed data are complete, or there was no input. */
extern bool pca_inflate_is_complete(const PcaInflate *state);

/* Returns the number of compressed bytes that were decompressed so far. */
extern int64 pca_inflate_input_bytes(const PcaInflate *state);

/* Free the decompression; NULL is allowed. */
extern void pca_inflate_free(PcaInflate *state);

#endif							/* PCA_INFLATE_H */
