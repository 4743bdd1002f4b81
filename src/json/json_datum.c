/*
 * json_datum.c
 *		Converts JSON values to datums of a column's declared type.
 *
 * The declared type decides how a value is read, not the kind of the JSON value:
 * the API writes some numbers as strings.  Numbers keep all digits, and dates and
 * times do not depend on DateStyle or TimeZone.  Values of all other types are
 * passed to the type's input function.
 *
 * row_reader.c decides which member belongs to which column and whether a column
 * may be NULL.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "guid.h"
#include "json/json_datum.h"
#include "json/scanner.h"

/* Bytes of a value that a message shows. */
#define DISPLAY_LENGTH	64

/* The API writes fractions of a second with up to seven digits: 100 ns. */
#define FRACTION_DIGITS 7
#define TICKS_PER_USEC	10

/* The input of a conversion: a JSON value, a text or an integer. */
typedef struct DatumInput
{
	PcaJson    *json;			/* the parser of value */
	const PcaJsonValue *value;	/* NULL if the input is a text or an integer */
	const char *text;			/* NULL until get_input_text() is called */
	bool		has_integer;
	int64		integer;
} DatumInput;

typedef Datum (*DatumConverter) (PcaJsonDatumType *type, DatumInput *input);

struct PcaJsonDatumType
{
	Oid			declared;
	Oid			base;			/* the type below all domains */
	int32		typmod;			/* the base type's */
	DatumConverter convert;
	bool		takes_json;		/* arrays and objects are converted from their
								 * JSON text */
	bool		known;			/* the base type is in converters[] */
	bool		takes_empty;	/* an empty string is not NULL */
	bool		recode;			/* the server encoding is not UTF-8 */
	bool		replace;		/* what it cannot represent becomes "?" */
	struct PcaJsonDatumType *element;	/* of an array type, or NULL */
	FmgrInfo	input_function;
	Oid			ioparam;
	void	   *constraints;	/* domain_check()'s cache */
	MemoryContext context;
};

/* A point in time with the precision of the API. */
typedef struct ApiTimestamp
{
	int64		seconds;		/* UTC, since 2000-01-01 */
	int			ticks;			/* of 100 ns, less than a second */
} ApiTimestamp;

static const char *
get_input_text(DatumInput *input)
{
	if (!input->text && input->has_integer)
		input->text = psprintf(INT64_FORMAT, input->integer);
	if (!input->text)
		input->text = pca_json_text(input->json, input->value);
	return input->text;
}

/* Returns true and sets *integer if the input is a plain integer, without converting text. */
static inline bool
get_input_integer(const DatumInput *input, int64 *integer)
{
	if (input->has_integer)
		*integer = input->integer;
	return input->has_integer ||
		(input->value && pca_json_integer(input->value, integer));
}

/* Convert text to the server encoding, with "?" for each character that it does not have. */
static char *
convert_with_replacement(const char *text)
{
	int			encoding = GetDatabaseEncoding();
	Oid			conversion = FindDefaultConversionProc(PG_UTF8, encoding);
	size_t		size = strlen(text) * MAX_CONVERSION_GROWTH + 1;
	StringInfoData out;

	initStringInfo(&out);
	if (!OidIsValid(conversion))
		return pca_json_datum_display_text(text);
	while (*text)
	{
		int			length = strlen(text);
		char	   *part = palloc(size);
		int			converted =
			pg_do_encoding_conversion_buf(conversion, PG_UTF8, encoding,
										  (unsigned char *) unconstify(char *, text), length,
										  (unsigned char *) part, size, true);

		appendStringInfoString(&out, part);
		pfree(part);
		text += converted;
		if (*text == '\0')
			break;
		appendStringInfoChar(&out, '?');
		text += pg_utf_mblen((const unsigned char *) text);
	}
	return out.data;
}

/* Convert text to the server encoding. */
static char *
to_server_encoding(const PcaJsonDatumType *type, const char *text)
{
	if (!type->recode)
		return unconstify(char *, text);
	if (type->replace)
		return convert_with_replacement(text);
	return pg_any_to_server(text, strlen(text), PG_UTF8);
}

char *
pca_json_datum_display_text(const char *text)
{
	int			length = strlen(text);
	int			display_length = pg_encoding_mbcliplen(PG_UTF8, text, length, DISPLAY_LENGTH);
	char	   *result = palloc(display_length + sizeof("..."));

	memcpy(result, text, display_length);
	strcpy(result + display_length, display_length < length ? "..." : "");
	if (GetDatabaseEncoding() != PG_UTF8)
		for (char *p = result; *p; p++)
			if (IS_HIGHBIT_SET(*p))
				*p = '?';
	return result;
}

