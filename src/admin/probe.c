/*
 * probe.c
 *		SQL function that measures how the API behaves, and makes the statements
 *		that declare it.
 *
 * The measurements are in probe_compare.c, probe_filter.c and probe_paging.c.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "admin/probe.h"
#include "admin/probe_compare.h"
#include "admin/probe_filter.h"
#include "admin/probe_paging.h"
#include "admin/probe_query.h"
#include "config/option.h"
#include "config/option_defs.h"

/* Columns of pc_analytics_probe(). */
#define PROBE_COLUMNS		6

/*
 * The rows of the sample, whose values are tried: enough for values with
 * letters, nulls and several spellings, and still one small response.
 */
#define PCA_PROBE_SAMPLE_ROWS		200

/* The rows of the largest page that is documented. */
#define PCA_PROBE_PAGE_ROWS		10000

PG_FUNCTION_INFO_V1(pc_analytics_probe);

/* The state of one call of pc_analytics_probe(). */
typedef struct ProbeState
{
	ReturnSetInfo *rsinfo;
	const PcaServer *server;
	const PcaResource *resource;
	PcaProbe   *probe;
	const PcaProbeResponse *sample; /* the resource's first rows */
	const PcaTable *table;		/* a foreign table that reads the resource, or
								 * NULL */
	List	   *server_options; /* DefElem, as when the probe began */
	List	   *table_options;	/* DefElem */
} ProbeState;

/* The object whose option declares a measurement. */
typedef enum ProbeTarget
{
	PROBE_TARGET_SERVER,
	PROBE_TARGET_TABLE,
	PROBE_TARGET_COLUMN
} ProbeTarget;

/* An option that declares a measurement. */
typedef struct ProbeOption
{
	const char *name;
	ProbeTarget target;
	int			known_offset;	/* of its enum in PcaKnown, or -1 */
	const char *(*read_value) (const ProbeState *state, const PcaColumn *column);	/* where it is not there */
} ProbeOption;

/* ---- current values ---- */

static const char *
read_pushdown_group(const ProbeState *state, const PcaColumn *column)
{
	return !state->table || state->table->pushdown_group ? "true" : "false";
}

static const char *
read_page_size(const ProbeState *state, const PcaColumn *column)
{
	return psprintf("%d", state->table ? state->table->page_size : state->server->page_size);
}

static const char *
read_path(const ProbeState *state, const PcaColumn *column)
{
	return state->table ? state->table->path : state->resource->path;
}

static const char *
read_max_filter_clauses(const ProbeState *state, const PcaColumn *column)
{
	return psprintf("%d", state->table ? state->table->max_filter_clauses : state->server->max_filter_clauses);
}

static const char *
read_filter_pushdown(const ProbeState *state, const PcaColumn *column)
{
	const PcaKnown *known = column ? &column->known :
		state->table ? &state->table->known : &state->server->known;

	return known->filter_pushdown ? "true" : "false";
}

#define KNOWN_OPTION(name_, target_) {#name_, target_, offsetof(PcaKnown, name_), NULL}

/*
 * The other topics that are measured have no option.  group_comparison is
 * declared for the whole server: a service that ignores the case of one field's
 * groups may do so with other fields, and the declaration only reduces what is
 * grouped remotely.
 */
static const ProbeOption probe_options[] = {
	KNOWN_OPTION(string_comparison, PROBE_TARGET_COLUMN),
	KNOWN_OPTION(guid_spelling, PROBE_TARGET_COLUMN),
	KNOWN_OPTION(group_comparison, PROBE_TARGET_SERVER),
	KNOWN_OPTION(snapshot_parameter, PROBE_TARGET_TABLE),
	KNOWN_OPTION(total_count, PROBE_TARGET_TABLE),
	KNOWN_OPTION(date_literal, PROBE_TARGET_TABLE),
	KNOWN_OPTION(date_format, PROBE_TARGET_TABLE),
	{"filter_pushdown", PROBE_TARGET_COLUMN, -1, read_filter_pushdown},
	{"max_filter_clauses", PROBE_TARGET_TABLE, -1, read_max_filter_clauses},
	{"pushdown_group", PROBE_TARGET_TABLE, -1, read_pushdown_group},
	{"page_size", PROBE_TARGET_TABLE, -1, read_page_size},
	{"path", PROBE_TARGET_TABLE, -1, read_path},
};

