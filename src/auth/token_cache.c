/*
 * token_cache.c
 *		Who asks: which credentials are a user's, and which token they buy.
 *
 * The session keeps tokens, and the refresh token that came with the last one;
 * a change of the mapping or the server makes it forget.
 *
 * When a token is asked for, and how its request is sent, is asked in
 * exchange.c; what a mapping holds, in user_mapping.c, what is said to a token
 * endpoint, in token_request.c.
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
#include "auth/token_cache.h"
#include "auth/token_request.h"
#include "auth/user_mapping.h"
#include "config/url.h"
#include "http/curl_url.h"
#include "http/http.h"
#include "http/pollset.h"

/* A token is renewed that long before it expires, in ms: a slow page's time. */
#define PCA_RENEW_EARLY		60000

/*
 * A token is used at least that long, in ms, whatever its answer says: the
 * request that it was asked for is sent at once.
 */
#define PCA_SHORTEST_USE	1000

/*
 * A stored refresh token of that age, in days, makes a warning: it dies at 90,
 * and a month is time to do something.
 */
#define PCA_OLD_TOKEN		60

/* What the session holds for a user mapping; never freed, so never dangling. */
struct PcaTokenCache
{
	Oid			umid;			/* hash key */
	uint32		mapping_hash;	/* of the syscache entries it came from */
	uint32		server_hash;
	PcaGrantType flow;
	uint64		tenant;			/* see pca_token_cache_tenant() */
	uint64		whose;			/* a number for the mapping and what buys
								 * tokens */
	bool		has_file;		/* an option of the mapping names one */
	bool		fixed_file;		/* the access token's: read at each open */
	bool		warned;			/* that the stored refresh token is old */
	bool		certificate_warned; /* that the certificate ends soon */
	bool		asked;			/* a token request is out, and still ours */
	char	   *token;			/* or NULL */
	int64		renew_at;		/* pca_pollset_now()'s time; -1 is never */
	int			uses;			/* requests that carried the token */
	uint64		number;			/* of tokens so far */
	char	   *refresh_token;	/* that came with a token, or NULL */
	char	   *mapping_hint;	/* pca_placeholder_hint(), or NULL */
	bool		rotated;		/* it came with this token */
};

static HTAB *auths = NULL;
static MemoryContext secrets = NULL;

/* ---- forgetting ---- */

static void
forget_token(PcaTokenCache *auth)
{
	pca_user_mapping_wipe_text(&auth->token);
	auth->number++;
	auth->uses = 0;
	auth->renew_at = -1;
	auth->rotated = false;
}

