/*
 * framing.h
 *		What the header fields of a response say about its body.
 */
#ifndef PCA_FRAMING_H
#define PCA_FRAMING_H

#include "postgres.h"

/* How the body is compressed. */
typedef enum PcaCoding
{
	PCA_CODING_IDENTITY,		/* not at all */
	PCA_CODING_GZIP,
	PCA_CODING_DEFLATE
} PcaCoding;

/* All zero: no header field was read yet. */
typedef struct PcaFraming
{
	PcaCoding	coding;
	bool		chunked;
	bool		has_length;
	uint64		length;			/* bytes */
} PcaFraming;

/*
 * Read the value of one header field into *framing.  Each returns false if the
 * value, or its combination with the values read before, is not accepted;
 * *framing is not to be used then.  The functions neither allocate nor raise.
 *
 * Content-Encoding: gzip or deflate, at most once, and any number of identity.
 */
extern bool pca_framing_read_coding(PcaFraming *framing, const char *value);

/* Transfer-Encoding: chunked, once, and no Content-Length beside it. */
extern bool pca_framing_read_transfer(PcaFraming *framing, const char *value);

/*
 * Content-Length: one number below 2^63, or the same number several times, and
 * no Transfer-Encoding beside it.
 */
extern bool pca_framing_read_length(PcaFraming *framing, const char *value);

#endif							/* PCA_FRAMING_H */
