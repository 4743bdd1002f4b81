/*
 * token_cache.c
 *		The session's access tokens, by user mapping.
 *
 * An entry has the current token and the refresh token that came with it.  Syscache
 * callbacks clear it when the user mapping or the server changes.
 *
 * See exchange.c for when a token is requested and how its request is sent,
 * token_sharing.c for the tokens of other sessions, user_mapping.c for the content of
 * a mapping, and token_request.c for the requests and responses of a token endpoint.
 */
#include "postgres.h"

#include "catalog/pg_foreign_server.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "auth/client_assertion.h"
#include "auth/placeholder.h"
#include "auth/secret.h"
#include "auth/shared_tokens.h"
#include "auth/token_cache_internal.h"
#include "auth/token_sharing.h"
#include "config/url.h"
#include "http/curl_url.h"
#include "http/http.h"
#include "http/pollset.h"

/*
 * A token is renewed that long before it expires, in ms: a slow page may take that
 * long, and the API checks the token only when the request arrives.
 */
#define PCA_RENEW_EARLY_MS		60000

/*
 * A token is used at least that long, in ms, even if its response says that it has
 * expired: the request that needs it is sent at once.
 */
#define PCA_SHORTEST_USE_MS	1000

/*
 * A stored refresh token of that age, in days, raises a warning: it expires after
 * 90 days, and a month is enough to replace it.
 */
#define PCA_OLD_TOKEN_DAYS		60

static HTAB *auths = NULL;
static MemoryContext secrets = NULL;

/* ---- clearing entries ---- */

static void
forget_token(PcaTokenCache *auth)
{
	pca_secret_free(&auth->token);
	auth->token_tenant = 0;
	auth->number++;
	auth->uses = 0;
	auth->proved = false;
	auth->shared_serial = 0;
	auth->renew_at = -1;
	auth->rotated = false;
}

/* Clear an entry.  The next pca_token_cache_open() reads the mapping again. */
static void
forget_all(PcaTokenCache *auth)
{
	forget_token(auth);
	pca_secret_free(&auth->refresh_token);
	pca_secret_free(&auth->mapping_hint);
	auth->flow = PCA_GRANT_UNKNOWN;
	auth->request_pending = false;
	auth->warned = false;
	auth->certificate_warned = false;
}

void
pca_token_cache_clear(void)
{
	HASH_SEQ_STATUS all;
	PcaTokenCache *auth;

	if (!auths)
		return;
	hash_seq_init(&all, auths);
	while ((auth = hash_seq_search(&all)) != NULL)
		forget_all(auth);
}

/* Clear the entries of a changed user mapping or server; hash 0 means all of them. */
static void
on_catalog_change(Datum arg, int cache, uint32 hash)
{
	HASH_SEQ_STATUS all;
	PcaTokenCache *auth;

	hash_seq_init(&all, auths);
	while ((auth = hash_seq_search(&all)) != NULL)
	{
		if (hash == 0 ||
			hash == (cache == USERMAPPINGOID ? auth->mapping_hash : auth->server_hash))
			forget_all(auth);
	}
}

/* ---- opening ---- */

/* Create the session's hash table, unless it exists. */
static void
init_auths(void)
{
	HASHCTL		control = {.keysize = sizeof(Oid),.entrysize = sizeof(PcaTokenCache)};

	if (auths)
		return;
	if (!secrets)
		secrets = AllocSetContextCreate(CacheMemoryContext, "pc_analytics_fdw tokens",
										ALLOCSET_SMALL_SIZES);
	control.hcxt = secrets;
	auths = hash_create("pc_analytics_fdw tokens", 8, &control,
						HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterSyscacheCallback(USERMAPPINGOID, on_catalog_change, (Datum) 0);
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, on_catalog_change, (Datum) 0);
}

/* Returns a hash of a tenant's name in lower case; 0 for NULL. */
static uint64
hash_tenant(const char *tenant)
{
	char	   *name = tenant ? asc_tolower(tenant, strlen(tenant)) : NULL;

	return name ? hash_bytes_extended((const unsigned char *) name, strlen(name), 0) | 1 : 0;
}

