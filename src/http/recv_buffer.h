/*
 * recv_buffer.h
 *		What of an answer's body has arrived and was not read yet.
 */
#ifndef PCA_RECV_BUFFER_H
#define PCA_RECV_BUFFER_H

#include "postgres.h"

/* All zero is an empty body, which holds no memory. */
typedef struct PcaRecvBuffer
{
	char	   *bytes;			/* malloc'ed, or NULL */
	size_t		size;
	size_t		start;			/* the unread part is from here */
	size_t		end;			/* to here */
	bool		secret;			/* zero the bytes before they are freed */
} PcaRecvBuffer;

/* How many bytes are unread. */
static inline size_t
pca_recv_buffer_unread(const PcaRecvBuffer *body)
{
	return body->end - body->start;
}

/* Append bytes; false when memory is out.  Never raises. */
extern bool pca_recv_buffer_append(PcaRecvBuffer *body, const char *bytes, size_t length);

/*
 * Space for length more bytes after the unread ones, valid until the body
 * changes; NULL when memory is out.  Never raises.
 */
extern char *pca_recv_buffer_reserve(PcaRecvBuffer *body, size_t length);

/* The first length bytes of the space reserved last were written: they are unread. */
extern void pca_recv_buffer_extend(PcaRecvBuffer *body, size_t length);

/* The unread bytes, valid until the body changes. */
extern char *pca_recv_buffer_bytes(const PcaRecvBuffer *body);

/* Forget the first unread bytes. */
extern void pca_recv_buffer_consume(PcaRecvBuffer *body, size_t length);

/* Give the memory back. */
extern void pca_recv_buffer_free(PcaRecvBuffer *body);

#endif							/* PCA_RECV_BUFFER_H */
