/*
 * datum_cache.h
 *		The datums that a column's latest values have made.
 */
#ifndef PCA_DATUM_CACHE_H
#define PCA_DATUM_CACHE_H

#include "postgres.h"

typedef struct PcaDatumCache PcaDatumCache;

/* Make one for datums of a type so long, or so passed; current memory context. */
extern PcaDatumCache *pca_datum_cache_create(int16 length, bool by_value);

/*
 * What was kept for these bytes; false when nothing is.  The datum lives until
 * something else is kept.
 */
extern bool pca_datum_cache_lookup(PcaDatumCache *intern, const char *bytes, size_t length,
								   Datum *datum, bool *isnull);

/* Keep a copy of the datum that these bytes, asked for just now, have made. */
extern void pca_datum_cache_store(PcaDatumCache *intern, const char *bytes, size_t length,
								  Datum datum, bool isnull);

#endif							/* PCA_DATUM_CACHE_H */
