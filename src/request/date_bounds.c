/*
 * date_bounds.c
 *		Finds the dates of a field that satisfy a comparison.
 *
 * The operand of a comparison is a date field after some steps, such as a cast or
 * date_trunc().  None of these steps changes the order of whole days.  The first day
 * that satisfies "operand >= value" is therefore found by a binary search, which
 * evaluates the steps as PostgreSQL does, in the session's time zone.
 *
 * Points in time keep their order as well, except close to a change of a zone's
 * offset from UTC, where the bounds get a slack.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "request/date_bounds.h"
#include "request/value_text.h"

/*
 * The steps move a value by less than this, besides date_trunc(): two conversions to
 * or from a zone, whose offset from UTC is less than a day, and a cast to date.
 */
#define STEPS_SLACK		(4 * USECS_PER_DAY)

/* date_trunc() moves a value by less than the length of its greatest unit, a year. */
#define TRUNC_SLACK		(366 * USECS_PER_DAY)

/*
 * Within the range of the API's dates and this much beside it, no step can exceed
 * the range of timestamps.
 */
#define RANGE_SLACK		(10 * 366 * USECS_PER_DAY)

/*
 * A zone is irregular at a time if its offset from UTC changes within that many days.
 * The order of points in time then differs from that of UTC by at most a day.
 */
#define ZONE_DAYS		2
#define ZONE_SLACK		USECS_PER_DAY

/* A timestamp, or a timestamptz in UTC. */
typedef struct DateValue
{
	int64		usec;
	bool		is_timestamptz;
} DateValue;

