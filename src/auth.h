/*
 * auth.h
 *		Who asks: credentials and tokens, and the only room with secrets.
 *
 * It never waits: the caller sends the token request that it builds and hands
 * it the answer.
 */
#ifndef PCA_AUTH_H
#define PCA_AUTH_H

#include "postgres.h"

#include "http.h"
#include "option.h"

typedef struct PcaAuth PcaAuth;

/*
 * The credentials of the user's mapping (or PUBLIC's) for that server, with
 * the token that the session holds for them.  Lives as long as the session.
 * Errors: no user mapping, a mapping that lacks what it needs, a *_file mapping
 * of a server that does not belong to a superuser.
 */
extern PcaAuth *pca_auth_open(const PcaServer *server, Oid userid);

/* Whether a live token is held (not about to expire). */
extern bool pca_auth_has_token(const PcaAuth *auth);

/*
 * Fill in the token request (URL, form body, headers).  The caller sends it at
 * once and calls pca_auth_wipe() on it.
 */
extern void pca_auth_token_request(const PcaAuth *auth, const PcaServer *server,
								   PcaHttpRequest *request);

/* Zero and free what pca_auth_token_request() allocated. */
extern void pca_auth_wipe(PcaHttpRequest *request);

/*
 * Take the token endpoint's answer.  Raises an error that names the endpoint's
 * code (AADSTS...) with a hint that names the cure; never the token.
 */
extern void pca_auth_accept(PcaAuth *auth, const PcaServer *server, int status,
							const char *body, size_t length);

/*
 * The token was refused (401).  True when a new one can be asked for; false
 * when the mapping has only a fixed access_token, or when the refused token is
 * itself fresh.
 */
extern bool pca_auth_refused(PcaAuth *auth);

/*
 * Add the Authorization header to a request whose URL has the base URL's
 * origin; an error otherwise.
 */
extern void pca_auth_attach(const PcaAuth *auth, const PcaServer *server,
							PcaHttpRequest *request);

/* Fill in proxy_user and proxy_password of the mapping. */
extern void pca_auth_proxy(const PcaAuth *auth, PcaHttpRequest *request);

/* Forget every token of the session; secrets are zeroed first. */
extern void pca_auth_forget(void);

#endif							/* PCA_AUTH_H */
