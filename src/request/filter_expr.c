/*
 * filter_expr.c
 *		What is a filter made of, and how is it written?
 *
 * Terms are made by filter.c and put into requests by request.c; here their
 * parameters get values and they become text.  The text that EXPLAIN shows and
 * the text that is sent come from the same functions.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/json.h"

#include "guid.h"
#include "request/filter_expr.h"
#include "request/value_text.h"

struct PcaFilterExpr
{
	PcaFilterExprKind kind;
	List	   *args;			/* AND, OR: PcaFilterExpr * */
	PcaComparison comparison;	/* COMPARE */
	PcaValue   *given;			/* GIVEN */
};

/* ---- by kind ---- */

PcaFilterExprKind
pca_filter_expr_kind(const PcaFilterExpr *term)
{
	return term->kind;
}

List *
pca_filter_expr_args(const PcaFilterExpr *term)
{
	if (term->kind != PCA_FILTER_EXPR_AND && term->kind != PCA_FILTER_EXPR_OR)
		elog(ERROR, "filter expression of kind %d has no arguments", (int) term->kind);
	return term->args;
}

const PcaComparison *
pca_filter_expr_comparison(const PcaFilterExpr *term)
{
	if (term->kind != PCA_FILTER_EXPR_COMPARE)
		elog(ERROR, "filter expression of kind %d is not a comparison", (int) term->kind);
	return &term->comparison;
}

static PcaValue *
given_value(const PcaFilterExpr *term)
{
	if (term->kind != PCA_FILTER_EXPR_PSEUDOCONSTANT)
		elog(ERROR, "filter expression of kind %d is not a given value", (int) term->kind);
	return term->given;
}

/* The arguments of an AND or OR, none of other kinds. */
static List *
args_if_any(const PcaFilterExpr *term)
{
	return term->kind == PCA_FILTER_EXPR_AND || term->kind == PCA_FILTER_EXPR_OR ? term->args : NIL;
}

/* The values of a comparison or of what is given, none of an AND or OR. */
static List *
values_if_any(const PcaFilterExpr *term)
{
	return term->kind == PCA_FILTER_EXPR_COMPARE ? term->comparison.values :
		term->kind == PCA_FILTER_EXPR_PSEUDOCONSTANT ? list_make1(term->given) : NIL;
}

bool
pca_filter_expr_compares_by(const PcaFilterExpr *term, PcaOperator op)
{
	return term->kind == PCA_FILTER_EXPR_COMPARE && term->comparison.op == op;
}

/* ---- through the plan ---- */

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

/*
 * A term's slots: kind, args, field, op, literal, spelling, values, shift.  What
 * is given is the only value.
 */
List *
pca_filter_expr_to_nodes(const PcaFilterExpr *term)
{
	const PcaComparison *comparison;
	List	   *args = NIL;
	List	   *values = NIL;
	List	   *nodes;
	ListCell   *lc;

	check_stack_depth();
	if (!term)
		return NIL;
	comparison = &term->comparison;
	foreach(lc, args_if_any(term))
		args = lappend(args, pca_filter_expr_to_nodes(lfirst(lc)));
	foreach(lc, values_if_any(term))
		values = lappend(values, pca_filter_expr_value_to_nodes(lfirst(lc)));
	nodes = list_make3(makeInteger(term->kind), args,
					   makeString(pstrdup(comparison->field ? comparison->field : "")));
	nodes = lappend(nodes, makeInteger(comparison->op));
	nodes = lappend(nodes, makeInteger(comparison->literal));
	nodes = lappend(nodes, makeInteger(comparison->spelling));
	nodes = lappend(nodes, values);
	return lappend(nodes, makeString(psprintf(INT64_FORMAT, comparison->shift)));
}

