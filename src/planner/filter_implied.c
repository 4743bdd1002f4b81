/*
 * filter_implied.c
 *		Which simpler condition does a condition imply?
 *
 * Reports write COALESCE(column, '') = 'x', or compare the name that a CASE
 * gives to some values.  Such an expression is one of a few others, some of them
 * constants: those that cannot satisfy the condition leave the rest.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "planner/filter_implied.h"

/*
 * How many choices are tried for one condition: where both sides of a comparison
 * have choices, each of one side meets each of the other.  A CASE that names all
 * products of a catalog has some thousand.
 */
#define MAX_CHOICES	10000

/* What an expression may be, and on which condition; NULL: on any. */
typedef struct Choice
{
	Node	   *condition;
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
 * Whether a value stands in the expression that is known only at execution:
 * finding it may be an error, from which CASE and COALESCE protect.
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

/* Whether it is one of the expressions that are taken apart. */
static bool
is_choice_expression(Node *node)
{
	return IsA(node, CoalesceExpr) || IsA(node, NullIfExpr) ||
		(IsA(node, CaseExpr) && !((CaseExpr *) node)->arg);
}

/*
 * All that the expression may be, but for NULL; NIL when that is not known, and
 * for an expression without columns, which is a value.
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

/* The comparison with other arguments, which are not copied. */
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
 * The arguments, with a parameter of that number in place of each that is no
 * constant: simplifying copies what it is given, which may be large.
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

/* The expression with the arguments again. */
static Node *
restore_args_mutator(Node *node, List *args)
{
	if (!node)
		return NULL;
	if (IsA(node, Param))
		return list_nth(args, ((Param *) node)->paramid);
	return expression_tree_mutator(node, restore_args_mutator, args);
}

/* The expression without what is constant in it. */
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

/* The condition with that value in place of the argument. */
static Node *
apply_choice(Node *clause, List *args, int arg_index, Node *value)
{
	List	   *replaced = list_copy(args);

	lfirst(list_nth_cell(replaced, arg_index)) = value;
	/* a long list of constants is copied only where it makes a difference */
	if (IsA(clause, ScalarArrayOpExpr) && !IsA(value, Const))
		return copy_with_args(clause, replaced);
	return restore_args_mutator(simplify_condition(copy_with_args(clause, replace_args_by_params(replaced))), replaced);
}

/*
 * Add what is true where the choice satisfies the condition, of which test is
 * left with it; false when that may be anywhere.
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

/* args NIL: the condition is the choice itself. */
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
 * Whether the operator is not true of NULL, and raises no error for a value that
 * no row may come to.
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

		/* NULL is unlike all of no values. */
		return array_op->useOr && is_strict_and_leakproof(array_op->opno) &&
			find_implied_by_choices(context, clause, array_op->args, 0, implied);
	}
	return find_implied_by_choices(context, clause, NIL, 0, implied);
}