/* Raise the error that the type's input function would raise, with the value shortened. */
static void
error_invalid_value(const PcaJsonDatumType *type, DatumInput *input, int sqlstate)
{
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("invalid value for type %s: \"%s\"",
					format_type_be(type->declared),
					pca_json_datum_display_text(get_input_text(input)))));
}

static Datum
convert_by_input_function(PcaJsonDatumType *type, DatumInput *input)
{
	return InputFunctionCall(&type->input_function, to_server_encoding(type, get_input_text(input)),
							 type->ioparam, type->typmod);
}

static Datum
convert_to_text(PcaJsonDatumType *type, DatumInput *input)
{
	return PointerGetDatum(cstring_to_text(to_server_encoding(type, get_input_text(input))));
}

/* json and jsonb receive the value as JSON text: a string keeps its quotes. */
static Datum
convert_to_json(PcaJsonDatumType *type, DatumInput *input)
{
	StringInfoData out;

	initStringInfo(&out);
	if (input->value)
		pca_json_write(&out, input->value);
	else if (input->has_integer)
		appendStringInfoString(&out, get_input_text(input));
	else
		pca_json_write_string(&out, input->text);
	return InputFunctionCall(&type->input_function, to_server_encoding(type, out.data),
							 type->ioparam, type->typmod);
}

/* Raise an error if the text is not a JSON number; *plain as in pca_scanner_skip_number(). */
static void
check_json_number(PcaJsonDatumType *type, DatumInput *input, bool *plain)
{
	const char *text = get_input_text(input);
	const char *end = text + strlen(text);

	if (pca_scanner_skip_number(text, end, plain) != end)
		error_invalid_value(type, input, ERRCODE_INVALID_TEXT_REPRESENTATION);
}

/*
 * The integer that a number with many digits, a fraction or an exponent is equal
 * to.  numeric is exact, unlike a double, and raises the error of a bigint that is
 * out of range.
 */
static int64
get_exact_integer(PcaJsonDatumType *type, DatumInput *input)
{
	Datum		number;
	Datum		truncated;

	number = DirectFunctionCall3(numeric_in, CStringGetDatum(get_input_text(input)),
								 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	truncated = DirectFunctionCall2(numeric_trunc, number, Int32GetDatum(0));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, number, truncated)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("value \"%s\" has a fraction, which type %s cannot hold",
						pca_json_datum_display_text(get_input_text(input)),
						format_type_be(type->declared)),
				 errhint("Declare the column as numeric.")));
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, truncated));
}

static Datum
convert_to_integer(PcaJsonDatumType *type, DatumInput *input)
{
	int64		integer;
	bool		plain;

	if (!get_input_integer(input, &integer))
	{
		check_json_number(type, input, &plain);
		integer = plain ? strtoll(get_input_text(input), NULL, 10) : get_exact_integer(type, input);
	}
	if (type->base == INT8OID)
		return Int64GetDatum(integer);
	if (integer > (type->base == INT4OID ? PG_INT32_MAX : PG_INT16_MAX) ||
		integer < (type->base == INT4OID ? PG_INT32_MIN : PG_INT16_MIN))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("value \"%s\" is out of range for type %s",
						pca_json_datum_display_text(get_input_text(input)),
						format_type_be(type->declared))));
	return type->base == INT4OID ? Int32GetDatum((int32) integer) : Int16GetDatum((int16) integer);
}

static Datum
convert_to_numeric(PcaJsonDatumType *type, DatumInput *input)
{
	int64		integer;
	bool		plain;

	if (type->typmod < 0 && get_input_integer(input, &integer))
		return NumericGetDatum(int64_to_numeric(integer));
	check_json_number(type, input, &plain);
	return convert_by_input_function(type, input);
}

/* JSON has no NaN and no infinity, so .NET writes such doubles as strings. */
static Datum
convert_to_float(PcaJsonDatumType *type, DatumInput *input)
{
	const char *text = get_input_text(input);
	bool		plain;

	if (strcmp(text, "NaN") != 0 && strcmp(text, "Infinity") != 0 &&
		strcmp(text, "-Infinity") != 0)
		check_json_number(type, input, &plain);
	return convert_by_input_function(type, input);
}

static Datum
convert_to_boolean(PcaJsonDatumType *type, DatumInput *input)
{
	const char *text = get_input_text(input);

	if (pca_json_same_key(text, "true") || strcmp(text, "1") == 0)
		return BoolGetDatum(true);
	if (!pca_json_same_key(text, "false") && strcmp(text, "0") != 0)
		error_invalid_value(type, input, ERRCODE_INVALID_TEXT_REPRESENTATION);
	return BoolGetDatum(false);
}

