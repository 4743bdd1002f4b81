/*
 * flat_object.h
 *		The members of an item that is as simple as the documented ones.
 */
#ifndef PCA_FLAT_OBJECT_H
#define PCA_FLAT_OBJECT_H

#include "postgres.h"

/*
 * An object of more members is no simple one: more than twice the widest
 * documented row (26 fields).
 */
#define PCA_FLAT_OBJECT_MAX_MEMBERS	64

/* A member, as its bytes stand in the item. */
typedef struct PcaMember
{
	const char *key;			/* without its quotes */
	const char *value;			/* with its quotes, if it is a string */
	uint32		key_length;
	uint32		value_length;
} PcaMember;

typedef struct PcaFlatObject
{
	int			count;
	bool		ascii;			/* all bytes of the object are; else they
								 * still have to be looked at whether they are
								 * UTF-8 */
	PcaMember	member[PCA_FLAT_OBJECT_MAX_MEMBERS];
} PcaFlatObject;

/*
 * Read the object whose brace stands at data.  Returns the byte behind it, or
 * NULL when it does not end before end or is not simple; then it may still be
 * good JSON, and nothing is known of it.  Simple is valid JSON whose keys are
 * strings without a backslash and whose values are such strings, integers that
 * are plain (see pca_scanner_number), true, false, or null.
 */
extern const char *pca_flat_object_read(PcaFlatObject *members, const char *data, const char *end);

/*
 * What pca_json_text() would give of the value, as bytes of the item that no
 * zero follows; NULL for null.
 */
extern const char *pca_flat_object_member_text(const PcaMember *member, size_t *length);

/* What pca_json_integer() would say of the value. */
extern bool pca_flat_object_member_integer(const PcaMember *member, int64 *integer);

#endif							/* PCA_FLAT_OBJECT_H */
