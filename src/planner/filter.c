/*
 * filter.c
 *		Classifies conditions by how well the API can apply them.
 *
 * A clause becomes a filter expression that is exact or lossy, or is evaluated
 * locally, with a reason that EXPLAIN shows.  filter_expr.c writes its text.
 *
 * NOT is moved to the leaves: the argument "negated" says that the clause is
 * below an odd number of them.  A filter expression then has no NOT, so a row for
 * which it is unknown may be treated as one for which it is false, and a part of
 * an AND may be left out: the expression only becomes true of more rows.
 */
#include "postgres.h"

#include "catalog/pg_opfamily.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/constant_qual.h"
#include "planner/declaration.h"
#include "planner/filter.h"
#include "planner/filter_date.h"
#include "planner/filter_implied.h"
#include "planner/filter_pattern.h"

/*
 * Conditions are analyzed to this depth of nesting.  AND, OR, NOT and IS NOT
 * DISTINCT FROM count one level, COALESCE and NULLIF up to two, CASE three: the
 * limit allows 100 nested CASE expressions, where programs that translate nested
 * IFs write some dozens.  Each level reads everything below it, so the work is at
 * most that many times the size of the clause.
 */
#define MAX_CLAUSE_DEPTH	300

static PcaClause classify_node(PcaClauseContext *context, Node *clause, bool negated);

/* ---- leaves ---- */

/* Dates do not come here: see filter_date.c. */
static PcaLiteral
choose_literal(const PcaField *field)
{
	switch (field->type)
	{
		case PCA_TYPE_UUID:
			return PCA_LITERAL_GUID;
		case PCA_TYPE_BOOLEAN:
		case PCA_TYPE_BIGINT:
			return PCA_LITERAL_BARE;
		default:
			return PCA_LITERAL_STRING;
	}
}

/* The statement that declares that the API regards case; empty if the contrary is declared. */
static const char *
make_case_hint(const PcaClauseContext *context, const PcaColumn *column)
{
	if (column->known.string_comparison != PCA_STRINGS_UNKNOWN)
		return "";
	return psprintf("; if it regards case: %s",
					pca_shippable_option_statement(context, column, false, "string_comparison", "case_sensitive"));
}

/* Returns the reason why the API's comparison of texts or GUIDs may differ from PostgreSQL's. */
static const char *
inexact_comparison_reason(const PcaClauseContext *context, const PcaColumn *column)
{
	if (column->field->type == PCA_TYPE_TEXT)
		return psprintf("the API may ignore case when it compares %s (option string_comparison)%s",
						column->name, make_case_hint(context, column));
	return psprintf("the API may spell the GUIDs of %s in another way (option guid_spelling); if it compares all spellings as equal: %s",
					column->name, pca_shippable_option_statement(context, column, true, "guid_spelling", "any"));
}

/*
 * Compare the API's comparison with PostgreSQL's.  It is not known how the API
 * compares text (api-notes 3.4): an "eq" that ignores case returns too many rows,
 * which the recheck drops, but such a "ne" loses rows.  Nor is it known if a row
 * without a value satisfies "ne" (api-notes 3.7), which SQL denies, so "ne" is
 * exact only for a column that is never null.  A GUID is sent in both spellings
 * if its spelling is not known (api-notes 3.5).
 */
static PcaPushdownLevel
classify_operator(const PcaClauseContext *context, const PcaColumn *column, PcaOperator op, PcaClause *clause)
{
	bool		same_comparison;

	switch (column->field->type)
	{
		case PCA_TYPE_TEXT:
			same_comparison = column->field->case_sensitive ||
				column->known.string_comparison == PCA_STRINGS_CASE_SENSITIVE;
			break;
		case PCA_TYPE_UUID:
			same_comparison = column->known.guid_spelling != PCA_GUIDS_UNKNOWN;
			break;
		default:
			same_comparison = true;
			break;
	}
	if (same_comparison && (op == PCA_OP_EQ || column->not_null))
		return PCA_PUSHDOWN_EXACT;
	if (op == PCA_OP_NE && column->field->type == PCA_TYPE_TEXT && !same_comparison)
	{
		clause->reason = psprintf("the API's \"ne\" could drop rows whose %s differs only in case (option string_comparison)%s",
								  column->key, make_case_hint(context, column));
		return PCA_PUSHDOWN_LOCAL;
	}
	clause->inexact = same_comparison ?
		psprintf("rows without %s satisfy the API's \"ne\"; if there are none: %s", column->name,
				 pca_declaration_not_null(context->table, list_make1(unconstify(PcaColumn *, column)))) :
		inexact_comparison_reason(context, column);
	return PCA_PUSHDOWN_LOSSY;
}

