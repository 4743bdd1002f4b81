/*
 * shared_views.h
 *		SQL functions that show what all sessions of the server share.
 *
 * The functions are called through SQL only.
 */
#ifndef PCA_SHARED_VIEWS_H
#define PCA_SHARED_VIEWS_H

#include "postgres.h"

#include "fmgr.h"

/*
 * pc_analytics_stats() returns a set of rows: the counters of all sessions, by
 * database, server, role and resource.  Rows of a role whose sessions the current
 * role may not see are left out.
 */
extern PGDLLEXPORT Datum pc_analytics_stats(PG_FUNCTION_ARGS);

/*
 * pc_analytics_limits() returns a set of rows: the limits of requests that all
 * sessions share.  Who may execute it sees all rows.
 */
extern PGDLLEXPORT Datum pc_analytics_limits(PG_FUNCTION_ARGS);

/* pc_analytics_stats_reset() sets these counters to zero. */
extern PGDLLEXPORT Datum pc_analytics_stats_reset(PG_FUNCTION_ARGS);

/*
 * pc_analytics_cache() returns a set of rows: the responses that are kept for all
 * sessions.  Rows of a role whose sessions the current role may not see are left out.
 */
extern PGDLLEXPORT Datum pc_analytics_cache(PG_FUNCTION_ARGS);

/*
 * pc_analytics_cache_clear(server name) drops the responses of all servers with the
 * base_url of that one; NULL: all responses.  Returns how many.
 */
extern PGDLLEXPORT Datum pc_analytics_cache_clear(PG_FUNCTION_ARGS);

#endif							/* PCA_SHARED_VIEWS_H */
