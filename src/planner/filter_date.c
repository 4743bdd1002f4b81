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

/* pg_opfamily's datetime_ops: dates and timestamps compared with each other. */
#define DATETIME_FAMILY 434

/* pg_opfamily's numeric_ops and float_ops. */
#define NUMERIC_BTREE_FAMILY	1988
#define FLOAT_BTREE_FAMILY		1970

/* How far a read value may be from the API's own. */
#define SLACK			INT64CONST(1)

/*
 * How far a timestamp may move when it is compared with a timestamptz: it is
 * then a time of the session's zone, whose clock may be set forth and back.
 */
#define ZONE_SLACK		USECS_PER_DAY

/* The left side of a comparison. */
typedef struct Side
{
	const PcaColumn *column;
	int64		span;			/* how long before the column's value it may be: where
								 * only its day or month is meant; 0: not at all */
	bool		moment;			/* it is a time of the session's zone */
	Node	   *zone;			/* it is one of that zone, a constant */
} Side;

/* The API's operator for the comparison, 0 when it is none of dates. */
static int
operator_of(Oid opno)
{
	return pca_shippable_operator(opno, DATETIME_FAMILY);
}

/* What date_trunc() and extract() call a unit; 0 when it is not a constant one. */
static int
unit_of(Node *node)
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
span_of(int unit)
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
static Side
side_of(const PcaClauseContext *judge, Node *node)
{
	FuncExpr   *function = (FuncExpr *) pca_shippable_strip_relabel(node);
	Side		side = {.column = pca_shippable_column(judge, node)};
	int64		span = 0;

	check_stack_depth();
	if (side.column || !IsA(function, FuncExpr) || function->args == NIL)
		return side;
	side = side_of(judge, llast(function->args));
	switch (function->funcid)
	{
		case F_DATE_TIMESTAMP:
			side.span += USECS_PER_DAY;
			return side;
		case F_TIMESTAMP_DATE:
			return side;
		case F_TIMESTAMPTZ_DATE:
		case F_TIMESTAMPTZ_TIMESTAMP:
			side.moment = true;
			return side;
		case F_TIMEZONE_TEXT_TIMESTAMP:
			side.moment = true;
			side.zone = linitial(function->args);
			if (IsA(side.zone, Const) && side.span == 0)
				return side;
			break;
		case F_DATE_TRUNC_TEXT_TIMESTAMP:
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
			span = span_of(unit_of(linitial(function->args)));
			side.span += span;
			if (span > 0)
				return side;
			break;
	}
	return (Side) {.column = NULL};
}

/* ---- terms ---- */

static PcaFilterExpr *
bound(const PcaColumn *column, PcaOperator op, List *values, int64 shift)
{
	return pca_filter_expr_from_comparison((PcaComparison) {
		.field = column->field->name, .op = op, .literal = PCA_LITERAL_DATE,
		.spelling = PCA_GUIDS_UNKNOWN, .shift = shift, .values = values
	});
}

/* From low to high: from <= x < to, or <= to. */
static PcaFilterExpr *
between(const PcaColumn *column, List *values, int64 low, PcaOperator op, int64 high)
{
	return pca_filter_expr_and(list_make2(bound(column, PCA_OP_GE, values, -low),
								   bound(column, op, values, high)));
}

/* The column itself, compared with each of the values. */
static PcaFilterExpr *
value_term(const PcaColumn *column, PcaOperator op, List *values, int64 slack)
{
	switch (op)
	{
		case PCA_OP_LT:
		case PCA_OP_LE:
			return bound(column, op, values, slack);
		case PCA_OP_GT:
		case PCA_OP_GE:
			return bound(column, op, values, -slack);
		case PCA_OP_EQ:
			if (slack > 0)
				return between(column, values, slack, PCA_OP_LE, slack);
			return bound(column, op, values, 0);
		default:
			return bound(column, op, values, 0);
	}
}

/*
 * The beginning of the column's day, or of a longer span, compared with a
 * value: a superset.
 */
static PcaFilterExpr *
span_term(const PcaColumn *column, PcaOperator op, List *values, int64 span, int64 slack)
{
	switch (op)
	{
		case PCA_OP_LT:
		case PCA_OP_LE:
			return bound(column, PCA_OP_LT, values, span + slack);
		case PCA_OP_GT:
		case PCA_OP_GE:
			return bound(column, PCA_OP_GE, values, -slack);
		default:
			return between(column, values, slack, PCA_OP_LT, span + slack);
	}
}

