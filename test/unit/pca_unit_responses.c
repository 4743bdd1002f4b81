/*
 * pca_unit_responses.c
 *		Records of responses, the cache of responses and flights, as SQL functions.
 *
 * The cache is that of the server, with its other sessions; keys are texts.  The bytes of a
 * response are made from its key and size, so that each copy can be checked.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "access/htup_details.h"
#include "common/hashfn.h"
#include "common/pg_prng.h"
#include "storage/latch.h"
#include "utils/array.h"
#include "utils/wait_event.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "shared/flight.h"
#include "shared/response_cache.h"
#include "shared/response_record.h"
#include "shared/shared_memory.h"

PG_FUNCTION_INFO_V1(pca_unit_record);
PG_FUNCTION_INFO_V1(pca_unit_compresses);
PG_FUNCTION_INFO_V1(pca_unit_damage);
PG_FUNCTION_INFO_V1(pca_unit_key);
PG_FUNCTION_INFO_V1(pca_unit_cache_size);
PG_FUNCTION_INFO_V1(pca_unit_shared_state);
PG_FUNCTION_INFO_V1(pca_unit_publish);
PG_FUNCTION_INFO_V1(pca_unit_find);
PG_FUNCTION_INFO_V1(pca_unit_drop);
PG_FUNCTION_INFO_V1(pca_unit_clear);
PG_FUNCTION_INFO_V1(pca_unit_shown);
PG_FUNCTION_INFO_V1(pca_unit_usage);
PG_FUNCTION_INFO_V1(pca_unit_churn);
PG_FUNCTION_INFO_V1(pca_unit_now);
PG_FUNCTION_INFO_V1(pca_unit_flight);

/* ---- records ---- */

/* The bodies of an array of bytea. */
static Datum *
read_bodies(ArrayType *array, int *number)
{
	Datum	   *bodies;
	bool	   *nulls;

	deconstruct_array(array, BYTEAOID, -1, false, TYPALIGN_INT, &bodies, &nulls, number);
	return bodies;
}

/* What is recorded of the page of that number, beside its body. */
static PcaRecordedPage
make_page(int number)
{
	PcaRecordedPage page = {
		.top = 10000,.skip = number * INT64CONST(10000),.status = number % 2 == 0 ? 200 : 204,
		.url = psprintf("https://api/page?skip=%d", number),
		.response_detail = number == 1 ? "" : psprintf("MS-RequestId %d.", number)
	};

	return page;
}

/* Append the next piece of a body; returns false if there is none. */
static bool
append_piece(PcaPageWriter *page, Datum body, int piece, int chunk)
{
	bytea	   *bytes = DatumGetByteaPP(body);
	int			length = VARSIZE_ANY_EXHDR(bytes);
	int			begin = piece * chunk;

	if (begin >= length)
		return false;
	pca_response_record_append(page, VARDATA_ANY(bytes) + begin, Min(chunk, length - begin));
	return true;
}

/*
 * Write pages, which arrive at the same time, in pieces.  Each is begun twice, and there is
 * one that is not a part of the response.
 */
static char *
write_pages(Datum *bodies, int number, int chunk, size_t max_size, size_t *size)
{
	PcaResponseWriter *writer = pca_response_record_begin(CurrentMemoryContext, max_size);
	PcaPageWriter **pages = palloc(sizeof(PcaPageWriter *) * number);
	PcaRecordedPage other = make_page(number);
	PcaPageWriter *dropped = pca_response_record_begin_page(writer, &other);
	bool		more = true;

	for (int i = 0; i < number; i++)
	{
		PcaRecordedPage page = make_page(i);

		pages[i] = pca_response_record_begin_page(writer, &other);
		(void) append_piece(pages[i], bodies[0], 0, chunk);
		(void) append_piece(dropped, bodies[i], 0, chunk);
		pca_response_record_restart_page(pages[i], &page);
	}
	for (int piece = 0; more; piece++)
	{
		more = false;
		for (int i = 0; i < number; i++)
			more |= append_piece(pages[i], bodies[i], piece, chunk);
	}
	for (int i = number - 1; i >= 0; i--)
		pca_response_record_end_page(pages[i], i + 1, UINT64CONST(0x8000000000000000) + i);
	pca_response_record_drop_page(dropped);
	if (pca_response_record_is_kept(writer) && pca_response_record_size(writer) > max_size)
		elog(ERROR, "a record that is too large was not given up");
	for (int i = 0; i < number; i++)
		pca_response_record_accept_page(pages[i]);
	return pca_response_record_finish(writer, size);
}

