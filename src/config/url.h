/*
 * url.h
 *		Percent-encoding, and the checks of URLs and paths given as options.
 */
#ifndef PCA_URL_H
#define PCA_URL_H

#include "postgres.h"

#include "lib/stringinfo.h"

/* Returns true for the unreserved characters of RFC 3986, which need no encoding. */
extern bool pca_url_is_unreserved(unsigned char c);

/*
 * Append the text percent-encoded: every byte but the unreserved characters
 * of RFC 3986 becomes %XX, a space %20.  The text is in the server encoding
 * and is sent as UTF-8; converting may raise PostgreSQL's own error.
 */
extern void pca_url_encode(StringInfo url, const char *text);

/*
 * Returns true if the text can be sent: it can be converted from the server encoding
 * to UTF-8.  In a database in SQL_ASCII, it is UTF-8.
 */
extern bool pca_url_can_encode(const char *text);

/*
 * The number of bytes that pca_url_encode() would append for that text; an estimate
 * if it cannot be encoded.
 */
extern size_t pca_url_encoded_length(const char *text);

/*
 * What is wrong with a base URL (scheme, host, optional port and path, nothing
 * else), as a sentence fragment for an error's detail, or NULL when it is
 * good.  Static text.
 */
extern const char *pca_url_reason(const char *url);

/*
 * What is wrong with a path given as an option: it must start with one "/" and
 * have no "?", "#", "@", backslash, dot segment, white space or control
 * character; or NULL when it is good.  Static text.
 */
extern const char *pca_url_path_reason(const char *path);

/* True when the URL's scheme is plain http. */
extern bool pca_url_is_plain_http(const char *url);

/*
 * True when the URL's host is written as a loopback address: "localhost",
 * 127.0.0.0/8 or [::1].  Nothing is resolved.
 */
extern bool pca_url_is_loopback(const char *url);

/* The URL's host in lower case, without port and brackets; palloc'd. */
extern char *pca_url_host(const char *url);

#endif							/* PCA_URL_H */
