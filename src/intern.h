/*
 * intern.h
 *		The datums that a column's latest values have made.
 */
#ifndef PCA_INTERN_H
#define PCA_INTERN_H

#include "postgres.h"

typedef struct PcaIntern PcaIntern;

/* Make one for datums of a type so long, or so passed; current memory context. */
extern PcaIntern *pca_intern_create(int16 length, bool by_value);

/*
 * What was kept for these bytes; false when nothing is.  The datum lives until
 * something else is kept.
 */
extern bool pca_intern_find(PcaIntern *intern, const char *bytes, size_t length,
							Datum *datum, bool *isnull);

/* Keep a copy of the datum that these bytes, asked for just now, have made. */
extern void pca_intern_keep(PcaIntern *intern, const char *bytes, size_t length,
							Datum datum, bool isnull);

#endif							/* PCA_INTERN_H */
