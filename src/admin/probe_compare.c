/*
 * probe_compare.c
 *		Measures how the API compares strings, GUIDs and group keys.
 *
 * A wrong declaration leads to wrong rows.  So an option's value is measured
 * only if no other value explains the responses.  Otherwise the result is "not
 * measurable" or, if the API does what no value of the option describes,
 * "unknown".
 */
#include "postgres.h"

#include "common/string.h"
#include "lib/stringinfo.h"

#include "admin/probe_compare.h"
#include "http/http_error.h"

/* The longest value that is tried, in bytes: a dozen spellings fit into a URL. */
#define PCA_PROBE_MAX_VALUE		80

/* The most values of a field that are tried: each is one or two requests. */
#define PCA_PROBE_MAX_VALUES	3

/* The rows that are requested to see if a spelling is found: one, and some others that may match. */
#define PCA_PROBE_MATCH_ROWS	5

/* A GUID that no object has: its version does not exist. */
#define PCA_PROBE_ABSENT_GUID	"00000000-0000-f000-8000-abcdefabcdef"

/* A text that no row has. */
#define PCA_PROBE_ABSENT_TEXT	"pc_analytics_fdw tests if filters are applied"

PcaProbeResult *
pca_probe_compare_make_result(const char *option, const PcaField *field, const char *measured,
							  const char *evidence)
{
	PcaProbeResult *result = palloc(sizeof(PcaProbeResult));

	result->option = option;
	result->field = field;
	result->measured = measured;
	result->evidence = evidence;
	return result;
}

PcaProbeResult *
pca_probe_compare_refused_result(const char *option, const PcaField *field,
								 const PcaProbeResponse *response)
{
	return pca_probe_compare_make_result(option, field, NULL,
										 pca_probe_query_refused_reason(response));
}

/* A value as printable text for evidence, palloc'd. */
static char *
quote_evidence(const char *value)
{
	return pca_http_error_text(value, strlen(value), PCA_PROBE_MAX_VALUE);
}

/* Send a query for rows that satisfy a filter. */
static PcaProbeResponse *
send_filter(PcaProbe *probe, const char *filter)
{
	PcaProbeQuery query = {.filter = filter,.top = PCA_PROBE_MATCH_ROWS};

	return pca_probe_query_send(probe, &query);
}

const char *
pca_probe_compare_reason(PcaProbe *probe)
{
	const PcaResource *resource = pca_probe_query_resource(probe);
	const PcaProbeResponse *response;
	int			i = 0;

	while (i < resource->nfields && !(resource->fields[i].type == PCA_TYPE_TEXT &&
									  (resource->fields[i].operators & PCA_OP_EQ)))
		i++;
	if (i == resource->nfields)
		return "Not measurable: no text field can be compared.";
	response = send_filter(probe, pca_probe_query_condition(&resource->fields[i], PCA_OP_EQ,
															PCA_PROBE_ABSENT_TEXT));
	if (!response->is_page)
		return pca_probe_query_refused_reason(response);
	if (response->nrows > 0)
		return psprintf("Not measurable: the API returns rows for a value of %s that no row has, so it does not apply filters.",
						resource->fields[i].name);
	return NULL;
}

/* ---- spellings ---- */

/* The value with the other case of each ASCII letter, palloc'd. */
static char *
swap_case(const char *value)
{
	char	   *copy = pstrdup(value);

	for (char *p = copy; *p; p++)
		*p = isupper((unsigned char) *p) ? pg_ascii_tolower(*p) : pg_ascii_toupper(*p);
	return copy;
}

/* The number of ASCII letters in a value. */
static int
count_letters(const char *value)
{
	int			n = 0;

	for (; *value; value++)
		n += (*value >= 'a' && *value <= 'z') || (*value >= 'A' && *value <= 'Z');
	return n;
}

/* Returns true if two texts differ at most in the case of ASCII letters. */
static bool
equals_ignoring_case(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
	{
		if (pg_ascii_tolower((unsigned char) *a) != pg_ascii_tolower((unsigned char) *b))
			return false;
	}
	return *a == *b;
}

/* The value with the first occurrence of a text replaced, palloc'd; NULL if there is none. */
static char *
replace_first(const char *value, const char *from, const char *to)
{
	const char *found = strstr(value, from);

	return found ? psprintf("%.*s%s%s", (int) (found - value), value, to,
							found + strlen(from)) : NULL;
}

