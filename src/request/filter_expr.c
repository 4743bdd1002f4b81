/*
 * filter_expr.c
 *		Filter expressions: construction, values of parameters, text.
 *
 * The planner makes filter expressions of clauses, and request.c fits them into
 * requests.  The text that EXPLAIN shows and the text that is sent are written by
 * the same functions, so that they cannot differ.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/json.h"

#include "config/guid_spelling.h"
#include "guid.h"
#include "request/date_comparison.h"
#include "request/filter_expr.h"
#include "request/value_text.h"

struct PcaFilterExpr
{
	PcaFilterExprKind kind;
	List	   *args;			/* AND, OR: PcaFilterExpr * */
	PcaComparison comparison;	/* COMPARE */
	PcaValue   *pseudoconstant; /* PSEUDOCONSTANT */
};

/* ---- access by kind ---- */

PcaFilterExprKind
pca_filter_expr_kind(const PcaFilterExpr *expr)
{
	return expr->kind;
}

List *
pca_filter_expr_args(const PcaFilterExpr *expr)
{
	if (expr->kind != PCA_FILTER_EXPR_AND && expr->kind != PCA_FILTER_EXPR_OR)
		elog(ERROR, "filter expression of kind %d has no arguments", (int) expr->kind);
	return expr->args;
}

const PcaComparison *
pca_filter_expr_comparison(const PcaFilterExpr *expr)
{
	if (expr->kind != PCA_FILTER_EXPR_COMPARE)
		elog(ERROR, "filter expression of kind %d is not a comparison", (int) expr->kind);
	return &expr->comparison;
}

static PcaValue *
get_pseudoconstant(const PcaFilterExpr *expr)
{
	if (expr->kind != PCA_FILTER_EXPR_PSEUDOCONSTANT)
		elog(ERROR, "filter expression of kind %d is not a pseudoconstant", (int) expr->kind);
	return expr->pseudoconstant;
}

/* The arguments of an AND or OR; NIL for other kinds. */
static List *
get_args_if_any(const PcaFilterExpr *expr)
{
	return expr->kind == PCA_FILTER_EXPR_AND || expr->kind == PCA_FILTER_EXPR_OR ? expr->args : NIL;
}

/* The values of a comparison or pseudoconstant; NIL for an AND or OR. */
static List *
get_values_if_any(const PcaFilterExpr *expr)
{
	return expr->kind == PCA_FILTER_EXPR_COMPARE ? expr->comparison.values :
		expr->kind == PCA_FILTER_EXPR_PSEUDOCONSTANT ? list_make1(expr->pseudoconstant) : NIL;
}

bool
pca_filter_expr_compares_by(const PcaFilterExpr *expr, PcaOperator op)
{
	return expr->kind == PCA_FILTER_EXPR_COMPARE && expr->comparison.op == op;
}

/* ---- nodes of the plan ---- */

List *
pca_filter_expr_value_to_nodes(const PcaValue *value)
{
	if (!value)
		return NIL;
	return list_make3(value->text ? makeString(pstrdup(value->text)) : NULL,
					  makeInteger(value->param),
					  makeInteger(value->is_array));
}

PcaValue *
pca_filter_expr_value_from_nodes(List *nodes)
{
	PcaValue   *value;

	if (nodes == NIL)
		return NULL;
	value = palloc0(sizeof(PcaValue));
	value->text = linitial(nodes) ? strVal(linitial(nodes)) : NULL;
	value->param = intVal(lsecond(nodes));
	value->is_array = intVal(lthird(nodes)) != 0;
	return value;
}

/* Indexes of an expression's node list.  A pseudoconstant is its only value. */
typedef enum FilterExprNode
{
	FILTER_EXPR_NODE_KIND,
	FILTER_EXPR_NODE_ARGS,
	FILTER_EXPR_NODE_FIELD,
	FILTER_EXPR_NODE_OP,
	FILTER_EXPR_NODE_LITERAL,
	FILTER_EXPR_NODE_SPELLING,
	FILTER_EXPR_NODE_VALUES,
	FILTER_EXPR_NODE_DATE
} FilterExprNode;

#define FILTER_EXPR_NODES	(FILTER_EXPR_NODE_DATE + 1)

