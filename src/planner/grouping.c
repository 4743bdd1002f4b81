/*
 * grouping.c
 *		Decides if a table's rows are requested grouped.
 *
 * The scan requests rows with groupby, and PostgreSQL completes the aggregation.
 * The result is the same if nothing in the query depends on the number of rows
 * of a group: a step above the scan drops or ignores duplicates, and measures
 * are only summed.  If something does, such as count(*), and the resource has a
 * measure that is 1 in each row, the scan returns each group that many times, with
 * its measures in the first of these rows only.  The planner's attr_needed sets list every place where a
 * column is used, so no use is overlooked.  measure.c checks how an expression
 * uses measures.
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
#include "utils/builtins.h"

#include "compat.h"
#include "planner/declaration.h"
#include "planner/grouping.h"
#include "planner/measure.h"
#include "planner/query_level.h"

/* The step of the query above the scan that drops or ignores duplicate rows. */
typedef enum DedupStep
{
	DEDUP_NONE,
	DEDUP_SEMIJOIN,				/* IN, EXISTS, NOT EXISTS */
	DEDUP_AGGREGATION,
	DEDUP_DISTINCT,
	DEDUP_SET_OPERATION
} DedupStep;

typedef struct GroupingContext
{
	PlannerInfo *root;
	RelOptInfo *rel;
	RelOptInfo *top;			/* the topmost append parent of rel, or rel
								 * itself */
	List	   *append_infos;	/* AppendRelInfo *: from top down to rel */
	const PcaTable *table;
	bool	   *needs_row_count;	/* as of pca_measure_reason() */
} GroupingContext;

/* ---- from the append parent's columns to the relation's ---- */

static Node *
translate_vars_mutator(Node *node, AppendRelInfo *info)
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
	return expression_tree_mutator(node, translate_vars_mutator, info);
}

/*
 * Express the Vars of the topmost append parent as those of rel: attr_needed and
 * the target lists are in terms of the parent.
 */
static Node *
translate_to_child(const GroupingContext *context, Node *node)
{
	ListCell   *lc;

	foreach(lc, context->append_infos)
		node = translate_vars_mutator(node, lfirst(lc));
	return node;
}

static void
find_top_parent(GroupingContext *context)
{
	RelOptInfo *rel = context->rel;
	Index		relid = rel->relid;

	context->top = rel;
	if (rel->reloptkind != RELOPT_OTHER_MEMBER_REL)
		return;
	context->top = find_base_rel(context->root, bms_singleton_member(rel->top_parent_relids));
	while (relid != context->top->relid)
	{
		AppendRelInfo *info = context->root->append_rel_array[relid];

		context->append_infos = lcons(info, context->append_infos);
		relid = info->parent_relid;
	}
}

static bool
translated_uses_measure(const GroupingContext *context, Node *node)
{
	return pca_measure_used(context->table, context->rel->relid, translate_to_child(context, node));
}

/* ---- the step that drops duplicates ---- */

static bool
is_inside_semijoin(const GroupingContext *context)
{
	ListCell   *lc;

	foreach(lc, context->root->join_info_list)
	{
		SpecialJoinInfo *info = lfirst(lc);

		if ((info->jointype == JOIN_SEMI || info->jointype == JOIN_ANTI) &&
			bms_is_member(context->top->relid, info->syn_righthand))
			return true;
	}
	return false;
}

/*
 * Returns true if the set operations above the leaf drop its duplicates.  dropped:
 * those above this node do.  UNION ALL passes on what holds above it; INTERSECT
 * ALL and EXCEPT ALL count duplicates, so nothing above them matters.  *found is
 * set to true if the leaf is at or below this node.
 */
static bool
set_operation_drops_duplicates(Node *node, List *rtable, Query *leaf, bool dropped, bool *found)
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
	left = set_operation_drops_duplicates(op->larg, rtable, leaf, dropped, found);
	if (*found)
		return left;
	return set_operation_drops_duplicates(op->rarg, rtable, leaf, dropped, found);
}

/* LIMIT and window functions of the leaf itself would see the number of its rows. */
static bool
is_deduplicated_set_leaf(PlannerInfo *root)
{
	Query	   *query = root->parse;
	Query	   *parent = root->parent_root ? root->parent_root->parse : NULL;
	bool		found = false;

	if (!parent || !parent->setOperations || root->parent_root->hasRecursion ||
		query->limitOffset || query->limitCount || query->hasWindowFuncs)
		return false;
	return set_operation_drops_duplicates(parent->setOperations, parent->rtable, query, false, &found);
}

