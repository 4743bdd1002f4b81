/*
 * option.c
 *		What may be set on wrapper, server, user mapping, table and column, and
 *		what do the options of a server or a table say?
 *
 * One table lists every option.  The values of user mappings are only
 * validated here; auth.c reads them.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_type.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#include "compat.h"
#include "option.h"
#include "url.h"

/* Hosts of the documented clouds (Partner Center REST URLs; Entra ID logins). */
#define DOCUMENTED_HOSTS \
	"api.partnercenter.microsoft.com, " \
	"partner.partnercenterapi.microsoftonline.cn, " \
	"login.microsoftonline.com, login.microsoftonline.us, " \
	"login.microsoftonline.de, login.partner.microsoftonline.cn, " \
	"login.chinacloudapi.cn"

/* Where an option may stand, as bits. */
#define ON_WRAPPER	(1 << 0)
#define ON_SERVER	(1 << 1)
#define ON_MAPPING	(1 << 2)
#define ON_TABLE	(1 << 3)
#define ON_COLUMN	(1 << 4)
#define ON_KNOWN	(ON_SERVER | ON_TABLE | ON_COLUMN)

typedef enum OptionKind
{
	KIND_TEXT,					/* not empty */
	KIND_URL,
	KIND_PATH,
	KIND_RESOURCE,
	KIND_BOOL,
	KIND_INT,					/* min..max */
	KIND_COUNT,					/* min..max, 64 bits */
	KIND_REAL,					/* min..max */
	KIND_SECONDS,				/* min..max in seconds; stored in ms */
	KIND_MEGABYTES,				/* min..max in MB; stored in bytes */
	KIND_CHOICE,				/* position in choices */
	KIND_OPERATORS
} OptionKind;

typedef struct OptionRow
{
	const char *name;
	int			where;
	OptionKind	kind;
	double		min;
	double		max;
	const char *choices;		/* space-separated, in the order of their enum */
	bool		superuser_only; /* reads a file or weakens the transport */
	int			offset;			/* in PcaServer; -1: read elsewhere */
	int			known_offset;	/* in PcaKnown, for ON_KNOWN rows */
} OptionRow;

#define SERVER_TEXT(name_, kind_, field_) \
	{.name = (name_), .where = ON_SERVER, .kind = (kind_), \
	 .offset = offsetof(PcaServer, field_)}
#define SERVER_NUMBER(name_, kind_, min_, max_, field_) \
	{.name = (name_), .where = ON_SERVER, .kind = (kind_), .min = (min_), \
	 .max = (max_), .offset = offsetof(PcaServer, field_)}
#define SERVER_CHOICE(name_, choices_, field_) \
	{.name = (name_), .where = ON_SERVER, .kind = KIND_CHOICE, \
	 .choices = (choices_), .offset = offsetof(PcaServer, field_)}
#define KNOWN(name_, choices_, field_) \
	{.name = (name_), .where = ON_KNOWN, .kind = KIND_CHOICE, \
	 .choices = (choices_), .offset = -1, \
	 .known_offset = offsetof(PcaKnown, field_)}
#define MAPPING(name_, superuser_only_) \
	{.name = (name_), .where = ON_MAPPING, .kind = KIND_TEXT, \
	 .superuser_only = (superuser_only_), .offset = -1}
#define ELSEWHERE(name_, where_, kind_, min_, max_) \
	{.name = (name_), .where = (where_), .kind = (kind_), .min = (min_), \
	 .max = (max_), .offset = -1}

