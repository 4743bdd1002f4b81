/*
 * relinfo.h
 *		The state of planning one foreign table: its request and its size.
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
 * The state of planning one foreign table, kept in RelOptInfo.fdw_private.  It is
 * that of the plain scan; a path that sends more, such as join clauses, is
 * planned with a copy.
 */
typedef struct PcaRelInfo
{
	PcaTable   *table;
	Index		relid;			/* range table index */
	PcaRequestPlan request;
	List	   *filter_exprs;	/* PcaFilterExpr *: the conjuncts of
								 * request.filter */
	List	   *snapshot_exprs; /* PcaFilterExpr *: the conjuncts of
								 * request.snapshot */
	List	   *params;			/* Expr *: the values that are known only at
								 * execution, by the number that PcaValue has */
	List	   *restrictinfos;	/* RestrictInfo *: the clauses that were
								 * classified */
	List	   *reasons;		/* char *, parallel to restrictinfos: why the
								 * clause, or a part of it, is not sent; NULL
								 * if all of it is */
	List	   *bound;			/* PcaPartitionClause *: the conditions of the
								 * partition's bound; they are among
								 * restrictinfos, too */
	bool		path_is_bound;	/* request.path is a condition of the bound */
	PcaGrouping grouping;
	double		groups;			/* estimated number, if grouped */
	PcaOrdering ordering;		/* the order of the ordered path, if any */
	PcaPushdownLevel level;		/* the least of all clauses */
	const char *inexact;		/* why the level is not exact, or NULL */
	const char *not_counted;	/* why a query that only counts rows fetches
								 * them; NULL if it does not */
	Bitmapset  *wanted;			/* attribute numbers of the columns that the
								 * scan returns */
	bool		rows_assumed;	/* the number of rows is the catalog's guess */
	int			join_filter_param;	/* PARAM_EXEC number by which the scan
									 * finds the values of a hash join; -1 if
									 * none is assigned */
} PcaRelInfo;

/*
 * The number of requests of a history without a condition on the day.  It is as
 * great as PostgreSQL's disable_cost, so that every path that gives a day, such
 * as a join, is chosen instead; the plain scan would raise an error.
 */
#define PCA_RELINFO_UNBOUNDED_REQUESTS	1.0e10

/*
 * Returns the state of a base relation; NULL if it is not a table of this wrapper, or
 * is known to be empty.
 * Valid after GetForeignRelSize().
 */
extern PcaRelInfo *pca_relinfo_find(const RelOptInfo *rel);

/*
 * Classify further clauses (RestrictInfo *), and add those that can be sent to the
 * request.  Current memory context.
 */
extern void pca_relinfo_add_clauses(PcaRelInfo *relinfo, List *clauses);

/* Returns a copy to which clauses can be added.  Current memory context. */
extern PcaRelInfo pca_relinfo_copy(const PcaRelInfo *relinfo);

/*
 * Returns the estimated number of rows that the API returns.  Clauses of which a
 * part is not sent are not counted, as their selectivity is that of the whole.
 */
extern double pca_relinfo_estimate_rows(const PcaRelInfo *relinfo, PlannerInfo *root,
										RelOptInfo *rel);

/* Returns the estimated number of requests that fetch that number of rows. */
extern double pca_relinfo_estimate_requests(const PcaRelInfo *relinfo, const RelOptInfo *rel,
											double received);

/* Set the callback that creates the state. */
extern void pca_relinfo_register(FdwRoutine *routine);

#endif							/* PCA_RELINFO_H */
