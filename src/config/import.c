/*
 * import.c
 *		IMPORT FOREIGN SCHEMA: one foreign table for each resource of the catalog.
 *
 * No request is sent.
 */
#include "postgres.h"

#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"

#include "compat.h"
#include "config/import.h"
#include "config/nearest_name.h"
#include "config/option_defs.h"
#include "config/resource.h"

/* The one schema that can be imported. */
#define SCHEMA_NAME "analytics"

static char *
make_create_statement(const PcaResource *resource, const char *server)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE FOREIGN TABLE %s (", quote_identifier(resource->name));
	for (int i = 0; i < resource->nfields; i++)
	{
		const PcaField *field = &resource->fields[i];

		appendStringInfo(&sql, "%s%s %s%s", i ? ", " : "",
						 quote_identifier(field->column),
						 pca_resource_type_name(field->type),
						 field->not_null ? " NOT NULL" : "");
	}
	appendStringInfo(&sql, ") SERVER %s OPTIONS (resource %s)",
					 quote_identifier(server), quote_literal_cstr(resource->name));
	return sql.data;
}

static bool
table_is_listed(ImportForeignSchemaStmt *stmt, const char *name)
{
	ListCell   *lc;

	foreach(lc, stmt->table_list)
		if (strcmp(lfirst_node(RangeVar, lc)->relname, name) == 0)
		return true;
	return false;
}

PCA_NORETURN static void
error_unknown_table(const char *name)
{
	PcaNearestName search;

	pca_nearest_name_init(&search, name);
	for (int i = 0; pca_resource_at(i); i++)
		pca_nearest_name_add(&search, pca_resource_at(i)->name);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
			 errmsg("foreign schema \"%s\" has no table \"%s\"", SCHEMA_NAME, name),
			 search.nearest ? errhint("Perhaps you meant the table \"%s\".", search.nearest) :
			 errhint("The tables are: %s.", search.names.data)));
}

static void
check_import_statement(ImportForeignSchemaStmt *stmt)
{
	ListCell   *lc;

	if (strcmp(stmt->remote_schema, SCHEMA_NAME) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
				 errmsg("foreign schema \"%s\" does not exist", stmt->remote_schema),
				 errhint("The schema to import is \"%s\".", SCHEMA_NAME)));
	pca_option_defs_check_list(stmt->options, PCA_ON_IMPORT);
	foreach(lc, stmt->table_list)
	{
		if (!pca_resource_find(lfirst_node(RangeVar, lc)->relname))
			error_unknown_table(lfirst_node(RangeVar, lc)->relname);
	}
}

/* Returns the value of the option superseded, true by default. */
static bool
imports_superseded(ImportForeignSchemaStmt *stmt)
{
	const char *value = pca_option_defs_value(stmt->options, "superseded");

	return !value || pca_option_defs_boolean(pca_option_defs_find("superseded", PCA_ON_IMPORT), value);
}

static List *
ImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverid)
{
	List	   *statements = NIL;
	bool		with_superseded;

	check_import_statement(stmt);
	with_superseded = imports_superseded(stmt);
	for (int i = 0; pca_resource_at(i); i++)
	{
		const PcaResource *resource = pca_resource_at(i);

		if (stmt->list_type != FDW_IMPORT_SCHEMA_ALL &&
			table_is_listed(stmt, resource->name) == (stmt->list_type == FDW_IMPORT_SCHEMA_EXCEPT))
			continue;
		if (resource->superseded && !with_superseded)
			continue;
		statements = lappend(statements, make_create_statement(resource, stmt->server_name));
	}
	return statements;
}

void
pca_import_register(FdwRoutine *routine)
{
	routine->ImportForeignSchema = ImportForeignSchema;
}
