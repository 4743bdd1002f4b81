/*
 * date_comparison.c
 *		Comparisons of date fields, and their literals.
 *
 * No literal is finer than those that the documents show for its field
 * (api-notes 3.6).  Bounds become whole days or whole seconds.  A field of whole days
 * is compared exactly.  Any other value of the API may have a seventh digit of a
 * second, which PostgreSQL's does not have (api-notes 4.7): the API's value is not
 * less than PostgreSQL's, by less than a microsecond.
 */
#include "postgres.h"

#include "nodes/value.h"

#include "request/date_bounds.h"
#include "request/date_comparison.h"
#include "request/value_text.h"

/* As many days are compared by "eq"; more are a range. */
#define MAX_EQUAL_DAYS	3

/* A condition: true, false, or an expression. */
typedef struct DateCondition
{
	PcaTristate truth;
	PcaFilterExpr *expr;		/* PCA_TRISTATE_UNKNOWN */
} DateCondition;

/* ---- conditions ---- */

static DateCondition *
make_known_condition(bool truth)
{
	DateCondition *condition = palloc0(sizeof(DateCondition));

	condition->truth = truth ? PCA_TRISTATE_TRUE : PCA_TRISTATE_FALSE;
	return condition;
}

/* "field op any of the texts"; the texts are dates that a literal can have. */
static DateCondition *
make_text_condition(const PcaComparison *comparison, PcaOperator op, List *texts)
{
	DateCondition *condition = palloc0(sizeof(DateCondition));
	PcaDateOperand *operand = palloc(sizeof(PcaDateOperand));
	PcaComparison copy = *comparison;

	*operand = *comparison->date;
	operand->steps = NIL;
	copy.op = op;
	copy.date = operand;
	condition->truth = PCA_TRISTATE_UNKNOWN;
	condition->expr = pca_filter_expr_with_texts(pca_filter_expr_from_comparison(copy), texts);
	return condition;
}

/* "field op date": known if the date is outside of the API's range. */
static DateCondition *
make_bound_condition(const PcaComparison *comparison, PcaOperator op, Timestamp date)
{
	bool		is_upper = op == PCA_OP_LT || op == PCA_OP_LE;

	if (date < pca_date_bounds_first())
		return make_known_condition(!is_upper && op != PCA_OP_EQ);
	if (date > pca_date_bounds_last())
		return make_known_condition(is_upper || op == PCA_OP_NE);
	return make_text_condition(comparison, op, list_make1(pca_value_text_from_date(date)));
}

/* Join conditions (DateCondition *) by AND or OR. */
static DateCondition *
join_conditions(PcaFilterExprKind kind, List *conditions)
{
	bool		neutral = kind == PCA_FILTER_EXPR_AND;
	DateCondition *joined;
	List	   *exprs = NIL;
	ListCell   *lc;

	foreach(lc, conditions)
	{
		DateCondition *condition = lfirst(lc);

		if (condition->truth == (neutral ? PCA_TRISTATE_FALSE : PCA_TRISTATE_TRUE))
			return condition;
		if (condition->truth == PCA_TRISTATE_UNKNOWN)
			exprs = lappend(exprs, condition->expr);
	}
	joined = make_known_condition(neutral);
	if (exprs)
	{
		joined->truth = PCA_TRISTATE_UNKNOWN;
		joined->expr = neutral ? pca_filter_expr_and(exprs) : pca_filter_expr_or(exprs);
	}
	return joined;
}

/* ---- fields of whole days ---- */

/* The day before, or an infinite bound itself. */
static Timestamp
day_before(Timestamp day)
{
	return TIMESTAMP_NOT_FINITE(day) ? day : day - USECS_PER_DAY;
}

