/*
 * exchange.c
 *		Sends a request, and repeats it until it succeeds or fails for good.
 *
 * page_fetch.c decides which page is requested, and whether its response is
 * valid.  retry.c knows which failures are temporary, and how long to wait
 * before the next attempt.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#include "auth/token_request.h"
#include "config/url.h"
#include "http/pollset.h"
#include "http/redact.h"
#include "http/request_log.h"
#include "http/retry.h"
#include "scan/exchange_internal.h"

/* ---- counters ---- */

/* Returns the kind under which an attempt is counted. */
static PcaRequestKind
classify_exchange(const PcaExchangeSession *session, const PcaExchange *exchange)
{
	return exchange == &session->token || exchange->is_sign_in ?
		PCA_REQUEST_TOKEN : PCA_REQUEST_RESOURCE;
}

/* Returns who receives the requests of an exchange. */
static PcaHttpPeer
classify_peer(const PcaExchangeSession *session, const PcaExchange *exchange)
{
	return classify_exchange(session, exchange) == PCA_REQUEST_TOKEN ?
		PCA_HTTP_PEER_SIGN_IN : PCA_HTTP_PEER_API;
}

void
pca_exchange_count_attempt(PcaExchangeSession *session, PcaExchange *exchange)
{
	if (!exchange->is_counted)
		pca_request_counters_end_attempt(&session->counters, classify_exchange(session, exchange),
										 exchange->transfer);
	exchange->is_counted = true;
}

/* Wait for an event of the session, and count the time. */
static void
wait_and_count(PcaExchangeSession *session, long timeout_ms)
{
	instr_time	begin;
	instr_time	end;

	INSTR_TIME_SET_CURRENT(begin);
	pca_http_wait(pca_exchange_open_http(session), timeout_ms);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, begin);
	pca_request_counters_wait(&session->counters, INSTR_TIME_GET_MILLISEC(end));
}

/* ---- sessions ---- */

static void
abandon_on_context_reset(void *session)
{
	pca_exchange_abandon_token_request(session);
}

PcaExchangeSession *
pca_exchange_begin(MemoryContext context, const PcaServer *server, Oid userid)
{
	PcaExchangeSession *session = MemoryContextAllocZero(context, sizeof(PcaExchangeSession));

	session->server = server;
	session->userid = userid;
	session->max_window = server->max_parallel_requests;
	session->shared = &session->own;
	pca_throttle_init(&session->own.throttle, NULL, session->max_window);
	pca_guid_generate(session->correlation_id);
	session->context = context;
	pca_request_counters_begin(&session->counters, context, server->name, userid);
	session->abandon_callback.func = abandon_on_context_reset;
	session->abandon_callback.arg = session;
	MemoryContextRegisterResetCallback(context, &session->abandon_callback);
	return session;
}

PcaHttp *
pca_exchange_open_http(PcaExchangeSession *session)
{
	Assert(!session->has_ended);
	if (!session->http)
		session->http = pca_http_acquire(session->context,
										 (uint64) session->server->serverid << 32 | session->userid);
	return session->http;
}

void
pca_exchange_end(PcaExchangeSession *session)
{
	if (session->has_ended)
		return;
	pca_exchange_abandon_token_request(session);
	if (session->token.transfer)
		pca_exchange_finish(session, &session->token);
	if (session->http)
		pca_http_release(session->http);
	session->http = NULL;
	session->has_ended = true;
	pca_request_counters_add(&session->counters);
}

void
pca_exchange_join_participants(PcaExchangeSession *session, PcaParticipants *participants,
							   PcaExchangeShared *shared, const char *correlation_id)
{
	session->participants = participants;
	session->shared = shared;
	strlcpy(session->correlation_id, correlation_id, sizeof(session->correlation_id));
	pca_throttle_init(&shared->throttle, participants, session->max_window);
}

void
pca_exchange_set_resource(PcaExchangeSession *session, const char *resource)
{
	pca_request_counters_set_resource(&session->counters, session->context, resource);
	pca_send_slot_init(&session->send_slot, session->context, session->server, resource);
}

void
pca_exchange_limit_requests(PcaExchangeSession *session, const char *scope, int per_minute)
{
	pca_send_slot_limit(&session->send_slot, scope, per_minute);
}

const PcaServer *
pca_exchange_server(const PcaExchangeSession *session)
{
	return session->server;
}

