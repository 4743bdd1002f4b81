/*
 * filter_date.c
 *		Classifies comparisons of dates.
 *
 * The API's dates may have seven digits of a second (api-notes 4.7), PostgreSQL's
 * have six.  Bounds are therefore widened by a microsecond, and the rows are
 * rechecked.  A comparison is exact only for a field that holds whole days.
 */
#include "postgres.h"

#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/filter_date.h"
#include "request/value_text.h"

/* The btree operator families numeric_ops and float_ops, which have no symbols in pg_opfamily_d.h. */
#define NUMERIC_BTREE_FAMILY	1988
#define FLOAT_BTREE_FAMILY		1970

/* Reading a date rounds it to microseconds: it moves by at most this many. */
#define ROUNDING_SLACK			INT64CONST(1)

/*
 * When PostgreSQL compares a timestamp with a timestamptz, it takes the timestamp
 * for a time of the session's zone.  Where that zone's clock is set forward or
 * back, the order of times differs from that of UTC, but by less than a day.
 */
#define ZONE_SLACK		USECS_PER_DAY

/* A date column, or a function of one, on one side of a comparison. */
typedef struct DateOperand
{
	const PcaColumn *column;
	int64		span_usec;		/* the operand is at most this much before the
								 * column's value: the length of the unit to
								 * which it is truncated, or 0 */
	bool		is_timestamptz; /* the operand is a timestamptz */
	Node	   *zone;			/* Const: the zone of its AT TIME ZONE; NULL
								 * for the session's zone */
} DateOperand;

/* Returns the PcaOperator for a comparison of dates; 0 for any other operator. */
static int
translate_date_operator(Oid opno)
{
	return pca_shippable_operator(opno, PCA_SHIPPABLE_DATETIME_FAMILY);
}

/* Returns the DTK_ code of a unit as date_trunc() and extract() name it; 0 if it is not a constant. */
static int
decode_time_unit(Node *node)
{
	Const	   *unit = (Const *) node;
	char	   *name;
	int			code;

	if (!IsA(unit, Const) || unit->constisnull)
		return 0;
	name = TextDatumGetCString(unit->constvalue);
	return DecodeUnits(0, downcase_truncate_identifier(name, strlen(name), false), &code) == UNITS ? code : 0;
}

/* Returns the greatest length of a unit in microseconds; 0 for units that are not supported. */
static int64
max_unit_usec(int unit)
{
	switch (unit)
	{
		case DTK_SECOND:
			return USECS_PER_SEC;
		case DTK_MINUTE:
			return USECS_PER_MINUTE;
		case DTK_HOUR:
			return USECS_PER_HOUR;
		case DTK_DAY:
			return USECS_PER_DAY;
		case DTK_WEEK:
			return 7 * USECS_PER_DAY;
		case DTK_MONTH:
			return 31 * USECS_PER_DAY;
		case DTK_QUARTER:
			return 92 * USECS_PER_DAY;
		case DTK_YEAR:
			return 366 * USECS_PER_DAY;
		default:
			return 0;
	}
}

/*
 * Match a date column that may be truncated or cast to another type.  The column
 * of the result is NULL if the expression is something else.
 */
static DateOperand
match_date_operand(const PcaClauseContext *context, Node *node)
{
	FuncExpr   *function = (FuncExpr *) pca_shippable_strip_relabel(node);
	DateOperand operand = {.column = pca_shippable_column(context, node)};
	int64		span_usec = 0;

	check_stack_depth();
	if (operand.column || !IsA(function, FuncExpr) || function->args == NIL)
		return operand;
	operand = match_date_operand(context, llast(function->args));
	switch (function->funcid)
	{
		case F_DATE_TIMESTAMP:
			operand.span_usec += USECS_PER_DAY;
			return operand;
		case F_TIMESTAMP_DATE:
			return operand;
		case F_TIMESTAMPTZ_DATE:
		case F_TIMESTAMPTZ_TIMESTAMP:
			operand.is_timestamptz = true;
			return operand;
		case F_TIMEZONE_TEXT_TIMESTAMP:
			operand.is_timestamptz = true;
			operand.zone = linitial(function->args);
			if (IsA(operand.zone, Const) && operand.span_usec == 0)
				return operand;
			break;
		case F_DATE_TRUNC_TEXT_TIMESTAMP:
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
			span_usec = max_unit_usec(decode_time_unit(linitial(function->args)));
			operand.span_usec += span_usec;
			if (span_usec > 0)
				return operand;
			break;
	}
	return (DateOperand)
	{
		.column = NULL
	};
}

