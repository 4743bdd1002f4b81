/*
 * http.h
 *		HTTP requests that never block the backend: the only room with libcurl.
 *
 * A PcaHttp is one set of connections with one event descriptor (libcurl's
 * sockets and timers are nested in it).  It is taken from a pool that lives as
 * long as the session, so that connections outlive statements, and goes back
 * when the memory context that took it is reset.
 */
#ifndef PCA_HTTP_H
#define PCA_HTTP_H

#include "postgres.h"

#include "nodes/pg_list.h"

typedef struct PcaHttp PcaHttp;
typedef struct PcaTransfer PcaTransfer;

/* What to ask and how.  Read during pca_http_start() only. */
typedef struct PcaHttpRequest
{
	const char *url;			/* encoded */
	const char *post_form;		/* urlencoded body of a POST, or NULL for GET */
	List	   *headers;		/* char *: "Name: value" */
	int			connect_timeout;	/* ms */
	int			idle_timeout;	/* ms without a byte */
	int64		max_size;		/* bytes of the decompressed body */
	bool		compression;
	bool		allow_http;		/* plain http may be spoken */
	bool		public_only;	/* refuse loopback, link-local, private addresses
								 * (checked on the resolved address) */
	const char *proxy;			/* or NULL; the environment is never asked */
	const char *proxy_user;
	const char *proxy_password;
	const char *ca_file;		/* or NULL: the system's */
} PcaHttpRequest;

typedef enum PcaTransferState
{
	PCA_TRANSFER_RUNNING,
	PCA_TRANSFER_DONE,			/* the whole body has arrived */
	PCA_TRANSFER_FAILED			/* see pca_http_failure() */
} PcaTransferState;

/* Why a transfer failed, as far as callers act differently. */
typedef enum PcaFailure
{
	PCA_FAILURE_NONE,
	PCA_FAILURE_TRANSPORT,		/* resolve, connect, reset, truncated: may be
								 * tried again */
	PCA_FAILURE_TIMEOUT,		/* may be tried again */
	PCA_FAILURE_ENCODING,		/* Content-Encoding undecodable: may be tried
								 * again */
	PCA_FAILURE_TLS,			/* certificate or handshake: final */
	PCA_FAILURE_FORBIDDEN,		/* address or protocol that may not be used: final */
	PCA_FAILURE_TOO_LARGE,		/* body or headers over their limit: final */
	PCA_FAILURE_OTHER			/* final */
} PcaFailure;

/*
 * Take a set of connections for the life of the memory context.  A reset
 * callback on the context gives it back and ends its transfers.  Errors:
 * out of memory, no descriptor left.
 */
extern PcaHttp *pca_http_acquire(MemoryContext owner);

/*
 * Start a request.  Returns at once; the transfer belongs to http and is ended
 * by pca_http_end() or with http's context.  Errors: out of memory, a URL that
 * libcurl cannot take.
 */
extern PcaTransfer *pca_http_start(PcaHttp *http, const PcaHttpRequest *request);

/* Move bytes without waiting.  Never raises. */
extern void pca_http_pump(PcaHttp *http);

/*
 * The one wait: until something moves, the latch is set or timeout (ms, -1
 * none) passes; then CHECK_FOR_INTERRUPTS() and pump.  Raises what the
 * interrupt raises.
 */
extern void pca_http_wait(PcaHttp *http, long timeout);

/* The one descriptor that becomes readable when there is something to pump. */
extern int	pca_http_descriptor(const PcaHttp *http);

/*
 * Make the descriptor readable when that many milliseconds have passed, so
 * that a waiter who knows only the descriptor wakes up; 0 withdraws it.
 */
extern void pca_http_alarm(PcaHttp *http, long timeout);

extern PcaTransferState pca_http_state(const PcaTransfer *transfer);

/*
 * The body's bytes that have arrived and were not consumed; contiguous, valid
 * until the next pump, wait or consume.
 */
extern char *pca_http_body(PcaTransfer *transfer, size_t *length);

/* Forget the first bytes of the body. */
extern void pca_http_consume(PcaTransfer *transfer, size_t length);

/*
 * Let the unconsumed part of the body grow to that many bytes before the
 * transfer is paused (an item larger than the usual buffer).
 */
extern void pca_http_want(PcaTransfer *transfer, size_t length);

/* HTTP status; 0 while no header has arrived. */
extern int	pca_http_status(const PcaTransfer *transfer);

/* A response header's value, name without case; NULL when absent. */
extern const char *pca_http_header(const PcaTransfer *transfer, const char *name);

/* Why it failed, with libcurl's words (no URL query, no secret) in *detail. */
extern PcaFailure pca_http_failure(const PcaTransfer *transfer, const char **detail);

/* Bytes of the body on the wire so far, before decompression. */
extern int64 pca_http_received(const PcaTransfer *transfer);

/* End a transfer in whatever state; its connection is kept when it can be. */
extern void pca_http_end(PcaTransfer *transfer);

/* Close every idle connection of the session. */
extern void pca_http_disconnect(void);

/*
 * base and reference made one URL by libcurl's URL parser, spaces encoded;
 * NULL when that cannot be done.  palloc'd.
 */
extern char *pca_http_url_join(const char *base, const char *reference);

/* Whether both URLs have the same scheme, host and port. */
extern bool pca_http_same_origin(const char *a, const char *b);

#endif							/* PCA_HTTP_H */
