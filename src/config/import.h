/*
 * import.h
 *		The statements that IMPORT FOREIGN SCHEMA runs.
 */
#ifndef PCA_IMPORT_H
#define PCA_IMPORT_H

#include "postgres.h"

#include "foreign/fdwapi.h"

/* Fill in ImportForeignSchema. */
extern void pca_import_register(FdwRoutine *routine);

#endif							/* PCA_IMPORT_H */
