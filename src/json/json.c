/*
 * json.c
 *		What a piece of JSON says: the only room with cJSON.
 *
 * cJSON holds every number as a double and is lenient: it takes control
 * characters in strings, numbers such as 01, and stops a string at \u0000.
 * So what it is given was looked at before: bytes that are plain go to it as
 * they are; all others in a copy, in which each number that a double might not
 * give back stands as a string that begins with NUMBER_MARK.
 *
 * Where a value ends in a stream is scanner.c's question, what it means to a column
 * json_datum.c's.
 */
#include "postgres.h"

#include <cjson/cJSON.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "json/json.h"
#include "json/scanner.h"

/* A byte that UTF-8 never has: no string of a valid answer begins with it. */
#define NUMBER_MARK		((char) 0xFF)

/*
 * The arena's first block: a row of the widest documented resource (26 fields)
 * makes 26 nodes of 64 bytes, and keys and values of about as much.
 */
#define ARENA_SIZE		((size_t) 16 * 1024)

/* Blocks grow up to this size, unless one piece needs more. */
#define ARENA_MAX_SIZE	((size_t) 1024 * 1024)

typedef struct Block
{
	struct Block *older;
	size_t		size;
} Block;

struct PcaJson
{
	MemoryContext context;
	Block	   *block;			/* the newest; the others only until the reset */
	char	   *next;			/* free part of the newest block */
	char	   *end;
	char	   *copy;			/* what cJSON is given when data is not plain */
	size_t		copy_size;
};

/* A walk over JSON text that writes the copy. */
typedef struct Copier
{
	const char *p;
	const char *end;
	char	   *out;
	int			depth;			/* how much deeper it may get */
	const char *fault;
} Copier;

/* The parser that cJSON works for; its hooks know no other way to tell. */
static PcaJson *parsing = NULL;

/*
 * Add a block that has room for size bytes.  Never raises an error, since
 * cJSON may be the caller.
 */
static bool
arena_grow(PcaJson *json, size_t size)
{
	size_t		wanted = ARENA_SIZE;
	Block	   *block;

	if (json->block)
		wanted = Min(json->block->size * 2, ARENA_MAX_SIZE);
	wanted = Max(wanted, size + MAXALIGN(sizeof(Block)));
	block = MemoryContextAllocExtended(json->context, wanted,
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
	if (!block)
		return false;
	block->older = json->block;
	block->size = wanted;
	json->block = block;
	json->next = (char *) block + MAXALIGN(sizeof(Block));
	json->end = (char *) block + wanted;
	return true;
}

/* A piece of the arena, or NULL. */
static inline void *
arena_alloc(PcaJson *json, size_t size)
{
	char	   *piece;

	size = MAXALIGN(size);
	if (unlikely(size > (size_t) (json->end - json->next)) &&
		!arena_grow(json, size))
		return NULL;
	piece = json->next;
	json->next += size;
	return piece;
}

/* Forget everything, keep the newest block: it is the largest of the usual. */
static void
arena_reset(PcaJson *json)
{
	Block	   *block;

	while (unlikely((block = json->block->older) != NULL))
	{
		json->block->older = block->older;
		pfree(block);
	}
	json->next = (char *) json->block + MAXALIGN(sizeof(Block));
}

static void *
hook_malloc(size_t size)
{
	return arena_alloc(parsing, size);
}

static void
hook_free(void *piece)
{
	/* freed by the next reset */
	(void) piece;
}

PcaJson *
pca_json_create(MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "pc_analytics_fdw json",
												  ALLOCSET_SMALL_SIZES);
	PcaJson    *json = MemoryContextAllocZero(context, sizeof(PcaJson));

	json->context = context;
	if (!arena_grow(json, 0))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	return json;
}

/*
 * Copy the number at p, quoted unless it is plain.  What follows it must not
 * make it longer for cJSON, nor a member's key.
 */
