/*
 * limit.c
 *		How many rows does a query want of a table?
 *
 * A hint only sets the size of the first page; it may be wrong.  An OFFSET
 * that the API applies must be right.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"

#include "planner/limit.h"
#include "request/value_text.h"

/* So many rows, or more, are no limit; and few enough for an int64. */
#define MAX_LIMIT_HINT	1.0e15

/* Whether something above the scan wants other rows than it hands on, in whatever order. */
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
	/* what is the same in all rows needs no sorting */
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
	/* EXISTS wants one row; so may a LIMIT above, or many, if it drops some. */
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
