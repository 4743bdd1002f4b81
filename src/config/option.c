/*
 * option.c
 *		Reads the options of servers and foreign tables into structs.
 *
 * The table in option_defs.c says which options there are, what values each
 * takes, and where they are stored.  The values of user mappings are read by
 * user_mapping.c.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "common/hashfn.h"
#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "compat.h"
#include "config/constant_column.h"
#include "config/custom_resource.h"
#include "config/option.h"
#include "config/option_defs.h"
#include "config/url.h"

/* ---- reading servers ---- */

static char *
without_trailing_slash(const char *url)
{
	size_t		length = strlen(url);

	while (length > 0 && url[length - 1] == '/')
		length--;
	return pnstrdup(url, length);
}

/* Convert an option's value and store it in the field of a struct. */
static void
store_option(void *field, const PcaOptionDef *setting, const char *value)
{
	switch (setting->kind)
	{
		case PCA_OPTION_BOOL:
			*(bool *) field = pca_option_defs_boolean(setting, value);
			break;
		case PCA_OPTION_INT:
			*(int *) field = (int) pca_option_defs_number(setting, value);
			break;
		case PCA_OPTION_COUNT:
			*(int64 *) field = (int64) pca_option_defs_number(setting, value);
			break;
		case PCA_OPTION_REAL:
			*(double *) field = pca_option_defs_number(setting, value);
			break;
		case PCA_OPTION_SECONDS:
			*(int *) field = (int) rint(pca_option_defs_number(setting, value) * 1000);
			break;
		case PCA_OPTION_MEGABYTES:
			*(int64 *) field = (int64) (pca_option_defs_number(setting, value) * 1024 * 1024);
			break;
		case PCA_OPTION_URL:
			pca_option_defs_check(setting, value);
			*(char **) field = without_trailing_slash(value);
			break;
		case PCA_OPTION_CHOICE:
			*(int *) field = pca_option_defs_choice(setting, value);
			break;
		case PCA_OPTION_SWITCH:
			*(bool *) field = pca_option_defs_choice(setting, value) == 1;
			break;
		default:
			pca_option_defs_check(setting, value);
			*(char **) field = pstrdup(value);
			break;
	}
}

/* Store the options about the API; those of a lower level override the higher ones. */
static void
store_known(PcaKnown *known, List *defs)
{
	ListCell   *lc;

	foreach(lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const PcaOptionDef *setting = pca_option_defs_find(def->defname, PCA_ON_KNOWN);

		/* some options of servers and tables have one place only */
		if (setting && setting->where == PCA_ON_KNOWN)
			store_option((char *) known + setting->in_known, setting, defGetString(def));
	}
}

StaticAssertDecl(sizeof(PcaStringComparison) == sizeof(int),
				 "store_option() stores enums as int");

/* Raise an error for an option that needs a superuser as the owner of the server. */
static void
check_plain_owner(const PcaServer *server)
{
	const char *denied = server->proxy ? "proxy" :
		server->ca_file ? "ca_file" :
		server->allow_insecure_http ? "allow_insecure_http" : NULL;
	const char *outside =
		!pca_option_defs_host_is_allowed(server->base_url, server->allowed_hosts) ? server->base_url :
		!pca_option_defs_host_is_allowed(server->login_url, server->allowed_hosts) ? server->login_url : NULL;

	if (denied)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("server \"%s\" may not use option \"%s\"", server->name, denied),
				 errdetail("Only a server that belongs to a superuser may.")));
	if (outside)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("server \"%s\" may not reach \"%s\"", server->name, outside),
				 errdetail("The server does not belong to a superuser, and its host is not among the wrapper's \"allowed_hosts\".")));
}

static void
set_server_defaults(PcaServer *server)
{
	const PcaOptionDef *setting;

	for (int i = 0; (setting = pca_option_defs_at(i)) != NULL; i++)
		if (setting->default_value)
			store_option((char *) server + setting->in_server, setting, setting->default_value);
	server->max_requests_per_minute = -1;
}

