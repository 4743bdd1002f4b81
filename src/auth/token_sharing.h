/*
 * token_sharing.h
 *		What token_cache.c needs of token_sharing.c; the rest is in token_cache.h.
 */
#ifndef PCA_TOKEN_SHARING_H
#define PCA_TOKEN_SHARING_H

#include "postgres.h"

#include "auth/token_cache.h"
#include "auth/token_request.h"
#include "auth/user_mapping.h"

/*
 * Set the fingerprint of a mapping that was read.  If it had another one, what was
 * shared by that one is wiped: the credentials are no longer valid, or not to be used.
 */
extern void pca_token_sharing_set_fingerprint(PcaTokenCache *auth, const PcaServer *server,
											  const PcaCredentials *credentials);

/*
 * Hold the token that other sessions share, if the session needs one.  While another
 * process renews the session's token, it is used on.  If sharing was switched off,
 * wipe the tokens of all sessions.
 */
extern void pca_token_sharing_look(PcaTokenCache *auth);

/* Hold what other sessions share.  Returns false if that is no token. */
extern bool pca_token_sharing_hold(PcaTokenCache *auth);

/* Share the token that was granted, if this process has requested it for others. */
extern void pca_token_sharing_publish(PcaTokenCache *auth, const PcaTokenResponse *grant);

#endif							/* PCA_TOKEN_SHARING_H */
