/*
 * json_copy.h
 *		Rewrites JSON into a form that cJSON reads without a loss.
 *
 * cJSON stores every number as a double, ends a string at \u0000, and rejects or
 * accepts other invalid strings as a whole.  In the copy, each number that a double
 * might not represent exactly is a string that begins with PCA_JSON_NUMBER_MARK.
 * A string or key with invalid text begins with PCA_JSON_INVALID_MARK and a byte
 * for the reason; the text after that is valid.
 */
#ifndef PCA_JSON_COPY_H
#define PCA_JSON_COPY_H

#include "postgres.h"

/* Bytes that UTF-8 never contains, so that no valid text begins with them. */
#define PCA_JSON_NUMBER_MARK	((char) 0xFF)
#define PCA_JSON_INVALID_MARK	((char) 0xFE)

/* Bytes of the mark and the reason. */
#define PCA_JSON_INVALID_MARK_LENGTH	2

/* Returns the bytes that a copy of length bytes may have. */
extern size_t pca_json_copy_max_size(size_t length);

/*
 * Write the copy to out, and return its length in bytes.  Returns 0, with *error set
 * to the reason (a sentence fragment, static text), for input that is not JSON
 * although cJSON would accept it, or that is nested deeper than max_depth.
 * *invalid_text is set to the reason why the first invalid text is invalid, or to
 * NULL.  In invalid text, U+0000 is omitted, and U+FFFD replaces control characters,
 * the backslashes of invalid escapes, unpaired surrogates, and bytes that are not
 * UTF-8.
 */
extern size_t pca_json_copy_write(char *out, const char *data, size_t length, int max_depth,
								  const char **invalid_text, const char **error);

/*
 * Returns the reason of the mark that a string or key of the copy begins with; NULL
 * if it is valid.
 */
extern const char *pca_json_copy_invalid_reason(const char *text);

#endif							/* PCA_JSON_COPY_H */
