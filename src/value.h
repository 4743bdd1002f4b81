/*
 * value.h
 *		The text of a value, as its type's output function gives it.
 */
#ifndef PCA_VALUE_H
#define PCA_VALUE_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* The output text of a datum that is not NULL.  palloc'd. */
extern char *pca_value_text(Oid type, Datum datum);

/*
 * The output texts (char *) of an array's elements that are not NULL, in their
 * order; *has_null is set when one is.  Current memory context.
 */
extern List *pca_value_array_texts(Datum array, bool *has_null);

#endif							/* PCA_VALUE_H */
