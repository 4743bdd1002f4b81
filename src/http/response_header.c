/*
 * response_header.c
 *		Reads the header fields of a response through libcurl.
 *
 * libcurl has joined folded lines and removed surrounding blanks, and it keeps
 * every field, where its own reading of Content-Length and Transfer-Encoding
 * takes the one that came last.
 */
#include "postgres.h"

#include <curl/curl.h>

#include "http/response_header.h"

/* Bytes of a value that a detail shows. */
#define PCA_RESPONSE_HEADER_SHOWN	80

/* Reads the value of one header field: a function of framing.h. */
typedef bool (*ReadField) (PcaFraming *framing, const char *value);

/* The value of the field of that name at that index, of that origin; or NULL. */
static const char *
find_value(CURL *easy, const char *name, size_t index, unsigned int origin)
{
	struct curl_header *header;

	if (curl_easy_header(easy, name, index, origin, -1, &header) != CURLHE_OK)
		return NULL;
	return header->value;
}

const char *
pca_response_header_value(void *easy, const char *name)
{
	return find_value(easy, name, 0, CURLH_HEADER);
}

/*
 * Read every header field of that name.  NULL if all are accepted, else the value
 * of the one that is not.
 */
static const char *
read_fields(CURL *easy, const char *name, ReadField read, PcaFraming *framing)
{
	const char *value = NULL;

	for (size_t i = 0; (value = find_value(easy, name, i, CURLH_HEADER)) != NULL; i++)
	{
		if (!read(framing, value))
			break;
	}
	return value;
}

/* Write the reason why a field is not accepted. */
static void
set_detail(char *detail, size_t size, const char *name, const char *value,
		   const char *reason)
{
	snprintf(detail, size, "The response has %s \"%.*s\"%s", name, PCA_RESPONSE_HEADER_SHOWN, value,
			 reason);
}

/* Returns the reason to refuse an encoding, as the end of a sentence. */
static const char *
unrequested_reason(bool compression)
{
	return compression ? ", but either gzip or deflate was requested" :
		", but no encoding was requested";
}

PcaResponseHeaderResult
pca_response_header_read(void *easy, bool compression, PcaFraming *framing, char *detail, size_t size)
{
	static const struct
	{
		const char *name;
		ReadField	read;
		const char *reason;
	}			fields[] =
	{
		{"Transfer-Encoding", pca_framing_read_transfer, ", which is not \"chunked\" alone"},
		{"Content-Length", pca_framing_read_length, ", so that its length is ambiguous"}
	};
	const char *value;

	for (int i = 0; i < (int) lengthof(fields); i++)
	{
		/* libcurl takes what an interim response says for the final one's */
		value = find_value(easy, fields[i].name, 0, CURLH_1XX);
		if (value)
		{
			set_detail(detail, size, fields[i].name, value, " in an interim response");
			return PCA_RESPONSE_HEADER_AMBIGUOUS;
		}
		value = read_fields(easy, fields[i].name, fields[i].read, framing);
		if (value)
		{
			set_detail(detail, size, fields[i].name, value, fields[i].reason);
			return PCA_RESPONSE_HEADER_AMBIGUOUS;
		}
	}
	value = read_fields(easy, "Content-Encoding", pca_framing_read_coding, framing);
	if (!value && (compression || framing->coding == PCA_CODING_IDENTITY))
		return PCA_RESPONSE_HEADER_ACCEPTED;
	set_detail(detail, size, "Content-Encoding",
			   value ? value : pca_response_header_value(easy, "Content-Encoding"),
			   unrequested_reason(compression));
	return PCA_RESPONSE_HEADER_UNREQUESTED;
}
