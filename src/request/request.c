/*
 * request.c
 *		Which requests does a plan become, and what is their text?
 *
 * Which clauses become terms is filter.c's question, how a term is written
 * filter_expr.c's; here a filter is fitted into URLs.
 */
#include "postgres.h"

#include "lib/binaryheap.h"
#include "miscadmin.h"
#include "nodes/value.h"

#include "config/url.h"
#include "request/param.h"
#include "request/request.h"
#include "request/value_text.h"

/* Bytes kept free in a URL for "top", "skip" and their numbers. */
#define PAGING_LENGTH	64

/* ---- through the plan ---- */

/* The slots of a request plan's nodes. */
typedef enum Slot
{
	SLOT_FILTER,
	SLOT_PATH,
	SLOT_GROUPBY,
	SLOT_GROUPED,
	SLOT_COUNT,
	SLOT_LIMIT,
	SLOT_OFFSET,
	SLOT_TAKE,
	SLOT_SNAPSHOT,
	SLOT_ORDER,
	SLOT_DESCENDING,
	SLOT_SPARE
} Slot;

List *
pca_request_to_nodes(const PcaRequestPlan *plan)
{
	List	   *groupby = NIL;
	List	   *nodes;
	ListCell   *lc;

	foreach(lc, plan->groupby)
		groupby = lappend(groupby, makeString(pstrdup(lfirst(lc))));
	nodes = list_make5(pca_filter_expr_to_nodes(plan->filter), pca_filter_expr_to_nodes(plan->path),
					   groupby, makeInteger(plan->grouped), makeInteger(plan->count));
	nodes = lappend(nodes, makeString(psprintf(INT64_FORMAT, plan->limit)));
	nodes = lappend(nodes, pca_filter_expr_value_to_nodes(plan->offset));
	nodes = lappend(nodes, pca_filter_expr_value_to_nodes(plan->limit_value));
	nodes = lappend(nodes, pca_filter_expr_to_nodes(plan->snapshot));
	nodes = lappend(nodes, plan->order ? makeString(pstrdup(plan->order)) : NULL);
	nodes = lappend(nodes, makeInteger(plan->descending));
	return lappend(nodes, makeInteger(plan->limit_inexact));
}

PcaRequestPlan *
pca_request_from_nodes(List *nodes)
{
	PcaRequestPlan *plan = palloc0(sizeof(PcaRequestPlan));
	ListCell   *lc;

	plan->filter = pca_filter_expr_from_nodes(list_nth(nodes, SLOT_FILTER));
	plan->path = pca_filter_expr_from_nodes(list_nth(nodes, SLOT_PATH));
	foreach(lc, (List *) list_nth(nodes, SLOT_GROUPBY))
		plan->groupby = lappend(plan->groupby, strVal(lfirst(lc)));
	plan->grouped = intVal(list_nth(nodes, SLOT_GROUPED)) != 0;
	plan->count = intVal(list_nth(nodes, SLOT_COUNT)) != 0;
	plan->limit = strtoi64(strVal(list_nth(nodes, SLOT_LIMIT)), NULL, 10);
	plan->offset = pca_filter_expr_value_from_nodes(list_nth(nodes, SLOT_OFFSET));
	plan->limit_value = pca_filter_expr_value_from_nodes(list_nth(nodes, SLOT_TAKE));
	plan->snapshot = pca_filter_expr_from_nodes(list_nth(nodes, SLOT_SNAPSHOT));
	plan->order = list_nth(nodes, SLOT_ORDER) ? strVal(list_nth(nodes, SLOT_ORDER)) : NULL;
	plan->descending = intVal(list_nth(nodes, SLOT_DESCENDING)) != 0;
	plan->limit_inexact = intVal(list_nth(nodes, SLOT_SPARE)) != 0;
	return plan;
}

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

/* Add the API's name to a list separated by commas. */
static void
add_name(StringInfo list, const char *name)
{
	appendStringInfo(list, "%s%s", list->len ? "," : "", name);
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
		add_name(&out, lfirst(lc));
	return out.data;
}

/* ---- fitting into a URL ---- */

