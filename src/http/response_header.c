/*
 * response_header.c
 *		Reads the header fields of a response through libcurl.
 *
 * libcurl has joined folded lines and removed surrounding blanks.  It keeps every
 * field, although it uses only the last Content-Length or Transfer-Encoding itself.
 */
#include "postgres.h"

#include "http/response_header.h"

/* Bytes of a field's value that a detail shows. */
#define PCA_RESPONSE_HEADER_SHOWN	80

/* A function of framing.h, which reads the value of one header field. */
typedef bool (*FieldReader) (PcaFraming *framing, const char *value);

/* Returns the value of the field of that name, index and origin; NULL if none. */
static const char *
get_field_value(CURL *easy, const char *name, size_t index, unsigned int origin)
{
	struct curl_header *header;

	if (curl_easy_header(easy, name, index, origin, -1, &header) != CURLHE_OK)
		return NULL;
	return header->value;
}

const char *
pca_response_header_value(CURL *easy, const char *name)
{
	return get_field_value(easy, name, 0, CURLH_HEADER);
}

/*
 * Read every header field of that name.  Returns NULL if all are accepted, else
 * the value of the first that is not.
 */
static const char *
read_all_fields(CURL *easy, const char *name, FieldReader read, PcaFraming *framing)
{
	const char *value = NULL;

	for (size_t i = 0; (value = get_field_value(easy, name, i, CURLH_HEADER)) != NULL; i++)
	{
		if (!read(framing, value))
			break;
	}
	return value;
}

/* Write the reason why a field is not accepted. */
static void
set_field_detail(char *detail, size_t size, const char *name, const char *value,
				 const char *reason)
{
	snprintf(detail, size, "The response has %s \"%.*s\"%s", name, PCA_RESPONSE_HEADER_SHOWN, value,
			 reason);
}

/* Returns the reason why an encoding is not accepted, as the end of a sentence. */
static const char *
unrequested_reason(bool compression)
{
	return compression ? ", but either gzip or deflate was requested" :
		", but no encoding was requested";
}

PcaResponseHeaderResult
pca_response_header_read(CURL *easy, bool compression, PcaFraming *framing, char *detail, size_t size)
{
	static const struct
	{
		const char *name;
		FieldReader read;
		const char *reason;
	}			fields[] =
	{
		{"Transfer-Encoding", pca_framing_read_transfer, ", which is not \"chunked\" alone"},
		{"Content-Length", pca_framing_read_length, ", so that its length is ambiguous"}
	};
	const char *value;

	for (int i = 0; i < (int) lengthof(fields); i++)
	{
		/* libcurl applies the fields of an interim response to the final one */
		value = get_field_value(easy, fields[i].name, 0, CURLH_1XX);
		if (value)
		{
			set_field_detail(detail, size, fields[i].name, value, " in an interim response");
			return PCA_RESPONSE_HEADER_AMBIGUOUS;
		}
		value = read_all_fields(easy, fields[i].name, fields[i].read, framing);
		if (value)
		{
			set_field_detail(detail, size, fields[i].name, value, fields[i].reason);
			return PCA_RESPONSE_HEADER_AMBIGUOUS;
		}
	}
	value = read_all_fields(easy, "Content-Encoding", pca_framing_read_coding, framing);
	if (!value && (compression || framing->coding == PCA_CODING_IDENTITY))
		return PCA_RESPONSE_HEADER_ACCEPTED;
	set_field_detail(detail, size, "Content-Encoding",
					 value ? value : pca_response_header_value(easy, "Content-Encoding"),
					 unrequested_reason(compression));
	return PCA_RESPONSE_HEADER_UNREQUESTED;
}
