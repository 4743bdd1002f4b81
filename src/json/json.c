/*
 * json.c
 *		Parses and writes JSON values; the only file that includes cJSON.
 *
 * cJSON stores every number as a double and is lenient: it accepts control
 * characters in strings and numbers such as 01, and ends a string at \u0000.
 * Therefore its input is checked first.  Plain bytes are passed as they are.  All
 * others are passed as a copy: see json_copy.h.
 */
#include "postgres.h"

#include <cjson/cJSON.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "json/json.h"
#include "json/json_copy.h"
#include "json/scanner.h"

/*
 * Bytes of the arena's first block.  A row of the widest documented resource (26
 * fields) needs 26 nodes of 64 bytes, and about as much for keys and values, so
 * that one block is enough for several times as much.
 */
#define ARENA_MIN_BLOCK_SIZE	((size_t) 16 * 1024)

/* Each further block is twice as large, up to this size unless one chunk needs more. */
#define ARENA_MAX_BLOCK_SIZE	((size_t) 1024 * 1024)

typedef struct ArenaBlock
{
	struct ArenaBlock *older;
	size_t		size;			/* in bytes, with this header */
} ArenaBlock;

struct PcaJson
{
	MemoryContext context;
	ArenaBlock *block;			/* the newest; a reset frees the older ones */
	char	   *next;			/* the free part of the newest block */
	char	   *end;
	char	   *copy;			/* the copy of input that is not plain */
	size_t		copy_size;		/* bytes allocated for it */
};

/* The parser that is calling cJSON, whose hooks have no argument for it. */
static PcaJson *parsing_json = NULL;

/*
 * Add a block with space for size bytes.  Returns false if there is no memory: an
 * error must not be raised, since its longjmp would leave cJSON's functions.
 */
static bool
arena_add_block(PcaJson *json, size_t size)
{
	size_t		block_size = ARENA_MIN_BLOCK_SIZE;
	ArenaBlock *block;

	if (json->block)
		block_size = Min(json->block->size * 2, ARENA_MAX_BLOCK_SIZE);
	block_size = Max(block_size, size + MAXALIGN(sizeof(ArenaBlock)));
	block = MemoryContextAllocExtended(json->context, block_size,
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
	if (!block)
		return false;
	block->older = json->block;
	block->size = block_size;
	json->block = block;
	json->next = (char *) block + MAXALIGN(sizeof(ArenaBlock));
	json->end = (char *) block + block_size;
	return true;
}

/* Allocate a chunk of the arena; returns NULL if there is no memory. */
static inline void *
arena_alloc(PcaJson *json, size_t size)
{
	char	   *chunk;

	size = MAXALIGN(size);
	if (unlikely(size > (size_t) (json->end - json->next)) &&
		!arena_add_block(json, size))
		return NULL;
	chunk = json->next;
	json->next += size;
	return chunk;
}

/* Free all blocks except the newest, which is the largest unless a huge chunk came before. */
static void
arena_reset(PcaJson *json)
{
	ArenaBlock *block;

	while (unlikely((block = json->block->older) != NULL))
	{
		json->block->older = block->older;
		pfree(block);
	}
	json->next = (char *) json->block + MAXALIGN(sizeof(ArenaBlock));
}

static void *
arena_malloc_hook(size_t size)
{
	return arena_alloc(parsing_json, size);
}

static void
arena_free_hook(void *chunk)
{
	/* arena_reset() frees it */
	(void) chunk;
}

PcaJson *
pca_json_create(MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "pc_analytics_fdw json",
												  ALLOCSET_SMALL_SIZES);
	PcaJson    *json = MemoryContextAllocZero(context, sizeof(PcaJson));

	json->context = context;
	if (!arena_add_block(json, 0))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	return json;
}

/*
 * Write the copy that is passed to cJSON and return its length in bytes.  Returns
 * 0 with *error set for input that cJSON must not accept.  *invalid_text is the
 * reason why a text in it is invalid, or NULL.
 */
static size_t
make_json_copy(PcaJson *json, const char *data, size_t length, int max_depth,
			   const char **invalid_text, const char **error)
{
	size_t		needed = pca_json_copy_max_size(length);

	if (json->copy_size < needed)
	{
		/* not repalloc(): the old contents are not needed */
		if (json->copy)
			pfree(json->copy);
		json->copy = NULL;
		json->copy_size = 0;
		json->copy = MemoryContextAllocHuge(json->context, needed);
		json->copy_size = needed;
	}
	return pca_json_copy_write(json->copy, data, length, max_depth, invalid_text, error);
}

/* Call cJSON, and check that the value is followed by white space only. */
static const PcaJsonValue *
parse_with_cjson(PcaJson *json, const char *data, size_t length, const char **error)
{
	cJSON_Hooks hooks = {arena_malloc_hook, arena_free_hook};
	const char *end = NULL;
	cJSON	   *value;

	/*
	 * The hooks are global to the process.  They are set for this call only,
	 * so that another user of cJSON in this process never allocates from the
	 * arena.
	 */
	parsing_json = json;
	cJSON_InitHooks(&hooks);
	value = cJSON_ParseWithLengthOpts(data, length, &end, false);
	cJSON_InitHooks(NULL);
	parsing_json = NULL;

	*error = "it is not valid JSON";
	if (!value)
		return NULL;
	while (end < data + length && pca_scanner_is_space(*end))
		end++;
	if (end < data + length)
		return NULL;
	*error = NULL;
	return (const PcaJsonValue *) value;
}

