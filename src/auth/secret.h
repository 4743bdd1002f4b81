/*
 * secret.h
 *		Zeroes secrets that are no longer needed.
 */
#ifndef PCA_SECRET_H
#define PCA_SECRET_H

#include "postgres.h"

/* Zero a text; NULL is allowed. */
extern void pca_secret_zero(char *secret);

/* Zero and free a palloc'd text, and set it to NULL; NULL is allowed. */
extern void pca_secret_free(char **secret);

#endif							/* PCA_SECRET_H */
