/*
 * query_level.h
 *		Query levels that return single rows to the level above.
 *
 * PostgreSQL plans a subquery that it does not merge with the query around it in a
 * level of its own, with its own PlannerInfo.
 */
#ifndef PCA_QUERY_LEVEL_H
#define PCA_QUERY_LEVEL_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "config/option.h"

/*
 * Returns the reason why the rows of this level, which neither aggregates nor drops
 * duplicates, cannot come grouped for the level above, and how to write the query
 * instead; NULL if pca_query_level_rels() decides.  *reduced is set to true if the
 * level above, or one above that, aggregates the rows or drops duplicates.  relid: OID of
 * the table that is scanned.  Current memory context.
 */
extern const char *pca_query_level_reason(PlannerInfo *root, Oid relid, bool *reduced);

/*
 * Returns the relations (RelOptInfo *) of the level above, root->parent_root, one of
 * which is this level: subqueries in FROM that have the same columns and are not
 * yet planned.  Current memory context.
 */
extern List *pca_query_level_rels(PlannerInfo *root);

/*
 * Returns the columns of this level as those of a table, of which some are measures:
 * those whose expressions are linear in the measures of the table that is
 * scanned.  NULL, and *reason is set, if a column uses a measure otherwise.
 * outputs: the target list, in terms of the table's Vars, whose varno is that.
 * Current memory context.
 */
extern PcaTable *pca_query_level_columns(const PcaTable *table, Index varno, const Query *query,
										 List *outputs, const char **reason);

#endif							/* PCA_QUERY_LEVEL_H */