/* The option of that name; NULL for a topic without one. */
static const ProbeOption *
find_probe_option(const char *name)
{
	for (int i = 0; i < (int) lengthof(probe_options); i++)
	{
		if (strcmp(probe_options[i].name, name) == 0)
			return &probe_options[i];
	}
	return NULL;
}

/* The table's column that reads a field, or NULL. */
static const PcaColumn *
find_field_column(const ProbeState *state, const PcaField *field)
{
	for (int attnum = 1; state->table && field && attnum <= state->table->natts; attnum++)
	{
		const PcaColumn *column = pca_option_column(state->table, attnum);

		if (column && column->field == field)
			return column;
	}
	return NULL;
}

/* The n-th of the values that an option may have, palloc'd. */
static const char *
copy_choice(const char *option, int n)
{
	const PcaOptionDef *def = pca_option_defs_find(option, PCA_ON_TABLE);
	const char *p = def->choices;

	for (; n > 0; n--)
		p = strchr(p, ' ') + 1;
	return pnstrdup(p, strcspn(p, " "));
}

/* The current value of a result's option; NULL if it has no option. */
static const char *
read_current_value(const ProbeState *state, const PcaProbeResult *result)
{
	const ProbeOption *option = find_probe_option(result->option);
	const PcaColumn *column = find_field_column(state, result->field);
	const PcaKnown *known = column ? &column->known :
		state->table ? &state->table->known : &state->server->known;

	if (!option)
		return NULL;
	if (option->known_offset < 0)
		return option->read_value(state, column);
	return copy_choice(option->name, *(const int *) ((const char *) known + option->known_offset));
}

/* ---- the declared table ---- */

/* Returns true if a foreign table with those options reads the resource. */
static bool
table_reads_resource(const ProbeState *state, Oid relid, List *options)
{
	const char *resource = pca_option_defs_value(options, "resource");

	if (!resource)
		resource = get_rel_name(relid);
	return resource && strcmp(resource, state->resource->name) == 0;
}

/* OIDs of the server's foreign tables that read the resource, not locked. */
static List *
list_resource_tables(const ProbeState *state)
{
	Relation	catalog = table_open(ForeignTableRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	List	   *relids = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_foreign_table form = (Form_pg_foreign_table) GETSTRUCT(tuple);
		bool		isnull;
		Datum		options = heap_getattr(tuple, Anum_pg_foreign_table_ftoptions,
										   RelationGetDescr(catalog), &isnull);

		if (form->ftserver == state->server->serverid &&
			table_reads_resource(state, form->ftrelid, isnull ? NIL : untransformRelOptions(options)))
			relids = lappend_oid(relids, form->ftrelid);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return relids;
}

/*
 * Find and lock the foreign table that statements are made for, preferably one
 * in the search path; InvalidOid if there is none.
 */
static Oid
lock_resource_table(const ProbeState *state)
{
	Oid			found = InvalidOid;
	ListCell   *lc;

	foreach(lc, list_resource_tables(state))
	{
		Oid			relid = lfirst_oid(lc);

		/* it may have been dropped or changed before it was locked */
		if (!pca_option_lock_table(relid) ||
			!table_reads_resource(state, relid, GetForeignTable(relid)->options))
			continue;
		if (!OidIsValid(found) || (RelationIsVisible(relid) && !RelationIsVisible(found)))
			found = relid;
	}
	return found;
}

/* Fill in the table that statements are made for, if there is one. */
static void
read_declared_options(ProbeState *state)
{
	Oid			relid;

	state->server_options = GetForeignServer(state->server->serverid)->options;
	relid = lock_resource_table(state);
	if (!OidIsValid(relid))
		return;
	state->table = pca_option_table(relid);
	state->table_options = GetForeignTable(relid)->options;
}

/* ---- statements ---- */

/* "OPTIONS (ADD name 'value')", or SET if the option is in the list.  palloc'd. */
static char *
make_options_clause(List *options, const PcaProbeResult *result)
{
	return psprintf("OPTIONS (%s %s %s)",
					pca_option_defs_value(options, result->option) ? "SET" : "ADD",
					result->option, quote_literal_cstr(result->measured));
}

/* The table's name with its schema, quoted. */
static char *
quote_probe_table(const ProbeState *state)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(state->table->relid)),
									  get_rel_name(state->table->relid));
}

