/*
 * framing.h
 *		Reads the header fields that define the length and coding of a body.
 */
#ifndef PCA_FRAMING_H
#define PCA_FRAMING_H

#include "postgres.h"

/* The content coding of a body (RFC 9110, section 8.4.1). */
typedef enum PcaCoding
{
	PCA_CODING_IDENTITY,		/* not compressed */
	PCA_CODING_GZIP,
	PCA_CODING_DEFLATE
} PcaCoding;

/* The length and coding of a body by its header fields.  All zero: none has been read. */
typedef struct PcaFraming
{
	PcaCoding	coding;
	bool		chunked;
	bool		has_length;
	uint64		length;			/* bytes; valid if has_length */
} PcaFraming;

/*
 * Each of these functions reads the value of one header field into *framing.  It
 * returns false if the value, or its combination with the values read before, is
 * not accepted; *framing is not valid then.  The functions neither allocate
 * memory nor raise errors.
 */

/* Content-Encoding: gzip or deflate, at most once, and any number of "identity". */
extern bool pca_framing_read_coding(PcaFraming *framing, const char *value);

/* Transfer-Encoding: "chunked", once, and no Content-Length beside it. */
extern bool pca_framing_read_transfer(PcaFraming *framing, const char *value);

/*
 * Content-Length: one number below 2^63, or the same number several times, and
 * no Transfer-Encoding beside it.
 */
extern bool pca_framing_read_length(PcaFraming *framing, const char *value);

#endif							/* PCA_FRAMING_H */
