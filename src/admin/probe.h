/*
 * probe.h
 *		SQL function that measures how the API behaves where its documents leave it
 *		open.
 *
 * It is called through SQL only.
 */
#ifndef PCA_PROBE_H
#define PCA_PROBE_H

#include "postgres.h"

#include "fmgr.h"

/*
 * pc_analytics_probe(server text, resource text) returns a set of rows: one for
 * each measurement, with the ALTER statement that declares it.  Errors: an
 * unknown resource, one that cannot be probed, those of sending requests, and a
 * refusal of the first request.  A refusal of a later one is a row that says so.
 */
extern PGDLLEXPORT Datum pc_analytics_probe(PG_FUNCTION_ARGS);

#endif							/* PCA_PROBE_H */
