/*
 * pca_unit.c
 *		Modules of the extension as SQL functions, so that tests can call each alone.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "access/htup_details.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/tuplestore.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "json/scanner.h"
#include "json/json.h"
#include "json/flat_object.h"
#include "json/page_parser.h"
#include "json/row_reader.h"
#include "request/filter_expr.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(pca_unit_page);
PG_FUNCTION_INFO_V1(pca_unit_json);
PG_FUNCTION_INFO_V1(pca_unit_rows);
PG_FUNCTION_INFO_V1(pca_unit_overwrite);
PG_FUNCTION_INFO_V1(pca_unit_readers);
PG_FUNCTION_INFO_V1(pca_unit_growth);
PG_FUNCTION_INFO_V1(pca_unit_known_fields);
PG_FUNCTION_INFO_V1(pca_unit_read_filter_expr);
PG_FUNCTION_INFO_V1(pca_unit_break);

/* A body that comes in pieces, as from a connection. */
typedef struct Feed
{
	PcaPageParser *page;
	const char *body;			/* all of it */
	size_t		size;
	size_t		chunk;			/* bytes a piece; 0 is all at once */
	size_t		gone;			/* consumed */
	size_t		arrived;
	char	   *held;			/* what arrived and was not consumed */
} Feed;

static Feed
make_feed(const bytea *body, int chunk, bool bare)
{
	Feed		feed = {0};

	feed.page = pca_page_parser_create(CurrentMemoryContext);
	pca_page_parser_reset(feed.page, PCA_PAGE_BARE_ARRAY | (bare ? PCA_PAGE_BARE_OBJECT : 0));
	feed.body = VARDATA_ANY(body);
	feed.size = VARSIZE_ANY_EXHDR(body);
	feed.chunk = chunk;
	feed.arrived = chunk == 0 ? feed.size : 0;
	return feed;
}

/*
 * The next event that is not PCA_PAGE_PARSER_MORE.  In pieces, the bytes at hand lie
 * elsewhere for each call, in a piece of memory of just their size, and the
 * last call's are overwritten.
 */
static PcaPageParserEvent
feed_next(Feed *feed, PcaItem *item)
{
	for (;;)
	{
		size_t		length = feed->arrived - feed->gone;
		const char *data = feed->body + feed->gone;
		size_t		consumed;
		PcaPageParserEvent event;

		CHECK_FOR_INTERRUPTS();
		if (feed->chunk > 0)
		{
			char	   *moved = palloc(Max(length, 1));

			memcpy(moved, data, length);
			if (feed->held)
			{
				memset(feed->held, '#', 1);
				pfree(feed->held);
			}
			data = feed->held = moved;
		}
		event = pca_page_parser_next(feed->page, data, length,
									 feed->arrived == feed->size, item, &consumed);
		if (consumed > length)
			elog(ERROR, "%zu of %zu bytes consumed", consumed, length);
		feed->gone += consumed;
		if (event != PCA_PAGE_PARSER_MORE)
			return event;
		if (feed->arrived == feed->size)
			elog(ERROR, "more bytes wanted behind the end");
		if (feed->arrived - feed->gone > PCA_PAGE_PARSER_MAX_ITEM + feed->chunk)
			elog(ERROR, "%zu bytes held", feed->arrived - feed->gone);
		feed->arrived = Min(feed->size, feed->arrived + feed->chunk);
	}
}

/* Bytes as text, or in hexadecimal where they are not valid. */
static text *
show_bytes(const char *data, size_t length)
{
	StringInfoData hex;

	if (pg_verify_mbstr(PG_UTF8, data, length, true))
		return cstring_to_text_with_len(data, length);
	initStringInfo(&hex);
	appendStringInfoString(&hex, "\\x");
	for (size_t i = 0; i < length; i++)
		appendStringInfo(&hex, "%02x", (unsigned char) data[i]);
	return cstring_to_text(hex.data);
}

static ArrayBuildState *
add_text(ArrayBuildState *array, text * element)
{
	return accumArrayResult(array, PointerGetDatum(element), false, TEXTOID,
							CurrentMemoryContext);
}

