/*
 * explain.h
 *		What EXPLAIN says of a scan.
 */
#ifndef PCA_EXPLAIN_H
#define PCA_EXPLAIN_H

#include "postgres.h"

#include "foreign/fdwapi.h"

/* Fill in ExplainForeignScan. */
extern void pca_explain_register(FdwRoutine *routine);

#endif							/* PCA_EXPLAIN_H */
