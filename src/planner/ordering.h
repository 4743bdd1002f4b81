/*
 * ordering.h
 *		Chooses an order of rows that the API provides for the query.
 */
#ifndef PCA_ORDERING_H
#define PCA_ORDERING_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "config/option.h"

/* An order that the API provides. */
typedef struct PcaOrdering
{
	List	   *pathkeys;		/* one PathKey, which the scan satisfies; NIL:
								 * no order */
	const PcaColumn *column;	/* the column to order by */
	bool		by_day;			/* the column is the day of a history's
								 * requests, which are sent in this order */
	bool		descending;
	bool		days_to_limit;	/* the latest days may have that number */
	int64		limit;			/* number of rows that is probably enough in
								 * this order; -1 if none is known */
	const char *reason;			/* why an ORDER BY with LIMIT fetches all
								 * rows; NULL if it does not */
} PcaOrdering;

/*
 * Choose an order that is the first sort key of the query and that the API provides:
 * by one column that is never null.  Only for queries of this table alone.
 * pathkeys is NIL if there is none.  Current memory context.
 */
extern PcaOrdering pca_ordering_choose(PlannerInfo *root, RelOptInfo *rel,
									   const PcaTable *table);

/*
 * Returns the cost that a scan in order has in addition to a plain one with the same
 * number of requests.  Such a scan
 * requests one page at a time.  That is best for a query that reads only the
 * first rows.  A query that reads several pages to the end is faster if they are
 * requested at the same time and sorted locally, so the result is greater than the
 * cost of that sort.  It is 0 if the table has one page.
 */
extern Cost pca_ordering_penalty(const RelOptInfo *rel, const PcaTable *table, double requests);

#endif							/* PCA_ORDERING_H */
