/*
 * http_error.c
 *		Raises errors for responses and transfers that failed.
 *
 * A table says for each HTTP status, each of the API's codes, and each class of
 * failed transfers what the error is and what can be done.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/formatting.h"

#include "http/error_body.h"
#include "http/http_error.h"

/* Longest value of an identifying header field that is shown; a GUID has 36. */
#define PCA_HTTP_ERROR_IDENTIFIER_MAX	128

/* Message and hint for each HTTP status; 4 stands for every other 4xx, and so on. */
static const struct
{
	int			status;
	int			sqlstate;
	const char *message;
	const char *hint;
}			statuses[] =

{
	{400, ERRCODE_FDW_ERROR, "the API does not accept the request",
	"EXPLAIN (VERBOSE) shows the request."},
	{401, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, "the API does not accept the token",
	"Check the user mapping's credentials and the server's option \"token_resource\"."},
	{403, ERRCODE_INSUFFICIENT_PRIVILEGE, "the API denied access",
	"The token's user must have a Partner Center role that may read analytics, such as AdminAgents."},
	{404, ERRCODE_FDW_TABLE_NOT_FOUND, "the API does not have this resource",
	"Check the server's option \"base_url\" and the table's option \"path\"."},
	{408, ERRCODE_CONNECTION_FAILURE, "the API did not receive the request in time", NULL},
	{429, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, "the API has received too many requests",
	"Lower the server's option \"max_parallel_requests\" or \"max_requests_per_minute\", or raise \"max_retry_wait\"."},
	{502, ERRCODE_CONNECTION_FAILURE, "the API cannot be reached behind its gateway",
	"Try again later."},
	{503, ERRCODE_CONNECTION_FAILURE, "the API is temporarily unavailable",
	"Try again later."},
	{504, ERRCODE_CONNECTION_FAILURE, "the API did not respond to its gateway in time",
	"Try again later, or lower the option \"page_size\"."},
	{2, ERRCODE_FDW_UNABLE_TO_CREATE_REPLY, "the API's response does not contain rows", NULL},
	{3, ERRCODE_FDW_ERROR, "the API responded with a redirect",
	"Check the server's option \"base_url\"."},
	{4, ERRCODE_FDW_ERROR, "the API refused the request", NULL},
	{5, ERRCODE_FDW_ERROR, "the API reported an internal error", "Try again later."}
};

/* Codes of the API's own whose cure is known (api-notes 7.2). */
static const struct
{
	const char *code;
	const char *hint;
}			codes[] =

{
	{"900420", "The token was made for another audience: set the server's option \"token_resource\" to the base URL of the API."},
	{"900421", "The user signed in without multi-factor authentication: sign in again with pc_analytics_sign_in()."},
	{"10001", "The user signed in without multi-factor authentication: sign in again with pc_analytics_sign_in()."},
	{"20002", "The partner has no relationship with this customer."},
	{"60003", "Check the user mapping's option \"tenant_id\"."},
	{"900150", "The token's user needs the Partner Center role AdminAgents, SalesAgents or HelpdeskAgents."},
	{"900308", "The token's user needs the Partner Center role AdminAgents, SalesAgents or HelpdeskAgents."}
};

/* Parts of texts that say that a token has no user; see says_no_user(). */
static const char *const no_user_phrases[] = {
	"app only", "apponly", "application only", "app user", "without a user", "without user",
	"no user", "user context", "user token", "user's token", "user access token",
	"user credential", "user claim", "user identity", "user impersonation", "user information",
	"user authentication", "user is required", "user required", "user is missing", "missing user",
	"missing a user", "not contain a user", "not contain user", "not have a user",
	"not include a user", "lacks a user", "requires a user", "require a user", "needs a user",
	"signed in user", "delegated", "on behalf of a user", "service principal",
	"client credentials"
};

/* Messages, by the peer, and hint for each class of failed transfers. */
static const struct
{
	PcaFailure	failure;
	int			sqlstate;
	const char *api_message;
	const char *sign_in_message;
	const char *hint;
}			failures[] =

