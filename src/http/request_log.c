/*
 * request_log.c
 *		Which requests has the current session made lately?
 *
 * A ring in the session's own memory, so that it survives errors and
 * rollbacks; it costs no lock and is seen by nobody else.  Who may see an entry
 * is asked in monitoring.c.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "http/pollset.h"
#include "http/request_log.h"

/* How much of a URL is kept: twice what option max_url_length allows at first. */
#define PCA_JOURNAL_URL		4096

/* How much of an error is kept: a message and the API's own words. */
#define PCA_JOURNAL_ERROR	2048

bool		pca_request_log_to_server = false;

static PcaRequestLogEntry *ring = NULL;
static uint64 newest = 0;

/* The ring's place for a request of that number. */
static PcaRequestLogEntry *
place(uint64 number)
{
	return &ring[number % PCA_REQUEST_LOG_SIZE];
}

/* The entry of that number; NULL when it was overwritten. */
static PcaRequestLogEntry *
find(uint64 number)
{
	if (number == 0 || !ring || place(number)->number != number)
		return NULL;
	return place(number);
}

/* A copy that lives as long as the session. */
static char *
keep_text(const char *text, int limit)
{
	int			length = pg_mbcliplen(text, strlen(text), limit);
	char	   *copy = MemoryContextAlloc(TopMemoryContext, length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

static void
drop_text(char **text)
{
	if (*text)
		pfree(*text);
	*text = NULL;
}

uint64
pca_request_log_begin(const PcaRequestLogEntry *about)
{
	char	   *url = keep_text(about->url, PCA_JOURNAL_URL);
	PcaRequestLogEntry *entry;

	if (!ring)
		ring = MemoryContextAllocZero(TopMemoryContext,
									  sizeof(PcaRequestLogEntry) * PCA_REQUEST_LOG_SIZE);
	entry = place(++newest);
	drop_text(&entry->url);
	drop_text(&entry->error);
	*entry = *about;
	entry->number = newest;
	entry->url = url;
	entry->error = NULL;
	entry->began = GetCurrentTimestamp();
	entry->began_ms = pca_pollset_now();
	entry->status = 0;
	entry->bytes = 0;
	entry->ms = -1;
	return newest;
}

void
pca_request_log_rows(uint64 number, int64 rows)
{
	PcaRequestLogEntry *entry = find(number);

	if (entry)
		entry->rows = rows;
}

void
pca_request_log_error(uint64 number, const char *error)
{
	PcaRequestLogEntry *entry = find(number);

	if (!entry)
		return;
	drop_text(&entry->error);
	entry->error = keep_text(error, PCA_JOURNAL_ERROR);
}

/*
 * The log's line.  To the server's log alone: while a transaction aborts,
 * nothing is to be sent to the client, and no catalog can be read.
 */
static void
log_entry(const PcaRequestLogEntry *entry)
{
	ereport(LOG_SERVER_ONLY,
			(errmsg("pc_analytics_fdw request: %s status %d, attempt %d, " INT64_FORMAT " rows, "
					INT64_FORMAT " bytes, " INT64_FORMAT " ms, MS-RequestId %s, MS-CorrelationId %s%s%s",
					entry->url, entry->status, entry->attempt, Max(entry->rows, 0), entry->bytes,
					entry->ms, entry->request_id[0] ? entry->request_id : "-",
					entry->correlation_id[0] ? entry->correlation_id : "-",
					entry->error ? ", error: " : "", entry->error ? entry->error : ""),
			 errhidestmt(true), errhidecontext(true)));
}

void
pca_request_log_end(uint64 number, int status, int64 bytes)
{
	PcaRequestLogEntry *entry = find(number);

	if (!entry || entry->ms >= 0)
		return;
	entry->status = status;
	entry->bytes = bytes;
	entry->ms = pca_pollset_now() - entry->began_ms;
	if (pca_request_log_to_server)
		log_entry(entry);
}

const PcaRequestLogEntry *
pca_request_log_entry(int i, Oid userid)
{
	for (uint64 number = newest; find(number); number--)
	{
		if (find(number)->userid == userid && i-- == 0)
			return find(number);
	}
	return NULL;
}
