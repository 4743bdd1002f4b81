/*
 * request.c
 *		Renders a request plan into requests, whose filters fit into a URL.
 *
 * The planner decides which clauses become filter expressions, and filter_expr.c
 * writes their text.  Here the expressions are divided among requests, or omitted,
 * until each URL is short enough.
 */
#include "postgres.h"

#include "lib/binaryheap.h"

#include "config/url.h"
#include "config/url_query.h"
#include "request/date_list.h"
#include "request/param.h"
#include "request/request.h"

/*
 * Bytes of a URL that are reserved for "?top=", "&skip=" and their numbers: 11 bytes
 * and two numbers of at most 20 digits, rounded up.
 */
#define PAGING_LENGTH	64

static void
label_value(PcaValue *value, List *labels)
{
	if (value && !value->text)
		value->label = list_nth(labels, value->param);
}

void
pca_request_label_parameters(PcaRequestPlan *plan, List *labels)
{
	label_value(plan->offset, labels);
	label_value(plan->limit_value, labels);
	if (plan->filter)
		pca_filter_expr_label_parameters(plan->filter, labels);
	if (plan->path)
		pca_filter_expr_label_parameters(plan->path, labels);
	if (plan->snapshot)
		pca_filter_expr_label_parameters(plan->snapshot, labels);
}

/* Append a field to a list that is separated by commas. */
static void
add_field_name(StringInfo list, const char *name)
{
	appendStringInfo(list, "%s%s", list->len ? "," : "", name);
}

static char *
make_groupby_text(const PcaRequestPlan *plan)
{
	StringInfoData out;
	ListCell   *lc;

	if (plan->groupby == NIL)
		return NULL;
	initStringInfo(&out);
	foreach(lc, plan->groupby)
		add_field_name(&out, lfirst(lc));
	return out.data;
}

/* ---- fitting into a URL ---- */

/* The size of a filter or a part of it, or the greatest that it may have. */
typedef struct FilterSize
{
	size_t		bytes;			/* URL-encoded */
	int			clauses;		/* comparisons */
} FilterSize;

static size_t
get_filter_length(List *conjuncts)
{
	return conjuncts ? pca_url_encoded_length(pca_filter_expr_filter_text(conjuncts)) : 0;
}

/* Bytes of what joins the conjuncts of a filter, URL-encoded. */
#define AND_LENGTH			strlen("%20and%20")
#define OR_LENGTH			strlen("%20or%20")
#define PARENTHESES_LENGTH	strlen("%28%29")

/* A conjunct of the filter.  Its text is written and measured once. */
typedef struct Conjunct
{
	PcaFilterExpr *expr;
	size_t		length;			/* bytes, URL-encoded */
	int			clauses;		/* comparisons */
	bool		bare;			/* needs parentheses beside others */
	bool		omitted;
} Conjunct;

/*
 * The conjuncts of a filter, and those that are left of them.  The heaps make it
 * cheap to omit many of a long filter, one at a time.
 */
typedef struct FilterFit
{
	Conjunct   *conjuncts;		/* in their order */
	int			nconjuncts;
	int			first;			/* all conjuncts before it are omitted */
	int			nleft;			/* conjuncts that are not omitted */
	size_t		length;			/* bytes of those */
	int			clauses;		/* comparisons of those */
	size_t		parentheses;	/* bytes of parentheses that they need beside
								 * others */
	binaryheap *longest;		/* Conjunct *, the longest first */
	binaryheap *divisible;		/* the same, those with an IN list that can be
								 * divided */
} FilterFit;

/* Of conjuncts of the same length, the first one counts as longer. */
static int
compare_conjuncts(Datum a, Datum b, void *arg)
{
	const Conjunct *left = (const Conjunct *) DatumGetPointer(a);
	const Conjunct *right = (const Conjunct *) DatumGetPointer(b);

	if (left->length != right->length)
		return left->length < right->length ? -1 : 1;
	return left < right ? 1 : left > right ? -1 : 0;
}

