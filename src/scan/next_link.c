/*
 * next_link.c
 *		Resolves a response's next link to a URL.
 *
 * Partner Center writes links in several ways: relative, from the root, with
 * and without the API's version before the path, and partly not encoded
 * (api-notes 4.2).  A link must not lead to another server, which would receive the
 * access token.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "http/curl_url.h"
#include "scan/next_link.h"

/* Parameter and value of a request for the page after the last one. */
#define PCA_NEXT_LINK_SEEK		"seekOperation=Next"

/* The value of a hexadecimal digit, or -1. */
static int
hex_digit_value(char c)
{
	const char *digits = "0123456789abcdef";
	const char *found = c != '\0' ? strchr(digits, pg_ascii_tolower((unsigned char) c)) : NULL;

	return found ? (int) (found - digits) : -1;
}

/* The byte of a percent-encoding at text, or -1 if there is none. */
static int
decode_percent(const char *text)
{
	int			high = text[0] == '%' ? hex_digit_value(text[1]) : -1;
	int			low = high >= 0 ? hex_digit_value(text[2]) : -1;

	return low >= 0 ? high << 4 | low : -1;
}

/* The part of a link after its scheme and authority, if it has them. */
static const char *
skip_authority(const char *link)
{
	size_t		scheme = strspn(link, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	if (strncmp(link + scheme, "://", 3) == 0)
		link += scheme + 1;
	if (strncmp(link, "//", 2) == 0)
		link += 2 + strcspn(link + 2, "/?#");
	return link;
}

/*
 * Returns true if a byte of a link must be percent-encoded.  In a query, also what
 * would end it, or is often left as it is in a filter.
 */
static bool
must_encode(const char *p, bool in_query)
{
	unsigned char c = (unsigned char) *p;

	if (c <= ' ' || c >= 0x7F)
		return true;
	if (!in_query)
		return false;
	return c == '%' ? decode_percent(p) < 0 : strchr("#\"<>\\^`{|}", c) != NULL;
}

/* A link with the characters encoded that a URL may not contain. */
static char *
encode_link(const char *link)
{
	const char *path = skip_authority(link);
	bool		in_query = false;
	StringInfoData url;

	initStringInfo(&url);
	appendBinaryStringInfo(&url, link, (int) (path - link));
	for (const char *p = path; *p; p++)
	{
		if (must_encode(p, in_query))
			appendStringInfo(&url, "%%%02X", (unsigned char) *p);
		else
			appendStringInfoChar(&url, *p);
		in_query |= *p == '?';
	}
	return url.data;
}

/* The length of an API version at the beginning of a path ("/v1"); 0: none. */
static size_t
api_version_length(const char *path)
{
	size_t		digits;

	if (strncmp(path, "/v", 2) != 0)
		return 0;
	digits = strspn(path + 2, "0123456789");
	return digits > 0 && path[2 + digits] == '/' ? 2 + digits : 0;
}

/* The URL of a link that begins at the API's root, which base_url names. */
static char *
resolve_rooted_link(const char *base_url, const char *url, const char *link)
{
	const char *path = url + strlen(base_url);
	size_t		version = api_version_length(link) > 0 ? 0 : api_version_length(path);

	return psprintf("%s%.*s%s", base_url, (int) version, path, link);
}

char *
pca_next_link_resolve(const char *base_url, const char *url, const char *link)
{
	/* "//host" and "/\host" name another host to some URL parsers */
	bool		rooted = link[0] == '/' && link[1] != '/' && link[1] != '\\' &&
		strncmp(url, base_url, strlen(base_url)) == 0;
	char	   *joined;

	link = encode_link(link);
	if (rooted)
		link = resolve_rooted_link(base_url, url, link);
	joined = pca_curl_url_join(url, link);
	return joined && pca_curl_url_same_origin(joined, base_url) ? joined : NULL;
}

bool
pca_next_link_same_target(const char *a, const char *b)
{
	a = skip_authority(a);
	b = skip_authority(b);
	while (*a && *b)
	{
		int			byte_a = decode_percent(a);
		int			byte_b = decode_percent(b);

		if ((byte_a >= 0 ? byte_a : (unsigned char) *a) != (byte_b >= 0 ? byte_b : (unsigned char) *b))
			return false;
		a += byte_a >= 0 ? 3 : 1;
		b += byte_b >= 0 ? 3 : 1;
	}
	return *a == *b;
}

char *
pca_next_link_seek_url(const char *url)
{
	if (strstr(url, PCA_NEXT_LINK_SEEK))
		return pstrdup(url);
	return psprintf("%s%s%s", url, strchr(url, '?') ? "&" : "?", PCA_NEXT_LINK_SEEK);
}
