/*
 * recv_buffer.h
 *		A growing buffer of received bytes that have not been consumed.
 */
#ifndef PCA_RECV_BUFFER_H
#define PCA_RECV_BUFFER_H

#include "postgres.h"

/* All zero is an empty buffer, which holds no memory. */
typedef struct PcaRecvBuffer
{
	char	   *bytes;			/* malloc'ed, or NULL */
	size_t		size;			/* bytes allocated */
	size_t		start;			/* offset of the first unread byte */
	size_t		end;			/* offset after the last unread byte */
	bool		secret;			/* zero the bytes before they are freed */
} PcaRecvBuffer;

/* Returns the number of unread bytes. */
static inline size_t
pca_recv_buffer_unread(const PcaRecvBuffer *buffer)
{
	return buffer->end - buffer->start;
}

/* Append length bytes; false if out of memory.  Raises no error. */
extern bool pca_recv_buffer_append(PcaRecvBuffer *buffer, const char *bytes, size_t length);

/*
 * Returns space for length more bytes after the unread ones, valid until the
 * buffer changes; NULL if out of memory.  Raises no error.
 */
extern char *pca_recv_buffer_reserve(PcaRecvBuffer *buffer, size_t length);

/* Count the first length bytes of the space reserved last as unread bytes. */
extern void pca_recv_buffer_extend(PcaRecvBuffer *buffer, size_t length);

/* Returns the unread bytes, contiguous, valid until the buffer changes. */
extern char *pca_recv_buffer_bytes(const PcaRecvBuffer *buffer);

/* Remove the first length of the unread bytes. */
extern void pca_recv_buffer_consume(PcaRecvBuffer *buffer, size_t length);

/* Free the memory.  The buffer is empty then, and may be used again. */
extern void pca_recv_buffer_free(PcaRecvBuffer *buffer);

#endif							/* PCA_RECV_BUFFER_H */
