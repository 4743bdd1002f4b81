/*
 * exchange_token.c
 *		Requests an access token for the requests of a session.
 *
 * The sessions of one backend that need the same token, such as the scans below an
 * Append, send one request for it.  token_cache.c keeps the token.
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "auth/token_request.h"
#include "http/pollset.h"
#include "http/request_log.h"
#include "http/retry.h"
#include "scan/exchange_internal.h"
#include "shared/lease.h"

/*
 * The longest time that the sign-in service is not asked because of its Retry-After,
 * in ms; see LONGEST_PAUSE_MS of rate_limit.c.
 */
#define PCA_EXCHANGE_TOKEN_PAUSE_MS	INT64CONST(300000)

/*
 * How often a session that waits for another session's token request looks at
 * it, in ms: it is not notified, and a token request takes some hundred ms.
 */
#define PCA_EXCHANGE_FOLLOW_MS	20

static dlist_head token_requesters = DLIST_STATIC_INIT(token_requesters);

/* ---- one token request for several sessions ---- */

/* The waiter's token request is no longer in flight. */
static void
unlist_token_requester(PcaTokenWaiter *waiter)
{
	if (waiter && waiter->is_listed)
	{
		dlist_delete(&waiter->node);
		waiter->is_listed = false;
	}
}

static void
unlist_on_context_reset(void *waiter)
{
	unlist_token_requester(waiter);
}

void
pca_exchange_share_token_wait(PcaExchangeSession *session, MemoryContext context)
{
	PcaTokenWaiter *waiter = MemoryContextAllocZero(context, sizeof(PcaTokenWaiter));

	waiter->session = session;
	waiter->callback.func = unlist_on_context_reset;
	waiter->callback.arg = waiter;
	MemoryContextRegisterResetCallback(context, &waiter->callback);
	session->waiter = waiter;
}

void
pca_exchange_unlist_token_request(PcaExchangeSession *session)
{
	unlist_token_requester(session->waiter);
}

/* Another session that has requested the token that this one needs, or NULL. */
static PcaExchangeSession *
find_token_requester(const PcaExchangeSession *session)
{
	dlist_iter	iter;

	dlist_foreach(iter, &token_requesters)
	{
		PcaExchangeSession *other = dlist_container(PcaTokenWaiter, node, iter.cur)->session;

		if (other != session && other->auth == session->auth &&
			pca_token_cache_is_requested(session->auth))
			return other;
	}
	return NULL;
}

/* ---- the token ---- */

static bool advance_token_request(PcaExchangeSession *session);

/*
 * Follow another session's token request, whose scan may not get to run before
 * ours.  pca_http_pump() may consume the event that the other session's
 * descriptor would be readable for, so its alarm makes it look for itself.
 */
static bool
follow_token_request(PcaExchangeSession *session, PcaExchangeSession *other)
{
	bool		changed;

	pca_http_pump(pca_exchange_open_http(other));
	changed = advance_token_request(other);
	pca_http_alarm(pca_exchange_open_http(other), 1);
	if (!changed)
		(void) pca_exchange_note_wakeup(session, pca_pollset_now() + PCA_EXCHANGE_FOLLOW_MS, PCA_WAIT_NONE);
	return changed;
}

/* Sessions of other backends may wait for this request: show that it goes on. */
static void
show_token_request(PcaExchangeSession *session)
{
	if (!session->leads_token_request)
		return;
	pca_token_cache_beat(session->auth);
	(void) pca_exchange_note_wakeup(session, pca_pollset_now() + PCA_LEASE_BEAT_MS, PCA_WAIT_NONE);
}

/* Send the request for a token. */
static void
send_token_request(PcaExchangeSession *session)
{
	PcaHttpRequest request = {.max_size = PCA_EXCHANGE_TOKEN_SIZE};

	session->leads_token_request = pca_token_cache_leads(session->auth);
	pca_token_cache_build_request(session->auth, session->server, &request);
	pca_exchange_start(session, &session->token, &request);
	if (session->waiter)
	{
		dlist_push_tail(&token_requesters, &session->waiter->node);
		session->waiter->is_listed = true;
	}
}

/*
 * Request a token, unless another session has requested it, or it is too early.
 * Returns true if anything has changed.
 */
static bool
begin_token_request(PcaExchangeSession *session)
{
	PcaExchangeSession *other = session->waiter ? find_token_requester(session) : NULL;
	int64		until;

	check_stack_depth();
	if (other)
		return follow_token_request(session, other);
	if (pca_exchange_note_wakeup(session, session->token.not_before, session->token.wait_reason))
	{
		show_token_request(session);
		return false;
	}
	switch (pca_token_cache_next_action(session->auth, session->server, &until))
	{
		case PCA_TOKEN_ACTION_WAIT:
			(void) pca_exchange_note_wakeup(session, until, PCA_WAIT_NONE);
			return false;
		case PCA_TOKEN_ACTION_AGAIN:
			return true;
		default:
			send_token_request(session);
			return false;
	}
}

