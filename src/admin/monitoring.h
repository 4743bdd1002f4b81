/*
 * monitoring.h
 *		SQL functions that report the session's requests and the running scans,
 *		the settings that control such reports, and the session's reset.
 *
 * The functions are called through SQL only.
 */
#ifndef PCA_MONITORING_H
#define PCA_MONITORING_H

#include "postgres.h"

#include "fmgr.h"

/*
 * Define the settings pc_analytics_fdw.log_requests and
 * pc_analytics_fdw.progress, and reserve their prefix.  Called once, when the
 * library is loaded.
 */
extern void pca_monitoring_define_settings(void);

/*
 * pc_analytics_requests() returns a set of rows: the requests of the current
 * session that were sent as the current role, newest first.
 */
extern PGDLLEXPORT Datum pc_analytics_requests(PG_FUNCTION_ARGS);

/* The same with one more column: the age of a cached response. */
extern PGDLLEXPORT Datum pc_analytics_requests_0_2(PG_FUNCTION_ARGS);

/*
 * pc_analytics_progress() returns a set of rows: the running scans of all
 * sessions.  Details of a session that the current role may not see are NULL.
 */
extern PGDLLEXPORT Datum pc_analytics_progress(PG_FUNCTION_ARGS);

/* The same with two more columns: what a scan waits for, and for how long still. */
extern PGDLLEXPORT Datum pc_analytics_progress_0_2(PG_FUNCTION_ARGS);

/* pc_analytics_fdw_version() returns text: the version of the loaded library. */
extern PGDLLEXPORT Datum pc_analytics_fdw_version(PG_FUNCTION_ARGS);

/*
 * pc_analytics_disconnect() returns void: discards the access tokens and closes
 * the connections of the session.
 */
extern PGDLLEXPORT Datum pc_analytics_disconnect(PG_FUNCTION_ARGS);

#endif							/* PCA_MONITORING_H */