{
	{PCA_FAILURE_RESOLVE, ERRCODE_CONNECTION_FAILURE, "the connection to the API failed",
		"the connection to the sign-in service failed",
	"The name of the host does not resolve on the database server: check the server's options \"base_url\" and \"login_url\", and the name service. If only a proxy reaches the host, set the option \"proxy\"."},
	{PCA_FAILURE_RESOLVE_PROXY, ERRCODE_CONNECTION_FAILURE, "the connection to the API failed",
		"the connection to the sign-in service failed",
	"The name of the proxy does not resolve on the database server: check the server's option \"proxy\", and the name service."},
	{PCA_FAILURE_TRANSPORT, ERRCODE_CONNECTION_FAILURE, "the connection to the API failed",
	"the connection to the sign-in service failed", NULL},
	{PCA_FAILURE_TIMEOUT, ERRCODE_CONNECTION_FAILURE, "the API did not respond in time",
		"the sign-in service did not respond in time",
	"The server's options \"connect_timeout\" and \"request_timeout\" limit the wait."},
	{PCA_FAILURE_ENCODING, ERRCODE_FDW_UNABLE_TO_CREATE_REPLY, "the API's response cannot be decompressed",
		"the sign-in service's response cannot be decompressed",
	"The server's option \"compression\" can be turned off."},
	{PCA_FAILURE_UNREQUESTED, ERRCODE_FDW_UNABLE_TO_CREATE_REPLY, "the API's response has an encoding that was not requested",
		"the sign-in service's response has an encoding that was not requested",
	"Some proxies and gateways compress what passes through them."},
	{PCA_FAILURE_TLS, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION, "no secure connection to the API can be made",
		"no secure connection to the sign-in service can be made",
	"A private certificate authority is named by the server's option \"ca_file\"."},
	{PCA_FAILURE_FORBIDDEN, ERRCODE_INSUFFICIENT_PRIVILEGE, "the address of the API is not permitted",
		"the address of the sign-in service is not permitted",
	"Only a server that belongs to a superuser reaches addresses that are not public."},
	{PCA_FAILURE_TOO_LARGE, ERRCODE_PROGRAM_LIMIT_EXCEEDED, "the API's response is too large",
		"the sign-in service's response is too large",
	"Lower the option \"page_size\", or raise \"max_response_size\"."},
	{PCA_FAILURE_LIMIT_EXCEEDED, ERRCODE_PROGRAM_LIMIT_EXCEEDED, "the API's response is too large",
	"the sign-in service's response is too large", NULL},
	{PCA_FAILURE_OTHER, ERRCODE_FDW_ERROR, "the request to the API could not be sent",
	"the request to the sign-in service could not be sent", NULL}
};

/*
 * Append UTF-8 in the server encoding.  A character that does not exist there raises
 * no error, but becomes "?".
 */
static void
append_converted(StringInfo out, const char *utf8, int length)
{
	int			encoding = GetDatabaseEncoding();
	Oid			proc = InvalidOid;

	if (encoding != PG_UTF8 && encoding != PG_SQL_ASCII)
		proc = FindDefaultConversionProc(PG_UTF8, encoding);
	if (!OidIsValid(proc))
	{
		appendBinaryStringInfo(out, utf8, length);
		return;
	}
	while (length > 0)
	{
		int			done;

		enlargeStringInfo(out, length * MAX_CONVERSION_GROWTH + 1);
		done = pg_do_encoding_conversion_buf(proc, PG_UTF8, encoding,
											 (unsigned char *) unconstify(char *, utf8), length,
											 (unsigned char *) out->data + out->len,
											 length * MAX_CONVERSION_GROWTH + 1, true);
		out->len += strlen(out->data + out->len);
		utf8 += done;
		length -= done;
		if (length > 0)
		{
			appendStringInfoChar(out, '?');
			done = Min(pg_utf_mblen((const unsigned char *) utf8), length);
			utf8 += done;
			length -= done;
		}
	}
}

/* Returns the bytes of the printable UTF-8 character at p; 0 if there is none. */
static int
printable_length(const char *p, const char *end)
{
	const unsigned char *byte = (const unsigned char *) p;
	int			length = pg_utf_mblen(byte);

	if (*byte < ' ' || *byte == 0x7f)
		return 0;
	/* the control characters of ISO 8859, U+0080 to U+009F */
	if (byte[0] == 0xC2 && length <= end - p && byte[1] < 0xA0)
		return 0;
	return length <= end - p && pg_utf8_islegal(byte, length) ? length : 0;
}

char *
pca_http_error_text(const char *data, size_t length, int limit)
{
	const char *end = data + length;
	StringInfoData clean;
	StringInfoData out;

	initStringInfo(&clean);
	initStringInfo(&out);
	for (int n = 0; data < end && n < limit; n++)
	{
		int			size = printable_length(data, end);

		if (size > 0)
			appendBinaryStringInfo(&clean, data, size);
		else
			appendStringInfoChar(&clean, isspace((unsigned char) *data) ? ' ' : '?');
		data += Max(size, 1);
	}
	if (data < end)
		appendStringInfoString(&clean, "...");
	append_converted(&out, clean.data, clean.len);
	return out.data;
}

char *
pca_http_error_quote(const PcaTransfer *transfer, const char *data, size_t length, int limit)
{
	size_t		size = Min(length, PCA_HTTP_ERROR_BYTES(limit));
	char	   *copy = palloc(size);
	char	   *text;

	memcpy(copy, data, size);
	pca_transfer_redact(transfer, copy, size);
	text = pca_http_error_text(copy, size, limit);
	pfree(copy);
	return text;
}

/*
 * Returns true if the text says that the token has no user, or that it is one of
 * the application alone (api-notes 6.2).  Which words the API uses is not
 * documented.
 */
static bool
says_no_user(const char *text)
{
	char	   *folded = asc_tolower(text, strlen(text));
	bool		found = false;

	for (char *p = folded; *p; p++)
	{
		if (*p == '-' || *p == '_' || *p == '+')
			*p = ' ';
	}
	for (int i = 0; i < (int) lengthof(no_user_phrases); i++)
		found |= strstr(folded, no_user_phrases[i]) != NULL;
	pfree(folded);
	return found;
}

