/*
 * json_datum.c
 *		What a JSON value means to a column of a declared type.
 *
 * The type decides, not the form in which the value came: numbers come as
 * strings and strings as numbers.  Numbers are exact, points in time depend on
 * no setting; for every other type the type's own input function decides.
 *
 * Which member belongs to which column, and whether a column may be NULL, is
 * asked in row_reader.c.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "json/json_datum.h"
#include "json/scanner.h"

/* How many bytes of a value a message shows. */
#define SHOWN_LENGTH	64

/* The API's fractions of a second have up to seven digits: 100 ns. */
#define FRACTION_DIGITS 7
#define TICKS_PER_SECOND	10000000

/* A hexadecimal digit: its value and its kind; 0 is none. */
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

/* What a value is made from. */
typedef struct Source
{
	PcaJson    *json;
	const PcaJsonValue *value;	/* NULL: the text or the integer is all there
								 * is */
	const char *text;			/* NULL: not asked for yet */
	bool		has_integer;
	int64		integer;
} Source;

typedef Datum (*Make) (PcaJsonDatumType *type, Source *source);

struct PcaJsonDatumType
{
	Oid			declared;
	Oid			base;			/* below domains */
	int32		typmod;			/* the base type's */
	Make		make;
	bool		takes_json;		/* arrays and objects are delivered as text */
	bool		known;			/* it is one of the makers' types */
	bool		recode;			/* the server encoding is not UTF-8 */
	FmgrInfo	input;
	Oid			ioparam;
	void	   *constraints;	/* domain_check()'s cache */
	MemoryContext context;
};

/* A point in time. */
typedef struct Moment
{
	int64		seconds;		/* UTC, since 2000-01-01 */
	int			ticks;			/* of 100 ns */
} Moment;

static const char *
text_of(Source *source)
{
	if (!source->text && source->has_integer)
		source->text = psprintf(INT64_FORMAT, source->integer);
	if (!source->text)
		source->text = pca_json_text(source->json, source->value);
	return source->text;
}

/* True, and the number, when it is an integer at hand. */
static inline bool
integer_of(const Source *source, int64 *integer)
{
	if (source->has_integer)
		*integer = source->integer;
	return source->has_integer ||
		(source->value && pca_json_integer(source->value, integer));
}

/* The text in the server encoding. */
static char *
server_text(const PcaJsonDatumType *type, const char *text)
{
	if (!type->recode)
		return unconstify(char *, text);
	return pg_any_to_server(text, strlen(text), PG_UTF8);
}

char *
pca_json_datum_display_text(const char *text)
{
	int			length = strlen(text);
	int			shown = pg_encoding_mbcliplen(PG_UTF8, text, length, SHOWN_LENGTH);
	char	   *result = palloc(shown + sizeof("..."));

	memcpy(result, text, shown);
	strcpy(result + shown, shown < length ? "..." : "");
	if (GetDatabaseEncoding() != PG_UTF8)
		for (char *p = result; *p; p++)
			if (IS_HIGHBIT_SET(*p))
				*p = '?';
	return result;
}

/* Refuse the value as the type's input function would. */
static void
refuse(const PcaJsonDatumType *type, Source *source, int sqlstate)
{
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("invalid value for type %s: \"%s\"",
					format_type_be(type->declared),
					pca_json_datum_display_text(text_of(source)))));
}

static Datum
as_other(PcaJsonDatumType *type, Source *source)
{
	return InputFunctionCall(&type->input, server_text(type, text_of(source)),
							 type->ioparam, type->typmod);
}

static Datum
as_text(PcaJsonDatumType *type, Source *source)
{
	return PointerGetDatum(cstring_to_text(server_text(type, text_of(source))));
}

/* json and jsonb get the value as JSON: a string keeps its quotes. */
static Datum
as_json(PcaJsonDatumType *type, Source *source)
{
	StringInfoData out;

	initStringInfo(&out);
	if (source->value)
		pca_json_write(&out, source->value);
	else if (source->has_integer)
		appendStringInfoString(&out, text_of(source));
	else
		pca_json_write_string(&out, source->text);
	return InputFunctionCall(&type->input, server_text(type, out.data),
							 type->ioparam, type->typmod);
}

