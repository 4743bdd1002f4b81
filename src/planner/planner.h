/*
 * planner.h
 *		How a query's table becomes a plan: the planning callbacks.
 */
#ifndef PCA_PLANNER_H
#define PCA_PLANNER_H

#include "postgres.h"

#include "foreign/fdwapi.h"
#include "nodes/bitmapset.h"

#include "request/request.h"

/* What a plan carries for its scan. */
typedef struct PcaScanPlan
{
	PcaRequestPlan *request;
	Bitmapset  *wanted;			/* attribute numbers that the scan must
								 * deliver */
	List	   *reasons;		/* char * for each of the plan's quals: why
								 * it, or a part of it, is not sent; NULL when
								 * it is */
	const char *not_grouped;	/* why an aggregating query is not answered
								 * from groupby; NULL otherwise */
	int			join_filter_param;	/* pca_join_filter_node_find_values()'s
									 * slot of the values of the parameter
									 * behind the scan's expressions; -1 */
} PcaScanPlan;

/* Read a plan's fdw_private.  Current memory context. */
extern PcaScanPlan *pca_planner_read_private(List *fdw_private);

/* Fill in the planning callbacks. */
extern void pca_planner_register(FdwRoutine *routine);

#endif							/* PCA_PLANNER_H */
