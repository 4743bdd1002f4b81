/*
 * sample.h
 *		The rows that ANALYZE looks at.
 */
#ifndef PCA_SAMPLE_H
#define PCA_SAMPLE_H

#include "postgres.h"

#include "foreign/fdwapi.h"

/* Fill in AnalyzeForeignTable. */
extern void pca_sample_register(FdwRoutine *routine);

#endif							/* PCA_SAMPLE_H */