/* Returns a server.  No lock is held on it, so it may have been dropped since. */
static ForeignServer *
get_server(Oid serverid)
{
	ForeignServer *foreign = GetForeignServerExtended(serverid, FSV_MISSING_OK);

	if (!foreign)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("server with OID %u does not exist", serverid)));
	return foreign;
}

PcaServer *
pca_option_server(Oid serverid)
{
	ForeignServer *foreign = get_server(serverid);
	ForeignDataWrapper *wrapper = GetForeignDataWrapper(foreign->fdwid);
	PcaServer  *server = palloc0(sizeof(PcaServer));
	ListCell   *lc;

	server->serverid = serverid;
	server->name = foreign->servername;
	server->owner_is_superuser = superuser_arg(foreign->owner);
	server->allowed_hosts = pstrdup(pca_option_defs_allowed_hosts(wrapper->options));
	set_server_defaults(server);
	foreach(lc, foreign->options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const PcaOptionDef *setting = pca_option_defs_find(def->defname, PCA_ON_SERVER);

		if (setting && setting->in_server)
			store_option((char *) server + setting->in_server, setting, defGetString(def));
	}
	store_known(&server->known, foreign->options);
	if (!server->token_resource)
		server->token_resource = server->base_url;
	pca_option_defs_check_plain_http("base_url", server->base_url, server->proxy != NULL,
									 server->allow_insecure_http, server->owner_is_superuser);
	pca_option_defs_check_plain_http("login_url", server->login_url, server->proxy != NULL,
									 server->allow_insecure_http, server->owner_is_superuser);
	if (!server->owner_is_superuser)
		check_plain_owner(server);
	return server;
}

/* Returns true if that is the handler of this wrapper, by whatever SQL name. */
static bool
is_our_handler(Oid handler)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(handler));
	bool		isnull = true;
	Datum symbol = (Datum) 0;
	bool		ours;

	if (!HeapTupleIsValid(tuple))
		return false;
	symbol = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);

	ours = !isnull && strcmp(TextDatumGetCString(symbol), "pc_analytics_fdw_handler") == 0;
	ReleaseSysCache(tuple);
	return ours;
}

/* Returns true if the relation, which is locked, is a foreign table of this wrapper. */
static bool
is_our_table(Oid relid)
{
	ForeignServer *server;

	if (get_rel_relkind(relid) != RELKIND_FOREIGN_TABLE)
		return false;
	server = GetForeignServer(GetForeignTable(relid)->serverid);
	return is_our_handler(GetForeignDataWrapper(server->fdwid)->fdwhandler);
}

bool
pca_option_lock_table(Oid relid)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);

	if (!rel)
		return false;
	if (!is_our_table(relid))
	{
		relation_close(rel, AccessShareLock);
		return false;
	}
	relation_close(rel, NoLock);
	return true;
}

Oid
pca_option_find_server(const char *name)
{
	ForeignServer *foreign = GetForeignServerByName(name, false);
	ForeignDataWrapper *wrapper = GetForeignDataWrapper(foreign->fdwid);
	AclResult	result = pca_compat_server_aclcheck(foreign->serverid, GetUserId(), ACL_USAGE);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FOREIGN_SERVER, name);
	if (!is_our_handler(wrapper->fdwhandler))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not one of pc_analytics_fdw", name),
				 errdetail("Its wrapper is \"%s\".", wrapper->fdwname)));
	return foreign->serverid;
}

PcaServer *
pca_option_named_server(const char *name)
{
	return pca_option_server(pca_option_find_server(name));
}

/* Append one option of the server; the length before each text separates them. */
static void
append_trust(StringInfo out, const PcaOptionDef *setting, const PcaServer *server)
{
	const char *field = (const char *) server + setting->in_server;

	switch (setting->kind)
	{
		case PCA_OPTION_BOOL:
			appendStringInfo(out, "%d ", *(const bool *) field);
			break;
		case PCA_OPTION_CHOICE:
			appendStringInfo(out, "%d ", *(const int *) field);
			break;
		case PCA_OPTION_URL:
		case PCA_OPTION_TEXT:
			{
				const char *text = *(char *const *) field;

				if (text)
					appendStringInfo(out, "%zu:%s ", strlen(text), text);
				else
					appendStringInfoString(out, "- ");
				break;
			}
		default:
			elog(ERROR, "option \"%s\" is of a kind that trust cannot depend on", setting->name);
	}
}