PcaFilterExpr *
pca_filter_expr_from_nodes(List *nodes)
{
	PcaFilterExpr    *term;
	PcaComparison *comparison;
	List	   *values = NIL;
	ListCell   *lc;

	check_stack_depth();
	if (nodes == NIL)
		return NULL;
	term = palloc0(sizeof(PcaFilterExpr));
	comparison = &term->comparison;
	term->kind = intVal(list_nth(nodes, 0));
	foreach(lc, (List *) list_nth(nodes, 1))
		term->args = lappend(term->args, pca_filter_expr_from_nodes(lfirst(lc)));
	comparison->field = strVal(list_nth(nodes, 2));
	comparison->op = intVal(list_nth(nodes, 3));
	comparison->literal = intVal(list_nth(nodes, 4));
	comparison->spelling = intVal(list_nth(nodes, 5));
	comparison->shift = strtoi64(strVal(list_nth(nodes, 7)), NULL, 10);
	foreach(lc, (List *) list_nth(nodes, 6))
		values = lappend(values, pca_filter_expr_value_from_nodes(lfirst(lc)));
	if (term->kind == PCA_FILTER_EXPR_PSEUDOCONSTANT)
		term->given = linitial(values);
	else
		comparison->values = values;
	return term;
}

/* ---- making terms ---- */

PcaFilterExpr *
pca_filter_expr_compare(const char *field, PcaOperator op, PcaLiteral literal,
					PcaGuidSpelling spelling, List *values)
{
	return pca_filter_expr_from_comparison((PcaComparison) {
		.field = field, .op = op, .literal = literal, .spelling = spelling, .values = values
	});
}

PcaFilterExpr *
pca_filter_expr_from_comparison(PcaComparison comparison)
{
	PcaFilterExpr    *term = palloc0(sizeof(PcaFilterExpr));

	term->kind = PCA_FILTER_EXPR_COMPARE;
	term->comparison = comparison;
	return term;
}

PcaFilterExpr *
pca_filter_expr_pseudoconstant(PcaValue *value)
{
	PcaFilterExpr    *term = palloc0(sizeof(PcaFilterExpr));

	term->kind = PCA_FILTER_EXPR_PSEUDOCONSTANT;
	term->given = value;
	return term;
}

static PcaFilterExpr *
combine(PcaFilterExprKind kind, List *terms)
{
	PcaFilterExpr    *term;
	ListCell   *lc;

	if (list_length(terms) == 1)
		return linitial(terms);
	term = palloc0(sizeof(PcaFilterExpr));
	term->kind = kind;
	foreach(lc, terms)
	{
		PcaFilterExpr    *arg = lfirst(lc);

		if (arg->kind == kind)
			term->args = list_concat(term->args, arg->args);
		else
			term->args = lappend(term->args, arg);
	}
	return term;
}

PcaFilterExpr *
pca_filter_expr_and(List *terms)
{
	return combine(PCA_FILTER_EXPR_AND, terms);
}

PcaFilterExpr *
pca_filter_expr_or(List *terms)
{
	return combine(PCA_FILTER_EXPR_OR, terms);
}

/* ---- putting values in ---- */

/* A text and where it stood, for sorting without forgetting the order. */
typedef struct Placed
{
	const char *text;
	int			place;
} Placed;

static int
compare_placed(const void *a, const void *b)
{
	const Placed *left = a;
	const Placed *right = b;
	int			order = strcmp(left->text, right->text);

	return order ? order : left->place - right->place;
}

/* The texts without repetitions, in their order. */
static List *
distinct_texts(List *texts)
{
	int			n = list_length(texts);
	Placed	   *sorted = palloc(sizeof(Placed) * Max(n, 1));
	bool	   *repeated = palloc0(sizeof(bool) * Max(n, 1));
	List	   *result = NIL;

	for (int i = 0; i < n; i++)
		sorted[i] = (Placed) {list_nth(texts, i), i};
	qsort(sorted, n, sizeof(Placed), compare_placed);
	for (int i = 1; i < n; i++)
		repeated[sorted[i].place] = strcmp(sorted[i].text, sorted[i - 1].text) == 0;
	for (int i = 0; i < n; i++)
		if (!repeated[i])
			result = lappend(result, list_nth(texts, i));
	return result;
}

/* The texts that a GUID can have, of those that it is compared with as text. */
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

/*
 * The texts that a comparison's values stand for.  *null is set when one of
 * them is SQL's NULL.
 */
List *
pca_filter_expr_value_texts(const PcaFilterExpr *term, const PcaParams *params, bool *null)
{
	const PcaComparison *comparison = pca_filter_expr_comparison(term);
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
	return distinct_texts(texts);
}