/* The last line that pca_unit_page() returns. */
static text *
describe_end(PcaPageParser *page, PcaPageParserEvent event)
{
	const PcaEnvelope *envelope = pca_page_parser_envelope(page);
	bool		truncated;
	const char *fault = pca_page_parser_error(page, &truncated);

	if (event == PCA_PAGE_PARSER_ERROR)
		return cstring_to_text(psprintf("fault%s %s", truncated ? " truncated" : "", fault));
	return cstring_to_text(psprintf("end items=" INT64_FORMAT " total=" INT64_FORMAT " next=%s%s%s%s",
									envelope->items, envelope->total_count,
									envelope->next_link ? envelope->next_link :
									envelope->next_link_seen ? "null" : "absent",
									envelope->continuation ? " with " : "",
									envelope->continuation ? envelope->continuation : "",
									pca_page_parser_is_bare(page) ? " bare" : ""));
}

/*
 * An item that page.c calls plain is read by the short way: what comes out must
 * be what the long way gives.
 */
static void
check_plain(PcaJson *json, const PcaItem *item)
{
	StringInfoData outs[2];
	const char *fault;

	for (int i = 0; i < 2; i++)
	{
		const PcaJsonValue *value = i == 0 ?
			pca_json_parse(json, item->data, item->length, PCA_SCANNER_MAX_DEPTH, &fault) :
			pca_json_parse_plain(json, item->data, item->length, &fault);

		initStringInfo(&outs[i]);
		if (value)
			pca_json_write(&outs[i], value);
	}
	if (strcmp(outs[0].data, outs[1].data) != 0)
		elog(ERROR, "a plain item is \"%s\", and read as plain \"%s\"",
			 outs[0].data, outs[1].data);
}

/* The same for an item whose members page.c knows; also what their texts are. */
static void
check_members(PcaJson *json, const PcaItem *item)
{
	StringInfoData whole;
	StringInfoData members;
	const PcaJsonValue *value;
	const char *fault;
	bool		ascii = true;

	value = pca_json_parse(json, item->data, item->length, PCA_SCANNER_MAX_DEPTH, &fault);
	/* not asked yet */
	if (!value && !item->members->ascii && strstr(fault, "UTF-8"))
		return;
	initStringInfo(&whole);
	initStringInfo(&members);
	if (value)
		pca_json_write(&whole, value);
	for (int i = 0; i < item->members->count; i++)
	{
		const PcaFlatMember *member = &item->members->member[i];
		size_t		length;
		const char *text = pca_flat_object_member_text(member, &length);
		const char *theirs;
		int64		integer;
		int64		their_integer;
		bool		is_integer;

		appendStringInfoChar(&members, i == 0 ? '{' : ',');
		pca_json_write_string(&members, pnstrdup(member->key, member->key_length));
		appendStringInfoChar(&members, ':');
		value = pca_json_parse_plain(json, member->value, member->value_length, &fault);
		if (!value)
			elog(ERROR, "a member's value is not valid: %s", fault);
		pca_json_write(&members, value);
		theirs = pca_json_text(json, value);
		if ((text != NULL) != (theirs != NULL) ||
			(text && (strlen(theirs) != length || memcmp(text, theirs, length) != 0)))
			elog(ERROR, "a member's text differs from \"%s\"", theirs ? theirs : "null");
		is_integer = pca_flat_object_member_integer(member, &integer);
		if (is_integer != pca_json_integer(value, &their_integer) ||
			(is_integer && integer != their_integer))
			elog(ERROR, "a member's integer differs from \"%s\"", theirs ? theirs : "null");
	}
	appendStringInfoChar(&members, '}');
	for (size_t i = 0; i < item->length; i++)
		ascii &= !IS_HIGHBIT_SET(item->data[i]);
	if (strcmp(whole.data, members.data) != 0 || ascii != item->members->ascii)
		elog(ERROR, "an item is \"%s\", and its members \"%s\"", whole.data, members.data);
}

