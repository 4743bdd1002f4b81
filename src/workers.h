/*
 * workers.h
 *		Which scans may be shared among parallel workers.
 */
#ifndef PCA_WORKERS_H
#define PCA_WORKERS_H

#include "postgres.h"

#include "foreign/fdwapi.h"

#include "planning.h"

/*
 * Add a partial path, whose rows several processes fetch together, where the
 * plain scan can be shared and has enough rows.
 */
extern void pca_workers_add_path(const PcaPlanning *planning, PlannerInfo *root,
								 RelOptInfo *rel);

/* No worker may do that path on its own: each would ask for all of it. */
extern Path *pca_workers_forbid(Path *path);

/* Fill in the callback that lets PostgreSQL think of workers. */
extern void pca_workers_register(FdwRoutine *routine);

#endif							/* PCA_WORKERS_H */
