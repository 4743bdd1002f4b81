/*
 * joinpath.h
 *		Hash joins whose scan sends the values of the other side.
 */
#ifndef PCA_JOINPATH_H
#define PCA_JOINPATH_H

#include "postgres.h"

#include "planning.h"

/* Add the term of the join's values, behind all others. */
extern void pca_joinpath_add_term(PcaPlanning *planning, RestrictInfo *info);

/*
 * Have PostgreSQL offer the joins of these tables, so that a hash join can send
 * the values of its other side; once, when the library is loaded.
 */
extern void pca_joinpath_install(void);

#endif							/* PCA_JOINPATH_H */
