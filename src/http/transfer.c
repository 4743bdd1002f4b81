/*
 * transfer.c
 *		What is said to libcurl about one request, and what of its answer is
 *		kept until somebody has read it.
 *
 * libcurl's callbacks record and return: they neither palloc nor raise, since
 * nothing may jump through libcurl's frames.
 *
 * When bytes move is asked in http.c, what they mean further up.
 */
#include "postgres.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>

#include "utils/memutils.h"

#include "http/pollset.h"
#include "http/public_address.h"
#include "http/redact.h"
#include "http/response_body.h"
#include "http/response_header.h"
#include "http/sockets.h"
#include "http/transfer.h"

/*
 * Unconsumed bytes of a body at which libcurl is told to read no more, unless
 * its reader says otherwise: what a token's answer or an error never reaches.
 */
#define PCA_BODY_HIGH_WATER	((size_t) 512 * 1024)

/*
 * libcurl's receive buffer.  When a transfer is paused, libcurl keeps what it has
 * received, so it is a packet of TLS or two (16 kB each).
 */
#define PCA_RESPONSE_BODY_BUFFER	(32 * 1024L)

/*
 * A body that becomes that many times larger when it is decompressed is said to
 * do so, when it is too large: rows of the API shrink to a tenth or twentieth.
 */
#define PCA_BOMB_RATIO		100

/* Encodings that are requested: see inflate.c. */
#define PCA_ACCEPT_ENCODING	"Accept-Encoding: gzip, deflate"

/* All headers of an answer; the documented ones are below 2 kB. */
#define PCA_MAX_HEADERS		((size_t) 64 * 1024)
#define PCA_LARGE_HEADERS	"The answer's headers are larger than 64 kB"

/* Addresses that libcurl tries at once; it is two, one of each family. */
#define PCA_CONTACTS		4

struct PcaTransfer
{
	CURL	   *easy;
	struct curl_slist *headers;
	struct curl_slist *secrets;
	char	   *post_form;
	PcaTransferSet *set;
	bool		public_only;
	bool		look;			/* no answer is asked for */
	int			idle_timeout;
	uint64		journal;

	/* sockets that it has opened, the last ones first; where the first leads */
	int			contacts[PCA_CONTACTS];
	char		address[INET6_ADDRSTRLEN];
	bool		connects;		/* one of them is waited for to say something */

	PcaTransferState state;
	PcaFailure	failure;
	char		detail[CURL_ERROR_SIZE];	/* ours, or else libcurl's */
	char		curl_detail[CURL_ERROR_SIZE];

	int			status;
	size_t		header_bytes;
	bool		compression;	/* was requested */

	PcaResponseBody receive;	/* the body */
	bool		arrived;		/* all of it; some may wait to be decompressed */
	bool		paused;

	bool		connected;
	int64		last_byte;		/* when one came */
	int64		seen;			/* bytes on the wire when that was last asked */
};

/* What it is to our callers that a body cannot be received. */
static const struct
{
	PcaFailure	failure;
	const char *detail;
}			received[] =

{
	[PCA_RESPONSE_BODY_CORRUPT] = {PCA_FAILURE_ENCODING,
	"The compressed response is not what its Content-Encoding says"},
	[PCA_RESPONSE_BODY_TRAILING] = {PCA_FAILURE_ENCODING,
	"The compressed answer goes on behind its end"},
	[PCA_RESPONSE_BODY_CUT_OFF] = {PCA_FAILURE_ENCODING,
	"The compressed response ends too early"},
	[PCA_RESPONSE_BODY_TOO_LARGE] = {PCA_FAILURE_TOO_LARGE,
	"The answer is larger than option \"max_response_size\" allows"},
	[PCA_RESPONSE_BODY_NO_MEMORY] = {PCA_FAILURE_OTHER, "Memory is out"}
};

/*
 * Words in libcurl's message that tell a TLS handshake whose connection was
 * lost, which may be tried again, from one that was refused.
 */
static const char *const lost_handshake[] =
{
	"SSL_ERROR_SYSCALL", "unexpected eof", "Connection reset"
};

/* Record why a transfer has to fail; the first reason stands. */
static void
note_failure(PcaTransfer *transfer, PcaFailure failure, const char *detail)
{
	if (transfer->failure != PCA_FAILURE_NONE)
		return;
	transfer->failure = failure;
	strlcpy(transfer->detail, detail, sizeof(transfer->detail));
}