/* The value with the fullwidth form of its first character (U+FF01 for "!"), palloc'd. */
static char *
widen_first_letter(const char *value)
{
	unsigned int wide = 0xFF01 + (unsigned int) (value[0] - '!');

	return psprintf("%c%c%c%s", (char) (0xE0 | wide >> 12), (char) (0x80 | (wide >> 6 & 0x3F)),
					(char) (0x80 | (wide & 0x3F)), value + 1);
}

/*
 * Spellings that some collation regards as equal to the value, which begins with
 * a letter: with another accent or width, with blanks, with invisible characters.
 */
static List *
list_spellings(const char *value)
{
	static const struct
	{
		const char *from;
		const char *to;
	}			replacements[] =
	{
		{"e", "\303\251"}, {"E", "\303\211"}, {"a", "\303\241"}, {"A", "\303\201"},
		{"o", "\303\266"}, {"O", "\303\226"}, {"c", "\303\247"}, {"C", "\303\207"},
		{"ss", "\303\237"}
	};
	List	   *spellings = list_make2(psprintf("%s ", value), psprintf(" %s", value));

	for (int i = 0; i < (int) lengthof(replacements); i++)
	{
		char	   *spelling = replace_first(value, replacements[i].from, replacements[i].to);

		if (spelling)
			spellings = lappend(spellings, spelling);
	}
	spellings = lappend(spellings, widen_first_letter(value));
	/* after the first letter an accent, a soft hyphen, a zero-width space */
	spellings = lappend(spellings, psprintf("%c\314\201%s", value[0], value + 1));
	spellings = lappend(spellings, psprintf("%c\302\255%s", value[0], value + 1));
	return lappend(spellings, psprintf("%c\342\200\213%s", value[0], value + 1));
}

/*
 * Returns true if a value can be tried: it is short, begins with an ASCII letter,
 * and does not end in a blank, which would be one of the other spellings.
 */
static bool
can_try_value(const char *value)
{
	size_t		length = value ? strlen(value) : 0;

	return length > 0 && length <= PCA_PROBE_MAX_VALUE && count_letters(value) >= 1 &&
		isalpha((unsigned char) value[0]) && !IS_HIGHBIT_SET(value[0]) &&
		value[length - 1] != ' ' && pca_probe_query_can_send(value);
}

/* Returns true if a row of the response has exactly that value. */
static bool
response_has_value(PcaProbe *probe, const PcaProbeResponse *response, const PcaField *field,
				   const char *value)
{
	ListCell   *lc;

	foreach(lc, response->rows)
	{
		const char *text = pca_probe_query_text(probe, lfirst(lc), field);

		if (text && strcmp(text, value) == 0)
			return true;
	}
	return false;
}

/*
 * Some distinct values of the field that can be tried, those of ASCII first,
 * since others may have spellings that are not tried.  A value of which the
 * sample has the other case as well proves nothing.
 */
static List *
list_values_to_try(PcaProbe *probe, const PcaProbeResponse *sample, const PcaField *field)
{
	List	   *ascii = NIL;
	List	   *others = NIL;
	ListCell   *lc;

	foreach(lc, sample->rows)
	{
		const char *value = pca_probe_query_text(probe, lfirst(lc), field);
		List	  **list = value && pg_is_ascii(value) ? &ascii : &others;
		ListCell   *listed;
		bool		is_listed = false;

		if (!can_try_value(value) || response_has_value(probe, sample, field, swap_case(value)))
			continue;
		foreach(listed, *list)
			is_listed |= strcmp(lfirst(listed), value) == 0;
		if (!is_listed)
			*list = lappend(*list, unconstify(char *, value));
	}
	return list_truncate(list_concat(ascii, others), PCA_PROBE_MAX_VALUES);
}

/* ---- strings ---- */

/* The result of a filter by the value in the other case. */
typedef enum CaseMatch
{
	CASE_MATCH_FOUND,			/* the value itself */
	CASE_MATCH_NONE,
	CASE_MATCH_OTHER			/* only something else */
} CaseMatch;

/* Returns true if a text contains another, ignoring the case of ASCII letters. */
static bool
contains_ignoring_case(const char *text, const char *part)
{
	size_t		length = strlen(part);

	for (; strlen(text) >= length; text++)
	{
		if (equals_ignoring_case(pnstrdup(text, length), part))
			return true;
	}
	return false;
}

/*
 * Classify the rows that a filter by a spelling finds.  A row that has the very
 * spelling, in place of the value, proves nothing.
 */
