/*
 * device_flow.c
 *		Requests of the sign-in flows, and what responses mean (RFC 8628, RFC 6749).
 */
#include "postgres.h"

#include "auth/device_flow.h"
#include "auth/form.h"
#include "auth/secret.h"
#include "auth/token_request.h"
#include "config/url.h"
#include "json/json.h"

/* Path of the token endpoint, in a tenant. */
#define TOKEN_PATH			"/oauth2/v2.0/token"

/* The deepest nesting of a response; the documented one is flat. */
#define PCA_DEVICE_FLOW_DEPTH	16

/* Limits of a response's texts, in bytes. */
#define PCA_DEVICE_CODE_MAX	8192
#define PCA_USER_CODE_MAX	64
#define PCA_DEVICE_URL_MAX	1024

/* The life of a code and the interval of polls, in seconds (RFC 8628, 3.2). */
#define PCA_DEVICE_EXPIRES_DEFAULT	900
#define PCA_DEVICE_EXPIRES_MAX		3600
#define PCA_DEVICE_INTERVAL_DEFAULT	5
#define PCA_DEVICE_INTERVAL_MAX		60

char *
pca_device_flow_scope(const PcaServer *server)
{
	return psprintf("%s/user_impersonation openid profile offline_access", server->token_resource);
}

/* ---- requests ---- */

void
pca_device_flow_build_request(const PcaServer *server, const PcaCredentials *credentials,
							  PcaHttpRequest *request)
{
	StringInfoData form;

	request->url = pca_token_request_url(server, credentials, "/oauth2/v2.0/devicecode");
	initStringInfo(&form);
	pca_form_append(&form, "client_id", credentials->values[PCA_CRED_CLIENT_ID]);
	pca_form_append(&form, "scope", pca_device_flow_scope(server));
	pca_form_append(&form, "claims", PCA_DEVICE_FLOW_CLAIMS);
	pca_token_request_finish_form(&form, credentials, pca_token_request_url(server, credentials, TOKEN_PATH),
								  NULL, 0, request);
}

/* Build a token request for a code of either flow. */
static void
build_code_request(const PcaServer *server, const PcaCredentials *credentials,
				   const char *grant_type, const char *redirect_uri,
				   const PcaFormField *secrets, int nsecrets, PcaHttpRequest *request)
{
	StringInfoData form;

	request->url = pca_token_request_url(server, credentials, TOKEN_PATH);
	initStringInfo(&form);
	pca_form_append(&form, "grant_type", grant_type);
	pca_form_append(&form, "client_id", credentials->values[PCA_CRED_CLIENT_ID]);
	pca_form_append(&form, "redirect_uri", redirect_uri);
	pca_token_request_finish_form(&form, credentials, request->url, secrets, nsecrets, request);
}

void
pca_device_flow_build_poll(const PcaServer *server, const PcaCredentials *credentials,
						   const char *device_code, PcaHttpRequest *request)
{
	const PcaFormField secrets[] = {{"device_code", device_code}};

	build_code_request(server, credentials, "urn:ietf:params:oauth:grant-type:device_code", NULL,
					   secrets, lengthof(secrets), request);
}

void
pca_device_flow_build_redemption(const PcaServer *server, const PcaCredentials *credentials,
								 const char *code, const char *verifier,
								 const char *redirect_uri, PcaHttpRequest *request)
{
	const PcaFormField secrets[] = {
		{"code", code},
		{"code_verifier", verifier}
	};

	build_code_request(server, credentials, "authorization_code", redirect_uri,
					   secrets, lengthof(secrets), request);
}

/* ---- responses ---- */

/* A member that is printable ASCII of at most max bytes, or NULL. */
static char *
copy_printable(PcaJson *json, const PcaJsonValue *response, const char *key, size_t max)
{
	const PcaJsonValue *member = pca_json_member(response, key);
	const char *text = member ? pca_json_text(json, member) : NULL;

	if (!text || text[0] == '\0' || strlen(text) > max)
		return NULL;
	for (const char *p = text; *p; p++)
	{
		if (*p < ' ' || *p > '~')
			return NULL;
	}
	return pstrdup(text);
}

