/*
 * key_match.h
 *		The members of an item that somebody looks for.
 */
#ifndef PCA_KEY_MATCH_H
#define PCA_KEY_MATCH_H

#include "postgres.h"

#include "json/flat_object.h"
#include "json/json.h"

/* How a member came to be the one that is looked for. */
typedef enum PcaKeyMatchRank
{
	PCA_KEY_MATCH_EXACT,
	PCA_KEY_MATCH_NO_CASE,
	PCA_KEY_MATCH_OTHER_NAME,
	PCA_KEY_MATCH_PATH,
	PCA_KEY_MATCH_PATH_NO_CASE,
	PCA_KEY_MATCH_NONE
} PcaKeyMatchRank;

/* What is looked for, and what was found. */
typedef struct PcaKeyTarget
{
	const char *key;			/* UTF-8 */
	char	   *head;			/* of a dotted key: up to its first dot */
	const char *rest;			/* and behind it; else NULL */
	const char *names[2];		/* other names of the same, or NULL */

	/* in the item at hand: one of the two */
	const PcaJsonValue *value;
	const PcaFlatMember *member;
	PcaKeyMatchRank rank;
	const char *again;			/* the key of another member that it might be,
								 * UTF-8; or NULL */
} PcaKeyTarget;

typedef struct PcaKeyMatcher PcaKeyMatcher;

/* Lives in the current memory context. */
extern PcaKeyMatcher *pca_key_match_create(void);

/* From the next item on, look for that, too; it must live as long. */
extern void pca_key_match_add_target(PcaKeyMatcher *seek, PcaKeyTarget *seeker);

/*
 * Give each of these members, or of the object's, to those that it is for: by
 * its name in any case, or one of its other names; if none has these, as the
 * head of a dotted path.  The first such member counts.  Returns true when there
 * are others for some seeker: its "again" names one of them then.  Current memory
 * context.
 */
extern bool pca_key_match_match_flat_object(PcaKeyMatcher *seek, const PcaFlatObject *members);
extern bool pca_key_match_match_object(PcaKeyMatcher *seek, const PcaJsonValue *object);

/* The key of the member that was found, UTF-8.  Current memory context. */
extern const char *pca_key_match_found_key(const PcaKeyTarget *seeker);

#endif							/* PCA_KEY_MATCH_H */