/* The days from one bound to before the other; outside: the days that are not. */
static DateCondition *
make_days_condition(const PcaComparison *comparison, PcaDateBounds bounds, bool outside)
{
	Timestamp	last = day_before(bounds.greater);

	if (bounds.not_less >= bounds.greater)
		return make_known_condition(outside);
	if (bounds.not_less == last)
		return make_bound_condition(comparison, outside ? PCA_OP_NE : PCA_OP_EQ, last);
	if (outside)
		return join_conditions(PCA_FILTER_EXPR_OR,
							   list_make2(make_bound_condition(comparison, PCA_OP_LT, bounds.not_less),
										  make_bound_condition(comparison, PCA_OP_GT, last)));
	return join_conditions(PCA_FILTER_EXPR_AND,
						   list_make2(make_bound_condition(comparison, PCA_OP_GE, bounds.not_less),
									  make_bound_condition(comparison, PCA_OP_LE, last)));
}

/* The days that are equal to any of the values: a list, and a range for each long span. */
static DateCondition *
make_equal_days_condition(const PcaComparison *comparison, List *texts)
{
	List	   *conditions = NIL;
	List	   *days = NIL;
	ListCell   *lc;

	foreach(lc, texts)
	{
		PcaDateBounds bounds = pca_date_bounds_find(comparison->date, lfirst(lc));

		if (!TIMESTAMP_NOT_FINITE(bounds.not_less) &&
			bounds.greater - bounds.not_less > MAX_EQUAL_DAYS * USECS_PER_DAY)
		{
			conditions = lappend(conditions, make_days_condition(comparison, bounds, false));
			continue;
		}
		for (Timestamp day = bounds.not_less; day < bounds.greater; day += USECS_PER_DAY)
			if (day >= pca_date_bounds_first() && day <= pca_date_bounds_last())
				days = lappend(days, pca_value_text_from_date(day));
	}
	if (days)
	{
		DateCondition *listed = make_text_condition(comparison, PCA_OP_EQ, days);
		bool		has_null;

		days = pca_filter_expr_value_texts(listed->expr, NULL, &has_null);
		conditions = lcons(make_text_condition(comparison, PCA_OP_EQ, days), conditions);
	}
	return join_conditions(PCA_FILTER_EXPR_OR, conditions);
}

static DateCondition *
make_day_condition(const PcaComparison *comparison, const char *text)
{
	PcaDateBounds bounds = pca_date_bounds_find(comparison->date, text);

	switch (comparison->op)
	{
		case PCA_OP_GE:
		case PCA_OP_LT:
			return make_bound_condition(comparison, comparison->op, bounds.not_less);
		case PCA_OP_GT:
		case PCA_OP_LE:
			return make_bound_condition(comparison, comparison->op, day_before(bounds.greater));
		default:
			return make_days_condition(comparison, bounds, true);
	}
}

/* ---- fields of points in time ---- */

static int64
get_unit_usec(const PcaComparison *comparison)
{
	return comparison->date->unit == PCA_DATE_UNIT_DAY ? USECS_PER_DAY : USECS_PER_SEC;
}

static Timestamp
floor_to_unit(Timestamp timestamp, int64 unit_usec)
{
	int64		rest = timestamp % unit_usec;

	if (TIMESTAMP_NOT_FINITE(timestamp))
		return timestamp;
	return timestamp - rest - (rest < 0 ? unit_usec : 0);
}

/* The API's value is not less than first; is_greater: the operator that is sent may be "gt". */
static DateCondition *
make_lower_bound(const PcaComparison *comparison, Timestamp first, bool is_greater)
{
	int64		unit_usec = get_unit_usec(comparison);
	Timestamp	floor = floor_to_unit(first, unit_usec);

	if (is_greater && floor < first)
		return make_bound_condition(comparison, PCA_OP_GT, floor);
	if (comparison->date->operators & PCA_OP_GE)
		return make_bound_condition(comparison, PCA_OP_GE, floor);
	return make_bound_condition(comparison, PCA_OP_GT, TIMESTAMP_NOT_FINITE(floor) ? floor : floor - unit_usec);
}

/*
 * The API's value is less than end.  is_less: the operator of the condition is "<",
 * otherwise "lt" is sent only if the end needs no rounding.
 */
