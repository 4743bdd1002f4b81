/*
 * create_views.h
 *		SQL function that makes a view of each foreign table of a schema.
 *
 * It is called through SQL only.
 */
#ifndef PCA_CREATE_VIEWS_H
#define PCA_CREATE_VIEWS_H

#include "postgres.h"

#include "fmgr.h"

/*
 * pc_analytics_create_views(foreign_schema regnamespace, view_schema regnamespace)
 * returns integer: the number of views that were created or replaced.  Errors: those
 * of CREATE OR REPLACE VIEW and COMMENT, the user lacks USAGE on a table's server,
 * both schemas are the same.
 */
extern PGDLLEXPORT Datum pc_analytics_create_views(PG_FUNCTION_ARGS);

#endif							/* PCA_CREATE_VIEWS_H */
