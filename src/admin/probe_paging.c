/*
 * probe_paging.c
 *		Measures what the API's parameters and envelope mean.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/datetime.h"

#include "admin/probe_paging.h"
#include "http/curl_url.h"
#include "http/http_error.h"

/* The most rows that a selective filter may find, to be one page. */
#define PCA_PROBE_SELECTIVE_ROWS		50

/* The most rows with a null measure that are tried: each is two requests. */
#define PCA_PROBE_NULL_ROWS		6

/* Days from the latest day to those that surely have no data: ten years. */
#define PCA_PROBE_DISTANT_DAYS		3653

/* The day of a row as YYYY-MM-DD, palloc'd; NULL if it has none. */
static char *
copy_row_day(PcaProbe *probe, const PcaProbeRow *row)
{
	const PcaField *field = pca_resource_field_by_role(pca_probe_query_resource(probe),
													   PCA_ROLE_PROCESSED_TIME);
	const char *text = pca_probe_query_text(probe, row, field);
	size_t		length = strlen("2018-10-14");

	if (!text || strlen(text) < length || strspn(text, "0123456789-") < length)
		return NULL;
	return pnstrdup(text, length);
}

/*
 * The row with the longest, and so most selective, row filter; NULL if no row
 * has one.  day: only rows of that day, unless NULL.  null: only rows where that
 * field is null, unless NULL.
 */
static const PcaProbeRow *
find_selective_row(PcaProbe *probe, const PcaProbeResponse *sample, const char *day,
				   const PcaField *null)
{
	const PcaProbeRow *best = NULL;
	size_t		longest = 0;
	ListCell   *lc;

	foreach(lc, sample->rows)
	{
		char	   *filter = pca_probe_query_row_filter(probe, lfirst(lc));
		char	   *row_day = day ? copy_row_day(probe, lfirst(lc)) : NULL;

		if (!filter || strlen(filter) <= longest ||
			(day && (!row_day || strcmp(row_day, day) != 0)) ||
			(null && pca_probe_query_text(probe, lfirst(lc), null)))
			continue;
		longest = strlen(filter);
		best = lfirst(lc);
	}
	return best;
}

/*
 * Request the rows that satisfy the filter of a row, on a day or, if NULL, on any.
 * Returns NULL unless the response is complete.
 */
static const PcaProbeResponse *
send_row_filter(PcaProbe *probe, const char *snapshot, const PcaProbeRow *row)
{
	PcaProbeQuery query = {.top = PCA_PROBE_SELECTIVE_ROWS,.snapshot = snapshot};
	const PcaProbeResponse *response;

	query.filter = row ? pca_probe_query_row_filter(probe, row) : NULL;
	if (!query.filter)
		return NULL;
	response = pca_probe_query_send(probe, &query);
	return response->is_page && response->is_complete ? response : NULL;
}

/* ---- TotalCount ---- */

/*
 * Returns true if the resource has more rows than the sample.  This takes a
 * request: neither a next link nor TotalCount, whose meaning is to be measured,
 * shows that.
 */
static bool
has_rows_after_sample(PcaProbe *probe, const PcaProbeResponse *sample)
{
	PcaProbeQuery query = {.top = 1,.skip = sample->nrows};

	return sample->nrows > 0 && pca_probe_query_send(probe, &query)->nrows > 0;
}

/* The groupable text field that has the fewest values according to the catalog, or NULL. */
static const PcaField *
find_coarsest_key(PcaProbe *probe)
{
	const PcaResource *resource = pca_probe_query_resource(probe);
	const PcaField *best = NULL;

	for (int i = 0; i < resource->nfields; i++)
	{
		const PcaField *field = &resource->fields[i];

		if (field->groupable && field->type == PCA_TYPE_TEXT &&
			(!best || (field->cardinality > 0 &&
					   (best->cardinality == 0 || field->cardinality < best->cardinality))))
			best = field;
	}
	return best;
}

/* The reason why TotalCount of a grouped response is not its number of groups, or NULL. */
static const char *
group_total_reason(PcaProbe *probe)
{
	const PcaField *key = find_coarsest_key(probe);
	PcaProbeQuery query = {.top = PCA_PROBE_MAX_GROUPS};
	const PcaProbeResponse *response;

	if (!key || !(pca_probe_query_resource(probe)->parameters & PCA_PARAM_GROUPBY))
		return NULL;
	query.groupby = key->name;
	response = pca_probe_query_send(probe, &query);
	if (response->is_page && response->total_count == response->nrows && response->is_complete)
		return NULL;
	return psprintf("a response of " INT64_FORMAT " groups has TotalCount " INT64_FORMAT,
					response->nrows, response->total_count);
}

