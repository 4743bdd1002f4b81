/*
 * page.c
 *		Where the items of an answer begin and end.
 *
 * An answer is a top-level array of objects, or an object with one array of
 * objects named Value or items, or (where the caller allows it) one object
 * that is an item itself.  The bytes are walked once, as they arrive: strings
 * are jumped through by memchr, and of an item only brackets and numbers are
 * looked at.  Anything else than these forms is a fault, never an empty page.
 *
 * Whether an item is good JSON, and what it means, is asked in json.c and
 * row.c; whether the pages of a scan fit together in fetch.c.
 */
#include "postgres.h"

#include "json.h"
#include "page.h"

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
	{"TotalCount", MEMBER_TOTAL_COUNT}
};

struct PcaPage
{
	MemoryContext context;
	PcaJson    *json;			/* for the envelope's members */
	bool		bare_object;

	State		state;
	size_t		pos;			/* the next byte to look at */
	int64		gone;			/* bytes consumed before the data of this call */

	/* the token that pos is in */
	size_t		start;			/* where it began */
	bool		scalar;			/* a number or a word */
	bool		in_string;
	bool		plain;			/* see PcaItem */
	int			depth;
	uint64		kinds;			/* of the open brackets, innermost lowest: 1 is { */

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

	char	   *fault;
	bool		truncated;
};

/* A byte's meaning outside of strings. */
typedef enum ByteClass
{
	PASS,
	QUOTE,
	BRACKET,
	NUMBER
} ByteClass;

static const uint8 byte_class[256] =
{
	['"'] = QUOTE,
	['{'] = BRACKET,
	['['] = BRACKET,
	['}'] = BRACKET,
	[']'] = BRACKET,
	['-'] = NUMBER,
	['0'] = NUMBER,
	['1'] = NUMBER,
	['2'] = NUMBER,
	['3'] = NUMBER,
	['4'] = NUMBER,
	['5'] = NUMBER,
	['6'] = NUMBER,
	['7'] = NUMBER,
	['8'] = NUMBER,
	['9'] = NUMBER
};

/* JSON's white space. */
static inline bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

PcaPage *
pca_page_create(MemoryContext context, bool bare_object)
{
	PcaPage    *page = MemoryContextAllocZero(context, sizeof(PcaPage));

	page->context = context;
	page->json = pca_json_create(context);
	page->bare_object = bare_object;
	pca_page_reset(page);
	return page;
}

void
pca_page_reset(PcaPage *page)
{
	PcaPage		fresh = {0};

	if (page->next_link)
		pfree(page->next_link);
	if (page->fault)
		pfree(page->fault);
	fresh.context = page->context;
	fresh.json = page->json;
	fresh.bare_object = page->bare_object;
	fresh.envelope.total_count = -1;
	*page = fresh;
}

/* Record what is wrong at pos; returns false for the caller to return. */
static bool
set_fault(PcaPage *page, const char *what)
{
	MemoryContext old = MemoryContextSwitchTo(page->context);

	page->fault = psprintf("%s (at byte " INT64_FORMAT ")", what,
						   page->gone + (int64) page->pos);
	page->state = FAULTY;
	MemoryContextSwitchTo(old);
	return false;
}

/* Begin a token, whose first byte is c, at pos. */
static void
begin_token(PcaPage *page, State state, char c)
{
	page->state = state;
	page->start = page->pos;
	page->depth = 0;
	page->scalar = (c != '"' && c != '{' && c != '[');
	page->in_string = false;
	page->plain = true;
}

/*
 * The byte behind the string's closing quote, or NULL when the string goes on
 * behind end.  p: inside of the string, whose opening quote precedes p.
 */
static const char *
skip_escaped(const char *p, const char *end)
{
	while ((p = memchr(p, '"', end - p)) != NULL)
	{
		const char *before = p++;

		while (before[-1] == '\\')
			before--;
		if ((p - 1 - before) % 2 == 0)
			return p;
	}
	return NULL;
}

/* The bytes of a word that are less than n, by their highest bits. */
#define EACH_BYTE(n)	(UINT64CONST(0x0101010101010101) * (n))
#define BYTES_LESS(word, n) \
	(((word) - EACH_BYTE(n)) & ~(word) & EACH_BYTE(0x80))

