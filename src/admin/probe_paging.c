/*
 * probe_paging.c
 *		What do the API's parameters and envelope mean?
 *
 * How it compares is asked in probe_compare.c.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/datetime.h"

#include "admin/probe_paging.h"
#include "http/http.h"
#include "http/http_error.h"

/* How many rows a narrow filter may find. */
#define PCA_NARROW_ROWS		50

/* How many groups are looked at, at most. */
#define PCA_SURVEY_GROUPS	1000

/* How many rows with a null are tried, before it is given up. */
#define PCA_NULL_ROWS		6

/* How far ahead and back no day has data, in days: ten years. */
#define PCA_NEVER_DAYS		3653

static const char *
refused(const PcaProbeResponse *answer)
{
	return psprintf("Not measurable: the API refused the question. %s", answer->refusal);
}

/* The field of that API name, or NULL. */
static const PcaField *
field_named(PcaProbe *questioner, const char *name)
{
	return pca_resource_field(pca_probe_query_resource(questioner), name);
}

/* The day of a row, as YYYY-MM-DD; NULL when it has none. */
static char *
day_of(PcaProbe *questioner, const PcaProbeRow *row)
{
	const char *text = pca_probe_query_text(questioner, row,
											field_named(questioner, "processedDateTime"));
	size_t		length = strlen("2018-10-14");

	if (!text || strlen(text) < length || strspn(text, "0123456789-") < length)
		return NULL;
	return pnstrdup(text, length);
}

/*
 * The row that the most narrow filter describes, of those of that day and with
 * null in that field (NULL: of any); NULL when none does.
 */
static const PcaProbeRow *
narrow_row(PcaProbe *questioner, const PcaProbeResponse *sample, const char *day,
		   const PcaField *null)
{
	const PcaProbeRow *best = NULL;
	size_t		longest = 0;
	ListCell   *lc;

	foreach(lc, sample->rows)
	{
		char	   *filter = pca_probe_query_row_filter(questioner, lfirst(lc));
		char	   *own = day ? day_of(questioner, lfirst(lc)) : NULL;

		if (!filter || strlen(filter) <= longest ||
			(day && (!own || strcmp(own, day) != 0)) ||
			(null && pca_probe_query_text(questioner, lfirst(lc), null)))
			continue;
		longest = strlen(filter);
		best = lfirst(lc);
	}
	return best;
}

/* An answer for a filter that only few rows satisfy, those of a row; or NULL. */
static const PcaProbeResponse *
ask_narrow(PcaProbe *questioner, const char *snapshot, const PcaProbeRow *row)
{
	PcaProbeQuery question = {.top = PCA_NARROW_ROWS,.snapshot = snapshot};
	const PcaProbeResponse *answer;

	question.filter = row ? pca_probe_query_row_filter(questioner, row) : NULL;
	if (!question.filter)
		return NULL;
	answer = pca_probe_query_send(questioner, &question);
	return answer->good && answer->whole ? answer : NULL;
}

/* ---- TotalCount ---- */

/*
 * Whether there are surely more rows than the sample has: a next link alone
 * does not say so, nor does TotalCount before its meaning is known.
 */
static bool
is_part(PcaProbe *questioner, const PcaProbeResponse *sample)
{
	PcaProbeQuery question = {.top = 1,.skip = sample->nrows};

	return sample->nrows > 0 && pca_probe_query_send(questioner, &question)->nrows > 0;
}

