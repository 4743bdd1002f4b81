/*
 * transfer.h
 *		One HTTP request and its response, as the response arrives.
 *
 * Transfers are started, moved and ended by http.h.  This header describes the
 * request and gives access to the response.
 */
#ifndef PCA_TRANSFER_H
#define PCA_TRANSFER_H

#include "postgres.h"

#include "nodes/pg_list.h"

typedef struct PcaTransfer PcaTransfer;

/* A request.  It is read only when the transfer is started. */
typedef struct PcaHttpRequest
{
	const char *url;			/* encoded */
	const char *post_form;		/* urlencoded body of a POST; NULL for a GET */
	List	   *headers;		/* char *: "Name: value" */
	List	   *secrets;		/* char *: secrets in the request, which no
								 * text may show */
	bool		secret;			/* zero the response's bytes before they are
								 * freed */
	int			connect_timeout_ms;
	int			idle_timeout_ms;	/* without a byte, once connected */
	int64		max_size;		/* bytes of the body, compressed or not */
	size_t		buffer_size;	/* bytes of the body that may wait to be
								 * consumed; 0: the default */
	bool		compression;	/* request gzip or deflate */
	bool		allow_http;		/* the URL's scheme may be http */
	bool		public_only;	/* refuse loopback, link-local and private
								 * addresses, checked after the name was
								 * resolved */
	const char *proxy;			/* or NULL; the environment is not used */
	const char *proxy_user;
	const char *proxy_password;
	const char *ca_file;		/* or NULL: the system's */
	bool		connect_only;	/* make a new connection, keep the server's
								 * certificates, and send no request */
	uint64		log_number;		/* of the request log; 0: not logged */
} PcaHttpRequest;

/* Why a transfer failed, as far as callers act differently. */
typedef enum PcaFailure
{
	PCA_FAILURE_NONE,
	PCA_FAILURE_RESOLVE,		/* the host's name: may be retried */
	PCA_FAILURE_RESOLVE_PROXY,	/* the proxy's name: may be retried */
	PCA_FAILURE_TRANSPORT,		/* connect, reset, truncated: may be retried */
	PCA_FAILURE_TIMEOUT,		/* may be retried */
	PCA_FAILURE_ENCODING,		/* invalid compressed body: may be retried */
	PCA_FAILURE_UNREQUESTED,	/* Content-Encoding that was not requested:
								 * may be retried, since perhaps only one of
								 * several gateways sends it */
	PCA_FAILURE_TLS,			/* certificate or handshake: final */
	PCA_FAILURE_FORBIDDEN,		/* address or protocol that is not allowed:
								 * final */
	PCA_FAILURE_TOO_LARGE,		/* body over its limit: final */
	PCA_FAILURE_LIMIT_EXCEEDED, /* header fields over their limit: final */
	PCA_FAILURE_OTHER			/* final */
} PcaFailure;

typedef enum PcaTransferState
{
	PCA_TRANSFER_RUNNING,
	PCA_TRANSFER_DONE,			/* the whole body has arrived */
	PCA_TRANSFER_FAILED			/* see pca_transfer_failure() */
} PcaTransferState;

/* Returns the state.  There may be unread bytes of the body in every state. */
extern PcaTransferState pca_transfer_state(const PcaTransfer *transfer);

/*
 * Returns the bytes of the body that have arrived and were not consumed,
 * decompressed and contiguous; *length is their number.  They are valid until
 * http's next pump or wait, or the next consume.
 */
extern char *pca_transfer_body(PcaTransfer *transfer, size_t *length);

/* Remove the first length of the unread bytes. */
extern void pca_transfer_consume(PcaTransfer *transfer, size_t length);

/*
 * Raise the limit of the unread bytes, because they are only a part of an item
 * that is larger than the buffer.
 */
extern void pca_transfer_allow_more(PcaTransfer *transfer);

/* Returns the HTTP status; 0 as long as the header fields are not complete. */
extern int	pca_transfer_status(const PcaTransfer *transfer);

/*
 * Returns the value of the response's first header field of that name, compared
 * without regard to case; NULL if there is none.  It lives as long as the
 * transfer.
 */
extern const char *pca_transfer_header(const PcaTransfer *transfer,
									   const char *name);

/*
 * Returns the class of the failure.  *detail is libcurl's message or one of this
 * folder: a sentence without its period, without the URL's query or secrets,
 * perhaps with bytes that are not printable.  It lives as long as the transfer.
 */
extern PcaFailure pca_transfer_failure(const PcaTransfer *transfer,
									   const char **detail);

/*
 * Redact, in place, the secrets of the request in length bytes of text, since the
 * response may repeat them.
 */
extern void pca_transfer_redact(const PcaTransfer *transfer, char *text, size_t length);

/* Returns the bytes of the body received so far, before decompression. */
extern int64 pca_transfer_received(const PcaTransfer *transfer);

/*
 * Returns the address that the transfer is or was connecting to, as text; empty
 * if there is none yet.  *connected is true if a connection was made, which is known
 * once libcurl has waited for bytes of the server.
 */
extern const char *pca_transfer_peer_address(const PcaTransfer *transfer, bool *connected);

/*
 * Microseconds from the start of a transfer to the end of each phase; 0 if the
 * phase was not reached.  Some releases of libcurl set "connected" together with
 * "secured".
 */
typedef struct PcaTransferTimes
{
	int64		resolved;		/* name of the host */
	int64		connected;		/* TCP, and through a proxy */
	int64		secured;		/* TLS handshake */
	int64		ended;			/* complete, or failed */
} PcaTransferTimes;

/* Returns when the phases of the transfer ended. */
extern PcaTransferTimes pca_transfer_times(const PcaTransfer *transfer);

/* Returns the number of certificates that the server sent (connect_only). */
extern int	pca_transfer_certificates(const PcaTransfer *transfer);

/*
 * Returns the value of a field of the server's own certificate, such as "Subject"
 * or "Issuer", as libcurl names them; NULL if there is none.  The bytes come from
 * the server.  They live as long as the transfer.
 */
extern const char *pca_transfer_certificate(const PcaTransfer *transfer,
											const char *name);

#endif							/* PCA_TRANSFER_H */
