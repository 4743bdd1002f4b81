/*
 * probe_filter.c
 *		Measures which filters the API accepts.
 *
 * Only status 400 says that a filter is not accepted.  Any other error says nothing
 * about the filter.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "admin/probe_filter.h"
#include "config/url.h"
#include "request/date_comparison.h"

/* The rows of a response that shows only if a filter is accepted. */
#define PROBE_ROWS	5

/* Bytes of a date, "2018-10-14". */
#define DATE_LENGTH	10

/* The most comparisons that are tried. */
#define MAX_CLAUSES	200

#define BAD_REQUEST	400

static PcaProbeResponse *
send_probe_filter(PcaProbe *probe, const char *filter)
{
	PcaProbeQuery query = {.filter = filter,.top = PROBE_ROWS};

	return pca_probe_query_send(probe, &query);
}

/* ---- dates ---- */

/* The day of a field in the first row that has one, palloc'd; NULL if no row has. */
static char *
find_sample_day(PcaProbe *probe, const PcaProbeResponse *sample, const PcaField *field)
{
	ListCell   *lc;

	foreach(lc, sample->rows)
	{
		const char *text = pca_probe_query_text(probe, lfirst(lc), field);

		if (text && strlen(text) >= DATE_LENGTH && text[4] == '-' &&
			!(field->sentinel && strcmp(text, field->sentinel) == 0))
			return pnstrdup(text, DATE_LENGTH);
	}
	return NULL;
}

static bool
is_filterable_date(const PcaField *field)
{
	return (field->type == PCA_TYPE_TIMESTAMP || field->type == PCA_TYPE_DATE) &&
		(field->operators & PCA_OP_GE);
}

/*
 * Returns true if the API accepts that form of a date's literal, and finds rows from
 * that day on.
 */
static bool
accepts_date(PcaProbe *probe, const PcaField *field, PcaDateLiteral literal, PcaDateFormat format,
			 const char *day)
{
	PcaDateOperand operand = {.literal = literal,.format = format};
	const PcaProbeResponse *response =
		send_probe_filter(probe, psprintf("%s %s %s", field->name, pca_resource_operator_name(PCA_OP_GE),
										  pca_date_comparison_literal(&operand, day)));

	return response->is_page && response->nrows > 0;
}

/* The option's value for the formats that are accepted with a literal; NULL for none. */
static const char *
measure_date_format(PcaProbe *probe, const PcaField *field, PcaDateLiteral literal, const char *day)
{
	bool		takes_day = accepts_date(probe, field, literal, PCA_DATE_FORMAT_DATE, day);

	if (takes_day && field->literal_unit == PCA_DATE_UNIT_DAY)
		return "documented";
	if (accepts_date(probe, field, literal, PCA_DATE_FORMAT_DATETIME, day))
		return takes_day ? "documented" : "datetime";
	if (takes_day)
		return "date";
	return accepts_date(probe, field, literal, PCA_DATE_FORMAT_DATETIME_UTC, day) ? "datetime_utc" : NULL;
}

/* Measure both options with a field and a day that a row has. */
static List *
measure_date_field(PcaProbe *probe, const PcaField *field, const char *day)
{
	static const struct
	{
		PcaDateLiteral literal;
		const char *value;
	}			literals[] =
	{
		{PCA_DATE_LITERAL_CAST, "documented"},
		{PCA_DATE_LITERAL_QUOTED, "quoted"},
		{PCA_DATE_LITERAL_BARE, "bare"}
	};
	const char *evidence;

	for (int i = 0; i < (int) lengthof(literals); i++)
	{
		const char *format = measure_date_format(probe, field, literals[i].literal, day);

		if (!format)
			continue;
		evidence = psprintf("A filter of %s by this form of the date %s finds rows.", field->name, day);
		return list_make2(pca_probe_compare_make_result("date_literal", NULL, literals[i].value, evidence),
						  pca_probe_compare_make_result("date_format", NULL, format, evidence));
	}
	evidence = psprintf("No form of the date %s is accepted in a filter of %s.", day, field->name);
	return list_make2(pca_probe_compare_make_result("date_literal", NULL, NULL, evidence),
					  pca_probe_compare_make_result("date_format", NULL, NULL, evidence));
}

