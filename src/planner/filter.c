/*
 * filter.c
 *		Which clauses can the API apply, and how well?
 *
 * A clause becomes a term, exact or superset, or stays local with a reason in
 * words.  How terms are written is request.c's question.  NOT is moved to the
 * leaves here, so that a term need only be right where it is true.
 */
#include "postgres.h"

#include "catalog/pg_opfamily.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/filter.h"
#include "planner/filter_date.h"
#include "planner/filter_implied.h"
#include "planner/filter_text.h"

/*
 * How many conditions inside of one another are analyzed.  AND, OR, NOT and IS
 * NOT DISTINCT FROM count one level, COALESCE and NULLIF up to two, CASE three:
 * there is room for 100 CASE expressions, where programs that translate nested
 * IFs write some dozens.  What is below a condition is read at each level, so the
 * work is at most that many times the size of the whole.
 */
#define MOST_DEPTH	300

static PcaClause judge_node(PcaClauseContext *judge, Node *clause, bool negated);

/* ---- leaves ---- */

static PcaLiteral
literal_of(const PcaField *field)
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

/*
 * How well the API's own comparison does what PostgreSQL's does.  Its "ne"
 * keeps nulls, which SQL drops; where the case rule of strings is not known
 * to be PostgreSQL's, its "ne" may drop rows that SQL keeps.
 */
static PcaPushdownLevel
level_of(const PcaColumn *column, PcaOperator op, const char **reason)
{
	bool		same_rule;

	switch (column->field->type)
	{
		case PCA_TYPE_TEXT:
			same_rule = column->field->case_sensitive ||
				column->known.string_comparison == PCA_STRINGS_CASE_SENSITIVE;
			break;
		case PCA_TYPE_UUID:
			same_rule = column->known.guid_spelling != PCA_GUIDS_UNKNOWN;
			break;
		default:
			same_rule = true;
			break;
	}
	if (op == PCA_OP_EQ)
		return same_rule ? PCA_PUSHDOWN_EXACT : PCA_PUSHDOWN_LOSSY;
	if (column->field->type == PCA_TYPE_TEXT && !same_rule)
	{
		*reason = psprintf("the API's \"ne\" could drop rows whose %s differs only in case (option string_comparison)",
						   column->key);
		return PCA_PUSHDOWN_LOCAL;
	}
	return same_rule && column->not_null ? PCA_PUSHDOWN_EXACT : PCA_PUSHDOWN_LOSSY;
}

/* "column op any of values"; null: one of them is NULL. */
static PcaClause
leaf(const PcaClauseContext *judge, const PcaColumn *column, PcaOperator op,
	 List *values, bool null)
{
	PcaClause	result = {0};

	/* What can only be searched for is searched for, and checked. */
	if (op == PCA_OP_EQ && column->field && !(column->field->operators & PCA_OP_EQ) &&
		(column->field->operators & PCA_OPS_SEARCH))
		return pca_filter_text_search(judge, column, values);
	result.reason = pca_shippable_column_reason(judge, column, op);
	if (result.reason)
		return result;
	result.on_path = column->field->source == PCA_FROM_PATH;
	result.level = result.on_path ? PCA_PUSHDOWN_EXACT : level_of(column, op, &result.reason);
	if (result.level == PCA_PUSHDOWN_LOCAL)
		return result;
	if (op == PCA_OP_NE && null)
		return pca_shippable_never();
	result.term = pca_filter_expr_compare(column->field->name, op, literal_of(column->field),
										  column->known.guid_spelling, values);
	return result;
}

/* The API's operator for a PostgreSQL comparison, 0 for any other function. */
static int
operator_of(Oid opno)
{
	switch (get_opcode(opno))
	{
		case F_TEXTEQ:
		case F_UUID_EQ:
		case F_BOOLEQ:
			return PCA_OP_EQ;
		case F_TEXTNE:
		case F_UUID_NE:
		case F_BOOLNE:
			return PCA_OP_NE;
		default:
			return pca_shippable_operator(opno, INTEGER_BTREE_FAM_OID);
	}
}