/*
 * The same for a string that begins at p.  Eight bytes are looked at at once,
 * for quotes, and for escapes and control characters, with which cJSON needs
 * help: then *plain becomes false.
 */
static inline const char *
skip_string(const char *p, const char *end, bool *plain)
{
	for (; end - p >= (ptrdiff_t) sizeof(uint64); p += sizeof(uint64))
	{
		uint64		word;
		uint64		quotes;
		uint64		escapes;

		memcpy(&word, p, sizeof(uint64));
		quotes = word ^ EACH_BYTE('"');
		escapes = word ^ EACH_BYTE('\\');
		if (BYTES_LESS(word, 0x20) | BYTES_LESS(quotes, 1) | BYTES_LESS(escapes, 1))
			break;
	}
	for (; p < end; p++)
	{
		if (*p == '"')
			return p + 1;
		if (*p == '\\' || (unsigned char) *p < 0x20)
		{
			*plain = false;
			return skip_escaped(p, end);
		}
	}
	return NULL;
}

/*
 * The byte behind the digits at p.  *plain becomes false unless they are all of
 * an integer that cJSON keeps.
 */
static inline const char *
skip_number(const char *p, const char *end, bool *plain)
{
	const char *digits = p + (*p == '-' ? 1 : 0);
	const char *behind = digits;

	while (behind < end && *behind >= '0' && *behind <= '9')
		behind++;
	if (behind == end || behind == digits ||
		behind - p > PCA_JSON_PLAIN_DIGITS ||
		(*digits == '0' && behind - p > 1) ||
		*behind == '.' || *behind == 'e' || *behind == 'E')
		*plain = false;
	return behind;
}

/* Note a bracket; false at a fault. */
static inline bool
note_bracket(PcaPage *page, char c)
{
	bool		brace = (c == '{' || c == '}');

	if (c == '{' || c == '[')
	{
		if (page->depth++ == PCA_PAGE_MAX_DEPTH)
			return set_fault(page, "it is nested too deep");
		page->kinds = page->kinds << 1 | (brace ? 1 : 0);
		return true;
	}
	if (page->depth == 0 || (page->kinds & 1) != (brace ? 1 : 0))
		return set_fault(page, "a bracket has no partner");
	page->depth--;
	page->kinds >>= 1;
	return true;
}

/*
 * Walk on through an object or an array outside of strings.  False when the
 * bytes do not suffice, or at a fault.
 */
static bool
walk_brackets(PcaPage *page, const char *data, size_t length)
{
	const char *end = data + length;
	const char *p = data + page->pos;

	while (p < end)
	{
		switch (byte_class[(unsigned char) *p])
		{
			case PASS:
				if ((unsigned char) *p < ' ' && !is_space(*p))
					page->plain = false;
				p++;
				break;
			case QUOTE:
				p = skip_string(p + 1, end, &page->plain);
				if (p)
					break;
				page->in_string = true;
				page->pos = length;
				return false;
			case NUMBER:
				p = skip_number(p, end, &page->plain);
				break;
			case BRACKET:
				page->pos = p - data;
				if (!note_bracket(page, *p))
					return false;
				p++;
				if (page->depth > 0)
					break;
				page->pos = p - data;
				return true;
		}
	}
	page->pos = length;
	return false;
}

/* Walk to the end of a number or word, which a delimiter must follow. */
static bool
walk_scalar(PcaPage *page, const char *data, size_t length)
{
	for (; page->pos < length; page->pos++)
		if (strchr(",}] \t\r\n", data[page->pos]))
			return true;
	return false;
}

/*
 * Walk to the end of the token that pos is in; false when it is not there, or
 * at a fault.
 */
static bool
end_token(PcaPage *page, const char *data, size_t length)
{
	const char *behind;

	if (page->scalar)
		return walk_scalar(page, data, length);
	if (page->pos == page->start && data[page->pos] == '"')
	{
		page->in_string = true;
		page->pos++;
	}
	if (page->in_string)
	{
		page->plain = false;
		behind = skip_escaped(data + page->pos, data + length);
		page->pos = behind ? (size_t) (behind - data) : length;
		if (!behind)
			return false;
		page->in_string = false;
		if (page->depth == 0)
			return true;
	}
	return walk_brackets(page, data, length);
}