static const OptionRow options[] = {
	{.name = "allowed_hosts", .where = ON_WRAPPER, .kind = KIND_TEXT,
	.superuser_only = true, .offset = -1},

	SERVER_TEXT("base_url", KIND_URL, base_url),
	SERVER_TEXT("login_url", KIND_URL, login_url),
	SERVER_TEXT("token_resource", KIND_TEXT, token_resource),
	SERVER_CHOICE("token_endpoint", "v1 v2", token_endpoint),
	SERVER_TEXT("locale", KIND_TEXT, locale),
	{.name = "page_size", .where = ON_SERVER | ON_TABLE, .kind = KIND_INT,
		.min = 1, .max = 10000, .offset = offsetof(PcaServer, page_size)},
	SERVER_NUMBER("max_parallel_requests", KIND_INT, 1, 64, max_parallel_requests),
	SERVER_NUMBER("max_requests_per_minute", KIND_INT, 0, 1000000, max_requests_per_minute),
	SERVER_NUMBER("connect_timeout", KIND_SECONDS, 0.1, 3600, connect_timeout),
	SERVER_NUMBER("request_timeout", KIND_SECONDS, 0.1, 3600, request_timeout),
	SERVER_NUMBER("max_retries", KIND_INT, 0, 100, max_retries),
	SERVER_NUMBER("max_retry_wait", KIND_SECONDS, 0, 86400, max_retry_wait),
	SERVER_NUMBER("max_response_size", KIND_MEGABYTES, 1, 102400, max_response_size),
	SERVER_NUMBER("max_url_length", KIND_INT, 512, 65536, max_url_length),
	SERVER_NUMBER("max_snapshots", KIND_INT, 1, 100000, max_snapshots),
	SERVER_NUMBER("compression", KIND_BOOL, 0, 0, compression),
	{.name = "proxy", .where = ON_SERVER, .kind = KIND_URL,
		.superuser_only = true, .offset = offsetof(PcaServer, proxy)},
	{.name = "ca_file", .where = ON_SERVER, .kind = KIND_TEXT,
		.superuser_only = true, .offset = offsetof(PcaServer, ca_file)},
	{.name = "allow_insecure_http", .where = ON_SERVER, .kind = KIND_BOOL,
		.superuser_only = true, .offset = offsetof(PcaServer, allow_insecure_http)},
	SERVER_CHOICE("on_incomplete", "error warning", warn_incomplete),
	{.name = "on_customer_error", .where = ON_SERVER | ON_TABLE, .kind = KIND_CHOICE,
	.choices = "error skip", .offset = offsetof(PcaServer, skip_customer_error)},
	SERVER_NUMBER("fdw_startup_cost", KIND_REAL, 0, 1e12, startup_cost),
	SERVER_NUMBER("fdw_tuple_cost", KIND_REAL, 0, 1e12, tuple_cost),
	SERVER_NUMBER("async_capable", KIND_BOOL, 0, 0, async_capable),

	KNOWN("string_comparison", "unknown case_insensitive case_sensitive", string_comparison),
	KNOWN("group_comparison", "case_sensitive case_insensitive unknown", group_comparison),
	KNOWN("guid_spelling", "unknown upper lower any", guid_spelling),
	KNOWN("snapshot_parameter", "unknown exact since", snapshot_parameter),
	KNOWN("total_count", "unknown filtered unfiltered page", total_count),

	/* In the order of PcaCredential. */
	MAPPING("tenant_id", false),
	MAPPING("client_id", false),
	MAPPING("client_secret", false),
	MAPPING("refresh_token", false),
	MAPPING("refresh_token_saved_at", false),
	MAPPING("access_token", false),
	MAPPING("proxy_user", false),
	MAPPING("proxy_password", false),
	MAPPING("client_secret_file", true),
	MAPPING("refresh_token_file", true),
	MAPPING("access_token_file", true),

	ELSEWHERE("resource", ON_TABLE, KIND_RESOURCE, 0, 0),
	ELSEWHERE("path", ON_TABLE, KIND_PATH, 0, 0),
	ELSEWHERE("pushdown_group", ON_TABLE, KIND_BOOL, 0, 0),
	ELSEWHERE("max_rows", ON_TABLE, KIND_COUNT, 0, 1e15),
	ELSEWHERE("rows", ON_TABLE, KIND_REAL, 1, 1e15),

	ELSEWHERE("field", ON_COLUMN, KIND_TEXT, 0, 0),
	ELSEWHERE("operators", ON_COLUMN, KIND_OPERATORS, 0, 0),
	ELSEWHERE("groupable", ON_COLUMN, KIND_BOOL, 0, 0),
	ELSEWHERE("measure", ON_COLUMN, KIND_BOOL, 0, 0),
};

static const char *const operator_names[] = {
	"eq", "ne", "gt", "ge", "lt", "le", "contains"
};

PG_FUNCTION_INFO_V1(pc_analytics_fdw_validator);

/* ---- one option ---- */

