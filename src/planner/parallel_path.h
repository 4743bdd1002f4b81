/*
 * parallel_path.h
 *		Paths that several processes execute together.
 */
#ifndef PCA_PARALLEL_PATH_H
#define PCA_PARALLEL_PATH_H

#include "postgres.h"

#include "foreign/fdwapi.h"

#include "planner/relinfo.h"

/*
 * Add a partial path to the relation, whose pages several processes fetch, if the
 * plain scan can be divided and has enough rows; else do nothing.
 */
extern void pca_parallel_path_add(const PcaRelInfo *relinfo, PlannerInfo *root,
								  RelOptInfo *rel);

/*
 * Mark the path, and return it, as one that no worker may execute on its own: each
 * worker would send all of its requests.
 */
extern Path *pca_parallel_path_forbid(Path *path);

/* Set the callback by which PostgreSQL considers parallel plans. */
extern void pca_parallel_path_register(FdwRoutine *routine);

#endif							/* PCA_PARALLEL_PATH_H */
