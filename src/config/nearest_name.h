/*
 * nearest_name.h
 *		Finds the name that a misspelled one may stand for, and lists the valid ones.
 */
#ifndef PCA_NEAREST_NAME_H
#define PCA_NEAREST_NAME_H

#include "postgres.h"

#include "lib/stringinfo.h"

/* A search for the nearest of several names. */
typedef struct PcaNearestName
{
	const char *source;			/* the name that is not valid */
	const char *nearest;		/* the nearest so far, or NULL */
	int			distance;		/* its distance */
	StringInfoData names;		/* all names, separated by commas */
} PcaNearestName;

/* Begin a search for what is near to source.  The list of names is palloc'd. */
extern void pca_nearest_name_init(PcaNearestName *search, const char *source);

/* Add a valid name, which must live as long as the search. */
extern void pca_nearest_name_add(PcaNearestName *search, const char *name);

#endif
