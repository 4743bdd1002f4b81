/*
 * comments.c
 *		What should the comments of tables and columns say?
 *
 * They are set by COMMENT, so whoever may not set one by hand may not here.
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

/* ---- words ---- */

/* "API field channel; filter: eq, ne; groupby". */
static char *
abilities(const PcaColumn *column)
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

static char *
column_words(const PcaColumn *column)
{
	const PcaField *field = column->field;

	if (column->whole)
		return pstrdup("the whole item, as it came");
	if (!field || !field->comment)
		return abilities(column);
	if (field->source != PCA_FROM_ITEM)
		return pstrdup(field->comment);
	return psprintf("%s (%s)", field->comment, abilities(column));
}

static char *
table_words(const PcaTable *table)
{
	return table->resource->comment ? pstrdup(table->resource->comment) :
		psprintf("rows of %s", table->path);
}

/* ---- comments ---- */

/* Set the comment of an object; attnum 0: the table itself.  False: it has one. */
static bool
set_comment(const PcaTable *table, const char *schema, const PcaColumn *column)
{
	char	   *name = quote_qualified_identifier(schema, table->name);
	char	   *object = column ? psprintf("COLUMN %s.%s", name, quote_identifier(column->name)) :
		psprintf("FOREIGN TABLE %s", name);
	char	   *words = column ? column_words(column) : table_words(table);

	if (GetComment(table->relid, RelationRelationId, column ? column->attnum : 0))
		return false;
	SPI_execute(psprintf("COMMENT ON %s IS %s", object, quote_literal_cstr(words)), false, 0);
	return true;
}

/*
 * How many comments a table of the schema, and its columns, got: none if it was
 * dropped or moved to another schema after it was listed.
 */
static int
describe_table(Oid relid, Oid schemaid)
{
	const char *schema;
	PcaTable   *table;
	int			set;

	if (!pca_option_lock_table(relid) || get_rel_namespace(relid) != schemaid)
		return 0;
	schema = get_namespace_name(schemaid);
	table = pca_option_table(relid);
	(void) pca_option_find_server(table->server->name);
	set = set_comment(table, schema, NULL);
	for (int attnum = 1; attnum <= table->natts; attnum++)
	{
		const PcaColumn *column = pca_option_column(table, attnum);

		if (column)
			set += set_comment(table, schema, column);
	}
	return set;
}

/* The foreign tables of the schema, as OIDs, in the caller's context. */
static List *
foreign_tables(Oid schema, MemoryContext context)
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
	int			set = 0;
	ListCell   *lc;

	if (!get_namespace_name(schema))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema with OID %u does not exist", schema)));
	SPI_connect();
	foreach(lc, foreign_tables(schema, CurrentMemoryContext))
		set += describe_table(lfirst_oid(lc), schema);
	SPI_finish();
	PG_RETURN_INT32(set);
}
