/*
 * sign_in.c
 *		SQL functions that sign a user in and store the refresh token.
 *
 * A sign-in begins with a device code or an authorization URL, which the user
 * completes in a browser.  Everything that could prevent the token from being
 * stored is checked before the user is asked to do anything, and again at the
 * end.  The user mapping is locked only then, so that no session waits for a
 * user.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "admin/null_argument.h"
#include "admin/sign_in.h"
#include "admin/sign_in_request.h"
#include "admin/store_token.h"
#include "auth/device_flow.h"
#include "auth/entra_errors.h"
#include "auth/jwt.h"
#include "auth/pending_sign_in.h"
#include "auth/pkce.h"
#include "auth/placeholder.h"
#include "auth/secret.h"
#include "auth/token_request.h"
#include "compat.h"
#include "guid.h"
#include "http/http_error.h"
#include "http/pollset.h"
#include "http/retry.h"
#include "scan/exchange.h"

/* The longest time for a sign-in in a browser, in ms. */
#define BROWSER_MS			(60 * 60 * 1000)

/* The time that slow_down adds to the interval of polls, in ms (RFC 8628, 3.5). */
#define SLOW_DOWN_MS		5000

/* The longest interval of polls after failures, in ms. */
#define INTERVAL_MAX_MS		60000

/* An address of these is none. */
#define BLANKS				" \t\r\n"

/* The redirect URI of a sign-in in a browser; also the default in SQL. */
#define DEFAULT_REDIRECT_URI	"http://localhost"

/* The number of columns that the functions return. */
#define BEGIN_COLUMNS		4
#define END_COLUMNS			4

PG_FUNCTION_INFO_V1(pc_analytics_sign_in);
PG_FUNCTION_INFO_V1(pc_analytics_sign_in_begin);
PG_FUNCTION_INFO_V1(pc_analytics_sign_in_end);

/* ---- the end of a sign-in ---- */

/* Raise an error if another user has signed in than was to, or in another tenant. */
static void
check_identity(const PcaSignIn *sign_in, const PcaPendingSignIn *pending, const PcaJwtClaims *claims)
{
	const char *tenant = sign_in->credentials.values[PCA_CRED_TENANT_ID];
	bool		upper;
	bool		lower;

	if (!claims->audience || pg_strcasecmp(claims->audience, sign_in->credentials.values[PCA_CRED_CLIENT_ID]) != 0 ||
		(pending->nonce && (!claims->nonce || strcmp(claims->nonce, pending->nonce) != 0)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the id_token belongs to another sign-in"),
				 errdetail("The stored token is unchanged.")));
	if (pca_guid_case(tenant, &upper, &lower) &&
		(!claims->tenant || pg_strcasecmp(claims->tenant, tenant) != 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("a user of another tenant signed in"),
				 errdetail("The user is of tenant \"%s\".  The stored token is unchanged.",
						   claims->tenant ? claims->tenant : "")));
	if (pending->login && (!claims->user || pg_strcasecmp(claims->user, pending->login) != 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("\"%s\" signed in, not \"%s\"", claims->user ? claims->user : "",
						pending->login),
				 errdetail("The stored token is unchanged.")));
}

/*
 * Store what was granted.  Returns the functions' row: user, tenant, whether the
 * user passed multi-factor authentication, and the time.
 */
