/*
 * monitoring.c
 *		SQL functions that report requests and progress, and that reset the session.
 *
 * This file decides what a role may see.  request_log.c and progress.c keep the
 * reported data.
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
#include "auth/pending_sign_in.h"
#include "auth/token_cache.h"
#include "compat.h"
#include "http/http.h"
#include "http/request_log.h"
#include "scan/progress.h"
#include "shared/rate_limit.h"

/* Columns of pc_analytics_requests() and pc_analytics_progress() since 0.2. */
#define REQUEST_COLUMNS		11
#define PROGRESS_COLUMNS	11

PG_FUNCTION_INFO_V1(pc_analytics_requests);
PG_FUNCTION_INFO_V1(pc_analytics_requests_0_2);
PG_FUNCTION_INFO_V1(pc_analytics_progress);
PG_FUNCTION_INFO_V1(pc_analytics_progress_0_2);
PG_FUNCTION_INFO_V1(pc_analytics_fdw_version);
PG_FUNCTION_INFO_V1(pc_analytics_disconnect);

void
pca_monitoring_define_settings(void)
{
	DefineCustomBoolVariable("pc_analytics_fdw.log_requests",
							 "Writes a line to the server's log for each request of the session.",
							 NULL, &pca_request_log_to_server, false, PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("pc_analytics_fdw.progress",
							 "Reports the progress of each scan about once a second.",
							 NULL, &pca_progress_notices, false, PGC_USERSET, 0, NULL, NULL, NULL);
	MarkGUCPrefixReserved("pc_analytics_fdw");
}

/* ---- requests ---- */

/* Set a column to a text; NULL or an empty text is SQL's null. */
static void
set_text_or_null(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = !text || text[0] == '\0';
	if (!nulls[column])
		values[column] = CStringGetTextDatum(text);
}

/* Set a column to a number, or to SQL's null if it is not known. */
static void
set_number_or_null(Datum *values, bool *nulls, int column, int64 number, bool is_known)
{
	nulls[column] = !is_known;
	values[column] = Int64GetDatum(number);
}

/* Set a column to a GUID; an empty text is SQL's null. */
static void
set_guid_or_null(Datum *values, bool *nulls, int column, const char *guid)
{
	nulls[column] = guid[0] == '\0';
	if (!nulls[column])
		values[column] = DirectFunctionCall1(uuid_in, CStringGetDatum(guid));
}

static Datum
make_ms_interval(int64 ms)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->time = (TimeOffset) ms * 1000;
	return IntervalPGetDatum(interval);
}

/* The reason why the request's response was not used, or NULL. */
static const char *
unused_reason(const PcaRequestLogEntry *entry)
{
	/*
	 * the request has ended without a status or an error: its query was
	 * cancelled
	 */
	if (!entry->error && entry->status == 0 && entry->duration_ms >= 0 && entry->attempt > 0)
		return "the request was abandoned before a response came";
	return entry->error;
}

/* Add a request to the result. */
static void
add_request_row(ReturnSetInfo *rsinfo, const PcaRequestLogEntry *entry)
{
	Datum		values[REQUEST_COLUMNS] = {0};
	bool		nulls[REQUEST_COLUMNS] = {0};

	values[0] = TimestampTzGetDatum(entry->began);
	set_text_or_null(values, nulls, 1, entry->url);
	values[2] = Int32GetDatum(entry->status);
	nulls[2] = entry->status == 0;
	values[3] = Int32GetDatum(entry->attempt);
	set_number_or_null(values, nulls, 4, entry->rows, entry->rows >= 0);
	set_number_or_null(values, nulls, 5, entry->bytes, entry->duration_ms >= 0);
	set_number_or_null(values, nulls, 6, entry->duration_ms, entry->duration_ms >= 0);
	set_guid_or_null(values, nulls, 7, entry->request_id);
	set_guid_or_null(values, nulls, 8, entry->correlation_id);
	set_text_or_null(values, nulls, 9, unused_reason(entry));
	values[10] = make_ms_interval(entry->age_ms);
	nulls[10] = entry->attempt > 0;
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* Add the requests, with as many of the columns as the result has. */
static Datum
add_requests(FunctionCallInfo fcinfo)
{
	const PcaRequestLogEntry *entry;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; (entry = pca_request_log_entry(i, GetUserId())) != NULL; i++)
		add_request_row((ReturnSetInfo *) fcinfo->resultinfo, entry);
	return (Datum) 0;
}

Datum
pc_analytics_requests(PG_FUNCTION_ARGS)
{
	return add_requests(fcinfo);
}

Datum
pc_analytics_requests_0_2(PG_FUNCTION_ARGS)
{
	return add_requests(fcinfo);
}

/* ---- progress ---- */

/* Returns true if the current role may see the details of a role's session, as in pg_stat_activity. */
static bool
may_see_session(Oid userid)
{
	return has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) ||
		has_privs_of_role(GetUserId(), userid);
}

/* Add a running scan to the result. */
static void
add_progress_row(ReturnSetInfo *rsinfo, const PcaProgressShown *shown)
{
	Datum		values[PROGRESS_COLUMNS] = {0};
	bool		nulls[PROGRESS_COLUMNS] = {0};
	bool		is_visible = may_see_session(shown->userid);
	const char *wait_text = pca_progress_wait_text(shown->state.wait_reason);

	values[0] = Int32GetDatum(shown->pid);
	values[1] = ObjectIdGetDatum(shown->databaseid);
	values[2] = ObjectIdGetDatum(shown->userid);
	values[3] = ObjectIdGetDatum(shown->relid);
	nulls[3] = !is_visible;
	set_number_or_null(values, nulls, 4, shown->state.rows, is_visible);
	set_number_or_null(values, nulls, 5, shown->state.total, is_visible && shown->state.total >= 0);
	set_number_or_null(values, nulls, 6, shown->state.requests, is_visible);
	set_number_or_null(values, nulls, 7, shown->state.bytes, is_visible);
	values[8] = TimestampTzGetDatum(shown->began);
	nulls[8] = !is_visible;
	set_text_or_null(values, nulls, 9, is_visible ? wait_text : NULL);
	values[10] = make_ms_interval(shown->state.wait_ms);
	nulls[10] = nulls[9];
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* Add the running scans, with as many of the columns as the result has. */
static Datum
add_running_scans(FunctionCallInfo fcinfo)
{
	PcaProgressShown shown;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; pca_progress_backend(i, &shown); i++)
	{
		if (shown.running)
			add_progress_row((ReturnSetInfo *) fcinfo->resultinfo, &shown);
	}
	return (Datum) 0;
}

Datum
pc_analytics_progress(PG_FUNCTION_ARGS)
{
	return add_running_scans(fcinfo);
}

Datum
pc_analytics_progress_0_2(PG_FUNCTION_ARGS)
{
	return add_running_scans(fcinfo);
}

/* ---- the session ---- */

Datum
pc_analytics_fdw_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(PCA_VERSION));
}

Datum
pc_analytics_disconnect(PG_FUNCTION_ARGS)
{
	pca_token_cache_clear();
	pca_pending_sign_in_clear();
	pca_http_disconnect();
	pca_rate_limit_clear_own();
	PG_RETURN_VOID();
}
