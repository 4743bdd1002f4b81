/*
 * http.c
 *		When bytes move: sets of connections, and the one wait of the extension.
 *
 * libcurl's multi interface moves the bytes when its sockets or its timer are
 * ready; those are nested in one descriptor (pollset.c), which pca_http_wait()
 * waits for together with the backend's latch.  libcurl itself never waits.
 *
 * HTTP/1.1 is spoken, on a connection for each page on its way, which is kept
 * for the next.  HTTP/2 would carry all pages on one connection, but there the
 * server may send a window for each stream before it learns that the stream is
 * paused (32 MB in libcurl 7.88, Debian 12's), and libcurl keeps what came of
 * it: eight pages at once may hold hundreds of MB, where they hold 2 MB now.  The
 * least release for HTTP/2 is the first with which the memory of "test/bench/run
 * wire" and the stalls of test/t/530_faults.pl are the same over it; none has been
 * admitted.
 *
 * What one request says and what becomes of its answer is asked in
 * transfer.c, when to try again in retry.c.
 */
#include "postgres.h"

#include <curl/curl.h>
#include <signal.h>

#include "lib/ilist.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#include "compat.h"
#include "http/http.h"
#include "http/pollset.h"
#include "http/request_log.h"
#include "http/secure_alloc.h"
#include "http/sockets.h"

/* The first release with CURLOPT_QUICK_EXIT: a cancelled resolve does not block. */
#define PCA_LIBCURL_NEEDED	0x075700

/* Idle connections that a set keeps: a scan's pages in flight, and login's. */
#define PCA_MAX_CONNECTIONS	40L

/* Sets kept between statements: one for each user mapping in use, usually one. */
#define PCA_MAX_IDLE_SETS	8

/* Room for the reason why a set is broken, with the kernel's words. */
#define PCA_BROKEN_TEXT		128

/* Things that are ready, handled in one pump; the rest is for the next. */
#define PCA_READY_BATCH		16

struct PcaHttp
{
	dlist_node	node;			/* in idle_sets, while nobody has it */
	uint64		party;
	struct Lease *lease;		/* who has it, or NULL */
	CURLM	   *multi;
	CURLSH	   *share;			/* TLS sessions */
	PcaPollset	events;
	PcaTransfer **transfers;
	int			ntransfers;
	int			maxtransfers;	/* that transfers has room for */
	PcaTransferSet set;			/* what the transfers have together */
	char		broken[PCA_BROKEN_TEXT];	/* why nothing more will come of
											 * it; or empty */
	int			sockets_counted;	/* by PostgreSQL's file manager */
	int64		alarm_at;		/* what the caller asked for; 0 is none */
	int64		armed_for;		/* when the timer goes off; 0 is never */
};

/* A set taken by a memory context. */
typedef struct Lease
{
	MemoryContextCallback callback;
	PcaHttp    *http;			/* NULL once it was given back */
} Lease;

static dlist_head idle_sets = DLIST_STATIC_INIT(idle_sets);
static int	n_idle_sets = 0;

/*
 * Threads that libcurl starts inherit the signal mask: with every signal
 * blocked, none of PostgreSQL's handlers ever runs in one.
 */
static void
enter_curl(sigset_t *saved)
{
	sigset_t	all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, saved);
	/* what was refused before was somebody else's */
	(void) pca_secure_alloc_has_failed();
}

static void
leave_curl(const sigset_t *saved)
{
	sigprocmask(SIG_SETMASK, saved, NULL);
}

/*
 * libcurl builds requests in memory that it frees as it is, so it gets ours.  It
 * writes the keys of its connections to the file that the environment names,
 * for those who want to read along; it looks there just once.
 */
static CURLcode
init_discreet(void)
{
	static const char name[] = "SSLKEYLOGFILE";
	const char *file = getenv(name);
	char	   *kept = file ? strdup(file) : NULL;
	CURLcode	rc;

	unsetenv(name);
	rc = curl_global_init_mem(CURL_GLOBAL_DEFAULT, pca_secure_alloc_malloc, pca_secure_alloc_free,
							  pca_secure_alloc_realloc, pca_secure_alloc_strdup, pca_secure_alloc_calloc);
	if (kept)
		setenv(name, kept, 1);
	free(kept);
	return rc;
}