List *
pca_filter_expr_to_nodes(const PcaFilterExpr *expr)
{
	const PcaComparison *comparison;
	List	   *args = NIL;
	List	   *values = NIL;
	List	   *list = NIL;
	void	   *nodes[FILTER_EXPR_NODES];
	ListCell   *lc;

	check_stack_depth();
	if (!expr)
		return NIL;
	comparison = &expr->comparison;
	foreach(lc, get_args_if_any(expr))
		args = lappend(args, pca_filter_expr_to_nodes(lfirst(lc)));
	foreach(lc, get_values_if_any(expr))
		values = lappend(values, pca_filter_expr_value_to_nodes(lfirst(lc)));
	nodes[FILTER_EXPR_NODE_KIND] = makeInteger(expr->kind);
	nodes[FILTER_EXPR_NODE_ARGS] = args;
	nodes[FILTER_EXPR_NODE_FIELD] = makeString(pstrdup(comparison->field ? comparison->field : ""));
	nodes[FILTER_EXPR_NODE_OP] = makeInteger(comparison->op);
	nodes[FILTER_EXPR_NODE_LITERAL] = makeInteger(comparison->literal);
	nodes[FILTER_EXPR_NODE_SPELLING] = makeInteger(comparison->spelling);
	nodes[FILTER_EXPR_NODE_VALUES] = values;
	nodes[FILTER_EXPR_NODE_DATE] = pca_date_comparison_operand_to_nodes(comparison->date);
	for (int i = 0; i < FILTER_EXPR_NODES; i++)
		list = lappend(list, nodes[i]);
	return list;
}

PcaFilterExpr *
pca_filter_expr_from_nodes(List *nodes)
{
	PcaFilterExpr *expr;
	PcaComparison *comparison;
	List	   *values = NIL;
	ListCell   *lc;

	check_stack_depth();
	if (nodes == NIL)
		return NULL;
	expr = palloc0(sizeof(PcaFilterExpr));
	comparison = &expr->comparison;
	expr->kind = intVal(list_nth(nodes, FILTER_EXPR_NODE_KIND));
	foreach(lc, (List *) list_nth(nodes, FILTER_EXPR_NODE_ARGS))
		expr->args = lappend(expr->args, pca_filter_expr_from_nodes(lfirst(lc)));
	comparison->field = strVal(list_nth(nodes, FILTER_EXPR_NODE_FIELD));
	comparison->op = intVal(list_nth(nodes, FILTER_EXPR_NODE_OP));
	comparison->literal = intVal(list_nth(nodes, FILTER_EXPR_NODE_LITERAL));
	comparison->spelling = intVal(list_nth(nodes, FILTER_EXPR_NODE_SPELLING));
	comparison->date = pca_date_comparison_operand_from_nodes(list_nth(nodes, FILTER_EXPR_NODE_DATE));
	foreach(lc, (List *) list_nth(nodes, FILTER_EXPR_NODE_VALUES))
		values = lappend(values, pca_filter_expr_value_from_nodes(lfirst(lc)));
	if (expr->kind == PCA_FILTER_EXPR_PSEUDOCONSTANT)
		expr->pseudoconstant = linitial(values);
	else
		comparison->values = values;
	return expr;
}

/* ---- construction ---- */

PcaFilterExpr *
pca_filter_expr_compare(const char *field, PcaOperator op, PcaLiteral literal,
						PcaGuidSpelling spelling, List *values)
{
	PcaComparison comparison = {field, op, literal, spelling, NULL, values};

	return pca_filter_expr_from_comparison(comparison);
}

PcaFilterExpr *
pca_filter_expr_from_comparison(PcaComparison comparison)
{
	PcaFilterExpr *expr = palloc0(sizeof(PcaFilterExpr));

	expr->kind = PCA_FILTER_EXPR_COMPARE;
	expr->comparison = comparison;
	return expr;
}

PcaFilterExpr *
pca_filter_expr_pseudoconstant(PcaValue *value)
{
	PcaFilterExpr *expr = palloc0(sizeof(PcaFilterExpr));

	expr->kind = PCA_FILTER_EXPR_PSEUDOCONSTANT;
	expr->pseudoconstant = value;
	return expr;
}

/* Join expressions by AND or OR, and merge those of the same kind into the result. */
static PcaFilterExpr *
combine_exprs(PcaFilterExprKind kind, List *exprs)
{
	PcaFilterExpr *expr;
	ListCell   *lc;

	if (list_length(exprs) == 1)
		return linitial(exprs);
	expr = palloc0(sizeof(PcaFilterExpr));
	expr->kind = kind;
	foreach(lc, exprs)
	{
		PcaFilterExpr *arg = lfirst(lc);

		if (arg->kind == kind)
			expr->args = list_concat(expr->args, arg->args);
		else
			expr->args = lappend(expr->args, arg);
	}
	return expr;
}

