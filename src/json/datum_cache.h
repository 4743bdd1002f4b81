/*
 * datum_cache.h
 *		Cache of the datums that a column's recent values were converted to.
 */
#ifndef PCA_DATUM_CACHE_H
#define PCA_DATUM_CACHE_H

#include "postgres.h"

typedef struct PcaDatumCache PcaDatumCache;

/*
 * Create an empty cache for datums of a type with this typlen and typbyval.
 * Lives in the current memory context.
 */
extern PcaDatumCache *pca_datum_cache_create(int16 typlen, bool typbyval);

/*
 * Look up the datum that these bytes were converted to.  Returns false if it is
 * not cached.  The datum belongs to the cache and is valid until the next call of
 * pca_datum_cache_store().
 */
extern bool pca_datum_cache_lookup(PcaDatumCache *cache, const char *bytes, size_t length,
								   Datum *datum, bool *isnull);

/*
 * Store a copy of the datum that these bytes were converted to.  The bytes must be
 * those of the last lookup, which has failed.  Does nothing if the bytes are too
 * long, if the cache is full, or while it is paused.
 */
extern void pca_datum_cache_store(PcaDatumCache *cache, const char *bytes, size_t length,
								  Datum datum, bool isnull);

#endif							/* PCA_DATUM_CACHE_H */