/* The groupable text field that has the fewest values, as far as is known, or NULL. */
static const PcaField *
coarsest_key(PcaProbe *questioner)
{
	const PcaResource *resource = pca_probe_query_resource(questioner);
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

/* How many groups an answer has, by its TotalCount: what is wrong with it, or NULL. */
static const char *
group_total_fault(PcaProbe *questioner)
{
	const PcaField *key = coarsest_key(questioner);
	PcaProbeQuery question = {.top = PCA_SURVEY_GROUPS};
	const PcaProbeResponse *answer;

	if (!key || !(pca_probe_query_resource(questioner)->parameters & PCA_PARAM_GROUPBY))
		return NULL;
	question.groupby = key->name;
	answer = pca_probe_query_send(questioner, &question);
	if (answer->good && answer->total_count == answer->nrows && answer->whole)
		return NULL;
	return psprintf("a grouped answer of " INT64_FORMAT " groups says " INT64_FORMAT,
					answer->nrows, answer->total_count);
}

/* TotalCount is not a page's: which of both is it? */
static PcaProbeResult *
judge_total(PcaProbe *questioner, const PcaProbeResponse *sample, const PcaProbeResponse *narrow)
{
	static const char option[] = "total_count";
	const char *seen = psprintf("TotalCount is " INT64_FORMAT " without a filter, and " INT64_FORMAT " with one that leaves " INT64_FORMAT " rows",
								sample->total_count, narrow->total_count, narrow->nrows);
	const char *fault;

	if (narrow->nrows == sample->total_count)
		return pca_probe_compare_make_result(option, NULL, NULL,
											 psprintf("Not measurable with this data: %s.", seen));
	if (narrow->total_count == sample->total_count)
		return pca_probe_compare_make_result(option, NULL, "unfiltered", psprintf("%s.", seen));
	if (narrow->total_count != narrow->nrows)
		return pca_probe_compare_make_result(option, NULL, "unknown", psprintf("%s.", seen));
	fault = group_total_fault(questioner);
	if (fault)
		return pca_probe_compare_make_result(option, NULL, "unknown", psprintf("%s, but %s.", seen, fault));
	return pca_probe_compare_make_result(option, NULL, "filtered",
										 psprintf("%s, and grouped answers say how many groups they have.", seen));
}

PcaProbeResult *
pca_probe_paging_total(PcaProbe *questioner, const PcaProbeResponse *sample)
{
	static const char option[] = "total_count";
	PcaProbeQuery question = {.top = 1};
	const PcaProbeResponse *one;
	const PcaProbeResponse *narrow;

	if (sample->total_count < 0)
		return pca_probe_compare_make_result(option, NULL, NULL, "Not measurable: the answers have no TotalCount.");
	if (sample->nrows < 2)
		return pca_probe_compare_make_result(option, NULL, NULL,
											 psprintf("Not measurable with this data: there are " INT64_FORMAT " rows.", sample->nrows));
	one = pca_probe_query_send(questioner, &question);
	if (!one->good)
		return pca_probe_compare_make_result(option, NULL, NULL, refused(one));
	if (one->total_count != sample->total_count)
		return pca_probe_compare_make_result(option, NULL,
											 one->total_count == one->nrows &&
											 sample->total_count == sample->nrows ? "page" : "unknown",
											 psprintf("TotalCount is " INT64_FORMAT " on a page of "
													  INT64_FORMAT " rows, and " INT64_FORMAT
													  " on one of " INT64_FORMAT ".",
													  one->total_count, one->nrows,
													  sample->total_count, sample->nrows));
	narrow = ask_narrow(questioner, NULL, narrow_row(questioner, sample, NULL, NULL));
	if (!narrow)
		return pca_probe_compare_make_result(option, NULL, NULL, "Not measurable: no filter leaves few rows.");
	return judge_total(questioner, sample, narrow);
}

/* ---- the day ---- */

/* That day and so many more. */
static char *
day_after(const char *day, int days)
{
	int			year;
	int			month;
	int			date;

	if (sscanf(day, "%d-%d-%d", &year, &month, &date) != 3)
		return pstrdup(day);
	j2date(date2j(year, month, date) + days, &year, &month, &date);
	return psprintf("%04d-%02d-%02d", year, month, date);
}

/* The latest day that the sample has, or NULL. */
static char *
latest_day(PcaProbe *questioner, const PcaProbeResponse *sample)
{
	char	   *latest = NULL;
	ListCell   *lc;

	foreach(lc, sample->rows)
	{
		char	   *day = day_of(questioner, lfirst(lc));

		if (day && (!latest || strcmp(day, latest) > 0))
			latest = day;
	}
	return latest;
}

/* Whether all rows of the answer are of that day. */
static bool
all_of_day(PcaProbe *questioner, const PcaProbeResponse *answer, const char *day)
{
	ListCell   *lc;

	foreach(lc, answer->rows)
	{
		char	   *own = day_of(questioner, lfirst(lc));

		if (!own || strcmp(own, day) != 0)
			return false;
	}
	return true;
}

/* Some rows of a day. */
static const PcaProbeResponse *
ask_day(PcaProbe *questioner, const char *day)
{
	PcaProbeQuery question = {.snapshot = day,.top = 1};

	return pca_probe_query_send(questioner, &question);
}

/* Single rows are those of the day: are groups, too? */
static PcaProbeResult *
judge_grouped_day(PcaProbe *questioner, const char *latest, const char *before)
{
	static const char option[] = "snapshot_parameter";
	const PcaField *key = coarsest_key(questioner);
	PcaProbeQuery question = {.top = 1,.snapshot = day_after(latest, PCA_NEVER_DAYS)};
	const PcaProbeResponse *answer;

	question.groupby = key ? key->name : NULL;
	answer = pca_probe_query_send(questioner, &question);
	if (!answer->good)
		return pca_probe_compare_make_result(option, NULL, NULL, refused(answer));
	if (answer->nrows > 0)
		return pca_probe_compare_make_result(option, NULL, "unknown",
											 "Single rows are those of the day, but a day ten years after has groups.");
	return pca_probe_compare_make_result(option, NULL, "exact",
										 psprintf("A row of %s is found by its own day, not by %s, and days ten years before and after have no rows, nor groups.",
												  latest, before));
}

/* Days without data are answered with none: is the day before a day of its own? */
static PcaProbeResult *
judge_day(PcaProbe *questioner, const PcaProbeResponse *sample, const char *latest)
{
	static const char option[] = "snapshot_parameter";
	char	   *before = day_after(latest, -1);
	const PcaProbeRow *row = narrow_row(questioner, sample, latest, NULL);
	const PcaProbeResponse *same = ask_narrow(questioner, latest, row);
	const PcaProbeResponse *earlier = ask_narrow(questioner, before, row);

	if (!same || !earlier || same->nrows == 0)
		return pca_probe_compare_make_result(option, NULL, NULL,
											 psprintf("Not measurable: the rows of %s cannot be asked for.", latest));
	if (!all_of_day(questioner, same, latest))
		return pca_probe_compare_make_result(option, NULL, "unknown",
											 psprintf("%s is answered with rows of other days, too.", latest));
	if (all_of_day(questioner, earlier, before))
		return judge_grouped_day(questioner, latest, before);
	return pca_probe_compare_make_result(option, NULL, "since",
										 psprintf("A row of %s is found by %s, too, while a day ten years after has no rows.",
												  latest, before));
}

PcaProbeResult *
pca_probe_paging_snapshot(PcaProbe *questioner, const PcaProbeResponse *sample)
{
	static const char option[] = "snapshot_parameter";
	char	   *latest = latest_day(questioner, sample);
	const PcaProbeResponse *ahead;
	const PcaProbeResponse *back;

	if (!latest)
		return pca_probe_compare_make_result(option, NULL, NULL,
											 "Not measurable with this data: no row has a processedDateTime.");
	ahead = ask_day(questioner, day_after(latest, PCA_NEVER_DAYS));
	back = ask_day(questioner, day_after(latest, -PCA_NEVER_DAYS));
	if (!ahead->good || !back->good)
		return pca_probe_compare_make_result(option, NULL, NULL, refused(ahead->good ? back : ahead));
	if (ahead->nrows > 0)
		return pca_probe_compare_make_result(option, NULL, "unknown",
											 all_of_day(questioner, back, latest) ?
											 "Days ten years before and after are answered with the latest rows: the day is ignored." :
											 "Days ten years before and after have rows: it means the nearest day.");
	if (back->nrows > 0)
		return pca_probe_compare_make_result(option, NULL, "since",
											 "A day ten years before the latest has rows, one ten years after has none.");
	return judge_day(questioner, sample, latest);
}

/* ---- nulls ---- */

/* Whether some row of the answer has null in that field. */
static bool
has_null(PcaProbe *questioner, const PcaProbeResponse *answer, const PcaField *field)
{
	ListCell   *lc;

	foreach(lc, answer->rows)
	{
		if (!pca_probe_query_text(questioner, lfirst(lc), field))
			return true;
	}
	return false;
}

/* A groupable field that is null somewhere in the sample, or NULL. */
static const PcaField *
nullable_key(PcaProbe *questioner, const PcaProbeResponse *sample, PcaType type)
{
	const PcaResource *resource = pca_probe_query_resource(questioner);

	for (int i = 0; i < resource->nfields; i++)
	{
		const PcaField *field = &resource->fields[i];

		if (field->groupable && field->type == type && (field->operators & PCA_OPS_EQ_NE) &&
			has_null(questioner, sample, field))
			return field;
	}
	return NULL;
}

/* Whether groups with a null key come; *evidence. */
typedef enum Kept
{
	KEPT_UNKNOWN,
	KEPT_NO,
	KEPT_YES
} Kept;

static Kept
null_keys(PcaProbe *questioner, const PcaProbeResponse *sample, const char **evidence)
{
	const PcaField *field = nullable_key(questioner, sample, PCA_TYPE_TEXT);
	PcaProbeQuery question = {.top = PCA_SURVEY_GROUPS};
	const PcaProbeResponse *answer;

	*evidence = "No row has a null key to group by.";
	if (!field)
		return KEPT_UNKNOWN;
	question.groupby = field->name;
	answer = pca_probe_query_send(questioner, &question);
	*evidence = psprintf("The groups by %s cannot be looked at as a whole.", field->name);
	if (answer->good && has_null(questioner, answer, field))
	{
		*evidence = psprintf("The group of rows without %s comes.", field->name);
		return KEPT_YES;
	}
	if (!answer->good || !answer->whole)
		return KEPT_UNKNOWN;
	*evidence = psprintf("Rows without %s come in no group.", field->name);
	return KEPT_NO;
}

/* The fields that pca_probe_query_row_filter() compares, as groupby. */
static const char *
row_keys(PcaProbe *questioner, const PcaProbeRow *row)
{
	const PcaResource *resource = pca_probe_query_resource(questioner);
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

/* Whether all rows of the answer have null in that field. */
static bool
all_null(PcaProbe *questioner, const PcaProbeResponse *answer, const PcaField *field)
{
	ListCell   *lc;

	foreach(lc, answer->rows)
	{
		if (pca_probe_query_text(questioner, lfirst(lc), field))
			return false;
	}
	return answer->nrows > 0;
}

/* Whether the sum over rows like that one, all without the measure, is null. */
static Kept
null_sum_of(PcaProbe *questioner, const PcaProbeRow *row, const PcaField *measure,
			const char **evidence)
{
	PcaProbeQuery question = {.top = PCA_NARROW_ROWS};
	const PcaProbeResponse *answer = ask_narrow(questioner, NULL, row);

	if (!answer || !all_null(questioner, answer, measure))
		return KEPT_UNKNOWN;
	question.filter = pca_probe_query_row_filter(questioner, row);
	question.groupby = row_keys(questioner, row);
	answer = question.groupby ? pca_probe_query_send(questioner, &question) : NULL;
	if (!answer || !answer->good || answer->nrows == 0)
		return KEPT_UNKNOWN;
	*evidence = all_null(questioner, answer, measure) ?
		psprintf("The sum of nothing but nulls is null (%s).", measure->name) :
		psprintf("The sum of nothing but nulls is a number (%s), which PostgreSQL's is not.", measure->name);
	return all_null(questioner, answer, measure) ? KEPT_YES : KEPT_NO;
}

/* Whether the sample knows a row with that measure that the same filter finds. */
static bool
is_known_mixed(PcaProbe *questioner, const PcaProbeResponse *sample, const PcaProbeRow *row,
			   const PcaField *measure)
{
	const char *filter = pca_probe_query_row_filter(questioner, row);
	ListCell   *lc;

	foreach(lc, sample->rows)
	{
		const char *other;

		if (!pca_probe_query_text(questioner, lfirst(lc), measure))
			continue;
		other = pca_probe_query_row_filter(questioner, lfirst(lc));
		if (filter && other && strcmp(filter, other) == 0)
			return true;
	}
	return filter == NULL;
}

static Kept
null_sums(PcaProbe *questioner, const PcaProbeResponse *sample, const char **evidence)
{
	const PcaResource *resource = pca_probe_query_resource(questioner);
	int			tried = 0;

	*evidence = "No group has nothing but nulls to sum.";
	for (int i = 0; i < resource->nfields; i++)
	{
		const PcaField *field = &resource->fields[i];
		ListCell   *lc;

		if (!field->measure)
			continue;
		foreach(lc, sample->rows)
		{
			Kept		kept;

			if (pca_probe_query_text(questioner, lfirst(lc), field) || tried == PCA_NULL_ROWS ||
				is_known_mixed(questioner, sample, lfirst(lc), field))
				continue;
			tried++;
			kept = null_sum_of(questioner, lfirst(lc), field, evidence);
			if (kept != KEPT_UNKNOWN)
				return kept;
		}
	}
	return KEPT_UNKNOWN;
}

PcaProbeResult *
pca_probe_paging_nulls(PcaProbe *questioner, const PcaProbeResponse *sample)
{
	static const char option[] = "pushdown_group";
	const char *of_keys;
	const char *of_sums;
	Kept		keys = null_keys(questioner, sample, &of_keys);
	Kept		sums = null_sums(questioner, sample, &of_sums);
	const char *evidence = psprintf("%s %s", of_keys, of_sums);

	if (keys == KEPT_NO || sums == KEPT_NO)
		return pca_probe_compare_make_result(option, NULL, "false", evidence);
	if (keys == KEPT_UNKNOWN || sums == KEPT_UNKNOWN)
		return pca_probe_compare_make_result(option, NULL, NULL,
											 psprintf("Not measurable with this data: %s", evidence));
	return pca_probe_compare_make_result(option, NULL, "true", evidence);
}

PcaProbeResult *
pca_probe_paging_ne(PcaProbe *questioner, const PcaProbeResponse *sample)
{
	static const char topic[] = "ne";
	const PcaField *field = nullable_key(questioner, sample, PCA_TYPE_TEXT);
	PcaProbeQuery question = {.top = PCA_NARROW_ROWS};
	const PcaProbeRow *row = field ? narrow_row(questioner, sample, NULL, field) : NULL;
	const PcaProbeResponse *answer;

	if (!row || !(field->operators & PCA_OP_NE))
		return pca_probe_compare_make_result(topic, field, NULL, "Not measurable with this data: no row has a null to compare.");
	question.filter = psprintf("%s and %s", pca_probe_query_row_filter(questioner, row),
							   pca_probe_query_condition(field, PCA_OP_NE, "x"));
	answer = pca_probe_query_send(questioner, &question);
	if (!answer->good)
		return pca_probe_compare_make_result(topic, field, NULL, refused(answer));
	if (has_null(questioner, answer, field))
		return pca_probe_compare_make_result(topic, field, "keeps nulls",
											 psprintf("A row without %s satisfies \"ne\", which PostgreSQL's <> does not.", field->name));
	if (!answer->whole)
		return pca_probe_compare_make_result(topic, field, NULL, "Not measurable: the answer is too long.");
	return pca_probe_compare_make_result(topic, field, "drops nulls",
										 psprintf("A row without %s does not satisfy \"ne\".", field->name));
}

/* ---- the next link ---- */

/* What kind of link it is. */
static const char *
kind_of_link(PcaProbe *questioner, const PcaProbeResponse *answer)
{
	const char *base = pca_probe_query_server(questioner)->base_url;
	char	   *joined = answer->link ?
		pca_curl_url_join(psprintf("%s/", base), answer->link) : NULL;

	if (!answer->link_seen)
		return "absent";
	if (!answer->link)
		return "null";
	if (!joined || !pca_curl_url_same_origin(joined, base))
		return "to another server";
	if (!strstr(answer->link, "skip="))
		return "without skip";
	if (strstr(answer->link, "skip=0"))
		return "to the same page";
	if (strstr(answer->link, "://"))
		return "absolute";
	return strpbrk(answer->link, " '") ? "relative, not encoded" : "relative";
}

PcaProbeResult *
pca_probe_paging_link(PcaProbe *questioner, const PcaProbeResponse *sample)
{
	static const char topic[] = "next_link";
	const PcaResource *resource = pca_probe_query_resource(questioner);
	PcaProbeQuery question = {.top = 1};
	const PcaProbeResponse *answer;

	/* a filter with blanks tells whether the link is encoded */
	for (int i = 0; i < resource->nfields && !question.filter; i++)
	{
		if (resource->fields[i].type == PCA_TYPE_TEXT && (resource->fields[i].operators & PCA_OP_NE))
			question.filter = pca_probe_query_condition(&resource->fields[i], PCA_OP_NE, "x x");
	}
	answer = pca_probe_query_send(questioner, &question);
	if (!answer->good)
		return pca_probe_compare_make_result(topic, NULL, NULL, refused(answer));
	question.skip = 1;
	if (answer->nrows == 0 || pca_probe_query_send(questioner, &question)->nrows == 0)
		return pca_probe_compare_make_result(topic, NULL, NULL, "Not measurable with this data: there is one page.");
	return pca_probe_compare_make_result(topic, NULL, kind_of_link(questioner, answer),
										 answer->link ?
										 psprintf("While there are more rows, @nextLink is \"%s\". It is not followed: pages are asked for by skip.",
												  pca_http_error_text(answer->link, strlen(answer->link),
																	  PCA_HTTP_ERROR_EXCERPT_MAX)) :
										 "While there are more rows, there is no @nextLink: pages are asked for by skip.");
}

/* ---- path and page ---- */

PcaProbeResult *
pca_probe_paging_path(PcaProbe *questioner)
{
	static const char option[] = "path";
	const PcaResource *resource = pca_probe_query_resource(questioner);
	bool		other = pca_probe_query_other_path(questioner);
	const char *used = other ? resource->other_path : resource->path;
	PcaProbeQuery question = {.top = 1,.other_path = true};
	const PcaProbeResponse *answer;

	if (!resource->other_path)
		return pca_probe_compare_make_result(option, NULL, NULL, "There is one form of the path.");
	if (other)
		return pca_probe_compare_make_result(option, NULL, used,
											 psprintf("\"%s\" is not there.", resource->path));
	answer = pca_probe_query_send(questioner, &question);
	return pca_probe_compare_make_result(option, NULL, used,
										 psprintf("\"%s\" answers%s", used,
												  answer->good ? psprintf(", and so does \"%s\".", resource->other_path) :
												  psprintf("; \"%s\" does not: %s", resource->other_path, answer->refusal)));
}

PcaProbeResult *
pca_probe_paging_top(PcaProbe *questioner, const PcaProbeResponse *sample, int64 top)
{
	static const char option[] = "page_size";
	PcaProbeQuery question = {.top = top,.count_only = true};
	PcaProbeQuery next = {.top = 1};
	const PcaProbeResponse *answer;

	if (!is_part(questioner, sample))
		return pca_probe_compare_make_result(option, NULL, NULL,
											 psprintf("Not measurable with this data: there are " INT64_FORMAT " rows.", sample->nrows));
	answer = pca_probe_query_send(questioner, &question);
	if (!answer->good)
		return pca_probe_compare_make_result(option, NULL, NULL, refused(answer));
	if (answer->nrows >= top)
		return pca_probe_compare_make_result(option, NULL, psprintf(INT64_FORMAT, answer->nrows),
											 psprintf("A page has all rows that are asked for, " INT64_FORMAT ".", top));
	next.skip = answer->nrows;
	if (pca_probe_query_send(questioner, &next)->nrows == 0)
		return pca_probe_compare_make_result(option, NULL, NULL,
											 psprintf("Not measurable with this data: there are " INT64_FORMAT " rows, which come as one page.",
													  answer->nrows));
	return pca_probe_compare_make_result(option, NULL, psprintf(INT64_FORMAT, answer->nrows),
										 psprintf("A page has " INT64_FORMAT " rows where " INT64_FORMAT " are asked for, and there are more.",
												  answer->nrows, top));
}