/* Read a body again; NULL if it is damaged. */
static bytea *
read_body(const PcaResponseReader *reader, int number)
{
	PcaPageStream *stream = pca_response_record_open_page(reader, number, CurrentMemoryContext);
	StringInfoData body;
	const char *bytes;
	size_t		length;

	initStringInfo(&body);
	appendStringInfoSpaces(&body, VARHDRSZ);
	do
	{
		if (!pca_response_record_read(stream, &bytes, &length))
			return NULL;
		appendBinaryStringInfo(&body, bytes, (int) length);
	} while (length > 0);
	SET_VARSIZE(body.data, body.len);
	return (bytea *) body.data;
}

Datum
pca_unit_record(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int			number;
	Datum	   *bodies = read_bodies(PG_GETARG_ARRAYTYPE_P(0), &number);
	size_t		size;
	char	   *bytes = write_pages(bodies, number, PG_GETARG_INT32(1), PG_GETARG_INT32(2), &size);
	PcaResponseReader *reader = bytes ? pca_response_record_open(CurrentMemoryContext, bytes, size) : NULL;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; reader && i < pca_response_record_npages(reader); i++)
	{
		PcaRecordedPage page;
		bytea	   *body = read_body(reader, i);
		Datum		values[8] = {0};
		bool		nulls[8] = {0};

		pca_response_record_page(reader, i, &page);
		values[0] = Int64GetDatum(page.top);
		values[1] = Int64GetDatum(page.skip);
		values[2] = Int32GetDatum(page.status);
		values[3] = CStringGetTextDatum(page.url);
		values[4] = CStringGetTextDatum(page.response_detail);
		values[5] = BoolGetDatum(pca_response_record_is_intact(&page, i + 1, UINT64CONST(0x8000000000000000) + i) &&
								 !pca_response_record_is_intact(&page, i + 1, i) &&
								 !pca_response_record_is_intact(&page, i, page.digest));
		values[6] = PointerGetDatum(body);
		nulls[6] = body == NULL;
		values[7] = Int32GetDatum((int32) size);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

Datum
pca_unit_compresses(PG_FUNCTION_ARGS)
{
#ifdef PCA_HAVE_ZSTD
	PG_RETURN_BOOL(true);
#else
	PG_RETURN_BOOL(false);
#endif
}

/* Returns true if a record has that body as its only page, and no more. */
static bool
is_record_of(const char *bytes, size_t size, bytea *body)
{
	PcaResponseReader *reader = pca_response_record_open(CurrentMemoryContext, bytes, size);
	bytea	   *copy = reader ? read_body(reader, 0) : NULL;

	return copy && VARSIZE_ANY(copy) == VARSIZE_ANY(body) &&
		memcmp(VARDATA_ANY(copy), VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body)) == 0;
}

Datum
pca_unit_damage(PG_FUNCTION_ARGS)
{
	Datum		bodies[1] = {PointerGetDatum(PG_DETOAST_DATUM(PG_GETARG_DATUM(0)))};
	size_t		size;
	char	   *bytes = write_pages(bodies, 1, 1000, 1000000, &size);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "unit", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	int			unnoticed = 0;

	if (!is_record_of(bytes, size, DatumGetByteaPP(bodies[0])))
		elog(ERROR, "the record is not its body");
	for (size_t i = 0; i < size; i++)
	{
		for (int bit = 0; bit < 8; bit++)
		{
			PcaResponseReader *reader;

			bytes[i] ^= 1 << bit;
			reader = pca_response_record_open(context, bytes, size);
			unnoticed += reader && read_body(reader, 0) != NULL;
			bytes[i] ^= 1 << bit;
			MemoryContextReset(context);
		}
	}
	for (size_t length = 0; length < size; length++)
		unnoticed += pca_response_record_open(context, bytes, length) != NULL;
	MemoryContextSwitchTo(caller);
	PG_RETURN_INT32(unnoticed);
}

