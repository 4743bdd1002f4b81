/*
 * temporal.h
 *		Comparisons of dates.
 */
#ifndef PCA_TEMPORAL_H
#define PCA_TEMPORAL_H

#include "postgres.h"

#include "clause.h"

/*
 * Judge a comparison of a date field's column, or of its day, with a date,
 * timestamp or timestamptz.  False when the clause is something else, with
 * *result not set.
 */
extern bool pca_temporal_judge(PcaJudge *judge, Node *clause, bool negated,
							   PcaClause *result);

#endif							/* PCA_TEMPORAL_H */
