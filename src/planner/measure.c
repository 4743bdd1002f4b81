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

#include <math.h>

#include "catalog/pg_aggregate.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

#include "planner/declaration.h"
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
	bool	   *needs_row_count;	/* as of pca_measure_reason() */
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
		case FLOAT8OID:
			return DatumGetFloat8(constant->constvalue) == 0;
		default:
			return false;
	}
}

/* Returns true, and sets *value, if the node is a whole constant that may be a factor. */
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
		case FLOAT8OID:
			{
				float8		number = DatumGetFloat8(constant->constvalue);

				if (isnan(number) || fabs(number) > MAX_MEASURE_FACTOR || rint(number) != number)
					return false;
				*value = (int64) number;
				break;
			}
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
		case F_FLOAT8UM:
		case F_INT8UP:
		case F_NUMERIC_UPLUS:
		case F_FLOAT8UP:
			return is_linear_expression(context, left);
		case F_INT8MUL:
		case F_INT84MUL:
		case F_INT82MUL:
		case F_INT48MUL:
		case F_INT28MUL:
		case F_FLOAT8MUL:
			return is_linear_product(context, left, right, false) ||
				is_linear_product(context, right, left, false);
		case F_NUMERIC_MUL:
			return is_linear_product(context, left, right, true) ||
				is_linear_product(context, right, left, true);
		case F_INT8PL:
		case F_INT8MI:
		case F_NUMERIC_ADD:
		case F_NUMERIC_SUB:
		case F_FLOAT8PL:
		case F_FLOAT8MI:
			return is_linear_sum(context, expr);
		default:
			return false;
	}
}

/* Digits before the point that a bigint may have. */
#define BIGINT_DIGITS	19

/* Returns true if the node is the typmod of a numeric that holds every bigint as it is. */
static bool
typmod_holds_bigint(Node *node)
{
	int32		typmod;
	int			precision;
	int			scale;

	if (!IsA(node, Const) || ((Const *) node)->constisnull)
		return false;
	typmod = DatumGetInt32(((Const *) node)->constvalue) - VARHDRSZ;
	precision = (typmod >> 16) & 0xffff;
	/* the sign of a scale is in bit 10 */
	scale = ((typmod & 0x7ff) ^ 1024) - 1024;
	return typmod >= 0 && scale >= 0 && precision - scale >= BIGINT_DIGITS;
}

/*
 * Returns true if the expression is linear, and its value is a bigint, or one that was
 * cast to numeric.
 */
static bool
is_linear_bigint(MeasureContext *context, Node *node)
{
	FuncExpr   *cast = (FuncExpr *) node;

	check_stack_depth();
	if (IsA(node, FuncExpr) && cast->funcid == F_NUMERIC_INT8)
		return is_linear_bigint(context, linitial(cast->args));
	if (IsA(node, FuncExpr) && cast->funcid == F_NUMERIC_NUMERIC_INT4)
		return typmod_holds_bigint(lsecond(cast->args)) && is_linear_bigint(context, linitial(cast->args));
	return exprType(node) == INT8OID && is_linear_expression(context, node);
}

/*
 * Returns true if the expression is a cast of a linear expression that does not change
 * its value.  The cast of a bigint to double precision does not if the value is less than
 * 2^53, as numbers of licences are.  Beyond, the sum over the rows depends on
 * their order, and so does not have one value with which the sum of groups could
 * be compared.
 */
static bool
is_linear_cast(MeasureContext *context, FuncExpr *expr)
{
	Node	   *arg = expr->args ? linitial(expr->args) : NULL;

	switch (expr->funcid)
	{
		case F_NUMERIC_INT8:
			return is_linear_expression(context, arg);
		case F_FLOAT8_INT8:
		case F_FLOAT8_NUMERIC:
		case F_INT8_NUMERIC:
			return is_linear_bigint(context, arg);
		case F_NUMERIC_NUMERIC_INT4:
			return is_linear_bigint(context, (Node *) expr);
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
			return is_linear_cast(context, (FuncExpr *) node);
		case T_OpExpr:
			return is_linear_operator(context, (OpExpr *) node);
		case T_CaseExpr:
			return is_linear_case(context, (CaseExpr *) node);
		default:
			return false;
	}
}

bool
pca_measure_is_linear(const PcaTable *table, Index varno, Node *node)
{
	MeasureContext context = {.table = table,.varno = varno};

	return is_linear_expression(&context, node);
}

bool
pca_measure_is_never_null(const PcaTable *table, Index varno, Node *node)
{
	MeasureContext context = {.table = table,.varno = varno};

	return is_measure_var(&context, node) && !contains_nullable_measure(node, &context);
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
	return (aggref->aggfnoid == F_SUM_INT8 || aggref->aggfnoid == F_SUM_NUMERIC ||
			aggref->aggfnoid == F_SUM_FLOAT8) &&
		aggref->aggorder == NIL && aggref->aggdistinct == NIL &&
		!contains_measure((Node *) aggref->aggfilter, context) &&
		contains_measure((Node *) aggref->args, context) &&
		is_linear_expression(context, (Node *) linitial_node(TargetEntry, aggref->args)->expr);
}

