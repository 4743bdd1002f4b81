/*
 * measure.c
 *		Checks how expressions use a table's measures.
 *
 * A grouped row stands for several rows, and has the sums of their measures.  An
 * aggregate gives the same result from grouped rows if it is the sum of a linear
 * expression of measures, or if it ignores duplicates and uses no measure.
 * grouping.c knows which expressions of the query to check.
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

#include "planner/measure.h"
#include "planner/shippable.h"

/*
 * The greatest constant by which a bigint measure may be multiplied.  The product
 * with a group's sum must not overflow where the products with its rows do not.
 * With this limit, that holds for sums up to 9e14, which is far more than any
 * number of licences.  The limit allows months, percent and per mille.
 */
#define MAX_MEASURE_FACTOR	10000

typedef struct MeasureContext
{
	const PcaTable *table;
	Index		varno;
	bool		never_null;		/* the expression at hand is known to contain
								 * no measure that may be null */
	const char *reason;
} MeasureContext;

/* ---- uses ---- */

static bool
is_measure_var(const MeasureContext *context, Node *node)
{
	Var		   *var = (Var *) node;
	const PcaColumn *column;

	if (!IsA(node, Var) || var->varno != (int) context->varno || var->varlevelsup != 0)
		return false;
	column = pca_option_column(context->table, var->varattno);
	return column && column->measure;
}

static bool
contains_measure(Node *node, MeasureContext *context)
{
	if (!node)
		return false;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		return is_measure_var(context, node) ||
			(var->varno == (int) context->varno && var->varattno == 0);
	}
	return expression_tree_walker(node, contains_measure, context);
}

bool
pca_measure_used(const PcaTable *table, Index varno, Node *node)
{
	MeasureContext context = {.table = table,.varno = varno};

	return contains_measure(node, &context);
}

/* ---- linear expressions ---- */

static bool is_linear_expression(MeasureContext *context, Node *node);

static bool
is_zero_constant(Node *node, bool allow_null)
{
	Const	   *constant = (Const *) node;

	if (!IsA(node, Const))
		return false;
	if (constant->constisnull)
		return allow_null;
	switch (constant->consttype)
	{
		case INT8OID:
			return DatumGetInt64(constant->constvalue) == 0;
		case NUMERICOID:
			return DatumGetBool(DirectFunctionCall2(numeric_eq, constant->constvalue,
													NumericGetDatum(int64_to_numeric(0))));
		default:
			return false;
	}
}

/* Returns true, and sets *value, if the node is an integer constant that may be a factor. */
static bool
get_small_integer(Node *node, int64 *value)
{
	Const	   *constant = (Const *) node;

	if (!IsA(node, Const) || constant->constisnull)
		return false;
	switch (constant->consttype)
	{
		case INT2OID:
			*value = DatumGetInt16(constant->constvalue);
			break;
		case INT4OID:
			*value = DatumGetInt32(constant->constvalue);
			break;
		case INT8OID:
			*value = DatumGetInt64(constant->constvalue);
			break;
		default:
			return false;
	}
	return *value >= -MAX_MEASURE_FACTOR && *value <= MAX_MEASURE_FACTOR;
}

/*
 * Returns true if the value of a numeric factor is neither NaN nor infinite.  Zero
 * times infinity is NaN, so a row whose measure is 0 would make the sum over the
 * rows NaN, while the product with the group's sum is infinite.
 */
static bool
is_finite_numeric(Node *node)
{
	check_stack_depth();
	if (IsA(node, Const))
	{
		Const	   *constant = (Const *) node;
		Numeric		value;

		if (constant->consttype != NUMERICOID || constant->constisnull)
			return false;
		value = DatumGetNumeric(constant->constvalue);
		return !numeric_is_nan(value) && !numeric_is_inf(value);
	}
	if (IsA(node, FuncExpr))
	{
		Oid			function = ((FuncExpr *) node)->funcid;

		if (function == F_NUMERIC_INT8 || function == F_NUMERIC_INT4 ||
			function == F_NUMERIC_INT2)
			return true;
	}
	if (IsA(node, OpExpr))
	{
		OpExpr	   *expr = (OpExpr *) node;

		switch (get_opcode(expr->opno))
		{
			case F_NUMERIC_ADD:
			case F_NUMERIC_SUB:
			case F_NUMERIC_MUL:
			case F_NUMERIC_DIV:
				return is_finite_numeric(linitial(expr->args)) && is_finite_numeric(lsecond(expr->args));
			default:
				return false;
		}
	}
	return exprType(node) == NUMERICOID && exprTypmod(node) != -1;
}

