/*
 * page_parser.c
 *		Divides the bytes of a page into items as they arrive.
 *
 * A page is an object with one array of objects named Value or items (the
 * envelope).  Where the caller allows it, it may also be a bare array of objects, or
 * one object that is an item itself.  Anything else is an error, never an empty
 * page.
 *
 * scanner.c finds the end of a single value.  row_reader.c reads the items, and
 * paging.c checks that the pages of a scan fit together.
 */
#include "postgres.h"

#include "json/json.h"
#include "json/page_parser.h"
#include "json/scanner.h"

/* The state: what is expected at pos. */
typedef enum PageParserState
{
	AT_START,					/* byte order mark, [ or { */
	AT_FIRST_KEY,				/* a key or the end of the object */
	AT_KEY,						/* a key */
	IN_KEY,
	AT_COLON,
	AT_VALUE,					/* a member's value */
	IN_VALUE,
	AFTER_VALUE,				/* a comma or the end of the object */
	AT_FIRST_ITEM,				/* an item or the end of the array */
	AT_ITEM,					/* an item */
	IN_ITEM,
	AFTER_ITEM,					/* a comma or the end of the array */
	AT_END,						/* only white space */
	FAILED
} PageParserState;

/* The members of the envelope that are read. */
typedef enum EnvelopeMember
{
	MEMBER_OTHER,
	MEMBER_ITEMS,
	MEMBER_NEXT_LINK,
	MEMBER_LINKS,
	MEMBER_CONTINUATION_TOKEN,
	MEMBER_TOTAL_COUNT
} EnvelopeMember;

/* Their keys, of which the case of letters does not matter. */
static const struct
{
	const char *key;
	EnvelopeMember member;
}			envelope_keys[] =

{
	{"Value", MEMBER_ITEMS},
	{"items", MEMBER_ITEMS},
	{"@nextLink", MEMBER_NEXT_LINK},
	{"nextLink", MEMBER_NEXT_LINK},
	{"links", MEMBER_LINKS},
	{"continuationToken", MEMBER_CONTINUATION_TOKEN},
	{"TotalCount", MEMBER_TOTAL_COUNT}
};

struct PcaPageParser
{
	MemoryContext context;
	PcaJson    *json;			/* parses members of the envelope */
	int			bare_forms;		/* set of PcaPageForm */

	PageParserState state;
	size_t		pos;			/* offset of the next byte to read */
	int64		consumed_bytes; /* before the data of this call */

	PcaScanner	scanner;		/* of the value that pos is in, or of the last
								 * one */
	bool		is_flat;		/* it is a flat item, whose members follow */
	PcaFlatObject members;

	/* the envelope */
	bool		has_envelope;	/* the top level is an object */
	bool		maybe_bare;		/* it may still be a bare object */
	size_t		object_start;	/* offset of its brace, if maybe_bare */
	bool		bare;			/* it is a bare object */
	bool		items_seen;
	bool		total_seen;
	EnvelopeMember member;		/* the member that pos is in */
	PcaEnvelope envelope;
	char	   *next_link;		/* envelope.next_link points to it */
	char	   *continuation;	/* envelope.continuation points to it */
	char	   *body_token;		/* envelope.body_token points to it */

	char	   *error;
	bool		truncated;		/* the error is that the page ends early */
};

PcaPageParser *
pca_page_parser_create(MemoryContext context)
{
	PcaPageParser *parser = MemoryContextAllocZero(context, sizeof(PcaPageParser));

	parser->context = context;
	parser->json = pca_json_create(context);
	pca_page_parser_reset(parser, 0);
	return parser;
}

void
pca_page_parser_reset(PcaPageParser *parser, int bare_forms)
{
	PcaPageParser fresh = {0};

	if (parser->next_link)
		pfree(parser->next_link);
	if (parser->continuation)
		pfree(parser->continuation);
	if (parser->body_token)
		pfree(parser->body_token);
	if (parser->error)
		pfree(parser->error);
	fresh.context = parser->context;
	fresh.json = parser->json;
	fresh.bare_forms = bare_forms;
	fresh.envelope.total_count = -1;
	*parser = fresh;
}

