/*
 * filter_pattern.c
 *		Classifies comparisons of text other than "=" and "<>".
 *
 * A search for a piece of text becomes "contains" or "starts_with".  If the API
 * ignores case, they return too many rows, which the recheck drops (api-notes 3.4).
 * A comparison that ignores case is sent only where the API is known to ignore
 * it too, because the API would lose rows otherwise.
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/filter_pattern.h"
#include "request/value_text.h"

/* The text of a constant; NULL if it is no constant, or is SQL's NULL. */
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

/* Classify "op(column, any of the values)", where op is "contains" or "starts_with". */
static PcaClause
make_search_clause(const PcaClauseContext *context, const PcaColumn *column, PcaOperator op,
				   PcaLiteral literal, List *values)
{
	const char *reason = pca_shippable_column_reason(context, column, op);
	PcaClause	result = {.level = PCA_PUSHDOWN_LOSSY};

	if (reason)
		return pca_shippable_local(reason);
	result.expr = pca_filter_expr_compare(pca_resource_filter_name(column->field), op,
										  literal, PCA_GUIDS_UNKNOWN, values);
	return result;
}

/* Returns true if the field has "starts_with", but not "contains". */
static bool
searches_prefixes_only(const PcaColumn *column)
{
	return column->field &&
		(column->field->operators & PCA_OPS_SEARCH) == PCA_OP_STARTS_WITH;
}

PcaClause
pca_filter_pattern_search(const PcaClauseContext *context, const PcaColumn *column, List *values)
{
	return make_search_clause(context, column,
							  searches_prefixes_only(column) ? PCA_OP_STARTS_WITH : PCA_OP_CONTAINS,
							  PCA_LITERAL_STRING, values);
}

/* ---- ignoring case ---- */

/*
 * Returns the reason why the API cannot compare the column with the text without
 * regard to case; NULL if it can.  "starts_with" is documented to ignore case
 * (api-notes 2.13).  Outside ASCII, PostgreSQL and the API may disagree about
 * which letters differ in case only.
 */
static const char *
ignore_case_reason(const PcaClauseContext *context, const PcaColumn *column, const char *text)
{
	if (!searches_prefixes_only(column) && column->known.string_comparison == PCA_STRINGS_CASE_SENSITIVE)
		return "it ignores case, which the API does not (option string_comparison)";
	if (!searches_prefixes_only(column) && column->known.string_comparison == PCA_STRINGS_UNKNOWN)
		return psprintf("it ignores case, which the API is not known to do (option string_comparison); if it does: %s",
						pca_shippable_option_statement(context, column, false, "string_comparison", "case_insensitive"));
	if (!text || !pca_value_text_has_plain_case(text))
		return "it ignores case, and the API may have another case rule for this value";
	return NULL;
}

/*
 * "column eq text".  Lossy: the API may ignore case, accents, or blanks at the end
 * (api-notes 3.4).
 */
static PcaClause
make_text_equality(const PcaColumn *column, const char *text)
{
	PcaClause	result = {.level = PCA_PUSHDOWN_LOSSY};

	result.expr = pca_filter_expr_compare(column->field->name, PCA_OP_EQ, PCA_LITERAL_STRING,
										  PCA_GUIDS_UNKNOWN, make_single_value(text));
	return result;
}

/*
 * Classify an equality that ignores case: that of citext, or ILIKE without
 * wildcards.  type: citext, or InvalidOid for ILIKE; text: NULL if it is not
 * constant.
 */
static PcaClause
classify_equality_ignoring_case(const PcaClauseContext *context, const PcaColumn *column,
								Oid type, const char *text)
{
	const char *reason = pca_shippable_field_reason(context, column, PCA_OP_EQ);

	/* citext is text that is compared in this way */
	if (!reason && (column->field->type != PCA_TYPE_TEXT || column->type != type))
		reason = pca_shippable_column_reason(context, column, PCA_OP_EQ);
	if (!reason)
		reason = ignore_case_reason(context, column, text);
	return reason ? pca_shippable_local(reason) : make_text_equality(column, text);
}

/* The OID and the schema of extension citext differ between databases. */
static bool
is_citext_equality(Oid function)
{
	const char *name = get_func_name(function);

	return name && strcmp(name, "citext_eq") == 0 &&
		getExtensionOfObject(ProcedureRelationId, function) == get_extension_oid("citext", true);
}

