/*
 * check_credentials.c
 *		The rows of pc_analytics_check() about credentials and tokens.
 *
 * A hint names what helps where the detail shows a problem, even one that is no
 * error yet.
 */
#include "postgres.h"

#include <time.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "admin/check_credentials.h"
#include "auth/client_assertion.h"
#include "auth/secret.h"
#include "auth/user_mapping.h"
#include "guid.h"
#include "http/http_error.h"

/* The life of a refresh token, in days (api-notes 6.3). */
#define REFRESH_TOKEN_DAYS	90

/* A refresh token of that age, in days, is to be replaced. */
#define REFRESH_TOKEN_OLD_DAYS	60

/* ---- texts ---- */

/* A time in seconds since 1970, or -1. */
static char *
format_seconds(int64 seconds)
{
	return seconds < 0 ? pstrdup("unknown") :
		pstrdup(timestamptz_to_str(time_t_to_timestamptz((pg_time_t) seconds)));
}

static const char *
text_or_unknown(const char *text)
{
	return text ? text : "unknown";
}

/* The statement that signs a user in. */
static char *
sign_in_statement(const PcaServer *server)
{
	return psprintf("SELECT * FROM pc_analytics_sign_in(%s)", quote_literal_cstr(server->name));
}

/* ---- the application ---- */

/* A certificate: its subject, end and thumbprint as openssl prints it. */
static PcaCheckText
describe_certificate(const PcaCredentials *credentials, const PcaCertificate *certificate)
{
	PcaCheckText text = {0};
	StringInfoData thumbprint;
	int64		days = (certificate->ends - (int64) time(NULL)) / SECS_PER_DAY;

	initStringInfo(&thumbprint);
	for (int i = 0; i < PCA_CERTIFICATE_THUMBPRINT; i++)
		appendStringInfo(&thumbprint, "%s%02X", i > 0 ? ":" : "", certificate->thumbprint[i]);
	text.detail = psprintf("The certificate of \"%s\", valid until %s, SHA-256 thumbprint %s.",
						   pca_http_error_text(certificate->subject, strlen(certificate->subject),
											   PCA_HTTP_ERROR_EXCERPT_MAX),
						   format_seconds(certificate->ends), thumbprint.data);
	if (certificate->begins > (int64) time(NULL))
		text.hint = psprintf("The certificate is not valid before %s. %s",
							 format_seconds(certificate->begins), PCA_CLIENT_ASSERTION_BEGIN_HINT);
	else if (certificate->ends >= 0 && days < PCA_CLIENT_ASSERTION_RENEW_DAYS)
		text.hint = psprintf("The certificate %s: upload a new one to the application's registration, then replace the file \"%s\".",
							 certificate->ends < (int64) time(NULL) ? "has ended" :
							 psprintf("ends in " INT64_FORMAT " days", days),
							 credentials->values[PCA_CRED_CLIENT_CERTIFICATE_FILE]);
	return text;
}

/* The assertion of a federated credential. */
static PcaCheckText
describe_assertion(const PcaCredentials *credentials)
{
	PcaCheckText text = {0};
	PcaJwtClaims claims;
	char	   *assertion = pca_client_assertion_create(credentials, "");
	bool		is_readable = pca_jwt_read_claims(assertion, &claims);

	pca_secret_free(&assertion);
	if (!is_readable)
		text.detail = pstrdup("An assertion whose claims cannot be read.");
	else
		text.detail = psprintf("An assertion of issuer %s, subject %s, audience %s, valid until %s.",
							   text_or_unknown(claims.issuer), text_or_unknown(claims.subject),
							   text_or_unknown(claims.audience), format_seconds(claims.expires));
	if (is_readable && claims.expires >= 0 && claims.expires < (int64) time(NULL))
		text.hint = psprintf("The assertion has ended, or the clock of the database server is wrong: the platform must renew the file \"%s\".",
							 credentials->values[PCA_CRED_CLIENT_ASSERTION_FILE]);
	return text;
}