/* ---- reasons ---- */

/*
 * Returns true if the expression is a sum or difference of linear expressions, whose
 * measures may be null: they need a reason of their own, because declaring them
 * NOT NULL would help.
 */
static bool
adds_nullable_measures(MeasureContext *context, Node *node)
{
	OpExpr	   *expr = (OpExpr *) node;

	if (!IsA(node, OpExpr) || list_length(expr->args) != 2)
		return false;
	switch (get_opcode(expr->opno))
	{
		case F_INT8PL:
		case F_INT8MI:
		case F_NUMERIC_ADD:
		case F_NUMERIC_SUB:
		case F_FLOAT8PL:
		case F_FLOAT8MI:
			return is_linear_expression(context, linitial(expr->args)) &&
				is_linear_expression(context, lsecond(expr->args));
		default:
			return false;
	}
}

/* The statement that declares the measures of the expression NOT NULL; NULL for those of a subquery. */
static const char *
make_not_null_statement(const MeasureContext *context, Node *node)
{
	List	   *columns = NIL;
	ListCell   *lc;

	foreach(lc, pull_var_clause(node, PVC_RECURSE_PLACEHOLDERS))
	{
		PcaColumn  *column;

		if (!is_measure_var(context, lfirst(lc)))
			continue;
		column = unconstify(PcaColumn *, pca_option_column(context->table, ((Var *) lfirst(lc))->varattno));
		if (!column->field)
			return NULL;
		if (!column->not_null)
			columns = list_append_unique_ptr(columns, column);
	}
	return pca_declaration_not_null(context->table, columns);
}

static const char *
nullable_sum_reason(const MeasureContext *context, Node *node)
{
	const char *statement = make_not_null_statement(context, node);

	return psprintf("sum(...) adds or subtracts measures that may be null: take the sums apart, or declare them NOT NULL%s%s",
					statement ? ": " : "", statement ? statement : "");
}

/* Tree walker: set context->reason if adding measures that may be null is not linear. */
static bool
find_nullable_sum(Node *node, MeasureContext *context)
{
	if (!node)
		return false;
	if (adds_nullable_measures(context, node) && contains_nullable_measure(node, context))
		context->reason = nullable_sum_reason(context, node);
	return context->reason != NULL || expression_tree_walker(node, find_nullable_sum, context);
}

/* Returns the reason why a product of a measure and another value is not linear; NULL if it is. */
static const char *
product_reason(MeasureContext *context, OpExpr *expr, bool is_numeric)
{
	Node	   *left = linitial(expr->args);
	Node	   *right = lsecond(expr->args);
	Node	   *factor = contains_measure(left, context) ? right : left;
	int64		value;

	if (contains_measure(factor, context))
		return "it multiplies measures by each other";
	if (is_numeric)
		return is_finite_numeric(factor) ? NULL :
			"the other factor may be NaN or infinite; cast it to a numeric with a precision, such as numeric(20,6)";
	if (IsA(factor, Const))
		return get_small_integer(factor, &value) ? NULL :
			psprintf("the constant is beyond %d, or is not a whole number; multiply the sum, or cast the measure to numeric",
					 MAX_MEASURE_FACTOR);
	return "the product of a group's sum and the other factor could overflow; cast the measure to numeric";
}

static const char *
measure_operator_reason(MeasureContext *context, OpExpr *expr)
{
	if (list_length(expr->args) != 2)
		return NULL;
	switch (get_opcode(expr->opno))
	{
		case F_INT8MUL:
		case F_INT84MUL:
		case F_INT82MUL:
		case F_INT48MUL:
		case F_INT28MUL:
		case F_FLOAT8MUL:
			return product_reason(context, expr, false);
		case F_NUMERIC_MUL:
			return product_reason(context, expr, true);
		case F_INT8DIV:
		case F_INT84DIV:
		case F_INT82DIV:
		case F_NUMERIC_DIV:
		case F_FLOAT8DIV:
			return "it divides the measure of each row; divide the sum";
		default:
			return NULL;
	}
}

/* Tree walker: set context->reason for the first calculation that is not linear and that can be written otherwise. */
static bool
find_nonlinear_reason(Node *node, MeasureContext *context)
{
	if (!node || !contains_measure(node, context))
		return false;
	if (IsA(node, OpExpr))
		context->reason = measure_operator_reason(context, (OpExpr *) node);
	if (IsA(node, FuncExpr))
		switch (((FuncExpr *) node)->funcid)
		{
			case F_INT4_INT8:
			case F_INT2_INT8:
			case F_INT4_NUMERIC:
			case F_INT2_NUMERIC:
				context->reason = "its type may not hold a group's sum; convert the sum, or cast to bigint";
				break;
		}
	return context->reason != NULL || expression_tree_walker(node, find_nonlinear_reason, context);
}

