/*
 * join_filter_path.h
 *		Paths for hash joins whose scan sends the values of the other side.
 */
#ifndef PCA_JOIN_FILTER_PATH_H
#define PCA_JOIN_FILTER_PATH_H

#include "postgres.h"

#include "planner/relinfo.h"

/*
 * Add to the filter of the request: column = any of the values of the other side of
 * the join clause, for which a path was added.  The values are one parameter, whose
 * number is the length of relinfo->params, so nothing may be appended to params
 * afterwards.  Current memory context.
 */
extern void pca_join_filter_path_add_expr(PcaRelInfo *relinfo, RestrictInfo *info);

/*
 * Set set_join_pathlist_hook, by which these paths are added; a hook that was set
 * before is called first.  To be called once, when the library is loaded.
 */
extern void pca_join_filter_path_register(void);

#endif							/* PCA_JOIN_FILTER_PATH_H */
