/*
 * token_request.c
 *		Builds token requests and reads the responses of token endpoints.
 *
 * Nothing is kept here.  See token_cache.c for the current token and when another
 * one is needed, and entra_errors.c for the errors of the sign-in service.
 */
#include "postgres.h"

#include <time.h>

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "auth/client_assertion.h"
#include "auth/entra_errors.h"
#include "auth/form.h"
#include "auth/secret.h"
#include "auth/token_request.h"
#include "config/url.h"
#include "http/http_error.h"
#include "http/redact.h"
#include "json/json.h"

/*
 * A token's lifetime if its response does not have it, in seconds: less than the
 * hour of a usual token, but enough for some pages.
 */
#define PCA_UNSAID_LIFE		300

/*
 * The longest lifetime that is accepted, in seconds: a day, so that a token whose
 * response has an absurd number is renewed.
 */
#define PCA_LONGEST_LIFE	86400

/* The deepest nesting of a response; the documented one is flat. */
#define PCA_TOKEN_DEPTH		16

/* ---- requests ---- */

PcaGrantType
pca_token_request_grant_type(const PcaServer *server, const PcaCredentials *credentials)
{
	static const PcaCredential needed[] = {PCA_CRED_TENANT_ID, PCA_CRED_CLIENT_ID};

	if (credentials->values[PCA_CRED_ACCESS_TOKEN])
		return PCA_GRANT_FIXED_TOKEN;
	for (int i = 0; i < (int) lengthof(needed); i++)
	{
		if (!credentials->values[needed[i]])
			ereport(ERROR,
					(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
					 errmsg("the user mapping for server \"%s\" has no option \"%s\"",
							server->name, pca_option_defs_credential_name(needed[i])),
					 errhint("A user mapping needs tenant_id, client_id, and a refresh token, which pc_analytics_sign_in() stores; or an access_token.")));
	}
	if (credentials->values[PCA_CRED_REFRESH_TOKEN])
		return PCA_GRANT_REFRESH_TOKEN;
	if (credentials->values[PCA_CRED_CLIENT_SECRET] || pca_client_assertion_is_used(credentials))
		return PCA_GRANT_CLIENT_CREDENTIALS;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
			 errmsg("the user mapping for server \"%s\" has neither \"refresh_token\" nor \"client_secret\"",
					server->name),
			 errhint("Sign in: SELECT * FROM pc_analytics_sign_in(%s).", quote_literal_cstr(server->name))));
}

/* Append the fields of a token request except for its secrets (api-notes 6.1). */
static void
append_token_fields(StringInfo form, PcaGrantType flow, const PcaServer *server, const char *client_id)
{
	bool		refresh = (flow == PCA_GRANT_REFRESH_TOKEN);

	pca_form_append(form, "grant_type", refresh ? "refresh_token" : "client_credentials");
	pca_form_append(form, "client_id", client_id);
	if (server->token_endpoint == PCA_TOKEN_ENDPOINT_V1)
	{
		pca_form_append(form, "resource", server->token_resource);
		if (refresh)
			pca_form_append(form, "scope", "openid");
	}
	else if (refresh)
		pca_form_append(form, "scope", psprintf("%s/user_impersonation offline_access",
												server->token_resource));
	else
		pca_form_append(form, "scope", psprintf("%s/.default", server->token_resource));
}

char *
pca_token_request_url(const PcaServer *server, const PcaCredentials *credentials, const char *endpoint)
{
	StringInfoData url;

	initStringInfo(&url);
	appendStringInfo(&url, "%s/", server->login_url);
	pca_url_encode(&url, credentials->values[PCA_CRED_TENANT_ID]);
	appendStringInfoString(&url, endpoint);
	return url.data;
}

void
pca_token_request_finish_form(StringInfo form, const PcaCredentials *credentials, const char *audience,
							  const PcaFormField *grant, int ngrant, PcaHttpRequest *request)
{
	PcaFormField *secrets = palloc((ngrant + 2) * sizeof(PcaFormField));
	char	   *assertion = pca_client_assertion_create(credentials, audience);

	if (assertion)
		pca_form_append(form, "client_assertion_type", PCA_CLIENT_ASSERTION_TYPE);
	for (int i = 0; i < ngrant; i++)
		secrets[i] = grant[i];
	secrets[ngrant] = (PcaFormField)
	{
		"client_secret", credentials->values[PCA_CRED_CLIENT_SECRET]
	};
	secrets[ngrant + 1] = (PcaFormField)
	{
		"client_assertion", assertion
	};
	pca_form_append_secrets(form, request, secrets, ngrant + 2);
	pca_secret_free(&assertion);
	request->post_form = form->data;
	request->headers = lappend(request->headers, pstrdup("Accept: application/json"));
	request->secret = true;
}

