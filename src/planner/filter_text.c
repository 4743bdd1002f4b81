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
get_constant_text(Node *node)
{
	Const	   *constant = (Const *) pca_shippable_strip_relabel(node);

	if (!IsA(constant, Const) || constant->constisnull)
		return NULL;
	return pca_value_text_from_datum(constant->consttype, constant->constvalue);
}

static List *
make_single_value(const char *text)
{
	PcaValue   *value = palloc0(sizeof(PcaValue));

	value->text = text;
	return list_make1(value);
}

/* A search by that operator, for any of the values. */
static PcaClause
make_search_clause(const PcaClauseContext *context, const PcaColumn *column, PcaOperator op, List *values)
{
	const char *reason = pca_shippable_column_reason(context, column, op);
	PcaClause	result = {.level = PCA_PUSHDOWN_LOSSY};

	if (reason)
		return pca_shippable_local(reason);
	result.expr = pca_filter_expr_compare(pca_resource_filter_name(column->field), op,
										  PCA_LITERAL_STRING, PCA_GUIDS_UNKNOWN, values);
	return result;
}

/* Whether the API searches for how the column begins, and for nothing else. */
static bool
searches_prefixes_only(const PcaColumn *column)
{
	return column->field &&
		(column->field->operators & PCA_OPS_SEARCH) == PCA_OP_STARTS_WITH;
}

PcaClause
pca_filter_text_search(const PcaClauseContext *context, const PcaColumn *column, List *values)
{
	return make_search_clause(context, column,
							  searches_prefixes_only(column) ? PCA_OP_STARTS_WITH : PCA_OP_CONTAINS, values);
}

/* ---- without case ---- */

/*
 * Why the text cannot be compared without case by the API; NULL when it can.
 * Of beginnings it is documented that their case is ignored (api-notes 2.13).
 */
static const char *
ignore_case_reason(const PcaColumn *column, const char *text)
{
	if (column->known.string_comparison != PCA_STRINGS_CASE_INSENSITIVE &&
		!searches_prefixes_only(column))
		return "it ignores case, which the API is not known to do (option string_comparison)";
	if (!text || !pg_is_ascii(text) || strpbrk(text, AMBIGUOUS_LETTERS))
		return "it ignores case, and the API may have another case rule for this value";
	return NULL;
}

/* The text as the field's value, which the API may compare without case. */
static PcaClause
make_text_equality(const PcaColumn *column, const char *text)
{
	PcaClause	result = {.level = PCA_PUSHDOWN_LOSSY};

	result.expr = pca_filter_expr_compare(column->field->name, PCA_OP_EQ, PCA_LITERAL_STRING,
										  PCA_GUIDS_UNKNOWN, make_single_value(text));
	return result;
}