/* Classify a TotalCount that does not depend on the page: does it depend on the filter? */
static PcaProbeResult *
classify_filtered_total(PcaProbe *probe, const PcaProbeResponse *sample, const PcaProbeResponse *filtered)
{
	static const char option[] = "total_count";
	const char *evidence = psprintf("TotalCount is " INT64_FORMAT " without a filter, and " INT64_FORMAT " with one that " INT64_FORMAT " rows satisfy",
									sample->total_count, filtered->total_count, filtered->nrows);
	const char *reason;

	/* every row satisfies the filter, so both meanings give the same number */
	if (filtered->nrows == sample->total_count)
		return pca_probe_compare_make_result(option, NULL, NULL,
											 psprintf("Not measurable with this data: %s.", evidence));
	if (filtered->total_count == sample->total_count)
		return pca_probe_compare_make_result(option, NULL, "unfiltered", psprintf("%s.", evidence));
	if (filtered->total_count != filtered->nrows)
		return pca_probe_compare_make_result(option, NULL, "unknown", psprintf("%s.", evidence));
	reason = group_total_reason(probe);
	if (reason)
		return pca_probe_compare_make_result(option, NULL, "unknown", psprintf("%s, but %s.", evidence, reason));
	return pca_probe_compare_make_result(option, NULL, "filtered",
										 psprintf("%s; in grouped responses it is the number of groups.", evidence));
}

PcaProbeResult *
pca_probe_paging_total(PcaProbe *probe, const PcaProbeResponse *sample)
{
	static const char option[] = "total_count";
	PcaProbeQuery query = {.top = 1};
	const PcaProbeResponse *one;
	const PcaProbeResponse *filtered;

	if (sample->total_count < 0)
		return pca_probe_compare_make_result(option, NULL, NULL, "Not measurable: the responses have no TotalCount.");
	if (sample->nrows < 2)
		return pca_probe_compare_make_result(option, NULL, NULL,
											 psprintf("Not measurable with this data: there are " INT64_FORMAT " rows.", sample->nrows));
	/* a page of one row, and the sample: is TotalCount the size of the page? */
	one = pca_probe_query_send(probe, &query);
	if (!one->is_page)
		return pca_probe_compare_refused_result(option, NULL, one);
	if (one->total_count != sample->total_count)
		return pca_probe_compare_make_result(option, NULL,
											 one->total_count == one->nrows &&
											 sample->total_count == sample->nrows ? "page" : "unknown",
											 psprintf("TotalCount is " INT64_FORMAT " on a page of "
													  INT64_FORMAT " rows, and " INT64_FORMAT
													  " on one of " INT64_FORMAT ".",
													  one->total_count, one->nrows,
													  sample->total_count, sample->nrows));
	filtered = send_row_filter(probe, NULL, find_selective_row(probe, sample, NULL, NULL));
	if (!filtered)
		return pca_probe_compare_make_result(option, NULL, NULL, "Not measurable: no filter finds few rows.");
	return classify_filtered_total(probe, sample, filtered);
}

/* ---- snapshots ---- */

/* A day that many days later, palloc'd. */
static char *
add_days(const char *day, int days)
{
	int			year;
	int			month;
	int			date;

	if (sscanf(day, "%d-%d-%d", &year, &month, &date) != 3)
		return pstrdup(day);
	j2date(date2j(year, month, date) + days, &year, &month, &date);
	return psprintf("%04d-%02d-%02d", year, month, date);
}

/* The latest day in the sample, palloc'd; NULL if no row has one. */
static char *
find_latest_day(PcaProbe *probe, const PcaProbeResponse *sample)
{
	char	   *latest = NULL;
	ListCell   *lc;

	foreach(lc, sample->rows)
	{
		char	   *day = copy_row_day(probe, lfirst(lc));

		if (day && (!latest || strcmp(day, latest) > 0))
			latest = day;
	}
	return latest;
}

/* Returns true if all rows of a response are of that day. */
static bool
rows_are_of_day(PcaProbe *probe, const PcaProbeResponse *response, const char *day)
{
	ListCell   *lc;

	foreach(lc, response->rows)
	{
		char	   *row_day = copy_row_day(probe, lfirst(lc));

		if (!row_day || strcmp(row_day, day) != 0)
			return false;
	}
	return true;
}

