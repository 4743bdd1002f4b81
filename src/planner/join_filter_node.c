/*
 * join_filter_node.c
 *		A plan node that collects the values of one side of a hash join.
 *
 * A hash join reads the side that it hashes to its end before it starts the other.
 * This node is the child of the Hash node.  It passes on the rows of its own child,
 * and collects the values of the join's key, so that a foreign scan on the other
 * side can filter by them.  If the values are too many, or the child was not read
 * to its end, the scan sends no such filter, and the result is the same.
 * join_filter_path.c decides when to use the node.
 */
#include "postgres.h"

#include "commands/explain.h"
#include "executor/executor.h"
#include "nodes/extensible.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "compat.h"
#ifdef PCA_EXPLAIN_HEADERS_SPLIT
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif

#include "planner/join_filter_node.h"
#include "request/value_text.h"

#define NODE_NAME	"Partner Center Join Values"

/*
 * Size of a value's text in bytes, with its terminating zero.  A GUID has 36
 * characters, the longest name in the API's documents 80.  Fewer than ten longer
 * values fit into a URL of 2048 bytes, which would not be worth a filter.
 */
#define JOIN_VALUE_SIZE	256

/* The members of CustomPath.custom_private, in the order in which they are written. */
typedef enum CustomPathPrivateIndex
{
	CUSTOM_PATH_PRIVATE_VALUE,	/* Expr */
	CUSTOM_PATH_PRIVATE_PLAN	/* CustomScan.custom_private */
} CustomPathPrivateIndex;

/* The members of CustomScan.custom_private, an IntList, in the order in which they are written. */
typedef enum CustomPrivateIndex
{
	CUSTOM_PRIVATE_PARAMID,
	CUSTOM_PRIVATE_MAX_VALUES
} CustomPrivateIndex;

typedef struct JoinFilterState
{
	CustomScanState css;
	ExprState  *value;
	Oid			type;
	int			max_values;
	MemoryContext values_context;	/* of distinct_texts; reset with it */
	HTAB	   *distinct_texts; /* its entries are the texts of values.texts */
	bool		too_many_values;
	PcaJoinFilterValues values;
} JoinFilterState;

/* ---- collecting values ---- */

static void
reset_join_values(JoinFilterState *state)
{
	HASHCTL		control = {.keysize = JOIN_VALUE_SIZE,.entrysize = JOIN_VALUE_SIZE};

	MemoryContextReset(state->values_context);
	control.hcxt = state->values_context;
	state->distinct_texts = hash_create("pc_analytics_fdw join values", 64, &control,
										HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	state->too_many_values = false;
	state->values.complete = false;
	state->values.texts = NIL;
	state->values.pass++;
}

static void
add_join_value_text(JoinFilterState *state, const char *text)
{
	MemoryContext caller;
	char	   *entry;
	bool		found;

	if (strlen(text) >= JOIN_VALUE_SIZE)
	{
		state->too_many_values = true;
		return;
	}
	entry = hash_search(state->distinct_texts, text, HASH_ENTER, &found);
	if (found)
		return;
	caller = MemoryContextSwitchTo(state->values_context);
	state->values.texts = lappend(state->values.texts, entry);
	MemoryContextSwitchTo(caller);
	state->too_many_values = list_length(state->values.texts) > state->max_values;
}

/* A NULL is left out, as it has no partner. */
static void
collect_row_value(JoinFilterState *state, TupleTableSlot *row)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	MemoryContext caller;
	bool		isnull;
	Datum		datum;

	if (state->too_many_values)
		return;
	ResetExprContext(econtext);
	econtext->ecxt_scantuple = row;
	caller = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	datum = ExecEvalExpr(state->value, econtext, &isnull);
	if (!isnull)
		add_join_value_text(state, pca_value_text_from_datum(state->type, datum));
	MemoryContextSwitchTo(caller);
}

/* ---- the node ---- */

static PlanState *
join_filter_child(CustomScanState *node)
{
	return linitial(node->custom_ps);
}

/*
 * The node returns the child's own slots, so it takes over their kind.
 *
 * The values are stored as the execPlan of the parameter, not as its value.
 * EvalPlanQual() copies the values of parameters into its own execution state,
 * where a scan would take the values for those of that state's own node.
 */