static size_t
filter_length(List *conjuncts)
{
	return conjuncts ? pca_url_encoded_length(pca_filter_expr_filter_text(conjuncts)) : 0;
}

/* What joins the parts of a filter, encoded. */
#define AND_LENGTH			strlen("%20and%20")
#define OR_LENGTH			strlen("%20or%20")
#define PARENTHESES_LENGTH	strlen("%28%29")

/* A conjunct, which is measured once. */
typedef struct Part
{
	PcaFilterExpr    *term;
	size_t		length;			/* encoded */
	bool		bare;			/* beside others it needs parentheses */
	bool		left_out;
} Part;

/* The conjuncts that are to fit, and those of them that are not left out. */
typedef struct Fitting
{
	Part	   *parts;			/* in their order */
	int			nparts;
	int			first;			/* no part before it is left */
	int			nleft;
	size_t		length;			/* of those that are left */
	size_t		parentheses;	/* that those need beside others */
	binaryheap *longest;		/* Part *, the longest first */
	binaryheap *shareable;		/* those whose values can be shared out */
} Fitting;

/* Of parts that are equally long, the first one counts as longer. */
static int
compare_parts(Datum a, Datum b, void *arg)
{
	const Part *left = (const Part *) DatumGetPointer(a);
	const Part *right = (const Part *) DatumGetPointer(b);

	if (left->length != right->length)
		return left->length < right->length ? -1 : 1;
	return left < right ? 1 : left > right ? -1 : 0;
}

/* Takes a term of any kind. */
static bool
is_shareable(const PcaFilterExpr *term)
{
	const PcaComparison *comparison;

	if (pca_filter_expr_kind(term) != PCA_FILTER_EXPR_COMPARE)
		return false;
	comparison = pca_filter_expr_comparison(term);
	return (comparison->op == PCA_OP_EQ || (comparison->op & PCA_OPS_SEARCH)) &&
		comparison->literal != PCA_LITERAL_DATE &&
		list_length(comparison->values) > 1 && !pca_filter_expr_has_parameter(term);
}

static void
add_part(Fitting *fitting, PcaFilterExpr *term)
{
	const char *text = pca_filter_expr_text(term);
	Part	   *part = &fitting->parts[fitting->nparts++];

	*part = (Part) {term, pca_url_encoded_length(text), text[0] != '(', false};
	fitting->nleft++;
	fitting->length += part->length;
	fitting->parentheses += part->bare ? PARENTHESES_LENGTH : 0;
	binaryheap_add(fitting->longest, PointerGetDatum(part));
	if (is_shareable(term))
		binaryheap_add(fitting->shareable, PointerGetDatum(part));
}

static void
leave_out(Fitting *fitting, Part *part)
{
	part->left_out = true;
	fitting->nleft--;
	fitting->length -= part->length;
	fitting->parentheses -= part->bare ? PARENTHESES_LENGTH : 0;
}

static Fitting
make_fitting(List *conjuncts)
{
	/* each may be replaced by a range, which is two */
	int			most = 3 * list_length(conjuncts) + 1;
	Fitting		fitting = {0};
	ListCell   *lc;

	fitting.parts = palloc(sizeof(Part) * most);
	fitting.longest = binaryheap_allocate(most, compare_parts, NULL);
	fitting.shareable = binaryheap_allocate(most, compare_parts, NULL);
	foreach(lc, conjuncts)
		add_part(&fitting, lfirst(lc));
	return fitting;
}

/* The longest part of the heap that is left, or NULL. */
static Part *
longest(binaryheap *heap)
{
	while (!binaryheap_empty(heap))
	{
		Part	   *part = (Part *) DatumGetPointer(binaryheap_first(heap));

		if (!part->left_out)
			return part;
		(void) binaryheap_remove_first(heap);
	}
	return NULL;
}

/* The length of the filter, encoded, as filter_length() of its terms. */
static size_t
fitting_length(const Fitting *fitting)
{
	return fitting->nleft < 2 ? fitting->length :
		fitting->length + fitting->parentheses + (fitting->nleft - 1) * AND_LENGTH;
}

/* The same without one of the parts. */
static size_t
length_without(Fitting fitting, Part part)
{
	leave_out(&fitting, &part);
	return fitting_length(&fitting);
}

