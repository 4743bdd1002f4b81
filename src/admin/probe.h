/*
 * probe.h
 *		What the API really does, and the ALTER that would declare it.
 */
#ifndef PCA_PROBE_H
#define PCA_PROBE_H

#include "postgres.h"

#include "fmgr.h"

/* pc_analytics_probe(server text, resource text): a row for each open question. */
extern PGDLLEXPORT Datum pc_analytics_probe(PG_FUNCTION_ARGS);

#endif							/* PCA_PROBE_H */