/* Ready libcurl for this process, once; never in the postmaster. */
static void
init_curl(void)
{
	static bool ready = false;
	const curl_version_info_data *version;
	sigset_t	saved;
	CURLcode	rc;

	if (ready)
		return;
	if (MyProcPid == PostmasterPid)
		elog(ERROR, "libcurl must not be used in the postmaster");
	version = curl_version_info(CURLVERSION_NOW);
	if (version->version_num < PCA_LIBCURL_NEEDED)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("libcurl 7.87.0 or later is needed, but %s is installed",
						version->version)));
	if ((version->features & CURL_VERSION_ASYNCHDNS) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the installed libcurl cannot resolve host names in the background")));
	enter_curl(&saved);
	rc = init_discreet();
	leave_curl(&saved);
	if (rc != CURLE_OK)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("could not initialize libcurl: %s", curl_easy_strerror(rc))));
	ready = true;
}

/* libcurl: watch this socket from now on so. */
static int
on_socket(CURL *easy, curl_socket_t socket, int what, void *set, void *unused)
{
	PcaHttp    *http = set;
	PcaTransfer *transfer = pca_transfer_from_handle(easy);

	if (transfer && what == CURL_POLL_IN)
		pca_transfer_wait_for_socket(transfer, socket);
	if (pca_pollset_watch(&http->events, socket,
						  what == CURL_POLL_IN || what == CURL_POLL_INOUT,
						  what == CURL_POLL_OUT || what == CURL_POLL_INOUT))
		return 0;
	snprintf(http->broken, sizeof(http->broken), "a socket could not be watched: %s",
			 strerror(errno));
	return -1;
}

/* libcurl: call me in that many milliseconds; -1 is not at all. */
static int
on_timer(CURLM *multi, long timeout, void *set)
{
	PcaHttp    *http = set;

	pca_pollset_set_timer(&http->events, PCA_POLLSET_LIBCURL, timeout);
	return 0;
}

/* Let PostgreSQL's file manager know how many sockets libcurl has. */
static void
count_sockets(PcaHttp *http)
{
	for (; http->sockets_counted < http->set.sockets.count; http->sockets_counted++)
		ReserveExternalFD();
	for (; http->sockets_counted > http->set.sockets.count; http->sockets_counted--)
		ReleaseExternalFD();
}

/*
 * Whether nothing more will come of the set, asked after each use of libcurl:
 * it does not always get over memory that was refused.  Transfers hang, or ask
 * for something else.
 */
static bool
is_broken(PcaHttp *http)
{
	if (pca_secure_alloc_has_failed())
		strlcpy(http->broken, "memory was out", sizeof(http->broken));
	return http->broken[0] != '\0';
}

void
pca_http_end(PcaHttp *http, PcaTransfer *transfer)
{
	sigset_t	saved;

	pca_request_log_end(pca_transfer_request_number(transfer), pca_transfer_status(transfer),
						pca_transfer_received(transfer));
	enter_curl(&saved);
	(void) curl_multi_remove_handle(http->multi, pca_transfer_handle(transfer));
	pca_transfer_free(transfer);
	leave_curl(&saved);
	(void) is_broken(http);

	for (int i = 0; i < http->ntransfers; i++)
	{
		if (http->transfers[i] == transfer)
			http->transfers[i--] = http->transfers[--http->ntransfers];
	}
	pca_sockets_forget_closed(&http->set.sockets);
	count_sockets(http);
}

/* Close a set's connections and free it. */
static void
destroy(PcaHttp *http)
{
	sigset_t	saved;

	enter_curl(&saved);
	curl_multi_cleanup(http->multi);
	curl_share_cleanup(http->share);
	leave_curl(&saved);
	count_sockets(http);
	pca_pollset_close(&http->events);
	if (http->transfers)
		pfree(http->transfers);
	pfree(http);
}

