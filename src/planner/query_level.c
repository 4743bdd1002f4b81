/*
 * query_level.c
 *		Query levels that return single rows to the level above.
 *
 * A subquery in FROM, such as a security-barrier view, may return groups if the level
 * above does with its columns what it may do with those of a table: grouping.c
 * checks that.  Other levels need single rows, and this file says why.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"

#include "planner/measure.h"
#include "planner/query_level.h"

/* The place of a level in the level above. */
typedef enum LevelPlace
{
	PLACE_TOP,					/* there is none above */
	PLACE_CTE,
	PLACE_SUBLINK,				/* a subquery in an expression */
	PLACE_SET_OPERATION,
	PLACE_FROM
} LevelPlace;

/*
 * PostgreSQL plans the WITH queries of a level first, then the subqueries in its
 * expressions.  Those in FROM follow when its relations are set up.
 */
static LevelPlace
find_level_place(const PlannerInfo *root)
{
	const PlannerInfo *parent = root->parent_root;

	if (!parent)
		return PLACE_TOP;
	if (list_length(parent->cte_plan_ids) < list_length(parent->parse->cteList))
		return PLACE_CTE;
	if (parent->simple_rel_array == NULL)
		return PLACE_SUBLINK;
	return parent->parse->setOperations ? PLACE_SET_OPERATION : PLACE_FROM;
}

/* Returns the WITH query that is being planned. */
static const CommonTableExpr *
current_with_query(const PlannerInfo *parent)
{
	return list_nth_node(CommonTableExpr, parent->parse->cteList, list_length(parent->cte_plan_ids));
}

/* ---- is the number of rows reduced above? ---- */

static bool
set_operations_drop_duplicates(Node *node)
{
	SetOperationStmt *op = (SetOperationStmt *) node;

	check_stack_depth();
	return node && IsA(node, SetOperationStmt) &&
		(!op->all || set_operations_drop_duplicates(op->larg) || set_operations_drop_duplicates(op->rarg));
}

static bool
query_reduces_rows(const Query *query)
{
	return query->hasAggs || query->groupClause || query->groupingSets || query->distinctClause ||
		set_operations_drop_duplicates(query->setOperations);
}

/* Tree walker: returns true if the query, or one in it, reads the WITH query of that name. */
static bool
reads_with_query(Node *node, char *name)
{
	if (!node)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *rte = (RangeTblEntry *) node;

		return rte->rtekind == RTE_CTE && strcmp(rte->ctename, name) == 0;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, reads_with_query, name, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, reads_with_query, name);
}

/* Tree walker: returns true if a query that reduces rows reads the WITH query of that name. */
static bool
reduces_with_query(Node *node, char *name)
{
	if (!node)
		return false;
	if (IsA(node, Query))
		return (query_reduces_rows((Query *) node) && reads_with_query(node, name)) ||
			query_tree_walker((Query *) node, reduces_with_query, name, 0);
	return expression_tree_walker(node, reduces_with_query, name);
}

/* Tree walker: returns true for IN, NOT IN, ANY or ALL with a subquery that reads the table. */
static bool
has_comparison_with_subquery(Node *node, Oid *relid)
{
	ListCell   *lc;

	if (!node)
		return false;
	if (IsA(node, SubLink))
	{
		SubLink    *link = (SubLink *) node;

		if (link->subLinkType == ANY_SUBLINK || link->subLinkType == ALL_SUBLINK)
			foreach(lc, castNode(Query, link->subselect)->rtable)
				if (lfirst_node(RangeTblEntry, lc)->relid == *relid)
				return true;
	}
	return expression_tree_walker(node, has_comparison_with_subquery, relid);
}

/* ---- this level's relation in the level above ---- */

/* Returns true if the subquery has the columns of the query. */
static bool
has_same_columns(const Query *subquery, const Query *query)
{
	ListCell   *one;
	ListCell   *other;

	if (list_length(subquery->targetList) != list_length(query->targetList))
		return false;
	forboth(one, subquery->targetList, other, query->targetList)
	{
		TargetEntry *a = lfirst_node(TargetEntry, one);
		TargetEntry *b = lfirst_node(TargetEntry, other);

		if (a->resno != b->resno || a->resjunk != b->resjunk ||
			exprType((Node *) a->expr) != exprType((Node *) b->expr))
			return false;
	}
	return true;
}

List *
pca_query_level_rels(PlannerInfo *root)
{
	PlannerInfo *parent = root->parent_root;
	List	   *rels = NIL;

	if (find_level_place(root) != PLACE_FROM)
		return NIL;
	for (int rti = 1; rti < parent->simple_rel_array_size; rti++)
	{
		RelOptInfo *rel = parent->simple_rel_array[rti];
		const RangeTblEntry *rte = parent->simple_rte_array[rti];

		/* a UNION ALL that was merged with the query has inh */
		if (rel && rte->rtekind == RTE_SUBQUERY && !rte->inh && rel->subroot == NULL &&
			has_same_columns(rte->subquery, root->parse))
			rels = lappend(rels, rel);
	}
	return rels;
}

/* Returns true if the level above is IN or EXISTS, which PostgreSQL made a join, with this level inside. */
static bool
may_be_inside_semijoin(PlannerInfo *root)
{
	ListCell   *rel;
	ListCell   *join;

	foreach(rel, pca_query_level_rels(root))
		foreach(join, root->parent_root->join_info_list)
	{
		SpecialJoinInfo *info = lfirst(join);

		if ((info->jointype == JOIN_SEMI || info->jointype == JOIN_ANTI) &&
			bms_is_subset(((RelOptInfo *) lfirst(rel))->relids, info->syn_righthand))
			return true;
	}
	return false;
}

