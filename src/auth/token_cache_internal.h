/*
 * token_cache_internal.h
 *		What token_cache.c and token_sharing.c share.
 */
#ifndef PCA_TOKEN_CACHE_INTERNAL_H
#define PCA_TOKEN_CACHE_INTERNAL_H

#include "postgres.h"

#include "auth/shared_tokens.h"
#include "auth/token_cache.h"
#include "auth/token_request.h"
#include "auth/user_mapping.h"

/* The entry of a user mapping.  It is never freed, so that pointers to it stay valid. */
struct PcaTokenCache
{
	Oid			umid;			/* hash key */
	uint32		mapping_hash;	/* of the syscache entries it was read from */
	uint32		server_hash;
	PcaGrantType flow;
	uint64		tenant;			/* see pca_token_cache_tenant() */
	uint64		credentials_hash;	/* of the mapping's OID and of the options
									 * that token requests send */
	bool		has_file;		/* an option of the mapping names one */
	bool		fixed_file;		/* the access token's: read at each open */
	bool		warned;			/* that the stored refresh token is old */
	bool		certificate_warned; /* that the certificate ends soon */
	bool		request_pending;	/* the response to a token request will be
									 * accepted */
	char	   *token;			/* or NULL */
	uint64		token_tenant;	/* a number for the tenant that it names, or 0 */
	int64		made_at;		/* when it was granted, in pca_pollset_now()'s
								 * time */
	int64		renew_at;		/* -1 is never */
	int64		ends_at;		/* when it expires */
	int			uses;			/* requests that carried the token */
	bool		proved;			/* the API has accepted it */
	bool		shares;			/* sessions with this fingerprint share tokens */
	bool		bypasses_shared;	/* the next token is not shared */
	bool		has_fingerprint;
	PcaFingerprint fingerprint; /* zeros, if it is not known */
	uint64		shared_serial;	/* of the token among those that are shared;
								 * 0: it is the session's own */
	PcaTokenLease lease;		/* to request a token for others */
	uint64		awaited;		/* another process's lease that is waited for */
	uint64		number;			/* of tokens so far */
	char	   *refresh_token;	/* that came with a token, or NULL */
	char	   *mapping_hint;	/* pca_placeholder_hint(), or NULL */
	bool		rotated;		/* the refresh token came with this token */
};

/*
 * Replace the token of an entry by a copy of that one.  The caller sets its times,
 * and what else is known about it.
 */
extern void pca_token_cache_hold_token(PcaTokenCache *auth, const char *token);

/* Replace the refresh token that came with a token. */
extern void pca_token_cache_hold_refresh_token(PcaTokenCache *auth, const char *refresh_token);

#endif							/* PCA_TOKEN_CACHE_INTERNAL_H */
