/*
 * page_parser.c
 *		Where the items of an answer begin and end.
 *
 * An answer is a top-level array of objects, or an object with one array of
 * objects named Value or items, or (where the caller allows it) one object
 * that is an item itself.  Anything else is a fault, never an empty page.
 *
 * Where one value ends is asked in scanner.c, what an item means in row_reader.c, and
 * whether the pages of a scan fit together in paging.c.
 */
#include "postgres.h"

#include "json/json.h"
#include "json/page_parser.h"
#include "json/scanner.h"

/* What is expected next. */
typedef enum State
{
	AT_START,					/* byte order mark, [ or { */
	AT_FIRST_KEY,				/* a key, or the object's end */
	AT_KEY,						/* a key */
	IN_KEY,
	AT_COLON,
	AT_VALUE,					/* a member's value */
	IN_VALUE,
	AFTER_VALUE,				/* a comma, or the object's end */
	AT_FIRST_ITEM,				/* an item, or the array's end */
	AT_ITEM,					/* an item */
	IN_ITEM,
	AFTER_ITEM,					/* a comma, or the array's end */
	AT_TAIL,					/* nothing but white space */
	FAULTY
} State;

/* What a member of the envelope is. */
typedef enum Member
{
	MEMBER_OTHER,
	MEMBER_ITEMS,
	MEMBER_NEXT_LINK,
	MEMBER_LINKS,
	MEMBER_TOTAL_COUNT
} Member;

/* Keys of the envelope, in any case. */
static const struct
{
	const char *key;
	Member		member;
}			envelope_keys[] =

{
	{"Value", MEMBER_ITEMS},
	{"items", MEMBER_ITEMS},
	{"@nextLink", MEMBER_NEXT_LINK},
	{"nextLink", MEMBER_NEXT_LINK},
	{"links", MEMBER_LINKS},
	{"TotalCount", MEMBER_TOTAL_COUNT}
};

struct PcaPageParser
{
	MemoryContext context;
	PcaJson    *json;			/* for the envelope's members */
	bool		bare_object;

	State		state;
	size_t		pos;			/* the next byte to look at */
	int64		gone;			/* bytes consumed before the data of this call */

	PcaScanner	cut;			/* the value that pos is in, or the last one */
	bool		simple;			/* it is an item, and its members are known */
	PcaFlatObject members;

	/* the envelope */
	bool		enveloped;		/* the top level is an object */
	size_t		object_start;	/* where it began, while undecided */
	bool		undecided;		/* it may still turn out to be a bare object */
	bool		bare;			/* it did */
	bool		items_seen;
	bool		total_seen;
	Member		member;			/* whose value comes next */
	PcaEnvelope envelope;
	char	   *next_link;		/* what envelope.next_link points to */
	char	   *continuation;	/* and envelope.continuation */

	char	   *fault;
	bool		truncated;
};

PcaPageParser *
pca_page_parser_create(MemoryContext context, bool bare_object)
{
	PcaPageParser *page = MemoryContextAllocZero(context, sizeof(PcaPageParser));

	page->context = context;
	page->json = pca_json_create(context);
	page->bare_object = bare_object;
	pca_page_parser_reset(page);
	return page;
}

void
pca_page_parser_reset(PcaPageParser *page)
{
	PcaPageParser fresh = {0};

	if (page->next_link)
		pfree(page->next_link);
	if (page->continuation)
		pfree(page->continuation);
	if (page->fault)
		pfree(page->fault);
	fresh.context = page->context;
	fresh.json = page->json;
	fresh.bare_object = page->bare_object;
	fresh.envelope.total_count = -1;
	*page = fresh;
}

/* Record what is wrong at pos. */
static void
set_fault(PcaPageParser *page, const char *what)
{
	MemoryContext old = MemoryContextSwitchTo(page->context);

	page->fault = psprintf("%s (at byte " INT64_FORMAT ")", what,
						   page->gone + (int64) page->pos);
	page->state = FAULTY;
	MemoryContextSwitchTo(old);
}

/* The value before pos, parsed; NULL when it is faulty. */
static const PcaJsonValue *
parse_value(PcaPageParser *page, const char *data)
{
	const char *fault;
	const PcaJsonValue *value;

	value = pca_json_parse(page->json, data + page->cut.start,
						   page->pos - page->cut.start, PCA_SCANNER_MAX_DEPTH, &fault);
	if (!value)
		set_fault(page, fault);
	return value;
}

