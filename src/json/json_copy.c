/*
 * json_copy.c
 *		Rewrites JSON into a form that cJSON reads without a loss.
 *
 * Text that PostgreSQL cannot store must not be an obstacle to reading the other
 * members of an item.  So invalid text becomes valid here, with a mark.
 */
#include "postgres.h"

#include "json/json_copy.h"
#include "json/scanner.h"

/* Why a text is invalid.  The byte after the mark is '0' plus one of these. */
typedef enum InvalidText
{
	TEXT_VALID,
	TEXT_NOT_UTF8,
	TEXT_SURROGATE,
	TEXT_ZERO,
	TEXT_CONTROL,
	TEXT_ESCAPE
} InvalidText;

static const char *const invalid_reasons[] = {
	[TEXT_VALID] = NULL,
	[TEXT_NOT_UTF8] = "a string is not valid UTF-8",
	[TEXT_SURROGATE] = "a string holds an unpaired surrogate",
	[TEXT_ZERO] = "a string holds \\u0000, which PostgreSQL cannot store",
	[TEXT_CONTROL] = "a string holds a control character",
	[TEXT_ESCAPE] = "a string has an invalid escape"
};

/* U+FFFD in UTF-8. */
static const char replacement[] = {'\xEF', '\xBF', '\xBD'};

/* State of writing the copy. */
typedef struct JsonCopier
{
	const char *p;
	const char *end;
	char	   *out;
	int			depth_left;		/* levels that may still be opened */
	InvalidText string_fault;	/* of the current string */
	InvalidText first_fault;	/* of all strings */
	const char *error;			/* the reason if a function returns false */
} JsonCopier;

size_t
pca_json_copy_max_size(size_t length)
{
	/*
	 * A byte that is not UTF-8 becomes three.  A number gets three bytes
	 * more, and has a byte and a separator.
	 */
	return 3 * length + 3;
}

/*
 * Copy the number at p, in quotes unless it is plain.  cJSON would read on if one
 * of the number characters followed, and would accept a quoted number as a key, so
 * both are rejected here.
 */
static bool
copy_json_number(JsonCopier *copier)
{
	const char *start = copier->p;
	const char *next;
	bool		plain;

	copier->p = pca_scanner_skip_number(start, copier->end, &plain);
	copier->error = "a number is malformed";
	if (!copier->p)
		return false;
	if (copier->p < copier->end && strchr("0123456789+-.eE", *copier->p))
		return false;
	for (next = copier->p; next < copier->end && pca_scanner_is_space(*next); next++)
		 /* skip white space */ ;
	copier->error = "a member's key is not a string";
	if (next < copier->end && *next == ':')
		return false;
	if (!plain)
	{
		*copier->out++ = '"';
		*copier->out++ = PCA_JSON_NUMBER_MARK;
	}
	memcpy(copier->out, start, copier->p - start);
	copier->out += copier->p - start;
	if (!plain)
		*copier->out++ = '"';
	return true;
}

/* Copy that many bytes. */
static void
copy_bytes(JsonCopier *copier, int length)
{
	memcpy(copier->out, copier->p, length);
	copier->out += length;
	copier->p += length;
}

/* Replace that many bytes by U+FFFD, or omit them if they are U+0000. */
static void
replace_bytes(JsonCopier *copier, int length, InvalidText fault)
{
	if (copier->string_fault == TEXT_VALID)
		copier->string_fault = fault;
	if (fault != TEXT_ZERO)
	{
		memcpy(copier->out, replacement, sizeof(replacement));
		copier->out += sizeof(replacement);
	}
	copier->p += length;
}

/* The number of an escape \uXXXX at p; -1 if there is none. */
static int
read_unicode_escape(const char *p, const char *end)
{
	int			code = 0;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++)
	{
		if (!isxdigit((unsigned char) p[i]))
			return -1;
		code = code * 16 + (isdigit((unsigned char) p[i]) ? p[i] - '0' :
							pg_ascii_tolower((unsigned char) p[i]) - 'a' + 10);
	}
	return code;
}

/* Copy the escape at p, a backslash that is not the last byte. */
static void
copy_json_escape(JsonCopier *copier)
{
	const char *p = copier->p;
	int			code = read_unicode_escape(p, copier->end);
	int			second;

	if (p[1] != '\0' && strchr("\"\\/bfnrt", p[1]))
		copy_bytes(copier, 2);
	else if (code < 0)
		replace_bytes(copier, 1, TEXT_ESCAPE);
	else if (code == 0)
		replace_bytes(copier, 6, TEXT_ZERO);
	else if (code < 0xD800 || code > 0xDFFF)
		copy_bytes(copier, 6);
	else
	{
		second = code < 0xDC00 ? read_unicode_escape(p + 6, copier->end) : -1;
		if (second >= 0xDC00 && second <= 0xDFFF)
			copy_bytes(copier, 12);
		else
			replace_bytes(copier, 6, TEXT_SURROGATE);
	}
}