/* ALTER FOREIGN TABLE ... ALTER COLUMN, palloc'd. */
static char *
make_column_statement(const ProbeState *state, const PcaColumn *column, const PcaProbeResult *result)
{
	return psprintf("ALTER FOREIGN TABLE %s ALTER COLUMN %s %s;", quote_probe_table(state),
					quote_identifier(column->name),
					make_options_clause(GetForeignColumnOptions(state->table->relid, column->attnum),
										result));
}

/*
 * The statement that declares a result, palloc'd; NULL if there is nothing to
 * declare: nothing was measured, the value is the current one, or there is no
 * table or column to declare it for.
 */
static const char *
make_alter_statement(const ProbeState *state, const PcaProbeResult *result, const char *current)
{
	const ProbeOption *option = find_probe_option(result->option);
	const PcaColumn *column = find_field_column(state, result->field);

	if (!option || !result->measured || strcmp(result->measured, current) == 0)
		return NULL;
	switch (option->target)
	{
		case PROBE_TARGET_SERVER:
			return psprintf("ALTER SERVER %s %s;", quote_identifier(state->server->name),
							make_options_clause(state->server_options, result));
		case PROBE_TARGET_TABLE:
			return state->table ?
				psprintf("ALTER FOREIGN TABLE %s %s;", quote_probe_table(state),
						 make_options_clause(state->table_options, result)) : NULL;
		case PROBE_TARGET_COLUMN:
			return column ? make_column_statement(state, column, result) : NULL;
	}
	return NULL;
}

/* ---- rows ---- */

/* Set a column to a text, or to SQL's null. */
static void
set_probe_column(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL;
	if (text)
		values[column] = CStringGetTextDatum(text);
}

/* Add a measurement to the result. */
static void
add_probe_row(ProbeState *state, const PcaProbeResult *result)
{
	Datum		values[PROBE_COLUMNS] = {0};
	bool		nulls[PROBE_COLUMNS] = {0};
	const char *current = read_current_value(state, result);

	set_probe_column(values, nulls, 0, result->option);
	set_probe_column(values, nulls, 1, result->field ?
					 psprintf("%s.%s", state->resource->name, result->field->name) :
					 state->resource->name);
	set_probe_column(values, nulls, 2, current);
	set_probe_column(values, nulls, 3, result->measured);
	set_probe_column(values, nulls, 4, result->evidence);
	set_probe_column(values, nulls, 5, make_alter_statement(state, result, current));
	tuplestore_putvalues(state->rsinfo->setResult, state->rsinfo->setDesc, values, nulls);
}

/* ---- measurements ---- */

/*
 * Measure the comparison of one text or GUID field.  reason: why no comparison
 * can be measured, or NULL.
 */
static void
measure_field_comparison(ProbeState *state, const PcaField *field, const char *reason)
{
	bool		is_guid = field->type == PCA_TYPE_UUID;

	if (reason)
		add_probe_row(state, pca_probe_compare_make_result(is_guid ? "guid_spelling" : "string_comparison",
														   field, NULL, reason));
	else if (is_guid)
		add_probe_row(state, pca_probe_compare_guids(state->probe, state->sample, field));
	else
		add_probe_row(state, pca_probe_compare_strings(state->probe, state->sample, field));
}

/* Measure what needs filters: comparisons, and the groups of filtered rows. */
static void
measure_comparisons(ProbeState *state)
{
	const char *reason = pca_probe_compare_reason(state->probe);

	for (int i = 0; i < state->resource->nfields; i++)
	{
		const PcaField *field = &state->resource->fields[i];

		/* a documented comparison (case_sensitive) is not measured */
		if ((field->operators & (PCA_OP_EQ | PCA_OP_CONTAINS)) && !field->case_sensitive &&
			(field->type == PCA_TYPE_UUID || field->type == PCA_TYPE_TEXT))
			measure_field_comparison(state, field, reason);
	}
	if (!(state->resource->parameters & PCA_PARAM_GROUPBY))
		return;
	add_probe_row(state, reason ? pca_probe_compare_make_result("group_comparison", NULL, NULL, reason) :
				  pca_probe_compare_groups(state->probe, state->sample));
	add_probe_row(state, reason ? pca_probe_compare_make_result("pushdown_group", NULL, NULL, reason) :
				  pca_probe_paging_nulls(state->probe, state->sample));
}

