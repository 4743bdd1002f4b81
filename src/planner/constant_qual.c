/*
 * constant_qual.c
 *		Decides conditions on constant columns when planning.
 *
 * A column with the option "constant" has the same value in all rows.  With that
 * value, a condition may become true, false, or a condition on other columns.  If it
 * becomes false, the relation is empty: a branch of UNION ALL or a partition is then
 * left out of the plan.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"

#include "compat.h"
#include "planner/constant_qual.h"

typedef struct ConstantContext
{
	const PcaTable *table;
	Index		varno;
	bool		found;
} ConstantContext;

static bool
has_constant_column(const PcaTable *table)
{
	for (int attnum = 1; attnum <= table->natts; attnum++)
	{
		const PcaColumn *column = pca_option_column(table, attnum);

		if (column && column->constant)
			return true;
	}
	return false;
}

/* Returns the constant column that the node is, or NULL. */
static const PcaColumn *
find_constant_column(Node *node, const ConstantContext *context)
{
	Var		   *var = (Var *) node;
	const PcaColumn *column;

	if (!IsA(node, Var) || var->varno != (int) context->varno || var->varlevelsup != 0)
		return NULL;
	column = pca_option_column(context->table, var->varattno);
	return column && column->constant ? column : NULL;
}

static Node *
replace_constant_columns(Node *node, ConstantContext *context)
{
	const PcaColumn *column;
	int16		typlen;
	bool		typbyval;

	if (!node)
		return NULL;
	column = find_constant_column(node, context);
	if (!column)
		return expression_tree_mutator(node, replace_constant_columns, context);
	context->found = true;
	get_typlenbyval(column->type, &typlen, &typbyval);
	return (Node *) makeConst(column->type, column->typmod, ((Var *) node)->varcollid, typlen,
							  column->constant_value, false, typbyval);
}

Node *
pca_constant_qual_simplify(PlannerInfo *root, const PcaTable *table, Index varno, Node *node)
{
	ConstantContext context = {.table = table,.varno = varno};
	Node	   *replaced;

	if (!has_constant_column(table))
		return node;
	replaced = replace_constant_columns(node, &context);
	return context.found ? eval_const_expressions(root, replaced) : node;
}

/*
 * Add a simplified clause, or each part of an AND, to the list.  Returns false if it
 * is false or NULL.
 */
static bool
add_simplified_clause(PlannerInfo *root, List **infos, const RestrictInfo *info, Node *clause)
{
	ListCell   *lc;

	foreach(lc, make_ands_implicit((Expr *) clause))
	{
		Const	   *constant = lfirst(lc);

		if (IsA(constant, Const) && (constant->constisnull || !DatumGetBool(constant->constvalue)))
			return false;
		if (!IsA(constant, Const))
			*infos = lappend(*infos, pca_compat_make_restrictinfo(root, lfirst(lc), info));
	}
	return true;
}

bool
pca_constant_qual_apply(PlannerInfo *root, RelOptInfo *rel, const PcaTable *table)
{
	List	   *infos = NIL;
	ListCell   *lc;

	if (!has_constant_column(table))
		return true;
	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);
		Node	   *clause = pca_constant_qual_simplify(root, table, rel->relid, (Node *) info->clause);

		if (clause == (Node *) info->clause)
			infos = lappend(infos, info);
		else if (!add_simplified_clause(root, &infos, info, clause))
			return false;
	}
	rel->baserestrictinfo = infos;
	return true;
}
