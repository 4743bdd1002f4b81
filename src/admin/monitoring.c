/*
 * monitoring.c
 *		What has the session asked, and how far are the scans that run?
 *
 * Whether a person may see it is asked here; how it is kept, in request_log.c and
 * progress.c.
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "admin/monitoring.h"
#include "compat.h"
#include "http/request_log.h"
#include "scan/progress.h"

/* Columns of pc_analytics_requests() and of pc_analytics_progress(). */
#define REQUEST_COLUMNS		10
#define PROGRESS_COLUMNS	9

PG_FUNCTION_INFO_V1(pc_analytics_requests);
PG_FUNCTION_INFO_V1(pc_analytics_progress);

void
pca_monitoring_define_settings(void)
{
	DefineCustomBoolVariable("pc_analytics_fdw.log_requests",
							 "Writes a line to the server's log for each request of the session.",
							 NULL, &pca_request_log_to_server, false, PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("pc_analytics_fdw.progress",
							 "Tells about once a second how far a scan is.",
							 NULL, &pca_progress_notices, false, PGC_USERSET, 0, NULL, NULL, NULL);
	MarkGUCPrefixReserved("pc_analytics_fdw");
}

/* A column's value is that text, or NULL. */
static void
set_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = !text || text[0] == '\0';
	if (!nulls[column])
		values[column] = CStringGetTextDatum(text);
}

/* A column's value is that number; NULL when there is none. */
static void
set_number(Datum *values, bool *nulls, int column, int64 number, bool known)
{
	nulls[column] = !known;
	values[column] = Int64GetDatum(number);
}

/* A column's value is that GUID, or NULL. */
static void
set_guid(Datum *values, bool *nulls, int column, const char *guid)
{
	nulls[column] = guid[0] == '\0';
	if (!nulls[column])
		values[column] = DirectFunctionCall1(uuid_in, CStringGetDatum(guid));
}

/* Why a request was no use. */
static const char *
request_error(const PcaRequestLogEntry *entry)
{
	if (!entry->error && entry->status == 0 && entry->duration_ms >= 0)
		return "it was given up before an answer came";
	return entry->error;
}

static void
put_request(ReturnSetInfo *result, const PcaRequestLogEntry *entry)
{
	Datum		values[REQUEST_COLUMNS] = {0};
	bool		nulls[REQUEST_COLUMNS] = {0};

	values[0] = TimestampTzGetDatum(entry->began);
	set_text(values, nulls, 1, entry->url);
	values[2] = Int32GetDatum(entry->status);
	nulls[2] = entry->status == 0;
	values[3] = Int32GetDatum(entry->attempt);
	set_number(values, nulls, 4, entry->rows, entry->rows >= 0);
	set_number(values, nulls, 5, entry->bytes, entry->duration_ms >= 0);
	set_number(values, nulls, 6, entry->duration_ms, entry->duration_ms >= 0);
	set_guid(values, nulls, 7, entry->request_id);
	set_guid(values, nulls, 8, entry->correlation_id);
	set_text(values, nulls, 9, request_error(entry));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Datum
pc_analytics_requests(PG_FUNCTION_ARGS)
{
	const PcaRequestLogEntry *entry;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; (entry = pca_request_log_entry(i, GetUserId())) != NULL; i++)
		put_request((ReturnSetInfo *) fcinfo->resultinfo, entry);
	return (Datum) 0;
}

/* As in pg_stat_activity: one's own roles, or pg_read_all_stats. */
static bool
may_see(Oid userid)
{
	return has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) ||
		has_privs_of_role(GetUserId(), userid);
}

static void
put_progress(ReturnSetInfo *result, const PcaProgressShown *shown)
{
	Datum		values[PROGRESS_COLUMNS] = {0};
	bool		nulls[PROGRESS_COLUMNS] = {0};
	bool		seen = may_see(shown->userid);

	values[0] = Int32GetDatum(shown->pid);
	values[1] = ObjectIdGetDatum(shown->databaseid);
	values[2] = ObjectIdGetDatum(shown->userid);
	values[3] = ObjectIdGetDatum(shown->relid);
	nulls[3] = !seen;
	set_number(values, nulls, 4, shown->state.rows, seen);
	set_number(values, nulls, 5, shown->state.total, seen && shown->state.total >= 0);
	set_number(values, nulls, 6, shown->state.requests, seen);
	set_number(values, nulls, 7, shown->state.bytes, seen);
	values[8] = TimestampTzGetDatum(shown->began);
	nulls[8] = !seen;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Datum
pc_analytics_progress(PG_FUNCTION_ARGS)
{
	PcaProgressShown shown;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; pca_progress_backend(i, &shown); i++)
	{
		if (shown.running)
			put_progress((ReturnSetInfo *) fcinfo->resultinfo, &shown);
	}
	return (Datum) 0;
}
