/*
 * filter_implied.c
 *		Finds the condition on columns that a condition on CASE, COALESCE or
 *		NULLIF implies.
 *
 * Programs that write reports generate COALESCE(column, '') = 'x', or compare the
 * result of a CASE that names some values.  The value of such an expression is
 * that of one of its alternatives.  The condition is evaluated for each alternative
 * that is a constant.  Those that cannot satisfy it are left out, and the others
 * are joined by OR.  A row that satisfies the condition satisfies the result too,
 * but not the reverse: COALESCE may have returned an earlier argument.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "planner/filter_implied.h"

/*
 * At most this many alternatives are tried for one clause.  If both sides of a
 * comparison have alternatives, their number is the product.  A CASE that names
 * all products of a catalog has about a thousand.
 */
#define MAX_CHOICES	10000

/* A value that an expression may have. */
typedef struct Choice
{
	Node	   *condition;		/* true if it has that value, or NULL if that
								 * is not known */
	Node	   *value;
} Choice;

static List *
add_choice(List *choices, void *condition, void *value)
{
	Choice	   *choice = palloc(sizeof(Choice));

	*choice = (Choice)
	{
		condition, value
	};
	return lappend(choices, choice);
}

/*
 * Returns true if the expression contains a value that is known only at execution.
 * Values that are sent are evaluated before the scan starts, and some evaluations
 * raise errors that CASE or COALESCE would prevent.
 */
static bool
has_execution_time_value(Node *node, Index *varno)
{
	if (!node)
		return false;
	if (IsA(node, Param) || (IsA(node, Var) && ((Var *) node)->varno != (int) *varno))
		return true;
	return expression_tree_walker(node, has_execution_time_value, varno);
}

/*
 * "CASE argument WHEN" is left out: its conditions contain CaseTestExpr nodes, which
 * have a meaning only inside of it.
 */
static bool
is_choice_expression(Node *node)
{
	return IsA(node, CoalesceExpr) || IsA(node, NullIfExpr) ||
		(IsA(node, CaseExpr) && !((CaseExpr *) node)->arg);
}

/*
 * Returns the values (Choice *) that the expression may have, other than NULL; NIL
 * if they are not known, and for an expression without columns, which is a value
 * itself.
 */
static List *
list_choices(PcaClauseContext *context, Node *node)
{
	List	   *choices = NIL;
	ListCell   *lc;

	node = pca_shippable_strip_relabel(node);
	if (!is_choice_expression(node) || !pca_shippable_uses_table(node, context) ||
		has_execution_time_value(node, &context->varno) || contain_mutable_functions(node))
		return NIL;
	if (IsA(node, CoalesceExpr))
		foreach(lc, ((CoalesceExpr *) node)->args)
			choices = add_choice(choices, NULL, lfirst(lc));
	else if (IsA(node, NullIfExpr))
		choices = add_choice(NIL, NULL, linitial(((NullIfExpr *) node)->args));
	else
	{
		CaseExpr   *expr = (CaseExpr *) node;

		foreach(lc, expr->args)
			choices = add_choice(choices, lfirst_node(CaseWhen, lc)->expr,
								 lfirst_node(CaseWhen, lc)->result);
		if (expr->defresult)
			choices = add_choice(choices, NULL, expr->defresult);
	}
	return choices;
}

/* ---- the condition with a choice ---- */

/* Returns a copy of the comparison with other arguments, which are not copied. */
static Node *
copy_with_args(Node *clause, List *args)
{
	if (IsA(clause, OpExpr))
	{
		OpExpr	   *copy = makeNode(OpExpr);

		*copy = *(OpExpr *) clause;
		copy->args = args;
		return (Node *) copy;
	}
	else
	{
		ScalarArrayOpExpr *copy = makeNode(ScalarArrayOpExpr);

		*copy = *(ScalarArrayOpExpr *) clause;
		copy->args = args;
		return (Node *) copy;
	}
}

/*
 * Returns the arguments with a Param in place of each that is not a constant.  Its
 * paramid is the position of the argument.  eval_const_expressions() would copy
 * the arguments, which may be large, once for each alternative.
 */
static List *
replace_args_by_params(List *args)
{
	List	   *hidden = NIL;
	ListCell   *lc;

	foreach(lc, args)
	{
		Node	   *arg = lfirst(lc);
		Param	   *param;

		if (IsA(arg, Const))
		{
			hidden = lappend(hidden, arg);
			continue;
		}
		param = makeNode(Param);
		param->paramkind = PARAM_EXEC;
		param->paramid = foreach_current_index(lc);
		param->paramtype = exprType(arg);
		param->paramtypmod = exprTypmod(arg);
		param->paramcollid = exprCollation(arg);
		param->location = -1;
		hidden = lappend(hidden, param);
	}
	return hidden;
}

