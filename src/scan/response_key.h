/*
 * response_key.h
 *		Which responses may be cached, and under which key.
 */
#ifndef PCA_RESPONSE_KEY_H
#define PCA_RESPONSE_KEY_H

#include "postgres.h"

#include "config/option.h"
#include "request/request.h"
#include "shared/response_cache.h"

/*
 * Returns true if the response to a request of the table may be kept.  It may not if its
 * rows are right only together with those of another response of the same age.
 */
extern bool pca_response_key_may_keep(const PcaTable *table, const PcaRequest *request);

/*
 * Make the key of a request that is sent with the credentials of that fingerprint.  Two
 * requests have the same key only if their responses have the same rows, and are read in
 * the same way.  Returns false if it cannot be computed.  Errors: out of memory.
 */
extern bool pca_response_key_make(const PcaTable *table, const PcaRequest *request,
								  const PcaFingerprint *fingerprint, PcaResponseKey *key);

#endif							/* PCA_RESPONSE_KEY_H */