/* All that was learned of a mapping; the next open reads it anew. */
static void
forget_all(PcaTokenCache *auth)
{
	forget_token(auth);
	pca_user_mapping_wipe_text(&auth->refresh_token);
	pca_user_mapping_wipe_text(&auth->mapping_hint);
	auth->flow = PCA_GRANT_UNKNOWN;
	auth->asked = false;
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

/* A user mapping or a server has changed; 0 is any. */
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

/* ---- finding ---- */

/* The session's table of tokens, made at its first use. */
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

/* A number for a tenant's name, or 0. */
static uint64
tenant_number(const char *tenant)
{
	char	   *name = tenant ? asc_tolower(tenant, strlen(tenant)) : NULL;

	return name ? hash_bytes_extended((const unsigned char *) name, strlen(name), 0) | 1 : 0;
}

/* A number for the mapping, as it is. */
static uint64
mapping_number(Oid umid, const PcaCredentials *credentials)
{
	static const PcaCredential bought_by[] = {
		PCA_CRED_TENANT_ID, PCA_CRED_CLIENT_ID, PCA_CRED_CLIENT_SECRET, PCA_CRED_REFRESH_TOKEN,
		PCA_CRED_CLIENT_CERTIFICATE, PCA_CRED_CLIENT_ASSERTION_FILE
	};
	uint64		number = umid;

	for (int i = 0; i < (int) lengthof(bought_by); i++)
	{
		const char *text = credentials->values[bought_by[i]];

		number = text ? hash_bytes_extended((const unsigned char *) text, (int) strlen(text), number) :
			hash_combine64(number, 0);
	}
	return number | 1;
}

/* Hold a token that has no known end, unless it is held already. */
static void
hold_fixed_token(PcaTokenCache *auth, const PcaServer *server, const char *token)
{
	PcaJwtClaims claims;

	if (auth->token && strcmp(auth->token, token) == 0)
		return;
	pca_token_request_check_token(token, server, auth->mapping_hint);
	forget_token(auth);
	auth->tenant = tenant_number(pca_jwt_read_claims(token, &claims) ? claims.tenant : NULL);
	auth->token = MemoryContextStrdup(secrets, token);
}

/* Keep the hint for values of the mapping that cannot be real ones, if there is one. */
static void
keep_mapping_hint(PcaTokenCache *auth, const PcaCredentials *credentials)
{
	char	   *hint = pca_placeholder_hint(credentials);

	pca_user_mapping_wipe_text(&auth->mapping_hint);
	if (hint)
		auth->mapping_hint = MemoryContextStrdup(secrets, hint);
}

/* Learn how the mapping gets its tokens, and a fixed one. */
static void
read_mapping(PcaTokenCache *auth, const PcaServer *server)
{
	PcaCredentials credentials;

	pca_user_mapping_read(server, auth->umid, &credentials);
	auth->flow = pca_token_request_grant_type(server, &credentials);
	auth->has_file = pca_user_mapping_has_file(&credentials);
	auth->fixed_file = credentials.values[PCA_CRED_ACCESS_TOKEN_FILE] != NULL;
	auth->whose = mapping_number(auth->umid, &credentials);
	keep_mapping_hint(auth, &credentials);
	if (auth->flow == PCA_GRANT_FIXED_TOKEN)
		hold_fixed_token(auth, server, credentials.values[PCA_CRED_ACCESS_TOKEN]);
	else
		auth->tenant = tenant_number(credentials.values[PCA_CRED_TENANT_ID]);
	pca_user_mapping_wipe(&credentials);
}

/* The session's entry for a mapping, made at its first use. */
static PcaTokenCache *
find_auth(const PcaServer *server, Oid umid)
{
	bool		found;
	PcaTokenCache *auth = hash_search(auths, &umid, HASH_ENTER, &found);

	if (found)
		return auth;
	memset(auth, 0, sizeof(PcaTokenCache));
	auth->umid = umid;
	auth->mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID, ObjectIdGetDatum(umid));
	auth->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID,
											  ObjectIdGetDatum(server->serverid));
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
	return auth->asked;
}

uint64
pca_token_cache_tenant(const PcaTokenCache *auth)
{
	return auth->tenant;
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

/* ---- asking for a token ---- */

/* Warn, once a session, that the mapping's refresh token is to be replaced. */
static void
warn_if_old(PcaTokenCache *auth, const PcaServer *server, const PcaCredentials *credentials)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz saved_at;
	int			days;

	if (auth->warned || !pca_user_mapping_saved_at(credentials, &saved_at))
		return;
	days = (int) ((now - saved_at) / USECS_PER_DAY);
	if (days < PCA_OLD_TOKEN)
		return;
	auth->warned = true;
	ereport(WARNING,
			(errmsg("the refresh token for server \"%s\" was stored %d days ago", server->name, days),
			 errdetail("A refresh token dies 90 days after it was made."),
			 errhint("SELECT pc_analytics_rotate_refresh_token(%s) replaces it.",
					 quote_literal_cstr(server->name))));
}

/* Another text in the place of one. */
static void
replace(char **secret, const char *other)
{
	pca_user_mapping_wipe_text(secret);
	*secret = pstrdup(other);
}

void
pca_token_cache_build_request(PcaTokenCache *auth, const PcaServer *server,
							  PcaHttpRequest *request)
{
	PcaCredentials credentials;
	PcaGrantType flow = auth->flow;

	/* from here on, looking at catalogs may make the session forget */
	auth->asked = true;
	pca_user_mapping_read(server, auth->umid, &credentials);
	if (!auth->refresh_token)
		warn_if_old(auth, server, &credentials);
	else
		replace(&credentials.values[PCA_CRED_REFRESH_TOKEN], auth->refresh_token);
	auth->certificate_warned = auth->certificate_warned || pca_client_assertion_warn(server, &credentials);
	pca_token_request_build(flow, server, &credentials, request);
	pca_user_mapping_wipe(&credentials);
}

