/*
 * transfer.c
 *		One HTTP request and its response, on one easy handle of libcurl.
 *
 * libcurl's callbacks record and return: they neither call palloc nor raise an
 * error, since an error must not jump through libcurl's frames.
 */
#include "postgres.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "utils/memutils.h"

#include "http/pollset.h"
#include "http/public_address.h"
#include "http/redact.h"
#include "http/response_body.h"
#include "http/response_header.h"
#include "http/transfer_failure.h"
#include "http/transfer_internal.h"
#include "http/transfer_options.h"

/*
 * Default of the unread bytes of a body, at which libcurl is told to receive no
 * more.  The response of a token endpoint and an error body never reach it.
 */
#define PCA_TRANSFER_BUFFER_SIZE	((size_t) 512 * 1024)

/*
 * The expansion from which on a compressed body that is too large is reported as
 * such.  The API's rows shrink to a tenth or twentieth when compressed.
 */
#define PCA_TRANSFER_SUSPECT_EXPANSION	100

/* The encodings that are requested are those of inflate.c. */
#define PCA_TRANSFER_ACCEPT_ENCODING	"Accept-Encoding: gzip, deflate"

/* Bytes of all header fields of a response; the documented ones are below 2 kB. */
#define PCA_TRANSFER_MAX_HEADER_SIZE	((size_t) 64 * 1024)
#define PCA_TRANSFER_LARGE_HEADER	"The response's header fields are larger than 64 kB"

#define PCA_TRANSFER_NOT_PUBLIC	"The host's address is not a public one"

/*
 * Sockets of a transfer that are remembered.  libcurl connects to two addresses
 * at once, one of each family.
 */
#define PCA_TRANSFER_MAX_SOCKETS	4

struct PcaTransfer
{
	CURL	   *easy;
	struct curl_slist *headers;
	struct curl_slist *secrets;
	char	   *post_form;
	PcaSockets *sockets;		/* of the session; outlives the transfer */
	bool		public_only;
	bool		connect_only;
	int			idle_timeout_ms;
	uint64		log_number;

	/* the sockets opened last, newest first, and the address of the newest */
	int			opened[PCA_TRANSFER_MAX_SOCKETS];
	char		address[INET6_ADDRSTRLEN];
	bool		awaited_bytes;	/* libcurl has waited for bytes from one of
								 * them */

	PcaTransferState state;
	PcaFailure	failure;
	char		detail[CURL_ERROR_SIZE];	/* of the failure */
	char		curl_detail[CURL_ERROR_SIZE];	/* libcurl's error buffer */

	int			status;
	size_t		header_size;	/* bytes of the header fields so far */
	bool		compression;	/* it was requested */

	PcaResponseBody body;
	bool		is_received;	/* the whole body has been received; some of
								 * it may wait to be decompressed */
	bool		is_paused;

	bool		is_connected;
	int64		last_byte_ms;	/* when a byte arrived, in pca_pollset_now()'s
								 * time */
	int64		expire_received;	/* bytes received at the last expiry check */
};

/* The failure that each result of receiving a body is for callers. */
static const struct
{
	PcaFailure	failure;
	const char *detail;
}			body_failures[] =

{
	[PCA_RESPONSE_BODY_CORRUPT] = {PCA_FAILURE_ENCODING,
	"The compressed response is not what its Content-Encoding says"},
	[PCA_RESPONSE_BODY_TRAILING] = {PCA_FAILURE_ENCODING,
	"The compressed response continues after its end"},
	[PCA_RESPONSE_BODY_CUT_OFF] = {PCA_FAILURE_ENCODING,
	"The compressed response ends too early"},
	[PCA_RESPONSE_BODY_TOO_LARGE] = {PCA_FAILURE_TOO_LARGE,
	"The response is larger than option \"max_response_size\" allows"},
	[PCA_RESPONSE_BODY_NO_MEMORY] = {PCA_FAILURE_OTHER, "Out of memory"}
};

/*
 * Parts of libcurl's message for a TLS handshake whose connection was lost, which
 * may be retried, unlike one that the server refused.
 */
static const char *const lost_handshake_messages[] =
{
	"SSL_ERROR_SYSCALL", "unexpected eof", "Connection reset"
};

