/*
 * progress.c
 *		Reports the progress of running scans.
 *
 * PostgreSQL's progress reports (pg_stat_progress_...) have a fixed set of commands.
 * A backend that runs none of them does not use its progress parameters.  A scan
 * writes its own numbers there, with a mark and a checksum, so that a reader never
 * takes other numbers for them.  A command with its own progress report (COPY,
 * CREATE INDEX) has precedence.
 *
 * See monitoring.c for the roles that may see them.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/atomics.h"
#include "utils/backend_progress.h"
#include "utils/backend_status.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "http/pollset.h"
#include "scan/progress.h"

/* Shortest time between two writes of the numbers, in ms: a person reads no faster. */
#define PCA_WRITE_INTERVAL_MS	100

/* Shortest time between two notices, in ms. */
#define PCA_NOTICE_INTERVAL_MS	1000

/* Marks the numbers as those of a scan: "pca_prog". */
#define PCA_MARK		INT64CONST(0x7063615f70726f67)

/* Indexes of the numbers among the backend's progress parameters. */
enum
{
	AT_MARK,
	AT_SERIAL,					/* of the backend's scans */
	AT_BEGAN,
	AT_ROWS,
	AT_TOTAL,
	AT_REQUESTS,
	AT_BYTES,
	AT_WAIT_REASON,
	AT_WAIT_UNTIL,				/* a TimestampTz */
	AT_CHECKSUM,				/* of those before */
	AT_END
};

StaticAssertDecl(AT_END <= PGSTAT_NUM_PROGRESS_PARAM, "a scan has too many numbers");

struct PcaProgress
{
	MemoryContextCallback callback;
	int64		serial;
	Oid			relid;
	const char *name;
	TimestampTz began;
	int64		began_ms;
	int64		written_ms;
	PcaWaitReason written_reason;
	pg_atomic_uint64 own_noticed_ms;
	pg_atomic_uint64 *noticed_ms;	/* time of the last notice, by this
									 * process or all of them */
	bool		ended;
};

bool		pca_progress_notices = false;

/* Returns a checksum of the numbers before AT_CHECKSUM. */
static int64
compute_checksum(const int64 *numbers)
{
	uint64		sum = 0;

	for (int i = 0; i < AT_CHECKSUM; i++)
		sum = sum * 31 + (uint64) numbers[i];
	return (int64) sum;
}

/* Returns true if no command uses this backend's progress parameters. */
static bool
can_write_progress(void)
{
	return MyBEEntry && pgstat_track_activities &&
		MyBEEntry->st_progress_command == PROGRESS_COMMAND_INVALID;
}

/* Write the numbers where other sessions read them. */
static void
write_progress(const PcaProgress *progress, const PcaProgressState *state)
{
	volatile PgBackendStatus *entry = MyBEEntry;
	int64		numbers[AT_END];

	if (!can_write_progress())
		return;
	numbers[AT_MARK] = PCA_MARK;
	numbers[AT_SERIAL] = progress->serial;
	numbers[AT_BEGAN] = progress->began;
	numbers[AT_ROWS] = state->rows;
	numbers[AT_TOTAL] = state->total;
	numbers[AT_REQUESTS] = state->requests;
	numbers[AT_BYTES] = state->bytes;
	numbers[AT_WAIT_REASON] = state->wait_reason;
	numbers[AT_WAIT_UNTIL] = state->wait_reason == PCA_WAIT_NONE ? 0 :
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), state->wait_ms);
	numbers[AT_CHECKSUM] = compute_checksum(numbers);
	PGSTAT_BEGIN_WRITE_ACTIVITY(entry);
	entry->st_progress_command_target = progress->relid;
	for (int i = 0; i < AT_END; i++)
		entry->st_progress_param[i] = numbers[i];
	PGSTAT_END_WRITE_ACTIVITY(entry);
}

void
pca_progress_end(PcaProgress *progress)
{
	volatile PgBackendStatus *entry = MyBEEntry;

	if (progress->ended)
		return;
	progress->ended = true;
	if (!can_write_progress() || entry->st_progress_param[AT_MARK] != PCA_MARK ||
		entry->st_progress_param[AT_SERIAL] != progress->serial)
		return;
	PGSTAT_BEGIN_WRITE_ACTIVITY(entry);
	entry->st_progress_param[AT_MARK] = 0;
	PGSTAT_END_WRITE_ACTIVITY(entry);
}

/* Called when the memory context of a scan is reset. */
static void
end_on_reset(void *progress)
{
	pca_progress_end(progress);
}

PcaProgress *
pca_progress_begin(MemoryContext context, Oid relid, const char *name)
{
	static int64 serial = 0;
	PcaProgress *progress = MemoryContextAllocZero(context, sizeof(PcaProgress));

	progress->serial = ++serial;
	progress->relid = relid;
	progress->name = name;
	progress->began = GetCurrentTimestamp();
	progress->began_ms = pca_pollset_now();
	pg_atomic_init_u64(&progress->own_noticed_ms, (uint64) progress->began_ms);
	progress->noticed_ms = &progress->own_noticed_ms;
	progress->callback.func = end_on_reset;
	progress->callback.arg = progress;
	MemoryContextRegisterResetCallback(context, &progress->callback);
	return progress;
}

