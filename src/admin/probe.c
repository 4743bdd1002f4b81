/*
 * probe.c
 *		What does the API really do, and how is it declared?
 *
 * How it is found out is asked in probe_compare.c and probe_paging.c.
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
#include "admin/probe_paging.h"
#include "admin/probe_query.h"
#include "config/option.h"
#include "config/option_defs.h"

#define PROBE_COLUMNS		6

/* Rows that are looked at for values to try. */
#define PCA_SAMPLE_ROWS		200

/* Rows of the largest page that a server gives, as far as is documented. */
#define PCA_PAGE_ROWS		10000

PG_FUNCTION_INFO_V1(pc_analytics_probe);

typedef struct Probe
{
	ReturnSetInfo *result;
	const PcaServer *server;
	const PcaResource *resource;
	PcaProbe   *questioner;
	const PcaProbeResponse *sample;
	const PcaTable *table;		/* a foreign table that reads the resource, or
								 * NULL */
	List	   *server_options; /* DefElem, as when the probe began */
	List	   *table_options;	/* DefElem */
} Probe;

/* Where an option is to be declared. */
typedef enum Place
{
	ON_NOTHING,
	ON_SERVER,
	ON_TABLE,
	ON_COLUMN
} Place;

/* ---- what is declared now ---- */

/* Whether a foreign table of those options reads the resource. */
static bool
reads_resource(const Probe *probe, Oid relid, List *options)
{
	const char *resource = pca_option_defs_value(options, "resource");

	if (!resource)
		resource = get_rel_name(relid);
	return resource && strcmp(resource, probe->resource->name) == 0;
}

