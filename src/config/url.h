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
 * Append a text in the server encoding, converted to UTF-8 and percent-encoded: every
 * byte except for unreserved characters becomes %XX.  Errors: those of PostgreSQL's
 * conversion.
 */
extern void pca_url_encode(StringInfo url, const char *text);

/*
 * Returns true if the text can be sent: it can be converted from the server encoding
 * to UTF-8.  In a database in SQL_ASCII, it is UTF-8.
 */
extern bool pca_url_can_encode(const char *text);

/*
 * Returns the number of bytes that pca_url_encode() would append for that text; an
 * estimate if it cannot be encoded.
 */
extern size_t pca_url_encoded_length(const char *text);

/*
 * Returns the reason why a text is not a base URL (scheme, host, optional port and
 * path, nothing else), as a part of a sentence for an error's detail; NULL if it is
 * one.  Static text.
 */
extern const char *pca_url_reason(const char *url);

/*
 * Returns the reason why a text is not valid as the option "path", or NULL if it is:
 * it must start with one "/" and have no "?", "#", "@", backslash, dot segment, white
 * space or control character.  Static text.
 */
extern const char *pca_url_path_reason(const char *path);

/* Returns true if the URL's scheme is plain http. */
extern bool pca_url_is_plain_http(const char *url);

/*
 * Returns true if the URL's host is written as a loopback address: "localhost",
 * 127.0.0.0/8 or [::1].  No name is resolved.
 */
extern bool pca_url_is_loopback(const char *url);

/* Returns the URL's host in lower case, without port and brackets; palloc'd. */
extern char *pca_url_host(const char *url);

/* Returns true for labels of letters, digits, "-" and "_" with dots between them. */
extern bool pca_url_is_domain(const char *text);

/* Returns true for what pca_url_host() may return: a domain, or an IPv4 or IPv6 address. */
extern bool pca_url_is_host(const char *text);

#endif							/* PCA_URL_H */