/*
 * Returns true if the API counts rows or applies OFFSET and LIMIT: no condition may be
 * omitted then, since PostgreSQL cannot evaluate it locally.
 */
static bool
needs_whole_filter(const PcaRequestPlan *plan)
{
	return plan->count || plan->offset || plan->limit_value;
}

/*
 * Returns true for an IN list that can be divided among requests.  A list of days is
 * divided only if its range is not enough.  Accepts every kind.
 */
static bool
is_divisible(const PcaRequestPlan *plan, const PcaFilterExpr *expr)
{
	const PcaComparison *comparison;

	if (pca_filter_expr_kind(expr) != PCA_FILTER_EXPR_COMPARE)
		return false;
	comparison = pca_filter_expr_comparison(expr);
	return (comparison->op == PCA_OP_EQ || (comparison->op & PCA_OPS_SEARCH)) &&
		(comparison->literal != PCA_LITERAL_DATE || needs_whole_filter(plan)) &&
		list_length(comparison->values) > 1 && !pca_filter_expr_has_parameter(expr);
}

static void
add_conjunct(FilterFit *fit, const PcaRequestPlan *plan, PcaFilterExpr *expr)
{
	const char *text = pca_filter_expr_text(expr);
	Conjunct   *conjunct = &fit->conjuncts[fit->nconjuncts++];

	conjunct->expr = expr;
	conjunct->length = pca_url_encoded_length(text);
	conjunct->clauses = pca_filter_expr_clause_count(expr);
	conjunct->bare = text[0] != '(';
	conjunct->omitted = false;
	fit->nleft++;
	fit->length += conjunct->length;
	fit->clauses += conjunct->clauses;
	fit->parentheses += conjunct->bare ? PARENTHESES_LENGTH : 0;
	binaryheap_add(fit->longest, PointerGetDatum(conjunct));
	if (is_divisible(plan, expr))
		binaryheap_add(fit->divisible, PointerGetDatum(conjunct));
}

/* Remove a conjunct from those that are left; the heaps are cleaned up later. */
static void
omit_conjunct(FilterFit *fit, Conjunct *conjunct)
{
	conjunct->omitted = true;
	fit->nleft--;
	fit->length -= conjunct->length;
	fit->clauses -= conjunct->clauses;
	fit->parentheses -= conjunct->bare ? PARENTHESES_LENGTH : 0;
}

static FilterFit
make_filter_fit(const PcaRequestPlan *plan, List *conjuncts)
{
	/* each may be replaced by a range, which has two conjuncts */
	int			max_conjuncts = 3 * list_length(conjuncts) + 1;
	FilterFit	fit = {0};
	ListCell   *lc;

	fit.conjuncts = palloc(sizeof(Conjunct) * max_conjuncts);
	fit.longest = binaryheap_allocate(max_conjuncts, compare_conjuncts, NULL);
	fit.divisible = binaryheap_allocate(max_conjuncts, compare_conjuncts, NULL);
	foreach(lc, conjuncts)
		add_conjunct(&fit, plan, lfirst(lc));
	return fit;
}

/* Returns the longest conjunct of the heap that is not omitted, or NULL. */
static Conjunct *
find_longest(binaryheap *heap)
{
	while (!binaryheap_empty(heap))
	{
		Conjunct   *conjunct = (Conjunct *) DatumGetPointer(binaryheap_first(heap));

		if (!conjunct->omitted)
			return conjunct;
		(void) binaryheap_remove_first(heap);
	}
	return NULL;
}

/* The length of the filter, equal to get_filter_length() of the conjuncts that are left. */
static size_t
fit_length(const FilterFit *fit)
{
	return fit->nleft < 2 ? fit->length :
		fit->length + fit->parentheses + (fit->nleft - 1) * AND_LENGTH;
}

