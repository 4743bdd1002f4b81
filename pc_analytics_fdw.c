/*
 * pc_analytics_fdw.c
 *		The front door: module magic, handler and settings, nothing else.
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/fdwapi.h"

#include "src/explain.h"
#include "src/import.h"
#include "src/inspect.h"
#include "src/joinpath.h"
#include "src/joinvalues.h"
#include "src/planner.h"
#include "src/sample.h"
#include "src/scan.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(pc_analytics_fdw_handler);

void		_PG_init(void);

void
_PG_init(void)
{
	pca_inspect_settings();
	pca_joinvalues_register();
	pca_joinpath_install();
}

Datum
pc_analytics_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	pca_planner_register(routine);
	pca_import_register(routine);
	pca_scan_register(routine);
	pca_sample_register(routine);
	pca_explain_register(routine);
	PG_RETURN_POINTER(routine);
}