/* The server's foreign tables that read the resource, as OIDs; none is locked yet. */
static List *
list_tables(const Probe *probe)
{
	Relation	catalog = table_open(ForeignTableRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	List	   *found = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_foreign_table form = (Form_pg_foreign_table) GETSTRUCT(tuple);
		bool		isnull;
		Datum		options = heap_getattr(tuple, Anum_pg_foreign_table_ftoptions,
										   RelationGetDescr(catalog), &isnull);

		if (form->ftserver == probe->server->serverid &&
			reads_resource(probe, form->ftrelid, isnull ? NIL : untransformRelOptions(options)))
			found = lappend_oid(found, form->ftrelid);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return found;
}

/* The foreign table that a declaration is made for, locked: one in the search path first. */
static Oid
find_table(const Probe *probe)
{
	Oid			found = InvalidOid;
	ListCell   *lc;

	foreach(lc, list_tables(probe))
	{
		Oid			relid = lfirst_oid(lc);

		if (!pca_option_lock_table(relid) ||
			!reads_resource(probe, relid, GetForeignTable(relid)->options))
			continue;
		if (!OidIsValid(found) || (RelationIsVisible(relid) && !RelationIsVisible(found)))
			found = relid;
	}
	return found;
}

static void
read_table(Probe *probe)
{
	Oid			relid = find_table(probe);

	if (!OidIsValid(relid))
		return;
	probe->table = pca_option_table(relid);
	probe->table_options = GetForeignTable(relid)->options;
}

/* The table's column that reads the field, or NULL. */
static const PcaColumn *
column_of(const Probe *probe, const PcaField *field)
{
	for (int attnum = 1; probe->table && field && attnum <= probe->table->natts; attnum++)
	{
		const PcaColumn *column = pca_option_column(probe->table, attnum);

		if (column && column->field == field)
			return column;
	}
	return NULL;
}

/* The n-th of the choices of an option. */
static const char *
choice(const char *option, int n)
{
	const PcaOptionDef *setting = pca_option_defs_find(option, PCA_ON_TABLE);
	const char *p = setting->choices;

	for (; n > 0; n--)
		p = strchr(p, ' ') + 1;
	return pnstrdup(p, strcspn(p, " "));
}

/* What an option is now for what was measured; NULL where there is none. */
static const char *
current_value(const Probe *probe, const PcaProbeResult *finding)
{
	const PcaColumn *column = column_of(probe, finding->field);
	const PcaKnown *known = column ? &column->known :
		probe->table ? &probe->table->known : &probe->server->known;
	const char *option = finding->option;

	if (strcmp(option, "string_comparison") == 0)
		return choice(option, known->string_comparison);
	if (strcmp(option, "guid_spelling") == 0)
		return choice(option, known->guid_spelling);
	if (strcmp(option, "group_comparison") == 0)
		return choice(option, known->group_comparison);
	if (strcmp(option, "snapshot_parameter") == 0)
		return choice(option, known->snapshot_parameter);
	if (strcmp(option, "total_count") == 0)
		return choice(option, known->total_count);
	if (strcmp(option, "pushdown_group") == 0)
		return !probe->table || probe->table->pushdown_group ? "true" : "false";
	if (strcmp(option, "page_size") == 0)
		return psprintf("%d", probe->table ? probe->table->page_size : probe->server->page_size);
	if (strcmp(option, "path") == 0)
		return probe->table ? probe->table->path : probe->resource->path;
	return NULL;
}

/* ---- what would declare it ---- */

static Place
place_of(const PcaProbeResult *finding)
{
	static const char *const of_tables[] = {
		"snapshot_parameter", "total_count", "pushdown_group", "page_size", "path"
	};

	for (int i = 0; i < (int) lengthof(of_tables); i++)
	{
		if (strcmp(finding->option, of_tables[i]) == 0)
			return ON_TABLE;
	}
	if (!finding->field || !pca_option_defs_find(finding->option, PCA_ON_COLUMN))
		return ON_NOTHING;

	/*
	 * A service that folds one field's groups may fold others': said of all
	 * of them, it only makes less be grouped.
	 */
	return strcmp(finding->option, "group_comparison") == 0 ? ON_SERVER : ON_COLUMN;
}

/* "(ADD name 'value')", or SET where there is one. */
static char *
option_text(List *options, const PcaProbeResult *finding)
{
	return psprintf("OPTIONS (%s %s %s)",
					pca_option_defs_value(options, finding->option) ? "SET" : "ADD",
					finding->option, quote_literal_cstr(finding->measured));
}

/* The name of the table, to be found by anybody. */
static char *
table_name(const Probe *probe)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(probe->table->relid)),
									  get_rel_name(probe->table->relid));
}

/* The statement that would declare the finding; NULL where nothing is to be. */
static const char *
statement_for(const Probe *probe, const PcaProbeResult *finding, const char *current)
{
	const PcaColumn *column = column_of(probe, finding->field);
	Place		place = place_of(finding);

	if (!finding->measured || !current || strcmp(finding->measured, current) == 0)
		return NULL;
	if (place == ON_SERVER)
		return psprintf("ALTER SERVER %s %s;", quote_identifier(probe->server->name),
						option_text(probe->server_options, finding));
	if (place == ON_TABLE && probe->table)
		return psprintf("ALTER FOREIGN TABLE %s %s;", table_name(probe),
						option_text(probe->table_options, finding));
	if (place == ON_COLUMN && column)
		return psprintf("ALTER FOREIGN TABLE %s ALTER COLUMN %s %s;", table_name(probe),
						quote_identifier(column->name),
						option_text(GetForeignColumnOptions(probe->table->relid, column->attnum),
									finding));
	return NULL;
}

/* ---- rows ---- */

static void
set_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL;
	if (text)
		values[column] = CStringGetTextDatum(text);
}

static void
put(Probe *probe, const PcaProbeResult *finding)
{
	Datum		values[PROBE_COLUMNS] = {0};
	bool		nulls[PROBE_COLUMNS] = {0};
	const char *current = current_value(probe, finding);

	set_text(values, nulls, 0, finding->option);
	set_text(values, nulls, 1, finding->field ?
			 psprintf("%s.%s", probe->resource->name, finding->field->name) :
			 probe->resource->name);
	set_text(values, nulls, 2, current);
	set_text(values, nulls, 3, finding->measured);
	set_text(values, nulls, 4, finding->evidence);
	set_text(values, nulls, 5, statement_for(probe, finding, current));
	tuplestore_putvalues(probe->result->setResult, probe->result->setDesc, values, nulls);
}

