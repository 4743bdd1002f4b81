/*
 * transfer_options.c
 *		Sets the options of libcurl that follow from a request alone.
 */
#include "postgres.h"

#include "http/transfer_options.h"

/*
 * libcurl's receive buffer, in bytes.  When a transfer is paused, libcurl keeps
 * what it has received, so this is only one or two TLS records (16 kB each).
 */
#define PCA_TRANSFER_CURL_BUFFER	(32 * 1024L)

#define SET(option, value)	PCA_TRANSFER_SET(easy, rc, option, value)

/* Set which protocols, certificates and proxy may be used. */
static CURLcode
set_security_options(CURL *easy, const PcaHttpRequest *request)
{
	CURLcode	rc = CURLE_OK;

	SET(CURLOPT_PROTOCOLS_STR, request->allow_http ? "http,https" : "https");
	/* a redirect might lead to another host, with the token */
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	SET(CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (request->ca_file)
	{
		SET(CURLOPT_CAINFO, request->ca_file);
		SET(CURLOPT_PROXY_CAINFO, request->ca_file);
	}

	/* an empty text, since NULL would make libcurl use the environment */
	SET(CURLOPT_PROXY, request->proxy ? request->proxy : "");
	SET(CURLOPT_NOPROXY, "");
	/* the proxy gets none of the request's header fields, such as the token */
	SET(CURLOPT_HEADEROPT, (long) CURLHEADER_SEPARATE);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (request->proxy && request->proxy_user)
		SET(CURLOPT_PROXYUSERNAME, request->proxy_user);
	if (request->proxy && request->proxy_password)
		SET(CURLOPT_PROXYPASSWORD, request->proxy_password);
	return rc;
}

/* Set how the handle connects and receives. */
static CURLcode
set_connection_options(CURL *easy, const PcaHttpRequest *request)
{
	CURLcode	rc = CURLE_OK;

	/* http.c says why not HTTP/2 */
	SET(CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long) request->connect_timeout_ms);
	SET(CURLOPT_BUFFERSIZE, PCA_TRANSFER_CURL_BUFFER);
	SET(CURLOPT_TCP_NODELAY, 1L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_USERAGENT, "pc_analytics_fdw/" PCA_VERSION);
	if (request->connect_only)
	{
		SET(CURLOPT_CONNECT_ONLY, 1L);
		/* a connection or TLS session that is reused has no certificates */
		SET(CURLOPT_FRESH_CONNECT, 1L);
		SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
		SET(CURLOPT_CERTINFO, 1L);
	}
	return rc;
}

CURLcode
pca_transfer_options_set(CURL *easy, const PcaHttpRequest *request)
{
	CURLcode	rc = set_security_options(easy, request);

	return rc == CURLE_OK ? set_connection_options(easy, request) : rc;
}