/* Returns how an application with these credentials proves its identity. */
static PcaCheckText
describe_client(const PcaCredentials *credentials)
{
	PcaCheckText text = {0};
	PcaCertificate certificate;

	if (pca_client_assertion_read_certificate(credentials, &certificate))
		return describe_certificate(credentials, &certificate);
	if (pca_client_assertion_is_used(credentials))
		return describe_assertion(credentials);
	if (credentials->values[PCA_CRED_CLIENT_SECRET_FILE])
		text.detail = psprintf("A client secret, in file \"%s\".",
							   credentials->values[PCA_CRED_CLIENT_SECRET_FILE]);
	else if (credentials->values[PCA_CRED_CLIENT_SECRET])
		text.detail = pstrdup("A client secret.");
	else
		text.detail = pstrdup("None: the application is a public client.");
	return text;
}

PcaCheckText
pca_check_credentials_client(const PcaServer *server)
{
	PcaCredentials credentials;
	PcaCheckText text;

	pca_user_mapping_read(server, pca_user_mapping_find(server, GetUserId(), NULL), &credentials);
	PG_TRY();
	{
		text = describe_client(&credentials);
	}
	PG_FINALLY();
	{
		pca_user_mapping_wipe(&credentials);
	}
	PG_END_TRY();
	return text;
}

/* ---- the refresh token ---- */

/* A refresh token that was stored at that time. */
static PcaCheckText
describe_age(const PcaServer *server, TimestampTz saved_at)
{
	PcaCheckText text = {0};
	TimestampTz end = saved_at + REFRESH_TOKEN_DAYS * USECS_PER_DAY;
	TimestampTz now = GetCurrentTimestamp();
	int			days = (int) ((now - saved_at) / USECS_PER_DAY);
	char	   *day = pnstrdup(pca_option_defs_time_text(end), strlen("2026-01-31"));

	text.detail = psprintf("Stored %d days ago, %s %s.", days, end < now ? "ended" : "ends", day);
	if (end < now)
		text.hint = psprintf("The refresh token has expired. Sign in: %s.", sign_in_statement(server));
	else if (days >= REFRESH_TOKEN_OLD_DAYS)
		text.hint = psprintf("SELECT pc_analytics_rotate_refresh_token(%s) replaces it.",
							 quote_literal_cstr(server->name));
	return text;
}

/* The refresh token among the options of the user mapping. */
static PcaCheckText
describe_refresh_token(const PcaServer *server, const PcaCredentials *credentials)
{
	PcaCheckText text = {0};
	TimestampTz saved_at;

	if (credentials->values[PCA_CRED_REFRESH_TOKEN_FILE])
		text.detail = psprintf("In file \"%s\". When it ends is not known.",
							   credentials->values[PCA_CRED_REFRESH_TOKEN_FILE]);
	else if (!credentials->values[PCA_CRED_REFRESH_TOKEN])
		text.hint = psprintf("Sign in: %s.", sign_in_statement(server));
	else if (pca_user_mapping_saved_at(credentials, &saved_at))
		text = describe_age(server, saved_at);
	else
	{
		text.detail = pstrdup("When it was stored is not known.");
		text.hint = pstrdup("Set the user mapping's option \"refresh_token_saved_at\", as rotation and signing in do.");
	}
	return text;
}

PcaCheckText
pca_check_credentials_refresh_token(const PcaServer *server)
{
	PcaCredentials credentials;
	PcaCheckText text;

	pca_user_mapping_read_options(pca_user_mapping_find(server, GetUserId(), NULL), &credentials);
	PG_TRY();
	{
		text = describe_refresh_token(server, &credentials);
	}
	PG_FINALLY();
	{
		pca_user_mapping_wipe(&credentials);
	}
	PG_END_TRY();
	return text;
}

/* ---- the access token ---- */