/*
 * Returns x if the expression is coalesce(x, 0), or a CASE such as
 * CASE WHEN x IS NOT NULL THEN x ELSE 0 END; else NULL.  Programs that write
 * reports generate both.
 */
static Node *
match_zero_if_null(Node *node)
{
	CaseExpr   *expr = (CaseExpr *) node;
	CaseWhen   *when;
	NullTest   *test;
	Node	   *value;
	Node	   *zero;

	if (IsA(node, CoalesceExpr))
	{
		List	   *args = ((CoalesceExpr *) node)->args;

		return list_length(args) == 2 && is_zero_constant(lsecond(args), false) ? linitial(args) : NULL;
	}
	if (!IsA(node, CaseExpr) || expr->arg || list_length(expr->args) != 1)
		return NULL;
	when = linitial_node(CaseWhen, expr->args);
	test = (NullTest *) when->expr;
	if (!IsA(test, NullTest) || test->argisrow)
		return NULL;
	value = (Node *) (test->nulltesttype == IS_NOT_NULL ? when->result : expr->defresult);
	zero = (Node *) (test->nulltesttype == IS_NOT_NULL ? expr->defresult : when->result);
	return equal(test->arg, value) && zero && is_zero_constant(zero, false) ? value : NULL;
}

/*
 * Returns true if the expression contains a measure whose column is not declared NOT
 * NULL.  Nulls inside of coalesce(x, 0) do not matter outside of it.
 */
static bool
contains_nullable_measure(Node *node, MeasureContext *context)
{
	if (!node || match_zero_if_null(node))
		return false;
	if (is_measure_var(context, node))
		return !pca_option_column(context->table, ((Var *) node)->varattno)->not_null;
	return expression_tree_walker(node, contains_nullable_measure, context);
}

static bool
is_linear_product(MeasureContext *context, Node *a, Node *b, bool is_numeric)
{
	int64		factor;

	if (is_numeric)
		return is_linear_expression(context, a) && is_finite_numeric(b) && !contains_measure(b, context);
	return is_linear_expression(context, a) && get_small_integer(b, &factor);
}

/*
 * A sum or difference of linear expressions is linear if no measure in it may be
 * null: a row with a null in one of the measures adds nothing, but the measures
 * of a group are summed one by one, without their nulls.  The outermost sum is
 * checked for the sums in it too, so that the work is linear.
 */
static bool
is_linear_sum(MeasureContext *context, OpExpr *expr)
{
	bool		outermost = !context->never_null;
	bool		linear;

	if (outermost && contains_nullable_measure((Node *) expr, context))
		return false;
	context->never_null = true;
	linear = is_linear_expression(context, linitial(expr->args)) && is_linear_expression(context, lsecond(expr->args));
	context->never_null = !outermost;
	return linear;
}

static bool
is_linear_operator(MeasureContext *context, OpExpr *expr)
{
	Node	   *left = linitial(expr->args);
	Node	   *right = list_length(expr->args) == 2 ? lsecond(expr->args) : NULL;

	switch (get_opcode(expr->opno))
	{
		case F_INT8UM:
		case F_NUMERIC_UMINUS:
		case F_INT8UP:
		case F_NUMERIC_UPLUS:
			return is_linear_expression(context, left);
		case F_INT8MUL:
		case F_INT84MUL:
		case F_INT82MUL:
		case F_INT48MUL:
		case F_INT28MUL:
			return is_linear_product(context, left, right, false) ||
				is_linear_product(context, right, left, false);
		case F_NUMERIC_MUL:
			return is_linear_product(context, left, right, true) ||
				is_linear_product(context, right, left, true);
		case F_INT8PL:
		case F_INT8MI:
		case F_NUMERIC_ADD:
		case F_NUMERIC_SUB:
			return is_linear_sum(context, expr);
		default:
			return false;
	}
}