/* How the operator is written by people. */
static const char *
words_of(Oid opno)
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

/* The column that is compared, as it is or, where it is a GUID, as text. */
static const PcaColumn *
compared_column(const PcaClauseContext *judge, Node *node)
{
	const PcaColumn *column = pca_shippable_column(judge, node);

	return column ? column : pca_shippable_guid_as_text(judge, node);
}

static PcaClause
judge_comparison(PcaClauseContext *judge, OpExpr *clause, bool negated)
{
	Node	   *left = linitial(clause->args);
	Node	   *right = list_length(clause->args) == 2 ? lsecond(clause->args) : NULL;
	const PcaColumn *column = compared_column(judge, left);
	int			op = operator_of(clause->opno);
	const char *fault;
	bool		null = false;
	List	   *values;

	if (!column && right)
	{
		column = compared_column(judge, right);
		right = left;
		op = OidIsValid(get_commutator(clause->opno)) ? operator_of(get_commutator(clause->opno)) : 0;
	}
	if (!column || !right)
		return pca_shippable_local(pca_shippable_expression_reason(judge, (Node *) clause));
	fault = pca_shippable_value_reason(judge, right);
	if (!fault && !op)
	{
		int			can = column->field ? column->field->operators : PCA_OPS_NONE;

		/* What the column cannot do at all is the better reason. */
		fault = pca_shippable_column_reason(judge, column, can & -can);
		if (!fault)
			fault = psprintf("the API has no operator \"%s\" for %s",
							 words_of(clause->opno), column->key);
	}
	if (!fault)
		fault = pca_shippable_collation_reason(clause->inputcollid);
	if (fault)
		return pca_shippable_local(fault);
	values = pca_shippable_add_scalar(judge, NIL, right, &null);
	if (null)
		return leaf(judge, column, pca_shippable_negate_operator(op, negated), NIL, true);
	return leaf(judge, column, pca_shippable_negate_operator(op, negated), values, false);
}

static PcaClause
judge_array(PcaClauseContext *judge, ScalarArrayOpExpr *clause, bool negated)
{
	const PcaColumn *column = compared_column(judge, linitial(clause->args));
	Node	   *array = lsecond(clause->args);
	int			op = operator_of(clause->opno);
	const char *fault;
	bool		null = false;
	List	   *values;

	if (!column)
		return pca_shippable_local(pca_shippable_expression_reason(judge, (Node *) clause));
	fault = pca_shippable_value_reason(judge, array);
	if (!fault)
		fault = pca_shippable_collation_reason(clause->inputcollid);
	if (!fault && op != (clause->useOr ? PCA_OP_EQ : PCA_OP_NE))
		fault = psprintf("the API has no \"%s %s\"", get_opname(clause->opno),
						 clause->useOr ? "ANY" : "ALL");
	if (fault)
		return pca_shippable_local(fault);
	values = pca_shippable_add_array(judge, NIL, array, &null);
	return leaf(judge, column, pca_shippable_negate_operator(op, negated), values, null);
}

/* A boolean column as a condition. */
static PcaClause
judge_boolean(const PcaClauseContext *judge, Node *node, bool wanted)
{
	const PcaColumn *column = pca_shippable_column(judge, node);
	PcaValue   *value = palloc0(sizeof(PcaValue));

	if (!column)
		return pca_shippable_local(pca_shippable_expression_reason(judge, node));
	value->text = wanted ? "true" : "false";
	return leaf(judge, column, PCA_OP_EQ, list_make1(value), false);
}

static PcaClause
judge_boolean_test(const PcaClauseContext *judge, BooleanTest *test, bool negated)
{
	if (!negated && test->booltesttype == IS_TRUE)
		return judge_boolean(judge, (Node *) test->arg, true);
	if (!negated && test->booltesttype == IS_FALSE)
		return judge_boolean(judge, (Node *) test->arg, false);
	return pca_shippable_local("the API has no test for null");
}

