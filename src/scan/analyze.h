/*
 * analyze.h
 *		The sample of rows for ANALYZE.
 */
#ifndef PCA_ANALYZE_H
#define PCA_ANALYZE_H

#include "postgres.h"

#include "foreign/fdwapi.h"

/* Set the callback AnalyzeForeignTable. */
extern void pca_analyze_register(FdwRoutine *routine);

#endif							/* PCA_ANALYZE_H */
