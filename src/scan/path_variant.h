/*
 * path_variant.h
 *		Which of a resource's two path variants a server responds to.
 */
#ifndef PCA_PATH_VARIANT_H
#define PCA_PATH_VARIANT_H

#include "postgres.h"

/*
 * Returns true if the server responded to the other variant of the resource's
 * path (api-notes 2.2) when the backend last used it.  Returns false if the backend
 * has not used it.
 */
extern bool pca_path_variant_is_other(Oid serverid, const char *resource);

/*
 * Remember the variant that the server responds to, until the backend ends.  Errors:
 * out of memory.
 */
extern void pca_path_variant_remember(Oid serverid, const char *resource, bool other);

#endif							/* PCA_PATH_VARIANT_H */
