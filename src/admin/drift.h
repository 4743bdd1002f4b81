/*
 * drift.h
 *		How far a table and what its endpoint answers have drifted apart.
 */
#ifndef PCA_DRIFT_H
#define PCA_DRIFT_H

#include "postgres.h"

#include "fmgr.h"

/*
 * pc_analytics_drift(relation, items, customer): the keys of live items that
 * the table has no column for, and the columns whose field never came.
 */
extern PGDLLEXPORT Datum pc_analytics_drift(PG_FUNCTION_ARGS);

#endif							/* PCA_DRIFT_H */
