/*
 * placeholder.h
 *		Recognizes values of a user mapping that cannot be real ones.
 */
#ifndef PCA_PLACEHOLDER_H
#define PCA_PLACEHOLDER_H

#include "postgres.h"

#include "auth/user_mapping.h"

/*
 * Returns a hint that names the first option whose value is a placeholder, such as
 * those of examples, or too short for a secret; NULL if there is none.  The hint
 * has no value of an option.  Current memory context.  Errors: out of memory.
 */
extern char *pca_placeholder_hint(const PcaCredentials *credentials);

#endif							/* PCA_PLACEHOLDER_H */
