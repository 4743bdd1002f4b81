/*
 * value_text.c
 *		Converts datums and dates to and from text.
 *
 * Values are sent to the API as text, whether they are known when planning or
 * only when the scan starts.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "common/string.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "config/url.h"
#include "request/value_text.h"

/*
 * ASCII letters that are also the lower case of a character outside ASCII: the
 * dotted capital I (U+0130) and the Kelvin sign (U+212A).  Depending on its
 * collation, PostgreSQL may treat them as equal where the API does not.
 */
#define AMBIGUOUS_LETTERS	"iIkK"

/* A timestamp in ISO 8601 with a T, or "infinity". */
static char *
make_timestamp_text(Datum timestamp)
{
	char		buffer[MAXDATELEN + 1];

	return pstrdup(JsonEncodeDateTime(buffer, timestamp, TIMESTAMPOID, NULL));
}

bool
pca_value_text_is_timestamptz(const char *text)
{
	size_t		length = strlen(text);

	return length > 0 && text[length - 1] == 'Z';
}

Timestamp
pca_value_text_to_timestamp(const char *text)
{
	if (pca_value_text_is_timestamptz(text))
		text = pnstrdup(text, strlen(text) - 1);
	return DatumGetTimestamp(DirectFunctionCall3(timestamp_in, CStringGetDatum(text),
												 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

char *
pca_value_text_from_date(Timestamp timestamp)
{
	char	   *text = make_timestamp_text(TimestampGetDatum(timestamp));
	char	   *time = strchr(text, 'T');

	if (time && strcmp(time, "T00:00:00") == 0)
		*time = '\0';
	return text;
}

char *
pca_value_text_from_day(Timestamp timestamp)
{
	int64		time = timestamp % USECS_PER_DAY;

	return pca_value_text_from_date(timestamp - time - (time < 0 ? USECS_PER_DAY : 0));
}

/* Dates that no timestamp can represent are later than all timestamps. */
static Datum
date_to_timestamp(DateADT date)
{
	if (date >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
		return TimestampGetDatum(DT_NOEND);
	return DirectFunctionCall1(date_timestamp, DateADTGetDatum(date));
}

/* A timestamptz as its time in UTC, with a Z, or "infinity". */
static char *
make_timestamptz_text(TimestampTz timestamptz)
{
	char	   *text = make_timestamp_text(TimestampGetDatum(timestamptz));

	return TIMESTAMP_NOT_FINITE(timestamptz) ? text : psprintf("%sZ", text);
}

char *
pca_value_text_from_datum(Oid type, Datum datum)
{
	Oid			output;
	bool		varlena;

	if (type == BOOLOID)
		return pstrdup(DatumGetBool(datum) ? "true" : "false");
	if (type == DATEOID)
		return make_timestamp_text(date_to_timestamp(DatumGetDateADT(datum)));
	if (type == TIMESTAMPOID)
		return make_timestamp_text(datum);
	if (type == TIMESTAMPTZOID)
		return make_timestamptz_text(DatumGetTimestampTz(datum));
	getTypeOutputInfo(type, &output, &varlena);
	return OidOutputFunctionCall(output, datum);
}

List *
pca_value_text_from_array(Datum array, bool *has_null)
{
	ArrayType  *elements = DatumGetArrayTypeP(array);
	Oid			type = ARR_ELEMTYPE(elements);
	List	   *texts = NIL;
	int16		length;
	bool		byval;
	char		align;
	Datum	   *datums;
	bool	   *nulls;
	int			count;

	get_typlenbyvalalign(type, &length, &byval, &align);
	deconstruct_array(elements, type, length, byval, align, &datums, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			*has_null = true;
		else
			texts = lappend(texts, pca_value_text_from_datum(type, datums[i]));
	}
	return texts;
}

bool
pca_value_text_defeats_search(List *texts)
{
	ListCell   *lc;

	foreach(lc, texts)
	{
		if (*(char *) lfirst(lc) == '\0' || !pca_url_can_encode(lfirst(lc)))
			return true;
	}
	return false;
}

List *
pca_value_text_encodable(List *texts)
{
	List	   *kept = NIL;
	ListCell   *lc;

	if (GetDatabaseEncoding() == PG_UTF8)
		return texts;
	foreach(lc, texts)
	{
		if (pca_url_can_encode(lfirst(lc)))
			kept = lappend(kept, lfirst(lc));
	}
	return kept;
}

char *
pca_value_text_pattern_text(const char *pattern, bool *no_wildcards)
{
	char	   *text = palloc(strlen(pattern) + 1);
	char	   *end = text;
	const char *p = pattern + strspn(pattern, "%");

	*no_wildcards = p == pattern;
	for (; *p && *p != '%'; p++)
	{
		if (*p == '_' || (*p == '\\' && *++p == '\0'))
			return NULL;
		*end++ = *p;
	}
	*end = '\0';
	if (*p)
		*no_wildcards = false;
	return p[strspn(p, "%")] == '\0' && end > text ? text : NULL;
}

char *
pca_value_text_pattern_prefix(const char *pattern)
{
	char	   *text = palloc(strlen(pattern) + 1);
	char	   *end = text;

	for (const char *p = pattern; *p && *p != '%' && *p != '_'; p++)
	{
		if (*p == '\\' && *++p == '\0')
			return NULL;
		*end++ = *p;
	}
	*end = '\0';
	return end > text ? text : NULL;
}

bool
pca_value_text_has_plain_case(const char *text)
{
	return pg_is_ascii(text) && !strpbrk(text, AMBIGUOUS_LETTERS);
}