const char *
pca_exchange_correlation_id(const PcaExchangeSession *session)
{
	return session->correlation_id;
}

int
pca_exchange_window(const PcaExchangeSession *session)
{
	return pca_throttle_window(&session->shared->throttle, session->participants);
}

const PcaExchangeStats *
pca_exchange_stats(const PcaExchangeSession *session)
{
	return &session->stats;
}

int
pca_exchange_descriptor(PcaExchangeSession *session)
{
	return session->has_ended ? PGINVALID_SOCKET : pca_http_descriptor(pca_exchange_open_http(session));
}

/* ---- when a page may be requested ---- */

bool
pca_exchange_note_wakeup(PcaExchangeSession *session, int64 at, PcaWaitReason reason)
{
	if (at <= pca_pollset_now())
		return false;
	if (session->wakeup_at == 0 || at < session->wakeup_at)
	{
		session->wakeup_at = at;
		session->wakeup_reason = reason;
	}
	return true;
}

bool
pca_exchange_must_wait(PcaExchangeSession *session, const PcaExchange *exchange)
{
	int64		not_before;
	PcaWaitReason reason;
	bool		full = pca_throttle_is_full(&session->shared->throttle, session->participants,
											&not_before, &reason);

	if (exchange->not_before > not_before)
	{
		not_before = exchange->not_before;
		reason = exchange->wait_reason;
	}

	/* a process without pages does not wait for those of others */
	return (full && session->in_flight > 0) ||
		pca_exchange_note_wakeup(session, not_before, reason);
}

/* Raise the error of a pause that is longer than option max_retry_wait allows. */
PCA_NORETURN static void
error_long_pause(const PcaExchangeSession *session, int64 pause_ms)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("the API asks to wait " INT64_FORMAT " s", (pause_ms + 999) / 1000),
			 errdetail("Option \"max_retry_wait\" allows %d s. The API asked for it after an earlier request, and this one was not sent.",
					   session->server->max_retry_wait_ms / 1000),
			 errhint("Try again later, or raise the server's option \"max_retry_wait\".")));
}

bool
pca_exchange_must_wait_for_limit(PcaExchangeSession *session)
{
	PcaRateLimitWait wait =
		pca_send_slot_reserve(&session->send_slot, pca_token_cache_limited_tenant(session->auth));
	int64		pause_ms = wait.retry_at - pca_pollset_now();

	if (wait.until == 0)
		return false;
	if (wait.retry_at > 0 && pause_ms > session->server->max_retry_wait_ms)
		error_long_pause(session, pause_ms);
	return pca_exchange_note_wakeup(session, wait.until,
									wait.is_limit ? PCA_WAIT_RATE_LIMIT : PCA_WAIT_RETRY_AFTER);
}

void
pca_exchange_page_begins(PcaExchangeSession *session, PcaExchange *exchange)
{
	int64		delay_ms = pca_send_slot_use(&session->send_slot);

	exchange->sent_at = pca_pollset_now();
	pca_request_counters_count(&session->counters, PCA_REQUEST_RESOURCE, PCA_COUNTER_PACE_MS, delay_ms);
	session->in_flight++;
	pca_throttle_page_begins(&session->shared->throttle, session->participants);
}

void
pca_exchange_page_ends(PcaExchangeSession *session)
{
	session->in_flight--;
	pca_throttle_page_ends(&session->shared->throttle, session->participants);
}

void
pca_exchange_count(PcaExchangeSession *session, PcaCounter counter, int64 number)
{
	pca_request_counters_count(&session->counters, PCA_REQUEST_RESOURCE, counter, number);
}

void
pca_exchange_count_rows(PcaExchangeSession *session, int64 rows)
{
	pca_request_counters_count(&session->counters, PCA_REQUEST_RESOURCE, PCA_COUNTER_ROWS, rows);
}

void
pca_exchange_page_succeeded(PcaExchangeSession *session)
{
	pca_request_counters_count(&session->counters, PCA_REQUEST_RESOURCE, PCA_COUNTER_PAGES, 1);
	pca_throttle_page_succeeded(&session->shared->throttle, session->participants,
								session->max_window);
}

void
pca_exchange_note_throttling(PcaExchangeSession *session, const PcaExchange *exchange)
{
	pca_send_slot_refuse(&session->send_slot, exchange->sent_at,
						 pca_retry_parse_after(pca_transfer_header(exchange->transfer, "Retry-After")),
						 session->server->max_retry_wait_ms);
}