static bool
is_snapshot(Side side)
{
	return side.column->field->source == PCA_FROM_SNAPSHOT;
}

/* Whether the column is one of dates that this room can compare. */
static bool
is_temporal(Side side)
{
	return side.column && side.column->field &&
		(side.column->field->type == PCA_TYPE_TIMESTAMP ||
		 side.column->field->type == PCA_TYPE_DATE);
}

/* Whether times of a zone are compared. */
static bool
is_moment(Side side, Oid type)
{
	return side.moment || type == TIMESTAMPTZOID;
}

/* Whether the field's values are what PostgreSQL reads, digit for digit. */
static bool
is_exact(Side side, Oid type)
{
	return (side.column->field->day || is_snapshot(side)) &&
		!side.column->field->sentinel && side.span == 0 && !is_moment(side, type);
}

/*
 * Whether a day that begins at one of some moments is compared: which day that is
 * is known with the session's zone.
 */
static bool
is_beginning_of_day(Side side, PcaOperator op)
{
	return is_snapshot(side) && op == PCA_OP_EQ && side.span == 0 && !side.zone;
}

/* ---- verdicts ---- */

static PcaClause
compare(const PcaClauseContext *judge, Side side, PcaOperator op, Oid type, List *values)
{
	const char *fault = pca_shippable_column_reason(judge, side.column, op);
	bool		exact;
	int64		slack = is_moment(side, type) ? ZONE_SLACK : SLACK;
	PcaClause	result = {.level = PCA_PUSHDOWN_LOSSY};

	if (!fault && op == PCA_OP_NE && (side.span > 0 || is_moment(side, type)))
		fault = "the API's \"ne\" could drop other times of that day or span";
	if (fault)
		return pca_shippable_local(fault);
	exact = is_exact(side, type);
	result.on_snapshot = is_snapshot(side);
	if (exact && (op != PCA_OP_NE || side.column->not_null))
		result.level = PCA_PUSHDOWN_EXACT;
	if (result.on_snapshot && (!is_moment(side, type) || is_beginning_of_day(side, op)))
		slack = 0;
	result.term = side.span > 0 ? span_term(side.column, op, values, side.span, slack) :
		value_term(side.column, op, values, exact ? 0 : slack);
	return result;
}

/* The date and time that a moment is in the zone. */
static Node *
in_zone(Node *value, Node *zone)
{
	return (Node *) makeFuncExpr(F_TIMEZONE_TEXT_TIMESTAMPTZ, TIMESTAMPOID,
								 list_make2(zone, value), InvalidOid, InvalidOid,
								 COERCE_EXPLICIT_CALL);
}

static bool
judge_operator(PcaClauseContext *judge, OpExpr *clause, bool negated, PcaClause *result)
{
	Node	   *value = list_length(clause->args) == 2 ? lsecond(clause->args) : NULL;
	Side		side = side_of(judge, linitial(clause->args));
	int			op = operator_of(clause->opno);
	const char *fault;
	bool		null = false;
	List	   *values;

	if (!side.column && value && op)
	{
		side = side_of(judge, value);
		value = linitial(clause->args);
		op = OidIsValid(get_commutator(clause->opno)) ? operator_of(get_commutator(clause->opno)) : 0;
	}
	if (!op || !is_temporal(side))
		return false;
	fault = pca_shippable_value_reason(judge, value);
	if (!fault && side.zone && exprType(value) != TIMESTAMPTZOID)
		fault = "it compares a time of one zone with a time of another";
	if (fault)
	{
		*result = pca_shippable_local(fault);
		return true;
	}
	if (side.zone)
		value = in_zone(value, side.zone);
	values = pca_shippable_add_scalar(judge, NIL, value, &null);
	*result = null ? pca_shippable_never() :
		compare(judge, side, pca_shippable_negate_operator(op, negated), exprType(value), values);
	result->on_snapshot = is_snapshot(side) && result->term;
	return true;
}

/* Whether it is known when planning how many values the array has. */
static bool
has_known_length(Node *array)
{
	return IsA(array, ArrayExpr) ? !((ArrayExpr *) array)->multidims :
		IsA(pca_shippable_strip_relabel(array), Const);
}