static const OptionRow *
find_option(const char *name, int where)
{
	for (int i = 0; i < (int) lengthof(options); i++)
		if ((options[i].where & where) && strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

const char *
pca_option_credential_name(PcaCredential credential)
{
	int			n = -1;

	for (int i = 0; i < (int) lengthof(options); i++)
		if (options[i].where == ON_MAPPING && ++n == (int) credential)
			return options[i].name;
	pg_unreachable();
}

PCA_NORETURN static void
refuse_value(const OptionRow *row, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"%s\"", row->name),
			 hint ? errhint("%s", hint) : 0));
}

PCA_NORETURN static void
refuse_range(const OptionRow *row)
{
	const char *unit = row->kind == KIND_SECONDS ? " seconds" :
		row->kind == KIND_MEGABYTES ? " megabytes" : "";

	refuse_value(row, psprintf("The value must be between %.15g and %.15g%s.",
							   row->min, row->max, unit));
}

/* The number that a value means in the unit of its row. */
static double
parse_number(const OptionRow *row, const char *value)
{
	int			unit = row->kind == KIND_SECONDS ? GUC_UNIT_S :
		row->kind == KIND_MEGABYTES ? GUC_UNIT_MB : 0;
	const char *hint = NULL;
	double		number;

	if (!parse_real(value, &number, unit, &hint))
		refuse_value(row, hint ? _(hint) : "The value must be a number.");
	if ((row->kind == KIND_INT || row->kind == KIND_COUNT) && number != rint(number))
		refuse_value(row, "The value must be a whole number.");
	/* 100 ms is not quite 0.1 s in binary */
	if (isnan(number) || number < row->min - 1e-9 || number > row->max)
		refuse_range(row);
	return number;
}

static bool
parse_boolean(const OptionRow *row, const char *value)
{
	bool		result;

	if (!parse_bool(value, &result))
		refuse_value(row, "The value must be \"true\" or \"false\".");
	return result;
}

/* Position of the value among the row's choices. */
static int
parse_choice(const OptionRow *row, const char *value)
{
	const char *p = row->choices;

	for (int n = 0; *p; n++)
	{
		size_t		length = strcspn(p, " ");

		if (strlen(value) == length && strncmp(p, value, length) == 0)
			return n;
		p += length + (p[length] == ' ');
	}
	refuse_value(row, psprintf("Valid values are: %s.", row->choices));
}

/* The set of operators that a list such as "eq, ne" names. */
static int
parse_operators(const OptionRow *row, const char *value)
{
	char	   *copy = pstrdup(value);
	char	   *state = NULL;
	int			set = 0;

	for (char *name = strtok_r(copy, ", ", &state); name;
		 name = strtok_r(NULL, ", ", &state))
	{
		int			i = 0;

		while (i < (int) lengthof(operator_names) &&
			   strcmp(operator_names[i], name) != 0)
			i++;
		if (i == (int) lengthof(operator_names))
			refuse_value(row, "Valid operators are: eq, ne, gt, ge, lt, le, contains.");
		set |= 1 << i;
	}
	return set;
}

static void
check_resource(const OptionRow *row, const char *value)
{
	StringInfoData names;

	if (pca_resource_find(value))
		return;
	initStringInfo(&names);
	for (int i = 0; pca_resource_at(i); i++)
		appendStringInfo(&names, "%s%s", i ? ", " : "", pca_resource_at(i)->name);
	refuse_value(row, psprintf("Resources are: %s.", names.data));
}

static void
check_value(const OptionRow *row, const char *value)
{
	const char *fault = NULL;

	switch (row->kind)
	{
		case KIND_TEXT:
			if (value[strspn(value, " \t\r\n")] == '\0')
				refuse_value(row, "The value must not be empty.");
			for (const char *p = value; *p; p++)
				if ((unsigned char) *p < ' ' || *p == 0x7f)
					refuse_value(row, "The value must have no control characters.");
			break;
		case KIND_URL:
			fault = pca_url_fault(value);
			break;
		case KIND_PATH:
			fault = pca_url_path_fault(value);
			break;
		case KIND_RESOURCE:
			check_resource(row, value);
			break;
		case KIND_BOOL:
			(void) parse_boolean(row, value);
			break;
		case KIND_INT:
		case KIND_COUNT:
		case KIND_REAL:
		case KIND_SECONDS:
		case KIND_MEGABYTES:
			(void) parse_number(row, value);
			break;
		case KIND_CHOICE:
			(void) parse_choice(row, value);
			break;
		case KIND_OPERATORS:
			(void) parse_operators(row, value);
			break;
	}
	if (fault)
		refuse_value(row, fault);
}