/* Record why the transfer fails.  The first reason is kept. */
static void
record_failure(PcaTransfer *transfer, PcaFailure failure, const char *detail)
{
	if (transfer->failure != PCA_FAILURE_NONE)
		return;
	transfer->failure = failure;
	strlcpy(transfer->detail, detail, sizeof(transfer->detail));
}

/*
 * Returns true if the body could be received; otherwise records the failure.  A
 * body that is too large may be so because of its expansion.
 */
static bool
record_body_result(PcaTransfer *transfer, PcaResponseBodyResult result)
{
	int64		expansion = pca_response_body_expansion(&transfer->body);
	char		detail[CURL_ERROR_SIZE];

	if (result == PCA_RESPONSE_BODY_OK)
		return true;
	strlcpy(detail, body_failures[result].detail, sizeof(detail));
	if (result == PCA_RESPONSE_BODY_TOO_LARGE && expansion >= PCA_TRANSFER_SUSPECT_EXPANSION)
		snprintf(detail, sizeof(detail),
				 "The compressed response expands to " INT64_FORMAT " times its size, "
				 "and is larger than option \"max_response_size\" allows", expansion);
	record_failure(transfer, body_failures[result].failure, detail);
	return false;
}

/* Remember a socket that is about to connect, and its address. */
static void
record_socket(PcaTransfer *transfer, int socket, const struct sockaddr *address)
{
	const void *bytes = address->sa_family == AF_INET6 ?
		(const void *) &((const struct sockaddr_in6 *) address)->sin6_addr :
		(const void *) &((const struct sockaddr_in *) address)->sin_addr;

	memmove(&transfer->opened[1], &transfer->opened[0],
			sizeof(int) * (PCA_TRANSFER_MAX_SOCKETS - 1));
	transfer->opened[0] = socket;
	if (!inet_ntop(address->sa_family, bytes, transfer->address, sizeof(transfer->address)))
		transfer->address[0] = '\0';
}

/* CURLOPT_OPENSOCKETFUNCTION */
static curl_socket_t
on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	PcaTransfer *transfer = arg;
	int			fd;

	if (transfer->public_only && !pca_public_address_is_public(&address->addr))
	{
		record_failure(transfer, PCA_FAILURE_FORBIDDEN,
					   PCA_TRANSFER_NOT_PUBLIC);
		return CURL_SOCKET_BAD;
	}
	fd = pca_sockets_open(transfer->sockets, address->family, address->socktype,
						  address->protocol);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	record_socket(transfer, fd, &address->addr);
	return fd;
}

void
pca_transfer_wait_for_socket(PcaTransfer *transfer, curl_socket_t socket)
{
	for (int i = 0; i < PCA_TRANSFER_MAX_SOCKETS; i++)
		transfer->awaited_bytes |= transfer->opened[i] == socket;
}

const char *
pca_transfer_peer_address(const PcaTransfer *transfer, bool *connected)
{
	*connected = transfer->awaited_bytes;
	return transfer->address;
}

/* CURLOPT_CLOSESOCKETFUNCTION: another transfer may have opened the socket. */
static int
on_close_socket(void *sockets, curl_socket_t socket)
{
	return pca_sockets_close(sockets, socket);
}

/*
 * CURLOPT_PREREQFUNCTION: about to send the request, on a new connection or one
 * that an earlier transfer made.
 */
static int
on_connected(void *arg, char *peer, char *local, int peer_port, int local_port)
{
	PcaTransfer *transfer = arg;

	if (transfer->public_only && !pca_public_address_text_is_public(peer))
	{
		record_failure(transfer, PCA_FAILURE_FORBIDDEN,
					   PCA_TRANSFER_NOT_PUBLIC);
		return CURL_PREREQFUNC_ABORT;
	}
	transfer->is_connected = true;
	transfer->last_byte_ms = pca_pollset_now();
	return CURL_PREREQFUNC_OK;
}

/*
 * Read what the complete header fields say about the body; false if the response
 * is not accepted.
 */
static bool
begin_body(PcaTransfer *transfer)
{
	PcaFraming	framing = {0};
	char		detail[CURL_ERROR_SIZE];

	switch (pca_response_header_read(transfer->easy, transfer->compression, &framing, detail,
									 sizeof(detail)))
	{
		case PCA_RESPONSE_HEADER_ACCEPTED:
			if (pca_response_body_begin(&transfer->body, framing.coding))
				return true;
			record_body_result(transfer, PCA_RESPONSE_BODY_NO_MEMORY);
			return false;
		case PCA_RESPONSE_HEADER_AMBIGUOUS:
			record_failure(transfer, PCA_FAILURE_TRANSPORT, detail);
			return false;
		case PCA_RESPONSE_HEADER_UNREQUESTED:
			record_failure(transfer, PCA_FAILURE_UNREQUESTED, detail);
			return false;
	}
	return false;
}

