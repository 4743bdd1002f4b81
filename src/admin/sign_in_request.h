/*
 * sign_in_request.h
 *		A sign-in's user mapping, and the requests to the sign-in service.
 */
#ifndef PCA_SIGN_IN_REQUEST_H
#define PCA_SIGN_IN_REQUEST_H

#include "postgres.h"

#include "admin/store_token.h"
#include "auth/user_mapping.h"
#include "compat.h"
#include "config/option.h"
#include "http/transfer.h"
#include "scan/exchange.h"

/* A call of one of the functions. */
typedef struct PcaSignIn
{
	PcaServer  *server;
	PcaTokenTarget target;
	PcaCredentials credentials; /* zeroed at the end of the call */
	PcaExchangeSession *session;	/* NULL: no request was sent */
	PcaExchange exchange;
} PcaSignIn;

/*
 * Find the user mapping of a role, or of the current user if role is InvalidOid, and
 * read its credentials.  Errors: there is none, the current user may not change it,
 * or a refresh token could not be requested for it or stored in it.
 */
extern void pca_sign_in_request_open(PcaSignIn *sign_in, const char *server, Oid role);

/*
 * Read the credentials again, while the user mapping is locked.  Errors: as above,
 * and options that the number belongs to were changed.
 */
extern void pca_sign_in_request_lock(PcaSignIn *sign_in, uint64 fingerprint);

/* Zero the credentials, and end the connections. */
extern void pca_sign_in_request_close(PcaSignIn *sign_in);

/* A number for the options that the codes of a sign-in belong to. */
extern uint64 pca_sign_in_request_fingerprint(const PcaSignIn *sign_in);

/* Raise an error if the number of the options is another one. */
extern void pca_sign_in_request_check_unchanged(const PcaSignIn *sign_in, uint64 fingerprint);

/* Make the session's connections usable, before the first request or wait of a call. */
extern void pca_sign_in_request_connect(PcaSignIn *sign_in);

/*
 * Read the files of the user mapping again, and check that the server is unchanged,
 * before a request is built.
 */
extern void pca_sign_in_request_prepare(PcaSignIn *sign_in);

/*
 * Send a request once, and wait for its response or failure.  Its proxy credentials
 * are those of the user mapping.
 */
extern PcaTransferState pca_sign_in_request_send(PcaSignIn *sign_in, PcaHttpRequest *request);

/*
 * The attempt has failed, or its response has a temporary status: schedule another
 * one and wait for it.  Returns false if the response is to be read.
 */
extern bool pca_sign_in_request_retry(PcaSignIn *sign_in, PcaTransferState state);

/* Raise the error that the service refused the sign-in; texts are UTF-8. */
PCA_NORETURN extern void pca_sign_in_request_raise_refusal(const PcaSignIn *sign_in, const char *error,
														   const char *description);

#endif							/* PCA_SIGN_IN_REQUEST_H */