/*
 * Record why a body cannot be received, if it cannot: what is said of a body that
 * is too large depends on what has made it so.
 */
static bool
note_received(PcaTransfer *transfer, PcaResponseBodyResult result)
{
	int64		expansion = pca_response_body_expansion(&transfer->receive);
	char		detail[CURL_ERROR_SIZE];

	if (result == PCA_RESPONSE_BODY_OK)
		return true;
	strlcpy(detail, received[result].detail, sizeof(detail));
	if (result == PCA_RESPONSE_BODY_TOO_LARGE && expansion >= PCA_BOMB_RATIO)
		snprintf(detail, sizeof(detail),
				 "The compressed response expands to " INT64_FORMAT " times its size, "
				 "and is larger than option \"max_response_size\" allows", expansion);
	note_failure(transfer, received[result].failure, detail);
	return false;
}

/* Remember a socket that is about to connect. */
static void
note_contact(PcaTransfer *transfer, int socket, const struct sockaddr *address)
{
	const void *bytes = address->sa_family == AF_INET6 ?
		(const void *) &((const struct sockaddr_in6 *) address)->sin6_addr :
		(const void *) &((const struct sockaddr_in *) address)->sin_addr;

	memmove(&transfer->contacts[1], &transfer->contacts[0],
			sizeof(int) * (PCA_CONTACTS - 1));
	transfer->contacts[0] = socket;
	if (!inet_ntop(address->sa_family, bytes, transfer->address, sizeof(transfer->address)))
		transfer->address[0] = '\0';
}

/* libcurl: open a socket to that address. */
static curl_socket_t
on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	PcaTransfer *transfer = arg;
	int			fd;

	if (transfer->public_only && !pca_public_address_is_public(&address->addr))
	{
		note_failure(transfer, PCA_FAILURE_FORBIDDEN,
					 "The host's address is not a public one");
		return CURL_SOCKET_BAD;
	}
	fd = pca_sockets_open(&transfer->set->sockets, address->family, address->socktype,
						  address->protocol);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	note_contact(transfer, fd, &address->addr);
	return fd;
}

void
pca_transfer_wait_for_socket(PcaTransfer *transfer, int socket)
{
	for (int i = 0; i < PCA_CONTACTS; i++)
		transfer->connects |= transfer->contacts[i] == socket;
}

const char *
pca_transfer_peer_address(const PcaTransfer *transfer, bool *connected)
{
	*connected = transfer->connects;
	return transfer->address;
}

/* libcurl: close that socket, whichever transfer opened it. */
static int
on_close_socket(void *set, curl_socket_t socket)
{
	return pca_sockets_close(&((PcaTransferSet *) set)->sockets, socket);
}

/* libcurl: connected, perhaps since an earlier transfer; about to send. */
static int
on_connected(void *arg, char *peer, char *local, int peer_port, int local_port)
{
	PcaTransfer *transfer = arg;

	if (transfer->public_only && !pca_public_address_text_is_public(peer))
	{
		note_failure(transfer, PCA_FAILURE_FORBIDDEN,
					 "The host's address is not a public one");
		return CURL_PREREQFUNC_ABORT;
	}
	transfer->connected = true;
	transfer->last_byte = pca_pollset_now();
	return CURL_PREREQFUNC_OK;
}

/* The headers are complete: see what they say about the body; false to refuse it. */
static bool
begin_body(PcaTransfer *transfer)
{
	PcaFraming	framing = {0};
	char		detail[CURL_ERROR_SIZE];

	switch (pca_response_header_read(transfer->easy, transfer->compression, &framing, detail,
									 sizeof(detail)))
	{
		case PCA_RESPONSE_HEADER_ACCEPTED:
			if (pca_response_body_begin(&transfer->receive, framing.coding))
				return true;
			note_received(transfer, PCA_RESPONSE_BODY_NO_MEMORY);
			return false;
		case PCA_RESPONSE_HEADER_AMBIGUOUS:
			note_failure(transfer, PCA_FAILURE_TRANSPORT, detail);
			return false;
		case PCA_RESPONSE_HEADER_UNREQUESTED:
			note_failure(transfer, PCA_FAILURE_UNREQUESTED, detail);
			return false;
	}
	return false;
}

