/*
 * option_defs.c
 *		The table of options, and the validator that checks against it.
 *
 * A row says where an option may be set, which values it takes, where option.c
 * stores them, its default, and if it decides where a token may be sent.  The
 * values of user mappings are read by user_mapping.c.
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "config/option.h"
#include "config/nearest_name.h"
#include "config/option_defs.h"
#include "config/placeholder_text.h"
#include "config/resource.h"
#include "config/url.h"
#include "config/url_query.h"

/* Hosts of the documented clouds (Partner Center REST URLs; Entra ID logins). */
#define DOCUMENTED_HOSTS \
	"api.partnercenter.microsoft.com, " \
	"partner.partnercenterapi.microsoftonline.cn, " \
	"login.microsoftonline.com, login.microsoftonline.us, " \
	"login.microsoftonline.de, login.partner.microsoftonline.cn, " \
	"login.chinacloudapi.cn"

/* What separates the hosts of a list. */
#define HOST_SEPARATORS ", "

/* Parts of a row: the option, and the place where its value is stored. */
#define TEXT(name_, where_, kind_) \
	.name = (name_), .where = (where_), .kind = (kind_)
#define NUMBER(name_, where_, kind_, min_, max_) \
	.name = (name_), .where = (where_), .kind = (kind_), .min = (min_), \
	.max = (max_)
#define FLAG(name_, where_) \
	.name = (name_), .where = (where_), .kind = PCA_OPTION_BOOL
#define CHOICE(name_, where_, choices_) \
	.name = (name_), .where = (where_), .kind = PCA_OPTION_CHOICE, \
	.choices = (choices_)
#define SWITCH(name_, where_, choices_) \
	.name = (name_), .where = (where_), .kind = PCA_OPTION_SWITCH, \
	.choices = (choices_)
#define SUPERUSERS(name_, where_, kind_) \
	.name = (name_), .where = (where_), .kind = (kind_), .superuser_only = true
#define IN_SERVER(field_)	.in_server = offsetof(PcaServer, field_)
#define IN_TABLE(field_)	.in_table = offsetof(PcaTable, field_)
#define IN_KNOWN(field_)	.in_known = offsetof(PcaKnown, field_)

/*
 * A new option of a server or table needs its row and a member of the struct,
 * nothing else.
 */
