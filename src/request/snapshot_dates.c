/*
 * snapshot_dates.c
 *		Which days is a history asked for?
 *
 * The API gives one day's snapshot a request, so conditions on snapshot_date
 * become a set of days.  PostgreSQL checks the conditions again; here only no
 * day may be missed.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "request/snapshot_dates.h"
#include "request/value_text.h"

/* A guess of how many days a range has, where its ends are not known. */
#define GUESSED_DAYS	30

/* Before and after all days that dates can have: a range without that end. */
#define NO_FIRST_DAY	PG_INT32_MIN
#define NO_LAST_DAY		PG_INT32_MAX

/* Days since 2000-01-01, both ends among them. */
typedef struct DayRange
{
	int64		first;
	int64		last;
} DayRange;

/* A set of days: its ranges in ascending order, with a gap between each two. */
typedef struct DaySet
{
	int			count;
	DayRange   *ranges;
} DaySet;

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

/* ---- sets ---- */

static DaySet
make_day_set(int64 first, int64 last)
{
	DaySet		set = {.count = first <= last ? 1 : 0,.ranges = palloc(sizeof(DayRange))};

	set.ranges[0] = (DayRange)
	{
		first, last
	};
	return set;
}

static int
compare_ranges(const void *a, const void *b)
{
	const DayRange *left = a;
	const DayRange *right = b;

	return left->first < right->first ? -1 : left->first > right->first;
}

/* Make a set of ranges in any order that may overlap: sort them, and join those without a gap. */
static void
sort_ranges(DaySet *set)
{
	int			count = 0;

	qsort(set->ranges, set->count, sizeof(DayRange), compare_ranges);
	for (int i = 0; i < set->count; i++)
	{
		DayRange   *last = count > 0 ? &set->ranges[count - 1] : NULL;

		if (last && set->ranges[i].first <= last->last + 1)
			last->last = Max(last->last, set->ranges[i].last);
		else
			set->ranges[count++] = set->ranges[i];
	}
	set->count = count;
}

/* The days that are in both.  Frees both. */
static DaySet
intersect_day_sets(DaySet left, DaySet right)
{
	DaySet		both = {.ranges = palloc(sizeof(DayRange) * (left.count + right.count + 1))};
	int			l = 0;
	int			r = 0;

	while (l < left.count && r < right.count)
	{
		DayRange	common = {
			Max(left.ranges[l].first, right.ranges[r].first),
			Min(left.ranges[l].last, right.ranges[r].last)
		};

		if (common.first <= common.last)
			both.ranges[both.count++] = common;
		if (left.ranges[l].last < right.ranges[r].last)
			l++;
		else
			r++;
	}
	pfree(left.ranges);
	pfree(right.ranges);
	return both;
}

/*
 * The days that are in all of the sets.  Sets of about the same size are
 * intersected, so that a large one is not read again for each of the others.
 * Frees them.
 */
static DaySet
intersect_all(DaySet *sets, int count)
{
	if (count == 0)
		return make_day_set(NO_FIRST_DAY, NO_LAST_DAY);
	for (int step = 1; step < count; step *= 2)
		for (int i = 0; i + step < count; i += 2 * step)
			sets[i] = intersect_day_sets(sets[i], sets[i + step]);
	return sets[0];
}

/* The days that are in any of the sets.  Frees them. */
static DaySet
unite_all(DaySet *sets, int count)
{
	DaySet		any = {0};
	int			room = 1;

	for (int i = 0; i < count; i++)
		room += sets[i].count;
	any.ranges = palloc(sizeof(DayRange) * room);
	for (int i = 0; i < count; i++)
	{
		memcpy(&any.ranges[any.count], sets[i].ranges, sizeof(DayRange) * sets[i].count);
		any.count += sets[i].count;
		pfree(sets[i].ranges);
	}
	sort_ranges(&any);
	return any;
}

/* ---- conditions ---- */

/* The moment that a date and time is in the session's zone. */
static TimestampTz
moment_of(Timestamp timestamp)
{
	return DatumGetTimestampTz(DirectFunctionCall1(timestamp_timestamptz,
												   TimestampGetDatum(timestamp)));
}

static Timestamp
value_timestamp(const PcaComparison *comparison, const PcaValue *value)
{
	if (!value->text)
		elog(ERROR, "value of a condition on snapshot_date is not known");
	return pca_value_text_to_timestamp(value->text) + comparison->shift;
}

/*
 * The days that are among the values.  A zone may have left out a whole day: it
 * begins when the next one does, and is equal to it as a moment.
 */
static DaySet
days_equal(const PcaComparison *comparison)
{
	DaySet		set = {.ranges = palloc(sizeof(DayRange) * (3 * list_length(comparison->values) + 1))};
	ListCell   *lc;

	foreach(lc, comparison->values)
	{
		Timestamp	value = value_timestamp(comparison, lfirst(lc));
		int64		own = floor_day(value);

		for (int64 day = own - 1; day <= own + 1; day++)
			if (day == own || moment_of(day * USECS_PER_DAY) == moment_of(value))
				set.ranges[set.count++] = (DayRange)
			{
				day, day
			};
	}
	sort_ranges(&set);
	return set;
}

