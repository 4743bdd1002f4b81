/*
 * link.h
 *		Where an answer's next link leads.
 */
#ifndef PCA_LINK_H
#define PCA_LINK_H

#include "postgres.h"

/*
 * The URL of a next link in the answer to url; NULL when it does not stay with
 * base_url's origin, or is no URL.  A path without the version that url has
 * gets it (api-notes 2.13).  palloc'd.
 */
extern char *pca_link_url(const char *base_url, const char *url, const char *link);

#endif							/* PCA_LINK_H */