/* Close the set that was idle for longest. */
static void
destroy_oldest(void)
{
	PcaHttp    *http = dlist_container(PcaHttp, node, dlist_tail_node(&idle_sets));

	dlist_delete(&http->node);
	n_idle_sets--;
	destroy(http);
}

void
pca_http_disconnect(void)
{
	while (!dlist_is_empty(&idle_sets))
		destroy_oldest();
}

void
pca_http_release(PcaHttp *http)
{
	if (http->lease)
		http->lease->http = NULL;
	http->lease = NULL;
	while (http->ntransfers > 0)
		pca_http_end(http, http->transfers[0]);
	http->alarm_at = 0;

	/* a set that could not be made whole, or did not stay so, is of no use */
	if (!http->multi || !http->share || is_broken(http))
	{
		destroy(http);
		return;
	}
	dlist_push_head(&idle_sets, &http->node);
	if (++n_idle_sets > PCA_MAX_IDLE_SETS)
		destroy_oldest();
}

/* The memory context that took the set is reset. */
static void
release_lease(void *arg)
{
	Lease	   *lease = arg;

	if (lease->http)
		pca_http_release(lease->http);
}

/* An idle set of that party, or NULL. */
static PcaHttp *
take_idle(uint64 party)
{
	dlist_iter	iter;

	dlist_foreach(iter, &idle_sets)
	{
		PcaHttp    *http = dlist_container(PcaHttp, node, iter.cur);

		if (http->party != party)
			continue;
		dlist_delete(&http->node);
		n_idle_sets--;
		return http;
	}
	return NULL;
}

/* Make libcurl's part of a new set. */
static void
open_set(PcaHttp *http)
{
	sigset_t	saved;

	enter_curl(&saved);
	http->share = curl_share_init();
	http->multi = curl_multi_init();
	leave_curl(&saved);
	if (!http->share || !http->multi)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	curl_share_setopt(http->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, PCA_MAX_CONNECTIONS);
}

PcaHttp *
pca_http_acquire(MemoryContext owner, uint64 party)
{
	Lease	   *lease = MemoryContextAllocZero(owner, sizeof(Lease));
	PcaHttp    *http;

	lease->callback.func = release_lease;
	lease->callback.arg = lease;
	MemoryContextRegisterResetCallback(owner, &lease->callback);

	init_curl();
	http = take_idle(party);
	if (http)
	{
		http->lease = lease;
		lease->http = http;
		return http;
	}
	http = MemoryContextAllocZero(TopMemoryContext, sizeof(PcaHttp));
	http->party = party;
	pca_pollset_init(&http->events);
	http->lease = lease;
	lease->http = http;
	pca_pollset_open(&http->events);
	open_set(http);
	return http;
}

/* Make room for one more transfer, before there is one that could be lost. */
static void
reserve_transfer(PcaHttp *http)
{
	int			wanted = Max(http->maxtransfers * 2, 8);

	if (http->ntransfers < http->maxtransfers)
		return;
	if (http->transfers)
		http->transfers = repalloc(http->transfers, wanted * sizeof(PcaTransfer *));
	else
		http->transfers = MemoryContextAlloc(TopMemoryContext,
											 wanted * sizeof(PcaTransfer *));
	http->maxtransfers = wanted;
}

PcaTransfer *
pca_http_start(PcaHttp *http, const PcaHttpRequest *request)
{
	PcaTransfer *transfer;
	const char *reason;
	CURLMcode	rc = CURLM_OK;
	sigset_t	saved;

	reserve_transfer(http);
	enter_curl(&saved);
	transfer = pca_transfer_create(request, http->share, &http->set, &reason);
	if (transfer)
	{
		rc = curl_multi_add_handle(http->multi, pca_transfer_handle(transfer));
		http->transfers[http->ntransfers++] = transfer;
	}
	leave_curl(&saved);
	if (transfer && (rc != CURLM_OK || is_broken(http)))
	{
		pca_http_end(http, transfer);
		transfer = NULL;
		reason = curl_multi_strerror(rc);
	}
	if (is_broken(http))
		reason = pstrdup(http->broken);
	if (!transfer)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("could not prepare a request: %s", reason)));
	return transfer;
}

