/*
 * probe_compare.c
 *		How does the API compare strings, GUIDs and group keys?
 *
 * A declaration that is wrong leads to wrong rows, so a finding needs an answer
 * that only one reading explains; anything else is "not measurable" or, where
 * the API does what no value of the option says, "unknown".
 */
#include "postgres.h"

#include "common/string.h"
#include "lib/stringinfo.h"

#include "admin/probe_compare.h"
#include "http/http_error.h"

/* The longest value that is tried, in bytes: several spellings fit into a URL. */
#define PCA_TRIAL_VALUE		80

/* How many values of a field are tried before it is given up. */
#define PCA_TRIAL_VALUES	3

/* How many rows tell that a spelling was found. */
#define PCA_TRIAL_ROWS		5

/* How many groups are looked at, at most. */
#define PCA_TRIAL_GROUPS	1000

/* A GUID that nobody has: of a version that does not exist. */
#define PCA_TRIAL_NO_GUID	"00000000-0000-f000-8000-abcdefabcdef"

/* What nobody writes. */
#define PCA_TRIAL_NONSENSE	"pc_analytics_fdw asks whether filters are applied"

PcaProbeResult *
pca_probe_compare_make_result(const char *option, const PcaField *field, const char *measured,
							  const char *evidence)
{
	PcaProbeResult *finding = palloc(sizeof(PcaProbeResult));

	finding->option = option;
	finding->field = field;
	finding->measured = measured;
	finding->evidence = evidence;
	return finding;
}

/* A value as evidence shows it. */
static char *
shown(const char *value)
{
	return pca_http_error_text(value, strlen(value), PCA_TRIAL_VALUE);
}

/* Ask for rows that satisfy a filter. */
static PcaProbeResponse *
ask_for(PcaProbe *questioner, const char *filter)
{
	PcaProbeQuery question = {.filter = filter,.top = PCA_TRIAL_ROWS};

	return pca_probe_query_send(questioner, &question);
}

static const char *
refused(const PcaProbeResponse *answer)
{
	return psprintf("Not measurable: the API refused the question. %s", answer->refusal);
}

const char *
pca_probe_compare_reason(PcaProbe *questioner)
{
	const PcaResource *resource = pca_probe_query_resource(questioner);
	const PcaProbeResponse *answer;
	int			i = 0;

	while (i < resource->nfields && !(resource->fields[i].type == PCA_TYPE_TEXT &&
									  (resource->fields[i].operators & PCA_OP_EQ)))
		i++;
	if (i == resource->nfields)
		return "Not measurable: no text field can be compared.";
	answer = ask_for(questioner, pca_probe_query_condition(&resource->fields[i], PCA_OP_EQ,
														   PCA_TRIAL_NONSENSE));
	if (!answer->good)
		return refused(answer);
	if (answer->nrows > 0)
		return psprintf("Not measurable: the API answers rows for a %s that no row has, so it does not apply filters.",
						resource->fields[i].name);
	return NULL;
}

/* ---- spellings ---- */

/* The value with the case of each ASCII letter turned. */
static char *
turned(const char *value)
{
	char	   *copy = pstrdup(value);

	for (char *p = copy; *p; p++)
		*p = isupper((unsigned char) *p) ? pg_ascii_tolower(*p) : pg_ascii_toupper(*p);
	return copy;
}

static int
letters(const char *value)
{
	int			n = 0;

	for (; *value; value++)
		n += (*value >= 'a' && *value <= 'z') || (*value >= 'A' && *value <= 'Z');
	return n;
}

/* Whether they are equal but for the case of ASCII letters. */
static bool
equal_but_case(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
	{
		if (pg_ascii_tolower((unsigned char) *a) != pg_ascii_tolower((unsigned char) *b))
			return false;
	}
	return *a == *b;
}

/* The value with the first such piece replaced; NULL: it has none. */
static char *
replaced(const char *value, const char *what, const char *by)
{
	const char *place = strstr(value, what);

	return place ? psprintf("%.*s%s%s", (int) (place - value), value, by,
							place + strlen(what)) : NULL;
}

