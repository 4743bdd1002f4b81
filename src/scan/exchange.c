/*
 * exchange.c
 *		How one request is sent until it is answered, or given up.
 *
 * Which request, and whether its answer is any good, is asked in fetch.c;
 * which failures pass, and how long that takes, in retry.c.
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "miscadmin.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#include "config/url.h"
#include "http/pollset.h"
#include "http/rate_limit.h"
#include "http/redact.h"
#include "http/request_log.h"
#include "http/retry.h"
#include "scan/exchange.h"

/* The largest token answer, in bytes; the documented one is below 8 kB. */
#define PCA_TOKEN_ANSWER	(256 * 1024)

/*
 * After so many pages without a complaint one more may be out at once: a scan
 * of some hundred pages comes back to its full speed, and a server at its limit
 * is not driven over it with every other page.
 */
#define PCA_CALM_PAGES		8

/*
 * How often a wire looks whether another has its token, in ms: nothing tells
 * it, and a token request takes some hundred.
 */
#define PCA_FOLLOW_TURN		20

/* A wire whose token others may wait for. */
typedef struct PcaTokenWaiter
{
	MemoryContextCallback callback;
	dlist_node	node;			/* in askers, while its request is out */
	bool		asks;
	PcaHttpSession *wire;
} PcaTokenWaiter;

static dlist_head askers = DLIST_STATIC_INIT(askers);

void
pca_exchange_begin(PcaHttpSession *wire, MemoryContext context, const PcaServer *server,
				   Oid userid, const char *what)
{
	wire->server = server;
	wire->userid = userid;
	wire->what = what;
	wire->most = server->max_parallel_requests;
	wire->own.width = wire->most;
	wire->pressure = &wire->own;
	pca_guid_generate(wire->correlation_id);
	wire->http = pca_http_acquire(context, (uint64) server->serverid << 32 | userid);
}

void
pca_exchange_join_participants(PcaHttpSession *wire, PcaParticipants *crew, PcaThrottle *pressure,
							   const char *correlation_id)
{
	wire->crew = crew;
	wire->pressure = pressure;
	strlcpy(wire->correlation_id, correlation_id, sizeof(wire->correlation_id));
	pca_participants_lock(crew);
	if (pressure->width == 0)
		pressure->width = wire->most;
	pca_participants_unlock(crew);
}

int
pca_exchange_window(const PcaHttpSession *wire)
{
	int			width;

	pca_participants_lock(wire->crew);
	width = wire->pressure->width;
	pca_participants_unlock(wire->crew);
	return width;
}

/* The wire's token request is out no more. */
static void
end_asking(PcaTokenWaiter *asker)
{
	if (asker && asker->asks)
	{
		dlist_delete(&asker->node);
		asker->asks = false;
	}
}

static void
on_asker_reset(void *asker)
{
	end_asking(asker);
}

void
pca_exchange_share_token_wait(PcaHttpSession *wire, MemoryContext context)
{
	PcaTokenWaiter *asker = MemoryContextAllocZero(context, sizeof(PcaTokenWaiter));

	asker->wire = wire;
	asker->callback.func = on_asker_reset;
	asker->callback.arg = asker;
	MemoryContextRegisterResetCallback(context, &asker->callback);
	wire->asker = asker;
}

/* Another wire that has asked for the token that this one needs, or NULL. */
static PcaHttpSession *
find_asker(const PcaHttpSession *wire)
{
	dlist_iter	iter;

	dlist_foreach(iter, &askers)
	{
		PcaHttpSession *other = dlist_container(PcaTokenWaiter, node, iter.cur)->wire;

		if (other != wire && other->auth == wire->auth && pca_token_cache_is_requested(wire->auth))
			return other;
	}
	return NULL;
}

/* Whether that time is still to come; then it is one to wake up at. */
static bool
is_early(PcaHttpSession *wire, int64 at)
{
	if (at <= pca_pollset_now())
		return false;
	if (wire->wake == 0 || at < wire->wake)
		wire->wake = at;
	return true;
}

