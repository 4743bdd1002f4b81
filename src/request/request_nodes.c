/*
 * request_nodes.c
 *		Converts a request plan to nodes, which a plan tree can hold, and back.
 */
#include "postgres.h"

#include "nodes/value.h"

#include "request/request.h"

/* Indexes of a request plan's node list. */
typedef enum RequestNode
{
	REQUEST_NODE_FILTER,
	REQUEST_NODE_PATH,
	REQUEST_NODE_SNAPSHOT,
	REQUEST_NODE_GROUPBY,
	REQUEST_NODE_GROUPED,
	REQUEST_NODE_COUNT,
	REQUEST_NODE_TABLE_ROWS,
	REQUEST_NODE_EXPECTED_ROWS,
	REQUEST_NODE_LIMIT,
	REQUEST_NODE_LIMIT_INEXACT,
	REQUEST_NODE_ORDER,
	REQUEST_NODE_DAY_ORDER,
	REQUEST_NODE_DESCENDING,
	REQUEST_NODE_DAYS_TO_LIMIT,
	REQUEST_NODE_ROW_PER_DAY,
	REQUEST_NODE_ANY_ROW_OF_DAY,
	REQUEST_NODE_OFFSET,
	REQUEST_NODE_LIMIT_VALUE
} RequestNode;

#define REQUEST_NODES	(REQUEST_NODE_LIMIT_VALUE + 1)

List *
pca_request_to_nodes(const PcaRequestPlan *plan)
{
	List	   *groupby = NIL;
	List	   *list = NIL;
	void	   *nodes[REQUEST_NODES];
	ListCell   *lc;

	foreach(lc, plan->groupby)
		groupby = lappend(groupby, makeString(pstrdup(lfirst(lc))));
	nodes[REQUEST_NODE_FILTER] = pca_filter_expr_to_nodes(plan->filter);
	nodes[REQUEST_NODE_PATH] = pca_filter_expr_to_nodes(plan->path);
	nodes[REQUEST_NODE_SNAPSHOT] = pca_filter_expr_to_nodes(plan->snapshot);
	nodes[REQUEST_NODE_GROUPBY] = groupby;
	nodes[REQUEST_NODE_GROUPED] = makeInteger(plan->grouped);
	nodes[REQUEST_NODE_COUNT] = makeInteger(plan->count);
	nodes[REQUEST_NODE_TABLE_ROWS] = makeString(psprintf("%.0f", plan->table_rows));
	nodes[REQUEST_NODE_EXPECTED_ROWS] = makeString(psprintf("%.0f", plan->expected_rows));
	nodes[REQUEST_NODE_LIMIT] = makeString(psprintf(INT64_FORMAT, plan->limit));
	nodes[REQUEST_NODE_LIMIT_INEXACT] = makeInteger(plan->limit_inexact);
	nodes[REQUEST_NODE_ORDER] = plan->order ? makeString(pstrdup(plan->order)) : NULL;
	nodes[REQUEST_NODE_DAY_ORDER] = makeInteger(plan->day_order);
	nodes[REQUEST_NODE_DESCENDING] = makeInteger(plan->descending);
	nodes[REQUEST_NODE_DAYS_TO_LIMIT] = makeInteger(plan->days_to_limit);
	nodes[REQUEST_NODE_ROW_PER_DAY] = makeInteger(plan->row_per_day);
	nodes[REQUEST_NODE_ANY_ROW_OF_DAY] = makeInteger(plan->any_row_of_day);
	nodes[REQUEST_NODE_OFFSET] = pca_filter_expr_value_to_nodes(plan->offset);
	nodes[REQUEST_NODE_LIMIT_VALUE] = pca_filter_expr_value_to_nodes(plan->limit_value);
	for (int i = 0; i < REQUEST_NODES; i++)
		list = lappend(list, nodes[i]);
	return list;
}

PcaRequestPlan *
pca_request_from_nodes(List *nodes)
{
	PcaRequestPlan *plan = palloc0(sizeof(PcaRequestPlan));
	ListCell   *lc;

	plan->filter = pca_filter_expr_from_nodes(list_nth(nodes, REQUEST_NODE_FILTER));
	plan->path = pca_filter_expr_from_nodes(list_nth(nodes, REQUEST_NODE_PATH));
	plan->snapshot = pca_filter_expr_from_nodes(list_nth(nodes, REQUEST_NODE_SNAPSHOT));
	foreach(lc, (List *) list_nth(nodes, REQUEST_NODE_GROUPBY))
		plan->groupby = lappend(plan->groupby, strVal(lfirst(lc)));
	plan->grouped = intVal(list_nth(nodes, REQUEST_NODE_GROUPED)) != 0;
	plan->count = intVal(list_nth(nodes, REQUEST_NODE_COUNT)) != 0;
	plan->table_rows = strtod(strVal(list_nth(nodes, REQUEST_NODE_TABLE_ROWS)), NULL);
	plan->expected_rows = strtod(strVal(list_nth(nodes, REQUEST_NODE_EXPECTED_ROWS)), NULL);
	plan->limit = strtoi64(strVal(list_nth(nodes, REQUEST_NODE_LIMIT)), NULL, 10);
	plan->limit_inexact = intVal(list_nth(nodes, REQUEST_NODE_LIMIT_INEXACT)) != 0;
	plan->order = list_nth(nodes, REQUEST_NODE_ORDER) ? strVal(list_nth(nodes, REQUEST_NODE_ORDER)) : NULL;
	plan->day_order = intVal(list_nth(nodes, REQUEST_NODE_DAY_ORDER)) != 0;
	plan->descending = intVal(list_nth(nodes, REQUEST_NODE_DESCENDING)) != 0;
	plan->days_to_limit = intVal(list_nth(nodes, REQUEST_NODE_DAYS_TO_LIMIT)) != 0;
	plan->row_per_day = intVal(list_nth(nodes, REQUEST_NODE_ROW_PER_DAY)) != 0;
	plan->any_row_of_day = intVal(list_nth(nodes, REQUEST_NODE_ANY_ROW_OF_DAY)) != 0;
	plan->offset = pca_filter_expr_value_from_nodes(list_nth(nodes, REQUEST_NODE_OFFSET));
	plan->limit_value = pca_filter_expr_value_from_nodes(list_nth(nodes, REQUEST_NODE_LIMIT_VALUE));
	return plan;
}