static const PcaOptionDef settings[] = {
	{SUPERUSERS("allowed_hosts", PCA_ON_WRAPPER, PCA_OPTION_HOSTS)},
	{FLAG("superseded", PCA_ON_IMPORT)},

	{TEXT("base_url", PCA_ON_SERVER, PCA_OPTION_URL),
	.trust = true, IN_SERVER(base_url),.default_value = "https://api.partnercenter.microsoft.com"},
	{TEXT("login_url", PCA_ON_SERVER, PCA_OPTION_URL),
	.trust = true, IN_SERVER(login_url),.default_value = "https://login.microsoftonline.com"},
	{TEXT("token_resource", PCA_ON_SERVER, PCA_OPTION_TEXT),
	.trust = true, IN_SERVER(token_resource)},
	{CHOICE("token_endpoint", PCA_ON_SERVER, "v1 v2"),
	.trust = true, IN_SERVER(token_endpoint),.default_value = "v1"},
	{TEXT("locale", PCA_ON_SERVER, PCA_OPTION_TEXT),
	IN_SERVER(locale),.default_value = "en-US"},
	{NUMBER("page_size", PCA_ON_SERVER | PCA_ON_TABLE, PCA_OPTION_INT, 1, 10000),
	IN_SERVER(page_size),.default_value = "10000", IN_TABLE(page_size)},
	{NUMBER("max_parallel_requests", PCA_ON_SERVER, PCA_OPTION_INT, 1, 64),
	IN_SERVER(max_parallel_requests),.default_value = "4"},
	{NUMBER("max_requests_per_minute", PCA_ON_SERVER, PCA_OPTION_INT, 0, 1000000),
	IN_SERVER(max_requests_per_minute)},
	{NUMBER("connect_timeout", PCA_ON_SERVER, PCA_OPTION_SECONDS, 0.1, 3600),
	IN_SERVER(connect_timeout_ms),.default_value = "10"},
	{NUMBER("request_timeout", PCA_ON_SERVER, PCA_OPTION_SECONDS, 0.1, 3600),
	IN_SERVER(request_timeout_ms),.default_value = "180"},
	{NUMBER("max_retries", PCA_ON_SERVER, PCA_OPTION_INT, 0, 100),
	IN_SERVER(max_retries),.default_value = "5"},
	{NUMBER("max_retry_wait", PCA_ON_SERVER, PCA_OPTION_SECONDS, 0, 86400),
	IN_SERVER(max_retry_wait_ms),.default_value = "120"},
	{NUMBER("max_response_size", PCA_ON_SERVER, PCA_OPTION_MEGABYTES, 1, 102400),
	IN_SERVER(max_response_size),.default_value = "256"},
	{NUMBER("max_url_length", PCA_ON_SERVER, PCA_OPTION_INT, 512, PCA_OPTION_LARGEST_URL_LENGTH),
	IN_SERVER(max_url_length),.default_value = "2048"},
	{NUMBER("max_filter_clauses", PCA_ON_SERVER | PCA_ON_TABLE, PCA_OPTION_INT, 0, 100000),
	IN_SERVER(max_filter_clauses),.default_value = "0", IN_TABLE(max_filter_clauses)},
	{NUMBER("max_snapshots", PCA_ON_SERVER, PCA_OPTION_INT, 1, 100000),
	IN_SERVER(max_snapshots),.default_value = "100"},
	{FLAG("compression", PCA_ON_SERVER),
	IN_SERVER(compression),.default_value = "true"},
	{SUPERUSERS("proxy", PCA_ON_SERVER, PCA_OPTION_URL),
	.trust = true, IN_SERVER(proxy)},
	{SUPERUSERS("ca_file", PCA_ON_SERVER, PCA_OPTION_TEXT),
	.trust = true, IN_SERVER(ca_file)},
	{SUPERUSERS("allow_insecure_http", PCA_ON_SERVER, PCA_OPTION_BOOL),
	.trust = true, IN_SERVER(allow_insecure_http)},
	{SWITCH("on_incomplete", PCA_ON_SERVER, "error warning"),
	IN_SERVER(warn_incomplete)},
	{SWITCH("on_customer_error", PCA_ON_SERVER | PCA_ON_TABLE, "error skip"),
	IN_SERVER(skip_customer_error), IN_TABLE(skip_customer_error)},
	{NUMBER("fdw_startup_cost", PCA_ON_SERVER, PCA_OPTION_REAL, 0, 1e12),
	IN_SERVER(startup_cost),.default_value = "100"},
	{NUMBER("fdw_tuple_cost", PCA_ON_SERVER, PCA_OPTION_REAL, 0, 1e12),
	IN_SERVER(tuple_cost),.default_value = "0.02"},
	{NUMBER("cache_ttl", PCA_ON_SERVER | PCA_ON_TABLE, PCA_OPTION_SECONDS, 0, 604800),
	IN_SERVER(cache_ttl),.default_value = "0", IN_TABLE(cache_ttl)},
	{FLAG("async_capable", PCA_ON_SERVER),
	IN_SERVER(async_capable),.default_value = "true"},

	{CHOICE("string_comparison", PCA_ON_KNOWN, "unknown case_insensitive case_sensitive"),
	IN_KNOWN(string_comparison)},
	{CHOICE("group_comparison", PCA_ON_KNOWN, "case_sensitive case_insensitive unknown"),
	IN_KNOWN(group_comparison)},
	{CHOICE("guid_spelling", PCA_ON_KNOWN, "unknown upper lower any"),
	IN_KNOWN(guid_spelling)},
	{CHOICE("snapshot_parameter", PCA_ON_KNOWN, "unknown exact since"),
	IN_KNOWN(snapshot_parameter)},
	{CHOICE("total_count", PCA_ON_KNOWN, "unknown filtered unfiltered page"),
	IN_KNOWN(total_count)},
	{CHOICE("date_literal", PCA_ON_KNOWN, "documented cast quoted bare"),
	IN_KNOWN(date_literal)},
	{CHOICE("date_format", PCA_ON_KNOWN, "documented date datetime datetime_utc"),
	IN_KNOWN(date_format)},
	{FLAG("filter_pushdown", PCA_ON_KNOWN),
	IN_SERVER(known.filter_pushdown),.default_value = "true", IN_KNOWN(filter_pushdown)},
	{SWITCH("invalid_text", PCA_ON_KNOWN, "error replace"),
	IN_KNOWN(replace_invalid_text)},

	/* In the order of PcaCredential. */
	{TEXT("tenant_id", PCA_ON_MAPPING, PCA_OPTION_TENANT)},
	{TEXT("client_id", PCA_ON_MAPPING, PCA_OPTION_TEXT)},
	{TEXT("client_secret", PCA_ON_MAPPING, PCA_OPTION_TEXT)},
	{TEXT("refresh_token", PCA_ON_MAPPING, PCA_OPTION_TEXT)},
	{TEXT("refresh_token_saved_at", PCA_ON_MAPPING, PCA_OPTION_TIME)},
	{TEXT("access_token", PCA_ON_MAPPING, PCA_OPTION_TEXT)},
	{TEXT("proxy_user", PCA_ON_MAPPING, PCA_OPTION_TEXT)},
	{TEXT("proxy_password", PCA_ON_MAPPING, PCA_OPTION_TEXT)},
	{SUPERUSERS("client_secret_file", PCA_ON_MAPPING, PCA_OPTION_TEXT)},
	{SUPERUSERS("refresh_token_file", PCA_ON_MAPPING, PCA_OPTION_TEXT)},
	{SUPERUSERS("access_token_file", PCA_ON_MAPPING, PCA_OPTION_TEXT)},
	{SUPERUSERS("client_certificate_file", PCA_ON_MAPPING, PCA_OPTION_TEXT)},
	{SUPERUSERS("client_assertion_file", PCA_ON_MAPPING, PCA_OPTION_TEXT)},
	{FLAG("share_token", PCA_ON_MAPPING)},

	{TEXT("resource", PCA_ON_TABLE, PCA_OPTION_RESOURCE)},
	{TEXT("path", PCA_ON_TABLE, PCA_OPTION_PATH),
	IN_TABLE(path)},
	{TEXT("query", PCA_ON_TABLE, PCA_OPTION_QUERY),
	IN_TABLE(query)},
	{SWITCH("paging", PCA_ON_TABLE, "top_skip none"),
	IN_TABLE(is_unpaged)},
	{FLAG("pushdown_group", PCA_ON_TABLE),
	IN_TABLE(pushdown_group)},
	{NUMBER("max_rows", PCA_ON_TABLE, PCA_OPTION_COUNT, 0, 1e15),
	IN_TABLE(max_rows)},
	{NUMBER("rows", PCA_ON_TABLE, PCA_OPTION_REAL, 1, 1e15),
	IN_TABLE(rows)},

	{TEXT("field", PCA_ON_COLUMN, PCA_OPTION_TEXT)},
	{TEXT("constant", PCA_ON_COLUMN, PCA_OPTION_TEXT)},
	{TEXT("operators", PCA_ON_COLUMN, PCA_OPTION_OPERATORS)},
	{FLAG("groupable", PCA_ON_COLUMN)},
	{FLAG("measure", PCA_ON_COLUMN)},
};