/* pca_guid_parse() is faster than uuid_in(), which reads all other forms. */
static Datum
convert_to_uuid(PcaJsonDatumType *type, DatumInput *input)
{
	pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));
	bool		has_upper;
	bool		has_lower;

	if (pca_guid_parse(get_input_text(input), uuid->data, &has_upper, &has_lower))
		return UUIDPGetDatum(uuid);
	return convert_by_input_function(type, input);
}

/*
 * Read a number of n digits between min and max, and the separator after it, if it
 * is not '\0'.  Returns false if they are not there.
 */
static bool
read_date_part(const char **p, int n, char separator, int min, int max, int *value)
{
	*value = 0;
	for (; n > 0; n--, (*p)++)
	{
		if (**p < '0' || **p > '9')
			return false;
		*value = *value * 10 + (**p - '0');
	}
	if (*value < min || *value > max)
		return false;
	if (separator == '\0')
		return true;
	return *(*p)++ == separator;
}

/* Read a fraction of a second, of up to seven digits, if there is one. */
static bool
read_fraction(const char **p, int *ticks)
{
	int			digits = 0;

	*ticks = 0;
	if (**p != '.')
		return true;
	for ((*p)++; **p >= '0' && **p <= '9'; (*p)++)
	{
		if (++digits > FRACTION_DIGITS)
			return false;
		*ticks = *ticks * 10 + (**p - '0');
	}
	for (int i = digits; i < FRACTION_DIGITS; i++)
		*ticks *= 10;
	return digits > 0;
}

/* Read Z, +hh:mm or nothing, up to the end of the text. */
static bool
read_utc_offset(const char *p, int *offset_seconds)
{
	char		sign = *p;
	int			hours;
	int			minutes;

	*offset_seconds = 0;
	if (sign == '\0')
		return true;
	p++;
	if (sign == 'Z')
		return *p == '\0';
	if ((sign != '+' && sign != '-') ||
		!read_date_part(&p, 2, ':', 0, MAX_TZDISP_HOUR, &hours) ||
		!read_date_part(&p, 2, '\0', 0, MINS_PER_HOUR - 1, &minutes))
		return false;
	*offset_seconds = (hours * MINS_PER_HOUR + minutes) * SECS_PER_MINUTE;
	if (sign == '-')
		*offset_seconds = -*offset_seconds;
	return *p == '\0';
}

/*
 * Read YYYY-MM-DD, or YYYY-MM-DDTHH:MM:SS with a fraction and an offset.  Without
 * an offset it is UTC.
 */
static bool
read_timestamp(const char *p, ApiTimestamp *timestamp)
{
	int			year;
	int			month;
	int			day;
	int			hour = 0;
	int			minute = 0;
	int			second = 0;
	int			offset_seconds = 0;

	timestamp->ticks = 0;
	if (!read_date_part(&p, 4, '-', 1, 9999, &year) ||
		!read_date_part(&p, 2, '-', 1, MONTHS_PER_YEAR, &month) ||
		!read_date_part(&p, 2, '\0', 1, day_tab[isleap(year)][month - 1], &day))
		return false;
	if (*p != '\0' &&
		(*p++ != 'T' ||
		 !read_date_part(&p, 2, ':', 0, HOURS_PER_DAY - 1, &hour) ||
		 !read_date_part(&p, 2, ':', 0, MINS_PER_HOUR - 1, &minute) ||
		 !read_date_part(&p, 2, '\0', 0, SECS_PER_MINUTE - 1, &second) ||
		 !read_fraction(&p, &timestamp->ticks) || !read_utc_offset(p, &offset_seconds)))
		return false;
	timestamp->seconds = (int64) (date2j(year, month, day) - POSTGRES_EPOCH_JDATE) * SECS_PER_DAY +
		(hour * MINS_PER_HOUR + minute) * SECS_PER_MINUTE + second - offset_seconds;
	return true;
}

static void
get_timestamp(PcaJsonDatumType *type, DatumInput *input, ApiTimestamp *timestamp)
{
	if (!read_timestamp(get_input_text(input), timestamp))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("invalid value for type %s: \"%s\"",
						format_type_be(type->declared),
						pca_json_datum_display_text(get_input_text(input))),
				 errdetail("The API's forms are YYYY-MM-DD and YYYY-MM-DDTHH:MM:SS[.fffffff][Z|+hh:mm].")));
}

