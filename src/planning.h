/*
 * planning.h
 *		What does the API do for a query's table, and what does that cost?
 */
#ifndef PCA_PLANNING_H
#define PCA_PLANNING_H

#include "postgres.h"

#include "foreign/fdwapi.h"
#include "nodes/pathnodes.h"

#include "filter.h"
#include "grouping.h"
#include "ordering.h"
#include "request.h"

/*
 * What is found out of a table before its paths; a copy of it takes in the join
 * clauses of a parameterised path.  It is in the fdw_private of the relation.
 */
typedef struct PcaPlanning
{
	PcaTable   *table;
	Index		relid;
	PcaRequestPlan request;
	List	   *terms;			/* PcaTerm *: conjuncts that are sent */
	List	   *days;			/* PcaTerm *: conjuncts on the days to ask for */
	List	   *params;			/* expressions that the terms' values refer to */
	List	   *infos;			/* RestrictInfo *: the clauses judged, ... */
	List	   *reasons;		/* ... and why each is not wholly sent, or NULL */
	PcaGrouping grouping;
	PcaOrdering ordering;		/* what the plain scan could claim */
	PcaLevel	level;			/* the least of all clauses */
	Bitmapset  *wanted;
	bool		unsized;		/* nobody has told how many rows there are */
	int			join_values;	/* where a hash join's values are found; -1 */
} PcaPlanning;

/* The slots of the fdw_private of a path whose request has more than the usual one's. */
typedef enum PcaPathSlot
{
	PCA_PATH_KIND,				/* Integer: PcaPathKind */
	PCA_PATH_CLAUSE,			/* of a join: the RestrictInfo that the values are of */
	PCA_PATH_COUNTS = PCA_PATH_CLAUSE,	/* of a count: Aggref *, ... */
	PCA_PATH_HAVING				/* ... and the conditions on them */
} PcaPathSlot;

typedef enum PcaPathKind
{
	PCA_PATH_OF_WINDOW,			/* the API applies OFFSET and LIMIT */
	PCA_PATH_OF_ORDER,			/* the API orders the rows */
	PCA_PATH_OF_JOIN,			/* the other side of a hash join gives values */
	PCA_PATH_OF_COUNT			/* its one row is the number of rows */
} PcaPathKind;

/*
 * Requests of a history without days: dearer than anything that gives one, as
 * disable_cost is.
 */
#define PCA_PLANNING_UNANSWERABLE	1.0e10

/* What was found out of a base relation; NULL where it is no table of this wrapper's. */
extern PcaPlanning *pca_planning_find(const RelOptInfo *rel);

/* Take in these clauses, too (RestrictInfo *). */
extern void pca_planning_judge(PcaPlanning *planning, List *clauses);

/* A copy that further clauses can be added to. */
extern PcaPlanning pca_planning_copy(const PcaPlanning *planning);

/* Rows that the API answers: what the clauses that are wholly sent leave. */
extern double pca_planning_received(const PcaPlanning *planning, PlannerInfo *root,
									RelOptInfo *rel);

/* Requests that so many rows take. */
extern double pca_planning_requests(const PcaPlanning *planning, const RelOptInfo *rel,
									double received);

/* Fill in the callback that finds it out. */
extern void pca_planning_register(FdwRoutine *routine);

#endif							/* PCA_PLANNING_H */
