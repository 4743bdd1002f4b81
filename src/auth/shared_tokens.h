/*
 * shared_tokens.h
 *		Access tokens that the sessions of the server share.
 *
 * Only token_cache.c includes this header.  Times are pca_pollset_now()'s, in ms.
 * Unless its comment says otherwise, a function raises no error and does nothing in a
 * session that works alone.
 */
#ifndef PCA_SHARED_TOKENS_H
#define PCA_SHARED_TOKENS_H

#include "postgres.h"

#include "shared/shared_layout.h"

/* The right of this process to request a token for others; serial 0: it has none. */
typedef struct PcaTokenLease
{
	PcaFingerprint fingerprint;
	uint64		serial;
} PcaTokenLease;

/* A token, as it is copied.  Texts are palloc'd. */
typedef struct PcaTokenCopy
{
	char	   *token;
	char	   *refresh_token;	/* that came with it, or NULL */
	uint64		serial;
	int64		made_at;
	int64		renew_at;
	int64		ends_at;
	bool		proved;			/* the API has accepted it */
} PcaTokenCopy;

/* What a session that needs a token does next. */
typedef enum PcaTokenTurn
{
	PCA_TOKEN_TURN_REQUEST,		/* it requests one */
	PCA_TOKEN_TURN_WAIT,		/* another process requests one */
	PCA_TOKEN_TURN_COPY,		/* there is one */
	PCA_TOKEN_TURN_FAILED		/* the request that it waited for has failed */
} PcaTokenTurn;

/* Returns true if there is a token that may be used for a while. */
extern bool pca_shared_tokens_has_token(const PcaFingerprint *fingerprint, int64 now);

/*
 * Copy the token, whose texts are palloc'd in the current memory context.  Returns
 * false if there is none.  Errors: out of memory.
 */
extern bool pca_shared_tokens_copy(const PcaFingerprint *fingerprint, int64 now, PcaTokenCopy *copy);

/*
 * Returns until when the session may use its token that should be renewed, since
 * another process requests the next one; 0: nobody does.
 */
extern int64 pca_shared_tokens_renewed_by_other(const PcaFingerprint *fingerprint, uint64 serial,
												int64 now);

/*
 * Decide what a session that needs a token does.  *lease: PCA_TOKEN_TURN_REQUEST may
 * give it one, and it keeps one that it has.  *awaited: the lease that it waits for,
 * 0 at first.  *until: when to ask again.  *error: why the request that it waited for
 * has failed, or the last one if the service asked to wait longer than max_wait_ms.
 */
extern PcaTokenTurn pca_shared_tokens_take_turn(const PcaFingerprint *fingerprint, PcaTokenLease *lease,
												uint64 *awaited, int64 max_wait_ms, int64 now, int64 *until,
												PcaTokenError *error);

/* Show that the process still requests a token. */
extern void pca_shared_tokens_beat(const PcaTokenLease *lease, int64 now);

/*
 * Share a token that was granted, and end the lease.  copy->serial is set.  Returns
 * false if the token is not shared.
 */
extern bool pca_shared_tokens_publish(PcaTokenLease *lease, PcaTokenCopy *copy);

/*
 * End the lease, since its request has failed with that error.  not_before: when the
 * service may be asked again; 0: at once.
 */
extern void pca_shared_tokens_fail(PcaTokenLease *lease, const ErrorData *error, int64 not_before);

/* End the lease.  May be called while a transaction aborts. */
extern void pca_shared_tokens_release(PcaTokenLease *lease);

/* The API has accepted the token with that serial number. */
extern void pca_shared_tokens_prove(const PcaFingerprint *fingerprint, uint64 serial);

/* The API has refused the token with that serial number: wipe it, if it is still shared. */
extern void pca_shared_tokens_refuse(const PcaFingerprint *fingerprint, uint64 serial);

/* The refresh token was refused: wipe it. */
extern void pca_shared_tokens_refuse_refresh(const PcaFingerprint *fingerprint);

/* The credentials are no longer those of the session's mapping: wipe what they have. */
extern void pca_shared_tokens_wipe(const PcaFingerprint *fingerprint);

/* If the setting is off, wipe all tokens that are shared by others. */
extern void pca_shared_tokens_wipe_disabled(void);

#endif							/* PCA_SHARED_TOKENS_H */
