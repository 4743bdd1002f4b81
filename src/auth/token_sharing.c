/*
 * token_sharing.c
 *		The session's part in the tokens that all sessions share.
 *
 * Sessions share a token if their fingerprints are equal (fingerprint.c).  One of them
 * has a lease to request it, and the others wait.  See shared_tokens.c for the tokens
 * in shared memory, and token_cache.c for the session's own.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "auth/fingerprint.h"
#include "auth/secret.h"
#include "auth/token_cache_internal.h"
#include "auth/token_sharing.h"
#include "http/pollset.h"
#include "shared/shared_memory.h"

/*
 * A token whose renewal has failed is used until that long before it expires, in ms,
 * and is renewed again after that time.
 */
#define PCA_LAST_USE_MS		10000
#define PCA_RENEW_AGAIN_MS		30000

/* ---- the fingerprint ---- */

/* Returns true if the mapping's tokens may be shared with other sessions. */
static bool
may_share(const PcaTokenCache *auth, const PcaCredentials *credentials)
{
	const char *declared = credentials->values[PCA_CRED_SHARE_TOKEN];
	bool		share = true;

	if (declared)
		(void) parse_bool(declared, &share);
	return share && auth->flow != PCA_GRANT_FIXED_TOKEN;
}

void
pca_token_sharing_set_fingerprint(PcaTokenCache *auth, const PcaServer *server,
								  const PcaCredentials *credentials)
{
	PcaFingerprint fingerprint = {0};
	bool		is_known = pca_shared_memory_root() &&
		pca_fingerprint_make(pca_shared_memory_key(), server, credentials, &fingerprint);
	bool		shares = is_known && may_share(auth, credentials);

	if (auth->shares &&
		(!shares || memcmp(&fingerprint, &auth->fingerprint, sizeof(PcaFingerprint)) != 0))
		pca_shared_tokens_wipe(&auth->fingerprint);
	auth->shares = shares;
	auth->has_fingerprint = is_known;
	auth->fingerprint = fingerprint;
	auth->awaited = 0;
	auth->bypasses_shared = false;
}

/* ---- using the shared token ---- */

bool
pca_token_sharing_hold(PcaTokenCache *auth)
{
	PcaTokenCopy copy;

	if (!pca_shared_tokens_copy(&auth->fingerprint, pca_pollset_now(), &copy))
		return false;
	if (copy.refresh_token)
		pca_token_cache_hold_refresh_token(auth, copy.refresh_token);
	if (copy.token)
	{
		pca_token_cache_hold_token(auth, copy.token);
		auth->made_at = copy.made_at;
		auth->renew_at = copy.renew_at;
		auth->ends_at = copy.ends_at;
		auth->proved = copy.proved;
		auth->shared_serial = copy.serial;
	}
	pca_secret_free(&copy.token);
	pca_secret_free(&copy.refresh_token);
	return pca_token_cache_has_token(auth);
}

/* Hold the token of other sessions, or use the session's while another process renews it. */
static void
hold_if_needed(PcaTokenCache *auth)
{
	int64		now = pca_pollset_now();
	int64		until = 0;

	if (!auth->shares || auth->bypasses_shared || pca_token_cache_has_token(auth))
		return;
	if (pca_shared_tokens_has_token(&auth->fingerprint, now))
		(void) pca_token_sharing_hold(auth);
	else if (auth->token && auth->shared_serial != 0)
		until = pca_shared_tokens_renewed_by_other(&auth->fingerprint, auth->shared_serial, now);
	if (until > 0)
		auth->renew_at = until;
}

/* Wipe the tokens of all sessions, once, if the setting was switched off. */
static void
wipe_if_disabled(void)
{
	static bool has_wiped = false;

	if (!pca_shared_memory_enabled && !has_wiped)
		pca_shared_tokens_wipe_disabled();
	has_wiped = !pca_shared_memory_enabled;
}

void
pca_token_sharing_look(PcaTokenCache *auth)
{
	wipe_if_disabled();
	hold_if_needed(auth);
}

/* ---- requesting it ---- */

