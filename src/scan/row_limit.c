/*
 * row_limit.c
 *		LIMIT and OFFSET that the API applies.
 */
#include "postgres.h"

#include "scan/row_limit.h"

PcaRowLimit
pca_row_limit_evaluate(const PcaRequestPlan *plan, const PcaParams *params)
{
	PcaRowLimit limit;

	limit.offset_left = pca_request_limit_rows(plan->offset, params, 0);
	limit.limit_left = pca_request_limit_rows(plan->limit_value, params, -1);
	if (limit.offset_left < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE),
				 errmsg("OFFSET must not be negative")));
	/* -1 may also be the value of LIMIT, so evaluate it with another default */
	if (plan->limit_value && limit.limit_left < 0 && pca_request_limit_rows(plan->limit_value, params, 0) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE),
				 errmsg("LIMIT must not be negative")));
	return limit;
}

void
pca_row_limit_check_filter(const PcaRequest *request, const PcaRequestPlan *plan,
						   const PcaTable *table)
{
	if (request->shortened == PCA_REQUEST_LIMIT_NONE || !(plan->count || plan->offset || plan->limit_value))
		return;
	if (request->shortened == PCA_REQUEST_LIMIT_CLAUSES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the conditions on foreign table \"%s\" have too many comparisons", table->name),
				 errhint("Simplify the conditions, or raise the option \"max_filter_clauses\" (%d).",
						 table->max_filter_clauses)));
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("a condition on foreign table \"%s\" does not fit into the URL", table->name),
			 errhint("Shorten the condition, or raise the server's option \"max_url_length\".")));
}