bool
pca_exchange_must_wait(PcaHttpSession *wire, const PcaExchange *exchange)
{
	bool		full;
	int64		not_before;

	pca_participants_lock(wire->crew);
	/* a process that has none is never kept waiting for others */
	full = wire->running > 0 && wire->pressure->running >= wire->pressure->width;
	not_before = wire->pressure->not_before;
	pca_participants_unlock(wire->crew);
	return full || is_early(wire, Max(exchange->not_before, not_before)) ||
		is_early(wire, pca_rate_limit_next(wire->server->serverid, wire->per_minute));
}

void
pca_exchange_page_begins(PcaHttpSession *wire)
{
	pca_participants_lock(wire->crew);
	wire->running++;
	wire->pressure->running++;
	pca_participants_unlock(wire->crew);
	pca_rate_limit_record(wire->server->serverid, wire->per_minute);
}

void
pca_exchange_page_ends(PcaHttpSession *wire)
{
	pca_participants_lock(wire->crew);
	wire->running--;
	wire->pressure->running--;
	pca_participants_unlock(wire->crew);
	pca_participants_wake(wire->crew);
}

void
pca_exchange_page_succeeded(PcaHttpSession *wire)
{
	PcaThrottle *pressure = wire->pressure;

	pca_participants_lock(wire->crew);
	if (pressure->width < wire->most && ++pressure->calm >= PCA_CALM_PAGES)
	{
		pressure->calm = 0;
		pressure->width++;
	}
	pca_participants_unlock(wire->crew);
}

void
pca_exchange_throttle(PcaHttpSession *wire, const PcaExchange *exchange)
{
	PcaThrottle *pressure = wire->pressure;

	pca_participants_lock(wire->crew);
	/* those that were out together complain of the same moment */
	if (pressure->not_before <= pca_pollset_now())
		pressure->width = Max(pressure->width / 2, 1);
	pressure->calm = 0;
	pressure->not_before = Max(pressure->not_before, exchange->not_before);
	pca_participants_unlock(wire->crew);
}

const char *
pca_exchange_request_id(PcaExchange *exchange)
{
	if (!exchange->same_id)
		pca_guid_generate(exchange->id);
	return exchange->id;
}

/* Compare the server with what it is now, if it may have changed. */
static void
check_server(PcaHttpSession *wire)
{
	uint64		changes;
	MemoryContext context;
	MemoryContext caller;

	/* a cursor's FETCH alone would not hear what others have committed */
	AcceptInvalidationMessages();
	changes = pca_option_changes();
	if (wire->trusted == changes)
		return;
	context = AllocSetContextCreate(CurrentMemoryContext, "pc_analytics_fdw server",
									ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	if (!pca_option_same_trust(wire->server, pca_option_server(wire->server->serverid)))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("server \"%s\" was changed meanwhile", wire->server->name),
				 errdetail("What it was when the query began must not be asked with credentials of now."),
				 errhint("Run the query again.")));
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	wire->trusted = changes;
}

/* Whether all is asked on behalf of one tenant, as far as that is known. */
static void
check_tenant(PcaHttpSession *wire)
{
	uint64		tenant = pca_token_cache_tenant(wire->auth);
	bool		other;

	pca_participants_lock(wire->crew);
	if (wire->pressure->tenant == 0)
		wire->pressure->tenant = tenant;
	other = tenant != 0 && tenant != wire->pressure->tenant;
	pca_participants_unlock(wire->crew);
	if (other)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the user mapping for server \"%s\" was changed to another tenant meanwhile",
						wire->server->name),
				 errdetail("The rows of one tenant must not be mixed with those of another."),
				 errhint("Run the query again.")));
}

void
pca_exchange_open_credentials(PcaHttpSession *wire)
{
	check_server(wire);
	wire->auth = pca_token_cache_open(wire->server, wire->userid);
	check_tenant(wire);
}

/* Fill in what holds for every request to the server. */
static void
set_limits(const PcaHttpSession *wire, PcaHttpRequest *request)
{
	const PcaServer *server = wire->server;

	request->connect_timeout_ms = server->connect_timeout;
	request->idle_timeout_ms = server->request_timeout;
	request->compression = server->compression;
	request->allow_http = server->allow_insecure_http ||
		(server->owner_is_superuser && pca_url_is_loopback(request->url));
	request->public_only = !server->owner_is_superuser;
	request->proxy = server->proxy;
	request->ca_file = server->ca_file;
	if (request->proxy && wire->auth)
		pca_token_cache_add_proxy_credentials(wire->auth, request);
}