List *
pca_probe_filter_dates(PcaProbe *probe, const PcaProbeResponse *sample)
{
	const PcaResource *resource = pca_probe_query_resource(probe);
	bool		has_date = false;

	for (int i = 0; i < resource->nfields; i++)
	{
		const PcaField *field = &resource->fields[i];
		const char *day = is_filterable_date(field) ? find_sample_day(probe, sample, field) : NULL;

		if (day)
			return measure_date_field(probe, field, day);
		has_date = has_date || is_filterable_date(field);
	}
	if (!has_date)
		return NIL;
	return list_make2(pca_probe_compare_make_result("date_literal", NULL, NULL,
													"Not measurable: no row has a date."),
					  pca_probe_compare_make_result("date_format", NULL, NULL,
													"Not measurable: no row has a date."));
}

/* ---- fields ---- */

/* The first value of a text or GUID field that can be sent, or NULL. */
static const char *
find_sample_text(PcaProbe *probe, const PcaProbeResponse *sample, const PcaField *field)
{
	ListCell   *lc;

	foreach(lc, sample->rows)
	{
		const char *text = pca_probe_query_text(probe, lfirst(lc), field);

		if (text && text[0] != '\0' && pca_probe_query_can_send(text) &&
			pca_url_encoded_length(text) < (size_t) pca_probe_query_server(probe)->max_url_length / 4)
			return text;
	}
	return NULL;
}

/* A condition that uses a field, with a value that a row has; NULL if there is none. */
static const char *
make_field_condition(PcaProbe *probe, const PcaProbeResponse *sample, const PcaField *field)
{
	const PcaServer *server = pca_probe_query_server(probe);
	PcaDateOperand operand = {.literal = server->known.date_literal,.format = server->known.date_format};
	const char *text;

	if (is_filterable_date(field))
	{
		text = find_sample_day(probe, sample, field);
		return text ? psprintf("%s ge %s", field->name, pca_date_comparison_literal(&operand, text)) : NULL;
	}
	if (!(field->operators & (PCA_OP_EQ | PCA_OP_CONTAINS)))
		return NULL;
	if (field->type == PCA_TYPE_BOOLEAN)
		return psprintf("%s eq true", field->name);
	if (field->type != PCA_TYPE_TEXT && field->type != PCA_TYPE_UUID)
		return NULL;
	text = find_sample_text(probe, sample, field);
	return text ? pca_probe_query_condition(field, field->operators & PCA_OP_EQ ? PCA_OP_EQ : PCA_OP_CONTAINS,
											text) : NULL;
}

/* A field and a condition that uses it. */
typedef struct FieldCondition
{
	const PcaField *field;
	const char *text;
} FieldCondition;

static List *
list_field_conditions(PcaProbe *probe, const PcaProbeResponse *sample)
{
	const PcaResource *resource = pca_probe_query_resource(probe);
	List	   *conditions = NIL;

	for (int i = 0; i < resource->nfields; i++)
	{
		FieldCondition *condition = palloc(sizeof(FieldCondition));

		condition->field = &resource->fields[i];
		condition->text = make_field_condition(probe, sample, condition->field);
		if (condition->text)
			conditions = lappend(conditions, condition);
	}
	return conditions;
}

/* All conditions, joined by AND, palloc'd. */
static char *
join_field_conditions(List *conditions)
{
	StringInfoData out;
	ListCell   *lc;

	initStringInfo(&out);
	foreach(lc, conditions)
	{
		appendStringInfo(&out, "%s(%s)", out.len > 0 ? " and " : "", ((FieldCondition *) lfirst(lc))->text);
	}
	return out.data;
}

