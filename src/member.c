/*
 * member.c
 *		Which members does an item have, if it is a simple one?
 *
 * All documented rows are objects of strings, integers and nulls, mostly
 * without a backslash.  Of those the members are found in one walk over their
 * bytes, and what they say is what their bytes are; whether the object is valid
 * JSON is known with it.  Whatever is not as simple is left to cut.c and json.c.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "cut.h"
#include "member.h"

/* Whether some byte of a word is less than n (at most 128); the lowest is exact. */
#define EACH_BYTE(n)	(UINT64CONST(0x0101010101010101) * (n))
#define LESS(word, n)	(((word) - EACH_BYTE(n)) & ~(word) & EACH_BYTE(0x80))

/* A walk over an object. */
typedef struct Walk
{
	const char *p;
	const char *end;
	uint64		seen;			/* all bytes of strings, one over the other */
} Walk;

/*
 * Go to the first byte of a string that is not plain: its quote, a backslash or
 * a control character.
 */
static inline void
skip_plain(Walk *walk)
{
	const char *p = walk->p;

#ifndef WORDS_BIGENDIAN
	for (; walk->end - p >= (ptrdiff_t) sizeof(uint64); p += sizeof(uint64))
	{
		uint64		word;
		uint64		special;

		memcpy(&word, p, sizeof(uint64));
		special = LESS(word, 0x20) | LESS(word ^ EACH_BYTE('"'), 1) |
			LESS(word ^ EACH_BYTE('\\'), 1);
		if (special == 0)
		{
			walk->seen |= word;
			continue;
		}
		walk->seen |= word & (special ^ (special - 1));
		walk->p = p + pg_rightmost_one_pos64(special) / 8;
		return;
	}
#endif
	for (; p < walk->end && *p != '"' && *p != '\\' && (unsigned char) *p >= 0x20; p++)
		walk->seen |= (unsigned char) *p;
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
	while (walk->p < walk->end && pca_cut_is_space(*walk->p))
		walk->p++;
	return walk->p < walk->end;
}

static bool
pass_number(Walk *walk)
{
	bool		plain;

	walk->p = pca_cut_number(walk->p, walk->end, &plain);
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
pca_member_read(PcaMembers *members, const char *data, const char *end)
{
	Walk		walk = {data + 1, end, 0};
	bool		last = false;

	members->count = 0;
	while (!last)
	{
		if (members->count == PCA_MEMBER_MAX ||
			!read_member(&walk, &members->member[members->count++], &last))
			return NULL;
	}
	members->ascii = (walk.seen & EACH_BYTE(0x80)) == 0;
	return walk.p;
}

const char *
pca_member_text(const PcaMember *member, size_t *length)
{
	bool		quoted = *member->value == '"';

	*length = member->value_length - (quoted ? 2 : 0);
	return *member->value == 'n' ? NULL : member->value + (quoted ? 1 : 0);
}
