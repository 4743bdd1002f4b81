/*
 * pending_sign_in.h
 *		Sign-ins that the current session has begun and not ended.
 */
#ifndef PCA_PENDING_SIGN_IN_H
#define PCA_PENDING_SIGN_IN_H

#include "postgres.h"

/*
 * A sign-in to a server with a user mapping.  Its texts belong to it; device_code,
 * verifier, state and nonce are secrets.
 */
typedef struct PcaPendingSignIn
{
	Oid			umid;			/* user mapping */
	Oid			userid;			/* role that has begun it */
	uint64		fingerprint;	/* of the options that it was begun with */
	char	   *login;			/* who is to sign in, or NULL: anybody */
	char	   *device_code;	/* NULL: it is the browser's */
	char	   *verifier;		/* NULL: it is a device code's */
	char	   *state;
	char	   *nonce;
	char	   *redirect_uri;
	int64		interval_ms;	/* between two polls */
	int64		ends_at;		/* pca_pollset_now()'s time */
} PcaPendingSignIn;

/*
 * Remember a copy of a sign-in, in place of the one with the same user mapping and
 * role.  Returns the copy, which lives until pca_pending_sign_in_forget().
 */
extern PcaPendingSignIn *pca_pending_sign_in_add(const PcaPendingSignIn *sign_in);

/* Returns the sign-in that the role has begun with that user mapping, or NULL. */
extern PcaPendingSignIn *pca_pending_sign_in_find(Oid umid, Oid userid);

/* Zero and free a sign-in.  Never raises. */
extern void pca_pending_sign_in_forget(PcaPendingSignIn *sign_in);

/* Zero and free all of them. */
extern void pca_pending_sign_in_clear(void);

#endif							/* PCA_PENDING_SIGN_IN_H */
