/*
 * grant.h
 *		How a token is asked for, and what the answer grants.
 */
#ifndef PCA_GRANT_H
#define PCA_GRANT_H

#include "postgres.h"

#include "compat.h"
#include "credential.h"
#include "option.h"
#include "transfer.h"

/* How a user's tokens are got. */
typedef enum PcaFlow
{
	PCA_FLOW_UNKNOWN,			/* the mapping has not been read yet */
	PCA_FLOW_FIXED,				/* access_token */
	PCA_FLOW_REFRESH_TOKEN,
	PCA_FLOW_CLIENT_CREDENTIALS
} PcaFlow;

/* What a token endpoint's answer says; texts are UTF-8. */
typedef struct PcaGrant
{
	char	   *token;			/* NULL: it is none */
	char	   *refresh_token;	/* that came with it, or NULL */
	int64		life;			/* the token's, in seconds */
	char	   *error;			/* why there is none: OAuth's word, or NULL */
	char	   *description;	/* and its sentence, or NULL */
} PcaGrant;

/*
 * How a mapping with these options gets its tokens.  Errors: it lacks what is
 * needed for any.
 */
extern PcaFlow pca_grant_flow(const PcaServer *server, const PcaCredentials *credentials);

/*
 * Fill in the token request's URL, form body, headers and secrets (api-notes 6.1).
 * Current memory context.
 */
extern void pca_grant_request(PcaFlow flow, const PcaServer *server,
							  const PcaCredentials *credentials,
							  PcaHttpRequest *request);

/*
 * Read the answer that has come.  An answer that is nothing a token endpoint
 * says is an error; one that refuses is not.  What it points to is in the
 * current memory context.
 */
extern void pca_grant_read(const PcaServer *server, PcaTransfer *transfer, PcaGrant *grant);

/* Zero the secrets that the grant holds. */
extern void pca_grant_forget(PcaGrant *grant);

/*
 * Raise the error that a refusal is: it names the endpoint's code (AADSTS...)
 * with a hint that names the cure; never a secret.
 */
PCA_NORETURN extern void pca_grant_raise(const PcaServer *server, const PcaTransfer *transfer,
										 const PcaGrant *grant);

/*
 * Raise an error when the text cannot be a token: a token goes into a header,
 * so it must not hold what ends one.
 */
extern void pca_grant_check_token(const char *token, const PcaServer *server);

#endif							/* PCA_GRANT_H */