PcaTransfer *
pca_exchange_connect_only(PcaHttpSession *wire, const char *url)
{
	PcaHttpRequest request = {.url = url,.connect_only = true};
	PcaTransfer *transfer;

	set_limits(wire, &request);
	transfer = pca_http_start(wire->http, &request);
	pca_token_cache_wipe_request(&request);
	return transfer;
}

/* Enter an attempt into the journal; the token's request has no identifiers. */
static void
enter_journal(PcaHttpSession *wire, PcaExchange *exchange, PcaHttpRequest *request)
{
	bool		is_token = exchange == &wire->token;
	char	   *url = pstrdup(request->url);
	PcaRequestLogEntry about = {
		.userid = wire->userid,.url = url,.attempt = exchange->failures + 1,
		.rows = is_token ? -1 : 0
	};
	ListCell   *cell;

	foreach(cell, request->secrets)
		pca_redact_secret(url, strlen(url), lfirst(cell));
	if (!is_token)
	{
		strlcpy(about.request_id, exchange->id, sizeof(about.request_id));
		strlcpy(about.correlation_id, wire->correlation_id, sizeof(about.correlation_id));
	}
	exchange->journal = pca_request_log_begin(&about);
	request->log_number = exchange->journal;
	pfree(url);
}

void
pca_exchange_start(PcaHttpSession *wire, PcaExchange *exchange, PcaHttpRequest *request)
{
	PG_TRY();
	{
		set_limits(wire, request);
		enter_journal(wire, exchange, request);
		exchange->transfer = pca_http_start(wire->http, request);
	}
	PG_CATCH();
	{
		pca_token_cache_wipe_request(request);
		PG_RE_THROW();
	}
	PG_END_TRY();
	pca_token_cache_wipe_request(request);
	exchange->not_before = 0;
	exchange->same_id = false;
	wire->unsent = true;
	wire->requests++;
}

PcaRequestIds
pca_exchange_request_ids(const PcaHttpSession *wire, const PcaExchange *exchange)
{
	/* a token's request has none */
	if (exchange == &wire->token)
		return (PcaRequestIds)
	{
		"", ""
	};
	return (PcaRequestIds)
	{
		exchange->id, wire->correlation_id
	};
}

char *
pca_exchange_response_detail(const PcaHttpSession *wire, const PcaExchange *exchange)
{
	return pca_http_error_response_detail(exchange->transfer, pca_exchange_request_ids(wire, exchange));
}

void
pca_exchange_finish(PcaHttpSession *wire, PcaExchange *exchange)
{
	if (exchange == &wire->token)
		end_asking(wire->asker);
	wire->bytes += pca_transfer_received(exchange->transfer);
	pca_http_end(wire->http, exchange->transfer);
	exchange->transfer = NULL;
}

bool
pca_exchange_schedule_retry(PcaHttpSession *wire, PcaExchange *exchange, int64 asked,
							const char *what)
{
	const PcaServer *server = wire->server;

	exchange->failures++;
	if (exchange->failures > server->max_retries)
		return false;
	if (asked > server->max_retry_wait)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("%s: the server asks to wait " INT64_FORMAT " s", what,
						(asked + 999) / 1000),
				 errdetail("Option \"max_retry_wait\" allows %d s. %s",
						   server->max_retry_wait / 1000,
						   pca_exchange_response_detail(wire, exchange)),
				 errhint("Try again later, or raise the server's option \"max_retry_wait\".")));
	exchange->not_before = pca_pollset_now() +
		pca_retry_wait_ms(exchange->failures, asked, server->max_retry_wait);
	wire->retries++;
	return true;
}

bool
pca_exchange_retry_after_header(PcaHttpSession *wire, PcaExchange *exchange, const char *what)
{
	const char *header = pca_transfer_header(exchange->transfer, "Retry-After");

	return pca_exchange_schedule_retry(wire, exchange, pca_retry_parse_after(header), what);
}

