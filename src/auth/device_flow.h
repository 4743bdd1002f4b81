/*
 * device_flow.h
 *		Requests of the sign-in flows, and what responses mean (RFC 8628, RFC 6749).
 *
 * Nothing here sends a request.  All requests go to the endpoints of version 2,
 * the only ones for which Microsoft documents these flows.
 */
#ifndef PCA_DEVICE_FLOW_H
#define PCA_DEVICE_FLOW_H

#include "postgres.h"

#include "auth/user_mapping.h"
#include "config/option.h"
#include "http/transfer.h"

/*
 * Requires multi-factor authentication, as the API does.  Both flows send it
 * (api-notes 6.7).
 */
#define PCA_DEVICE_FLOW_CLAIMS \
	"{\"access_token\":{\"amr\":{\"essential\":true,\"values\":[\"mfa\"]}}}"

/* The content of a device authorization response; texts are printable ASCII. */
typedef struct PcaDeviceCode
{
	char	   *device_code;	/* a secret */
	char	   *user_code;
	char	   *url;			/* where the user enters the code */
	int			expires_in;		/* seconds */
	int			interval;		/* seconds between two polls */
} PcaDeviceCode;

/* The meaning of the response to a poll. */
typedef enum PcaDevicePoll
{
	PCA_DEVICE_POLL_PENDING,	/* the user has not finished */
	PCA_DEVICE_POLL_SLOW_DOWN,
	PCA_DEVICE_POLL_EXPIRED,
	PCA_DEVICE_POLL_DECLINED,
	PCA_DEVICE_POLL_REFUSED		/* any other error */
} PcaDevicePoll;

/* Returns the scope that a sign-in requests.  Current memory context. */
extern char *pca_device_flow_scope(const PcaServer *server);

/* Build the device authorization request.  Current memory context. */
extern void pca_device_flow_build_request(const PcaServer *server, const PcaCredentials *credentials,
										  PcaHttpRequest *request);

/*
 * Read a device authorization response of length bytes.  allow_http: its URL may
 * be http on this host.  Returns NULL, with *code filled in, or what is wrong
 * with it, as a sentence for an error's detail (static text).  *error and
 * *description are OAuth's, UTF-8, if it is an error response, else NULL.
 * Current memory context.
 */
extern const char *pca_device_flow_read_response(const char *body, size_t length, bool allow_http,
												 PcaDeviceCode *code, char **error, char **description);

/* Build a token request for a device code.  Current memory context. */
extern void pca_device_flow_build_poll(const PcaServer *server, const PcaCredentials *credentials,
									   const char *device_code, PcaHttpRequest *request);

/* Build a token request for an authorization code.  Current memory context. */
extern void pca_device_flow_build_redemption(const PcaServer *server, const PcaCredentials *credentials,
											 const char *code, const char *verifier,
											 const char *redirect_uri, PcaHttpRequest *request);

/* Returns what an OAuth error code in the response to a poll means. */
extern PcaDevicePoll pca_device_flow_classify(const char *error);

#endif							/* PCA_DEVICE_FLOW_H */