/* Returns everything that decides where a token may be sent, as one text; palloc'd. */
static char *
trust_text(const PcaServer *server)
{
	const PcaOptionDef *setting;
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; (setting = pca_option_defs_at(i)) != NULL; i++)
		if (setting->trust)
			append_trust(&out, setting, server);
	appendStringInfo(&out, "%d", server->owner_is_superuser);
	return out.data;
}

bool
pca_option_same_trust(const PcaServer *a, const PcaServer *b)
{
	char	   *text_a = trust_text(a);
	char	   *text_b = trust_text(b);
	bool		same = strcmp(text_a, text_b) == 0;

	pfree(text_a);
	pfree(text_b);
	return same;
}

uint64
pca_option_trust_number(const PcaServer *server)
{
	char	   *text = trust_text(server);
	uint64		number = hash_bytes_extended((const unsigned char *) text, (int) strlen(text), 0);

	pfree(text);
	return number;
}

static uint64 changes = 0;

static void
on_change(Datum arg, int cache, uint32 hash)
{
	changes++;
}

uint64
pca_option_changes(void)
{
	static const int caches[] = {FOREIGNSERVEROID, FOREIGNDATAWRAPPEROID, AUTHOID};

	if (changes == 0)
	{
		for (int i = 0; i < (int) lengthof(caches); i++)
			CacheRegisterSyscacheCallback(caches[i], on_change, (Datum) 0);
		changes = 1;
	}
	return changes;
}

/* ---- reading tables ---- */

/* Returns true if the declared type holds any sum of the measure, digit for digit. */
static bool
holds_sums(PcaType catalog, Oid type, int32 typmod)
{
	return (type == NUMERICOID && typmod == -1) ||
		(type == INT8OID && catalog == PCA_TYPE_BIGINT);
}

/* Returns the resource's field that a column reads; NULL if it has no such field. */
static const PcaField *
find_field(const PcaTable *table, const PcaColumnDeclaration *declared)
{
	const char *name = pca_option_defs_value(declared->options, "field");
	const PcaField *field;

	pca_custom_resource_check_column(declared, table->resource->name);
	field = name ? pca_resource_field(table->resource, name) :
		pca_resource_column(table->resource, declared->column);
	if (!field && !name)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
				 errmsg("column \"%s\" of foreign table \"%s\" is no field of resource \"%s\"",
						declared->column, table->name, table->resource->name),
				 errhint("Name the API's field with ALTER FOREIGN TABLE ... ALTER COLUMN ... OPTIONS (ADD field '...').")));
	return field;
}

/* Read a column.  Without a resource, its field is added to those of the table. */
static void
fill_column(PcaColumn *column, const PcaTable *table, Form_pg_attribute attr,
			PcaField *fields, int *nfields)
{
	PcaColumnDeclaration declared = {.table = table->name,.column = pstrdup(NameStr(attr->attname)),
	.type = attr->atttypid,.typmod = attr->atttypmod};
	const char *name;

	declared.options = GetForeignColumnOptions(table->relid, attr->attnum);
	name = pca_option_defs_value(declared.options, "field");
	column->attnum = attr->attnum;
	column->name = declared.column;
	column->type = attr->atttypid;
	column->typmod = attr->atttypmod;
	column->collation = attr->attcollation;
	column->not_null = attr->attnotnull;
	column->known = table->known;
	store_known(&column->known, declared.options);

	column->constant = pca_option_defs_value(declared.options, "constant");
	if (column->constant)
	{
		column->key = column->name;
		column->constant_value = pca_constant_column_value(&declared, column->constant);
		return;
	}
	column->whole = name && strcmp(name, PCA_WHOLE_ITEM) == 0;
	if (column->whole)
		pca_custom_resource_check_whole_item(&declared);
	else if (table->resource)
		column->field = find_field(table, &declared);
	else
	{
		fields[*nfields] = pca_custom_resource_field(&declared, table->path);
		column->field = &fields[(*nfields)++];
	}
	column->key = column->field ? column->field->name : pstrdup(name);
	if (!column->field)
		return;
	column->native = pca_resource_is_lossless(column->field->type, column->type, column->typmod);
	column->groupable = column->native && column->field->groupable;
	column->measure = column->field->measure &&
		holds_sums(column->field->type, column->type, column->typmod);
}

