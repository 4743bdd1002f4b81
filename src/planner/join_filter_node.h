/*
 * join_filter_node.h
 *		The values that one side of a hash join has, for the other to send.
 */
#ifndef PCA_JOIN_FILTER_NODE_H
#define PCA_JOIN_FILTER_NODE_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

/*
 * What the side that is read first had.  Lives as long as the query's
 * execution; it changes when that side is read again.
 */
typedef struct PcaJoinFilterValues
{
	bool		complete;		/* these are all of them; else nothing is
								 * known */
	List	   *texts;			/* char *: the different values, NULL left out */
	uint64		pass;			/* how often that side was begun anew */
} PcaJoinFilterValues;

/*
 * A path that hands on the child's rows as they are, and notes the texts of the
 * value (an expression over them) until there are more than most different
 * ones.  slot is one of PostgreSQL's parameter numbers, where the scan that is
 * to send them finds them.  Current memory context.
 */
extern Path *pca_join_filter_node_create_path(PlannerInfo *root, Path *child, Expr *value,
											  int paramid, int max_values);

/* What the node of that slot noted in this execution; NULL when it has not begun. */
extern const PcaJoinFilterValues *pca_join_filter_node_find_values(EState *estate, int paramid);

/* Make the node known to PostgreSQL; once, when the library is loaded. */
extern void pca_join_filter_node_register(void);

#endif							/* PCA_JOIN_FILTER_NODE_H */