/* Raise the error of another session's request for the same token. */
PCA_NORETURN static void
raise_shared_error(const PcaTokenError *error)
{
	ereport(ERROR,
			(errcode(error->sqlstate),
			 errmsg_internal("%s", error->message),
			 error->detail[0] ? errdetail_internal("%s", error->detail) : 0,
			 error->hint[0] ? errhint("%s", error->hint) : 0));
}

PcaTokenAction
pca_token_cache_next_action(PcaTokenCache *auth, const PcaServer *server, int64 *until)
{
	PcaTokenError error;
	bool		had_lease = auth->lease.serial != 0;

	if (!auth->shares || auth->bypasses_shared)
		return PCA_TOKEN_ACTION_REQUEST;
	switch (pca_shared_tokens_take_turn(&auth->fingerprint, &auth->lease, &auth->awaited,
										server->max_retry_wait_ms, pca_pollset_now(), until, &error))
	{
		case PCA_TOKEN_TURN_WAIT:
			return PCA_TOKEN_ACTION_WAIT;
		case PCA_TOKEN_TURN_FAILED:
			raise_shared_error(&error);
		case PCA_TOKEN_TURN_COPY:
			if (pca_token_sharing_hold(auth))
				return PCA_TOKEN_ACTION_AGAIN;
			/* the segment cannot be attached */
			auth->shares = false;
			return PCA_TOKEN_ACTION_REQUEST;
		default:
			/* the newest refresh token of all sessions */
			if (auth->lease.serial != 0 && !had_lease && auth->flow == PCA_GRANT_REFRESH_TOKEN)
				(void) pca_token_sharing_hold(auth);
			return PCA_TOKEN_ACTION_REQUEST;
	}
}

bool
pca_token_cache_leads(const PcaTokenCache *auth)
{
	return auth->lease.serial != 0;
}

void
pca_token_cache_beat(PcaTokenCache *auth)
{
	pca_shared_tokens_beat(&auth->lease, pca_pollset_now());
}

void
pca_token_cache_release(PcaTokenCache *auth)
{
	pca_shared_tokens_release(&auth->lease);
}

/* Returns true for an error of the request, and false for one of this process. */
static bool
is_request_error(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case ERRCODE_CONNECTION_EXCEPTION:
		case ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION:
		case ERRCODE_FDW_ERROR:
		case ERRCODE_PROGRAM_LIMIT_EXCEEDED:
			return true;
		default:
			return sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE ||
				sqlerrcode == ERRCODE_CONFIGURATION_LIMIT_EXCEEDED;
	}
}

bool
pca_token_cache_fail(PcaTokenCache *auth, const ErrorData *error, int64 not_before)
{
	int64		now = pca_pollset_now();

	if (is_request_error(error->sqlerrcode))
		pca_shared_tokens_fail(&auth->lease, error, not_before);
	pca_shared_tokens_release(&auth->lease);
	if (!auth->token || auth->renew_at < 0 || now >= auth->ends_at - PCA_LAST_USE_MS)
		return false;
	auth->renew_at = Min(now + PCA_RENEW_AGAIN_MS, auth->ends_at - PCA_LAST_USE_MS);
	return true;
}

void
pca_token_sharing_publish(PcaTokenCache *auth, const PcaTokenResponse *grant)
{
	PcaTokenCopy copy = {
		.token = auth->token,
		.refresh_token = auth->flow == PCA_GRANT_REFRESH_TOKEN ? grant->refresh_token : NULL,
		.made_at = auth->made_at,.renew_at = auth->renew_at,.ends_at = auth->ends_at
	};

	auth->bypasses_shared = false;
	if (pca_shared_tokens_publish(&auth->lease, &copy))
		auth->shared_serial = copy.serial;
}

void
pca_token_cache_token_accepted(PcaTokenCache *auth, uint64 number)
{
	if (auth->proved || auth->number != number)
		return;
	auth->proved = true;
	if (auth->shared_serial != 0)
		pca_shared_tokens_prove(&auth->fingerprint, auth->shared_serial);
}

int64
pca_token_cache_shared_age(const PcaTokenCache *auth)
{
	return auth->shared_serial != 0 ? pca_pollset_now() - auth->made_at : -1;
}
