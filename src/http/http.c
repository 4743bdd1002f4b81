/*
 * http.c
 *		Sessions of libcurl's multi interface, and the extension's only wait.
 *
 * The multi interface transfers bytes when its sockets or its timer are ready.
 * They are nested in one descriptor (pollset.c), which pca_http_wait() waits for
 * together with the backend's latch.  libcurl itself never waits.
 *
 * The protocol is HTTP/1.1, with a connection for each page in flight, which is
 * kept for the next one.  HTTP/2 would use one connection for all pages, but
 * there the server may send a window for each stream before it learns that the
 * stream is paused (32 MB in libcurl 7.88, Debian 12's), and libcurl keeps what
 * it received: eight pages at once may need hundreds of MB, where they need 2 MB
 * with HTTP/1.1.  HTTP/2 could be enabled for the releases of libcurl with which
 * "test/bench/run wire" uses no more memory over it, and
 * test/t/530_faults.pl passes; so far there is none.
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
#include "http/transfer_internal.h"

/* The first release with CURLOPT_QUICK_EXIT: a cancelled resolve does not block. */
#define PCA_HTTP_MIN_LIBCURL	0x075700

/* Idle connections of a session: for the pages in flight, and the token request. */
#define PCA_HTTP_MAX_CONNECTIONS	40L

/*
 * Sessions kept between statements: one for each user mapping in use, usually
 * one.
 */
#define PCA_HTTP_MAX_IDLE	8

/* Bytes of the reason why a session is broken, with the system's message. */
#define PCA_HTTP_REASON_SIZE		128

/* Events handled by one pump; further ones are handled by the next. */
#define PCA_HTTP_EVENT_BATCH		16

struct PcaHttp
{
	dlist_node	node;			/* in idle_sessions, while it has no owner */
	uint64		party;
	struct HttpLease *lease;	/* of the owner, or NULL */
	CURLM	   *multi;
	CURLSH	   *share;			/* TLS sessions */
	PcaPollset	events;
	PcaTransfer **transfers;
	int			ntransfers;
	int			maxtransfers;	/* allocated length of transfers */
	PcaSockets	sockets;		/* of all its connections */
	char		broken[PCA_HTTP_REASON_SIZE];	/* why it cannot be used any
												 * more; or empty */
	int			reserved_fds;	/* sockets that PostgreSQL's file manager
								 * knows of */
	int64		alarm_at;		/* when the caller wants the descriptor to be
								 * readable; 0: never */
	int64		armed_for;		/* when the timer fires; 0: never */
};

/* The ownership of a session by a memory context. */
typedef struct HttpLease
{
	MemoryContextCallback callback;
	PcaHttp    *http;			/* NULL once it was released */
} HttpLease;

static dlist_head idle_sessions = DLIST_STATIC_INIT(idle_sessions);
static int	n_idle_sessions = 0;

/*
 * Block every signal while libcurl runs.  Threads that libcurl starts inherit the
 * signal mask, so that none of PostgreSQL's handlers ever runs in one.
 */
static void
enter_curl(sigset_t *saved)
{
	sigset_t	all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, saved);
	/* an earlier allocation failure has been handled by its caller */
	(void) pca_secure_alloc_has_failed();
}

static void
leave_curl(const sigset_t *saved)
{
	sigprocmask(SIG_SETMASK, saved, NULL);
}

/*
 * Initialize libcurl with an allocator that zeroes memory, since requests hold
 * secrets.  libcurl would write the TLS keys of its connections to the file that
 * the environment variable SSLKEYLOGFILE names; it reads the variable only here.
 */
static CURLcode
init_curl_library(void)
{
	static const char name[] = "SSLKEYLOGFILE";
	const char *file = getenv(name);
	char	   *saved_file = file ? strdup(file) : NULL;
	CURLcode	rc;

	unsetenv(name);
	rc = curl_global_init_mem(CURL_GLOBAL_DEFAULT, pca_secure_alloc_malloc, pca_secure_alloc_free,
							  pca_secure_alloc_realloc, pca_secure_alloc_strdup, pca_secure_alloc_calloc);
	if (saved_file)
		setenv(name, saved_file, 1);
	free(saved_file);
	return rc;
}

/* Check and initialize libcurl, once for each process; never in the postmaster. */
static void
ensure_curl(void)
{
	static bool initialized = false;
	const curl_version_info_data *version;
	sigset_t	saved;
	CURLcode	rc;

	if (initialized)
		return;
	if (MyProcPid == PostmasterPid)
		elog(ERROR, "libcurl must not be used in the postmaster");
	version = curl_version_info(CURLVERSION_NOW);
	if (version->version_num < PCA_HTTP_MIN_LIBCURL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("libcurl 7.87.0 or later is needed, but %s is installed",
						version->version)));
	if ((version->features & CURL_VERSION_ASYNCHDNS) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the installed libcurl cannot resolve host names in the background")));
	enter_curl(&saved);
	rc = init_curl_library();
	leave_curl(&saved);
	if (rc != CURLE_OK)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("could not initialize libcurl: %s", curl_easy_strerror(rc))));
	initialized = true;
}

