/*
 * snapshot_dates.c
 *		Determines the days of snapshots that a query needs.
 *
 * A request has one day as its parameter (api-notes 5.2), so the conditions on
 * snapshot_date are converted to a set of days.  PostgreSQL evaluates the
 * conditions again, so the set may have too many days, but none may be missing.
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

/* Estimated days of a range whose ends are not known when planning. */
#define DEFAULT_RANGE_DAYS	30

/* Ends of a range that is not bounded: before and after all days that a date can have. */
#define NO_FIRST_DAY	PG_INT32_MIN
#define NO_LAST_DAY		PG_INT32_MAX

/* A range of days, with both ends, as days since 2000-01-01. */
typedef struct DayRange
{
	int64		first;
	int64		last;
} DayRange;

/* A set of days: ranges in ascending order with gaps between them. */
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

	set.ranges[0].first = first;
	set.ranges[0].last = last;
	return set;
}

static int
compare_day_ranges(const void *a, const void *b)
{
	const DayRange *left = a;
	const DayRange *right = b;

	return left->first < right->first ? -1 : left->first > right->first;
}

/* Sort ranges that may overlap, and merge those without a gap. */
static void
sort_day_ranges(DaySet *set)
{
	int			count = 0;

	qsort(set->ranges, set->count, sizeof(DayRange), compare_day_ranges);
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

/* Returns the days that are in both sets, and frees them. */
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
 * Returns the days that are in all of the sets, and frees them.  The sets are
 * intersected in pairs, then the results, and so on: one by one, a large set would
 * be read again for each of the others.
 */
static DaySet
intersect_all_day_sets(DaySet *sets, int count)
{
	if (count == 0)
		return make_day_set(NO_FIRST_DAY, NO_LAST_DAY);
	for (int step = 1; step < count; step *= 2)
		for (int i = 0; i + step < count; i += 2 * step)
			sets[i] = intersect_day_sets(sets[i], sets[i + step]);
	return sets[0];
}

/* Returns the days that are in any of the sets, and frees them. */
static DaySet
unite_all_day_sets(DaySet *sets, int count)
{
	DaySet		any = {0};
	int			max_ranges = 1;

	for (int i = 0; i < count; i++)
		max_ranges += sets[i].count;
	any.ranges = palloc(sizeof(DayRange) * max_ranges);
	for (int i = 0; i < count; i++)
	{
		memcpy(&any.ranges[any.count], sets[i].ranges, sizeof(DayRange) * sets[i].count);
		any.count += sets[i].count;
		pfree(sets[i].ranges);
	}
	sort_day_ranges(&any);
	return any;
}

/* ---- conditions ---- */

static Timestamp
get_value_timestamp(const PcaComparison *comparison, const PcaValue *value)
{
	if (!value->text)
		elog(ERROR, "value of a condition on snapshot_date is not known");
	return pca_value_text_to_timestamp(value->text);
}

/* The days that are equal to one of the values. */
static DaySet
get_equal_days(const PcaComparison *comparison)
{
	DaySet		set = {.ranges = palloc(sizeof(DayRange) * (list_length(comparison->values) + 1))};
	ListCell   *lc;

	foreach(lc, comparison->values)
	{
		int64		day = floor_day(get_value_timestamp(comparison, lfirst(lc)));

		set.ranges[set.count].first = day;
		set.ranges[set.count++].last = day;
	}
	sort_day_ranges(&set);
	return set;
}

/* The days that satisfy a comparison whose values are known, up to today. */
static DaySet
get_compared_days(const PcaComparison *comparison, int64 today)
{
	Timestamp	value;

	if (comparison->literal != PCA_LITERAL_DATE || comparison->values == NIL)
		elog(ERROR, "condition on snapshot_date does not compare with dates");
	if (comparison->op == PCA_OP_EQ)
		return get_equal_days(comparison);
	value = get_value_timestamp(comparison, linitial(comparison->values));
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

/* The days that satisfy an expression without parameters, up to today. */
static DaySet
get_expr_days(const PcaFilterExpr *expr, int64 today)
{
	PcaFilterExprKind kind = pca_filter_expr_kind(expr);
	DaySet	   *sets;
	DaySet		days;
	int			count = 0;
	ListCell   *lc;

	check_stack_depth();
	if (kind == PCA_FILTER_EXPR_COMPARE)
		return get_compared_days(pca_filter_expr_comparison(expr), today);
	sets = palloc(sizeof(DaySet) * (list_length(pca_filter_expr_args(expr)) + 1));
	foreach(lc, pca_filter_expr_args(expr))
		sets[count++] = get_expr_days(lfirst(lc), today);
	days = kind == PCA_FILTER_EXPR_OR ? unite_all_day_sets(sets, count) :
		intersect_all_day_sets(sets, count);
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

/* The last day of a snapshot: today in UTC, as in the API, or in the session's time zone. */
static int64
get_current_day(void)
{
	return Max(floor_day(GetCurrentTimestamp()), GetSQLCurrentDate());
}

PcaSnapshotResult
pca_snapshot_dates_resolve(const PcaFilterExpr *expr, const PcaParams *params, int max_days,
						   List **days, int64 *count)
{
	PcaFilterExpr *resolved = NULL;
	PcaTristate truth = expr ? pca_filter_expr_resolve(expr, params, &resolved) : PCA_TRISTATE_TRUE;
	DaySet		set;

	*days = NIL;
	*count = 0;
	if (truth == PCA_TRISTATE_FALSE)
		return PCA_SNAPSHOT_DATES_FOUND;
	if (truth == PCA_TRISTATE_TRUE)
		return PCA_SNAPSHOT_DATES_UNBOUNDED;
	if (pca_filter_expr_has_parameter(resolved))
		return PCA_SNAPSHOT_DATES_UNKNOWN;
	set = get_expr_days(resolved, get_current_day());
	if (set.count > 0 && set.ranges[0].first == NO_FIRST_DAY)
		return PCA_SNAPSHOT_DATES_UNBOUNDED;
	for (int i = 0; i < set.count; i++)
		*count += set.ranges[i].last - set.ranges[i].first + 1;
	if (*count > max_days)
		return PCA_SNAPSHOT_DATES_TOO_MANY;
	*days = list_days(set);
	return PCA_SNAPSHOT_DATES_FOUND;
}

/*
 * A range that begins before the end of today ends there.  The list ends with the
 * first of max_days days.
 */
List *
pca_snapshot_dates_last(const PcaFilterExpr *expr, const PcaParams *params, int max_days)
{
	PcaFilterExpr *resolved = NULL;
	int64		today = get_current_day();
	DaySet		set = make_day_set(NO_FIRST_DAY, today);
	List	   *days = NIL;

	if (expr && pca_filter_expr_resolve(expr, params, &resolved) == PCA_TRISTATE_UNKNOWN)
		set = get_expr_days(resolved, today);
	for (int i = set.count - 1; i >= 0; i--)
	{
		int64		first = set.ranges[i].first;
		int64		last = first <= today ? Min(set.ranges[i].last, today) : set.ranges[i].last;

		for (int64 day = last; day >= first && list_length(days) < max_days; day--)
			days = lappend(days, pca_value_text_from_day(day * USECS_PER_DAY));
	}
	return days;
}

/* ---- estimates ---- */

/* Returns true if days are compared by their week, month or a longer unit. */
static bool
truncates_date(const PcaDateOperand *operand)
{
	ListCell   *lc;

	foreach(lc, operand->steps)
	{
		if (((PcaDateStep *) lfirst(lc))->kind == PCA_DATE_STEP_TRUNC)
			return true;
	}
	return false;
}

static double
estimate_comparison_days(const PcaComparison *comparison)
{
	if (comparison->op == PCA_OP_EQ)
		return Max(list_length(comparison->values), 1) * (truncates_date(comparison->date) ? DEFAULT_RANGE_DAYS : 1);
	return comparison->op == PCA_OP_GE || comparison->op == PCA_OP_GT ? DEFAULT_RANGE_DAYS : 0;
}

/*
 * Each part of an OR must have a first day; of the parts of an AND, the one with the
 * fewest days decides.  Pseudoconstants are assumed not to decide.  An OR without
 * parts has no days, and is estimated as one.
 */
double
pca_snapshot_dates_estimate(const PcaFilterExpr *expr)
{
	double		estimate = 0;
	ListCell   *lc;

	check_stack_depth();
	if (!expr || pca_filter_expr_kind(expr) == PCA_FILTER_EXPR_PSEUDOCONSTANT)
		return 0;
	if (pca_filter_expr_kind(expr) == PCA_FILTER_EXPR_COMPARE)
		return estimate_comparison_days(pca_filter_expr_comparison(expr));
	if (pca_filter_expr_args(expr) == NIL)
		return 1;
	foreach(lc, pca_filter_expr_args(expr))
	{
		double		days = pca_snapshot_dates_estimate(lfirst(lc));

		if (pca_filter_expr_kind(lfirst(lc)) == PCA_FILTER_EXPR_PSEUDOCONSTANT)
			continue;
		if (pca_filter_expr_kind(expr) == PCA_FILTER_EXPR_OR)
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
