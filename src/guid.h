/*
 * guid.h
 *		The text of a GUID.
 *
 * Its usual form is that of RFC 9562: 8-4-4-4-12 hexadecimal digits, without
 * braces.  See config/guid_spelling.h for the spellings that filters contain.
 */
#ifndef PCA_GUID_H
#define PCA_GUID_H

#include "postgres.h"

/* Characters of a GUID in its usual form, without the terminating null. */
#define PCA_GUID_LENGTH		36

/* Bytes of a GUID's value. */
#define PCA_GUID_BYTES		16

/*
 * Read a GUID in its usual form.  Stores its PCA_GUID_BYTES bytes in *bytes, and
 * sets *has_upper and *has_lower to true if it has letters of that case.  Returns
 * false if the text has another form; *bytes is undefined then.
 */
extern bool pca_guid_parse(const char *text, uint8 *bytes, bool *has_upper, bool *has_lower);

/* Returns true if the text is a GUID in its usual form, in any case. */
extern bool pca_guid_is_valid(const char *text);

/*
 * Returns true if the text is a GUID in its usual form.  Sets *upper to true if
 * it is one without lower case letters, *lower to true if it is one without upper
 * case letters; both are true for a GUID of digits alone.
 */
extern bool pca_guid_case(const char *text, bool *upper, bool *lower);

/* Returns the text with its letters a to z in that case.  Palloc'd. */
extern char *pca_guid_to_upper(const char *text);
extern char *pca_guid_to_lower(const char *text);

/*
 * Write a new random GUID, in lower case and null-terminated, to guid, which has
 * space for PCA_GUID_LENGTH + 1 bytes.  Raises an error if the operating system
 * has no random bytes.
 */
extern void pca_guid_generate(char *guid);

#endif							/* PCA_GUID_H */
