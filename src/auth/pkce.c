/*
 * pkce.c
 *		The authorization code flow with PKCE (RFC 6749, 4.1; RFC 7636).
 */
#include "postgres.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "mb/pg_wchar.h"

#include "auth/base64url.h"
#include "auth/form.h"
#include "auth/pkce.h"
#include "config/url.h"

/* The longest value of the address that is read, in bytes; a code has about 1 kB. */
#define PCA_PKCE_VALUE_MAX	8192

char *
pca_pkce_random_text(int length)
{
	uint8		bytes[64];
	char	   *text;

	Assert(length <= (int) sizeof(bytes));
	if (!pg_strong_random(bytes, length))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random bytes")));
	text = pca_base64url_encode(bytes, length);
	explicit_bzero(bytes, sizeof(bytes));
	return text;
}

char *
pca_pkce_challenge(const char *verifier)
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);
	uint8		digest[PG_SHA256_DIGEST_LENGTH];

	if (!context || pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, (const uint8 *) verifier, strlen(verifier)) < 0 ||
		pg_cryptohash_final(context, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute a SHA-256 hash");
	pg_cryptohash_free(context);
	return pca_base64url_encode(digest, sizeof(digest));
}

char *
pca_pkce_authorize_url(const PcaAuthorizeRequest *request)
{
	StringInfoData query;

	initStringInfo(&query);
	pca_form_append(&query, "client_id", request->client_id);
	pca_form_append(&query, "response_type", "code");
	pca_form_append(&query, "response_mode", "query");
	pca_form_append(&query, "redirect_uri", request->redirect_uri);
	pca_form_append(&query, "scope", request->scope);
	pca_form_append(&query, "state", request->state);
	pca_form_append(&query, "nonce", request->nonce);
	pca_form_append(&query, "code_challenge", pca_pkce_challenge(request->verifier));
	pca_form_append(&query, "code_challenge_method", "S256");
	pca_form_append(&query, "claims", request->claims);

	/*
	 * prompt=login: the user chooses the account, and the period of a sign-in
	 * frequency policy begins again
	 */
	pca_form_append(&query, "prompt", "login");
	pca_form_append(&query, "login_hint", request->login_hint);
	return psprintf("%s?%s", request->endpoint, query.data);
}

const char *
pca_pkce_redirect_uri_reason(const char *uri)
{
	char	   *without_query = pstrdup(uri);
	char	   *host;

	if (strlen(uri) > PCA_PKCE_REDIRECT_URI_MAX)
		return "It has more than 256 bytes.";
	if (strchr(uri, '#'))
		return "It has a fragment.";
	without_query[strcspn(without_query, "?")] = '\0';
	if (pca_url_reason(without_query))
		return "It must be a URL with https, or with http on localhost or 127.0.0.1, and without a user name.";
	host = pca_url_host(without_query);
	if (pca_url_is_plain_http(without_query) &&
		strcmp(host, "localhost") != 0 && strcmp(host, "127.0.0.1") != 0)
		return "Plain http is allowed on localhost and 127.0.0.1 only.";
	return NULL;
}

/* Decode a value of a query up to "&" or the end; NULL if it is not valid. */
static char *
decode_query_value(const char *value, size_t length)
{
	char	   *decoded = palloc(length + 1);
	size_t		used = 0;

	if (length > PCA_PKCE_VALUE_MAX)
		return NULL;
	for (size_t i = 0; i < length; i++)
	{
		char		c = value[i];

		if (c == '%')
		{
			char		hex[3] = {0};

			if (length - i < 3 || !isxdigit((unsigned char) value[i + 1]) ||
				!isxdigit((unsigned char) value[i + 2]))
				return NULL;
			memcpy(hex, value + i + 1, 2);
			c = (char) strtol(hex, NULL, 16);
			i += 2;
		}
		else if (c == '+')
			c = ' ';
		if (c == '\0')
			return NULL;
		decoded[used++] = c;
	}
	decoded[used] = '\0';
	return pg_verify_mbstr(PG_UTF8, decoded, (int) used, true) ?
		pg_any_to_server(decoded, (int) used, PG_UTF8) : NULL;
}

/*
 * Returns the parameter of a query or fragment, or NULL if it is absent, repeated or
 * empty.  White space at the end of the query belongs to no parameter.
 */
static char *
find_query_parameter(const char *query, const char *name)
{
	size_t		length = strlen(name);
	const char *value = NULL;

	for (const char *p = query; *p;)
	{
		size_t		size = strcspn(p, "&#");

		if (size > length && strncmp(p, name, length) == 0 && p[length] == '=')
		{
			if (value)
				return NULL;
			value = p + length + 1;
		}
		p += size;
		p += strspn(p, "&#");
	}
	length = value ? strcspn(value, "&# \t\r\n") : 0;
	return length > 0 ? decode_query_value(value, length) : NULL;
}

bool
pca_pkce_read_address(const char *address, const char *state, PcaRedirectResponse *response)
{
	const char *query = address + strcspn(address, "?#");
	char	   *returned;

	memset(response, 0, sizeof(PcaRedirectResponse));
	if (*query == '\0')
		return false;
	query++;
	returned = find_query_parameter(query, "state");
	if (!returned || strcmp(returned, state) != 0)
		return false;
	response->code = find_query_parameter(query, "code");
	response->error = find_query_parameter(query, "error");
	response->description = find_query_parameter(query, "error_description");
	return response->code || response->error;
}