/* Refuse text that is no JSON number; *plain as in pca_scanner_skip_number(). */
static void
check_number(PcaJsonDatumType *type, Source *source, bool *plain)
{
	const char *text = text_of(source);
	const char *end = text + strlen(text);

	if (pca_scanner_skip_number(text, end, plain) != end)
		refuse(type, source, ERRCODE_INVALID_TEXT_REPRESENTATION);
}

/* The integer that a long number, or one with a fraction or exponent, is. */
static int64
exact_integer(PcaJsonDatumType *type, Source *source)
{
	Datum		number;
	Datum		whole;

	number = DirectFunctionCall3(numeric_in, CStringGetDatum(text_of(source)),
								 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	whole = DirectFunctionCall2(numeric_trunc, number, Int32GetDatum(0));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, number, whole)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("value \"%s\" has a fraction, which type %s cannot hold",
						pca_json_datum_display_text(text_of(source)),
						format_type_be(type->declared)),
				 errhint("Declare the column as numeric.")));
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, whole));
}

static Datum
as_integer(PcaJsonDatumType *type, Source *source)
{
	int64		integer;
	bool		plain;

	if (!integer_of(source, &integer))
	{
		check_number(type, source, &plain);
		integer = plain ? strtoll(text_of(source), NULL, 10) : exact_integer(type, source);
	}
	if (type->base == INT8OID)
		return Int64GetDatum(integer);
	if (integer > (type->base == INT4OID ? PG_INT32_MAX : PG_INT16_MAX) ||
		integer < (type->base == INT4OID ? PG_INT32_MIN : PG_INT16_MIN))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("value \"%s\" is out of range for type %s",
						pca_json_datum_display_text(text_of(source)),
						format_type_be(type->declared))));
	return type->base == INT4OID ? Int32GetDatum((int32) integer) : Int16GetDatum((int16) integer);
}

static Datum
as_numeric(PcaJsonDatumType *type, Source *source)
{
	int64		integer;
	bool		plain;

	if (type->typmod < 0 && integer_of(source, &integer))
		return NumericGetDatum(int64_to_numeric(integer));
	check_number(type, source, &plain);
	return as_other(type, source);
}

/* JSON has no NaN, so .NET writes such doubles as strings. */
static Datum
as_float(PcaJsonDatumType *type, Source *source)
{
	const char *text = text_of(source);
	bool		plain;

	if (strcmp(text, "NaN") != 0 && strcmp(text, "Infinity") != 0 &&
		strcmp(text, "-Infinity") != 0)
		check_number(type, source, &plain);
	return as_other(type, source);
}

static Datum
as_boolean(PcaJsonDatumType *type, Source *source)
{
	const char *text = text_of(source);

	if (pca_json_same_key(text, "true") || strcmp(text, "1") == 0)
		return BoolGetDatum(true);
	if (!pca_json_same_key(text, "false") && strcmp(text, "0") != 0)
		refuse(type, source, ERRCODE_INVALID_TEXT_REPRESENTATION);
	return BoolGetDatum(false);
}

/*
 * Read the usual form of a GUID, 8-4-4-4-12 hexadecimal digits.  *seen: what
 * kinds of digits it has.  False when it is of another form.
 */
static bool
read_guid(const char *p, unsigned char *data, int *seen)
{
	*seen = 0;
	for (int i = 0; i < UUID_LEN; i++)
	{
		int			high;
		int			low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *p++ != '-')
			return false;
		if ((high = hex_digit[(unsigned char) p[0]]) == 0 ||
			(low = hex_digit[(unsigned char) p[1]]) == 0)
			return false;
		*seen |= high | low;
		data[i] = (unsigned char) ((high & HEX_VALUE) << 4 | (low & HEX_VALUE));
		p += 2;
	}
	return *p == '\0';
}

bool
pca_json_datum_guid_case(const char *text, bool *upper, bool *lower)
{
	unsigned char data[UUID_LEN];
	int			seen;
	bool		usual = read_guid(text, data, &seen);

	*upper = usual && (seen & HEX_LOWER) == 0;
	*lower = usual && (seen & HEX_UPPER) == 0;
	return usual;
}

/* The usual form is read here, all others by the input function. */
static Datum
as_uuid(PcaJsonDatumType *type, Source *source)
{
	pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));
	int			seen;

	if (read_guid(text_of(source), uuid->data, &seen))
		return UUIDPGetDatum(uuid);
	return as_other(type, source);
}