static Datum
store_grant(PcaSignIn *sign_in, const PcaPendingSignIn *pending, const PcaTokenResponse *grant, TupleDesc desc)
{
	TimestampTz now = GetCurrentTimestamp();
	Datum		values[END_COLUMNS];
	bool		nulls[END_COLUMNS] = {false};
	PcaJwtClaims identity = {0};
	PcaJwtClaims access;
	bool		is_readable = pca_jwt_read_claims(grant->token, &access);

	if (!grant->refresh_token)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
				 errmsg("the sign-in service gave no refresh token for server \"%s\"", sign_in->server->name),
				 errhint("The user must consent to \"Maintain access to data you have given it access to\".")));
	if (!grant->id_token || !pca_jwt_read_claims(grant->id_token, &identity))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
				 errmsg("the sign-in service gave no id_token for server \"%s\"", sign_in->server->name)));
	check_identity(sign_in, pending, &identity);
	/* it may have been changed while the user signed in */
	pca_sign_in_request_lock(sign_in, pending->fingerprint);
	pca_store_token_save(&sign_in->target, grant->refresh_token, now);
	if (is_readable && !access.multi_factor)
		ereport(WARNING,
				(errmsg("the token of \"%s\" does not tell of multi-factor authentication",
						identity.user ? identity.user : ""),
				 errdetail("The API refuses such tokens."),
				 errhint("Enforce multi-factor authentication for the user, and sign in again.")));
	nulls[0] = identity.user == NULL;
	values[0] = nulls[0] ? (Datum) 0 : CStringGetTextDatum(identity.user);
	nulls[1] = identity.tenant == NULL;
	values[1] = nulls[1] ? (Datum) 0 : CStringGetTextDatum(identity.tenant);
	nulls[2] = !is_readable;
	values[2] = BoolGetDatum(is_readable && access.multi_factor);
	values[3] = TimestampTzGetDatum(now);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* Store what was granted, and zero it. */
static Datum
finish_grant(PcaSignIn *sign_in, const PcaPendingSignIn *pending, PcaTokenResponse *grant, TupleDesc desc)
{
	Datum		result;

	PG_TRY();
	{
		result = store_grant(sign_in, pending, grant, desc);
	}
	PG_CATCH();
	{
		pca_token_request_wipe_response(grant);
		PG_RE_THROW();
	}
	PG_END_TRY();
	pca_token_request_wipe_response(grant);
	return result;
}

/* ---- device code ---- */

/* Request a device code. */
static void
request_device_code(PcaSignIn *sign_in, PcaDeviceCode *code)
{
	const PcaServer *server = sign_in->server;
	PcaHttpRequest request;
	const char *body;
	size_t		length;
	const char *reason;
	char	   *error;
	char	   *description;

	do
	{
		memset(&request, 0, sizeof(request));
		pca_sign_in_request_prepare(sign_in);
		pca_device_flow_build_request(server, &sign_in->credentials, &request);
	} while (pca_sign_in_request_retry(sign_in, pca_sign_in_request_send(sign_in, &request)));
	body = pca_transfer_body(sign_in->exchange.transfer, &length);
	reason = pca_device_flow_read_response(body, length,
										   server->owner_is_superuser || server->allow_insecure_http,
										   code, &error, &description);
	if (error)
		pca_sign_in_request_raise_refusal(sign_in, error, description);
	if (reason || pca_transfer_status(sign_in->exchange.transfer) != 200)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
				 errmsg("the sign-in service's response is not a device code"),
				 errdetail("HTTP status %d. %s", pca_transfer_status(sign_in->exchange.transfer),
						   reason ? reason : "The status must be 200."),
				 errhint("Check the server's option \"login_url\" and the user mapping's option \"tenant_id\".")));
	pca_exchange_finish(sign_in->session, &sign_in->exchange);
	/* polls are another entry of the request log */
	sign_in->exchange.log_number = 0;
	sign_in->exchange.failures = 0;
}

/* End the statement if its client is gone: nobody would see the result. */
static void
check_client(void)
{
	if (MyProcPort && !pca_compat_client_is_connected())
	{
		ClientConnectionLost = true;
		InterruptPending = true;
	}
	CHECK_FOR_INTERRUPTS();
}

/*
 * The poll failed, or its response has a temporary status: lengthen the interval.
 * Returns false if the response is to be read.
 */
static bool
lengthen_interval(PcaSignIn *sign_in, PcaTransferState state, int64 *interval_ms)
{
	PcaTransfer *transfer = sign_in->exchange.transfer;
	const char *detail;

	if (state == PCA_TRANSFER_FAILED)
	{
		if (!pca_retry_is_retryable_failure(pca_transfer_failure(transfer, &detail)))
			pca_exchange_raise_transfer_error(sign_in->session, &sign_in->exchange);
		*interval_ms = Min(*interval_ms * 2, INTERVAL_MAX_MS);
	}
	else if (pca_retry_is_retryable_status(pca_transfer_status(transfer)))
		*interval_ms = Max(Min(*interval_ms * 2, INTERVAL_MAX_MS),
						   pca_retry_parse_after(pca_transfer_header(transfer, "Retry-After")));
	else
		return false;
	return true;
}

