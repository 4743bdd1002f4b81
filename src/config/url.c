/*
 * url.c
 *		Percent-encoding, and the checks of URLs and paths given as options.
 *
 * The checks must hold when an option is set, without a connection.  Whole URLs
 * are parsed and joined by libcurl, in curl_url.c.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "common/string.h"
#include "mb/pg_wchar.h"

#include "config/url.h"

bool
pca_url_is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

static bool
is_space_or_control(unsigned char c)
{
	return c <= ' ' || c == 0x7f;
}

static char *
convert_to_utf8(const char *text)
{
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

bool
pca_url_can_encode(const char *text)
{
	int			encoding = GetDatabaseEncoding();
	int			length = strlen(text);
	size_t		size = (size_t) length * MAX_CONVERSION_GROWTH + 1;
	Oid			conversion;
	char	   *converted;
	bool		complete;

	if (encoding == PG_UTF8 || pg_is_ascii(text))
		return true;
	if (encoding == PG_SQL_ASCII)
		return pg_verify_mbstr(PG_UTF8, text, length, true);
	conversion = FindDefaultConversionProc(encoding, PG_UTF8);
	if (!OidIsValid(conversion))
		return false;
	converted = palloc(size);
	complete = pg_do_encoding_conversion_buf(conversion, encoding, PG_UTF8,
											 (unsigned char *) unconstify(char *, text), length,
											 (unsigned char *) converted, size, true) == length;
	pfree(converted);
	return complete;
}

void
pca_url_encode(StringInfo url, const char *text)
{
	for (const char *p = convert_to_utf8(text); *p; p++)
	{
		if (pca_url_is_unreserved((unsigned char) *p))
			appendStringInfoChar(url, *p);
		else
			appendStringInfo(url, "%%%02X", (unsigned char) *p);
	}
}

size_t
pca_url_encoded_length(const char *text)
{
	size_t		length = 0;

	/* when planning, a value that will not be sent may be among others */
	if (!pca_url_can_encode(text))
		return 3 * strlen(text);
	for (const char *p = convert_to_utf8(text); *p; p++)
		length += pca_url_is_unreserved((unsigned char) *p) ? 1 : 3;
	return length;
}

/* Returns the part after "scheme://", or NULL if the scheme is neither http nor https. */
static const char *
find_authority(const char *url)
{
	if (pg_strncasecmp(url, "https://", 8) == 0)
		return url + 8;
	if (pg_strncasecmp(url, "http://", 7) == 0)
		return url + 7;
	return NULL;
}

/* Returns the reason why "host[:port]" or "[v6][:port]" is not valid, or NULL. */
static const char *
authority_reason(const char *authority, size_t length)
{
	const char *end = authority + length;
	const char *p = authority;

	if (length > 0 && *p == '[')
	{
		p++;
		while (p < end && (isxdigit((unsigned char) *p) || *p == ':' || *p == '.'))
			p++;
		if (p == end || *p != ']' || p == authority + 1)
			return "The address in brackets is not complete.";
		p++;
	}
	else
	{
		while (p < end && pca_url_is_unreserved((unsigned char) *p))
			p++;
		if (p == authority)
			return "It names no host.";
	}
	if (p == end)
		return NULL;
	if (*p != ':' || p + 1 == end || end - p > 6)
		return "The host name is not valid.";
	for (p++; p < end; p++)
		if (!isdigit((unsigned char) *p))
			return "The port is not a number.";
	return NULL;
}

const char *
pca_url_reason(const char *url)
{
	const char *authority = find_authority(url);
	size_t		length;

	if (!authority)
		return "It must start with \"https://\" or \"http://\".";
	for (const char *p = url; *p; p++)
		if (is_space_or_control((unsigned char) *p) || *p == '\\')
			return "It has a space, a control character or a backslash.";
	if (strpbrk(authority, "?#"))
		return "It must have no query (\"?\") and no fragment (\"#\").";
	if (strchr(authority, '@'))
		return "It must have no user name or password: server options can be read by everyone.";
	length = strcspn(authority, "/");
	if (authority[length] == '/' && authority[length + 1] != '\0' &&
		pca_url_path_reason(authority + length))
		return pca_url_path_reason(authority + length);
	return authority_reason(authority, length);
}

/* Returns true if the path has a "." or ".." segment, also percent-encoded. */
static bool
has_dot_segment(const char *path)
{
	const char *segment = path;

	while (segment && *segment == '/')
	{
		const char *p = segment + 1;
		int			dots = 0;

		for (;;)
		{
			if (*p == '.')
				p++;
			else if (pg_strncasecmp(p, "%2e", 3) == 0)
				p += 3;
			else
				break;
			dots++;
		}
		if ((dots == 1 || dots == 2) && (*p == '/' || *p == '\0'))
			return true;
		segment = strchr(segment + 1, '/');
	}
	return false;
}

const char *
pca_url_path_reason(const char *path)
{
	if (path[0] != '/' || path[1] == '/')
		return "A path must start with one \"/\".";
	for (const char *p = path; *p; p++)
	{
		if (is_space_or_control((unsigned char) *p) || strchr("?#@\\", *p))
			return "A path must have no \"?\", \"#\", \"@\", backslash, space or control character.";
		if (IS_HIGHBIT_SET(*p))
			return "A path must be ASCII; percent-encode what is not.";
	}
	if (has_dot_segment(path))
		return "A path must have no \".\" or \"..\" segment.";
	return NULL;
}

bool
pca_url_is_plain_http(const char *url)
{
	return pg_strncasecmp(url, "http://", 7) == 0;
}

char *
pca_url_host(const char *url)
{
	const char *authority = find_authority(url);
	size_t		length;
	char	   *host;

	if (!authority)
		return pstrdup("");
	if (*authority == '[')
	{
		authority++;
		length = strcspn(authority, "]");
	}
	else
		length = strcspn(authority, ":/");
	host = pnstrdup(authority, length);
	for (char *p = host; *p; p++)
		*p = pg_tolower((unsigned char) *p);
	return host;
}

bool
pca_url_is_domain(const char *text)
{
	size_t		length = 0;		/* of the label */

	for (const char *p = text; *p; p++)
	{
		if (*p == '.' && length == 0)
			return false;
		if (IS_HIGHBIT_SET(*p) || (!isalnum((unsigned char) *p) && !strchr(".-_", *p)))
			return false;
		length = *p == '.' ? 0 : length + 1;
	}
	return *text != '\0';
}

bool
pca_url_is_host(const char *text)
{
	const char *colon = strchr(text, ':');

	/* an IPv6 address; with a single colon, it would be a host and a port */
	if (colon && strchr(colon + 1, ':'))
		return text[strspn(text, "0123456789abcdefABCDEF:.")] == '\0';
	return pca_url_is_domain(text);
}

/* Returns true if the host is written as four numbers up to 255, the first of them 127. */
static bool
is_loopback_ipv4(const char *host)
{
	const char *p = host;

	for (int i = 0; i < 4; i++)
	{
		size_t		digits = strspn(p, "0123456789");

		if (digits == 0 || digits > 3 || atoi(p) > 255 || (i == 0 && atoi(p) != 127) ||
			p[digits] != (i < 3 ? '.' : '\0'))
			return false;
		p += digits + 1;
	}
	return true;
}

bool
pca_url_is_loopback(const char *url)
{
	char	   *host = pca_url_host(url);
	bool		loopback = strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
		is_loopback_ipv4(host);

	pfree(host);
	return loopback;
}
