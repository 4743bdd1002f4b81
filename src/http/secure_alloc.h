/*
 * secure_alloc.h
 *		Memory that is zeroed when it is freed, for libraries that see secrets.
 *
 * The functions replace those of the C library with the same name.  The extension's
 * own copies of secrets are zeroed by auth/secret.h.
 */
#ifndef PCA_SECURE_ALLOC_H
#define PCA_SECURE_ALLOC_H

#include "postgres.h"

/* Allocate size bytes; NULL if out of memory. */
extern void *pca_secure_alloc_malloc(size_t size);

/* Allocate number * size bytes that are zero; NULL if out of memory. */
extern void *pca_secure_alloc_calloc(size_t number, size_t size);

/*
 * Change the size of a block, which may move it; NULL if out of memory, and the
 * block is unchanged.
 */
extern void *pca_secure_alloc_realloc(void *block, size_t size);

/* Copy a text; NULL if out of memory. */
extern char *pca_secure_alloc_strdup(const char *text);

/* Zero and free a block of these functions or of malloc(); NULL is allowed. */
extern void pca_secure_alloc_free(void *block);

/*
 * Returns true if an allocation has failed since the last call of this function.
 */
extern bool pca_secure_alloc_has_failed(void);

#endif							/* PCA_SECURE_ALLOC_H */
