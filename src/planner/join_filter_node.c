/*
 * join_filter_node.c
 *		Which values does the other side of a hash join have?
 *
 * A hash join reads the side that it hashes to the end before it asks the
 * other for a row.  A node between the two notes the values of the join's key
 * on the way, so that a foreign scan on the other side can ask for those rows
 * alone.  Whether that is worth it is planner.c's question; that they were not
 * all noted is no fault, the scan then asks for everything.
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
 * Bytes of a value that can be noted, the end's among them.  A GUID has 36
 * characters, the longest name in the documents 80; a longer value would fill
 * a URL of 2048 bytes with a few others.
 */
#define JOIN_VALUE_SIZE	256

/* The numbers of custom_private. */
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
	MemoryContext values_context;	/* of the values; reset when they are
									 * forgotten */
	HTAB	   *distinct_texts; /* by text */
	bool		too_many_values;
	PcaJoinFilterValues values;
} JoinFilterState;

/* ---- noting ---- */

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

/* A NULL has no partner. */
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
 * The rows that are handed on, and read here, are the child's own, whatever
 * kind of slot it has.
 *
 * The values are found by the parameter's link to a plan, not by its value:
 * values are copied into the state in which EvalPlanQual() plans run, where
 * they would stand for those that its own nodes have noted.
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
	/* With a changed parameter it is rescanned when it is first asked. */
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

/* The child applies the clauses. */
static Plan *
PlanCustomPath(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist,
			   List *clauses, List *custom_plans)
{
	CustomScan *plan = makeNode(CustomScan);
	Plan	   *child = linitial(custom_plans);

	plan->scan.plan.targetlist = tlist;
	plan->custom_plans = custom_plans;
	plan->custom_scan_tlist = copyObject(child->targetlist);
	plan->custom_exprs = list_make1(list_nth(path->custom_private, 0));
	plan->custom_private = list_nth(path->custom_private, 1);
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
	path->path.total_cost = child->total_cost + 2 * cpu_operator_cost * child->rows;
	path->custom_paths = list_make1(child);
	path->custom_private = list_make2(value, list_make2_int(paramid, max_values));
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