/* ---- filter expressions ---- */

static PcaFilterExpr *
make_date_bound(const PcaColumn *column, PcaOperator op, List *values, int64 shift)
{
	PcaComparison comparison = {
		.field = column->field->name,
		.op = op,
		.literal = PCA_LITERAL_DATE,
		.spelling = PCA_GUIDS_UNKNOWN,
		.shift = shift,
		.values = values
	};

	return pca_filter_expr_from_comparison(comparison);
}

/* "column >= value - low AND column op value + high", with low and high in microseconds. */
static PcaFilterExpr *
make_date_range(const PcaColumn *column, List *values, int64 low, PcaOperator op, int64 high)
{
	return pca_filter_expr_and(list_make2(make_date_bound(column, PCA_OP_GE, values, -low),
										  make_date_bound(column, op, values, high)));
}

/*
 * The column itself, compared with any of the values.  "<>" needs no slack: the
 * API drops only rows that are equal to the last digit.
 */
static PcaFilterExpr *
make_value_expr(const PcaColumn *column, PcaOperator op, List *values, int64 slack_usec)
{
	switch (op)
	{
		case PCA_OP_LT:
		case PCA_OP_LE:
			return make_date_bound(column, op, values, slack_usec);
		case PCA_OP_GT:
		case PCA_OP_GE:
			return make_date_bound(column, op, values, -slack_usec);
		case PCA_OP_EQ:
			if (slack_usec > 0)
				return make_date_range(column, values, slack_usec, PCA_OP_LE, slack_usec);
			return make_date_bound(column, op, values, 0);
		default:
			return make_date_bound(column, op, values, 0);
	}
}

/*
 * The beginning of the column's day, or of a longer span, compared with a
 * value.  The result is lossy.
 */
static PcaFilterExpr *
make_span_expr(const PcaColumn *column, PcaOperator op, List *values, int64 span_usec, int64 slack_usec)
{
	switch (op)
	{
		case PCA_OP_LT:
		case PCA_OP_LE:
			return make_date_bound(column, PCA_OP_LT, values, span_usec + slack_usec);
		case PCA_OP_GT:
		case PCA_OP_GE:
			return make_date_bound(column, PCA_OP_GE, values, -slack_usec);
		default:
			return make_date_range(column, values, slack_usec, PCA_OP_LT, span_usec + slack_usec);
	}
}

static bool
is_snapshot_operand(DateOperand operand)
{
	return operand.column->field->source == PCA_FROM_SNAPSHOT;
}

/* Returns true if the operand is a column whose field the API compares as a date. */
static bool
is_date_operand(DateOperand operand)
{
	return operand.column && operand.column->field &&
		(operand.column->field->type == PCA_TYPE_TIMESTAMP ||
		 operand.column->field->type == PCA_TYPE_DATE);
}

/* Returns true if the comparison is of timestamptz, with values of that type or of the operand's. */
static bool
compares_timestamptz(DateOperand operand, Oid type)
{
	return operand.is_timestamptz || type == TIMESTAMPTZOID;
}

/*
 * Returns true if the API compares the values that PostgreSQL reads.  It does not
 * if a time is rounded, truncated or moved to another zone, or if a date stands
 * for "never", which is read as NULL (api-notes 4.8).
 */
static bool
date_comparison_is_exact(DateOperand operand, Oid type)
{
	return (operand.column->field->day || is_snapshot_operand(operand)) &&
		!operand.column->field->sentinel && operand.span_usec == 0 && !compares_timestamptz(operand, type);
}

/*
 * Returns true if the day of a snapshot is compared with "=".  The values may be
 * of type timestamptz: at execution, the session's zone is known, and so is the day that each
 * of them is, so no slack is needed.
 */
static bool
is_snapshot_equality(DateOperand operand, PcaOperator op)
{
	return is_snapshot_operand(operand) && op == PCA_OP_EQ && operand.span_usec == 0 && !operand.zone;
}

/* ---- classification ---- */

/*
 * Classify "operand op any of the values", which are of that type.  A snapshot is
 * requested by its day, which is not rounded (api-notes 5.2).
 */