/* Raise the error that the code has expired. */
PCA_NORETURN static void
error_expired(const PcaSignIn *sign_in)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("nobody completed the sign-in in time"),
			 errdetail("The stored token is unchanged."),
			 errhint("If the page said that access is blocked, this tenant does not allow device codes: SELECT instructions FROM pc_analytics_sign_in_begin(%s, method => 'browser').",
					 quote_literal_cstr(sign_in->server->name))));
}

/* Interpret the error response to a poll: returns if the user has not finished. */
static void
read_poll_error(const PcaSignIn *sign_in, const PcaTokenResponse *grant, int64 *interval_ms)
{
	const char *error = grant->error ? grant->error : "it was refused";

	switch (pca_device_flow_classify(error))
	{
		case PCA_DEVICE_POLL_PENDING:
			return;
		case PCA_DEVICE_POLL_SLOW_DOWN:
			*interval_ms += SLOW_DOWN_MS;
			return;
		case PCA_DEVICE_POLL_EXPIRED:
			error_expired(sign_in);
			break;
		case PCA_DEVICE_POLL_DECLINED:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
					 errmsg("the sign-in was declined"),
					 errdetail("The stored token is unchanged.")));
			break;
		case PCA_DEVICE_POLL_REFUSED:
			pca_sign_in_request_raise_refusal(sign_in, error, grant->description);
	}
}

/*
 * Poll once for the user's sign-in.  Returns true with what was granted, which
 * the caller must zero.  *wait_ms: until the next poll.
 */
static bool
poll_once(PcaSignIn *sign_in, PcaPendingSignIn *pending, PcaTokenResponse *grant, int64 *wait_ms)
{
	PcaHttpRequest request = {0};
	PcaTransferState state;

	memset(grant, 0, sizeof(PcaTokenResponse));
	pca_sign_in_request_prepare(sign_in);
	pca_device_flow_build_poll(sign_in->server, &sign_in->credentials, pending->device_code, &request);
	state = pca_sign_in_request_send(sign_in, &request);
	if (!lengthen_interval(sign_in, state, wait_ms))
	{
		pca_token_request_read_response(sign_in->exchange.transfer,
										pca_placeholder_hint(&sign_in->credentials), grant);
		if (!grant->token)
			read_poll_error(sign_in, grant, &pending->interval_ms);
		*wait_ms = pending->interval_ms;
	}
	pca_exchange_finish(sign_in->session, &sign_in->exchange);
	return grant->token != NULL;
}

/* Poll until the user has signed in; the first poll is after wait_ms. */
static void
poll_for_grant(PcaSignIn *sign_in, PcaPendingSignIn *pending, PcaTokenResponse *grant, int64 wait_ms)
{
	do
	{
		pca_sign_in_request_connect(sign_in);
		pca_exchange_wait_until(sign_in->session, Min(pca_pollset_now() + wait_ms, pending->ends_at));
		if (pca_pollset_now() >= pending->ends_at)
			error_expired(sign_in);
		check_client();
		wait_ms = wait_ms > 0 ? wait_ms : pending->interval_ms;
	} while (!poll_once(sign_in, pending, grant, &wait_ms));
}

/*
 * Begin a sign-in by device code.  One poll is made before the user is asked to do
 * anything: it shows if the application is refused.
 */
static PcaPendingSignIn *
begin_device_code(PcaSignIn *sign_in, char *login, PcaDeviceCode *code)
{
	PcaPendingSignIn pending = {
		.umid = sign_in->target.umid,.userid = GetUserId(),.login = login,
		.fingerprint = pca_sign_in_request_fingerprint(sign_in)
	};
	PcaPendingSignIn *added;
	PcaTokenResponse grant;
	int64		wait_ms;

	request_device_code(sign_in, code);
	pending.device_code = code->device_code;
	pending.interval_ms = (int64) code->interval * 1000;
	pending.ends_at = pca_pollset_now() + (int64) code->expires_in * 1000;
	added = pca_pending_sign_in_add(&pending);
	pca_secret_free(&code->device_code);
	wait_ms = added->interval_ms;
	PG_TRY();
	{
		if (poll_once(sign_in, added, &grant, &wait_ms))
		{
			pca_token_request_wipe_response(&grant);
			ereport(ERROR,
					(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
					 errmsg("the sign-in service gave a token before the user could sign in")));
		}
	}
	PG_CATCH();
	{
		pca_pending_sign_in_forget(added);
		PG_RE_THROW();
	}
	PG_END_TRY();
	return added;
}