/* Which member of the envelope that key, a JSON string, is. */
static bool
take_key(PcaPage *page, const char *data)
{
	const char *fault;
	const char *key;
	const PcaJsonValue *value = pca_json_parse(page->json, data + page->start,
											   page->pos - page->start,
											   PCA_PAGE_MAX_DEPTH, &fault);

	if (!value)
		return set_fault(page, fault);
	key = pca_json_text(page->json, value);
	page->member = MEMBER_OTHER;
	for (size_t i = 0; i < lengthof(envelope_keys); i++)
		if (pca_json_same_key(key, envelope_keys[i].key))
			page->member = envelope_keys[i].member;
	page->state = AT_COLON;
	return true;
}

/* Note TotalCount: digits, as a number or a string, or null. */
static bool
take_total_count(PcaPage *page, const PcaJsonValue *value)
{
	const char *text = pca_json_text(page->json, value);

	if (page->total_seen)
		return set_fault(page, "it has TotalCount twice");
	page->total_seen = true;
	if (pca_json_kind(value) == PCA_JSON_NULL)
		return true;
	if (!text || *text == '\0' || strlen(text) > PCA_JSON_PLAIN_DIGITS ||
		strspn(text, "0123456789") != strlen(text))
		return set_fault(page, "TotalCount is not a count");
	page->envelope.total_count = strtoll(text, NULL, 10);
	return true;
}

/* Note @nextLink: a string or null; an empty one is null. */
static bool
take_next_link(PcaPage *page, const PcaJsonValue *value)
{
	PcaJsonKind kind = pca_json_kind(value);
	const char *text = pca_json_text(page->json, value);

	if (page->envelope.next_link_seen)
		return set_fault(page, "it has @nextLink twice");
	page->envelope.next_link_seen = true;
	if (kind != PCA_JSON_NULL && kind != PCA_JSON_STRING)
		return set_fault(page, "@nextLink is not a string");
	if (kind == PCA_JSON_STRING && *text)
		page->next_link = MemoryContextStrdup(page->context, text);
	page->envelope.next_link = page->next_link;
	return true;
}

/* A member's value is complete; false at a fault. */
static bool
take_value(PcaPage *page, const char *data)
{
	const char *fault;
	const PcaJsonValue *value = pca_json_parse(page->json, data + page->start,
											   page->pos - page->start,
											   PCA_PAGE_MAX_DEPTH, &fault);

	if (!value)
		return set_fault(page, fault);
	page->state = AFTER_VALUE;
	if (page->member == MEMBER_TOTAL_COUNT)
		return take_total_count(page, value);
	if (page->member == MEMBER_NEXT_LINK)
		return take_next_link(page, value);
	return true;
}

/* The array of items begins here; false when it must not. */
static bool
begin_items(PcaPage *page, char c)
{
	if (page->items_seen)
		return set_fault(page, "it has more than one array of items");
	if (c != '[')
		return set_fault(page, "its Value (or items) is not an array");
	page->items_seen = true;
	page->undecided = false;
	page->state = AT_FIRST_ITEM;
	page->pos++;
	return true;
}

/* The envelope's object ends here; true when it was a bare object. */
static bool
end_object(PcaPage *page)
{
	page->pos++;
	page->state = AT_TAIL;
	if (page->undecided)
	{
		page->undecided = false;
		page->bare = true;
		page->plain = false;
		page->start = page->object_start;
		return true;
	}
	if (!page->items_seen)
		set_fault(page, "it has no array named Value or items");
	return false;
}

/* Begin the top level. */
static void
begin_top(PcaPage *page, char c)
{
	if (c == '{')
	{
		page->enveloped = true;
		page->undecided = page->bare_object;
		page->object_start = page->pos;
		page->state = AT_FIRST_KEY;
	}
	else if (c == '[')
		page->state = AT_FIRST_ITEM;
	else
	{
		set_fault(page, "it is neither a JSON object nor a JSON array");
		return;
	}
	page->pos++;
}

/* The array of items ends here. */
static void
end_items(PcaPage *page)
{
	page->state = page->enveloped ? AFTER_VALUE : AT_TAIL;
	page->pos++;
}

