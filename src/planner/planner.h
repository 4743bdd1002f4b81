/*
 * planner.h
 *		Paths and plans of foreign tables, and the private data of a plan.
 */
#ifndef PCA_PLANNER_H
#define PCA_PLANNER_H

#include "postgres.h"

#include "foreign/fdwapi.h"
#include "nodes/bitmapset.h"

#include "request/request.h"

/* The private data of a plan, for its scan. */
typedef struct PcaScanPlan
{
	PcaRequestPlan *request;
	Bitmapset  *wanted;			/* attribute numbers of the columns that the
								 * scan returns */
	List	   *reasons;		/* char * for each of the plan's quals: why
								 * it, or a part of it, is not sent; NULL if
								 * all of it is */
	const char *not_grouped;	/* why an aggregating query is not grouped by
								 * the API; NULL otherwise */
	const char *not_counted;	/* why a query that only counts rows fetches
								 * them; NULL otherwise */
	const char *not_ordered;	/* why a query with ORDER BY and LIMIT fetches
								 * all rows; NULL otherwise */
	int			row_count_attnum;	/* attribute number of the measure that
									 * says how many rows a group stands for,
									 * all of which are returned; 0: one is */
	int			join_filter_param;	/* for pca_join_filter_node_find_values():
									 * where the values of a hash join are,
									 * which follow the scan's expressions as
									 * one more parameter; -1 if there are
									 * none */
	bool		rescan_is_expected; /* by a nested loop, or an outer query */
	Bitmapset  *outer_params;	/* indexes of the scan's expressions whose
								 * values differ between rescans */
} PcaScanPlan;

/*
 * Read the fdw_private of a plan of this wrapper.  Current memory context; the texts
 * belong to fdw_private.
 */
extern PcaScanPlan *pca_planner_read_private(List *fdw_private);

/* Set all callbacks of the planner, those of the other files of this folder too. */
extern void pca_planner_register(FdwRoutine *routine);

#endif							/* PCA_PLANNER_H */