void
pca_token_request_build(PcaGrantType flow, const PcaServer *server, const PcaCredentials *credentials,
						PcaHttpRequest *request)
{
	const PcaFormField grant = {"refresh_token", flow == PCA_GRANT_REFRESH_TOKEN ?
	credentials->values[PCA_CRED_REFRESH_TOKEN] : NULL};
	StringInfoData form;

	request->url = pca_token_request_url(server, credentials,
										 server->token_endpoint == PCA_TOKEN_ENDPOINT_V1 ?
										 "/oauth2/token" : "/oauth2/v2.0/token");
	initStringInfo(&form);
	append_token_fields(&form, flow, server, credentials->values[PCA_CRED_CLIENT_ID]);
	pca_token_request_finish_form(&form, credentials, request->url, &grant, 1, request);
}

/* ---- responses ---- */

/* Returns a member's text, palloc'd; NULL if there is none. */
static char *
member_text(PcaJson *json, const PcaJsonValue *response, const char *key)
{
	const PcaJsonValue *member = pca_json_member(response, key);
	const char *text = member ? pca_json_text(json, member) : NULL;

	return text ? pstrdup(text) : NULL;
}

/* Returns a member's whole number, which may be written as a string; -1 if there is none. */
static int64
member_number(PcaJson *json, const PcaJsonValue *response, const char *key)
{
	const char *digits = member_text(json, response, key);
	char	   *end;
	int64		number;

	if (!digits || digits[0] == '\0')
		return -1;
	number = strtoll(digits, &end, 10);
	return *end == '\0' ? number : -1;
}

/*
 * Returns the token's lifetime in seconds.  Where the response has two times, they
 * are compared with each other, since the database server's clock may be wrong.
 */
static int64
token_life(PcaJson *json, const PcaJsonValue *response)
{
	int64		life = member_number(json, response, "expires_in");
	int64		until = member_number(json, response, "expires_on");
	int64		since = member_number(json, response, "not_before");

	if (life < 0 && until >= 0)
		life = since >= 0 ? until - since : until - (int64) time(NULL);
	if (life < 0)
		life = PCA_UNSAID_LIFE;
	return Min(life, PCA_LONGEST_LIFE);
}

/* Returns true if an error of OAuth says that the service failed (api-notes 6.6). */
static bool
is_temporary_error(const char *error)
{
	return error && (strcmp(error, "temporarily_unavailable") == 0 ||
					 strcmp(error, "server_error") == 0);
}

/* Returns true if the service failed, and did not refuse (api-notes 7.2). */
static bool
service_failed(int status, const char *error)
{
	return status >= 500 || status == 429 || status == 408 || is_temporary_error(error);
}

/* Returns both hints, each of which may be NULL, as one; NULL if there is none. */
static const char *
join_hints(const char *first, const char *second)
{
	if (!first || !second)
		return first ? first : second;
	return psprintf("%s %s", first, second);
}