/* Move to the state behind the delimiter c at pos. */
static void
pass(PcaPage *page, State state)
{
	page->state = state;
	page->pos++;
}

/*
 * Take the byte c, no white space, at pos outside of tokens.  True when it
 * ends a bare object.
 */
static bool
take_byte(PcaPage *page, char c)
{
	switch (page->state)
	{
		case AT_START:
			begin_top(page, c);
			break;
		case AT_FIRST_KEY:
		case AT_KEY:
			if (c == '"')
				begin_token(page, IN_KEY, c);
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
				begin_token(page, IN_VALUE, c);
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
				begin_token(page, IN_ITEM, c);
			else if (c == ']' && page->state == AT_FIRST_ITEM)
				end_items(page);
			else
				set_fault(page, "an item is not an object");
			break;
		case AFTER_ITEM:
			if (c == ',')
				pass(page, AT_ITEM);
			else if (c == ']')
				end_items(page);
			else
				set_fault(page, "a comma is missing");
			break;
		default:
			set_fault(page, "something follows its end");
	}
	return false;
}

/* Whether pos is inside of a token. */
static bool
in_token(const PcaPage *page)
{
	return page->state == IN_ITEM || page->state == IN_VALUE || page->state == IN_KEY;
}

/* The first byte that is still needed. */
static size_t
first_needed(const PcaPage *page)
{
	if (page->undecided)
		return page->object_start;
	return in_token(page) ? page->start : page->pos;
}

/* Refuse to hold more than an item may have; false when it was refused. */
static bool
check_size(PcaPage *page)
{
	if (page->pos - first_needed(page) <= PCA_PAGE_MAX_ITEM)
		return true;
	return set_fault(page, "a part of it is larger than 1 MB");
}

/* The token ends before pos.  True when it is an item. */
static bool
take_token(PcaPage *page, const char *data)
{
	if (page->state == IN_KEY)
		take_key(page, data);
	else if (page->state == IN_VALUE)
		take_value(page, data);
	else
	{
		page->state = AFTER_ITEM;
		return true;
	}
	return false;
}

/* Go on to the next item, which then stands from start to pos; false: none. */
static bool
advance(PcaPage *page, const char *data, size_t length)
{
	while (page->pos < length && page->state != FAULTY && check_size(page))
	{
		char		c = data[page->pos];

		if (in_token(page))
		{
			if (end_token(page, data, length) && check_size(page) &&
				take_token(page, data))
				return true;
		}
		else if (is_space(c))
			page->pos++;
		else if (take_byte(page, c))
			return true;
	}
	return false;
}

/* Skip a byte order mark; false when it is not there as a whole. */
static bool
skip_mark(PcaPage *page, const char *data, size_t length)
{
	static const char mark[] = {'\xEF', '\xBB', '\xBF'};

	if (page->gone > 0 || page->pos > 0)
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
release(PcaPage *page)
{
	size_t		gone = first_needed(page);

	page->pos -= gone;
	page->start -= Min(page->start, gone);
	page->object_start -= Min(page->object_start, gone);
	page->gone += gone;
	return gone;
}

PcaPageEvent
pca_page_next(PcaPage *page, const char *data, size_t length, bool eof,
			  PcaItem *item, size_t *consumed)
{
	*consumed = 0;
	if (!skip_mark(page, data, length) && !eof)
		return PCA_PAGE_MORE;
	if (advance(page, data, length))
	{
		item->data = data + page->start;
		item->length = page->pos - page->start;
		item->plain = page->plain;
		page->envelope.items++;
		*consumed = release(page);
		return PCA_PAGE_ITEM;
	}
	if (eof && page->state != FAULTY && page->state != AT_TAIL)
	{
		page->truncated = true;
		set_fault(page, "it ends too early");
	}
	if (page->state == FAULTY)
		return PCA_PAGE_FAULT;
	*consumed = release(page);
	return eof ? PCA_PAGE_END : PCA_PAGE_MORE;
}

const PcaEnvelope *
pca_page_envelope(const PcaPage *page)
{
	return &page->envelope;
}

bool
pca_page_is_bare(const PcaPage *page)
{
	return page->bare;
}

const char *
pca_page_fault(const PcaPage *page, bool *truncated)
{
	*truncated = page->truncated;
	return page->fault;
}
