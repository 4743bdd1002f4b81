/*
 * explain.h
 *		The properties that EXPLAIN shows of a scan.
 */
#ifndef PCA_EXPLAIN_H
#define PCA_EXPLAIN_H

#include "postgres.h"

#include "foreign/fdwapi.h"

/* Set the callback ExplainForeignScan. */
extern void pca_explain_register(FdwRoutine *routine);

#endif							/* PCA_EXPLAIN_H */
