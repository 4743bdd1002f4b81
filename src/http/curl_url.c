/*
 * curl_url.c
 *		Parses, joins and compares URLs with libcurl's URL parser, and its dates.
 */
#include "postgres.h"

#include <curl/curl.h>

#include "http/curl_url.h"
#include "http/secure_alloc.h"

/* The copy of a part of a URL could not be allocated. */
static bool part_alloc_failed = false;

/* Raise an error if a URL could not be parsed only because out of memory. */
static void
raise_alloc_failure(void)
{
	bool		failed = part_alloc_failed;

	part_alloc_failed = false;
	if (pca_secure_alloc_has_failed() || failed)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
}

/* Parse reference, if there is one, relative to base; NULL if they are not valid. */
static CURLU *
parse_url(const char *base, const char *reference)
{
	CURLU	   *url = curl_url();
	unsigned int lenient = CURLU_URLENCODE | CURLU_ALLOW_SPACE;
	CURLUcode	rc = CURLUE_OUT_OF_MEMORY;

	if (url)
		rc = curl_url_set(url, CURLUPART_URL, base, 0);
	if (rc == CURLUE_OK && reference)
		rc = curl_url_set(url, CURLUPART_URL, reference, lenient);
	if (rc == CURLUE_OK)
		return url;
	curl_url_cleanup(url);
	return NULL;
}

/* Returns a part of a URL, palloc'd; NULL if it has none. */
static char *
get_url_part(CURLU *url, CURLUPart part, unsigned int flags)
{
	char	   *part_text;
	char	   *copy;

	if (curl_url_get(url, part, &part_text, flags) != CURLUE_OK)
		return NULL;
	copy = MemoryContextAllocExtended(CurrentMemoryContext, strlen(part_text) + 1,
									  MCXT_ALLOC_NO_OOM);
	if (copy)
		strcpy(copy, part_text);
	else
		part_alloc_failed = true;
	curl_free(part_text);
	return copy;
}

char *
pca_curl_url_join(const char *base, const char *reference)
{
	CURLU	   *url = parse_url(base, reference);
	char	   *joined = url ? get_url_part(url, CURLUPART_URL, CURLU_URLENCODE) : NULL;

	curl_url_cleanup(url);
	raise_alloc_failure();
	return joined;
}

/* Returns scheme://host:port of a URL in lower case; NULL if it is not valid. */
static char *
get_origin(const char *whole)
{
	CURLU	   *url = parse_url(whole, NULL);
	char	   *scheme;
	char	   *host;
	char	   *port;
	char	   *user;

	if (!url)
		return NULL;
	scheme = get_url_part(url, CURLUPART_SCHEME, 0);
	host = get_url_part(url, CURLUPART_HOST, 0);
	port = get_url_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	user = get_url_part(url, CURLUPART_USER, 0);
	curl_url_cleanup(url);
	if (!scheme || !host || !port || user)
		return NULL;
	for (char *p = host; *p; p++)
		*p = pg_ascii_tolower((unsigned char) *p);
	return psprintf("%s://%s:%s", scheme, host, port);
}

char *
pca_curl_url_origin(const char *url)
{
	char	   *origin = get_origin(url);

	raise_alloc_failure();
	return origin;
}

bool
pca_curl_url_same_origin(const char *a, const char *b)
{
	char	   *origin_a = get_origin(a);
	char	   *origin_b = get_origin(b);

	raise_alloc_failure();
	return origin_a && origin_b && strcmp(origin_a, origin_b) == 0;
}

int64
pca_curl_url_parse_date(const char *date)
{
	return curl_getdate(date, NULL);
}
