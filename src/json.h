/*
 * json.h
 *		One JSON object at a time: the only room with cJSON.
 *
 * Objects are small (an item, an error body, a token answer).  They live in an
 * arena that is reset before the next one, so nothing is freed one by one.
 */
#ifndef PCA_JSON_H
#define PCA_JSON_H

#include "postgres.h"

typedef struct PcaJson PcaJson;			/* parser with its arena */
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
 * Parse one value of length bytes.  What the last parse made is forgotten.
 * NULL when it is not valid JSON in UTF-8 (or holds \u0000, or is nested
 * deeper than depth), with the reason in *fault (static or arena memory).
 */
extern const PcaJsonValue *pca_json_parse(PcaJson *json, const char *data,
										  size_t length, int depth,
										  const char **fault);

extern PcaJsonKind pca_json_kind(const PcaJsonValue *value);

/* Members of an object, elements of an array, in their order; NULL at the end. */
extern const PcaJsonValue *pca_json_first(const PcaJsonValue *value);
extern const PcaJsonValue *pca_json_next(const PcaJsonValue *value);

/* An object member's key, UTF-8. */
extern const char *pca_json_key(const PcaJsonValue *value);

/* The member of that key: exactly, else the first without case; or NULL. */
extern const PcaJsonValue *pca_json_member(const PcaJsonValue *object,
										   const char *key);

/*
 * A scalar's text, UTF-8: a string's characters, a number's digits as they
 * came, true or false; NULL for null, arrays and objects.  Arena memory.
 */
extern const char *pca_json_text(PcaJson *json, const PcaJsonValue *value);

#endif							/* PCA_JSON_H */
