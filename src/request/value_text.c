/*
 * value_text.c
 *		What is the text of a value?
 *
 * Values travel to the API as text, whether they are known when planning
 * (filter.c) or when executing (scan.c).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "request/value_text.h"

/* The timestamp in ISO 8601 with a T, or "infinity". */
static char *
timestamp_text(Datum timestamp)
{
	char		buffer[MAXDATELEN + 1];

	return pstrdup(JsonEncodeDateTime(buffer, timestamp, TIMESTAMPOID, NULL));
}

Timestamp
pca_value_text_to_timestamp(const char *text)
{
	return DatumGetTimestamp(DirectFunctionCall3(timestamp_in, CStringGetDatum(text),
												 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/* The API's dates are those of .NET: from year 1 to 9999. */
#define FIRST_DATE	"0001-01-01"
#define LAST_DATE	"9999-12-31T23:59:59.999999"

int
pca_value_text_out_of_range(const char *text, int64 shift)
{
	Timestamp	timestamp = pca_value_text_to_timestamp(text);
	Timestamp	shifted;

	if (!TIMESTAMP_NOT_FINITE(timestamp) && !pg_add_s64_overflow(timestamp, shift, &shifted))
		timestamp = shifted;

	if (timestamp < pca_value_text_to_timestamp(FIRST_DATE))
		return -1;
	return timestamp > pca_value_text_to_timestamp(LAST_DATE) ? 1 : 0;
}

/* Without the time of day, at midnight. */
static char *
short_text(Timestamp timestamp)
{
	char	   *text = timestamp_text(TimestampGetDatum(timestamp));
	char	   *time = strchr(text, 'T');

	if (time && strcmp(time, "T00:00:00") == 0)
		*time = '\0';
	return text;
}

char *
pca_value_text_shift(const char *text, int64 shift)
{
	Timestamp	timestamp = pca_value_text_to_timestamp(text) + shift;

	timestamp = Max(timestamp, pca_value_text_to_timestamp(FIRST_DATE));
	return short_text(Min(timestamp, pca_value_text_to_timestamp(LAST_DATE)));
}

char *
pca_value_text_from_day(Timestamp timestamp)
{
	int64		time = timestamp % USECS_PER_DAY;

	return short_text(timestamp - time - (time < 0 ? USECS_PER_DAY : 0));
}

/* Dates go on where timestamps end: those are later than all of them. */
static Datum
timestamp_of_date(DateADT date)
{
	if (date >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
		return TimestampGetDatum(DT_NOEND);
	return DirectFunctionCall1(date_timestamp, DateADTGetDatum(date));
}

/* The session's zone must not push a moment over the ends of all timestamps. */
static Datum
timestamp_of_moment(TimestampTz moment)
{
	if (moment >= END_TIMESTAMP - USECS_PER_DAY)
		return TimestampGetDatum(DT_NOEND);
	if (moment < MIN_TIMESTAMP + USECS_PER_DAY)
		return TimestampGetDatum(DT_NOBEGIN);
	return DirectFunctionCall1(timestamptz_timestamp, TimestampTzGetDatum(moment));
}

char *
pca_value_text_from_datum(Oid type, Datum datum)
{
	Oid			output;
	bool		varlena;

	if (type == BOOLOID)
		return pstrdup(DatumGetBool(datum) ? "true" : "false");
	if (type == DATEOID)
		return timestamp_text(timestamp_of_date(DatumGetDateADT(datum)));
	if (type == TIMESTAMPOID)
		return timestamp_text(datum);
	if (type == TIMESTAMPTZOID)
		return timestamp_text(timestamp_of_moment(DatumGetTimestampTz(datum)));
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
