/*
 * response_body.h
 *		The body of a response as it arrives: decompressed, and bounded.
 */
#ifndef PCA_RESPONSE_BODY_H
#define PCA_RESPONSE_BODY_H

#include "postgres.h"

#include "http/inflate.h"
#include "http/recv_buffer.h"

/*
 * The first three members are set at first, buffer being bytes that usually may
 * wait to be consumed; and body.secret, if the bytes are to be zeroed.  All zero
 * else.  No function of this header raises an error.
 */
typedef struct PcaResponseBody
{
	int64		max_size;		/* bytes of the body, compressed or not */
	size_t		buffer;
	size_t		high_water;		/* bytes that may wait, for the item at hand */
	PcaRecvBuffer body;
	PcaInflate *inflate;		/* NULL: the body is not compressed */
	int64		arrived;		/* bytes that were accepted */
	int64		total;			/* bytes that they became */
} PcaResponseBody;

typedef enum PcaResponseBodyResult
{
	PCA_RESPONSE_BODY_OK,
	PCA_RESPONSE_BODY_CORRUPT,	/* not what its encoding says */
	PCA_RESPONSE_BODY_TRAILING, /* bytes follow the end of the compressed data */
	PCA_RESPONSE_BODY_CUT_OFF,	/* the compressed data end too early */
	PCA_RESPONSE_BODY_TOO_LARGE,
	PCA_RESPONSE_BODY_NO_MEMORY
} PcaResponseBodyResult;

/* The body has that coding; false when memory is out. */
extern bool pca_response_body_begin(PcaResponseBody *receive, PcaCoding coding);

/* Returns true if length more bytes must wait until some are consumed. */
extern bool pca_response_body_is_full(const PcaResponseBody *receive, size_t length);

/* Accept bytes as they came; they are copied. */
extern PcaResponseBodyResult pca_response_body_accept(PcaResponseBody *receive, const char *bytes,
													  size_t length);

/* Returns true if compressed bytes wait for room. */
extern bool pca_response_body_is_behind(const PcaResponseBody *receive);

/* Decompress what there is room for. */
extern PcaResponseBodyResult pca_response_body_go_on(PcaResponseBody *receive);

/* All bytes were accepted, and none is behind: see whether that is the body. */
extern PcaResponseBodyResult pca_response_body_end(const PcaResponseBody *receive);

/*
 * Returns true if half of the buffer is free, so that a transfer that goes on does
 * not pause again at once.
 */
extern bool pca_response_body_has_room(const PcaResponseBody *receive);

/* Let the unconsumed bytes grow by half of the buffer. */
extern void pca_response_body_grow(PcaResponseBody *receive);

/* How many times its size the compressed body has become; 0: it is not compressed. */
extern int64 pca_response_body_expansion(const PcaResponseBody *receive);

/* Free its memory. */
extern void pca_response_body_free(PcaResponseBody *receive);

#endif							/* PCA_RESPONSE_BODY_H */