/* Let libcurl know what is ready; it calls us back with bytes. */
static void
tell_ready(PcaHttp *http, const PcaPollsetEvent *ready)
{
	int			running;
	int			what = (ready->readable ? CURL_CSELECT_IN : 0) |
		(ready->writable ? CURL_CSELECT_OUT : 0) |
		(ready->failed ? CURL_CSELECT_ERR : 0);

	if (ready->socket >= 0)
		(void) curl_multi_socket_action(http->multi, ready->socket, what, &running);
	else if (ready->timer == PCA_POLLSET_LIBCURL)
		(void) curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	else
		http->armed_for = 0;
}

/* Take what libcurl says of transfers that it is done with. */
static void
take_results(PcaHttp *http)
{
	CURLMsg    *message;
	int			left;

	while ((message = curl_multi_info_read(http->multi, &left)) != NULL)
	{
		if (message->msg == CURLMSG_DONE)
			pca_transfer_finish(pca_transfer_from_handle(message->easy_handle),
								message->data.result);
	}
}

bool
pca_http_resume(PcaHttp *http)
{
	bool		resumed = false;
	sigset_t	saved;

	enter_curl(&saved);
	for (int i = 0; i < http->ntransfers; i++)
		resumed |= pca_transfer_resume(http->transfers[i]);
	leave_curl(&saved);
	(void) is_broken(http);
	return resumed;
}

/* Nothing more will come of the set: fail its transfers. */
static void
fail_all(PcaHttp *http)
{
	char		detail[PCA_BROKEN_TEXT];

	strlcpy(detail, http->broken, sizeof(detail));
	detail[0] = pg_ascii_toupper((unsigned char) detail[0]);
	for (int i = 0; i < http->ntransfers; i++)
		pca_transfer_fail(http->transfers[i], detail);
}

/*
 * Fail the transfers that have waited too long for a byte, and return when the
 * next one will have; 0 if none waits.
 */
static int64
expire_idle(PcaHttp *http)
{
	int64		now = pca_pollset_now();
	int64		next = 0;

	for (int i = 0; i < http->ntransfers; i++)
	{
		PcaTransfer *transfer = http->transfers[i];
		int64		deadline = pca_transfer_deadline(transfer);

		if (deadline >= 0 && deadline <= now)
		{
			pca_transfer_expire(transfer);
			if (pca_transfer_state(transfer) == PCA_TRANSFER_FAILED)
				(void) curl_multi_remove_handle(http->multi, pca_transfer_handle(transfer));
			deadline = pca_transfer_deadline(transfer);
		}
		if (deadline >= 0 && (next == 0 || deadline < next))
			next = deadline;
	}
	return next;
}

/*
 * Let the alarm go off at that time (0: no need), or when the caller asked for
 * it.  It may be armed for earlier already; then it is armed anew once it has
 * gone off, which spares a system call for every packet.
 */
static void
arm_alarm(PcaHttp *http, int64 at)
{
	if (http->alarm_at > 0 && (at == 0 || http->alarm_at < at))
		at = http->alarm_at;
	if (at == 0 || (http->armed_for > 0 && http->armed_for <= at))
		return;
	pca_pollset_set_timer(&http->events, PCA_POLLSET_ALARM, Max(at - pca_pollset_now(), 0));
	http->armed_for = at;
}

void
pca_http_pump(PcaHttp *http)
{
	PcaPollsetEvent ready[PCA_READY_BATCH];
	sigset_t	saved;
	int			n;

	(void) pca_http_resume(http);
	enter_curl(&saved);
	n = pca_pollset_poll(&http->events, ready, PCA_READY_BATCH);
	for (int i = 0; i < n; i++)
		tell_ready(http, &ready[i]);
	if (is_broken(http))
		fail_all(http);
	take_results(http);
	/* elsewhere a byte may have come that is not read before the next pump */
	if (n < PCA_READY_BATCH)
		arm_alarm(http, expire_idle(http));
	leave_curl(&saved);
	count_sockets(http);
}