/* Returns true if one of the set operations is INTERSECT ALL or EXCEPT ALL. */
static bool
has_counting_set_operation(Node *node)
{
	SetOperationStmt *op = (SetOperationStmt *) node;

	check_stack_depth();
	if (IsA(node, RangeTblRef))
		return false;
	return (op->all && op->op != SETOP_UNION) || has_counting_set_operation(op->larg) ||
		has_counting_set_operation(op->rarg);
}

/* Returns true if the level above, or one above that, aggregates the rows of this one. */
static bool
rows_are_reduced_above(PlannerInfo *root, Oid relid)
{
	PlannerInfo *parent = root->parent_root;
	LevelPlace	place = find_level_place(root);

	check_stack_depth();
	switch (place)
	{
		case PLACE_CTE:
			return reduces_with_query((Node *) parent->parse, current_with_query(parent)->ctename);
		case PLACE_SUBLINK:
			return query_tree_walker(parent->parse, has_comparison_with_subquery, &relid,
									 QTW_IGNORE_RT_SUBQUERIES | QTW_IGNORE_CTE_SUBQUERIES);
		case PLACE_FROM:
		case PLACE_SET_OPERATION:
			return (place == PLACE_FROM && may_be_inside_semijoin(root)) ||
				(place == PLACE_SET_OPERATION && !parent->hasRecursion &&
				 has_counting_set_operation(parent->parse->setOperations)) ||
				query_reduces_rows(parent->parse) || rows_are_reduced_above(parent, relid);
		case PLACE_TOP:
			break;
	}
	return false;
}

/* ---- reasons ---- */

static const char *
with_query_reason(const CommonTableExpr *with_query)
{
	if (with_query->cterecursive)
		return "a recursive query needs every row";
	return psprintf("the rows of WITH query \"%s\" are stored before they are aggregated: write %s AS NOT MATERIALIZED (...), or aggregate in it",
					with_query->ctename, with_query->ctename);
}

/* Returns true if all set operations are UNION ALL. */
static bool
is_union_all(Node *node)
{
	SetOperationStmt *op = (SetOperationStmt *) node;

	check_stack_depth();
	return IsA(node, RangeTblRef) ||
		(op->op == SETOP_UNION && op->all && is_union_all(op->larg) && is_union_all(op->rarg));
}

static const char *
set_operation_reason(const PlannerInfo *parent)
{
	const Query *query = parent->parse;

	if (parent->hasRecursion)
		return "a recursive query needs every row";
	if (!is_union_all(query->setOperations))
		return "INTERSECT ALL and EXCEPT ALL count duplicate rows";
	if (query->sortClause || query->limitCount || query->limitOffset)
		return "a UNION ALL with ORDER BY or LIMIT is computed before it is aggregated: leave these out";
	return "a UNION ALL of columns of different types is computed before it is aggregated: cast them to the same types in each SELECT";
}

const char *
pca_query_level_reason(PlannerInfo *root, Oid relid, bool *reduced)
{
	const Query *query = root->parse;

	if (query->distinctClause && query->hasWindowFuncs)
	{
		*reduced = true;
		return "DISTINCT comes after window functions, which need every row: aggregate in a subquery below them";
	}
	if (!rows_are_reduced_above(root, relid))
		return NULL;
	*reduced = true;
	if (query->limitCount || query->limitOffset)
		return "a subquery has LIMIT or OFFSET, which count rows: aggregate in the subquery";
	if (query->hasWindowFuncs)
		return "a subquery has window functions, which need every row: aggregate in a subquery below them";
	switch (find_level_place(root))
	{
		case PLACE_CTE:
			return with_query_reason(current_with_query(root->parent_root));
		case PLACE_SUBLINK:
			return "NOT IN, ANY and ALL compare with every row of their subquery: write NOT EXISTS or EXISTS, or SELECT DISTINCT in the subquery";
		case PLACE_SET_OPERATION:
			return set_operation_reason(root->parent_root);
		case PLACE_FROM:
		case PLACE_TOP:
			break;
	}
	return NULL;
}

/* ---- subqueries in FROM ---- */

static bool
is_sort_column(const TargetEntry *entry, const Query *query)
{
	return entry->ressortgroupref != 0 &&
		get_sortgroupref_clause_noerr(entry->ressortgroupref, query->sortClause) != NULL;
}

PcaTable *
pca_query_level_columns(const PcaTable *table, Index varno, const Query *query, List *outputs,
						const char **reason)
{
	PcaTable   *level = palloc0(sizeof(PcaTable));
	ListCell   *lc;

	*level = *table;
	level->natts = list_length(outputs);
	level->columns = palloc0(sizeof(PcaColumn) * Max(level->natts, 1));
	foreach(lc, outputs)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);
		PcaColumn  *column = &level->columns[entry->resno - 1];

		column->attnum = entry->resno;
		column->name = entry->resname ? entry->resname : "?column?";
		column->measure = pca_measure_used(table, varno, (Node *) entry->expr);
		column->not_null = column->measure && pca_measure_is_never_null(table, varno, (Node *) entry->expr);
		if (!column->measure)
			continue;
		if (entry->resjunk || is_sort_column(entry, query))
			*reason = "a subquery is sorted by a measure: leave out its ORDER BY";
		else if (!pca_measure_is_linear(table, varno, (Node *) entry->expr))
			*reason = psprintf("column %s of a subquery does more with a measure than adding it up", column->name);
		if (*reason)
			return NULL;
	}
	return level;
}
