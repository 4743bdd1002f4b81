/*
 * recheck.c
 *		Checks that a row belongs to its request, and is in the requested order.
 *
 * A scan may send several requests, each with a part of an IN list or for one day
 * of a history.  The API may return the same row in the responses to two of them.
 * A row is accepted in one response only.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "request/value_text.h"
#include "scan/recheck.h"

struct PcaRecheck
{
	const PcaTable *table;
	Bitmapset  *wanted;			/* attribute numbers */
	bool		rows_are_grouped;
	int64		other_days;		/* rows rejected because of their day */

	/* The part of an IN list that was sent with one of the requests. */
	MemoryContext context;
	const PcaRequest *list_request; /* the request, or NULL */
	const char **list_values;	/* its values as text, sorted */
	int			list_length;

	/* The value of the last row, where the plan relies on the API's order. */
	bool		has_last;
	Timestamp	last;
};

PcaRecheck *
pca_recheck_create(const PcaTable *table, Bitmapset *wanted, bool grouped)
{
	PcaRecheck *recheck = palloc0(sizeof(PcaRecheck));

	recheck->table = table;
	recheck->wanted = wanted;
	recheck->rows_are_grouped = grouped;
	recheck->context = CurrentMemoryContext;
	return recheck;
}

void
pca_recheck_reset(PcaRecheck *recheck)
{
	recheck->list_request = NULL;
	recheck->has_last = false;
}

int64
pca_recheck_other_days(const PcaRecheck *recheck)
{
	return recheck->other_days;
}

/* For qsort() and bsearch(). */
static int
compare_list_values(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Sort the request's part of the IN list, for pca_recheck_check_row(). */
static void
sort_list_values(PcaRecheck *recheck, const PcaRequest *request)
{
	MemoryContext caller = MemoryContextSwitchTo(recheck->context);
	ListCell   *lc;

	if (recheck->list_values)
		pfree(recheck->list_values);
	recheck->list_request = request;
	recheck->list_length = 0;
	recheck->list_values = palloc(sizeof(char *) * list_length(request->part_values));
	foreach(lc, request->part_values)
		recheck->list_values[recheck->list_length++] = lfirst(lc);
	qsort(recheck->list_values, recheck->list_length, sizeof(char *), compare_list_values);
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
 * Returns true if the row's value is in the request's part of an IN list.  The API
 * may ignore case in comparisons (api-notes 3.4), and then returns a row in the
 * responses to two requests whose values differ in case only.
 */
static bool
value_is_in_request_list(PcaRecheck *recheck, const PcaRequest *request, TupleTableSlot *slot)
{
	const PcaColumn *column;
	const char *text;
	bool		found;

	if (!request->part_field)
		return true;
	if (recheck->list_request != request)
		sort_list_values(recheck, request);
	column = pca_recheck_column(recheck->table, recheck->wanted, request->part_field);
	if (slot->tts_isnull[column->attnum - 1])
		return false;
	text = pca_value_text_from_datum(column->type, slot->tts_values[column->attnum - 1]);
	found = bsearch(&text, recheck->list_values, recheck->list_length,
					sizeof(char *), compare_list_values) != NULL;
	pfree(unconstify(char *, text));
	return found;
}

/*
 * Returns true if the row is of the requested day.  It is not documented if the
 * API returns the rows of that day or of all days since (api-notes 5.2), so rows
 * of other days are rejected.  Groups have no day; they are requested only where
 * option snapshot_parameter declares what the API returns.
 */
static bool
row_is_of_requested_day(PcaRecheck *recheck, const PcaRequest *request, TupleTableSlot *slot)
{
	const PcaColumn *column;
	char	   *day;
	bool		same;

	if (!request->snapshot || recheck->rows_are_grouped)
		return true;
	column = pca_option_processed_column(recheck->table);
	if (!column)
		return true;
	if (slot->tts_isnull[column->attnum - 1])
	{
		if (recheck->table->known.snapshot_parameter == PCA_SNAPSHOT_EXACT)
			return true;
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("a row of foreign table \"%s\" has no processedDateTime, so its day is not known",
						recheck->table->name),
				 errhint("If the API returns only the requested day, set the option snapshot_parameter to \"exact\".")));
	}
	day = pca_value_text_from_day(DatumGetTimestamp(slot->tts_values[column->attnum - 1]));
	same = strcmp(day, request->snapshot) == 0;
	recheck->other_days += !same;
	pfree(day);
	return same;
}

bool
pca_recheck_check_row(PcaRecheck *recheck, const PcaRequest *request, TupleTableSlot *slot)
{
	return value_is_in_request_list(recheck, request, slot) &&
		row_is_of_requested_day(recheck, request, slot);
}

void
pca_recheck_check_order(PcaRecheck *recheck, const PcaRequestPlan *plan, const TupleTableSlot *slot)
{
	const PcaColumn *column;
	Timestamp	value;
	Timestamp	last = recheck->last;

	if (!plan->order)
		return;
	column = pca_recheck_column(recheck->table, recheck->wanted, plan->order);
	value = DatumGetTimestamp(slot->tts_values[column->attnum - 1]);
	if (recheck->has_last && (plan->descending ? value > last : value < last))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("the API's rows are not in the requested order of %s", column->name),
				 errdetail("%s came after %s.", pca_value_text_from_datum(TIMESTAMPOID, TimestampGetDatum(value)),
						   pca_value_text_from_datum(TIMESTAMPOID, TimestampGetDatum(last))),
				 errhint("Order by an expression, such as %s + interval '0', to have PostgreSQL sort.",
						 quote_identifier(column->name))));
	recheck->last = value;
	recheck->has_last = true;
}