/* CURLOPT_HEADERFUNCTION: one line of the header or trailer section. */
static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
	PcaTransfer *transfer = arg;
	size_t		length = size * count;
	long		status = 0;

	transfer->last_byte_ms = pca_pollset_now();
	transfer->header_size += length;
	if (transfer->header_size > PCA_TRANSFER_MAX_HEADER_SIZE)
	{
		record_failure(transfer, PCA_FAILURE_LIMIT_EXCEEDED, PCA_TRANSFER_LARGE_HEADER);
		return 0;
	}

	/* an empty line ends them; interim responses (1xx) are ignored */
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

/*
 * CURLOPT_WRITEFUNCTION: bytes of the body.  After a pause libcurl passes the same
 * bytes again.
 */
static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
	PcaTransfer *transfer = arg;
	size_t		length = size * count;

	transfer->last_byte_ms = pca_pollset_now();
	if (transfer->state != PCA_TRANSFER_RUNNING)
		return 0;
	if (pca_response_body_is_full(&transfer->body, length))
	{
		transfer->is_paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (record_body_result(transfer, pca_response_body_accept(&transfer->body, bytes, length)))
		return length;
	return 0;
}

#define SET(option, value)	PCA_TRANSFER_SET(easy, rc, option, value)

/* Set the functions that libcurl calls, and what it passes to them. */
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
	SET(CURLOPT_CLOSESOCKETDATA, transfer->sockets);
	SET(CURLOPT_SHARE, share);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L);
	return rc;
}

/* Append a copy of a text to the list. */
static CURLcode
append_text_copy(struct curl_slist **copies, const char *text)
{
	struct curl_slist *longer = curl_slist_append(*copies, text);

	if (!longer)
		return CURLE_OUT_OF_MEMORY;
	*copies = longer;
	return CURLE_OK;
}

/* Append copies of the texts to the list. */
static CURLcode
append_text_copies(struct curl_slist **copies, List *texts)
{
	CURLcode	rc = CURLE_OK;
	ListCell   *cell;

	foreach(cell, texts)
	{
		if (rc == CURLE_OK)
			rc = append_text_copy(copies, lfirst(cell));
	}
	return rc;
}

/* Zero and free the list. */
static void
free_text_copies(struct curl_slist *texts)
{
	for (struct curl_slist *text = texts; text; text = text->next)
		explicit_bzero(text->data, strlen(text->data));
	curl_slist_free_all(texts);
}

