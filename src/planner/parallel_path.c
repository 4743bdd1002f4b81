/*
 * parallel_path.c
 *		Which scans may be shared among parallel workers, and by how many?
 *
 * A scan of one request that is paged by top and skip: its pages are what the
 * processes take from one another.  Reading them is the processor's work, and
 * can be shared; waiting for the API takes as long for many as for one.
 *
 * How they share it is asked in parallel_scan.c.
 */
#include "postgres.h"

#include <math.h>

#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"

#include "compat.h"
#include "planner/parallel_path.h"

/*
 * Bytes of a field in an answer, its name included; rows of the documented
 * resources have 20 to 40 a field.
 */
#define FIELD_SIZE_BYTES		30

/*
 * A size that nobody has told is not taken for more, in blocks: it is below what
 * PostgreSQL shares as long as nobody has set min_parallel_table_scan_size, so
 * that a small table is not read with workers.
 */
#define MAX_ASSUMED_BLOCKS	1023

/*
 * How much of a worker's work the leader loses for each worker that it looks
 * after, as PostgreSQL reckons for its own scans.
 */
#define LEADER_LOSS_PER_WORKER		0.3

static bool
IsForeignScanParallelSafe(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	/* what an Append waits for has to be in the process that waits */
	return rel->reloptkind == RELOPT_BASEREL;
}

/* Whether a parameter is set once for the query, by an init plan of that level. */
static bool
is_init_plan_param(const PlannerInfo *root, int param)
{
	ListCell   *lc;

	foreach(lc, root->init_plans)
	{
		if (list_member_int(lfirst_node(SubPlan, lc)->setParam, param))
			return true;
	}
	return false;
}

/* Whether the node depends on what a query around it has at hand. */
static bool
has_correlated_param(Node *node, void *root)
{
	if (!node)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		return !is_init_plan_param(root, ((Param *) node)->paramid);
	/* a subquery's own results are set by itself */
	if (IsA(node, SubPlan))
		return has_correlated_param((Node *) ((SubPlan *) node)->args, root);
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, has_correlated_param, root, 0);
	return expression_tree_walker(node, has_correlated_param, root);
}

/*
 * Whether the query may be run again and again: one process keeps the rows then,
 * several would fetch them each time.
 */
static bool
query_may_be_rescanned(PlannerInfo *root)
{
	for (; root; root = root->parent_root)
	{
		if (root->hasRecursion || has_correlated_param((Node *) root->parse, root))
			return true;
	}
	return false;
}

/* Whether the plain scan is of one request, in pages that can be foreseen. */
static bool
can_scan_in_parallel(const PcaRelInfo *relinfo, const RelOptInfo *rel)
{
	const PcaTable *table = relinfo->table;
	const PcaServer *server = table->server;

	if (!rel->consider_parallel || !bms_is_empty(rel->lateral_relids))
		return false;
	if (relinfo->request.grouped || relinfo->request.count || relinfo->request.path ||
		relinfo->request.limit >= 0 || table->resource->history ||
		table->path_has_customer)
		return false;
	return (table->resource->parameters & PCA_PARAM_TOP) &&
		(table->resource->parameters & PCA_PARAM_SKIP) &&
		server->max_parallel_requests > 1 && server->max_requests_per_minute <= 0 &&
		list_length(pca_request_render(&relinfo->request, table, NULL)) == 1;
}

/* How many workers so many rows are worth; none has less than a page. */
static int
choose_worker_count(const PcaRelInfo *relinfo, RelOptInfo *rel, double received)
{
	const PcaTable *table = relinfo->table;
	double		blocks = received * table->resource->nfields * FIELD_SIZE_BYTES / BLCKSZ;
	int			workers;

	if (relinfo->rows_assumed)
		blocks = Min(blocks, MAX_ASSUMED_BLOCKS);
	workers = compute_parallel_worker(rel, blocks, -1, max_parallel_workers_per_gather);
	workers = Min(workers, table->server->max_parallel_requests - 1);
	return (int) Min(workers, ceil(received / table->page_size) - 1);
}

/* By how many processes rows are shared, the leader included. */
static double
estimate_parallel_divisor(int workers)
{
	double		leader = parallel_leader_participation ? 1.0 - LEADER_LOSS_PER_WORKER * workers : 0;

	return workers + Max(leader, 0);
}

void
pca_parallel_path_add(const PcaRelInfo *relinfo, PlannerInfo *root, RelOptInfo *rel)
{
	const PcaServer *server = relinfo->table->server;
	double		received;
	double		divisor;
	QualCost	quals;
	Cost		wait_cost;
	Path	   *path;
	int			workers;

	if (!can_scan_in_parallel(relinfo, rel) || query_may_be_rescanned(root))
		return;
	received = pca_relinfo_estimate_rows(relinfo, root, rel);
	workers = choose_worker_count(relinfo, rel, received);
	if (workers <= 0)
		return;
	divisor = estimate_parallel_divisor(workers);
	cost_qual_eval(&quals, relinfo->restrictinfos, root);
	wait_cost = quals.startup +
		server->startup_cost * pca_relinfo_estimate_requests(relinfo, rel, received);
	path = (Path *)
		pca_compat_foreignscan_path(root, rel, NULL, clamp_row_est(rel->rows / divisor),
									server->startup_cost + quals.startup,
									wait_cost + received / divisor *
									(server->tuple_cost + cpu_tuple_cost + quals.per_tuple),
									NIL, NULL, NIL);
	path->parallel_aware = true;
	path->parallel_safe = true;
	path->parallel_workers = workers;
	add_partial_path(rel, path);
}

Path *
pca_parallel_path_forbid(Path *path)
{
	path->parallel_safe = false;
	return path;
}

void
pca_parallel_path_register(FdwRoutine *routine)
{
	routine->IsForeignScanParallelSafe = IsForeignScanParallelSafe;
}