PcaFilterExpr *
pca_filter_expr_with_texts(const PcaFilterExpr *term, List *texts)
{
	PcaComparison copy = *pca_filter_expr_comparison(term);
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
pca_filter_expr_has_parameter(const PcaFilterExpr *term)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, args_if_any(term))
		if (pca_filter_expr_has_parameter(lfirst(lc)))
			return true;
	foreach(lc, values_if_any(term))
		if (!((PcaValue *) lfirst(lc))->text)
			return true;
	return false;
}

static bool
is_lower_bound(const PcaComparison *comparison)
{
	return comparison->op == PCA_OP_GE || comparison->op == PCA_OP_GT;
}

static bool
is_upper_bound(const PcaComparison *comparison)
{
	return comparison->op == PCA_OP_LE || comparison->op == PCA_OP_LT;
}

/*
 * Dates that the API cannot hold: everything is before or after them.  Takes
 * out those that nothing compares to as asked; true when everything does.
 */
static bool
has_endless(const PcaComparison *comparison, List **texts)
{
	List	   *rest = NIL;
	ListCell   *lc;

	foreach(lc, *texts)
	{
		int			side = pca_value_text_out_of_range(lfirst(lc), comparison->shift);

		if (side == 0)
			rest = lappend(rest, lfirst(lc));
		else if (comparison->op == PCA_OP_NE ? list_length(*texts) == 1 :
				 side > 0 ? is_upper_bound(comparison) : is_lower_bound(comparison))
			return true;
	}
	*texts = rest;
	return false;
}

/* Every text contains the empty one, and begins with it. */
static bool
has_empty(List *texts)
{
	ListCell   *lc;

	foreach(lc, texts)
		if (*(char *) lfirst(lc) == '\0')
			return true;
	return false;
}

/* Whether nothing is known of one of a comparison's values. */
static bool
has_unknown(const PcaComparison *comparison, const PcaParams *params)
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

/* Of dates that are all to be before or after any of the texts, the one that decides. */
static List *
deciding_date(const PcaComparison *comparison, List *texts)
{
	bool		low = is_lower_bound(comparison);
	char	   *deciding = NULL;
	ListCell   *lc;

	if (!low && !is_upper_bound(comparison))
		return texts;
	foreach(lc, texts)
	{
		char	   *text = lfirst(lc);

		if (!deciding || (low ? pca_value_text_to_timestamp(text) < pca_value_text_to_timestamp(deciding) :
						  pca_value_text_to_timestamp(text) > pca_value_text_to_timestamp(deciding)))
			deciding = text;
	}
	return deciding ? list_make1(deciding) : NIL;
}

/* A comparison with NULL is never true. */
static PcaTristate
resolve_comparison(const PcaFilterExpr *term, const PcaParams *params, PcaFilterExpr **resolved)
{
	const PcaComparison *comparison = pca_filter_expr_comparison(term);
	bool		null;
	List	   *texts;

	if (!params && pca_filter_expr_has_parameter(term))
	{
		*resolved = unconstify(PcaFilterExpr *, term);
		return PCA_TRISTATE_UNKNOWN;
	}
	if (params && has_unknown(comparison, params))
		return PCA_TRISTATE_TRUE;
	texts = pca_filter_expr_value_texts(term, params, &null);
	if (comparison->literal == PCA_LITERAL_DATE && has_endless(comparison, &texts))
		return PCA_TRISTATE_TRUE;
	if ((comparison->op & PCA_OPS_SEARCH) && has_empty(texts))
		return PCA_TRISTATE_TRUE;
	if (comparison->literal == PCA_LITERAL_DATE)
		texts = deciding_date(comparison, texts);
	*resolved = pca_filter_expr_with_texts(term, texts);
	if (comparison->op == PCA_OP_NE)
		return null ? PCA_TRISTATE_FALSE : texts ? PCA_TRISTATE_UNKNOWN : PCA_TRISTATE_TRUE;
	return texts ? PCA_TRISTATE_UNKNOWN : PCA_TRISTATE_FALSE;
}