/* libcurl: one line of the headers, or of the trailers of a chunked body. */
static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
	PcaTransfer *transfer = arg;
	size_t		length = size * count;
	long		status = 0;

	transfer->last_byte = pca_pollset_now();
	transfer->header_bytes += length;
	if (transfer->header_bytes > PCA_MAX_HEADERS)
	{
		note_failure(transfer, PCA_FAILURE_LIMIT_EXCEEDED, PCA_LARGE_HEADERS);
		return 0;
	}

	/* an empty line ends them; those of an interim answer (1xx) do not count */
	if (transfer->status == 0 && (line[0] == '\r' || line[0] == '\n'))
	{
		curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
		if (status < 200)
			return length;
		transfer->status = (int) status;
		return begin_body(transfer) ? length : 0;
	}
	return length;
}

/* libcurl: bytes of the body.  What is refused by a pause comes again. */
static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
	PcaTransfer *transfer = arg;
	size_t		length = size * count;

	transfer->last_byte = pca_pollset_now();
	if (transfer->state != PCA_TRANSFER_RUNNING)
		return 0;
	if (pca_response_body_is_full(&transfer->receive, length))
	{
		transfer->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (note_received(transfer, pca_response_body_accept(&transfer->receive, bytes, length)))
		return length;
	return 0;
}

/* Set one option, unless an earlier one could not be set. */
#define SET(option, value) \
	do { \
		if (rc == CURLE_OK) \
			rc = curl_easy_setopt(easy, option, value); \
	} while (0)

/* Who is called, and with what. */
static CURLcode
set_callbacks(PcaTransfer *transfer, CURLSH *share)
{
	CURL	   *easy = transfer->easy;
	CURLcode	rc = CURLE_OK;

	SET(CURLOPT_PRIVATE, transfer);
	SET(CURLOPT_ERRORBUFFER, transfer->curl_detail);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, transfer);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, transfer);
	SET(CURLOPT_PREREQFUNCTION, on_connected);
	SET(CURLOPT_PREREQDATA, transfer);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	SET(CURLOPT_OPENSOCKETDATA, transfer);
	/* a connection may be closed after its transfer is gone */
	SET(CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
	SET(CURLOPT_CLOSESOCKETDATA, transfer->set);
	SET(CURLOPT_SHARE, share);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L);
	return rc;
}

/* What may be spoken, with whom, through what. */
static CURLcode
set_trust(PcaTransfer *transfer, const PcaHttpRequest *request)
{
	CURL	   *easy = transfer->easy;
	CURLcode	rc = CURLE_OK;

	SET(CURLOPT_PROTOCOLS_STR, request->allow_http ? "http,https" : "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	SET(CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (request->ca_file)
	{
		SET(CURLOPT_CAINFO, request->ca_file);
		SET(CURLOPT_PROXY_CAINFO, request->ca_file);
	}

	/* empty text, not NULL: that would ask the environment */
	SET(CURLOPT_PROXY, request->proxy ? request->proxy : "");
	SET(CURLOPT_NOPROXY, "");
	SET(CURLOPT_HEADEROPT, (long) CURLHEADER_SEPARATE);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (request->proxy && request->proxy_user)
		SET(CURLOPT_PROXYUSERNAME, request->proxy_user);
	if (request->proxy && request->proxy_password)
		SET(CURLOPT_PROXYPASSWORD, request->proxy_password);
	return rc;
}

/* How it is transferred. */
static CURLcode
set_transport(PcaTransfer *transfer, const PcaHttpRequest *request)
{
	CURL	   *easy = transfer->easy;
	CURLcode	rc = CURLE_OK;

	/* why not HTTP/2 is said in http.c */
	SET(CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long) request->connect_timeout);
	SET(CURLOPT_BUFFERSIZE, PCA_RESPONSE_BODY_BUFFER);
	SET(CURLOPT_TCP_NODELAY, 1L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_USERAGENT, "pc_analytics_fdw/" PCA_VERSION);
	if (request->look)
	{
		SET(CURLOPT_CONNECT_ONLY, 1L);
		SET(CURLOPT_FRESH_CONNECT, 1L);
		SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
		SET(CURLOPT_CERTINFO, 1L);
	}
	return rc;
}

