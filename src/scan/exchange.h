/*
 * exchange.h
 *		Sends a request, and repeats it until it succeeds or fails for good.
 *
 * A PcaExchangeSession holds what the requests of one scan have in common: the
 * server and user, connections, access token, limits and counters.  A
 * PcaExchange is one request with its attempts.
 */
#ifndef PCA_EXCHANGE_H
#define PCA_EXCHANGE_H

#include "postgres.h"

#include "auth/token_cache.h"
#include "config/option.h"
#include "guid.h"
#include "http/http.h"
#include "http/http_error.h"
#include "scan/participants.h"
#include "scan/throttle.h"
#include "shared/shared_layout.h"

typedef struct PcaExchangeSession PcaExchangeSession;

/*
 * One request and its attempts.  All zero: no attempt has begun.
 */
typedef struct PcaExchange
{
	PcaTransfer *transfer;		/* of the current attempt, or NULL */
	int			failures;		/* failed attempts that could be repeated */
	int64		not_before;		/* when the next attempt may begin, in
								 * pca_pollset_now()'s time; 0: at once */
	PcaWaitReason wait_reason;	/* of not_before */
	int64		sent_at;		/* when the last attempt at a page began */
	bool		is_sign_in;		/* a request of a sign-in: it has no IDs, and
								 * its attempts are one entry of the request
								 * log */
	bool		keeps_id;		/* the last attempt had no response: the next
								 * one has its ID (see api-notes 3.12) */
	bool		is_counted;		/* what became of the last attempt */
	char		id[PCA_GUID_LENGTH + 1];	/* MS-RequestId */
	uint64		log_number;		/* of the last attempt in the request log; 0:
								 * none */
} PcaExchange;

/* The state that the sessions of all participants share.  All zero at first. */
typedef struct PcaExchangeShared
{
	uint64		tenant;			/* pca_token_cache_tenant() of the first
								 * request; 0: not known */
	PcaThrottle throttle;
} PcaExchangeShared;

/* Counters of a session. */
typedef struct PcaExchangeStats
{
	int64		requests;		/* sent, token requests included */
	int64		retries;
	int64		bytes;			/* of response bodies on the wire; of
								 * transfers that have ended */
} PcaExchangeStats;

/* ---- sessions ---- */

/*
 * Create a session in the memory context, whose reset ends it.  userid: whose
 * user mapping is used.  server must live as long.  No request is sent, and no
 * connection opened.  Errors: out of memory.
 */
extern PcaExchangeSession *pca_exchange_begin(MemoryContext context, const PcaServer *server, Oid userid);

/* End the session before its context is reset; idempotent. */
extern void pca_exchange_end(PcaExchangeSession *session);

/*
 * Let other sessions with the same credentials wait for the token that this
 * one requests.  context: that of pca_exchange_begin().
 */
extern void pca_exchange_share_token_wait(PcaExchangeSession *session, MemoryContext context);

/*
 * Send the session's requests as one of several participants, with their
 * correlation ID.  The session has not sent a request yet.
 */
extern void pca_exchange_join_participants(PcaExchangeSession *session, PcaParticipants *participants,
										   PcaExchangeShared *shared, const char *correlation_id);

/*
 * Count the session's requests, but those for a token, for that resource in view
 * pc_analytics_stats, and count a scan.
 */
extern void pca_exchange_set_resource(PcaExchangeSession *session, const char *resource);

/*
 * Limit the requests in any minute, together with those of all sessions of the server
 * with the same origin, tenant and scope; 0: no limit, which is the default.  scope
 * must live as long as the session.
 */
extern void pca_exchange_limit_requests(PcaExchangeSession *session, const char *scope, int per_minute);

/*
 * Return the server, and the MS-CorrelationId of all the session's requests.  Both
 * live as long as the session.
 */
extern const PcaServer *pca_exchange_server(const PcaExchangeSession *session);
extern const char *pca_exchange_correlation_id(const PcaExchangeSession *session);

/* Returns the number of pages that all participants may have in flight together. */
extern int	pca_exchange_window(const PcaExchangeSession *session);

/* Returns the counters so far, also after the end.  They belong to the session. */
extern const PcaExchangeStats *pca_exchange_stats(const PcaExchangeSession *session);

