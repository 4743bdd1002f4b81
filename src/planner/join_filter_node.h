/*
 * join_filter_node.h
 *		A plan node that collects the values of one side of a hash join.
 */
#ifndef PCA_JOIN_FILTER_NODE_H
#define PCA_JOIN_FILTER_NODE_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

/*
 * The values that a node has collected.  Lives as long as the execution of the
 * query; a rescan of the node resets it, and frees the texts.
 */
typedef struct PcaJoinFilterValues
{
	bool		complete;		/* the child was read to its end, and texts
								 * has all of its values */
	List	   *texts;			/* char *: the different values, without NULL */
	uint64		pass;			/* how often the node was started or rescanned */
} PcaJoinFilterValues;

/*
 * Create a path that returns the rows of child unchanged, and collects the output
 * texts of an expression over them, up to max_values different ones.  paramid: a
 * PARAM_EXEC number of its own, by which the scan finds the values.  Current
 * memory context.
 */
extern Path *pca_join_filter_node_create_path(PlannerInfo *root, Path *child, Expr *value,
											  int paramid, int max_values);

/*
 * Returns the values of the node with that paramid in this execution; NULL if the
 * node has not been started.
 */
extern const PcaJoinFilterValues *pca_join_filter_node_find_values(EState *estate, int paramid);

/* Register the node with PostgreSQL.  To be called once, when the library is loaded. */
extern void pca_join_filter_node_register(void);

#endif							/* PCA_JOIN_FILTER_NODE_H */