/* Find out which member of the envelope a key, a JSON string, is for. */
static void
take_key(PcaPageParser *page, const char *data)
{
	const PcaJsonValue *value = parse_value(page, data);
	const char *key;

	if (!value)
		return;
	key = pca_json_text(page->json, value);
	page->member = MEMBER_OTHER;
	for (size_t i = 0; i < lengthof(envelope_keys); i++)
		if (pca_json_same_key(key, envelope_keys[i].key))
			page->member = envelope_keys[i].member;
	page->state = AT_COLON;
}

/* Note TotalCount: digits, as a number or a string, or null. */
static void
take_total_count(PcaPageParser *page, const PcaJsonValue *value)
{
	const char *text = pca_json_text(page->json, value);

	if (page->total_seen)
		set_fault(page, "it has TotalCount twice");
	else if (pca_json_kind(value) == PCA_JSON_NULL)
		page->envelope.total_count = -1;
	else if (!text || *text == '\0' || strlen(text) > PCA_SCANNER_PLAIN_DIGITS ||
			 strspn(text, "0123456789") != strlen(text))
		set_fault(page, "TotalCount is not a count");
	else
		page->envelope.total_count = strtoll(text, NULL, 10);
	page->total_seen = true;
}

/* Note @nextLink: a string or null; an empty one is null. */
static void
take_next_link(PcaPageParser *page, const PcaJsonValue *value)
{
	PcaJsonKind kind = pca_json_kind(value);

	if (page->envelope.next_link_seen)
		set_fault(page, "it has two next links");
	else if (kind != PCA_JSON_NULL && kind != PCA_JSON_STRING)
		set_fault(page, "@nextLink is not a string");
	else if (kind == PCA_JSON_STRING && *pca_json_text(page->json, value))
		page->next_link = MemoryContextStrdup(page->context,
											  pca_json_text(page->json, value));
	page->envelope.next_link = page->next_link;
	page->envelope.next_link_seen = true;
}

/* The member of a next link's object; a fault where the object has the key twice. */
static const PcaJsonValue *
link_member(PcaPageParser *page, const PcaJsonValue *object, const char *key)
{
	const PcaJsonValue *again;
	const PcaJsonValue *member = pca_json_only_member(object, key, &again);

	if (!again)
		return member;
	if (page->state != FAULTY)
		set_fault(page, psprintf("its next link has %s twice", key));
	return NULL;
}

/* Note the header that a next link's request must bring (api-notes 2.13), if it is it. */
static void
take_link_header(PcaPageParser *page, const PcaJsonValue *header)
{
	const PcaJsonValue *key = link_member(page, header, "key");
	const PcaJsonValue *value = link_member(page, header, "value");
	const char *name = key ? pca_json_text(page->json, key) : NULL;
	const char *text = value ? pca_json_text(page->json, value) : NULL;

	if (!name || !text || pg_strcasecmp(name, "MS-ContinuationToken") != 0)
		return;
	for (const char *p = text; *p; p++)
	{
		if (*p <= ' ' || *p > '~')
		{
			set_fault(page, "its MS-ContinuationToken cannot be sent as a header");
			return;
		}
	}
	if (page->continuation && strcmp(page->continuation, text) != 0)
		set_fault(page, "its next link has two MS-ContinuationTokens");
	else if (!page->continuation && *text)
		page->continuation = MemoryContextStrdup(page->context, text);
	page->envelope.continuation = page->continuation;
}

/* Note links.next: a GET, with headers that it must bring. */
static void
take_links(PcaPageParser *page, const PcaJsonValue *links)
{
	const PcaJsonValue *next = link_member(page, links, "next");
	const PcaJsonValue *uri = next ? link_member(page, next, "uri") : NULL;
	const PcaJsonValue *method = next ? link_member(page, next, "method") : NULL;
	const PcaJsonValue *headers = next ? link_member(page, next, "headers") : NULL;
	const char *word = method ? pca_json_text(page->json, method) : NULL;
	const PcaJsonValue *header = NULL;

	if (!next || pca_json_kind(next) == PCA_JSON_NULL || page->state == FAULTY)
		return;
	if (!uri || pca_json_kind(uri) != PCA_JSON_STRING || !*pca_json_text(page->json, uri))
		set_fault(page, "its next link has no uri");
	else if (word && pg_strcasecmp(word, "GET") != 0)
		set_fault(page, "its next link is not a GET");
	else
		take_next_link(page, uri);
	if (headers && pca_json_kind(headers) == PCA_JSON_ARRAY)
		header = pca_json_first(headers);
	for (; header && page->state != FAULTY; header = pca_json_next(header))
		take_link_header(page, header);
}

