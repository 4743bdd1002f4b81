/*
 * grouping.h
 *		Decides if a table's rows are requested grouped.
 */
#ifndef PCA_GROUPING_H
#define PCA_GROUPING_H

#include "postgres.h"

#include "nodes/bitmapset.h"
#include "nodes/pathnodes.h"

#include "config/option.h"

/* The decision for one base relation. */
typedef struct PcaGrouping
{
	bool		grouped;		/* the request has a groupby */
	const char *reason;			/* why an aggregating query is not grouped;
								 * NULL if it is, or does not aggregate */
	Bitmapset  *keys;			/* attribute numbers of the columns to group
								 * by; NULL unless grouped */
	int			row_count_attnum;	/* attribute number of the measure that is
									 * the number of a group's rows, if the
									 * scan must return a row for each of
									 * them; else 0 */
	bool		row_per_day;	/* of a history, one row of each day is
								 * enough; not grouped then */
	bool		any_row_of_day; /* row_per_day: all conditions on the table
								 * are about the day */
} PcaGrouping;

/*
 * Decide if the relation's rows may come grouped: each use that the query
 * makes of them must give the same result if one row, with the sums of the
 * measures, stands for all rows of a group.  To be called from
 * GetForeignRelSize(), when attr_needed and the target lists are complete.
 * Current memory context.
 */
extern PcaGrouping pca_grouping_classify(PlannerInfo *root, RelOptInfo *rel,
										 const PcaTable *table);

#endif							/* PCA_GROUPING_H */
