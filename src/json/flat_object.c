/*
 * flat_object.c
 *		Which members does an item have, if it is a simple one?
 *
 * All documented rows are objects of strings, integers and nulls, mostly
 * without a backslash.  Of those the members are found in one walk over their
 * bytes, and what they say is what their bytes are; whether the object is valid
 * JSON is known with it.  Whatever is not as simple is left to scanner.c and json.c.
 */
#include "postgres.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "port/pg_bitutils.h"

#include "json/flat_object.h"
#include "json/scanner.h"

/* Bytes of a string that are looked at together. */
#define BLOCK	16

/* A walk over an object. */
typedef struct Walk
{
	const char *p;
	const char *end;
	uint32		high;			/* not 0: a string has bytes beyond ASCII */
} Walk;

/*
 * Which of the sixteen bytes at p end a plain string: a quote, a backslash or a
 * control character; and which are none of ASCII.  The first byte is the lowest
 * bit.
 */
#ifdef __SSE2__
static inline uint32
look_at_block(const char *p, uint32 *high)
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
look_at_block(const char *p, uint32 *high)
{
	uint32		special = 0;

	*high = 0;
	for (int i = 0; i < BLOCK; i++)
	{
		unsigned char c = p[i];

		special |= (uint32) (c == '"' || c == '\\' || c < 0x20) << i;
		*high |= (uint32) (c >> 7) << i;
	}
	return special;
}
#endif

/* Go to the first byte of a string that is not plain. */
static inline void
skip_plain(Walk *walk)
{
	const char *p = walk->p;
	uint32		special;
	uint32		high;

	for (; walk->end - p >= BLOCK; p += BLOCK)
	{
		special = look_at_block(p, &high);
		if (special == 0)
		{
			walk->high |= high;
			continue;
		}
		walk->high |= high & (special ^ (special - 1));
		walk->p = p + pg_rightmost_one_pos32(special);
		return;
	}
	for (; p < walk->end && *p != '"' && *p != '\\' && (unsigned char) *p >= 0x20; p++)
		walk->high |= IS_HIGHBIT_SET(*p);
	walk->p = p;
}

/* Pass the string at hand; false when it is not a simple one. */
static inline bool
pass_string(Walk *walk)
{
	walk->p++;
	skip_plain(walk);
	return walk->p < walk->end && *walk->p++ == '"';
}

/* Pass white space; false at the end of the bytes. */
static inline bool
pass_space(Walk *walk)
{
	while (walk->p < walk->end && pca_scanner_is_space(*walk->p))
		walk->p++;
	return walk->p < walk->end;
}

static bool
pass_number(Walk *walk)
{
	bool		plain;

	walk->p = pca_scanner_number(walk->p, walk->end, &plain);
	return walk->p && plain;
}

static bool
pass_word(Walk *walk, const char *word, size_t length)
{
	if ((size_t) (walk->end - walk->p) < length || memcmp(walk->p, word, length) != 0)
		return false;
	walk->p += length;
	return true;
}

/* Pass the value at hand; false when it is not a simple one. */
static inline bool
pass_value(Walk *walk)
{
	switch (*walk->p)
	{
		case '"':
			return pass_string(walk);
		case 'n':
			return pass_word(walk, "null", 4);
		case 't':
			return pass_word(walk, "true", 4);
		case 'f':
			return pass_word(walk, "false", 5);
		default:
			return pass_number(walk);
	}
}

/* Read a member, and what follows it: the comma, or the brace, which is *last. */
static inline bool
read_member(Walk *walk, PcaMember *member, bool *last)
{
	if (!pass_space(walk) || *walk->p != '"')
		return false;
	member->key = walk->p + 1;
	if (!pass_string(walk))
		return false;
	member->key_length = walk->p - member->key - 1;
	if (!pass_space(walk) || *walk->p++ != ':' || !pass_space(walk))
		return false;
	member->value = walk->p;
	if (!pass_value(walk))
		return false;
	member->value_length = walk->p - member->value;
	if (!pass_space(walk))
		return false;
	*last = *walk->p == '}';
	return *walk->p++ == ',' || *last;
}

const char *
pca_flat_object_read(PcaFlatObject *members, const char *data, const char *end)
{
	Walk		walk = {data + 1, end, 0};
	bool		last = false;

	members->count = 0;
	while (!last)
	{
		if (members->count == PCA_FLAT_OBJECT_MAX_MEMBERS ||
			!read_member(&walk, &members->member[members->count++], &last))
			return NULL;
	}
	members->ascii = walk.high == 0;
	return walk.p;
}

const char *
pca_flat_object_member_text(const PcaMember *member, size_t *length)
{
	bool		quoted = *member->value == '"';

	*length = member->value_length - (quoted ? 2 : 0);
	return *member->value == 'n' ? NULL : member->value + (quoted ? 1 : 0);
}

bool
pca_flat_object_member_integer(const PcaMember *member, int64 *integer)
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
