/*
 * auth.c
 *		Who asks: which credentials are a user's, and which token they buy.
 *
 * The only room with secrets.  The session keeps tokens, and the refresh token
 * that came with the last one; what stands in the user mapping or in a file is
 * read again each time it is needed, and zeroed.  A change of the mapping or
 * the server makes the session forget.
 *
 * When a token is asked for, and how its request is sent, is asked in fetch.c;
 * whether an option may be set, in option.c.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "access/reloptions.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "auth.h"
#include "event.h"
#include "fault.h"
#include "http.h"
#include "json.h"
#include "setting.h"
#include "signin.h"
#include "url.h"

/* A token is renewed that long before it expires, in ms: a slow page's time. */
#define PCA_RENEW_EARLY		60000

/*
 * A token is used at least that long, in ms, whatever its answer says: the
 * request that it was asked for is sent at once.
 */
#define PCA_SHORTEST_USE	1000

/* A token's life when its answer does not say, in seconds. */
#define PCA_UNSAID_LIFE		300

/* No token's life is believed to be longer, in seconds. */
#define PCA_LONGEST_LIFE	86400

/* How deep a token's answer may be nested; the documented one is flat. */
#define PCA_TOKEN_DEPTH		16

/* The largest file of a secret, in bytes; a token has about 2 kB. */
#define PCA_SECRET_FILE		(64 * 1024)

/* How the user's tokens are got. */
typedef enum Flow
{
	FLOW_UNKNOWN,				/* the mapping has not been read yet */
	FLOW_FIXED,					/* access_token */
	FLOW_REFRESH_TOKEN,
	FLOW_CLIENT_CREDENTIALS
} Flow;

/* What the session holds for a user mapping; never freed, so never dangling. */
struct PcaAuth
{
	Oid			umid;			/* hash key */
	uint32		mapping_hash;	/* of the syscache entries it came from */
	uint32		server_hash;
	Flow		flow;
	bool		from_file;		/* FLOW_FIXED: read the file at each open */
	bool		asked;			/* a token request is out, and still ours */
	char	   *token;			/* or NULL */
	int64		renew_at;		/* pca_event_now()'s time; -1 is never */
	int			uses;			/* requests that carried the token */
	uint64		number;			/* of tokens so far */
	char	   *refresh_token;	/* that came with the last token, or NULL */
};

/* A user mapping's options, for a moment. */
typedef struct Credentials
{
	char	   *values[PCA_NCREDENTIALS];	/* NULL where not set */
} Credentials;

/* Options that name a file, and the options that its content stands for. */
static const struct
{
	PcaCredential file;
	PcaCredential value;
}			files[] =
{
	{PCA_CRED_CLIENT_SECRET_FILE, PCA_CRED_CLIENT_SECRET},
	{PCA_CRED_REFRESH_TOKEN_FILE, PCA_CRED_REFRESH_TOKEN},
	{PCA_CRED_ACCESS_TOKEN_FILE, PCA_CRED_ACCESS_TOKEN}
};

static HTAB *auths = NULL;
static MemoryContext secrets = NULL;

/* ---- forgetting ---- */

/* Zero and free a text. */
static void
forget_secret(char **secret)
{
	if (*secret)
	{
		explicit_bzero(*secret, strlen(*secret));
		pfree(*secret);
	}
	*secret = NULL;
}

static void
forget_token(PcaAuth *auth)
{
	forget_secret(&auth->token);
	auth->number++;
	auth->uses = 0;
	auth->renew_at = -1;
}

static void
forget_credentials(Credentials *credentials)
{
	for (int i = 0; i < PCA_NCREDENTIALS; i++)
		forget_secret(&credentials->values[i]);
}

/* All that was learned of a mapping; the next open reads it anew. */
static void
forget_all(PcaAuth *auth)
{
	forget_token(auth);
	forget_secret(&auth->refresh_token);
	auth->flow = FLOW_UNKNOWN;
	auth->asked = false;
}