static bool
copy_number(Copier *copier)
{
	const char *start = copier->p;
	const char *next;
	bool		plain;

	copier->p = pca_scanner_number(start, copier->end, &plain);
	copier->fault = "a number is malformed";
	if (!copier->p)
		return false;
	if (copier->p < copier->end && strchr("0123456789+-.eE", *copier->p))
		return false;
	for (next = copier->p; next < copier->end && pca_scanner_is_space(*next); next++)
		 /* skip */ ;
	copier->fault = "a member's key is not a string";
	if (next < copier->end && *next == ':')
		return false;
	if (!plain)
	{
		*copier->out++ = '"';
		*copier->out++ = NUMBER_MARK;
	}
	memcpy(copier->out, start, copier->p - start);
	copier->out += copier->p - start;
	if (!plain)
		*copier->out++ = '"';
	return true;
}

/* Whether the escape at p, a backslash, is one of JSON's and not \u0000. */
static bool
check_escape(Copier *copier)
{
	const char *p = copier->p + 1;
	bool		zero = true;

	copier->fault = "a string has an invalid escape";
	if (p == copier->end)
		return false;
	if (*p != 'u')
		return strchr("\"\\/bfnrt", *p) != NULL;
	if (copier->end - p < 5)
		return false;
	for (int i = 1; i <= 4; i++)
	{
		if (!isxdigit((unsigned char) p[i]))
			return false;
		zero = zero && p[i] == '0';
	}
	copier->fault = "a string holds \\u0000, which PostgreSQL cannot store";
	return !zero;
}

/* Copy the string at p, its quotes included. */
static bool
copy_string(Copier *copier)
{
	const char *start = copier->p;

	for (copier->p++; copier->p < copier->end; copier->p++)
	{
		if (*copier->p == '"')
		{
			copier->p++;
			memcpy(copier->out, start, copier->p - start);
			copier->out += copier->p - start;
			return true;
		}
		if ((unsigned char) *copier->p < 0x20)
		{
			copier->fault = "a string holds a control character";
			return false;
		}
		if (*copier->p == '\\')
		{
			if (!check_escape(copier))
				return false;
			copier->p++;
		}
	}
	copier->fault = "a string does not end";
	return false;
}

/* Copy what is neither string nor number: brackets are counted. */
static bool
copy_character(Copier *copier)
{
	char		c = *copier->p++;

	if ((c == '{' || c == '[') && --copier->depth < 0)
	{
		copier->fault = "it is nested too deep";
		return false;
	}
	if (c == '}' || c == ']')
		copier->depth++;
	if ((unsigned char) c < 0x20 && !pca_scanner_is_space(c))
	{
		copier->fault = "there is a control character between tokens";
		return false;
	}
	*copier->out++ = c;
	return true;
}

/*
 * Write the copy that cJSON may be given, and return its length; 0 with *fault
 * when cJSON would be too lenient.
 */
static size_t
make_copy(PcaJson *json, const char *data, size_t length, int depth,
		  const char **fault)
{
	/* three bytes are added to a number, which needs one and a separator */
	size_t		needed = length + length / 2 * 3 + 3;
	Copier		copier = {data, data + length, NULL, depth, NULL};

	if (json->copy_size < needed)
	{
		if (json->copy)
			pfree(json->copy);
		json->copy = NULL;
		json->copy_size = 0;
		json->copy = MemoryContextAllocHuge(json->context, needed);
		json->copy_size = needed;
	}
	copier.out = json->copy;
	while (copier.p < copier.end)
	{
		bool		good;

		if (*copier.p == '"')
			good = copy_string(&copier);
		else if (*copier.p == '-' || (*copier.p >= '0' && *copier.p <= '9'))
			good = copy_number(&copier);
		else
			good = copy_character(&copier);
		if (!good)
		{
			*fault = copier.fault;
			return 0;
		}
	}
	return copier.out - json->copy;
}