/* ---- measuring ---- */

/* What can be tried only where filters are applied. */
static void
try_comparisons(Probe *probe)
{
	const char *fault = pca_probe_compare_reason(probe->questioner);

	for (int i = 0; i < probe->resource->nfields; i++)
	{
		const PcaField *field = &probe->resource->fields[i];
		bool		is_guid = field->type == PCA_TYPE_UUID;

		if (!(field->operators & (PCA_OP_EQ | PCA_OP_CONTAINS)) || field->case_sensitive ||
			(!is_guid && field->type != PCA_TYPE_TEXT))
			continue;
		if (fault)
			put(probe, pca_probe_compare_make_result(is_guid ? "guid_spelling" : "string_comparison",
													 field, NULL, fault));
		else if (is_guid)
			put(probe, pca_probe_compare_guids(probe->questioner, probe->sample, field));
		else
			put(probe, pca_probe_compare_strings(probe->questioner, probe->sample, field));
	}
	if (!(probe->resource->parameters & PCA_PARAM_GROUPBY))
		return;
	put(probe, fault ? pca_probe_compare_make_result("group_comparison", NULL, NULL, fault) :
		pca_probe_compare_groups(probe->questioner, probe->sample));
	put(probe, fault ? pca_probe_compare_make_result("pushdown_group", NULL, NULL, fault) :
		pca_probe_paging_nulls(probe->questioner, probe->sample));
}

static void
survey(Probe *probe)
{
	PcaProbe   *questioner = probe->questioner;
	int64		top = Min(PCA_PAGE_ROWS, probe->resource->largest_top);

	if (probe->resource->parameters & PCA_PARAM_PROCESSED_DATE_TIME)
		put(probe, pca_probe_paging_snapshot(questioner, probe->sample));
	put(probe, pca_probe_paging_total(questioner, probe->sample));
	put(probe, pca_probe_paging_ne(questioner, probe->sample));
	put(probe, pca_probe_paging_link(questioner, probe->sample));
	put(probe, pca_probe_paging_path(questioner));
	put(probe, pca_probe_paging_top(questioner, probe->sample, top));
	put(probe, pca_probe_compare_make_result("requests", NULL, psprintf("%d", pca_probe_query_request_count(questioner)),
											 psprintf("So many requests were made: one for a page of %d rows, the others for at most %d rows or their groups.",
													  (int) top, PCA_SAMPLE_ROWS)));
}

/* The resource of that name, if it can be questioned. */
static const PcaResource *
find_resource(const char *name)
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
				 errdetail("Only a resource that takes top, skip and filter can, and a history is probed by its latest day.")));
	return resource;
}

/* Take the first rows: values to try. */
static void
take_sample(Probe *probe)
{
	PcaProbeQuery question = {.top = PCA_SAMPLE_ROWS};

	probe->sample = pca_probe_query_send(probe->questioner, &question);
	if (!probe->sample->good)
		pca_probe_query_raise(probe->questioner);
}

Datum
pc_analytics_probe(PG_FUNCTION_ARGS)
{
	Probe		probe = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	MemoryContext context;
	MemoryContext caller;

	probe.server = pca_option_named_server(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	probe.resource = find_resource(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	InitMaterializedSRF(fcinfo, 0);
	context = AllocSetContextCreate(CurrentMemoryContext, "pc_analytics_fdw probe",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	probe.server_options = GetForeignServer(probe.server->serverid)->options;
	read_table(&probe);
	probe.questioner = pca_probe_query_begin(context, probe.server, GetUserId(), probe.resource);
	take_sample(&probe);
	try_comparisons(&probe);
	survey(&probe);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return (Datum) 0;
}