/* Store the response's token; an error is also noted in the request log. */
static void
accept_token_response(PcaExchangeSession *session, PcaExchange *token)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		pca_token_cache_accept_response(session->auth, token->transfer);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		pca_request_log_error(token->log_number, CopyErrorData()->message);
		PG_RE_THROW();
	}
	PG_END_TRY();
}

/* Accept the response to the token request, or schedule a retry. */
static void
complete_token_request(PcaExchangeSession *session, PcaExchange *token)
{
	int			status = pca_transfer_status(token->transfer);
	bool		retryable = pca_retry_is_retryable_status(status) ||
		pca_token_request_failed_temporarily(token->transfer);

	pca_exchange_count_attempt(session, token);
	if (!retryable || !pca_exchange_retry_after_header(session, token))
	{
		accept_token_response(session, token);
		token->failures = 0;
	}
	else
		pca_request_log_error(token->log_number, psprintf("HTTP status %d", status));
	pca_exchange_finish(session, token);
}

/* Accept the response, or schedule a retry of a transfer that failed. */
static void
end_token_attempt(PcaExchangeSession *session, PcaExchange *token)
{
	if (pca_transfer_state(token->transfer) == PCA_TRANSFER_DONE)
		complete_token_request(session, token);
	else if (!pca_exchange_retry_transfer(session, token))
		pca_exchange_raise_transfer_error(session, token);
}

/* When the service may be asked again after a failure; 0: at once. */
static int64
read_token_retry_time(const PcaExchange *token)
{
	int64		retry_after_ms = -1;

	if (token->transfer && pca_transfer_state(token->transfer) == PCA_TRANSFER_DONE)
		retry_after_ms = pca_retry_parse_after(pca_transfer_header(token->transfer, "Retry-After"));
	return retry_after_ms > 0 ?
		pca_pollset_now() + Min(retry_after_ms, PCA_EXCHANGE_TOKEN_PAUSE_MS) : 0;
}

/*
 * The request has failed for good, with the current error.  Others that wait for it
 * get the error, too.  If the session has a token that is still valid, the error is
 * forgotten; else it is raised.
 */
static void
fail_token_request(PcaExchangeSession *session, PcaExchange *token)
{
	ErrorData  *error = CopyErrorData();

	session->leads_token_request = false;
	if (!pca_token_cache_fail(session->auth, error, read_token_retry_time(token)))
		PG_RE_THROW();
	FlushErrorState();
	FreeErrorData(error);
	token->failures = 0;
	token->not_before = 0;
	if (token->transfer)
		pca_exchange_finish(session, token);
}

/* An attempt has ended. */
static void
settle_token_attempt(PcaExchangeSession *session, PcaExchange *token)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		end_token_attempt(session, token);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		fail_token_request(session, token);
	}
	PG_END_TRY();
	if (!pca_token_cache_leads(session->auth))
		session->leads_token_request = false;
	show_token_request(session);
}

/* Do what pca_exchange_advance_token() does. */
static bool
advance_token_request(PcaExchangeSession *session)
{
	PcaExchange *token = &session->token;

	if (!token->transfer)
		return begin_token_request(session);
	if (pca_transfer_state(token->transfer) == PCA_TRANSFER_RUNNING)
	{
		show_token_request(session);
		return false;
	}
	pca_exchange_unlist_token_request(session);
	settle_token_attempt(session, token);
	return true;
}

/* Error context callback: the server of a token request. */
static void
add_token_context(void *session)
{
	errcontext("access token for server \"%s\"", ((PcaExchangeSession *) session)->server->name);
}

bool
pca_exchange_advance_token(PcaExchangeSession *session)
{
	ErrorContextCallback callback = {error_context_stack, add_token_context, session};
	bool		has_changed;

	error_context_stack = &callback;
	has_changed = advance_token_request(session);
	error_context_stack = callback.previous;
	return has_changed;
}

void
pca_exchange_abandon_token_request(PcaExchangeSession *session)
{
	if (session->leads_token_request)
		pca_token_cache_release(session->auth);
	session->leads_token_request = false;
}

void
pca_exchange_await_token(PcaExchangeSession *session)
{
	for (;;)
	{
		pca_exchange_reset_wakeup(session);
		pca_exchange_open_credentials(session);
		if (pca_token_cache_has_token(session->auth))
			return;
		if (!pca_exchange_advance_token(session))
			pca_exchange_wait(session);
	}
}
