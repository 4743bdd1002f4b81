/*
 * path_variant.h
 *		Which of a resource's two path forms a server answers.
 */
#ifndef PCA_PATH_VARIANT_H
#define PCA_PATH_VARIANT_H

#include "postgres.h"

/*
 * Whether that server was seen, in the current session, to answer the other form of
 * the resource's path (api-notes 2.2).  False when nothing is known.
 */
extern bool pca_path_variant_is_other(Oid serverid, const char *resource);

/* Remember which one it answers.  Raises an error only when memory is out. */
extern void pca_path_variant_remember(Oid serverid, const char *resource, bool other);

#endif							/* PCA_PATH_VARIANT_H */