static CaseMatch
classify_case_matches(PcaProbe *probe, const PcaProbeResponse *response, const PcaField *field,
					  PcaOperator op, const char *spelling)
{
	ListCell   *lc;
	bool		is_other = false;

	foreach(lc, response->rows)
	{
		const char *text = pca_probe_query_text(probe, lfirst(lc), field);

		if (!text)
			is_other = true;
		else if (op == PCA_OP_CONTAINS ? strstr(text, spelling) != NULL : strcmp(text, spelling) == 0)
			is_other = true;
		else if (op == PCA_OP_CONTAINS ? contains_ignoring_case(text, spelling) : equals_ignoring_case(text, spelling))
			return CASE_MATCH_FOUND;
		else
			is_other = true;
	}
	return is_other ? CASE_MATCH_OTHER : CASE_MATCH_NONE;
}

/* A filter that each of the spellings satisfies, palloc'd. */
static char *
make_any_filter(const PcaField *field, List *spellings)
{
	StringInfoData out;
	ListCell   *lc;

	initStringInfo(&out);
	foreach(lc, spellings)
		appendStringInfo(&out, "%s%s", out.len > 0 ? " or " : "(",
						 pca_probe_query_condition(field, PCA_OP_EQ, lfirst(lc)));
	appendStringInfoChar(&out, ')');
	return out.data;
}

/*
 * Measure a field where the value in the other case finds nothing.  It is
 * case-sensitive if the value finds itself, and no other spelling finds it.
 */
static PcaProbeResult *
measure_case_sensitive(PcaProbe *probe, const PcaField *field, const char *value)
{
	static const char option[] = "string_comparison";
	List	   *spellings = list_spellings(value);
	const char *evidence;
	const PcaProbeResponse *response = send_filter(probe,
												   pca_probe_query_condition(field, PCA_OP_EQ, value));

	if (!response->is_page)
		return pca_probe_compare_refused_result(option, field, response);
	if (!response_has_value(probe, response, field, value))
		return pca_probe_compare_make_result(option, field, NULL,
											 psprintf("Not measurable: a filter by \"%s\" does not find that value.", quote_evidence(value)));
	if (!pca_probe_query_can_send(llast(spellings)))
		return pca_probe_compare_make_result(option, field, NULL,
											 "Not measurable: this database's encoding has no accents to try.");
	response = send_filter(probe, make_any_filter(field, spellings));
	if (!response->is_page)
		return pca_probe_compare_refused_result(option, field, response);
	if (response->nrows > 0)
	{
		evidence = psprintf("A filter by \"%s\" does not find \"%s\", but one of %d spellings with other accents, widths or blanks finds rows.",
							quote_evidence(swap_case(value)), quote_evidence(value), list_length(spellings));
		return pca_probe_compare_make_result(option, field, "unknown", evidence);
	}
	evidence = psprintf("A filter by \"%s\" finds that value. \"%s\" does not find it, and neither does any of %d spellings with other accents, widths or blanks.",
						quote_evidence(value), quote_evidence(swap_case(value)), list_length(spellings));
	return pca_probe_compare_make_result(option, field, "case_sensitive", evidence);
}

/* Measure a text field with one value; NULL if that proves nothing. */
static PcaProbeResult *
measure_string_value(PcaProbe *probe, const PcaField *field, const char *value)
{
	static const char option[] = "string_comparison";
	char	   *spelling = swap_case(value);
	PcaOperator ops[] = {PCA_OP_EQ, PCA_OP_CONTAINS};
	int			found = 0;
	int			tried = 0;

	for (int i = 0; i < (int) lengthof(ops); i++)
	{
		const PcaProbeResponse *response;

		if (!(field->operators & ops[i]))
			continue;
		response = send_filter(probe, pca_probe_query_condition(field, ops[i], spelling));
		if (!response->is_page)
			return pca_probe_compare_refused_result(option, field, response);
		switch (classify_case_matches(probe, response, field, ops[i], spelling))
		{
			case CASE_MATCH_FOUND:
				found++;
				break;
			case CASE_MATCH_OTHER:
				return NULL;
			default:
				break;
		}
		tried++;
	}
	if (found == tried)
		return pca_probe_compare_make_result(option, field, "case_insensitive",
											 psprintf("A filter by \"%s\" finds \"%s\".", quote_evidence(spelling), quote_evidence(value)));
	if (found > 0)
		return pca_probe_compare_make_result(option, field, "unknown",
											 psprintf("A filter by \"%s\" finds \"%s\" with only one of \"eq\" and \"contains\".",
													  quote_evidence(spelling), quote_evidence(value)));
	if (!(field->operators & PCA_OP_EQ))
		return pca_probe_compare_make_result(option, field, "unknown",
											 psprintf("A filter by \"%s\" does not find \"%s\". Nothing more can be measured of a field that has only \"contains\".",
													  quote_evidence(spelling), quote_evidence(value)));
	return measure_case_sensitive(probe, field, value);
}

