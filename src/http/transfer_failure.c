/*
 * transfer_failure.c
 *		What libcurl's codes mean to the callers of a transfer.
 */
#include "postgres.h"

#include <curl/curl.h>

#include "http/transfer_failure.h"

/* What libcurl's codes are to our callers; all others are OTHER. */
static const struct
{
	CURLcode	code;
	PcaFailure	failure;
}			failures[] =

{
	{CURLE_COULDNT_RESOLVE_PROXY, PCA_FAILURE_TRANSPORT},
	{CURLE_COULDNT_RESOLVE_HOST, PCA_FAILURE_TRANSPORT},
	{CURLE_COULDNT_CONNECT, PCA_FAILURE_TRANSPORT},
	{CURLE_WEIRD_SERVER_REPLY, PCA_FAILURE_TRANSPORT},
	{CURLE_PARTIAL_FILE, PCA_FAILURE_TRANSPORT},
	{CURLE_GOT_NOTHING, PCA_FAILURE_TRANSPORT},
	{CURLE_SEND_ERROR, PCA_FAILURE_TRANSPORT},
	{CURLE_RECV_ERROR, PCA_FAILURE_TRANSPORT},
	{CURLE_AGAIN, PCA_FAILURE_TRANSPORT},
	{CURLE_OPERATION_TIMEDOUT, PCA_FAILURE_TIMEOUT},
	{CURLE_BAD_CONTENT_ENCODING, PCA_FAILURE_TRANSPORT},	/* of a
															 * Transfer-Encoding */
#if LIBCURL_VERSION_NUM >= 0x080600
	{CURLE_TOO_LARGE, PCA_FAILURE_LIMIT_EXCEEDED},
#endif
	{CURLE_SSL_CONNECT_ERROR, PCA_FAILURE_TLS},
	{CURLE_PEER_FAILED_VERIFICATION, PCA_FAILURE_TLS},
	{CURLE_SSL_CERTPROBLEM, PCA_FAILURE_TLS},
	{CURLE_SSL_CIPHER, PCA_FAILURE_TLS},
	{CURLE_SSL_CACERT_BADFILE, PCA_FAILURE_TLS},
	{CURLE_SSL_ISSUER_ERROR, PCA_FAILURE_TLS},
	{CURLE_SSL_INVALIDCERTSTATUS, PCA_FAILURE_TLS},
	{CURLE_UNSUPPORTED_PROTOCOL, PCA_FAILURE_FORBIDDEN},	/* see transfer.c */
	{CURLE_LOGIN_DENIED, PCA_FAILURE_FORBIDDEN}
};

PcaFailure
pca_transfer_failure_from_curl(int code)
{
	for (int i = 0; i < (int) lengthof(failures); i++)
	{
		if (failures[i].code == (CURLcode) code)
			return failures[i].failure;
	}
	return PCA_FAILURE_OTHER;
}
