/*
 * request.c
 *		What is asked of the API: terms, their text, and their way through
 *		a plan.
 *
 * Which clauses become terms is filter.c's question; here a term is only
 * carried and written.  The text that EXPLAIN shows and the text that is sent
 * come from the same functions.
 */
#include "postgres.h"

#include "nodes/value.h"
#include "utils/builtins.h"

#include "request.h"
#include "url.h"

/*
 * How many requests one IN list may become.  At 2048 bytes a URL that is room
 * for some 500 GUIDs in both spellings; a longer list costs more requests than
 * reading pages of 10000 rows and rechecking them.
 */
#define MAX_SHARES	32

/* Bytes kept free in a URL for "top", "skip" and their numbers. */
#define PAGING_LENGTH	64

/* ---- through the plan ---- */

static List *
value_to_nodes(const PcaValue *value)
{
	return list_make3(value->text ? makeString(pstrdup(value->text)) : NULL,
					  makeInteger(value->param),
					  makeInteger(value->is_array));
}

static PcaValue *
value_from_nodes(List *nodes)
{
	PcaValue   *value = palloc0(sizeof(PcaValue));

	value->text = linitial(nodes) ? strVal(linitial(nodes)) : NULL;
	value->param = intVal(lsecond(nodes));
	value->is_array = intVal(lthird(nodes)) != 0;
	return value;
}

/* A term's slots: kind, args, field, op, literal, spelling, values. */
static List *
term_to_nodes(const PcaTerm *term)
{
	List	   *args = NIL;
	List	   *values = NIL;
	List	   *nodes;
	ListCell   *lc;

	if (!term)
		return NIL;
	foreach(lc, term->args)
		args = lappend(args, term_to_nodes(lfirst(lc)));
	foreach(lc, term->values)
		values = lappend(values, value_to_nodes(lfirst(lc)));
	nodes = list_make3(makeInteger(term->kind), args,
					   makeString(pstrdup(term->field ? term->field : "")));
	nodes = lappend(nodes, makeInteger(term->op));
	nodes = lappend(nodes, makeInteger(term->literal));
	nodes = lappend(nodes, makeInteger(term->spelling));
	return lappend(nodes, values);
}

static PcaTerm *
term_from_nodes(List *nodes)
{
	PcaTerm    *term;
	ListCell   *lc;

	if (nodes == NIL)
		return NULL;
	term = palloc0(sizeof(PcaTerm));
	term->kind = intVal(list_nth(nodes, 0));
	foreach(lc, (List *) list_nth(nodes, 1))
		term->args = lappend(term->args, term_from_nodes(lfirst(lc)));
	term->field = strVal(list_nth(nodes, 2));
	term->op = intVal(list_nth(nodes, 3));
	term->literal = intVal(list_nth(nodes, 4));
	term->spelling = intVal(list_nth(nodes, 5));
	foreach(lc, (List *) list_nth(nodes, 6))
		term->values = lappend(term->values, value_from_nodes(lfirst(lc)));
	return term;
}

List *
pca_request_to_nodes(const PcaRequestPlan *plan)
{
	List	   *groupby = NIL;
	ListCell   *lc;

	foreach(lc, plan->groupby)
		groupby = lappend(groupby, makeString(pstrdup(lfirst(lc))));
	return list_make5(term_to_nodes(plan->filter), term_to_nodes(plan->path),
					  groupby, makeInteger(plan->grouped),
					  makeString(psprintf(INT64_FORMAT, plan->limit)));
}

PcaRequestPlan *
pca_request_from_nodes(List *nodes)
{
	PcaRequestPlan *plan = palloc0(sizeof(PcaRequestPlan));
	ListCell   *lc;

	plan->filter = term_from_nodes(list_nth(nodes, 0));
	plan->path = term_from_nodes(list_nth(nodes, 1));
	foreach(lc, (List *) list_nth(nodes, 2))
		plan->groupby = lappend(plan->groupby, strVal(lfirst(lc)));
	plan->grouped = intVal(list_nth(nodes, 3)) != 0;
	plan->limit = strtoi64(strVal(list_nth(nodes, 4)), NULL, 10);
	return plan;
}

/* ---- making terms ---- */

