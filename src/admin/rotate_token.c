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
#include "funcapi.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "admin/null_argument.h"
#include "admin/rotate_token.h"
#include "admin/store_token.h"
#include "auth/secret.h"
#include "auth/token_cache.h"
#include "auth/user_mapping.h"
#include "config/option.h"
#include "scan/exchange.h"

PG_FUNCTION_INFO_V1(pc_analytics_rotate_refresh_token);
PG_FUNCTION_INFO_V1(pc_analytics_rotate_refresh_token_0_2);

/*
 * Redeem the refresh token; returns the new one, which the caller must zero.
 * The session's connections live in the given context.
 */
static char *
redeem_refresh_token(const PcaTokenTarget *target, MemoryContext context)
{
	const PcaServer *server = target->server;
	PcaExchangeSession *session = pca_exchange_begin(context, server, target->userid);
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

/* Rotate the refresh token of a role, or of the current role if that is InvalidOid. */
static Datum
rotate_token_of_role(FunctionCallInfo fcinfo, Oid roleid)
{
	PcaServer  *server;
	PcaTokenTarget target;
	TimestampTz now;
	Datum		values[2];
	bool		nulls[2] = {false, false};
	PcaCredentials credentials;
	TupleDesc	desc;
	char	   *new_token;

	PreventCommandIfReadOnly("pc_analytics_rotate_refresh_token()");
	PreventCommandDuringRecovery("pc_analytics_rotate_refresh_token()");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	server = pca_option_named_server(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	target = pca_store_token_find(server, roleid);
	pca_store_token_lock(&target);
	pca_user_mapping_read_options(target.umid, &credentials);
	pca_store_token_check(&target, &credentials);
	now = GetCurrentTimestamp();
	values[0] = TimestampTzGetDatum(now);
	nulls[1] = !read_token_age(&credentials, now, &values[1]);
	pca_user_mapping_wipe(&credentials);

	new_token = redeem_refresh_token(&target, CurrentMemoryContext);
	pca_store_token_save(&target, new_token, now);
	pca_secret_zero(new_token);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

Datum
pc_analytics_rotate_refresh_token(PG_FUNCTION_ARGS)
{
	return rotate_token_of_role(fcinfo, InvalidOid);
}

Datum
pc_analytics_rotate_refresh_token_0_2(PG_FUNCTION_ARGS)
{
	pca_null_argument_check(fcinfo, 0, "server");
	return rotate_token_of_role(fcinfo, PG_ARGISNULL(1) ? InvalidOid : PG_GETARG_OID(1));
}
