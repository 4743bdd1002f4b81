/*
 * jwt.h
 *		Reads the claims of a JSON Web Token (RFC 7519).
 */
#ifndef PCA_JWT_H
#define PCA_JWT_H

#include "postgres.h"

/* Claims that help to find out why a token is refused; NULL or -1 if absent. */
typedef struct PcaJwtClaims
{
	char	   *audience;		/* the API that the token is for */
	char	   *tenant;
	char	   *application;
	char	   *user;			/* absent where an application has no user */
	char	   *nonce;			/* of an id_token: what the authorization
								 * request sent */
	bool		multi_factor;	/* the user signed in with more than a
								 * password */
	char	   *methods;		/* how the user signed in, separated by blanks */
	char	   *scopes;			/* separated by blanks */
	char	   *roles;			/* of an application without a user; separated
								 * by blanks */
	char	   *issuer;
	char	   *subject;
	int			client_authentication;	/* how the application proved its
										 * identity: 0 not at all, 1 by a
										 * secret, 2 by a certificate or an
										 * assertion */
	int64		expires;		/* seconds since 1970 */
} PcaJwtClaims;

/*
 * Read the claims of a token without verifying its signature, which the API does.
 * Returns false if the token is not a JWT.  Texts are printable and short.  Current
 * memory context.  Errors: out of memory.
 */
extern bool pca_jwt_read_claims(const char *token, PcaJwtClaims *claims);

#endif							/* PCA_JWT_H */