/* Returns a hash, not 0, of a mapping's OID and the options that token requests send. */
static uint64
hash_credentials(Oid umid, const PcaCredentials *credentials)
{
	static const PcaCredential sent[] = {
		PCA_CRED_TENANT_ID, PCA_CRED_CLIENT_ID, PCA_CRED_CLIENT_SECRET, PCA_CRED_REFRESH_TOKEN,
		PCA_CRED_CLIENT_CERTIFICATE, PCA_CRED_CLIENT_ASSERTION_FILE
	};
	uint64		number = umid;

	for (int i = 0; i < (int) lengthof(sent); i++)
	{
		const char *text = credentials->values[sent[i]];

		number = text ? hash_bytes_extended((const unsigned char *) text, (int) strlen(text), number) :
			hash_combine64(number, 0);
	}
	return number | 1;
}

/* Returns a hash of the tenant that a token names; 0 if it names none. */
static uint64
hash_token_tenant(const char *token)
{
	PcaJwtClaims claims;

	return hash_tenant(pca_jwt_read_claims(token, &claims) ? claims.tenant : NULL);
}

void
pca_token_cache_hold_token(PcaTokenCache *auth, const char *token)
{
	forget_token(auth);
	auth->token_tenant = hash_token_tenant(token);
	auth->token = MemoryContextStrdup(secrets, token);
}

void
pca_token_cache_hold_refresh_token(PcaTokenCache *auth, const char *refresh_token)
{
	pca_secret_free(&auth->refresh_token);
	auth->refresh_token = MemoryContextStrdup(secrets, refresh_token);
}

/* Keep the token of an option, whose expiry is not known, unless it is the current one. */
static void
hold_fixed_token(PcaTokenCache *auth, const PcaServer *server, const char *token)
{
	if (auth->token && strcmp(auth->token, token) == 0)
		return;
	pca_token_request_check_token(token, server, auth->mapping_hint);
	forget_token(auth);
	auth->tenant = hash_token_tenant(token);
	auth->token = MemoryContextStrdup(secrets, token);
}

/* Keep the hint for values of the mapping that cannot be real ones, if there is one. */
static void
keep_mapping_hint(PcaTokenCache *auth, const PcaCredentials *credentials)
{
	char	   *hint = pca_placeholder_hint(credentials);

	pca_secret_free(&auth->mapping_hint);
	if (hint)
		auth->mapping_hint = MemoryContextStrdup(secrets, hint);
}

/* Keep what the mapping's options say: the grant type, or the token of an option. */
static void
keep_mapping(PcaTokenCache *auth, const PcaServer *server, const PcaCredentials *credentials)
{
	auth->flow = pca_token_request_grant_type(server, credentials);
	auth->has_file = pca_user_mapping_has_file(credentials);
	auth->fixed_file = credentials->values[PCA_CRED_ACCESS_TOKEN_FILE] != NULL;
	auth->credentials_hash = hash_credentials(auth->umid, credentials);
	keep_mapping_hint(auth, credentials);
	pca_token_sharing_set_fingerprint(auth, server, credentials);
	if (auth->flow == PCA_GRANT_FIXED_TOKEN)
		hold_fixed_token(auth, server, credentials->values[PCA_CRED_ACCESS_TOKEN]);
	else
		auth->tenant = hash_tenant(credentials->values[PCA_CRED_TENANT_ID]);
}

/* Read the mapping into its entry.  After an error, the next use reads it again. */
static void
read_mapping(PcaTokenCache *auth, const PcaServer *server)
{
	PcaCredentials credentials;

	pca_user_mapping_read(server, auth->umid, &credentials);
	PG_TRY();
	{
		keep_mapping(auth, server, &credentials);
	}
	PG_CATCH();
	{
		auth->flow = PCA_GRANT_UNKNOWN;
		pca_user_mapping_wipe(&credentials);
		PG_RE_THROW();
	}
	PG_END_TRY();
	pca_user_mapping_wipe(&credentials);
}

