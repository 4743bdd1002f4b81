/*
 * snapshot.h
 *		Which days a history is asked for.
 */
#ifndef PCA_SNAPSHOT_H
#define PCA_SNAPSHOT_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "term.h"

/* What came of looking for days. */
typedef enum PcaDays
{
	PCA_DAYS_FOUND,
	PCA_DAYS_UNBOUNDED,			/* no condition says with which day to begin */
	PCA_DAYS_TOO_MANY,
	PCA_DAYS_UNKNOWN			/* the parameters' values are not known */
} PcaDays;

/*
 * The days ("2018-10-14") that the conditions on snapshot_date leave, at most
 * so many; a range ends today.  NIL when there are none.  term: their
 * conjunction, or NULL.  *count: how many there are.  Current memory context.
 */
extern PcaDays pca_snapshot_days(const PcaTerm *term, const PcaParams *params,
								 int most, List **days, int64 *count);

/*
 * Roughly how many days the conditions leave, for estimates: values of a list,
 * else a month; 0 when nothing bounds them.
 */
extern double pca_snapshot_estimate(const PcaTerm *term);

#endif							/* PCA_SNAPSHOT_H */