static DedupStep
find_dedup_step(const GroupingContext *context)
{
	Query	   *query = context->root->parse;

	if (is_inside_semijoin(context))
		return DEDUP_SEMIJOIN;
	if (query->hasAggs || query->groupClause || query->groupingSets)
		return DEDUP_AGGREGATION;
	if (query->distinctClause && !query->hasWindowFuncs)
		return DEDUP_DISTINCT;
	if (is_deduplicated_set_leaf(context->root))
		return DEDUP_SET_OPERATION;
	return DEDUP_NONE;
}

/* ---- the statement ---- */

/*
 * Returns true if a subquery is volatile.  A SubPlan node refers to its plan by
 * number, so contain_volatile_functions() does not see into it.
 */
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

/* Returns the reason why the statement as a whole needs single rows, or NULL. */
static const char *
statement_reason(const GroupingContext *context)
{
	PlannerInfo *root = context->root;
	Query	   *query = root->parse;

	if (query->commandType != CMD_SELECT && query->commandType != CMD_INSERT)
		return "the statement changes rows of a table in the same query level";
	if (query->rowMarks || root->rowMarks)
		return "the query locks rows";
	if (context->rel->lateral_relids || context->top->lateral_relids)
		return "the table is read once for each row of another one (LATERAL)";
	if (contain_volatile_functions((Node *) query) ||
		contain_volatile_functions((Node *) root->processed_tlist) ||
		has_volatile_subplan((Node *) query, root) ||
		has_volatile_subplan((Node *) root->processed_tlist, root))
		return "the query has a volatile function, which would be called less often";
	return NULL;
}

/* ---- uses of the columns ---- */

/* Returns the reason why the target list or HAVING needs single rows, or NULL. */
static const char *
output_reason(const GroupingContext *context, DedupStep dedup)
{
	Node	   *outputs[2];

	outputs[0] = translate_to_child(context, (Node *) context->root->processed_tlist);
	outputs[1] = translate_to_child(context, context->root->parse->havingQual);
	for (int i = 0; i < 2; i++)
	{
		const char *reason;

		if (dedup == DEDUP_AGGREGATION)
			reason = pca_measure_reason(context->table, context->rel->relid, outputs[i],
										context->needs_row_count);
		else
			reason = pca_measure_used(context->table, context->rel->relid, outputs[i]) ?
				"a measure is used, but not summed" : NULL;
		if (reason)
			return reason;
	}
	return NULL;
}

/*
 * Returns true if the column is needed by the target list and HAVING alone, for
 * which the planner puts relid 0 into attr_needed.
 */
static bool
is_needed_by_output_only(Relids needed)
{
	return bms_membership(needed) == BMS_SINGLETON && bms_singleton_member(needed) == 0;
}

static const char *
column_use_reason(const GroupingContext *context, int attno, Relids needed)
{
	Var		   *var;

	if (attno < 0)
		return attno == TableOidAttributeNumber ? NULL : "a system column is used";
	if (attno == 0)
		return "the whole row is used";
	if (is_needed_by_output_only(needed))
		return NULL;
	var = makeVar(context->top->relid, attno, InvalidOid, -1, InvalidOid, 0);
	if (translated_uses_measure(context, (Node *) var))
		return "a measure is used in a join, a subquery or another condition";
	return NULL;
}

/*
 * Returns the reason why a use of a column elsewhere, in a join or in another
 * condition, needs single rows; or NULL.
 */
static const char *
attr_needed_reason(const GroupingContext *context)
{
	RelOptInfo *top = context->top;
	ListCell   *lc;

	for (int attno = top->min_attr; attno <= top->max_attr; attno++)
	{
		Relids		needed = top->attr_needed[attno - top->min_attr];
		const char *reason = bms_is_empty(needed) ? NULL :
			column_use_reason(context, attno, needed);

		if (reason)
			return reason;
	}
	foreach(lc, top->reltarget->exprs)
	{
		PlaceHolderVar *phv = lfirst(lc);

		if (IsA(phv, PlaceHolderVar) && translated_uses_measure(context, (Node *) phv->phexpr) &&
			!is_needed_by_output_only(pca_compat_find_placeholder_info(context->root, phv)->ph_needed))
			return "a measure is used below an outer join for more than the output";
	}
	foreach(lc, context->rel->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);

		if (pca_measure_used(context->table, context->rel->relid, (Node *) info->clause))
			return "a condition on a measure is about single rows";
	}
	return NULL;
}

