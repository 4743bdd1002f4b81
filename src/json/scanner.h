/*
 * scanner.h
 *		One JSON value cut out of a stream of bytes.
 */
#ifndef PCA_SCANNER_H
#define PCA_SCANNER_H

#include "postgres.h"

/*
 * How deep a value may be nested.  The documented rows have two levels; the
 * kinds of the open brackets are kept in 64 bits.
 */
#define PCA_SCANNER_MAX_DEPTH	64

/*
 * The longest integer, in characters, that a double holds exactly whatever its
 * digits are.
 */
#define PCA_SCANNER_PLAIN_DIGITS	15

/* A value whose end is looked for.  Positions count from the caller's data. */
typedef struct PcaScanner
{
	size_t		start;			/* its first byte */
	size_t		pos;			/* the next byte to look at */
	bool		plain;			/* see pca_json_parse_plain() */
	bool		scalar;			/* a number or a word */
	bool		in_string;
	int			depth;			/* brackets open */
	uint64		kinds;			/* theirs, the innermost lowest: 1 is { */
} PcaScanner;

typedef enum PcaScannerResult
{
	PCA_SCANNER_DONE,			/* the value stands from start to pos */
	PCA_SCANNER_MORE,			/* its end is not among the bytes */
	PCA_SCANNER_ERROR			/* its brackets do not match, or are too deep */
} PcaScannerResult;

/* Begin with the value whose first byte, c, is at start. */
extern void pca_scanner_begin(PcaScanner *cut, size_t start, char c);

/*
 * Look for the end among length bytes at data; at a fault it stands in *fault
 * (static text).  After PCA_SCANNER_MORE call it again with more bytes; data may
 * lie elsewhere then, and fewer bytes before start (the caller lessens start
 * and pos by what it took away).  No byte is looked at twice, but that a
 * string's end is told by the backslashes before it.
 */
extern PcaScannerResult pca_scanner_advance(PcaScanner *cut, const char *data, size_t length,
											const char **fault);

/*
 * Where the JSON number that starts at p ends: behind its last character, or
 * NULL when the characters up to end do not start one.  *plain: it is an
 * integer of no more than PCA_SCANNER_PLAIN_DIGITS characters, and not -0.
 */
extern const char *pca_scanner_number(const char *p, const char *end, bool *plain);

/* JSON's white space. */
static inline bool
pca_scanner_is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

#endif							/* PCA_SCANNER_H */
