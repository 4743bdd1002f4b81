/*
 * jwt.c
 *		What does a token say of itself?
 *
 * The middle part of a JWT is JSON that anybody can read; its last part, the
 * signature, is never looked at, so what is read here is no secret.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "auth/base64url.h"
#include "auth/jwt.h"
#include "http/http_error.h"
#include "json/json.h"

/* How deep claims may be nested; the documented ones have lists. */
#define PCA_CLAIMS_DEPTH	16

/* The longest claim that is shown, in characters. */
#define PCA_CLAIM_TEXT		200

/* The middle of the three parts, decoded; NULL if there are not three parts. */
static char *
decode_payload(const char *token, int *length)
{
	const char *begin = strchr(token, '.');
	const char *end = begin ? strchr(begin + 1, '.') : NULL;

	if (!end || end == begin + 1)
		return NULL;
	return pca_base64url_decode(begin + 1, end - begin - 1, length);
}

/* The first of these claims that has text, or NULL. */
static char *
claim(PcaJson *json, const PcaJsonValue *claims, const char *const *names, int n)
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

/* How the application proved its identity: 0, 1 or 2; -1 if that is not said. */
static int
read_client_authentication(PcaJson *json, const PcaJsonValue *claims)
{
	static const char *const names[] = {"appidacr", "azpacr"};
	const char *text = claim(json, claims, names, lengthof(names));

	return text && strchr("012", text[0]) && text[1] == '\0' ? text[0] - '0' : -1;
}

/* Whether the list of ways to sign in names more than one factor. */
static bool
has_multi_factor(PcaJson *json, const PcaJsonValue *claims)
{
	const PcaJsonValue *ways = pca_json_member(claims, "amr");

	if (!ways || pca_json_kind(ways) != PCA_JSON_ARRAY)
		return false;
	for (const PcaJsonValue *way = pca_json_first(ways); way; way = pca_json_next(way))
	{
		const char *text = pca_json_text(json, way);

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
	const char *fault;
	const PcaJsonValue *root = payload ?
		pca_json_parse(json, payload, length, PCA_CLAIMS_DEPTH, &fault) : NULL;
	char	   *number;

	memset(claims, 0, sizeof(PcaJwtClaims));
	if (!root || pca_json_kind(root) != PCA_JSON_OBJECT)
		return false;
	claims->audience = claim(json, root, audience, lengthof(audience));
	claims->tenant = claim(json, root, tenant, lengthof(tenant));
	claims->application = claim(json, root, application, lengthof(application));
	claims->user = claim(json, root, user, lengthof(user));
	claims->nonce = claim(json, root, nonce, lengthof(nonce));
	claims->multi_factor = has_multi_factor(json, root);
	claims->methods = read_list(json, root, "amr");
	claims->scopes = claim(json, root, scopes, lengthof(scopes));
	claims->roles = read_list(json, root, "roles");
	claims->issuer = claim(json, root, issuer, lengthof(issuer));
	claims->subject = claim(json, root, subject, lengthof(subject));
	claims->client_authentication = read_client_authentication(json, root);
	number = claim(json, root, expires, lengthof(expires));
	claims->expires = number ? strtoll(number, NULL, 10) : -1;
	return true;
}
