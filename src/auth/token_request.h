/*
 * token_request.h
 *		How a token is asked for, and what the answer grants.
 */
#ifndef PCA_TOKEN_REQUEST_H
#define PCA_TOKEN_REQUEST_H

#include "postgres.h"

#include "auth/form.h"
#include "auth/user_mapping.h"
#include "compat.h"
#include "config/option.h"
#include "http/transfer.h"

/* How a user's tokens are got. */
typedef enum PcaGrantType
{
	PCA_GRANT_UNKNOWN,			/* the mapping has not been read yet */
	PCA_GRANT_FIXED_TOKEN,		/* access_token */
	PCA_GRANT_REFRESH_TOKEN,
	PCA_GRANT_CLIENT_CREDENTIALS
} PcaGrantType;

/* What a token endpoint's answer says; texts are UTF-8. */
typedef struct PcaTokenResponse
{
	char	   *token;			/* NULL: it is none */
	char	   *refresh_token;	/* that came with it, or NULL */
	char	   *id_token;		/* or NULL: who signed in */
	int64		life;			/* the token's, in seconds */
	char	   *error;			/* why there is none: OAuth's word, or NULL */
	char	   *description;	/* and its sentence, or NULL */
	const char *repeated;		/* a key that it has twice, so that it is no
								 * token */
} PcaTokenResponse;

/*
 * How a mapping with these options gets its tokens.  Errors: it lacks what is
 * needed for any.
 */
extern PcaGrantType pca_token_request_grant_type(const PcaServer *server, const PcaCredentials *credentials);

/*
 * Fill in the token request's URL, form body, headers and secrets (api-notes 6.1).
 * Current memory context.
 */
extern void pca_token_request_build(PcaGrantType flow, const PcaServer *server,
									const PcaCredentials *credentials,
									PcaHttpRequest *request);

/*
 * The URL of an endpoint of the mapping's tenant.  endpoint: its path, with the
 * slash at its start.  Current memory context.
 */
extern char *pca_token_request_url(const PcaServer *server, const PcaCredentials *credentials,
								   const char *endpoint);

/*
 * Append the secrets of a grant to a form, which must be in the current memory
 * context, and what proves the application's identity: a client secret or a new
 * assertion, if the user mapping has one.  Make the form the request's body, with
 * the header fields that go with it.  audience: URL of the token endpoint.
 * Errors: those of pca_client_assertion_create().
 */
extern void pca_token_request_finish_form(StringInfo form, const PcaCredentials *credentials,
										  const char *audience, const PcaFormField *grant, int ngrant,
										  PcaHttpRequest *request);

/*
 * Read the response.  A refusal is no error here.  What *grant points to is in the
 * current memory context.  mapping_hint: see pca_placeholder_hint().  Errors: a
 * response that no token endpoint gives.
 */
extern void pca_token_request_read_response(const PcaServer *server, PcaTransfer *transfer,
											const char *mapping_hint, PcaTokenResponse *grant);

/*
 * Returns true if the response, of any HTTP status, has an error of OAuth that says
 * that the service failed for now (api-notes 6.6), so that the request may be
 * retried.
 */
extern bool pca_token_request_failed_temporarily(PcaTransfer *transfer);

/* Zero the secrets that the grant holds. */
extern void pca_token_request_wipe_response(PcaTokenResponse *grant);

/*
 * Raise the error of a refusal: it has the endpoint's error and number (AADSTS...),
 * with a hint that names the cure, and no secret.  mapping_hint, which may be NULL,
 * stands before the hint.
 */
PCA_NORETURN extern void pca_token_request_raise_error(const PcaServer *server, const PcaTransfer *transfer,
													   const PcaTokenResponse *grant,
													   const char *mapping_hint);

/*
 * Check that the text can be a token: it is sent in a header field, which it must
 * not end.  mapping_hint: the error's hint, or NULL.  Errors: it cannot.
 */
extern void pca_token_request_check_token(const char *token, const PcaServer *server,
										  const char *mapping_hint);

#endif							/* PCA_TOKEN_REQUEST_H */
