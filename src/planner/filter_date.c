/*
 * filter_date.c
 *		Classifies comparisons of dates.
 *
 * A comparison keeps the steps between the column and the value that is compared, such
 * as a cast.  When the request is made, request/date_comparison.c evaluates them in the
 * session's time zone, and finds the bounds that are sent.  A comparison is exact only
 * for a field that holds whole days.
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

/* A date column, or a function of one, on one side of a comparison. */
typedef struct DateOperand
{
	const PcaColumn *column;
	List	   *steps;			/* PcaDateStep *: from the column's value to
								 * the operand's */
	bool		is_timestamptz; /* the operand is a timestamptz */
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

/* Returns the name of a unit that date_trunc() may have here; NULL for others. */
static const char *
find_trunc_unit(Node *node)
{
	switch (decode_time_unit(node))
	{
		case DTK_SECOND:
			return "second";
		case DTK_MINUTE:
			return "minute";
		case DTK_HOUR:
			return "hour";
		case DTK_DAY:
			return "day";
		case DTK_WEEK:
			return "week";
		case DTK_MONTH:
			return "month";
		case DTK_QUARTER:
			return "quarter";
		case DTK_YEAR:
			return "year";
		default:
			return NULL;
	}
}

static DateOperand
add_date_step(DateOperand operand, PcaDateStepKind kind, const char *text)
{
	PcaDateStep *step = palloc(sizeof(PcaDateStep));

	step->kind = kind;
	step->text = text;
	operand.steps = lappend(operand.steps, step);
	if (kind == PCA_DATE_STEP_TIMESTAMPTZ || kind == PCA_DATE_STEP_TIMESTAMP)
		operand.is_timestamptz = kind == PCA_DATE_STEP_TIMESTAMPTZ;
	return operand;
}

/* The text of a constant that is not NULL; else NULL. */
static const char *
get_text_constant(Node *node)
{
	Const	   *constant = (Const *) node;

	return IsA(node, Const) && !constant->constisnull ? TextDatumGetCString(constant->constvalue) : NULL;
}

/*
 * Add the step of a function of a date operand, which is the function's last argument.
 * The column of the result is NULL if the function is something else.
 */
static DateOperand
add_function_step(DateOperand operand, const FuncExpr *function)
{
	const char *text = NULL;

	switch (function->funcid)
	{
		case F_DATE_TIMESTAMP:
			return add_date_step(operand, PCA_DATE_STEP_DAY, NULL);
		case F_TIMESTAMP_DATE:
			return operand;
		case F_TIMESTAMPTZ_DATE:
		case F_TIMESTAMPTZ_TIMESTAMP:
			return add_date_step(operand, PCA_DATE_STEP_TIMESTAMPTZ, NULL);
		case F_TIMESTAMP_TIMESTAMPTZ:
			return add_date_step(operand, PCA_DATE_STEP_TIMESTAMP, NULL);
		case F_DATE_TIMESTAMPTZ:
			return add_date_step(add_date_step(operand, PCA_DATE_STEP_TIMESTAMP, NULL), PCA_DATE_STEP_DAY, NULL);
		case F_TIMEZONE_TEXT_TIMESTAMP:
		case F_TIMEZONE_TEXT_TIMESTAMPTZ:
			text = get_text_constant(linitial(function->args));
			if (text)
				return add_date_step(operand, function->funcid == F_TIMEZONE_TEXT_TIMESTAMP ?
									 PCA_DATE_STEP_TIMESTAMPTZ : PCA_DATE_STEP_TIMESTAMP, text);
			break;
		case F_DATE_TRUNC_TEXT_TIMESTAMP:
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
			text = find_trunc_unit(linitial(function->args));
			if (text)
				return add_date_step(operand, PCA_DATE_STEP_TRUNC, text);
			break;
	}
	operand.column = NULL;
	return operand;
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

	check_stack_depth();
	if (operand.column || !function || !IsA(function, FuncExpr) || function->args == NIL)
		return operand;
	operand = match_date_operand(context, llast(function->args));
	return operand.column ? add_function_step(operand, function) : operand;
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

/* Returns true if one of the steps is of that kind. */
static bool
has_date_step(DateOperand operand, PcaDateStepKind kind)
{
	ListCell   *lc;

	foreach(lc, operand.steps)
	{
		if (((PcaDateStep *) lfirst(lc))->kind == kind)
			return true;
	}
	return false;
}

/* Returns true if the field's values are whole days. */
static bool
is_day_operand(DateOperand operand)
{
	return operand.column->field->day || is_snapshot_operand(operand);
}

/*
 * Returns true if the API returns the rows that satisfy the comparison, and no others.
 * It does not if a literal is not as fine as the values, or if a date stands for
 * "never", which is read as NULL (api-notes 4.8).  A clock that is set back by a day
 * may change the order of days that are converted from a timestamptz.
 */
static bool
date_comparison_is_exact(DateOperand operand)
{
	return is_day_operand(operand) && !operand.column->field->sentinel &&
		!has_date_step(operand, PCA_DATE_STEP_TIMESTAMP);
}

/* ---- classification ---- */

static PcaFilterExpr *
make_date_expr(DateOperand operand, PcaOperator op, List *values)
{
	const PcaColumn *column = operand.column;
	PcaDateOperand *date = palloc0(sizeof(PcaDateOperand));
	PcaComparison comparison = {
		.field = column->field->name,
		.op = op,
		.literal = PCA_LITERAL_DATE,
		.spelling = PCA_GUIDS_UNKNOWN,
		.date = date,
		.values = values
	};

	date->steps = operand.steps;
	date->is_day = is_day_operand(operand);
	date->is_date = column->field->type == PCA_TYPE_DATE;
	date->unit = column->known.date_format == PCA_DATE_FORMAT_DATE ? PCA_DATE_UNIT_DAY :
		column->field->literal_unit;
	date->literal = column->known.date_literal;
	date->format = column->known.date_format;
	date->operators = date->is_day ? PCA_OPS_DATE : column->field->operators;
	return pca_filter_expr_from_comparison(comparison);
}

/*
 * Returns the reason why "<>" of a field of points in time cannot be sent; NULL if it
 * can.  resolved: the comparison without parameters, or with them.
 */
static const char *
unequal_date_reason(DateOperand operand, Oid type, const PcaFilterExpr *expr)
{
	PcaFilterExpr *resolved;

	if (is_day_operand(operand))
		return NULL;
	if (operand.steps != NIL || type == TIMESTAMPTZOID)
		return "the API's \"ne\" could drop other times of that day or span";
	if (pca_filter_expr_resolve(expr, NULL, &resolved) == PCA_TRISTATE_TRUE)
		return "no literal of the API has this value";
	return NULL;
}

/*
 * Returns the reason why a field of points in time cannot be compared by a range; NULL
 * if it can.  Equality is one, as a literal is not as fine as the field's values.
 */
static const char *
date_range_reason(DateOperand operand, PcaOperator op)
{
	int			operators = operand.column->field->operators;

	if (is_day_operand(operand) || op != PCA_OP_EQ)
		return NULL;
	if ((operators & (PCA_OP_GE | PCA_OP_GT)) && (operators & (PCA_OP_LT | PCA_OP_LE)))
		return NULL;
	return psprintf("equal dates of %s can be sent only as a range, which needs \"ge\" and \"lt\" (option operators)",
					operand.column->name);
}

/* Classify "operand op any of the values", which are of that type. */
static PcaClause
make_date_clause(const PcaClauseContext *context, DateOperand operand, PcaOperator op, Oid type, List *values)
{
	const char *reason = pca_shippable_column_reason(context, operand.column, op);
	PcaClause	result = {.level = PCA_PUSHDOWN_LOSSY};

	if (!reason)
		reason = date_range_reason(operand, op);
	if (reason)
		return pca_shippable_local(reason);
	result.expr = make_date_expr(operand, op, values);
	if (op == PCA_OP_NE)
		reason = unequal_date_reason(operand, type, result.expr);
	if (reason)
		return pca_shippable_local(reason);
	result.on_snapshot = is_snapshot_operand(operand);
	if (date_comparison_is_exact(operand) && (op != PCA_OP_NE || operand.column->not_null))
		result.level = PCA_PUSHDOWN_EXACT;
	return result;
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
	if (reason)
	{
		*result = pca_shippable_local(reason);
		return true;
	}
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

/*
 * Classify "operand = ANY (array)".  Other comparisons with an array are not sent.  A
 * list of days of unknown length fits into several URLs, but a list of spans does not,
 * so that it is not exact.
 */
static bool
classify_date_array(PcaClauseContext *context, ScalarArrayOpExpr *clause, bool negated, PcaClause *result)
{
	DateOperand operand = match_date_operand(context, linitial(clause->args));
	Node	   *array = lsecond(clause->args);
	int			op = translate_date_operator(clause->opno);
	const char *reason;
	bool		has_null = false;
	List	   *values;

	if (!is_date_operand(operand))
		return false;
	reason = pca_shippable_value_reason(context, array);
	if (!reason && (op != PCA_OP_EQ || !clause->useOr || negated))
		reason = "of lists of dates, only IN can be sent";
	if (reason)
	{
		*result = pca_shippable_local(reason);
		return true;
	}
	values = pca_shippable_add_array(context, NIL, array, &has_null);
	*result = values == NIL ? pca_shippable_never() :
		make_date_clause(context, operand, op, get_element_type(exprType(array)), values);
	result->on_snapshot = is_snapshot_operand(operand) && result->expr;
	if (has_date_step(operand, PCA_DATE_STEP_TRUNC) && !array_length_is_known(array))
		result->level = Min(result->level, PCA_PUSHDOWN_LOSSY);
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
		case F_EXTRACT_TEXT_TIMESTAMPTZ:
		case F_DATE_PART_TEXT_TIMESTAMP:
		case F_DATE_PART_TEXT_TIMESTAMPTZ:
			*operand = match_date_operand(context, lsecond(function->args));
			if (operand->column && operand->is_timestamptz)
				*operand = add_date_step(*operand, PCA_DATE_STEP_TIMESTAMP, NULL);
			return decode_time_unit(linitial(function->args)) == DTK_YEAR && is_date_operand(*operand);
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
