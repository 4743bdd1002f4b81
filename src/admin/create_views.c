/*
 * create_views.c
 *		SQL function that makes a view of each foreign table of a schema.
 *
 * Some tools list tables and views only.  A view of a foreign table has its name, its
 * columns and their comments, and PostgreSQL expands it before it plans a query, so
 * that the same is sent.
 *
 * The function executes CREATE OR REPLACE VIEW and COMMENT, so it needs the same
 * privileges, and has the same limits.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "commands/comment.h"
#include "commands/defrem.h"
#include "executor/spi.h"
#include "foreign/foreign.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "admin/comments.h"
#include "admin/create_views.h"
#include "config/option.h"

PG_FUNCTION_INFO_V1(pc_analytics_create_views);

/* Append the columns of the table as a target list. */
static void
append_columns(StringInfo sql, TupleDesc desc)
{
	const char *separator = " ";

	for (int i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attisdropped)
			continue;
		appendStringInfo(sql, "%s%s", separator, quote_identifier(NameStr(TupleDescAttr(desc, i)->attname)));
		separator = ", ";
	}
}

/*
 * Append the options that the view has already, if there is one: replacing a view without
 * them would reset security_invoker, for example.
 */
static void
append_view_options(StringInfo sql, Oid viewid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(viewid));
	Datum		options;
	bool		is_null = true;
	const char *separator = " WITH (";
	ListCell   *lc;

	if (!HeapTupleIsValid(tuple))
		return;
	options = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_reloptions, &is_null);
	foreach(lc, is_null ? NIL : untransformRelOptions(options))
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		appendStringInfo(sql, "%s%s = %s", separator, quote_identifier(option->defname),
						 quote_literal_cstr(defGetString(option)));
		separator = ", ";
	}
	if (!is_null)
		appendStringInfoChar(sql, ')');
	ReleaseSysCache(tuple);
}

static void
copy_comment(Oid relid, int attnum, const char *object)
{
	char	   *comment = GetComment(relid, RelationRelationId, attnum);

	if (comment)
		SPI_execute(psprintf("COMMENT ON %s IS %s", object, quote_literal_cstr(comment)), false, 0);
}

/* Set the comments that the table and its columns have on the view and its columns. */
static void
copy_comments(Relation table, const char *view)
{
	TupleDesc	desc = RelationGetDescr(table);

	copy_comment(RelationGetRelid(table), 0, psprintf("VIEW %s", view));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);

		if (!attr->attisdropped)
			copy_comment(RelationGetRelid(table), attr->attnum,
						 psprintf("COLUMN %s.%s", view, quote_identifier(NameStr(attr->attname))));
	}
}

/* Create or replace the view of one table. */
static void
create_view(Relation table, Oid view_schema)
{
	const char *name = RelationGetRelationName(table);
	char	   *view = quote_qualified_identifier(get_namespace_name(view_schema), name);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE OR REPLACE VIEW %s", view);
	append_view_options(&sql, get_relname_relid(name, view_schema));
	appendStringInfoString(&sql, " AS SELECT");
	append_columns(&sql, RelationGetDescr(table));
	appendStringInfo(&sql, " FROM %s",
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)), name));
	SPI_execute(sql.data, false, 0);
	copy_comments(table, view);
}

/*
 * Create the view of a table of this wrapper.  Returns false for other tables, and if the
 * table was dropped, or moved to another schema, after it was listed without a lock.
 */
static bool
create_view_of(Oid relid, Oid foreign_schema, Oid view_schema)
{
	Relation	table;

	if (!pca_option_lock_table(relid) || get_rel_namespace(relid) != foreign_schema)
		return false;
	(void) pca_option_find_server(GetForeignServer(GetForeignTable(relid)->serverid)->servername);
	table = table_open(relid, NoLock);
	create_view(table, view_schema);
	table_close(table, NoLock);
	return true;
}

static void
check_schema(Oid schema)
{
	if (!get_namespace_name(schema))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema with OID %u does not exist", schema)));
}

Datum
pc_analytics_create_views(PG_FUNCTION_ARGS)
{
	Oid			foreign_schema = PG_GETARG_OID(0);
	Oid			view_schema = PG_GETARG_OID(1);
	int			nviews = 0;
	ListCell   *lc;

	check_schema(foreign_schema);
	check_schema(view_schema);
	if (foreign_schema == view_schema)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the views cannot be created in the schema of the foreign tables"),
				 errhint("The views have the names of the tables. Name another schema.")));
	SPI_connect();
	foreach(lc, pca_comments_list_tables(foreign_schema, CurrentMemoryContext))
	{
		if (create_view_of(lfirst_oid(lc), foreign_schema, view_schema))
			nviews++;
	}
	SPI_finish();
	PG_RETURN_INT32(nviews);
}