/* ---- the cache ---- */

/* The key of a text. */
static PcaResponseKey
make_response_key(const char *text)
{
	PcaFingerprint fingerprint = {{1}};
	PcaResponseKey key;

	if (!pca_response_cache_make_key(&fingerprint, "en-US", text, "", PCA_RESPONSE_ROWS, &key))
		elog(ERROR, "no key");
	return key;
}

Datum
pca_unit_key(PG_FUNCTION_ARGS)
{
	PcaFingerprint fingerprint = {{0}};
	PcaResponseKey key;
	bytea	   *result = palloc(VARHDRSZ + sizeof(PcaResponseKey));

	strlcpy((char *) fingerprint.bytes, text_to_cstring(PG_GETARG_TEXT_PP(0)), sizeof(fingerprint.bytes));
	if (!pca_response_cache_make_key(&fingerprint, text_to_cstring(PG_GETARG_TEXT_PP(1)),
									 text_to_cstring(PG_GETARG_TEXT_PP(2)),
									 text_to_cstring(PG_GETARG_TEXT_PP(3)),
									 PG_GETARG_BOOL(4) ? PCA_RESPONSE_COUNT : PCA_RESPONSE_ROWS, &key))
		elog(ERROR, "no key");
	SET_VARSIZE(result, VARHDRSZ + sizeof(PcaResponseKey));
	memcpy(VARDATA(result), &key, sizeof(PcaResponseKey));
	PG_RETURN_BYTEA_P(result);
}

Datum
pca_unit_cache_size(PG_FUNCTION_ARGS)
{
	pca_response_cache_size = PG_GETARG_INT32(0);
	PG_RETURN_INT64((int64) pca_response_cache_largest());
}

Datum
pca_unit_shared_state(PG_FUNCTION_ARGS)
{
	pca_shared_memory_enabled = PG_GETARG_BOOL(0);
	PG_RETURN_BOOL(pca_response_cache_is_enabled());
}

/* Fill the bytes of a response. */
static void
fill_bytes(const char *key, char *bytes, size_t size)
{
	uint32		seed = hash_bytes((const unsigned char *) key, (int) strlen(key)) + (uint32) size;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (char) (seed + i + i / 8192);
}

/* Publish a response of that size. */
static bool
publish_key(const char *key, size_t size, int64 begun_at, int64 ttl_ms, int64 wait_ms, uint64 generation)
{
	char	   *bytes = palloc(size);
	PcaResponseToKeep response = {
		.key = make_response_key(key),.bytes = bytes,.size = size,.begun_at = begun_at,
		.generation = generation,.ttl_ms = ttl_ms,.wait_ms = wait_ms,.requests = 1,.rows = 7,
		.pages = 2,.userid = GetUserId(),.server = "unit",
		.base_url = strchr(key, '|') ? pnstrdup(key, strchr(key, '|') - key) : "https://unit",
		.url = key
	};
	bool		is_kept;

	fill_bytes(key, bytes, size);
	is_kept = pca_response_cache_publish(&response, pca_response_cache_now());
	pfree(bytes);
	return is_kept;
}

Datum
pca_unit_publish(PG_FUNCTION_ARGS)
{
	int64		now = pca_response_cache_now();

	PG_RETURN_BOOL(publish_key(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_INT32(1),
							   now - PG_GETARG_INT64(2), PG_GETARG_INT64(3), PG_GETARG_INT64(4),
							   pca_response_cache_generation() - PG_GETARG_INT64(5)));
}

/*
 * Find a response, whose bytes are checked.  Returns its size; -1: there is none.  is_alone:
 * no other session uses the cache.
 */