void
pca_auth_forget(void)
{
	HASH_SEQ_STATUS all;
	PcaAuth    *auth;

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
	PcaAuth    *auth;

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
	HASHCTL		control = {.keysize = sizeof(Oid), .entrysize = sizeof(PcaAuth)};

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

/* The user's mapping for that server, or PUBLIC's. */
static Oid
find_mapping(const PcaServer *server, Oid userid)
{
	Oid			owners[] = {userid, InvalidOid};

	for (int i = 0; i < (int) lengthof(owners); i++)
	{
		Oid			umid = GetSysCacheOid2(USERMAPPINGUSERSERVER,
										   Anum_pg_user_mapping_oid,
										   ObjectIdGetDatum(owners[i]),
										   ObjectIdGetDatum(server->serverid));

		if (OidIsValid(umid))
			return umid;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("there is no user mapping of \"%s\" for server \"%s\"",
					GetUserNameFromId(userid, false), server->name),
			 errhint("Use CREATE USER MAPPING to say whose credentials the server is to be asked with.")));
}

/* ---- reading ---- */

/* Copy the mapping's options; the caller forgets them. */
static void
read_options(Oid umid, Credentials *credentials)
{
	HeapTuple	tuple = SearchSysCache1(USERMAPPINGOID, ObjectIdGetDatum(umid));
	List	   *options = NIL;
	ListCell   *cell;
	Datum		datum;
	bool		isnull;

	memset(credentials, 0, sizeof(Credentials));
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

		for (int i = 0; i < PCA_NCREDENTIALS; i++)
		{
			if (strcmp(option->defname, pca_setting_credential_name(i)) == 0)
				credentials->values[i] = pstrdup(value);
		}
		explicit_bzero(value, strlen(value));
	}
}

/*
 * A file of a secret must be the database's or root's, and nobody else's to
 * read: what PostgreSQL asks of its TLS key.
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

/* A file's content without the white space at its end. */
static char *
read_secret_file(const char *path)
{
	char	   *content = palloc(PCA_SECRET_FILE + 1);
	int			fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | PG_BINARY);
	struct stat status;
	ssize_t		length;

	if (fd < 0 || fstat(fd, &status) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\" of the user mapping: %m", path)));
	check_secret_file(path, &status);
	length = read(fd, content, PCA_SECRET_FILE + 1);
	if (length < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read file \"%s\" of the user mapping: %m", path)));
	CloseTransientFile(fd);
	while (length > 0 && isspace((unsigned char) content[length - 1]))
		length--;
	if (length == 0 || length > PCA_SECRET_FILE || memchr(content, '\0', length))
	{
		explicit_bzero(content, PCA_SECRET_FILE + 1);
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("file \"%s\" of the user mapping does not hold a secret", path),
				 errdetail("It is empty, larger than 64 kB, or not text.")));
	}
	content[length] = '\0';
	return content;
}

/* Put the content of files where the options stand that it replaces. */
static void
read_files(const PcaServer *server, Credentials *credentials)
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
							pca_setting_credential_name(files[i].file))));
		forget_secret(value);
		*value = read_secret_file(path);
	}
}

/* A token goes into a header, so it must not hold what ends one. */
static void
check_token(const char *token, const PcaServer *server)
{
	for (const char *p = token; *p; p++)
	{
		if (*p <= ' ' || *p > '~')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
					 errmsg("the access token for server \"%s\" is not a token", server->name),
					 errdetail("It holds white space or a character that is not ASCII.")));
	}
}

/* Hold a token that has no known end, unless it is held already. */
static void
hold_fixed_token(PcaAuth *auth, const PcaServer *server, const char *token)
{
	if (auth->token && strcmp(auth->token, token) == 0)
		return;
	check_token(token, server);
	forget_token(auth);
	auth->token = MemoryContextStrdup(secrets, token);
}

/* How a mapping with these options gets its tokens. */
static Flow
choose_flow(const PcaServer *server, const Credentials *credentials)
{
	static const PcaCredential needed[] = {PCA_CRED_TENANT_ID, PCA_CRED_CLIENT_ID};

	if (credentials->values[PCA_CRED_ACCESS_TOKEN])
		return FLOW_FIXED;
	for (int i = 0; i < (int) lengthof(needed); i++)
	{
		if (!credentials->values[needed[i]])
			ereport(ERROR,
					(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
					 errmsg("the user mapping for server \"%s\" has no option \"%s\"",
							server->name, pca_setting_credential_name(needed[i])),
					 errhint("A user mapping needs tenant_id, client_id, client_secret and refresh_token, or an access_token.")));
	}
	if (credentials->values[PCA_CRED_REFRESH_TOKEN])
		return FLOW_REFRESH_TOKEN;
	if (credentials->values[PCA_CRED_CLIENT_SECRET])
		return FLOW_CLIENT_CREDENTIALS;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
			 errmsg("the user mapping for server \"%s\" has neither \"refresh_token\" nor \"client_secret\"",
					server->name),
			 errhint("The analytics resources need a refresh_token.")));
}