/* Put the arguments in place of the Params of replace_args_by_params(). */
static Node *
restore_args_mutator(Node *node, List *args)
{
	if (!node)
		return NULL;
	if (IsA(node, Param))
		return list_nth(args, ((Param *) node)->paramid);
	return expression_tree_mutator(node, restore_args_mutator, args);
}

/* Evaluate constant expressions.  What eval_const_expressions() allocates meanwhile is freed. */
static Node *
simplify_condition(Node *node)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "pc_analytics_fdw condition",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);

	node = eval_const_expressions(NULL, node);
	MemoryContextSwitchTo(caller);
	node = copyObject(node);
	MemoryContextDelete(scratch);
	return node;
}

/* Returns the condition with that value in place of the argument, simplified. */
static Node *
apply_choice(Node *clause, List *args, int arg_index, Node *value)
{
	List	   *replaced = list_copy(args);

	lfirst(list_nth_cell(replaced, arg_index)) = value;
	/* avoid copying a long list of constants if it cannot be evaluated */
	if (IsA(clause, ScalarArrayOpExpr) && !IsA(value, Const))
		return copy_with_args(clause, replaced);
	return restore_args_mutator(simplify_condition(copy_with_args(clause, replace_args_by_params(replaced))), replaced);
}

/*
 * Add the condition for rows where the expression has the value of the choice and
 * satisfies test, which is the clause with that value.  Nothing is added if no
 * such row satisfies it.  Returns false if every such row does, and it is not known which
 * rows these are: then the clause implies nothing.
 */
static bool
add_implied_arm(List **arms, const Choice *choice, Node *test)
{
	if (!IsA(test, Const))
		*arms = lappend(*arms, choice->condition ?
						makeBoolExpr(AND_EXPR, list_make2(choice->condition, test), -1) : (Expr *) test);
	else if (!((Const *) test)->constisnull && DatumGetBool(((Const *) test)->constvalue))
	{
		if (!choice->condition)
			return false;
		*arms = lappend(*arms, choice->condition);
	}
	return true;
}

/*
 * Find the implied condition by the alternatives of one argument of the clause.  args
 * NIL: those of the clause itself, which is boolean.
 */
static bool
find_implied_by_choices(PcaClauseContext *context, Node *clause, List *args, int arg_index, Node **implied)
{
	List	   *choices = list_choices(context, args ? list_nth(args, arg_index) : clause);
	List	   *arms = NIL;
	ListCell   *lc;

	context->choices += list_length(choices);
	if (context->choices > MAX_CHOICES)
		return false;
	foreach(lc, choices)
	{
		Choice	   *choice = lfirst(lc);

		if (!add_implied_arm(&arms, choice, args ? apply_choice(clause, args, arg_index, choice->value) :
							 choice->value))
			return false;
	}
	*implied = arms == NIL ? NULL : list_length(arms) == 1 ? linitial(arms) :
		(Node *) makeBoolExpr(OR_EXPR, arms, -1);
	return choices != NIL;
}

/*
 * A strict operator is not true of NULL, for which there is no choice.  A leakproof
 * one raises no error for a constant with which PostgreSQL might never compare.
 */
static bool
is_strict_and_leakproof(Oid opno)
{
	return op_strict(opno) && get_func_leakproof(get_opcode(opno));
}

bool
pca_filter_implied_find(PcaClauseContext *context, Node *clause, Node **implied)
{
	if (context->choices > MAX_CHOICES)
		return false;
	if (IsA(clause, OpExpr))
	{
		List	   *args = ((OpExpr *) clause)->args;

		return is_strict_and_leakproof(((OpExpr *) clause)->opno) &&
			(find_implied_by_choices(context, clause, args, 0, implied) ||
			 (list_length(args) == 2 && find_implied_by_choices(context, clause, args, 1, implied)));
	}
	if (IsA(clause, ScalarArrayOpExpr))
	{
		ScalarArrayOpExpr *array_op = (ScalarArrayOpExpr *) clause;

		/* "<> ALL" of an empty array is true even of NULL */
		return array_op->useOr && is_strict_and_leakproof(array_op->opno) &&
			find_implied_by_choices(context, clause, array_op->args, 0, implied);
	}
	return find_implied_by_choices(context, clause, NIL, 0, implied);
}