/*
 * Returns the length of the UTF-8 character at p, whose first byte is above 0x7F;
 * *valid is false if there is none.  The length is then that of the bytes that one
 * could begin with, as Unicode recommends for replacing them.
 */
static int
utf8_character_length(const unsigned char *p, const unsigned char *end, bool *valid)
{
	int			following = *p >= 0xF0 ? 3 : *p >= 0xE0 ? 2 : 1;
	unsigned char low = *p == 0xE0 ? 0xA0 : *p == 0xF0 ? 0x90 : 0x80;
	unsigned char high = *p == 0xED ? 0x9F : *p == 0xF4 ? 0x8F : 0xBF;

	*valid = false;
	if (*p < 0xC2 || *p > 0xF4)
		return 1;
	for (int i = 1; i <= following; i++)
	{
		if (p + i == end || p[i] < low || p[i] > high)
			return i;
		low = 0x80;
		high = 0xBF;
	}
	*valid = true;
	return following + 1;
}

/* Copy the character at p, which is above 0x7F. */
static void
copy_json_utf8(JsonCopier *copier)
{
	bool		valid;
	int			length = utf8_character_length((const unsigned char *) copier->p,
											   (const unsigned char *) copier->end, &valid);

	if (valid)
		copy_bytes(copier, length);
	else
		replace_bytes(copier, length, TEXT_NOT_UTF8);
}

/* Mark the copied string, whose first character is at start. */
static void
mark_invalid_string(JsonCopier *copier, char *start)
{
	memmove(start + PCA_JSON_INVALID_MARK_LENGTH, start, copier->out - start);
	start[0] = PCA_JSON_INVALID_MARK;
	start[1] = '0' + copier->string_fault;
	copier->out += PCA_JSON_INVALID_MARK_LENGTH;
	if (copier->first_fault == TEXT_VALID)
		copier->first_fault = copier->string_fault;
}

/* Copy the string at p with its quotes. */
static bool
copy_json_string(JsonCopier *copier)
{
	char	   *start = copier->out + 1;

	copier->string_fault = TEXT_VALID;
	copier->error = "a string does not end";
	copy_bytes(copier, 1);
	while (copier->p < copier->end && *copier->p != '"')
	{
		if (*copier->p == '\\' && copier->p + 1 == copier->end)
			return false;
		if (*copier->p == '\\')
			copy_json_escape(copier);
		else if (*copier->p == '\0')
			replace_bytes(copier, 1, TEXT_ZERO);
		else if ((unsigned char) *copier->p < 0x20)
			replace_bytes(copier, 1, TEXT_CONTROL);
		else if (IS_HIGHBIT_SET(*copier->p))
			copy_json_utf8(copier);
		else
			copy_bytes(copier, 1);
	}
	if (copier->p == copier->end)
		return false;
	if (copier->string_fault != TEXT_VALID)
		mark_invalid_string(copier, start);
	copy_bytes(copier, 1);
	return true;
}

/* Copy a character outside strings and numbers, and count the nesting depth. */
static bool
copy_json_character(JsonCopier *copier)
{
	char		c = *copier->p++;

	if ((c == '{' || c == '[') && --copier->depth_left < 0)
	{
		copier->error = "it is nested too deep";
		return false;
	}
	if (c == '}' || c == ']')
		copier->depth_left++;
	if ((unsigned char) c < 0x20 && !pca_scanner_is_space(c))
	{
		copier->error = "there is a control character between tokens";
		return false;
	}
	*copier->out++ = c;
	return true;
}

size_t
pca_json_copy_write(char *out, const char *data, size_t length, int max_depth,
					const char **invalid_text, const char **error)
{
	JsonCopier	copier = {.p = data,.end = data + length,.out = out,.depth_left = max_depth};

	while (copier.p < copier.end)
	{
		bool		valid;

		if (*copier.p == '"')
			valid = copy_json_string(&copier);
		else if (*copier.p == '-' || (*copier.p >= '0' && *copier.p <= '9'))
			valid = copy_json_number(&copier);
		else
			valid = copy_json_character(&copier);
		if (!valid)
		{
			*error = copier.error;
			return 0;
		}
	}
	*invalid_text = invalid_reasons[copier.first_fault];
	return copier.out - out;
}

const char *
pca_json_copy_invalid_reason(const char *text)
{
	return *text == PCA_JSON_INVALID_MARK ? invalid_reasons[text[1] - '0'] : NULL;
}