void
pca_progress_share(PcaProgress *progress, pg_atomic_uint64 *noticed_ms)
{
	uint64		never = 0;

	(void) pg_atomic_compare_exchange_u64(noticed_ms, &never, (uint64) progress->began_ms);
	progress->noticed_ms = noticed_ms;
}

/* Returns true if a notice is due and no other process of the scan sends it. */
static bool
claim_notice(PcaProgress *progress, int64 now)
{
	uint64		noticed_ms = pg_atomic_read_u64(progress->noticed_ms);

	return pca_progress_notices && now - (int64) noticed_ms >= PCA_NOTICE_INTERVAL_MS &&
		pg_atomic_compare_exchange_u64(progress->noticed_ms, &noticed_ms, (uint64) now);
}

/* Returns a number of bytes in kB or MB. */
static const char *
format_bytes(int64 bytes)
{
	if (bytes < INT64CONST(1024) * 1024)
		return psprintf(INT64_FORMAT " kB", (bytes + 1023) / 1024);
	return psprintf("%.1f MB", bytes / (1024.0 * 1024.0));
}

const char *
pca_progress_wait_text(PcaWaitReason reason)
{
	switch (reason)
	{
		case PCA_WAIT_RETRY_AFTER:
			return "Retry-After";
		case PCA_WAIT_RETRY:
			return "the next attempt";
		case PCA_WAIT_RATE_LIMIT:
			return "max_requests_per_minute";
		case PCA_WAIT_RESPONSE:
			return "the response of another session";
		default:
			return NULL;
	}
}

/* Returns the end of a notice: what the scan waits for; empty if it does not wait. */
static const char *
format_wait(const PcaProgressState *state)
{
	if (state->wait_reason == PCA_WAIT_NONE)
		return "";
	return psprintf(", waits " INT64_FORMAT " s for %s", (state->wait_ms + 999) / 1000,
					pca_progress_wait_text(state->wait_reason));
}

static void
send_notice(const PcaProgress *progress, const PcaProgressState *state)
{
	int64		seconds = (pca_pollset_now() - progress->began_ms) / 1000;

	if (state->total > 0 && state->total >= state->rows)
		ereport(NOTICE,
				(errmsg("%s: " INT64_FORMAT " of " INT64_FORMAT " rows, %d %%, " INT64_FORMAT " requests, %s, " INT64_FORMAT " s%s",
						progress->name, state->rows, state->total,
						(int) (100.0 * state->rows / state->total),
						state->requests, format_bytes(state->bytes), seconds, format_wait(state))));
	else
		ereport(NOTICE,
				(errmsg("%s: " INT64_FORMAT " rows, " INT64_FORMAT " requests, %s, " INT64_FORMAT " s%s",
						progress->name, state->rows, state->requests,
						format_bytes(state->bytes), seconds, format_wait(state))));
}

void
pca_progress_report(PcaProgress *progress, const PcaProgressState *state,
					const PcaProgressState *whole)
{
	int64		now = pca_pollset_now();

	if (now - progress->written_ms >= PCA_WRITE_INTERVAL_MS || state->wait_reason != progress->written_reason)
	{
		progress->written_ms = now;
		progress->written_reason = state->wait_reason;
		write_progress(progress, state);
	}
	if (claim_notice(progress, now))
		send_notice(progress, whole);
}

int64
pca_progress_next_ms(int64 timeout)
{
	if (!pca_progress_notices)
		return timeout;
	return timeout > 0 ? Min(timeout, PCA_NOTICE_INTERVAL_MS) : PCA_NOTICE_INTERVAL_MS;
}

bool
pca_progress_backend(int i, PcaProgressShown *shown)
{
	const PgBackendStatus *entry;
	const int64 *numbers;

	if (i >= pgstat_fetch_stat_numbackends())
		return false;
	entry = pca_compat_backend_status(i);
	numbers = entry->st_progress_param;
	memset(shown, 0, sizeof(PcaProgressShown));
	shown->pid = entry->st_procpid;
	shown->databaseid = entry->st_databaseid;
	shown->userid = entry->st_userid;
	shown->running = entry->st_progress_command == PROGRESS_COMMAND_INVALID &&
		numbers[AT_MARK] == PCA_MARK && numbers[AT_CHECKSUM] == compute_checksum(numbers);
	if (!shown->running)
		return true;
	shown->relid = entry->st_progress_command_target;
	shown->began = numbers[AT_BEGAN];
	shown->state.rows = numbers[AT_ROWS];
	shown->state.total = numbers[AT_TOTAL];
	shown->state.requests = numbers[AT_REQUESTS];
	shown->state.bytes = numbers[AT_BYTES];
	shown->state.wait_ms = (numbers[AT_WAIT_UNTIL] - GetCurrentTimestamp()) / 1000;
	if (numbers[AT_WAIT_REASON] != PCA_WAIT_NONE && shown->state.wait_ms > 0)
		shown->state.wait_reason = (PcaWaitReason) numbers[AT_WAIT_REASON];
	return true;
}