PcaTerm *
pca_request_compare(const char *field, PcaOperator op, PcaLiteral literal,
					PcaGuidSpelling spelling, List *values)
{
	PcaTerm    *term = palloc0(sizeof(PcaTerm));

	term->kind = PCA_TERM_COMPARE;
	term->field = field;
	term->op = op;
	term->literal = literal;
	term->spelling = spelling;
	term->values = values;
	return term;
}

static PcaTerm *
combine(PcaTermKind kind, List *terms)
{
	PcaTerm    *term;
	ListCell   *lc;

	if (list_length(terms) == 1)
		return linitial(terms);
	term = palloc0(sizeof(PcaTerm));
	term->kind = kind;
	foreach(lc, terms)
	{
		PcaTerm    *arg = lfirst(lc);

		if (arg->kind == kind)
			term->args = list_concat(term->args, arg->args);
		else
			term->args = lappend(term->args, arg);
	}
	return term;
}

PcaTerm *
pca_request_and(List *terms)
{
	return combine(PCA_TERM_AND, terms);
}

PcaTerm *
pca_request_or(List *terms)
{
	return combine(PCA_TERM_OR, terms);
}

/* ---- putting values in ---- */

typedef enum Truth
{
	TRUTH_NO,					/* no row can satisfy it */
	TRUTH_YES,					/* every row does */
	TRUTH_DEPENDS
} Truth;

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

/*
 * The texts that a comparison's values stand for.  *null is set when one of
 * them is SQL's NULL.
 */
static List *
value_texts(const PcaTerm *term, const PcaParams *params, bool *null)
{
	List	   *texts = NIL;
	ListCell   *lc;

	*null = false;
	foreach(lc, term->values)
	{
		const PcaValue *value = lfirst(lc);
		int			param = value->param;

		if (value->text)
			texts = lappend(texts, unconstify(char *, value->text));
		else if (!params->texts[param] && !params->arrays[param])
			*null = *null || !value->is_array || params->has_null[param];
		else if (value->is_array)
		{
			texts = list_concat(texts, params->arrays[param]);
			*null = *null || params->has_null[param];
		}
		else
			texts = lappend(texts, params->texts[param]);
	}
	return distinct_texts(texts);
}

static PcaTerm *
with_texts(const PcaTerm *term, List *texts)
{
	List	   *values = NIL;
	ListCell   *lc;

	foreach(lc, texts)
	{
		PcaValue   *value = palloc0(sizeof(PcaValue));

		value->text = lfirst(lc);
		values = lappend(values, value);
	}
	return pca_request_compare(term->field, term->op, term->literal,
							   term->spelling, values);
}

static bool
has_parameter(const PcaTerm *term)
{
	ListCell   *lc;

	foreach(lc, term->values)
		if (!((PcaValue *) lfirst(lc))->text)
			return true;
	return false;
}

/* A comparison with NULL is never true. */
static Truth
resolve_comparison(const PcaTerm *term, const PcaParams *params, PcaTerm **resolved)
{
	bool		null;
	List	   *texts;

	if (!params && has_parameter(term))
	{
		*resolved = unconstify(PcaTerm *, term);
		return TRUTH_DEPENDS;
	}
	texts = value_texts(term, params, &null);
	*resolved = with_texts(term, texts);
	if (term->op == PCA_OP_NE)
		return null ? TRUTH_NO : texts ? TRUTH_DEPENDS : TRUTH_YES;
	return texts ? TRUTH_DEPENDS : TRUTH_NO;
}

/*
 * Replace the term's parameters by their values, where those are known.  NOT
 * stands at no term, so what is not known to be true may be read as "no".
 */
static Truth
resolve(const PcaTerm *term, const PcaParams *params, PcaTerm **resolved)
{
	List	   *terms = NIL;
	Truth		deciding = term->kind == PCA_TERM_AND ? TRUTH_NO : TRUTH_YES;
	ListCell   *lc;

	if (term->kind == PCA_TERM_COMPARE)
		return resolve_comparison(term, params, resolved);
	foreach(lc, term->args)
	{
		PcaTerm    *arg;
		Truth		truth = resolve(lfirst(lc), params, &arg);

		if (truth == deciding)
			return deciding;
		if (truth == TRUTH_DEPENDS)
			terms = lappend(terms, arg);
	}
	if (terms == NIL)
		return term->kind == PCA_TERM_AND ? TRUTH_YES : TRUTH_NO;
	*resolved = combine(term->kind, terms);
	return TRUTH_DEPENDS;
}

