/*
 * comments.c
 *		SQL function that sets comments on foreign tables and their columns.
 *
 * It executes COMMENT, so it needs the same privileges.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "commands/comment.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "admin/comments.h"
#include "config/option.h"
#include "config/option_defs.h"

PG_FUNCTION_INFO_V1(pc_analytics_describe);

/* ---- texts ---- */

/* A column's field and its uses: "API field channel; filter: eq, ne; groupby".  palloc'd. */
static char *
describe_column_pushdown(const PcaColumn *column)
{
	const PcaField *field = column->field;
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "API field %s", column->key);
	if (!field)
		return out.data;
	if (field->operators)
		appendStringInfo(&out, "; filter: %s", pca_option_defs_operators_text(field->operators));
	if (column->groupable)
		appendStringInfoString(&out, "; groupby");
	if (column->measure)
		appendStringInfoString(&out, "; summed in groups");
	return out.data;
}

/* The comment of a column, palloc'd. */
static char *
make_column_comment(const PcaColumn *column)
{
	const PcaField *field = column->field;

	if (column->whole)
		return pstrdup("the whole item, as it came");
	if (column->constant)
		return psprintf("always %s", quote_literal_cstr(column->constant));
	if (!field || !field->comment)
		return describe_column_pushdown(column);
	if (field->source != PCA_FROM_ITEM)
		return pstrdup(field->comment);
	return psprintf("%s (%s)", field->comment, describe_column_pushdown(column));
}

/* The comment of a table, palloc'd. */
static char *
make_table_comment(const PcaTable *table)
{
	return table->resource->comment ? pstrdup(table->resource->comment) :
		psprintf("rows of %s", table->path);
}

/* ---- comments ---- */

/*
 * Set the comment of a column, or if that is NULL, of the table.  Returns false
 * if there is a comment already.
 */
static bool
set_missing_comment(const PcaTable *table, const char *schema, const PcaColumn *column)
{
	char	   *name = quote_qualified_identifier(schema, table->name);
	char	   *object = column ? psprintf("COLUMN %s.%s", name, quote_identifier(column->name)) :
		psprintf("FOREIGN TABLE %s", name);
	char	   *comment = column ? make_column_comment(column) : make_table_comment(table);

	if (GetComment(table->relid, RelationRelationId, column ? column->attnum : 0))
		return false;
	SPI_execute(psprintf("COMMENT ON %s IS %s", object, quote_literal_cstr(comment)), false, 0);
	return true;
}

/*
 * Set the missing comments of a table and its columns; returns their number.
 * It is 0 if the table was dropped, or moved to another schema, after it was
 * listed without a lock.
 */
static int
set_table_comments(Oid relid, Oid schemaid)
{
	const char *schema;
	PcaTable   *table;
	int			ncomments;

	if (!pca_option_lock_table(relid) || get_rel_namespace(relid) != schemaid)
		return 0;
	schema = get_namespace_name(schemaid);
	table = pca_option_table(relid);
	(void) pca_option_find_server(table->server->name);
	ncomments = set_missing_comment(table, schema, NULL);
	for (int attnum = 1; attnum <= table->natts; attnum++)
	{
		const PcaColumn *column = pca_option_column(table, attnum);

		if (column)
			ncomments += set_missing_comment(table, schema, column);
	}
	return ncomments;
}

List *
pca_comments_list_tables(Oid schema, MemoryContext context)
{
	List	   *relids = NIL;
	MemoryContext caller;

	SPI_execute(psprintf("SELECT oid FROM pg_catalog.pg_class"
						 " WHERE relnamespace OPERATOR(pg_catalog.=) %u::pg_catalog.oid AND relkind OPERATOR(pg_catalog.=) 'f'"
						 " ORDER BY relname", schema), true, 0);
	caller = MemoryContextSwitchTo(context);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Datum		oid = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);

		relids = lappend_oid(relids, DatumGetObjectId(oid));
	}
	MemoryContextSwitchTo(caller);
	return relids;
}

Datum
pc_analytics_describe(PG_FUNCTION_ARGS)
{
	Oid			schema = PG_GETARG_OID(0);
	int			ncomments = 0;
	ListCell   *lc;

	if (!get_namespace_name(schema))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema with OID %u does not exist", schema)));
	SPI_connect();
	foreach(lc, pca_comments_list_tables(schema, CurrentMemoryContext))
		ncomments += set_table_comments(lfirst_oid(lc), schema);
	SPI_finish();
	PG_RETURN_INT32(ncomments);
}
