/*
 * drift.c
 *		SQL function that compares a table's columns with the keys of live items.
 *
 * The first items that the table's endpoint returns are compared.  Only names
 * matter here, so a value that does not fit its column's type is not an error.
 * In a scan, row_reader.c assigns keys to columns.
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

/* Columns of pc_analytics_drift(). */
#define DRIFT_COLUMNS	5

/* The most items that may be compared: those of ten of the largest pages. */
#define PCA_DRIFT_MAX_ITEMS		100000

/*
 * The most keys that are reported: ten times those of the widest documented
 * row.  An endpoint that uses values as keys has more.
 */
#define PCA_DRIFT_MAX_KEYS		300

/* The most bytes of an example value that are shown: one line of a terminal. */
#define PCA_DRIFT_MAX_EXAMPLE	40

/* Members of an item that are never columns (api-notes 4.5). */
static const char *const ignored_keys[] = {"attributes", "links"};

/* A key that no column reads. */
typedef struct UnknownKey
{
	const char *path;			/* names joined by dots */
	int64		nitems;			/* that have it */
	const char *detail;			/* its first value's JSON type and an example */
} UnknownKey;

/* The state of one call of pc_analytics_drift(). */
typedef struct DriftState
{
	const PcaTable *table;
	MemoryContext context;		/* lives as long as the call */
	int64		nitems;			/* compared so far */
	List	   *unknown_keys;	/* UnknownKey *, in the order of arrival */
	bool		has_more_keys;	/* there are more than PCA_DRIFT_MAX_KEYS */
	bool	   *column_has_field;	/* by attnum - 1: some item had the field */
} DriftState;

PG_FUNCTION_INFO_V1(pc_analytics_drift);

/* ---- keys and columns ---- */

/* Returns true for a key that is never a column. */
static bool
is_annotation_key(const char *key)
{
	for (size_t i = 0; i < lengthof(ignored_keys); i++)
		if (pca_json_same_key(ignored_keys[i], key))
			return true;
	return false;
}

/* Returns true if the column reads the value at a path. */
static bool
column_reads_path(const PcaColumn *column, const char *path)
{
	return pca_json_same_key(column->key, path) ||
		(column->field && column->field->alias &&
		 pca_json_same_key(column->field->alias, path));
}

/* Returns true if the column reads a member of the object at a path. */
static bool
column_reads_inside(const PcaColumn *column, const char *path)
{
	size_t		length = strlen(path);

	return strlen(column->key) > length && column->key[length] == '.' &&
		pca_json_same_key(pnstrdup(column->key, length), path);
}

/*
 * Mark the columns that read a path as having their field; returns true if
 * there is one.  *is_read_inside: some column reads a member of the object there.
 */
static bool
mark_columns_of_path(DriftState *state, const char *path, bool *is_read_inside)
{
	bool		is_read = false;

	*is_read_inside = false;
	for (int attnum = 1; attnum <= state->table->natts; attnum++)
	{
		const PcaColumn *column = pca_option_column(state->table, attnum);

		if (!column || column->whole || column->constant)
			continue;
		if (column_reads_path(column, path))
			is_read = state->column_has_field[attnum - 1] = true;
		*is_read_inside = *is_read_inside || column_reads_inside(column, path);
	}
	return is_read;
}

/* The name of a value's JSON type. */
static const char *
json_type_name(const PcaJsonValue *value)
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

/* A value's JSON type and the value: "number, such as 12".  palloc'd. */
static const char *
describe_json_value(const PcaJsonValue *value)
{
	StringInfoData out;
	char	   *example;

	if (pca_json_kind(value) == PCA_JSON_NULL)
		return pstrdup(json_type_name(value));
	initStringInfo(&out);
	pca_json_write(&out, value);
	example = pca_json_datum_display_text(out.data);
	if (strlen(example) > PCA_DRIFT_MAX_EXAMPLE)
		example = psprintf("%.*s...", pg_mbcliplen(example, strlen(example), PCA_DRIFT_MAX_EXAMPLE), example);
	return psprintf("%s, such as %s", json_type_name(value), example);
}

