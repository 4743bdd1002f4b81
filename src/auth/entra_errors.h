/*
 * entra_errors.h
 *		What the sign-in service's errors mean.
 */
#ifndef PCA_ENTRA_ERRORS_H
#define PCA_ENTRA_ERRORS_H

#include "postgres.h"

/*
 * The cure for a refused token request, or NULL when none is known.  error and
 * description are the members of the token endpoint's answer (api-notes 6.6);
 * the description begins with a number such as AADSTS700082.  Static text.
 */
extern const char *pca_entra_errors_hint(const char *error, const char *description);

#endif							/* PCA_ENTRA_ERRORS_H */
