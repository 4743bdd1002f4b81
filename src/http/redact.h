/*
 * redact.h
 *		Redacts secrets in texts from outside.
 */
#ifndef PCA_REDACT_H
#define PCA_REDACT_H

#include "postgres.h"

/* Bytes of the shortest piece of a secret that is redacted: others occur by chance. */
#define PCA_REDACT_MIN_RUN	8

/*
 * Bytes of the shortest secret that is redacted.  A shorter one is in many words,
 * so that messages could not be read, and those who guess need no message.
 */
#define PCA_REDACT_MIN_SECRET	4

/*
 * Replace by "*", in place, what length bytes of text have in common with the
 * secret: the whole of it, and every run of at least PCA_REDACT_MIN_RUN bytes, so
 * that a secret that is cut off, or escaped in places, is not shown either.  A
 * secret of fewer than PCA_REDACT_MIN_SECRET bytes is not redacted.  Raises no
 * error.
 */
extern void pca_redact_secret(char *text, size_t length, const char *secret);

#endif							/* PCA_REDACT_H */