static PcaClause
make_date_clause(const PcaClauseContext *context, DateOperand operand, PcaOperator op, Oid type, List *values)
{
	const char *reason = pca_shippable_column_reason(context, operand.column, op);
	bool		exact;
	int64		slack_usec = compares_timestamptz(operand, type) ? ZONE_SLACK : ROUNDING_SLACK;
	PcaClause	result = {.level = PCA_PUSHDOWN_LOSSY};

	if (!reason && op == PCA_OP_NE && (operand.span_usec > 0 || compares_timestamptz(operand, type)))
		reason = "the API's \"ne\" could drop other times of that day or span";
	if (reason)
		return pca_shippable_local(reason);
	exact = date_comparison_is_exact(operand, type);
	result.on_snapshot = is_snapshot_operand(operand);
	if (exact && (op != PCA_OP_NE || operand.column->not_null))
		result.level = PCA_PUSHDOWN_EXACT;
	if (result.on_snapshot && (!compares_timestamptz(operand, type) || is_snapshot_equality(operand, op)))
		slack_usec = 0;
	result.expr = operand.span_usec > 0 ? make_span_expr(operand.column, op, values, operand.span_usec, slack_usec) :
		make_value_expr(operand.column, op, values, exact ? 0 : slack_usec);
	return result;
}

/* "value AT TIME ZONE zone" of a timestamptz: a timestamp. */
static Node *
convert_to_zone(Node *value, Node *zone)
{
	return (Node *) makeFuncExpr(F_TIMEZONE_TEXT_TIMESTAMPTZ, TIMESTAMPOID,
								 list_make2(zone, value), InvalidOid, InvalidOid,
								 COERCE_EXPLICIT_CALL);
}

static bool
classify_date_operator(PcaClauseContext *context, OpExpr *clause, bool negated, PcaClause *result)
{
	Node	   *value = list_length(clause->args) == 2 ? lsecond(clause->args) : NULL;
	DateOperand operand = match_date_operand(context, linitial(clause->args));
	int			op = translate_date_operator(clause->opno);
	const char *reason;
	bool		has_null = false;
	List	   *values;

	if (!operand.column && value && op)
	{
		operand = match_date_operand(context, value);
		value = linitial(clause->args);
		op = OidIsValid(get_commutator(clause->opno)) ? translate_date_operator(get_commutator(clause->opno)) : 0;
	}
	if (!op || !is_date_operand(operand))
		return false;
	reason = pca_shippable_value_reason(context, value);
	if (!reason && operand.zone && exprType(value) != TIMESTAMPTZOID)
		reason = "it compares a time of one zone with a time of another";
	if (reason)
	{
		*result = pca_shippable_local(reason);
		return true;
	}
	/* both are compared in the zone of AT TIME ZONE, not in the session's */
	if (operand.zone)
		value = convert_to_zone(value, operand.zone);
	values = pca_shippable_add_scalar(context, NIL, value, &has_null);
	*result = has_null ? pca_shippable_never() :
		make_date_clause(context, operand, pca_shippable_negate_operator(op, negated), exprType(value), values);
	result->on_snapshot = is_snapshot_operand(operand) && result->expr;
	return true;
}

/* Returns true if the number of the array's elements is known when planning. */
static bool
array_length_is_known(Node *array)
{
	return IsA(array, ArrayExpr) ? !((ArrayExpr *) array)->multidims :
		IsA(pca_shippable_strip_relabel(array), Const);
}

/* Classify "operand = ANY (array)".  Other comparisons with an array are not sent. */
static bool
classify_date_array(PcaClauseContext *context, ScalarArrayOpExpr *clause, bool negated, PcaClause *result)
{
	DateOperand operand = match_date_operand(context, linitial(clause->args));
	Node	   *array = lsecond(clause->args);
	int			op = translate_date_operator(clause->opno);
	Oid			type = get_element_type(exprType(array));
	const char *reason;
	bool		has_null = false;
	List	   *values;
	List	   *exprs = NIL;
	ListCell   *lc;

	if (!is_date_operand(operand))
		return false;
	reason = pca_shippable_value_reason(context, array);
	if (!reason && (op != PCA_OP_EQ || !clause->useOr || negated))
		reason = "of lists of dates, only IN can be sent";
	if (!reason && operand.zone)
		reason = "its list of dates has time zones";
	if (reason)
	{
		*result = pca_shippable_local(reason);
		return true;
	}
	values = pca_shippable_add_array(context, NIL, array, &has_null);

	/*
	 * Each value gets bounds of its own.  If their number is not known when
	 * planning, the bounds are those of the first and the last value.
	 */
	if (date_comparison_is_exact(operand, type) || is_snapshot_equality(operand, op) || !array_length_is_known(array))
		*result = make_date_clause(context, operand, op, type, values);
	else
	{
		foreach(lc, values)
		{
			*result = make_date_clause(context, operand, op, type, list_make1(lfirst(lc)));
			if (!result->expr)
				return true;
			exprs = lappend(exprs, result->expr);
		}
		if (exprs)
			result->expr = pca_filter_expr_or(exprs);
		else
		{
			*result = pca_shippable_never();
			result->on_snapshot = is_snapshot_operand(operand);
		}
	}
	return true;
}