/* The number of operators that an option may name: those before PCA_OP_STARTS_WITH. */
#define NOPERATORS	7

PG_FUNCTION_INFO_V1(pc_analytics_fdw_validator);

/* ---- one option ---- */

const PcaOptionDef *
pca_option_defs_at(int i)
{
	return i >= 0 && i < (int) lengthof(settings) ? &settings[i] : NULL;
}

const PcaOptionDef *
pca_option_defs_find(const char *name, int where)
{
	for (int i = 0; i < (int) lengthof(settings); i++)
		if ((settings[i].where & where) && strcmp(settings[i].name, name) == 0)
			return &settings[i];
	return NULL;
}

const char *
pca_option_defs_credential_name(PcaCredential credential)
{
	int			n = -1;

	for (int i = 0; i < (int) lengthof(settings); i++)
		if (settings[i].where == PCA_ON_MAPPING && ++n == (int) credential)
			return settings[i].name;
	pg_unreachable();
}

PCA_NORETURN static void
error_option_value(const PcaOptionDef *setting, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"%s\"", setting->name),
			 hint ? errhint("%s", hint) : 0));
}

PCA_NORETURN static void
error_option_range(const PcaOptionDef *setting)
{
	const char *unit = setting->kind == PCA_OPTION_SECONDS ? " seconds" :
		setting->kind == PCA_OPTION_MEGABYTES ? " megabytes" : "";

	error_option_value(setting, psprintf("The value must be between %.15g and %.15g%s.",
										 setting->min, setting->max, unit));
}