/* Returns what in a sum of a measure is not linear; NULL if it is not known. */
static const char *
find_sum_nonlinearity(const MeasureContext *context, Aggref *aggref)
{
	MeasureContext copy = *context;

	copy.reason = NULL;
	if (aggref->aggfilter && contains_measure((Node *) aggref->aggfilter, &copy))
		return "its FILTER tests the measure of each row";
	if (find_nonlinear_reason((Node *) linitial_node(TargetEntry, aggref->args)->expr, &copy))
		return copy.reason;
	return NULL;
}

static bool
is_sum(const Aggref *aggref)
{
	return list_length(aggref->args) == 1 && get_func_namespace(aggref->aggfnoid) == PG_CATALOG_NAMESPACE &&
		strcmp(get_func_name(aggref->aggfnoid), "sum") == 0;
}

/* Returns the reason why an aggregate that uses a measure needs each row of it. */
static const char *
measure_aggregate_reason(const MeasureContext *context, Aggref *aggref)
{
	const char *name = get_func_name(aggref->aggfnoid);
	const char *nonlinear = is_sum(aggref) ? find_sum_nonlinearity(context, aggref) : NULL;

	if (strcmp(name, "avg") == 0)
		nonlinear = context->needs_row_count ? "write sum(...) / count(*) if the measure is never null" :
			"it divides by the number of rows; calculate with sums";
	else if (!nonlinear && (aggref->aggfnoid == F_SUM_FLOAT8 || aggref->aggfnoid == F_SUM_FLOAT4))
		return "sum(...) adds up floating-point numbers, whose sum depends on the order of rows: convert the sum, not what is summed";
	return psprintf("%s(...) does more with a measure than adding it up%s%s", name,
					nonlinear ? ": " : "", nonlinear ? nonlinear : "");
}

/*
 * Tree walker: set context->reason for a column that reads a measure, or could, but is
 * not declared so.
 */
static bool
find_undeclared_measure(Node *node, MeasureContext *context)
{
	const PcaColumn *column;

	if (!node)
		return false;
	if (!IsA(node, Var))
		return expression_tree_walker(node, find_undeclared_measure, context);
	if (((Var *) node)->varno != (int) context->varno || ((Var *) node)->varlevelsup != 0)
		return false;
	column = pca_option_column(context->table, ((Var *) node)->varattno);
	if (!column || !column->field || column->measure)
		return false;
	if (column->field->measure)
		context->reason = psprintf("measure %s is declared %s, which may not hold a group's sum: %s", column->name,
								   format_type_with_typemod(column->type, column->typmod),
								   pca_declaration_column_type(context->table, column));
	else if (pca_declaration_has_own_fields(context->table) &&
			 (column->field->type == PCA_TYPE_BIGINT || column->field->type == PCA_TYPE_NUMERIC))
		context->reason = psprintf("%s is not declared a measure; if the API sums it: %s", column->name,
								   pca_declaration_option(context->table, column, false, "measure", "true"));
	return context->reason != NULL;
}

/* Returns the reason why an aggregate that uses no measure needs each row. */
static const char *
row_aggregate_reason(const MeasureContext *context, Aggref *aggref)
{
	MeasureContext copy = *context;

	copy.reason = NULL;
	if (is_sum(aggref) && find_undeclared_measure((Node *) aggref->args, &copy))
		return copy.reason;
	return psprintf("%s%s needs every row, not one for each group", get_func_name(aggref->aggfnoid),
					aggref->aggstar ? "(*)" : "(...)");
}

/* Returns the reason why the aggregate needs single rows; NULL if it does not. */
static const char *
aggregate_reason(MeasureContext *context, Aggref *aggref)
{
	bool		measure = contains_measure((Node *) aggref->args, context) ||
		contains_measure((Node *) aggref->aggdirectargs, context) ||
		contains_measure((Node *) aggref->aggfilter, context);

	if (aggref->aggdistinct != NIL || aggregate_ignores_duplicates(aggref->aggfnoid))
		return measure ? psprintf("%s(...) needs each row's measure, not a group's sum",
								  get_func_name(aggref->aggfnoid)) : NULL;
	if (is_sum_of_linear(context, aggref))
		return NULL;
	if (measure && is_sum(aggref) && find_nullable_sum((Node *) aggref->args, context))
		return context->reason;
	if (measure)
		return measure_aggregate_reason(context, aggref);
	if (context->needs_row_count)
	{
		*context->needs_row_count = true;
		return NULL;
	}
	return row_aggregate_reason(context, aggref);
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
pca_measure_reason(const PcaTable *table, Index varno, Node *node, bool *needs_row_count)
{
	MeasureContext context = {.table = table,.varno = varno,.needs_row_count = needs_row_count};

	(void) find_measure_reason(node, &context);
	return context.reason;
}