/*
 * Returns the entry of a mapping, which is created at its first use.  An entry without the
 * hashes, whose computation may fail, would miss the changes of its mapping.
 */
static PcaTokenCache *
find_auth(const PcaServer *server, Oid umid)
{
	PcaTokenCache *auth = hash_search(auths, &umid, HASH_FIND, NULL);
	uint32		mapping_hash;
	uint32		server_hash;

	if (auth)
		return auth;
	mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID, ObjectIdGetDatum(umid));
	server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID, ObjectIdGetDatum(server->serverid));
	auth = hash_search(auths, &umid, HASH_ENTER, NULL);
	memset(auth, 0, sizeof(PcaTokenCache));
	auth->umid = umid;
	auth->mapping_hash = mapping_hash;
	auth->server_hash = server_hash;
	return auth;
}

PcaTokenCache *
pca_token_cache_open(const PcaServer *server, Oid userid)
{
	PcaTokenCache *auth;

	init_auths();
	auth = find_auth(server, pca_user_mapping_find(server, userid, NULL));
	if (auth->flow == PCA_GRANT_UNKNOWN || auth->fixed_file ||
		(auth->has_file && !server->owner_is_superuser))
		read_mapping(auth, server);
	pca_token_sharing_look(auth);
	return auth;
}

bool
pca_token_cache_has_token(const PcaTokenCache *auth)
{
	return auth->token && (auth->renew_at < 0 || pca_pollset_now() < auth->renew_at);
}

uint64
pca_token_cache_token_number(const PcaTokenCache *auth)
{
	return auth->number;
}

bool
pca_token_cache_signs_in(const PcaTokenCache *auth)
{
	return auth->flow != PCA_GRANT_FIXED_TOKEN;
}

bool
pca_token_cache_claims(const PcaTokenCache *auth, PcaJwtClaims *claims)
{
	return auth->token && pca_jwt_read_claims(auth->token, claims);
}

bool
pca_token_cache_is_requested(const PcaTokenCache *auth)
{
	return auth->request_pending;
}

uint64
pca_token_cache_tenant(const PcaTokenCache *auth)
{
	return auth->tenant;
}

uint64
pca_token_cache_limited_tenant(const PcaTokenCache *auth)
{
	return auth->token_tenant ? auth->token_tenant : auth->tenant;
}

bool
pca_token_cache_fingerprint(const PcaTokenCache *auth, PcaFingerprint *fingerprint)
{
	*fingerprint = auth->fingerprint;
	return auth->has_fingerprint;
}

bool
pca_token_cache_is_app_only(const PcaTokenCache *auth)
{
	return auth->flow == PCA_GRANT_CLIENT_CREDENTIALS;
}

char *
pca_token_cache_mapping_hint(const PcaTokenCache *auth)
{
	return auth->mapping_hint ? pstrdup(auth->mapping_hint) : NULL;
}

/* ---- token requests ---- */

/* Warn, once a session, if the mapping's refresh token should be replaced. */
static void
warn_if_old(PcaTokenCache *auth, const PcaServer *server, const PcaCredentials *credentials)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz saved_at;
	int			days;

	if (auth->warned || !pca_user_mapping_saved_at(credentials, &saved_at))
		return;
	days = (int) ((now - saved_at) / USECS_PER_DAY);
	if (days < PCA_OLD_TOKEN_DAYS)
		return;
	auth->warned = true;
	ereport(WARNING,
			(errmsg("the refresh token for server \"%s\" was stored %d days ago", server->name, days),
			 errdetail("A refresh token expires 90 days after it was issued."),
			 errhint("SELECT pc_analytics_rotate_refresh_token(%s) replaces it.",
					 quote_literal_cstr(server->name))));
}

