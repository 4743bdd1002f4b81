/*
 * token_request.h
 *		Builds token requests and reads the responses of token endpoints.
 */
#ifndef PCA_TOKEN_REQUEST_H
#define PCA_TOKEN_REQUEST_H

#include "postgres.h"

#include "auth/form.h"
#include "auth/user_mapping.h"
#include "compat.h"
#include "config/option.h"
#include "http/transfer.h"

/* How a user mapping gets its tokens. */
typedef enum PcaGrantType
{
	PCA_GRANT_UNKNOWN,			/* the mapping has not been read yet */
	PCA_GRANT_FIXED_TOKEN,		/* access_token */
	PCA_GRANT_REFRESH_TOKEN,
	PCA_GRANT_CLIENT_CREDENTIALS
} PcaGrantType;

/* The content of a token endpoint's response.  Texts are UTF-8. */
typedef struct PcaTokenResponse
{
	char	   *token;			/* access token, or NULL */
	char	   *refresh_token;	/* or NULL */
	char	   *id_token;		/* or NULL; its claims name the user who
								 * signed in */
	int64		life_s;			/* lifetime of the token */
	char	   *error;			/* OAuth's error code, or NULL */
	char	   *description;	/* OAuth's error description, or NULL */
	const char *repeated;		/* a key that the response has twice, or NULL */
} PcaTokenResponse;

/*
 * Returns how a mapping with these options gets its tokens.  Errors: it lacks an
 * option that is needed.
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
 * Returns the URL of an endpoint of the mapping's tenant.  endpoint: its path, with
 * the slash at its start.  Current memory context.
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
 * Read the response into *grant, whose texts are in the current memory context.  A
 * refusal raises no error here.  mapping_hint: see pca_placeholder_hint().  Errors:
 * the response is neither a token nor an OAuth error, or it has a key twice.
 */
extern void pca_token_request_read_response(PcaTransfer *transfer, const char *mapping_hint,
											PcaTokenResponse *grant);

/*
 * Returns true if the response, of any HTTP status, has an error of OAuth that says
 * that the service failed for now (api-notes 6.6), so that the request may be
 * retried.
 */
extern bool pca_token_request_failed_temporarily(PcaTransfer *transfer);

/* Zero and free the tokens of a response. */
extern void pca_token_request_wipe_response(PcaTokenResponse *grant);

/*
 * Raise the error for a refusal.  It has the endpoint's error code and number
 * (AADSTS...) and a hint, and no secret.  mapping_hint, which may be NULL, is put
 * before the hint.
 */
PCA_NORETURN extern void pca_token_request_raise_error(const PcaTransfer *transfer,
													   const PcaTokenResponse *grant,
													   const char *mapping_hint);

/*
 * Check that a text can be sent as a token in a header field.  server: the server
 * whose user mapping has it; NULL if it is the sign-in service's.  mapping_hint: the
 * error's hint, or NULL.  Errors: it has white space or a character other than
 * printable ASCII.
 */
extern void pca_token_request_check_token(const char *token, const PcaServer *server,
										  const char *mapping_hint);

#endif							/* PCA_TOKEN_REQUEST_H */