/*
 * A condition without a column of the table: what it is, is known before a row
 * is asked for.
 */
static PcaClause
judge_given(PcaClauseContext *judge, Node *clause, bool negated)
{
	const char *fault = pca_shippable_value_reason(judge, clause);
	bool		null = false;
	List	   *values;

	if (fault)
		return pca_shippable_local(fault);
	if (negated)
		clause = (Node *) make_notclause((Expr *) clause);
	values = pca_shippable_add_scalar(judge, NIL, clause, &null);
	if (null)
		return pca_shippable_never();
	return (PcaClause)
	{
		.level = PCA_PUSHDOWN_EXACT,.term = pca_filter_expr_pseudoconstant(linitial(values))
	};
}

/* ---- trees ---- */

/* The parts' verdicts (PcaClause *). */
static List *
judge_parts(PcaClauseContext *judge, List *args, bool negated)
{
	List	   *parts = NIL;
	ListCell   *lc;

	foreach(lc, args)
	{
		PcaClause  *part = palloc(sizeof(PcaClause));

		*part = judge_node(judge, lfirst(lc), negated);
		parts = lappend(parts, part);
	}
	return parts;
}

/* Whether a term has no field, so that it may stand beside any.  Takes every kind. */
static bool
is_without_field(const PcaFilterExpr *term)
{
	PcaFilterExprKind kind = pca_filter_expr_kind(term);

	return kind == PCA_FILTER_EXPR_PSEUDOCONSTANT || (kind == PCA_FILTER_EXPR_OR && pca_filter_expr_args(term) == NIL);
}

/*
 * Whether the parts together say which days are asked for, and nothing else; whole:
 * no part of them may be left out.
 */
static bool
are_on_snapshot(List *parts, bool whole)
{
	bool		found = false;
	ListCell   *lc;

	foreach(lc, parts)
	{
		const PcaClause *part = lfirst(lc);

		if (!part->on_snapshot && (part->term ? !is_without_field(part->term) : whole))
			return false;
		found = found || part->on_snapshot;
	}
	return found;
}

/*
 * Why a condition stands alone or is not sent; NULL when it may be part of another:
 * a condition on the day, of one that is on the day altogether.  Takes terms of
 * every kind.
 */
static const char *
apart(const PcaClause *clause, bool on_snapshot)
{
	if (clause->on_path || (clause->on_snapshot && !on_snapshot))
		return "a condition on the path or the day cannot be part of another";
	if (clause->term && pca_filter_expr_compares_by(clause->term, PCA_OP_STARTS_WITH))
		return "the API's \"starts_with\" cannot be part of another condition";
	return NULL;
}

/* Parts that cannot go are left out; what goes is then a superset. */
static PcaClause
judge_and(PcaClauseContext *judge, List *args, bool negated)
{
	PcaClause	result = {.level = PCA_PUSHDOWN_EXACT};
	List	   *parts = judge_parts(judge, args, negated);
	List	   *terms = NIL;
	ListCell   *lc;

	result.on_snapshot = are_on_snapshot(parts, false);
	foreach(lc, parts)
	{
		PcaClause	arg = *(PcaClause *) lfirst(lc);

		if (apart(&arg, result.on_snapshot))
			arg = pca_shippable_local(apart(&arg, result.on_snapshot));
		if (!result.reason)
			result.reason = arg.reason;
		if (arg.term)
			terms = lappend(terms, arg.term);
		result.level = Min(result.level, arg.level);
	}
	if (terms == NIL)
		return pca_shippable_local(result.reason);
	result.level = Max(result.level, PCA_PUSHDOWN_LOSSY);
	result.term = pca_filter_expr_and(terms);
	return result;
}

