/*
 * diagnose.h
 *		Functions for people who want to look inside.
 *
 * They are called through SQL; the room exposes nothing to others.
 */
#ifndef PCA_DIAGNOSE_H
#define PCA_DIAGNOSE_H

#include "postgres.h"

#include "fmgr.h"

/* pc_analytics_fdw_version() returns text: the version of the loaded library. */
extern PGDLLEXPORT Datum pc_analytics_fdw_version(PG_FUNCTION_ARGS);

/* pc_analytics_disconnect() returns void: drops the session's tokens and connections. */
extern PGDLLEXPORT Datum pc_analytics_disconnect(PG_FUNCTION_ARGS);

#endif							/* PCA_DIAGNOSE_H */