static int64
find_key(const char *key, int64 max_age_ms, int64 seen_at, bool is_alone)
{
	PcaResponseKey response_key = make_response_key(key);
	PcaResponseCopy copy;
	char	   *expected;
	bool		is_equal;
	bool		was_there = pca_response_cache_has(&response_key, max_age_ms, seen_at);

	if (pca_response_cache_find(&response_key, max_age_ms, seen_at, CurrentMemoryContext, &copy) !=
		was_there && is_alone)
		elog(ERROR, "the response of \"%s\" is only there sometimes", key);
	if (!copy.bytes)
		return -1;
	expected = palloc(copy.size);
	fill_bytes(key, expected, copy.size);
	is_equal = memcmp(expected, copy.bytes, copy.size) == 0;
	pfree(expected);
	pfree(copy.bytes);
	if (!is_equal)
		elog(ERROR, "the response of \"%s\" has other bytes", key);
	return (int64) copy.size;
}

Datum
pca_unit_find(PG_FUNCTION_ARGS)
{
	int64		size = find_key(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_INT64(1),
								pca_response_cache_now() - PG_GETARG_INT64(2), true);

	if (size < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(size);
}

Datum
pca_unit_drop(PG_FUNCTION_ARGS)
{
	PcaResponseKey key = make_response_key(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	pca_response_cache_drop(&key, pca_response_cache_now() - PG_GETARG_INT64(1));
	PG_RETURN_VOID();
}

Datum
pca_unit_clear(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(pca_response_cache_clear(PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0))));
}

