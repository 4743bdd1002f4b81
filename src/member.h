/*
 * member.h
 *		The members of an item that is as simple as the documented ones.
 */
#ifndef PCA_MEMBER_H
#define PCA_MEMBER_H

#include "postgres.h"

/*
 * An object of more members is no simple one: more than twice the widest
 * documented row (26 fields).
 */
#define PCA_MEMBER_MAX	64

/* A member, as its bytes stand in the item. */
typedef struct PcaMember
{
	const char *key;			/* without its quotes */
	const char *value;			/* with its quotes, if it is a string */
	uint32		key_length;
	uint32		value_length;
} PcaMember;

typedef struct PcaMembers
{
	int			count;
	bool		ascii;			/* all bytes of the object are; else they still
								 * have to be looked at whether they are UTF-8 */
	PcaMember	member[PCA_MEMBER_MAX];
} PcaMembers;

/*
 * Read the object whose brace stands at data.  Returns the byte behind it, or
 * NULL when it does not end before end or is not simple; then it may still be
 * good JSON, and nothing is known of it.  Simple is valid JSON whose keys are
 * strings without a backslash and whose values are such strings, integers that
 * are plain (see pca_cut_number), true, false, or null.
 */
extern const char *pca_member_read(PcaMembers *members, const char *data, const char *end);

/*
 * What pca_json_text() would give of the value, as bytes of the item that no
 * zero follows; NULL for null.
 */
extern const char *pca_member_text(const PcaMember *member, size_t *length);

/* What pca_json_integer() would say of the value. */
extern bool pca_member_integer(const PcaMember *member, int64 *integer);

#endif							/* PCA_MEMBER_H */
