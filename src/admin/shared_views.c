/*
 * shared_views.c
 *		SQL functions that show what all sessions of the server share.
 *
 * This file decides what a role may see.
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "admin/shared_views.h"
#include "config/option.h"
#include "http/pollset.h"
#include "shared/rate_limit.h"
#include "shared/response_cache.h"
#include "shared/statistics.h"

/* Columns of pc_analytics_stats() before the counters. */
#define STATISTICS_KEY_COLUMNS	4

/* Columns of pc_analytics_limits(). */
#define LIMIT_COLUMNS			6

/* Columns of pc_analytics_cache(). */
#define CACHE_COLUMNS			9

/* The name of the row for what finds no row of its own. */
#define OTHER_RESOURCE			"(other)"

PG_FUNCTION_INFO_V1(pc_analytics_stats);
PG_FUNCTION_INFO_V1(pc_analytics_stats_reset);
PG_FUNCTION_INFO_V1(pc_analytics_limits);
PG_FUNCTION_INFO_V1(pc_analytics_cache);
PG_FUNCTION_INFO_V1(pc_analytics_cache_clear);

/* ---- counters ---- */

/* Returns true if the current role may see what is shown of a role's requests. */
static bool
may_see_role(Oid userid)
{
	if (has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS))
		return true;
	return OidIsValid(userid) && has_privs_of_role(GetUserId(), userid);
}

/* Add a row of counters to the result. */
static void
add_statistics_row(ReturnSetInfo *rsinfo, const PcaStatisticsShown *shown)
{
	Datum		values[STATISTICS_KEY_COLUMNS + PCA_NCOUNTERS + 1] = {0};
	bool		nulls[STATISTICS_KEY_COLUMNS + PCA_NCOUNTERS + 1] = {0};
	bool		has_key = OidIsValid(shown->databaseid);

	values[0] = ObjectIdGetDatum(shown->databaseid);
	values[1] = CStringGetTextDatum(shown->server);
	values[2] = ObjectIdGetDatum(shown->userid);
	for (int i = 0; i < STATISTICS_KEY_COLUMNS - 1; i++)
		nulls[i] = !has_key;
	values[3] = CStringGetTextDatum(has_key ? shown->resource : OTHER_RESOURCE);
	for (int i = 0; i < PCA_NCOUNTERS; i++)
		values[STATISTICS_KEY_COLUMNS + i] = Int64GetDatum(shown->counts[i]);
	values[STATISTICS_KEY_COLUMNS + PCA_NCOUNTERS] = TimestampTzGetDatum(shown->since);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

Datum
pc_analytics_stats(PG_FUNCTION_ARGS)
{
	PcaStatisticsShown shown;
	int			position = 0;

	InitMaterializedSRF(fcinfo, 0);
	while (pca_statistics_read(&position, &shown))
	{
		if (may_see_role(shown.userid))
			add_statistics_row((ReturnSetInfo *) fcinfo->resultinfo, &shown);
	}
	return (Datum) 0;
}

Datum
pc_analytics_stats_reset(PG_FUNCTION_ARGS)
{
	pca_statistics_reset();
	PG_RETURN_VOID();
}

/* ---- limits of requests ---- */

/* Add what is known of an origin and scope to the result. */
static void
add_limit_row(ReturnSetInfo *rsinfo, const PcaRateLimitShown *shown)
{
	Datum		values[LIMIT_COLUMNS] = {0};
	bool		nulls[LIMIT_COLUMNS] = {0};
	Datum		rate = DirectFunctionCall1(float8_numeric, Float8GetDatum(shown->rate));

	values[0] = CStringGetTextDatum(shown->origin);
	values[1] = CStringGetTextDatum(shown->scope);
	values[2] = Int64GetDatum(shown->requests);
	values[3] = Int32GetDatum(shown->declared_limit);
	nulls[3] = shown->declared_limit == 0;
	values[4] = DirectFunctionCall2(numeric_round, rate, Int32GetDatum(1));
	nulls[4] = shown->rate <= 0;
	values[5] = TimestampTzGetDatum(TimestampTzPlusMilliseconds(GetCurrentTimestamp(), shown->pause_ms));
	nulls[5] = shown->pause_ms == 0;
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

Datum
pc_analytics_limits(PG_FUNCTION_ARGS)
{
	PcaRateLimitShown shown;
	int			position = 0;

	InitMaterializedSRF(fcinfo, 0);
	while (pca_rate_limit_read(&position, pca_pollset_now(), &shown))
		add_limit_row((ReturnSetInfo *) fcinfo->resultinfo, &shown);
	return (Datum) 0;
}

/* ---- responses that are kept ---- */

/* Add a response to the result. */
static void
add_response_row(ReturnSetInfo *rsinfo, const PcaResponseShown *shown)
{
	Datum		values[CACHE_COLUMNS] = {0};
	bool		nulls[CACHE_COLUMNS] = {0};
	Interval   *age = palloc0(sizeof(Interval));

	age->time = shown->age_ms * 1000;
	values[0] = CStringGetTextDatum(shown->server);
	values[1] = ObjectIdGetDatum(shown->userid);
	values[2] = CStringGetTextDatum(shown->url);
	values[3] = Int64GetDatum(shown->rows);
	values[4] = Int64GetDatum(shown->pages);
	values[5] = Int64GetDatum(shown->bytes);
	values[6] = IntervalPGetDatum(age);
	values[7] = Int64GetDatum(shown->hits);
	values[8] = Int64GetDatum(shown->cost_ms);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

Datum
pc_analytics_cache(PG_FUNCTION_ARGS)
{
	PcaResponseShown shown;
	int			position = 0;

	InitMaterializedSRF(fcinfo, 0);
	while (pca_response_cache_read(&position, pca_response_cache_now(), &shown))
	{
		if (may_see_role(shown.userid))
			add_response_row((ReturnSetInfo *) fcinfo->resultinfo, &shown);
	}
	return (Datum) 0;
}

Datum
pc_analytics_cache_clear(PG_FUNCTION_ARGS)
{
	const char *base_url = NULL;

	if (!PG_ARGISNULL(0))
		base_url = pca_option_named_server(NameStr(*PG_GETARG_NAME(0)))->base_url;
	PG_RETURN_INT64(pca_response_cache_clear(base_url));
}
