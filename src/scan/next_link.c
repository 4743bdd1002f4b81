/*
 * next_link.c
 *		Where does an answer's next link lead?
 *
 * Partner Center writes links in several ways: relative, from the root, with
 * and without the API's version before the path (api-notes 4.2).
 * None of them may lead to another server.
 */
#include "postgres.h"

#include "http/http.h"
#include "scan/next_link.h"

/* The length of a version at the beginning of a path ("/v1"); 0: none is there. */
static size_t
version_length(const char *path)
{
	size_t		digits;

	if (strncmp(path, "/v", 2) != 0)
		return 0;
	digits = strspn(path + 2, "0123456789");
	return digits > 0 && path[2 + digits] == '/' ? 2 + digits : 0;
}

/* A link from the API's root, below base_url and the request's version. */
static char *
from_root(const char *base_url, const char *url, const char *link)
{
	const char *path = url + strlen(base_url);
	size_t		version = version_length(link) > 0 ? 0 : version_length(path);

	return psprintf("%s%.*s%s", base_url, (int) version, path, link);
}

char *
pca_next_link_resolve(const char *base_url, const char *url, const char *link)
{
	bool		rooted = link[0] == '/' && link[1] != '/' && link[1] != '\\' &&
		strncmp(url, base_url, strlen(base_url)) == 0;
	char	   *joined;

	if (rooted)
		link = from_root(base_url, url, link);
	joined = pca_curl_url_join(url, link);
	return joined && pca_curl_url_same_origin(joined, base_url) ? joined : NULL;
}