PcaFilterExpr *
pca_filter_expr_and(List *exprs)
{
	return combine_exprs(PCA_FILTER_EXPR_AND, exprs);
}

PcaFilterExpr *
pca_filter_expr_or(List *exprs)
{
	return combine_exprs(PCA_FILTER_EXPR_OR, exprs);
}

/* ---- values of parameters ---- */

/* A text and its position in a list. */
typedef struct IndexedText
{
	const char *text;
	int			index;
} IndexedText;

static int
compare_indexed_texts(const void *a, const void *b)
{
	const IndexedText *left = a;
	const IndexedText *right = b;
	int			order = strcmp(left->text, right->text);

	return order ? order : left->index - right->index;
}

/*
 * Remove duplicates from a list, keeping its order.  Sorts a copy: comparing each
 * text with all others would be quadratic, and IN lists can be long.
 */
static List *
remove_duplicate_texts(List *texts)
{
	int			n = list_length(texts);
	IndexedText *sorted = palloc(sizeof(IndexedText) * Max(n, 1));
	bool	   *repeated = palloc0(sizeof(bool) * Max(n, 1));
	List	   *result = NIL;

	for (int i = 0; i < n; i++)
	{
		sorted[i].text = list_nth(texts, i);
		sorted[i].index = i;
	}
	qsort(sorted, n, sizeof(IndexedText), compare_indexed_texts);
	for (int i = 1; i < n; i++)
		repeated[sorted[i].index] = strcmp(sorted[i].text, sorted[i - 1].text) == 0;
	for (int i = 0; i < n; i++)
		if (!repeated[i])
			result = lappend(result, list_nth(texts, i));
	return result;
}

/* The texts that are GUIDs: no GUID is equal to another text. */
static List *
guids_of(List *texts)
{
	List	   *guids = NIL;
	bool		upper;
	bool		lower;
	ListCell   *lc;

	/* PostgreSQL writes a uuid in lower case */
	foreach(lc, texts)
	{
		if (pca_guid_case(lfirst(lc), &upper, &lower) && lower)
			guids = lappend(guids, lfirst(lc));
	}
	return guids;
}

List *
pca_filter_expr_value_texts(const PcaFilterExpr *expr, const PcaParams *params, bool *null)
{
	const PcaComparison *comparison = pca_filter_expr_comparison(expr);
	List	   *texts = NIL;
	ListCell   *lc;

	*null = false;
	foreach(lc, comparison->values)
	{
		const PcaValue *value = lfirst(lc);
		const PcaParam *param = value->text ? NULL : pca_param_value(params, value->param);
		const char *text = param ? param->text : value->text;

		if (text)
			texts = lappend(texts, unconstify(char *, text));
		else
			texts = list_concat(texts, param->elements);
		*null = *null || (param && param->null);
	}
	if (comparison->literal == PCA_LITERAL_GUID)
		texts = guids_of(texts);
	return remove_duplicate_texts(texts);
}

PcaFilterExpr *
pca_filter_expr_with_texts(const PcaFilterExpr *expr, List *texts)
{
	PcaComparison copy = *pca_filter_expr_comparison(expr);
	ListCell   *lc;

	copy.values = NIL;
	foreach(lc, texts)
	{
		PcaValue   *value = palloc0(sizeof(PcaValue));

		value->text = lfirst(lc);
		copy.values = lappend(copy.values, value);
	}
	return pca_filter_expr_from_comparison(copy);
}

bool
pca_filter_expr_has_parameter(const PcaFilterExpr *expr)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, get_args_if_any(expr))
	{
		if (pca_filter_expr_has_parameter(lfirst(lc)))
			return true;
	}
	foreach(lc, get_values_if_any(expr))
	{
		if (!((PcaValue *) lfirst(lc))->text)
			return true;
	}
	return false;
}

bool
pca_filter_expr_uses_parameters(const PcaFilterExpr *expr, const Bitmapset *params)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, get_args_if_any(expr))
	{
		if (pca_filter_expr_uses_parameters(lfirst(lc), params))
			return true;
	}
	foreach(lc, get_values_if_any(expr))
	{
		const PcaValue *value = lfirst(lc);

		if (!value->text && bms_is_member(value->param, params))
			return true;
	}
	return false;
}