/* Request one row of a day. */
static const PcaProbeResponse *
send_day(PcaProbe *probe, const char *day)
{
	PcaProbeQuery query = {.snapshot = day,.top = 1};

	return pca_probe_query_send(probe, &query);
}

/* Single rows are of the requested day only.  Find out if groups are as well. */
static PcaProbeResult *
classify_grouped_day(PcaProbe *probe, const char *latest, const char *before)
{
	static const char option[] = "snapshot_parameter";
	const PcaField *key = find_coarsest_key(probe);
	PcaProbeQuery query = {.top = 1,.snapshot = add_days(latest, PCA_PROBE_DISTANT_DAYS)};
	const PcaProbeResponse *response;

	query.groupby = key ? key->name : NULL;
	response = pca_probe_query_send(probe, &query);
	if (!response->is_page)
		return pca_probe_compare_refused_result(option, NULL, response);
	if (response->nrows > 0)
		return pca_probe_compare_make_result(option, NULL, "unknown",
											 "Single rows are of the requested day, but a day ten years later has groups.");
	return pca_probe_compare_make_result(option, NULL, "exact",
										 psprintf("A row of %s is found by its own day and not by %s. Days ten years before and after have neither rows nor groups.",
												  latest, before));
}

/* Days without data have no rows.  Find out if a row is also found by the day before its own. */
static PcaProbeResult *
classify_single_day(PcaProbe *probe, const PcaProbeResponse *sample, const char *latest)
{
	static const char option[] = "snapshot_parameter";
	char	   *before = add_days(latest, -1);
	const PcaProbeRow *row = find_selective_row(probe, sample, latest, NULL);
	const PcaProbeResponse *same = send_row_filter(probe, latest, row);
	const PcaProbeResponse *earlier = send_row_filter(probe, before, row);

	if (!same || !earlier || same->nrows == 0)
		return pca_probe_compare_make_result(option, NULL, NULL,
											 psprintf("Not measurable: no filter finds few rows of %s.", latest));
	if (!rows_are_of_day(probe, same, latest))
		return pca_probe_compare_make_result(option, NULL, "unknown",
											 psprintf("A request for %s returns rows of other days as well.", latest));
	if (rows_are_of_day(probe, earlier, before))
		return classify_grouped_day(probe, latest, before);
	return pca_probe_compare_make_result(option, NULL, "since",
										 psprintf("A row of %s is found by %s as well, and a day ten years later has no rows.",
												  latest, before));
}

PcaProbeResult *
pca_probe_paging_snapshot(PcaProbe *probe, const PcaProbeResponse *sample)
{
	static const char option[] = "snapshot_parameter";
	char	   *latest = find_latest_day(probe, sample);
	const PcaProbeResponse *ahead;
	const PcaProbeResponse *back;

	if (!latest)
		return pca_probe_compare_make_result(option, NULL, NULL,
											 "Not measurable with this data: no row has a processedDateTime.");

	/*
	 * Days without data on both sides tell the readings apart: "exact" has no
	 * rows on either, "since" only before the data, and an API that ignores
	 * the day or takes the nearest one has rows on both.
	 */
	ahead = send_day(probe, add_days(latest, PCA_PROBE_DISTANT_DAYS));
	back = send_day(probe, add_days(latest, -PCA_PROBE_DISTANT_DAYS));
	if (!ahead->is_page || !back->is_page)
		return pca_probe_compare_refused_result(option, NULL, ahead->is_page ? back : ahead);
	if (ahead->nrows > 0)
		return pca_probe_compare_make_result(option, NULL, "unknown",
											 rows_are_of_day(probe, back, latest) ?
											 "Days ten years before and after return the latest rows: the API ignores the day." :
											 "Days ten years before and after have rows: the API uses the nearest day.");
	if (back->nrows > 0)
		return pca_probe_compare_make_result(option, NULL, "since",
											 "A day ten years before the latest has rows, and one ten years after it has none.");
	return classify_single_day(probe, sample, latest);
}

/* ---- nulls ---- */

/* Returns true if some row of a response has null in a field. */
static bool
response_has_null(PcaProbe *probe, const PcaProbeResponse *response, const PcaField *field)
{
	ListCell   *lc;

	foreach(lc, response->rows)
	{
		if (!pca_probe_query_text(probe, lfirst(lc), field))
			return true;
	}
	return false;
}

