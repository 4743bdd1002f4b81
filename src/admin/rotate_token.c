/*
 * rotate_token.c
 *		SQL function that replaces the refresh token of a user mapping.
 *
 * Everything that could prevent the new token from being stored is checked
 * before it is requested.  The sign-in service does not revoke the old token
 * (api-notes 6.3), so it is still valid if the transaction is rolled back.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "admin/rotate_token.h"
#include "auth/token_cache.h"
#include "auth/user_mapping.h"
#include "compat.h"
#include "config/option.h"
#include "scan/exchange.h"

PG_FUNCTION_INFO_V1(pc_analytics_rotate_refresh_token);

/*
 * Find the user mapping and lock it until the transaction ends: of two
 * concurrent rotations, the second redeems the token that the first has stored.
 */
static Oid
lock_user_mapping(const PcaServer *server, bool *is_public)
{
	Oid			umid = pca_user_mapping_find(server, GetUserId(), is_public);

	LockDatabaseObject(UserMappingRelationId, umid, 0, ExclusiveLock);
	if (*is_public && !pca_compat_server_ownercheck(server->serverid, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to change the user mapping of PUBLIC for server \"%s\"",
						server->name),
				 errdetail("Only the server's owner may change it.")));
	return umid;
}

/* Raise an error if a new token could not be stored in the user mapping. */
static void
check_can_store_token(const PcaServer *server, const PcaCredentials *credentials)
{
	if (credentials->values[PCA_CRED_REFRESH_TOKEN_FILE])
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the refresh token for server \"%s\" comes from a file", server->name),
				 errhint("Only a token that is stored as option \"refresh_token\" can be rotated.")));
	if (pca_user_mapping_has_file(credentials) && !superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to change the user mapping for server \"%s\"", server->name),
				 errdetail("Only a superuser may change one that reads files of the server.")));
}

/*
 * Redeem the refresh token; returns the new one, which the caller must zero.
 * The session's connections live in the given context.
 */
static char *
redeem_refresh_token(const PcaServer *server, MemoryContext context)
{
	PcaHttpSession *session = pca_exchange_begin(context, server, GetUserId());
	PcaTokenCache *auth = pca_exchange_open_credentials(session);
	const char *rotated;
	char	   *copy = NULL;

	pca_token_cache_begin_rotation(auth, server);
	pca_exchange_await_token(session);
	rotated = pca_token_cache_rotated(pca_exchange_credentials(session));
	if (rotated)
		copy = pstrdup(rotated);
	pca_exchange_end(session);
	if (!copy)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
				 errmsg("the sign-in service gave no new refresh token for server \"%s\"",
						server->name),
				 errdetail("The stored token is unchanged.")));
	return copy;
}

/* The time since the stored token was saved; returns false if that is not known. */
static bool
read_token_age(const PcaCredentials *credentials, TimestampTz now, Datum *age)
{
	TimestampTz saved_at;

	if (!pca_user_mapping_saved_at(credentials, &saved_at))
		return false;
	*age = DirectFunctionCall2(timestamp_mi, TimestampTzGetDatum(now),
							   TimestampTzGetDatum(saved_at));
	return true;
}

Datum
pc_analytics_rotate_refresh_token(PG_FUNCTION_ARGS)
{
	PcaServer  *server = pca_option_named_server(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	TimestampTz now;
	Datum		values[2];
	bool		nulls[2] = {false, false};
	PcaCredentials credentials;
	TupleDesc	desc;
	bool		is_public;
	Oid			umid;
	char	   *new_token;

	PreventCommandIfReadOnly("pc_analytics_rotate_refresh_token()");
	PreventCommandDuringRecovery("pc_analytics_rotate_refresh_token()");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	umid = lock_user_mapping(server, &is_public);
	pca_user_mapping_read_options(umid, &credentials);
	check_can_store_token(server, &credentials);
	now = GetCurrentTimestamp();
	values[0] = TimestampTzGetDatum(now);
	nulls[1] = !read_token_age(&credentials, now, &values[1]);
	pca_user_mapping_wipe(&credentials);

	new_token = redeem_refresh_token(server, CurrentMemoryContext);
	pca_user_mapping_store(server, umid, is_public, new_token, now);
	explicit_bzero(new_token, strlen(new_token));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
