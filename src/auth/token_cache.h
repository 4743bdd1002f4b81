/*
 * token_cache.h
 *		The session's access tokens, by user mapping.
 *
 * Nothing here waits: the caller sends the token request that is built here, and
 * passes on the response.
 */
#ifndef PCA_TOKEN_CACHE_H
#define PCA_TOKEN_CACHE_H

#include "postgres.h"

#include "auth/jwt.h"
#include "config/option.h"
#include "http/transfer.h"
#include "shared/shared_layout.h"

typedef struct PcaTokenCache PcaTokenCache;

/*
 * Returns the session's entry for the user mapping of userid, or of PUBLIC, for
 * that server.  The pointer is valid until the session ends.  The entry's content
 * is removed when the mapping or the server changes, so this must be called before
 * each request.  Errors: no user mapping, a mapping without a required option, an
 * option that names a file while the server does not belong to a superuser, a file
 * that cannot be read or that others may read.
 */
extern PcaTokenCache *pca_token_cache_open(const PcaServer *server, Oid userid);

/* Returns true if there is a token that does not expire within PCA_RENEW_EARLY_MS. */
extern bool pca_token_cache_has_token(const PcaTokenCache *auth);

/* Returns true if tokens are requested, false if an option has the token. */
extern bool pca_token_cache_signs_in(const PcaTokenCache *auth);

/*
 * Read the claims of the current token.  Returns false if there is no token, or if
 * it is not a JWT.  Current memory context.
 */
extern bool pca_token_cache_claims(const PcaTokenCache *auth, PcaJwtClaims *claims);

/* Returns true if a token request is in flight whose response will be accepted. */
extern bool pca_token_cache_is_requested(const PcaTokenCache *auth);

/*
 * Returns a hash of the tenant that the mapping or the fixed token names, in any
 * case of letters; 0 if neither names one.
 */
extern uint64 pca_token_cache_tenant(const PcaTokenCache *auth);

/*
 * Returns the tenant that a limit of requests is for: that of the token that is held, or,
 * where the token cannot be read, that of the mapping; a number for it, or 0.
 */
extern uint64 pca_token_cache_limited_tenant(const PcaTokenCache *auth);

/*
 * Copy the fingerprint of the credentials and of the server that they are sent to.  Returns
 * false, and a fingerprint of zeros, if it is not known, as the session works alone.
 */
extern bool pca_token_cache_fingerprint(const PcaTokenCache *auth, PcaFingerprint *fingerprint);

/* Returns true if tokens are requested for the application alone (api-notes 6.2). */
extern bool pca_token_cache_is_app_only(const PcaTokenCache *auth);

/*
 * Returns a hint that names an option of the mapping that cannot have its real
 * value (see pca_placeholder_hint()); NULL if there is none.  palloc'd.
 */
extern char *pca_token_cache_mapping_hint(const PcaTokenCache *auth);

/* What a session that needs a token does next. */
typedef enum PcaTokenAction
{
	PCA_TOKEN_ACTION_REQUEST,	/* it sends a request */
	PCA_TOKEN_ACTION_WAIT,		/* another session has sent one */
	PCA_TOKEN_ACTION_AGAIN		/* it holds the token of another session */
} PcaTokenAction;

/*
 * Decide what a session does that holds no token.  *until: when to call again, in
 * pca_pollset_now()'s time, for PCA_TOKEN_ACTION_WAIT.  Errors: that of another
 * session's request that this one has waited for.
 */
extern PcaTokenAction pca_token_cache_next_action(PcaTokenCache *auth, const PcaServer *server,
												  int64 *until);

/* Whether other sessions wait for the request of this one. */
extern bool pca_token_cache_leads(const PcaTokenCache *auth);

/* Tell them that the request goes on; at least every PCA_LEASE_BEAT_MS. */
extern void pca_token_cache_beat(PcaTokenCache *auth);

/*
 * Tell them that it does not go on.  May be called while a transaction aborts.  Raises
 * no error.
 */
extern void pca_token_cache_release(PcaTokenCache *auth);

/*
 * The request has failed with that error: others that wait for it raise it, too.
 * not_before: when the service may be asked again, in pca_pollset_now()'s time, or 0.
 * Returns true if the session holds a token that it uses meanwhile.
 */
extern bool pca_token_cache_fail(PcaTokenCache *auth, const ErrorData *error, int64 not_before);