/* Learn how the mapping gets its tokens, and a fixed one. */
static void
read_mapping(PcaAuth *auth, const PcaServer *server)
{
	Credentials credentials;

	read_options(auth->umid, &credentials);
	read_files(server, &credentials);
	auth->flow = choose_flow(server, &credentials);
	auth->from_file = credentials.values[PCA_CRED_ACCESS_TOKEN_FILE] != NULL;
	if (auth->flow == FLOW_FIXED)
		hold_fixed_token(auth, server, credentials.values[PCA_CRED_ACCESS_TOKEN]);
	forget_credentials(&credentials);
}

PcaAuth *
pca_auth_open(const PcaServer *server, Oid userid)
{
	Oid			umid;
	PcaAuth    *auth;
	bool		found;

	init_auths();
	umid = find_mapping(server, userid);
	auth = hash_search(auths, &umid, HASH_ENTER, &found);
	if (!found)
	{
		memset(auth, 0, sizeof(PcaAuth));
		auth->umid = umid;
		auth->mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID, ObjectIdGetDatum(umid));
		auth->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID,
												  ObjectIdGetDatum(server->serverid));
	}
	if (auth->flow == FLOW_UNKNOWN || auth->from_file)
		read_mapping(auth, server);
	return auth;
}

bool
pca_auth_has_token(const PcaAuth *auth)
{
	return auth->token && (auth->renew_at < 0 || pca_event_now() < auth->renew_at);
}

uint64
pca_auth_token_number(const PcaAuth *auth)
{
	return auth->number;
}

bool
pca_auth_is_app_only(const PcaAuth *auth)
{
	return auth->flow == FLOW_CLIENT_CREDENTIALS;
}

/* ---- asking for a token ---- */

/* Append "name=value" to a form; nothing when there is no value. */
static void
append_field(StringInfo form, const char *name, const char *value)
{
	if (!value)
		return;
	if (form->len > 0)
		appendStringInfoChar(form, '&');
	appendStringInfo(form, "%s=", name);
	pca_url_encode(form, value);
}

/* How many bytes append_field() appends, at most. */
static int
field_length(const char *name, const char *value)
{
	return value ? (int) (strlen(name) + pca_url_encoded_length(value)) + 2 : 0;
}

/* The token request's form, whose end point is of that version. */
static char *
make_form(Flow flow, const PcaServer *server, const char *refresh_token,
		  const Credentials *credentials)
{
	bool		refresh = (flow == FLOW_REFRESH_TOKEN);
	const char *secret = credentials->values[PCA_CRED_CLIENT_SECRET];
	StringInfoData form;

	initStringInfo(&form);
	append_field(&form, "grant_type", refresh ? "refresh_token" : "client_credentials");
	append_field(&form, "client_id", credentials->values[PCA_CRED_CLIENT_ID]);
	if (server->token_endpoint == 1)
	{
		append_field(&form, "resource", server->token_resource);
		if (refresh)
			append_field(&form, "scope", "openid");
	}
	else if (refresh)
		append_field(&form, "scope", psprintf("%s/user_impersonation offline_access",
											  server->token_resource));
	else
		append_field(&form, "scope", psprintf("%s/.default", server->token_resource));

	/* secrets last, into room for both: a buffer that moved would leave a copy */
	enlargeStringInfo(&form, field_length("client_secret", secret) +
					  field_length("refresh_token", refresh_token));
	append_field(&form, "client_secret", secret);
	if (refresh)
		append_field(&form, "refresh_token", refresh_token);
	return form.data;
}

void
pca_auth_token_request(PcaAuth *auth, const PcaServer *server,
					   PcaHttpRequest *request)
{
	Credentials credentials;
	const char *refresh_token = auth->refresh_token;
	StringInfoData url;

	read_options(auth->umid, &credentials);
	read_files(server, &credentials);
	if (!refresh_token)
		refresh_token = credentials.values[PCA_CRED_REFRESH_TOKEN];

	initStringInfo(&url);
	appendStringInfo(&url, "%s/", server->login_url);
	pca_url_encode(&url, credentials.values[PCA_CRED_TENANT_ID]);
	appendStringInfoString(&url, server->token_endpoint == 1 ?
						   "/oauth2/token" : "/oauth2/v2.0/token");
	request->url = url.data;
	request->post_form = make_form(auth->flow, server, refresh_token, &credentials);
	request->headers = lappend(request->headers, pstrdup("Accept: application/json"));
	request->secret = true;
	auth->asked = true;
	forget_credentials(&credentials);
}

