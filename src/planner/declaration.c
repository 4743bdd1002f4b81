/*
 * declaration.c
 *		The statements that declare what a reason says is not known.
 *
 * EXPLAIN shows them at the end of the reasons that they would remove.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "config/option_defs.h"
#include "planner/declaration.h"

/* "OPTIONS (ADD name 'value')", or SET if the option is in the list. */
static char *
make_option_clause(List *options, const char *option, const char *value)
{
	return psprintf("OPTIONS (%s %s %s)", pca_option_defs_value(options, option) ? "SET" : "ADD",
					option, quote_literal_cstr(value));
}

/* "ALTER FOREIGN TABLE name". */
static char *
make_alter_table(const PcaTable *table)
{
	return psprintf("ALTER FOREIGN TABLE %s",
					quote_qualified_identifier(get_namespace_name(get_rel_namespace(table->relid)),
											   get_rel_name(table->relid)));
}

/* "ALTER FOREIGN TABLE name ALTER COLUMN name". */
static char *
make_alter_column(const PcaTable *table, const PcaColumn *column)
{
	return psprintf("%s ALTER COLUMN %s", make_alter_table(table), quote_identifier(column->name));
}

char *
pca_declaration_server_option(const PcaTable *table, const char *option, const char *value)
{
	const ForeignServer *server = GetForeignServer(table->server->serverid);

	return psprintf("ALTER SERVER %s %s", quote_identifier(server->servername),
					make_option_clause(server->options, option, value));
}

char *
pca_declaration_option(const PcaTable *table, const PcaColumn *column, bool on_server,
					   const char *option, const char *value)
{
	List	   *column_options = column ? GetForeignColumnOptions(table->relid, column->attnum) : NIL;
	List	   *table_options = GetForeignTable(table->relid)->options;
	List	   *server_options = GetForeignServer(table->server->serverid)->options;

	if (pca_option_defs_value(column_options, option))
		on_server = false;
	else if (pca_option_defs_value(table_options, option))
	{
		on_server = false;
		column = NULL;
	}
	else if (pca_option_defs_value(server_options, option))
		on_server = true;
	if (on_server)
		return pca_declaration_server_option(table, option, value);
	if (column)
		return psprintf("%s %s", make_alter_column(table, column),
						make_option_clause(column_options, option, value));
	return psprintf("%s %s", make_alter_table(table), make_option_clause(table_options, option, value));
}

char *
pca_declaration_column_type(const PcaTable *table, const PcaColumn *column)
{
	return psprintf("%s TYPE %s", make_alter_column(table, column), pca_resource_type_name(column->field->type));
}

/* Returns true if equal values of the column are equal as values of the field's type, too. */
static bool
keeps_equality(const PcaColumn *column)
{
	Oid			type = getBaseType(column->type);
	char		category;
	bool		preferred;

	if (OidIsValid(column->collation) && !get_collation_isdeterministic(column->collation))
		return false;
	get_type_category_preferred(type, &category, &preferred);
	return category != TYPCATEGORY_STRING || type == TEXTOID || type == VARCHAROID || type == NAMEOID;
}

const char *
pca_declaration_type_hint(const PcaTable *table, const PcaColumn *column)
{
	if (column->native || !keeps_equality(column))
		return "";
	return psprintf(": %s", pca_declaration_column_type(table, column));
}

char *
pca_declaration_not_null(const PcaTable *table, List *columns)
{
	StringInfoData out;
	ListCell   *lc;

	initStringInfo(&out);
	appendStringInfoString(&out, make_alter_table(table));
	foreach(lc, columns)
		appendStringInfo(&out, "%s ALTER COLUMN %s SET NOT NULL", foreach_current_index(lc) > 0 ? "," : "",
						 quote_identifier(((const PcaColumn *) lfirst(lc))->name));
	return out.data;
}

char *
pca_declaration_field_column(const PcaTable *table, const PcaField *field)
{
	for (int attnum = 1; attnum <= table->natts; attnum++)
	{
		const PcaColumn *column = pca_option_column(table, attnum);

		if (column && column->field == field)
			return pca_declaration_column_type(table, column);
	}
	return psprintf("%s ADD COLUMN %s %s", make_alter_table(table), quote_identifier(field->column),
					pca_resource_type_name(field->type));
}

bool
pca_declaration_has_own_fields(const PcaTable *table)
{
	return pca_resource_find(table->resource->name) != table->resource;
}

char *
pca_declaration_operator(const PcaTable *table, const PcaColumn *column, PcaOperator op)
{
	return pca_declaration_option(table, column, false, "operators",
								  pca_option_defs_operators_text(column->field->operators | op));
}