/* Returns the number of comparisons that are written for a comparison's values. */
static int
count_value_clauses(const PcaComparison *comparison)
{
	int			count = 0;
	ListCell   *lc;

	if (comparison->literal != PCA_LITERAL_GUID)
		return list_length(comparison->values);
	foreach(lc, comparison->values)
	{
		const char *guid = ((PcaValue *) lfirst(lc))->text;

		count += guid ? list_length(pca_guid_spelling_list(guid, comparison->spelling)) : 1;
	}
	return count;
}

int
pca_filter_expr_clause_count(const PcaFilterExpr *expr)
{
	int			count = 0;
	ListCell   *lc;

	check_stack_depth();
	if (expr->kind == PCA_FILTER_EXPR_COMPARE)
		return count_value_clauses(&expr->comparison);
	foreach(lc, get_args_if_any(expr))
		count += pca_filter_expr_clause_count(lfirst(lc));
	return count;
}

/* Returns true if a value is a parameter of which nothing is known. */
static bool
has_unknown_value(const PcaComparison *comparison, const PcaParams *params)
{
	ListCell   *lc;

	foreach(lc, comparison->values)
	{
		const PcaValue *value = lfirst(lc);

		if (!value->text && pca_param_value(params, value->param)->unknown)
			return true;
	}
	return false;
}

/* Returns true if the values are patterns, whose text is sent. */
static bool
compares_patterns(const PcaComparison *comparison)
{
	return comparison->literal == PCA_LITERAL_LIKE || comparison->literal == PCA_LITERAL_ILIKE;
}

/*
 * The texts that are searched for patterns.  Sets *unsendable to true if the API would not
 * find every row of one of them.
 */
static List *
extract_pattern_texts(const PcaComparison *comparison, List *patterns, bool *unsendable)
{
	List	   *texts = NIL;
	ListCell   *lc;

	foreach(lc, patterns)
	{
		bool		no_wildcards;
		char	   *text = comparison->op == PCA_OP_STARTS_WITH ?
			pca_value_text_pattern_prefix(lfirst(lc)) :
			pca_value_text_pattern_text(lfirst(lc), &no_wildcards);

		if (!text || (comparison->literal == PCA_LITERAL_ILIKE && !pca_value_text_has_plain_case(text)))
			*unsendable = true;
		texts = lappend(texts, text);
	}
	return texts;
}

/* A comparison with NULL is never true, so NULL is dropped, and decides NE. */
static PcaTristate
resolve_comparison(const PcaFilterExpr *expr, const PcaParams *params, PcaFilterExpr **resolved)
{
	const PcaComparison *comparison = pca_filter_expr_comparison(expr);
	bool		null;
	bool		unsendable = false;
	List	   *texts;

	if (!params && pca_filter_expr_has_parameter(expr))
	{
		*resolved = unconstify(PcaFilterExpr *, expr);
		return PCA_TRISTATE_UNKNOWN;
	}
	if (params && has_unknown_value(comparison, params))
		return PCA_TRISTATE_TRUE;
	texts = pca_filter_expr_value_texts(expr, params, &null);
	if (null && comparison->op == PCA_OP_NE)
		return PCA_TRISTATE_FALSE;
	if (comparison->literal == PCA_LITERAL_DATE)
		return pca_date_comparison_resolve(comparison, texts, resolved);
	if (compares_patterns(comparison))
		texts = extract_pattern_texts(comparison, texts, &unsendable);
	if (unsendable ||
		((comparison->op & PCA_OPS_SEARCH) && pca_value_text_defeats_search(texts)))
		return PCA_TRISTATE_TRUE;
	texts = pca_value_text_encodable(texts);
	*resolved = pca_filter_expr_with_texts(expr, texts);
	if (compares_patterns(comparison))
		(*resolved)->comparison.literal = PCA_LITERAL_STRING;
	if (comparison->op == PCA_OP_NE)
		return texts ? PCA_TRISTATE_UNKNOWN : PCA_TRISTATE_TRUE;
	return texts ? PCA_TRISTATE_UNKNOWN : PCA_TRISTATE_FALSE;
}

/* A pseudoconstant that is NULL is not true. */
static PcaTristate
resolve_pseudoconstant(const PcaFilterExpr *expr, const PcaParams *params, PcaFilterExpr **resolved)
{
	const PcaValue *value = get_pseudoconstant(expr);
	const char *text = value->text;

	if (!params && !text)
	{
		*resolved = unconstify(PcaFilterExpr *, expr);
		return PCA_TRISTATE_UNKNOWN;
	}
	if (!text)
		text = pca_param_value(params, value->param)->text;
	return text && strcmp(text, "true") == 0 ? PCA_TRISTATE_TRUE : PCA_TRISTATE_FALSE;
}