/* A groupable field of that type that is null in some row of the sample, or NULL. */
static const PcaField *
find_nullable_key(PcaProbe *probe, const PcaProbeResponse *sample, PcaType type)
{
	const PcaResource *resource = pca_probe_query_resource(probe);

	for (int i = 0; i < resource->nfields; i++)
	{
		const PcaField *field = &resource->fields[i];

		if (field->groupable && field->type == type && (field->operators & PCA_OPS_EQ_NE) &&
			response_has_null(probe, sample, field))
			return field;
	}
	return NULL;
}

/* The treatment of nulls by the API's groups. */
typedef enum NullResult
{
	NULLS_NOT_MEASURED,
	NULLS_DIFFER,
	NULLS_AS_IN_SQL
} NullResult;

/* Measure if rows with a null key are a group. */
static NullResult
classify_null_keys(PcaProbe *probe, const PcaProbeResponse *sample, const char **evidence)
{
	const PcaField *field = find_nullable_key(probe, sample, PCA_TYPE_TEXT);
	PcaProbeQuery query = {.top = PCA_PROBE_MAX_GROUPS};
	const PcaProbeResponse *response;

	*evidence = "No row has a null key to group by.";
	if (!field)
		return NULLS_NOT_MEASURED;
	query.groupby = field->name;
	response = pca_probe_query_send(probe, &query);
	*evidence = psprintf("Not all groups by %s can be fetched.", field->name);
	if (response->is_page && response_has_null(probe, response, field))
	{
		*evidence = psprintf("Rows without %s are a group.", field->name);
		return NULLS_AS_IN_SQL;
	}
	if (!response->is_page || !response->is_complete)
		return NULLS_NOT_MEASURED;
	*evidence = psprintf("Rows without %s are in no group.", field->name);
	return NULLS_DIFFER;
}

/* The groupby of the fields that pca_probe_query_row_filter() compares, palloc'd; or NULL. */
static const char *
list_row_keys(PcaProbe *probe, const PcaProbeRow *row)
{
	const PcaResource *resource = pca_probe_query_resource(probe);
	char	   *keys = NULL;

	for (int i = 0; i < resource->nfields; i++)
	{
		if (resource->fields[i].groupable && row->texts[i] &&
			(resource->fields[i].operators & PCA_OP_EQ))
			keys = keys ? psprintf("%s,%s", keys, resource->fields[i].name) :
				pstrdup(resource->fields[i].name);
	}
	return keys;
}

/* Returns true if a response has rows, and all have null in a field. */
static bool
rows_are_null(PcaProbe *probe, const PcaProbeResponse *response, const PcaField *field)
{
	ListCell   *lc;

	foreach(lc, response->rows)
	{
		if (pca_probe_query_text(probe, lfirst(lc), field))
			return false;
	}
	return response->nrows > 0;
}

/*
 * Measure if a sum is null over rows that all lack the measure: those that
 * satisfy the filter of a row.
 */
static NullResult
classify_null_sum(PcaProbe *probe, const PcaProbeRow *row, const PcaField *measure,
				  const char **evidence)
{
	PcaProbeQuery query = {.top = PCA_PROBE_SELECTIVE_ROWS};
	const PcaProbeResponse *response = send_row_filter(probe, NULL, row);

	if (!response || !rows_are_null(probe, response, measure))
		return NULLS_NOT_MEASURED;
	query.filter = pca_probe_query_row_filter(probe, row);
	query.groupby = list_row_keys(probe, row);
	response = query.groupby ? pca_probe_query_send(probe, &query) : NULL;
	if (!response || !response->is_page || response->nrows == 0)
		return NULLS_NOT_MEASURED;
	*evidence = rows_are_null(probe, response, measure) ?
		psprintf("The sum of only nulls is null (%s).", measure->name) :
		psprintf("The sum of only nulls is a number (%s), unlike in PostgreSQL.", measure->name);
	return rows_are_null(probe, response, measure) ? NULLS_AS_IN_SQL : NULLS_DIFFER;
}

/*
 * Returns true if the filter of a row is known to find rows with the measure as
 * well, so that it is not worth a request; or if the row has no filter.
 */
