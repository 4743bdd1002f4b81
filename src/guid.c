/*
 * guid.c
 *		Reads, checks and makes GUIDs as text.
 */
#include "postgres.h"

#include "guid.h"

/* A hexadecimal digit: its value and its kind; 0 for every other character. */
#define HEX_VALUE	0x0F
#define HEX_DIGIT	0x10
#define HEX_UPPER	0x20
#define HEX_LOWER	0x40

static const uint8 hex_digit[256] =
{
	['0'] = HEX_DIGIT,['1'] = HEX_DIGIT | 1,['2'] = HEX_DIGIT | 2,
	['3'] = HEX_DIGIT | 3,['4'] = HEX_DIGIT | 4,['5'] = HEX_DIGIT | 5,
	['6'] = HEX_DIGIT | 6,['7'] = HEX_DIGIT | 7,['8'] = HEX_DIGIT | 8,
	['9'] = HEX_DIGIT | 9,
	['A'] = HEX_UPPER | 10,['B'] = HEX_UPPER | 11,['C'] = HEX_UPPER | 12,
	['D'] = HEX_UPPER | 13,['E'] = HEX_UPPER | 14,['F'] = HEX_UPPER | 15,
	['a'] = HEX_LOWER | 10,['b'] = HEX_LOWER | 11,['c'] = HEX_LOWER | 12,
	['d'] = HEX_LOWER | 13,['e'] = HEX_LOWER | 14,['f'] = HEX_LOWER | 15
};

/* A dash stands before these bytes. */
static bool
follows_dash(int byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

bool
pca_guid_parse(const char *text, uint8 *bytes, bool *has_upper, bool *has_lower)
{
	const char *p = text;
	int			seen = 0;

	/* the table has 0 for the terminating null, so that no read passes it */
	for (int i = 0; i < PCA_GUID_BYTES; i++)
	{
		int			high;
		int			low;

		if (follows_dash(i) && *p++ != '-')
			return false;
		if ((high = hex_digit[(unsigned char) p[0]]) == 0 ||
			(low = hex_digit[(unsigned char) p[1]]) == 0)
			return false;
		seen |= high | low;
		bytes[i] = (uint8) ((high & HEX_VALUE) << 4 | (low & HEX_VALUE));
		p += 2;
	}
	*has_upper = (seen & HEX_UPPER) != 0;
	*has_lower = (seen & HEX_LOWER) != 0;
	return *p == '\0';
}

bool
pca_guid_is_valid(const char *text)
{
	uint8		bytes[PCA_GUID_BYTES];
	bool		has_upper;
	bool		has_lower;

	return pca_guid_parse(text, bytes, &has_upper, &has_lower);
}

bool
pca_guid_case(const char *text, bool *upper, bool *lower)
{
	uint8		bytes[PCA_GUID_BYTES];
	bool		has_upper;
	bool		has_lower;
	bool		valid = pca_guid_parse(text, bytes, &has_upper, &has_lower);

	*upper = valid && !has_lower;
	*lower = valid && !has_upper;
	return valid;
}

char *
pca_guid_to_upper(const char *text)
{
	char	   *copy = pstrdup(text);

	for (char *p = copy; *p; p++)
		*p = pg_ascii_toupper((unsigned char) *p);
	return copy;
}

char *
pca_guid_to_lower(const char *text)
{
	char	   *copy = pstrdup(text);

	for (char *p = copy; *p; p++)
		*p = pg_ascii_tolower((unsigned char) *p);
	return copy;
}

void
pca_guid_generate(char *guid)
{
	uint8		bytes[PCA_GUID_BYTES];

	if (!pg_strong_random(bytes, sizeof(bytes)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));

	/* version 4, variant 1 (RFC 9562, section 5.4) */
	bytes[6] = (bytes[6] & 0x0F) | 0x40;
	bytes[8] = (bytes[8] & 0x3F) | 0x80;
	for (int i = 0; i < PCA_GUID_BYTES; i++)
	{
		if (follows_dash(i))
			*guid++ = '-';
		guid += sprintf(guid, "%02x", bytes[i]);
	}
}
