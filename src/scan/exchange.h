/*
 * exchange.h
 *		One request that is sent until it is answered, or given up.
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

/* All zero, it is one that has not begun. */
typedef struct PcaExchange
{
	PcaTransfer *transfer;		/* on its way, or NULL */
	int			failures;		/* attempts that failed, and were worth
								 * another */
	int64		not_before;		/* when the next one may begin, in
								 * pca_pollset_now()'s time; 0: at once */
	bool		same_id;		/* the last attempt had no response: see
								 * api-notes 3.12 */
	char		id[PCA_GUID_LENGTH + 1];	/* MS-RequestId */
	uint64		journal;		/* the last attempt's number there; 0: none */
} PcaExchange;

/*
 * How hard the API is asked, and on whose behalf; the processes of a crew share
 * it.
 */
typedef struct PcaThrottle
{
	uint64		tenant;			/* pca_token_cache_tenant() of the first
								 * request */
	int			width;			/* pages that may be out at once, as long as
								 * the API was not asked too much; 0: it has
								 * not begun */
	int			running;		/* pages that are out */
	int			calm;			/* pages since width was changed */
	int64		not_before;		/* no page may be asked before: the API was
								 * asked too much */
} PcaThrottle;

/* What all exchanges of a fetch share: how they are sent, and what they cost. */
typedef struct PcaHttpSession
{
	const PcaServer *server;
	Oid			userid;			/* whose user mapping is used */
	uint64		trusted;		/* pca_option_changes() when the server was
								 * compared with what it is now; 0: not yet */
	const char *what;			/* how errors begin */
	char		correlation_id[PCA_GUID_LENGTH + 1];
	PcaHttp    *http;
	PcaTokenCache *auth;		/* opened anew before each request */
	PcaExchange token;
	struct PcaTokenWaiter *asker;	/* lets others wait for its token; NULL:
									 * nobody does */
	int			most;			/* pages that may be out at once */
	int			running;		/* pages of this process that are */
	PcaThrottle own;
	PcaThrottle *pressure;		/* our own, or the crew's */
	PcaParticipants *crew;		/* NULL: one process asks alone */
	int			per_minute;		/* requests that may be sent; 0: no limit */
	int64		wake;			/* when the first that waits for a time may go
								 * on; 0: none does */
	bool		unsent;			/* a request was begun since the last pump */
	bool		consumed;		/* bytes were, since then */
	int64		requests;		/* sent */
	int64		retries;
	int64		bytes;			/* of bodies on the wire, of transfers that
								 * ended */
} PcaHttpSession;

/*
 * Open the credentials of the wire's user, before each request.  Errors: those
 * of pca_token_cache_open(); a server that is not what it was when it was read: a
 * token of the one must not go to the other; and credentials of another tenant
 * than those before: its rows must not be mixed with theirs.
 */
extern void pca_exchange_open_credentials(PcaHttpSession *wire);

/*
 * Begin to ask a server on behalf of a user.  what: how errors begin.  Its
 * connections go back when that context is reset, or by pca_http_release().
 */
extern void pca_exchange_begin(PcaHttpSession *wire, MemoryContext context,
							   const PcaServer *server, Oid userid, const char *what);

/*
 * Let other wires with the same credentials wait for the token that this one
 * has asked for.  The wire must live as long as that context, which it began
 * with.
 */
extern void pca_exchange_share_token_wait(PcaHttpSession *wire, MemoryContext context);

/*
 * Ask as one of a crew, with that correlation id, as hard as all together may.
 * The wire has just begun.
 */
extern void pca_exchange_join_participants(PcaHttpSession *wire, PcaParticipants *crew, PcaThrottle *pressure,
										   const char *correlation_id);

/* How many pages may be out at once, of the whole crew. */
extern int	pca_exchange_window(const PcaHttpSession *wire);

/* Begin to connect to a URL's host, without a request. */
extern PcaTransfer *pca_exchange_connect_only(PcaHttpSession *wire, const char *url);

/* Whether it is still too early for the next attempt at a page. */
extern bool pca_exchange_must_wait(PcaHttpSession *wire, const PcaExchange *exchange);

/* A page is out, or is not any more. */
extern void pca_exchange_page_begins(PcaHttpSession *wire);
extern void pca_exchange_page_ends(PcaHttpSession *wire);

/* A page has come: after many of them, more may be out at once again. */
extern void pca_exchange_page_succeeded(PcaHttpSession *wire);

/* The MS-RequestId of the next attempt: new, unless the last had no answer. */
extern const char *pca_exchange_request_id(PcaExchange *exchange);

/*
 * Begin an attempt.  The request's limits and proxy are filled in from the
 * server's options; its secrets are zeroed, whatever happens.  Errors: those of
 * pca_http_start().
 */
extern void pca_exchange_start(PcaHttpSession *wire, PcaExchange *exchange,
							   PcaHttpRequest *request);

/* The identifiers of its request, for http_error.h. */
extern PcaRequestIds pca_exchange_request_ids(const PcaHttpSession *wire, const PcaExchange *exchange);

/*
 * What the API's support asks for of the attempt's answer (pca_http_error_response_detail()),
 * without secrets.  Current memory context.
 */
extern char *pca_exchange_response_detail(const PcaHttpSession *wire, const PcaExchange *exchange);

/* End the attempt's transfer. */
extern void pca_exchange_finish(PcaHttpSession *wire, PcaExchange *exchange);

/*
 * The attempt failed in a way that may pass: see to when the next one is.
 * False when there were enough.  asked: for how many ms the server wants to be
 * left alone, or -1; an error when that is more than option max_retry_wait.
 * what: how an error begins.
 */
extern bool pca_exchange_schedule_retry(PcaHttpSession *wire, PcaExchange *exchange,
										int64 asked, const char *what);

/*
 * The attempt's answer has a status that may pass: the same, with what its
 * header Retry-After asks for.
 */
extern bool pca_exchange_retry_after_header(PcaHttpSession *wire, PcaExchange *exchange,
											const char *what);

/*
 * The attempt's answer was that the API is asked too much, and there is to be
 * another one: no page is asked before it, and fewer are out at once.
 */
extern void pca_exchange_throttle(PcaHttpSession *wire, const PcaExchange *exchange);

/*
 * The attempt's transfer failed: end it and see to the next, or raise its
 * error.
 */
extern void pca_exchange_failed(PcaHttpSession *wire, PcaExchange *exchange,
								const char *what);

/* Send what is unsent, or wait until something moves or may be sent. */
extern void pca_exchange_wait(PcaHttpSession *wire);

/*
 * Wait until there is a token: for those who have nothing else to do.  Errors:
 * as below, and what an interrupt raises.
 */
extern void pca_exchange_await_token(PcaHttpSession *wire);

/*
 * Get a token as far as that goes without waiting; true when something has
 * moved.  Errors: those of pca_token_cache_accept_response() and of a transfer that failed.
 */
extern bool pca_exchange_advance_token(PcaHttpSession *wire);

#endif							/* PCA_EXCHANGE_H */
