/*
 * seek.h
 *		The members of an item that somebody looks for.
 */
#ifndef PCA_SEEK_H
#define PCA_SEEK_H

#include "postgres.h"

#include "json.h"
#include "member.h"

/* How a member came to be the one that is looked for; the lowest wins. */
typedef enum PcaSeekRank
{
	PCA_SEEK_EXACT,
	PCA_SEEK_NO_CASE,
	PCA_SEEK_OTHER_NAME,
	PCA_SEEK_PATH,
	PCA_SEEK_PATH_NO_CASE,
	PCA_SEEK_NONE
} PcaSeekRank;

/* What is looked for, and what was found. */
typedef struct PcaSeeker
{
	const char *key;			/* UTF-8 */
	char	   *head;			/* of a dotted key: up to its first dot */
	const char *rest;			/* and behind it; else NULL */
	const char *names[2];		/* other names of the same, or NULL */

	/* in the item at hand: one of the two */
	const PcaJsonValue *value;
	const PcaMember *member;
	PcaSeekRank rank;
} PcaSeeker;

typedef struct PcaSeek PcaSeek;

/* Lives in the current memory context. */
extern PcaSeek *pca_seek_create(void);

/* From the next item on, look for that, too; it must live as long. */
extern void pca_seek_add(PcaSeek *seek, PcaSeeker *seeker);

/*
 * Give each of these members, or of the object's, to those that it is best for.
 * A key that comes twice: the first one counts.
 */
extern void pca_seek_members(PcaSeek *seek, const PcaMembers *members);
extern void pca_seek_object(PcaSeek *seek, const PcaJsonValue *object);

#endif							/* PCA_SEEK_H */