/* The terms that are left, but for one. */
static List *
terms_left(const Fitting *fitting, const Part *but)
{
	List	   *terms = NIL;

	for (int i = 0; i < fitting->nparts; i++)
		if (!fitting->parts[i].left_out && &fitting->parts[i] != but)
			terms = lappend(terms, fitting->parts[i].term);
	return terms;
}

/* Where rows are not seen, no condition may be left out, whatever that costs. */
static int
most_shares(const PcaRequestPlan *plan)
{
	return plan->count || plan->offset || plan->limit_value ? PG_INT32_MAX : PCA_REQUEST_MAX_PARTS;
}

/* A comparison as that one, but with these values (PcaValue *). */
static PcaFilterExpr *
with_values(const PcaFilterExpr *term, List *values)
{
	PcaComparison copy = *pca_filter_expr_comparison(term);

	copy.values = values;
	return pca_filter_expr_from_comparison(copy);
}

/*
 * Divide the values of a comparison among as few terms as fit, each together
 * with other conjuncts of that length; NIL when a single value does not fit or
 * there would be more terms than that.
 */
static List *
share_out(const PcaFilterExpr *term, size_t others, size_t room, int most)
{
	List	   *shares = NIL;
	List	   *values = NIL;	/* of the last share */
	size_t		spare = others + AND_LENGTH + 2 * PARENTHESES_LENGTH;
	size_t		used = 0;
	ListCell   *lc;

	if (spare >= room)
		return NIL;
	room -= spare;
	foreach(lc, pca_filter_expr_comparison(term)->values)
	{
		PcaFilterExpr    *one = with_values(term, list_make1(lfirst(lc)));
		size_t		length = pca_url_encoded_length(pca_filter_expr_text(one)) + OR_LENGTH;

		if (length > room)
			return NIL;
		if (used + length > room || (used > 0 && pca_filter_expr_compares_by(term, PCA_OP_STARTS_WITH)))
		{
			if (list_length(shares) + 1 == most)
				return NIL;
			shares = lappend(shares, with_values(term, values));
			values = NIL;
			used = 0;
		}
		values = lappend(values, lfirst(lc));
		used += length;
	}
	return lappend(shares, with_values(term, values));
}

/* Whether a request takes only one of a condition's values. */
static bool
must_share(Fitting *fitting)
{
	const PcaFilterExpr *term;

	while (fitting->first < fitting->nparts && fitting->parts[fitting->first].left_out)
		fitting->first++;
	if (fitting->first == fitting->nparts)
		return false;
	term = fitting->parts[fitting->first].term;
	return pca_filter_expr_compares_by(term, PCA_OP_STARTS_WITH) && is_shareable(term);
}

/*
 * The order that was claimed, and a total order, so that pages neither repeat
 * nor miss rows; NULL where the API takes none or one page is enough.
 */
static const char *
orderby_text(const PcaRequestPlan *plan, const PcaTable *table)
{
	const PcaResource *resource = table->resource;
	StringInfoData out;
	ListCell   *lc;

	if (!(resource->parameters & PCA_PARAM_ORDERBY) || plan->count ||
		(!plan->order && !plan->limit_inexact && plan->limit >= 0 && plan->limit <= table->page_size))
		return NULL;
	initStringInfo(&out);
	if (plan->order)
		add_name(&out, plan->descending ? psprintf("%s desc", plan->order) : plan->order);
	foreach(lc, plan->groupby)
		add_name(&out, lfirst(lc));
	for (int i = 0; i < resource->nfields && !plan->grouped; i++)
		if (resource->fields[i].orderable &&
			!(plan->order && strcmp(plan->order, resource->fields[i].name) == 0))
			add_name(&out, resource->fields[i].name);
	return out.data;
}