/* Record the reason why the page is not valid at pos. */
static void
set_page_error(PcaPageParser *parser, const char *reason)
{
	MemoryContext old = MemoryContextSwitchTo(parser->context);

	parser->error = psprintf("%s (at byte " INT64_FORMAT ")", reason,
							 parser->consumed_bytes + (int64) parser->pos);
	parser->state = FAILED;
	MemoryContextSwitchTo(old);
}

/* Parse the value that ends at pos; returns NULL if it is not valid. */
static const PcaJsonValue *
parse_envelope_value(PcaPageParser *parser, const char *data)
{
	const char *error;
	const PcaJsonValue *value;

	value = pca_json_parse_lenient(parser->json, data + parser->scanner.start,
								   parser->pos - parser->scanner.start, PCA_SCANNER_MAX_DEPTH, &error);
	if (!value)
		set_page_error(parser, error);
	return value;
}

/* Look up the key that ends at pos. */
static void
read_envelope_key(PcaPageParser *parser, const char *data)
{
	const PcaJsonValue *value = parse_envelope_value(parser, data);
	const char *key;

	if (!value)
		return;
	/* invalid text keeps its mark, and is equal to none of them */
	key = pca_json_invalid_text(value) ? "" : pca_json_text(parser->json, value);
	parser->member = MEMBER_OTHER;
	for (size_t i = 0; i < lengthof(envelope_keys); i++)
		if (pca_json_same_key(key, envelope_keys[i].key))
			parser->member = envelope_keys[i].member;
	parser->state = AT_COLON;
}

/* Read TotalCount: an integer as a number or as a string, or null. */
static void
read_total_count(PcaPageParser *parser, const PcaJsonValue *value)
{
	const char *text = pca_json_text(parser->json, value);

	if (parser->total_seen)
		set_page_error(parser, "it has TotalCount twice");
	else if (pca_json_kind(value) == PCA_JSON_NULL)
		parser->envelope.total_count = -1;
	else if (!text || *text == '\0' || strlen(text) > PCA_SCANNER_PLAIN_DIGITS ||
			 strspn(text, "0123456789") != strlen(text))
		set_page_error(parser, "TotalCount is not a count");
	else
		parser->envelope.total_count = strtoll(text, NULL, 10);
	parser->total_seen = true;
}

/* Read @nextLink: a string or null; an empty string means null. */
static void
read_next_link(PcaPageParser *parser, const PcaJsonValue *value)
{
	PcaJsonKind kind = pca_json_kind(value);

	if (parser->envelope.next_link_seen)
		set_page_error(parser, "it has two next links");
	else if (kind != PCA_JSON_NULL && kind != PCA_JSON_STRING)
		set_page_error(parser, "@nextLink is not a string");
	else if (kind == PCA_JSON_STRING && *pca_json_text(parser->json, value))
		parser->next_link = MemoryContextStrdup(parser->context,
												pca_json_text(parser->json, value));
	parser->envelope.next_link = parser->next_link;
	parser->envelope.next_link_seen = true;
}

/* Find a member of the object of a next link; an error if the object has the key twice. */
static const PcaJsonValue *
find_link_member(PcaPageParser *parser, const PcaJsonValue *object, const char *key)
{
	const PcaJsonValue *duplicate;
	const PcaJsonValue *member = pca_json_only_member(object, key, &duplicate);

	if (!duplicate)
		return member;
	/* the first error counts */
	if (parser->state != FAILED)
		set_page_error(parser, psprintf("its next link has %s twice", key));
	return NULL;
}

/* Returns true if a text can be sent as the value of MS-ContinuationToken. */
static bool
is_header_value(const char *text)
{
	for (const char *p = text; *p; p++)
	{
		if (*p <= ' ' || *p > '~')
			return false;
	}
	return true;
}

/*
 * Read continuationToken, which the next request may have instead of a next link
 * (api-notes 2.13).
 */
static void
read_continuation_token(PcaPageParser *parser, const PcaJsonValue *value)
{
	const char *text = pca_json_kind(value) == PCA_JSON_STRING ? pca_json_text(parser->json, value) : NULL;

	if (parser->envelope.has_body_token)
		set_page_error(parser, "it has continuationToken twice");
	else if (pca_json_kind(value) == PCA_JSON_NULL || (text && *text == '\0'))
		return;
	else if (text && is_header_value(text))
		parser->body_token = MemoryContextStrdup(parser->context, text);
	parser->envelope.body_token = parser->body_token;
	parser->envelope.has_body_token = true;
}