/*
 * Fill in the token request's URL, form body and headers (api-notes 6.1), and warn
 * if the mapping's refresh token is old.  Current memory context.  The caller sends
 * the request at once, and calls pca_token_cache_wipe_request() afterwards.  Errors:
 * those of pca_token_cache_open().
 */
extern void pca_token_cache_build_request(PcaTokenCache *auth, const PcaServer *server,
										  PcaHttpRequest *request);

/*
 * Accept the token endpoint's response.  Afterwards there may still be no token,
 * and the caller has to build another request: if the mapping or the server has
 * changed meanwhile, or if the endpoint refused the refresh token that came with
 * the last token, so that the mapping's own is sent next.  Errors: the endpoint
 * refused, with its code (AADSTS...) and a hint, or the response is not a token.
 * No message contains a token.
 */
extern void pca_token_cache_accept_response(PcaTokenCache *auth, PcaTransfer *transfer);

/*
 * Drop the current token, which the API refused (401).  Returns true if another one
 * can be requested or read from a file; false, and keeps the token, if it is the
 * value of an option, or if it was sent for the first time.
 */
extern bool pca_token_cache_token_refused(PcaTokenCache *auth);

/* The API has accepted a request that was sent with the token of that number. */
extern void pca_token_cache_token_accepted(PcaTokenCache *auth, uint64 number);

/* How old the token is that all sessions share, in ms; -1 if it is the session's own. */
extern int64 pca_token_cache_shared_age(const PcaTokenCache *auth);

/*
 * Returns a number that changes with each token, so that a caller can see if the
 * token that it sent is still the current one.
 */
extern uint64 pca_token_cache_token_number(const PcaTokenCache *auth);

/*
 * Add the Authorization header to a request, and count the use of the token.
 * Current memory context.  Errors: the request's URL does not have the origin of
 * base_url, there is no token.
 */
extern void pca_token_cache_add_authorization(PcaTokenCache *auth, const PcaServer *server,
											  PcaHttpRequest *request);

/*
 * Fill in proxy_user and proxy_password of the mapping.  Current memory context.
 * Errors: the mapping was dropped.
 */
extern void pca_token_cache_add_proxy_credentials(const PcaTokenCache *auth, PcaHttpRequest *request);

/* Zero every secret that the files of this folder have added to the request. */
extern void pca_token_cache_wipe_request(PcaHttpRequest *request);

/*
 * Drop the token, but not the refresh token, so that the next token request returns
 * a new refresh token.  Errors: the mapping has no refresh token.
 */
extern void pca_token_cache_begin_rotation(PcaTokenCache *auth, const PcaServer *server);

/*
 * Returns the refresh token that came with the current token, or NULL.  The text is
 * valid until the next catalog lookup, which may process an invalidation.
 */
extern const char *pca_token_cache_rotated(const PcaTokenCache *auth);

/*
 * A token in the shared memory of a parallel query.  All zero: there is none.
 */
typedef struct PcaSharedToken
{
	uint64		credentials_hash;	/* of the mapping when it was read */
	int64		made_at;		/* pca_pollset_now()'s time */
	int64		renew_at;		/* -1 is never */
	int64		ends_at;
	int			uses;			/* requests that carried it */
	bool		proved;			/* the API has accepted it */
	uint64		shared_serial;	/* among the tokens of all sessions, or 0 */
	size_t		token_size;		/* bytes of token, with its terminating null */
	char		token[FLEXIBLE_ARRAY_MEMBER];
} PcaSharedToken;

/*
 * Returns the size of the current token in bytes, with its terminating null; 0 if
 * there is none, or if it is the value of an option, which every process can read.
 */
extern size_t pca_token_cache_shared_token_size(const PcaTokenCache *auth);

/* Copy the current token to shared memory, if it fits into token_size. */
extern void pca_token_cache_share_token(const PcaTokenCache *auth, PcaSharedToken *shared);

/*
 * Use the shared token, unless there is a token already, or the shared one was made
 * for other credentials, such as those of the mapping before it was changed.
 */
extern void pca_token_cache_adopt_token(PcaTokenCache *auth, const PcaSharedToken *shared);

/* Zero a shared token. */
extern void pca_token_cache_wipe_shared_token(PcaSharedToken *shared);

/* Drop every token of the session.  Secrets are zeroed first. */
extern void pca_token_cache_clear(void);

#endif							/* PCA_TOKEN_CACHE_H */