/* Equality without case: citext's "=", or ILIKE without wildcards. */
static PcaClause
classify_equality_ignoring_case(const PcaClauseContext *context, const PcaColumn *column,
								Oid type, const char *text)
{
	const char *reason = pca_shippable_field_reason(context, column, PCA_OP_EQ);

	/* citext is text that is compared in this way */
	if (!reason && (column->field->type != PCA_TYPE_TEXT || column->type != type))
		reason = pca_shippable_column_reason(context, column, PCA_OP_EQ);
	if (!reason)
		reason = ignore_case_reason(column, text);
	return reason ? pca_shippable_local(reason) : make_text_equality(column, text);
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
extract_search_text(const char *pattern, bool *no_wildcards)
{
	char	   *text = palloc(strlen(pattern) + 1);
	char	   *end = text;
	const char *p = pattern + strspn(pattern, "%");

	*no_wildcards = p == pattern;
	for (; *p && *p != '%'; p++)
	{
		if (*p == '_' || (*p == '\\' && *++p == '\0'))
			return NULL;
		*end++ = *p;
	}
	*end = '\0';
	if (*p)
		*no_wildcards = false;
	return p[strspn(p, "%")] == '\0' && end > text ? text : NULL;
}

/* What a text of the pattern begins with; NULL when that is not known. */
static char *
extract_pattern_prefix(const char *pattern)
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
classify_prefix_like(const PcaClauseContext *context, const PcaColumn *column, const char *pattern,
					 bool ignore_case)
{
	const char *text = pattern ? extract_pattern_prefix(pattern) : NULL;
	const char *reason = NULL;

	if (!pattern)
		reason = "its pattern is not constant";
	else if (!text)
		reason = "its pattern does not begin with text";
	else if (ignore_case)
		reason = ignore_case_reason(column, text);
	if (reason)
		return pca_shippable_local(reason);
	return make_search_clause(context, column, PCA_OP_STARTS_WITH, make_single_value(text));
}

static PcaClause
classify_like(const PcaClauseContext *context, const PcaColumn *column, Node *pattern, bool ignore_case)
{
	const char *constant = get_constant_text(pattern);
	bool		no_wildcards = false;
	const char *text = constant ? extract_search_text(constant, &no_wildcards) : NULL;
	const char *reason;

	if (searches_prefixes_only(column))
		return classify_prefix_like(context, column, constant, ignore_case);
	if (ignore_case && no_wildcards && text && column->field && (column->field->operators & PCA_OP_EQ))
		return classify_equality_ignoring_case(context, column, InvalidOid, text);
	if (no_wildcards && text && !pca_shippable_column_reason(context, column, PCA_OP_EQ))
		return make_text_equality(column, text);
	reason = pca_shippable_column_reason(context, column, PCA_OP_CONTAINS);
	if (!reason && !constant)
		reason = "its pattern is not constant";
	if (!reason && !text)
		reason = "its pattern has wildcards inside, or nothing else";
	if (!reason && ignore_case)
		reason = ignore_case_reason(column, text);
	if (reason)
		return pca_shippable_local(reason);
	return make_search_clause(context, column, PCA_OP_CONTAINS, make_single_value(text));
}

/* ---- searches ---- */

/*
 * A search that takes the column and what is looked for, anywhere or at the
 * beginning.
 */
static PcaClause
classify_text_search(PcaClauseContext *context, List *args, Oid collation, bool anywhere)
{
	const PcaColumn *column = pca_shippable_column(context, linitial(args));
	const char *reason = column ? pca_shippable_value_reason(context, lsecond(args)) :
		pca_shippable_expression_reason(context, (Node *) args);
	bool		has_null = false;
	List	   *values;

	if (!reason)
		reason = pca_shippable_collation_reason(collation);
	if (reason)
		return pca_shippable_local(reason);
	values = pca_shippable_add_scalar(context, NIL, lsecond(args), &has_null);
	if (has_null)
		return pca_shippable_never();
	return anywhere ? make_search_clause(context, column, PCA_OP_CONTAINS, values) :
		pca_filter_text_search(context, column, values);
}

/* strpos(column, value) > 0, and the like; NULL when it is something else. */
static FuncExpr *
match_position_test(OpExpr *clause)
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
classify_text_operator(PcaClauseContext *context, OpExpr *clause, PcaClause *result)
{
	Oid			function = get_opcode(clause->opno);
	FuncExpr   *position = match_position_test(clause);
	const PcaColumn *column = pca_shippable_column(context, linitial(clause->args));
	Node	   *value = list_length(clause->args) == 2 ? lsecond(clause->args) : NULL;

	if (position)
		*result = classify_text_search(context, position->args, position->inputcollid, true);
	else if (function == F_STARTS_WITH)
		*result = classify_text_search(context, clause->args, clause->inputcollid, false);
	else if (column && (function == F_TEXTLIKE || function == F_TEXTICLIKE))
	{
		const char *reason = pca_shippable_collation_reason(clause->inputcollid);

		*result = reason ? pca_shippable_local(reason) :
			classify_like(context, column, value, function == F_TEXTICLIKE);
	}
	else if (is_citext_equality(function))
	{
		if (!column)
		{
			column = pca_shippable_column(context, value);
			value = linitial(clause->args);
		}
		*result = !column ? pca_shippable_local(pca_shippable_expression_reason(context, (Node *) clause)) :
			classify_equality_ignoring_case(context, column, exprType(value), get_constant_text(value));
	}
	else
		return false;
	return true;
}

bool
pca_filter_text_classify(PcaClauseContext *context, Node *clause, bool negated, PcaClause *result)
{
	if (negated)
		return false;
	if (IsA(clause, OpExpr))
		return classify_text_operator(context, (OpExpr *) clause, result);
	if (IsA(clause, FuncExpr) && ((FuncExpr *) clause)->funcid == F_STARTS_WITH)
	{
		*result = classify_text_search(context, ((FuncExpr *) clause)->args,
									   ((FuncExpr *) clause)->inputcollid, false);
		return true;
	}
	return false;
}