/* The last microsecond of the year 9999, the last one of the API's dates. */
#define LAST_API_TIMESTAMP \
	((int64) (date2j(10000, 1, 1) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY - 1)

/*
 * Microseconds since 2000-01-01.  The seventh digit is cut: rounded, the last date of
 * .NET, which stands for "no end", would be in the year 10000, which many programs
 * cannot read.  An offset does not move a date beyond that year either.
 */
static int64
timestamp_usecs(const ApiTimestamp *timestamp)
{
	return Min(timestamp->seconds * USECS_PER_SEC + timestamp->ticks / TICKS_PER_USEC, LAST_API_TIMESTAMP);
}

/* Round to the precision of the column, as a cast does, but not into the year 10000. */
static int64
round_timestamp(int64 usec, int32 typmod)
{
	int64		rounded = DatumGetTimestamp(DirectFunctionCall2(timestamp_scale, TimestampGetDatum(usec),
																Int32GetDatum(typmod)));
	int64		unit_usec = 1;

	if (rounded <= LAST_API_TIMESTAMP)
		return rounded;
	for (int digits = typmod; digits < MAX_TIMESTAMP_PRECISION; digits++)
		unit_usec *= 10;
	return rounded - unit_usec;
}

static Datum
convert_to_timestamp(PcaJsonDatumType *type, DatumInput *input)
{
	ApiTimestamp timestamp;
	int64		usec;

	get_timestamp(type, input, &timestamp);
	usec = timestamp_usecs(&timestamp);
	return TimestampGetDatum(type->typmod < 0 ? usec : round_timestamp(usec, type->typmod));
}

/* The last date of .NET has a time of day, but stands for a day without end. */
static Datum
convert_to_date(PcaJsonDatumType *type, DatumInput *input)
{
	ApiTimestamp timestamp;

	get_timestamp(type, input, &timestamp);
	if ((timestamp.seconds % SECS_PER_DAY != 0 || timestamp.ticks != 0) &&
		timestamp_usecs(&timestamp) / USECS_PER_SEC != LAST_API_TIMESTAMP / USECS_PER_SEC)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
				 errmsg("value \"%s\" has a time of day, which type %s cannot hold",
						pca_json_datum_display_text(get_input_text(input)),
						format_type_be(type->declared)),
				 errhint("Declare the column as timestamp.")));
	return DateADTGetDatum((DateADT) (Min(timestamp.seconds, LAST_API_TIMESTAMP / USECS_PER_SEC) / SECS_PER_DAY));
}

/* Types whose datums equal bytes always make; most are not converted by their input function. */
static const struct
{
	Oid			type;
	DatumConverter convert;
	bool		takes_json;
}			converters[] =

{
	{TEXTOID, convert_to_text, true},
	{VARCHAROID, convert_to_text, true},
	{BPCHAROID, convert_by_input_function, true},
	{JSONOID, convert_to_json, true},
	{JSONBOID, convert_to_json, true},
	{INT8OID, convert_to_integer, false},
	{INT4OID, convert_to_integer, false},
	{INT2OID, convert_to_integer, false},
	{NUMERICOID, convert_to_numeric, false},
	{FLOAT8OID, convert_to_float, false},
	{FLOAT4OID, convert_to_float, false},
	{BOOLOID, convert_to_boolean, false},
	{UUIDOID, convert_to_uuid, false},
	{DATEOID, convert_to_date, false},
	{TIMESTAMPOID, convert_to_timestamp, false},
	{TIMESTAMPTZOID, convert_to_timestamp, false}
};

/* Returns true for a type whose values may be empty: text, and JSON's empty string. */
static bool
type_takes_empty(Oid type)
{
	char		category;
	bool		preferred;

	get_type_category_preferred(type, &category, &preferred);
	return category == TYPCATEGORY_STRING || type == JSONOID || type == JSONBOID;
}

PcaJsonDatumType *
pca_json_datum_prepare(Oid type, int32 typmod, bool replace)
{
	PcaJsonDatumType *result = palloc0(sizeof(PcaJsonDatumType));
	Oid			input_oid;
	Oid			element;

	/* called again for the elements of an array, which are no arrays */
	check_stack_depth();
	result->declared = type;
	result->typmod = typmod;
	result->base = getBaseTypeAndTypmod(type, &result->typmod);
	result->takes_empty = type_takes_empty(result->base);
	result->recode = GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_SQL_ASCII;
	result->replace = replace;
	element = get_element_type(result->base);
	if (OidIsValid(element))
		result->element = pca_json_datum_prepare(element, result->typmod, replace);
	result->context = CurrentMemoryContext;
	getTypeInputInfo(result->base, &input_oid, &result->ioparam);
	fmgr_info(input_oid, &result->input_function);
	result->convert = convert_by_input_function;
	for (size_t i = 0; i < lengthof(converters); i++)
		if (converters[i].type == result->base)
		{
			result->known = true;
			result->convert = converters[i].convert;
			result->takes_json = converters[i].takes_json;
		}
	/* varchar(n) must check the length */
	if (result->base == VARCHAROID && result->typmod >= 0)
		result->convert = convert_by_input_function;
	return result;
}

