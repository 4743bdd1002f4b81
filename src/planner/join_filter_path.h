/*
 * join_filter_path.h
 *		Hash joins whose scan sends the values of the other side.
 */
#ifndef PCA_JOIN_FILTER_PATH_H
#define PCA_JOIN_FILTER_PATH_H

#include "postgres.h"

#include "planner/relinfo.h"

/* Add the term of the join's values, behind all others. */
extern void pca_join_filter_path_add_expr(PcaRelInfo *relinfo, RestrictInfo *info);

/*
 * Have PostgreSQL offer the joins of these tables, so that a hash join can send
 * the values of its other side; once, when the library is loaded.
 */
extern void pca_join_filter_path_register(void);

#endif							/* PCA_JOIN_FILTER_PATH_H */
