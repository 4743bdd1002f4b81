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

#include "planner/filter_implied.h"
#include "planner/shippable.h"

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
has_late_value(Node *node, Index *varno)
{
	if (!node)
		return false;
	if (IsA(node, Param) || (IsA(node, Var) && ((Var *) node)->varno != (int) *varno))
		return true;
	return expression_tree_walker(node, has_late_value, varno);
}

/*
 * All that the expression may be, but for NULL; NIL when that is not known, and
 * for an expression without columns, which is a value.
 */
static List *
choices_of(Index varno, Node *node)
{
	Bitmapset  *used = NULL;
	List	   *choices = NIL;
	ListCell   *lc;

	node = pca_shippable_strip_relabel(node);
	pull_varattnos(node, varno, &used);
	if (bms_is_empty(used) || has_late_value(node, &varno) || contain_mutable_functions(node))
		return NIL;
	if (IsA(node, CoalesceExpr))
		foreach(lc, ((CoalesceExpr *) node)->args)
			choices = add_choice(choices, NULL, lfirst(lc));
	else if (IsA(node, NullIfExpr))
		choices = add_choice(NIL, NULL, linitial(((NullIfExpr *) node)->args));
	else if (IsA(node, CaseExpr) && !((CaseExpr *) node)->arg)
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

/* The condition with that value in place of the argument. */
static Node *
with_value(Node *clause, List *args, int place, Node *value)
{
	Node	   *copy = copyObject(clause);
	List	   *replaced = list_copy(args);

	lfirst(list_nth_cell(replaced, place)) = value;
	if (IsA(copy, OpExpr))
		((OpExpr *) copy)->args = replaced;
	else
		((ScalarArrayOpExpr *) copy)->args = replaced;
	return eval_const_expressions(NULL, copy);
}

/*
 * Add what is true where the choice satisfies the condition, of which test is
 * left with it; false when that may be anywhere.
 */
static bool
add_arm(List **arms, const Choice *choice, Node *test)
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
imply_of(Index varno, Node *clause, List *args, int place, Node **implied)
{
	List	   *choices = choices_of(varno, args ? list_nth(args, place) : clause);
	List	   *arms = NIL;
	ListCell   *lc;

	foreach(lc, choices)
	{
		Choice	   *choice = lfirst(lc);

		if (!add_arm(&arms, choice, args ? with_value(clause, args, place, choice->value) :
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
is_harmless(Oid opno)
{
	return op_strict(opno) && get_func_leakproof(get_opcode(opno));
}

bool
pca_filter_implied_find(Index varno, Node *clause, Node **implied)
{
	if (IsA(clause, OpExpr))
	{
		List	   *args = ((OpExpr *) clause)->args;

		return is_harmless(((OpExpr *) clause)->opno) &&
			(imply_of(varno, clause, args, 0, implied) ||
			 (list_length(args) == 2 && imply_of(varno, clause, args, 1, implied)));
	}
	if (IsA(clause, ScalarArrayOpExpr))
	{
		ScalarArrayOpExpr *any = (ScalarArrayOpExpr *) clause;

		/* NULL is unlike all of no values. */
		return any->useOr && is_harmless(any->opno) &&
			imply_of(varno, clause, any->args, 0, implied);
	}
	return imply_of(varno, clause, NIL, 0, implied);
}
