/*
 * json.h
 *		One JSON value at a time: the only room with cJSON.
 *
 * Values are small (an item, an error body, a token answer).  They live in an
 * arena that is reset before the next one, so nothing is freed one by one.
 */
#ifndef PCA_JSON_H
#define PCA_JSON_H

#include "postgres.h"

#include "lib/stringinfo.h"

typedef struct PcaJson PcaJson; /* parser with its arena */
typedef struct PcaJsonValue PcaJsonValue;	/* a value inside the last parse */

typedef enum PcaJsonKind
{
	PCA_JSON_NULL,
	PCA_JSON_BOOLEAN,
	PCA_JSON_NUMBER,
	PCA_JSON_STRING,
	PCA_JSON_ARRAY,
	PCA_JSON_OBJECT
} PcaJsonKind;

/* A parser whose arena lives in a child of that context. */
extern PcaJson *pca_json_create(MemoryContext parent);

/*
 * Parse one value of length bytes, white space or a byte order mark around it
 * allowed.  What the last parse made is forgotten.  NULL when it is not valid
 * JSON in UTF-8, holds \u0000, or is nested deeper than depth, with the reason
 * as a sentence fragment in *fault (static text).  Raises an error only when
 * memory is out.
 */
extern const PcaJsonValue *pca_json_parse(PcaJson *json, const char *data,
										  size_t length, int depth,
										  const char **fault);

/*
 * The same for a value that scanner.c calls plain: its brackets match, not too
 * deep; its numbers are integers of no more than PCA_SCANNER_PLAIN_DIGITS characters
 * without leading zeros; and it has no backslash, nor a control character but
 * white space between tokens.
 */
extern const PcaJsonValue *pca_json_parse_plain(PcaJson *json,
												const char *data, size_t length,
												const char **fault);

/* Zero all that the last parse made and was given; its values are gone. */
extern void pca_json_wipe(PcaJson *json);

/* What the value is; a number also when a double would not hold it. */
extern PcaJsonKind pca_json_kind(const PcaJsonValue *value);

/* Members of an object, elements of an array, in their order; NULL at the end. */
extern const PcaJsonValue *pca_json_first(const PcaJsonValue *value);
extern const PcaJsonValue *pca_json_next(const PcaJsonValue *value);

/* An object member's key, UTF-8; NULL for an element of an array. */
extern const char *pca_json_key(const PcaJsonValue *value);

/*
 * The member of that key: the first that has it exactly, else the first that
 * has it but for the case of ASCII letters; NULL when there is none, or when
 * the value is no object.
 */
extern const PcaJsonValue *pca_json_member(const PcaJsonValue *object,
										   const char *key);

/*
 * The first member of an object whose key is that one but for the case of ASCII
 * letters, or NULL; *again is another such member, or NULL.  Of a value that is
 * no object, both are NULL.
 */
extern const PcaJsonValue *pca_json_only_member(const PcaJsonValue *object, const char *key,
												const PcaJsonValue **again);

/*
 * A scalar's text, UTF-8: a string's characters, a number's digits as they
 * came, true or false; NULL for null, arrays and objects.  Arena memory.
 */
extern const char *pca_json_text(PcaJson *json, const PcaJsonValue *value);

/* True, and the number in *integer, when it is an integer that came short. */
extern bool pca_json_integer(const PcaJsonValue *value, int64 *integer);

/* Append the value as JSON text, UTF-8, without white space between tokens. */
extern void pca_json_write(StringInfo out, const PcaJsonValue *value);

/* Append the text as a JSON string, quoted and escaped. */
extern void pca_json_write_string(StringInfo out, const char *text);

/* Whether two keys are equal but for the case of ASCII letters. */
extern bool pca_json_same_key(const char *a, const char *b);

#endif							/* PCA_JSON_H */