Datum
pca_unit_shown(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	PcaResponseShown shown;
	int			position = 0;

	InitMaterializedSRF(fcinfo, 0);
	while (pca_response_cache_read(&position, pca_response_cache_now(), &shown))
	{
		Datum		values[9] = {0};
		bool		nulls[9] = {0};

		values[0] = CStringGetTextDatum(shown.server);
		values[1] = ObjectIdGetDatum(shown.userid);
		values[2] = CStringGetTextDatum(shown.url);
		values[3] = Int64GetDatum(shown.rows);
		values[4] = Int64GetDatum(shown.pages);
		values[5] = Int64GetDatum(shown.bytes);
		values[6] = Int64GetDatum(shown.age_ms);
		values[7] = Int64GetDatum(shown.hits);
		values[8] = Int64GetDatum(shown.cost_ms);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

Datum
pca_unit_usage(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	PcaResponseUsage usage;
	Datum		values[9];
	bool		nulls[9] = {0};
	int			marks;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "no row");
	values[0] = BoolGetDatum(pca_response_cache_is_enabled());
	pca_response_cache_usage(&usage);
	values[1] = Int64GetDatum(usage.all);
	values[2] = Int64GetDatum(usage.free);
	values[3] = Int64GetDatum(usage.used);
	values[4] = Int64GetDatum(usage.being_written);
	values[5] = Int64GetDatum(usage.entries);
	values[6] = Int64GetDatum(usage.segments);
	values[7] = Int32GetDatum(pca_flight_count(pca_response_cache_now(), &marks));
	values[8] = Int32GetDatum(marks);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* ---- eviction ---- */

/* The keys of a run. */
#define CHURN_KEYS	10000

/* A value is the cost for each block, times that. */
#define VALUE_UNIT	1024

/* What a model of the cache knows of a key. */
typedef struct ModelEntry
{
	bool		is_kept;
	int64		blocks;
	int64		cost_ms;
	int64		value;			/* by the rule GreedyDual-Size */
	int64		expires_at;
} ModelEntry;

/* A run with a model. */
typedef struct Churn
{
	ModelEntry	model[CHURN_KEYS];
	int64		inflation;
	int64		hits;
	int64		published;
	int64		evicted;
	int64		wrong;			/* what the rule does not allow */
	pg_prng_state random;
} Churn;

static char *
name_key(int number)
{
	return psprintf("churn %d", number);
}

/* Which keys are kept, as the cache says. */
static bool *
read_kept_keys(int64 *kept)
{
	bool	   *is_kept = palloc0(sizeof(bool) * CHURN_KEYS);
	PcaResponseShown shown;
	int			position = 0;
	int			number;

	*kept = 0;
	while (pca_response_cache_read(&position, pca_response_cache_now(), &shown))
	{
		if (sscanf(shown.url, "churn %d", &number) == 1)
		{
			is_kept[number] = true;
			(*kept)++;
		}
	}
	return is_kept;
}

/*
 * Compare what was evicted with the rule: expired ones in any case; of the others none
 * whose value is higher than that of one that is still kept.
 */
static void
check_evictions(Churn *churn, int added, bool was_kept, int64 now)
{
	int64		kept;
	bool	   *is_kept = read_kept_keys(&kept);
	int64		highest_evicted = -1;

	for (int i = 0; i < CHURN_KEYS; i++)
	{
		ModelEntry *entry = &churn->model[i];

		if (i == added || !entry->is_kept || is_kept[i])
			continue;
		entry->is_kept = false;
		churn->evicted++;
		if (entry->expires_at > now)
			highest_evicted = Max(highest_evicted, entry->value);
	}
	for (int i = 0; highest_evicted >= 0 && i < CHURN_KEYS; i++)
	{
		ModelEntry *entry = &churn->model[i];

		if (i != added && entry->is_kept && (entry->value < highest_evicted || entry->expires_at <= now))
			churn->wrong++;
	}
	churn->inflation = Max(churn->inflation, highest_evicted);
	churn->wrong += is_kept[added] != was_kept;
	pfree(is_kept);
}

/* The value of a response that is used now. */
static int64
compute_model_value(const Churn *churn, const ModelEntry *entry)
{
	return churn->inflation + entry->cost_ms * VALUE_UNIT / Max(entry->blocks, 1);
}

/* Publish a key of the run, with a random size and cost. */
static void
publish_random(Churn *churn, int number, bool checks)
{
	ModelEntry *entry = &churn->model[number];
	int64		now = pca_response_cache_now();
	int64		ttl_ms = pg_prng_double(&churn->random) < 0.1 ? 0 : 3600000;
	int64		wait_ms = (int64) (pg_prng_double(&churn->random) * 5000);
	int			size = 1 + (int) (pg_prng_double(&churn->random) * pg_prng_double(&churn->random) * 60000);
	char	   *key = name_key(number);
	bool		is_kept = publish_key(key, size, now, ttl_ms, wait_ms, pca_response_cache_generation());

	churn->published++;
	if (checks)
	{
		check_evictions(churn, number, is_kept, now);
		entry->expires_at = Max(now + ttl_ms, entry->is_kept ? entry->expires_at : 0);
		entry->is_kept = is_kept;
		entry->blocks = (size + strlen("unit") + strlen(key) + 2 + 8191) / 8192;
		entry->cost_ms = wait_ms + 100;
		entry->value = compute_model_value(churn, entry);
	}
	pfree(key);
}

/* Find a key of the run. */
static void
find_random(Churn *churn, int number, bool checks)
{
	ModelEntry *entry = &churn->model[number];
	char	   *key = name_key(number);

	if (find_key(key, 3600000, pca_response_cache_now(), checks) >= 0)
	{
		churn->hits++;
		entry->value = compute_model_value(churn, entry);
	}
	pfree(key);
}

Datum
pca_unit_churn(PG_FUNCTION_ARGS)
{
	int			steps = PG_GETARG_INT32(0);
	bool		checks = PG_GETARG_BOOL(1);
	Churn	   *churn = palloc0(sizeof(Churn));
	TupleDesc	desc;
	Datum		values[4];
	bool		nulls[4] = {0};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "no row");
	pg_prng_seed(&churn->random, PG_GETARG_INT32(2));
	for (int i = 0; i < steps; i++)
	{
		/* some keys are more frequent than others */
		double		part = pg_prng_double(&churn->random);
		int			number = (int) (part * part * part * part * part * part * CHURN_KEYS);

		if (pg_prng_double(&churn->random) < 0.5)
			publish_random(churn, number, checks);
		else
			find_random(churn, number, checks);
		CHECK_FOR_INTERRUPTS();
	}
	values[0] = Int64GetDatum(churn->published);
	values[1] = Int64GetDatum(churn->hits);
	values[2] = Int64GetDatum(churn->evicted);
	values[3] = Int64GetDatum(churn->wrong);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* ---- flights ---- */

/* How long a follower waits for its leader without looking, in ms. */
#define PATIENCE_MS	60000

static const char *
name_role(PcaFlightRole role)
{
	static const char *const names[] = {"none", "lead", "follow"};

	return names[role];
}

/* What a follower does, as a text. */
static const char *
poll_state(PcaFlight *flight, int64 now)
{
	static const char *const names[] = {"waits", "kept", "lost"};
	int64		wait_ms;
	PcaFlightState state = pca_flight_poll(flight, now, &wait_ms);

	return state == PCA_FLIGHT_WAITS ? psprintf("waits " INT64_FORMAT " ms", wait_ms) : names[state];
}

/* Wait for the leader, who wakes this process; what it does then, or "timeout". */
static const char *
await_leader(PcaFlight *flight)
{
	int64		wait_ms;
	PcaFlightState state;

	while ((state = pca_flight_poll(flight, pca_response_cache_now(), &wait_ms)) == PCA_FLIGHT_WAITS)
	{
		if (WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, PATIENCE_MS,
					  PG_WAIT_EXTENSION) & WL_TIMEOUT)
			return "timeout";
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
	return state == PCA_FLIGHT_KEPT ? "kept" : "lost";
}

/* What a step does with the flight of a key, as a text. */
static const char *
do_flight_step(PcaFlight *flight, const PcaResponseKey *key, const char *step, int64 now)
{
	if (strcmp(step, "join") == 0)
		return name_role(pca_flight_join(key, true, now, flight));
	if (strcmp(step, "join alone") == 0)
		return name_role(pca_flight_join(key, false, now, flight));
	if (strcmp(step, "beat") == 0)
		return pca_flight_beat(flight, now) ? "held" : "lost";
	if (strcmp(step, "page") == 0)
		return pca_flight_first_page(flight, now) ? "held" : "lost";
	if (strcmp(step, "poll") == 0)
		return poll_state(flight, now);
	if (strcmp(step, "wait") == 0)
		return await_leader(flight);
	if (strcmp(step, "leave") == 0)
		pca_flight_leave(flight);
	else if (strcmp(step, "mark") == 0)
		pca_flight_mark(key, now);
	else if (strncmp(step, "end", 3) == 0)
		pca_flight_end(flight, strcmp(step, "end mark") == 0, now);
	else
		elog(ERROR, "no step: \"%s\"", step);
	return name_role(flight->role);
}

Datum
pca_unit_now(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(pca_response_cache_now());
}

Datum
pca_unit_flight(PG_FUNCTION_ARGS)
{
	/* the flights of the session */
	static PcaFlight flights[8];
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	PcaResponseKey key = make_response_key(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	char	   *steps = text_to_cstring(PG_GETARG_TEXT_PP(1));
	int64		base = PG_GETARG_INT64(4);
	int64		now = (base == 0 ? pca_response_cache_now() : base) + PG_GETARG_INT64(2);
	PcaFlight  *flight = &flights[PG_GETARG_INT32(3)];

	InitMaterializedSRF(fcinfo, 0);
	(void) pca_response_cache_is_enabled();
	for (char *step = strtok(steps, ","); step; step = strtok(NULL, ","))
	{
		Datum		values[2];
		bool		nulls[2] = {false, false};
		bool		is_time = step[0] >= '0' && step[0] <= '9';

		if (is_time)
			now += atoi(step);
		values[0] = CStringGetTextDatum(step);
		values[1] = CStringGetTextDatum(is_time ? "ms" : do_flight_step(flight, &key, step, now));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
