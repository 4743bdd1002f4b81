/*
 * parallel_path.h
 *		Which scans may be shared among parallel workers.
 */
#ifndef PCA_PARALLEL_PATH_H
#define PCA_PARALLEL_PATH_H

#include "postgres.h"

#include "foreign/fdwapi.h"

#include "planner/relinfo.h"

/*
 * Add a partial path, whose rows several processes fetch together, where the
 * plain scan can be shared and has enough rows.
 */
extern void pca_parallel_path_add(const PcaRelInfo *relinfo, PlannerInfo *root,
								  RelOptInfo *rel);

/* No worker may do that path on its own: each would ask for all of it. */
extern Path *pca_parallel_path_forbid(Path *path);

/* Fill in the callback that lets PostgreSQL think of workers. */
extern void pca_parallel_path_register(FdwRoutine *routine);

#endif							/* PCA_PARALLEL_PATH_H */