/* A member's value is complete. */
static void
take_member(PcaPageParser *page, const char *data)
{
	const PcaJsonValue *value = parse_value(page, data);

	if (!value)
		return;
	page->state = AFTER_VALUE;
	if (page->member == MEMBER_TOTAL_COUNT)
		take_total_count(page, value);
	else if (page->member == MEMBER_NEXT_LINK)
		take_next_link(page, value);
	else if (page->member == MEMBER_LINKS)
		take_links(page, value);
}

/* Move to the state behind the byte at pos. */
static void
pass(PcaPageParser *page, State state)
{
	page->state = state;
	page->pos++;
}

/* Begin a value, whose first byte is c, at pos. */
static void
begin_value(PcaPageParser *page, State state, char c)
{
	page->state = state;
	page->simple = false;
	pca_scanner_begin(&page->cut, page->pos, c);
}

/* Begin the array of items, if it is one and the only one. */
static void
begin_items(PcaPageParser *page, char c)
{
	if (page->items_seen)
		set_fault(page, "it has more than one array of items");
	else if (c != '[')
		set_fault(page, "its Value (or items) is not an array");
	else
		pass(page, AT_FIRST_ITEM);
	page->items_seen = true;
	page->undecided = false;
}

/* The envelope's object ends here; true when it was a bare object. */
static bool
end_object(PcaPageParser *page)
{
	pass(page, AT_TAIL);
	if (page->undecided)
	{
		page->undecided = false;
		page->bare = true;
		page->cut.plain = false;
		page->cut.start = page->object_start;
		page->simple = false;
		return true;
	}
	if (!page->items_seen)
		set_fault(page, "it has no array named Value or items");
	return false;
}

/* Begin the top level. */
static void
begin_top(PcaPageParser *page, char c)
{
	if (c == '{')
	{
		page->enveloped = true;
		page->undecided = page->bare_object;
		page->object_start = page->pos;
		pass(page, AT_FIRST_KEY);
	}
	else if (c == '[')
		pass(page, AT_FIRST_ITEM);
	else
		set_fault(page, "it is neither a JSON object nor a JSON array");
}

/*
 * Take the byte c, no white space, at pos outside of tokens.  True when it
 * ends a bare object.
 */
static bool
take_byte(PcaPageParser *page, char c)
{
	switch (page->state)
	{
		case AT_START:
			begin_top(page, c);
			break;
		case AT_FIRST_KEY:
		case AT_KEY:
			if (c == '"')
				begin_value(page, IN_KEY, c);
			else if (c == '}' && page->state == AT_FIRST_KEY)
				return end_object(page);
			else
				set_fault(page, "a member's key is missing");
			break;
		case AT_COLON:
			if (c == ':')
				pass(page, AT_VALUE);
			else
				set_fault(page, "a colon is missing");
			break;
		case AT_VALUE:
			if (page->member == MEMBER_ITEMS)
				begin_items(page, c);
			else if (strchr("\"{[-0123456789tfn", c))
				begin_value(page, IN_VALUE, c);
			else
				set_fault(page, "a member's value is missing");
			break;
		case AFTER_VALUE:
			if (c == ',')
				pass(page, AT_KEY);
			else if (c == '}')
				return end_object(page);
			else
				set_fault(page, "a comma is missing");
			break;
		case AT_FIRST_ITEM:
		case AT_ITEM:
			if (c == '{')
				begin_value(page, IN_ITEM, c);
			else if (c == ']' && page->state == AT_FIRST_ITEM)
				pass(page, page->enveloped ? AFTER_VALUE : AT_TAIL);
			else
				set_fault(page, "an item is not an object");
			break;
		case AFTER_ITEM:
			if (c == ',')
				pass(page, AT_ITEM);
			else if (c == ']')
				pass(page, page->enveloped ? AFTER_VALUE : AT_TAIL);
			else
				set_fault(page, "a comma is missing");
			break;
		default:
			set_fault(page, "something follows its end");
	}
	return false;
}

/* Whether pos is inside of a value. */
static bool
in_value(const PcaPageParser *page)
{
	return page->state == IN_ITEM || page->state == IN_VALUE || page->state == IN_KEY;
}

/* The first byte that is still needed. */
static size_t
first_needed(const PcaPageParser *page)
{
	if (page->undecided)
		return page->object_start;
	return in_value(page) ? page->cut.start : page->pos;
}