Datum
pca_unit_page(PG_FUNCTION_ARGS)
{
	PcaJson    *json = pca_json_create(CurrentMemoryContext);
	Feed		feed = make_feed(PG_GETARG_BYTEA_PP(0), PG_GETARG_INT32(1), PG_GETARG_BOOL(2));
	ArrayBuildState *lines = NULL;
	PcaPageParserEvent event;
	PcaItem		item;

	while ((event = feed_next(&feed, &item)) == PCA_PAGE_PARSER_ITEM)
	{
		lines = add_text(lines, show_bytes(item.data, item.length));
		if (item.plain)
			check_plain(json, &item);
		if (item.members)
			check_members(json, &item);
	}
	lines = add_text(lines, describe_end(feed.page, event));
	PG_RETURN_DATUM(makeArrayResult(lines, CurrentMemoryContext));
}

Datum
pca_unit_json(PG_FUNCTION_ARGS)
{
	bytea	   *body = PG_GETARG_BYTEA_PP(0);
	PcaJson    *json = pca_json_create(CurrentMemoryContext);
	StringInfoData out;
	const char *fault;
	const PcaJsonValue *value =
		(PG_GETARG_BOOL(2) ? pca_json_parse_lenient : pca_json_parse)
		(json, VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body), PG_GETARG_INT32(1), &fault);

	if (!value)
		PG_RETURN_TEXT_P(cstring_to_text(psprintf("fault %s", fault)));
	initStringInfo(&out);
	pca_json_write(&out, value);
	PG_RETURN_TEXT_P(cstring_to_text(out.data));
}

/* The strings of a text[]; none when it is NULL. */
static char **
get_strings(FunctionCallInfo fcinfo, int arg, int *count)
{
	Datum	   *elements;
	char	  **strings;

	*count = 0;
	if (PG_ARGISNULL(arg))
		return NULL;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, NULL, count);
	strings = palloc(sizeof(char *) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
		strings[i] = TextDatumGetCString(elements[i]);
	return strings;
}

static bool
has_string(char **strings, int count, const char *string)
{
	for (int i = 0; i < count; i++)
		if (strcmp(strings[i], string) == 0)
			return true;
	return false;
}

static char *
get_string(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

static PcaGuidSpelling
get_spelling(FunctionCallInfo fcinfo, int arg)
{
	const char *name = get_string(fcinfo, arg);

	if (strcmp(name, "upper") == 0)
		return PCA_GUIDS_UPPER;
	if (strcmp(name, "lower") == 0)
		return PCA_GUIDS_LOWER;
	return strcmp(name, "any") == 0 ? PCA_GUIDS_ANY : PCA_GUIDS_UNKNOWN;
}

/* One column as option.c would describe it. */
static void
make_column(PcaColumn *column, Form_pg_attribute attribute, const PcaResource *resource,
			const char *key)
{
	column->attnum = attribute->attnum;
	column->name = NameStr(attribute->attname);
	column->type = attribute->atttypid;
	column->typmod = attribute->atttypmod;
	if (resource)
		column->field = key ? pca_resource_field(resource, key) :
			pca_resource_column(resource, column->name);
	column->key = key ? key : column->field ? column->field->name : column->name;
	column->native = column->field && column->type == pca_resource_type_oid(column->field->type);
	column->measure = column->field && column->field->measure;
}

/* A foreign table with the columns of that descriptor. */
static PcaTable *
make_table(FunctionCallInfo fcinfo, TupleDesc desc, const char *resource)
{
	PcaTable   *table = palloc0(sizeof(PcaTable));
	int			nkeys;
	char	  **keys = get_strings(fcinfo, 3, &nkeys);
	int			ndemanded;
	char	  **demanded = get_strings(fcinfo, 7, &ndemanded);

	table->name = "unit";
	table->resource = resource ? pca_resource_find(resource) : NULL;
	table->natts = desc->natts;
	table->columns = palloc0(sizeof(PcaColumn) * desc->natts);
	for (int i = 0; i < desc->natts; i++)
	{
		PcaColumn  *column = &table->columns[i];

		make_column(column, TupleDescAttr(desc, i), table->resource,
					i < nkeys && *keys[i] ? keys[i] : NULL);
		column->not_null = has_string(demanded, ndemanded, column->name);
		column->known.guid_spelling = get_spelling(fcinfo, 5);
	}
	return table;
}

/* The attribute numbers of the columns named in that argument; NULL is all. */
static Bitmapset *
get_wanted(FunctionCallInfo fcinfo, int arg, const PcaTable *table)
{
	int			count;
	char	  **names = get_strings(fcinfo, arg, &count);
	Bitmapset  *wanted = NULL;

	for (int i = 0; i < table->natts; i++)
		if (!names || has_string(names, count, table->columns[i].name))
			wanted = bms_add_member(wanted, table->columns[i].attnum);
	return wanted;
}

/* Read the item without knowing its members, and compare. */
static void
check_row(PcaRowReader *row, PcaItem item, TupleDesc desc, const char *asked,
		  const Datum *values, const bool *nulls)
{
	Datum	   *theirs = palloc(sizeof(Datum) * desc->natts);
	bool	   *their_nulls = palloc(sizeof(bool) * desc->natts);

	item.members = NULL;
	pca_row_reader_read(row, &item, asked, theirs, their_nulls);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		if (nulls[i] != their_nulls[i] ||
			(!nulls[i] && !datumIsEqual(values[i], theirs[i], attribute->attbyval, attribute->attlen)))
			elog(ERROR, "column \"%s\" depends on the way that it is read",
				 NameStr(attribute->attname));
	}
	pfree(theirs);
	pfree(their_nulls);
}