/* The application and tenant, for a user who is asked to sign in. */
static char *
describe_application(const PcaSignIn *sign_in, int seconds)
{
	return psprintf("Within %d minutes, as a user of tenant %s with a Partner Center role. The application is %s.",
					Max(seconds / 60, 1), sign_in->credentials.values[PCA_CRED_TENANT_ID],
					sign_in->credentials.values[PCA_CRED_CLIENT_ID]);
}

/* ---- SQL functions ---- */

/* Error context callback: the server of a sign-in. */
static void
add_sign_in_context(void *sign_in)
{
	errcontext("sign-in to server \"%s\"", ((PcaSignIn *) sign_in)->server->name);
}

/* The body of one of the functions. */
typedef Datum (*SignInBody) (PcaSignIn *sign_in, FunctionCallInfo fcinfo, TupleDesc desc);

static Datum
call_with_context(SignInBody body, PcaSignIn *sign_in, FunctionCallInfo fcinfo, TupleDesc desc)
{
	ErrorContextCallback callback = {error_context_stack, add_sign_in_context, sign_in};
	Datum		result;

	error_context_stack = &callback;
	result = body(sign_in, fcinfo, desc);
	error_context_stack = callback.previous;
	return result;
}

/* Call the body with the user mapping's credentials, which are zeroed in any case. */
static Datum
call_with_credentials(FunctionCallInfo fcinfo, const char *function, int role_argument, SignInBody body)
{
	TupleDesc	desc;
	PcaSignIn	sign_in = {0};
	volatile Datum result = (Datum) 0;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	pca_null_argument_check(fcinfo, 0, "server");
	PreventCommandIfReadOnly(function);
	PreventCommandDuringRecovery(function);
	PG_TRY();
	{
		pca_sign_in_request_open(&sign_in, text_to_cstring(PG_GETARG_TEXT_PP(0)),
								 PG_ARGISNULL(role_argument) ? InvalidOid : PG_GETARG_OID(role_argument));
		result = call_with_context(body, &sign_in, fcinfo, desc);
	}
	PG_FINALLY();
	{
		pca_sign_in_request_close(&sign_in);
	}
	PG_END_TRY();
	return result;
}

/* An argument that is text, or NULL. */
static char *
get_text_argument(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* The name of the user who must sign in, or NULL. */
static char *
get_login_argument(FunctionCallInfo fcinfo, int n)
{
	char	   *login = get_text_argument(fcinfo, n);

	if (login && *login == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"login\" must not be empty"),
				 errhint("Omit it, so that any user of the tenant may sign in.")));
	return login;
}

/* End a sign-in by device code, and forget it unless it was interrupted. */
static Datum
end_device_code(PcaSignIn *sign_in, PcaPendingSignIn *pending, int64 wait_ms, TupleDesc desc)
{
	PcaTokenResponse grant;

	poll_for_grant(sign_in, pending, &grant, wait_ms);
	return finish_grant(sign_in, pending, &grant, desc);
}

static Datum
sign_in_and_wait(PcaSignIn *sign_in, FunctionCallInfo fcinfo, TupleDesc desc)
{
	PcaDeviceCode code;
	PcaPendingSignIn *pending = begin_device_code(sign_in, get_login_argument(fcinfo, 1), &code);
	volatile Datum result = (Datum) 0;

	PG_TRY();
	{
		ereport(INFO,
				(errmsg("to sign in to server \"%s\", open %s and enter the code %s",
						sign_in->server->name, code.url, code.user_code),
				 errdetail_internal("%s", describe_application(sign_in, code.expires_in)),
				 errhint("Enter no code that you did not ask for. Cancelling the query ends the wait.")));
		result = end_device_code(sign_in, pending, pending->interval_ms, desc);
	}
	PG_FINALLY();
	{
		pca_pending_sign_in_forget(pending);
	}
	PG_END_TRY();
	return result;
}