/* Let cJSON parse the bytes, all of them. */
static const PcaJsonValue *
parse(PcaJson *json, const char *data, size_t length, const char **fault)
{
	cJSON_Hooks hooks = {hook_malloc, hook_free};
	const char *end = NULL;
	cJSON	   *value;

	/*
	 * The hooks are the process's, so they are ours during the call only: no
	 * other user of cJSON meets an arena.
	 */
	parsing = json;
	cJSON_InitHooks(&hooks);
	value = cJSON_ParseWithLengthOpts(data, length, &end, false);
	cJSON_InitHooks(NULL);
	parsing = NULL;

	*fault = "it is not valid JSON";
	if (!value)
		return NULL;
	while (end < data + length && pca_scanner_is_space(*end))
		end++;
	if (end < data + length)
		return NULL;
	*fault = NULL;
	return (const PcaJsonValue *) value;
}

/*
 * Forget the last value; false with *fault when there are no bytes, too many,
 * or not UTF-8.
 */
static bool
begin(PcaJson *json, const char *data, size_t length, const char **fault)
{
	arena_reset(json);
	*fault = "it is empty";
	if (length == 0)
		return false;
	*fault = "it is too large";
	if (length > MaxAllocSize)
		return false;
	*fault = "it is not valid UTF-8";
	return pg_verify_mbstr(PG_UTF8, data, (int) length, true);
}

const PcaJsonValue *
pca_json_parse(PcaJson *json, const char *data, size_t length, int depth,
			   const char **fault)
{
	if (!begin(json, data, length, fault))
		return NULL;
	length = make_copy(json, data, length, depth, fault);
	if (length == 0)
		return NULL;
	return parse(json, json->copy, length, fault);
}

const PcaJsonValue *
pca_json_parse_plain(PcaJson *json, const char *data, size_t length,
					 const char **fault)
{
	if (!begin(json, data, length, fault))
		return NULL;
	return parse(json, data, length, fault);
}

void
pca_json_wipe(PcaJson *json)
{
	for (Block *block = json->block; block; block = block->older)
		explicit_bzero((char *) block + MAXALIGN(sizeof(Block)),
					   block->size - MAXALIGN(sizeof(Block)));
	if (json->copy)
		explicit_bzero(json->copy, json->copy_size);
}

PcaJsonKind
pca_json_kind(const PcaJsonValue *value)
{
	const cJSON *node = (const cJSON *) value;

	switch (node->type & 0xFF)
	{
		case cJSON_False:
		case cJSON_True:
			return PCA_JSON_BOOLEAN;
		case cJSON_Number:
			return PCA_JSON_NUMBER;
		case cJSON_String:
			return node->valuestring[0] == NUMBER_MARK ? PCA_JSON_NUMBER : PCA_JSON_STRING;
		case cJSON_Array:
			return PCA_JSON_ARRAY;
		case cJSON_Object:
			return PCA_JSON_OBJECT;
		default:
			return PCA_JSON_NULL;
	}
}

const PcaJsonValue *
pca_json_first(const PcaJsonValue *value)
{
	return (const PcaJsonValue *) ((const cJSON *) value)->child;
}

const PcaJsonValue *
pca_json_next(const PcaJsonValue *value)
{
	return (const PcaJsonValue *) ((const cJSON *) value)->next;
}

const char *
pca_json_key(const PcaJsonValue *value)
{
	return ((const cJSON *) value)->string;
}

bool
pca_json_same_key(const char *a, const char *b)
{
	while (*a && pg_ascii_tolower((unsigned char) *a) == pg_ascii_tolower((unsigned char) *b))
	{
		a++;
		b++;
	}
	return *a == *b;
}

const PcaJsonValue *
pca_json_member(const PcaJsonValue *object, const char *key)
{
	const PcaJsonValue *member;
	const PcaJsonValue *similar = NULL;

	if (pca_json_kind(object) != PCA_JSON_OBJECT)
		return NULL;
	for (member = pca_json_first(object); member; member = pca_json_next(member))
	{
		if (strcmp(pca_json_key(member), key) == 0)
			return member;
		if (!similar && pca_json_same_key(pca_json_key(member), key))
			similar = member;
	}
	return similar;
}