/* Returns the number of a value in the unit of its setting. */
double
pca_option_defs_number(const PcaOptionDef *setting, const char *value)
{
	int			unit = setting->kind == PCA_OPTION_SECONDS ? GUC_UNIT_S :
		setting->kind == PCA_OPTION_MEGABYTES ? GUC_UNIT_MB : 0;
	const char *hint = NULL;
	double		number;

	if (!parse_real(value, &number, unit, &hint))
		error_option_value(setting, hint ? _(hint) : "The value must be a number.");
	if ((setting->kind == PCA_OPTION_INT || setting->kind == PCA_OPTION_COUNT) && number != rint(number))
		error_option_value(setting, "The value must be a whole number.");
	/* 100 ms is not quite 0.1 s in binary */
	if (isnan(number) || number < setting->min - 1e-9 || number > setting->max)
		error_option_range(setting);
	return number;
}

bool
pca_option_defs_boolean(const PcaOptionDef *setting, const char *value)
{
	bool		result;

	if (!parse_bool(value, &result))
		error_option_value(setting, "The value must be \"true\" or \"false\".");
	return result;
}

/* Returns the index of the value among the setting's choices. */
int
pca_option_defs_choice(const PcaOptionDef *setting, const char *value)
{
	const char *p = setting->choices;

	for (int n = 0; *p; n++)
	{
		size_t		length = strcspn(p, " ");

		if (strlen(value) == length && strncmp(p, value, length) == 0)
			return n;
		p += length + (p[length] == ' ');
	}
	error_option_value(setting, psprintf("Valid values are: %s.", setting->choices));
}

/* Returns the set of operators in a list such as "eq, ne". */
int
pca_option_defs_operators(const PcaOptionDef *setting, const char *value)
{
	char	   *copy = pstrdup(value);
	char	   *state = NULL;
	int			set = 0;

	for (char *name = strtok_r(copy, ", ", &state); name;
		 name = strtok_r(NULL, ", ", &state))
	{
		int			i = 0;

		while (i < NOPERATORS &&
			   strcmp(pca_resource_operator_name(1 << i), name) != 0)
			i++;
		if (i == NOPERATORS)
			error_option_value(setting, "Valid operators are: eq, ne, gt, ge, lt, le, contains.");
		set |= 1 << i;
	}
	if (set == 0)
		error_option_value(setting, "Name at least one of: eq, ne, gt, ge, lt, le, contains.");
	return set;
}

TimestampTz
pca_option_defs_time(const PcaOptionDef *setting, const char *value)
{
	static const char form[] = "dddd-dd-dd";
	size_t		i = 0;

	/* words such as "now" mean another time whenever they are read */
	while (form[i] && (form[i] == 'd' ? isdigit((unsigned char) value[i]) : value[i] == form[i]))
		i++;
	if (form[i] || value[strspn(value, "0123456789-+:. TZ")] != '\0')
		error_option_value(setting, "The value must be a time of ISO 8601, such as \"2026-01-31 12:00:00Z\".");
	return DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in, CStringGetDatum(value),
												   ObjectIdGetDatum(InvalidOid),
												   Int32GetDatum(-1)));
}