Datum
pc_analytics_sign_in(PG_FUNCTION_ARGS)
{
	return call_with_credentials(fcinfo, "pc_analytics_sign_in()", 2, sign_in_and_wait);
}

/* Begin a sign-in in a browser; returns the URL.  No request is sent. */
static char *
begin_browser(PcaSignIn *sign_in, char *login, char *redirect_uri)
{
	const char *reason = pca_pkce_redirect_uri_reason(redirect_uri);
	PcaPendingSignIn pending = {
		.umid = sign_in->target.umid,.userid = GetUserId(),.login = login,
		.fingerprint = pca_sign_in_request_fingerprint(sign_in),.redirect_uri = redirect_uri,
		.ends_at = pca_pollset_now() + BROWSER_MS
	};
	PcaAuthorizeRequest request;
	char	   *url;

	if (reason)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid redirect URI \"%s\"", redirect_uri),
				 errdetail_internal("%s", reason)));
	pending.verifier = pca_pkce_random_text(32);
	pending.state = pca_pkce_random_text(16);
	pending.nonce = pca_pkce_random_text(16);
	request = (PcaAuthorizeRequest)
	{
		.endpoint = pca_token_request_url(sign_in->server, &sign_in->credentials, "/oauth2/v2.0/authorize"),
			.client_id = sign_in->credentials.values[PCA_CRED_CLIENT_ID],
			.redirect_uri = redirect_uri,
			.scope = pca_device_flow_scope(sign_in->server),
			.claims = PCA_DEVICE_FLOW_CLAIMS,
			.state = pending.state,.nonce = pending.nonce,.verifier = pending.verifier,
			.login_hint = login
	};
	url = pca_pkce_authorize_url(&request);
	(void) pca_pending_sign_in_add(&pending);
	pca_secret_free(&pending.verifier);
	return url;
}

/* Returns the instructions for the user. */
static char *
write_instructions(const PcaSignIn *sign_in, const char *url, const char *code)
{
	const char *server = quote_literal_cstr(sign_in->server->name);

	if (code)
		return psprintf("Open %s and enter the code %s. Then run, in the same session: SELECT * FROM pc_analytics_sign_in_end(%s).",
						url, code, server);
	return psprintf("Open the URL in a browser and sign in. The browser ends at an address that it may not be able to open. Copy the whole address, and run, in the same session: SELECT * FROM pc_analytics_sign_in_end(%s, '...').",
					server);
}

static Datum
begin_sign_in(PcaSignIn *sign_in, FunctionCallInfo fcinfo, TupleDesc desc)
{
	char	   *method = get_text_argument(fcinfo, 1);
	char	   *login = get_login_argument(fcinfo, 2);
	char	   *redirect_uri = get_text_argument(fcinfo, 4);
	bool		is_browser = method && strcmp(method, "browser") == 0;
	PcaDeviceCode code = {.expires_in = BROWSER_MS / 1000};
	Datum		values[BEGIN_COLUMNS];
	bool		nulls[BEGIN_COLUMNS] = {false, is_browser};

	if (method && !is_browser && strcmp(method, "device_code") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid sign-in method \"%s\"", method),
				 errhint("Valid methods are \"device_code\" and \"browser\".")));
	if (!is_browser && redirect_uri && strcmp(redirect_uri, DEFAULT_REDIRECT_URI) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a sign-in by device code has no redirect URI"),
				 errhint("Omit argument \"redirect_uri\", or use method \"browser\".")));
	if (is_browser)
		code.url = begin_browser(sign_in, login, redirect_uri ? redirect_uri : pstrdup(DEFAULT_REDIRECT_URI));
	else
		(void) begin_device_code(sign_in, login, &code);
	values[0] = CStringGetTextDatum(code.url);
	values[1] = is_browser ? (Datum) 0 : CStringGetTextDatum(code.user_code);
	values[2] = TimestampTzGetDatum(TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
																(int64) code.expires_in * 1000));
	values[3] = CStringGetTextDatum(write_instructions(sign_in, code.url, code.user_code));
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

Datum
pc_analytics_sign_in_begin(PG_FUNCTION_ARGS)
{
	return call_with_credentials(fcinfo, "pc_analytics_sign_in_begin()", 3, begin_sign_in);
}