/* The value's first character in East Asian width (U+FF01 for "!", and so on). */
static char *
widened(const char *value)
{
	unsigned int wide = 0xFF01 + (unsigned int) (value[0] - '!');

	return psprintf("%c%c%c%s", (char) (0xE0 | wide >> 12), (char) (0x80 | (wide >> 6 & 0x3F)),
					(char) (0x80 | (wide & 0x3F)), value + 1);
}

/*
 * Spellings that some comparison takes for equal to the value, which begins
 * with a letter: with another accent, width, blanks, characters that are not
 * seen.
 */
static List *
other_spellings(const char *value)
{
	static const struct
	{
		const char *what;
		const char *by;
	}			replacements[] =
	{
		{"e", "\303\251"}, {"E", "\303\211"}, {"a", "\303\241"}, {"A", "\303\201"},
		{"o", "\303\266"}, {"O", "\303\226"}, {"c", "\303\247"}, {"C", "\303\207"},
		{"ss", "\303\237"}
	};
	List	   *spellings = list_make2(psprintf("%s ", value), psprintf(" %s", value));

	for (int i = 0; i < (int) lengthof(replacements); i++)
	{
		char	   *spelling = replaced(value, replacements[i].what, replacements[i].by);

		if (spelling)
			spellings = lappend(spellings, spelling);
	}
	spellings = lappend(spellings, widened(value));
	/* behind the first letter an accent, a soft hyphen, a blank of no width */
	spellings = lappend(spellings, psprintf("%c\314\201%s", value[0], value + 1));
	spellings = lappend(spellings, psprintf("%c\302\255%s", value[0], value + 1));
	return lappend(spellings, psprintf("%c\342\200\213%s", value[0], value + 1));
}

/* Whether the value can be tried: short, of letters, one of them at its beginning. */
static bool
may_try(const char *value)
{
	size_t		length = value ? strlen(value) : 0;

	return length > 0 && length <= PCA_TRIAL_VALUE && letters(value) >= 1 &&
		isalpha((unsigned char) value[0]) && !IS_HIGHBIT_SET(value[0]) &&
		value[length - 1] != ' ' && pca_probe_query_can_send(value);
}

/* Whether a row of the answer has exactly that value. */
static bool
has_value(PcaProbe *questioner, const PcaProbeResponse *answer, const PcaField *field,
		  const char *value)
{
	ListCell   *lc;

	foreach(lc, answer->rows)
	{
		const char *text = pca_probe_query_text(questioner, lfirst(lc), field);

		if (text && strcmp(text, value) == 0)
			return true;
	}
	return false;
}

/* Some different values of the field that can be tried, those of ASCII first. */
static List *
values_to_try(PcaProbe *questioner, const PcaProbeResponse *sample, const PcaField *field)
{
	List	   *ascii = NIL;
	List	   *others = NIL;
	ListCell   *lc;

	foreach(lc, sample->rows)
	{
		const char *value = pca_probe_query_text(questioner, lfirst(lc), field);
		List	  **list = value && pg_is_ascii(value) ? &ascii : &others;
		ListCell   *seen;
		bool		known = false;

		if (!may_try(value) || has_value(questioner, sample, field, turned(value)))
			continue;
		foreach(seen, *list)
			known |= strcmp(lfirst(seen), value) == 0;
		if (!known)
			*list = lappend(*list, unconstify(char *, value));
	}
	return list_truncate(list_concat(ascii, others), PCA_TRIAL_VALUES);
}

/* ---- strings ---- */

/* What an answer to the spelling with its case turned tells. */
typedef enum Turned
{
	TURNED_FOUND,				/* the value itself was found by it */
	TURNED_NOTHING,
	TURNED_ODD					/* something else was */
} Turned;

/* Whether a text holds another, but for the case of ASCII letters. */
static bool
holds_but_case(const char *text, const char *part)
{
	size_t		length = strlen(part);

	for (; strlen(text) >= length; text++)
	{
		if (equal_but_case(pnstrdup(text, length), part))
			return true;
	}
	return false;
}