/*
 * Read one of the headers of a next link.  MS-ContinuationToken must be sent with
 * the link's request (api-notes 2.13); others are ignored.
 */
static void
read_link_header(PcaPageParser *parser, const PcaJsonValue *header)
{
	const PcaJsonValue *key = find_link_member(parser, header, "key");
	const PcaJsonValue *value = find_link_member(parser, header, "value");
	const char *name = key ? pca_json_text(parser->json, key) : NULL;
	const char *text = value ? pca_json_text(parser->json, value) : NULL;

	if (!name || !text || pg_strcasecmp(name, "MS-ContinuationToken") != 0)
		return;
	if (!is_header_value(text))
		set_page_error(parser, "its MS-ContinuationToken cannot be sent as a header");
	else if (parser->continuation && strcmp(parser->continuation, text) != 0)
		set_page_error(parser, "its next link has two MS-ContinuationTokens");
	else if (!parser->continuation && *text)
		parser->continuation = MemoryContextStrdup(parser->context, text);
	parser->envelope.continuation = parser->continuation;
}

/* Read links.next: the URI of a GET request and the headers that it must have. */
static void
read_links(PcaPageParser *parser, const PcaJsonValue *links)
{
	const PcaJsonValue *next = find_link_member(parser, links, "next");
	const PcaJsonValue *uri = next ? find_link_member(parser, next, "uri") : NULL;
	const PcaJsonValue *method = next ? find_link_member(parser, next, "method") : NULL;
	const PcaJsonValue *headers = next ? find_link_member(parser, next, "headers") : NULL;
	const char *method_name = method ? pca_json_text(parser->json, method) : NULL;
	const PcaJsonValue *header = NULL;

	if (!next || pca_json_kind(next) == PCA_JSON_NULL || parser->state == FAILED)
		return;
	if (pca_json_invalid_text(next))
		set_page_error(parser, pca_json_invalid_text(next));
	else if (!uri || pca_json_kind(uri) != PCA_JSON_STRING || !*pca_json_text(parser->json, uri))
		set_page_error(parser, "its next link has no uri");
	else if (method_name && pg_strcasecmp(method_name, "GET") != 0)
		set_page_error(parser, "its next link is not a GET");
	else
		read_next_link(parser, uri);
	if (headers && pca_json_kind(headers) == PCA_JSON_ARRAY)
		header = pca_json_first(headers);
	for (; header && parser->state != FAILED; header = pca_json_next(header))
		read_link_header(parser, header);
}

/* Read the member's value that ends at pos. */
static void
read_envelope_member(PcaPageParser *parser, const char *data)
{
	const PcaJsonValue *value = parse_envelope_value(parser, data);

	if (!value)
		return;
	parser->state = AFTER_VALUE;
	/* of links, only a part is read */
	if ((parser->member == MEMBER_TOTAL_COUNT || parser->member == MEMBER_NEXT_LINK) &&
		pca_json_invalid_text(value))
		set_page_error(parser, pca_json_invalid_text(value));
	else if (parser->member == MEMBER_TOTAL_COUNT)
		read_total_count(parser, value);
	else if (parser->member == MEMBER_NEXT_LINK)
		read_next_link(parser, value);
	else if (parser->member == MEMBER_LINKS)
		read_links(parser, value);
	else if (parser->member == MEMBER_CONTINUATION_TOKEN)
		read_continuation_token(parser, value);
}

/* Consume the byte at pos, and enter that state. */
static void
consume_byte(PcaPageParser *parser, PageParserState state)
{
	parser->state = state;
	parser->pos++;
}

/* Begin a value at pos, whose first byte is c. */
static void
begin_page_value(PcaPageParser *parser, PageParserState state, char c)
{
	parser->state = state;
	parser->is_flat = false;
	pca_scanner_begin(&parser->scanner, parser->pos, c);
}

/* Begin the value of Value or items, which must be an array and the only one. */
static void
begin_item_array(PcaPageParser *parser, char c)
{
	if (parser->items_seen)
		set_page_error(parser, "it has more than one array of items");
	else if (c != '[')
		set_page_error(parser, "its Value (or items) is not an array");
	else
		consume_byte(parser, AT_FIRST_ITEM);
	parser->items_seen = true;
	parser->maybe_bare = false;
}

