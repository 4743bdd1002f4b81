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
 * (api-notes 2.13).  Returns the absolute URL in the current memory context;
 * NULL if it is no URL, or has another origin than base_url.
 */
extern char *pca_next_link_resolve(const char *base_url, const char *url, const char *link);

#endif							/* PCA_NEXT_LINK_H */
