/*
 * comments.h
 *		SQL function that sets comments on foreign tables and their columns.
 *
 * It is called through SQL only.
 */
#ifndef PCA_COMMENTS_H
#define PCA_COMMENTS_H

#include "postgres.h"

#include "fmgr.h"

/*
 * pc_analytics_describe(schema regnamespace) returns integer: the number of
 * comments that were set on the schema's foreign tables and their columns.
 * Existing comments are kept.  Errors: those of COMMENT, such as missing
 * ownership.
 */
extern PGDLLEXPORT Datum pc_analytics_describe(PG_FUNCTION_ARGS);

#endif							/* PCA_COMMENTS_H */
