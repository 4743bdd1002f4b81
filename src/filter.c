/*
 * filter.c
 *		Which clauses can the API apply, and how well?
 *
 * A clause becomes a term, exact or superset, or stays local with a reason in
 * words.  How terms are written is request.c's question.  NOT is moved to the
 * leaves here, so that a term need only be right where it is true.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/string.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "filter.h"
#include "value.h"

typedef struct Judge
{
	const PcaTable *table;
	Index		varno;
	List	  **params;
} Judge;

static PcaClause judge(Judge *context, Node *clause, bool negated);

static PcaClause
local(const char *reason)
{
	return (PcaClause) {.level = PCA_LEVEL_LOCAL, .reason = reason};
}

/* ---- the two sides of a comparison ---- */

static Node *
strip_relabel(Node *node)
{
	while (node && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

/* The table's column that the expression is, or NULL. */
static const PcaColumn *
column_of(const Judge *context, Node *node)
{
	Var		   *var = (Var *) strip_relabel(node);

	if (!var || !IsA(var, Var) || var->varno != (int) context->varno ||
		var->varlevelsup != 0)
		return NULL;
	return pca_option_column(context->table, var->varattno);
}

static bool
uses_table(Node *node, Judge *context)
{
	if (!node)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varno == (int) context->varno;
	return expression_tree_walker(node, uses_table, context);
}

/* Why the expression cannot be a value that is sent; NULL when it can. */
static const char *
value_fault(Judge *context, Node *node)
{
	if (uses_table(node, context))
		return "it compares with another column of the table";
	if (contain_volatile_functions(node))
		return "it has a volatile function";
	if (contain_subplans(node))
		return "it has a correlated subquery";
	return NULL;
}

static PcaValue *
constant_value(const char *text)
{
	PcaValue   *value = palloc0(sizeof(PcaValue));

	value->text = text;
	return value;
}

static PcaValue *
parameter_value(Judge *context, Node *node)
{
	PcaValue   *value = palloc0(sizeof(PcaValue));

	*context->params = list_append_unique(*context->params, node);
	for (int i = 0; i < list_length(*context->params); i++)
		if (equal(list_nth(*context->params, i), node))
			value->param = i;
	value->is_array = type_is_array(exprType(node));
	return value;
}

/*
 * Add what a scalar expression is worth to the values.  *null is set when it
 * is a constant NULL.
 */
static List *
add_scalar(Judge *context, List *values, Node *node, bool *null)
{
	Const	   *constant = (Const *) strip_relabel(node);

	if (!IsA(constant, Const))
		return lappend(values, parameter_value(context, node));
	if (constant->constisnull)
	{
		*null = true;
		return values;
	}
	return lappend(values,
				   constant_value(pca_value_text(constant->consttype, constant->constvalue)));
}

static List *
add_array_constant(List *values, Const *constant, bool *null)
{
	ListCell   *lc;

	if (constant->constisnull)
	{
		*null = true;
		return values;
	}
	foreach(lc, pca_value_array_texts(constant->constvalue, null))
		values = lappend(values, constant_value(lfirst(lc)));
	return values;
}

static List *
add_array(Judge *context, List *values, Node *node, bool *null)
{
	Node	   *stripped = strip_relabel(node);
	ListCell   *lc;

	if (IsA(stripped, Const))
		return add_array_constant(values, (Const *) stripped, null);
	if (!IsA(stripped, ArrayExpr) || ((ArrayExpr *) stripped)->multidims)
		return lappend(values, parameter_value(context, node));
	foreach(lc, ((ArrayExpr *) stripped)->elements)
		values = add_scalar(context, values, lfirst(lc), null);
	return values;
}

/* ---- leaves ---- */

static const char *
operator_name(PcaOperator op)
{
	return op == PCA_OP_EQ ? "=" : "<>";
}

/* Why nothing can be sent about the column; NULL when something can. */
static const char *
column_fault(const Judge *context, const PcaColumn *column, PcaOperator op)
{
	const PcaField *field = column->field;

	if (!field)
		return psprintf("nothing is known of the API's field %s", column->key);
	if (field->source == PCA_FROM_PATH)
	{
		if (column->native && op == PCA_OP_EQ)
			return NULL;
		return psprintf("%s goes into the path: only \"=\" and IN on its own type can be sent",
						column->name);
	}
	if (!(context->table->resource->parameters & PCA_PARAM_FILTER))
		return psprintf("resource %s takes no filter", context->table->resource->name);
	if (field->operators == PCA_OPS_NONE)
		return psprintf("the API cannot filter by %s", field->name);
	if (!(field->operators & op))
		return psprintf("the API has no \"%s\" for %s", operator_name(op), field->name);
	if (!column->native)
		return psprintf("column %s is declared %s, the API compares it as %s",
						column->name, format_type_with_typemod(column->type, column->typmod),
						pca_resource_type_name(field->type));
	return NULL;
}

static PcaLiteral
literal_of(const PcaField *field)
{
	switch (field->type)
	{
		case PCA_TYPE_UUID:
			return PCA_LITERAL_GUID;
		case PCA_TYPE_BOOLEAN:
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
static PcaLevel
level_of(const PcaColumn *column, PcaOperator op, const char **reason)
{
	bool		same_rule;

	switch (column->field->type)
	{
		case PCA_TYPE_TEXT:
			same_rule = column->known.string_comparison == PCA_STRINGS_CASE_SENSITIVE;
			break;
		case PCA_TYPE_UUID:
			same_rule = column->known.guid_spelling != PCA_GUIDS_UNKNOWN;
			break;
		default:
			same_rule = true;
			break;
	}
	if (op == PCA_OP_EQ)
		return same_rule ? PCA_LEVEL_EXACT : PCA_LEVEL_SUPERSET;
	if (column->field->type == PCA_TYPE_TEXT && !same_rule)
	{
		*reason = psprintf("the API's \"ne\" could drop rows whose %s differs only in case (option string_comparison)",
						   column->key);
		return PCA_LEVEL_LOCAL;
	}
	return same_rule && column->not_null ? PCA_LEVEL_EXACT : PCA_LEVEL_SUPERSET;
}

/* "column op any of values"; null: one of them is NULL. */
static PcaClause
leaf(const Judge *context, const PcaColumn *column, PcaOperator op,
	 List *values, bool null)
{
	PcaClause	result = {0};

	result.reason = column_fault(context, column, op);
	if (result.reason)
		return result;
	result.on_path = column->field->source == PCA_FROM_PATH;
	result.level = result.on_path ? PCA_LEVEL_EXACT : level_of(column, op, &result.reason);
	if (result.level == PCA_LEVEL_LOCAL)
		return result;
	if (op == PCA_OP_NE && null)
		result.term = pca_term_or(NIL);
	else
		result.term = pca_term_compare(column->field->name, op,
									   literal_of(column->field),
									   column->known.guid_spelling, values);
	return result;
}

/* Whether the operator is citext's "=", which ignores case. */
static bool
is_citext_equality(Oid opno)
{
	const char *name = get_func_name(get_opcode(opno));

	return name && strcmp(name, "citext_eq") == 0;
}

/* Whether the expression is a constant of ASCII without the characters. */
static bool
is_plain_constant(Node *node, const char *without)
{
	Const	   *constant = (Const *) strip_relabel(node);
	const char *text;

	if (!IsA(constant, Const) || constant->constisnull)
		return false;
	text = pca_value_text(constant->consttype, constant->constvalue);
	return pg_is_ascii(text) && !strpbrk(text, without);
}

/*
 * Letters that are also the lower case of a character outside ASCII: of the
 * dotted capital I (U+0130) and of the Kelvin sign (U+212A).  PostgreSQL may
 * take those for equal to them; the API need not.
 */
#define AMBIGUOUS_LETTERS	"iIkK"

/*
 * Equality without case: where the API is known to compare so, too, its "eq"
 * finds at least the same rows.  Only for ASCII, whose upper and lower case
 * are the same everywhere.
 */
static PcaClause
judge_case_insensitive(Judge *context, const PcaColumn *column, Node *value,
					   const char *without)
{
	const char *fault = column_fault(context, column, PCA_OP_EQ);
	bool		null = false;
	PcaClause	result = {0};

	if (column->field && column->field->type == PCA_TYPE_TEXT && !column->native &&
		column->type == exprType(value))
		fault = NULL;
	if (!fault && column->known.string_comparison != PCA_STRINGS_CASE_INSENSITIVE)
		fault = "it ignores case, which the API is not known to do (option string_comparison)";
	if (!fault && !is_plain_constant(value, without))
		fault = "it ignores case, and the API may have another case rule for this value";
	if (fault)
		return local(fault);
	result.level = PCA_LEVEL_SUPERSET;
	result.term = pca_term_compare(column->field->name, PCA_OP_EQ, PCA_LITERAL_STRING,
								   column->known.guid_spelling,
								   add_scalar(context, NIL, value, &null));
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
			return 0;
	}
}

static PcaOperator
negate(int op, bool negated)
{
	if (!negated)
		return op;
	return op == PCA_OP_EQ ? PCA_OP_NE : PCA_OP_EQ;
}

static const char *
collation_fault(Oid collation)
{
	if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
		return "its collation is not deterministic";
	return NULL;
}

static PcaClause
judge_comparison(Judge *context, OpExpr *clause, bool negated)
{
	Node	   *left = linitial(clause->args);
	Node	   *right = list_length(clause->args) == 2 ? lsecond(clause->args) : NULL;
	const PcaColumn *column = column_of(context, left);
	int			op = operator_of(clause->opno);
	const char *fault;
	bool		null = false;
	List	   *values;

	if (!column && right)
	{
		column = column_of(context, right);
		right = left;
	}
	if (!column || !right)
		return local("it is not a comparison of a column with a value");
	if (!negated && is_citext_equality(clause->opno))
		return judge_case_insensitive(context, column, right, AMBIGUOUS_LETTERS);
	if (!negated && get_opcode(clause->opno) == F_TEXTICLIKE && right == lsecond(clause->args))
		return judge_case_insensitive(context, column, right, AMBIGUOUS_LETTERS "%_\\");
	fault = value_fault(context, right);
	if (!fault && !op)
	{
		/* What the column cannot do at all is the better reason. */
		fault = column_fault(context, column, PCA_OP_EQ);
		if (!fault)
			fault = psprintf("the API has no operator \"%s\" for %s",
							 get_opname(clause->opno), column->key);
	}
	if (!fault)
		fault = collation_fault(clause->inputcollid);
	if (fault)
		return local(fault);
	values = add_scalar(context, NIL, right, &null);
	if (null)
		return leaf(context, column, negate(op, negated), NIL, true);
	return leaf(context, column, negate(op, negated), values, false);
}

static PcaClause
judge_array(Judge *context, ScalarArrayOpExpr *clause, bool negated)
{
	const PcaColumn *column = column_of(context, linitial(clause->args));
	Node	   *array = lsecond(clause->args);
	int			op = operator_of(clause->opno);
	const char *fault;
	bool		null = false;
	List	   *values;

	if (!column)
		return local("it is not a comparison of a column with values");
	fault = value_fault(context, array);
	if (!fault)
		fault = collation_fault(clause->inputcollid);
	if (!fault && op != (clause->useOr ? PCA_OP_EQ : PCA_OP_NE))
		fault = psprintf("the API has no \"%s %s\"", get_opname(clause->opno),
						 clause->useOr ? "ANY" : "ALL");
	if (fault)
		return local(fault);
	values = add_array(context, NIL, array, &null);
	return leaf(context, column, negate(op, negated), values, null);
}

/* A boolean column as a condition. */
static PcaClause
judge_boolean(const Judge *context, Node *node, bool wanted)
{
	const PcaColumn *column = column_of(context, node);
	PcaValue   *value = constant_value(wanted ? "true" : "false");

	if (!column)
		return local("it is not a comparison of a column with a value");
	return leaf(context, column, PCA_OP_EQ, list_make1(value), false);
}

static PcaClause
judge_boolean_test(const Judge *context, BooleanTest *test, bool negated)
{
	if (!negated && test->booltesttype == IS_TRUE)
		return judge_boolean(context, (Node *) test->arg, true);
	if (!negated && test->booltesttype == IS_FALSE)
		return judge_boolean(context, (Node *) test->arg, false);
	return local("the API has no test for null");
}

/* ---- trees ---- */

/* Parts that cannot go are left out; what goes is then a superset. */
static PcaClause
judge_and(Judge *context, List *args, bool negated)
{
	PcaClause	result = {.level = PCA_LEVEL_EXACT};
	List	   *terms = NIL;
	ListCell   *lc;

	foreach(lc, args)
	{
		PcaClause	arg = judge(context, lfirst(lc), negated);

		if (!result.reason)
			result.reason = arg.on_path ? "a condition on the path cannot be part of another" : arg.reason;
		if (arg.term && !arg.on_path)
			terms = lappend(terms, arg.term);
		result.level = Min(result.level, arg.on_path ? PCA_LEVEL_LOCAL : arg.level);
	}
	if (terms == NIL)
		return local(result.reason);
	result.level = Max(result.level, PCA_LEVEL_SUPERSET);
	result.term = pca_term_and(terms);
	return result;
}

/* Sent whole or not at all. */
static PcaClause
judge_or(Judge *context, List *args, bool negated)
{
	PcaClause	result = {.level = PCA_LEVEL_EXACT};
	List	   *terms = NIL;
	ListCell   *lc;

	foreach(lc, args)
	{
		PcaClause	arg = judge(context, lfirst(lc), negated);

		if (arg.on_path)
			return local("a condition on the path cannot be part of another");
		if (!arg.term)
			return local(arg.reason);
		if (!result.reason)
			result.reason = arg.reason;
		terms = lappend(terms, arg.term);
		result.level = Min(result.level, arg.level);
	}
	result.term = pca_term_or(terms);
	return result;
}

static PcaClause
judge(Judge *context, Node *clause, bool negated)
{
	clause = strip_relabel(clause);
	switch (nodeTag(clause))
	{
		case T_BoolExpr:
			{
				BoolExpr   *tree = (BoolExpr *) clause;

				if (tree->boolop == NOT_EXPR)
					return judge(context, linitial(tree->args), !negated);
				if ((tree->boolop == AND_EXPR) != negated)
					return judge_and(context, tree->args, negated);
				return judge_or(context, tree->args, negated);
			}
		case T_OpExpr:
			return judge_comparison(context, (OpExpr *) clause, negated);
		case T_ScalarArrayOpExpr:
			return judge_array(context, (ScalarArrayOpExpr *) clause, negated);
		case T_Var:
			return judge_boolean(context, clause, !negated);
		case T_BooleanTest:
			return judge_boolean_test(context, (BooleanTest *) clause, negated);
		case T_NullTest:
			return local("the API has no test for null");
		case T_DistinctExpr:
			return local("the API has no IS DISTINCT FROM");
		default:
			return local("it is not a comparison of a column with a value");
	}
}

PcaClause
pca_filter_judge(const PcaTable *table, Index varno, Expr *clause, List **params)
{
	Judge		context = {.table = table, .varno = varno, .params = params};

	return judge(&context, (Node *) clause, false);
}