static Turned
judge_turned(PcaProbe *questioner, const PcaProbeResponse *answer, const PcaField *field,
			 PcaOperator op, const char *spelling)
{
	ListCell   *lc;
	bool		odd = false;

	foreach(lc, answer->rows)
	{
		const char *text = pca_probe_query_text(questioner, lfirst(lc), field);

		if (!text)
			odd = true;
		else if (op == PCA_OP_CONTAINS ? strstr(text, spelling) != NULL : strcmp(text, spelling) == 0)
			odd = true;
		else if (op == PCA_OP_CONTAINS ? holds_but_case(text, spelling) : equal_but_case(text, spelling))
			return TURNED_FOUND;
		else
			odd = true;
	}
	return odd ? TURNED_ODD : TURNED_NOTHING;
}

/* A filter that any of the spellings satisfies. */
static char *
any_of(const PcaField *field, List *spellings)
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
 * The spelling with its case turned finds nothing: does any other one, and does
 * the value itself?
 */
static PcaProbeResult *
try_sensitive(PcaProbe *questioner, const PcaField *field, const char *value)
{
	static const char option[] = "string_comparison";
	List	   *spellings = other_spellings(value);
	const PcaProbeResponse *answer = ask_for(questioner,
											 pca_probe_query_condition(field, PCA_OP_EQ, value));

	if (!answer->good)
		return pca_probe_compare_make_result(option, field, NULL, refused(answer));
	if (!has_value(questioner, answer, field, value))
		return pca_probe_compare_make_result(option, field, NULL,
											 psprintf("Not measurable: \"%s\" does not find itself.", shown(value)));
	if (!pca_probe_query_can_send(llast(spellings)))
		return pca_probe_compare_make_result(option, field, NULL,
											 "Not measurable: accents cannot be tried in this database's encoding.");
	answer = ask_for(questioner, any_of(field, spellings));
	if (!answer->good)
		return pca_probe_compare_make_result(option, field, NULL, refused(answer));
	if (answer->nrows > 0)
		return pca_probe_compare_make_result(option, field, "unknown",
											 psprintf("\"%s\" does not find \"%s\", but one of %d spellings with other accents, widths or blanks finds something.",
													  shown(turned(value)), shown(value), list_length(spellings)));
	return pca_probe_compare_make_result(option, field, "case_sensitive",
										 psprintf("\"%s\" finds itself, \"%s\" does not find it, nor does any of %d spellings with other accents, widths or blanks.",
												  shown(value), shown(turned(value)), list_length(spellings)));
}

/* Try one value; NULL when it tells nothing. */
static PcaProbeResult *
try_string(PcaProbe *questioner, const PcaField *field, const char *value)
{
	static const char option[] = "string_comparison";
	char	   *spelling = turned(value);
	PcaOperator ops[] = {PCA_OP_EQ, PCA_OP_CONTAINS};
	int			found = 0;
	int			tried = 0;

	for (int i = 0; i < (int) lengthof(ops); i++)
	{
		const PcaProbeResponse *answer;

		if (!(field->operators & ops[i]))
			continue;
		answer = ask_for(questioner, pca_probe_query_condition(field, ops[i], spelling));
		if (!answer->good)
			return pca_probe_compare_make_result(option, field, NULL, refused(answer));
		switch (judge_turned(questioner, answer, field, ops[i], spelling))
		{
			case TURNED_FOUND:
				found++;
				break;
			case TURNED_ODD:
				return NULL;
			default:
				break;
		}
		tried++;
	}
	if (found == tried)
		return pca_probe_compare_make_result(option, field, "case_insensitive",
											 psprintf("\"%s\" finds \"%s\".", shown(spelling), shown(value)));
	if (found > 0)
		return pca_probe_compare_make_result(option, field, "unknown",
											 psprintf("\"%s\" finds \"%s\" by one of \"eq\" and \"contains\" only.",
													  shown(spelling), shown(value)));
	if (!(field->operators & PCA_OP_EQ))
		return pca_probe_compare_make_result(option, field, "unknown",
											 psprintf("\"%s\" does not find \"%s\"; nothing more can be told of a field that has only \"contains\".",
													  shown(spelling), shown(value)));
	return try_sensitive(questioner, field, value);
}

