/*
 * secure_alloc.h
 *		Memory that is zeroed when it is freed, for libraries that see secrets.
 *
 * The functions stand for those of the C library that have their name.
 */
#ifndef PCA_SECURE_ALLOC_H
#define PCA_SECURE_ALLOC_H

#include "postgres.h"

/* A block of that size, or NULL. */
extern void *pca_secure_alloc_malloc(size_t size);

/* The same, zeroed, for so many of that size. */
extern void *pca_secure_alloc_calloc(size_t number, size_t size);

/* The block's bytes in one of another size; NULL, and the block stays. */
extern void *pca_secure_alloc_realloc(void *block, size_t size);

/* A copy of the text, or NULL. */
extern char *pca_secure_alloc_strdup(const char *text);

/* Zero and free a block of these functions, or of malloc(); NULL is none. */
extern void pca_secure_alloc_free(void *block);

/* Whether a block was refused since this was asked last: memory was out. */
extern bool pca_secure_alloc_has_failed(void);

#endif							/* PCA_SECURE_ALLOC_H */
