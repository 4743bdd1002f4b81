/*
 * pca_unit_shared.c
 *		The files of the shared memory that need no other process, as SQL functions.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "access/htup_details.h"
#include "common/pg_prng.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "auth/fingerprint.h"
#include "shared/lease.h"
#include "shared/rate_limit.h"
#include "shared/shared_layout.h"
#include "shared/shared_memory.h"

PG_FUNCTION_INFO_V1(pca_unit_layout);
PG_FUNCTION_INFO_V1(pca_unit_lease);
PG_FUNCTION_INFO_V1(pca_unit_rate_limit);
PG_FUNCTION_INFO_V1(pca_unit_late);
PG_FUNCTION_INFO_V1(pca_unit_arrivals);
PG_FUNCTION_INFO_V1(pca_unit_throttled);
PG_FUNCTION_INFO_V1(pca_unit_rate);
PG_FUNCTION_INFO_V1(pca_unit_fingerprint);

/* A minute, in ms. */
#define MINUTE	60000

/* By how many ms some sessions come too late for their time. */
#define LATE_MS	1500

/* A struct, or a member of it. */
typedef struct Part
{
	const char *name;
	size_t		begin;
	size_t		size;
} Part;

#define STRUCT(type_) {#type_, 0, sizeof(type_)}
#define MEMBER(type_, member_) \
	{"  " #member_, offsetof(type_, member_), sizeof(((type_ *) 0)->member_)}

#define END_OF(type_, member_) {"  " #member_, offsetof(type_, member_), 0}

static const Part parts[] = {
	STRUCT(PcaSharedAnchor),
	MEMBER(PcaSharedAnchor, magic),
	MEMBER(PcaSharedAnchor, tranche_id),
	MEMBER(PcaSharedAnchor, root_handle),
	MEMBER(PcaSharedAnchor, tokens_handle),
	MEMBER(PcaSharedAnchor, responses_handle),
	MEMBER(PcaSharedAnchor, lock),
	MEMBER(PcaSharedAnchor, key),
	STRUCT(PcaLease),
	MEMBER(PcaLease, serial),
	MEMBER(PcaLease, beat_ms),
	MEMBER(PcaLease, proc_number),
	MEMBER(PcaLease, pid),
	STRUCT(PcaStatisticsRow),
	MEMBER(PcaStatisticsRow, state),
	MEMBER(PcaStatisticsRow, databaseid),
	MEMBER(PcaStatisticsRow, userid),
	MEMBER(PcaStatisticsRow, server),
	MEMBER(PcaStatisticsRow, resource),
	MEMBER(PcaStatisticsRow, since),
	MEMBER(PcaStatisticsRow, counts),
	STRUCT(PcaStatisticsTable),
	STRUCT(PcaRateLimitSecond),
	STRUCT(PcaRateLimitEntry),
	MEMBER(PcaRateLimitEntry, hash),
	MEMBER(PcaRateLimitEntry, tenant),
	MEMBER(PcaRateLimitEntry, used_at),
	MEMBER(PcaRateLimitEntry, last_second),
	MEMBER(PcaRateLimitEntry, last_ms),
	MEMBER(PcaRateLimitEntry, paused_until),
	MEMBER(PcaRateLimitEntry, retry_at),
	MEMBER(PcaRateLimitEntry, throttled_at),
	MEMBER(PcaRateLimitEntry, changed_at),
	MEMBER(PcaRateLimitEntry, window_ms),
	MEMBER(PcaRateLimitEntry, declared_limit),
	MEMBER(PcaRateLimitEntry, rate),
	MEMBER(PcaRateLimitEntry, growth),
	MEMBER(PcaRateLimitEntry, origin),
	MEMBER(PcaRateLimitEntry, scope),
	MEMBER(PcaRateLimitEntry, seconds),
	STRUCT(PcaRateLimitTable),
	STRUCT(PcaTokenError),
	MEMBER(PcaTokenError, sqlstate),
	MEMBER(PcaTokenError, message),
	MEMBER(PcaTokenError, detail),
	MEMBER(PcaTokenError, hint),
	STRUCT(PcaTokenSlot),
	MEMBER(PcaTokenSlot, fingerprint),
	MEMBER(PcaTokenSlot, used_at),
	MEMBER(PcaTokenSlot, lease),
	MEMBER(PcaTokenSlot, serial),
	MEMBER(PcaTokenSlot, made_at),
	MEMBER(PcaTokenSlot, renew_at),
	MEMBER(PcaTokenSlot, ends_at),
	MEMBER(PcaTokenSlot, not_before),
	MEMBER(PcaTokenSlot, alone_until),
	MEMBER(PcaTokenSlot, failed_lease),
	MEMBER(PcaTokenSlot, token_size),
	MEMBER(PcaTokenSlot, refresh_token_size),
	MEMBER(PcaTokenSlot, proved),
	MEMBER(PcaTokenSlot, error),
	STRUCT(PcaTokenTable),
	STRUCT(PcaTokenTexts),
	MEMBER(PcaTokenTexts, token),
	MEMBER(PcaTokenTexts, refresh_token),
	STRUCT(PcaSharedTokens),
	STRUCT(PcaResponseKey),
	STRUCT(PcaResponseEntry),
	MEMBER(PcaResponseEntry, key),
	MEMBER(PcaResponseEntry, serial),
	MEMBER(PcaResponseEntry, begun_at),
	MEMBER(PcaResponseEntry, cost_ms),
	MEMBER(PcaResponseEntry, requests),
	MEMBER(PcaResponseEntry, rows),
	MEMBER(PcaResponseEntry, pages),
	MEMBER(PcaResponseEntry, base_url),
	MEMBER(PcaResponseEntry, hits),
	MEMBER(PcaResponseEntry, size),
	MEMBER(PcaResponseEntry, text_size),
	MEMBER(PcaResponseEntry, first_block),
	MEMBER(PcaResponseEntry, last_block),
	MEMBER(PcaResponseEntry, nblocks),
	MEMBER(PcaResponseEntry, next),
	MEMBER(PcaResponseEntry, state),
	MEMBER(PcaResponseEntry, userid),
	STRUCT(PcaFlightSlot),
	MEMBER(PcaFlightSlot, key),
	MEMBER(PcaFlightSlot, lease),
	MEMBER(PcaFlightSlot, first_page_at),
	MEMBER(PcaFlightSlot, marked_until),
	MEMBER(PcaFlightSlot, kept),
	MEMBER(PcaFlightSlot, nfollowers),
	MEMBER(PcaFlightSlot, followers),
	STRUCT(PcaResponseDirectory),
	MEMBER(PcaResponseDirectory, generation),
	MEMBER(PcaResponseDirectory, inflation),
	MEMBER(PcaResponseDirectory, full_until),
	MEMBER(PcaResponseDirectory, segments),
	MEMBER(PcaResponseDirectory, nsegments),
	MEMBER(PcaResponseDirectory, segment_blocks),
	MEMBER(PcaResponseDirectory, free_blocks),
	MEMBER(PcaResponseDirectory, used_blocks),
	MEMBER(PcaResponseDirectory, written_blocks),
	MEMBER(PcaResponseDirectory, first_free_block),
	MEMBER(PcaResponseDirectory, first_free_entry),
	MEMBER(PcaResponseDirectory, nkept),
	MEMBER(PcaResponseDirectory, buckets),
	MEMBER(PcaResponseDirectory, values),
	MEMBER(PcaResponseDirectory, expires_at),
	MEMBER(PcaResponseDirectory, entries),
	MEMBER(PcaResponseDirectory, flights),
	END_OF(PcaResponseDirectory, next_block),
	STRUCT(PcaSharedRoot),
	MEMBER(PcaSharedRoot, locks),
	MEMBER(PcaSharedRoot, statistics),
	MEMBER(PcaSharedRoot, rate_limits),
	MEMBER(PcaSharedRoot, tokens),
};

Datum
pca_unit_layout(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < (int) lengthof(parts); i++)
	{
		Datum		values[3];
		bool		nulls[3] = {false, false, false};

		values[0] = CStringGetTextDatum(parts[i].name);
		values[1] = Int32GetDatum((int32) parts[i].begin);
		values[2] = Int32GetDatum((int32) parts[i].size);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* What a step does with a lease, as a text; *now and *serial may change. */
static const char *
do_lease_step(PcaLease *lease, const char *step, int64 *now, uint64 *serial)
{
	if (strcmp(step, "take") == 0)
		return psprintf("serial " UINT64_FORMAT, *serial = pca_lease_take(lease, *now));
	if (strcmp(step, "beat") == 0)
		return pca_lease_beat(lease, *serial, *now) ? "held" : "lost";
	if (strcmp(step, "end") == 0)
	{
		pca_lease_end(lease, *serial);
		return "ended";
	}
	if (strcmp(step, "other takes") == 0)
	{
		/* the same process, but with another number */
		(void) pca_lease_take(lease, *now);
		return "taken";
	}
	if (strcmp(step, "other process") == 0)
	{
		lease->pid = -lease->pid;
		return "gone";
	}
	*now += atoi(step);
	return psprintf(INT64_FORMAT " ms", *now);
}

Datum
pca_unit_lease(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *steps = text_to_cstring(PG_GETARG_TEXT_PP(0));
	PcaLease	lease = {0};
	int64		now = 1;
	uint64		serial = 0;

	InitMaterializedSRF(fcinfo, 0);
	for (char *step = strtok(steps, ","); step; step = strtok(NULL, ","))
	{
		Datum		values[3];
		bool		nulls[3] = {false, false, false};

		values[0] = CStringGetTextDatum(step);
		values[1] = CStringGetTextDatum(do_lease_step(&lease, step, &now, &serial));
		values[2] = BoolGetDatum(pca_lease_is_live(&lease, now));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* ---- the limit of requests ---- */

/* A key that no other call has used, of the session's own table. */
static PcaRateLimitKey
make_key(int per_minute)
{
	static int	calls = 0;
	PcaRateLimitKey key = {
		.origin = "https://unit",.resource = psprintf("resource %d", ++calls),
		.scope = psprintf("scope %d", calls),.per_minute = per_minute
	};

	pca_shared_memory_enabled = false;
	return key;
}

/* How many of these times, which ascend, any span of that many ms has at most. */
static int
most_in_span(const int64 *times, int number, int64 span)
{
	int			most = 0;

	for (int first = 0, last = 0; last < number; last++)
	{
		while (times[last] - times[first] >= span)
			first++;
		most = Max(most, last - first + 1);
	}
	return most;
}

/* The result of a function with several columns. */
static Datum
make_row(FunctionCallInfo fcinfo, Datum *values)
{
	TupleDesc	desc;
	bool		nulls[4] = {false, false, false, false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "no row");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

Datum
pca_unit_rate_limit(PG_FUNCTION_ARGS)
{
	PcaRateLimitKey key = make_key(PG_GETARG_INT32(0));
	PcaRateLimitSlot slot = {0};
	int			number = PG_GETARG_INT32(1);
	int64	   *times = palloc(sizeof(int64) * Max(number, 1));
	int64		began = 10 * MINUTE;
	int64		now = began;
	Datum		values[2];

	for (int i = 0; i < number; i++)
	{
		PcaRateLimitWait wait;

		while ((wait = pca_rate_limit_reserve(&key, &slot, now)).until != 0)
			now = wait.until;
		times[i] = now;
		pca_rate_limit_sent(&key, &slot, now);
		now += PG_GETARG_INT32(2);
	}
	values[0] = Int32GetDatum(most_in_span(times, number, MINUTE));
	values[1] = Int64GetDatum(times[number - 1] - began);
	PG_RETURN_DATUM(make_row(fcinfo, values));
}

Datum
pca_unit_late(PG_FUNCTION_ARGS)
{
	PcaRateLimitKey key = make_key(1);
	PcaRateLimitSlot slot = {0};
	int64		now = 10 * MINUTE;
	PcaRateLimitWait wait;

	(void) pca_rate_limit_reserve(&key, &slot, now);
	now += PG_GETARG_INT32(0);
	wait = pca_rate_limit_reserve(&key, &slot, now);
	PG_RETURN_INT64(wait.until == 0 ? 0 : wait.until - now);
}

/* What happens at a time. */
typedef struct Event
{
	int64		at;
	int			number;			/* of events with the same time, the order */
	int			who;
} Event;

/* A heap of events, the first on top. */
typedef struct Events
{
	Event	   *heap;
	int			size;
	int			numbers;		/* given out */
} Events;

static bool
is_before(const Event *a, const Event *b)
{
	return a->at < b->at || (a->at == b->at && a->number < b->number);
}

static void
push_event(Events *events, int64 at, int who)
{
	Event		event = {.at = at,.number = events->numbers++,.who = who};
	int			i = events->size++;

	for (; i > 0 && is_before(&event, &events->heap[(i - 1) / 2]); i = (i - 1) / 2)
		events->heap[i] = events->heap[(i - 1) / 2];
	events->heap[i] = event;
}

static Event
pop_event(Events *events)
{
	Event		top = events->heap[0];
	Event		last = events->heap[--events->size];
	int			i = 0;

	for (int child = 1; child < events->size; child = 2 * i + 1)
	{
		if (child + 1 < events->size && is_before(&events->heap[child + 1], &events->heap[child]))
			child++;
		if (!is_before(&events->heap[child], &last))
			break;
		events->heap[i] = events->heap[child];
		i = child;
	}
	events->heap[i] = last;
	return top;
}

static Events
make_events(int size)
{
	Events		events = {0};

	events.heap = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Event) * size);
	return events;
}

Datum
pca_unit_arrivals(PG_FUNCTION_ARGS)
{
	PcaRateLimitKey key = make_key(PG_GETARG_INT32(0));
	int			number = PG_GETARG_INT32(1);
	double		gap_ms = 2.0 * MINUTE / (key.per_minute * PG_GETARG_FLOAT8(2));
	PcaRateLimitSlot *slots = palloc0(sizeof(PcaRateLimitSlot) * number);
	int64	   *times = palloc(sizeof(int64) * number);
	Events		events = make_events(number + 1);
	pg_prng_state random;
	double		arrival = 10 * MINUTE;
	int64		given = 0;
	int			sent = 0;
	bool		in_order = true;
	Datum		values[4];

	pg_prng_seed(&random, 1);
	for (int i = 0; i < number; i++)
	{
		/* some come together, and others much later */
		arrival += pg_prng_double(&random) < 0.3 ? 0 : gap_ms / 0.7 * pg_prng_double(&random);
		push_event(&events, (int64) arrival, i);
	}
	while (events.size > 0)
	{
		Event		event = pop_event(&events);
		PcaRateLimitSlot *slot = &slots[event.who];
		bool		had_time = slot->limit_at != 0;
		PcaRateLimitWait wait = pca_rate_limit_reserve(&key, slot, event.at);

		if (!had_time && slot->limit_at != 0)
		{
			in_order &= slot->limit_at / 1000 >= given / 1000;
			given = slot->limit_at;
		}
		if (wait.until == 0)
		{
			times[sent++] = event.at;
			pca_rate_limit_sent(&key, slot, event.at);
		}
		else if (pg_prng_double(&random) >= 0.1)
			push_event(&events, wait.until + (pg_prng_double(&random) < 0.1 ? LATE_MS : 0), event.who);
	}
	values[0] = Int32GetDatum(sent);
	values[1] = Int32GetDatum(most_in_span(times, sent, MINUTE));
	for (int i = 0; i < sent; i++)
		times[i] = times[i] / 1000 * 1000;
	values[2] = Int32GetDatum(most_in_span(times, sent, 61 * 1000));
	values[3] = BoolGetDatum(in_order);
	PG_RETURN_DATUM(make_row(fcinfo, values));
}

/* A server that allows a number of requests a minute. */
typedef struct Server
{
	int64	   *accepted;		/* times, as many as are allowed */
	int			allowed;
	int			next;			/* the oldest of them */
} Server;

/* Returns 0 if the server accepts a request, or the ms that it asks to wait. */
static int64
serve_request(Server *server, int64 now)
{
	int64		wait_ms = server->accepted[server->next] + MINUTE - now;

	if (wait_ms > 0)
		return (wait_ms + 999) / 1000 * 1000;
	server->accepted[server->next] = now;
	server->next = (server->next + 1) % server->allowed;
	return 0;
}

/* What the sessions send, and what becomes of it. */
typedef struct Load
{
	PcaRateLimitKey key;
	PcaRateLimitSlot *slots;	/* of sessions */
	int64	   *sent_at;		/* of requests; 0: it is not in flight */
	int		   *refusals;		/* of requests */
	Server		server;
	Events		events;
	int			nsessions;
	int			left;			/* requests that have not been answered */
	int			refused;
	int			refused_later;	/* than the first pause */
	int64		first_pause;
} Load;

/* Requests of a session that are in flight at once, and the time that one takes, in ms. */
#define LOAD_WINDOW		4
#define LOAD_LATENCY	100

/* A response arrives. */
static void
receive_response(Load *load, Event event)
{
	int64		sent_at = load->sent_at[event.who];
	int64		retry_ms = serve_request(&load->server, sent_at + LOAD_LATENCY / 2);

	load->sent_at[event.who] = 0;
	if (retry_ms == 0)
	{
		load->left--;
		return;
	}
	load->refused++;
	load->refusals[event.who]++;
	if (load->first_pause == 0)
		load->first_pause = event.at + retry_ms;
	load->refused_later += sent_at >= load->first_pause;
	pca_rate_limit_refused(&load->key, sent_at, retry_ms, true, event.at);
	push_event(&load->events, event.at + retry_ms, event.who);
}

/* A request is to be sent, or its response arrives. */
static void
handle_event(Load *load, Event event)
{
	PcaRateLimitSlot *slot = &load->slots[event.who % load->nsessions];
	PcaRateLimitWait wait;

	if (load->sent_at[event.who] != 0)
	{
		receive_response(load, event);
		return;
	}
	wait = pca_rate_limit_reserve(&load->key, slot, event.at);
	if (wait.until != 0)
	{
		push_event(&load->events, wait.until, event.who);
		return;
	}
	pca_rate_limit_sent(&load->key, slot, event.at);
	load->sent_at[event.who] = event.at;
	push_event(&load->events, event.at + LOAD_LATENCY, event.who);
}

Datum
pca_unit_throttled(PG_FUNCTION_ARGS)
{
	int			requests = PG_GETARG_INT32(1);
	Load		load = {.nsessions = PG_GETARG_INT32(0),.left = requests};
	int64		began = 10 * MINUTE;
	int64		ended = began;
	int64		shortest;
	int			most_often = 0;
	Datum		values[4];

	load.key = make_key(PG_GETARG_INT32(3));
	load.slots = palloc0(sizeof(PcaRateLimitSlot) * load.nsessions);
	load.sent_at = palloc0(sizeof(int64) * requests);
	load.refusals = palloc0(sizeof(int) * requests);
	load.server.allowed = PG_GETARG_INT32(2);
	load.server.accepted = palloc0(sizeof(int64) * load.server.allowed);
	load.events = make_events(requests + 1);
	for (int i = 0; i < requests; i++)
		push_event(&load.events, began + i / (load.nsessions * LOAD_WINDOW) * LOAD_LATENCY, i);
	while (load.left > 0)
	{
		Event		event = pop_event(&load.events);

		ended = event.at;
		handle_event(&load, event);
	}
	for (int i = 0; i < requests; i++)
		most_often = Max(most_often, load.refusals[i]);
	shortest = (int64) ((requests - 1) / load.server.allowed) * MINUTE + LOAD_LATENCY;
	values[0] = Int32GetDatum(load.refused);
	values[1] = Int32GetDatum(most_often);
	values[2] = Int32GetDatum(load.refused_later);
	values[3] = Float8GetDatum((double) (ended - began) / shortest);
	PG_RETURN_DATUM(make_row(fcinfo, values));
}

/* Do a step with a resource; *now may change. */
static void
do_rate_step(const PcaRateLimitKey *key, const char *step, int64 began, int64 *now)
{
	PcaRateLimitSlot slot = {0};

	if (strncmp(step, "send ", 5) == 0)
	{
		for (int i = 0; i < atoi(step + 5); i++)
			pca_rate_limit_sent(key, &slot, *now);
	}
	else if (strncmp(step, "429 ", 4) == 0)
		pca_rate_limit_refused(key, *now, atoi(step + 4) * 1000, true, *now);
	else if (strncmp(step, "old 429 ", 8) == 0)
		pca_rate_limit_refused(key, began, atoi(step + 8) * 1000, true, *now);
	else
		*now += atoi(step);
}

Datum
pca_unit_rate(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *steps = text_to_cstring(PG_GETARG_TEXT_PP(0));
	PcaRateLimitKey key = make_key(0);
	int64		began = 10 * MINUTE;
	int64		now = began;

	InitMaterializedSRF(fcinfo, 0);
	for (char *step = strtok(steps, ","); step; step = strtok(NULL, ","))
	{
		PcaRateLimitSlot slot = {0};
		PcaRateLimitShown shown = {0};
		PcaRateLimitWait wait;
		int			position = 0;
		Datum		values[4];
		bool		nulls[4] = {false, false, false, false};

		do_rate_step(&key, step, began, &now);
		wait = pca_rate_limit_reserve(&key, &slot, now);
		while (pca_rate_limit_read(&position, now, &shown) && strcmp(shown.scope, key.resource) != 0)
			;
		values[0] = CStringGetTextDatum(step);
		values[1] = DirectFunctionCall1(float8_numeric, Float8GetDatum(shown.rate));
		values[2] = Int64GetDatum(shown.pause_ms);
		values[3] = Int64GetDatum(wait.until ? wait.until - now : 0);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* ---- fingerprints ---- */

/* Set the part of credentials or their server that has that name. */
static void
set_part(const char *part, char *value, PcaServer *server, PcaCredentials *credentials)
{
	const struct
	{
		const char *name;
		char	  **place;
	}			texts[] =

	{
		{"base_url", &server->base_url}, {"login_url", &server->login_url},
		{"token_resource", &server->token_resource}, {"proxy", &server->proxy},
		{"ca_file", &server->ca_file}, {"allowed_hosts", &server->allowed_hosts}
	};

	for (int i = 0; i < PCA_NCREDENTIAL_OPTIONS; i++)
	{
		if (strcmp(pca_option_defs_credential_name(i), part) == 0)
			credentials->values[i] = value;
	}
	if (strcmp(part, "client_certificate") == 0)
		credentials->values[PCA_CRED_CLIENT_CERTIFICATE] = value;
	if (strcmp(part, "client_assertion") == 0)
		credentials->values[PCA_CRED_CLIENT_ASSERTION] = value;
	for (int i = 0; i < (int) lengthof(texts); i++)
	{
		if (strcmp(texts[i].name, part) == 0)
			*texts[i].place = value;
	}
	if (strcmp(part, "token_endpoint") == 0)
		server->token_endpoint = PCA_TOKEN_ENDPOINT_V2;
	if (strcmp(part, "allow_insecure_http") == 0)
		server->allow_insecure_http = true;
	if (strcmp(part, "owner") == 0)
		server->owner_is_superuser = true;
}

Datum
pca_unit_fingerprint(PG_FUNCTION_ARGS)
{
	uint8		key[PCA_SHARED_KEY_SIZE] = {0};
	PcaServer	server = {.base_url = "b",.login_url = "l",.token_resource = "t"};
	PcaCredentials credentials = {{"tenant", "client", "secret"}};
	PcaFingerprint fingerprint;
	char	   *part = text_to_cstring(PG_GETARG_TEXT_PP(0));
	bytea	   *result = palloc(VARHDRSZ + sizeof(PcaFingerprint));

	if (strcmp(part, "key") == 0)
		key[PCA_SHARED_KEY_SIZE - 1] = 1;
	else
		set_part(part, text_to_cstring(PG_GETARG_TEXT_PP(1)), &server, &credentials);
	if (!pca_fingerprint_make(key, &server, &credentials, &fingerprint))
		elog(ERROR, "no fingerprint");
	SET_VARSIZE(result, VARHDRSZ + sizeof(PcaFingerprint));
	memcpy(VARDATA(result), &fingerprint, sizeof(PcaFingerprint));
	PG_RETURN_BYTEA_P(result);
}