/* ---- the keys ---- */

/* Returns the resource's field that is 1 in each row; NULL if there is none. */
static const PcaField *
find_row_count_field(const PcaResource *resource)
{
	for (int i = 0; i < resource->nfields; i++)
		if (resource->fields[i].counts_rows)
			return &resource->fields[i];
	return NULL;
}

/* Returns the attribute number of the measure that is 1 in each row; 0 if there is none. */
static int
find_row_count_column(const PcaTable *table)
{
	for (int attnum = 1; attnum <= table->natts; attnum++)
	{
		const PcaColumn *column = pca_option_column(table, attnum);

		if (column && column->measure && column->field->counts_rows)
			return attnum;
	}
	return 0;
}

/*
 * Returns the attribute number of the groupable column with the fewest values; 0
 * if there is none.  A query without GROUP BY uses no key, but groupby needs one
 * (api-notes 3.8), and the fewest values give the fewest rows.
 */
static int
find_cheapest_key(const PcaTable *table)
{
	int			best_attnum = 0;
	int			least_cardinality = 0;

	for (int attnum = 1; attnum <= table->natts; attnum++)
	{
		const PcaColumn *column = pca_option_column(table, attnum);
		int			cardinality = column && column->groupable ?
			(column->field->cardinality ? column->field->cardinality : PG_INT32_MAX) : 0;

		if (cardinality > 0 && (best_attnum == 0 || cardinality < least_cardinality))
		{
			best_attnum = attnum;
			least_cardinality = cardinality;
		}
	}
	return best_attnum;
}

/*
 * Returns the reason why the API may not separate the texts of the column as PostgreSQL
 * does; NULL if it is known that it does.
 */
static const char *
text_key_reason(const PcaTable *table, const PcaColumn *column)
{
	if (column->known.group_comparison == PCA_GROUPS_CASE_SENSITIVE)
		return NULL;
	if (column->known.group_comparison == PCA_GROUPS_CASE_INSENSITIVE)
		return psprintf("groupby treats values of %s that differ in case as one (option group_comparison)",
						column->name);
	return psprintf("groupby may treat values of %s that differ in case as one (option group_comparison); if it does not: %s",
					column->name,
					pca_declaration_option(table, column, true, "group_comparison", "case_sensitive"));
}

/* Returns the reason why the API cannot group by a column that is no measure. */
static const char *
column_key_reason(const PcaTable *table, const PcaColumn *column)
{
	if (column->field && (column->field->groupable || column->field->measure) && !column->native)
		return psprintf("the API cannot group by %s, which is declared %s%s", column->name,
						format_type_with_typemod(column->type, column->typmod),
						pca_declaration_type_hint(table, column));
	if (column->field && pca_declaration_has_own_fields(table))
		return psprintf("the API is not declared to group by %s; if it can: %s", column->name,
						pca_declaration_option(table, column, false, "groupable", "true"));
	return psprintf("the API cannot group by %s", column->name);
}

/*
 * Returns the reason why the API cannot group by the column; NULL if it can, or if
 * the column needs no key: all rows of a request have the same day and the same
 * constants, and a measure is summed.  It is not known if the API merges values that differ in
 * case (api-notes 3.9), which PostgreSQL keeps apart.
 */
static const char *
group_key_reason(const PcaTable *table, int attnum)
{
	const PcaColumn *column = pca_option_column(table, attnum);

	if (!column)
		return attnum == TableOidAttributeNumber ? NULL : "the whole row is used";
	if (column->constant || (column->field && column->field->source == PCA_FROM_SNAPSHOT))
		return NULL;
	if (column->groupable)
		return column->field->type == PCA_TYPE_TEXT ? text_key_reason(table, column) : NULL;
	return column->measure ? NULL : column_key_reason(table, column);
}

/* Returns the reason why a table has no column that the API can group by. */
static const char *
no_key_reason(const PcaTable *table)
{
	const PcaField *best = NULL;

	for (int i = 0; i < table->resource->nfields; i++)
	{
		const PcaField *field = &table->resource->fields[i];

		if (field->groupable && field->cardinality > 0 && (!best || field->cardinality < best->cardinality))
			best = field;
	}
	if (!best)
		return "no column of the table can be grouped by";
	return psprintf("no column of the table can be grouped by: %s", pca_declaration_field_column(table, best));
}