/* Zero a text and replace it by a copy of another one. */
static void
replace_secret(char **secret, const char *other)
{
	pca_secret_free(secret);
	*secret = pstrdup(other);
}

void
pca_token_cache_build_request(PcaTokenCache *auth, const PcaServer *server,
							  PcaHttpRequest *request)
{
	PcaCredentials credentials;
	PcaGrantType flow = auth->flow;

	/*
	 * The catalog lookups below may process an invalidation, which clears the
	 * entry and resets the flag: the response is ignored then.
	 */
	auth->request_pending = true;
	pca_user_mapping_read(server, auth->umid, &credentials);
	if (!auth->refresh_token)
		warn_if_old(auth, server, &credentials);
	else
		replace_secret(&credentials.values[PCA_CRED_REFRESH_TOKEN], auth->refresh_token);
	auth->certificate_warned = auth->certificate_warned || pca_client_assertion_warn(server, &credentials);
	pca_token_request_build(flow, server, &credentials, request);
	pca_user_mapping_wipe(&credentials);
}

/*
 * If the refused refresh token was the one that came with the last token, drop it:
 * the mapping's own may still be valid, and the next request sends it.  Returns
 * false if the mapping's own was refused.
 */
static bool
drop_refresh_token(PcaTokenCache *auth, const char *error)
{
	if (!auth->refresh_token || strcmp(error, "invalid_grant") != 0)
		return false;
	pca_secret_free(&auth->refresh_token);
	if (auth->shares)
		pca_shared_tokens_refuse_refresh(&auth->fingerprint);
	return true;
}

/* Keep the token of a response, and the refresh token that came with it. */
static void
hold_grant(PcaTokenCache *auth, const PcaTokenResponse *grant)
{
	int64		life = grant->life_s * 1000;

	pca_token_request_check_token(grant->token, NULL, NULL);
	pca_token_cache_hold_token(auth, grant->token);
	auth->made_at = pca_pollset_now();
	auth->renew_at = auth->made_at + Max(life - Min(PCA_RENEW_EARLY_MS, life / 2), PCA_SHORTEST_USE_MS);
	auth->ends_at = auth->made_at + Max(life, PCA_SHORTEST_USE_MS);
	if (auth->flow == PCA_GRANT_REFRESH_TOKEN && grant->refresh_token)
	{
		pca_token_cache_hold_refresh_token(auth, grant->refresh_token);
		auth->rotated = true;
	}
	auth->request_pending = false;
	pca_token_sharing_publish(auth, grant);
}

void
pca_token_cache_accept_response(PcaTokenCache *auth, PcaTransfer *transfer)
{
	PcaTokenResponse grant;
	const char *mapping_hint = pca_token_cache_mapping_hint(auth);

	if (!auth->request_pending)
	{
		pca_token_cache_release(auth);
		return;
	}
	pca_token_request_read_response(transfer, mapping_hint, &grant);
	if (!grant.token)
	{
		if (!grant.error || !drop_refresh_token(auth, grant.error))
			pca_token_request_raise_error(transfer, &grant, mapping_hint);
		return;
	}
	PG_TRY();
	{
		hold_grant(auth, &grant);
	}
	PG_FINALLY();
	{
		pca_token_request_wipe_response(&grant);
	}
	PG_END_TRY();
}

void
pca_token_cache_begin_rotation(PcaTokenCache *auth, const PcaServer *server)
{
	if (auth->flow != PCA_GRANT_REFRESH_TOKEN)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the user mapping for server \"%s\" has no refresh token", server->name),
				 errhint("Only what is stored as option \"refresh_token\" can be rotated.")));

	/* the newest refresh token may be another session's */
	if (auth->shares)
		(void) pca_token_sharing_hold(auth);
	forget_token(auth);
	auth->bypasses_shared = true;
	auth->request_pending = false;
	auth->warned = true;
}

const char *
pca_token_cache_rotated(const PcaTokenCache *auth)
{
	return auth->rotated ? auth->refresh_token : NULL;
}

