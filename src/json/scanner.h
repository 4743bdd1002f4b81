/*
 * scanner.h
 *		Finds the end of one JSON value in a stream of bytes.
 */
#ifndef PCA_SCANNER_H
#define PCA_SCANNER_H

#include "postgres.h"

/*
 * Nesting levels that a value may have.  The documented rows have two; the limit
 * is the number of bits in PcaScanner.open_braces.
 */
#define PCA_SCANNER_MAX_DEPTH	64

/*
 * Characters of the longest integer that a double represents exactly, whatever
 * its digits are.
 */
#define PCA_SCANNER_PLAIN_DIGITS	15

/* A value that is being scanned.  Positions are offsets into the caller's data. */
typedef struct PcaScanner
{
	size_t		start;			/* of the value's first byte */
	size_t		pos;			/* of the next byte to read */
	bool		plain;			/* see pca_json_parse_plain() */
	bool		scalar;			/* a number, true, false or null */
	bool		in_string;		/* pos is inside a string */
	int			depth;			/* number of open brackets */
	uint64		open_braces;	/* a bit for each open bracket, the innermost
								 * lowest: 1 is {, 0 is [ */
} PcaScanner;

typedef enum PcaScannerResult
{
	PCA_SCANNER_DONE,			/* the value is from start up to pos */
	PCA_SCANNER_MORE,			/* more bytes are needed */
	PCA_SCANNER_ERROR			/* brackets do not match or are nested too
								 * deep */
} PcaScannerResult;

/* Begin to scan the value whose first byte, c, is at start. */
extern void pca_scanner_begin(PcaScanner *scanner, size_t start, char c);

/*
 * Scan on in the length bytes at data until the value ends.  After
 * PCA_SCANNER_MORE the caller calls again with more bytes.  It may have moved the
 * data, and may have removed bytes before start if it has subtracted their number
 * from start and pos.  Every byte is read once, except the backslashes before a
 * quote.  On PCA_SCANNER_ERROR, *error is the reason (static text).
 */
extern PcaScannerResult pca_scanner_advance(PcaScanner *scanner, const char *data, size_t length,
											const char **error);

/*
 * Returns the byte after the JSON number that starts at p, or NULL if no JSON
 * number starts there.  *plain is set to true if it is an integer of at most
 * PCA_SCANNER_PLAIN_DIGITS characters and not -0.
 */
extern const char *pca_scanner_skip_number(const char *p, const char *end, bool *plain);

/* Returns true for JSON's white space. */
static inline bool
pca_scanner_is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

#endif							/* PCA_SCANNER_H */