/* Read n digits and the character behind them (any, when it is '\0'). */
static bool
read_field(const char **p, int n, char behind, int least, int most, int *value)
{
	*value = 0;
	for (; n > 0; n--, (*p)++)
	{
		if (**p < '0' || **p > '9')
			return false;
		*value = *value * 10 + (**p - '0');
	}
	if (*value < least || *value > most)
		return false;
	if (behind == '\0')
		return true;
	return *(*p)++ == behind;
}

/* Read a fraction of up to seven digits, if there is one. */
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

/* Read Z, +hh:mm or nothing, up to the end; seconds east of UTC. */
static bool
read_zone(const char *p, int *east)
{
	char		sign = *p;
	int			hours;
	int			minutes;

	*east = 0;
	if (sign == '\0')
		return true;
	p++;
	if (sign == 'Z')
		return *p == '\0';
	if ((sign != '+' && sign != '-') ||
		!read_field(&p, 2, ':', 0, MAX_TZDISP_HOUR, &hours) ||
		!read_field(&p, 2, '\0', 0, MINS_PER_HOUR - 1, &minutes))
		return false;
	*east = (hours * MINS_PER_HOUR + minutes) * SECS_PER_MINUTE;
	if (sign == '-')
		*east = -*east;
	return *p == '\0';
}

/*
 * Read YYYY-MM-DD, or YYYY-MM-DDTHH:MM:SS with a fraction and a zone; without
 * one it is UTC.
 */
static bool
read_moment(const char *p, Moment *moment)
{
	int			year;
	int			month;
	int			day;
	int			hour = 0;
	int			minute = 0;
	int			second = 0;
	int			east = 0;

	moment->ticks = 0;
	if (!read_field(&p, 4, '-', 1, 9999, &year) ||
		!read_field(&p, 2, '-', 1, MONTHS_PER_YEAR, &month) ||
		!read_field(&p, 2, '\0', 1, day_tab[isleap(year)][month - 1], &day))
		return false;
	if (*p != '\0' &&
		(*p++ != 'T' ||
		 !read_field(&p, 2, ':', 0, HOURS_PER_DAY - 1, &hour) ||
		 !read_field(&p, 2, ':', 0, MINS_PER_HOUR - 1, &minute) ||
		 !read_field(&p, 2, '\0', 0, SECS_PER_MINUTE - 1, &second) ||
		 !read_fraction(&p, &moment->ticks) || !read_zone(p, &east)))
		return false;
	moment->seconds = (int64) (date2j(year, month, day) - POSTGRES_EPOCH_JDATE) * SECS_PER_DAY +
		(hour * MINS_PER_HOUR + minute) * SECS_PER_MINUTE + second - east;
	return true;
}

static void
get_moment(PcaJsonDatumType *type, Source *source, Moment *moment)
{
	if (!read_moment(text_of(source), moment))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("invalid value for type %s: \"%s\"",
						format_type_be(type->declared),
						pca_json_datum_display_text(text_of(source))),
				 errdetail("The API's forms are YYYY-MM-DD and YYYY-MM-DDTHH:MM:SS[.fffffff][Z|+hh:mm].")));
}

/*
 * Microseconds since 2000-01-01.  The seventh digit is rounded in the way of
 * PostgreSQL's own input, half a microsecond as its double falls.
 */
static int64
moment_usecs(const Moment *moment)
{
	double		fraction = (double) moment->ticks / TICKS_PER_SECOND;

	return moment->seconds * USECS_PER_SEC + (int64) rint(fraction * USECS_PER_SEC);
}

static Datum
as_timestamp(PcaJsonDatumType *type, Source *source)
{
	Moment		moment;
	Datum		result;

	get_moment(type, source, &moment);
	result = TimestampGetDatum(moment_usecs(&moment));
	if (type->typmod < 0)
		return result;
	return DirectFunctionCall2(timestamp_scale, result, Int32GetDatum(type->typmod));
}