const PcaJsonValue *
pca_json_only_member(const PcaJsonValue *object, const char *key, const PcaJsonValue **again)
{
	const PcaJsonValue *member;
	const PcaJsonValue *found = NULL;

	*again = NULL;
	if (pca_json_kind(object) != PCA_JSON_OBJECT)
		return NULL;
	for (member = pca_json_first(object); member && !*again; member = pca_json_next(member))
	{
		if (!pca_json_same_key(pca_json_key(member), key))
			continue;
		if (found)
			*again = member;
		else
			found = member;
	}
	return found;
}

bool
pca_json_integer(const PcaJsonValue *value, int64 *integer)
{
	const cJSON *node = (const cJSON *) value;

	if ((node->type & 0xFF) != cJSON_Number)
		return false;
	*integer = (int64) node->valuedouble;
	return true;
}

const char *
pca_json_text(PcaJson *json, const PcaJsonValue *value)
{
	const cJSON *node = (const cJSON *) value;
	int64		integer;
	char	   *text;

	switch (node->type & 0xFF)
	{
		case cJSON_False:
			return "false";
		case cJSON_True:
			return "true";
		case cJSON_String:
			return node->valuestring + (node->valuestring[0] == NUMBER_MARK ? 1 : 0);
		case cJSON_Number:
			(void) pca_json_integer(value, &integer);
			text = arena_alloc(json, PCA_SCANNER_PLAIN_DIGITS + 1);
			if (!text)
				ereport(ERROR,
						(errcode(ERRCODE_OUT_OF_MEMORY),
						 errmsg("out of memory")));
			pg_lltoa(integer, text);
			return text;
		default:
			return NULL;
	}
}

void
pca_json_write_string(StringInfo out, const char *text)
{
	appendStringInfoChar(out, '"');
	for (; *text; text++)
	{
		if (*text == '"' || *text == '\\')
			appendStringInfoChar(out, '\\');
		if ((unsigned char) *text < 0x20)
			appendStringInfo(out, "\\u%04x", (unsigned char) *text);
		else
			appendStringInfoChar(out, *text);
	}
	appendStringInfoChar(out, '"');
}

/* Append an array's elements or an object's members, without the brackets. */
static void
write_children(StringInfo out, const PcaJsonValue *value)
{
	const PcaJsonValue *child;

	for (child = pca_json_first(value); child; child = pca_json_next(child))
	{
		if (child != pca_json_first(value))
			appendStringInfoChar(out, ',');
		if (pca_json_key(child))
		{
			pca_json_write_string(out, pca_json_key(child));
			appendStringInfoChar(out, ':');
		}
		pca_json_write(out, child);
	}
}

void
pca_json_write(StringInfo out, const PcaJsonValue *value)
{
	const cJSON *node = (const cJSON *) value;
	int64		integer;

	check_stack_depth();
	switch (pca_json_kind(value))
	{
		case PCA_JSON_NULL:
			appendStringInfoString(out, "null");
			break;
		case PCA_JSON_BOOLEAN:
			appendStringInfoString(out, cJSON_IsTrue(node) ? "true" : "false");
			break;
		case PCA_JSON_NUMBER:
			if (pca_json_integer(value, &integer))
				appendStringInfo(out, INT64_FORMAT, integer);
			else
				appendStringInfoString(out, node->valuestring + 1);
			break;
		case PCA_JSON_STRING:
			pca_json_write_string(out, node->valuestring);
			break;
		case PCA_JSON_ARRAY:
			appendStringInfoChar(out, '[');
			write_children(out, value);
			appendStringInfoChar(out, ']');
			break;
		case PCA_JSON_OBJECT:
			appendStringInfoChar(out, '{');
			write_children(out, value);
			appendStringInfoChar(out, '}');
			break;
	}
}