/* CURLMOPT_SOCKETFUNCTION: watch the socket for these events. */
static int
on_socket(CURL *easy, curl_socket_t socket, int what, void *session, void *unused)
{
	PcaHttp    *http = session;
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

/* CURLMOPT_TIMERFUNCTION: call libcurl after timeout ms; -1: do not. */
static int
on_timer(CURLM *multi, long timeout, void *session)
{
	PcaHttp    *http = session;

	pca_pollset_set_timer(&http->events, PCA_POLLSET_LIBCURL, timeout);
	return 0;
}

/* Tell PostgreSQL's file manager how many sockets libcurl has open. */
static void
reserve_socket_fds(PcaHttp *http)
{
	for (; http->reserved_fds < http->sockets.count; http->reserved_fds++)
		ReserveExternalFD();
	for (; http->reserved_fds > http->sockets.count; http->reserved_fds--)
		ReleaseExternalFD();
}

/*
 * Returns true if the session cannot be used any more.  Called after each use of
 * libcurl, which does not always recover from an allocation that failed: transfers
 * hang, or send another request.
 */
static bool
is_broken(PcaHttp *http)
{
	if (pca_secure_alloc_has_failed())
		strlcpy(http->broken, "out of memory", sizeof(http->broken));
	return http->broken[0] != '\0';
}

void
pca_http_end(PcaHttp *http, PcaTransfer *transfer)
{
	sigset_t	saved;

	pca_request_log_end(pca_transfer_log_number(transfer), pca_transfer_status(transfer),
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
	pca_sockets_forget_closed(&http->sockets);
	reserve_socket_fds(http);
}

/* Close the session's connections and free it. */
static void
destroy_session(PcaHttp *http)
{
	sigset_t	saved;

	enter_curl(&saved);
	curl_multi_cleanup(http->multi);
	curl_share_cleanup(http->share);
	leave_curl(&saved);
	reserve_socket_fds(http);
	pca_pollset_close(&http->events);
	if (http->transfers)
		pfree(http->transfers);
	pfree(http);
}

/* Close the session that has been idle for longest. */
static void
destroy_oldest_session(void)
{
	PcaHttp    *http = dlist_container(PcaHttp, node, dlist_tail_node(&idle_sessions));

	dlist_delete(&http->node);
	n_idle_sessions--;
	destroy_session(http);
}

void
pca_http_disconnect(void)
{
	while (!dlist_is_empty(&idle_sessions))
		destroy_oldest_session();
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

	/* a session that is broken or was not opened completely cannot be reused */
	if (!http->multi || !http->share || is_broken(http))
	{
		destroy_session(http);
		return;
	}
	dlist_push_head(&idle_sessions, &http->node);
	if (++n_idle_sessions > PCA_HTTP_MAX_IDLE)
		destroy_oldest_session();
}

/* Reset callback of the memory context that owns the session. */
static void
release_on_reset(void *arg)
{
	HttpLease  *lease = arg;

	if (lease->http)
		pca_http_release(lease->http);
}

/* Remove and return an idle session of that party, or NULL. */
static PcaHttp *
take_idle_session(uint64 party)
{
	dlist_iter	iter;

	dlist_foreach(iter, &idle_sessions)
	{
		PcaHttp    *http = dlist_container(PcaHttp, node, iter.cur);

		if (http->party != party)
			continue;
		dlist_delete(&http->node);
		n_idle_sessions--;
		return http;
	}
	return NULL;
}

/* Create the libcurl handles of a new session. */
static void
create_curl_handles(PcaHttp *http)
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
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, PCA_HTTP_MAX_CONNECTIONS);
}

PcaHttp *
pca_http_acquire(MemoryContext owner, uint64 party)
{
	HttpLease  *lease = MemoryContextAllocZero(owner, sizeof(HttpLease));
	PcaHttp    *http;

	lease->callback.func = release_on_reset;
	lease->callback.arg = lease;
	MemoryContextRegisterResetCallback(owner, &lease->callback);

	ensure_curl();
	http = take_idle_session(party);
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
	create_curl_handles(http);
	return http;
}

/* Enlarge the list of transfers before one is created, which would leak otherwise. */
static void
enlarge_transfers(PcaHttp *http)
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

	enlarge_transfers(http);
	enter_curl(&saved);
	transfer = pca_transfer_create(request, http->share, &http->sockets, &reason);
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

/* Let libcurl handle an event; it calls the callbacks of transfers. */
static void
handle_event(PcaHttp *http, const PcaPollsetEvent *ready)
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

/* Finish the transfers whose results libcurl has. */
static void
finish_transfers(PcaHttp *http)
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

/* Fail all transfers of a broken session. */
static void
fail_transfers(PcaHttp *http)
{
	char		detail[PCA_HTTP_REASON_SIZE];

	strlcpy(detail, http->broken, sizeof(detail));
	detail[0] = pg_ascii_toupper((unsigned char) detail[0]);
	for (int i = 0; i < http->ntransfers; i++)
		pca_transfer_fail(http->transfers[i], detail);
}

/*
 * Fail the transfers that have waited too long for a byte.  Returns when the next
 * one expires; 0 if none waits.
 */
static int64
expire_transfers(PcaHttp *http)
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
 * Let the timer fire at that time (0: no need), or when the caller has set it.
 * If it is armed for an earlier time, it is armed again only after it has fired,
 * which saves a system call for every packet.
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
	PcaPollsetEvent ready[PCA_HTTP_EVENT_BATCH];
	sigset_t	saved;
	int			n;

	(void) pca_http_resume(http);
	enter_curl(&saved);
	n = pca_pollset_poll(&http->events, ready, PCA_HTTP_EVENT_BATCH);
	for (int i = 0; i < n; i++)
		handle_event(http, &ready[i]);
	if (is_broken(http))
		fail_transfers(http);
	finish_transfers(http);
	/* otherwise an event that is not handled yet may have brought a byte */
	if (n < PCA_HTTP_EVENT_BATCH)
		arm_alarm(http, expire_transfers(http));
	leave_curl(&saved);
	reserve_socket_fds(http);
}

/* Wait for the descriptor, the latch, or timeout ms. */
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
	/* a resumed transfer may have bytes that libcurl kept during the pause */
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