static void
add_probe_rows(ProbeState *state, List *results)
{
	ListCell   *lc;

	foreach(lc, results)
	{
		add_probe_row(state, lfirst(lc));
	}
}

/* Measure which filters the API accepts. */
static void
measure_filters(ProbeState *state)
{
	add_probe_rows(state, pca_probe_filter_dates(state->probe, state->sample));
	add_probe_rows(state, pca_probe_filter_fields(state->probe, state->sample));
	add_probe_rows(state, pca_probe_filter_clauses(state->probe));
}

/* The number of requests, which is no measurement of the API. */
static PcaProbeResult *
make_requests_result(const PcaProbe *probe, int top)
{
	char	   *count = psprintf("%d", pca_probe_query_request_count(probe));
	char	   *evidence = psprintf("The number of requests of this probe: at most one for a page of %d rows, the others for at most %d rows or %d groups.",
									top, PCA_PROBE_SAMPLE_ROWS, PCA_PROBE_MAX_GROUPS);

	return pca_probe_compare_make_result("requests", NULL, count, evidence);
}

/* Measure parameters and envelope, and report the number of requests. */
static void
measure_paging(ProbeState *state)
{
	PcaProbe   *probe = state->probe;
	int64		top = Min(PCA_PROBE_PAGE_ROWS, state->resource->largest_top);

	if (state->resource->parameters & PCA_PARAM_PROCESSED_DATE_TIME)
		add_probe_row(state, pca_probe_paging_snapshot(probe, state->sample));
	add_probe_row(state, pca_probe_paging_total(probe, state->sample));
	add_probe_row(state, pca_probe_paging_ne(probe, state->sample));
	add_probe_row(state, pca_probe_paging_link(probe, state->sample));
	add_probe_row(state, pca_probe_paging_path(probe));
	add_probe_row(state, pca_probe_paging_top(probe, state->sample, top));
	add_probe_row(state, make_requests_result(probe, (int) top));
}

/* The resource of that name.  Errors: there is none, or it cannot be probed. */
static const PcaResource *
find_probe_resource(const char *name)
{
	const PcaResource *resource = pca_resource_find(name);

	if (!resource)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
				 errmsg("there is no resource \"%s\"", name)));
	if (!(resource->parameters & PCA_PARAM_FILTER) || !(resource->parameters & PCA_PARAM_TOP) ||
		resource->history)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("resource \"%s\" cannot be probed", name),
				 errdetail("The probe needs the parameters top, skip and filter. Instead of a history, probe the resource of its latest day.")));
	return resource;
}

/* Fetch the first rows.  If the API refuses that, nothing can be measured. */
static void
fetch_probe_sample(ProbeState *state)
{
	PcaProbeQuery query = {.top = PCA_PROBE_SAMPLE_ROWS};

	state->sample = pca_probe_query_send(state->probe, &query);
	if (!state->sample->is_page)
		pca_probe_query_raise(state->probe);
}

/* Error context callback: the resource that is probed. */
static void
add_probe_context(void *state)
{
	errcontext("probe of resource \"%s\"", ((ProbeState *) state)->resource->name);
}

/* Send the requests of the probe, and add its rows. */
static void
probe_resource(ProbeState *state, MemoryContext context)
{
	ErrorContextCallback callback = {error_context_stack, add_probe_context, state};

	error_context_stack = &callback;
	state->probe = pca_probe_query_begin(context, state->server, GetUserId(), state->resource);
	fetch_probe_sample(state);
	measure_comparisons(state);
	measure_filters(state);
	measure_paging(state);
	error_context_stack = callback.previous;
}

Datum
pc_analytics_probe(PG_FUNCTION_ARGS)
{
	ProbeState	state = {.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo};
	MemoryContext context;
	MemoryContext caller;

	state.server = pca_option_named_server(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	state.resource = find_probe_resource(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	InitMaterializedSRF(fcinfo, 0);
	context = AllocSetContextCreate(CurrentMemoryContext, "pc_analytics_fdw probe",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	read_declared_options(&state);
	probe_resource(&state, context);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return (Datum) 0;
}
