/*
 * pca_unit_http.c
 *		The files of the transport that need neither network nor libcurl, as SQL
 *		functions.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "http/public_address.h"
#include "http/framing.h"
#include "scan/group_set.h"
#include "http/response_body.h"
#include "http/secure_alloc.h"

PG_FUNCTION_INFO_V1(pca_unit_is_public);
PG_FUNCTION_INFO_V1(pca_unit_framing);
PG_FUNCTION_INFO_V1(pca_unit_receive);
PG_FUNCTION_INFO_V1(pca_unit_groups);
PG_FUNCTION_INFO_V1(pca_unit_secure_alloc);

Datum
pca_unit_is_public(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(pca_public_address_text_is_public(text_to_cstring(PG_GETARG_TEXT_PP(0))));
}

/* The texts of an array. */
static char **
texts_of(ArrayType *array, int *number)
{
	Datum	   *elements;
	char	  **texts;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, number);
	texts = palloc(sizeof(char *) * *number);
	for (int i = 0; i < *number; i++)
		texts[i] = TextDatumGetCString(elements[i]);
	return texts;
}

static bool
read_field(PcaFraming *framing, const char *field)
{
	const char *value = strchr(field, ':') + 1;

	if (pg_strncasecmp(field, "Content-Encoding:", 17) == 0)
		return pca_framing_read_coding(framing, value);
	if (pg_strncasecmp(field, "Transfer-Encoding:", 18) == 0)
		return pca_framing_read_transfer(framing, value);
	return pca_framing_read_length(framing, value);
}

Datum
pca_unit_framing(PG_FUNCTION_ARGS)
{
	static const char *const codings[] = {"identity", "gzip", "deflate"};
	int			number;
	char	  **fields = texts_of(PG_GETARG_ARRAYTYPE_P(0), &number);
	PcaFraming	framing = {0};
	char	   *length;

	for (int i = 0; i < number; i++)
	{
		if (!read_field(&framing, fields[i]))
			PG_RETURN_TEXT_P(cstring_to_text(psprintf("refused: %s", fields[i])));
	}
	length = framing.has_length ? psprintf(UINT64_FORMAT " bytes", framing.length) :
		framing.chunked ? "chunked" : "until it is closed";
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("%s, %s", codings[framing.coding], length)));
}

/* Take half of what is there, at least a byte; and see how much waited. */
static void
read_half(PcaResponseBody *receive, StringInfo content, size_t *kept)
{
	size_t		unread = pca_recv_buffer_unread(&receive->unread);
	size_t		length = Max(unread / 2, Min(unread, 1));

	*kept = Max(*kept, unread);
	appendBinaryStringInfo(content, pca_recv_buffer_bytes(&receive->unread), (int) length);
	pca_recv_buffer_consume(&receive->unread, length);
}

/* Feed it all. */
static PcaResponseBodyResult
feed(PcaResponseBody *receive, const char *bytes, size_t size, size_t chunk, StringInfo content,
	 size_t *kept)
{
	PcaResponseBodyResult result = PCA_RESPONSE_BODY_OK;

	for (size_t at = 0; at < size && result == PCA_RESPONSE_BODY_OK;)
	{
		size_t		length = Min(chunk, size - at);

		if (!pca_response_body_is_full(receive, length))
		{
			result = pca_response_body_accept(receive, bytes + at, length);
			at += length;
		}
		else if (pca_response_body_has_pending(receive) && pca_response_body_has_space(receive))
			result = pca_response_body_decompress(receive);
		read_half(receive, content, kept);
	}
	while (result == PCA_RESPONSE_BODY_OK && pca_response_body_has_pending(receive))
	{
		read_half(receive, content, kept);
		if (pca_response_body_has_space(receive))
			result = pca_response_body_decompress(receive);
	}
	while (pca_recv_buffer_unread(&receive->unread) > 0)
		read_half(receive, content, kept);
	return result == PCA_RESPONSE_BODY_OK ? pca_response_body_end(receive) : result;
}

Datum
pca_unit_receive(PG_FUNCTION_ARGS)
{
	static const char *const faults[] = {"", "corrupt", "trailing", "cut off", "too large", "no memory"};
	bytea	   *body = PG_GETARG_BYTEA_PP(0);
	char	   *coding = text_to_cstring(PG_GETARG_TEXT_PP(1));
	int			chunk = PG_GETARG_INT32(2);
	size_t		size = VARSIZE_ANY_EXHDR(body);
	PcaResponseBody receive = {.max_size = PG_GETARG_INT64(4),.buffer_size = PG_GETARG_INT32(3)};
	PcaResponseBodyResult result;
	StringInfoData content;
	size_t		kept = 0;
	TupleDesc	desc;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	receive.high_water = receive.buffer_size;
	initStringInfo(&content);
	if (!pca_response_body_begin(&receive, strcmp(coding, "gzip") == 0 ? PCA_CODING_GZIP :
								 strcmp(coding, "deflate") == 0 ? PCA_CODING_DEFLATE : PCA_CODING_IDENTITY))
		elog(ERROR, "out of memory");
	result = feed(&receive, VARDATA_ANY(body), size, chunk > 0 ? (size_t) chunk : size, &content, &kept);
	pca_response_body_free(&receive);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "no row");
	values[0] = CStringGetTextDatum(result == PCA_RESPONSE_BODY_OK ? content.data :
									psprintf("fault %s, after %d bytes", faults[result], content.len));
	values[1] = Int32GetDatum((int) kept);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

Datum
pca_unit_groups(PG_FUNCTION_ARGS)
{
	int			number;
	char	  **keys = texts_of(PG_GETARG_ARRAYTYPE_P(0), &number);
	PcaGroupSet *set = pca_group_set_create();
	uint64		longest = 0;

	for (int i = 0; i < number; i++)
	{
		uint64		group = pca_group_set_hash(pca_group_set_begin(set), keys[i], strlen(keys[i]));

		if (pca_group_set_add(set, group) != PCA_GROUP_SET_ADDED)
			elog(ERROR, "the group \"%s\" is not new", keys[i]);
		if (pca_group_set_add(set, group) != PCA_GROUP_SET_KNOWN)
			elog(ERROR, "the group \"%s\" is not known", keys[i]);
		longest = Max(longest, pca_group_set_distance(set, group));
	}
	PG_RETURN_INT32((int32) longest);
}

Datum
pca_unit_secure_alloc(PG_FUNCTION_ARGS)
{
	char	   *theirs = malloc(8);
	char	   *ours = pca_secure_alloc_strdup("ours");
	char	   *empty = pca_secure_alloc_calloc(0, 8);
	char	   *text;

	strcpy(theirs, "theirs");
	theirs = pca_secure_alloc_realloc(theirs, 4000);
	ours = pca_secure_alloc_realloc(ours, 4000);
	ours = pca_secure_alloc_realloc(ours, 5);
	text = psprintf("%s, %s", ours, theirs);
	/* each by the other's function */
	free(ours);
	ours = pca_secure_alloc_malloc(100000);
	free(ours);
	pca_secure_alloc_free(theirs);
	theirs = malloc(100000);
	pca_secure_alloc_free(theirs);
	pca_secure_alloc_free(empty);
	pca_secure_alloc_free(NULL);
	PG_RETURN_TEXT_P(cstring_to_text(text));
}
