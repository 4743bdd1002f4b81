/*
 * date_list.c
 *		Replaces a list of dates by the range from the first to the last one.
 *
 * A long list of dates may not fit into a URL.  Its range does, and excludes most
 * rows; PostgreSQL evaluates the list itself locally.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "request/date_list.h"
#include "request/value_text.h"

/* A range of dates, as texts, with both ends; NULL for an end that is not bounded. */
typedef struct DateRange
{
	const PcaComparison *comparison;	/* one of those of the field, or NULL */
	char	   *low;
	char	   *high;
} DateRange;

/* Extend a range to include the ends of another one. */
static void
extend_range_ends(DateRange *range, const DateRange *other)
{
	if (other->low && (!range->low ||
					   pca_value_text_to_timestamp(other->low) < pca_value_text_to_timestamp(range->low)))
		range->low = other->low;
	if (other->high && (!range->high ||
						pca_value_text_to_timestamp(other->high) > pca_value_text_to_timestamp(range->high)))
		range->high = other->high;
}

/*
 * The first or the last date that satisfies a comparison with a value.  Only a field of
 * whole days excludes the value itself from "before" and "after".
 */
static char *
get_range_end(const PcaComparison *comparison, const char *text)
{
	Timestamp	day = pca_value_text_to_timestamp(text);

	if (comparison->date->is_day && comparison->op == PCA_OP_LT)
		return pca_value_text_from_date(day - USECS_PER_DAY);
	if (comparison->date->is_day && comparison->op == PCA_OP_GT)
		return pca_value_text_from_date(day + USECS_PER_DAY);
	return unconstify(char *, text);
}

/* Extend the low end, the high end or both to include the values of a comparison. */
static void
extend_range_by_values(DateRange *range, const PcaComparison *comparison, bool low, bool high)
{
	ListCell   *lc;

	foreach(lc, comparison->values)
	{
		char	   *text = get_range_end(comparison, ((PcaValue *) lfirst(lc))->text);
		DateRange	ends = {0};

		ends.low = low ? text : NULL;
		ends.high = high ? text : NULL;
		extend_range_ends(range, &ends);
	}
}

/*
 * Extend the range to include the dates that satisfy a comparison.  Returns false if
 * it compares another field than the range's, or not with a range of dates.
 */
static bool
extend_range_by_comparison(DateRange *range, const PcaComparison *comparison)
{
	bool		low = comparison->op == PCA_OP_GE || comparison->op == PCA_OP_GT;
	bool		high = comparison->op == PCA_OP_LE || comparison->op == PCA_OP_LT;

	if (comparison->literal != PCA_LITERAL_DATE ||
		(range->comparison && strcmp(range->comparison->field, comparison->field) != 0) ||
		!(low || high || comparison->op == PCA_OP_EQ))
		return false;
	range->comparison = comparison;
	extend_range_by_values(range, comparison, !high, !low);
	return true;
}

/* The same for an expression of any kind without parameters. */
static bool
extend_range_by_expr(DateRange *range, const PcaFilterExpr *expr)
{
	PcaFilterExprKind kind = pca_filter_expr_kind(expr);
	ListCell   *lc;

	check_stack_depth();
	if (kind == PCA_FILTER_EXPR_COMPARE)
		return extend_range_by_comparison(range, pca_filter_expr_comparison(expr));
	foreach(lc, pca_filter_expr_args(expr))
	{
		DateRange	arg_range = {.comparison = range->comparison};

		if (!extend_range_by_expr(&arg_range, lfirst(lc)))
			return false;
		/* a range without one end is not within any range with both */
		if (kind == PCA_FILTER_EXPR_OR && (!arg_range.low || !arg_range.high))
			return false;
		range->comparison = arg_range.comparison;
		extend_range_ends(range, &arg_range);
	}
	return true;
}

static PcaFilterExpr *
make_date_bound(const DateRange *range, PcaOperator op, char *text)
{
	PcaComparison comparison = *range->comparison;

	comparison.op = op;
	return pca_filter_expr_with_texts(pca_filter_expr_from_comparison(comparison), list_make1(text));
}

List *
pca_date_list_to_range(const PcaFilterExpr *expr)
{
	DateRange	range = {0};

	if (pca_filter_expr_kind(expr) == PCA_FILTER_EXPR_AND || pca_filter_expr_has_parameter(expr) ||
		!extend_range_by_expr(&range, expr) || !range.low || !range.high)
		return NIL;
	if (!(range.comparison->date->operators & PCA_OP_GE) || !(range.comparison->date->operators & PCA_OP_LE))
		return NIL;
	return list_make2(make_date_bound(&range, PCA_OP_GE, range.low),
					  make_date_bound(&range, PCA_OP_LE, range.high));
}
