/*
 * grouping.c
 *		May a table's rows come pre-aggregated?
 *
 * The scan itself asks with groupby and PostgreSQL finishes.  That is right
 * when nobody can see how many rows a group has: some step above drops or
 * ignores repetitions, and measures are only summed.  The planner's own ledger
 * (attr_needed) tells all the places where a column is used, so no use can be
 * overlooked.  What an expression does with measures is measure.c's question.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/placeholder.h"
#include "parser/parsetree.h"

#include "compat.h"
#include "planner/grouping.h"
#include "planner/measure.h"

/* Which step above hides how many rows there are. */
typedef enum Hidden
{
	HIDDEN_NOWHERE,
	HIDDEN_BY_SEMIJOIN,			/* IN, EXISTS, NOT EXISTS */
	HIDDEN_BY_AGGREGATION,
	HIDDEN_BY_DISTINCT,
	HIDDEN_BY_SET_OPERATION
} Hidden;

typedef struct Judge
{
	PlannerInfo *root;
	RelOptInfo *rel;
	RelOptInfo *top;			/* the append parent that the query names, or
								 * rel */
	List	   *chain;			/* AppendRelInfo *: from top down to rel */
	const PcaTable *table;
} Judge;

/* ---- from the append parent's columns to the relation's ---- */

static Node *
substitute(Node *node, AppendRelInfo *info)
{
	if (!node)
		return NULL;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		if (var->varno != (int) info->parent_relid || var->varlevelsup != 0)
			return copyObject(node);
		if (var->varattno > 0)
			return copyObject(list_nth(info->translated_vars, var->varattno - 1));
		var = copyObject(var);
		var->varno = info->child_relid;
		return (Node *) var;
	}
	return expression_tree_mutator(node, substitute, info);
}

static Node *
translate(const Judge *judge, Node *node)
{
	ListCell   *lc;

	foreach(lc, judge->chain)
		node = substitute(node, lfirst(lc));
	return node;
}

static void
find_top(Judge *judge)
{
	RelOptInfo *rel = judge->rel;
	Index		relid = rel->relid;

	judge->top = rel;
	if (rel->reloptkind != RELOPT_OTHER_MEMBER_REL)
		return;
	judge->top = find_base_rel(judge->root, bms_singleton_member(rel->top_parent_relids));
	while (relid != judge->top->relid)
	{
		AppendRelInfo *info = judge->root->append_rel_array[relid];

		judge->chain = lcons(info, judge->chain);
		relid = info->parent_relid;
	}
}

static bool
uses_measure(const Judge *judge, Node *node)
{
	return pca_measure_used(judge->table, judge->rel->relid, translate(judge, node));
}

/* ---- who hides the number of rows ---- */

static bool
is_behind_semijoin(const Judge *judge)
{
	ListCell   *lc;

	foreach(lc, judge->root->join_info_list)
	{
		SpecialJoinInfo *info = lfirst(lc);

		if ((info->jointype == JOIN_SEMI || info->jointype == JOIN_ANTI) &&
			bms_is_member(judge->top->relid, info->syn_righthand))
			return true;
	}
	return false;
}

/*
 * Whether the leaf's repetitions are dropped by the set operations above it.
 * dropped: what holds above this node.  *found: the leaf is below it.
 */
static bool
set_operation_drops(Node *node, List *rtable, Query *leaf, bool dropped, bool *found)
{
	SetOperationStmt *op;
	bool		left;

	check_stack_depth();
	if (IsA(node, RangeTblRef))
	{
		RangeTblEntry *rte = rt_fetch(((RangeTblRef *) node)->rtindex, rtable);

		*found = rte->subquery == leaf;
		return *found && dropped;
	}
	op = castNode(SetOperationStmt, node);
	if (!op->all)
		dropped = true;
	else if (op->op != SETOP_UNION)
		dropped = false;
	left = set_operation_drops(op->larg, rtable, leaf, dropped, found);
	if (*found)
		return left;
	return set_operation_drops(op->rarg, rtable, leaf, dropped, found);
}

