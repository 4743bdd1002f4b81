/*
 * upper.h
 *		What above a table's scan the API can do.
 */
#ifndef PCA_UPPER_H
#define PCA_UPPER_H

#include "postgres.h"

#include "planning.h"

/* Fill in the callback that offers it. */
extern void pca_upper_register(FdwRoutine *routine);

#endif							/* PCA_UPPER_H */