/* ---- the validator ---- */

/* How far a misspelled name may be from the one that is meant. */
#define NEAR_ENOUGH 4

PCA_NORETURN static void
refuse_option(const char *name, int where)
{
	const char *nearest = NULL;
	int			least = NEAR_ENOUGH + 1;
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < (int) lengthof(options); i++)
	{
		int			distance;

		if (!(options[i].where & where))
			continue;
		appendStringInfo(&names, "%s%s", names.len ? ", " : "", options[i].name);
		distance = strlen(name) > NAMEDATALEN ? least :
			varstr_levenshtein_less_equal(name, strlen(name), options[i].name,
										  strlen(options[i].name), 1, 1, 1,
										  NEAR_ENOUGH, true);
		if (distance < least && distance < (int) strlen(name))
		{
			least = distance;
			nearest = options[i].name;
		}
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 nearest ? errhint("Perhaps you meant the option \"%s\".", nearest) :
			 errhint("Valid options in this context are: %s.", names.data)));
}

static int
where_of(Oid catalog)
{
	switch (catalog)
	{
		case ForeignDataWrapperRelationId:
			return ON_WRAPPER;
		case ForeignServerRelationId:
			return ON_SERVER;
		case UserMappingRelationId:
			return ON_MAPPING;
		case ForeignTableRelationId:
			return ON_TABLE;
		case AttributeRelationId:
			return ON_COLUMN;
		default:
			return 0;
	}
}

static const char *
option_value(List *defs, const char *name)
{
	ListCell   *lc;

	foreach(lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		if (strcmp(def->defname, name) == 0)
			return defGetString(def);
	}
	return NULL;
}

static bool
option_is_true(List *defs, const char *name)
{
	const char *value = option_value(defs, name);
	bool		result;

	return value && parse_bool(value, &result) && result;
}

/* The chapter Trust of the contract: where plain http may be spoken. */
static void
check_plain_http(const char *option, const char *url, bool insecure, bool superuser)
{
	if (!url || !pca_url_is_plain_http(url) || insecure)
		return;
	if (!pca_url_is_loopback(url))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("option \"%s\" must be an https URL", option),
				 errdetail("Plain http would show the token to everyone on the way."),
				 errhint("A superuser may set \"allow_insecure_http\" on the server.")));
	if (!superuser)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("option \"%s\" must be an https URL", option),
				 errdetail("Plain http, also to this machine, is for servers that belong to a superuser.")));
}

Datum
pc_analytics_fdw_validator(PG_FUNCTION_ARGS)
{
	List	   *defs = untransformRelOptions(PG_GETARG_DATUM(0));
	int			where = where_of(PG_GETARG_OID(1));
	bool		insecure = option_is_true(defs, "allow_insecure_http");
	ListCell   *lc;

	foreach(lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const OptionRow *row = find_option(def->defname, where);

		if (!row)
			refuse_option(def->defname, where);
		check_value(row, defGetString(def));
		if (row->superuser_only && !superuser())
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied to set option \"%s\"", row->name),
					 errdetail("Only a superuser may set options that read files of the server or weaken the transport.")));
	}
	if (where == ON_SERVER)
	{
		check_plain_http("base_url", option_value(defs, "base_url"), insecure, superuser());
		check_plain_http("login_url", option_value(defs, "login_url"), insecure, superuser());
	}
	PG_RETURN_VOID();
}

/* ---- reading servers ---- */

static char *
without_trailing_slash(const char *url)
{
	size_t		length = strlen(url);

	while (length > 0 && url[length - 1] == '/')
		length--;
	return pnstrdup(url, length);
}

static void
store_server_option(PcaServer *server, const OptionRow *row, const char *value)
{
	void	   *field = (char *) server + row->offset;

	switch (row->kind)
	{
		case KIND_BOOL:
			*(bool *) field = parse_boolean(row, value);
			break;
		case KIND_INT:
			*(int *) field = (int) parse_number(row, value);
			break;
		case KIND_REAL:
			*(double *) field = parse_number(row, value);
			break;
		case KIND_SECONDS:
			*(int *) field = (int) rint(parse_number(row, value) * 1000);
			break;
		case KIND_MEGABYTES:
			*(int64 *) field = (int64) (parse_number(row, value) * 1024 * 1024);
			break;
		case KIND_URL:
			*(char **) field = without_trailing_slash(value);
			break;
		case KIND_CHOICE:
			if (strcmp(row->name, "token_endpoint") == 0)
				*(int *) field = parse_choice(row, value) + 1;
			else
				*(bool *) field = parse_choice(row, value) == 1;
			break;
		default:
			*(char **) field = pstrdup(value);
			break;
	}
}