/* There is no NOT in a filter expression, so NULL can be treated as false. */
PcaTristate
pca_filter_expr_resolve(const PcaFilterExpr *expr, const PcaParams *params, PcaFilterExpr **resolved)
{
	List	   *unknown = NIL;
	PcaTristate deciding = expr->kind == PCA_FILTER_EXPR_AND ? PCA_TRISTATE_FALSE : PCA_TRISTATE_TRUE;
	ListCell   *lc;

	check_stack_depth();
	if (expr->kind == PCA_FILTER_EXPR_COMPARE)
		return resolve_comparison(expr, params, resolved);
	if (expr->kind == PCA_FILTER_EXPR_PSEUDOCONSTANT)
		return resolve_pseudoconstant(expr, params, resolved);
	foreach(lc, pca_filter_expr_args(expr))
	{
		PcaFilterExpr *arg;
		PcaTristate truth = pca_filter_expr_resolve(lfirst(lc), params, &arg);

		/* later arguments are not evaluated, as in PostgreSQL */
		if (truth == deciding)
			return deciding;
		if (truth == PCA_TRISTATE_UNKNOWN)
			unknown = lappend(unknown, arg);
	}
	if (unknown == NIL)
		return expr->kind == PCA_FILTER_EXPR_AND ? PCA_TRISTATE_TRUE : PCA_TRISTATE_FALSE;
	*resolved = combine_exprs(expr->kind, unknown);
	return PCA_TRISTATE_UNKNOWN;
}

/* ---- text ---- */

static void
write_quoted(StringInfo out, const char *text)
{
	appendStringInfoChar(out, '\'');
	for (const char *p = text; *p; p++)
	{
		if (*p == '\'')
			appendStringInfoChar(out, '\'');
		appendStringInfoChar(out, *p);
	}
	appendStringInfoChar(out, '\'');
}

/*
 * The whole filter of a request for fields that begin with a text, which is a JSON
 * object (api-notes 2.13).  value is JSON or the label of a parameter.
 */
static char *
make_starts_with_text(const PcaComparison *comparison, const char *value)
{
	return psprintf("{\"Field\":\"%s\",\"Value\":%s,\"Operator\":\"%s\"}",
					comparison->field, value, pca_resource_operator_name(comparison->op));
}

/* Append "field op literal" to a list of texts. */
static List *
add_comparison_text(List *comparisons, const PcaComparison *comparison, const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	if (comparison->op == PCA_OP_STARTS_WITH)
	{
		escape_json(&out, text);
		return lappend(comparisons, make_starts_with_text(comparison, out.data));
	}
	if (comparison->op == PCA_OP_CONTAINS)
		appendStringInfo(&out, "contains(%s,", comparison->field);
	else
		appendStringInfo(&out, "%s %s ", comparison->field, pca_resource_operator_name(comparison->op));
	if (comparison->literal == PCA_LITERAL_BARE)
		appendStringInfoString(&out, text);
	else if (comparison->literal == PCA_LITERAL_DATE)
		appendStringInfoString(&out, pca_date_comparison_literal(comparison->date, text));
	else
		write_quoted(&out, text);
	if (comparison->op == PCA_OP_CONTAINS)
		appendStringInfoChar(&out, ')');
	return lappend(comparisons, out.data);
}

/* Append the comparisons with a GUID's spellings to a list of texts. */
static List *
add_guid_spellings(List *comparisons, const PcaComparison *comparison, const char *guid)
{
	ListCell   *lc;

	foreach(lc, pca_guid_spelling_list(guid, comparison->spelling))
		comparisons = add_comparison_text(comparisons, comparison, lfirst(lc));
	return comparisons;
}

const char *
pca_filter_expr_parameter_text(const PcaValue *value)
{
	return value->label ? value->label : psprintf("$%d", value->param + 1);
}

/* A parameter as the value of a comparison. */
static char *
make_parameter_text(const PcaComparison *comparison, const PcaValue *value)
{
	return psprintf("%s%s%s", value->is_array ? "any " : "",
					compares_patterns(comparison) ? "text of pattern " : "",
					pca_filter_expr_parameter_text(value));
}

