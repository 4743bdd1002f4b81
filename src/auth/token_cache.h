/*
 * token_cache.h
 *		Who asks: credentials and tokens, and the only room with secrets.
 *
 * It never waits: the caller sends the token request that it builds and hands
 * it the answer.
 */
#ifndef PCA_TOKEN_CACHE_H
#define PCA_TOKEN_CACHE_H

#include "postgres.h"

#include "auth/jwt.h"
#include "config/option.h"
#include "http/transfer.h"

typedef struct PcaTokenCache PcaTokenCache;

/*
 * The credentials of the user's mapping (or PUBLIC's) for that server, with
 * the token that the session holds for them.  The pointer stays good for the
 * session; what it stands for is forgotten when mapping or server change, so
 * open it anew before each request.  Errors: no user mapping, a mapping that
 * lacks what it needs, a *_file mapping of a server that does not belong to a
 * superuser, a file that cannot be read or that others may read.
 */
extern PcaTokenCache *pca_token_cache_open(const PcaServer *server, Oid userid);

/* Whether a live token is held (not about to expire). */
extern bool pca_token_cache_has_token(const PcaTokenCache *auth);

/* Whether tokens are asked for, rather than one being given by an option. */
extern bool pca_token_cache_signs_in(const PcaTokenCache *auth);

/*
 * What the token that is held says of itself; false when none is held, or when
 * it is of a kind that cannot be read.  Current memory context.
 */
extern bool pca_token_cache_claims(const PcaTokenCache *auth, PcaJwtClaims *claims);

/* Whether a token request is out whose answer will be taken. */
extern bool pca_token_cache_is_requested(const PcaTokenCache *auth);

/*
 * Whose tokens they are: a number for the tenant that the mapping or a token
 * names; 0 when neither does.
 */
extern uint64 pca_token_cache_tenant(const PcaTokenCache *auth);

/*
 * The tenant that a limit of requests is for: that of the token that is held, or,
 * where the token cannot be read, that of the mapping; a number for it, or 0.
 */
extern uint64 pca_token_cache_limited_tenant(const PcaTokenCache *auth);

/* Whether the tokens are the application's own, without a user (api-notes 6.2). */
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
extern bool pca_token_cache_fail(PcaTokenCache *auth, const PcaServer *server, const ErrorData *error,
								 int64 not_before);

/*
 * Fill in the token request's URL, form body and headers (api-notes 6.1), and warn
 * when the mapping's refresh token is old.  Current
 * memory context; the caller sends it at once and calls pca_token_cache_wipe_request() on it.
 */
extern void pca_token_cache_build_request(PcaTokenCache *auth, const PcaServer *server,
										  PcaHttpRequest *request);

/*
 * Take the token endpoint's answer.  Raises an error that names the endpoint's
 * code (AADSTS...) with a hint that names the cure; never the token.  There may
 * be no token afterwards, and another request to be made: when mapping or
 * server changed meanwhile, or when the refresh token was refused that came
 * with the last token, and the mapping's own is to be tried.
 */
extern void pca_token_cache_accept_response(PcaTokenCache *auth, const PcaServer *server,
											PcaTransfer *transfer);

/*
 * The token was refused (401).  True when a new one can be asked for; false
 * when the mapping has only a fixed access_token, or when the refused token
 * was new: it was sent for the first time.
 */
extern bool pca_token_cache_token_refused(PcaTokenCache *auth);

/* The API has accepted a request that was sent with the token of that number. */
extern void pca_token_cache_token_accepted(PcaTokenCache *auth, uint64 number);

/* How old the token is that all sessions share, in ms; -1 if it is the session's own. */
extern int64 pca_token_cache_shared_age(const PcaTokenCache *auth);

/*
 * A number that changes with the token: whether the one that a request was sent
 * with is still held.
 */
extern uint64 pca_token_cache_token_number(const PcaTokenCache *auth);

/*
 * Add the header with the token to a request whose URL has the base URL's
 * origin; an error otherwise.  Current memory context.
 */
extern void pca_token_cache_add_authorization(PcaTokenCache *auth, const PcaServer *server,
											  PcaHttpRequest *request);

/* Fill in proxy_user and proxy_password of the mapping.  Current memory context. */
extern void pca_token_cache_add_proxy_credentials(const PcaTokenCache *auth, PcaHttpRequest *request);

/* Zero every secret that this room put into the request. */
extern void pca_token_cache_wipe_request(PcaHttpRequest *request);

/*
 * Forget the token, not the refresh token, so that the next one is granted with
 * a fresh refresh token.  Errors: the mapping has none.
 */
extern void pca_token_cache_begin_rotation(PcaTokenCache *auth, const PcaServer *server);

/*
 * The refresh token that came with the token that is held, or NULL when none
 * did.  It lives until a catalog is looked at.
 */
extern const char *pca_token_cache_rotated(const PcaTokenCache *auth);

/*
 * A token that another process of the same query is lent, in memory that both
 * see.  All zero, it is none.
 */
typedef struct PcaSharedToken
{
	uint64		whose;			/* the mapping, as it was when it was read */
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
 * Bytes for the text of the token that is held, with its end; 0: there is none
 * that a process could not read itself.
 */
extern size_t pca_token_cache_shared_token_size(const PcaTokenCache *auth);

/* Lend the token that is held, if there is room for it. */
extern void pca_token_cache_share_token(const PcaTokenCache *auth, PcaSharedToken *loan);

/*
 * Hold what is lent, unless it is another's, or the mapping has changed since,
 * or a token is held.
 */
extern void pca_token_cache_adopt_token(PcaTokenCache *auth, const PcaSharedToken *loan);

/* Zero the secret of a loan. */
extern void pca_token_cache_wipe_shared_token(PcaSharedToken *loan);

/* Forget every token of the session; secrets are zeroed first. */
extern void pca_token_cache_clear(void);

#endif							/* PCA_TOKEN_CACHE_H */