/* A list of dates: equal to any of them, or to none. */
static bool
judge_array(PcaClauseContext *judge, ScalarArrayOpExpr *clause, bool negated, PcaClause *result)
{
	Side		side = side_of(judge, linitial(clause->args));
	Node	   *array = lsecond(clause->args);
	int			op = operator_of(clause->opno);
	Oid			type = get_element_type(exprType(array));
	const char *fault;
	bool		null = false;
	List	   *values;
	List	   *terms = NIL;
	ListCell   *lc;

	if (!is_temporal(side))
		return false;
	fault = pca_shippable_value_reason(judge, array);
	if (!fault && (op != PCA_OP_EQ || !clause->useOr || negated))
		fault = "of lists of dates, only IN can be sent";
	if (!fault && side.zone)
		fault = "its list of dates has time zones";
	if (fault)
	{
		*result = pca_shippable_local(fault);
		return true;
	}
	values = pca_shippable_add_array(judge, NIL, array, &null);
	/* of an array of unknown length, bounds are around its first and last value */
	if (is_exact(side, type) || is_beginning_of_day(side, op) || !has_known_length(array))
		*result = compare(judge, side, op, type, values);
	else
	{
		foreach(lc, values)
		{
			*result = compare(judge, side, op, type, list_make1(lfirst(lc)));
			if (!result->term)
				return true;
			terms = lappend(terms, result->term);
		}
		if (terms)
			result->term = pca_filter_expr_or(terms);
		else
		{
			*result = pca_shippable_never();
			result->on_snapshot = is_snapshot(side);
		}
	}
	return true;
}

/* ---- years ---- */

/* extract(year from x), perhaps as an integer; *side is x. */
static bool
is_year(const PcaClauseContext *judge, Node *node, Side *side)
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
			return is_year(judge, linitial(function->args), side);
		case F_EXTRACT_TEXT_DATE:
		case F_EXTRACT_TEXT_TIMESTAMP:
		case F_DATE_PART_TEXT_TIMESTAMP:
			*side = side_of(judge, lsecond(function->args));
			return unit_of(linitial(function->args)) == DTK_YEAR && is_temporal(*side) &&
				!side->moment;
		default:
			return false;
	}
}

/* The API's operator for a comparison of numbers. */
static int
number_operator_of(Oid opno)
{
	int			op = pca_shippable_operator(opno, INTEGER_BTREE_FAM_OID);

	if (!op)
		op = pca_shippable_operator(opno, NUMERIC_BTREE_FAMILY);
	return op ? op : pca_shippable_operator(opno, FLOAT_BTREE_FAMILY);
}

/* The beginning of a year, as the only value. */
static List *
beginning_of(int64 year)
{
	PcaValue   *value = palloc0(sizeof(PcaValue));

	value->text = psprintf(INT64_FORMAT "-01-01", year);
	return list_make1(value);
}

/* The column's year, compared with one. */
static PcaClause
compare_year(const PcaClauseContext *judge, Side side, PcaOperator op, int64 year)
{
	bool		above = op == PCA_OP_GT || op == PCA_OP_GE;
	List	   *low = beginning_of(op == PCA_OP_GT ? year + 1 : year);
	List	   *high = beginning_of(op == PCA_OP_LT ? year : year + 1);
	PcaClause	since = compare(judge, side, PCA_OP_GE, DATEOID, low);
	PcaClause	until = compare(judge, side, PCA_OP_LT, DATEOID, high);

	if (op == PCA_OP_NE)
		return pca_shippable_local("it leaves out one year");
	if (above || !since.term)
		return since;
	if (op != PCA_OP_EQ)
		return until;
	since.term = pca_filter_expr_and(list_make2(since.term, until.term));
	return since;
}

/* The whole number that a constant is, as far as it is a year of four digits; 0 when it is none. */
static int64
year_of(Node *node)
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
judge_year(PcaClauseContext *judge, OpExpr *clause, bool negated, PcaClause *result)
{
	Side		side;
	int			op = pca_shippable_negate_operator(number_operator_of(clause->opno), negated);
	int64		year = list_length(clause->args) == 2 ? year_of(lsecond(clause->args)) : 0;

	if (year == 0 || op == 0 || !is_year(judge, linitial(clause->args), &side))
		return false;
	*result = compare_year(judge, side, op, year);
	return true;
}

bool
pca_filter_date_classify(PcaClauseContext *judge, Node *clause, bool negated, PcaClause *result)
{
	if (IsA(clause, OpExpr))
		return judge_operator(judge, (OpExpr *) clause, negated, result) ||
			judge_year(judge, (OpExpr *) clause, negated, result);
	if (IsA(clause, ScalarArrayOpExpr))
		return judge_array(judge, (ScalarArrayOpExpr *) clause, negated, result);
	return false;
}
