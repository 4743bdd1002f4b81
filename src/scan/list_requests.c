/*
 * list_requests.c
 *		Decides if a divided IN list is sent, or the whole table is read.
 *
 * An IN list that does not fit into a URL is divided among several requests.  A table
 * of few pages is read with fewer requests, and PostgreSQL evaluates the list.  If the
 * number of rows is not known when planning, or is small, the first page of the
 * table is requested: its TotalCount decides.  There are never more requests than the
 * whole table has pages: the first page and n parts are sent only if it has more
 * than n pages.
 */
#include "postgres.h"

#include <math.h>

#include "scan/list_requests.h"

bool
pca_list_requests_may_read_whole_table(const PcaRequestPlan *plan, const PcaTable *table)
{
	return !plan->count && !plan->offset && !plan->limit_value && !plan->row_per_day && table->max_rows < 0;
}

/* Returns true if the first page tells the number of pages. */
static bool
has_total_count(const PcaTable *table)
{
	return (table->resource->parameters & PCA_PARAM_TOP) && (table->resource->parameters & PCA_PARAM_SKIP) &&
		table->known.total_count != PCA_TOTAL_PAGE;
}

PcaRequest *
pca_list_requests_make_whole(List *requests, const PcaRequestPlan *plan, const PcaTable *table,
							 const PcaParams *params)
{
	PcaRequestPlan whole_plan = *plan;
	PcaRequest *whole;

	if (list_length(requests) < 2 || !((PcaRequest *) linitial(requests))->part_field ||
		!pca_list_requests_may_read_whole_table(plan, table) || !has_total_count(table) ||
		plan->limit >= 0 || table->resource->history ||
		ceil(plan->table_rows / table->page_size) > list_length(requests))
		return NULL;
	whole_plan.max_list_parts = 1;
	whole = linitial(pca_request_render(&whole_plan, table, params));
	whole->limit = table->page_size;
	return whole;
}

bool
pca_list_requests_are_fewer(int nparts, int64 first_rows, int64 most_rows)
{
	return most_rows < 0 || first_rows == 0 || (most_rows - 1) / first_rows + 1 > nparts;
}
