/*
 * comments.h
 *		SQL function that sets comments on foreign tables and their columns.
 */
#ifndef PCA_COMMENTS_H
#define PCA_COMMENTS_H

#include "postgres.h"

#include "fmgr.h"
#include "nodes/pg_list.h"

/*
 * OIDs of the schema's foreign tables, of any wrapper, in the order of their names.  They
 * are not locked.  Needs a connection to SPI.  The list is in the given context.
 */
extern List *pca_comments_list_tables(Oid schema, MemoryContext context);

/*
 * pc_analytics_describe(schema regnamespace) returns integer: the number of
 * comments that were set on the schema's foreign tables and their columns.
 * Existing comments are kept.  Errors: those of COMMENT, such as missing
 * ownership.
 */
extern PGDLLEXPORT Datum pc_analytics_describe(PG_FUNCTION_ARGS);

#endif							/* PCA_COMMENTS_H */
