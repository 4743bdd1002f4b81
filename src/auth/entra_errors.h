/*
 * entra_errors.h
 *		The cures for errors of the sign-in service.
 */
#ifndef PCA_ENTRA_ERRORS_H
#define PCA_ENTRA_ERRORS_H

#include "postgres.h"

/*
 * Returns the cure for a refused token request, as a hint (static text); NULL if
 * none is known.  error and description are members of the token endpoint's
 * response (api-notes 6.6); the description contains a number such as
 * AADSTS700082.  The number decides, and the error only where it is not known.
 */
extern const char *pca_entra_errors_hint(const char *error, const char *description);

#endif							/* PCA_ENTRA_ERRORS_H */