/* ---- writing ---- */

static const char *
operator_text(PcaOperator op)
{
	switch (op)
	{
		case PCA_OP_EQ:
			return "eq";
		case PCA_OP_NE:
			return "ne";
		case PCA_OP_GT:
			return "gt";
		case PCA_OP_GE:
			return "ge";
		case PCA_OP_LT:
			return "lt";
		case PCA_OP_LE:
			return "le";
		case PCA_OP_CONTAINS:
			return "contains";
	}
	pg_unreachable();
}

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

static char *
in_case(const char *text, bool upper)
{
	char	   *copy = pstrdup(text);

	for (char *p = copy; *p; p++)
		*p = upper ? pg_ascii_toupper((unsigned char) *p) :
			pg_ascii_tolower((unsigned char) *p);
	return copy;
}

/* "field op literal", appended to comparisons. */
static List *
add_comparison(List *comparisons, const PcaTerm *term, const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "%s %s ", term->field, operator_text(term->op));
	if (term->literal == PCA_LITERAL_BARE)
		appendStringInfoString(&out, text);
	else
		write_quoted(&out, text);
	return lappend(comparisons, out.data);
}

/*
 * A GUID in the spelling that the API is known to have, or in both: whichever
 * the API holds, one of two "eq" finds it, and one of two "ne" excludes it.
 */
static List *
add_guid_comparisons(List *comparisons, const PcaTerm *term, const char *text)
{
	char	   *upper = in_case(text, true);
	char	   *lower = in_case(text, false);

	if (term->spelling != PCA_GUIDS_LOWER)
		comparisons = add_comparison(comparisons, term, upper);
	if (term->spelling == PCA_GUIDS_LOWER ||
		(term->spelling == PCA_GUIDS_UNKNOWN && strcmp(upper, lower) != 0))
		comparisons = add_comparison(comparisons, term, lower);
	return comparisons;
}

static const char *
parameter_text(const PcaValue *value)
{
	return value->label ? value->label : psprintf("$%d", value->param + 1);
}

static List *
add_value(List *comparisons, const PcaTerm *term, const PcaValue *value)
{
	if (!value->text)
		return lappend(comparisons,
					   psprintf("%s %s %s%s", term->field, operator_text(term->op),
								value->is_array ? "any " : "", parameter_text(value)));
	if (term->literal == PCA_LITERAL_GUID)
		return add_guid_comparisons(comparisons, term, value->text);
	return add_comparison(comparisons, term, value->text);
}

static void write_term(StringInfo out, const PcaTerm *term);

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

static char *
term_text(const PcaTerm *term)
{
	StringInfoData out;

	initStringInfo(&out);
	write_term(&out, term);
	return out.data;
}

/* A term of several parts stands in parentheses. */
static void
write_term(StringInfo out, const PcaTerm *term)
{
	List	   *texts = NIL;
	ListCell   *lc;

	if (term->kind == PCA_TERM_COMPARE)
	{
		foreach(lc, term->values)
			texts = add_value(texts, term, lfirst(lc));
		write_joined(out, texts, term->op == PCA_OP_NE ? "and" : "or");
		return;
	}
	foreach(lc, term->args)
		texts = lappend(texts, term_text(lfirst(lc)));
	write_joined(out, texts, term->kind == PCA_TERM_AND ? "and" : "or");
}

static List *
conjuncts_of(PcaTerm *term)
{
	if (!term)
		return NIL;
	return term->kind == PCA_TERM_AND ? term->args : list_make1(term);
}

/* The whole filter: each of several conjuncts in parentheses. */
static char *
filter_text(List *conjuncts)
{
	StringInfoData out;
	ListCell   *lc;

	if (conjuncts == NIL)
		return NULL;
	initStringInfo(&out);
	foreach(lc, conjuncts)
	{
		char	   *text = term_text(lfirst(lc));
		bool		bare = list_length(conjuncts) > 1 && text[0] != '(';

		appendStringInfo(&out, "%s%s%s%s", out.len ? " and " : "",
						 bare ? "(" : "", text, bare ? ")" : "");
	}
	return out.data;
}

