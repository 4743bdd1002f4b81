/*
 * transfer.h
 *		One request on its way and its answer as it arrives.
 *
 * Started, moved and ended by http.h; looked at and emptied through this
 * header.
 */
#ifndef PCA_TRANSFER_H
#define PCA_TRANSFER_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "http/sockets.h"
#include "http/transfer_failure.h"

typedef struct PcaTransfer PcaTransfer;

/* What to ask and how.  Read when the transfer is started only. */
typedef struct PcaHttpRequest
{
	const char *url;			/* encoded */
	const char *post_form;		/* urlencoded body of a POST, or NULL for GET */
	List	   *headers;		/* char *: "Name: value" */
	List	   *secrets;		/* char *: what it carries that no text may
								 * show */
	bool		secret;			/* zero the answer's bytes before they are
								 * freed */
	int			connect_timeout;	/* ms */
	int			idle_timeout;	/* ms without a byte, once connected */
	int64		max_size;		/* bytes of the body, compressed or not */
	size_t		buffer;			/* of them, how many may wait to be consumed;
								 * 0: the usual number */
	bool		compression;
	bool		allow_http;		/* plain http may be spoken */
	bool		public_only;	/* refuse loopback, link-local, private
								 * addresses (checked on the resolved address) */
	const char *proxy;			/* or NULL; the environment is never asked */
	const char *proxy_user;
	const char *proxy_password;
	const char *ca_file;		/* or NULL: the system's */
	bool		look;			/* only connect, anew, and keep the
								 * certificates */
	uint64		journal;		/* its number there; 0: none */
} PcaHttpRequest;

typedef enum PcaTransferState
{
	PCA_TRANSFER_RUNNING,
	PCA_TRANSFER_DONE,			/* the whole body has arrived */
	PCA_TRANSFER_FAILED			/* see pca_transfer_failure() */
} PcaTransferState;

/* How far it is.  Bytes of the body may be left in every state. */
extern PcaTransferState pca_transfer_state(const PcaTransfer *transfer);

/*
 * The body's bytes that have arrived and were not consumed, decompressed;
 * contiguous, valid until http's next pump or wait, or the next consume.
 */
extern char *pca_transfer_body(PcaTransfer *transfer, size_t *length);

/* Forget the first bytes of the body. */
extern void pca_transfer_consume(PcaTransfer *transfer, size_t length);

/*
 * What is there of the body is only a part of an item: let the unconsumed part
 * grow, should the transfer be paused.
 */
extern void pca_transfer_allow_more(PcaTransfer *transfer);

/* HTTP status; 0 while the headers have not all arrived. */
extern int	pca_transfer_status(const PcaTransfer *transfer);

/*
 * A response header's value, name without case; NULL when absent.  Lives until
 * the transfer is ended.
 */
extern const char *pca_transfer_header(const PcaTransfer *transfer,
									   const char *name);

/*
 * Why it failed, with libcurl's words or ours in *detail: a sentence without its
 * period, URL query or secrets, perhaps with bytes that are not printable.
 */
extern PcaFailure pca_transfer_failure(const PcaTransfer *transfer,
									   const char **detail);

/*
 * Blot out of length bytes of text, in place, the secrets that the request
 * carried, should the answer repeat them.
 */
extern void pca_transfer_redact(const PcaTransfer *transfer, char *text, size_t length);

/* Bytes of the body on the wire so far, before decompression. */
extern int64 pca_transfer_received(const PcaTransfer *transfer);

/*
 * The address that it was connected to, or is being; empty: to none yet.
 * *connected: there was a connection, even if nothing else has come of it.
 */
extern const char *pca_transfer_peer_address(const PcaTransfer *transfer, bool *connected);

/*
 * Microseconds from its beginning to the end of each step; 0: it was not
 * reached.  Some releases of libcurl note "connected" together with "secured".
 */
typedef struct PcaTransferTimes
{
	int64		resolved;		/* the host's name */
	int64		connected;		/* TCP, and through a proxy */
	int64		secured;		/* TLS */
	int64		ended;			/* all of it, or it failed */
} PcaTransferTimes;

/* When its steps ended, as far as it came. */
extern PcaTransferTimes pca_transfer_times(const PcaTransfer *transfer);

/* How many certificates a look was shown. */
extern int	pca_transfer_certificates(const PcaTransfer *transfer);

/*
 * What the first of them says of "Subject", "Issuer" and the like, as libcurl
 * names them: bytes from outside, or NULL.  Lives until the transfer is ended.
 */
extern const char *pca_transfer_certificate(const PcaTransfer *transfer,
											const char *name);

/* Its number in the journal, or 0. */
extern uint64 pca_transfer_request_number(const PcaTransfer *transfer);

/*
 * What follows is for http.c, which calls it with signals blocked.  Handles of
 * libcurl are void * here.
 */

/* What the transfers of a set of connections have together; all zero at first. */
typedef struct PcaTransferSet
{
	PcaSockets	sockets;
} PcaTransferSet;

/*
 * Make a transfer of its own: with that share handle (CURLSH *), counted in
 * *set, which outlives every connection.  NULL with *reason (static text) when
 * libcurl cannot, or memory is out.  Never raises.
 */
extern PcaTransfer *pca_transfer_create(const PcaHttpRequest *request,
										void *share, PcaTransferSet *set,
										const char **reason);

/* Its easy handle (CURL *). */
extern void *pca_transfer_handle(const PcaTransfer *transfer);

/* The transfer that such a handle belongs to. */
extern PcaTransfer *pca_transfer_from_handle(void *handle);

/*
 * Let a paused transfer go on if enough was consumed; true if it did.  Bytes
 * that libcurl kept meanwhile may arrive at once.
 */
extern bool pca_transfer_resume(PcaTransfer *transfer);

/* libcurl waits for bytes from that socket, perhaps one of the transfer's. */
extern void pca_transfer_wait_for_socket(PcaTransfer *transfer, int socket);

/* libcurl is done with it: with that CURLcode. */
extern void pca_transfer_finish(PcaTransfer *transfer, int code);

/* libcurl cannot go on with it, for a reason of ours: a sentence, copied. */
extern void pca_transfer_fail(PcaTransfer *transfer, const char *detail);

/*
 * When it fails unless a byte comes (pca_pollset_now()'s time), or -1 when it is
 * not waiting for one.
 */
extern int64 pca_transfer_deadline(const PcaTransfer *transfer);

/* The deadline has passed: fail, unless bytes came that gave no output. */
extern void pca_transfer_expire(PcaTransfer *transfer);

/* Free it; secrets are zeroed first.  Its handle is on no multi handle any more. */
extern void pca_transfer_free(PcaTransfer *transfer);

#endif							/* PCA_TRANSFER_H */
