/*
 * recheck.c
 *		Does a row belong to the request that it answers?
 *
 * A scan may ask several requests that share out a list of values, or the days
 * of a history; the API may answer one of them with rows that belong to another.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "request/value_text.h"
#include "scan/recheck.h"

struct PcaRecheck
{
	const PcaTable *table;
	Bitmapset  *wanted;
	bool		grouped;
	int64		other_days;		/* rows left out: another day's */

	/* The share of an IN list that belongs to the request being answered. */
	MemoryContext context;
	const PcaRequest *shared;	/* whose share it is, or NULL */
	const char **share;			/* sorted texts */
	int			nshare;
};

PcaRecheck *
pca_recheck_create(const PcaTable *table, Bitmapset *wanted, bool grouped)
{
	PcaRecheck *own = palloc0(sizeof(PcaRecheck));

	own->table = table;
	own->wanted = wanted;
	own->grouped = grouped;
	own->context = CurrentMemoryContext;
	return own;
}

void
pca_recheck_reset(PcaRecheck *own)
{
	own->shared = NULL;
}

int64
pca_recheck_other_days(const PcaRecheck *own)
{
	return own->other_days;
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void
sort_share(PcaRecheck *own, const PcaRequest *request)
{
	MemoryContext caller = MemoryContextSwitchTo(own->context);
	ListCell   *lc;

	if (own->share)
		pfree(own->share);
	own->shared = request;
	own->nshare = 0;
	own->share = palloc(sizeof(char *) * list_length(request->own_values));
	foreach(lc, request->own_values)
		own->share[own->nshare++] = lfirst(lc);
	qsort(own->share, own->nshare, sizeof(char *), compare_texts);
	MemoryContextSwitchTo(caller);
}

const PcaColumn *
pca_recheck_column(const PcaTable *table, const Bitmapset *wanted, const char *field)
{
	int			attnum = -1;

	while ((attnum = bms_next_member(wanted, attnum)) >= 0)
	{
		const PcaColumn *column = pca_option_column(table, attnum);

		if (column && column->field && column->native &&
			strcmp(pca_resource_filter_name(column->field), field) == 0)
			return column;
	}
	elog(ERROR, "no column reads field %s", field);
}

/*
 * An IN list was shared out over several requests.  A row counts only for the
 * request that holds its value, since the API may compare without case and
 * answer it to two of them.
 */
static bool
is_of_share(PcaRecheck *own, const PcaRequest *request, TupleTableSlot *slot)
{
	const PcaColumn *column;
	const char *text;
	bool		found;

	if (!request->own_field)
		return true;
	if (own->shared != request)
		sort_share(own, request);
	column = pca_recheck_column(own->table, own->wanted, request->own_field);
	if (slot->tts_isnull[column->attnum - 1])
		return false;
	text = pca_value_text_from_datum(column->type, slot->tts_values[column->attnum - 1]);
	found = bsearch(&text, own->share, own->nshare, sizeof(char *), compare_texts) != NULL;
	pfree(unconstify(char *, text));
	return found;
}

/*
 * The documents leave open whether the API answers that day or all since: a
 * row of another day than the one that was asked for is dropped.
 */
static bool
is_of_day(PcaRecheck *own, const PcaRequest *request, TupleTableSlot *slot)
{
	const PcaColumn *column;
	char	   *day;
	bool		same;

	if (!request->snapshot || own->grouped)
		return true;
	column = pca_option_processed_column(own->table);
	if (!column)
		return true;
	if (slot->tts_isnull[column->attnum - 1])
	{
		if (own->table->known.snapshot_parameter == PCA_SNAPSHOT_EXACT)
			return true;
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("a row of foreign table \"%s\" has no processedDateTime, so its day is not known",
						own->table->name),
				 errhint("If the API answers only the day that is asked for, set the option snapshot_parameter to \"exact\".")));
	}
	day = pca_value_text_from_day(DatumGetTimestamp(slot->tts_values[column->attnum - 1]));
	same = strcmp(day, request->snapshot) == 0;
	own->other_days += !same;
	pfree(day);
	return same;
}

bool
pca_recheck_check_row(PcaRecheck *own, const PcaRequest *request, TupleTableSlot *slot)
{
	return is_of_share(own, request, slot) && is_of_day(own, request, slot);
}