/* A result for each field by which the API does not accept a filter. */
static List *
list_refused_fields(PcaProbe *probe, List *conditions, int *accepted)
{
	List	   *results = NIL;
	ListCell   *lc;

	foreach(lc, conditions)
	{
		const FieldCondition *condition = lfirst(lc);
		const PcaProbeResponse *response = send_probe_filter(probe, condition->text);

		*accepted += response->is_page;
		if (response->http_status == BAD_REQUEST)
			results = lappend(results,
							  pca_probe_compare_make_result("filter_pushdown", condition->field, "false",
															psprintf("A filter of %s is not accepted. %s",
																	 condition->field->name, response->error)));
	}
	return results;
}

List *
pca_probe_filter_fields(PcaProbe *probe, const PcaProbeResponse *sample)
{
	List	   *conditions = list_field_conditions(probe, sample);
	int			accepted = 0;
	List	   *results;

	/* one request for all fields, where that is enough */
	if (conditions && send_probe_filter(probe, join_field_conditions(conditions))->is_page)
		accepted = list_length(conditions);
	results = accepted > 0 ? NIL : list_refused_fields(probe, conditions, &accepted);
	if (results == NIL)
		results = list_make1(pca_probe_compare_make_result("filter_pushdown", NULL, accepted > 0 ? "true" : NULL,
														   accepted > 0 ?
														   psprintf("Filters of %d fields are accepted.", accepted) :
														   "Not measurable: no row has a value to filter by."));
	return results;
}

/* ---- number of comparisons ---- */

/* "field eq '1' or field eq '2' …" with that many comparisons, palloc'd. */
static char *
make_clauses_filter(const PcaField *field, int clauses)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < clauses; i++)
		appendStringInfo(&out, "%s%s", i > 0 ? " or " : "",
						 pca_probe_query_condition(field, PCA_OP_EQ, psprintf("%d", i)));
	return out.data;
}

/* The most comparisons that fit into a URL. */
static int
max_clauses_in_url(PcaProbe *probe, const PcaField *field)
{
	size_t		max_length = (size_t) pca_probe_query_server(probe)->max_url_length;
	size_t		one = pca_url_encoded_length(make_clauses_filter(field, MAX_CLAUSES)) / MAX_CLAUSES + 1;

	return Max(1, (int) Min(MAX_CLAUSES, max_length * 3 / 4 / one));
}

/* Returns true if the API accepts that many comparisons. */
static bool
accepts_clauses(PcaProbe *probe, const PcaField *field, int clauses)
{
	return send_probe_filter(probe, make_clauses_filter(field, clauses))->is_page;
}

List *
pca_probe_filter_clauses(PcaProbe *probe)
{
	const PcaResource *resource = pca_probe_query_resource(probe);
	const PcaField *field = resource->fields;
	int			accepted = 0;
	int			refused;

	while (field < resource->fields + resource->nfields &&
		   !(field->type == PCA_TYPE_TEXT && (field->operators & PCA_OP_EQ)))
		field++;
	if (field == resource->fields + resource->nfields)
		return NIL;
	refused = max_clauses_in_url(probe, field) + 1;
	if (accepts_clauses(probe, field, refused - 1))
		return list_make1(pca_probe_compare_make_result("max_filter_clauses", NULL, "0",
														psprintf("%d comparisons are accepted in one filter.", refused - 1)));
	refused--;
	while (refused - accepted > 1)
	{
		int			middle = (accepted + refused) / 2;

		if (accepts_clauses(probe, field, middle))
			accepted = middle;
		else
			refused = middle;
	}
	return list_make1(pca_probe_compare_make_result("max_filter_clauses", NULL,
													accepted > 0 ? psprintf("%d", accepted) : NULL,
													psprintf("%d comparisons are accepted in one filter, %d are not.",
															 accepted, refused)));
}
