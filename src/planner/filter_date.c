/*
 * filter_date.c
 *		Which comparisons of dates can the API apply?
 *
 * The API's dates have seven digits of a second, PostgreSQL's six, so bounds
 * are widened outward by a microsecond, and PostgreSQL checks what comes.  Only
 * where a field holds whole days is a comparison exact.
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

/* pg_opfamily's numeric_ops and float_ops. */
#define NUMERIC_BTREE_FAMILY	1988
#define FLOAT_BTREE_FAMILY		1970

/* How far a read value may be from the API's own. */
#define ROUNDING_SLACK			INT64CONST(1)

/*
 * How far a timestamp may move when it is compared with a timestamptz: it is
 * then a time of the session's zone, whose clock may be set forth and back.
 */
#define ZONE_SLACK		USECS_PER_DAY

/* The left side of a comparison. */
typedef struct DateOperand
{
	const PcaColumn *column;
	int64		span_usec;		/* how long before the column's value it may
								 * be: where only its day or month is meant;
								 * 0: not at all */
	bool		is_timestamptz; /* it is a time of the session's zone */
	Node	   *zone;			/* it is one of that zone, a constant */
} DateOperand;

/* The API's operator for the comparison, 0 when it is none of dates. */
static int
translate_date_operator(Oid opno)
{
	return pca_shippable_operator(opno, PCA_SHIPPABLE_DATETIME_FAMILY);
}

/* What date_trunc() and extract() call a unit; 0 when it is not a constant one. */
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

/* How long a unit is at most, in microseconds; 0 for others. */
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

/* A column as it is, as its day, month or another unit, or as a moment. */
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

/* ---- terms ---- */

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

/* From low to high: from <= x < to, or <= to. */
static PcaFilterExpr *
make_date_range(const PcaColumn *column, List *values, int64 low, PcaOperator op, int64 high)
{
	return pca_filter_expr_and(list_make2(make_date_bound(column, PCA_OP_GE, values, -low),
										  make_date_bound(column, op, values, high)));
}

/* The column itself, compared with each of the values. */
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
 * value: a superset.
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

/* Whether the column is one of dates that this room can compare. */
static bool
is_date_operand(DateOperand operand)
{
	return operand.column && operand.column->field &&
		(operand.column->field->type == PCA_TYPE_TIMESTAMP ||
		 operand.column->field->type == PCA_TYPE_DATE);
}

/* Whether times of a zone are compared. */
static bool
compares_timestamptz(DateOperand operand, Oid type)
{
	return operand.is_timestamptz || type == TIMESTAMPTZOID;
}

/* Whether the field's values are what PostgreSQL reads, digit for digit. */
static bool
date_comparison_is_exact(DateOperand operand, Oid type)
{
	return (operand.column->field->day || is_snapshot_operand(operand)) &&
		!operand.column->field->sentinel && operand.span_usec == 0 && !compares_timestamptz(operand, type);
}

/*
 * Whether a day that begins at one of some moments is compared: which day that is
 * is known with the session's zone.
 */
static bool
is_snapshot_equality(DateOperand operand, PcaOperator op)
{
	return is_snapshot_operand(operand) && op == PCA_OP_EQ && operand.span_usec == 0 && !operand.zone;
}

/* ---- verdicts ---- */

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

/* The date and time that a moment is in the zone. */
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
	if (operand.zone)
		value = convert_to_zone(value, operand.zone);
	values = pca_shippable_add_scalar(context, NIL, value, &has_null);
	*result = has_null ? pca_shippable_never() :
		make_date_clause(context, operand, pca_shippable_negate_operator(op, negated), exprType(value), values);
	result->on_snapshot = is_snapshot_operand(operand) && result->expr;
	return true;
}

/* Whether it is known when planning how many values the array has. */
static bool
array_length_is_known(Node *array)
{
	return IsA(array, ArrayExpr) ? !((ArrayExpr *) array)->multidims :
		IsA(pca_shippable_strip_relabel(array), Const);
}

/* A list of dates: equal to any of them, or to none. */
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
	 * of an array of unknown length, bounds are around its first and last
	 * value
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

/* extract(year from x), perhaps as an integer; *side is x. */
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

/* The API's operator for a comparison of numbers. */
static int
translate_number_operator(Oid opno)
{
	int			op = pca_shippable_operator(opno, INTEGER_BTREE_FAM_OID);

	if (!op)
		op = pca_shippable_operator(opno, NUMERIC_BTREE_FAMILY);
	return op ? op : pca_shippable_operator(opno, FLOAT_BTREE_FAMILY);
}

/* The beginning of a year, as the only value. */
static List *
make_year_start(int64 year)
{
	PcaValue   *value = palloc0(sizeof(PcaValue));

	value->text = psprintf(INT64_FORMAT "-01-01", year);
	return list_make1(value);
}

/* The column's year, compared with one. */
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

/* The whole number that a constant is, as far as it is a year of four digits; 0 when it is none. */
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
