/*
 * path_private.h
 *		The fdw_private of a foreign path: what its request adds to the plain one.
 */
#ifndef PCA_PATH_PRIVATE_H
#define PCA_PATH_PRIVATE_H

#include "postgres.h"

#include "nodes/pathnodes.h"

typedef enum PcaPathKind
{
	PCA_PATH_PLAIN,				/* nothing; also a path without fdw_private */
	PCA_PATH_LIMIT_OFFSET,		/* the API applies OFFSET and LIMIT */
	PCA_PATH_ORDERED,			/* the API orders the rows */
	PCA_PATH_JOIN_FILTER,		/* the request filters by the values of the
								 * other side of a hash join */
	PCA_PATH_COUNT				/* the path stands for an aggregation; its one
								 * row is the number of rows */
} PcaPathKind;

/* Fields that the kind does not name are NULL or NIL. */
typedef struct PcaPathPrivate
{
	PcaPathKind kind;
	RestrictInfo *join_clause;	/* JOIN_FILTER: the clause that gives the
								 * filter */
	List	   *aggregates;		/* COUNT: Aggref *, each of them a number of
								 * rows */
	List	   *having;			/* COUNT: Expr *, the conditions of HAVING */
} PcaPathPrivate;

/* Returns the list for ForeignPath.fdw_private.  Current memory context; nodes are kept, not copied. */
extern List *pca_path_private_to_nodes(const PcaPathPrivate *private);

/* Returns what such a list, or NIL, says.  The nodes belong to the list. */
extern PcaPathPrivate pca_path_private_from_nodes(List *nodes);

#endif							/* PCA_PATH_PRIVATE_H */
