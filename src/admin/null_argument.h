/*
 * null_argument.h
 *		Arguments of SQL functions that must not be null.
 */
#ifndef PCA_NULL_ARGUMENT_H
#define PCA_NULL_ARGUMENT_H

#include "postgres.h"

#include "fmgr.h"

/*
 * Raise an error if the argument at position n (0, 1, ...) is null.  A function that
 * returns a row would otherwise return one of nulls, which looks like a result.
 */
extern void pca_null_argument_check(FunctionCallInfo fcinfo, int n, const char *name);

#endif							/* PCA_NULL_ARGUMENT_H */
