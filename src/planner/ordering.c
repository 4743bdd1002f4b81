/*
 * ordering.c
 *		Chooses an order of rows that the API provides for the query.
 *
 * The API's order is that of PostgreSQL only for columns whose values cannot be
 * ordered in two ways.  The order of text is not known, nor is the place of nulls
 * and of dates that stand for "never" (api-notes 4.8).  That leaves whole days
 * (api-notes 3.10).  scan/recheck.c checks the order of the rows as they come.
 */
#include "postgres.h"

#include <math.h>

#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"

#include "compat.h"
#include "planner/limit.h"
#include "planner/ordering.h"
#include "planner/shippable.h"

/*
 * The penalty is this many times the cost of sorting the rows locally.  More than 1, so
 * that the local sort wins if all rows are read.
 */
#define ORDER_PENALTY_FACTOR	2.0

/* Returns true if the API orders by the column as PostgreSQL does. */
static bool
is_orderable_column(const PcaColumn *column)
{
	const PcaField *field = column->field;

	return field && column->native && column->not_null && field->orderable &&
		field->day && field->not_null && !field->sentinel;
}

/* Returns the orderable column that is a member of the sort key; NULL if there is none. */
static const PcaColumn *
find_order_column(RelOptInfo *rel, const PcaTable *table, const EquivalenceClass *key)
{
	ListCell   *lc;

	if (key->ec_has_volatile)
		return NULL;
	foreach(lc, key->ec_members)
	{
		EquivalenceMember *member = lfirst(lc);
		Var		   *var = (Var *) member->em_expr;
		const PcaColumn *column;

		if (member->em_is_child || !IsA(var, Var) || var->varno != (int) rel->relid)
			continue;
		column = pca_option_column(table, var->varattno);
		if (column && is_orderable_column(column) &&
			equal(var, makeVar(rel->relid, column->attnum, column->type, column->typmod,
							   column->collation, 0)))
			return column;
	}
	return NULL;
}

PcaOrdering
pca_ordering_choose(PlannerInfo *root, RelOptInfo *rel, const PcaTable *table)
{
	PcaOrdering ordering = {.limit = -1};
	PathKey    *key;

	if (!(table->resource->parameters & PCA_PARAM_ORDERBY) || table->resource->history ||
		root->query_pathkeys == NIL || rel->reloptkind != RELOPT_BASEREL ||
		bms_membership(root->all_baserels) != BMS_SINGLETON)
		return ordering;
	key = linitial(root->query_pathkeys);
	if (key->pk_opfamily != PCA_SHIPPABLE_DATETIME_FAMILY)
		return ordering;
	ordering.column = find_order_column(rel, table, key->pk_eclass);
	if (!ordering.column)
		return ordering;
	ordering.descending = pca_compat_descends(key);
	ordering.pathkeys = list_make1(key);
	if (list_length(root->query_pathkeys) == 1)
		ordering.limit = pca_limit_sorted_hint(root);
	return ordering;
}

Cost
pca_ordering_penalty(const RelOptInfo *rel, const PcaTable *table)
{
	double		rows = Max(rel->rows, 2);

	/* one page is one request, in any order */
	if (rel->tuples <= table->page_size)
		return 0;
	/* the cost of the comparisons, as in cost_sort() */
	return ORDER_PENALTY_FACTOR * 2 * cpu_operator_cost * rows * (log(rows) / log(2));
}