/* The size of the filter without one of its conjuncts. */
static FilterSize
fit_size_without(FilterFit fit, Conjunct conjunct)
{
	FilterSize	size;

	omit_conjunct(&fit, &conjunct);
	size.bytes = fit_length(&fit);
	size.clauses = fit.clauses;
	return size;
}

/* The conjuncts (PcaFilterExpr *) that are left, except for one. */
static List *
get_conjuncts_left(const FilterFit *fit, const Conjunct *except)
{
	List	   *exprs = NIL;

	for (int i = 0; i < fit->nconjuncts; i++)
		if (!fit->conjuncts[i].omitted && &fit->conjuncts[i] != except)
			exprs = lappend(exprs, fit->conjuncts[i].expr);
	return exprs;
}

/* The number of requests that an IN list may be divided among. */
static int
max_list_parts(const PcaRequestPlan *plan)
{
	if (needs_whole_filter(plan))
		return PG_INT32_MAX;
	return plan->max_list_parts > 0 ? plan->max_list_parts : PCA_REQUEST_MAX_PARTS;
}

/* Copy a comparison, with these values (PcaValue *). */
static PcaFilterExpr *
copy_with_values(const PcaFilterExpr *expr, List *values)
{
	PcaComparison copy = *pca_filter_expr_comparison(expr);

	copy.values = values;
	return pca_filter_expr_from_comparison(copy);
}

/*
 * Divide the values of a comparison into as few parts as possible, each of which fits
 * into the filter together with the other conjuncts.  Returns a list of comparisons,
 * or NIL if a single value does not fit or there would be more than max_parts.  A
 * request for fields that begin with a text has one value.
 */
static List *
divide_list(const PcaFilterExpr *expr, FilterSize others, FilterSize max, int max_parts)
{
	List	   *parts = NIL;
	List	   *values = NIL;	/* of the current part */
	FilterSize	used = {0};
	ListCell   *lc;

	others.bytes += AND_LENGTH + 2 * PARENTHESES_LENGTH;
	if (others.bytes >= max.bytes || others.clauses >= max.clauses)
		return NIL;
	max.bytes -= others.bytes;
	max.clauses -= others.clauses;
	foreach(lc, pca_filter_expr_comparison(expr)->values)
	{
		PcaFilterExpr *one = copy_with_values(expr, list_make1(lfirst(lc)));
		size_t		length = pca_url_encoded_length(pca_filter_expr_text(one)) + OR_LENGTH;
		int			clauses = pca_filter_expr_clause_count(one);

		if (length > max.bytes || clauses > max.clauses)
			return NIL;
		if (used.bytes + length > max.bytes || used.clauses + clauses > max.clauses ||
			(values && pca_filter_expr_compares_by(expr, PCA_OP_STARTS_WITH)))
		{
			if (list_length(parts) + 1 == max_parts)
				return NIL;
			parts = lappend(parts, copy_with_values(expr, values));
			values = NIL;
			used.bytes = 0;
			used.clauses = 0;
		}
		values = lappend(values, lfirst(lc));
		used.bytes += length;
		used.clauses += clauses;
	}
	return lappend(parts, copy_with_values(expr, values));
}

/*
 * Returns true if the first conjunct that is left has several values, of which a
 * request for fields that begin with a text can have only one (api-notes 2.13).
 */
static bool
must_divide(const PcaRequestPlan *plan, FilterFit *fit)
{
	const PcaFilterExpr *expr;

	while (fit->first < fit->nconjuncts && fit->conjuncts[fit->first].omitted)
		fit->first++;
	if (fit->first == fit->nconjuncts)
		return false;
	expr = fit->conjuncts[fit->first].expr;
	return pca_filter_expr_compares_by(expr, PCA_OP_STARTS_WITH) && is_divisible(plan, expr);
}

/*
 * The requested order, extended to a total order, so that pages neither repeat nor
 * miss rows.  NULL if the API has no orderby or one page is enough.
 */