PcaProbeResult *
pca_probe_compare_strings(PcaProbe *probe, const PcaProbeResponse *sample, const PcaField *field)
{
	ListCell   *lc;

	foreach(lc, list_values_to_try(probe, sample, field))
	{
		PcaProbeResult *result = measure_string_value(probe, field, lfirst(lc));

		if (result)
			return result;
	}
	return pca_probe_compare_make_result("string_comparison", field, NULL,
										 psprintf("Not measurable with this data: none of " INT64_FORMAT " rows has a value that can be tried.",
												  sample->nrows));
}

/* ---- GUIDs ---- */

/* The cases of the letters in GUIDs, as bits. */
#define GUID_CASE_UPPER	1
#define GUID_CASE_LOWER	2

/* The cases of a GUID's letters. */
static int
classify_guid_case(const char *guid)
{
	int			cases = 0;

	for (; *guid; guid++)
	{
		if (*guid >= 'a' && *guid <= 'f')
			cases |= GUID_CASE_LOWER;
		if (*guid >= 'A' && *guid <= 'F')
			cases |= GUID_CASE_UPPER;
	}
	return cases;
}

/* The cases of all GUIDs of a field in the rows of a response. */
static int
collect_guid_cases(PcaProbe *probe, const PcaProbeResponse *response, const PcaField *field)
{
	int			cases = 0;
	ListCell   *lc;

	foreach(lc, response->rows)
	{
		const char *guid = pca_probe_query_text(probe, lfirst(lc), field);

		if (guid)
			cases |= classify_guid_case(guid);
	}
	return cases;
}

/*
 * The other case finds the GUID.  Make sure that the API compares the field at
 * all: a GUID that does not exist finds nothing.
 */
static PcaProbeResult *
confirm_any_guid_case(PcaProbe *probe, const PcaField *field, const char *guid, const char *other)
{
	static const char option[] = "guid_spelling";
	const PcaProbeResponse *response = send_filter(probe,
												   pca_probe_query_condition(field, PCA_OP_EQ, PCA_PROBE_ABSENT_GUID));

	if (!response->is_page)
		return pca_probe_compare_refused_result(option, field, response);
	if (response->nrows > 0)
		return pca_probe_compare_make_result(option, field, NULL,
											 psprintf("Not measurable: the API returns rows for a value of %s that no row has.", field->name));
	return pca_probe_compare_make_result(option, field, "any",
										 psprintf("A filter by \"%s\" finds \"%s\", and one by a GUID that does not exist finds nothing.",
												  quote_evidence(other), quote_evidence(guid)));
}

/*
 * GUIDs are found in their own case only.  Find out if all have the same case:
 * in the sample if it is the whole table, else among the groups.
 */
static PcaProbeResult *
measure_guid_case(PcaProbe *probe, const PcaProbeResponse *sample, const PcaField *field)
{
	static const char option[] = "guid_spelling";
	PcaProbeQuery query = {.groupby = field->name,.top = PCA_PROBE_MAX_GROUPS};
	const PcaProbeResponse *all = sample->is_complete || !field->groupable ? sample :
		pca_probe_query_send(probe, &query);
	int			cases;

	if (!all->is_page)
		return pca_probe_compare_refused_result(option, field, all);
	cases = collect_guid_cases(probe, all, field);
	if (cases == (GUID_CASE_UPPER | GUID_CASE_LOWER))
		return pca_probe_compare_make_result(option, field, "unknown",
											 "A GUID is found in its own case only, and not all GUIDs have the same case.");
	if (!all->is_complete)
		return pca_probe_compare_make_result(option, field, NULL,
											 psprintf("Not measurable: a GUID is found in its own case only, and there are more than " INT64_FORMAT " GUIDs to compare.",
													  all->nrows));
	return pca_probe_compare_make_result(option, field, cases == GUID_CASE_UPPER ? "upper" : "lower",
										 psprintf("A GUID is found in its own case only, and all " INT64_FORMAT " GUIDs have this case.",
												  all->nrows));
}