/* A copy of a text behind the others. */
static CURLcode
copy_text(struct curl_slist **copies, const char *text)
{
	struct curl_slist *longer = curl_slist_append(*copies, text);

	if (!longer)
		return CURLE_OUT_OF_MEMORY;
	*copies = longer;
	return CURLE_OK;
}

/* Copies of the texts, made one by one: all or out of memory. */
static CURLcode
copy_texts(struct curl_slist **copies, List *texts)
{
	CURLcode	rc = CURLE_OK;
	ListCell   *cell;

	foreach(cell, texts)
	{
		if (rc == CURLE_OK)
			rc = copy_text(copies, lfirst(cell));
	}
	return rc;
}

/* Zero and free copies of texts. */
static void
free_texts(struct curl_slist *texts)
{
	for (struct curl_slist *text = texts; text; text = text->next)
		explicit_bzero(text->data, strlen(text->data));
	curl_slist_free_all(texts);
}

/* What is asked. */
static CURLcode
set_question(PcaTransfer *transfer, const PcaHttpRequest *request)
{
	CURL	   *easy = transfer->easy;
	CURLcode	rc = copy_texts(&transfer->headers, request->headers);

	/* not CURLOPT_ACCEPT_ENCODING, with which libcurl decompresses */
	if (rc == CURLE_OK && request->compression)
		rc = copy_text(&transfer->headers, PCA_ACCEPT_ENCODING);
	if (rc == CURLE_OK)
		rc = copy_texts(&transfer->secrets, request->secrets);
	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_HTTPHEADER, transfer->headers);
	if (request->post_form && rc == CURLE_OK)
	{
		transfer->post_form = strdup(request->post_form);
		if (!transfer->post_form)
			return CURLE_OUT_OF_MEMORY;
		SET(CURLOPT_POSTFIELDS, transfer->post_form);
		SET(CURLOPT_POSTFIELDSIZE, (long) strlen(transfer->post_form));
	}
	return rc;
}

PcaTransfer *
pca_transfer_create(const PcaHttpRequest *request, void *share,
					PcaTransferSet *set, const char **reason)
{
	PcaTransfer *transfer = MemoryContextAllocExtended(TopMemoryContext, sizeof(PcaTransfer),
													   MCXT_ALLOC_NO_OOM | MCXT_ALLOC_ZERO);
	CURLcode	rc = CURLE_OUT_OF_MEMORY;

	if (!transfer)
	{
		*reason = curl_easy_strerror(rc);
		return NULL;
	}
	transfer->set = set;
	transfer->receive.max_size = request->max_size;
	transfer->receive.buffer = request->buffer ? request->buffer : PCA_BODY_HIGH_WATER;
	transfer->receive.high_water = transfer->receive.buffer;
	transfer->receive.body.secret = request->secret;
	transfer->public_only = request->public_only;
	transfer->look = request->look;
	transfer->compression = request->compression;
	transfer->idle_timeout = request->idle_timeout;
	transfer->journal = request->journal;
	memset(transfer->contacts, -1, sizeof(transfer->contacts));
	transfer->state = PCA_TRANSFER_RUNNING;
	transfer->easy = curl_easy_init();
	if (transfer->easy)
		rc = set_callbacks(transfer, share);
	if (rc == CURLE_OK)
		rc = set_trust(transfer, request);
	if (rc == CURLE_OK)
		rc = set_transport(transfer, request);
	if (rc == CURLE_OK)
		rc = set_question(transfer, request);
	if (rc == CURLE_OK)
		return transfer;
	pca_transfer_free(transfer);
	*reason = curl_easy_strerror(rc);
	return NULL;
}

void
pca_transfer_free(PcaTransfer *transfer)
{
	curl_easy_cleanup(transfer->easy);
	free_texts(transfer->headers);
	free_texts(transfer->secrets);
	if (transfer->post_form)
		explicit_bzero(transfer->post_form, strlen(transfer->post_form));
	free(transfer->post_form);
	pca_response_body_free(&transfer->receive);
	pfree(transfer);
}

void *
pca_transfer_handle(const PcaTransfer *transfer)
{
	return transfer->easy;
}

PcaTransfer *
pca_transfer_from_handle(void *handle)
{
	char	   *transfer = NULL;

	curl_easy_getinfo((CURL *) handle, CURLINFO_PRIVATE, &transfer);
	return (PcaTransfer *) transfer;
}

