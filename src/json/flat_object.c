/*
 * flat_object.c
 *		Finds the members of a flat JSON object in one pass over its bytes.
 *
 * All documented rows are objects of strings, integers and nulls, mostly
 * without a backslash.  In such an object the bytes of a value are its text, so
 * nothing needs to be decoded.  The pass also validates the object.  All other
 * objects are left to scanner.c and json.c.
 */
#include "postgres.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "port/pg_bitutils.h"

#include "json/flat_object.h"
#include "json/scanner.h"

/* Bytes of a string that are classified at once: the width of SSE2. */
#define BLOCK_BYTES	16

typedef struct FlatCursor
{
	const char *p;				/* the next byte to read */
	const char *end;
	uint32		high;			/* not 0 if a string has a byte above 0x7F */
} FlatCursor;

/*
 * Returns a mask of the sixteen bytes at p that end a run of plain characters: a
 * quote, a backslash or a control character.  *high is a mask of those that are
 * above 0x7F.  The lowest bit stands for the first byte.
 */
#ifdef __SSE2__
static inline uint32
classify_block(const char *p, uint32 *high)
{
	const __m128i block = _mm_loadu_si128((const __m128i *) p);
	__m128i		special;

	special = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')),
						   _mm_cmpeq_epi8(block, _mm_set1_epi8('\\')));
	special = _mm_or_si128(special,
						   _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block));
	*high = _mm_movemask_epi8(block);
	return _mm_movemask_epi8(special);
}
#else
static inline uint32
classify_block(const char *p, uint32 *high)
{
	uint32		special = 0;

	*high = 0;
	for (int i = 0; i < BLOCK_BYTES; i++)
	{
		unsigned char c = p[i];

		special |= (uint32) (c == '"' || c == '\\' || c < 0x20) << i;
		*high |= (uint32) (c >> 7) << i;
	}
	return special;
}
#endif

/* Advance to the first byte that ends a run of plain characters. */
static inline void
skip_plain_characters(FlatCursor *cursor)
{
	const char *p = cursor->p;
	uint32		special;
	uint32		high;

	for (; cursor->end - p >= BLOCK_BYTES; p += BLOCK_BYTES)
	{
		special = classify_block(p, &high);
		if (special == 0)
		{
			cursor->high |= high;
			continue;
		}
		/* only the bytes before the special one are part of the run */
		cursor->high |= high & (special ^ (special - 1));
		cursor->p = p + pg_rightmost_one_pos32(special);
		return;
	}
	for (; p < cursor->end && *p != '"' && *p != '\\' && (unsigned char) *p >= 0x20; p++)
		cursor->high |= IS_HIGHBIT_SET(*p);
	cursor->p = p;
}

/* Skip the string at the cursor; returns false if it is not plain. */
static inline bool
skip_plain_string(FlatCursor *cursor)
{
	cursor->p++;
	skip_plain_characters(cursor);
	return cursor->p < cursor->end && *cursor->p++ == '"';
}

/* Skip white space; returns false at the end of the bytes. */
static inline bool
skip_white_space(FlatCursor *cursor)
{
	while (cursor->p < cursor->end && pca_scanner_is_space(*cursor->p))
		cursor->p++;
	return cursor->p < cursor->end;
}

static bool
skip_plain_integer(FlatCursor *cursor)
{
	bool		plain;

	cursor->p = pca_scanner_skip_number(cursor->p, cursor->end, &plain);
	return cursor->p && plain;
}

static bool
skip_literal(FlatCursor *cursor, const char *literal, size_t length)
{
	if ((size_t) (cursor->end - cursor->p) < length || memcmp(cursor->p, literal, length) != 0)
		return false;
	cursor->p += length;
	return true;
}

/* Skip the value at the cursor; returns false if an object with it is not flat. */
static inline bool
skip_flat_value(FlatCursor *cursor)
{
	switch (*cursor->p)
	{
		case '"':
			return skip_plain_string(cursor);
		case 'n':
			return skip_literal(cursor, "null", 4);
		case 't':
			return skip_literal(cursor, "true", 4);
		case 'f':
			return skip_literal(cursor, "false", 5);
		default:
			return skip_plain_integer(cursor);
	}
}

/* Read a member and the comma or closing brace after it; *last is true at the brace. */
static inline bool
read_flat_member(FlatCursor *cursor, PcaFlatMember *member, bool *last)
{
	if (!skip_white_space(cursor) || *cursor->p != '"')
		return false;
	member->key = cursor->p + 1;
	if (!skip_plain_string(cursor))
		return false;
	member->key_length = cursor->p - member->key - 1;
	if (!skip_white_space(cursor) || *cursor->p++ != ':' || !skip_white_space(cursor))
		return false;
	member->value = cursor->p;
	if (!skip_flat_value(cursor))
		return false;
	member->value_length = cursor->p - member->value;
	if (!skip_white_space(cursor))
		return false;
	*last = *cursor->p == '}';
	return *cursor->p++ == ',' || *last;
}

const char *
pca_flat_object_read(PcaFlatObject *object, const char *data, const char *end)
{
	FlatCursor	cursor = {data + 1, end, 0};
	bool		last = false;

	object->count = 0;
	while (!last)
	{
		if (object->count == PCA_FLAT_OBJECT_MAX_MEMBERS ||
			!read_flat_member(&cursor, &object->member[object->count++], &last))
			return NULL;
	}
	object->ascii = cursor.high == 0;
	return cursor.p;
}

const char *
pca_flat_object_member_text(const PcaFlatMember *member, size_t *length)
{
	bool		quoted = *member->value == '"';

	*length = member->value_length - (quoted ? 2 : 0);
	return *member->value == 'n' ? NULL : member->value + (quoted ? 1 : 0);
}

bool
pca_flat_object_member_integer(const PcaFlatMember *member, int64 *integer)
{
	const char *p = member->value;
	const char *end = p + member->value_length;
	bool		negative = *p == '-';

	if (*p != '-' && (*p < '0' || *p > '9'))
		return false;
	*integer = 0;
	for (p += negative; p < end; p++)
		*integer = *integer * 10 + (*p - '0');
	if (negative)
		*integer = -*integer;
	return true;
}
