/*
 * transfer_internal.h
 *		The side of a transfer that http.c uses, with libcurl's handles.
 *
 * http.c calls these functions with signals blocked.  None of them raises an
 * error.
 */
#ifndef PCA_TRANSFER_INTERNAL_H
#define PCA_TRANSFER_INTERNAL_H

#include "postgres.h"

#include <curl/curl.h>

#include "http/sockets.h"
#include "http/transfer.h"

/*
 * Make a transfer with that share handle.  Its sockets are counted in *sockets,
 * which must outlive every connection.  Returns NULL, with *reason set to static
 * text, if libcurl cannot do it, or if out of memory.
 */
extern PcaTransfer *pca_transfer_create(const PcaHttpRequest *request,
										CURLSH *share, PcaSockets *sockets,
										const char **reason);

/* Returns the transfer's easy handle. */
extern CURL *pca_transfer_handle(const PcaTransfer *transfer);

/* Returns the transfer that an easy handle belongs to. */
extern PcaTransfer *pca_transfer_from_handle(CURL *easy);

/* Returns the transfer's number in the request log, or 0. */
extern uint64 pca_transfer_log_number(const PcaTransfer *transfer);

/*
 * Decompress bytes that wait, and resume a paused transfer, if enough was
 * consumed; true if it did either.  libcurl may pass bytes that it kept meanwhile
 * at once.
 */
extern bool pca_transfer_resume(PcaTransfer *transfer);

/* Note that libcurl waits for bytes from a socket, perhaps the transfer's. */
extern void pca_transfer_wait_for_socket(PcaTransfer *transfer, curl_socket_t socket);

/* Note that libcurl has finished the transfer, with that result. */
extern void pca_transfer_finish(PcaTransfer *transfer, CURLcode code);

/* Fail a running transfer for another reason: a sentence, which is copied. */
extern void pca_transfer_fail(PcaTransfer *transfer, const char *detail);

/*
 * Returns when the transfer fails unless a byte arrives, in pca_pollset_now()'s
 * time; -1 if it does not wait for one.
 */
extern int64 pca_transfer_deadline(const PcaTransfer *transfer);

/* Fail after the deadline, unless bytes arrived that had no content. */
extern void pca_transfer_expire(PcaTransfer *transfer);

/*
 * Free the transfer; secrets are zeroed first.  Its handle must have been removed
 * from the multi handle.
 */
extern void pca_transfer_free(PcaTransfer *transfer);

#endif							/* PCA_TRANSFER_INTERNAL_H */