Timestamp
pca_date_bounds_first(void)
{
	return (Timestamp) (date2j(1, 1, 1) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY;
}

Timestamp
pca_date_bounds_last(void)
{
	return (Timestamp) (date2j(10000, 1, 1) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY - 1;
}

/* ---- steps ---- */

/* Convert a timestamp of a zone to a timestamptz.  zone: NULL for the session's. */
static TimestampTz
convert_from_zone(const char *zone, Timestamp timestamp)
{
	if (!zone)
		return DatumGetTimestampTz(DirectFunctionCall1(timestamp_timestamptz,
													   TimestampGetDatum(timestamp)));
	return DatumGetTimestampTz(DirectFunctionCall2(timestamp_zone,
												   CStringGetTextDatum(zone),
												   TimestampGetDatum(timestamp)));
}

/* The reverse of convert_from_zone(). */
static Timestamp
convert_to_zone(const char *zone, TimestampTz timestamptz)
{
	if (!zone)
		return DatumGetTimestamp(DirectFunctionCall1(timestamptz_timestamp,
													 TimestampTzGetDatum(timestamptz)));
	return DatumGetTimestamp(DirectFunctionCall2(timestamptz_zone,
												 CStringGetTextDatum(zone),
												 TimestampTzGetDatum(timestamptz)));
}

static int64
floor_to_day(int64 usec)
{
	int64		time = usec % USECS_PER_DAY;

	return usec - time - (time < 0 ? USECS_PER_DAY : 0);
}

static int64
trunc_value(const char *unit, DateValue value)
{
	return DatumGetInt64(DirectFunctionCall2(value.is_timestamptz ? timestamptz_trunc : timestamp_trunc,
											 CStringGetTextDatum(unit), Int64GetDatum(value.usec)));
}

/* The operand's value for a value of the field. */
static DateValue
evaluate_operand(const PcaDateOperand *operand, Timestamp timestamp)
{
	DateValue	value = {.usec = timestamp};
	ListCell   *lc;

	foreach(lc, operand->steps)
	{
		const PcaDateStep *step = lfirst(lc);

		switch (step->kind)
		{
			case PCA_DATE_STEP_DAY:
				value.usec = floor_to_day(value.usec);
				break;
			case PCA_DATE_STEP_TIMESTAMPTZ:
				value.usec = convert_from_zone(step->text, value.usec);
				value.is_timestamptz = true;
				break;
			case PCA_DATE_STEP_TIMESTAMP:
				value.usec = convert_to_zone(step->text, value.usec);
				value.is_timestamptz = false;
				break;
			case PCA_DATE_STEP_TRUNC:
				value.usec = trunc_value(step->text, value);
				break;
		}
	}
	return value;
}

/* A timestamp that is compared with a timestamptz is one of the session's time zone. */
static int64
get_comparable_usec(DateValue value, DateValue other)
{
	return other.is_timestamptz && !value.is_timestamptz ? convert_from_zone(NULL, value.usec) : value.usec;
}

static int
compare_date_values(DateValue left, DateValue right)
{
	int64		left_usec = get_comparable_usec(left, right);
	int64		right_usec = get_comparable_usec(right, left);

	return left_usec < right_usec ? -1 : left_usec > right_usec;
}

/* ---- search ---- */

/*
 * The first multiple of unit_usec whose operand compares to the value with at least
 * min_order: 0 for "not less", 1 for "greater".
 */
static Timestamp
search_first_value(const PcaDateOperand *operand, DateValue value, int min_order, int64 unit_usec)
{
	int64		low = floor_to_day(value.usec - STEPS_SLACK - TRUNC_SLACK) / unit_usec;
	int64		high = floor_to_day(value.usec + STEPS_SLACK + TRUNC_SLACK) / unit_usec;

	/* low does not satisfy the condition, high does */
	while (high - low > 1)
	{
		int64		middle = low + (high - low) / 2;

		if (compare_date_values(evaluate_operand(operand, middle * unit_usec), value) >= min_order)
			high = middle;
		else
			low = middle;
	}
	return high * unit_usec;
}

/* Returns true if the zone's offset from UTC changes near a time. */
static bool
zone_is_irregular(const char *zone, Timestamp timestamp)
{
	int64		offset = convert_from_zone(zone, timestamp) - timestamp;

	for (int day = -ZONE_DAYS; day <= ZONE_DAYS; day++)
	{
		Timestamp	other = timestamp + day * USECS_PER_DAY;

		if (convert_from_zone(zone, other) - other != offset)
			return true;
	}
	return false;
}

/* The slack of the bounds, which are near a time.  Whole days need none. */
static int64
get_bounds_slack(const PcaDateOperand *operand, DateValue value, Timestamp timestamp)
{
	bool		uses_session_zone = value.is_timestamptz;
	int64		slack_usec = 0;
	ListCell   *lc;

	if (operand->is_day)
		return 0;
	foreach(lc, operand->steps)
	{
		const PcaDateStep *step = lfirst(lc);

		if (step->kind != PCA_DATE_STEP_TIMESTAMPTZ && step->kind != PCA_DATE_STEP_TIMESTAMP)
			continue;
		/* date_trunc() and comparisons use the session's zone */
		uses_session_zone = true;
		if (step->text && zone_is_irregular(step->text, timestamp))
			slack_usec += ZONE_SLACK;
	}
	return uses_session_zone && zone_is_irregular(NULL, timestamp) ? slack_usec + ZONE_SLACK : slack_usec;
}

PcaDateBounds
pca_date_bounds_find(const PcaDateOperand *operand, const char *text)
{
	DateValue	value = {pca_value_text_to_timestamp(text), pca_value_text_is_timestamptz(text)};
	int64		unit_usec = operand->is_day || operand->is_date ? USECS_PER_DAY : 1;
	PcaDateBounds bounds = {0};

	if (TIMESTAMP_NOT_FINITE(value.usec) || value.usec < pca_date_bounds_first() - RANGE_SLACK ||
		value.usec > pca_date_bounds_last() + RANGE_SLACK)
	{
		bounds.not_less = value.usec < 0 ? DT_NOBEGIN : DT_NOEND;
		bounds.greater = bounds.not_less;
	}
	else if (operand->steps == NIL && !value.is_timestamptz)
	{
		bounds.greater = unit_usec == 1 ? value.usec + 1 : floor_to_day(value.usec) + USECS_PER_DAY;
		bounds.not_less = unit_usec == 1 || floor_to_day(value.usec) == value.usec ? value.usec : bounds.greater;
	}
	else
	{
		bounds.not_less = search_first_value(operand, value, 0, unit_usec);
		bounds.greater = search_first_value(operand, value, 1, unit_usec);
		bounds.slack_usec = get_bounds_slack(operand, value, bounds.not_less);
	}
	return bounds;
}

const char *
pca_date_bounds_local_text(const char *text)
{
	Timestamp	timestamp = pca_value_text_to_timestamp(text);

	if (!pca_value_text_is_timestamptz(text) || timestamp < pca_date_bounds_first() ||
		timestamp > pca_date_bounds_last())
		return text;
	return pca_value_text_from_date(convert_to_zone(NULL, timestamp));
}