/* Count an item that has a key which no column reads. */
static void
count_unknown_key(DriftState *state, const char *path, const PcaJsonValue *value)
{
	MemoryContext caller;
	UnknownKey *key;
	ListCell   *lc;

	foreach(lc, state->unknown_keys)
	{
		key = lfirst(lc);
		if (strcmp(key->path, path) != 0)
			continue;
		key->nitems++;
		return;
	}
	if (list_length(state->unknown_keys) == PCA_DRIFT_MAX_KEYS)
	{
		state->has_more_keys = true;
		return;
	}
	caller = MemoryContextSwitchTo(state->context);
	key = palloc(sizeof(UnknownKey));
	key->path = pstrdup(path);
	key->nitems = 1;
	key->detail = describe_json_value(value);
	state->unknown_keys = lappend(state->unknown_keys, key);
	MemoryContextSwitchTo(caller);
}

/*
 * Compare an object's members with the columns.  prefix: the path to the object
 * with a dot after it, or empty.  An object of which some column reads a member
 * is compared member by member; the scanner bounds its depth.
 */
static void
compare_members(DriftState *state, const PcaJsonValue *object, const char *prefix)
{
	check_stack_depth();
	for (const PcaJsonValue *member = pca_json_first(object); member;
		 member = pca_json_next(member))
	{
		char	   *path = psprintf("%s%s", prefix, pca_json_key(member));
		bool		is_read_inside;
		bool		is_read = mark_columns_of_path(state, path, &is_read_inside);

		if (is_read_inside && pca_json_kind(member) == PCA_JSON_OBJECT)
			compare_members(state, member, psprintf("%s.", path));
		else if (!is_read && !is_read_inside && !is_annotation_key(pca_json_key(member)))
			count_unknown_key(state, psprintf("%s%s", prefix, pca_json_key_text(member)), member);
	}
}

/* ---- the items ---- */

/* Parse an item of the fetch and compare it with the columns. */
static void
compare_item(DriftState *state, PcaFetch *fetch, PcaJson *json, const PcaItem *item)
{
	ErrorContextCallback callback = {error_context_stack, pca_fetch_add_item_context, fetch};
	const char *reason;
	const PcaJsonValue *object;

	error_context_stack = &callback;
	object = pca_json_parse_lenient(json, item->data, item->length, PCA_SCANNER_MAX_DEPTH, &reason);
	if (!object)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("could not read an item of foreign table \"%s\": %s",
						state->table->name, reason)));
	state->nitems++;
	compare_members(state, object, "");
	error_context_stack = callback.previous;
}

/* The table's name with its schema, quoted as SQL needs it. */
static char *
quote_drift_table(const PcaTable *table)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(table->relid)),
									  table->name);
}

/* The requests for the first items, of one customer or, if NULL, of all. */
static List *
make_drift_requests(const PcaTable *table, int max_items, char *customer)
{
	PcaRequestPlan plan = {.limit = max_items};
	PcaParams	params = {0};

	if (!customer && table->path_has_customer)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("foreign table \"%s\" is read for one customer", table->name),
				 errhint("Name one: SELECT * FROM pc_analytics_drift(%s, customer => '...').",
						 quote_literal_cstr(quote_drift_table(table)))));
	if (table->path_has_customer)
		return list_make1(pca_request_for_customer(&plan, table, customer));
	return pca_request_render(&plan, table, &params);
}

