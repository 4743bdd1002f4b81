/*
 * curl_url.h
 *		Parses, joins and compares URLs with libcurl's URL parser, and its dates.
 *
 * A URL with a user name in it has no origin.  The functions raise an error if out
 * of memory.
 */
#ifndef PCA_CURL_URL_H
#define PCA_CURL_URL_H

#include "postgres.h"

/*
 * Returns the absolute URL of reference, relative to base, with spaces encoded;
 * NULL if they do not make a valid one.  palloc'd.
 */
extern char *pca_curl_url_join(const char *base, const char *reference);

/*
 * Returns scheme://host:port of a URL, in lower case; NULL if it has no origin.
 * palloc'd.
 */
extern char *pca_curl_url_origin(const char *url);

/*
 * Returns true if both URLs are valid and have the same scheme, host and port.
 */
extern bool pca_curl_url_same_origin(const char *a, const char *b);

/*
 * Returns an HTTP date (RFC 9110, section 5.6.7) in seconds since 1970; -1 if the
 * text is not one.
 */
extern int64 pca_curl_url_parse_date(const char *date);

#endif							/* PCA_CURL_URL_H */