/* A date is grouped by its day. */
static const char *
aggregation_level_text(const PcaRequestPlan *plan, const PcaTable *table)
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
new_request(const PcaRequestPlan *plan, const PcaTable *table, List *conjuncts)
{
	PcaRequest *request = palloc0(sizeof(PcaRequest));

	request->path = table->path;
	request->other_path = table->other_path;
	request->filter = pca_filter_expr_filter_text(conjuncts);
	request->groupby = groupby_text(plan);
	request->orderby = orderby_text(plan, table);
	request->aggregation_level = aggregation_level_text(plan, table);
	request->paged = (table->resource->parameters & PCA_PARAMS_PAGING) != 0;
	request->sized = (table->resource->parameters & PCA_PARAM_SIZE) != 0;
	request->page_size = table->page_size;
	request->limit = plan->count ? 1 : plan->limit;
	request->count = plan->count;
	request->ordered = plan->order != NULL;
	return request;
}

/* From the first to the last of some dates, as texts; NULL: there is no such end. */
typedef struct Range
{
	const char *field;
	char	   *low;
	char	   *high;
} Range;

/* Widen the range by another one. */
static void
take_ends(Range *range, const Range *other)
{
	if (other->low && (!range->low ||
					   pca_value_text_to_timestamp(other->low) < pca_value_text_to_timestamp(range->low)))
		range->low = other->low;
	if (other->high && (!range->high ||
						pca_value_text_to_timestamp(other->high) > pca_value_text_to_timestamp(range->high)))
		range->high = other->high;
}

static void
widen(Range *range, const PcaComparison *comparison, bool low, bool high)
{
	ListCell   *lc;

	foreach(lc, comparison->values)
	{
		char	   *text = pca_value_text_shift(((PcaValue *) lfirst(lc))->text, comparison->shift);

		take_ends(range, &(Range) {.low = low ? text : NULL, .high = high ? text : NULL});
	}
}

/* Widen the range by what satisfies the comparison; false when that is no range of the field. */
static bool
cover_comparison(Range *range, const PcaComparison *comparison)
{
	bool		low = comparison->op == PCA_OP_GE || comparison->op == PCA_OP_GT;
	bool		high = comparison->op == PCA_OP_LE || comparison->op == PCA_OP_LT;

	if (comparison->literal != PCA_LITERAL_DATE ||
		(range->field && strcmp(range->field, comparison->field) != 0) ||
		!(low || high || comparison->op == PCA_OP_EQ))
		return false;
	range->field = comparison->field;
	widen(range, comparison, !high, !low);
	return true;
}

/* The same with a term of any kind, in which no value is a parameter. */
static bool
cover(Range *range, const PcaFilterExpr *term)
{
	PcaFilterExprKind kind = pca_filter_expr_kind(term);
	ListCell   *lc;

	check_stack_depth();
	if (kind == PCA_FILTER_EXPR_COMPARE)
		return cover_comparison(range, pca_filter_expr_comparison(term));
	foreach(lc, pca_filter_expr_args(term))
	{
		Range		own = {.field = range->field};

		if (!cover(&own, lfirst(lc)))
			return false;
		/* each of several spans must have both its ends */
		if (kind == PCA_FILTER_EXPR_OR && (!own.low || !own.high))
			return false;
		range->field = own.field;
		take_ends(range, &own);
	}
	return true;
}

static PcaFilterExpr *
bound(const Range *range, PcaOperator op, char *text)
{
	PcaFilterExpr    *term = pca_filter_expr_compare(range->field, op, PCA_LITERAL_DATE, PCA_GUIDS_UNKNOWN, NIL);

	return pca_filter_expr_with_texts(term, list_make1(text));
}

/*
 * Terms for all dates from the first to the last that satisfies a list of dates
 * or of spans of them; NIL for other terms, and where a value is a parameter.
 * Takes every kind, but what is AND already has no shorter form.
 */
static List *
range_of(const PcaFilterExpr *term)
{
	Range		range = {0};

	if (pca_filter_expr_kind(term) == PCA_FILTER_EXPR_AND || pca_filter_expr_has_parameter(term) ||
		!cover(&range, term) || !range.low || !range.high)
		return NIL;
	return list_make2(bound(&range, PCA_OP_GE, range.low), bound(&range, PCA_OP_LE, range.high));
}

/* Leave out the longest; of a list of dates, the first and the last stay. */
static void
shorten(Fitting *fitting)
{
	Part	   *part = longest(fitting->longest);
	ListCell   *lc;

	leave_out(fitting, part);
	foreach(lc, range_of(part->term))
		add_part(fitting, lfirst(lc));
}