/*
 * Classify "column op any of the values"; for "<>", op all of the values.
 * has_null: there is also a NULL among the values.
 */
static PcaClause
classify_column_comparison(const PcaClauseContext *context, const PcaColumn *column, PcaOperator op,
						   List *values, bool has_null)
{
	PcaClause	result = {0};

	/* "contains" and "starts_with" return at least the rows that are equal */
	if (op == PCA_OP_EQ && column->field && !(column->field->operators & PCA_OP_EQ) &&
		(column->field->operators & PCA_OPS_SEARCH))
		return pca_filter_pattern_search(context, column, values);
	result.reason = pca_shippable_column_reason(context, column, op);
	if (result.reason)
		return result;
	result.on_path = column->field->source == PCA_FROM_PATH;
	result.level = result.on_path ? PCA_PUSHDOWN_EXACT : classify_operator(context, column, op, &result);
	if (result.level == PCA_PUSHDOWN_LOCAL)
		return result;
	/* "<> all" is never true if one value is NULL; "= any" ignores that value */
	if (op == PCA_OP_NE && has_null)
		return pca_shippable_never();
	result.expr = pca_filter_expr_compare(column->field->name, op, choose_literal(column->field),
										  column->known.guid_spelling, values);
	return result;
}

/*
 * Returns the PcaOperator for a comparison of text, uuid, boolean or integers; 0 for
 * any other operator.
 */
static int
translate_filter_operator(Oid opno)
{
	switch (get_opcode(opno))
	{
		case F_TEXTEQ:
		case F_TEXTEQNAME:
		case F_NAMEEQTEXT:
		case F_UUID_EQ:
		case F_BOOLEQ:
			return PCA_OP_EQ;
		case F_TEXTNE:
		case F_TEXTNENAME:
		case F_NAMENETEXT:
		case F_UUID_NE:
		case F_BOOLNE:
			return PCA_OP_NE;
		default:
			return pca_shippable_operator(opno, INTEGER_BTREE_FAM_OID);
	}
}

/* The name by which a reason calls the operator: SQL writes "!~~" as NOT LIKE. */
static const char *
operator_display_name(Oid opno)
{
	switch (get_opcode(opno))
	{
		case F_TEXTNLIKE:
			return "NOT LIKE";
		case F_TEXTICNLIKE:
			return "NOT ILIKE";
		default:
			return get_opname(opno);
	}
}

/*
 * Returns the reason why the column cannot be compared by an operator that the API
 * does not have, or NULL.  If it cannot be filtered by its first operator, then by none.
 */
static const char *
unknown_operator_reason(const PcaClauseContext *context, const PcaColumn *column)
{
	int			operators = column->field ? column->field->operators : PCA_OPS_NONE;

	return pca_shippable_column_reason(context, column, operators & -operators);
}

/* The column that the expression is, or whose GUID it is as text; or NULL. */
static const PcaColumn *
find_compared_column(const PcaClauseContext *context, Node *node)
{
	const PcaColumn *column = pca_shippable_column(context, node);

	return column ? column : pca_shippable_guid_as_text(context, node);
}

