/*
 * rotate_token.c
 *		How does a fresh refresh token come into a user mapping?
 *
 * Everything that could keep it from being stored is asked before it is asked
 * for.  The stored one lives on where it is until the transaction commits; its
 * own life is not ended by the trade (api-notes 6.3).
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
#include "http/http.h"
#include "scan/exchange.h"

PG_FUNCTION_INFO_V1(pc_analytics_rotate_refresh_token);

/*
 * The mapping to be changed, locked until the transaction ends: of two who
 * rotate at once, the second trades what the first has stored.
 */
static Oid
lock_mapping(const PcaServer *server, bool *is_public)
{
	Oid			umid = pca_user_mapping_find(server, GetUserId(), is_public);

	LockDatabaseObject(UserMappingRelationId, umid, 0, ExclusiveLock);
	if (*is_public && !pca_compat_server_ownercheck(server->serverid, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to change the user mapping of PUBLIC for server \"%s\"",
						server->name),
				 errdetail("Only the server's owner may.")));
	return umid;
}

/* Why a fresh token could not be stored, if it could not. */
static void
check_mapping(const PcaServer *server, const PcaCredentials *credentials)
{
	if (credentials->values[PCA_CRED_REFRESH_TOKEN_FILE])
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the refresh token for server \"%s\" comes from a file", server->name),
				 errhint("Only what is stored as option \"refresh_token\" can be rotated.")));
	if (pca_user_mapping_has_file(credentials) && !superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to change the user mapping for server \"%s\"", server->name),
				 errdetail("Only a superuser may change one that reads files of the server.")));
}

/* Trade the refresh token; the fresh one, zeroed by the caller. */
static char *
trade(const PcaServer *server, MemoryContext context)
{
	PcaHttpSession wire = {0};
	const char *fresh;
	char	   *copy = NULL;

	pca_exchange_begin(&wire, context, server, GetUserId(), "");
	pca_exchange_open_credentials(&wire);
	pca_token_cache_begin_rotation(wire.auth, server);
	pca_exchange_await_token(&wire);
	fresh = pca_token_cache_rotated(wire.auth);
	if (fresh)
		copy = pstrdup(fresh);
	if (wire.token.transfer)
		pca_exchange_finish(&wire, &wire.token);
	pca_http_release(wire.http);
	if (!copy)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
				 errmsg("the sign-in service gave no fresh refresh token for server \"%s\"",
						server->name),
				 errdetail("The stored one stays.")));
	return copy;
}

/* How long the stored token has been there; false when that is not known. */
static bool
stored_age(const PcaCredentials *credentials, TimestampTz now, Datum *age)
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
	char	   *fresh;

	PreventCommandIfReadOnly("pc_analytics_rotate_refresh_token()");
	PreventCommandDuringRecovery("pc_analytics_rotate_refresh_token()");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	umid = lock_mapping(server, &is_public);
	pca_user_mapping_read_options(umid, &credentials);
	check_mapping(server, &credentials);
	now = GetCurrentTimestamp();
	values[0] = TimestampTzGetDatum(now);
	nulls[1] = !stored_age(&credentials, now, &values[1]);
	pca_user_mapping_wipe(&credentials);

	fresh = trade(server, CurrentMemoryContext);
	pca_user_mapping_store(server, umid, is_public, fresh, now);
	explicit_bzero(fresh, strlen(fresh));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
