/*
 * relinfo.h
 *		What does the API do for a query's table, and what does that cost?
 */
#ifndef PCA_RELINFO_H
#define PCA_RELINFO_H

#include "postgres.h"

#include "foreign/fdwapi.h"
#include "nodes/pathnodes.h"

#include "planner/filter.h"
#include "planner/grouping.h"
#include "planner/ordering.h"
#include "request/request.h"

/*
 * What is found out of a table before its paths; a copy of it takes in the join
 * clauses of a parameterised path.  It is in the fdw_private of the relation.
 */
typedef struct PcaRelInfo
{
	PcaTable   *table;
	Index		relid;
	PcaRequestPlan request;
	List	   *filter_exprs;	/* PcaFilterExpr *: conjuncts that are sent */
	List	   *snapshot_exprs; /* PcaFilterExpr *: conjuncts on the days to
								 * ask for */
	List	   *params;			/* expressions that the terms' values refer to */
	List	   *restrictinfos;	/* RestrictInfo *: the clauses judged, ... */
	List	   *reasons;		/* ... and why each is not wholly sent, or
								 * NULL */
	PcaGrouping grouping;
	PcaOrdering ordering;		/* what the plain scan could claim */
	PcaPushdownLevel level;		/* the least of all clauses */
	Bitmapset  *wanted;
	bool		rows_assumed;	/* nobody has told how many rows there are */
	int			join_filter_param;	/* where a hash join's values are found;
									 * -1 */
} PcaRelInfo;

/* The slots of the fdw_private of a path whose request has more than the usual one's. */
typedef enum PcaPathPrivateIndex
{
	PCA_PATH_PRIVATE_KIND,		/* Integer: PcaPathKind */
	PCA_PATH_PRIVATE_CLAUSE,	/* of a join: the RestrictInfo that the values
								 * are of */
	PCA_PATH_PRIVATE_AGGREGATES = PCA_PATH_PRIVATE_CLAUSE,	/* of a count: Aggref *,
															 * ... */
	PCA_PATH_PRIVATE_HAVING		/* ... and the conditions on them */
} PcaPathPrivateIndex;

typedef enum PcaPathKind
{
	PCA_PATH_LIMIT_OFFSET,		/* the API applies OFFSET and LIMIT */
	PCA_PATH_ORDERED,			/* the API orders the rows */
	PCA_PATH_JOIN_FILTER,		/* the other side of a hash join gives values */
	PCA_PATH_COUNT				/* its one row is the number of rows */
} PcaPathKind;

/*
 * Requests of a history without days: dearer than anything that gives one, as
 * disable_cost is.
 */
#define PCA_RELINFO_UNBOUNDED_REQUESTS	1.0e10

/* What was found out of a base relation; NULL where it is no table of this wrapper's. */
extern PcaRelInfo *pca_relinfo_find(const RelOptInfo *rel);

/* Take in these clauses, too (RestrictInfo *). */
extern void pca_relinfo_add_clauses(PcaRelInfo *relinfo, List *clauses);

/* A copy that further clauses can be added to. */
extern PcaRelInfo pca_relinfo_copy(const PcaRelInfo *relinfo);

/* Rows that the API answers: what the clauses that are wholly sent leave. */
extern double pca_relinfo_estimate_rows(const PcaRelInfo *relinfo, PlannerInfo *root,
										RelOptInfo *rel);

/* Requests that so many rows take. */
extern double pca_relinfo_estimate_requests(const PcaRelInfo *relinfo, const RelOptInfo *rel,
											double received);

/* Fill in the callback that finds it out. */
extern void pca_relinfo_register(FdwRoutine *routine);

#endif							/* PCA_RELINFO_H */