static PcaClause
classify_comparison(PcaClauseContext *context, OpExpr *clause, bool negated)
{
	Node	   *left = linitial(clause->args);
	Node	   *right = list_length(clause->args) == 2 ? lsecond(clause->args) : NULL;
	const PcaColumn *column = find_compared_column(context, left);
	int			op = translate_filter_operator(clause->opno);
	const char *reason;
	bool		has_null = false;
	List	   *values;

	if (!column && right)
	{
		column = find_compared_column(context, right);
		right = left;
		op = OidIsValid(get_commutator(clause->opno)) ? translate_filter_operator(get_commutator(clause->opno)) : 0;
	}
	if (!column || !right)
		return pca_shippable_local(pca_shippable_expression_reason(context, (Node *) clause));
	reason = pca_shippable_value_reason(context, right);
	if (!reason && !op)
	{
		reason = unknown_operator_reason(context, column);
		if (!reason)
			reason = psprintf("the API has no operator \"%s\" for %s",
							  operator_display_name(clause->opno), column->key);
	}
	if (!reason)
		reason = pca_shippable_collation_reason(clause->inputcollid);
	if (reason)
		return pca_shippable_local(reason);
	values = pca_shippable_add_scalar(context, NIL, right, &has_null);
	if (has_null)
		return classify_column_comparison(context, column, pca_shippable_negate_operator(op, negated), NIL, true);
	return classify_column_comparison(context, column, pca_shippable_negate_operator(op, negated), values, false);
}

static PcaClause
classify_array_comparison(PcaClauseContext *context, ScalarArrayOpExpr *clause, bool negated)
{
	const PcaColumn *column = find_compared_column(context, linitial(clause->args));
	Node	   *array = lsecond(clause->args);
	int			op = translate_filter_operator(clause->opno);
	const char *reason;
	bool		has_null = false;
	List	   *values;

	if (!column)
		return pca_shippable_local(pca_shippable_expression_reason(context, (Node *) clause));
	reason = pca_shippable_value_reason(context, array);
	if (!reason)
		reason = pca_shippable_collation_reason(clause->inputcollid);
	if (!reason && !op)
		reason = unknown_operator_reason(context, column);
	if (!reason && op != (clause->useOr ? PCA_OP_EQ : PCA_OP_NE))
		reason = psprintf("the API has no \"%s %s\"", get_opname(clause->opno),
						  clause->useOr ? "ANY" : "ALL");
	if (reason)
		return pca_shippable_local(reason);
	values = pca_shippable_add_array(context, NIL, array, &has_null);
	return classify_column_comparison(context, column, pca_shippable_negate_operator(op, negated), values, has_null);
}

/* Classify "column" or "NOT column". */
static PcaClause
classify_boolean_column(const PcaClauseContext *context, Node *node, bool wanted)
{
	const PcaColumn *column = pca_shippable_column(context, node);
	PcaValue   *value = palloc0(sizeof(PcaValue));

	if (!column)
		return pca_shippable_local(pca_shippable_expression_reason(context, node));
	value->text = wanted ? "true" : "false";
	return classify_column_comparison(context, column, PCA_OP_EQ, list_make1(value), false);
}

static PcaClause
classify_boolean_test(const PcaClauseContext *context, BooleanTest *test, bool negated)
{
	if (!negated && test->booltesttype == IS_TRUE)
		return classify_boolean_column(context, (Node *) test->arg, true);
	if (!negated && test->booltesttype == IS_FALSE)
		return classify_boolean_column(context, (Node *) test->arg, false);
	return pca_shippable_local("the API has no test for null");
}

/*
 * Classify a condition without a column of the table.  It is the same for all
 * rows and evaluated before the first request: if it is false, no request is
 * sent.
 */
static PcaClause
classify_pseudoconstant(PcaClauseContext *context, Node *clause, bool negated)
{
	const char *reason = pca_shippable_value_reason(context, clause);
	bool		has_null = false;
	List	   *values;

	if (reason)
		return pca_shippable_local(reason);
	if (negated)
		clause = (Node *) make_notclause((Expr *) clause);
	values = pca_shippable_add_scalar(context, NIL, clause, &has_null);
	if (has_null)
		return pca_shippable_never();
	return (PcaClause)
	{
		.level = PCA_PUSHDOWN_EXACT,.expr = pca_filter_expr_pseudoconstant(linitial(values))
	};
}

/* ---- trees ---- */

