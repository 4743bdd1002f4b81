/*
 * drift.c
 *		Which keys come that a table has no column for, and which columns never?
 *
 * It looks at the first items that the table's endpoint answers.  How a key
 * finds its column in a scan is row_reader.c's; here only names are compared, so that
 * a value that fits no column is no error.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"
#include "utils/uuid.h"

#include "admin/drift.h"
#include "compat.h"
#include "config/option.h"
#include "json/json.h"
#include "json/json_datum.h"
#include "json/scanner.h"
#include "request/request.h"
#include "scan/fetch.h"

/* The columns of the result. */
#define DRIFT_COLUMNS	5

/* As many items as a scan of ten pages has at most; a look does not read more. */
#define MOST_ITEMS		100000

/*
 * How many unknown keys are told of: ten times what the widest documented row
 * has.  An endpoint that makes keys of its values has more.
 */
#define MOST_KEYS		300

/* How much of a value is shown. */
#define MOST_SHOWN		40

/* Members that are never columns (api-notes 4.5). */
static const char *const ignored[] = {"attributes", "links"};

/* A key that no column shows. */
typedef struct Key
{
	const char *path;
	int64		seen;
	const char *detail;			/* kind and an example */
} Key;

/* One look at an endpoint. */
typedef struct Look
{
	const PcaTable *table;
	MemoryContext context;		/* of what is kept */
	int64		items;
	List	   *keys;			/* Key * */
	bool		more_keys;		/* than are told of */
	bool	   *came;			/* by attnum - 1: the column's field came */
} Look;

PG_FUNCTION_INFO_V1(pc_analytics_drift);

/* ---- what a key is to the table ---- */

static bool
is_ignored(const char *key)
{
	for (size_t i = 0; i < lengthof(ignored); i++)
		if (pca_json_same_key(ignored[i], key))
			return true;
	return false;
}

/* Whether the column reads that path. */
static bool
reads(const PcaColumn *column, const char *path)
{
	return pca_json_same_key(column->key, path) ||
		(column->field && column->field->alias &&
		 pca_json_same_key(column->field->alias, path));
}

/* Whether the column reads something inside of that path. */
static bool
reads_inside(const PcaColumn *column, const char *path)
{
	size_t		length = strlen(path);

	return strlen(column->key) > length && column->key[length] == '.' &&
		pca_json_same_key(pnstrdup(column->key, length), path);
}

/* Note the columns that read the path; false when there is none.  *inside as reads_inside(). */
static bool
note_columns(Look *look, const char *path, bool *inside)
{
	bool		found = false;

	*inside = false;
	for (int attnum = 1; attnum <= look->table->natts; attnum++)
	{
		const PcaColumn *column = pca_option_column(look->table, attnum);

		if (!column || column->whole)
			continue;
		if (reads(column, path))
			found = look->came[attnum - 1] = true;
		*inside = *inside || reads_inside(column, path);
	}
	return found;
}

static const char *
kind_text(const PcaJsonValue *value)
{
	switch (pca_json_kind(value))
	{
		case PCA_JSON_NULL:
			return "null";
		case PCA_JSON_BOOLEAN:
			return "boolean";
		case PCA_JSON_NUMBER:
			return "number";
		case PCA_JSON_STRING:
			return "string";
		case PCA_JSON_ARRAY:
			return "array";
		case PCA_JSON_OBJECT:
			return "object";
	}
	pg_unreachable();
}

/* "number, such as 12". */
static const char *
describe_value(const PcaJsonValue *value)
{
	StringInfoData out;
	char	   *shown;

	if (pca_json_kind(value) == PCA_JSON_NULL)
		return pstrdup(kind_text(value));
	initStringInfo(&out);
	pca_json_write(&out, value);
	shown = pca_json_datum_display_text(out.data);
	if (strlen(shown) > MOST_SHOWN)
		shown = psprintf("%.*s...", pg_mbcliplen(shown, strlen(shown), MOST_SHOWN), shown);
	return psprintf("%s, such as %s", kind_text(value), shown);
}

/* Count a key that no column shows. */
static void
note_key(Look *look, const char *path, const PcaJsonValue *value)
{
	MemoryContext caller;
	Key		   *key;
	ListCell   *lc;

	foreach(lc, look->keys)
	{
		key = lfirst(lc);
		if (strcmp(key->path, path) != 0)
			continue;
		key->seen++;
		return;
	}
	if (list_length(look->keys) == MOST_KEYS)
	{
		look->more_keys = true;
		return;
	}
	caller = MemoryContextSwitchTo(look->context);
	key = palloc(sizeof(Key));
	key->path = pstrdup(path);
	key->seen = 1;
	key->detail = describe_value(value);
	look->keys = lappend(look->keys, key);
	MemoryContextSwitchTo(caller);
}

/* Look at an object's members; prefix: the path to it, with a dot, or empty. */
static void
look_at(Look *look, const PcaJsonValue *object, const char *prefix)
{
	for (const PcaJsonValue *member = pca_json_first(object); member;
		 member = pca_json_next(member))
	{
		char	   *path = psprintf("%s%s", prefix, pca_json_key(member));
		bool		inside;
		bool		found = note_columns(look, path, &inside);

		if (inside && pca_json_kind(member) == PCA_JSON_OBJECT)
			look_at(look, member, psprintf("%s.", path));
		else if (!found && !inside && !is_ignored(pca_json_key(member)))
			note_key(look, path, member);
	}
}

