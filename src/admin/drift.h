/*
 * drift.h
 *		SQL function that compares a table's columns with the keys of live items.
 *
 * It is called through SQL only.
 */
#ifndef PCA_DRIFT_H
#define PCA_DRIFT_H

#include "postgres.h"

#include "fmgr.h"

/*
 * pc_analytics_drift(relation regclass, items integer, customer uuid) returns a
 * set of rows: the keys of the first items that no column reads, and the columns
 * whose field no item had.  A NOTICE has the number of items.  customer is
 * needed for a table by customer, and NULL otherwise.  Errors: those of a scan,
 * an item that is not an object, and arguments out of range.
 */
extern PGDLLEXPORT Datum pc_analytics_drift(PG_FUNCTION_ARGS);

#endif							/* PCA_DRIFT_H */