/* A member that is a number of seconds, limited to 1 .. max; fallback if there is none. */
static int
read_seconds(PcaJson *json, const PcaJsonValue *response, const char *key, int fallback, int max)
{
	const PcaJsonValue *member = pca_json_member(response, key);
	const char *text = member ? pca_json_text(json, member) : NULL;
	char	   *end;
	double		seconds;

	if (!text || text[0] == '\0')
		return fallback;
	seconds = strtod(text, &end);
	if (*end != '\0' || !(seconds >= 0))
		return fallback;
	return seconds >= max ? max : Max((int) seconds, 1);
}

/* The page for the user; NULL if there is none that may be opened. */
static char *
read_page_url(PcaJson *json, const PcaJsonValue *response, bool allow_http)
{
	static const char *const keys[] = {"verification_uri_complete", "verification_uri", "verification_url"};

	for (int i = 0; i < (int) lengthof(keys); i++)
	{
		char	   *url = copy_printable(json, response, keys[i], PCA_DEVICE_URL_MAX);
		char	   *base = url ? pnstrdup(url, strcspn(url, "?#")) : NULL;

		if (!base || pca_url_reason(base))
			continue;
		if (!pca_url_is_plain_http(base) || (allow_http && pca_url_is_loopback(base)))
			return url;
	}
	return NULL;
}

/* Read the response, whose values are wiped by the caller. */
static const char *
read_device_code(PcaJson *json, const PcaJsonValue *response, bool allow_http, PcaDeviceCode *code)
{
	code->device_code = copy_printable(json, response, "device_code", PCA_DEVICE_CODE_MAX);
	code->user_code = copy_printable(json, response, "user_code", PCA_USER_CODE_MAX);
	code->url = read_page_url(json, response, allow_http);
	code->expires_in = read_seconds(json, response, "expires_in", PCA_DEVICE_EXPIRES_DEFAULT,
									PCA_DEVICE_EXPIRES_MAX);
	code->interval = read_seconds(json, response, "interval", PCA_DEVICE_INTERVAL_DEFAULT,
								  PCA_DEVICE_INTERVAL_MAX);
	if (!code->device_code)
		return "It has no valid device_code.";
	if (!code->user_code)
		return "It has no valid user_code.";
	if (!code->url)
		return "It has no valid verification_uri.";
	return NULL;
}

const char *
pca_device_flow_read_response(const char *body, size_t length, bool allow_http,
							  PcaDeviceCode *code, char **error, char **description)
{
	PcaJson    *json = pca_json_create(CurrentMemoryContext);
	const char *reason;
	const PcaJsonValue *response = pca_json_parse(json, body, length, PCA_DEVICE_FLOW_DEPTH, &reason);
	const PcaJsonValue *member;

	memset(code, 0, sizeof(PcaDeviceCode));
	*error = *description = NULL;
	if (!response || pca_json_kind(response) != PCA_JSON_OBJECT)
		reason = "It is not a JSON object.";
	else if ((member = pca_json_member(response, "error")) != NULL && pca_json_text(json, member))
	{
		/* the endpoint sends some errors with HTTP status 200 */
		reason = "It is an error.";
		*error = pstrdup(pca_json_text(json, member));
		member = pca_json_member(response, "error_description");
		if (member && pca_json_text(json, member))
			*description = pstrdup(pca_json_text(json, member));
	}
	else
		reason = read_device_code(json, response, allow_http, code);
	if (reason)
		pca_secret_free(&code->device_code);
	pca_json_wipe(json);
	return reason;
}

PcaDevicePoll
pca_device_flow_classify(const char *error)
{
	static const struct
	{
		const char *error;
		PcaDevicePoll meaning;
	}			errors[] =

	{
		{"authorization_pending", PCA_DEVICE_POLL_PENDING},
		{"slow_down", PCA_DEVICE_POLL_SLOW_DOWN},
		{"expired_token", PCA_DEVICE_POLL_EXPIRED},
		{"code_expired", PCA_DEVICE_POLL_EXPIRED},
		{"authorization_declined", PCA_DEVICE_POLL_DECLINED},
		{"access_denied", PCA_DEVICE_POLL_DECLINED}
	};

	for (int i = 0; i < (int) lengthof(errors); i++)
	{
		if (strcmp(errors[i].error, error) == 0)
			return errors[i].meaning;
	}
	return PCA_DEVICE_POLL_REFUSED;
}