/*
 * Collect the columns that the scan returns, without the measures, as keys.  Returns
 * the reason why that is not possible, or NULL.
 */
static const char *
collect_group_keys(const GroupingContext *context, Bitmapset **keys)
{
	const PcaTable *table = context->table;
	Bitmapset  *used = NULL;
	int			member = -1;
	ListCell   *lc;

	pull_varattnos((Node *) context->rel->reltarget->exprs, context->rel->relid, &used);
	foreach(lc, context->rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause, context->rel->relid, &used);
	while ((member = bms_next_member(used, member)) >= 0)
	{
		int			attnum = member + FirstLowInvalidHeapAttributeNumber;
		const char *reason = group_key_reason(table, attnum);

		if (reason)
			return reason;
		if (attnum > 0 && pca_option_column(table, attnum)->groupable)
			*keys = bms_add_member(*keys, attnum);
	}
	if (bms_is_empty(*keys))
	{
		int			attnum = find_cheapest_key(table);

		if (attnum == 0)
			return no_key_reason(table);
		*keys = bms_make_singleton(attnum);
	}
	return NULL;
}

/* ---- one row of each day ---- */

/* The attribute numbers that the node uses, offset by FirstLowInvalidHeapAttributeNumber. */
static Bitmapset *
list_used_columns(const GroupingContext *context, Node *node)
{
	Bitmapset  *used = NULL;

	pull_varattnos(node, context->rel->relid, &used);
	return used;
}

/* Returns true if the day is the only column among them. */
static bool
uses_only_day(const GroupingContext *context, Bitmapset *used)
{
	int			member = -1;

	while ((member = bms_next_member(used, member)) >= 0)
	{
		int			attnum = member + FirstLowInvalidHeapAttributeNumber;
		const PcaColumn *column = attnum > 0 ? pca_option_column(context->table, attnum) : NULL;

		if (attnum != TableOidAttributeNumber &&
			!(column && column->field && column->field->source == PCA_FROM_SNAPSHOT))
			return false;
	}
	return true;
}

/* Returns true if a clause has a value that may differ in a rescan, or a subquery. */
static bool
has_exec_param_or_subplan(Node *node, void *context)
{
	if (!node)
		return false;
	if (IsA(node, SubPlan) || IsA(node, AlternativeSubPlan))
		return true;
	if (IsA(node, Param))
		return ((Param *) node)->paramkind == PARAM_EXEC;
	return expression_tree_walker(node, has_exec_param_or_subplan, context);
}

/*
 * Returns true if one row of each day that satisfies the conditions is enough: the
 * query ignores duplicates, and uses only the day, which is that of the request.  The
 * scan evaluates the conditions to find such a row.  The row is kept for rescans, so
 * the conditions on other columns must not change then.  *any_row is set to true if
 * there are none.
 */
static bool
is_row_per_day_enough(const GroupingContext *context, DedupStep dedup, bool *any_row)
{
	ListCell   *lc;

	*any_row = true;
	if (dedup == DEDUP_NONE || !context->table->resource->history ||
		context->rel->reltarget->exprs == NIL ||
		!uses_only_day(context, list_used_columns(context, (Node *) context->rel->reltarget->exprs)) ||
		statement_reason(context) || output_reason(context, dedup) || attr_needed_reason(context))
		return false;
	foreach(lc, context->rel->baserestrictinfo)
	{
		Node	   *clause = (Node *) lfirst_node(RestrictInfo, lc)->clause;

		if (uses_only_day(context, list_used_columns(context, clause)))
			continue;
		if (has_exec_param_or_subplan(clause, NULL))
			return false;
		*any_row = false;
	}
	return true;
}

/* ---- query levels ---- */

/* The result of checking a query level. */
typedef enum LevelResult
{
	LEVEL_NEEDS_ROWS,			/* nothing above the table reduces its rows */
	LEVEL_NOT_GROUPED,			/* something does, but not with groups */
	LEVEL_GROUPED
} LevelResult;

static LevelResult check_level(GroupingContext *context, const char **reason);