/*
 * Returns the descriptor that becomes readable when the session may advance;
 * PGINVALID_SOCKET after its end.  Errors: those of pca_http_acquire().
 */
extern int	pca_exchange_descriptor(PcaExchangeSession *session);

/* ---- credentials ---- */

/*
 * Open the credentials of the session's user.  Must be called before each
 * request, since user mapping and server may have changed.  Errors: those of
 * pca_token_cache_open(); the server is not the one that the session began
 * with, so that a token must not be sent to it; the credentials are of another
 * tenant, whose rows must not be mixed with those received so far.
 */
extern PcaTokenCache *pca_exchange_open_credentials(PcaExchangeSession *session);

/*
 * Raise an error if the server is not the one that the session began with, as
 * pca_exchange_open_credentials() does.
 */
extern void pca_exchange_check_server(PcaExchangeSession *session);

/*
 * Returns a number that changes when other credentials are opened than the last ones.
 */
extern uint64 pca_exchange_identity(const PcaExchangeSession *session);

/* Returns the credentials that were opened last, or NULL. */
extern PcaTokenCache *pca_exchange_credentials(const PcaExchangeSession *session);

/*
 * Advance the request for an access token as far as possible without waiting.
 * Returns true if anything has changed.  Errors: those of
 * pca_token_cache_accept_response(), and a transfer that failed.
 */
extern bool pca_exchange_advance_token(PcaExchangeSession *session);

/*
 * Wait until there is an access token.  Errors: those of
 * pca_exchange_open_credentials() and pca_exchange_advance_token(), and that of
 * an interrupt.
 */
extern void pca_exchange_await_token(PcaExchangeSession *session);

/* ---- requests ---- */

/*
 * Connect to a URL's host without sending a request, and wait until that has
 * succeeded or failed.  auth: whose proxy credentials are used, or NULL.  The
 * transfer lives as long as the session.  Errors: those of pca_http_start(),
 * and that of an interrupt.
 */
extern PcaTransfer *pca_exchange_connect_only(PcaExchangeSession *session, PcaTokenCache *auth,
											  const char *url);

/*
 * Returns true if the next attempt at a page must wait, for the window or a retry's
 * delay.
 */
extern bool pca_exchange_must_wait(PcaExchangeSession *session, const PcaExchange *exchange);

/*
 * Returns true if it must wait for what all sessions of the server share: the limit
 * of requests a minute, and the time that the API has asked to wait.  There is a
 * token.  Errors: that time is longer than option max_retry_wait allows.
 */
extern bool pca_exchange_must_wait_for_limit(PcaExchangeSession *session);

/* Count a page that is in flight from now on, or no longer. */
extern void pca_exchange_page_begins(PcaExchangeSession *session, PcaExchange *exchange);
extern void pca_exchange_page_ends(PcaExchangeSession *session);

/*
 * Count what became of an attempt, in view pc_analytics_stats.  It must be called
 * before an error is raised; pca_exchange_finish() calls it otherwise.
 */
extern void pca_exchange_count_attempt(PcaExchangeSession *session, PcaExchange *exchange);

/* Add to a counter of the session's resource in view pc_analytics_stats. */
extern void pca_exchange_count(PcaExchangeSession *session, PcaCounter counter, int64 number);

/* Rows of a response were returned to the scan. */
extern void pca_exchange_count_rows(PcaExchangeSession *session, int64 rows);

/* Note that a page was received, so that the window may grow. */
extern void pca_exchange_page_succeeded(PcaExchangeSession *session);

/*
 * Returns the MS-RequestId of the next attempt: a new one, unless the last attempt
 * had no response (api-notes 3.12).  It belongs to the exchange.
 */
extern const char *pca_exchange_request_id(PcaExchange *exchange);

/*
 * Begin an attempt.  The request's limits and proxy are filled in from the
 * server's options.  Its secrets are zeroed, also if an error is raised.
 * Errors: those of pca_http_start().
 */
extern void pca_exchange_start(PcaExchangeSession *session, PcaExchange *exchange,
							   PcaHttpRequest *request);

/* Returns the IDs that were sent with the exchange, for http_error.h. */
extern PcaRequestIds pca_exchange_request_ids(const PcaExchangeSession *session, const PcaExchange *exchange);

/*
 * Returns the HTTP status and the identifiers of the attempt's response, as
 * pca_http_error_response_detail() does.  Current memory context.
 */