static DateCondition *
make_upper_bound(const PcaComparison *comparison, Timestamp end, bool is_less)
{
	int64		unit_usec = get_unit_usec(comparison);
	Timestamp	ceiling = floor_to_unit(end, unit_usec);
	PcaOperator op = is_less || ceiling == end ? PCA_OP_LT : PCA_OP_LE;

	if (!(comparison->date->operators & op))
		op = op == PCA_OP_LT ? PCA_OP_LE : PCA_OP_LT;
	return make_bound_condition(comparison, op, ceiling < end ? ceiling + unit_usec : ceiling);
}

/*
 * "<>" is true unless the literal can have the value.  The API then excludes only rows
 * that are equal to the last digit.
 */
static DateCondition *
make_unequal_condition(const PcaComparison *comparison, const char *text)
{
	Timestamp	timestamp = pca_value_text_to_timestamp(text);

	if (floor_to_unit(timestamp, get_unit_usec(comparison)) != timestamp)
		return make_known_condition(true);
	return make_bound_condition(comparison, PCA_OP_NE, timestamp);
}

static DateCondition *
make_time_condition(const PcaComparison *comparison, const char *text)
{
	PcaDateBounds bounds = pca_date_bounds_find(comparison->date, text);
	bool		is_finite = !TIMESTAMP_NOT_FINITE(bounds.not_less);
	int64		slack_usec = is_finite ? bounds.slack_usec : 0;

	switch (comparison->op)
	{
		case PCA_OP_GE:
			return make_lower_bound(comparison, bounds.not_less - slack_usec, false);
		case PCA_OP_GT:
			return make_lower_bound(comparison, bounds.greater - slack_usec, true);
		case PCA_OP_LT:
			return make_upper_bound(comparison, bounds.not_less + slack_usec, true);
		case PCA_OP_LE:
			return make_upper_bound(comparison, bounds.greater + slack_usec, false);
		case PCA_OP_EQ:
			if (bounds.not_less == bounds.greater && slack_usec == 0)
				return make_known_condition(false);
			return join_conditions(PCA_FILTER_EXPR_AND,
								   list_make2(make_lower_bound(comparison, bounds.not_less - slack_usec, false),
											  make_upper_bound(comparison, bounds.greater + slack_usec, false)));
		default:
			return make_unequal_condition(comparison, text);
	}
}

PcaTristate
pca_date_comparison_resolve(const PcaComparison *comparison, List *texts, PcaFilterExpr **resolved)
{
	DateCondition *condition;
	List	   *conditions = NIL;
	ListCell   *lc;

	if (comparison->date->is_day && comparison->op == PCA_OP_EQ)
		condition = make_equal_days_condition(comparison, texts);
	else
	{
		foreach(lc, texts)
			conditions = lappend(conditions, comparison->date->is_day ?
								 make_day_condition(comparison, lfirst(lc)) :
								 make_time_condition(comparison, lfirst(lc)));
		condition = join_conditions(comparison->op == PCA_OP_NE ? PCA_FILTER_EXPR_AND : PCA_FILTER_EXPR_OR,
									conditions);
	}
	*resolved = condition->expr;
	return condition->truth;
}

/* ---- texts ---- */

/* A date text in the form that the literals have. */
static char *
make_formatted_text(PcaDateFormat format, const char *text)
{
	const char *time = strchr(text, 'T');

	switch (format)
	{
		case PCA_DATE_FORMAT_DATE:
			return time ? pnstrdup(text, time - text) : pstrdup(text);
		case PCA_DATE_FORMAT_DATETIME:
			return psprintf("%s%s", text, time ? "" : "T00:00:00");
		case PCA_DATE_FORMAT_DATETIME_UTC:
			return psprintf("%s%sZ", text, time ? "" : "T00:00:00");
		default:
			return time && strcmp(time, "T00:00:00") == 0 ? pnstrdup(text, time - text) : pstrdup(text);
	}
}

