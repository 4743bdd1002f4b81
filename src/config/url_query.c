/*
 * url_query.c
 *		Query parameters that a foreign table's option "query" gives.
 *
 * The option is written as in a URL, but need not be percent-encoded.  It must not
 * name a parameter that requests have by themselves (api-notes 3.1): it would not be
 * known which of the two the API uses.
 */
#include "postgres.h"

#include "common/string.h"
#include "mb/pg_wchar.h"
#include "nodes/pg_list.h"

#include "config/url.h"
#include "config/url_query.h"

/* Parameters of the API that requests may have, in any case. */
static const char *const reserved_names[] = {
	"top", "skip", "size", "filter", "groupby", "processedDateTime", "aggregationLevel",
	"orderby", "seekOperation"
};

#define REASON_FORM		"Write the parameters as in \"a=b&c=d\", each with a name."
#define REASON_PERCENT	"A percent sign must be followed by two hexadecimal digits; write \"%25\" for a percent sign."
#define REASON_BYTES	"The parameters must be text without control characters."

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : pg_ascii_tolower((unsigned char) c) - 'a' + 10;
}

/*
 * Returns a part of the parameters, UTF-8, without its percent-encoding, in the server
 * encoding; NULL with *reason set if it is not valid.
 */
static char *
decode_query_part(const char *part, size_t length, const char **reason)
{
	char	   *decoded = palloc(length + 1);
	char	   *end = decoded;

	for (const char *p = part; p < part + length; p++)
	{
		*end = *p;
		if (*p == '%')
		{
			*reason = REASON_PERCENT;
			if (part + length - p < 3 || !isxdigit((unsigned char) p[1]) || !isxdigit((unsigned char) p[2]))
				return NULL;
			*end = (char) (hex_digit(p[1]) * 16 + hex_digit(p[2]));
			p += 2;
		}
		*reason = REASON_BYTES;
		if ((unsigned char) *end < ' ' || *end == 0x7f)
			return NULL;
		end++;
	}
	*end = '\0';
	if (!pg_verify_mbstr(PG_UTF8, decoded, (int) (end - decoded), true))
		return NULL;
	*reason = NULL;
	return decoded;
}

/* Returns the reason why a parameter may not have that name; names: those before it. */
static const char *
name_reason(const char *name, List *names)
{
	ListCell   *lc;

	for (size_t i = 0; i < lengthof(reserved_names); i++)
		if (pg_strcasecmp(name, reserved_names[i]) == 0)
			return "The parameters top, skip, size, filter, groupby, processedDateTime, aggregationLevel, orderby and seekOperation are set by the extension.";
	foreach(lc, names)
	{
		if (pg_strcasecmp(name, lfirst(lc)) == 0)
			return "A parameter may be given once.";
	}
	return NULL;
}

/* Append a text that is UTF-8 already, percent-encoded. */
static void
append_encoded(StringInfo url, const char *utf8)
{
	for (const char *p = utf8; *p; p++)
	{
		if (pca_url_is_unreserved((unsigned char) *p))
			appendStringInfoChar(url, *p);
		else
			appendStringInfo(url, "%%%02X", (unsigned char) *p);
	}
}

/*
 * Read one parameter, append it to url unless that is NULL, and add its name to the
 * list.  Returns the reason why it is not valid, or NULL.
 */
static const char *
read_parameter(const char *text, size_t length, List **names, StringInfo url)
{
	const char *equals = memchr(text, '=', length);
	const char *reason = REASON_FORM;
	char	   *name;
	char	   *value;

	if (!equals || equals == text)
		return reason;
	name = decode_query_part(text, equals - text, &reason);
	if (!reason)
		reason = name_reason(name, *names);
	if (reason)
		return reason;
	value = decode_query_part(equals + 1, length - (equals + 1 - text), &reason);
	if (reason)
		return reason;
	*names = lappend(*names, name);
	if (url)
	{
		append_encoded(url, name);
		appendStringInfoChar(url, '=');
		append_encoded(url, value);
	}
	return NULL;
}

/* Read all parameters, as read_parameter() does. */
static const char *
read_query(const char *query, StringInfo url)
{
	const char *reason = NULL;
	List	   *names = NIL;
	const char *p;

	if (*query == '?')
		return "Leave out the \"?\".";
	if (strchr(query, '#'))
		return "Write \"%23\" for a \"#\".";
	if (!pca_url_can_encode(query))
		return REASON_BYTES;
	for (p = pg_server_to_any(query, strlen(query), PG_UTF8); !reason; p++)
	{
		size_t		length = strcspn(p, "&");

		reason = read_parameter(p, length, &names, url);
		p += length;
		if (*p == '\0')
			break;
		if (url)
			appendStringInfoChar(url, '&');
	}
	return reason;
}

const char *
pca_url_query_reason(const char *query)
{
	return read_query(query, NULL);
}

void
pca_url_query_encode(StringInfo url, const char *query)
{
	(void) read_query(query, url);
}