/*
 * The refresh token was refused that came with the last token: the mapping's
 * own may live on, and the next request is made with it.  False when that is
 * the one that was refused.
 */
static bool
fall_back(PcaTokenCache *auth, const char *error)
{
	if (!auth->refresh_token || strcmp(error, "invalid_grant") != 0)
		return false;
	pca_user_mapping_wipe_text(&auth->refresh_token);
	return true;
}

/* Hold the token that was granted, and the refresh token that came with it. */
static void
hold_grant(PcaTokenCache *auth, const PcaServer *server, const PcaTokenResponse *grant)
{
	int64		life = grant->life * 1000;

	pca_token_request_check_token(grant->token, server, NULL);
	forget_token(auth);
	auth->token = MemoryContextStrdup(secrets, grant->token);
	auth->renew_at = pca_pollset_now() +
		Max(life - Min(PCA_RENEW_EARLY, life / 2), PCA_SHORTEST_USE);
	if (auth->flow == PCA_GRANT_REFRESH_TOKEN && grant->refresh_token)
	{
		pca_user_mapping_wipe_text(&auth->refresh_token);
		auth->refresh_token = MemoryContextStrdup(secrets, grant->refresh_token);
		auth->rotated = true;
	}
	auth->asked = false;
}

void
pca_token_cache_accept_response(PcaTokenCache *auth, const PcaServer *server, PcaTransfer *transfer)
{
	PcaTokenResponse grant;
	const char *mapping_hint = pca_token_cache_mapping_hint(auth);

	if (!auth->asked)
		return;
	pca_token_request_read_response(server, transfer, mapping_hint, &grant);
	if (!grant.token)
	{
		if (!grant.error || !fall_back(auth, grant.error))
			pca_token_request_raise_error(server, transfer, &grant, mapping_hint);
		return;
	}
	PG_TRY();
	{
		hold_grant(auth, server, &grant);
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
	forget_token(auth);
	auth->asked = false;
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
	bool		is_new = auth->uses <= 1;

	if (is_new || (auth->flow == PCA_GRANT_FIXED_TOKEN && !auth->fixed_file))
		return false;
	forget_token(auth);
	return true;
}

/* ---- lending it ---- */

size_t
pca_token_cache_shared_token_size(const PcaTokenCache *auth)
{
	return auth->token && pca_token_cache_signs_in(auth) ? strlen(auth->token) + 1 : 0;
}

void
pca_token_cache_share_token(const PcaTokenCache *auth, PcaSharedToken *loan)
{
	size_t		size = pca_token_cache_shared_token_size(auth);

	pca_token_cache_wipe_shared_token(loan);
	if (size == 0 || size > loan->token_size)
		return;
	loan->whose = auth->whose;
	loan->renew_at = auth->renew_at;
	loan->uses = auth->uses;
	memcpy(loan->token, auth->token, size);
}

void
pca_token_cache_adopt_token(PcaTokenCache *auth, const PcaSharedToken *loan)
{
	if (loan->whose != auth->whose || auth->token || !pca_token_cache_signs_in(auth))
		return;
	auth->token = MemoryContextStrdup(secrets, loan->token);
	auth->renew_at = loan->renew_at;
	auth->uses = loan->uses;
	auth->number++;
}

void
pca_token_cache_wipe_shared_token(PcaSharedToken *loan)
{
	loan->whose = 0;
	explicit_bzero(loan->token, loan->token_size);
}

/* ---- using it ---- */

void
pca_token_cache_add_authorization(PcaTokenCache *auth, const PcaServer *server, PcaHttpRequest *request)
{
	if (!auth->token || !pca_curl_url_same_origin(request->url, server->base_url))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("the token of server \"%s\" may not be sent there", server->name)));
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

/* Zero a text that may be NULL. */
static void
zero(const char *secret)
{
	if (secret)
		explicit_bzero(unconstify(char *, secret), strlen(secret));
}

void
pca_token_cache_wipe_request(PcaHttpRequest *request)
{
	ListCell   *cell;

	zero(request->post_form);
	zero(request->proxy_password);
	foreach(cell, request->secrets)
		zero(lfirst(cell));
	foreach(cell, request->headers)
	{
		if (strncmp(lfirst(cell), "Authorization:", strlen("Authorization:")) == 0)
			zero(lfirst(cell));
	}
}
