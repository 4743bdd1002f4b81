/*
 * temporal.c
 *		Which comparisons of dates can the API apply?
 *
 * The API's dates have seven digits of a second, PostgreSQL's six, so bounds
 * are widened outward by a microsecond, and PostgreSQL checks what comes.  Only
 * where a field holds whole days is a comparison exact.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "temporal.h"

/* pg_opfamily's datetime_ops: dates and timestamps compared with each other. */
#define DATETIME_FAMILY 434

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
	bool		day;			/* only its day: a cast to date, or date_trunc() */
} Side;

/* The API's operator for the comparison, 0 when it is none of dates. */
static int
operator_of(Oid opno)
{
	return pca_clause_operator(opno, DATETIME_FAMILY);
}

/* Whether the arguments are ('day', x). */
static bool
truncates_to_day(FuncExpr *function)
{
	Const	   *unit = linitial(function->args);
	char	   *name;

	if (function->funcid != F_DATE_TRUNC_TEXT_TIMESTAMP || !IsA(unit, Const) || unit->constisnull)
		return false;
	name = TextDatumGetCString(unit->constvalue);
	return pg_strcasecmp(name, "day") == 0;
}

static Side
side_of(const PcaJudge *judge, Node *node)
{
	FuncExpr   *function = (FuncExpr *) pca_clause_strip(node);
	Side		side = {.column = pca_clause_column(judge, node)};

	if (side.column || !IsA(function, FuncExpr))
		return side;
	if (function->funcid == F_DATE_TIMESTAMP || truncates_to_day(function))
	{
		side.column = pca_clause_column(judge, llast(function->args));
		side.day = true;
	}
	return side;
}

/* ---- terms ---- */

static PcaTerm *
bound(const PcaColumn *column, PcaOperator op, List *values, int64 shift)
{
	PcaTerm    *term = pca_term_compare(column->field->name, op, PCA_LITERAL_DATE,
										PCA_GUIDS_UNKNOWN, values);

	term->shift = shift;
	return term;
}

/* From low to high: from <= x < to, or <= to. */
static PcaTerm *
between(const PcaColumn *column, List *values, int64 low, PcaOperator op, int64 high)
{
	return pca_term_and(list_make2(bound(column, PCA_OP_GE, values, -low),
								   bound(column, op, values, high)));
}

/* The column itself, compared with each of the values. */
static PcaTerm *
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

/* The column's day, compared with a value: a superset. */
static PcaTerm *
day_term(const PcaColumn *column, PcaOperator op, List *values, int64 slack)
{
	switch (op)
	{
		case PCA_OP_LT:
		case PCA_OP_LE:
			return bound(column, PCA_OP_LT, values, USECS_PER_DAY + slack);
		case PCA_OP_GT:
		case PCA_OP_GE:
			return bound(column, PCA_OP_GE, values, -slack);
		default:
			return between(column, values, slack, PCA_OP_LT, USECS_PER_DAY + slack);
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

/* Whether the field's values are what PostgreSQL reads, digit for digit. */
static bool
is_exact(Side side, Oid type)
{
	return (side.column->field->day || is_snapshot(side)) &&
		!side.column->field->sentinel && !side.day && type != TIMESTAMPTZOID;
}

/* ---- verdicts ---- */

static PcaClause
compare(const PcaJudge *judge, Side side, PcaOperator op, Oid type, List *values)
{
	const char *fault = pca_clause_column_fault(judge, side.column, op);
	bool		exact;
	int64		slack = type == TIMESTAMPTZOID ? ZONE_SLACK : SLACK;
	PcaClause	result = {.level = PCA_LEVEL_SUPERSET};

	if (!fault && op == PCA_OP_NE && (side.day || type == TIMESTAMPTZOID))
		fault = "the API's \"ne\" could drop other times of that day";
	if (fault)
		return pca_clause_local(fault);
	exact = is_exact(side, type);
	result.on_snapshot = is_snapshot(side);
	if (exact && (op != PCA_OP_NE || side.column->not_null))
		result.level = PCA_LEVEL_EXACT;
	/* which day a timestamptz begins is known with the session's zone */
	if (result.on_snapshot && op == PCA_OP_EQ)
		slack = 0;
	result.term = side.day ? day_term(side.column, op, values, slack) :
		value_term(side.column, op, values, exact ? 0 : slack);
	return result;
}

static bool
judge_operator(PcaJudge *judge, OpExpr *clause, bool negated, PcaClause *result)
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
	fault = pca_clause_value_fault(judge, value);
	if (fault)
	{
		*result = pca_clause_local(fault);
		return true;
	}
	values = pca_clause_add_scalar(judge, NIL, value, &null);
	*result = null ? pca_clause_never() :
		compare(judge, side, pca_clause_negate(op, negated), exprType(value), values);
	return true;
}

/* A list of dates: equal to any of them, or to none. */
static bool
judge_array(PcaJudge *judge, ScalarArrayOpExpr *clause, bool negated, PcaClause *result)
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
	fault = pca_clause_value_fault(judge, array);
	if (!fault && (op != PCA_OP_EQ || !clause->useOr || negated))
		fault = "of lists of dates, only IN can be sent";
	if (!fault && !IsA(pca_clause_strip(array), Const) && !is_exact(side, type))
		fault = "its list of dates is known only at execution";
	if (!fault && type == TIMESTAMPTZOID)
		fault = "its list of dates has time zones";
	if (fault)
	{
		*result = pca_clause_local(fault);
		return true;
	}
	values = pca_clause_add_array(judge, NIL, array, &null);
	if (is_exact(side, type))
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
			result->term = pca_term_or(terms);
		else
			*result = pca_clause_never();
	}
	return true;
}

bool
pca_temporal_judge(PcaJudge *judge, Node *clause, bool negated, PcaClause *result)
{
	if (IsA(clause, OpExpr))
		return judge_operator(judge, (OpExpr *) clause, negated, result);
	if (IsA(clause, ScalarArrayOpExpr))
		return judge_array(judge, (ScalarArrayOpExpr *) clause, negated, result);
	return false;
}
