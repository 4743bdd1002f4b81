/*
 * constant_qual.h
 *		Decides conditions on constant columns when planning.
 */
#ifndef PCA_CONSTANT_QUAL_H
#define PCA_CONSTANT_QUAL_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "config/option.h"

/*
 * Returns the expression with the values of constant columns in place of their Vars,
 * simplified; the expression itself if it has none.  root may be NULL.  Raises the
 * errors of the functions that are evaluated.  Current memory context.
 */
extern Node *pca_constant_qual_simplify(PlannerInfo *root, const PcaTable *table, Index varno,
										Node *node);

/*
 * Simplify the restrictions of a relation.  Those that become true are removed.
 * Returns false if no row satisfies them.
 */
extern bool pca_constant_qual_apply(PlannerInfo *root, RelOptInfo *rel, const PcaTable *table);

#endif							/* PCA_CONSTANT_QUAL_H */