bool
pca_token_cache_token_refused(PcaTokenCache *auth)
{
	bool		is_shared = auth->shared_serial != 0;
	bool		is_new = !auth->proved && (is_shared || auth->uses <= 1);

	if (is_shared)
		pca_shared_tokens_refuse(&auth->fingerprint, auth->shared_serial);
	auth->shared_serial = 0;
	if (is_new || (auth->flow == PCA_GRANT_FIXED_TOKEN && !auth->fixed_file))
		return false;
	forget_token(auth);
	return true;
}

/* ---- sharing with parallel workers ---- */

size_t
pca_token_cache_shared_token_size(const PcaTokenCache *auth)
{
	return auth->token && pca_token_cache_signs_in(auth) ? strlen(auth->token) + 1 : 0;
}

void
pca_token_cache_share_token(const PcaTokenCache *auth, PcaSharedToken *shared)
{
	size_t		size = pca_token_cache_shared_token_size(auth);

	pca_token_cache_wipe_shared_token(shared);
	if (size == 0 || size > shared->token_size)
		return;
	shared->credentials_hash = auth->credentials_hash;
	shared->made_at = auth->made_at;
	shared->renew_at = auth->renew_at;
	shared->ends_at = auth->ends_at;
	shared->uses = auth->uses;
	shared->proved = auth->proved;
	shared->shared_serial = auth->shared_serial;
	memcpy(shared->token, auth->token, size);
}

void
pca_token_cache_adopt_token(PcaTokenCache *auth, const PcaSharedToken *shared)
{
	if (shared->credentials_hash != auth->credentials_hash || auth->token || !pca_token_cache_signs_in(auth))
		return;
	auth->token_tenant = hash_token_tenant(shared->token);
	auth->token = MemoryContextStrdup(secrets, shared->token);
	auth->made_at = shared->made_at;
	auth->renew_at = shared->renew_at;
	auth->ends_at = shared->ends_at;
	auth->uses = shared->uses;
	auth->proved = shared->proved;
	auth->shared_serial = shared->shared_serial;
	auth->number++;
}

void
pca_token_cache_wipe_shared_token(PcaSharedToken *shared)
{
	shared->credentials_hash = 0;
	explicit_bzero(shared->token, shared->token_size);
}

/* ---- secrets of requests ---- */

void
pca_token_cache_add_authorization(PcaTokenCache *auth, const PcaServer *server, PcaHttpRequest *request)
{
	if (!auth->token || !pca_curl_url_same_origin(request->url, server->base_url))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("the token of server \"%s\" may not be sent to another server", server->name)));
	auth->uses++;
	request->secrets = lappend(request->secrets, pstrdup(auth->token));
	request->headers = lappend(request->headers,
							   psprintf("Authorization: Bearer %s", auth->token));
}

void
pca_token_cache_add_proxy_credentials(const PcaTokenCache *auth, PcaHttpRequest *request)
{
	PcaCredentials credentials;
	char	  **password = &credentials.values[PCA_CRED_PROXY_PASSWORD];

	pca_user_mapping_read_options(auth->umid, &credentials);
	request->proxy_user = credentials.values[PCA_CRED_PROXY_USER];
	request->proxy_password = *password;
	credentials.values[PCA_CRED_PROXY_USER] = NULL;
	if (*password)
		request->secrets = lappend(request->secrets, pstrdup(*password));
	*password = NULL;
	pca_user_mapping_wipe(&credentials);
}

void
pca_token_cache_wipe_request(PcaHttpRequest *request)
{
	ListCell   *cell;

	pca_secret_zero(unconstify(char *, request->post_form));
	pca_secret_zero(unconstify(char *, request->proxy_password));
	foreach(cell, request->secrets)
		pca_secret_zero(lfirst(cell));
	foreach(cell, request->headers)
	{
		if (strncmp(lfirst(cell), "Authorization:", strlen("Authorization:")) == 0)
			pca_secret_zero(lfirst(cell));
	}
}
