/*
 * exchange_internal.h
 *		What exchange.c and exchange_token.c share.
 */
#ifndef PCA_EXCHANGE_INTERNAL_H
#define PCA_EXCHANGE_INTERNAL_H

#include "postgres.h"

#include "lib/ilist.h"

#include "scan/exchange.h"
#include "scan/request_counters.h"
#include "scan/send_slot.h"

/* The largest response with a token, in bytes; the documented one is below 8 kB. */
#define PCA_EXCHANGE_TOKEN_SIZE	(256 * 1024)

/* A session whose token request other sessions may wait for. */
typedef struct PcaTokenWaiter
{
	MemoryContextCallback callback;
	dlist_node	node;			/* in token_requesters, if is_listed */
	bool		is_listed;		/* a request is in flight */
	PcaExchangeSession *session;
} PcaTokenWaiter;

struct PcaExchangeSession
{
	MemoryContext context;
	const PcaServer *server;
	Oid			userid;			/* whose user mapping is used */
	uint64		trusted_changes;	/* pca_option_changes() when the server
									 * was last compared with the catalogs; 0:
									 * never */
	char		correlation_id[PCA_GUID_LENGTH + 1];
	PcaHttp    *http;			/* NULL: nothing was sent or waited for */
	bool		has_ended;
	PcaTokenCache *auth;		/* opened again before each request */
	PcaFingerprint fingerprint; /* of the credentials that were opened last */
	uint64		identity;		/* incremented when it changes */
	PcaExchange token;			/* the request for an access token */
	bool		leads_token_request;	/* sessions of other backends wait for
										 * it */
	MemoryContextCallback abandon_callback;
	PcaTokenWaiter *waiter;		/* NULL: no other session waits for it */
	int			max_window;		/* option max_parallel_requests */
	int			in_flight;		/* pages of this process */
	PcaExchangeShared own;
	PcaExchangeShared *shared;	/* &own, or that of the participants */
	PcaParticipants *participants;	/* NULL: one process fetches alone */
	PcaSendSlot send_slot;
	int64		wakeup_at;		/* the first time that something waits for; 0:
								 * none */
	PcaWaitReason wakeup_reason;	/* why it waits for that time */
	bool		has_unsent;		/* a request was started since the last pump */
	bool		has_consumed;	/* bytes were consumed since the last pump */
	PcaExchangeStats stats;
	PcaRequestCounters counters;
};

/*
 * Returns the session's connections, which are acquired at the first call.  Errors:
 * those of pca_http_acquire().
 */
extern PcaHttp *pca_exchange_open_http(PcaExchangeSession *session);

/* Returns true if a time is in the future, and notes it as one to wake up at. */
extern bool pca_exchange_note_wakeup(PcaExchangeSession *session, int64 at, PcaWaitReason reason);

/*
 * The session ends: sessions of other backends do not wait any longer for its token
 * request, if there is one.  Raises no error.
 */
extern void pca_exchange_abandon_token_request(PcaExchangeSession *session);

/* The session's token request, if there is one, is no longer in flight. */
extern void pca_exchange_unlist_token_request(PcaExchangeSession *session);

#endif							/* PCA_EXCHANGE_INTERNAL_H */
