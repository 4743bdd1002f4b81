/*
 * filter_text.c
 *		Which comparisons of text can the API apply, beyond "=" and "<>"?
 *
 * A search for a piece of text becomes "contains" or "starts_with", which answer
 * at least the rows that have it, whatever the API's case rule is.  A comparison without
 * case is sent only where the API is known to ignore it.
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "common/string.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/filter_text.h"
#include "request/value_text.h"

/*
 * Letters that are also the lower case of a character outside ASCII: of the
 * dotted capital I (U+0130) and of the Kelvin sign (U+212A).  PostgreSQL may
 * take those for equal to them; the API need not.
 */
#define AMBIGUOUS_LETTERS	"iIkK"

/* The text of a constant that is not NULL, or NULL. */
static const char *
constant_text(Node *node)
{
	Const	   *constant = (Const *) pca_shippable_strip_relabel(node);

	if (!IsA(constant, Const) || constant->constisnull)
		return NULL;
	return pca_value_text_from_datum(constant->consttype, constant->constvalue);
}

static List *
one_value(const char *text)
{
	PcaValue   *value = palloc0(sizeof(PcaValue));

	value->text = text;
	return list_make1(value);
}

/* A search by that operator, for any of the values. */
static PcaClause
search(const PcaClauseContext *judge, const PcaColumn *column, PcaOperator op, List *values)
{
	const char *fault = pca_shippable_column_reason(judge, column, op);
	PcaClause	result = {.level = PCA_PUSHDOWN_LOSSY};

	if (fault)
		return pca_shippable_local(fault);
	result.term = pca_filter_expr_compare(pca_resource_filter_name(column->field), op,
										  PCA_LITERAL_STRING, PCA_GUIDS_UNKNOWN, values);
	return result;
}

/* Whether the API searches for how the column begins, and for nothing else. */
static bool
has_beginnings(const PcaColumn *column)
{
	return column->field &&
		(column->field->operators & PCA_OPS_SEARCH) == PCA_OP_STARTS_WITH;
}

PcaClause
pca_filter_text_search(const PcaClauseContext *judge, const PcaColumn *column, List *values)
{
	return search(judge, column,
				  has_beginnings(column) ? PCA_OP_STARTS_WITH : PCA_OP_CONTAINS, values);
}

/* ---- without case ---- */

/*
 * Why the text cannot be compared without case by the API; NULL when it can.
 * Of beginnings it is documented that their case is ignored (api-notes 2.13).
 */
static const char *
case_fault(const PcaColumn *column, const char *text)
{
	if (column->known.string_comparison != PCA_STRINGS_CASE_INSENSITIVE &&
		!has_beginnings(column))
		return "it ignores case, which the API is not known to do (option string_comparison)";
	if (!text || !pg_is_ascii(text) || strpbrk(text, AMBIGUOUS_LETTERS))
		return "it ignores case, and the API may have another case rule for this value";
	return NULL;
}

/* The text as the field's value, which the API may compare without case. */
static PcaClause
equal_text(const PcaColumn *column, const char *text)
{
	PcaClause	result = {.level = PCA_PUSHDOWN_LOSSY};

	result.term = pca_filter_expr_compare(column->field->name, PCA_OP_EQ, PCA_LITERAL_STRING,
										  PCA_GUIDS_UNKNOWN, one_value(text));
	return result;
}

/* Equality without case: citext's "=", or ILIKE without wildcards. */
static PcaClause
equal_without_case(const PcaClauseContext *judge, const PcaColumn *column,
				   Oid type, const char *text)
{
	const char *fault = pca_shippable_field_reason(judge, column, PCA_OP_EQ);

	/* citext is text that is compared in this way */
	if (!fault && (column->field->type != PCA_TYPE_TEXT || column->type != type))
		fault = pca_shippable_column_reason(judge, column, PCA_OP_EQ);
	if (!fault)
		fault = case_fault(column, text);
	return fault ? pca_shippable_local(fault) : equal_text(column, text);
}

/* Whether that is the function of extension citext, in whatever schema. */
static bool
is_citext_equality(Oid function)
{
	const char *name = get_func_name(function);

	return name && strcmp(name, "citext_eq") == 0 &&
		getExtensionOfObject(ProcedureRelationId, function) == get_extension_oid("citext", true);
}

/* ---- LIKE ---- */

/*
 * The text that a pattern "text", "%text", "text%" or "%text%" looks for; NULL
 * when there are wildcards inside, or nothing else.  *whole: there are none.
 */
static char *
searched_text(const char *pattern, bool *whole)
{
	char	   *text = palloc(strlen(pattern) + 1);
	char	   *end = text;
	const char *p = pattern + strspn(pattern, "%");

	*whole = p == pattern;
	for (; *p && *p != '%'; p++)
	{
		if (*p == '_' || (*p == '\\' && *++p == '\0'))
			return NULL;
		*end++ = *p;
	}
	*end = '\0';
	if (*p)
		*whole = false;
	return p[strspn(p, "%")] == '\0' && end > text ? text : NULL;
}

/* What a text of the pattern begins with; NULL when that is not known. */
static char *
beginning_of(const char *pattern)
{
	char	   *text = palloc(strlen(pattern) + 1);
	char	   *end = text;

	for (const char *p = pattern; *p && *p != '%' && *p != '_'; p++)
	{
		if (*p == '\\' && *++p == '\0')
			return NULL;
		*end++ = *p;
	}
	*end = '\0';
	return end > text ? text : NULL;
}