/* Classify each argument of AND or OR; returns PcaClause *. */
static List *
classify_args(PcaClauseContext *context, List *args, bool negated)
{
	List	   *results = NIL;
	ListCell   *lc;

	foreach(lc, args)
	{
		PcaClause  *result = palloc(sizeof(PcaClause));

		*result = classify_node(context, lfirst(lc), negated);
		results = lappend(results, result);
	}
	return results;
}

/*
 * Returns true if the expression refers to no field, so that it is valid in the
 * filter as well as in the choice of days.  Takes every kind.
 */
static bool
expr_has_no_field(const PcaFilterExpr *expr)
{
	PcaFilterExprKind kind = pca_filter_expr_kind(expr);

	return kind == PCA_FILTER_EXPR_PSEUDOCONSTANT || (kind == PCA_FILTER_EXPR_OR && pca_filter_expr_args(expr) == NIL);
}

/*
 * Returns true if the arguments together choose days, and nothing else.
 * all_required: they are those of an OR, of which none may be left out.
 */
static bool
are_snapshot_conditions(List *results, bool all_required)
{
	bool		found = false;
	ListCell   *lc;

	foreach(lc, results)
	{
		const PcaClause *result = lfirst(lc);

		if (!result->on_snapshot && (result->expr ? !expr_has_no_field(result->expr) : all_required))
			return false;
		found = found || result->on_snapshot;
	}
	return found;
}

/*
 * Returns the reason why the condition cannot be an argument of AND or OR; NULL
 * if it can.  The path and the days are not part of the filter, so a condition
 * on them is sent on its own; conditions on the days alone may be combined.  The
 * resource with "starts_with" takes one condition (api-notes 2.13).  on_snapshot:
 * all arguments are on the days.  Takes expressions of every kind.
 */
static const char *
nested_condition_reason(const PcaClause *clause, bool on_snapshot)
{
	if (clause->on_path || (clause->on_snapshot && !on_snapshot))
		return "a condition on the path or the day cannot be part of another";
	if (clause->expr && pca_filter_expr_compares_by(clause->expr, PCA_OP_STARTS_WITH))
		return "the API's \"starts_with\" cannot be part of another condition";
	return NULL;
}

/*
 * Arguments that cannot be sent are left out; the level is lossy then.  The reason
 * is that of the first of them.
 */
static PcaClause
classify_and(PcaClauseContext *context, List *args, bool negated)
{
	PcaClause	result = {.level = PCA_PUSHDOWN_EXACT};
	List	   *results = classify_args(context, args, negated);
	List	   *exprs = NIL;
	ListCell   *lc;

	result.on_snapshot = are_snapshot_conditions(results, false);
	foreach(lc, results)
	{
		PcaClause	arg = *(PcaClause *) lfirst(lc);

		if (nested_condition_reason(&arg, result.on_snapshot))
			arg = pca_shippable_local(nested_condition_reason(&arg, result.on_snapshot));
		if (!result.reason)
			result.reason = arg.reason;
		if (!result.inexact)
			result.inexact = arg.inexact ? arg.inexact : arg.reason;
		if (arg.expr)
			exprs = lappend(exprs, arg.expr);
		result.level = Min(result.level, arg.level);
	}
	if (exprs == NIL)
		return pca_shippable_local(result.reason);
	result.level = Max(result.level, PCA_PUSHDOWN_LOSSY);
	result.expr = pca_filter_expr_and(exprs);
	return result;
}

/* An OR without one of its arguments would lose rows: all of them are sent, or none. */
static PcaClause
classify_or(PcaClauseContext *context, List *args, bool negated)
{
	PcaClause	result = {.level = PCA_PUSHDOWN_EXACT};
	List	   *results = classify_args(context, args, negated);
	List	   *exprs = NIL;
	ListCell   *lc;

	result.on_snapshot = are_snapshot_conditions(results, true);
	foreach(lc, results)
	{
		PcaClause	arg = *(PcaClause *) lfirst(lc);

		if (nested_condition_reason(&arg, result.on_snapshot))
			return pca_shippable_local(nested_condition_reason(&arg, result.on_snapshot));
		if (!arg.expr)
			return pca_shippable_local(arg.reason);
		if (!result.reason)
			result.reason = arg.reason;
		if (!result.inexact)
			result.inexact = arg.inexact;
		exprs = lappend(exprs, arg.expr);
		result.level = Min(result.level, arg.level);
	}
	result.expr = pca_filter_expr_or(exprs);
	return result;
}

