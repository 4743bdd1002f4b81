/*
 * store_token.c
 *		Which user mapping a refresh token is stored in, and who may do that.
 */
#include "postgres.h"

#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"

#include "admin/store_token.h"
#include "compat.h"

/* Raise an error unless the current user may change the user mapping of the role. */
static void
check_role(const PcaServer *server, Oid role)
{
	if (role != GetUserId() && !superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to change the user mapping of \"%s\" for server \"%s\"",
						GetUserNameFromId(role, false), server->name),
				 errdetail("Only a superuser may change the user mapping of another role.")));
}

PcaTokenTarget
pca_store_token_find(const PcaServer *server, Oid role)
{
	PcaTokenTarget target = {.server = server,.userid = OidIsValid(role) ? role : GetUserId()};

	if (OidIsValid(role))
		check_role(server, role);
	target.umid = pca_user_mapping_find(server, target.userid, &target.is_public);
	if (target.is_public && OidIsValid(role))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role \"%s\" has no user mapping of its own for server \"%s\"",
						GetUserNameFromId(role, false), server->name)));
	if (target.is_public && !pca_compat_server_ownercheck(server->serverid, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to change the user mapping of PUBLIC for server \"%s\"",
						server->name),
				 errdetail("Only the server's owner may change it.")));
	return target;
}

void
pca_store_token_lock(const PcaTokenTarget *target)
{
	LockDatabaseObject(UserMappingRelationId, target->umid, 0, ExclusiveLock);
}

void
pca_store_token_check(const PcaTokenTarget *target, const PcaCredentials *credentials)
{
	if (credentials->values[PCA_CRED_REFRESH_TOKEN_FILE])
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the refresh token for server \"%s\" comes from a file", target->server->name),
				 errhint("Only a token that is stored as option \"refresh_token\" can be replaced.")));
	if (pca_user_mapping_has_file(credentials) && !superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to change the user mapping for server \"%s\"", target->server->name),
				 errdetail("Only a superuser may change one that reads files of the server.")));
}

void
pca_store_token_save(const PcaTokenTarget *target, const char *refresh_token, TimestampTz saved_at)
{
	pca_user_mapping_store(target->server, target->umid,
						   target->is_public ? InvalidOid : target->userid,
						   refresh_token, saved_at);
}