static bool
filter_has_values(PcaProbe *probe, const PcaProbeResponse *sample, const PcaProbeRow *row,
				  const PcaField *measure)
{
	const char *filter = pca_probe_query_row_filter(probe, row);
	ListCell   *lc;

	foreach(lc, sample->rows)
	{
		const char *other;

		if (!pca_probe_query_text(probe, lfirst(lc), measure))
			continue;
		other = pca_probe_query_row_filter(probe, lfirst(lc));
		if (filter && other && strcmp(filter, other) == 0)
			return true;
	}
	return filter == NULL;
}

/* Measure the sum of only nulls, with the first rows that permit it. */
static NullResult
find_null_sum(PcaProbe *probe, const PcaProbeResponse *sample, const char **evidence)
{
	const PcaResource *resource = pca_probe_query_resource(probe);
	int			tried = 0;

	*evidence = "No group has only nulls to sum.";
	for (int i = 0; i < resource->nfields; i++)
	{
		const PcaField *field = &resource->fields[i];
		ListCell   *lc;

		if (!field->measure)
			continue;
		foreach(lc, sample->rows)
		{
			NullResult	nulls;

			if (pca_probe_query_text(probe, lfirst(lc), field) || tried == PCA_PROBE_NULL_ROWS ||
				filter_has_values(probe, sample, lfirst(lc), field))
				continue;
			tried++;
			nulls = classify_null_sum(probe, lfirst(lc), field, evidence);
			if (nulls != NULLS_NOT_MEASURED)
				return nulls;
		}
	}
	return NULLS_NOT_MEASURED;
}

PcaProbeResult *
pca_probe_paging_nulls(PcaProbe *probe, const PcaProbeResponse *sample)
{
	static const char option[] = "pushdown_group";
	const char *key_evidence;
	const char *sum_evidence;
	NullResult	keys = classify_null_keys(probe, sample, &key_evidence);
	NullResult	sums = find_null_sum(probe, sample, &sum_evidence);
	const char *evidence = psprintf("%s %s", key_evidence, sum_evidence);

	if (keys == NULLS_DIFFER || sums == NULLS_DIFFER)
		return pca_probe_compare_make_result(option, NULL, "false", evidence);
	if (keys == NULLS_NOT_MEASURED || sums == NULLS_NOT_MEASURED)
		return pca_probe_compare_make_result(option, NULL, NULL,
											 psprintf("Not measurable with this data: %s", evidence));
	return pca_probe_compare_make_result(option, NULL, "true", evidence);
}

PcaProbeResult *
pca_probe_paging_ne(PcaProbe *probe, const PcaProbeResponse *sample)
{
	static const char topic[] = "ne";
	const PcaField *field = find_nullable_key(probe, sample, PCA_TYPE_TEXT);
	PcaProbeQuery query = {.top = PCA_PROBE_SELECTIVE_ROWS};
	const PcaProbeRow *row = field ? find_selective_row(probe, sample, NULL, field) : NULL;
	const PcaProbeResponse *response;

	if (!row || !(field->operators & PCA_OP_NE))
		return pca_probe_compare_make_result(topic, field, NULL, "Not measurable with this data: no row has a null to compare.");

	/*
	 * the row's filter does not compare the null field, so "ne" alone decides
	 * about it
	 */
	query.filter = psprintf("%s and %s", pca_probe_query_row_filter(probe, row),
							pca_probe_query_condition(field, PCA_OP_NE, "x"));
	response = pca_probe_query_send(probe, &query);
	if (!response->is_page)
		return pca_probe_compare_refused_result(topic, field, response);
	if (response_has_null(probe, response, field))
		return pca_probe_compare_make_result(topic, field, "keeps nulls",
											 psprintf("A row without %s satisfies \"ne\", unlike <> in PostgreSQL.", field->name));
	if (!response->is_complete)
		return pca_probe_compare_make_result(topic, field, NULL, "Not measurable: the response is not complete.");
	return pca_probe_compare_make_result(topic, field, "drops nulls",
										 psprintf("A row without %s does not satisfy \"ne\".", field->name));
}

/* ---- the next link ---- */

/* The form of a response's next link. */
static const char *
classify_next_link(PcaProbe *probe, const PcaProbeResponse *response)
{
	const char *base = pca_probe_query_server(probe)->base_url;
	char	   *joined = response->next_link ?
		pca_curl_url_join(psprintf("%s/", base), response->next_link) : NULL;

	if (!response->has_next_link)
		return "absent";
	if (!response->next_link)
		return "null";
	if (!joined || !pca_curl_url_same_origin(joined, base))
		return "to another server";
	if (!strstr(response->next_link, "skip="))
		return "without skip";
	/* the query has skip=0, so this link would repeat it */
	if (strstr(response->next_link, "skip=0"))
		return "to the same page";
	if (strstr(response->next_link, "://"))
		return "absolute";
	return strpbrk(response->next_link, " '") ? "relative, not encoded" : "relative";
}

