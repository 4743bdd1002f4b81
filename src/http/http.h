/*
 * http.h
 *		HTTP requests that never block the backend.
 *
 * A PcaHttp is one set of connections with one event descriptor (libcurl's
 * sockets and timers are nested in it).  It is taken from a pool that lives as
 * long as the session, so that connections outlive statements, and goes back
 * when the memory context that took it is reset.
 */
#ifndef PCA_HTTP_H
#define PCA_HTTP_H

#include "postgres.h"

#include "http/transfer.h"

typedef struct PcaHttp PcaHttp;

/*
 * Take a set of connections for the life of the memory context.  A reset
 * callback on the context gives it back and ends its transfers.  party: whose
 * connections they are; those of one party never serve another.  Errors: out
 * of memory, no descriptor left, a libcurl that will not do.
 */
extern PcaHttp *pca_http_acquire(MemoryContext owner, uint64 party);

/* Give it back before the memory context does.  Never raises. */
extern void pca_http_release(PcaHttp *http);

/*
 * Start a request; the first pump sends it.  The transfer belongs to http and
 * is ended by pca_http_end() or with http.  Errors: out of memory, an option
 * that this libcurl does not have.
 */
extern PcaTransfer *pca_http_start(PcaHttp *http, const PcaHttpRequest *request);

/* End a transfer in whatever state; its connection is kept when it can be. */
extern void pca_http_end(PcaHttp *http, PcaTransfer *transfer);

/*
 * Let paused transfers go on whose reader is ready; true if any did.  Their
 * bytes come with a pump.  Never raises.
 */
extern bool pca_http_resume(PcaHttp *http);

/* Move bytes without waiting; some may be left for the next call.  Never raises. */
extern void pca_http_pump(PcaHttp *http);

/*
 * The one wait: until something moves, the latch is set or timeout (ms, -1
 * none) passes; then CHECK_FOR_INTERRUPTS() and pump.  Raises what the
 * interrupt raises.
 */
extern void pca_http_wait(PcaHttp *http, long timeout);

/* The one descriptor that becomes readable when there is something to pump. */
extern int	pca_http_descriptor(const PcaHttp *http);

/*
 * Make the descriptor readable when that many milliseconds have passed, so
 * that a waiter who knows only the descriptor wakes up; 0 withdraws it.
 */
extern void pca_http_alarm(PcaHttp *http, int64 timeout);

/* Close every idle connection of the session. */
extern void pca_http_disconnect(void);

/*
 * base and reference made one URL by libcurl's URL parser, spaces encoded;
 * NULL when that cannot be done.  palloc'd.  Errors, here and below: out of
 * memory.
 */
extern char *pca_http_url_join(const char *base, const char *reference);

/*
 * Whether both URLs have the same scheme, host and port; false when one cannot
 * be parsed, or has a user name in it.
 */
extern bool pca_http_same_origin(const char *a, const char *b);

/*
 * A date of HTTP (RFC 9110, section 5.6.7) as seconds since 1970, or -1 when it
 * is none.
 */
extern int64 pca_http_date(const char *date);

#endif							/* PCA_HTTP_H */
