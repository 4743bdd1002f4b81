/*
 * receive.h
 *		The body of a response as it arrives: decompressed, and bounded.
 */
#ifndef PCA_RECEIVE_H
#define PCA_RECEIVE_H

#include "postgres.h"

#include "body.h"
#include "inflate.h"

/*
 * The first three members are set at first, buffer being bytes that usually may
 * wait to be consumed; and body.secret, if the bytes are to be zeroed.  All zero
 * else.  No function of this header raises an error.
 */
typedef struct PcaReceive
{
	int64		max_size;		/* bytes of the body, compressed or not */
	size_t		buffer;
	size_t		high_water;		/* bytes that may wait, for the item at hand */
	PcaBody		body;
	PcaInflate *inflate;		/* NULL: the body is not compressed */
	int64		arrived;		/* bytes that were accepted */
	int64		total;			/* bytes that they became */
} PcaReceive;

typedef enum PcaReceiveResult
{
	PCA_RECEIVE_OK,
	PCA_RECEIVE_CORRUPT,		/* not what its encoding says */
	PCA_RECEIVE_TRAILING,		/* bytes follow the end of the compressed data */
	PCA_RECEIVE_CUT_OFF,		/* the compressed data end too early */
	PCA_RECEIVE_TOO_LARGE,
	PCA_RECEIVE_NO_MEMORY
} PcaReceiveResult;

/* The body has that coding; false when memory is out. */
extern bool pca_receive_begin(PcaReceive *receive, PcaCoding coding);

/* Returns true if length more bytes must wait until some are consumed. */
extern bool pca_receive_is_full(const PcaReceive *receive, size_t length);

/* Accept bytes as they came; they are copied. */
extern PcaReceiveResult pca_receive_accept(PcaReceive *receive, const char *bytes,
										   size_t length);

/* Returns true if compressed bytes wait for room. */
extern bool pca_receive_is_behind(const PcaReceive *receive);

/* Decompress what there is room for. */
extern PcaReceiveResult pca_receive_go_on(PcaReceive *receive);

/* All bytes were accepted, and none is behind: see whether that is the body. */
extern PcaReceiveResult pca_receive_end(const PcaReceive *receive);

/*
 * Returns true if half of the buffer is free, so that a transfer that goes on does
 * not pause again at once.
 */
extern bool pca_receive_has_room(const PcaReceive *receive);

/* Let the unconsumed bytes grow by half of the buffer. */
extern void pca_receive_grow(PcaReceive *receive);

/* How many times its size the compressed body has become; 0: it is not compressed. */
extern int64 pca_receive_expansion(const PcaReceive *receive);

/* Free its memory. */
extern void pca_receive_free(PcaReceive *receive);

#endif							/* PCA_RECEIVE_H */
