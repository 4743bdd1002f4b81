/*
 * flat_object.h
 *		Finds the members of a flat JSON object without cJSON.
 *
 * A flat object is valid JSON whose keys are strings without a backslash and
 * whose values are such strings, plain integers (see pca_scanner_skip_number()),
 * true, false or null.  All documented rows are flat objects.
 */
#ifndef PCA_FLAT_OBJECT_H
#define PCA_FLAT_OBJECT_H

#include "postgres.h"

/*
 * An object of more members is not regarded as flat: more than twice the members
 * of the widest documented row (26).
 */
#define PCA_FLAT_OBJECT_MAX_MEMBERS	64

/* A member; points to the bytes of the item, which are not copied. */
typedef struct PcaFlatMember
{
	const char *key;			/* without its quotes */
	const char *value;			/* with its quotes, if it is a string */
	uint32		key_length;		/* in bytes */
	uint32		value_length;	/* in bytes */
} PcaFlatMember;

typedef struct PcaFlatObject
{
	int			count;			/* members */
	bool		ascii;			/* the object has ASCII bytes only; otherwise
								 * the caller has to verify that it is UTF-8 */
	PcaFlatMember member[PCA_FLAT_OBJECT_MAX_MEMBERS];
} PcaFlatObject;

/*
 * Read the object whose opening brace is at data.  Returns the byte after its
 * closing brace.  Returns NULL if the object does not end before end or is not
 * flat; it may still be valid JSON then, and *object is undefined.  No errors.
 */
extern const char *pca_flat_object_read(PcaFlatObject *object, const char *data, const char *end);

/*
 * Returns the bytes of the item that pca_json_text() would return for the value,
 * and their number in *length.  They are not terminated by a zero byte.  Returns
 * NULL for null.
 */
extern const char *pca_flat_object_member_text(const PcaFlatMember *member, size_t *length);

/* Does for the value what pca_json_integer() would. */
extern bool pca_flat_object_member_integer(const PcaFlatMember *member, int64 *integer);

#endif							/* PCA_FLAT_OBJECT_H */