char *
pca_option_defs_time_text(TimestampTz time)
{
	struct pg_tm tm;
	fsec_t		fraction;

	/* without a zone argument, the result is in UTC */
	if (timestamp2tm(time, NULL, &tm, &fraction, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return psprintf("%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year, tm.tm_mon, tm.tm_mday,
					tm.tm_hour, tm.tm_min, tm.tm_sec);
}

char *
pca_option_defs_operators_text(int operators)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < NOPERATORS; i++)
		if (operators & (1 << i))
			appendStringInfo(&out, "%s%s", out.len ? ", " : "", pca_resource_operator_name(1 << i));
	return out.data;
}

static void
check_resource(const PcaOptionDef *setting, const char *value)
{
	PcaNearestName search;

	if (pca_resource_find(value))
		return;
	pca_nearest_name_init(&search, value);
	for (int i = 0; pca_resource_at(i); i++)
		pca_nearest_name_add(&search, pca_resource_at(i)->name);
	error_option_value(setting, search.nearest ?
					   psprintf("Perhaps you meant the resource \"%s\".", search.nearest) :
					   psprintf("Resources are: %s.", search.names.data));
}

/* Check a list of hosts, which are compared with those of URLs: no scheme, port or path. */
static void
check_hosts(const PcaOptionDef *setting, const char *value)
{
	char	   *copy = pstrdup(value);
	char	   *state = NULL;
	char	   *host = strtok_r(copy, HOST_SEPARATORS, &state);

	do
	{
		if (!host || !pca_url_is_host(host))
			error_option_value(setting, "The value must be a list of host names without scheme, port or path, such as \"api.partnercenter.microsoft.com, login.microsoftonline.com\".");
	} while ((host = strtok_r(NULL, HOST_SEPARATORS, &state)) != NULL);
}

/*
 * Check a tenant, which becomes a part of the path of URLs.  The sign-in service knows
 * which names there are, such as "organizations".
 */
static void
check_tenant(const PcaOptionDef *setting, const char *value)
{
	if (!pca_url_is_domain(value) && !pca_placeholder_text_is(value, setting->name))
		error_option_value(setting, "The value must be the ID of a tenant (a GUID) or one of its domain names, such as \"contoso.onmicrosoft.com\".");
}

void
pca_option_defs_check(const PcaOptionDef *setting, const char *value)
{
	const char *reason = NULL;

	switch (setting->kind)
	{
		case PCA_OPTION_TEXT:
		case PCA_OPTION_HOSTS:
		case PCA_OPTION_TENANT:
			if (value[strspn(value, " \t\r\n")] == '\0')
				error_option_value(setting, "The value must not be empty.");
			for (const char *p = value; *p; p++)
				if ((unsigned char) *p < ' ' || *p == 0x7f)
					error_option_value(setting, "The value must have no control characters.");
			if (setting->kind == PCA_OPTION_HOSTS)
				check_hosts(setting, value);
			if (setting->kind == PCA_OPTION_TENANT)
				check_tenant(setting, value);
			break;
		case PCA_OPTION_URL:
			reason = pca_url_reason(value);
			break;
		case PCA_OPTION_PATH:
			reason = pca_url_path_reason(value);
			break;
		case PCA_OPTION_QUERY:
			reason = pca_url_query_reason(value);
			break;
		case PCA_OPTION_RESOURCE:
			check_resource(setting, value);
			break;
		case PCA_OPTION_BOOL:
			(void) pca_option_defs_boolean(setting, value);
			break;
		case PCA_OPTION_INT:
		case PCA_OPTION_COUNT:
		case PCA_OPTION_REAL:
		case PCA_OPTION_SECONDS:
		case PCA_OPTION_MEGABYTES:
			(void) pca_option_defs_number(setting, value);
			break;
		case PCA_OPTION_CHOICE:
		case PCA_OPTION_SWITCH:
			(void) pca_option_defs_choice(setting, value);
			break;
		case PCA_OPTION_TIME:
			(void) pca_option_defs_time(setting, value);
			break;
		case PCA_OPTION_OPERATORS:
			(void) pca_option_defs_operators(setting, value);
			break;
	}
	if (reason)
		error_option_value(setting, reason);
}

