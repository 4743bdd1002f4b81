/*
 * comments.h
 *		What the catalog knows of tables and columns, as their comments.
 */
#ifndef PCA_COMMENTS_H
#define PCA_COMMENTS_H

#include "postgres.h"

#include "fmgr.h"

/*
 * pc_analytics_describe(schema) returns integer: how many comments were set on
 * the schema's foreign tables and their columns, where there was none.
 */
extern PGDLLEXPORT Datum pc_analytics_describe(PG_FUNCTION_ARGS);

#endif							/* PCA_COMMENTS_H */