void
pca_token_request_raise_error(const PcaTransfer *transfer, const PcaTokenResponse *grant,
							  const char *mapping_hint)
{
	int			status = pca_transfer_status(transfer);
	const char *description = grant->description ? grant->description : "";
	const char *error = grant->error ? grant->error : "it was refused";
	bool		failed = service_failed(status, grant->error);
	const char *hint = failed ? "Try again later." :
		join_hints(mapping_hint, pca_entra_errors_hint(error, description));

	ereport(ERROR,
			(errcode(failed ? ERRCODE_CONNECTION_FAILURE :
					 ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("the sign-in service gave no access token: %s",
					pca_http_error_quote(transfer, error, strlen(error), PCA_HTTP_ERROR_EXCERPT_MAX)),
			 errdetail("HTTP status %d, \"%s\".", status,
					   pca_http_error_quote(transfer, description, strlen(description),
											PCA_HTTP_ERROR_TEXT_MAX)),
			 hint ? errhint("%s", hint) : 0));
}

/* Raise the error for a response that is neither a token nor an OAuth error. */
PCA_NORETURN static void
raise_unreadable(const PcaTransfer *transfer, const char *body, size_t length,
				 const char *mapping_hint)
{
	int			status = pca_transfer_status(transfer);

	ereport(ERROR,
			(errcode(service_failed(status, NULL) ? ERRCODE_CONNECTION_FAILURE :
					 ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
			 errmsg("the sign-in service's response is not a token"),
			 length == 0 ? errdetail("HTTP status %d, without a body.", status) :
			 errdetail("HTTP status %d. The response begins with \"%s\".", status,
					   pca_http_error_quote(transfer, body, length, PCA_HTTP_ERROR_EXCERPT_MAX)),
			 service_failed(status, NULL) ? errhint("Try again later.") :
			 errhint("%s", join_hints(mapping_hint,
									  "Check the server's option \"login_url\" and the user mapping's option \"tenant_id\"."))));
}

/*
 * Returns the first key that the response has twice, among those of a token; NULL if
 * there is none.  RFC 6749, 5.1, forbids it.
 */
static const char *
find_repeated(const PcaJsonValue *response)
{
	static const char *const keys[] = {
		"access_token", "refresh_token", "id_token", "expires_in", "expires_on", "not_before"
	};

	for (int i = 0; i < (int) lengthof(keys); i++)
	{
		const PcaJsonValue *again;

		(void) pca_json_only_member(response, keys[i], &again);
		if (again)
			return keys[i];
	}
	return NULL;
}

/*
 * Read the error, which gateways write as an object.  If the description has no
 * AADSTS number, the one of error_codes is added, another member of Microsoft's
 * responses.
 */
static void
read_error(PcaJson *json, const PcaJsonValue *response, PcaTokenResponse *grant)
{
	const PcaJsonValue *inner = pca_json_member(response, "error");
	const PcaJsonValue *codes = pca_json_member(response, "error_codes");
	const PcaJsonValue *first = codes ? pca_json_first(codes) : NULL;
	const char *number = first ? pca_json_text(json, first) : NULL;

	if (inner && pca_json_kind(inner) == PCA_JSON_OBJECT)
	{
		grant->error = member_text(json, inner, "code");
		grant->description = member_text(json, inner, "message");
		if (!grant->error && grant->description)
			grant->error = pstrdup("it was refused");
		return;
	}
	grant->error = member_text(json, response, "error");
	grant->description = member_text(json, response, "error_description");
	if (grant->error && number && !(grant->description && strstr(grant->description, "AADSTS")))
		grant->description = psprintf("AADSTS%s: %s", number,
									  grant->description ? grant->description : "");
}

/*
 * Read a body into *grant.  Returns false if it is not a JSON object.  The parser's
 * memory is zeroed, so that the only copies of secrets are those in *grant.
 */
static bool
read_body(const char *body, size_t length, PcaTokenResponse *grant)
{
	PcaJson    *json = pca_json_create(CurrentMemoryContext);
	const char *reason;
	const PcaJsonValue *response = pca_json_parse(json, body, length, PCA_TOKEN_DEPTH, &reason);
	bool		good = response && pca_json_kind(response) == PCA_JSON_OBJECT;

	memset(grant, 0, sizeof(PcaTokenResponse));
	if (good)
	{
		grant->token = member_text(json, response, "access_token");
		grant->refresh_token = member_text(json, response, "refresh_token");
		grant->id_token = member_text(json, response, "id_token");
		grant->life_s = token_life(json, response);
		read_error(json, response, grant);
		grant->repeated = find_repeated(response);
	}
	pca_json_wipe(json);
	return good;
}

bool
pca_token_request_failed_temporarily(PcaTransfer *transfer)
{
	PcaTokenResponse grant;
	size_t		length;
	const char *body = pca_transfer_body(transfer, &length);
	bool		temporary = read_body(body, length, &grant) && !grant.token &&
		is_temporary_error(grant.error);

	pca_token_request_wipe_response(&grant);
	return temporary;
}

void
pca_token_request_read_response(PcaTransfer *transfer, const char *mapping_hint,
								PcaTokenResponse *grant)
{
	int			status = pca_transfer_status(transfer);
	size_t		length;
	const char *body = pca_transfer_body(transfer, &length);

	if (!read_body(body, length, grant))
		raise_unreadable(transfer, body, length, mapping_hint);
	if (grant->error || (status != 200 && !grant->token))
	{
		pca_token_request_wipe_response(grant);
		return;
	}
	if (grant->repeated)
	{
		pca_token_request_wipe_response(grant);
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
				 errmsg("the sign-in service's response is ambiguous"),
				 errdetail("It has \"%s\" twice.", grant->repeated)));
	}
	if (status != 200 || !grant->token || grant->token[0] == '\0')
	{
		pca_token_request_wipe_response(grant);
		raise_unreadable(transfer, "", 0, mapping_hint);
	}
	if (grant->refresh_token && grant->refresh_token[0] == '\0')
		pca_secret_free(&grant->refresh_token);
}

void
pca_token_request_wipe_response(PcaTokenResponse *grant)
{
	pca_secret_free(&grant->token);
	pca_secret_free(&grant->refresh_token);
	pca_secret_free(&grant->id_token);
}

void
pca_token_request_check_token(const char *token, const PcaServer *server,
							  const char *mapping_hint)
{
	for (const char *p = token; *p; p++)
	{
		if (*p <= ' ' || *p > '~')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
					 server ? errmsg("the access token for server \"%s\" is not a token", server->name) :
					 errmsg("the sign-in service's access token is not a token"),
					 errdetail("It holds white space or a character that is not ASCII."),
					 mapping_hint ? errhint("%s", mapping_hint) : 0));
	}
}