/* Sent whole or not at all. */
static PcaClause
judge_or(PcaClauseContext *judge, List *args, bool negated)
{
	PcaClause	result = {.level = PCA_PUSHDOWN_EXACT};
	List	   *parts = judge_parts(judge, args, negated);
	List	   *terms = NIL;
	ListCell   *lc;

	result.on_snapshot = are_on_snapshot(parts, true);
	foreach(lc, parts)
	{
		PcaClause	arg = *(PcaClause *) lfirst(lc);

		if (apart(&arg, result.on_snapshot))
			return pca_shippable_local(apart(&arg, result.on_snapshot));
		if (!arg.term)
			return pca_shippable_local(arg.reason);
		if (!result.reason)
			result.reason = arg.reason;
		terms = lappend(terms, arg.term);
		result.level = Min(result.level, arg.level);
	}
	result.term = pca_filter_expr_or(terms);
	return result;
}

/* What a condition implies, if it implies something simpler. */
static bool
judge_implied(PcaClauseContext *judge, Node *clause, PcaClause *result)
{
	Node	   *implied;

	if (!pca_filter_implied_find(judge, clause, &implied))
		return false;
	*result = implied ? judge_node(judge, implied, false) : pca_shippable_never();
	result->level = Min(result->level, PCA_PUSHDOWN_LOSSY);
	return true;
}

/* IS [NOT] DISTINCT FROM: "not" with a constant is "=". */
static PcaClause
judge_distinct(PcaClauseContext *judge, DistinctExpr *clause, bool negated)
{
	Const	   *constant = lsecond(clause->args);
	OpExpr	   *equal;

	if (!negated || !IsA(constant, Const) || constant->constisnull)
		return pca_shippable_local("the API has no IS DISTINCT FROM");
	equal = makeNode(OpExpr);
	*equal = *clause;
	equal->xpr.type = T_OpExpr;
	return judge_node(judge, (Node *) equal, false);
}

static PcaClause
judge_form(PcaClauseContext *judge, Node *clause, bool negated)
{
	PcaClause	result;

	if (!pca_shippable_uses_table(clause, judge))
		return judge_given(judge, clause, negated);
	clause = pca_shippable_strip_relabel(clause);
	if (!negated && judge_implied(judge, clause, &result))
		return result;
	if (pca_filter_text_classify(judge, clause, negated, &result) ||
		pca_filter_date_classify(judge, clause, negated, &result))
		return result;
	switch (nodeTag(clause))
	{
		case T_BoolExpr:
			{
				BoolExpr   *tree = (BoolExpr *) clause;

				if (tree->boolop == NOT_EXPR)
					return judge_node(judge, linitial(tree->args), !negated);
				if ((tree->boolop == AND_EXPR) != negated)
					return judge_and(judge, tree->args, negated);
				return judge_or(judge, tree->args, negated);
			}
		case T_OpExpr:
			return judge_comparison(judge, (OpExpr *) clause, negated);
		case T_ScalarArrayOpExpr:
			return judge_array(judge, (ScalarArrayOpExpr *) clause, negated);
		case T_Var:
			return judge_boolean(judge, clause, !negated);
		case T_BooleanTest:
			return judge_boolean_test(judge, (BooleanTest *) clause, negated);
		case T_NullTest:
			return pca_shippable_local("the API has no test for null");
		case T_DistinctExpr:
			return judge_distinct(judge, (DistinctExpr *) clause, negated);
		default:
			return pca_shippable_local(pca_shippable_expression_reason(judge, clause));
	}
}

static PcaClause
judge_node(PcaClauseContext *judge, Node *clause, bool negated)
{
	PcaClause	result;

	check_stack_depth();
	if (judge->depth == MOST_DEPTH)
		return pca_shippable_local("it is nested too deeply");
	judge->depth++;
	result = judge_form(judge, clause, negated);
	judge->depth--;
	return result;
}

PcaClause
pca_filter_classify(const PcaTable *table, Index varno, Expr *clause, List **params)
{
	PcaClauseContext judge = {.table = table,.varno = varno,.params = params};

	return judge_node(&judge, (Node *) clause, false);
}