PcaTransferState
pca_transfer_state(const PcaTransfer *transfer)
{
	return transfer->state;
}

int
pca_transfer_status(const PcaTransfer *transfer)
{
	return transfer->status;
}

const char *
pca_transfer_header(const PcaTransfer *transfer, const char *name)
{
	return pca_response_header_value(transfer->easy, name);
}

PcaFailure
pca_transfer_failure(const PcaTransfer *transfer, const char **detail)
{
	*detail = transfer->detail;
	return transfer->failure;
}

void
pca_transfer_redact(const PcaTransfer *transfer, char *text, size_t length)
{
	for (struct curl_slist *secret = transfer->secrets; secret; secret = secret->next)
		pca_redact_secret(text, length, secret->data);
}

int64
pca_transfer_received(const PcaTransfer *transfer)
{
	curl_off_t	received = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
	return received;
}

/* Microseconds from the beginning to the end of a step; 0: it was not reached. */
static int64
time_of(CURL *easy, CURLINFO which)
{
	curl_off_t	time = 0;

	curl_easy_getinfo(easy, which, &time);
	return time;
}

PcaTransferTimes
pca_transfer_times(const PcaTransfer *transfer)
{
	PcaTransferTimes times = {
		.resolved = time_of(transfer->easy, CURLINFO_NAMELOOKUP_TIME_T),
		.connected = time_of(transfer->easy, CURLINFO_CONNECT_TIME_T),
		.secured = time_of(transfer->easy, CURLINFO_APPCONNECT_TIME_T),
		.ended = time_of(transfer->easy, CURLINFO_TOTAL_TIME_T)
	};

	return times;
}

