/*
 * user_mapping.c
 *		Reads the credentials of a user mapping and of the files that it names.
 *
 * Mapping and files are read again each time; nothing is cached here.  See
 * token_request.c and token_cache.c for the use of the credentials, and
 * option_defs.c for the options that may be set.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/reloptions.h"
#include "access/xact.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/fd.h"
#include "utils/syscache.h"

#include "auth/secret.h"
#include "auth/user_mapping.h"
#include "compat.h"

/* The largest file of a secret, in bytes; a token has about 2 kB. */
#define PCA_SECRET_FILE		(64 * 1024)

/* An option that names a file. */
typedef struct FileOption
{
	PcaCredential file;
	PcaCredential value;		/* the option that the content replaces */
	const char *content_hint;	/* what the file must hold, or NULL */
} FileOption;

static const FileOption files[] = {
	{PCA_CRED_CLIENT_SECRET_FILE, PCA_CRED_CLIENT_SECRET, NULL},
	{PCA_CRED_REFRESH_TOKEN_FILE, PCA_CRED_REFRESH_TOKEN, NULL},
	{PCA_CRED_ACCESS_TOKEN_FILE, PCA_CRED_ACCESS_TOKEN, NULL},
	{PCA_CRED_CLIENT_CERTIFICATE_FILE, PCA_CRED_CLIENT_CERTIFICATE, PCA_USER_MAPPING_CERTIFICATE_HINT},
	{PCA_CRED_CLIENT_ASSERTION_FILE, PCA_CRED_CLIENT_ASSERTION, PCA_USER_MAPPING_ASSERTION_HINT}
};

void
pca_user_mapping_wipe(PcaCredentials *credentials)
{
	for (int i = 0; i < PCA_NCREDENTIALS; i++)
		pca_secret_free(&credentials->values[i]);
}

Oid
pca_user_mapping_find(const PcaServer *server, Oid userid, bool *is_public)
{
	Oid			owners[] = {userid, InvalidOid};

	for (int i = 0; i < (int) lengthof(owners); i++)
	{
		Oid			umid = GetSysCacheOid2(USERMAPPINGUSERSERVER,
										   Anum_pg_user_mapping_oid,
										   ObjectIdGetDatum(owners[i]),
										   ObjectIdGetDatum(server->serverid));

		if (is_public)
			*is_public = !OidIsValid(owners[i]);
		if (OidIsValid(umid))
			return umid;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("there is no user mapping of \"%s\" for server \"%s\"",
					GetUserNameFromId(userid, false), server->name),
			 errhint("Use CREATE USER MAPPING to store the credentials of the role or of PUBLIC.")));
}

void
pca_user_mapping_read_options(Oid umid, PcaCredentials *credentials)
{
	HeapTuple	tuple = SearchSysCache1(USERMAPPINGOID, ObjectIdGetDatum(umid));
	List	   *options = NIL;
	ListCell   *cell;
	Datum		datum;
	bool		isnull;

	memset(credentials, 0, sizeof(PcaCredentials));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the user mapping was dropped meanwhile")));
	datum = SysCacheGetAttr(USERMAPPINGOID, tuple, Anum_pg_user_mapping_umoptions, &isnull);
	if (!isnull)
		options = untransformRelOptions(datum);
	ReleaseSysCache(tuple);
	foreach(cell, options)
	{
		DefElem    *option = lfirst(cell);
		char	   *value = defGetString(option);

		for (int i = 0; i < PCA_NCREDENTIAL_OPTIONS; i++)
		{
			if (strcmp(option->defname, pca_option_defs_credential_name(i)) == 0)
				credentials->values[i] = pstrdup(value);
		}
		pca_secret_zero(value);
	}
}

/*
 * Raise an error unless the database's operating system user or root owns the file
 * of a secret, and nobody else can read it.  PostgreSQL has the same rule for the
 * private key of TLS.
 */
static void
check_secret_file(const char *path, const struct stat *status)
{
	mode_t		forbidden = S_IRWXG | S_IRWXO;

	if (!S_ISREG(status->st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("file \"%s\" of the user mapping is not a regular file", path)));
	if (status->st_uid == 0 && geteuid() != 0)
		forbidden = S_IWGRP | S_IXGRP | S_IRWXO;
	else if (status->st_uid != geteuid())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("file \"%s\" of the user mapping must be owned by the database user or root",
						path)));
	if (status->st_mode & forbidden)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("file \"%s\" of the user mapping has group or world access", path),
				 errdetail("It must have permissions u=rw (0600) or less if owned by the database user, or u=rw,g=r (0640) or less if owned by root.")));
}

/* Raise the error of errno, which says why a file cannot be opened, or read. */
PCA_NORETURN static void
error_file_access(const char *path, bool is_open)
{
	int			error = errno;

	ereport(ERROR,
			(errcode_for_file_access(),
			 is_open ? errmsg("could not read file \"%s\" of the user mapping: %m", path) :
			 errmsg("could not open file \"%s\" of the user mapping: %m", path),
			 error == ENOENT && !is_absolute_path(path) ?
			 errhint("The path is relative to the data directory. Use an absolute path.") :
			 error == EACCES ?
			 errhint("The operating system user of the database must be able to read it: as its owner with permissions 0600, or by its group with permissions 0640 if root owns it.") : 0));
}

