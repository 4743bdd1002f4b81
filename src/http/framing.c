/*
 * framing.c
 *		Reads the header fields that define the length and coding of a body.
 *
 * This is stricter than libcurl.  libcurl takes the last of several
 * Content-Length fields and ignores a number that overflows, so that two readers
 * of one connection may disagree about where a response ends (RFC 9112, sections
 * 6.3 and 11.2).  It also decodes any Transfer-Encoding that it was built with.
 */
#include "postgres.h"

#include "http/framing.h"

/*
 * Returns the next nonempty element of the comma-separated list at *rest and
 * sets *length, without white space around it; NULL at the end of the list.
 */
static const char *
next_list_element(const char **rest, size_t *length)
{
	static const char separators[] = ", \t\r\n";
	const char *element = *rest + strspn(*rest, separators);

	*length = strcspn(element, ",");
	*rest = element + *length;
	while (*length > 0 && strchr(separators, element[*length - 1]))
		(*length)--;
	return *length > 0 ? element : NULL;
}

/* Returns true if an element is that token, without regard to case. */
static bool
element_is(const char *element, size_t length, const char *token)
{
	return length == strlen(token) && pg_strncasecmp(element, token, length) == 0;
}

bool
pca_framing_read_coding(PcaFraming *framing, const char *value)
{
	const char *element;
	size_t		length;

	while ((element = next_list_element(&value, &length)) != NULL)
	{
		PcaCoding	coding;

		if (element_is(element, length, "identity"))
			continue;
		if (element_is(element, length, "gzip") || element_is(element, length, "x-gzip"))
			coding = PCA_CODING_GZIP;
		else if (element_is(element, length, "deflate"))
			coding = PCA_CODING_DEFLATE;
		else
			return false;
		if (framing->coding != PCA_CODING_IDENTITY)
			return false;
		framing->coding = coding;
	}
	return true;
}

bool
pca_framing_read_transfer(PcaFraming *framing, const char *value)
{
	size_t		length;
	const char *element = next_list_element(&value, &length);

	if (!element || !element_is(element, length, "chunked") ||
		framing->chunked || framing->has_length)
		return false;
	framing->chunked = true;
	return next_list_element(&value, &length) == NULL;
}

/* Reads an element as a decimal number; false if it is none, or 2^63 or more. */
static bool
parse_length(const char *element, size_t length, uint64 *number)
{
	*number = 0;
	for (size_t i = 0; i < length; i++)
	{
		if (element[i] < '0' || element[i] > '9')
			return false;
		/* checked before the multiplication, which would wrap around */
		if (*number > (uint64) PG_INT64_MAX / 10)
			return false;
		*number = *number * 10 + (element[i] - '0');
	}
	return *number <= (uint64) PG_INT64_MAX;
}

bool
pca_framing_read_length(PcaFraming *framing, const char *value)
{
	bool		found = false;
	const char *element;
	size_t		length;

	while ((element = next_list_element(&value, &length)) != NULL)
	{
		uint64		number;

		if (!parse_length(element, length, &number))
			return false;
		if (framing->has_length && framing->length != number)
			return false;
		framing->has_length = true;
		framing->length = number;
		found = true;
	}
	return found && !framing->chunked;
}