/* Refuse to hold more than an item may have; false when it was refused. */
static bool
check_size(PcaPageParser *page)
{
	if (page->pos - first_needed(page) <= PCA_PAGE_PARSER_MAX_ITEM)
		return true;
	set_fault(page, "a part of it is larger than 1 MB");
	return false;
}

/*
 * The short way to the end of an item, tried once: when it begins.  False when
 * the item is not simple, or not there as a whole.
 */
static bool
walk_members(PcaPageParser *page, const char *data, size_t length)
{
	const char *behind;

	if (page->state != IN_ITEM || page->cut.pos != page->cut.start)
		return false;
	behind = pca_flat_object_read(&page->members, data + page->cut.start, data + length);
	page->simple = behind != NULL;
	if (behind)
		page->cut.pos = behind - data;
	return page->simple;
}

/*
 * Walk to the end of the value that pos is in, and take it.  True when it is
 * an item.
 */
static bool
walk_value(PcaPageParser *page, const char *data, size_t length)
{
	const char *fault = NULL;
	PcaScannerResult result = PCA_SCANNER_DONE;

	if (!walk_members(page, data, length))
		result = pca_scanner_advance(&page->cut, data, length, &fault);

	page->pos = page->cut.pos;
	if (result == PCA_SCANNER_ERROR)
		set_fault(page, fault);
	else if (!check_size(page) || result == PCA_SCANNER_MORE)
		return false;
	else if (page->state == IN_KEY)
		take_key(page, data);
	else if (page->state == IN_VALUE)
		take_member(page, data);
	else
	{
		page->state = AFTER_ITEM;
		return true;
	}
	return false;
}

/* Go on to the next item, which then stands from start to pos; false: none. */
static bool
advance(PcaPageParser *page, const char *data, size_t length)
{
	while (page->pos < length && page->state != FAULTY && check_size(page))
	{
		if (in_value(page))
		{
			if (walk_value(page, data, length))
				return true;
		}
		else if (pca_scanner_is_space(data[page->pos]))
			page->pos++;
		else if (take_byte(page, data[page->pos]))
			return true;
	}
	return false;
}

/* Skip a byte order mark; false when it is not there as a whole. */
static bool
skip_mark(PcaPageParser *page, const char *data, size_t length)
{
	static const char mark[] = {'\xEF', '\xBB', '\xBF'};

	if (page->gone > 0)
		return true;
	for (size_t i = 0; i < sizeof(mark); i++)
	{
		if (i == length)
			return false;
		if (data[i] != mark[i])
			return true;
	}
	page->pos = sizeof(mark);
	return true;
}

/* Let go of the bytes that are not needed; returns how many. */
static size_t
release(PcaPageParser *page)
{
	size_t		gone = first_needed(page);

	page->pos -= gone;
	page->cut.pos = page->pos;
	page->cut.start -= Min(page->cut.start, gone);
	page->object_start -= Min(page->object_start, gone);
	page->gone += gone;
	return gone;
}

PcaPageParserEvent
pca_page_parser_next(PcaPageParser *page, const char *data, size_t length, bool eof,
					 PcaItem *item, size_t *consumed)
{
	*consumed = 0;
	if (!skip_mark(page, data, length) && !eof)
		return PCA_PAGE_PARSER_MORE;
	if (advance(page, data, length))
	{
		item->data = data + page->cut.start;
		item->length = page->pos - page->cut.start;
		item->plain = page->cut.plain;
		item->bare = page->bare;
		item->members = page->simple ? &page->members : NULL;
		page->envelope.items++;
		*consumed = release(page);
		return PCA_PAGE_PARSER_ITEM;
	}
	if (eof && page->state != FAULTY && page->state != AT_TAIL)
	{
		page->truncated = true;
		set_fault(page, "it ends too early");
	}
	if (page->state == FAULTY)
		return PCA_PAGE_PARSER_ERROR;
	*consumed = release(page);
	return eof ? PCA_PAGE_PARSER_END : PCA_PAGE_PARSER_MORE;
}

const PcaEnvelope *
pca_page_parser_envelope(const PcaPageParser *page)
{
	return &page->envelope;
}

bool
pca_page_parser_is_bare(const PcaPageParser *page)
{
	return page->bare;
}

const char *
pca_page_parser_error(const PcaPageParser *page, bool *truncated)
{
	*truncated = page->truncated;
	return page->fault;
}