/* Raise the error for a file whose content of length bytes cannot be used. */
PCA_NORETURN static void
error_file_content(const char *path, const FileOption *option, ssize_t length)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("file \"%s\" of the user mapping does not hold a secret", path),
			 length == 0 ? errdetail("It is empty.") :
			 length > PCA_SECRET_FILE ? errdetail("It is larger than 64 kB.") :
			 errdetail("It is not text."),
			 option->content_hint ? errhint("%s", option->content_hint) :
			 errhint("The file must have the value of option \"%s\" as text, and nothing else.",
					 pca_option_defs_credential_name(option->value))));
}

/* Returns a file's content without the white space at its end; palloc'd. */
static char *
read_secret_file(const char *path, const FileOption *option)
{
	char	   *content = palloc(PCA_SECRET_FILE + 1);
	int			fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | PG_BINARY);
	struct stat status;
	ssize_t		length;

	if (fd < 0 || fstat(fd, &status) < 0)
		error_file_access(path, false);
	check_secret_file(path, &status);
	length = read(fd, content, PCA_SECRET_FILE + 1);
	if (length < 0)
		error_file_access(path, true);
	CloseTransientFile(fd);
	while (length > 0 && isspace((unsigned char) content[length - 1]))
		length--;
	if (length == 0 || length > PCA_SECRET_FILE || memchr(content, '\0', length))
	{
		explicit_bzero(content, PCA_SECRET_FILE + 1);
		error_file_content(path, option, length);
	}
	content[length] = '\0';
	return content;
}

void
pca_user_mapping_read_files(const PcaServer *server, PcaCredentials *credentials)
{
	for (int i = 0; i < (int) lengthof(files); i++)
	{
		const char *path = credentials->values[files[i].file];
		char	  **value = &credentials->values[files[i].value];

		if (!path)
			continue;
		if (!server->owner_is_superuser)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("user mapping option \"%s\" needs a server that belongs to a superuser",
							pca_option_defs_credential_name(files[i].file))));
		pca_secret_free(value);
		*value = read_secret_file(path, &files[i]);
	}
}

void
pca_user_mapping_read(const PcaServer *server, Oid umid, PcaCredentials *credentials)
{
	pca_user_mapping_read_options(umid, credentials);
	pca_user_mapping_read_files(server, credentials);
}

bool
pca_user_mapping_has_file(const PcaCredentials *credentials)
{
	for (int i = 0; i < (int) lengthof(files); i++)
	{
		if (credentials->values[files[i].file])
			return true;
	}
	return false;
}

bool
pca_user_mapping_saved_at(const PcaCredentials *credentials, TimestampTz *saved_at)
{
	const char *written = credentials->values[PCA_CRED_REFRESH_TOKEN_SAVED_AT];

	if (!written || credentials->values[PCA_CRED_REFRESH_TOKEN_FILE])
		return false;
	*saved_at = pca_option_defs_time(pca_option_defs_find("refresh_token_saved_at", PCA_ON_MAPPING),
									 written);
	return true;
}

/* Make an option for ALTER USER MAPPING: SET if the mapping has it, otherwise ADD. */
static DefElem *
make_option(const PcaCredentials *credentials, PcaCredential which, const char *value)
{
	DefElem    *option = makeDefElem(pstrdup(pca_option_defs_credential_name(which)),
									 (Node *) makeString(pstrdup(value)), -1);

	option->defaction = credentials->values[which] ? DEFELEM_SET : DEFELEM_ADD;
	return option;
}

void
pca_user_mapping_store(const PcaServer *server, Oid umid, Oid userid,
					   const char *refresh_token, TimestampTz saved_at)
{
	AlterUserMappingStmt *statement = makeNode(AlterUserMappingStmt);
	PcaCredentials credentials;
	DefElem    *option;

	pca_user_mapping_read_options(umid, &credentials);
	option = make_option(&credentials, PCA_CRED_REFRESH_TOKEN, refresh_token);
	statement->user = makeNode(RoleSpec);
	statement->user->roletype = OidIsValid(userid) ? ROLESPEC_CSTRING : ROLESPEC_PUBLIC;
	if (OidIsValid(userid))
		statement->user->rolename = GetUserNameFromId(userid, false);
	statement->user->location = -1;
	statement->servername = server->name;
	statement->options =
		list_make2(option, make_option(&credentials, PCA_CRED_REFRESH_TOKEN_SAVED_AT,
									   pca_option_defs_time_text(saved_at)));
	pca_user_mapping_wipe(&credentials);
	AlterUserMapping(statement);
	pca_secret_zero(strVal(option->arg));
	CommandCounterIncrement();
}