/* The item that pca_unit_rows() reads, or NULL. */
static char *read_item = NULL;
static size_t read_item_length;

Datum
pca_unit_overwrite(PG_FUNCTION_ARGS)
{
	if (read_item)
		memset(read_item, '#', read_item_length);
	PG_RETURN_BOOL(true);
}

/* Read an item, whose bytes pca_unit_overwrite() may overwrite meanwhile. */
static void
read_row(PcaRowReader *row, const PcaItem *item, const char *asked, Datum *values, bool *nulls)
{
	char	   *bytes = pnstrdup(item->data, item->length);

	read_item = unconstify(char *, item->data);
	read_item_length = item->length;
	PG_TRY();
	{
		pca_row_reader_read(row, item, asked, values, nulls);
	}
	PG_FINALLY();
	{
		memcpy(read_item, bytes, item->length);
		read_item = NULL;
	}
	PG_END_TRY();
	pfree(bytes);
}

Datum
pca_unit_rows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Feed		feed = make_feed(PG_GETARG_BYTEA_PP(1), PG_GETARG_INT32(9), true);
	char	   *customer = get_string(fcinfo, 4);
	bool		grouped = PG_GETARG_BOOL(6);
	PcaTable   *table;
	PcaRowReader *row;
	PcaRowReader *other;
	Datum	   *values;
	bool	   *nulls;
	PcaItem		item;
	PcaPageParserEvent event;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	table = make_table(fcinfo, result->setDesc, get_string(fcinfo, 2));
	row = pca_row_reader_create(table, result->setDesc, get_wanted(fcinfo, 8, table), grouped);
	other = pca_row_reader_create(table, result->setDesc, get_wanted(fcinfo, 8, table), grouped);
	values = palloc(sizeof(Datum) * table->natts);
	nulls = palloc(sizeof(bool) * table->natts);
	while ((event = feed_next(&feed, &item)) == PCA_PAGE_PARSER_ITEM)
	{
		read_row(row, &item, customer, values, nulls);
		check_row(other, item, result->setDesc, customer, values, nulls);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	if (event == PCA_PAGE_PARSER_ERROR)
		elog(ERROR, "%s", text_to_cstring(describe_end(feed.page, event)));
	pca_row_reader_check_measures(row);
	return (Datum) 0;
}

/* What comes of reading the item: the row, or the error's message and detail. */
static char *
read_outcome(PcaRowReader *row, PcaItem item, TupleDesc desc, const char *asked, Datum *values, bool *nulls)
{
	MemoryContext context = CurrentMemoryContext;
	char	   *outcome;

	PG_TRY();
	{
		Datum		record;

		pca_row_reader_read(row, &item, asked, values, nulls);
		record = HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
		outcome = OidOutputFunctionCall(F_RECORD_OUT, record);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		outcome = psprintf("%s: %s %s", unpack_sql_state(error->sqlerrcode), error->message,
						   error->detail ? error->detail : "");
	}
	PG_END_TRY();
	return outcome;
}

