/*
 * key_match.h
 *		Matches the keys of an item with the columns and fields that are read.
 */
#ifndef PCA_KEY_MATCH_H
#define PCA_KEY_MATCH_H

#include "postgres.h"

#include "json/flat_object.h"
#include "json/json.h"

/* How the key of a member matches a target; the path ranks come after the names. */
typedef enum PcaKeyMatchRank
{
	PCA_KEY_MATCH_EXACT,
	PCA_KEY_MATCH_NO_CASE,		/* except for the case of ASCII letters */
	PCA_KEY_MATCH_OTHER_NAME,	/* one of the other names, in any case */
	PCA_KEY_MATCH_PATH,			/* the first part of a dotted key */
	PCA_KEY_MATCH_PATH_NO_CASE,
	PCA_KEY_MATCH_NONE
} PcaKeyMatchRank;

/* A key that is searched for, and the member that was found. */
typedef struct PcaKeyTarget
{
	const char *key;			/* UTF-8 */
	char	   *path_head;		/* of a dotted key: up to its first dot; or
								 * NULL */
	const char *path_rest;		/* and after that dot */
	const char *names[2];		/* other names of the same field, or NULL */

	/* in the current item */
	const PcaJsonValue *value;	/* the parsed value, or NULL */
	const PcaFlatMember *member;	/* the member of a flat object, or NULL */
	PcaKeyMatchRank rank;
	const char *duplicate_key;	/* key of another member that matches as well,
								 * UTF-8; or NULL */
} PcaKeyTarget;

typedef struct PcaKeyMatcher PcaKeyMatcher;

/* Create a matcher without targets.  Lives in the current memory context. */
extern PcaKeyMatcher *pca_key_match_create(void);

/*
 * Add a target, beginning with the next item.  The target is not copied; the
 * matcher writes what it finds into it.
 */
extern void pca_key_match_add_target(PcaKeyMatcher *matcher, PcaKeyTarget *target);

/*
 * Find the member of each target in an item: the member whose key is the target's
 * in any case, or one of its other names; without such a member, the one whose key
 * is the first part of a dotted key.  Of several such members the first one is
 * used, and duplicate_key is set to the key of another one, in the current memory
 * context.  Returns false if no target has a duplicate_key.  The members belong to
 * the item.
 */
extern bool pca_key_match_find_in_flat_object(PcaKeyMatcher *matcher, const PcaFlatObject *object);
extern bool pca_key_match_find_in_object(PcaKeyMatcher *matcher, const PcaJsonValue *object);

/*
 * Returns the key of the member that was found, UTF-8.  A member must have been
 * found.  Current memory context.
 */
extern const char *pca_key_match_found_key(const PcaKeyTarget *target);

#endif							/* PCA_KEY_MATCH_H */