void
pca_exchange_throttle(PcaExchangeSession *session, const PcaExchange *exchange)
{
	pca_throttle_reduce(&session->shared->throttle, session->participants,
						exchange->not_before, exchange->wait_reason);
}

/* ---- credentials ---- */

void
pca_exchange_check_server(PcaExchangeSession *session)
{
	uint64		changes;
	MemoryContext context;
	MemoryContext caller;

	/* a FETCH from a cursor does not process invalidations otherwise */
	AcceptInvalidationMessages();
	changes = pca_option_changes();
	if (session->trusted_changes == changes)
		return;
	context = AllocSetContextCreate(CurrentMemoryContext, "pc_analytics_fdw server",
									ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	if (!pca_option_same_trust(session->server, pca_option_server(session->server->serverid)))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("server \"%s\" was changed meanwhile", session->server->name),
				 errdetail("The current credentials must not be sent to the server as it was when the query began."),
				 errhint("Run the query again.")));
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	session->trusted_changes = changes;
}

/* Check that all requests are of one tenant, as far as tenants are known. */
static void
check_tenant_unchanged(PcaExchangeSession *session)
{
	uint64		tenant = pca_token_cache_tenant(session->auth);
	bool		differs;

	pca_participants_lock(session->participants);
	if (session->shared->tenant == 0)
		session->shared->tenant = tenant;
	differs = tenant != 0 && tenant != session->shared->tenant;
	pca_participants_unlock(session->participants);
	if (differs)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the user mapping for server \"%s\" was changed to another tenant meanwhile",
						session->server->name),
				 errdetail("The rows of one tenant must not be mixed with those of another."),
				 errhint("Run the query again.")));
}

/* Note if these are other credentials than the last ones. */
static void
note_identity(PcaExchangeSession *session)
{
	PcaFingerprint fingerprint;

	if (pca_token_cache_fingerprint(session->auth, &fingerprint) &&
		memcmp(&fingerprint, &session->fingerprint, sizeof(PcaFingerprint)) == 0)
		return;
	session->fingerprint = fingerprint;
	session->identity++;
}

PcaTokenCache *
pca_exchange_open_credentials(PcaExchangeSession *session)
{
	pca_exchange_check_server(session);
	session->auth = pca_token_cache_open(session->server, session->userid);
	check_tenant_unchanged(session);
	note_identity(session);
	return session->auth;
}

uint64
pca_exchange_identity(const PcaExchangeSession *session)
{
	return session->identity;
}

PcaTokenCache *
pca_exchange_credentials(const PcaExchangeSession *session)
{
	return session->auth;
}

/* ---- attempts ---- */

/* Fill in the options that apply to every request to the server. */
static void
set_server_options(const PcaExchangeSession *session, PcaTokenCache *auth, PcaHttpRequest *request)
{
	const PcaServer *server = session->server;

	request->connect_timeout_ms = server->connect_timeout_ms;
	request->idle_timeout_ms = server->request_timeout_ms;
	request->compression = server->compression;
	request->allow_http = server->allow_insecure_http ||
		(server->owner_is_superuser && pca_url_is_loopback(request->url));
	request->public_only = !server->owner_is_superuser;
	request->proxy = server->proxy;
	request->ca_file = server->ca_file;
	if (request->proxy && auth && !request->proxy_user)
		pca_token_cache_add_proxy_credentials(auth, request);
}

PcaTransfer *
pca_exchange_connect_only(PcaExchangeSession *session, PcaTokenCache *auth, const char *url)
{
	PcaHttpRequest request = {.url = url,.connect_only = true};
	PcaTransfer *transfer;

	set_server_options(session, auth, &request);
	transfer = pca_http_start(pca_exchange_open_http(session), &request);
	pca_token_cache_wipe_request(&request);
	while (pca_transfer_state(transfer) == PCA_TRANSFER_RUNNING)
		pca_http_wait(session->http, -1);
	return transfer;
}

const char *
pca_exchange_request_id(PcaExchange *exchange)
{
	if (!exchange->keeps_id)
		pca_guid_generate(exchange->id);
	return exchange->id;
}