/* Take over what the options say of the API; each level overrides the last. */
static void
store_known(PcaKnown *known, List *defs)
{
	ListCell   *lc;

	foreach(lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const OptionRow *row = find_option(def->defname, ON_KNOWN);

		if (row && (row->where & ON_KNOWN) == ON_KNOWN)
			*(int *) ((char *) known + row->known_offset) =
				parse_choice(row, defGetString(def));
	}
}

StaticAssertDecl(sizeof(PcaStringComparison) == sizeof(int),
				 "store_known() stores enums as int");

static bool
host_is_allowed(const char *url, const char *allowed)
{
	char	   *host = pca_url_host(url);
	char	   *copy = pstrdup(allowed);
	char	   *state = NULL;

	for (char *name = strtok_r(copy, ", ", &state); name;
		 name = strtok_r(NULL, ", ", &state))
		if (pg_strcasecmp(name, host) == 0)
			return true;
	return false;
}

/* What a server that does not belong to a superuser may not do. */
static void
check_plain_owner(const PcaServer *server)
{
	const char *denied = server->proxy ? "proxy" :
		server->ca_file ? "ca_file" :
		server->allow_insecure_http ? "allow_insecure_http" : NULL;
	const char *outside =
		!host_is_allowed(server->base_url, server->allowed_hosts) ? server->base_url :
		!host_is_allowed(server->login_url, server->allowed_hosts) ? server->login_url : NULL;

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
server_defaults(PcaServer *server)
{
	server->base_url = "https://api.partnercenter.microsoft.com";
	server->login_url = "https://login.microsoftonline.com";
	server->token_endpoint = 1;
	server->locale = "en-US";
	server->page_size = 10000;
	server->max_parallel_requests = 4;
	server->max_requests_per_minute = -1;
	server->connect_timeout = 10 * 1000;
	server->request_timeout = 180 * 1000;
	server->max_retries = 5;
	server->max_retry_wait = 120 * 1000;
	server->max_response_size = INT64CONST(256) * 1024 * 1024;
	server->max_url_length = 2048;
	server->max_snapshots = 62;
	server->compression = true;
	server->startup_cost = 100;
	server->tuple_cost = 0.02;
	server->async_capable = true;
}

PcaServer *
pca_option_server(Oid serverid)
{
	ForeignServer *foreign = GetForeignServer(serverid);
	ForeignDataWrapper *wrapper = GetForeignDataWrapper(foreign->fdwid);
	const char *allowed = option_value(wrapper->options, "allowed_hosts");
	PcaServer  *server = palloc0(sizeof(PcaServer));
	ListCell   *lc;

	server->serverid = serverid;
	server->name = foreign->servername;
	server->owner_is_superuser = superuser_arg(foreign->owner);
	server->allowed_hosts = pstrdup(allowed ? allowed : DOCUMENTED_HOSTS);
	server_defaults(server);
	foreach(lc, foreign->options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const OptionRow *row = find_option(def->defname, ON_SERVER);

		if (row && row->offset >= 0)
			store_server_option(server, row, defGetString(def));
	}
	store_known(&server->known, foreign->options);
	if (!server->token_resource)
		server->token_resource = server->base_url;
	check_plain_http("base_url", server->base_url, server->allow_insecure_http,
					 server->owner_is_superuser);
	check_plain_http("login_url", server->login_url, server->allow_insecure_http,
					 server->owner_is_superuser);
	if (!server->owner_is_superuser)
		check_plain_owner(server);
	return server;
}

/* ---- reading tables ---- */

/* Whether clauses on a column of that declared type mean the same to the API. */
static bool
is_lossless(PcaType catalog, Oid type, int32 typmod)
{
	if (catalog == PCA_TYPE_TEXT)
		return type == TEXTOID || (type == VARCHAROID && typmod == -1);
	return type == pca_resource_type_oid(catalog) && typmod == -1;
}

/* Whether the declared type holds any sum of the measure, digit for digit. */
static bool
holds_sums(PcaType catalog, Oid type, int32 typmod)
{
	return (type == NUMERICOID && typmod == -1) ||
		(type == INT8OID && catalog == PCA_TYPE_BIGINT);
}

static void
fill_column(PcaColumn *column, const PcaTable *table, Form_pg_attribute attr)
{
	List	   *defs = GetForeignColumnOptions(table->relid, attr->attnum);
	const char *name = option_value(defs, "field");
	const PcaField *field;

	column->attnum = attr->attnum;
	column->name = pstrdup(NameStr(attr->attname));
	column->type = attr->atttypid;
	column->typmod = attr->atttypmod;
	column->collation = attr->attcollation;
	column->not_null = attr->attnotnull;
	column->known = table->known;
	store_known(&column->known, defs);

	field = name ? pca_resource_field(table->resource, name) :
		pca_resource_column(table->resource, column->name);
	if (!field && !name)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
				 errmsg("column \"%s\" of foreign table \"%s\" is no field of resource \"%s\"",
						column->name, table->name, table->resource->name),
				 errhint("Name the API's field with ALTER FOREIGN TABLE ... ALTER COLUMN ... OPTIONS (ADD field '...').")));
	column->field = field;
	column->key = field ? field->name : pstrdup(name);
	if (!field)
		return;
	column->native = is_lossless(field->type, column->type, column->typmod);
	column->groupable = column->native && field->groupable;
	column->measure = field->measure &&
		holds_sums(field->type, column->type, column->typmod);
}

