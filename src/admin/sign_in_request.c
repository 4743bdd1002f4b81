/*
 * sign_in_request.c
 *		A sign-in's user mapping, and the requests to the sign-in service.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"

#include "admin/sign_in_request.h"
#include "auth/client_assertion.h"
#include "auth/entra_errors.h"
#include "auth/placeholder.h"
#include "auth/token_request.h"
#include "http/http_error.h"
#include "http/retry.h"

/* ---- checks ---- */

uint64
pca_sign_in_request_fingerprint(const PcaSignIn *sign_in)
{
	const char *texts[] = {
		sign_in->server->login_url, sign_in->server->token_resource,
		sign_in->credentials.values[PCA_CRED_TENANT_ID],
		sign_in->credentials.values[PCA_CRED_CLIENT_ID]
	};
	uint64		number = 0;

	for (int i = 0; i < (int) lengthof(texts); i++)
		number = hash_combine64(number, hash_bytes_extended((const unsigned char *) texts[i],
															(int) strlen(texts[i]), i));
	return number;
}

/* Raise an error if a refresh token could not be requested for, or stored in, the user mapping. */
static void
check_mapping_for_sign_in(const PcaSignIn *sign_in)
{
	static const PcaCredential needed[] = {PCA_CRED_TENANT_ID, PCA_CRED_CLIENT_ID};
	const PcaCredentials *credentials = &sign_in->credentials;

	if (credentials->values[PCA_CRED_ACCESS_TOKEN] || credentials->values[PCA_CRED_ACCESS_TOKEN_FILE])
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the user mapping for server \"%s\" has an access token", sign_in->server->name),
				 errdetail("It would be used instead of the refresh token of a sign-in."),
				 errhint("Drop its option \"access_token\" or \"access_token_file\" first.")));
	for (int i = 0; i < (int) lengthof(needed); i++)
	{
		if (!credentials->values[needed[i]])
			ereport(ERROR,
					(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
					 errmsg("the user mapping for server \"%s\" has no option \"%s\"",
							sign_in->server->name, pca_option_defs_credential_name(needed[i])),
					 errhint("A sign-in needs tenant_id and client_id.")));
	}
	pca_store_token_check(&sign_in->target, credentials);
}

void
pca_sign_in_request_open(PcaSignIn *sign_in, const char *server, Oid role)
{
	sign_in->server = pca_option_named_server(server);
	sign_in->target = pca_store_token_find(sign_in->server, role);
	pca_user_mapping_read(sign_in->server, sign_in->target.umid, &sign_in->credentials);
	check_mapping_for_sign_in(sign_in);
	(void) pca_client_assertion_warn(sign_in->server, &sign_in->credentials);
}

void
pca_sign_in_request_check_unchanged(const PcaSignIn *sign_in, uint64 fingerprint)
{
	if (pca_sign_in_request_fingerprint(sign_in) != fingerprint)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the user mapping for server \"%s\" was changed meanwhile", sign_in->server->name),
				 errhint("Begin the sign-in again.")));
}

void
pca_sign_in_request_lock(PcaSignIn *sign_in, uint64 fingerprint)
{
	pca_store_token_lock(&sign_in->target);
	pca_user_mapping_wipe(&sign_in->credentials);
	pca_user_mapping_read(sign_in->server, sign_in->target.umid, &sign_in->credentials);
	check_mapping_for_sign_in(sign_in);
	pca_sign_in_request_check_unchanged(sign_in, fingerprint);
}

void
pca_sign_in_request_close(PcaSignIn *sign_in)
{
	pca_user_mapping_wipe(&sign_in->credentials);
	if (sign_in->session)
		pca_exchange_end(sign_in->session);
}

/* ---- requests ---- */

void
pca_sign_in_request_connect(PcaSignIn *sign_in)
{
	if (sign_in->session)
		return;
	sign_in->session = pca_exchange_begin(CurrentMemoryContext, sign_in->server, sign_in->target.userid);
	sign_in->exchange.is_sign_in = true;
}

void
pca_sign_in_request_prepare(PcaSignIn *sign_in)
{
	pca_sign_in_request_connect(sign_in);
	pca_exchange_check_server(sign_in->session);
	pca_user_mapping_read_files(sign_in->server, &sign_in->credentials);
}

PcaTransferState
pca_sign_in_request_send(PcaSignIn *sign_in, PcaHttpRequest *request)
{
	const char *password = sign_in->credentials.values[PCA_CRED_PROXY_PASSWORD];

	if (sign_in->server->proxy)
	{
		request->proxy_user = sign_in->credentials.values[PCA_CRED_PROXY_USER];
		if (password)
		{
			request->proxy_password = pstrdup(password);
			request->secrets = lappend(request->secrets, pstrdup(password));
		}
	}
	return pca_exchange_send(sign_in->session, &sign_in->exchange, request);
}

bool
pca_sign_in_request_retry(PcaSignIn *sign_in, PcaTransferState state)
{
	PcaExchange *exchange = &sign_in->exchange;

	if (state == PCA_TRANSFER_FAILED)
	{
		if (!pca_exchange_retry_transfer(sign_in->session, exchange))
			pca_exchange_raise_transfer_error(sign_in->session, exchange);
	}
	else if ((pca_retry_is_retryable_status(pca_transfer_status(exchange->transfer)) ||
			  pca_token_request_failed_temporarily(exchange->transfer)) &&
			 pca_exchange_retry_after_header(sign_in->session, exchange))
		pca_exchange_finish(sign_in->session, exchange);
	else
		return false;
	pca_exchange_wait_until(sign_in->session, exchange->not_before);
	return true;
}

void
pca_sign_in_request_raise_refusal(const PcaSignIn *sign_in, const char *error, const char *description)
{
	const PcaTransfer *transfer = sign_in->exchange.transfer;
	const char *hint;

	if (!description)
		description = "";
	hint = pca_entra_errors_hint(error, description);
	if (!hint)
		hint = pca_placeholder_hint(&sign_in->credentials);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("the sign-in service refused the sign-in: %s",
					pca_http_error_quote(transfer, error, strlen(error), PCA_HTTP_ERROR_EXCERPT_MAX)),
			 errdetail("HTTP status %d, \"%s\".", pca_transfer_status(transfer),
					   pca_http_error_quote(transfer, description, strlen(description),
											PCA_HTTP_ERROR_TEXT_MAX)),
			 hint ? errhint("%s", hint) : 0));
}