char *
pca_date_comparison_literal(const PcaDateOperand *operand, const char *text)
{
	char	   *date = make_formatted_text(operand->format, pca_date_bounds_local_text(text));

	switch (operand->literal)
	{
		case PCA_DATE_LITERAL_QUOTED:
			return psprintf("'%s'", date);
		case PCA_DATE_LITERAL_BARE:
			return date;
		default:
			return psprintf("cast('%s', Edm.DateTimeOffset)", date);
	}
}

const char *
pca_date_comparison_steps_text(const PcaDateOperand *operand)
{
	ListCell   *lc;

	foreach(lc, operand->steps)
	{
		const PcaDateStep *step = lfirst(lc);

		if (step->kind == PCA_DATE_STEP_TRUNC)
			return psprintf(" (its %s)", step->text);
	}
	return "";
}

/* ---- nodes ---- */

/* Indexes of an operand's node list. */
typedef enum DateOperandNode
{
	DATE_OPERAND_NODE_STEPS,
	DATE_OPERAND_NODE_IS_DAY,
	DATE_OPERAND_NODE_IS_DATE,
	DATE_OPERAND_NODE_UNIT,
	DATE_OPERAND_NODE_LITERAL,
	DATE_OPERAND_NODE_FORMAT,
	DATE_OPERAND_NODE_OPERATORS
} DateOperandNode;

#define DATE_OPERAND_NODES	(DATE_OPERAND_NODE_OPERATORS + 1)

List *
pca_date_comparison_operand_to_nodes(const PcaDateOperand *operand)
{
	List	   *steps = NIL;
	List	   *list = NIL;
	void	   *nodes[DATE_OPERAND_NODES];
	ListCell   *lc;

	if (!operand)
		return NIL;
	foreach(lc, operand->steps)
	{
		const PcaDateStep *step = lfirst(lc);

		steps = lappend(steps, list_make2(makeInteger(step->kind),
										  step->text ? makeString(pstrdup(step->text)) : NULL));
	}
	nodes[DATE_OPERAND_NODE_STEPS] = steps;
	nodes[DATE_OPERAND_NODE_IS_DAY] = makeInteger(operand->is_day);
	nodes[DATE_OPERAND_NODE_IS_DATE] = makeInteger(operand->is_date);
	nodes[DATE_OPERAND_NODE_UNIT] = makeInteger(operand->unit);
	nodes[DATE_OPERAND_NODE_LITERAL] = makeInteger(operand->literal);
	nodes[DATE_OPERAND_NODE_FORMAT] = makeInteger(operand->format);
	nodes[DATE_OPERAND_NODE_OPERATORS] = makeInteger(operand->operators);
	for (int i = 0; i < DATE_OPERAND_NODES; i++)
		list = lappend(list, nodes[i]);
	return list;
}

PcaDateOperand *
pca_date_comparison_operand_from_nodes(List *nodes)
{
	PcaDateOperand *operand;
	ListCell   *lc;

	if (nodes == NIL)
		return NULL;
	operand = palloc0(sizeof(PcaDateOperand));
	foreach(lc, (List *) list_nth(nodes, DATE_OPERAND_NODE_STEPS))
	{
		List	   *node = lfirst(lc);
		PcaDateStep *step = palloc0(sizeof(PcaDateStep));

		step->kind = intVal(linitial(node));
		step->text = lsecond(node) ? strVal(lsecond(node)) : NULL;
		operand->steps = lappend(operand->steps, step);
	}
	operand->is_day = intVal(list_nth(nodes, DATE_OPERAND_NODE_IS_DAY)) != 0;
	operand->is_date = intVal(list_nth(nodes, DATE_OPERAND_NODE_IS_DATE)) != 0;
	operand->unit = intVal(list_nth(nodes, DATE_OPERAND_NODE_UNIT));
	operand->literal = intVal(list_nth(nodes, DATE_OPERAND_NODE_LITERAL));
	operand->format = intVal(list_nth(nodes, DATE_OPERAND_NODE_FORMAT));
	operand->operators = intVal(list_nth(nodes, DATE_OPERAND_NODE_OPERATORS));
	return operand;
}
