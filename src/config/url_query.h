/*
 * url_query.h
 *		Query parameters that a foreign table's option "query" gives.
 */
#ifndef PCA_URL_QUERY_H
#define PCA_URL_QUERY_H

#include "postgres.h"

#include "lib/stringinfo.h"

/*
 * What is wrong with query parameters given as an option, such as "a=b&c=d", as a
 * sentence for a hint; or NULL when they are good.  Static text.
 */
extern const char *pca_url_query_reason(const char *query);

/*
 * Append the parameters, percent-encoded and in UTF-8, to a URL.  What is
 * percent-encoded already is not encoded again.  They must be good.
 */
extern void pca_url_query_encode(StringInfo url, const char *query);

#endif							/* PCA_URL_QUERY_H */
