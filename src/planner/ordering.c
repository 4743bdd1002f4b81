/*
 * ordering.c
 *		Chooses an order of rows that the API provides for the query.
 *
 * The API's order is that of PostgreSQL only for columns whose values cannot be
 * ordered in two ways.  The order of text is not known, nor is the place of nulls
 * and of dates that stand for "never" (api-notes 4.8).  That leaves whole days
 * (api-notes 3.10).  scan/recheck.c checks the order of the rows as they come.
 *
 * The rows of a history are in the order of its days if the requests of the days are
 * sent one after the other.  max(snapshot_date) is planned by PostgreSQL as ORDER BY
 * snapshot_date DESC LIMIT 1.
 */
#include "postgres.h"

#include <math.h>

#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"

#include "compat.h"
#include "planner/declaration.h"
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

/* Returns true if all rows of a request have the same value, the day of a history. */
static bool
is_day_column(const PcaColumn *column)
{
	return column->field && column->native && column->field->source == PCA_FROM_SNAPSHOT;
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
		if (column && (table->resource->history ? is_day_column(column) : is_orderable_column(column)) &&
			equal(var, makeVar(rel->relid, column->attnum, column->type, column->typmod,
							   column->collation, 0)))
			return column;
	}
	return NULL;
}

/* Returns the column of the relation that is a member of the sort key; NULL if there is none. */
static const PcaColumn *
find_sort_column(RelOptInfo *rel, const PcaTable *table, const EquivalenceClass *key)
{
	ListCell   *lc;

	foreach(lc, key->ec_members)
	{
		Var		   *var = (Var *) pca_shippable_strip_relabel((Node *) ((EquivalenceMember *) lfirst(lc))->em_expr);

		if (IsA(var, Var) && var->varno == (int) rel->relid && pca_option_column(table, var->varattno))
			return pca_option_column(table, var->varattno);
	}
	return NULL;
}

/*
 * Returns the reason why all rows are fetched and sorted for an ORDER BY with LIMIT; NULL if
 * there is none of these.
 */
static const char *
local_sort_reason(PlannerInfo *root, RelOptInfo *rel, const PcaTable *table)
{
	const PcaColumn *column;

	if (root->sort_pathkeys == NIL || rel->reloptkind != RELOPT_BASEREL || pca_limit_sorted_hint(root) < 0)
		return NULL;
	if (!(table->resource->parameters & PCA_PARAM_ORDERBY) || table->resource->history)
		return psprintf("resource %s takes no orderby, so all rows are fetched and sorted", table->resource->name);
	column = find_sort_column(rel, table, ((PathKey *) linitial(root->sort_pathkeys))->pk_eclass);
	if (column && column->field && column->field->day && !column->native)
		return psprintf("%s is not declared %s: %s", column->name, pca_resource_type_name(column->field->type),
						pca_declaration_column_type(table, column));
	if (column && column->field && column->field->day && !column->not_null)
		return psprintf("%s may be null: %s", column->name,
						pca_declaration_not_null(table, list_make1(unconstify(PcaColumn *, column))));
	return psprintf("the API may order %s in another way than PostgreSQL", column ? column->name : "an expression");
}

PcaOrdering
pca_ordering_choose(PlannerInfo *root, RelOptInfo *rel, const PcaTable *table)
{
	PcaOrdering ordering = {.limit = -1,.reason = local_sort_reason(root, rel, table)};
	PathKey    *key;

	if (!((table->resource->parameters & PCA_PARAM_ORDERBY) || table->resource->history) ||
		root->query_pathkeys == NIL || rel->reloptkind != RELOPT_BASEREL ||
		bms_membership(root->all_baserels) != BMS_SINGLETON)
		return ordering;
	key = linitial(root->query_pathkeys);
	if (key->pk_opfamily != PCA_SHIPPABLE_DATETIME_FAMILY)
		return ordering;
	ordering.column = find_order_column(rel, table, key->pk_eclass);
	if (!ordering.column)
		return ordering;
	ordering.reason = NULL;
	ordering.by_day = table->resource->history;
	ordering.descending = pca_compat_descends(key);
	ordering.pathkeys = list_make1(key);
	if (list_length(root->query_pathkeys) == 1)
		ordering.limit = pca_limit_sorted_hint(root);
	ordering.days_to_limit = ordering.by_day && ordering.descending && ordering.limit >= 0 &&
		pca_limit_is_sure(root);
	return ordering;
}

Cost
pca_ordering_penalty(const RelOptInfo *rel, const PcaTable *table, double requests)
{
	double		rows = Max(rel->rows, 2);

	/* the days of a history, which otherwise are requested at the same time */
	if (table->resource->history)
		return table->server->startup_cost * (requests - 1);
	/* one page is one request, in any order */
	if (rel->tuples <= table->page_size)
		return 0;
	/* the cost of the comparisons, as in cost_sort() */
	return ORDER_PENALTY_FACTOR * 2 * cpu_operator_cost * rows * (log(rows) / log(2));
}