/* Fetch the first items and compare them. */
static void
fetch_and_compare_items(DriftState *state, int max_items, char *customer)
{
	MemoryContext item_context = AllocSetContextCreate(state->context, "pc_analytics_fdw drift",
													   ALLOCSET_DEFAULT_SIZES);
	PcaJson    *json = pca_json_create(state->context);
	PcaFetch   *fetch = pca_fetch_begin(state->context, state->table, GetUserId(),
										make_drift_requests(state->table, max_items, customer));
	const PcaRequest *request;
	PcaItem		item;

	while (state->nitems < max_items &&
		   pca_fetch_next(fetch, true, &item, &request) == PCA_FETCH_ITEM)
	{
		MemoryContext caller = MemoryContextSwitchTo(item_context);

		compare_item(state, fetch, json, &item);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(item_context);
	}
	pca_fetch_end(fetch);
}

/* ---- the result ---- */

/* Add a finding to the result. */
static void
add_drift_row(const DriftState *state, ReturnSetInfo *rsinfo, const char *finding,
			  const char *name, int64 nitems, const char *detail)
{
	Datum		values[DRIFT_COLUMNS];
	bool		nulls[DRIFT_COLUMNS] = {0};

	values[0] = CStringGetTextDatum(finding);
	values[1] = CStringGetTextDatum(name);
	values[2] = Int64GetDatum(nitems);
	values[3] = Int64GetDatum(state->nitems);
	values[4] = CStringGetTextDatum(detail);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/*
 * Returns true if single items should have the column's field: it is not the
 * whole item, part of the path, or a key that only grouped rows have.
 */
static bool
is_field_expected(const PcaColumn *column)
{
	return !column->whole && !column->constant &&
		(!column->field || (column->field->source == PCA_FROM_ITEM && !column->field->absent));
}

/* Add all findings to the result, and report the number of items. */
static void
add_drift_rows(const DriftState *state, ReturnSetInfo *rsinfo)
{
	ListCell   *lc;

	foreach(lc, state->unknown_keys)
	{
		const UnknownKey *key = lfirst(lc);

		add_drift_row(state, rsinfo, "key without column",
					  pca_json_datum_display_text(key->path), key->nitems, key->detail);
	}
	for (int attnum = 1; attnum <= state->table->natts && state->nitems > 0; attnum++)
	{
		const PcaColumn *column = pca_option_column(state->table, attnum);

		if (column && is_field_expected(column) && !state->column_has_field[attnum - 1])
			add_drift_row(state, rsinfo, "column that never came", column->name, 0,
						  psprintf("field %s", column->key));
	}
	ereport(NOTICE,
			(errmsg_plural("looked at " INT64_FORMAT " item of foreign table \"%s\"",
						   "looked at " INT64_FORMAT " items of foreign table \"%s\"",
						   (unsigned long) state->nitems, state->nitems, state->table->name),
			 state->has_more_keys ? errdetail("Only the first %d keys without a column are listed.", PCA_DRIFT_MAX_KEYS) : 0));
}

/* Raise an error about a relation that is not a foreign table of this wrapper. */
PCA_NORETURN static void
error_not_foreign_table(Oid relid)
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

/*
 * Lock a foreign table of this wrapper, and read its options.  Errors: the
 * current role lacks SELECT on it, or USAGE on its server.
 */
static PcaTable *
open_drift_table(Oid relid)
{
	PcaTable   *table;
	AclResult	result;

	if (!pca_option_lock_table(relid))
		error_not_foreign_table(relid);
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
	int			max_items = PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1);
	char	   *customer = PG_ARGISNULL(2) ? NULL :
		DatumGetCString(DirectFunctionCall1(uuid_out, PG_GETARG_DATUM(2)));
	DriftState	state = {.context = CurrentMemoryContext};

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	if (max_items < 1 || max_items > PCA_DRIFT_MAX_ITEMS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the number of items must be between 1 and %d", PCA_DRIFT_MAX_ITEMS)));
	state.table = open_drift_table(PG_GETARG_OID(0));
	state.column_has_field = palloc0(sizeof(bool) * Max(state.table->natts, 1));
	fetch_and_compare_items(&state, max_items, customer);
	add_drift_rows(&state, (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}