static const char *
make_orderby_text(const PcaRequestPlan *plan, const PcaTable *table)
{
	const PcaResource *resource = table->resource;
	StringInfoData out;
	ListCell   *lc;

	if (!(resource->parameters & PCA_PARAM_ORDERBY) || plan->count ||
		(!plan->order && !plan->limit_inexact && plan->limit >= 0 && plan->limit <= table->page_size))
		return NULL;
	initStringInfo(&out);
	if (plan->order)
		add_field_name(&out, plan->descending ? psprintf("%s desc", plan->order) : plan->order);
	foreach(lc, plan->groupby)
		add_field_name(&out, lfirst(lc));
	for (int i = 0; i < resource->nfields && !plan->grouped; i++)
		if (resource->fields[i].orderable &&
			!(plan->order && strcmp(plan->order, resource->fields[i].name) == 0))
			add_field_name(&out, resource->fields[i].name);
	return out.data;
}

/* Groups of a date are those of its days. */
static const char *
make_aggregation_level_text(const PcaRequestPlan *plan, const PcaTable *table)
{
	ListCell   *lc;

	if (!(table->resource->parameters & PCA_PARAM_AGGREGATION_LEVEL))
		return NULL;
	foreach(lc, plan->groupby)
	{
		if (pca_resource_field(table->resource, lfirst(lc))->day)
			return "day";
	}
	return NULL;
}

static PcaRequest *
make_request(const PcaRequestPlan *plan, const PcaTable *table, List *conjuncts)
{
	PcaRequest *request = palloc0(sizeof(PcaRequest));

	request->path = table->path;
	request->other_path = table->other_path;
	request->query = table->query;
	request->filter = pca_filter_expr_filter_text(conjuncts);
	request->groupby = make_groupby_text(plan);
	request->orderby = make_orderby_text(plan, table);
	request->aggregation_level = make_aggregation_level_text(plan, table);
	request->paged = (table->resource->parameters & PCA_PARAMS_PAGING) != 0;
	request->sized = (table->resource->parameters & PCA_PARAM_SIZE) != 0;
	request->page_size = table->page_size;
	request->expected_rows = Min(plan->expected_rows, 0);
	request->limit = plan->count || plan->row_per_day ? 1 : plan->limit;
	request->count = plan->count;
	request->ordered = plan->order || plan->day_order;
	request->one_row = plan->row_per_day;
	return request;
}

/* Omit the longest conjunct; a list of dates is replaced by its range. */
static void
omit_longest_conjunct(FilterFit *fit, const PcaRequestPlan *plan)
{
	Conjunct   *conjunct = find_longest(fit->longest);
	ListCell   *lc;

	omit_conjunct(fit, conjunct);
	foreach(lc, pca_date_list_to_range(conjunct->expr))
		add_conjunct(fit, plan, lfirst(lc));
}

/* Make a request for each part of a list, together with the other conjuncts. */
static List *
make_requests_for_parts(const PcaRequestPlan *plan, const PcaTable *table, List *parts,
						List *others, PcaRequestLimit shortened)
{
	List	   *requests = NIL;
	ListCell   *lc;

	foreach(lc, parts)
	{
		const PcaComparison *part = pca_filter_expr_comparison(lfirst(lc));
		PcaRequest *request = make_request(plan, table, lcons(lfirst(lc), list_copy(others)));
		ListCell   *lv;

		request->shortened = shortened;
		request->is_part = true;
		/* days are compared exactly, so no row is in two parts */
		if (part->literal == PCA_LITERAL_DATE)
		{
			requests = lappend(requests, request);
			continue;
		}
		request->part_field = part->field;
		foreach(lv, part->values)
			request->part_values = lappend(request->part_values,
										   unconstify(char *, ((PcaValue *) lfirst(lv))->text));
		requests = lappend(requests, request);
	}
	return requests;
}