static bool
is_linear_case(MeasureContext *context, CaseExpr *expr)
{
	ListCell   *lc;

	if (contains_measure((Node *) expr->arg, context))
		return false;
	foreach(lc, expr->args)
	{
		CaseWhen   *when = lfirst_node(CaseWhen, lc);

		if (contains_measure((Node *) when->expr, context))
			return false;
		if (!is_zero_constant((Node *) when->result, true) &&
			!is_linear_expression(context, (Node *) when->result))
			return false;
	}
	return !expr->defresult || is_zero_constant((Node *) expr->defresult, true) ||
		is_linear_expression(context, (Node *) expr->defresult);
}

/*
 * Returns true if the expression of a group's sums is equal to the sum of the
 * expression over the group's rows.
 */
static bool
is_linear_expression(MeasureContext *context, Node *node)
{
	Node	   *value = match_zero_if_null(node);

	check_stack_depth();
	if (value)
	{
		/* contains_nullable_measure() did not check the inside */
		MeasureContext inside = *context;

		inside.never_null = false;
		return is_linear_expression(&inside, value);
	}
	switch (nodeTag(node))
	{
		case T_Var:
			return is_measure_var(context, node);
		case T_RelabelType:
			return is_linear_expression(context, (Node *) ((RelabelType *) node)->arg);
		case T_PlaceHolderVar:
			return is_linear_expression(context, (Node *) ((PlaceHolderVar *) node)->phexpr);
		case T_FuncExpr:
			return ((FuncExpr *) node)->funcid == F_NUMERIC_INT8 &&
				is_linear_expression(context, linitial(((FuncExpr *) node)->args));
		case T_OpExpr:
			return is_linear_operator(context, (OpExpr *) node);
		case T_CaseExpr:
			return is_linear_case(context, (CaseExpr *) node);
		default:
			return false;
	}
}

/* ---- aggregates ---- */

/*
 * Returns true if the aggregate's result does not depend on how often a value
 * occurs.  By name, because each name stands for functions of many types.
 */
