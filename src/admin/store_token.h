/*
 * store_token.h
 *		Which user mapping a refresh token is stored in, and who may do that.
 */
#ifndef PCA_STORE_TOKEN_H
#define PCA_STORE_TOKEN_H

#include "postgres.h"

#include "auth/user_mapping.h"
#include "config/option.h"

/* A user mapping that a refresh token is to be stored in. */
typedef struct PcaTokenTarget
{
	const PcaServer *server;
	Oid			umid;
	Oid			userid;			/* whose user mapping is used */
	bool		is_public;		/* it is PUBLIC's */
} PcaTokenTarget;

/*
 * Find the user mapping of a role, or of the current user (or PUBLIC's) if role
 * is InvalidOid.  Errors: there is none; the current user may not change it.
 */
extern PcaTokenTarget pca_store_token_find(const PcaServer *server, Oid role);

/*
 * Lock the user mapping until the transaction ends, so that of two concurrent
 * changes the second sees what the first has stored.
 */
extern void pca_store_token_lock(const PcaTokenTarget *target);

/*
 * Raise an error if a refresh token could not be stored in the user mapping with
 * these options: its token comes from a file, or it names files and the current
 * user is not a superuser.
 */
extern void pca_store_token_check(const PcaTokenTarget *target, const PcaCredentials *credentials);

/* Store the token.  Errors: those of ALTER USER MAPPING. */
extern void pca_store_token_save(const PcaTokenTarget *target, const char *refresh_token, TimestampTz saved_at);

#endif							/* PCA_STORE_TOKEN_H */
