/*
 * request_log.c
 *		Remembers the latest requests of the session.
 *
 * The ring is in the session's own memory, so that it survives errors and
 * rollbacks, needs no lock, and is not visible to other sessions.  monitoring.c
 * decides which of the session's roles may read an entry.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "http/pollset.h"
#include "http/request_log.h"

/* Bytes of a URL that are kept: twice the default of option max_url_length. */
#define PCA_REQUEST_LOG_URL_SIZE	4096

/* Bytes of an error that are kept: a message and the API's own text. */
#define PCA_REQUEST_LOG_ERROR_SIZE	2048

bool		pca_request_log_to_server = false;

static PcaRequestLogEntry *ring = NULL;
static uint64 newest = 0;

/* Returns the entry of the ring that a request's number belongs to. */
static PcaRequestLogEntry *
get_ring_entry(uint64 number)
{
	return &ring[number % PCA_REQUEST_LOG_SIZE];
}

/* Returns the entry of that request; NULL if it has been overwritten. */
static PcaRequestLogEntry *
find_entry(uint64 number)
{
	if (number == 0 || !ring || get_ring_entry(number)->number != number)
		return NULL;
	return get_ring_entry(number);
}

/* Copy at most limit bytes of a text for the life of the session. */
static char *
copy_session_text(const char *text, int limit)
{
	int			length = pg_mbcliplen(text, strlen(text), limit);
	char	   *copy = MemoryContextAlloc(TopMemoryContext, length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

static void
free_session_text(char **text)
{
	if (*text)
		pfree(*text);
	*text = NULL;
}

uint64
pca_request_log_begin(const PcaRequestLogEntry *about)
{
	char	   *url = copy_session_text(about->url, PCA_REQUEST_LOG_URL_SIZE);
	PcaRequestLogEntry *entry;

	if (!ring)
		ring = MemoryContextAllocZero(TopMemoryContext,
									  sizeof(PcaRequestLogEntry) * PCA_REQUEST_LOG_SIZE);
	entry = get_ring_entry(++newest);
	free_session_text(&entry->url);
	free_session_text(&entry->error);
	*entry = *about;
	entry->number = newest;
	entry->url = url;
	entry->error = NULL;
	entry->began = GetCurrentTimestamp();
	entry->began_ms = pca_pollset_now();
	entry->status = 0;
	entry->bytes = 0;
	entry->duration_ms = -1;
	return newest;
}

void
pca_request_log_rows(uint64 number, int64 rows)
{
	PcaRequestLogEntry *entry = find_entry(number);

	if (entry)
		entry->rows = rows;
}

void
pca_request_log_error(uint64 number, const char *error)
{
	PcaRequestLogEntry *entry = find_entry(number);

	if (!entry)
		return;
	free_session_text(&entry->error);
	entry->error = copy_session_text(error, PCA_REQUEST_LOG_ERROR_SIZE);
}

/*
 * Write the entry to the server's log, and only there: while a transaction aborts,
 * nothing may be sent to the client, and no catalog may be read.
 */
static void
write_server_log(const PcaRequestLogEntry *entry)
{
	ereport(LOG_SERVER_ONLY,
			(errmsg("pc_analytics_fdw request: %s status %d, attempt %d, " INT64_FORMAT " rows, "
					INT64_FORMAT " bytes, " INT64_FORMAT " ms, MS-RequestId %s, MS-CorrelationId %s%s%s",
					entry->url, entry->status, entry->attempt, Max(entry->rows, 0), entry->bytes,
					entry->duration_ms, entry->request_id[0] ? entry->request_id : "-",
					entry->correlation_id[0] ? entry->correlation_id : "-",
					entry->error ? ", error: " : "", entry->error ? entry->error : ""),
			 errhidestmt(true), errhidecontext(true)));
}

void
pca_request_log_end(uint64 number, int status, int64 bytes)
{
	PcaRequestLogEntry *entry = find_entry(number);

	if (!entry || entry->duration_ms >= 0)
		return;
	entry->status = status;
	entry->bytes = bytes;
	entry->duration_ms = pca_pollset_now() - entry->began_ms;
	if (pca_request_log_to_server && entry->attempt > 0)
		write_server_log(entry);
}

const PcaRequestLogEntry *
pca_request_log_entry(int i, Oid userid)
{
	for (uint64 number = newest; find_entry(number); number--)
	{
		if (find_entry(number)->userid == userid && i-- == 0)
			return find_entry(number);
	}
	return NULL;
}
