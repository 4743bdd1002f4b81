/*
 * scanner.c
 *		Where does a JSON value end?
 *
 * The bytes are walked once, as they arrive, and as fast as can be: in a
 * string only quotes, escapes and control characters are looked for, elsewhere
 * brackets and numbers.  Whatever cJSON would read leniently, or not exactly,
 * makes the value one that is not plain.
 *
 * Whether the value is good JSON is asked in json.c.
 */
#include "postgres.h"

#include "json/scanner.h"

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
	['{'] = BRACKET,['['] = BRACKET,['}'] = BRACKET,[']'] = BRACKET,
	['-'] = NUMBER,['0'] = NUMBER,['1'] = NUMBER,['2'] = NUMBER,
	['3'] = NUMBER,['4'] = NUMBER,['5'] = NUMBER,['6'] = NUMBER,
	['7'] = NUMBER,['8'] = NUMBER,['9'] = NUMBER
};

/* Whether some byte of a word is less than n (at most 128). */
#define EACH_BYTE(n)	(UINT64CONST(0x0101010101010101) * (n))
#define HAS_LESS(word, n) \
	((((word) - EACH_BYTE(n)) & ~(word) & EACH_BYTE(0x80)) != 0)

void
pca_scanner_begin(PcaScanner *cut, size_t start, char c)
{
	cut->start = start;
	cut->pos = start;
	cut->plain = true;
	cut->scalar = (c != '"' && c != '{' && c != '[');
	cut->in_string = false;
	cut->depth = 0;
	cut->kinds = 0;
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

/*
 * The same for a string that begins at p, looking at eight bytes at once.
 * *plain becomes false when it has an escape or a control character.
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
		if (HAS_LESS(word, 0x20) || HAS_LESS(quotes, 1) || HAS_LESS(escapes, 1))
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

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * The byte behind the digits at p.  *plain becomes false unless they are all
 * there is of a plain number.
 */
static inline const char *
skip_number(const char *p, const char *end, bool *plain)
{
	const char *digits = p + (*p == '-' ? 1 : 0);
	const char *behind = digits;

	while (behind < end && is_digit(*behind))
		behind++;
	if (behind == end || behind == digits ||
		behind - p > PCA_SCANNER_PLAIN_DIGITS ||
		(*digits == '0' && behind - p > 1) ||
		*behind == '.' || *behind == 'e' || *behind == 'E')
		*plain = false;
	return behind;
}

/* Note a bracket; returns what is wrong with it, or NULL. */
static inline const char *
note_bracket(PcaScanner *cut, char c)
{
	bool		brace = (c == '{' || c == '}');

	if (c == '{' || c == '[')
	{
		if (cut->depth == PCA_SCANNER_MAX_DEPTH)
			return "it is nested too deep";
		cut->depth++;
		cut->kinds = cut->kinds << 1 | (brace ? 1 : 0);
		return NULL;
	}
	Assert(cut->depth > 0);
	if ((cut->kinds & 1) != (brace ? 1 : 0))
		return "a bracket has no partner";
	cut->depth--;
	cut->kinds >>= 1;
	return NULL;
}

/* Walk on through an object or an array, outside of strings. */
static PcaScannerResult
walk_brackets(PcaScanner *cut, const char *data, size_t length, const char **fault)
{
	const char *end = data + length;
	const char *p = data + cut->pos;

	while (p < end)
	{
		switch (byte_class[(unsigned char) *p])
		{
			case PASS:
				if ((unsigned char) *p < ' ' && !pca_scanner_is_space(*p))
					cut->plain = false;
				do
					p++;
				while (p < end && *p == ' ');	/* indentation */
				break;
			case QUOTE:
				p = skip_string(p + 1, end, &cut->plain);
				if (p)
					break;
				cut->in_string = true;
				cut->pos = length;
				return PCA_SCANNER_MORE;
			case NUMBER:
				p = skip_number(p, end, &cut->plain);
				break;
			case BRACKET:
				cut->pos = p - data;
				*fault = note_bracket(cut, *p);
				if (*fault)
					return PCA_SCANNER_ERROR;
				cut->pos = ++p - data;
				if (cut->depth == 0)
					return PCA_SCANNER_DONE;
				break;
		}
	}
	cut->pos = length;
	return PCA_SCANNER_MORE;
}

/* Walk to the end of a number or word, which a delimiter must follow. */
static PcaScannerResult
walk_scalar(PcaScanner *cut, const char *data, size_t length)
{
	for (; cut->pos < length; cut->pos++)
	{
		char		c = data[cut->pos];

		if (c == ',' || c == '}' || c == ']' || pca_scanner_is_space(c))
			return PCA_SCANNER_DONE;
	}
	return PCA_SCANNER_MORE;
}

PcaScannerResult
pca_scanner_advance(PcaScanner *cut, const char *data, size_t length, const char **fault)
{
	const char *behind;

	if (cut->scalar)
		return walk_scalar(cut, data, length);
	if (cut->pos == cut->start && cut->pos < length && data[cut->pos] == '"')
	{
		cut->in_string = true;
		cut->pos++;
	}
	if (cut->in_string)
	{
		cut->plain = false;
		behind = skip_escaped(data + cut->pos, data + length);
		cut->pos = behind ? (size_t) (behind - data) : length;
		if (!behind)
			return PCA_SCANNER_MORE;
		cut->in_string = false;
		if (cut->depth == 0)
			return PCA_SCANNER_DONE;
	}
	return walk_brackets(cut, data, length, fault);
}

/* The byte behind at least one digit at p, or NULL. */
static const char *
skip_digits(const char *p, const char *end)
{
	if (p == end || !is_digit(*p))
		return NULL;
	while (p < end && is_digit(*p))
		p++;
	return p;
}

const char *
pca_scanner_number(const char *p, const char *end, bool *plain)
{
	const char *start = p;
	const char *behind;

	if (p < end && *p == '-')
		p++;
	behind = skip_digits(p, end);
	if (!behind || (*p == '0' && behind - p > 1))
		return NULL;
	*plain = behind - start <= PCA_SCANNER_PLAIN_DIGITS && (*p != '0' || p == start);
	p = behind;
	if (p < end && *p == '.')
	{
		*plain = false;
		p = skip_digits(p + 1, end);
		if (!p)
			return NULL;
	}
	if (p < end && (*p == 'e' || *p == 'E'))
	{
		*plain = false;
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		p = skip_digits(p, end);
	}
	return p;
}