/* ---- taking the answer ---- */

/* A member's text; NULL when it is none. */
static const char *
member_text(PcaJson *json, const PcaJsonValue *answer, const char *key)
{
	const PcaJsonValue *member = pca_json_member(answer, key);

	return member ? pca_json_text(json, member) : NULL;
}

/* A member's whole number, which may be written as a string; -1 when none. */
static int64
member_number(PcaJson *json, const PcaJsonValue *answer, const char *key)
{
	const char *digits = member_text(json, answer, key);
	char	   *end;
	int64		number;

	if (!digits || digits[0] == '\0')
		return -1;
	number = strtoll(digits, &end, 10);
	return *end == '\0' ? number : -1;
}

/* How many seconds the token lives. */
static int64
token_life(PcaJson *json, const PcaJsonValue *answer)
{
	int64		life = member_number(json, answer, "expires_in");
	int64		until = member_number(json, answer, "expires_on");

	if (life < 0 && until >= 0)
		life = until - (int64) time(NULL);
	if (life < 0)
		life = PCA_UNSAID_LIFE;
	return Min(life, PCA_LONGEST_LIFE);
}

/* Zero a text inside of a parsed answer, whose memory is not zeroed. */
static void
zero_member(PcaJson *json, const PcaJsonValue *answer, const char *key)
{
	char	   *value = unconstify(char *, member_text(json, answer, key));

	if (value)
		explicit_bzero(value, strlen(value));
}

/* Blot out a secret wherever it stands in the text. */
static void
blot_out(char *message, const char *secret)
{
	size_t		length = secret ? strlen(secret) : 0;

	if (length == 0)
		return;
	while ((message = strstr(message, secret)) != NULL)
	{
		memset(message, '*', length);
		message += length;
	}
}

void
pca_auth_scrub(const PcaAuth *auth, char *message)
{
	blot_out(message, auth->token);
	blot_out(message, auth->refresh_token);
}

/* Blot out what the token request carried. */
static void
scrub_credentials(const PcaAuth *auth, const PcaServer *server, char *message)
{
	Credentials credentials;

	pca_auth_scrub(auth, message);
	read_options(auth->umid, &credentials);
	read_files(server, &credentials);
	blot_out(message, credentials.values[PCA_CRED_CLIENT_SECRET]);
	blot_out(message, credentials.values[PCA_CRED_REFRESH_TOKEN]);
	forget_credentials(&credentials);
}

/* Whether the service failed, rather than refused (facts 5.2). */
static bool
service_failed(int status)
{
	return status >= 500 || status == 429 || status == 408;
}

