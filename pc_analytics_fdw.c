/*
 * pc_analytics_fdw.c
 *		Entry points of the module: magic block, _PG_init() and the handler.
 *
 * The callbacks and settings are defined in src/; each folder registers its own.
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/fdwapi.h"

#include "admin/monitoring.h"
#include "config/import.h"
#include "planner/join_filter_node.h"
#include "planner/join_filter_path.h"
#include "planner/planner.h"
#include "scan/analyze.h"
#include "scan/cached_response.h"
#include "scan/explain.h"
#include "scan/scan.h"
#include "shared/response_cache.h"
#include "shared/shared_memory.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(pc_analytics_fdw_handler);

void		_PG_init(void);

/* Called by PostgreSQL when it loads the library. */
void
_PG_init(void)
{
	pca_shared_memory_define_setting();
	pca_cached_response_define_setting();
	pca_response_cache_define_setting();
	pca_monitoring_define_settings();
	pca_join_filter_node_register();
	pca_join_filter_path_register();
}

/* The handler of the foreign-data wrapper. */
Datum
pc_analytics_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	pca_planner_register(routine);
	pca_import_register(routine);
	pca_scan_register(routine);
	pca_analyze_register(routine);
	pca_explain_register(routine);
	PG_RETURN_POINTER(routine);
}
