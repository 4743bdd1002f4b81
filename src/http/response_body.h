/*
 * response_body.h
 *		The body of a response as it arrives: decompressed, and of limited size.
 */
#ifndef PCA_RESPONSE_BODY_H
#define PCA_RESPONSE_BODY_H

#include "postgres.h"

#include "http/inflate.h"
#include "http/recv_buffer.h"

/*
 * The caller sets max_size, buffer_size, high_water (to buffer_size), and
 * unread.secret if the bytes are to be zeroed; everything else is zero at first.
 * No function of this header raises an error.
 */
typedef struct PcaResponseBody
{
	int64		max_size;		/* limit of the whole body, compressed or not */
	size_t		buffer_size;	/* usual limit of the unread bytes */
	size_t		high_water;		/* their limit now, larger for a large item */
	PcaRecvBuffer unread;		/* bytes of the body, to be consumed by the
								 * reader */
	PcaInflate *inflate;		/* NULL: the body is not compressed */
	int64		received_bytes; /* accepted so far */
	int64		content_bytes;	/* what they became when decompressed */
} PcaResponseBody;

typedef enum PcaResponseBodyResult
{
	PCA_RESPONSE_BODY_OK,
	PCA_RESPONSE_BODY_CORRUPT,	/* not in the format of its coding */
	PCA_RESPONSE_BODY_TRAILING, /* other bytes follow the compressed data */
	PCA_RESPONSE_BODY_CUT_OFF,	/* the compressed data are not complete */
	PCA_RESPONSE_BODY_TOO_LARGE,
	PCA_RESPONSE_BODY_NO_MEMORY
} PcaResponseBodyResult;

/* Begin a body of that coding; false if out of memory. */
extern bool pca_response_body_begin(PcaResponseBody *body, PcaCoding coding);

/*
 * Returns true if length more received bytes cannot be accepted before some of the
 * unread bytes have been consumed.
 */
extern bool pca_response_body_is_full(const PcaResponseBody *body, size_t length);

/*
 * Accept length received bytes, which are copied, and decompress them as far as
 * there is space.
 */
extern PcaResponseBodyResult pca_response_body_accept(PcaResponseBody *body, const char *bytes,
													  size_t length);

/* Returns true if compressed bytes wait for space. */
extern bool pca_response_body_has_pending(const PcaResponseBody *body);

/* Decompress the bytes that wait, as far as there is space. */
extern PcaResponseBodyResult pca_response_body_decompress(PcaResponseBody *body);

/* Check that the body is complete when all bytes were accepted and none waits. */
extern PcaResponseBodyResult pca_response_body_end(const PcaResponseBody *body);

/*
 * Returns true if half of the buffer is free, so that a transfer that is resumed
 * does not pause again at once.
 */
extern bool pca_response_body_has_space(const PcaResponseBody *body);

/*
 * Set the limit of the unread bytes to half of the buffer more than there are, at
 * least to the usual one, for an item that is larger than the buffer.
 */
extern void pca_response_body_raise_limit(PcaResponseBody *body);

/*
 * Returns how many times as large as the compressed bytes the decompressed ones
 * are; 0 if the body is not compressed.
 */
extern int64 pca_response_body_expansion(const PcaResponseBody *body);

/* Free the memory of the body. */
extern void pca_response_body_free(PcaResponseBody *body);

#endif							/* PCA_RESPONSE_BODY_H */
