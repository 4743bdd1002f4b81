/*
 * next_link.c
 *		Resolves a response's next link to a URL.
 *
 * Partner Center writes links in several ways: relative, from the root, with
 * and without the API's version before the path (api-notes 4.2).  A link must
 * not lead to another server, which would receive the access token.
 */
#include "postgres.h"

#include "http/curl_url.h"
#include "scan/next_link.h"

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

	if (rooted)
		link = resolve_rooted_link(base_url, url, link);
	joined = pca_curl_url_join(url, link);
	return joined && pca_curl_url_same_origin(joined, base_url) ? joined : NULL;
}