extern char *pca_exchange_response_detail(const PcaExchangeSession *session, const PcaExchange *exchange);

/* End the attempt's transfer. */
extern void pca_exchange_finish(PcaExchangeSession *session, PcaExchange *exchange);

/* Discard bytes of the body that were read; length may be 0. */
extern void pca_exchange_consume(PcaExchangeSession *session, PcaExchange *exchange, size_t length);

/* ---- retries ---- */

/*
 * Schedule the next attempt after a temporary failure.  Returns false if there were
 * max_retries of them.  retry_after_ms: the delay in the response, or -1.  Errors:
 * that delay is longer than option max_retry_wait allows.
 */
extern bool pca_exchange_schedule_retry(PcaExchangeSession *session, PcaExchange *exchange,
										int64 retry_after_ms);

/*
 * The same for a response with a temporary HTTP status, with the delay of its
 * header field Retry-After.
 */
extern bool pca_exchange_retry_after_header(PcaExchangeSession *session, PcaExchange *exchange);

/*
 * The response was "too many requests": let all sessions of the server wait, as it
 * asks.
 */
extern void pca_exchange_note_throttling(PcaExchangeSession *session, const PcaExchange *exchange);

/*
 * Slow down after the response "too many requests" (HTTP status 429), for which a
 * retry is scheduled: no other page is requested before it, and fewer at once then.
 */
extern void pca_exchange_throttle(PcaExchangeSession *session, const PcaExchange *exchange);

/*
 * End the attempt's transfer, which failed, and schedule a retry.  Returns false, and
 * does not end it, if another attempt cannot help or if there were max_retries.
 */
extern bool pca_exchange_retry_transfer(PcaExchangeSession *session, PcaExchange *exchange);

/* Raise the error of the attempt's transfer, which failed. */
PCA_NORETURN extern void pca_exchange_raise_transfer_error(PcaExchangeSession *session,
														   PcaExchange *exchange);

/*
 * Send a request of a sign-in once, and wait for its response or failure.  Its
 * options and secrets are treated as by pca_exchange_start().  Errors: those of
 * pca_http_start(), and that of an interrupt.
 */
extern PcaTransferState pca_exchange_send(PcaExchangeSession *session, PcaExchange *exchange,
										  PcaHttpRequest *request);

/* ---- waiting ---- */

/* Wait until that time, in pca_pollset_now()'s time.  Errors: that of an interrupt. */
extern void pca_exchange_wait_until(PcaExchangeSession *session, int64 until);

/*
 * Forget the times that pca_exchange_wait() would return at.  Functions that
 * find it too early for something note them again.
 */
extern void pca_exchange_reset_wakeup(PcaExchangeSession *session);

/* Note that the session has to be called in that many ms, at the latest. */
extern void pca_exchange_wake_in(PcaExchangeSession *session, int64 wait_ms, PcaWaitReason reason);

/*
 * Pump if a request was started since the last pump, so that it is sent at once.
 * Returns true if it did.
 */
extern bool pca_exchange_send_started(PcaExchangeSession *session);

/* Returns the time until the first of the noted times, in ms; 0 if there is none. */
extern int64 pca_exchange_wakeup_ms(const PcaExchangeSession *session);

/* Returns the reason why the session waits for that time. */
extern PcaWaitReason pca_exchange_wakeup_reason(const PcaExchangeSession *session);

/* Make the descriptor readable in that many ms, unless it is before; 0: do not. */
extern void pca_exchange_set_alarm(PcaExchangeSession *session, int64 timeout_ms);

/*
 * Wait until the descriptor is readable, the latch is set or timeout_ms have
 * passed (-1: no timeout), and pump.  Errors: that of an interrupt.
 */
extern void pca_exchange_wait_for_event(PcaExchangeSession *session, long timeout_ms);

/*
 * Pump without waiting.  Returns false, and does not pump, if no bytes were
 * consumed since the last pump and no paused transfer can resume, unless force
 * is true: then the descriptor tells when to call again.
 */
extern bool pca_exchange_pump(PcaExchangeSession *session, bool force);

/*
 * Send what was started; else wait until a transfer advances or the first of the
 * noted times.  Errors: that of an interrupt.
 */
extern void pca_exchange_wait(PcaExchangeSession *session);

#endif							/* PCA_EXCHANGE_H */