/* ---- the validator ---- */

PCA_NORETURN static void
error_unknown_option(const char *name, int where)
{
	PcaNearestName search;

	pca_nearest_name_init(&search, name);
	for (int i = 0; i < (int) lengthof(settings); i++)
	{
		if (settings[i].where & where)
			pca_nearest_name_add(&search, settings[i].name);
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 search.nearest ? errhint("Perhaps you meant the option \"%s\".", search.nearest) :
			 errhint("Valid options in this context are: %s.", search.names.data)));
}

void
pca_option_defs_check_list(List *defs, int where)
{
	ListCell   *lc;

	foreach(lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const PcaOptionDef *setting = pca_option_defs_find(def->defname, where);

		if (!setting)
			error_unknown_option(def->defname, where);
		pca_option_defs_check(setting, defGetString(def));
		if (setting->superuser_only && !superuser())
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied to set option \"%s\"", setting->name),
					 errdetail("Only a superuser may set options that read files of the server or weaken the transport.")));
	}
}

static int
option_place_of_catalog(Oid catalog)
{
	switch (catalog)
	{
		case ForeignDataWrapperRelationId:
			return PCA_ON_WRAPPER;
		case ForeignServerRelationId:
			return PCA_ON_SERVER;
		case UserMappingRelationId:
			return PCA_ON_MAPPING;
		case ForeignTableRelationId:
			return PCA_ON_TABLE;
		case AttributeRelationId:
			return PCA_ON_COLUMN;
		default:
			return 0;
	}
}

const char *
pca_option_defs_value(List *defs, const char *name)
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
	const char *value = pca_option_defs_value(defs, name);
	bool		result;

	return value && parse_bool(value, &result) && result;
}

/* See doc/security.md for the cases in which plain http is allowed. */
void
pca_option_defs_check_plain_http(const char *option, const char *url, bool proxy,
								 bool insecure, bool superuser)
{
	if (!url || !pca_url_is_plain_http(url))
		return;
	if (proxy)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("option \"%s\" must be an https URL", option),
				 errdetail("Plain http would show the token to the proxy."),
				 errhint("Use https, or drop the server's option \"proxy\".")));
	if (insecure)
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

const char *
pca_option_defs_allowed_hosts(List *wrapper_options)
{
	const char *allowed = pca_option_defs_value(wrapper_options, "allowed_hosts");

	return allowed ? allowed : DOCUMENTED_HOSTS;
}

bool
pca_option_defs_host_is_allowed(const char *url, const char *allowed)
{
	char	   *host = pca_url_host(url);
	char	   *copy = pstrdup(allowed);
	char	   *state = NULL;

	if (pca_url_reason(url))
		return false;
	for (char *name = strtok_r(copy, HOST_SEPARATORS, &state); name;
		 name = strtok_r(NULL, HOST_SEPARATORS, &state))
		if (pg_strcasecmp(name, host) == 0)
			return true;
	return false;
}

/*
 * Returns true if a wrapper of that validator allows the URL's host.  A validator is not
 * told which wrapper its server is of; where there are several, option.c decides
 * when the server is used.
 */
static bool
wrapper_allows(Oid validator, const char *url)
{
	Relation	catalog = table_open(ForeignDataWrapperRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	bool		allowed = false;
	HeapTuple	tuple;

	while (!allowed && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		Datum		options = heap_getattr(tuple, Anum_pg_foreign_data_wrapper_fdwoptions,
										   RelationGetDescr(catalog), &isnull);
		List	   *defs = isnull ? NIL : untransformRelOptions(options);

		allowed = ((Form_pg_foreign_data_wrapper) GETSTRUCT(tuple))->fdwvalidator == validator &&
			pca_option_defs_host_is_allowed(url, pca_option_defs_allowed_hosts(defs));
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return allowed;
}

/* Raise an error for hosts that a server of the current user may not reach. */
static void
check_allowed_hosts(List *defs, Oid validator)
{
	static const char *const urls[] = {"base_url", "login_url"};

	for (int i = 0; i < (int) lengthof(urls); i++)
	{
		const char *url = pca_option_defs_value(defs, urls[i]);

		if (url && !wrapper_allows(validator, url))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("option \"%s\" may not name \"%s\"", urls[i], url),
					 errdetail("Only superusers may name a host that is not among the wrapper's \"allowed_hosts\".")));
	}
}