/* The claims of a token as one sentence. */
static char *
describe_claims(const PcaJwtClaims *claims)
{
	static const char *const ways[] = {
		"", " as a public client", " with a client secret", " with a certificate or assertion"
	};
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "Audience %s, valid until %s, tenant %s, application %s%s, %s%s%s",
					 text_or_unknown(claims->audience), format_seconds(claims->expires),
					 text_or_unknown(claims->tenant), text_or_unknown(claims->application),
					 ways[claims->client_authentication + 1],
					 claims->user ? "user " : "no user", claims->user ? claims->user : "",
					 claims->multi_factor ? " with multi-factor authentication" : "");
	appendStringInfo(&text, ", scopes %s, roles %s, amr %s.",
					 claims->scopes ? claims->scopes : "none", claims->roles ? claims->roles : "none",
					 claims->methods ? claims->methods : "none");
	return text.data;
}

/* Returns true if a claim differs from the user mapping's option, both without case. */
static bool
differs(const char *claim, const char *option)
{
	return claim && option && pg_strcasecmp(claim, option) != 0;
}

/* Returns true if the list, separated by blanks, has the scope. */
static bool
has_scope(const char *scopes, const char *scope)
{
	size_t		length = strlen(scope);

	for (const char *p = scopes; *p; p += strcspn(p, " "), p += strspn(p, " "))
	{
		if (strncmp(p, scope, length) == 0 && (p[length] == ' ' || p[length] == '\0'))
			return true;
	}
	return false;
}

/* Returns the hint for what the token lacks, or NULL. */
static char *
make_claims_hint(const PcaServer *server, const PcaCredentials *credentials, const PcaJwtClaims *claims)
{
	const char *tenant = credentials->values[PCA_CRED_TENANT_ID];
	const char *resource = server->token_resource;
	bool		upper;
	bool		lower;

	/* before the next: such a token never has multi-factor authentication */
	if (claims->roles && !claims->scopes)
		return psprintf("The token is the application's own, and the analytics resources refuse it. Sign in: %s.",
						sign_in_statement(server));
	if (!claims->multi_factor)
		return psprintf("Sign in again: %s. The user must have multi-factor authentication enforced, by Microsoft Entra or by a federated provider whose amr says so.",
						sign_in_statement(server));
	/* a token for another API has other scopes */
	if (claims->audience && strncmp(claims->audience, resource, strlen(resource)) != 0)
		return psprintf("The token's audience differs from option \"token_resource\" (%s). The rows of the resources show if the API accepts the token.",
						resource);
	if (!claims->scopes || !has_scope(claims->scopes, "user_impersonation"))
		return psprintf("API permissions of the application: add \"user_impersonation\" of Microsoft Partner Center, and grant consent. Then sign in again: %s.",
						sign_in_statement(server));
	/* a domain as tenant_id cannot be compared */
	if ((tenant && pca_guid_case(tenant, &upper, &lower) && differs(claims->tenant, tenant)) ||
		differs(claims->application, credentials->values[PCA_CRED_CLIENT_ID]))
		return psprintf("The token was made elsewhere, for another tenant or application than the user mapping's. Sign in again: %s.",
						sign_in_statement(server));
	return NULL;
}

PcaCheckText
pca_check_credentials_token(const PcaServer *server, const PcaJwtClaims *claims)
{
	PcaCredentials credentials;
	PcaCheckText text;

	pca_user_mapping_read_options(pca_user_mapping_find(server, GetUserId(), NULL), &credentials);
	PG_TRY();
	{
		text.detail = describe_claims(claims);
		text.hint = make_claims_hint(server, &credentials, claims);
	}
	PG_FINALLY();
	{
		pca_user_mapping_wipe(&credentials);
	}
	PG_END_TRY();
	return text;
}

char *
pca_check_credentials_token_detail(const PcaTokenCache *auth, const char *about)
{
	int64		age_ms = pca_token_cache_shared_age(auth);

	if (age_ms < 0)
		return pstrdup(about);
	return psprintf("%s Granted " INT64_FORMAT " s ago, and shared by the sessions with the same credentials.",
					about, age_ms / 1000);
}