/*
 * Classify a condition on CASE, COALESCE or NULLIF by the simpler condition that
 * it implies.  Returns false if there is none.  Not to be used below NOT: what a
 * condition implies says nothing about the rows for which it is false.
 */
static bool
classify_implied(PcaClauseContext *context, Node *clause, PcaClause *result)
{
	Node	   *implied;

	if (!pca_filter_implied_find(context, clause, &implied))
		return false;
	*result = implied ? classify_node(context, implied, false) : pca_shippable_never();
	result->level = Min(result->level, PCA_PUSHDOWN_LOSSY);
	return true;
}

/*
 * "IS NOT DISTINCT FROM constant" is true for the same rows as "= constant".
 * With NULL or an expression that may be NULL, it is also true of nulls, which
 * the API cannot compare (api-notes 3.7).
 */
static PcaClause
classify_distinct(PcaClauseContext *context, DistinctExpr *clause, bool negated)
{
	Const	   *constant = lsecond(clause->args);
	OpExpr	   *equal;

	if (!negated || !IsA(constant, Const) || constant->constisnull)
		return pca_shippable_local("the API has no IS DISTINCT FROM");
	equal = makeNode(OpExpr);
	*equal = *clause;
	equal->xpr.type = T_OpExpr;
	return classify_node(context, (Node *) equal, false);
}

static PcaClause
classify_by_node_type(PcaClauseContext *context, Node *clause, bool negated)
{
	PcaClause	result;

	if (!pca_shippable_uses_table(clause, context))
		return classify_pseudoconstant(context, clause, negated);
	clause = pca_shippable_strip_relabel(clause);
	if (!negated && classify_implied(context, clause, &result))
		return result;
	if (pca_filter_pattern_classify(context, clause, negated, &result) ||
		pca_filter_date_classify(context, clause, negated, &result))
		return result;
	switch (nodeTag(clause))
	{
		case T_BoolExpr:
			{
				BoolExpr   *tree = (BoolExpr *) clause;

				if (tree->boolop == NOT_EXPR)
					return classify_node(context, linitial(tree->args), !negated);
				if ((tree->boolop == AND_EXPR) != negated)
					return classify_and(context, tree->args, negated);
				return classify_or(context, tree->args, negated);
			}
		case T_OpExpr:
			return classify_comparison(context, (OpExpr *) clause, negated);
		case T_ScalarArrayOpExpr:
			return classify_array_comparison(context, (ScalarArrayOpExpr *) clause, negated);
		case T_Var:
			return classify_boolean_column(context, clause, !negated);
		case T_BooleanTest:
			return classify_boolean_test(context, (BooleanTest *) clause, negated);
		case T_NullTest:
			return pca_shippable_local("the API has no test for null");
		case T_DistinctExpr:
			return classify_distinct(context, (DistinctExpr *) clause, negated);
		default:
			return pca_shippable_local(pca_shippable_expression_reason(context, clause));
	}
}

static PcaClause
classify_node(PcaClauseContext *context, Node *clause, bool negated)
{
	PcaClause	result;

	check_stack_depth();
	if (context->depth == MAX_CLAUSE_DEPTH)
		return pca_shippable_local("it is nested too deeply");
	context->depth++;
	result = classify_by_node_type(context, clause, negated);
	context->depth--;
	return result;
}

PcaClause
pca_filter_classify(const PcaTable *table, Index varno, Expr *clause, List **params)
{
	PcaStatementCache statements = {0};
	PcaClauseContext context = {.table = table,.varno = varno,.params = params,.statements = &statements};

	return classify_node(&context, pca_constant_qual_simplify(NULL, table, varno, (Node *) clause), false);
}
