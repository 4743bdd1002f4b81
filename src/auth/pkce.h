/*
 * pkce.h
 *		The authorization code flow with PKCE (RFC 6749, 4.1; RFC 7636).
 *
 * Nothing here sends a request: the user opens the authorization URL in a
 * browser, and gives the address back that the browser is redirected to.
 */
#ifndef PCA_PKCE_H
#define PCA_PKCE_H

#include "postgres.h"

/* The longest redirect URI, in bytes. */
#define PCA_PKCE_REDIRECT_URI_MAX	256

/* The parameters of an authorization request. */
typedef struct PcaAuthorizeRequest
{
	const char *endpoint;		/* URL without a query */
	const char *client_id;
	const char *redirect_uri;
	const char *scope;
	const char *claims;			/* JSON of a claims request */
	const char *state;
	const char *nonce;
	const char *verifier;		/* its challenge is sent */
	const char *login_hint;		/* or NULL */
} PcaAuthorizeRequest;

/* The parameters of the address that the browser was redirected to. */
typedef struct PcaRedirectResponse
{
	char	   *code;			/* or NULL: the request was refused */
	char	   *error;			/* OAuth's error code, or NULL */
	char	   *description;	/* or NULL */
} PcaRedirectResponse;

/*
 * Returns a random text of length bytes, base64url-encoded: a verifier (32 bytes), a state
 * or a nonce (16 bytes).  Current memory context.  Errors: no random bytes.
 */
extern char *pca_pkce_random_text(int length);

/* Returns the S256 challenge of a verifier.  Current memory context. */
extern char *pca_pkce_challenge(const char *verifier);

/* Returns the URL that the user opens.  Current memory context. */
extern char *pca_pkce_authorize_url(const PcaAuthorizeRequest *request);

/*
 * Returns what is wrong with a redirect URI, as a sentence for an error's detail,
 * or NULL: it must be https, or http on localhost or 127.0.0.1, without user name
 * and fragment, and of at most PCA_PKCE_REDIRECT_URI_MAX bytes.  Static text.
 */
extern const char *pca_pkce_redirect_uri_reason(const char *uri);

/*
 * Read the query or the fragment of the address.  Returns false if it is not the
 * response to the request with that state.  Current memory context; texts are in
 * the server encoding.
 */
extern bool pca_pkce_read_address(const char *address, const char *state, PcaRedirectResponse *response);

#endif							/* PCA_PKCE_H */
