/*
 * monitoring.h
 *		What a session tells of its requests, and of all running scans.
 */
#ifndef PCA_MONITORING_H
#define PCA_MONITORING_H

#include "postgres.h"

#include "fmgr.h"

/* Define the settings that say how much is told. */
extern void pca_monitoring_define_settings(void);

/* pc_analytics_requests(): the current role's recent requests in the current session. */
extern PGDLLEXPORT Datum pc_analytics_requests(PG_FUNCTION_ARGS);

/* pc_analytics_progress(): the scans that are running, in all sessions. */
extern PGDLLEXPORT Datum pc_analytics_progress(PG_FUNCTION_ARGS);

#endif							/* PCA_MONITORING_H */
