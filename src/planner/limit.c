/*
 * limit.c
 *		Number of rows that a query needs of a table.
 *
 * A hint sets only the size of the first page, and may be wrong.  An OFFSET that
 * the API applies must be right.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"

#include "planner/limit.h"
#include "request/value_text.h"

/* A LIMIT of this many rows or more is no limit in practice.  It fits into an int64. */
#define MAX_LIMIT_HINT	1.0e15

/* Returns true if a step above the scan returns another number of rows than it reads. */
static bool
query_changes_rows(Query *query)
{
	return query->hasAggs || query->groupClause ||
		query->groupingSets || query->distinctClause || query->hasWindowFuncs ||
		query->hasTargetSRFs || query->setOperations;
}

int64
pca_limit_hint(PlannerInfo *root)
{
	/*
	 * A sort reads all rows before LIMIT.  sort_pathkeys is empty if ORDER BY
	 * is by constants only.
	 */
	if (root->sort_pathkeys || root->parse->limitOption == LIMIT_OPTION_WITH_TIES)
		return -1;
	return pca_limit_sorted_hint(root);
}

int64
pca_limit_sorted_hint(PlannerInfo *root)
{
	if (bms_membership(root->all_baserels) != BMS_SINGLETON || query_changes_rows(root->parse))
		return -1;
	if (root->limit_tuples >= 1)
		return root->limit_tuples < MAX_LIMIT_HINT ? (int64) root->limit_tuples : -1;

	/*
	 * EXISTS needs one row.  A LIMIT in the query above sets the same
	 * fraction, and may need more rows: see pca_limit_is_sure().
	 */
	return root->parent_root && root->tuple_fraction == 1.0 ? 1 : -1;
}

bool
pca_limit_is_sure(PlannerInfo *root)
{
	return root->limit_tuples >= 1;
}

bool
pca_limit_counts_rows(PlannerInfo *root, RelOptInfo *rel)
{
	Query	   *query = root->parse;

	return query->commandType == CMD_SELECT && query->limitOffset &&
		query->limitOption != LIMIT_OPTION_WITH_TIES &&
		!query->rowMarks && !root->rowMarks && !root->sort_pathkeys && !query_changes_rows(query) &&
		rel->reloptkind == RELOPT_BASEREL && bms_equal(rel->relids, root->all_baserels) &&
		!contain_subplans(query->limitOffset) && !contain_subplans(query->limitCount);
}

PcaValue *
pca_limit_value(Node *expr, List **params)
{
	PcaValue   *value;

	if (!expr || (IsA(expr, Const) && ((Const *) expr)->constisnull))
		return NULL;
	value = palloc0(sizeof(PcaValue));
	if (IsA(expr, Const))
		value->text = pca_value_text_from_datum(((Const *) expr)->consttype, ((Const *) expr)->constvalue);
	else
	{
		value->param = list_length(*params);
		*params = lappend(*params, expr);
	}
	return value;
}
