/*
 * joinvalues.h
 *		The values that one side of a hash join has, for the other to send.
 */
#ifndef PCA_JOINVALUES_H
#define PCA_JOINVALUES_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

/*
 * What the side that is read first had.  Lives as long as the query's
 * execution; it changes when that side is read again.
 */
typedef struct PcaJoinValues
{
	bool		complete;		/* these are all of them; else nothing is known */
	List	   *texts;			/* char *: the different values, NULL left out */
	uint64		pass;			/* how often that side was begun anew */
} PcaJoinValues;

/*
 * A path that hands on the child's rows as they are, and notes the texts of the
 * value (an expression over them) until there are more than most different
 * ones.  slot is one of PostgreSQL's parameter numbers, where the scan that is
 * to send them finds them.  Current memory context.
 */
extern Path *pca_joinvalues_path(PlannerInfo *root, Path *child, Expr *value,
								 int slot, int most);

/* What the node of that slot noted in this execution; NULL when it has not begun. */
extern const PcaJoinValues *pca_joinvalues_find(EState *estate, int slot);

/* Make the node known to PostgreSQL; once, when the library is loaded. */
extern void pca_joinvalues_register(void);

#endif							/* PCA_JOINVALUES_H */
