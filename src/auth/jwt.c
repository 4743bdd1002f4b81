/*
 * jwt.c
 *		Reads the claims of a JSON Web Token (RFC 7519).
 *
 * The middle part of a JWT is JSON, which is not encrypted.  The signature, its last
 * part, is neither read nor verified, so that no claim is a secret.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "auth/base64url.h"
#include "auth/jwt.h"
#include "http/http_error.h"
#include "json/json.h"

/* The deepest nesting of claims; the documented ones have lists. */
#define PCA_CLAIMS_DEPTH	16

/* The longest claim that is shown, in characters. */
#define PCA_CLAIM_TEXT		200

/* Decode the middle one of the three parts; NULL if there are not three. */
static char *
decode_payload(const char *token, int *length)
{
	const char *begin = strchr(token, '.');
	const char *end = begin ? strchr(begin + 1, '.') : NULL;

	if (!end || end == begin + 1)
		return NULL;
	return pca_base64url_decode(begin + 1, end - begin - 1, length);
}

/* Returns the text of the first of these claims that is not empty, or NULL. */
static char *
find_claim(PcaJson *json, const PcaJsonValue *claims, const char *const *names, int n)
{
	for (int i = 0; i < n; i++)
	{
		const PcaJsonValue *member = pca_json_member(claims, names[i]);
		const char *text = member ? pca_json_text(json, member) : NULL;

		if (text && text[0] != '\0')
			return pca_http_error_text(text, strlen(text), PCA_CLAIM_TEXT);
	}
	return NULL;
}

/* The texts of a claim that is a list, separated by blanks; NULL if there are none. */
static char *
read_list(PcaJson *json, const PcaJsonValue *claims, const char *name)
{
	const PcaJsonValue *list = pca_json_member(claims, name);
	StringInfoData joined;

	if (!list || pca_json_kind(list) != PCA_JSON_ARRAY)
		return NULL;
	initStringInfo(&joined);
	for (const PcaJsonValue *item = pca_json_first(list); item; item = pca_json_next(item))
	{
		const char *text = pca_json_text(json, item);

		if (text && text[0] != '\0')
			appendStringInfo(&joined, "%s%s", joined.len > 0 ? " " : "", text);
	}
	return joined.len > 0 ? pca_http_error_text(joined.data, joined.len, PCA_CLAIM_TEXT) : NULL;
}

/* Returns how the application proved its identity: 0, 1 or 2; -1 if the token does not have it. */
static int
read_client_authentication(PcaJson *json, const PcaJsonValue *claims)
{
	static const char *const names[] = {"appidacr", "azpacr"};
	const char *text = find_claim(json, claims, names, lengthof(names));

	return text && strchr("012", text[0]) && text[1] == '\0' ? text[0] - '0' : -1;
}

/* Returns true if the list of authentication methods includes "mfa". */
static bool
has_multi_factor(PcaJson *json, const PcaJsonValue *claims)
{
	const PcaJsonValue *methods = pca_json_member(claims, "amr");

	if (!methods || pca_json_kind(methods) != PCA_JSON_ARRAY)
		return false;
	for (const PcaJsonValue *method = pca_json_first(methods); method; method = pca_json_next(method))
	{
		const char *text = pca_json_text(json, method);

		if (text && strcmp(text, "mfa") == 0)
			return true;
	}
	return false;
}

bool
pca_jwt_read_claims(const char *token, PcaJwtClaims *claims)
{
	static const char *const audience[] = {"aud"};
	static const char *const tenant[] = {"tid"};
	static const char *const application[] = {"appid", "azp"};
	static const char *const user[] = {"upn", "unique_name", "preferred_username"};
	static const char *const nonce[] = {"nonce"};
	static const char *const expires[] = {"exp"};
	static const char *const scopes[] = {"scp"};
	static const char *const issuer[] = {"iss"};
	static const char *const subject[] = {"sub"};
	PcaJson    *json = pca_json_create(CurrentMemoryContext);
	int			length = 0;
	char	   *payload = decode_payload(token, &length);
	const char *reason;
	const PcaJsonValue *root = payload ?
		pca_json_parse(json, payload, length, PCA_CLAIMS_DEPTH, &reason) : NULL;
	char	   *number;

	memset(claims, 0, sizeof(PcaJwtClaims));
	if (!root || pca_json_kind(root) != PCA_JSON_OBJECT)
		return false;
	claims->audience = find_claim(json, root, audience, lengthof(audience));
	claims->tenant = find_claim(json, root, tenant, lengthof(tenant));
	claims->application = find_claim(json, root, application, lengthof(application));
	claims->user = find_claim(json, root, user, lengthof(user));
	claims->nonce = find_claim(json, root, nonce, lengthof(nonce));
	claims->multi_factor = has_multi_factor(json, root);
	claims->methods = read_list(json, root, "amr");
	claims->scopes = find_claim(json, root, scopes, lengthof(scopes));
	claims->roles = read_list(json, root, "roles");
	claims->issuer = find_claim(json, root, issuer, lengthof(issuer));
	claims->subject = find_claim(json, root, subject, lengthof(subject));
	claims->client_authentication = read_client_authentication(json, root);
	number = find_claim(json, root, expires, lengthof(expires));
	claims->expires = number ? strtoll(number, NULL, 10) : -1;
	return true;
}