/* Find the resource of a table without the option "resource", by the name of the table. */
static void
find_resource(PcaTable *table)
{
	table->resource = pca_resource_find(table->name);
	if (!table->resource)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("foreign table \"%s\" does not say which resource it reads",
						table->name),
				 errhint("Set its option \"resource\", or \"path\" for an endpoint that is none of the resources.")));
}

/* Raise the error for a stored generated column, which no scan could fill in. */
static void
error_generated_column(const PcaTable *table, Form_pg_attribute attr)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("column \"%s\" of foreign table \"%s\" is a stored generated column",
					NameStr(attr->attname), table->name),
			 errdetail("Nothing is stored here, and the API does not compute it."),
			 errhint("Drop the column, and compute it in a view.")));
}

static void
fill_columns(PcaTable *table, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);
	PcaField   *fields = palloc0(sizeof(PcaField) * Max(desc->natts, 1));
	int			nfields = 0;

	table->name = pstrdup(RelationGetRelationName(rel));
	if (!table->resource && !table->path)
		find_resource(table);
	table->natts = desc->natts;
	table->columns = palloc0(sizeof(PcaColumn) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);

		if (attr->attgenerated == ATTRIBUTE_GENERATED_STORED && !attr->attisdropped)
			error_generated_column(table, attr);
		if (!attr->attisdropped && attr->attgenerated == '\0')
			fill_column(&table->columns[i], table, attr, fields, &nfields);
	}
	if (!table->resource)
		table->resource = pca_custom_resource_make(table->path, !table->is_unpaged, fields, nfields);
}

/* Read the options of the table that override the server's. */
static void
fill_table_options(PcaTable *table, List *defs)
{
	ListCell   *lc;

	foreach(lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const PcaOptionDef *setting = pca_option_defs_find(def->defname, PCA_ON_TABLE);

		if (setting && setting->kind == PCA_OPTION_RESOURCE)
			table->resource = pca_resource_find(defGetString(def));
		else if (setting && setting->in_table)
			store_option((char *) table + setting->in_table, setting, defGetString(def));
	}
	store_known(&table->known, defs);
}

PcaTable *
pca_option_table(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	ForeignTable *foreign = GetForeignTable(relid);
	PcaServer  *server = pca_option_server(foreign->serverid);
	PcaTable   *table = palloc0(sizeof(PcaTable));

	table->relid = relid;
	table->server = server;
	table->page_size = server->page_size;
	table->max_filter_clauses = server->max_filter_clauses;
	table->pushdown_group = true;
	table->max_rows = -1;
	table->rows = -1;
	table->skip_customer_error = server->skip_customer_error;
	table->cache_ttl = server->cache_ttl;
	table->known = server->known;
	fill_table_options(table, foreign->options);
	fill_columns(table, rel);
	table_close(rel, NoLock);
	table->bare_array = table->path != NULL;
	if (table->path == NULL)
	{
		table->path = table->resource->path;
		table->other_path = table->resource->other_path;
	}
	table->path_has_customer = pca_resource_path_has_customer(table->path);
	if (table->resource->largest_top > 0)
		table->page_size = Min(table->page_size, table->resource->largest_top);
	return table;
}

const PcaColumn *
pca_option_column(const PcaTable *table, int attnum)
{
	const PcaColumn *column;

	if (attnum < 1 || attnum > table->natts)
		return NULL;
	column = &table->columns[attnum - 1];
	return column->name ? column : NULL;
}

const PcaColumn *
pca_option_processed_column(const PcaTable *table)
{
	for (int attnum = 1; attnum <= table->natts; attnum++)
	{
		const PcaColumn *column = pca_option_column(table, attnum);

		if (column && column->native && column->field->role == PCA_ROLE_PROCESSED_TIME)
			return column;
	}
	return NULL;
}