static bool
is_deduplicated_leaf(PlannerInfo *root)
{
	Query	   *query = root->parse;
	Query	   *parent = root->parent_root ? root->parent_root->parse : NULL;
	bool		found = false;

	if (!parent || !parent->setOperations || root->parent_root->hasRecursion ||
		query->limitOffset || query->limitCount || query->hasWindowFuncs)
		return false;
	return set_operation_drops(parent->setOperations, parent->rtable, query, false, &found);
}

static Hidden
who_hides(const Judge *judge)
{
	Query	   *query = judge->root->parse;

	if (is_behind_semijoin(judge))
		return HIDDEN_BY_SEMIJOIN;
	if (query->hasAggs || query->groupClause || query->groupingSets)
		return HIDDEN_BY_AGGREGATION;
	if (query->distinctClause && !query->hasWindowFuncs)
		return HIDDEN_BY_DISTINCT;
	if (is_deduplicated_leaf(judge->root))
		return HIDDEN_BY_SET_OPERATION;
	return HIDDEN_NOWHERE;
}

/* ---- the statement ---- */

/* Volatile code, also in the plans that SubPlan nodes only point to. */
static bool
has_volatile_subplan(Node *node, PlannerInfo *root)
{
	if (!node)
		return false;
	if (IsA(node, SubPlan))
	{
		PlannerInfo *sub = list_nth(root->glob->subroots, ((SubPlan *) node)->plan_id - 1);

		if (contain_volatile_functions((Node *) sub->parse) ||
			has_volatile_subplan((Node *) sub->parse, root))
			return true;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, has_volatile_subplan, root, 0);
	return expression_tree_walker(node, has_volatile_subplan, root);
}

static const char *
statement_fault(const Judge *judge)
{
	PlannerInfo *root = judge->root;
	Query	   *query = root->parse;

	if (query->commandType != CMD_SELECT && query->commandType != CMD_INSERT)
		return "the statement changes rows of a table in the same query level";
	if (query->rowMarks || root->rowMarks)
		return "the query locks rows";
	if (judge->rel->lateral_relids || judge->top->lateral_relids)
		return "the table is read once for each row of another one (LATERAL)";
	if (contain_volatile_functions((Node *) query) ||
		contain_volatile_functions((Node *) root->processed_tlist) ||
		has_volatile_subplan((Node *) query, root) ||
		has_volatile_subplan((Node *) root->processed_tlist, root))
		return "the query has a volatile function, which would be called less often";
	return NULL;
}

/* ---- the output and the ledger ---- */

static const char *
output_fault(const Judge *judge, Hidden hidden)
{
	Node	   *outputs[2];

	outputs[0] = translate(judge, (Node *) judge->root->processed_tlist);
	outputs[1] = translate(judge, judge->root->parse->havingQual);
	for (int i = 0; i < 2; i++)
	{
		const char *fault;

		if (hidden == HIDDEN_BY_AGGREGATION)
			fault = pca_measure_reason(judge->table, judge->rel->relid, outputs[i]);
		else
			fault = pca_measure_used(judge->table, judge->rel->relid, outputs[i]) ?
				"a measure is used, but not summed" : NULL;
		if (fault)
			return fault;
	}
	return NULL;
}

/* Whether only the target list and HAVING need it (the planner's bit 0). */
static bool
is_output_only(Relids needed)
{
	return bms_membership(needed) == BMS_SINGLETON && bms_singleton_member(needed) == 0;
}

static const char *
column_use_fault(const Judge *judge, int attno, Relids needed)
{
	Var		   *var;

	if (attno < 0)
		return attno == TableOidAttributeNumber ? NULL : "a system column is used";
	if (attno == 0)
		return "the whole row is used";
	if (is_output_only(needed))
		return NULL;
	var = makeVar(judge->top->relid, attno, InvalidOid, -1, InvalidOid, 0);
	if (uses_measure(judge, (Node *) var))
		return "a measure is used in a join, a subquery or another condition";
	return NULL;
}