/* ---- the items ---- */

static void
look_at_item(Look *look, PcaJson *json, const PcaItem *item)
{
	const char *fault;
	const PcaJsonValue *object = pca_json_parse(json, item->data, item->length,
												PCA_SCANNER_MAX_DEPTH, &fault);

	if (!object)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("could not read an item of foreign table \"%s\": %s",
						look->table->name, fault)));
	look->items++;
	look_at(look, object, "");
}

/* The table's name in SQL, whatever the search path is. */
static char *
qualified_name(const PcaTable *table)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(table->relid)),
									  table->name);
}

/* The requests for the first items; customer: whose, or NULL. */
static List *
requests_for(const PcaTable *table, int most, char *customer)
{
	PcaRequestPlan plan = {.limit = most};
	PcaParams	params = {0};

	if (!customer && table->path_has_customer)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("foreign table \"%s\" is read for one customer", table->name),
				 errhint("Name one: SELECT * FROM pc_analytics_drift(%s, customer => '...').",
						 quote_literal_cstr(qualified_name(table)))));
	if (table->path_has_customer)
		return list_make1(pca_request_for_customer(&plan, table, customer));
	return pca_request_render(&plan, table, &params);
}

static void
look_at_items(Look *look, int most, char *customer)
{
	MemoryContext item_context = AllocSetContextCreate(look->context, "pc_analytics_fdw drift",
													   ALLOCSET_DEFAULT_SIZES);
	PcaJson    *json = pca_json_create(look->context);
	PcaFetch   *fetch = pca_fetch_begin(look->context, look->table, GetUserId(),
										requests_for(look->table, most, customer));
	const PcaRequest *request;
	PcaItem		item;

	while (look->items < most &&
		   pca_fetch_next(fetch, true, &item, &request) == PCA_FETCH_ITEM)
	{
		MemoryContext caller = MemoryContextSwitchTo(item_context);

		look_at_item(look, json, &item);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(item_context);
	}
	pca_fetch_end(fetch);
}

/* ---- the result ---- */

static void
put_row(const Look *look, ReturnSetInfo *result, const char *finding, const char *name,
		int64 seen, const char *detail)
{
	Datum		values[DRIFT_COLUMNS];
	bool		nulls[DRIFT_COLUMNS] = {0};

	values[0] = CStringGetTextDatum(finding);
	values[1] = CStringGetTextDatum(name);
	values[2] = Int64GetDatum(seen);
	values[3] = Int64GetDatum(look->items);
	values[4] = CStringGetTextDatum(detail);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Whether plain items are to have the column's field. */
static bool
is_expected(const PcaColumn *column)
{
	return !column->whole &&
		(!column->field || (column->field->source == PCA_FROM_ITEM && !column->field->absent));
}

static void
put_findings(const Look *look, ReturnSetInfo *result)
{
	ListCell   *lc;

	foreach(lc, look->keys)
	{
		const Key  *key = lfirst(lc);

		put_row(look, result, "key without column", pca_json_datum_display_text(key->path), key->seen, key->detail);
	}
	for (int attnum = 1; attnum <= look->table->natts && look->items > 0; attnum++)
	{
		const PcaColumn *column = pca_option_column(look->table, attnum);

		if (column && is_expected(column) && !look->came[attnum - 1])
			put_row(look, result, "column that never came", column->name, 0,
					psprintf("field %s", column->key));
	}
	ereport(NOTICE,
			(errmsg_plural("looked at " INT64_FORMAT " item of foreign table \"%s\"",
						   "looked at " INT64_FORMAT " items of foreign table \"%s\"",
						   (unsigned long) look->items, look->items, look->table->name),
			 look->more_keys ? errdetail("Only the first %d keys without a column are listed.", MOST_KEYS) : 0));
}

/* Raise why the relation cannot be looked at. */
PCA_NORETURN static void
refuse_relation(Oid relid)
{
	const char *name = get_rel_name(relid);

	if (!name)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" is not a foreign table of pc_analytics_fdw", name)));
}

/* A foreign table of ours that the user may read, and whose server may be used. */
static PcaTable *
open_table(Oid relid)
{
	PcaTable   *table;
	AclResult	result;

	if (!pca_option_lock_table(relid))
		refuse_relation(relid);
	result = pg_class_aclcheck(relid, GetUserId(), ACL_SELECT);
	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FOREIGN_TABLE, get_rel_name(relid));
	table = pca_option_table(relid);
	(void) pca_option_find_server(table->server->name);
	return table;
}

Datum
pc_analytics_drift(PG_FUNCTION_ARGS)
{
	int			most = PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1);
	char	   *customer = PG_ARGISNULL(2) ? NULL :
		DatumGetCString(DirectFunctionCall1(uuid_out, PG_GETARG_DATUM(2)));
	Look		look = {.context = CurrentMemoryContext};

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	if (most < 1 || most > MOST_ITEMS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the number of items must be between 1 and %d", MOST_ITEMS)));
	look.table = open_table(PG_GETARG_OID(0));
	look.came = palloc0(sizeof(bool) * Max(look.table->natts, 1));
	look_at_items(&look, most, customer);
	put_findings(&look, (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}