PcaProbeResult *
pca_probe_compare_strings(PcaProbe *questioner, const PcaProbeResponse *sample, const PcaField *field)
{
	ListCell   *lc;

	foreach(lc, values_to_try(questioner, sample, field))
	{
		PcaProbeResult *finding = try_string(questioner, field, lfirst(lc));

		if (finding)
			return finding;
	}
	return pca_probe_compare_make_result("string_comparison", field, NULL,
										 psprintf("Not measurable with this data: none of " INT64_FORMAT " rows has a value that can be tried.",
												  sample->nrows));
}

/* ---- GUIDs ---- */

/* How GUIDs are spelled, as bits. */
#define SPELLED_UPPER	1
#define SPELLED_LOWER	2

static int
spelling_of(const char *guid)
{
	int			spelled = 0;

	for (; *guid; guid++)
	{
		if (*guid >= 'a' && *guid <= 'f')
			spelled |= SPELLED_LOWER;
		if (*guid >= 'A' && *guid <= 'F')
			spelled |= SPELLED_UPPER;
	}
	return spelled;
}

/* All spellings in the rows of an answer. */
static int
spellings_in(PcaProbe *questioner, const PcaProbeResponse *answer, const PcaField *field)
{
	int			spelled = 0;
	ListCell   *lc;

	foreach(lc, answer->rows)
	{
		const char *guid = pca_probe_query_text(questioner, lfirst(lc), field);

		if (guid)
			spelled |= spelling_of(guid);
	}
	return spelled;
}

/* The other spelling finds the GUID: is that because it is compared, at all? */
static PcaProbeResult *
judge_any(PcaProbe *questioner, const PcaField *field, const char *guid, const char *other)
{
	static const char option[] = "guid_spelling";
	const PcaProbeResponse *answer = ask_for(questioner,
											 pca_probe_query_condition(field, PCA_OP_EQ, PCA_TRIAL_NO_GUID));

	if (!answer->good)
		return pca_probe_compare_make_result(option, field, NULL, refused(answer));
	if (answer->nrows > 0)
		return pca_probe_compare_make_result(option, field, NULL,
											 psprintf("Not measurable: the API answers rows for a %s that no row has.", field->name));
	return pca_probe_compare_make_result(option, field, "any",
										 psprintf("\"%s\" finds \"%s\", and a GUID that nobody has finds nothing.",
												  shown(other), shown(guid)));
}

/* GUIDs are compared as they are spelled: are all spelled alike? */
static PcaProbeResult *
find_spelling(PcaProbe *questioner, const PcaProbeResponse *sample, const PcaField *field)
{
	static const char option[] = "guid_spelling";
	PcaProbeQuery question = {.groupby = field->name,.top = PCA_TRIAL_GROUPS};
	const PcaProbeResponse *all = sample->whole || !field->groupable ? sample :
		pca_probe_query_send(questioner, &question);
	int			spelled;

	if (!all->good)
		return pca_probe_compare_make_result(option, field, NULL, refused(all));
	spelled = spellings_in(questioner, all, field);
	if (spelled == (SPELLED_UPPER | SPELLED_LOWER))
		return pca_probe_compare_make_result(option, field, "unknown",
											 "A GUID is found in its own spelling only, and they are spelled in several ways.");
	if (!all->whole)
		return pca_probe_compare_make_result(option, field, NULL,
											 psprintf("Not measurable: a GUID is found in its own spelling only, and there are more than " INT64_FORMAT " of them to look at.",
													  all->nrows));
	return pca_probe_compare_make_result(option, field, spelled == SPELLED_UPPER ? "upper" : "lower",
										 psprintf("A GUID is found in its own spelling only, and so are spelled all of " INT64_FORMAT ".",
												  all->nrows));
}

