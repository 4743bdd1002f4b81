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
#define PCA_FIELD_BYTES		30

/*
 * A size that nobody has told is not taken for more, in blocks: it is below what
 * PostgreSQL shares as long as nobody has set min_parallel_table_scan_size, so
 * that a small table is not read with workers.
 */
#define PCA_UNSIZED_BLOCKS	1023

/*
 * How much of a worker's work the leader loses for each worker that it looks
 * after, as PostgreSQL reckons for its own scans.
 */
#define PCA_LEADER_LOSS		0.3

static bool
IsForeignScanParallelSafe(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	/* what an Append waits for has to be in the process that waits */
	return rel->reloptkind == RELOPT_BASEREL;
}

/* Whether a parameter is set once for the query, by an init plan of that level. */
static bool
is_set_once(const PlannerInfo *root, int param)
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
is_correlated(Node *node, void *root)
{
	if (!node)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		return !is_set_once(root, ((Param *) node)->paramid);
	/* a subquery's own results are set by itself */
	if (IsA(node, SubPlan))
		return is_correlated((Node *) ((SubPlan *) node)->args, root);
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, is_correlated, root, 0);
	return expression_tree_walker(node, is_correlated, root);
}

/*
 * Whether the query may be run again and again: one process keeps the rows then,
 * several would fetch them each time.
 */
static bool
may_be_repeated(PlannerInfo *root)
{
	for (; root; root = root->parent_root)
	{
		if (root->hasRecursion || is_correlated((Node *) root->parse, root))
			return true;
	}
	return false;
}

/* Whether the plain scan is of one request, in pages that can be foreseen. */
static bool
can_be_shared(const PcaRelInfo *planning, const RelOptInfo *rel)
{
	const PcaTable *table = planning->table;
	const PcaServer *server = table->server;

	if (!rel->consider_parallel || !bms_is_empty(rel->lateral_relids))
		return false;
	if (planning->request.grouped || planning->request.count || planning->request.path ||
		planning->request.limit >= 0 || table->resource->history ||
		table->path_has_customer)
		return false;
	return (table->resource->parameters & PCA_PARAM_TOP) &&
		(table->resource->parameters & PCA_PARAM_SKIP) &&
		server->max_parallel_requests > 1 && server->max_requests_per_minute <= 0 &&
		list_length(pca_request_render(&planning->request, table, NULL)) == 1;
}

/* How many workers so many rows are worth; none has less than a page. */
static int
count_workers(const PcaRelInfo *planning, RelOptInfo *rel, double received)
{
	const PcaTable *table = planning->table;
	double		blocks = received * table->resource->nfields * PCA_FIELD_BYTES / BLCKSZ;
	int			workers;

	if (planning->unsized)
		blocks = Min(blocks, PCA_UNSIZED_BLOCKS);
	workers = compute_parallel_worker(rel, blocks, -1, max_parallel_workers_per_gather);
	workers = Min(workers, table->server->max_parallel_requests - 1);
	return (int) Min(workers, ceil(received / table->page_size) - 1);
}

/* By how many processes rows are shared, the leader included. */
static double
count_shares(int workers)
{
	double		leader = parallel_leader_participation ? 1.0 - PCA_LEADER_LOSS * workers : 0;

	return workers + Max(leader, 0);
}

void
pca_parallel_path_add(const PcaRelInfo *planning, PlannerInfo *root, RelOptInfo *rel)
{
	const PcaServer *server = planning->table->server;
	double		received;
	double		shares;
	QualCost	quals;
	Cost		waiting;
	Path	   *path;
	int			workers;

	if (!can_be_shared(planning, rel) || may_be_repeated(root))
		return;
	received = pca_relinfo_estimate_rows(planning, root, rel);
	workers = count_workers(planning, rel, received);
	if (workers <= 0)
		return;
	shares = count_shares(workers);
	cost_qual_eval(&quals, planning->infos, root);
	waiting = quals.startup +
		server->startup_cost * pca_relinfo_estimate_requests(planning, rel, received);
	path = (Path *)
		pca_compat_foreignscan_path(root, rel, NULL, clamp_row_est(rel->rows / shares),
									server->startup_cost + quals.startup,
									waiting + received / shares *
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