static void
label_term(PcaTerm *term, List *labels)
{
	ListCell   *lc;

	if (!term)
		return;
	foreach(lc, term->args)
		label_term(lfirst(lc), labels);
	foreach(lc, term->values)
	{
		PcaValue   *value = lfirst(lc);

		if (!value->text)
			value->label = list_nth(labels, value->param);
	}
}

void
pca_request_label(PcaRequestPlan *plan, List *labels)
{
	label_term(plan->filter, labels);
	label_term(plan->path, labels);
}

static char *
groupby_text(const PcaRequestPlan *plan)
{
	StringInfoData out;
	ListCell   *lc;

	if (plan->groupby == NIL)
		return NULL;
	initStringInfo(&out);
	foreach(lc, plan->groupby)
		appendStringInfo(&out, "%s%s", out.len ? "," : "", (char *) lfirst(lc));
	return out.data;
}

/* ---- fitting into a URL ---- */

static size_t
filter_length(List *conjuncts)
{
	return conjuncts ? pca_url_encoded_length(filter_text(conjuncts)) : 0;
}

static bool
is_shareable(const PcaTerm *term)
{
	return term->kind == PCA_TERM_COMPARE && term->op == PCA_OP_EQ &&
		list_length(term->values) > 1 && !has_parameter(term);
}

/* The longest conjunct (among those that can be shared out, if so asked). */
static PcaTerm *
longest(List *conjuncts, bool shareable)
{
	PcaTerm    *found = NULL;
	size_t		most = 0;
	ListCell   *lc;

	foreach(lc, conjuncts)
	{
		PcaTerm    *term = lfirst(lc);
		size_t		length;

		if (shareable && !is_shareable(term))
			continue;
		length = pca_url_encoded_length(term_text(term));
		if (length > most)
		{
			most = length;
			found = term;
		}
	}
	return found;
}

/*
 * Divide the term's values among as few terms as fit, each together with the
 * other conjuncts; NIL when a single value does not fit or there would be too
 * many.
 */
static List *
share_out(const PcaTerm *term, List *others, size_t room)
{
	PcaTerm    *share = with_texts(term, NIL);
	List	   *shares = list_make1(share);
	size_t		spare;
	size_t		used = 0;
	ListCell   *lc;

	/* Parentheses and " and " around the share, encoded. */
	spare = filter_length(others) + strlen("%20and%20") + 6 * 2;
	if (spare >= room)
		return NIL;
	room -= spare;
	foreach(lc, term->values)
	{
		PcaTerm    *one = with_texts(term, NIL);
		size_t		length;

		one->values = list_make1(lfirst(lc));
		length = pca_url_encoded_length(term_text(one)) + strlen("%20or%20");
		if (length > room)
			return NIL;
		if (used + length > room)
		{
			if (list_length(shares) == MAX_SHARES)
				return NIL;
			share = with_texts(term, NIL);
			shares = lappend(shares, share);
			used = 0;
		}
		share->values = lappend(share->values, lfirst(lc));
		used += length;
	}
	return shares;
}

static PcaRequest *
new_request(const PcaRequestPlan *plan, const PcaTable *table, List *conjuncts)
{
	PcaRequest *request = palloc0(sizeof(PcaRequest));

	request->path = table->path;
	request->other_path = table->other_path;
	request->filter = filter_text(conjuncts);
	request->groupby = groupby_text(plan);
	request->paged = (table->resource->parameters & PCA_PARAMS_PAGING) != 0;
	request->limit = plan->limit;
	return request;
}