/* LIKE where the API searches for beginnings only. */
static PcaClause
judge_beginning(const PcaClauseContext *judge, const PcaColumn *column, const char *pattern,
				bool any_case)
{
	const char *text = pattern ? beginning_of(pattern) : NULL;
	const char *fault = NULL;

	if (!pattern)
		fault = "its pattern is not constant";
	else if (!text)
		fault = "its pattern does not begin with text";
	else if (any_case)
		fault = case_fault(column, text);
	if (fault)
		return pca_shippable_local(fault);
	return search(judge, column, PCA_OP_STARTS_WITH, one_value(text));
}

static PcaClause
judge_like(const PcaClauseContext *judge, const PcaColumn *column, Node *pattern, bool any_case)
{
	const char *constant = constant_text(pattern);
	bool		whole = false;
	const char *text = constant ? searched_text(constant, &whole) : NULL;
	const char *fault;

	if (has_beginnings(column))
		return judge_beginning(judge, column, constant, any_case);
	if (any_case && whole && text && column->field && (column->field->operators & PCA_OP_EQ))
		return equal_without_case(judge, column, InvalidOid, text);
	if (whole && text && !pca_shippable_column_reason(judge, column, PCA_OP_EQ))
		return equal_text(column, text);
	fault = pca_shippable_column_reason(judge, column, PCA_OP_CONTAINS);
	if (!fault && !constant)
		fault = "its pattern is not constant";
	if (!fault && !text)
		fault = "its pattern has wildcards inside, or nothing else";
	if (!fault && any_case)
		fault = case_fault(column, text);
	if (fault)
		return pca_shippable_local(fault);
	return search(judge, column, PCA_OP_CONTAINS, one_value(text));
}

/* ---- searches ---- */

/*
 * A search that takes the column and what is looked for, anywhere or at the
 * beginning.
 */
static PcaClause
judge_search(PcaClauseContext *judge, List *args, Oid collation, bool anywhere)
{
	const PcaColumn *column = pca_shippable_column(judge, linitial(args));
	const char *fault = column ? pca_shippable_value_reason(judge, lsecond(args)) :
		pca_shippable_expression_reason(judge, (Node *) args);
	bool		null = false;
	List	   *values;

	if (!fault)
		fault = pca_shippable_collation_reason(collation);
	if (fault)
		return pca_shippable_local(fault);
	values = pca_shippable_add_scalar(judge, NIL, lsecond(args), &null);
	if (null)
		return pca_shippable_never();
	return anywhere ? search(judge, column, PCA_OP_CONTAINS, values) :
		pca_filter_text_search(judge, column, values);
}

/* strpos(column, value) > 0, and the like; NULL when it is something else. */
static FuncExpr *
position_of(OpExpr *clause)
{
	static const struct
	{
		PcaOperator op;
		int			constant;
	}			tests[] = {{PCA_OP_GT, 0}, {PCA_OP_GE, 1}, {PCA_OP_NE, 0}};
	FuncExpr   *function = linitial(clause->args);
	Const	   *constant = list_length(clause->args) == 2 ? lsecond(clause->args) : NULL;
	int			op = pca_shippable_operator(clause->opno, INTEGER_BTREE_FAM_OID);

	if (!IsA(function, FuncExpr) || !constant || !IsA(constant, Const) ||
		constant->consttype != INT4OID || constant->constisnull ||
		(function->funcid != F_STRPOS && function->funcid != F_POSITION_TEXT_TEXT))
		return NULL;
	for (int i = 0; i < (int) lengthof(tests); i++)
		if (op == (int) tests[i].op &&
			DatumGetInt32(constant->constvalue) == tests[i].constant)
			return function;
	return NULL;
}

static bool
judge_operator(PcaClauseContext *judge, OpExpr *clause, PcaClause *result)
{
	Oid			function = get_opcode(clause->opno);
	FuncExpr   *position = position_of(clause);
	const PcaColumn *column = pca_shippable_column(judge, linitial(clause->args));
	Node	   *value = list_length(clause->args) == 2 ? lsecond(clause->args) : NULL;

	if (position)
		*result = judge_search(judge, position->args, position->inputcollid, true);
	else if (function == F_STARTS_WITH)
		*result = judge_search(judge, clause->args, clause->inputcollid, false);
	else if (column && (function == F_TEXTLIKE || function == F_TEXTICLIKE))
	{
		const char *fault = pca_shippable_collation_reason(clause->inputcollid);

		*result = fault ? pca_shippable_local(fault) :
			judge_like(judge, column, value, function == F_TEXTICLIKE);
	}
	else if (is_citext_equality(function))
	{
		if (!column)
		{
			column = pca_shippable_column(judge, value);
			value = linitial(clause->args);
		}
		*result = !column ? pca_shippable_local(pca_shippable_expression_reason(judge, (Node *) clause)) :
			equal_without_case(judge, column, exprType(value), constant_text(value));
	}
	else
		return false;
	return true;
}

bool
pca_filter_text_classify(PcaClauseContext *judge, Node *clause, bool negated, PcaClause *result)
{
	if (negated)
		return false;
	if (IsA(clause, OpExpr))
		return judge_operator(judge, (OpExpr *) clause, result);
	if (IsA(clause, FuncExpr) && ((FuncExpr *) clause)->funcid == F_STARTS_WITH)
	{
		*result = judge_search(judge, ((FuncExpr *) clause)->args,
							   ((FuncExpr *) clause)->inputcollid, false);
		return true;
	}
	return false;
}