/* The sign-in that is to be ended. */
static PcaPendingSignIn *
find_pending(const PcaSignIn *sign_in)
{
	PcaPendingSignIn *pending = pca_pending_sign_in_find(sign_in->target.umid, GetUserId());

	if (!pending)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no sign-in to server \"%s\" has begun in this session", sign_in->server->name),
				 errhint("Call pc_analytics_sign_in_begin() first, in the same session; through a transaction pooler, in the same transaction.")));
	pca_sign_in_request_check_unchanged(sign_in, pending->fingerprint);
	return pending;
}

/* Raise the error that the browser was redirected with. */
PCA_NORETURN static void
error_redirected(const PcaRedirectResponse *response)
{
	const char *description = response->description ? response->description : "";
	const char *hint = pca_entra_errors_hint(response->error, description);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("the sign-in service refused the sign-in: %s",
					pca_http_error_text(response->error, strlen(response->error), PCA_HTTP_ERROR_EXCERPT_MAX)),
			 errdetail("The address says: \"%s\".",
					   pca_http_error_text(description, strlen(description), PCA_HTTP_ERROR_TEXT_MAX)),
			 hint ? errhint("%s", hint) : 0));
}

/* The code of the address that the browser was redirected to. */
static char *
read_code(const PcaPendingSignIn *pending, const char *address)
{
	PcaRedirectResponse response;

	if (!address || address[strspn(address, BLANKS)] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a sign-in in a browser ends with an address"),
				 errhint("Copy the whole address that the browser ends at into the second argument of pc_analytics_sign_in_end().")));
	if (!pca_pkce_read_address(address, pending->state, &response))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the address is not the response to this sign-in"),
				 errhint("Copy the whole address that the browser ends at, after opening the newest URL of pc_analytics_sign_in_begin().")));
	if (response.error)
		error_redirected(&response);
	return response.code;
}

/* Redeem the code of the address. */
static Datum
end_browser(PcaSignIn *sign_in, PcaPendingSignIn *pending, const char *address, TupleDesc desc)
{
	char	   *code = read_code(pending, address);
	PcaHttpRequest request;
	PcaTokenResponse grant;

	do
	{
		memset(&request, 0, sizeof(request));
		pca_sign_in_request_prepare(sign_in);
		pca_device_flow_build_redemption(sign_in->server, &sign_in->credentials, code,
										 pending->verifier, pending->redirect_uri, &request);
	} while (pca_sign_in_request_retry(sign_in, pca_sign_in_request_send(sign_in, &request)));
	pca_token_request_read_response(sign_in->exchange.transfer,
									pca_placeholder_hint(&sign_in->credentials), &grant);
	if (!grant.token)
		pca_sign_in_request_raise_refusal(sign_in, grant.error ? grant.error : "it was refused", grant.description);
	pca_exchange_finish(sign_in->session, &sign_in->exchange);
	return finish_grant(sign_in, pending, &grant, desc);
}

/* Returns true for an error after which the sign-in may be ended by another call. */
static bool
may_continue(int sqlerrcode)
{
	return sqlerrcode == ERRCODE_QUERY_CANCELED || sqlerrcode == ERRCODE_INVALID_PARAMETER_VALUE;
}

static Datum
end_sign_in(PcaSignIn *sign_in, FunctionCallInfo fcinfo, TupleDesc desc)
{
	PcaPendingSignIn *pending = find_pending(sign_in);
	char	   *address = get_text_argument(fcinfo, 1);
	volatile Datum result = (Datum) 0;

	if (pending->device_code && address && address[strspn(address, BLANKS)] != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a sign-in by device code ends without an address"),
				 errhint("Omit the second argument, or begin again with method \"browser\".")));
	PG_TRY();
	{
		if (pending->device_code)
			result = end_device_code(sign_in, pending, 0, desc);
		else
			result = end_browser(sign_in, pending, address, desc);
	}
	PG_CATCH();
	{
		if (!may_continue(geterrcode()))
			pca_pending_sign_in_forget(pending);
		PG_RE_THROW();
	}
	PG_END_TRY();
	pca_pending_sign_in_forget(pending);
	return result;
}

Datum
pc_analytics_sign_in_end(PG_FUNCTION_ARGS)
{
	return call_with_credentials(fcinfo, "pc_analytics_sign_in_end()", 2, end_sign_in);
}