/* Reset the arena.  Returns false with *error set if the input is empty or too large. */
static bool
begin_parse(PcaJson *json, const char *data, size_t length, const char **error)
{
	arena_reset(json);
	*error = "it is empty";
	if (length == 0)
		return false;
	*error = "it is too large";
	return length <= MaxAllocSize;
}

static bool
check_utf8(const char *data, size_t length, const char **error)
{
	*error = "it is not valid UTF-8";
	return pg_verify_mbstr(PG_UTF8, data, (int) length, true);
}

const PcaJsonValue *
pca_json_parse(PcaJson *json, const char *data, size_t length, int max_depth,
			   const char **error)
{
	const char *invalid_text;

	if (!begin_parse(json, data, length, error) || !check_utf8(data, length, error))
		return NULL;
	length = make_json_copy(json, data, length, max_depth, &invalid_text, error);
	if (length == 0)
		return NULL;
	*error = invalid_text;
	return invalid_text ? NULL : parse_with_cjson(json, json->copy, length, error);
}

const PcaJsonValue *
pca_json_parse_lenient(PcaJson *json, const char *data, size_t length, int max_depth,
					   const char **error)
{
	const char *invalid_text;

	if (!begin_parse(json, data, length, error))
		return NULL;
	length = make_json_copy(json, data, length, max_depth, &invalid_text, error);
	return length == 0 ? NULL : parse_with_cjson(json, json->copy, length, error);
}

const PcaJsonValue *
pca_json_parse_plain(PcaJson *json, const char *data, size_t length,
					 const char **error)
{
	if (!begin_parse(json, data, length, error) || !check_utf8(data, length, error))
		return NULL;
	return parse_with_cjson(json, data, length, error);
}

void
pca_json_wipe(PcaJson *json)
{
	for (ArenaBlock *block = json->block; block; block = block->older)
		explicit_bzero((char *) block + MAXALIGN(sizeof(ArenaBlock)),
					   block->size - MAXALIGN(sizeof(ArenaBlock)));
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
			return node->valuestring[0] == PCA_JSON_NUMBER_MARK ? PCA_JSON_NUMBER : PCA_JSON_STRING;
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

/* The text of a string or key of cJSON, without the mark that it may begin with. */
static const char *
skip_text_mark(const char *text)
{
	return text + (*text == PCA_JSON_INVALID_MARK ? PCA_JSON_INVALID_MARK_LENGTH :
				   *text == PCA_JSON_NUMBER_MARK ? 1 : 0);
}

const char *
pca_json_key_text(const PcaJsonValue *value)
{
	return skip_text_mark(pca_json_key(value));
}

const char *
pca_json_invalid_text(const PcaJsonValue *value)
{
	const cJSON *node = (const cJSON *) value;
	const char *reason = NULL;

	check_stack_depth();
	if (cJSON_IsString(node))
		reason = pca_json_copy_invalid_reason(node->valuestring);
	for (value = pca_json_first(value); value && !reason; value = pca_json_next(value))
	{
		if (pca_json_key(value))
			reason = pca_json_copy_invalid_reason(pca_json_key(value));
		if (!reason)
			reason = pca_json_invalid_text(value);
	}
	return reason;
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
	const PcaJsonValue *other_case = NULL;

	if (pca_json_kind(object) != PCA_JSON_OBJECT)
		return NULL;
	for (member = pca_json_first(object); member; member = pca_json_next(member))
	{
		if (strcmp(pca_json_key(member), key) == 0)
			return member;
		if (!other_case && pca_json_same_key(pca_json_key(member), key))
			other_case = member;
	}
	return other_case;
}

const PcaJsonValue *
pca_json_only_member(const PcaJsonValue *object, const char *key, const PcaJsonValue **duplicate)
{
	const PcaJsonValue *member;
	const PcaJsonValue *found = NULL;

	*duplicate = NULL;
	if (pca_json_kind(object) != PCA_JSON_OBJECT)
		return NULL;
	for (member = pca_json_first(object); member && !*duplicate; member = pca_json_next(member))
	{
		if (!pca_json_same_key(pca_json_key(member), key))
			continue;
		if (found)
			*duplicate = member;
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
			return skip_text_mark(node->valuestring);
		case cJSON_Number:
			(void) pca_json_integer(value, &integer);
			text = arena_alloc(json, PCA_SCANNER_PLAIN_DIGITS + 1);
			if (!text)
				ereport(ERROR,
						(errcode(ERRCODE_OUT_OF_MEMORY),
						 errmsg("out of memory")));
			/* a plain integer, see PCA_SCANNER_PLAIN_DIGITS */
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

/* Append the elements of an array or the members of an object, without brackets. */
static void
write_json_children(StringInfo out, const PcaJsonValue *value)
{
	const PcaJsonValue *child;

	for (child = pca_json_first(value); child; child = pca_json_next(child))
	{
		if (child != pca_json_first(value))
			appendStringInfoChar(out, ',');
		if (pca_json_key(child))
		{
			pca_json_write_string(out, pca_json_key_text(child));
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
			pca_json_write_string(out, skip_text_mark(node->valuestring));
			break;
		case PCA_JSON_ARRAY:
			appendStringInfoChar(out, '[');
			write_json_children(out, value);
			appendStringInfoChar(out, ']');
			break;
		case PCA_JSON_OBJECT:
			appendStringInfoChar(out, '{');
			write_json_children(out, value);
			appendStringInfoChar(out, '}');
			break;
	}
}
