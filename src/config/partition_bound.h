/*
 * partition_bound.h
 *		The bound of a foreign table that is a partition.
 */
#ifndef PCA_PARTITION_BOUND_H
#define PCA_PARTITION_BOUND_H

#include "postgres.h"

#include "nodes/pg_list.h"

/*
 * Returns the conditions (Expr *, joined by AND) that the bounds of the table and of
 * the partitioned tables above it put on its rows, in terms of its own columns with
 * range table index 1; NIL for a table that is no partition.  They are never NULL
 * for a row.  *ancestors is set to the OIDs of the partitioned tables, from the
 * nearest one up; it may be NULL.  The caller holds a lock on the table.  The
 * partitioned tables are locked in AccessShareLock mode until the transaction
 * ends.  Raises only errors of catalog lookups.  Current memory context.
 */
extern List *pca_partition_bound_quals(Oid relid, List **ancestors);

#endif							/* PCA_PARTITION_BOUND_H */