/* The limit that the filter exceeds, or PCA_REQUEST_LIMIT_NONE. */
static PcaRequestLimit
find_exceeded_limit(const PcaRequestPlan *plan, FilterFit *fit, FilterSize max)
{
	if (fit->clauses > max.clauses)
		return PCA_REQUEST_LIMIT_CLAUSES;
	return fit_length(fit) > max.bytes || must_divide(plan, fit) ? PCA_REQUEST_LIMIT_URL : PCA_REQUEST_LIMIT_NONE;
}

/* Make requests with these conjuncts, whose filters are not larger than max. */
static List *
make_requests_within(const PcaRequestPlan *plan, const PcaTable *table,
					 List *conjuncts, FilterSize max)
{
	FilterFit	fit = make_filter_fit(plan, conjuncts);
	PcaRequestLimit shortened = PCA_REQUEST_LIMIT_NONE;
	PcaRequestLimit exceeded;
	PcaRequest *whole;

	while ((exceeded = find_exceeded_limit(plan, &fit, max)) != PCA_REQUEST_LIMIT_NONE)
	{
		Conjunct   *divided = plan->order ? NULL : find_longest(fit.divisible);
		List	   *parts = NIL;

		if (divided)
			parts = divide_list(divided->expr, fit_size_without(fit, *divided), max, max_list_parts(plan));
		if (parts)
			return make_requests_for_parts(plan, table, parts, get_conjuncts_left(&fit, divided),
										   shortened);
		omit_longest_conjunct(&fit, plan);
		shortened = exceeded;
	}
	whole = make_request(plan, table, get_conjuncts_left(&fit, NULL));
	whole->shortened = shortened;
	return list_make1(whole);
}

/* The bytes of a URL that are left for the filter. */
static size_t
max_filter_length(const PcaRequestPlan *plan, const PcaTable *table)
{
	const char *groupby = make_groupby_text(plan);
	const char *orderby = make_orderby_text(plan, table);
	size_t		taken = strlen(table->server->base_url) +
		Max(strlen(table->path), table->other_path ? strlen(table->other_path) : 0) +
		strlen("&filter=") + PAGING_LENGTH +
		(groupby ? strlen("&groupby=") + pca_url_encoded_length(groupby) : 0) +
		(plan->snapshot ? strlen("&processedDateTime=2018-10-14T00%3A00%3A00") : 0) +
		(orderby ? strlen("&orderby=") + pca_url_encoded_length(orderby) : 0) +
		(make_aggregation_level_text(plan, table) ? strlen("&aggregationLevel=day") : 0) +
		(table->query ? strlen("&") + pca_url_encoded_length(table->query) : 0);
	size_t		max_length = table->server->max_url_length;

	return taken < max_length ? max_length - taken : 0;
}

/* The largest filter of a request. */
static FilterSize
max_filter_size(const PcaRequestPlan *plan, const PcaTable *table)
{
	FilterSize	max = {.bytes = max_filter_length(plan, table),.clauses = PG_INT32_MAX};

	if (table->max_filter_clauses > 0)
		max.clauses = table->max_filter_clauses;
	return max;
}

/* Stands for a value that is not known yet: a GUID, or a name of the same length. */
#define TYPICAL_VALUE	"00000000-0000-0000-0000-000000000000"

int
pca_request_values_in_url(const PcaRequestPlan *plan, const PcaTable *table,
						  const PcaFilterExpr *expr)
{
	PcaFilterExpr *one = pca_filter_expr_with_texts(expr, list_make1(TYPICAL_VALUE));
	size_t		length = pca_url_encoded_length(pca_filter_expr_text(one)) + OR_LENGTH;
	size_t		others = get_filter_length(pca_filter_expr_conjuncts(plan->filter));
	size_t		available = max_filter_length(plan, table);
	int			values = available > others ? (available - others) / length : 0;

	if (table->max_filter_clauses > 0)
		values = Min(values, table->max_filter_clauses / pca_filter_expr_clause_count(one));
	return Max(1, values);
}

