/*
 * redact.h
 *		Secrets blotted out of texts that others wrote.
 */
#ifndef PCA_REDACT_H
#define PCA_REDACT_H

#include "postgres.h"

/*
 * Replace by "*" what length bytes of text have in common with the secret: the
 * whole of it, and every run of at least PCA_REDACT_MIN_RUN bytes, so that a secret
 * that is cut off, or escaped in places, does not show either.  In place; a
 * secret of no bytes is none.
 */
extern void pca_redact_secret(char *text, size_t length, const char *secret);

/* Shorter runs are in any text by chance. */
#define PCA_REDACT_MIN_RUN	8

#endif							/* PCA_REDACT_H */