/* What is known before any row is; NULL is not true. */
static PcaTristate
resolve_given(const PcaFilterExpr *term, const PcaParams *params, PcaFilterExpr **resolved)
{
	const PcaValue *value = given_value(term);
	const char *text = value->text;

	if (!params && !text)
	{
		*resolved = unconstify(PcaFilterExpr *, term);
		return PCA_TRISTATE_UNKNOWN;
	}
	if (!text)
		text = pca_param_value(params, value->param)->text;
	return text && strcmp(text, "true") == 0 ? PCA_TRISTATE_TRUE : PCA_TRISTATE_FALSE;
}

/*
 * Replace the term's parameters by their values, where those are known.  NOT
 * stands at no term, so what is not known to be true may be read as "no".
 */
PcaTristate
pca_filter_expr_resolve(const PcaFilterExpr *term, const PcaParams *params, PcaFilterExpr **resolved)
{
	List	   *terms = NIL;
	PcaTristate		deciding = term->kind == PCA_FILTER_EXPR_AND ? PCA_TRISTATE_FALSE : PCA_TRISTATE_TRUE;
	ListCell   *lc;

	check_stack_depth();
	if (term->kind == PCA_FILTER_EXPR_COMPARE)
		return resolve_comparison(term, params, resolved);
	if (term->kind == PCA_FILTER_EXPR_PSEUDOCONSTANT)
		return resolve_given(term, params, resolved);
	foreach(lc, pca_filter_expr_args(term))
	{
		PcaFilterExpr    *arg;
		PcaTristate		truth = pca_filter_expr_resolve(lfirst(lc), params, &arg);

		if (truth == deciding)
			return deciding;
		if (truth == PCA_TRISTATE_UNKNOWN)
			terms = lappend(terms, arg);
	}
	if (terms == NIL)
		return term->kind == PCA_FILTER_EXPR_AND ? PCA_TRISTATE_TRUE : PCA_TRISTATE_FALSE;
	*resolved = combine(term->kind, terms);
	return PCA_TRISTATE_UNKNOWN;
}

/* ---- writing ---- */

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
 * The whole filter of a list that is searched by how a field begins.  value is
 * JSON, or a parameter's name.
 */
static char *
beginning_text(const PcaComparison *comparison, const char *value)
{
	return psprintf("{\"Field\":\"%s\",\"Value\":%s,\"Operator\":\"%s\"}",
					comparison->field, value, pca_resource_operator_name(comparison->op));
}

/* "field op literal", appended to comparisons. */
static List *
add_comparison(List *comparisons, const PcaComparison *comparison, const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	if (comparison->op == PCA_OP_STARTS_WITH)
	{
		escape_json(&out, text);
		return lappend(comparisons, beginning_text(comparison, out.data));
	}
	if (comparison->op == PCA_OP_CONTAINS)
		appendStringInfo(&out, "contains(%s,", comparison->field);
	else
		appendStringInfo(&out, "%s %s ", comparison->field, pca_resource_operator_name(comparison->op));
	if (comparison->literal == PCA_LITERAL_BARE)
		appendStringInfoString(&out, text);
	else if (comparison->literal == PCA_LITERAL_DATE)
		appendStringInfo(&out, "cast('%s', Edm.DateTimeOffset)",
						 pca_value_text_shift(text, comparison->shift));
	else
		write_quoted(&out, text);
	if (comparison->op == PCA_OP_CONTAINS)
		appendStringInfoChar(&out, ')');
	return lappend(comparisons, out.data);
}

/*
 * A GUID in the spelling that the API is known to have, or in both: whichever
 * the API holds, one of two "eq" finds it, and one of two "ne" excludes it.
 */
static List *
add_guid_comparisons(List *comparisons, const PcaComparison *comparison, const char *text)
{
	char	   *upper = pca_guid_to_upper(text);
	char	   *lower = pca_guid_to_lower(text);

	if (comparison->spelling != PCA_GUIDS_LOWER)
		comparisons = add_comparison(comparisons, comparison, upper);
	if (comparison->spelling == PCA_GUIDS_LOWER ||
		(comparison->spelling == PCA_GUIDS_UNKNOWN && strcmp(upper, lower) != 0))
		comparisons = add_comparison(comparisons, comparison, lower);
	return comparisons;
}

