/*
 * pc_analytics_fdw.c
 *		The front door: module magic, handler and settings, nothing else.
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/fdwapi.h"

#include "src/scan/explain.h"
#include "src/config/import.h"
#include "src/admin/monitoring.h"
#include "src/planner/join_filter_path.h"
#include "src/planner/join_filter_node.h"
#include "src/planner/planner.h"
#include "src/scan/analyze.h"
#include "src/scan/scan.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(pc_analytics_fdw_handler);

void		_PG_init(void);

void
_PG_init(void)
{
	pca_monitoring_define_settings();
	pca_join_filter_node_register();
	pca_join_filter_path_register();
}

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