static void
fill_columns(PcaTable *table)
{
	Relation	rel = table_open(table->relid, NoLock);
	TupleDesc	desc = RelationGetDescr(rel);

	table->name = pstrdup(RelationGetRelationName(rel));
	if (!table->resource)
		table->resource = pca_resource_find(table->name);
	if (!table->resource)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("foreign table \"%s\" does not say which resource it reads",
						table->name),
				 errhint("Set its option \"resource\".")));
	table->natts = desc->natts;
	table->columns = palloc0(sizeof(PcaColumn) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);

		if (!attr->attisdropped && attr->attgenerated == '\0')
			fill_column(&table->columns[i], table, attr);
	}
	table_close(rel, NoLock);
}

/* Options of the table that override the server's. */
static void
fill_table_options(PcaTable *table, List *defs)
{
	const char *value;

	if ((value = option_value(defs, "resource")) != NULL)
		table->resource = pca_resource_find(value);
	table->path = option_value(defs, "path");
	if ((value = option_value(defs, "page_size")) != NULL)
		table->page_size = (int) parse_number(find_option("page_size", ON_TABLE), value);
	if ((value = option_value(defs, "pushdown_group")) != NULL)
		table->pushdown_group = parse_boolean(find_option("pushdown_group", ON_TABLE), value);
	if ((value = option_value(defs, "max_rows")) != NULL)
		table->max_rows = (int64) parse_number(find_option("max_rows", ON_TABLE), value);
	if ((value = option_value(defs, "rows")) != NULL)
		table->rows = parse_number(find_option("rows", ON_TABLE), value);
	if ((value = option_value(defs, "on_customer_error")) != NULL)
		table->skip_customer_error =
			parse_choice(find_option("on_customer_error", ON_TABLE), value) == 1;
	store_known(&table->known, defs);
}

PcaTable *
pca_option_table(Oid relid)
{
	ForeignTable *foreign = GetForeignTable(relid);
	PcaServer  *server = pca_option_server(foreign->serverid);
	PcaTable   *table = palloc0(sizeof(PcaTable));

	table->relid = relid;
	table->server = server;
	table->page_size = server->page_size;
	table->pushdown_group = true;
	table->max_rows = -1;
	table->rows = -1;
	table->skip_customer_error = server->skip_customer_error;
	table->known = server->known;
	fill_table_options(table, foreign->options);
	fill_columns(table);
	if (table->path == NULL)
	{
		table->path = table->resource->path;
		table->other_path = table->resource->other_path;
	}
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

		if (column && column->native && strcmp(column->key, "processedDateTime") == 0)
			return column;
	}
	return NULL;
}