static const char *
ledger_fault(const Judge *judge)
{
	RelOptInfo *top = judge->top;
	ListCell   *lc;

	for (int attno = top->min_attr; attno <= top->max_attr; attno++)
	{
		Relids		needed = top->attr_needed[attno - top->min_attr];
		const char *fault = bms_is_empty(needed) ? NULL :
			column_use_fault(judge, attno, needed);

		if (fault)
			return fault;
	}
	foreach(lc, top->reltarget->exprs)
	{
		PlaceHolderVar *phv = lfirst(lc);

		if (IsA(phv, PlaceHolderVar) && uses_measure(judge, (Node *) phv->phexpr) &&
			!is_output_only(pca_compat_find_placeholder_info(judge->root, phv)->ph_needed))
			return "a measure is used below an outer join for more than the output";
	}
	foreach(lc, judge->rel->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);

		if (pca_measure_used(judge->table, judge->rel->relid, (Node *) info->clause))
			return "a condition on a measure is about single rows";
	}
	return NULL;
}

/* ---- the keys ---- */

/* The groupable column with the fewest values, for sums over everything. */
static int
cheapest_key(const PcaTable *table)
{
	int			best = 0;
	int			least = 0;

	for (int attnum = 1; attnum <= table->natts; attnum++)
	{
		const PcaColumn *column = pca_option_column(table, attnum);
		int			cardinality = column && column->groupable ?
			(column->field->cardinality ? column->field->cardinality : PG_INT32_MAX) : 0;

		if (cardinality > 0 && (best == 0 || cardinality < least))
		{
			best = attnum;
			least = cardinality;
		}
	}
	return best;
}

static const char *
key_fault(const PcaTable *table, int attnum)
{
	const PcaColumn *column = pca_option_column(table, attnum);

	if (!column)
		return attnum == TableOidAttributeNumber ? NULL : "the whole row is used";
	if (column->field && column->field->source == PCA_FROM_SNAPSHOT)
		return NULL;
	if (column->measure || column->groupable)
	{
		if (column->groupable && column->field->type == PCA_TYPE_TEXT &&
			column->known.group_comparison != PCA_GROUPS_CASE_SENSITIVE)
			return psprintf("groupby may take values of %s that differ in case for one (option group_comparison)",
							column->name);
		return NULL;
	}
	return psprintf("the API cannot group by %s", column->name);
}

/* The columns that the scan must deliver, measures left out, are the keys. */
static const char *
collect_keys(const Judge *judge, Bitmapset **keys)
{
	const PcaTable *table = judge->table;
	Bitmapset  *used = NULL;
	int			member = -1;
	ListCell   *lc;

	pull_varattnos((Node *) judge->rel->reltarget->exprs, judge->rel->relid, &used);
	foreach(lc, judge->rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause, judge->rel->relid, &used);
	while ((member = bms_next_member(used, member)) >= 0)
	{
		int			attnum = member + FirstLowInvalidHeapAttributeNumber;
		const char *fault = key_fault(table, attnum);

		if (fault)
			return fault;
		if (attnum > 0 && pca_option_column(table, attnum)->groupable)
			*keys = bms_add_member(*keys, attnum);
	}
	if (bms_is_empty(*keys))
	{
		int			attnum = cheapest_key(table);

		if (attnum == 0)
			return "no column of the table can be grouped by";
		*keys = bms_make_singleton(attnum);
	}
	return NULL;
}

PcaGrouping
pca_grouping_classify(PlannerInfo *root, RelOptInfo *rel, const PcaTable *table)
{
	PcaGrouping verdict = {0};
	Judge		judge = {.root = root,.rel = rel,.table = table};
	Hidden		hidden;

	find_top(&judge);
	hidden = who_hides(&judge);
	if (hidden == HIDDEN_NOWHERE)
		return verdict;
	if (!table->pushdown_group)
		verdict.reason = "option pushdown_group is off";
	else if (table->resource->history && table->known.snapshot_parameter != PCA_SNAPSHOT_EXACT)
		verdict.reason = "the API may answer other days than the one that is asked for (option snapshot_parameter)";
	else if (!(table->resource->parameters & PCA_PARAM_GROUPBY))
		verdict.reason = psprintf("resource %s takes no groupby", table->resource->name);
	if (!verdict.reason)
		verdict.reason = statement_fault(&judge);
	if (!verdict.reason)
		verdict.reason = output_fault(&judge, hidden);
	if (!verdict.reason)
		verdict.reason = ledger_fault(&judge);
	if (!verdict.reason)
		verdict.reason = collect_keys(&judge, &verdict.keys);
	verdict.grouped = verdict.reason == NULL;
	if (!verdict.grouped)
		verdict.keys = NULL;
	return verdict;
}
