/*
 * upper_paths.c
 *		Paths by which the API does a step above a table's scan.
 *
 * These steps are OFFSET with LIMIT, and an aggregation that only counts rows.
 * Other aggregations stay in the plan, above a scan whose rows may come grouped:
 * see grouping.c.
 */
#include "postgres.h"

#include "foreign/fdwapi.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "utils/fmgroids.h"

#include "compat.h"
#include "planner/limit.h"
#include "planner/parallel_path.h"
#include "planner/path_private.h"
#include "planner/upper_paths.h"

/*
 * Let the API apply OFFSET and LIMIT, as skip and top, if it applies every
 * condition exactly; it would skip rows that the recheck would drop otherwise.
 * LIMIT alone needs no path: it is a hint for the size of the first page.
 */
static void
add_limit_path(const PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *input,
			   RelOptInfo *output, const FinalPathExtraData *final_extra)
{
	Path	   *scan = input->cheapest_total_path;
	double		rows;
	Cost		startup;
	Cost		total;
	PcaPathPrivate private = {.kind = PCA_PATH_LIMIT_OFFSET};
	ForeignPath *path;

	if (!final_extra->limit_needed ||
		!pca_limit_counts_rows(root, input) || relinfo->level != PCA_PUSHDOWN_EXACT ||
		relinfo->request.count || relinfo->request.path || scan->param_info ||
		relinfo->table->resource->history ||
		!(relinfo->table->resource->parameters & PCA_PARAM_SKIP))
		return;
	rows = scan->rows;
	startup = scan->startup_cost;
	total = scan->total_cost;
	adjust_limit_rows_costs(&rows, &startup, &total, final_extra->offset_est, final_extra->count_est);

	/*
	 * adjust_limit_rows_costs() charges the rows that OFFSET skips, as a part
	 * of the startup cost.  The API does not send these rows, so this part is
	 * taken off again.
	 */
	total -= startup - scan->startup_cost;
	path = pca_compat_foreign_upper_path(root, input,
										 root->upper_targets[UPPERREL_FINAL],
										 rows, scan->startup_cost, total, NIL,
										 pca_path_private_to_nodes(&private));
	add_path(output, pca_parallel_path_forbid((Path *) path));
}

/* Returns true if the node is count(*), or count() of a constant that is not NULL. */
static bool
is_row_count(const Node *node)
{
	const Aggref *aggref = (const Aggref *) node;
	const Node *argument;

	if (!IsA(node, Aggref) || aggref->aggfilter || aggref->aggdistinct || aggref->aggorder)
		return false;
	if (aggref->aggfnoid != F_COUNT_ANY)
		return aggref->aggfnoid == F_COUNT_;
	argument = (Node *) linitial_node(TargetEntry, aggref->args)->expr;
	return IsA(argument, Const) && !((const Const *) argument)->constisnull;
}

/*
 * Returns the aggregates (Aggref *) of the output and of HAVING if all of them are
 * the number of rows; else NIL.
 */
static List *
find_row_counts(const RelOptInfo *output, List *having)
{
	List	   *found = pull_var_clause((Node *) list_concat_copy(output->reltarget->exprs, having),
										PVC_INCLUDE_AGGREGATES | PVC_INCLUDE_PLACEHOLDERS);
	ListCell   *lc;

	foreach(lc, found)
		if (!is_row_count(lfirst(lc)))
		return NIL;
	return found;
}

/*
 * Returns true if a clause is a pseudoconstant.  PostgreSQL evaluates it in a Result
 * node below the aggregation, so that count(*) is 0 if it is false; a scan that
 * replaces the aggregation would be skipped, and return no row.
 */
static bool
has_pseudoconstant_clause(const PcaRelInfo *relinfo)
{
	ListCell   *lc;

	foreach(lc, relinfo->restrictinfos)
		if (lfirst_node(RestrictInfo, lc)->pseudoconstant)
		return true;
	return false;
}

/*
 * Let the scan take the place of an aggregation without GROUP BY that only counts
 * rows.  Its one row has the number of rows, so rows need not be passed to an
 * Aggregate node one by one.
 */
static void
add_count_path(PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *input,
			   RelOptInfo *output, const GroupPathExtraData *group_extra)
{
	Path	   *scan = input->cheapest_total_path;
	List	   *having = castNode(List, group_extra->havingQual);
	List	   *counts = NIL;
	PcaPathPrivate private = {.kind = PCA_PATH_COUNT};
	QualCost	quals;
	Cost		total;
	Path	   *path;

	if (relinfo->request.count && !root->parse->groupClause && !root->parse->groupingSets &&
		!scan->param_info && !has_pseudoconstant_clause(relinfo))
		counts = find_row_counts(output, having);
	if (counts == NIL)
		return;
	private.aggregates = counts;
	private.having = having;
	cost_qual_eval(&quals, having, root);
	total = scan->total_cost + quals.startup + quals.per_tuple +
		output->reltarget->cost.startup + output->reltarget->cost.per_tuple;
	path = (Path *)
		pca_compat_foreign_upper_path(root, output, output->reltarget, 1, total, total, NIL,
									  pca_path_private_to_nodes(&private));
	pca_compat_keep_disabled_nodes(path, scan);
	output->fdw_private = relinfo;
	add_path(output, pca_parallel_path_forbid(path));
}

static void
GetForeignUpperPaths(PlannerInfo *root, UpperRelationKind stage,
					 RelOptInfo *input, RelOptInfo *output, void *extra)
{
	PcaRelInfo *relinfo = pca_relinfo_find(input);

	if (relinfo && stage == UPPERREL_FINAL)
		add_limit_path(relinfo, root, input, output, extra);
	if (relinfo && stage == UPPERREL_GROUP_AGG)
		add_count_path(relinfo, root, input, output, extra);
}

void
pca_upper_paths_register(FdwRoutine *routine)
{
	routine->GetForeignUpperPaths = GetForeignUpperPaths;
}