Datum
pca_unit_readers(PG_FUNCTION_ARGS)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(get_fn_expr_argtype(fcinfo->flinfo, 0), -1);
	Feed		feed = make_feed(PG_GETARG_BYTEA_PP(1), 0, false);
	char	   *customer = get_string(fcinfo, 4);
	PcaTable   *table = make_table(fcinfo, desc, get_string(fcinfo, 2));
	Datum	   *values = palloc(sizeof(Datum) * desc->natts);
	bool	   *nulls = palloc(sizeof(bool) * desc->natts);
	ArrayBuildState *outcomes = NULL;
	PcaItem		item;

	if (feed_next(&feed, &item) != PCA_PAGE_PARSER_ITEM)
		elog(ERROR, "no item");
	for (int way = 0; way < 3; way++)
	{
		PcaRowReader *row = pca_row_reader_create(table, desc, get_wanted(fcinfo, 8, table), false);
		PcaItem		other = item;

		/* by its bytes, by cJSON as it is, and by cJSON in a copy */
		if ((way == 0 && !item.members) || (way == 1 && !item.plain))
			continue;
		if (way > 0)
			other.members = NULL;
		other.plain = way == 1;
		outcomes = add_text(outcomes, cstring_to_text(read_outcome(row, other, desc, customer,
																   values, nulls)));
	}
	PG_RETURN_DATUM(makeArrayResult(outcomes, CurrentMemoryContext));
}

/* Read all of a body; how many bytes the context has then. */
static int64
read_body(Feed *feed, PcaRowReader *row, MemoryContext context, Datum *values, bool *nulls)
{
	PcaItem		item;

	pca_page_parser_reset(feed->page, PCA_PAGE_BARE_ARRAY);
	feed->gone = feed->arrived = 0;
	while (feed_next(feed, &item) == PCA_PAGE_PARSER_ITEM)
		pca_row_reader_read(row, &item, NULL, values, nulls);
	return MemoryContextMemAllocated(context, true);
}

Datum
pca_unit_growth(PG_FUNCTION_ARGS)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "unit",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Feed		feed = make_feed(PG_GETARG_BYTEA_PP(1), 16384, false);
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(get_fn_expr_argtype(fcinfo->flinfo, 0), -1);
	PcaTable   *table = palloc0(sizeof(PcaTable));
	Datum	   *values = palloc(sizeof(Datum) * desc->natts);
	bool	   *nulls = palloc(sizeof(bool) * desc->natts);
	Bitmapset  *wanted = NULL;
	PcaRowReader *row;
	int64		first;
	int64		last = 0;

	table->name = "unit";
	table->natts = desc->natts;
	table->columns = palloc0(sizeof(PcaColumn) * desc->natts);
	for (int i = 0; i < desc->natts; i++)
	{
		make_column(&table->columns[i], TupleDescAttr(desc, i), NULL, NULL);
		wanted = bms_add_member(wanted, i + 1);
	}
	row = pca_row_reader_create(table, desc, wanted, false);
	first = read_body(&feed, row, context, values, nulls);
	for (int i = 0; i < PG_GETARG_INT32(2); i++)
		last = read_body(&feed, row, context, values, nulls);
	MemoryContextSwitchTo(old);
	PG_RETURN_INT64(last - first);
}

