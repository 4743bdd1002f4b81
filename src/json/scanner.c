/*
 * scanner.c
 *		Finds the end of a JSON value as its bytes arrive.
 *
 * The scanner reads each byte once.  Inside a string it searches for quotes,
 * escapes and control characters, elsewhere for brackets and numbers.  It marks
 * a value as not plain if it contains anything that cJSON would accept although
 * it is invalid, or would not represent exactly.
 *
 * json.c checks that the value is valid JSON.
 */
#include "postgres.h"

#include "json/scanner.h"

/* The meaning of a byte outside strings. */
typedef enum ByteClass
{
	BYTE_OTHER,
	BYTE_QUOTE,
	BYTE_BRACKET,
	BYTE_NUMBER
} ByteClass;

static const uint8 byte_class[256] =
{
	['"'] = BYTE_QUOTE,
	['{'] = BYTE_BRACKET,['['] = BYTE_BRACKET,['}'] = BYTE_BRACKET,[']'] = BYTE_BRACKET,
	['-'] = BYTE_NUMBER,['0'] = BYTE_NUMBER,['1'] = BYTE_NUMBER,['2'] = BYTE_NUMBER,
	['3'] = BYTE_NUMBER,['4'] = BYTE_NUMBER,['5'] = BYTE_NUMBER,['6'] = BYTE_NUMBER,
	['7'] = BYTE_NUMBER,['8'] = BYTE_NUMBER,['9'] = BYTE_NUMBER
};

/* True if some byte of the 64-bit word is less than n (at most 128). */
#define EACH_BYTE(n)	(UINT64CONST(0x0101010101010101) * (n))
#define HAS_LESS(word, n) \
	((((word) - EACH_BYTE(n)) & ~(word) & EACH_BYTE(0x80)) != 0)

void
pca_scanner_begin(PcaScanner *scanner, size_t start, char c)
{
	scanner->start = start;
	scanner->pos = start;
	scanner->plain = true;
	scanner->scalar = (c != '"' && c != '{' && c != '[');
	scanner->in_string = false;
	scanner->depth = 0;
	scanner->open_braces = 0;
}

/*
 * Returns the byte after the closing quote of a string that may have escapes, or
 * NULL if the string does not end before end.  p is inside the string, so the
 * backslashes before a quote are counted back no further than the opening quote.
 */
static const char *
skip_escaped_string(const char *p, const char *end)
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
 * The same for a string whose first character is at p, reading eight bytes at
 * once.  Sets *plain to false at an escape or a control character.
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
			return skip_escaped_string(p, end);
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
 * Returns the byte after the digits at p.  Sets *plain to false unless they are a
 * complete plain number.  At the end of the bytes it is not known whether the
 * number goes on, so it is not plain then.
 */
static inline const char *
scan_number(const char *p, const char *end, bool *plain)
{
	const char *digits = p + (*p == '-' ? 1 : 0);
	const char *after = digits;

	while (after < end && is_digit(*after))
		after++;
	if (after == end || after == digits ||
		after - p > PCA_SCANNER_PLAIN_DIGITS ||
		(*digits == '0' && after - p > 1) ||
		*after == '.' || *after == 'e' || *after == 'E')
		*plain = false;
	return after;
}

/* Count a bracket; returns the reason if it is not allowed here, or NULL. */
static inline const char *
count_bracket(PcaScanner *scanner, char c)
{
	bool		brace = (c == '{' || c == '}');

	if (c == '{' || c == '[')
	{
		if (scanner->depth == PCA_SCANNER_MAX_DEPTH)
			return "it is nested too deep";
		scanner->depth++;
		scanner->open_braces = scanner->open_braces << 1 | (brace ? 1 : 0);
		return NULL;
	}
	Assert(scanner->depth > 0);
	if ((scanner->open_braces & 1) != (brace ? 1 : 0))
		return "its brackets do not match";
	scanner->depth--;
	scanner->open_braces >>= 1;
	return NULL;
}

/* Scan an object or array, beginning outside strings, until it ends. */
static PcaScannerResult
scan_brackets(PcaScanner *scanner, const char *data, size_t length, const char **error)
{
	const char *end = data + length;
	const char *p = data + scanner->pos;

	while (p < end)
	{
		switch (byte_class[(unsigned char) *p])
		{
			case BYTE_OTHER:
				if ((unsigned char) *p < ' ' && !pca_scanner_is_space(*p))
					scanner->plain = false;
				do
					p++;
				while (p < end && *p == ' ');	/* fast for indented JSON */
				break;
			case BYTE_QUOTE:
				p = skip_string(p + 1, end, &scanner->plain);
				if (p)
					break;
				scanner->in_string = true;
				scanner->pos = length;
				return PCA_SCANNER_MORE;
			case BYTE_NUMBER:
				p = scan_number(p, end, &scanner->plain);
				break;
			case BYTE_BRACKET:
				scanner->pos = p - data;
				*error = count_bracket(scanner, *p);
				if (*error)
					return PCA_SCANNER_ERROR;
				scanner->pos = ++p - data;
				if (scanner->depth == 0)
					return PCA_SCANNER_DONE;
				break;
		}
	}
	scanner->pos = length;
	return PCA_SCANNER_MORE;
}

/* Scan a number or literal up to the delimiter that must follow it. */
static PcaScannerResult
scan_scalar(PcaScanner *scanner, const char *data, size_t length)
{
	for (; scanner->pos < length; scanner->pos++)
	{
		char		c = data[scanner->pos];

		if (c == ',' || c == '}' || c == ']' || pca_scanner_is_space(c))
			return PCA_SCANNER_DONE;
	}
	return PCA_SCANNER_MORE;
}

PcaScannerResult
pca_scanner_advance(PcaScanner *scanner, const char *data, size_t length, const char **error)
{
	const char *after;

	if (scanner->scalar)
		return scan_scalar(scanner, data, length);
	if (scanner->pos == scanner->start && scanner->pos < length && data[scanner->pos] == '"')
	{
		scanner->in_string = true;
		scanner->pos++;
	}
	if (scanner->in_string)
	{
		scanner->plain = false;
		after = skip_escaped_string(data + scanner->pos, data + length);
		scanner->pos = after ? (size_t) (after - data) : length;
		if (!after)
			return PCA_SCANNER_MORE;
		scanner->in_string = false;
		if (scanner->depth == 0)
			return PCA_SCANNER_DONE;
	}
	return scan_brackets(scanner, data, length, error);
}

/* Returns the byte after the digits at p, or NULL if there are none. */
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
pca_scanner_skip_number(const char *p, const char *end, bool *plain)
{
	const char *start = p;
	const char *after;

	if (p < end && *p == '-')
		p++;
	after = skip_digits(p, end);
	if (!after || (*p == '0' && after - p > 1))
		return NULL;
	*plain = after - start <= PCA_SCANNER_PLAIN_DIGITS && (*p != '0' || p == start);
	p = after;
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