/* Set the URL, the header fields and the form. */
static CURLcode
set_request_options(PcaTransfer *transfer, const PcaHttpRequest *request)
{
	CURL	   *easy = transfer->easy;
	CURLcode	rc = append_text_copies(&transfer->headers, request->headers);

	/* not CURLOPT_ACCEPT_ENCODING, with which libcurl decompresses */
	if (rc == CURLE_OK && request->compression)
		rc = append_text_copy(&transfer->headers, PCA_TRANSFER_ACCEPT_ENCODING);
	if (rc == CURLE_OK)
		rc = append_text_copies(&transfer->secrets, request->secrets);
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

/* Set every option of the transfer's handle. */
static CURLcode
set_options(PcaTransfer *transfer, const PcaHttpRequest *request, CURLSH *share)
{
	CURLcode	rc = set_callbacks(transfer, share);

	if (rc == CURLE_OK)
		rc = pca_transfer_options_set(transfer->easy, request);
	return rc == CURLE_OK ? set_request_options(transfer, request) : rc;
}

/* Take from the request what the transfer needs after it has started. */
static void
copy_request_fields(PcaTransfer *transfer, const PcaHttpRequest *request)
{
	transfer->body.max_size = request->max_size;
	transfer->body.buffer_size =
		request->buffer_size ? request->buffer_size : PCA_TRANSFER_BUFFER_SIZE;
	transfer->body.high_water = transfer->body.buffer_size;
	transfer->body.unread.secret = request->secret;
	transfer->public_only = request->public_only;
	transfer->connect_only = request->connect_only;
	transfer->compression = request->compression;
	transfer->idle_timeout_ms = request->idle_timeout_ms;
	transfer->log_number = request->log_number;
}

PcaTransfer *
pca_transfer_create(const PcaHttpRequest *request, CURLSH *share,
					PcaSockets *sockets, const char **reason)
{
	PcaTransfer *transfer = MemoryContextAllocExtended(TopMemoryContext, sizeof(PcaTransfer),
													   MCXT_ALLOC_NO_OOM | MCXT_ALLOC_ZERO);
	CURLcode	rc = CURLE_OUT_OF_MEMORY;

	if (!transfer)
	{
		*reason = curl_easy_strerror(rc);
		return NULL;
	}
	copy_request_fields(transfer, request);
	transfer->sockets = sockets;
	memset(transfer->opened, -1, sizeof(transfer->opened));
	transfer->state = PCA_TRANSFER_RUNNING;
	transfer->easy = curl_easy_init();
	if (transfer->easy)
		rc = set_options(transfer, request, share);
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
	free_text_copies(transfer->headers);
	free_text_copies(transfer->secrets);
	if (transfer->post_form)
		explicit_bzero(transfer->post_form, strlen(transfer->post_form));
	free(transfer->post_form);
	pca_response_body_free(&transfer->body);
	pfree(transfer);
}

CURL *
pca_transfer_handle(const PcaTransfer *transfer)
{
	return transfer->easy;
}

PcaTransfer *
pca_transfer_from_handle(CURL *easy)
{
	char	   *transfer = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
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

/* Returns the microseconds from the start to the end of a phase. */
static int64
get_phase_time(CURL *easy, CURLINFO which)
{
	curl_off_t	time = 0;

	curl_easy_getinfo(easy, which, &time);
	return time;
}

PcaTransferTimes
pca_transfer_times(const PcaTransfer *transfer)
{
	PcaTransferTimes times = {
		.resolved = get_phase_time(transfer->easy, CURLINFO_NAMELOOKUP_TIME_T),
		.connected = get_phase_time(transfer->easy, CURLINFO_CONNECT_TIME_T),
		.secured = get_phase_time(transfer->easy, CURLINFO_APPCONNECT_TIME_T),
		.ended = get_phase_time(transfer->easy, CURLINFO_TOTAL_TIME_T)
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
pca_transfer_log_number(const PcaTransfer *transfer)
{
	return transfer->log_number;
}

char *
pca_transfer_body(PcaTransfer *transfer, size_t *length)
{
	*length = pca_recv_buffer_unread(&transfer->body.unread);
	return pca_recv_buffer_bytes(&transfer->body.unread);
}

void
pca_transfer_consume(PcaTransfer *transfer, size_t length)
{
	pca_recv_buffer_consume(&transfer->body.unread, length);
}

void
pca_transfer_allow_more(PcaTransfer *transfer)
{
	pca_response_body_raise_limit(&transfer->body);
}

/* End the transfer: it is done if the body could be received. */
static void
end_body(PcaTransfer *transfer, PcaResponseBodyResult result)
{
	if (record_body_result(transfer, result))
	{
		transfer->state = PCA_TRANSFER_DONE;
		transfer->failure = PCA_FAILURE_NONE;
	}
	else
		transfer->state = PCA_TRANSFER_FAILED;
}

/* Decompress the bytes that wait; true if there were any. */
static bool
decompress_pending(PcaTransfer *transfer)
{
	PcaResponseBodyResult result;

	if (!pca_response_body_has_pending(&transfer->body))
		return false;
	transfer->last_byte_ms = pca_pollset_now();
	result = pca_response_body_decompress(&transfer->body);
	if (result != PCA_RESPONSE_BODY_OK)
		end_body(transfer, result);
	else if (transfer->is_received && !pca_response_body_has_pending(&transfer->body))
		end_body(transfer, pca_response_body_end(&transfer->body));
	return true;
}

bool
pca_transfer_resume(PcaTransfer *transfer)
{
	CURLcode	rc;
	bool		resumed;

	if (transfer->state != PCA_TRANSFER_RUNNING || !pca_response_body_has_space(&transfer->body))
		return false;
	resumed = decompress_pending(transfer);
	if (!transfer->is_paused || transfer->state != PCA_TRANSFER_RUNNING ||
		pca_response_body_has_pending(&transfer->body))
		return resumed;
	transfer->is_paused = false;
	transfer->last_byte_ms = pca_pollset_now();
	rc = curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
	if (rc != CURLE_OK)
		pca_transfer_finish(transfer, rc);
	return true;
}

/* Returns true if the proxy refused the CONNECT request. */
static bool
is_proxy_refusal(const PcaTransfer *transfer)
{
	long		status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status >= 400 && status < 500;
}

/* Returns true if the TLS handshake failed because its connection was lost. */
static bool
is_handshake_lost(const PcaTransfer *transfer)
{
	for (int i = 0; i < (int) lengthof(lost_handshake_messages); i++)
	{
		if (strstr(transfer->curl_detail, lost_handshake_messages[i]))
			return true;
	}
	return false;
}

/* Classify libcurl's result, by what else is known of the transfer. */
static PcaFailure
classify_result(const PcaTransfer *transfer, CURLcode code)
{
	PcaFailure	failure = pca_transfer_failure_from_curl(code);

	if (failure == PCA_FAILURE_TRANSPORT && is_proxy_refusal(transfer))
		return PCA_FAILURE_OTHER;
	if (code == CURLE_SSL_CONNECT_ERROR && is_handshake_lost(transfer))
		return PCA_FAILURE_TRANSPORT;

	/* the server was reached, so the scheme is good: it did not send HTTP */
	if (code == CURLE_UNSUPPORTED_PROTOCOL && transfer->is_connected)
		return PCA_FAILURE_TRANSPORT;

	/* libcurl before 8.6 reports a header line over its own limit like this */
	if (code == CURLE_OUT_OF_MEMORY && transfer->is_connected && transfer->status == 0)
		return PCA_FAILURE_LIMIT_EXCEEDED;
	return failure;
}

/* Returns the message for libcurl's result. */
static const char *
get_curl_message(const PcaTransfer *transfer, CURLcode code, PcaFailure failure)
{
	if (failure == PCA_FAILURE_LIMIT_EXCEEDED)
		return PCA_TRANSFER_LARGE_HEADER;
	if (transfer->curl_detail[0] != '\0')
		return transfer->curl_detail;
	return curl_easy_strerror(code);
}

void
pca_transfer_finish(PcaTransfer *transfer, CURLcode code)
{
	PcaFailure	failure;

	if (transfer->state != PCA_TRANSFER_RUNNING)
		return;
	if (code == CURLE_OK && transfer->status == 0 && !transfer->connect_only)
	{
		transfer->state = PCA_TRANSFER_FAILED;
		record_failure(transfer, PCA_FAILURE_TRANSPORT,
					   "The server sent only interim responses (HTTP status 1xx)");
		return;
	}
	if (code == CURLE_OK)
	{
		transfer->is_received = true;
		if (!pca_response_body_has_pending(&transfer->body))
			end_body(transfer, pca_response_body_end(&transfer->body));
		return;
	}
	transfer->state = PCA_TRANSFER_FAILED;
	failure = classify_result(transfer, code);
	record_failure(transfer, failure, get_curl_message(transfer, code, failure));
}

void
pca_transfer_fail(PcaTransfer *transfer, const char *detail)
{
	if (transfer->state != PCA_TRANSFER_RUNNING)
		return;
	transfer->state = PCA_TRANSFER_FAILED;
	record_failure(transfer, PCA_FAILURE_OTHER, detail);
}

int64
pca_transfer_deadline(const PcaTransfer *transfer)
{
	if (transfer->state != PCA_TRANSFER_RUNNING || !transfer->is_connected || transfer->is_paused ||
		pca_response_body_has_pending(&transfer->body))
		return -1;
	return transfer->last_byte_ms + transfer->idle_timeout_ms;
}

void
pca_transfer_expire(PcaTransfer *transfer)
{
	int64		received = pca_transfer_received(transfer);

	if (received != transfer->expire_received)
	{
		transfer->expire_received = received;
		transfer->last_byte_ms = pca_pollset_now();
		return;
	}
	transfer->state = PCA_TRANSFER_FAILED;
	record_failure(transfer, PCA_FAILURE_TIMEOUT,
				   "No byte arrived within the time of option \"request_timeout\"");
}