/* Check the options of a server that depend on each other. */
static void
check_server_options(List *defs, Oid validator)
{
	static const char *const urls[] = {"base_url", "login_url"};

	for (int i = 0; i < (int) lengthof(urls); i++)
		pca_option_defs_check_plain_http(urls[i], pca_option_defs_value(defs, urls[i]),
										 pca_option_defs_value(defs, "proxy") != NULL,
										 option_is_true(defs, "allow_insecure_http"),
										 superuser());
	if (!superuser())
		check_allowed_hosts(defs, validator);
}

/* Check the options of a foreign table that depend on each other. */
static void
check_table_options(List *defs)
{
	if (pca_option_defs_value(defs, "query") && !pca_option_defs_value(defs, "path"))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("option \"query\" needs option \"path\""),
				 errdetail("The parameters of the API's resources are known.")));
	if (pca_option_defs_value(defs, "paging") &&
		(!pca_option_defs_value(defs, "path") || pca_option_defs_value(defs, "resource")))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("option \"paging\" is for tables with option \"path\" and without \"resource\""),
				 errdetail("The parameters of the API's resources are known.")));
}

/* Check the options of a column that depend on each other. */
static void
check_column_options(List *defs)
{
	static const char *const of_fields[] = {"field", "operators", "groupable", "measure"};

	if (option_is_true(defs, "groupable") && option_is_true(defs, "measure"))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("options \"groupable\" and \"measure\" exclude each other"),
				 errdetail("What the API sums it does not group by.")));
	for (int i = 0; i < (int) lengthof(of_fields) && pca_option_defs_value(defs, "constant"); i++)
		if (pca_option_defs_value(defs, of_fields[i]))
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("options \"constant\" and \"%s\" exclude each other", of_fields[i]),
					 errdetail("A column with a constant reads no field of the API.")));
}

void
pca_option_defs_check_openssl(void)
{
#ifndef PCA_HAVE_OPENSSL
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("client certificates need a PostgreSQL that was built with OpenSSL")));
#endif
}

/* Check the options of a user mapping that depend on each other. */
static void
check_mapping_options(List *defs)
{
	/*
	 * ways to prove the identity of an application; a file replaces the
	 * secret
	 */
	static const struct
	{
		const char *name;
		int			kind;
	}			ways[] = {
		{"client_secret", 0}, {"client_secret_file", 0},
		{"client_certificate_file", 1}, {"client_assertion_file", 2}
	};

	for (int i = 0; i < (int) lengthof(ways); i++)
		for (int j = 0; j < i; j++)
			if (ways[i].kind != ways[j].kind &&
				pca_option_defs_value(defs, ways[i].name) && pca_option_defs_value(defs, ways[j].name))
				ereport(ERROR,
						(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
						 errmsg("options \"%s\" and \"%s\" exclude each other", ways[j].name, ways[i].name),
						 errdetail("An application proves its identity in one way.")));
	if (pca_option_defs_value(defs, "client_certificate_file"))
		pca_option_defs_check_openssl();
}

Datum
pc_analytics_fdw_validator(PG_FUNCTION_ARGS)
{
	List	   *defs = untransformRelOptions(PG_GETARG_DATUM(0));
	int			where = option_place_of_catalog(PG_GETARG_OID(1));

	pca_option_defs_check_list(defs, where);
	if (where == PCA_ON_TABLE)
		check_table_options(defs);
	if (where == PCA_ON_COLUMN)
		check_column_options(defs);
	if (where == PCA_ON_MAPPING)
		check_mapping_options(defs);
	if (where == PCA_ON_SERVER)
		check_server_options(defs, fcinfo->flinfo->fn_oid);
	PG_RETURN_VOID();
}