void
pca_exchange_failed(PcaHttpSession *wire, PcaExchange *exchange, const char *what)
{
	const char *detail;
	PcaFailure	failure = pca_transfer_failure(exchange->transfer, &detail);

	pca_request_log_error(exchange->journal,
						  pca_http_error_quote(exchange->transfer, detail, strlen(detail),
											   PCA_HTTP_ERROR_TEXT_MAX));
	if (!pca_retry_is_retryable_failure(failure) || !pca_exchange_schedule_retry(wire, exchange, -1, what))
		pca_http_error_raise_transfer(what, exchange->transfer, pca_exchange_response_detail(wire, exchange),
									  Max(exchange->failures, 1));

	/* a body that cannot be decompressed is an answer */
	exchange->same_id = failure != PCA_FAILURE_ENCODING && failure != PCA_FAILURE_UNREQUESTED;
	pca_exchange_finish(wire, exchange);
}

/* ---- the token ---- */

/* How errors begin when there is no token. */
static const char *
token_what(const PcaHttpSession *wire)
{
	return psprintf("could not get a token for server \"%s\"", wire->server->name);
}

static void
send_token_request(PcaHttpSession *wire, PcaExchange *token)
{
	PcaHttpRequest request = {.max_size = PCA_TOKEN_ANSWER};

	pca_token_cache_build_request(wire->auth, wire->server, &request);
	pca_exchange_start(wire, token, &request);
}

/* Let the token's answer be judged; its error is for the journal, too. */
static void
accept_token(PcaHttpSession *wire, PcaExchange *token)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		pca_token_cache_accept_response(wire->auth, wire->server, token->transfer);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		pca_request_log_error(token->journal, CopyErrorData()->message);
		PG_RE_THROW();
	}
	PG_END_TRY();
}

/* The token endpoint has answered. */
static void
take_token(PcaHttpSession *wire, PcaExchange *token)
{
	int			status = pca_transfer_status(token->transfer);

	if (!pca_retry_is_retryable_status(status) ||
		!pca_exchange_retry_after_header(wire, token, token_what(wire)))
	{
		accept_token(wire, token);
		token->failures = 0;
	}
	else
		pca_request_log_error(token->journal, psprintf("HTTP status %d", status));
	pca_exchange_finish(wire, token);
}

void
pca_exchange_wait(PcaHttpSession *wire)
{
	pca_http_alarm(wire->http, wire->wake > 0 ?
				   Max(wire->wake - pca_pollset_now(), 1) : 0);
	if (!wire->unsent)
		pca_http_wait(wire->http, -1);
	else
		pca_http_pump(wire->http);
	wire->unsent = false;
}

void
pca_exchange_await_token(PcaHttpSession *wire)
{
	for (;;)
	{
		wire->wake = 0;
		pca_exchange_open_credentials(wire);
		if (pca_token_cache_has_token(wire->auth))
			return;
		if (!pca_exchange_advance_token(wire))
			pca_exchange_wait(wire);
	}
}

/*
 * Go on with the token request of another wire, whose scan may not come to its
 * turn before ours.  What it was to be woken for may be taken from it, so it is
 * to look for itself.
 */
static bool
follow(PcaHttpSession *wire, PcaHttpSession *other)
{
	bool		moved;

	pca_http_pump(other->http);
	moved = pca_exchange_advance_token(other);
	pca_http_alarm(other->http, 1);
	if (!moved)
		(void) is_early(wire, pca_pollset_now() + PCA_FOLLOW_TURN);
	return moved;
}

/* Ask for a token, unless another wire has asked, or it is too early. */
static bool
begin_token(PcaHttpSession *wire)
{
	PcaHttpSession *other = wire->asker ? find_asker(wire) : NULL;

	check_stack_depth();
	if (other)
		return follow(wire, other);
	if (is_early(wire, wire->token.not_before))
		return false;
	send_token_request(wire, &wire->token);
	if (wire->asker)
	{
		dlist_push_tail(&askers, &wire->asker->node);
		wire->asker->asks = true;
	}
	return false;
}

bool
pca_exchange_advance_token(PcaHttpSession *wire)
{
	PcaExchange *token = &wire->token;

	if (!token->transfer)
		return begin_token(wire);
	switch (pca_transfer_state(token->transfer))
	{
		case PCA_TRANSFER_RUNNING:
			return false;
		case PCA_TRANSFER_DONE:
			end_asking(wire->asker);
			take_token(wire, token);
			return true;
		default:
			end_asking(wire->asker);
			pca_exchange_failed(wire, token, token_what(wire));
			return true;
	}
}