static void
BeginCustomScan(CustomScanState *node, EState *estate, int eflags)
{
	JoinFilterState *state = (JoinFilterState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	Expr	   *value = linitial(plan->custom_exprs);
	PlanState  *child = ExecInitNode(linitial(plan->custom_plans), estate, eflags);
	ParamExecData *param;

	node->custom_ps = list_make1(child);
	node->ss.ps.scanops = ExecGetResultSlotOps(child, &node->ss.ps.scanopsfixed);
	node->ss.ps.scanopsset = true;
	if (!node->ss.ps.ps_ProjInfo)
	{
		node->ss.ps.resultops = node->ss.ps.scanops;
		node->ss.ps.resultopsfixed = node->ss.ps.scanopsfixed;
		node->ss.ps.resultopsset = true;
	}
	state->value = ExecInitExpr(value, &node->ss.ps);
	state->type = exprType((Node *) value);
	state->max_values = list_nth_int(plan->custom_private, CUSTOM_PRIVATE_MAX_VALUES);
	state->values_context = AllocSetContextCreate(estate->es_query_cxt, "pc_analytics_fdw join values",
												  ALLOCSET_DEFAULT_SIZES);
	reset_join_values(state);
	param = &estate->es_param_exec_vals[list_nth_int(plan->custom_private, CUSTOM_PRIVATE_PARAMID)];
	param->execPlan = &state->values;
}

static TupleTableSlot *
ExecCustomScan(CustomScanState *node)
{
	JoinFilterState *state = (JoinFilterState *) node;
	TupleTableSlot *row = ExecProcNode(join_filter_child(node));

	if (TupIsNull(row))
	{
		state->values.complete = !state->too_many_values;
		return row;
	}
	collect_row_value(state, row);
	if (!node->ss.ps.ps_ProjInfo)
		return row;
	node->ss.ps.ps_ExprContext->ecxt_scantuple = row;
	return ExecProject(node->ss.ps.ps_ProjInfo);
}

static void
EndCustomScan(CustomScanState *node)
{
	ExecEndNode(join_filter_child(node));
}

static void
ReScanCustomScan(CustomScanState *node)
{
	PlanState  *child = join_filter_child(node);

	reset_join_values((JoinFilterState *) node);
	if (node->ss.ps.chgParam != NULL)
		UpdateChangedParamSet(child, node->ss.ps.chgParam);
	/* if a parameter has changed, ExecProcNode() rescans the child */
	if (child->chgParam == NULL)
		ExecReScan(child);
}

static void
ExplainCustomScan(CustomScanState *node, List *ancestors, ExplainState *es)
{
	JoinFilterState *state = (JoinFilterState *) node;

	if (!es->analyze)
		return;
	if (state->values.complete)
		ExplainPropertyInteger("Join Values", NULL, list_length(state->values.texts), es);
	else
		ExplainPropertyText("Join Values", state->too_many_values ? "too many to be sent" : "not read to the end", es);
}

static const CustomExecMethods exec_methods = {
	.CustomName = NODE_NAME,
	.BeginCustomScan = BeginCustomScan,
	.ExecCustomScan = ExecCustomScan,
	.EndCustomScan = EndCustomScan,
	.ReScanCustomScan = ReScanCustomScan,
	.ExplainCustomScan = ExplainCustomScan,
};

/* ---- plan and path ---- */

static Node *
CreateCustomScanState(CustomScan *plan)
{
	JoinFilterState *state = (JoinFilterState *) newNode(sizeof(JoinFilterState),
														 T_CustomScanState);

	state->css.methods = &exec_methods;
	return (Node *) state;
}

static const CustomScanMethods scan_methods = {
	.CustomName = NODE_NAME,
	.CreateCustomScanState = CreateCustomScanState,
};

static List *
make_custom_path_private(Expr *value, int paramid, int max_values)
{
	return list_make2(value, list_make2_int(paramid, max_values));
}

/* clauses are not used: the child has evaluated them. */
static Plan *
PlanCustomPath(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist,
			   List *clauses, List *custom_plans)
{
	CustomScan *plan = makeNode(CustomScan);
	Plan	   *child = linitial(custom_plans);

	plan->scan.plan.targetlist = tlist;
	plan->custom_plans = custom_plans;
	plan->custom_scan_tlist = copyObject(child->targetlist);
	plan->custom_exprs = list_make1(list_nth(path->custom_private, CUSTOM_PATH_PRIVATE_VALUE));
	plan->custom_private = list_nth(path->custom_private, CUSTOM_PATH_PRIVATE_PLAN);
	plan->methods = &scan_methods;
	return (Plan *) plan;
}

static const CustomPathMethods path_methods = {
	.CustomName = NODE_NAME,
	.PlanCustomPath = PlanCustomPath,
};

Path *
pca_join_filter_node_create_path(PlannerInfo *root, Path *child, Expr *value, int paramid, int max_values)
{
	CustomPath *path = makeNode(CustomPath);

	path->path.pathtype = T_CustomScan;
	path->path.parent = child->parent;
	path->path.pathtarget = child->pathtarget;
	path->path.param_info = child->param_info;
	path->path.rows = child->rows;
	path->path.startup_cost = child->startup_cost;
	/* for each row, the expression is evaluated, and its text is looked up */
	path->path.total_cost = child->total_cost + 2 * cpu_operator_cost * child->rows;
	path->custom_paths = list_make1(child);
	path->custom_private = make_custom_path_private(value, paramid, max_values);
	path->methods = &path_methods;
	pca_compat_keep_disabled_nodes(&path->path, child);
	return (Path *) path;
}

const PcaJoinFilterValues *
pca_join_filter_node_find_values(EState *estate, int paramid)
{
	return estate->es_param_exec_vals[paramid].execPlan;
}

void
pca_join_filter_node_register(void)
{
	RegisterCustomScanMethods(&scan_methods);
}
