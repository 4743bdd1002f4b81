/*
 * upper_paths.h
 *		Paths by which the API does a step above a table's scan.
 */
#ifndef PCA_UPPER_PATHS_H
#define PCA_UPPER_PATHS_H

#include "postgres.h"

#include "planner/relinfo.h"

/* Set the callback that adds these paths. */
extern void pca_upper_paths_register(FdwRoutine *routine);

#endif							/* PCA_UPPER_PATHS_H */