/* ---- LIKE ---- */

/*
 * Returns true if the pattern depends on a row of another table or on a subquery.
 * Such a pattern would need a request for each of its values.
 */
static bool
pattern_varies(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var) || IsA(node, SubLink) || IsA(node, SubPlan) || IsA(node, PlaceHolderVar) ||
		(IsA(node, Param) && ((Param *) node)->paramkind != PARAM_EXTERN))
		return true;
	return expression_tree_walker(node, pattern_varies, context);
}

/*
 * Classify LIKE with a pattern that is known when the scan starts, such as a parameter of
 * a prepared statement.  Which text of it is sent, if any, is decided then.
 */
static PcaClause
classify_parameter_like(PcaClauseContext *context, const PcaColumn *column, Node *pattern,
						PcaOperator op, bool ignore_case)
{
	bool		has_null = false;
	const char *reason = pca_shippable_column_reason(context, column, op);
	List	   *values;

	if (!reason && pattern_varies(pattern, NULL))
		reason = "its pattern is not constant";
	if (!reason)
		reason = pca_shippable_value_reason(context, pattern);
	/* the letters are compared when the text is known */
	if (!reason && ignore_case)
		reason = ignore_case_reason(context, column, "");
	if (reason)
		return pca_shippable_local(reason);
	values = pca_shippable_add_scalar(context, NIL, pattern, &has_null);
	if (has_null)
		return pca_shippable_never();
	return make_search_clause(context, column, op,
							  ignore_case ? PCA_LITERAL_ILIKE : PCA_LITERAL_LIKE, values);
}

/* Classify LIKE with a constant pattern for a field that has only "starts_with". */
static PcaClause
classify_prefix_like(const PcaClauseContext *context, const PcaColumn *column, const char *pattern,
					 bool ignore_case)
{
	const char *text = pca_value_text_pattern_prefix(pattern);
	const char *reason = NULL;

	if (!text)
		reason = "its pattern does not begin with text";
	else if (ignore_case)
		reason = ignore_case_reason(context, column, text);
	if (reason)
		return pca_shippable_local(reason);
	return make_search_clause(context, column, PCA_OP_STARTS_WITH, PCA_LITERAL_STRING,
							  make_single_value(text));
}

static PcaClause
classify_like(PcaClauseContext *context, const PcaColumn *column, Node *pattern, bool ignore_case)
{
	const char *constant = get_constant_text(pattern);
	bool		no_wildcards = false;
	const char *text = constant ? pca_value_text_pattern_text(constant, &no_wildcards) : NULL;
	const char *reason;

	if (!constant)
		return classify_parameter_like(context, column, pattern,
									   searches_prefixes_only(column) ? PCA_OP_STARTS_WITH : PCA_OP_CONTAINS,
									   ignore_case);
	if (searches_prefixes_only(column))
		return classify_prefix_like(context, column, constant, ignore_case);
	if (ignore_case && no_wildcards && text && column->field && (column->field->operators & PCA_OP_EQ))
		return classify_equality_ignoring_case(context, column, InvalidOid, text);
	if (no_wildcards && text && !pca_shippable_column_reason(context, column, PCA_OP_EQ))
		return make_text_equality(column, text);
	reason = pca_shippable_column_reason(context, column, PCA_OP_CONTAINS);
	if (!reason && !text)
		reason = "its pattern has wildcards inside, or nothing else";
	if (!reason && ignore_case)
		reason = ignore_case_reason(context, column, text);
	if (reason)
		return pca_shippable_local(reason);
	return make_search_clause(context, column, PCA_OP_CONTAINS, PCA_LITERAL_STRING,
							  make_single_value(text));
}

/* ---- searches ---- */

/*
 * Classify a search for the second argument in the first, anywhere or at the
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
	return anywhere ? make_search_clause(context, column, PCA_OP_CONTAINS, PCA_LITERAL_STRING, values) :
		pca_filter_pattern_search(context, column, values);
}

/*
 * Returns the call of strpos() or position() if the clause tests that its result
 * is not 0; else NULL.
 */
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
pca_filter_pattern_classify(PcaClauseContext *context, Node *clause, bool negated, PcaClause *result)
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