/* End the top-level object; returns true if it is a bare object. */
static bool
end_top_object(PcaPageParser *parser)
{
	consume_byte(parser, AT_END);
	if (parser->maybe_bare)
	{
		parser->maybe_bare = false;
		parser->bare = true;
		/* only its members were scanned */
		parser->scanner.plain = false;
		parser->scanner.start = parser->object_start;
		parser->is_flat = false;
		return true;
	}
	if (!parser->items_seen)
		set_page_error(parser, "it has no array named Value or items");
	return false;
}

/* Begin the top-level value. */
static void
begin_top_value(PcaPageParser *parser, char c)
{
	if (c == '{')
	{
		parser->has_envelope = true;
		parser->maybe_bare = (parser->bare_forms & PCA_PAGE_BARE_OBJECT) != 0;
		parser->object_start = parser->pos;
		consume_byte(parser, AT_FIRST_KEY);
	}
	else if (c == '[' && !(parser->bare_forms & PCA_PAGE_BARE_ARRAY))
		set_page_error(parser, "a bare array is not one of this resource's forms");
	else if (c == '[')
		consume_byte(parser, AT_FIRST_ITEM);
	else
		set_page_error(parser, "it is neither a JSON object nor a JSON array");
}

/*
 * Read the byte c at pos, which is outside values and not white space.  Returns
 * true if it ends a bare object.
 */
static bool
read_structural_byte(PcaPageParser *parser, char c)
{
	switch (parser->state)
	{
		case AT_START:
			begin_top_value(parser, c);
			break;
		case AT_FIRST_KEY:
		case AT_KEY:
			if (c == '"')
				begin_page_value(parser, IN_KEY, c);
			else if (c == '}' && parser->state == AT_FIRST_KEY)
				return end_top_object(parser);
			else
				set_page_error(parser, "a member's key is missing");
			break;
		case AT_COLON:
			if (c == ':')
				consume_byte(parser, AT_VALUE);
			else
				set_page_error(parser, "a colon is missing");
			break;
		case AT_VALUE:
			if (parser->member == MEMBER_ITEMS)
				begin_item_array(parser, c);
			else if (strchr("\"{[-0123456789tfn", c))
				begin_page_value(parser, IN_VALUE, c);
			else
				set_page_error(parser, "a member's value is missing");
			break;
		case AFTER_VALUE:
			if (c == ',')
				consume_byte(parser, AT_KEY);
			else if (c == '}')
				return end_top_object(parser);
			else
				set_page_error(parser, "a comma is missing");
			break;
		case AT_FIRST_ITEM:
		case AT_ITEM:
			if (c == '{')
				begin_page_value(parser, IN_ITEM, c);
			else if (c == ']' && parser->state == AT_FIRST_ITEM)
				consume_byte(parser, parser->has_envelope ? AFTER_VALUE : AT_END);
			else
				set_page_error(parser, "an item is not an object");
			break;
		case AFTER_ITEM:
			if (c == ',')
				consume_byte(parser, AT_ITEM);
			else if (c == ']')
				consume_byte(parser, parser->has_envelope ? AFTER_VALUE : AT_END);
			else
				set_page_error(parser, "a comma is missing");
			break;
		default:
			set_page_error(parser, "something follows its end");
	}
	return false;
}

/* Returns true if pos is inside a value that is being scanned. */
static bool
is_in_value(const PcaPageParser *parser)
{
	return parser->state == IN_ITEM || parser->state == IN_VALUE || parser->state == IN_KEY;
}

/* The offset of the first byte that is still needed. */
static size_t
first_needed_byte(const PcaPageParser *parser)
{
	if (parser->maybe_bare)
		return parser->object_start;
	return is_in_value(parser) ? parser->scanner.start : parser->pos;
}

/* Limit the bytes that the caller must keep; returns false if they are too many. */
static bool
check_item_size(PcaPageParser *parser)
{
	if (parser->pos - first_needed_byte(parser) <= PCA_PAGE_PARSER_MAX_ITEM)
		return true;
	set_page_error(parser, "a part of it is larger than 1 MB");
	return false;
}

/*
 * Try to read an item as a flat object, once: at its start.  Returns false if it
 * is not flat or not complete yet.
 */
