/*
 * imply.h
 *		Which simpler condition does a condition imply?
 */
#ifndef PCA_IMPLY_H
#define PCA_IMPLY_H

#include "postgres.h"

#include "nodes/primnodes.h"

/*
 * Take a condition on COALESCE, CASE or NULLIF of the table's columns (Vars of
 * varno) apart: where it is true, *implied is true, too; NULL: it never is.
 * False when the condition is on none of these, or implies nothing.  Current
 * memory context.
 */
extern bool pca_imply_find(Index varno, Node *clause, Node **implied);

#endif							/* PCA_IMPLY_H */