static Datum
as_date(PcaJsonDatumType *type, Source *source)
{
	Moment		moment;

	get_moment(type, source, &moment);
	if (moment.seconds % SECS_PER_DAY != 0 || moment.ticks != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
				 errmsg("value \"%s\" has a time of day, which type %s cannot hold",
						pca_json_datum_display_text(text_of(source)),
						format_type_be(type->declared)),
				 errhint("Declare the column as timestamp.")));
	return DateADTGetDatum((DateADT) (moment.seconds / SECS_PER_DAY));
}

/* Types that are read by other means than their input function alone. */
static const struct
{
	Oid			type;
	Make		make;
	bool		takes_json;
}			makers[] =

{
	{TEXTOID, as_text, true},
	{VARCHAROID, as_text, true},
	{BPCHAROID, as_other, true},
	{JSONOID, as_json, true},
	{JSONBOID, as_json, true},
	{INT8OID, as_integer, false},
	{INT4OID, as_integer, false},
	{INT2OID, as_integer, false},
	{NUMERICOID, as_numeric, false},
	{FLOAT8OID, as_float, false},
	{FLOAT4OID, as_float, false},
	{BOOLOID, as_boolean, false},
	{UUIDOID, as_uuid, false},
	{DATEOID, as_date, false},
	{TIMESTAMPOID, as_timestamp, false},
	{TIMESTAMPTZOID, as_timestamp, false}
};

PcaJsonDatumType *
pca_json_datum_prepare(Oid type, int32 typmod)
{
	PcaJsonDatumType *result = palloc0(sizeof(PcaJsonDatumType));
	Oid			input;

	result->declared = type;
	result->typmod = typmod;
	result->base = getBaseTypeAndTypmod(type, &result->typmod);
	result->recode = (GetDatabaseEncoding() != PG_UTF8);
	result->context = CurrentMemoryContext;
	getTypeInputInfo(result->base, &input, &result->ioparam);
	fmgr_info(input, &result->input);
	result->make = as_other;
	for (size_t i = 0; i < lengthof(makers); i++)
		if (makers[i].type == result->base)
		{
			result->known = true;
			result->make = makers[i].make;
			result->takes_json = makers[i].takes_json;
		}
	if (result->base == VARCHAROID && result->typmod >= 0)
		result->make = as_other;
	return result;
}

/* What a domain or an unknown type's input function says may change. */
bool
pca_json_datum_is_deterministic(const PcaJsonDatumType *type, int16 *length, bool *by_value)
{
	if (!type->known || type->base != type->declared)
		return false;
	get_typlenbyval(type->base, length, by_value);
	return true;
}

/* An array's or object's JSON text becomes the source's text. */
static void
flatten(PcaJsonDatumType *type, Source *source)
{
	StringInfoData out;

	initStringInfo(&out);
	pca_json_write(&out, source->value);
	source->text = out.data;
	if (!type->takes_json)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a JSON %s does not fit type %s: %s",
						*out.data == '[' ? "array" : "object",
						format_type_be(type->declared), pca_json_datum_display_text(out.data)),
				 errhint("Declare the column as jsonb, json or text.")));
}

Datum
pca_json_datum_make(PcaJsonDatumType *type, PcaJson *json, const PcaJsonValue *value,
					bool *isnull)
{
	Source		source = {.json = json,.value = value};
	PcaJsonKind kind = value ? pca_json_kind(value) : PCA_JSON_NULL;
	Datum		result = (Datum) 0;

	*isnull = (kind == PCA_JSON_NULL);
	if (kind == PCA_JSON_ARRAY || kind == PCA_JSON_OBJECT)
		flatten(type, &source);
	if (!*isnull)
		result = type->make(type, &source);
	if (unlikely(type->base != type->declared))
		domain_check(result, *isnull, type->declared, &type->constraints,
					 type->context);
	return result;
}

/* The datum of a source that has no JSON value. */
static Datum
make_other(PcaJsonDatumType *type, Source *source)
{
	Datum		result = type->make(type, source);

	if (type->base != type->declared)
		domain_check(result, false, type->declared, &type->constraints,
					 type->context);
	return result;
}

Datum
pca_json_datum_make_integer(PcaJsonDatumType *type, int64 integer)
{
	Source		source = {.has_integer = true,.integer = integer};

	return make_other(type, &source);
}

Datum
pca_json_datum_make_text(PcaJsonDatumType *type, const char *text)
{
	Source		source = {.text = text};

	return make_other(type, &source);
}