/* ---- years ---- */

/*
 * Match extract(year from operand) or date_part('year', operand), possibly cast
 * to an integer.
 */
static bool
match_year(const PcaClauseContext *context, Node *node, DateOperand *operand)
{
	FuncExpr   *function = (FuncExpr *) node;

	check_stack_depth();
	if (!IsA(node, FuncExpr))
		return false;
	switch (function->funcid)
	{
		case F_INT4_NUMERIC:
		case F_INT8_NUMERIC:
		case F_INT4_FLOAT8:
		case F_INT8_FLOAT8:
			return match_year(context, linitial(function->args), operand);
		case F_EXTRACT_TEXT_DATE:
		case F_EXTRACT_TEXT_TIMESTAMP:
		case F_DATE_PART_TEXT_TIMESTAMP:
			*operand = match_date_operand(context, lsecond(function->args));
			return decode_time_unit(linitial(function->args)) == DTK_YEAR && is_date_operand(*operand) &&
				!operand->is_timestamptz;
		default:
			return false;
	}
}

/* Returns the PcaOperator for a comparison of numbers; 0 for any other operator. */
static int
translate_number_operator(Oid opno)
{
	int			op = pca_shippable_operator(opno, INTEGER_BTREE_FAM_OID);

	if (!op)
		op = pca_shippable_operator(opno, NUMERIC_BTREE_FAMILY);
	return op ? op : pca_shippable_operator(opno, FLOAT_BTREE_FAMILY);
}

/* Returns a list of one PcaValue, January 1 of the year. */
static List *
make_year_start(int64 year)
{
	PcaValue   *value = palloc0(sizeof(PcaValue));

	value->text = psprintf(INT64_FORMAT "-01-01", year);
	return list_make1(value);
}

/* Classify "year of the operand op year" by the bounds of the year. */
static PcaClause
make_year_clause(const PcaClauseContext *context, DateOperand operand, PcaOperator op, int64 year)
{
	bool		above = op == PCA_OP_GT || op == PCA_OP_GE;
	List	   *low = make_year_start(op == PCA_OP_GT ? year + 1 : year);
	List	   *high = make_year_start(op == PCA_OP_LT ? year : year + 1);
	PcaClause	since = make_date_clause(context, operand, PCA_OP_GE, DATEOID, low);
	PcaClause	until = make_date_clause(context, operand, PCA_OP_LT, DATEOID, high);

	if (op == PCA_OP_NE)
		return pca_shippable_local("it leaves out one year");
	if (above || !since.expr)
		return since;
	if (op != PCA_OP_EQ)
		return until;
	since.expr = pca_filter_expr_and(list_make2(since.expr, until.expr));
	return since;
}

/*
 * Returns the value of a constant of any number type if it is a year from 1000 to
 * 9998, so that it and the next one have four digits; else 0.
 */
static int64
read_year_constant(Node *node)
{
	Const	   *constant = (Const *) node;
	const char *text;

	if (!IsA(node, Const) || constant->constisnull)
		return 0;
	text = pca_value_text_from_datum(constant->consttype, constant->constvalue);
	return strlen(text) == 4 && strspn(text, "0123456789") == 4 && strcmp(text, "9999") != 0 &&
		text[0] != '0' ? strtoi64(text, NULL, 10) : 0;
}

static bool
classify_year(PcaClauseContext *context, OpExpr *clause, bool negated, PcaClause *result)
{
	DateOperand operand;
	int			op = pca_shippable_negate_operator(translate_number_operator(clause->opno), negated);
	int64		year = list_length(clause->args) == 2 ? read_year_constant(lsecond(clause->args)) : 0;

	if (year == 0 || op == 0 || !match_year(context, linitial(clause->args), &operand))
		return false;
	*result = make_year_clause(context, operand, op, year);
	return true;
}

bool
pca_filter_date_classify(PcaClauseContext *context, Node *clause, bool negated, PcaClause *result)
{
	if (IsA(clause, OpExpr))
		return classify_date_operator(context, (OpExpr *) clause, negated, result) ||
			classify_year(context, (OpExpr *) clause, negated, result);
	if (IsA(clause, ScalarArrayOpExpr))
		return classify_date_array(context, (ScalarArrayOpExpr *) clause, negated, result);
	return false;
}
