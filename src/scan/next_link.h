/*
 * next_link.h
 *		The URL that a response's next link refers to.
 */
#ifndef PCA_NEXT_LINK_H
#define PCA_NEXT_LINK_H

#include "postgres.h"

/*
 * Resolve a next link of the response to url.  A link that begins at the root
 * is taken below base_url, and gets the API version of url if it has none
 * (api-notes 2.13).  Characters that a URL may not contain are percent-encoded.
 * Returns the absolute URL in the current memory context;
 * NULL if it is no URL, or has another origin than base_url.
 */
extern char *pca_next_link_resolve(const char *base_url, const char *url, const char *link);

/*
 * Returns true if two URLs of one origin have the same path and query, whatever of
 * them is percent-encoded.
 */
extern bool pca_next_link_same_target(const char *a, const char *b);

/*
 * Returns the URL of the page after that of url, for a response that has a continuation
 * token instead of a next link (api-notes 2.13).  Current memory context.
 */
extern char *pca_next_link_seek_url(const char *url);

#endif							/* PCA_NEXT_LINK_H */
