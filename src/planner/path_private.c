/*
 * path_private.c
 *		The fdw_private of a foreign path: what its request adds to the plain one.
 */
#include "postgres.h"

#include "planner/path_private.h"

/* The members of the list, in the order in which they are written. */
typedef enum PathPrivateIndex
{
	PATH_PRIVATE_KIND,			/* Integer */
	PATH_PRIVATE_JOIN_CLAUSE,
	PATH_PRIVATE_AGGREGATES,
	PATH_PRIVATE_HAVING
} PathPrivateIndex;

List *
pca_path_private_to_nodes(const PcaPathPrivate *private)
{
	return list_make4(makeInteger(private->kind), private->join_clause,
					  private->aggregates, private->having);
}

PcaPathPrivate
pca_path_private_from_nodes(List *nodes)
{
	if (nodes == NIL)
		return (PcaPathPrivate)
	{
		.kind = PCA_PATH_PLAIN
	};
	return (PcaPathPrivate)
	{
		.kind = intVal(list_nth(nodes, PATH_PRIVATE_KIND)),
			.join_clause = list_nth(nodes, PATH_PRIVATE_JOIN_CLAUSE),
			.aggregates = list_nth(nodes, PATH_PRIVATE_AGGREGATES),
			.having = list_nth(nodes, PATH_PRIVATE_HAVING)
	};
}