/*
 * The constraint of a domain and the input function of an unknown type may be
 * volatile.
 */
bool
pca_json_datum_is_deterministic(const PcaJsonDatumType *type, int16 *typlen, bool *typbyval)
{
	if (!type->known || type->base != type->declared)
		return false;
	get_typlenbyval(type->base, typlen, typbyval);
	return true;
}

/* Use the JSON text of an array or object as the input's text. */
static void
flatten_json_input(PcaJsonDatumType *type, DatumInput *input)
{
	StringInfoData out;

	initStringInfo(&out);
	pca_json_write(&out, input->value);
	input->text = out.data;
	if (!type->takes_json)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a JSON %s does not fit type %s: %s",
						*out.data == '[' ? "array" : "object",
						format_type_be(type->declared), pca_json_datum_display_text(out.data)),
				 errhint("Declare the column as jsonb, json or text, or for an array as an array of its elements' type.")));
}

bool
pca_json_datum_is_null(const PcaJsonDatumType *type, PcaJson *json, const PcaJsonValue *value)
{
	if (!value || pca_json_kind(value) == PCA_JSON_NULL)
		return true;
	return !type->takes_empty && pca_json_kind(value) == PCA_JSON_STRING &&
		*pca_json_text(json, value) == '\0';
}

/* Make an array of one dimension of the elements of a JSON array. */
static Datum
make_array(PcaJsonDatumType *type, PcaJson *json, const PcaJsonValue *array)
{
	const PcaJsonValue *value;
	Oid			element = get_element_type(type->base);
	int			count = 0;
	int			lower_bound = 1;
	Datum	   *datums;
	bool	   *nulls;
	int16		typlen;
	bool		typbyval;
	char		typalign;

	check_stack_depth();
	for (value = pca_json_first(array); value; value = pca_json_next(value))
		count++;
	datums = palloc(sizeof(Datum) * Max(count, 1));
	nulls = palloc(sizeof(bool) * Max(count, 1));
	count = 0;
	for (value = pca_json_first(array); value; value = pca_json_next(value))
	{
		datums[count] = pca_json_datum_make(type->element, json, value, &nulls[count]);
		count++;
	}
	if (count == 0)
		return PointerGetDatum(construct_empty_array(element));
	get_typlenbyvalalign(element, &typlen, &typbyval, &typalign);
	return PointerGetDatum(construct_md_array(datums, nulls, 1, &count, &lower_bound, element,
											  typlen, typbyval, typalign));
}

Datum
pca_json_datum_make(PcaJsonDatumType *type, PcaJson *json, const PcaJsonValue *value,
					bool *isnull)
{
	DatumInput	input = {.json = json,.value = value};
	PcaJsonKind kind = value ? pca_json_kind(value) : PCA_JSON_NULL;
	bool		is_array = kind == PCA_JSON_ARRAY && type->element;
	Datum		result = (Datum) 0;

	check_stack_depth();
	*isnull = pca_json_datum_is_null(type, json, value);
	if (!is_array && (kind == PCA_JSON_ARRAY || kind == PCA_JSON_OBJECT))
		flatten_json_input(type, &input);
	if (is_array)
		result = make_array(type, json, value);
	else if (!*isnull)
		result = type->convert(type, &input);
	if (unlikely(type->base != type->declared))
		domain_check(result, *isnull, type->declared, &type->constraints,
					 type->context);
	return result;
}

/* Convert an input that has no JSON value. */
static Datum
make_from_scalar(PcaJsonDatumType *type, DatumInput *input)
{
	Datum		result = type->convert(type, input);

	if (type->base != type->declared)
		domain_check(result, false, type->declared, &type->constraints,
					 type->context);
	return result;
}

Datum
pca_json_datum_make_integer(PcaJsonDatumType *type, int64 integer)
{
	DatumInput	input = {.has_integer = true,.integer = integer};

	return make_from_scalar(type, &input);
}

Datum
pca_json_datum_make_text(PcaJsonDatumType *type, const char *text)
{
	DatumInput	input = {.text = text};

	return make_from_scalar(type, &input);
}
