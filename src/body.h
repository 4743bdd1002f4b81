/*
 * body.h
 *		What of an answer's body has arrived and was not read yet.
 */
#ifndef PCA_BODY_H
#define PCA_BODY_H

#include "postgres.h"

/* All zero is an empty body, which holds no memory. */
typedef struct PcaBody
{
	char	   *bytes;			/* malloc'ed, or NULL */
	size_t		size;
	size_t		start;			/* the unread part is from here */
	size_t		end;			/* to here */
	bool		secret;			/* zero the bytes before they are freed */
} PcaBody;

/* How many bytes are unread. */
static inline size_t
pca_body_unread(const PcaBody *body)
{
	return body->end - body->start;
}

/* Append bytes; false when memory is out.  Never raises. */
extern bool pca_body_append(PcaBody *body, const char *bytes, size_t length);

/*
 * Space for length more bytes after the unread ones, valid until the body
 * changes; NULL when memory is out.  Never raises.
 */
extern char *pca_body_reserve(PcaBody *body, size_t length);

/* The first length bytes of the space reserved last were written: they are unread. */
extern void pca_body_extend(PcaBody *body, size_t length);

/* The unread bytes, valid until the body changes. */
extern char *pca_body_bytes(const PcaBody *body);

/* Forget the first unread bytes. */
extern void pca_body_consume(PcaBody *body, size_t length);

/* Give the memory back. */
extern void pca_body_free(PcaBody *body);

#endif							/* PCA_BODY_H */