Datum
pca_unit_known_fields(PG_FUNCTION_ARGS)
{
	bytea	   *object = PG_GETARG_BYTEA_PP(1);
	PcaTable   *table = palloc0(sizeof(PcaTable));
	PcaItem		item = {.data = VARDATA_ANY(object),.length = VARSIZE_ANY_EXHDR(object)};
	PcaRowReader *row;

	table->name = "unit";
	table->resource = pca_resource_find(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	row = pca_row_reader_create(table, CreateTemplateTupleDesc(0), NULL, false);
	PG_RETURN_INT32(pca_row_reader_known_fields(row, &item));
}

/* A term of that kind: of two comparisons, "field = one", "field = two". */
static PcaFilterExpr *
make_term(const char *kind)
{
	PcaValue   *one = palloc0(sizeof(PcaValue));
	PcaValue   *two = palloc0(sizeof(PcaValue));
	PcaFilterExpr *left;
	PcaFilterExpr *right;

	one->text = "true";
	two->param = 1;
	left = pca_filter_expr_compare("field", PCA_OP_EQ, PCA_LITERAL_STRING, PCA_GUIDS_UNKNOWN, list_make1(one));
	right = pca_filter_expr_compare("field", PCA_OP_EQ, PCA_LITERAL_STRING, PCA_GUIDS_UNKNOWN, list_make1(two));
	if (strcmp(kind, "and") == 0)
		return pca_filter_expr_and(list_make2(left, right));
	if (strcmp(kind, "or") == 0)
		return pca_filter_expr_or(list_make2(left, right));
	if (strcmp(kind, "never") == 0)
		return pca_filter_expr_or(NIL);
	return strcmp(kind, "given") == 0 ? pca_filter_expr_pseudoconstant(two) : left;
}

Datum
pca_unit_read_filter_expr(PG_FUNCTION_ARGS)
{
	PcaFilterExpr *term = make_term(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	char	   *reader = text_to_cstring(PG_GETARG_TEXT_PP(1));
	PcaFilterExpr *resolved = term;
	bool		null;
	char	   *said;

	if (strcmp(reader, "args") == 0)
		said = psprintf("%d", list_length(pca_filter_expr_args(term)));
	else if (strcmp(reader, "comparison") == 0)
		said = pstrdup(pca_filter_expr_comparison(term)->field);
	else if (strcmp(reader, "texts") == 0)
		said = psprintf("%d", list_length(pca_filter_expr_value_texts(term, NULL, &null)));
	else if (strcmp(reader, "with texts") == 0)
		said = pca_filter_expr_text(pca_filter_expr_with_texts(term, list_make1("new")));
	else if (strcmp(reader, "compares by eq") == 0)
		said = pca_filter_expr_compares_by(term, PCA_OP_EQ) ? "yes" : "no";
	else if (strcmp(reader, "has parameter") == 0)
		said = pca_filter_expr_has_parameter(term) ? "yes" : "no";
	else if (strcmp(reader, "resolve") == 0)
		said = pca_filter_expr_resolve(term, NULL, &resolved) == PCA_TRISTATE_UNKNOWN ?
			pca_filter_expr_text(resolved) : "known";
	else if (strcmp(reader, "nodes") == 0)
		said = pca_filter_expr_text(pca_filter_expr_from_nodes(pca_filter_expr_to_nodes(term)));
	else
		elog(ERROR, "no reader \"%s\"", reader);
	PG_RETURN_TEXT_P(cstring_to_text(said));
}

#define CHUNK_SIZE 24

/* A byte of a palloc'ed chunk, whether it may be read or not. */
static int
read_chunk(int at, bool freed)
{
	char	   *chunk = palloc0(CHUNK_SIZE);
	char	   *volatile address = chunk;

	if (freed)
		pfree(chunk);
	return address[at] == 0 ? 0 : 1;
}

/* A byte of an array on the stack, whether it has it or not. */
static int
read_stack(int at)
{
	volatile char array[CHUNK_SIZE] = {0};
	volatile int hidden = at;	/* from the compiler's warnings */

	return array[hidden] == 0 ? 0 : 1;
}

Datum
pca_unit_break(PG_FUNCTION_ARGS)
{
	const char *what = text_to_cstring(PG_GETARG_TEXT_PP(0));
	volatile int bits = 40;
	int			result = 0;

	Assert(strcmp(what, "assertion") != 0);
	if (strcmp(what, "overrun") == 0)
		result = read_chunk(CHUNK_SIZE, false);
	else if (strcmp(what, "freed") == 0)
		result = read_chunk(0, true);
	else if (strcmp(what, "stack") == 0)
		result = read_stack(CHUNK_SIZE);
	else if (strcmp(what, "shift") == 0)
		result = 1 << bits;
	PG_RETURN_INT32(result);
}