/* The path with a customer's GUID instead of the placeholder. */
static char *
make_customer_path(const char *path, const char *customer)
{
	const char *placeholder = strstr(path, PCA_CUSTOMER_ID);

	Assert(placeholder != NULL);
	return psprintf("%.*s%s%s", (int) (placeholder - path), path, customer,
					placeholder + strlen(PCA_CUSTOMER_ID));
}

PcaRequest *
pca_request_for_customer(const PcaRequestPlan *plan, const PcaTable *table,
						 const char *customer)
{
	PcaRequest *request = make_request(plan, table, NIL);

	request->customer_id = customer;
	request->path = make_customer_path(table->path, customer);
	return request;
}

/* Make the request for the list of customers, and a template of those for each customer. */
static List *
make_listing_requests(const PcaRequestPlan *plan, const PcaTable *table)
{
	const PcaResource *customers = pca_resource_customers();
	PcaRequest *listing = palloc0(sizeof(PcaRequest));

	listing->path = customers->path;
	listing->listing = true;
	listing->sized = true;
	listing->page_size = Min(table->server->page_size, customers->largest_top);
	listing->limit = -1;
	return list_make2(listing, make_request(plan, table, NIL));
}

/* Make a request for each value of plan->path, which is a comparison. */
static List *
make_path_requests(const PcaRequestPlan *plan, const PcaTable *table,
				   const PcaParams *params)
{
	const PcaComparison *path = pca_filter_expr_comparison(plan->path);
	List	   *requests = NIL;
	List	   *customers;
	bool		null;
	ListCell   *lc;

	if (!params && pca_filter_expr_has_parameter(plan->path))
		customers = list_make1(unconstify(char *, pca_filter_expr_parameter_text(linitial(path->values))));
	else
		customers = pca_filter_expr_value_texts(plan->path, params, &null);
	foreach(lc, customers)
		requests = lappend(requests, pca_request_for_customer(plan, table, lfirst(lc)));
	return requests;
}

int64
pca_request_limit_rows(const PcaValue *value, const PcaParams *params, int64 absent)
{
	const char *text = NULL;

	if (value)
		text = value->text ? value->text : params ? pca_param_value(params, value->param)->text : NULL;
	return text ? strtoi64(text, NULL, 10) : absent;
}

/* The label of a number of rows that is a parameter, for EXPLAIN; or NULL. */
static const char *
get_row_count_label(const PcaValue *value, const PcaParams *params)
{
	return value && !value->text && !params ? pca_filter_expr_parameter_text(value) : NULL;
}

/*
 * Rows that the API is requested to skip at most, so that skip plus top fits into 32
 * bits; the scan skips the rest.
 */
#define MAX_SKIPPED_ROWS	INT64CONST(2000000000)

/* Set the OFFSET and LIMIT that the API applies. */
static void
set_offset_and_limit(PcaRequest *request, const PcaRequestPlan *plan, const PcaParams *params)
{
	request->offset = Max(pca_request_limit_rows(plan->offset, params, 0), 0);
	request->offset = Min(request->offset, MAX_SKIPPED_ROWS);
	request->offset_label = get_row_count_label(plan->offset, params);
	if (plan->limit_value)
	{
		request->limit = pca_request_limit_rows(plan->limit_value, params, -1);
		request->limit_label = get_row_count_label(plan->limit_value, params);
	}
}

