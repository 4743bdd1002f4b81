/*
 * url_query.h
 *		Query parameters that a foreign table's option "query" gives.
 */
#ifndef PCA_URL_QUERY_H
#define PCA_URL_QUERY_H

#include "postgres.h"

#include "lib/stringinfo.h"

/*
 * Returns the reason why a text such as "a=b&c=d" is not valid as the option "query",
 * as a sentence for a hint; NULL if it is.  Static text.
 */
extern const char *pca_url_query_reason(const char *query);

/*
 * Append valid parameters, percent-encoded and in UTF-8, to a URL.  What is
 * percent-encoded already is not encoded again.
 */
extern void pca_url_query_encode(StringInfo url, const char *query);

#endif							/* PCA_URL_QUERY_H */