/* Returns true for a request to the API; those to the sign-in service have no IDs. */
static bool
has_request_ids(const PcaExchangeSession *session, const PcaExchange *exchange)
{
	return exchange != &session->token && !exchange->is_sign_in;
}

/* Add an attempt to the request log. */
static void
log_attempt(PcaExchangeSession *session, PcaExchange *exchange, PcaHttpRequest *request)
{
	bool		has_ids = has_request_ids(session, exchange);
	char	   *url = pstrdup(request->url);
	PcaRequestLogEntry entry = {
		.userid = session->userid,.url = url,.attempt = exchange->failures + 1,
		.rows = has_ids ? 0 : -1
	};
	ListCell   *cell;

	foreach(cell, request->secrets)
		pca_redact_secret(url, strlen(url), lfirst(cell));
	if (has_ids)
	{
		strlcpy(entry.request_id, exchange->id, sizeof(entry.request_id));
		strlcpy(entry.correlation_id, session->correlation_id, sizeof(entry.correlation_id));
	}
	if (!exchange->is_sign_in || exchange->log_number == 0)
		exchange->log_number = pca_request_log_begin(&entry);
	request->log_number = exchange->log_number;
	pfree(url);
}

void
pca_exchange_start(PcaExchangeSession *session, PcaExchange *exchange, PcaHttpRequest *request)
{
	PG_TRY();
	{
		set_server_options(session, session->auth, request);
		log_attempt(session, exchange, request);
		exchange->transfer = pca_http_start(pca_exchange_open_http(session), request);
	}
	PG_CATCH();
	{
		pca_token_cache_wipe_request(request);
		PG_RE_THROW();
	}
	PG_END_TRY();
	pca_token_cache_wipe_request(request);
	exchange->not_before = 0;
	exchange->keeps_id = false;
	exchange->is_counted = false;
	session->has_unsent = true;
	session->stats.requests++;
	pca_request_counters_count(&session->counters, classify_exchange(session, exchange),
							   PCA_COUNTER_REQUESTS, 1);
}

PcaRequestIds
pca_exchange_request_ids(const PcaExchangeSession *session, const PcaExchange *exchange)
{
	PcaRequestIds ids = {"", ""};

	if (has_request_ids(session, exchange))
	{
		ids.request_id = exchange->id;
		ids.correlation_id = session->correlation_id;
	}
	return ids;
}

PcaTransferState
pca_exchange_send(PcaExchangeSession *session, PcaExchange *exchange, PcaHttpRequest *request)
{
	request->max_size = PCA_EXCHANGE_TOKEN_SIZE;
	pca_exchange_start(session, exchange, request);
	while (pca_transfer_state(exchange->transfer) == PCA_TRANSFER_RUNNING)
	{
		pca_exchange_reset_wakeup(session);
		pca_exchange_wait(session);
	}
	return pca_transfer_state(exchange->transfer);
}

char *
pca_exchange_response_detail(const PcaExchangeSession *session, const PcaExchange *exchange)
{
	return pca_http_error_response_detail(exchange->transfer,
										  pca_exchange_request_ids(session, exchange));
}

void
pca_exchange_finish(PcaExchangeSession *session, PcaExchange *exchange)
{
	if (exchange == &session->token)
		pca_exchange_unlist_token_request(session);
	pca_exchange_count_attempt(session, exchange);
	session->stats.bytes += pca_transfer_received(exchange->transfer);
	pca_http_end(session->http, exchange->transfer);
	exchange->transfer = NULL;
}

void
pca_exchange_consume(PcaExchangeSession *session, PcaExchange *exchange, size_t length)
{
	pca_transfer_consume(exchange->transfer, length);
	session->has_consumed |= length > 0;
}

/* ---- retries ---- */