/* Wait for the descriptor, the latch, or the time. */
static void
sleep_until_ready(PcaHttp *http, long timeout)
{
	static uint32 wait_event = 0;
	int			what = WL_LATCH_SET | WL_SOCKET_READABLE | WL_EXIT_ON_PM_DEATH;

	if (wait_event == 0)
		wait_event = PCA_WAIT_EVENT("PcAnalyticsHttp");
	if (timeout >= 0)
		what |= WL_TIMEOUT;
	if (WaitLatchOrSocket(MyLatch, what, http->events.descriptor, timeout,
						  wait_event) & WL_LATCH_SET)
		ResetLatch(MyLatch);
}

void
pca_http_wait(PcaHttp *http, long timeout)
{
	/* bytes that libcurl kept during a pause are there at once */
	if (!pca_http_resume(http) && http->broken[0] == '\0')
		sleep_until_ready(http, timeout);
	CHECK_FOR_INTERRUPTS();
	pca_http_pump(http);
}

int
pca_http_descriptor(const PcaHttp *http)
{
	return http->events.descriptor;
}

void
pca_http_alarm(PcaHttp *http, int64 timeout)
{
	http->alarm_at = timeout > 0 ? pca_pollset_now() + timeout : 0;
	arm_alarm(http, 0);
}

/* Memory was out for a copy of a URL's part. */
static bool part_was_lost = false;

/* A URL that could not be parsed for want of memory is not a bad one. */
static void
check_memory(void)
{
	bool		lost = part_was_lost;

	part_was_lost = false;
	if (pca_secure_alloc_has_failed() || lost)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
}

/* The URL that base and reference make, parsed; NULL when they make none. */
static CURLU *
parse_url(const char *base, const char *reference)
{
	CURLU	   *url = curl_url();
	unsigned int lenient = CURLU_URLENCODE | CURLU_ALLOW_SPACE;
	CURLUcode	rc = CURLUE_OUT_OF_MEMORY;

	if (url)
		rc = curl_url_set(url, CURLUPART_URL, base, 0);
	if (rc == CURLUE_OK && reference)
		rc = curl_url_set(url, CURLUPART_URL, reference, lenient);
	if (rc == CURLUE_OK)
		return url;
	curl_url_cleanup(url);
	return NULL;
}

/* One part of a URL, palloc'd; NULL when it has none. */
static char *
url_part(CURLU *url, CURLUPart part, unsigned int flags)
{
	char	   *theirs;
	char	   *copy;

	if (curl_url_get(url, part, &theirs, flags) != CURLUE_OK)
		return NULL;
	copy = MemoryContextAllocExtended(CurrentMemoryContext, strlen(theirs) + 1,
									  MCXT_ALLOC_NO_OOM);
	if (copy)
		strcpy(copy, theirs);
	else
		part_was_lost = true;
	curl_free(theirs);
	return copy;
}

char *
pca_http_url_join(const char *base, const char *reference)
{
	CURLU	   *url = parse_url(base, reference);
	char	   *joined = url ? url_part(url, CURLUPART_URL, CURLU_URLENCODE) : NULL;

	curl_url_cleanup(url);
	check_memory();
	return joined;
}

/* scheme://host:port of a URL, lower case, palloc'd; NULL when it is none. */
static char *
origin(const char *whole)
{
	CURLU	   *url = parse_url(whole, NULL);
	char	   *scheme;
	char	   *host;
	char	   *port;
	char	   *user;

	if (!url)
		return NULL;
	scheme = url_part(url, CURLUPART_SCHEME, 0);
	host = url_part(url, CURLUPART_HOST, 0);
	port = url_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	user = url_part(url, CURLUPART_USER, 0);
	curl_url_cleanup(url);
	if (!scheme || !host || !port || user)
		return NULL;
	for (char *p = host; *p; p++)
		*p = pg_ascii_tolower((unsigned char) *p);
	return psprintf("%s://%s:%s", scheme, host, port);
}

bool
pca_http_same_origin(const char *a, const char *b)
{
	char	   *origin_a = origin(a);
	char	   *origin_b = origin(b);

	check_memory();
	return origin_a && origin_b && strcmp(origin_a, origin_b) == 0;
}

int64
pca_http_date(const char *date)
{
	return curl_getdate(date, NULL);
}