static bool
aggregate_ignores_duplicates(Oid function)
{
	static const char *const names[] = {
		"min", "max", "bool_and", "bool_or", "every", "bit_and", "bit_or",
		"any_value", "range_agg", "range_intersect_agg"
	};
	const char *name;

	if (get_func_namespace(function) != PG_CATALOG_NAMESPACE)
		return false;
	name = get_func_name(function);
	for (int i = 0; i < (int) lengthof(names); i++)
		if (name && strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool
is_sum_of_linear(MeasureContext *context, Aggref *aggref)
{
	return (aggref->aggfnoid == F_SUM_INT8 || aggref->aggfnoid == F_SUM_NUMERIC) &&
		aggref->aggorder == NIL && aggref->aggdistinct == NIL &&
		!contains_measure((Node *) aggref->aggfilter, context) &&
		contains_measure((Node *) aggref->args, context) &&
		is_linear_expression(context, (Node *) linitial_node(TargetEntry, aggref->args)->expr);
}

/*
 * Returns true if the argument is a sum or difference of linear expressions, whose
 * measures may be null: they need a reason of their own, because declaring them
 * NOT NULL would help.
 */
static bool
adds_nullable_measures(MeasureContext *context, Aggref *aggref)
{
	OpExpr	   *expr = aggref->args ? (OpExpr *) linitial_node(TargetEntry, aggref->args)->expr : NULL;
	Oid			function;

	if (!expr || !IsA(expr, OpExpr) || list_length(expr->args) != 2)
		return false;
	function = get_opcode(expr->opno);
	return (function == F_INT8PL || function == F_INT8MI ||
			function == F_NUMERIC_ADD || function == F_NUMERIC_SUB) &&
		is_linear_expression(context, linitial(expr->args)) && is_linear_expression(context, lsecond(expr->args));
}

/* Returns the reason why the aggregate needs single rows; NULL if it does not. */
static const char *
aggregate_reason(MeasureContext *context, Aggref *aggref)
{
	const char *name = get_func_name(aggref->aggfnoid);
	bool		measure = contains_measure((Node *) aggref->args, context) ||
		contains_measure((Node *) aggref->aggdirectargs, context) ||
		contains_measure((Node *) aggref->aggfilter, context);

	if (aggref->aggdistinct != NIL || aggregate_ignores_duplicates(aggref->aggfnoid))
		return measure ? psprintf("%s(...) needs each row's measure, not a group's sum", name) : NULL;
	if (is_sum_of_linear(context, aggref))
		return NULL;
	if (measure && adds_nullable_measures(context, aggref))
		return psprintf("%s(...) adds or subtracts measures that may be null: take the sums apart, or declare them NOT NULL", name);
	if (measure && (aggref->aggfnoid == F_SUM_FLOAT8 || aggref->aggfnoid == F_SUM_FLOAT4))
		return "sum(...) adds up floating-point numbers, whose sum depends on the order of rows: convert the sum, not what is summed";
	if (measure)
		return psprintf("%s(...) does more with a measure than adding it up", name);
	return psprintf("%s%s needs every row, not one for each group", name,
					aggref->aggstar ? "(*)" : "(...)");
}

/*
 * Returns true if the expression compares count() with a constant in a way that
 * tells only whether there are rows: a group exists if a row of it does.
 */
static bool
is_existence_test(MeasureContext *context, OpExpr *expr)
{
	static const struct
	{
		PcaOperator op;
		int			constant;
	}			tests[] =
	{
		{PCA_OP_GT, 0}, {PCA_OP_GE, 1}, {PCA_OP_NE, 0},
		{PCA_OP_EQ, 0}, {PCA_OP_LT, 1}, {PCA_OP_LE, 0},
	};
	Node	   *left = linitial(expr->args);
	Node	   *right = list_length(expr->args) == 2 ? lsecond(expr->args) : left;
	bool		mirrored = IsA(right, Aggref);
	Aggref	   *count = (Aggref *) (mirrored ? right : left);
	Node	   *constant = mirrored ? left : right;
	Oid			operator = mirrored ? get_commutator(expr->opno) : expr->opno;
	int			op = pca_shippable_operator(operator, INTEGER_BTREE_FAM_OID);
	int64		value;

	if (!IsA(count, Aggref) || !get_small_integer(constant, &value) ||
		(count->aggfnoid != F_COUNT_ && count->aggfnoid != F_COUNT_ANY) ||
		contains_measure((Node *) count, context))
		return false;
	for (int i = 0; i < (int) lengthof(tests); i++)
		if (op == (int) tests[i].op && tests[i].constant == value)
			return true;
	return false;
}

/* ---- whole expressions ---- */

/* Tree walker: set context->reason for the first use that grouped rows would change. */
static bool
find_measure_reason(Node *node, MeasureContext *context)
{
	if (!node)
		return false;
	if (IsA(node, Aggref))
		context->reason = aggregate_reason(context, (Aggref *) node);
	else if (IsA(node, OpExpr) && is_existence_test(context, (OpExpr *) node))
		return false;
	else if (is_measure_var(context, node))
		context->reason = psprintf("measure %s is used outside of sum()",
								   pca_option_column(context->table, ((Var *) node)->varattno)->name);
	else
		return expression_tree_walker(node, find_measure_reason, context);
	return context->reason != NULL;
}

const char *
pca_measure_reason(const PcaTable *table, Index varno, Node *node)
{
	MeasureContext context = {.table = table,.varno = varno};

	(void) find_measure_reason(node, &context);
	return context.reason;
}