List *
pca_request_render(const PcaRequestPlan *plan, const PcaTable *table,
				   const PcaParams *params)
{
	PcaFilterExpr *filter = NULL;
	List	   *requests;

	if (plan->path)
		return make_path_requests(plan, table, params);
	if (table->path_has_customer)
		return make_listing_requests(plan, table);
	if (plan->filter)
	{
		PcaTristate truth = pca_filter_expr_resolve(plan->filter, params, &filter);

		if (truth == PCA_TRISTATE_FALSE)
			return NIL;
		if (truth == PCA_TRISTATE_TRUE)
			filter = NULL;
	}
	requests = make_requests_within(plan, table, pca_filter_expr_conjuncts(filter),
									max_filter_size(plan, table));
	if (list_length(requests) == 1)
	{
		set_offset_and_limit(linitial(requests), plan, params);
		((PcaRequest *) linitial(requests))->expected_rows = plan->expected_rows;
	}
	if (plan->count && filter && table->known.total_count == PCA_TOTAL_UNKNOWN)
	{
		PcaRequest *probe = make_request(plan, table, NIL);

		probe->probe = true;
		requests = lcons(probe, requests);
	}
	return requests;
}

List *
pca_request_for_days(List *requests, List *days)
{
	List	   *result = NIL;
	ListCell   *day;
	ListCell   *lc;

	foreach(day, days)
	{
		foreach(lc, requests)
		{
			PcaRequest *request = palloc(sizeof(PcaRequest));

			*request = *(PcaRequest *) lfirst(lc);
			request->snapshot = lfirst(day);
			request->expected_rows = Min(request->expected_rows, 0);
			result = lappend(result, request);
		}
	}
	return result;
}

/* ---- the query string ---- */

static void
add_query_parameter(StringInfo query, const char *name, const char *value, bool encode)
{
	appendStringInfo(query, "%c%s=", query->len ? '&' : '?', name);
	if (encode)
		pca_url_encode(query, value);
	else
		appendStringInfoString(query, value);
}

static char *
query_text(const PcaRequest *request, const char *top, const char *skip, bool encode)
{
	StringInfoData query;

	initStringInfo(&query);
	if (request->paged)
	{
		add_query_parameter(&query, "top", top, encode);
		add_query_parameter(&query, "skip", skip, encode);
	}
	if (request->sized)
		add_query_parameter(&query, "size", top, encode);
	if (request->snapshot)
		add_query_parameter(&query, "processedDateTime",
							psprintf("%sT00:00:00", request->snapshot), encode);
	if (request->filter)
		add_query_parameter(&query, "filter", request->filter, encode);
	if (request->groupby)
		add_query_parameter(&query, "groupby", request->groupby, encode);
	if (request->aggregation_level)
		add_query_parameter(&query, "aggregationLevel", request->aggregation_level, encode);
	if (request->orderby)
		add_query_parameter(&query, "orderby", request->orderby, encode);
	if (request->query)
	{
		appendStringInfoChar(&query, query.len ? '&' : '?');
		if (encode)
			pca_url_query_encode(&query, request->query);
		else
			appendStringInfoString(&query, request->query);
	}
	return query.data;
}

/* The URL of a page; encode: as it is sent, not as it is shown. */
static char *
make_page_url(const PcaRequest *request, const char *base_url, bool other_path,
			  const char *top, const char *skip, bool encode)
{
	return psprintf("%s%s%s", base_url, other_path ? request->other_path : request->path,
					query_text(request, top, skip, encode));
}

char *
pca_request_url(const PcaRequest *request, const char *base_url, bool other_path,
				int64 top, int64 skip)
{
	return make_page_url(request, base_url, other_path, psprintf(INT64_FORMAT, top),
						 psprintf(INT64_FORMAT, skip), true);
}

char *
pca_request_url_text(const PcaRequest *request, const PcaTable *table)
{
	int64		top = request->limit >= 0 ? Min(request->limit, request->page_size) :
		request->page_size;

	return make_page_url(request, table->server->base_url, false,
						 request->limit_label ? request->limit_label : psprintf(INT64_FORMAT, top),
						 request->offset_label ? request->offset_label :
						 psprintf(INT64_FORMAT, request->offset), false);
}