static bool
read_flat_item(PcaPageParser *parser, const char *data, size_t length)
{
	const char *after;

	if (parser->state != IN_ITEM || parser->scanner.pos != parser->scanner.start)
		return false;
	after = pca_flat_object_read(&parser->members, data + parser->scanner.start, data + length);
	parser->is_flat = after != NULL;
	if (after)
		parser->scanner.pos = after - data;
	return parser->is_flat;
}

/*
 * Scan to the end of the value that pos is in, and read it if it is a key or a
 * member of the envelope.  Returns true at the end of an item.
 */
static bool
scan_page_value(PcaPageParser *parser, const char *data, size_t length)
{
	const char *error = NULL;
	PcaScannerResult result = PCA_SCANNER_DONE;

	if (!read_flat_item(parser, data, length))
		result = pca_scanner_advance(&parser->scanner, data, length, &error);

	parser->pos = parser->scanner.pos;
	if (result == PCA_SCANNER_ERROR)
		set_page_error(parser, error);
	else if (!check_item_size(parser) || result == PCA_SCANNER_MORE)
		return false;
	else if (parser->state == IN_KEY)
		read_envelope_key(parser, data);
	else if (parser->state == IN_VALUE)
		read_envelope_member(parser, data);
	else
	{
		parser->state = AFTER_ITEM;
		return true;
	}
	return false;
}

/*
 * Advance to the end of the next item, whose bytes are those from scanner.start
 * to pos.  Returns false if more bytes are needed or the page has no more items.
 */
static bool
advance_to_item(PcaPageParser *parser, const char *data, size_t length)
{
	while (parser->pos < length && parser->state != FAILED && check_item_size(parser))
	{
		if (is_in_value(parser))
		{
			if (scan_page_value(parser, data, length))
				return true;
		}
		else if (pca_scanner_is_space(data[parser->pos]))
			parser->pos++;
		else if (read_structural_byte(parser, data[parser->pos]))
			return true;
	}
	return false;
}

/* Skip a byte order mark; returns false if more bytes are needed to recognize it. */
static bool
skip_byte_order_mark(PcaPageParser *parser, const char *data, size_t length)
{
	static const char mark[] = {'\xEF', '\xBB', '\xBF'};

	if (parser->consumed_bytes > 0)
		return true;
	for (size_t i = 0; i < sizeof(mark); i++)
	{
		if (i == length)
			return false;
		if (data[i] != mark[i])
			return true;
	}
	parser->pos = sizeof(mark);
	return true;
}

/* Drop the bytes that are no longer needed, and return their number. */
static size_t
drop_consumed_bytes(PcaPageParser *parser)
{
	size_t		dropped = first_needed_byte(parser);

	parser->pos -= dropped;
	parser->scanner.pos = parser->pos;
	parser->scanner.start -= Min(parser->scanner.start, dropped);
	parser->object_start -= Min(parser->object_start, dropped);
	parser->consumed_bytes += dropped;
	return dropped;
}

PcaPageParserEvent
pca_page_parser_next(PcaPageParser *parser, const char *data, size_t length, bool eof,
					 PcaItem *item, size_t *consumed)
{
	*consumed = 0;
	if (!skip_byte_order_mark(parser, data, length) && !eof)
		return PCA_PAGE_PARSER_MORE;
	if (advance_to_item(parser, data, length))
	{
		item->data = data + parser->scanner.start;
		item->length = parser->pos - parser->scanner.start;
		item->plain = parser->scanner.plain;
		item->bare = parser->bare;
		item->members = parser->is_flat ? &parser->members : NULL;
		parser->envelope.items++;
		*consumed = drop_consumed_bytes(parser);
		return PCA_PAGE_PARSER_ITEM;
	}
	if (eof && parser->state != FAILED && parser->state != AT_END)
	{
		parser->truncated = true;
		set_page_error(parser, "it ends too early");
	}
	if (parser->state == FAILED)
		return PCA_PAGE_PARSER_ERROR;
	*consumed = drop_consumed_bytes(parser);
	return eof ? PCA_PAGE_PARSER_END : PCA_PAGE_PARSER_MORE;
}

const PcaEnvelope *
pca_page_parser_envelope(const PcaPageParser *parser)
{
	return &parser->envelope;
}

bool
pca_page_parser_is_bare(const PcaPageParser *parser)
{
	return parser->bare;
}

const char *
pca_page_parser_error(const PcaPageParser *parser, bool *truncated)
{
	*truncated = parser->truncated;
	return parser->error;
}