PcaProbeResult *
pca_probe_compare_guids(PcaProbe *probe, const PcaProbeResponse *sample, const PcaField *field)
{
	static const char option[] = "guid_spelling";
	const char *guid = NULL;
	const PcaProbeResponse *response;
	ListCell   *lc;
	char	   *other;

	foreach(lc, sample->rows)
	{
		const char *text = pca_probe_query_text(probe, lfirst(lc), field);

		if (text && count_letters(text) > 0 && !guid)
			guid = text;
	}
	if (!guid)
		return pca_probe_compare_make_result(option, field, NULL,
											 psprintf("Not measurable with this data: none of " INT64_FORMAT " rows has a GUID with a letter.",
													  sample->nrows));
	other = swap_case(guid);
	response = send_filter(probe, pca_probe_query_condition(field, PCA_OP_EQ, other));
	if (!response->is_page)
		return pca_probe_compare_refused_result(option, field, response);
	if (response_has_value(probe, response, field, guid))
		return confirm_any_guid_case(probe, field, guid, other);
	if (response->nrows > 0)
		return pca_probe_compare_make_result(option, field, NULL,
											 psprintf("Not measurable: a filter by \"%s\" finds only other values.", quote_evidence(other)));
	response = send_filter(probe, pca_probe_query_condition(field, PCA_OP_EQ, guid));
	if (!response->is_page)
		return pca_probe_compare_refused_result(option, field, response);
	if (!response_has_value(probe, response, field, guid))
		return pca_probe_compare_make_result(option, field, NULL,
											 psprintf("Not measurable: a filter by \"%s\" does not find that value.", quote_evidence(guid)));
	return measure_guid_case(probe, sample, field);
}

/* ---- groups ---- */

/* Find two values in the sample that differ in case only; returns false if there are none. */
static bool
find_case_variants(PcaProbe *probe, const PcaProbeResponse *sample, const PcaField *field,
				   const char **a, const char **b)
{
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, sample->rows)
	{
		*a = pca_probe_query_text(probe, lfirst(lc), field);
		if (!*a || !pca_probe_query_can_send(*a))
			continue;
		foreach(other, sample->rows)
		{
			*b = pca_probe_query_text(probe, lfirst(other), field);
			if (*b && strcmp(*a, *b) != 0 && equals_ignoring_case(*a, *b))
				return true;
		}
	}
	return false;
}

/* Group the rows of two values that differ in case only. */
static PcaProbeResult *
measure_grouped_variants(PcaProbe *probe, const PcaField *field, const char *a, const char *b)
{
	static const char option[] = "group_comparison";
	PcaProbeQuery query = {.groupby = field->name,.top = PCA_PROBE_MAX_GROUPS};
	const PcaProbeResponse *response;

	query.filter = make_any_filter(field, list_make2(unconstify(char *, a), unconstify(char *, b)));
	response = pca_probe_query_send(probe, &query);
	if (!response->is_page)
		return pca_probe_compare_refused_result(option, field, response);
	if (response_has_value(probe, response, field, a) && response_has_value(probe, response, field, b))
		return pca_probe_compare_make_result(option, field, "case_sensitive",
											 psprintf("\"%s\" and \"%s\" are two groups.", quote_evidence(a), quote_evidence(b)));
	if (response->nrows == 1)
		return pca_probe_compare_make_result(option, field, "case_insensitive",
											 psprintf("\"%s\" and \"%s\" are one group.", quote_evidence(a), quote_evidence(b)));
	return pca_probe_compare_make_result(option, field, "unknown",
										 psprintf("\"%s\" and \"%s\" are " INT64_FORMAT " groups, but not these two.",
												  quote_evidence(a), quote_evidence(b), response->nrows));
}

PcaProbeResult *
pca_probe_compare_groups(PcaProbe *probe, const PcaProbeResponse *sample)
{
	const PcaResource *resource = pca_probe_query_resource(probe);
	const char *a;
	const char *b;

	for (int i = 0; i < resource->nfields; i++)
	{
		const PcaField *field = &resource->fields[i];

		if (field->groupable && field->type == PCA_TYPE_TEXT &&
			(field->operators & PCA_OP_EQ) &&
			find_case_variants(probe, sample, field, &a, &b))
			return measure_grouped_variants(probe, field, a, b);
	}
	return pca_probe_compare_make_result("group_comparison", NULL, NULL,
										 psprintf("Not measurable with this data: no two of " INT64_FORMAT " rows have values that differ in case only.",
												  sample->nrows));
}