/* Check what this level does with the table's rows, apart from its output. */
static const char *
level_reason(const GroupingContext *context)
{
	const char *reason = statement_reason(context);

	return reason ? reason : attr_needed_reason(context);
}

/*
 * Check a level that returns the table's rows to the level above.  It is not known
 * which of several relations there it is, so all of them are checked.
 */
static LevelResult
check_outer_level(const GroupingContext *context, const char **reason)
{
	PlannerInfo *root = context->root;
	bool		reduced = false;
	LevelResult result = LEVEL_NEEDS_ROWS;
	List	   *outputs;
	PcaTable   *level;
	ListCell   *lc;

	*reason = pca_query_level_reason(root, context->table->relid, &reduced);
	if (!reduced || *reason)
		return reduced ? LEVEL_NOT_GROUPED : LEVEL_NEEDS_ROWS;
	*reason = level_reason(context);
	outputs = (List *) translate_to_child(context, (Node *) root->processed_tlist);
	level = *reason ? NULL :
		pca_query_level_columns(context->table, context->rel->relid, root->parse, outputs, reason);
	if (*reason)
		return LEVEL_NOT_GROUPED;
	foreach(lc, pca_query_level_rels(root))
	{
		GroupingContext outer = {.root = root->parent_root,.rel = lfirst(lc),.table = level,
		.needs_row_count = context->needs_row_count};

		result = check_level(&outer, reason);
		if (result != LEVEL_GROUPED)
			break;
	}
	return result;
}

/*
 * Check if the rows of the relation may come grouped.  Sets *reason for the result
 * LEVEL_NOT_GROUPED.
 */
static LevelResult
check_level(GroupingContext *context, const char **reason)
{
	DedupStep	dedup;

	check_stack_depth();
	find_top_parent(context);
	dedup = find_dedup_step(context);
	if (dedup == DEDUP_NONE)
		return check_outer_level(context, reason);
	*reason = statement_reason(context);
	if (!*reason)
		*reason = output_reason(context, dedup);
	if (!*reason)
		*reason = attr_needed_reason(context);
	return *reason ? LEVEL_NOT_GROUPED : LEVEL_GROUPED;
}

/* Returns the reason why no request for the table may have a groupby, or NULL. */
static const char *
table_reason(const PcaTable *table)
{
	if (!table->pushdown_group)
		return psprintf("option pushdown_group is off: %s",
						pca_declaration_option(table, NULL, false, "pushdown_group", "true"));
	if (table->resource->history && table->known.snapshot_parameter == PCA_SNAPSHOT_SINCE)
		return "the API returns other days than the requested one (option snapshot_parameter)";
	if (table->resource->history && table->known.snapshot_parameter == PCA_SNAPSHOT_UNKNOWN)
		return psprintf("the API may return other days than the requested one (option snapshot_parameter); if it does not: %s",
						pca_declaration_option(table, NULL, true, "snapshot_parameter", "exact"));
	if (!(table->resource->parameters & PCA_PARAM_GROUPBY) && !pca_declaration_has_own_fields(table))
		return psprintf("resource %s takes no groupby", table->resource->name);
	return NULL;
}

PcaGrouping
pca_grouping_classify(PlannerInfo *root, RelOptInfo *rel, const PcaTable *table)
{
	PcaGrouping result = {0};
	GroupingContext context = {.root = root,.rel = rel,.table = table};
	int			row_count = find_row_count_column(table);
	const PcaField *row_count_field = find_row_count_field(table->resource);
	bool		needs_row_count = false;

	if (row_count_field)
		context.needs_row_count = &needs_row_count;
	if (check_level(&context, &result.reason) == LEVEL_NEEDS_ROWS)
		return result;
	result.row_per_day = is_row_per_day_enough(&context, find_dedup_step(&context), &result.any_row_of_day);
	if (result.row_per_day)
	{
		result.reason = NULL;
		return result;
	}
	if (table_reason(table))
		result.reason = table_reason(table);
	if (!result.reason && needs_row_count && row_count == 0)
		result.reason = psprintf("the number of a group's rows is %s, which the table does not read: %s",
								 row_count_field->name, pca_declaration_field_column(table, row_count_field));
	if (!result.reason)
		result.reason = collect_group_keys(&context, &result.keys);
	result.grouped = result.reason == NULL;
	if (!result.grouped)
		result.keys = NULL;
	else if (needs_row_count)
		result.row_count_attnum = row_count;
	return result;
}
