/*
 * fingerprint.h
 *		A number for credentials and the place that they are sent to.
 */
#ifndef PCA_FINGERPRINT_H
#define PCA_FINGERPRINT_H

#include "postgres.h"

#include "auth/user_mapping.h"
#include "config/option.h"
#include "shared/shared_layout.h"

/*
 * Make the fingerprint of credentials, whose files have been read, at a server.  key:
 * PCA_SHARED_KEY_SIZE random bytes, so that nobody can compute it from guesses.
 * Two fingerprints are equal exactly if the same credentials go to the same place.
 * Returns false if it cannot be computed.  Errors: out of memory.
 */
extern bool pca_fingerprint_make(const uint8 *key, const PcaServer *server,
								 const PcaCredentials *credentials, PcaFingerprint *fingerprint);

#endif							/* PCA_FINGERPRINT_H */