PcaProbeResult *
pca_probe_paging_link(PcaProbe *probe, const PcaProbeResponse *sample)
{
	static const char topic[] = "next_link";
	const PcaResource *resource = pca_probe_query_resource(probe);
	PcaProbeQuery query = {.top = 1};
	const PcaProbeResponse *response;

	/* a filter with blanks shows if the link is encoded */
	for (int i = 0; i < resource->nfields && !query.filter; i++)
	{
		if (resource->fields[i].type == PCA_TYPE_TEXT && (resource->fields[i].operators & PCA_OP_NE))
			query.filter = pca_probe_query_condition(&resource->fields[i], PCA_OP_NE, "x x");
	}
	response = pca_probe_query_send(probe, &query);
	if (!response->is_page)
		return pca_probe_compare_refused_result(topic, NULL, response);
	query.skip = 1;
	if (response->nrows == 0 || pca_probe_query_send(probe, &query)->nrows == 0)
		return pca_probe_compare_make_result(topic, NULL, NULL, "Not measurable with this data: there are fewer than two rows.");
	return pca_probe_compare_make_result(topic, NULL, classify_next_link(probe, response),
										 response->next_link ?
										 psprintf("While there are more rows, @nextLink is \"%s\". A scan does not follow it: it requests pages with skip.",
												  pca_http_error_text(response->next_link, strlen(response->next_link),
																	  PCA_HTTP_ERROR_EXCERPT_MAX)) :
										 "While there are more rows, there is no @nextLink. A scan requests pages with skip.");
}

/* ---- path and page ---- */

PcaProbeResult *
pca_probe_paging_path(PcaProbe *probe)
{
	static const char option[] = "path";
	const PcaResource *resource = pca_probe_query_resource(probe);
	bool		other = pca_probe_query_other_path(probe);
	const char *used = other ? resource->other_path : resource->path;
	PcaProbeQuery query = {.top = 1,.other_path = true};
	const PcaProbeResponse *response;

	if (!resource->other_path)
		return pca_probe_compare_make_result(option, NULL, NULL, "The resource has only one path.");
	if (other)
		return pca_probe_compare_make_result(option, NULL, used,
											 psprintf("\"%s\" does not exist.", resource->path));
	response = pca_probe_query_send(probe, &query);
	return pca_probe_compare_make_result(option, NULL, used,
										 psprintf("\"%s\" exists%s", used,
												  response->is_page ? psprintf(", and so does \"%s\".", resource->other_path) :
												  psprintf("; \"%s\" does not: %s", resource->other_path, response->error)));
}

PcaProbeResult *
pca_probe_paging_top(PcaProbe *probe, const PcaProbeResponse *sample, int64 top)
{
	static const char option[] = "page_size";
	PcaProbeQuery query = {.top = top,.count_only = true};
	PcaProbeQuery next = {.top = 1};
	const PcaProbeResponse *response;

	if (!has_rows_after_sample(probe, sample))
		return pca_probe_compare_make_result(option, NULL, NULL,
											 psprintf("Not measurable with this data: there are " INT64_FORMAT " rows.", sample->nrows));
	response = pca_probe_query_send(probe, &query);
	if (!response->is_page)
		return pca_probe_compare_refused_result(option, NULL, response);
	if (response->nrows >= top)
		return pca_probe_compare_make_result(option, NULL, psprintf(INT64_FORMAT, response->nrows),
											 psprintf("A page has all " INT64_FORMAT " requested rows.", top));
	/* a page shorter than requested is a limit only if more rows follow it */
	next.skip = response->nrows;
	if (pca_probe_query_send(probe, &next)->nrows == 0)
		return pca_probe_compare_make_result(option, NULL, NULL,
											 psprintf("Not measurable with this data: all " INT64_FORMAT " rows are on one page.",
													  response->nrows));
	return pca_probe_compare_make_result(option, NULL, psprintf(INT64_FORMAT, response->nrows),
										 psprintf("A page has " INT64_FORMAT " of " INT64_FORMAT " requested rows, and there are more.",
												  response->nrows, top));
}
