/*
 * row_limit.h
 *		LIMIT and OFFSET that the API applies.
 */
#ifndef PCA_ROW_LIMIT_H
#define PCA_ROW_LIMIT_H

#include "postgres.h"

#include "request/request.h"

/* LIMIT and OFFSET, where the API applies them. */
typedef struct PcaRowLimit
{
	int64		offset_left;	/* rows to skip here, not by the API */
	int64		limit_left;		/* rows still to return; -1: unlimited */
} PcaRowLimit;

/*
 * Evaluate the plan's LIMIT and OFFSET.  Invalid ones raise PostgreSQL's errors.
 * Current memory context.
 */
extern PcaRowLimit pca_row_limit_evaluate(const PcaRequestPlan *plan, const PcaParams *params);

/*
 * Raise an error if a condition was left out of the request's URL, and the API counts
 * or skips rows, which PostgreSQL then cannot check.
 */
extern void pca_row_limit_check_filter(const PcaRequest *request, const PcaRequestPlan *plan,
									   const PcaTable *table);

#endif							/* PCA_ROW_LIMIT_H */