/* A request for each share of a list, beside the other conjuncts. */
static List *
requests_for_shares(const PcaRequestPlan *plan, const PcaTable *table, List *shares,
					List *others, bool shortened)
{
	List	   *requests = NIL;
	ListCell   *lc;

	foreach(lc, shares)
	{
		const PcaComparison *share = pca_filter_expr_comparison(lfirst(lc));
		PcaRequest *request = new_request(plan, table, lcons(lfirst(lc), list_copy(others)));
		ListCell   *lv;

		request->part_field = share->field;
		request->shortened = shortened;
		foreach(lv, share->values)
			request->part_values = lappend(request->part_values,
										  unconstify(char *, ((PcaValue *) lfirst(lv))->text));
		requests = lappend(requests, request);
	}
	return requests;
}

/* The requests that ask for these conjuncts within that many bytes of filter. */
static List *
requests_within(const PcaRequestPlan *plan, const PcaTable *table,
				List *conjuncts, size_t room)
{
	Fitting		fitting = make_fitting(conjuncts);
	bool		shortened = false;
	PcaRequest *whole;

	while (fitting_length(&fitting) > room || must_share(&fitting))
	{
		Part	   *shared = plan->order ? NULL : longest(fitting.shareable);
		List	   *shares = NIL;

		if (shared)
			shares = share_out(shared->term, length_without(fitting, *shared), room,
							   most_shares(plan));
		if (shares)
			return requests_for_shares(plan, table, shares, terms_left(&fitting, shared), shortened);
		shorten(&fitting);
		shortened = true;
	}
	whole = new_request(plan, table, terms_left(&fitting, NULL));
	whole->shortened = shortened;
	return list_make1(whole);
}

/* How many bytes of filter the URL has room for. */
static size_t
filter_room(const PcaRequestPlan *plan, const PcaTable *table)
{
	const char *groupby = groupby_text(plan);
	const char *orderby = orderby_text(plan, table);
	size_t		taken = strlen(table->server->base_url) +
		Max(strlen(table->path), table->other_path ? strlen(table->other_path) : 0) +
		strlen("&filter=") + PAGING_LENGTH +
		(groupby ? strlen("&groupby=") + pca_url_encoded_length(groupby) : 0) +
		(plan->snapshot ? strlen("&processedDateTime=2018-10-14T00%3A00%3A00") : 0) +
		(orderby ? strlen("&orderby=") + pca_url_encoded_length(orderby) : 0) +
		(aggregation_level_text(plan, table) ? strlen("&aggregationLevel=day") : 0);
	size_t		most = table->server->max_url_length;

	return taken < most ? most - taken : 0;
}

/* What a value is like that is not known yet: a GUID, or a name of that length. */
#define TYPICAL_VALUE	"00000000-0000-0000-0000-000000000000"

