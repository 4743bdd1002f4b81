/*
 * json.h
 *		Parses and writes single JSON values.
 *
 * Values are small: an item, an error body, a token response.  They live in an
 * arena that is reset before the next value is parsed, so nothing is freed one by
 * one.
 */
#ifndef PCA_JSON_H
#define PCA_JSON_H

#include "postgres.h"

#include "lib/stringinfo.h"

typedef struct PcaJson PcaJson; /* a parser and its arena */
typedef struct PcaJsonValue PcaJsonValue;	/* a value in the arena */

typedef enum PcaJsonKind
{
	PCA_JSON_NULL,
	PCA_JSON_BOOLEAN,
	PCA_JSON_NUMBER,
	PCA_JSON_STRING,
	PCA_JSON_ARRAY,
	PCA_JSON_OBJECT
} PcaJsonKind;

/* Create a parser whose arena lives in a child of that context. */
extern PcaJson *pca_json_create(MemoryContext parent);

/*
 * Parse one value of length bytes.  White space around it and a byte order mark
 * before it are allowed.  The values of the last parse become invalid.  Returns
 * NULL if the bytes are not valid JSON in UTF-8, contain \u0000, or are nested
 * deeper than max_depth; *error is the reason then, a sentence fragment (static
 * text).  Raises an error only if it runs out of memory.
 */
extern const PcaJsonValue *pca_json_parse(PcaJson *json, const char *data,
										  size_t length, int max_depth,
										  const char **error);

/*
 * The same, but text that PostgreSQL cannot store is no obstacle: it is replaced,
 * as pca_json_text() says, and pca_json_invalid_text() tells where it is.
 */
extern const PcaJsonValue *pca_json_parse_lenient(PcaJson *json, const char *data,
												  size_t length, int max_depth,
												  const char **error);

/*
 * As pca_json_parse(), without a copy, for a value that scanner.c has found to be plain: its
 * brackets match and are not nested too deep; its numbers are integers of at most
 * PCA_SCANNER_PLAIN_DIGITS characters without leading zeros; it has no backslash;
 * and its only control characters are white space between tokens.
 */
extern const PcaJsonValue *pca_json_parse_plain(PcaJson *json,
												const char *data, size_t length,
												const char **error);

/* Zero the values of the last parse and the copy of its input, which held secrets. */
extern void pca_json_wipe(PcaJson *json);

/* Returns the kind of a value.  PCA_JSON_NUMBER includes numbers that no double holds. */
extern PcaJsonKind pca_json_kind(const PcaJsonValue *value);

/*
 * Iterate over the members of an object or the elements of an array, in their
 * order.  Both return NULL at the end, pca_json_first() also for a scalar.
 */
extern const PcaJsonValue *pca_json_first(const PcaJsonValue *value);
extern const PcaJsonValue *pca_json_next(const PcaJsonValue *value);

/*
 * Returns the key of an object's member, UTF-8, or NULL for an array's element.  A
 * key with invalid text begins with a byte that UTF-8 never contains, so that it is
 * equal to no other key.  pca_json_key_text() returns it for display: its text is
 * replaced as in pca_json_text(); not for an array's element.
 */
extern const char *pca_json_key(const PcaJsonValue *value);
extern const char *pca_json_key_text(const PcaJsonValue *value);

/*
 * Returns the reason why a text of the value, of a value below it or of a key below
 * it is invalid, a sentence fragment (static text); NULL if all of them are valid.
 * Only pca_json_parse_lenient() returns values with invalid text.
 */
extern const char *pca_json_invalid_text(const PcaJsonValue *value);

/*
 * Returns the first member with exactly that key, otherwise the first one whose
 * key is equal except for the case of ASCII letters.  Returns NULL if there is
 * none or the value is not an object.
 */
extern const PcaJsonValue *pca_json_member(const PcaJsonValue *object,
										   const char *key);

/*
 * Returns the first member whose key is equal to that one except for the case of
 * ASCII letters, or NULL.  *duplicate is another such member, or NULL.  Both are
 * NULL if the value is not an object.
 */
extern const PcaJsonValue *pca_json_only_member(const PcaJsonValue *object, const char *key,
												const PcaJsonValue **duplicate);

/*
 * Returns the text of a scalar, UTF-8: the characters of a string, a number as it
 * was written, true or false.  Returns NULL for null, arrays and objects.  In
 * invalid text, U+0000 is omitted, and U+FFFD stands for what else is invalid.  The
 * text lives in the arena.
 */
extern const char *pca_json_text(PcaJson *json, const PcaJsonValue *value);

/*
 * Returns true and sets *integer if the value is a number that was written as a
 * plain integer (see pca_scanner_skip_number()).
 */
extern bool pca_json_integer(const PcaJsonValue *value, int64 *integer);

/* Append the value as JSON text, UTF-8, without white space between tokens. */
extern void pca_json_write(StringInfo out, const PcaJsonValue *value);

/* Append the text as a JSON string, quoted and escaped. */
extern void pca_json_write_string(StringInfo out, const char *text);

/* Returns true if two keys are equal except for the case of ASCII letters. */
extern bool pca_json_same_key(const char *a, const char *b);

#endif							/* PCA_JSON_H */