PcaProbeResult *
pca_probe_compare_guids(PcaProbe *questioner, const PcaProbeResponse *sample, const PcaField *field)
{
	static const char option[] = "guid_spelling";
	const char *guid = NULL;
	const PcaProbeResponse *answer;
	ListCell   *lc;
	char	   *other;

	foreach(lc, sample->rows)
	{
		const char *text = pca_probe_query_text(questioner, lfirst(lc), field);

		if (text && letters(text) > 0 && !guid)
			guid = text;
	}
	if (!guid)
		return pca_probe_compare_make_result(option, field, NULL,
											 psprintf("Not measurable with this data: none of " INT64_FORMAT " rows has a GUID with a letter.",
													  sample->nrows));
	other = turned(guid);
	answer = ask_for(questioner, pca_probe_query_condition(field, PCA_OP_EQ, other));
	if (!answer->good)
		return pca_probe_compare_make_result(option, field, NULL, refused(answer));
	if (has_value(questioner, answer, field, guid))
		return judge_any(questioner, field, guid, other);
	if (answer->nrows > 0)
		return pca_probe_compare_make_result(option, field, NULL,
											 psprintf("Not measurable: \"%s\" finds something else.", shown(other)));
	answer = ask_for(questioner, pca_probe_query_condition(field, PCA_OP_EQ, guid));
	if (!answer->good)
		return pca_probe_compare_make_result(option, field, NULL, refused(answer));
	if (!has_value(questioner, answer, field, guid))
		return pca_probe_compare_make_result(option, field, NULL,
											 psprintf("Not measurable: \"%s\" does not find itself.", shown(guid)));
	return find_spelling(questioner, sample, field);
}

/* ---- groups ---- */

/* Two spellings of one value in the sample; false when there are none. */
static bool
find_pair(PcaProbe *questioner, const PcaProbeResponse *sample, const PcaField *field,
		  const char **a, const char **b)
{
	ListCell   *lc;
	ListCell   *other;

	foreach(lc, sample->rows)
	{
		*a = pca_probe_query_text(questioner, lfirst(lc), field);
		if (!*a || !pca_probe_query_can_send(*a))
			continue;
		foreach(other, sample->rows)
		{
			*b = pca_probe_query_text(questioner, lfirst(other), field);
			if (*b && strcmp(*a, *b) != 0 && equal_but_case(*a, *b))
				return true;
		}
	}
	return false;
}

static PcaProbeResult *
try_groups(PcaProbe *questioner, const PcaField *field, const char *a, const char *b)
{
	static const char option[] = "group_comparison";
	PcaProbeQuery question = {.groupby = field->name,.top = PCA_TRIAL_GROUPS};
	const PcaProbeResponse *answer;

	question.filter = any_of(field, list_make2(unconstify(char *, a), unconstify(char *, b)));
	answer = pca_probe_query_send(questioner, &question);
	if (!answer->good)
		return pca_probe_compare_make_result(option, field, NULL, refused(answer));
	if (has_value(questioner, answer, field, a) && has_value(questioner, answer, field, b))
		return pca_probe_compare_make_result(option, field, "case_sensitive",
											 psprintf("\"%s\" and \"%s\" are groups of their own.", shown(a), shown(b)));
	if (answer->nrows == 1)
		return pca_probe_compare_make_result(option, field, "case_insensitive",
											 psprintf("\"%s\" and \"%s\" are one group.", shown(a), shown(b)));
	return pca_probe_compare_make_result(option, field, "unknown",
										 psprintf("\"%s\" and \"%s\" come as " INT64_FORMAT " groups, but not as these two.",
												  shown(a), shown(b), answer->nrows));
}

PcaProbeResult *
pca_probe_compare_groups(PcaProbe *questioner, const PcaProbeResponse *sample)
{
	const PcaResource *resource = pca_probe_query_resource(questioner);
	const char *a;
	const char *b;

	for (int i = 0; i < resource->nfields; i++)
	{
		const PcaField *field = &resource->fields[i];

		if (field->groupable && field->type == PCA_TYPE_TEXT &&
			(field->operators & PCA_OP_EQ) &&
			find_pair(questioner, sample, field, &a, &b))
			return try_groups(questioner, field, a, b);
	}
	return pca_probe_compare_make_result("group_comparison", NULL, NULL,
										 psprintf("Not measurable with this data: none of " INT64_FORMAT " rows has a value of which another has a second spelling.",
												  sample->nrows));
}