int
pca_transfer_certificates(const PcaTransfer *transfer)
{
	struct curl_certinfo *chain = NULL;

	if (curl_easy_getinfo(transfer->easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain)
		return 0;
	return chain->num_of_certs;
}

const char *
pca_transfer_certificate(const PcaTransfer *transfer, const char *name)
{
	size_t		length = strlen(name);
	struct curl_certinfo *chain;

	if (pca_transfer_certificates(transfer) < 1 ||
		curl_easy_getinfo(transfer->easy, CURLINFO_CERTINFO, &chain) != CURLE_OK)
		return NULL;
	for (struct curl_slist *line = chain->certinfo[0]; line; line = line->next)
	{
		if (strncmp(line->data, name, length) == 0 && line->data[length] == ':')
			return line->data + length + 1;
	}
	return NULL;
}

uint64
pca_transfer_request_number(const PcaTransfer *transfer)
{
	return transfer->journal;
}

char *
pca_transfer_body(PcaTransfer *transfer, size_t *length)
{
	*length = pca_recv_buffer_unread(&transfer->receive.body);
	return pca_recv_buffer_bytes(&transfer->receive.body);
}

void
pca_transfer_consume(PcaTransfer *transfer, size_t length)
{
	pca_recv_buffer_consume(&transfer->receive.body, length);
}

void
pca_transfer_allow_more(PcaTransfer *transfer)
{
	pca_response_body_raise_limit(&transfer->receive);
}

/* The transfer is done, unless there is a reason that it has failed. */
static void
end_body(PcaTransfer *transfer, PcaResponseBodyResult result)
{
	if (note_received(transfer, result))
	{
		transfer->state = PCA_TRANSFER_DONE;
		transfer->failure = PCA_FAILURE_NONE;
	}
	else
		transfer->state = PCA_TRANSFER_FAILED;
}

/* Decompress what waits, for which there is room; true if anything did. */
static bool
go_on_decompressing(PcaTransfer *transfer)
{
	PcaResponseBodyResult result;

	if (!pca_response_body_has_pending(&transfer->receive))
		return false;
	transfer->last_byte = pca_pollset_now();
	result = pca_response_body_decompress(&transfer->receive);
	if (result != PCA_RESPONSE_BODY_OK)
		end_body(transfer, result);
	else if (transfer->arrived && !pca_response_body_has_pending(&transfer->receive))
		end_body(transfer, pca_response_body_end(&transfer->receive));
	return true;
}

bool
pca_transfer_resume(PcaTransfer *transfer)
{
	CURLcode	rc;
	bool		resumed;

	if (transfer->state != PCA_TRANSFER_RUNNING || !pca_response_body_has_space(&transfer->receive))
		return false;
	resumed = go_on_decompressing(transfer);
	if (!transfer->paused || transfer->state != PCA_TRANSFER_RUNNING ||
		pca_response_body_has_pending(&transfer->receive))
		return resumed;
	transfer->paused = false;
	transfer->last_byte = pca_pollset_now();
	rc = curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
	if (rc != CURLE_OK)
		pca_transfer_finish(transfer, rc);
	return true;
}

/* Whether a proxy answered, but not as we want it. */
static bool
proxy_refused(const PcaTransfer *transfer)
{
	long		status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status >= 400 && status < 500;
}

/* Whether a handshake failed because its connection was lost. */
static bool
handshake_was_lost(const PcaTransfer *transfer)
{
	for (int i = 0; i < (int) lengthof(lost_handshake); i++)
	{
		if (strstr(transfer->curl_detail, lost_handshake[i]))
			return true;
	}
	return false;
}

/* What a code of libcurl's is to our callers. */
static PcaFailure
classify(const PcaTransfer *transfer, CURLcode code)
{
	PcaFailure	failure = pca_transfer_failure_from_curl(code);

	if (failure == PCA_FAILURE_TRANSPORT && proxy_refused(transfer))
		return PCA_FAILURE_OTHER;
	if (code == CURLE_SSL_CONNECT_ERROR && handshake_was_lost(transfer))
		return PCA_FAILURE_TRANSPORT;

	/* what came on a good connection was not HTTP */
	if (code == CURLE_UNSUPPORTED_PROTOCOL && transfer->connected)
		return PCA_FAILURE_TRANSPORT;

	/* a header line that is longer than libcurl's own limit */
	if (code == CURLE_OUT_OF_MEMORY && transfer->connected && transfer->status == 0)
		return PCA_FAILURE_LIMIT_EXCEEDED;
	return failure;
}

/* libcurl's words on the failure. */
static const char *
curl_words(const PcaTransfer *transfer, CURLcode code, PcaFailure failure)
{
	if (failure == PCA_FAILURE_LIMIT_EXCEEDED)
		return PCA_LARGE_HEADERS;
	if (transfer->curl_detail[0] != '\0')
		return transfer->curl_detail;
	return curl_easy_strerror(code);
}

void
pca_transfer_finish(PcaTransfer *transfer, int code)
{
	PcaFailure	failure;

	if (transfer->state != PCA_TRANSFER_RUNNING)
		return;
	if (code == CURLE_OK && transfer->status == 0 && !transfer->look)
	{
		transfer->state = PCA_TRANSFER_FAILED;
		note_failure(transfer, PCA_FAILURE_TRANSPORT,
					 "No answer came but interim ones (HTTP status 1xx)");
		return;
	}
	if (code == CURLE_OK)
	{
		transfer->arrived = true;
		if (!pca_response_body_has_pending(&transfer->receive))
			end_body(transfer, pca_response_body_end(&transfer->receive));
		return;
	}
	transfer->state = PCA_TRANSFER_FAILED;
	failure = classify(transfer, code);
	note_failure(transfer, failure, curl_words(transfer, code, failure));
}

void
pca_transfer_fail(PcaTransfer *transfer, const char *detail)
{
	if (transfer->state != PCA_TRANSFER_RUNNING)
		return;
	transfer->state = PCA_TRANSFER_FAILED;
	note_failure(transfer, PCA_FAILURE_OTHER, detail);
}

int64
pca_transfer_deadline(const PcaTransfer *transfer)
{
	if (transfer->state != PCA_TRANSFER_RUNNING || !transfer->connected || transfer->paused ||
		pca_response_body_has_pending(&transfer->receive))
		return -1;
	return transfer->last_byte + transfer->idle_timeout;
}

void
pca_transfer_expire(PcaTransfer *transfer)
{
	int64		received = pca_transfer_received(transfer);

	if (received != transfer->seen)
	{
		transfer->seen = received;
		transfer->last_byte = pca_pollset_now();
		return;
	}
	transfer->state = PCA_TRANSFER_FAILED;
	note_failure(transfer, PCA_FAILURE_TIMEOUT,
				 "No byte came for as long as option \"request_timeout\" says");
}