/* Raise the error that the token endpoint's answer is. */
static void
raise_refusal(const PcaAuth *auth, const PcaServer *server, int status,
			  const char *error, const char *description)
{
	const char *hint = service_failed(status) ? "Try again later." :
		pca_signin_hint(error, description);
	char	   *detail = psprintf("HTTP status %d, \"%s\".", status,
								  pca_fault_text(description, strlen(description),
												 PCA_FAULT_TEXT));

	scrub_credentials(auth, server, detail);
	ereport(ERROR,
			(errcode(service_failed(status) ? ERRCODE_CONNECTION_FAILURE :
					 ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("could not get a token for server \"%s\": %s", server->name,
					pca_fault_text(error, strlen(error), PCA_FAULT_GLIMPSE)),
			 errdetail("%s", detail),
			 hint ? errhint("%s", hint) : 0));
}

/* Raise the error that the answer is nothing that a token endpoint says. */
static void
raise_unreadable(const PcaAuth *auth, const PcaServer *server, int status,
				 const char *body, size_t length)
{
	char	   *glimpse = pca_fault_text(body, length, PCA_FAULT_GLIMPSE);

	scrub_credentials(auth, server, glimpse);
	ereport(ERROR,
			(errcode(service_failed(status) ? ERRCODE_CONNECTION_FAILURE :
					 ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
			 errmsg("could not get a token for server \"%s\": the answer is not a token",
					server->name),
			 length == 0 ? errdetail("HTTP status %d, without a body.", status) :
			 errdetail("HTTP status %d. The answer begins with \"%s\".", status, glimpse),
			 service_failed(status) ? errhint("Try again later.") :
			 errhint("Check the server's option \"login_url\" and the user mapping's option \"tenant_id\".")));
}

/*
 * The refresh token was refused that came with the last token: the mapping's
 * own may live on, and the next request is made with it.  False when that is
 * the one that was refused.
 */
static bool
fall_back(PcaAuth *auth, const char *error)
{
	if (!auth->refresh_token || strcmp(error, "invalid_grant") != 0)
		return false;
	forget_secret(&auth->refresh_token);
	return true;
}

/* Hold the token of a good answer, and the refresh token that came with it. */
static void
hold_answer(PcaAuth *auth, const PcaServer *server, PcaJson *json,
			const PcaJsonValue *answer, const char *token)
{
	const char *refresh_token = member_text(json, answer, "refresh_token");
	int64		life = token_life(json, answer) * 1000;

	check_token(token, server);
	forget_token(auth);
	auth->token = MemoryContextStrdup(secrets, token);
	auth->renew_at = pca_event_now() +
		Max(life - Min(PCA_RENEW_EARLY, life / 2), PCA_SHORTEST_USE);
	if (auth->flow == FLOW_REFRESH_TOKEN && refresh_token && refresh_token[0] != '\0')
	{
		forget_secret(&auth->refresh_token);
		auth->refresh_token = MemoryContextStrdup(secrets, refresh_token);
	}
	auth->asked = false;
}

void
pca_auth_accept(PcaAuth *auth, const PcaServer *server, int status,
				const char *body, size_t length)
{
	PcaJson    *json = pca_json_create(CurrentMemoryContext);
	const char *fault;
	const PcaJsonValue *answer = pca_json_parse(json, body, length, PCA_TOKEN_DEPTH, &fault);
	const char *token;
	const char *error;

	if (!auth->asked)
		return;
	if (!answer || pca_json_kind(answer) != PCA_JSON_OBJECT)
		raise_unreadable(auth, server, status, body, length);
	token = member_text(json, answer, "access_token");
	error = member_text(json, answer, "error");
	if (error && fall_back(auth, error))
		return;
	if (error || (status != 200 && !token))
	{
		const char *description = member_text(json, answer, "error_description");

		raise_refusal(auth, server, status, error ? error : "it was refused",
					  description ? description : "");
	}
	if (status != 200 || !token || token[0] == '\0')
		raise_unreadable(auth, server, status, "", 0);
	hold_answer(auth, server, json, answer, token);
	zero_member(json, answer, "access_token");
	zero_member(json, answer, "refresh_token");
	zero_member(json, answer, "id_token");
}

bool
pca_auth_refused(PcaAuth *auth)
{
	bool		is_new = auth->uses <= 1;

	if (is_new || (auth->flow == FLOW_FIXED && !auth->from_file))
		return false;
	forget_token(auth);
	return true;
}

/* ---- using it ---- */

void
pca_auth_attach(PcaAuth *auth, const PcaServer *server, PcaHttpRequest *request)
{
	if (!auth->token || !pca_http_same_origin(request->url, server->base_url))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("the token of server \"%s\" may not be sent there", server->name)));
	auth->uses++;
	request->headers = lappend(request->headers,
							   psprintf("Authorization: Bearer %s", auth->token));
}

void
pca_auth_proxy(const PcaAuth *auth, PcaHttpRequest *request)
{
	Credentials credentials;

	read_options(auth->umid, &credentials);
	request->proxy_user = credentials.values[PCA_CRED_PROXY_USER];
	request->proxy_password = credentials.values[PCA_CRED_PROXY_PASSWORD];
	credentials.values[PCA_CRED_PROXY_USER] = NULL;
	credentials.values[PCA_CRED_PROXY_PASSWORD] = NULL;
	forget_credentials(&credentials);
}

/* Zero a text that may be NULL. */
static void
zero(const char *secret)
{
	if (secret)
		explicit_bzero(unconstify(char *, secret), strlen(secret));
}

void
pca_auth_wipe(PcaHttpRequest *request)
{
	ListCell   *cell;

	zero(request->post_form);
	zero(request->proxy_password);
	foreach(cell, request->headers)
	{
		if (strncmp(lfirst(cell), "Authorization:", strlen("Authorization:")) == 0)
			zero(lfirst(cell));
	}
}
