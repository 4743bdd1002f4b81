/*
 * parallel_path.c
 *		Paths that several processes execute together.
 *
 * A scan of one request that is paged by top and skip can be divided: each process
 * claims the next page (see scan/parallel_scan.c).  The processes share the CPU
 * time of parsing the pages.  The time of waiting for the API is the same for
 * any number of processes, because one process already requests several pages
 * at the same time.
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
#include "planner/rescan.h"

/*
 * The size of a field in a response in bytes, with its name.  Rows of the documented
 * resources have 20 to 40 bytes for each field.
 */
#define FIELD_SIZE_BYTES		30

/*
 * The greatest size in blocks that is assumed for a table whose number of rows is not
 * known.  It is below the default of min_parallel_table_scan_size, so that no
 * workers are started for a table that may be small.
 */
#define MAX_ASSUMED_BLOCKS	1023

/* The part of its time that the leader spends on each worker, as in get_parallel_divisor(). */
#define LEADER_LOSS_PER_WORKER		0.3

static bool
IsForeignScanParallelSafe(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	/*
	 * a child of an Append may be asynchronous, and must run in the process
	 * that waits for it
	 */
	return rel->reloptkind == RELOPT_BASEREL;
}

/*
 * Returns true if the plain scan is one request whose pages are numbered by skip.
 * A limit on requests per minute is counted in one process, so it excludes
 * several.  So does a cached response, which one process reads.
 */
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
		table->cache_ttl == 0 &&
		list_length(pca_request_render(&relinfo->request, table, NULL)) == 1;
}

/*
 * Returns the number of workers for that many rows.  Each process has at least one page and
 * one of the parallel requests.
 */
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

/* Returns the number of processes that share the rows, as get_parallel_divisor() does. */
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

	if (!can_scan_in_parallel(relinfo, rel) || pca_rescan_is_expected(root))
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
