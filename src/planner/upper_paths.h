/*
 * upper_paths.h
 *		What above a table's scan the API can do.
 */
#ifndef PCA_UPPER_PATHS_H
#define PCA_UPPER_PATHS_H

#include "postgres.h"

#include "planner/relinfo.h"

/* Fill in the callback that offers it. */
extern void pca_upper_paths_register(FdwRoutine *routine);

#endif							/* PCA_UPPER_PATHS_H */
