/*
 * check_credentials.h
 *		What pc_analytics_check() says of credentials and tokens.
 */
#ifndef PCA_CHECK_CREDENTIALS_H
#define PCA_CHECK_CREDENTIALS_H

#include "postgres.h"

#include "auth/jwt.h"
#include "config/option.h"

/* What a row says; palloc'd. */
typedef struct PcaCheckText
{
	char	   *detail;
	char	   *hint;			/* or NULL */
} PcaCheckText;

/*
 * How the application of the current user's mapping proves its identity.  Current
 * memory context.  Errors: those of pca_user_mapping_read() and of
 * pca_client_assertion_create().
 */
extern PcaCheckText pca_check_credentials_client(const PcaServer *server);

/*
 * How old the refresh token of the current user's mapping is.  The detail is NULL if
 * there is none.  Current memory context.  Errors: those of
 * pca_user_mapping_read_options().
 */
extern PcaCheckText pca_check_credentials_refresh_token(const PcaServer *server);

/*
 * What the access token says, and what it lacks.  Current memory context.  Errors: as
 * above.
 */
extern PcaCheckText pca_check_credentials_token(const PcaServer *server, const PcaJwtClaims *claims);

#endif							/* PCA_CHECK_CREDENTIALS_H */
