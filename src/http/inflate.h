/*
 * inflate.h
 *		Decompresses a body piece by piece, as its reader has room for it.
 */
#ifndef PCA_INFLATE_H
#define PCA_INFLATE_H

#include "postgres.h"

#include "http/framing.h"
#include "http/recv_buffer.h"

/* One compressed body.  Its memory is malloc'ed, and zeroed when it is freed. */
typedef struct PcaInflate PcaInflate;

typedef enum PcaInflateResult
{
	PCA_INFLATE_OK,
	PCA_INFLATE_CORRUPT,		/* the bytes are not what the coding says */
	PCA_INFLATE_TRAILING,		/* bytes follow the end of the compressed data */
	PCA_INFLATE_NO_MEMORY
} PcaInflateResult;

/*
 * Begin a body of that coding, which is not identity.  secret: its bytes are
 * zeroed before they are freed.  NULL when memory is out.  No function of this
 * header raises an error.
 */
extern PcaInflate *pca_inflate_create(PcaCoding coding, bool secret);

/* Add compressed bytes, which are copied; false when memory is out. */
extern bool pca_inflate_add(PcaInflate *state, const char *bytes, size_t length);

/*
 * Append what can be decompressed to *body, until that has limit unread bytes or
 * more compressed bytes are needed.
 */
extern PcaInflateResult pca_inflate_run(PcaInflate *state, PcaRecvBuffer *body, size_t limit);

/* Returns true if pca_inflate_run() may give more without being given more. */
extern bool pca_inflate_has_more(const PcaInflate *state);

/* Returns true if the compressed data have come to their end, or never began. */
extern bool pca_inflate_is_complete(const PcaInflate *state);

/* Compressed bytes that were decompressed so far. */
extern int64 pca_inflate_consumed(const PcaInflate *state);

/* Free it; NULL is allowed. */
extern void pca_inflate_free(PcaInflate *state);

#endif							/* PCA_INFLATE_H */
