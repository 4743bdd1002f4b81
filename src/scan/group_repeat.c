/*
 * group_repeat.c
 *		Returns a group as often as it has rows.
 *
 * Some resources have a measure that is 1 in each row (api-notes 2.9, api-notes 2.12).  In a
 * group, it is the number of the group's rows.  For a query that depends on this
 * number, such as one with count(*), the scan returns a row for each of them.  The
 * first has the sums of the measures, the others have nulls, so the sum over these
 * rows is that of the group.  planner/grouping.c checks that the query does nothing
 * else with measures.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "compat.h"
#include "scan/group_repeat.h"

struct PcaGroupRepeat
{
	const PcaTable *table;
	const PcaColumn *row_count;
	TupleTableSlot *group;		/* a copy of the group, without its measures */
	int64		rows_left;		/* rows of it that were not yet returned */
};

PcaGroupRepeat *
pca_group_repeat_create(const PcaTable *table, TupleDesc desc, int row_count_attnum)
{
	PcaGroupRepeat *repeat = palloc0(sizeof(PcaGroupRepeat));

	repeat->table = table;
	repeat->row_count = pca_option_column(table, row_count_attnum);
	repeat->group = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	return repeat;
}

PCA_NORETURN static void
error_invalid_row_count(const PcaGroupRepeat *repeat)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("the number of rows of a group of foreign table \"%s\" is not known", repeat->table->name),
			 errdetail("The group's %s is not a positive integer.", repeat->row_count->key),
			 errhint("Set the table's option \"pushdown_group\" to false.")));
}

/* Returns the number of the group's rows. */
static int64
read_row_count(const PcaGroupRepeat *repeat, const TupleTableSlot *slot)
{
	int			i = repeat->row_count->attnum - 1;
	Datum		value = slot->tts_values[i];
	int64		count;

	if (slot->tts_isnull[i])
		error_invalid_row_count(repeat);
	if (repeat->row_count->type == NUMERICOID)
	{
		Datum		rounded = DirectFunctionCall2(numeric_round, value, Int32GetDatum(0));

		if (!DatumGetBool(DirectFunctionCall2(numeric_eq, value, rounded)))
			error_invalid_row_count(repeat);
		value = DirectFunctionCall1(numeric_int8, rounded);
	}
	count = DatumGetInt64(value);
	if (count <= 0)
		error_invalid_row_count(repeat);
	return count;
}

void
pca_group_repeat_begin(PcaGroupRepeat *repeat, TupleTableSlot *slot)
{
	repeat->rows_left = read_row_count(repeat, slot) - 1;
	if (repeat->rows_left == 0)
		return;
	ExecCopySlot(repeat->group, slot);
	for (int attnum = 1; attnum <= repeat->table->natts; attnum++)
	{
		const PcaColumn *column = pca_option_column(repeat->table, attnum);

		if (column && column->measure)
			repeat->group->tts_isnull[attnum - 1] = true;
	}
}

bool
pca_group_repeat_next(PcaGroupRepeat *repeat, TupleTableSlot *slot)
{
	if (repeat->rows_left <= 0)
		return false;
	repeat->rows_left--;
	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
	{
		slot->tts_values[i] = repeat->group->tts_values[i];
		slot->tts_isnull[i] = repeat->group->tts_isnull[i];
	}
	ExecStoreVirtualTuple(slot);
	return true;
}

void
pca_group_repeat_reset(PcaGroupRepeat *repeat)
{
	repeat->rows_left = 0;
	ExecClearTuple(repeat->group);
}