const char *
pca_filter_expr_parameter_text(const PcaValue *value)
{
	return value->label ? value->label : psprintf("$%d", value->param + 1);
}

/* By how many days a parameter's value is moved, where it is a day or more. */
static const char *
shift_text(const PcaComparison *comparison)
{
	int			days = (int) (comparison->shift / USECS_PER_DAY);

	return days == 0 ? "" : psprintf(" %c %d day%s", days < 0 ? '-' : '+', abs(days),
									 abs(days) == 1 ? "" : "s");
}

static List *
add_value(List *comparisons, const PcaComparison *comparison, const PcaValue *value)
{
	if (!value->text && comparison->op == PCA_OP_STARTS_WITH)
		return lappend(comparisons,
					   beginning_text(comparison,
									  psprintf("%s%s", value->is_array ? "any " : "",
											   pca_filter_expr_parameter_text(value))));
	if (!value->text && comparison->op == PCA_OP_CONTAINS)
		return lappend(comparisons,
					   psprintf("contains(%s,%s%s)", comparison->field,
								value->is_array ? "any " : "", pca_filter_expr_parameter_text(value)));
	if (!value->text)
		return lappend(comparisons,
					   psprintf("%s %s %s%s%s", comparison->field, pca_resource_operator_name(comparison->op),
								value->is_array ? "any " : "", pca_filter_expr_parameter_text(value),
								shift_text(comparison)));
	if (comparison->literal == PCA_LITERAL_GUID)
		return add_guid_comparisons(comparisons, comparison, value->text);
	return add_comparison(comparisons, comparison, value->text);
}

static void
write_joined(StringInfo out, List *texts, const char *word)
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

static void write_term(StringInfo out, const PcaFilterExpr *term);

/* As write_joined(), but each argument is written in its place, without a copy. */
static void
write_args(StringInfo out, List *args, const char *word)
{
	ListCell   *lc;

	if (list_length(args) > 1)
		appendStringInfoChar(out, '(');
	foreach(lc, args)
	{
		if (lc != list_head(args))
			appendStringInfo(out, " %s ", word);
		write_term(out, lfirst(lc));
	}
	if (list_length(args) > 1)
		appendStringInfoChar(out, ')');
}

/* A term of several parts stands in parentheses. */
static void
write_term(StringInfo out, const PcaFilterExpr *term)
{
	const PcaComparison *comparison;
	List	   *texts = NIL;
	ListCell   *lc;

	check_stack_depth();
	switch (term->kind)
	{
		case PCA_FILTER_EXPR_PSEUDOCONSTANT:
			appendStringInfoString(out, pca_filter_expr_parameter_text(given_value(term)));
			break;
		case PCA_FILTER_EXPR_COMPARE:
			comparison = pca_filter_expr_comparison(term);
			foreach(lc, comparison->values)
				texts = add_value(texts, comparison, lfirst(lc));
			write_joined(out, texts, comparison->op == PCA_OP_NE ? "and" : "or");
			break;
		case PCA_FILTER_EXPR_AND:
		case PCA_FILTER_EXPR_OR:
			write_args(out, pca_filter_expr_args(term), term->kind == PCA_FILTER_EXPR_AND ? "and" : "or");
			break;
	}
}

char *
pca_filter_expr_text(const PcaFilterExpr *term)
{
	StringInfoData out;

	initStringInfo(&out);
	write_term(&out, term);
	return out.data;
}

List *
pca_filter_expr_conjuncts(PcaFilterExpr *term)
{
	if (!term)
		return NIL;
	return term->kind == PCA_FILTER_EXPR_AND ? term->args : list_make1(term);
}

/* The whole filter: each of several conjuncts in parentheses. */
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
pca_filter_expr_label_parameters(PcaFilterExpr *term, List *labels)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, args_if_any(term))
		pca_filter_expr_label_parameters(lfirst(lc), labels);
	foreach(lc, values_if_any(term))
	{
		PcaValue   *value = lfirst(lc);

		if (!value->text)
			value->label = list_nth(labels, value->param);
	}
}

