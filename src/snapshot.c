/*
 * snapshot.c
 *		Which days is a history asked for?
 *
 * The API gives one day's snapshot a request, so conditions on snapshot_date
 * become a list of days.  PostgreSQL checks the conditions again; here only no
 * day may be missed.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "snapshot.h"
#include "value.h"

/* A guess of how many days a range has, where its ends are not known. */
#define GUESSED_DAYS	30

/* The days left so far: a range, and the listed ones if some are. */
typedef struct Window
{
	bool		has_low;
	int64		low;			/* days since 2000-01-01 */
	int64		high;
	bool		listed;
	List	   *days;			/* int: as low */
} Window;

static int64
floor_day(Timestamp timestamp)
{
	int64		day = timestamp / USECS_PER_DAY;

	return timestamp % USECS_PER_DAY < 0 ? day - 1 : day;
}

static int64
ceil_day(Timestamp timestamp)
{
	return -floor_day(-timestamp);
}

/* ---- conditions ---- */

/* The moment that a date and time is in the session's zone. */
static TimestampTz
moment_of(Timestamp timestamp)
{
	return DatumGetTimestampTz(DirectFunctionCall1(timestamp_timestamptz,
												   TimestampGetDatum(timestamp)));
}

/*
 * Keep the listed days that are among the values.  A zone may have left out a
 * whole day: it begins when the next one does, and is equal to it as a moment.
 */
static void
apply_equal(Window *window, const PcaTerm *term)
{
	List	   *days = NIL;
	ListCell   *lc;

	foreach(lc, term->values)
	{
		Timestamp	value = pca_value_timestamp(((PcaValue *) lfirst(lc))->text) + term->shift;
		int64		own = floor_day(value);

		for (int64 day = own - 1; day <= own + 1; day++)
		{
			if (day != own && moment_of(day * USECS_PER_DAY) != moment_of(value))
				continue;
			if (!window->listed || list_member_int(window->days, (int) day))
				days = list_append_unique_int(days, (int) day);
		}
	}
	window->listed = true;
	window->days = days;
}

static void
apply(Window *window, const PcaTerm *term)
{
	Timestamp	value;

	if (term->op == PCA_OP_EQ)
	{
		apply_equal(window, term);
		return;
	}
	value = pca_value_timestamp(((PcaValue *) linitial(term->values))->text) + term->shift;
	switch (term->op)
	{
		case PCA_OP_GE:
		case PCA_OP_GT:
			window->low = window->has_low ? Max(window->low, floor_day(value)) : floor_day(value);
			if (term->op == PCA_OP_GT || ceil_day(value) != floor_day(value))
				window->low = Max(window->low, floor_day(value) + 1);
			window->has_low = true;
			break;
		case PCA_OP_LE:
			window->high = Min(window->high, floor_day(value));
			break;
		case PCA_OP_LT:
			window->high = Min(window->high, ceil_day(value) - 1);
			break;
		default:
			break;
	}
}

/* ---- days ---- */

static char *
day_text(int64 day)
{
	return pca_value_day(day * USECS_PER_DAY);
}

static List *
listed_days(const Window *window)
{
	List	   *days = NIL;
	ListCell   *lc;

	foreach(lc, window->days)
		if (lfirst_int(lc) <= window->high && (!window->has_low || lfirst_int(lc) >= window->low))
			days = lappend(days, day_text(lfirst_int(lc)));
	return days;
}

/* The last day that there can be: in UTC, as the API has it, or in the session's zone. */
static int64
today(void)
{
	return Max(floor_day(GetCurrentTimestamp()), GetSQLCurrentDate());
}

static PcaDays
days_of(Window *window, int most, List **days, int64 *count)
{
	if (!window->listed && !window->has_low)
		return PCA_DAYS_UNBOUNDED;
	if (!window->listed)
		window->high = Min(window->high, today());
	if (window->listed)
	{
		*days = listed_days(window);
		*count = list_length(*days);
	}
	else
		*count = Max(window->high - window->low + 1, 0);
	if (*count > most)
		return PCA_DAYS_TOO_MANY;
	for (int64 day = window->low; !window->listed && day <= window->high; day++)
		*days = lappend(*days, day_text(day));
	return PCA_DAYS_FOUND;
}

static bool
is_known(const PcaTerm *term)
{
	ListCell   *lc;

	foreach(lc, term->args)
		if (!is_known(lfirst(lc)))
			return false;
	return term->kind != PCA_TERM_COMPARE || !pca_term_has_parameter(term);
}

PcaDays
pca_snapshot_days(const PcaTerm *term, const PcaParams *params, int most,
				  List **days, int64 *count)
{
	Window		window = {.high = PG_INT32_MAX};
	PcaTerm    *resolved = NULL;
	PcaTruth	truth = term ? pca_term_resolve(term, params, &resolved) : PCA_TRUTH_YES;
	ListCell   *lc;

	*days = NIL;
	*count = 0;
	if (truth == PCA_TRUTH_NO)
		return PCA_DAYS_FOUND;
	if (truth == PCA_TRUTH_YES)
		return PCA_DAYS_UNBOUNDED;
	if (!is_known(resolved))
		return PCA_DAYS_UNKNOWN;
	foreach(lc, pca_term_conjuncts(resolved))
		apply(&window, lfirst(lc));
	return days_of(&window, most, days, count);
}

double
pca_snapshot_estimate(const PcaTerm *term)
{
	bool		bounded = false;
	ListCell   *lc;

	foreach(lc, term ? pca_term_conjuncts(unconstify(PcaTerm *, term)) : NIL)
	{
		PcaTerm    *conjunct = lfirst(lc);

		if (conjunct->op == PCA_OP_EQ)
			return list_length(conjunct->values);
		bounded = bounded || conjunct->op == PCA_OP_GE || conjunct->op == PCA_OP_GT;
	}
	return bounded ? GUESSED_DAYS : 0;
}