/* The requests that ask for these conjuncts within that many bytes of filter. */
static List *
requests_within(const PcaRequestPlan *plan, const PcaTable *table,
				List *conjuncts, size_t room)
{
	bool		shortened = false;
	PcaRequest *whole;

	while (filter_length(conjuncts) > room)
	{
		PcaTerm    *shared = longest(conjuncts, true);
		List	   *others = shared ? list_delete_ptr(list_copy(conjuncts), shared) : NIL;
		List	   *shares = shared ? share_out(shared, others, room) : NIL;
		List	   *requests = NIL;
		ListCell   *lc;

		foreach(lc, shares)
		{
			PcaTerm    *share = lfirst(lc);
			PcaRequest *request = new_request(plan, table, lcons(share, list_copy(others)));
			ListCell   *lv;

			request->own_field = share->field;
			request->shortened = shortened;
			foreach(lv, share->values)
				request->own_values = lappend(request->own_values,
											  unconstify(char *, ((PcaValue *) lfirst(lv))->text));
			requests = lappend(requests, request);
		}
		if (requests)
			return requests;
		conjuncts = list_delete_ptr(list_copy(conjuncts), longest(conjuncts, false));
		shortened = true;
	}
	whole = new_request(plan, table, conjuncts);
	whole->shortened = shortened;
	return list_make1(whole);
}

/* How many bytes of filter the URL has room for. */
static size_t
filter_room(const PcaRequestPlan *plan, const PcaTable *table)
{
	const char *groupby = groupby_text(plan);
	size_t		taken = strlen(table->server->base_url) +
		Max(strlen(table->path), table->other_path ? strlen(table->other_path) : 0) +
		strlen("&filter=") + PAGING_LENGTH +
		(groupby ? strlen("&groupby=") + pca_url_encoded_length(groupby) : 0);
	size_t		most = table->server->max_url_length;

	return taken < most ? most - taken : 0;
}

/* The path with the customer's GUID in its place. */
static char *
path_for(const char *path, const char *customer)
{
	const char *place = strstr(path, PCA_CUSTOMER_ID);

	Assert(place != NULL);
	return psprintf("%.*s%s%s", (int) (place - path), path, customer,
					place + strlen(PCA_CUSTOMER_ID));
}

/* One request for each value of the path's term. */
static List *
requests_by_path(const PcaRequestPlan *plan, const PcaTable *table,
				 const PcaParams *params)
{
	List	   *requests = NIL;
	List	   *customers;
	bool		null;
	ListCell   *lc;

	if (!params && has_parameter(plan->path))
		customers = list_make1(unconstify(char *, parameter_text(linitial(plan->path->values))));
	else
		customers = value_texts(plan->path, params, &null);
	foreach(lc, customers)
	{
		PcaRequest *request = new_request(plan, table, NIL);

		request->customer_id = lfirst(lc);
		request->path = path_for(table->path, request->customer_id);
		requests = lappend(requests, request);
	}
	return requests;
}

List *
pca_request_render(const PcaRequestPlan *plan, const PcaTable *table,
				   const PcaParams *params)
{
	PcaTerm    *filter = NULL;

	if (plan->path)
		return requests_by_path(plan, table, params);
	if (plan->filter)
	{
		Truth		truth = resolve(plan->filter, params, &filter);

		if (truth == TRUTH_NO)
			return NIL;
		if (truth == TRUTH_YES)
			filter = NULL;
	}
	return requests_within(plan, table, conjuncts_of(filter),
						   filter_room(plan, table));
}

/* ---- the query string ---- */

static void
add_parameter(StringInfo query, const char *name, const char *value, bool encode)
{
	appendStringInfo(query, "%c%s=", query->len ? '&' : '?', name);
	if (encode)
		pca_url_encode(query, value);
	else
		appendStringInfoString(query, value);
}

static char *
query_text(const PcaRequest *request, int64 top, int64 skip, bool encode)
{
	StringInfoData query;

	initStringInfo(&query);
	if (request->paged)
	{
		add_parameter(&query, "top", psprintf(INT64_FORMAT, top), encode);
		add_parameter(&query, "skip", psprintf(INT64_FORMAT, skip), encode);
	}
	if (request->filter)
		add_parameter(&query, "filter", request->filter, encode);
	if (request->groupby)
		add_parameter(&query, "groupby", request->groupby, encode);
	return query.data;
}

char *
pca_request_query(const PcaRequest *request, int64 top, int64 skip)
{
	return query_text(request, top, skip, true);
}

char *
pca_request_url_text(const PcaRequest *request, const PcaTable *table)
{
	int64		top = request->limit >= 0 ? Min(request->limit, table->page_size) :
		table->page_size;

	return psprintf("%s%s%s", table->server->base_url, request->path,
					query_text(request, top, 0, false));
}