bool
pca_exchange_schedule_retry(PcaExchangeSession *session, PcaExchange *exchange, int64 retry_after_ms)
{
	const PcaServer *server = session->server;
	int64		wait_s = (retry_after_ms + 999) / 1000;

	exchange->failures++;
	if (exchange->failures > server->max_retries)
		return false;
	if (retry_after_ms > server->max_retry_wait_ms)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 classify_peer(session, exchange) == PCA_HTTP_PEER_API ?
				 errmsg("the API asks to wait " INT64_FORMAT " s", wait_s) :
				 errmsg("the sign-in service asks to wait " INT64_FORMAT " s", wait_s),
				 errdetail("Option \"max_retry_wait\" allows %d s. %s",
						   server->max_retry_wait_ms / 1000,
						   pca_exchange_response_detail(session, exchange)),
				 errhint("Try again later, or raise the server's option \"max_retry_wait\".")));
	exchange->not_before = pca_pollset_now() +
		pca_retry_wait_ms(exchange->failures, retry_after_ms, server->max_retry_wait_ms);
	exchange->wait_reason = retry_after_ms >= 0 ? PCA_WAIT_RETRY_AFTER : PCA_WAIT_RETRY;
	session->stats.retries++;
	pca_request_counters_count(&session->counters, classify_exchange(session, exchange),
							   PCA_COUNTER_RETRIES, 1);
	return true;
}

bool
pca_exchange_retry_after_header(PcaExchangeSession *session, PcaExchange *exchange)
{
	const char *header = pca_transfer_header(exchange->transfer, "Retry-After");

	return pca_exchange_schedule_retry(session, exchange, pca_retry_parse_after(header));
}

bool
pca_exchange_retry_transfer(PcaExchangeSession *session, PcaExchange *exchange)
{
	const char *detail;
	PcaFailure	failure = pca_transfer_failure(exchange->transfer, &detail);

	pca_request_log_error(exchange->log_number,
						  pca_http_error_quote(exchange->transfer, detail, strlen(detail),
											   PCA_HTTP_ERROR_TEXT_MAX));
	if (!pca_retry_is_retryable_failure(failure) ||
		!pca_exchange_schedule_retry(session, exchange, -1))
		return false;

	/* a body that cannot be decompressed is a response, too */
	exchange->keeps_id = failure != PCA_FAILURE_ENCODING && failure != PCA_FAILURE_UNREQUESTED;
	pca_exchange_finish(session, exchange);
	return true;
}

void
pca_exchange_raise_transfer_error(PcaExchangeSession *session, PcaExchange *exchange)
{
	pca_exchange_count_attempt(session, exchange);
	pca_http_error_raise_transfer(classify_peer(session, exchange), exchange->transfer,
								  pca_exchange_response_detail(session, exchange),
								  Max(exchange->failures, 1));
}

/* ---- waiting ---- */

void
pca_exchange_reset_wakeup(PcaExchangeSession *session)
{
	session->wakeup_at = 0;
	session->wakeup_reason = PCA_WAIT_NONE;
}

int64
pca_exchange_wakeup_ms(const PcaExchangeSession *session)
{
	/* 0 would mean that there is no time to wait for */
	return session->wakeup_at > 0 ? Max(session->wakeup_at - pca_pollset_now(), 1) : 0;
}

PcaWaitReason
pca_exchange_wakeup_reason(const PcaExchangeSession *session)
{
	return session->wakeup_reason;
}

void
pca_exchange_set_alarm(PcaExchangeSession *session, int64 timeout_ms)
{
	pca_http_alarm(pca_exchange_open_http(session), timeout_ms);
}

void
pca_exchange_wake_in(PcaExchangeSession *session, int64 wait_ms, PcaWaitReason reason)
{
	(void) pca_exchange_note_wakeup(session, pca_pollset_now() + Max(wait_ms, 1), reason);
}

bool
pca_exchange_send_started(PcaExchangeSession *session)
{
	if (!session->has_unsent)
		return false;
	pca_http_pump(session->http);
	session->has_unsent = false;
	return true;
}

void
pca_exchange_wait_for_event(PcaExchangeSession *session, long timeout_ms)
{
	wait_and_count(session, timeout_ms);
	session->has_consumed = false;
}

bool
pca_exchange_pump(PcaExchangeSession *session, bool force)
{
	PcaHttp    *http = pca_exchange_open_http(session);

	if (!force && !session->has_consumed && !pca_http_resume(http))
		return false;
	pca_http_pump(http);
	session->has_consumed = false;
	return true;
}

void
pca_exchange_wait(PcaExchangeSession *session)
{
	pca_exchange_set_alarm(session, pca_exchange_wakeup_ms(session));
	if (!pca_exchange_send_started(session))
		wait_and_count(session, -1);
}

void
pca_exchange_wait_until(PcaExchangeSession *session, int64 until)
{
	for (int64 now = pca_pollset_now(); now < until; now = pca_pollset_now())
		pca_exchange_wait_for_event(session, (long) (until - now));
}
