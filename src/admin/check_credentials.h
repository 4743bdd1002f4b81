/*
 * check_credentials.h
 *		The rows of pc_analytics_check() about credentials and tokens.
 */
#ifndef PCA_CHECK_CREDENTIALS_H
#define PCA_CHECK_CREDENTIALS_H

#include "postgres.h"

#include "auth/jwt.h"
#include "auth/token_cache.h"
#include "config/option.h"

/* The content of a row; palloc'd. */
typedef struct PcaCheckText
{
	char	   *detail;
	char	   *hint;			/* or NULL */
} PcaCheckText;

/*
 * Returns how the application of the current user's mapping proves its identity.  Current
 * memory context.  Errors: those of pca_user_mapping_read() and of
 * pca_client_assertion_create().
 */
extern PcaCheckText pca_check_credentials_client(const PcaServer *server);

/*
 * Returns the age of the refresh token of the current user's mapping.  The detail is NULL if
 * there is none.  Current memory context.  Errors: those of
 * pca_user_mapping_read_options().
 */
extern PcaCheckText pca_check_credentials_refresh_token(const PcaServer *server);

/*
 * Returns the claims of the access token, and what it lacks.  Current memory context.  Errors: as
 * above.
 */
extern PcaCheckText pca_check_credentials_token(const PcaServer *server, const PcaJwtClaims *claims);

/*
 * Returns a text about a token, and when it was granted if other sessions use it, too.
 * palloc'd.
 */
extern char *pca_check_credentials_token_detail(const PcaTokenCache *auth, const char *about);

#endif							/* PCA_CHECK_CREDENTIALS_H */
