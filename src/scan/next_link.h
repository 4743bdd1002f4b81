/*
 * next_link.h
 *		Where an answer's next link leads.
 */
#ifndef PCA_NEXT_LINK_H
#define PCA_NEXT_LINK_H

#include "postgres.h"

/*
 * The URL of a next link in the answer to url; NULL when it does not stay with
 * base_url's origin, or is no URL.  A path without the version that url has
 * gets it (api-notes 2.13).  palloc'd.
 */
extern char *pca_next_link_resolve(const char *base_url, const char *url, const char *link);

#endif							/* PCA_NEXT_LINK_H */