/* Append the comparison with one of its values, or two for a GUID, to a list of texts. */
static List *
add_value_comparison(List *comparisons, const PcaComparison *comparison, const PcaValue *value)
{
	if (!value->text && comparison->op == PCA_OP_STARTS_WITH)
		return lappend(comparisons,
					   make_starts_with_text(comparison, make_parameter_text(comparison, value)));
	if (!value->text && comparison->op == PCA_OP_CONTAINS)
		return lappend(comparisons,
					   psprintf("contains(%s,%s)", comparison->field, make_parameter_text(comparison, value)));
	if (!value->text)
		return lappend(comparisons,
					   psprintf("%s %s %s%s%s", comparison->field, pca_resource_operator_name(comparison->op),
								value->is_array ? "any " : "", pca_filter_expr_parameter_text(value),
								comparison->date ? pca_date_comparison_steps_text(comparison->date) : ""));
	if (comparison->literal == PCA_LITERAL_GUID)
		return add_guid_spellings(comparisons, comparison, value->text);
	return add_comparison_text(comparisons, comparison, value->text);
}

static void
write_joined_texts(StringInfo out, List *texts, const char *word)
{
	ListCell   *lc;

	if (list_length(texts) > 1)
		appendStringInfoChar(out, '(');
	foreach(lc, texts)
	{
		if (lc != list_head(texts))
			appendStringInfo(out, " %s ", word);
		appendStringInfoString(out, lfirst(lc));
	}
	if (list_length(texts) > 1)
		appendStringInfoChar(out, ')');
}

static void write_expr(StringInfo out, const PcaFilterExpr *expr);

/*
 * As write_joined_texts(), but each argument is written directly into out: a copy at
 * each level would be quadratic in the depth.
 */
static void
write_joined_args(StringInfo out, List *args, const char *word)
{
	ListCell   *lc;

	if (list_length(args) > 1)
		appendStringInfoChar(out, '(');
	foreach(lc, args)
	{
		if (lc != list_head(args))
			appendStringInfo(out, " %s ", word);
		write_expr(out, lfirst(lc));
	}
	if (list_length(args) > 1)
		appendStringInfoChar(out, ')');
}

/* Write an expression, in parentheses if it has several parts. */
static void
write_expr(StringInfo out, const PcaFilterExpr *expr)
{
	const PcaComparison *comparison;
	List	   *texts = NIL;
	ListCell   *lc;

	check_stack_depth();
	switch (expr->kind)
	{
		case PCA_FILTER_EXPR_PSEUDOCONSTANT:
			appendStringInfoString(out, pca_filter_expr_parameter_text(get_pseudoconstant(expr)));
			break;
		case PCA_FILTER_EXPR_COMPARE:
			comparison = pca_filter_expr_comparison(expr);
			foreach(lc, comparison->values)
				texts = add_value_comparison(texts, comparison, lfirst(lc));
			write_joined_texts(out, texts, comparison->op == PCA_OP_NE ? "and" : "or");
			break;
		case PCA_FILTER_EXPR_AND:
		case PCA_FILTER_EXPR_OR:
			write_joined_args(out, pca_filter_expr_args(expr), expr->kind == PCA_FILTER_EXPR_AND ? "and" : "or");
			break;
	}
}

char *
pca_filter_expr_text(const PcaFilterExpr *expr)
{
	StringInfoData out;

	initStringInfo(&out);
	write_expr(&out, expr);
	return out.data;
}

List *
pca_filter_expr_conjuncts(PcaFilterExpr *expr)
{
	if (!expr)
		return NIL;
	return expr->kind == PCA_FILTER_EXPR_AND ? expr->args : list_make1(expr);
}

char *
pca_filter_expr_filter_text(List *conjuncts)
{
	StringInfoData out;
	ListCell   *lc;

	if (conjuncts == NIL)
		return NULL;
	initStringInfo(&out);
	foreach(lc, conjuncts)
	{
		char	   *text = pca_filter_expr_text(lfirst(lc));
		bool		bare = list_length(conjuncts) > 1 && text[0] != '(';

		appendStringInfo(&out, "%s%s%s%s", out.len ? " and " : "",
						 bare ? "(" : "", text, bare ? ")" : "");
	}
	return out.data;
}

void
pca_filter_expr_label_parameters(PcaFilterExpr *expr, List *labels)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, get_args_if_any(expr))
		pca_filter_expr_label_parameters(lfirst(lc), labels);
	foreach(lc, get_values_if_any(expr))
	{
		PcaValue   *value = lfirst(lc);

		if (!value->text)
			value->label = list_nth(labels, value->param);
	}
}