/* The days that a comparison, whose values are known, leaves; a range ends today. */
static DaySet
days_compared(const PcaComparison *comparison, int64 today)
{
	Timestamp	value;

	if (comparison->literal != PCA_LITERAL_DATE || comparison->values == NIL)
		elog(ERROR, "condition on snapshot_date does not compare with dates");
	if (comparison->op == PCA_OP_EQ)
		return days_equal(comparison);
	value = value_timestamp(comparison, linitial(comparison->values));
	switch (comparison->op)
	{
		case PCA_OP_GE:
			return make_day_set(ceil_day(value), today);
		case PCA_OP_GT:
			return make_day_set(floor_day(value) + 1, today);
		case PCA_OP_LE:
			return make_day_set(NO_FIRST_DAY, floor_day(value));
		case PCA_OP_LT:
			return make_day_set(NO_FIRST_DAY, ceil_day(value) - 1);
		default:
			return make_day_set(NO_FIRST_DAY, NO_LAST_DAY);
	}
}

/* The days that a term leaves: comparisons with known values, joined by AND and OR. */
static DaySet
days_of(const PcaFilterExpr *term, int64 today)
{
	PcaFilterExprKind kind = pca_filter_expr_kind(term);
	DaySet	   *sets;
	DaySet		days;
	int			count = 0;
	ListCell   *lc;

	check_stack_depth();
	if (kind == PCA_FILTER_EXPR_COMPARE)
		return days_compared(pca_filter_expr_comparison(term), today);
	sets = palloc(sizeof(DaySet) * (list_length(pca_filter_expr_args(term)) + 1));
	foreach(lc, pca_filter_expr_args(term))
		sets[count++] = days_of(lfirst(lc), today);
	days = kind == PCA_FILTER_EXPR_OR ? unite_all(sets, count) : intersect_all(sets, count);
	pfree(sets);
	return days;
}

/* ---- days ---- */

static List *
list_days(DaySet set)
{
	List	   *days = NIL;

	for (int i = 0; i < set.count; i++)
		for (int64 day = set.ranges[i].first; day <= set.ranges[i].last; day++)
			days = lappend(days, pca_value_text_from_day(day * USECS_PER_DAY));
	return days;
}

/* The last day that there can be: in UTC, as the API has it, or in the session's zone. */
static int64
current_day(void)
{
	return Max(floor_day(GetCurrentTimestamp()), GetSQLCurrentDate());
}

PcaSnapshotResult
pca_snapshot_dates_resolve(const PcaFilterExpr *term, const PcaParams *params, int most,
						   List **days, int64 *count)
{
	PcaFilterExpr *resolved = NULL;
	PcaTristate truth = term ? pca_filter_expr_resolve(term, params, &resolved) : PCA_TRISTATE_TRUE;
	DaySet		set;

	*days = NIL;
	*count = 0;
	if (truth == PCA_TRISTATE_FALSE)
		return PCA_SNAPSHOT_DATES_FOUND;
	if (truth == PCA_TRISTATE_TRUE)
		return PCA_SNAPSHOT_DATES_UNBOUNDED;
	if (pca_filter_expr_has_parameter(resolved))
		return PCA_SNAPSHOT_DATES_UNKNOWN;
	set = days_of(resolved, current_day());
	if (set.count > 0 && set.ranges[0].first == NO_FIRST_DAY)
		return PCA_SNAPSHOT_DATES_UNBOUNDED;
	for (int i = 0; i < set.count; i++)
		*count += set.ranges[i].last - set.ranges[i].first + 1;
	if (*count > most)
		return PCA_SNAPSHOT_DATES_TOO_MANY;
	*days = list_days(set);
	return PCA_SNAPSHOT_DATES_FOUND;
}

/* ---- estimates ---- */

static double
estimate_comparison(const PcaComparison *comparison)
{
	if (comparison->op == PCA_OP_EQ)
		return Max(list_length(comparison->values), 1);
	return comparison->op == PCA_OP_GE || comparison->op == PCA_OP_GT ? GUESSED_DAYS : 0;
}

/*
 * Of conditions that are joined by OR, each must say with which day to begin; of
 * those that are joined by AND, the one with the fewest days decides.  What is
 * given is guessed to leave the others their say; an OR of nothing leaves no day,
 * which costs no more than one.
 */
double
pca_snapshot_dates_estimate(const PcaFilterExpr *term)
{
	double		estimate = 0;
	ListCell   *lc;

	check_stack_depth();
	if (!term || pca_filter_expr_kind(term) == PCA_FILTER_EXPR_PSEUDOCONSTANT)
		return 0;
	if (pca_filter_expr_kind(term) == PCA_FILTER_EXPR_COMPARE)
		return estimate_comparison(pca_filter_expr_comparison(term));
	if (pca_filter_expr_args(term) == NIL)
		return 1;
	foreach(lc, pca_filter_expr_args(term))
	{
		double		days = pca_snapshot_dates_estimate(lfirst(lc));

		if (pca_filter_expr_kind(lfirst(lc)) == PCA_FILTER_EXPR_PSEUDOCONSTANT)
			continue;
		if (pca_filter_expr_kind(term) == PCA_FILTER_EXPR_OR)
		{
			if (days == 0)
				return 0;
			estimate += days;
		}
		else if (days > 0 && (estimate == 0 || days < estimate))
			estimate = days;
	}
	return estimate;
}
