/*
 * transfer_failure.h
 *		Why a transfer failed, as far as callers act differently.
 */
#ifndef PCA_TRANSFER_FAILURE_H
#define PCA_TRANSFER_FAILURE_H

#include "postgres.h"

typedef enum PcaFailure
{
	PCA_FAILURE_NONE,
	PCA_FAILURE_TRANSPORT,		/* resolve, connect, reset, truncated: may be
								 * tried again */
	PCA_FAILURE_TIMEOUT,		/* may be tried again */
	PCA_FAILURE_ENCODING,		/* Content-Encoding undecodable: may be tried
								 * again */
	PCA_FAILURE_UNREQUESTED,	/* Content-Encoding that was not requested:
								 * may be tried again, if another gateway
								 * sends it */
	PCA_FAILURE_TLS,			/* certificate or handshake: final */
	PCA_FAILURE_FORBIDDEN,		/* address or protocol that may not be used:
								 * final */
	PCA_FAILURE_TOO_LARGE,		/* the body is over its limit: final */
	PCA_FAILURE_LIMIT_EXCEEDED, /* the headers are: final */
	PCA_FAILURE_OTHER			/* final */
} PcaFailure;

/* What a CURLcode is to our callers, PCA_FAILURE_OTHER for most. */
extern PcaFailure pca_transfer_failure_from_curl(int code);

#endif							/* PCA_TRANSFER_FAILURE_H */
