/*
 * analyze.h
 *		The rows that ANALYZE looks at.
 */
#ifndef PCA_ANALYZE_H
#define PCA_ANALYZE_H

#include "postgres.h"

#include "foreign/fdwapi.h"

/* Fill in AnalyzeForeignTable. */
extern void pca_analyze_register(FdwRoutine *routine);

#endif							/* PCA_ANALYZE_H */
