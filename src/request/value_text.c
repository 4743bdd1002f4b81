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

/* A timestamp in ISO 8601 with a T, or "infinity". */
static char *
make_timestamp_text(Datum timestamp)
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

/* The range of the API's dates, which are those of .NET. */
#define FIRST_API_DATE	"0001-01-01"
#define LAST_API_DATE	"9999-12-31T23:59:59.999999"

int
pca_value_text_out_of_range(const char *text, int64 shift_us)
{
	Timestamp	timestamp = pca_value_text_to_timestamp(text);
	Timestamp	shifted;

	if (!TIMESTAMP_NOT_FINITE(timestamp) && !pg_add_s64_overflow(timestamp, shift_us, &shifted))
		timestamp = shifted;
	if (timestamp < pca_value_text_to_timestamp(FIRST_API_DATE))
		return -1;
	return timestamp > pca_value_text_to_timestamp(LAST_API_DATE) ? 1 : 0;
}

/* A timestamp in ISO 8601, as a date if it is midnight. */
static char *
make_date_text(Timestamp timestamp)
{
	char	   *text = make_timestamp_text(TimestampGetDatum(timestamp));
	char	   *time = strchr(text, 'T');

	if (time && strcmp(time, "T00:00:00") == 0)
		*time = '\0';
	return text;
}

char *
pca_value_text_shift(const char *text, int64 shift_us)
{
	Timestamp	timestamp = pca_value_text_to_timestamp(text) + shift_us;

	timestamp = Max(timestamp, pca_value_text_to_timestamp(FIRST_API_DATE));
	return make_date_text(Min(timestamp, pca_value_text_to_timestamp(LAST_API_DATE)));
}

char *
pca_value_text_from_day(Timestamp timestamp)
{
	int64		time = timestamp % USECS_PER_DAY;

	return make_date_text(timestamp - time - (time < 0 ? USECS_PER_DAY : 0));
}

/* Dates that no timestamp can represent are later than all timestamps. */
static Datum
date_to_timestamp(DateADT date)
{
	if (date >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
		return TimestampGetDatum(DT_NOEND);
	return DirectFunctionCall1(date_timestamp, DateADTGetDatum(date));
}

/*
 * Convert to the session's time zone.  Near the ends of the range, that could be out
 * of range, which is an error in timestamptz_timestamp().
 */
static Datum
timestamptz_to_timestamp(TimestampTz timestamptz)
{
	if (timestamptz >= END_TIMESTAMP - USECS_PER_DAY)
		return TimestampGetDatum(DT_NOEND);
	if (timestamptz < MIN_TIMESTAMP + USECS_PER_DAY)
		return TimestampGetDatum(DT_NOBEGIN);
	return DirectFunctionCall1(timestamptz_timestamp, TimestampTzGetDatum(timestamptz));
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
		return make_timestamp_text(timestamptz_to_timestamp(DatumGetTimestampTz(datum)));
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