/* Append the identifiers that support needs, as a sentence if there are any. */
static void
append_identifiers(StringInfo out, PcaTransfer *transfer, PcaRequestIds sent)
{
	const struct
	{
		const char *name;
		const char *sent;
	}			identifiers[] =
	{
		{"MS-RequestId", sent.request_id},
		{"MS-CorrelationId", sent.correlation_id},
		{"MS-CV", ""},
		{"MS-ServerId", ""}
	};
	const char *between = "";

	for (int i = 0; i < (int) lengthof(identifiers); i++)
	{
		const char *value = pca_transfer_header(transfer, identifiers[i].name);

		if (!value)
			value = identifiers[i].sent;
		if (value[0] == '\0')
			continue;
		appendStringInfo(out, "%s%s: %s", between, identifiers[i].name,
						 pca_http_error_quote(transfer, value, strlen(value), PCA_HTTP_ERROR_IDENTIFIER_MAX));
		between = ", ";
	}
	if (between[0] != '\0')
		appendStringInfoChar(out, '.');
}

char *
pca_http_error_response_detail(PcaTransfer *transfer, PcaRequestIds sent)
{
	int			status = pca_transfer_status(transfer);
	StringInfoData out;

	initStringInfo(&out);
	if (status > 0)
		appendStringInfo(&out, "HTTP status %d. ", status);
	append_identifiers(&out, transfer, sent);
	return out.data;
}

PcaHttpError
pca_http_error_read(PcaTransfer *transfer, PcaRequestIds sent)
{
	PcaHttpError refusal = {.status = pca_transfer_status(transfer)};
	PcaErrorBody error = {0};
	StringInfoData out;
	size_t		length;
	const char *body = pca_transfer_body(transfer, &length);

	if (length > 0 && !pca_error_body_read(transfer, body, length, &error))
		error.description = pca_http_error_quote(transfer, body, length, PCA_HTTP_ERROR_EXCERPT_MAX);
	initStringInfo(&out);
	appendStringInfo(&out, "HTTP status %d", refusal.status);
	if (error.code)
		appendStringInfo(&out, ", code %s", error.code);
	if (error.description)
		appendStringInfo(&out, ", \"%s\"", error.description);
	if (error.others)
		appendStringInfo(&out, ", %s", error.others);
	appendStringInfoString(&out, ". ");
	refusal.code = error.code;
	refusal.says_no_user = says_no_user(out.data);
	append_identifiers(&out, transfer, sent);
	refusal.detail = out.data;
	return refusal;
}

/* Returns the hint for one of the API's codes, or NULL. */
static const char *
find_code_hint(const char *code)
{
	for (int i = 0; code && i < (int) lengthof(codes); i++)
	{
		if (strcmp(codes[i].code, code) == 0)
			return codes[i].hint;
	}
	return NULL;
}

/* Returns the number of attempts as a sentence after others; empty for one attempt. */
static const char *
attempts_text(int attempts)
{
	return attempts > 1 ? psprintf(" It was tried %d times.", attempts) : "";
}

void
pca_http_error_raise(const PcaHttpError *refusal, int attempts, const char *hint)
{
	int			i = 0;

	while (i < (int) lengthof(statuses) - 1 &&
		   statuses[i].status != refusal->status &&
		   statuses[i].status != refusal->status / 100)
		i++;
	if (!hint)
		hint = find_code_hint(refusal->code);
	if (!hint && refusal->says_no_user && (refusal->status == 400 || refusal->status == 401))
		hint = refusal->no_user_hint;
	if (!hint)
		hint = refusal->status_hint ? refusal->status_hint : statuses[i].hint;
	ereport(ERROR,
			(errcode(statuses[i].sqlstate),
			 errmsg_internal("%s", statuses[i].message),
			 errdetail("%s%s", refusal->detail, attempts_text(attempts)),
			 hint ? errhint("%s", hint) : 0));
}

void
pca_http_error_raise_transfer(PcaHttpPeer peer, const PcaTransfer *transfer,
							  const char *response_detail, int attempts)
{
	const char *detail;
	PcaFailure	failure = pca_transfer_failure(transfer, &detail);
	char	   *sentence = pca_http_error_quote(transfer, detail, strlen(detail), PCA_HTTP_ERROR_TEXT_MAX);
	int			i = 0;

	sentence[0] = pg_toupper((unsigned char) sentence[0]);
	while (i < (int) lengthof(failures) - 1 && failures[i].failure != failure)
		i++;
	ereport(ERROR,
			(errcode(failures[i].sqlstate),
			 errmsg_internal("%s", peer == PCA_HTTP_PEER_API ?
							 failures[i].api_message : failures[i].sign_in_message),
			 errdetail("%s.%s%s%s", sentence, attempts_text(attempts),
					   response_detail[0] == '\0' ? "" : " ", response_detail),
			 failures[i].hint ? errhint("%s", failures[i].hint) : 0));
}