int
pca_request_values_in_url(const PcaRequestPlan *plan, const PcaTable *table,
						  const PcaFilterExpr *term)
{
	PcaFilterExpr    *one = pca_filter_expr_with_texts(term, list_make1(TYPICAL_VALUE));
	size_t		length = pca_url_encoded_length(pca_filter_expr_text(one)) + OR_LENGTH;
	size_t		others = filter_length(pca_filter_expr_conjuncts(plan->filter));
	size_t		room = filter_room(plan, table);

	return Max(1, room > others ? (room - others) / length : 0);
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

PcaRequest *
pca_request_for_customer(const PcaRequestPlan *plan, const PcaTable *table,
						 const char *customer)
{
	PcaRequest *request = new_request(plan, table, NIL);

	request->customer_id = customer;
	request->path = path_for(table->path, customer);
	return request;
}

/* The list of customers, and a request that stands for those of each. */
static List *
requests_by_listing(const PcaRequestPlan *plan, const PcaTable *table)
{
	const PcaResource *customers = pca_resource_find("customers");
	PcaRequest *listing = palloc0(sizeof(PcaRequest));

	listing->path = customers->path;
	listing->listing = true;
	listing->sized = true;
	listing->page_size = Min(table->server->page_size, customers->largest_top);
	listing->limit = -1;
	return list_make2(listing, new_request(plan, table, NIL));
}

/* One request for each value of the path's term, which is a comparison. */
static List *
requests_by_path(const PcaRequestPlan *plan, const PcaTable *table,
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
pca_request_row_count(const PcaValue *value, const PcaParams *params, int64 absent)
{
	const char *text = NULL;

	if (value)
		text = value->text ? value->text : params ? pca_param_value(params, value->param)->text : NULL;
	return text ? strtoi64(text, NULL, 10) : absent;
}

/* The label of a number of rows that is not known yet. */
static const char *
row_count_label(const PcaValue *value, const PcaParams *params)
{
	return value && !value->text && !params ? pca_filter_expr_parameter_text(value) : NULL;
}

/*
 * The most rows that the API is asked to skip, which a 32-bit number of its
 * holds together with a page; the scan skips the rest.
 */
#define MOST_SKIPPED	INT64CONST(2000000000)

/* Have the API apply OFFSET and LIMIT. */
static void
set_window(PcaRequest *request, const PcaRequestPlan *plan, const PcaParams *params)
{
	request->offset = Max(pca_request_row_count(plan->offset, params, 0), 0);
	request->offset = Min(request->offset, MOST_SKIPPED);
	request->offset_label = row_count_label(plan->offset, params);
	if (plan->limit_value)
	{
		request->limit = pca_request_row_count(plan->limit_value, params, -1);
		request->limit_label = row_count_label(plan->limit_value, params);
	}
}

List *
pca_request_render(const PcaRequestPlan *plan, const PcaTable *table,
				   const PcaParams *params)
{
	PcaFilterExpr    *filter = NULL;
	List	   *requests;

	if (plan->path)
		return requests_by_path(plan, table, params);
	if (strstr(table->path, PCA_CUSTOMER_ID))
		return requests_by_listing(plan, table);
	if (plan->filter)
	{
		PcaTristate		truth = pca_filter_expr_resolve(plan->filter, params, &filter);

		if (truth == PCA_TRISTATE_FALSE)
			return NIL;
		if (truth == PCA_TRISTATE_TRUE)
			filter = NULL;
	}
	requests = requests_within(plan, table, pca_filter_expr_conjuncts(filter),
							   filter_room(plan, table));
	if (list_length(requests) == 1)
		set_window(linitial(requests), plan, params);
	if (plan->count && filter && table->known.total_count == PCA_TOTAL_UNKNOWN)
	{
		PcaRequest *probe = new_request(plan, table, NIL);

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
			result = lappend(result, request);
		}
	}
	return result;
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
query_text(const PcaRequest *request, const char *top, const char *skip, bool encode)
{
	StringInfoData query;

	initStringInfo(&query);
	if (request->paged)
	{
		add_parameter(&query, "top", top, encode);
		add_parameter(&query, "skip", skip, encode);
	}
	if (request->sized)
		add_parameter(&query, "size", top, encode);
	if (request->snapshot)
		add_parameter(&query, "processedDateTime",
					  psprintf("%sT00:00:00", request->snapshot), encode);
	if (request->filter)
		add_parameter(&query, "filter", request->filter, encode);
	if (request->groupby)
		add_parameter(&query, "groupby", request->groupby, encode);
	if (request->aggregation_level)
		add_parameter(&query, "aggregationLevel", request->aggregation_level, encode);
	if (request->orderby)
		add_parameter(&query, "orderby", request->orderby, encode);
	return query.data;
}

char *
pca_request_query(const PcaRequest *request, int64 top, int64 skip)
{
	return query_text(request, psprintf(INT64_FORMAT, top),
					  psprintf(INT64_FORMAT, skip), true);
}

char *
pca_request_url_text(const PcaRequest *request, const PcaTable *table)
{
	int64		top = request->limit >= 0 ? Min(request->limit, request->page_size) :
		request->page_size;

	return psprintf("%s%s%s", table->server->base_url, request->path,
					query_text(request,
							   request->limit_label ? request->limit_label : psprintf(INT64_FORMAT, top),
							   request->offset_label ? request->offset_label :
							   psprintf(INT64_FORMAT, request->offset), false));
}
