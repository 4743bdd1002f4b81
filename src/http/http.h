/*
 * http.h
 *		Sends HTTP requests without blocking the backend.
 *
 * A PcaHttp is a session of libcurl: connections with one event descriptor, in
 * which libcurl's sockets and timers are nested.  Sessions are kept in a pool, so
 * that connections outlive statements; a session returns to the pool when the
 * memory context that acquired it is reset.
 */
#ifndef PCA_HTTP_H
#define PCA_HTTP_H

#include "postgres.h"

#include "http/transfer.h"

typedef struct PcaHttp PcaHttp;

/*
 * Acquire a session for the life of the memory context, whose reset callback
 * releases it.  party: a number that identifies the server and the user;
 * connections of one party are never used for another.  Errors: out of memory, no
 * descriptor left, an unsuitable libcurl.
 */
extern PcaHttp *pca_http_acquire(MemoryContext owner, uint64 party);

/* End the session's transfers and return it to the pool.  Raises no error. */
extern void pca_http_release(PcaHttp *http);

/*
 * Start a request, which the first pump sends.  The transfer belongs to the
 * session; pca_http_end() ends it, or the session's release.  Errors: out of
 * memory, an option that this libcurl does not have.
 */
extern PcaTransfer *pca_http_start(PcaHttp *http, const PcaHttpRequest *request);

/*
 * End a transfer in any state.  Its connection is kept if it can be reused.
 * Raises no error.
 */
extern void pca_http_end(PcaHttp *http, PcaTransfer *transfer);

/*
 * Resume the paused transfers whose unread bytes have been consumed; true if any
 * was.  Their next bytes arrive with a pump.  Raises no error.
 */
extern bool pca_http_resume(PcaHttp *http);

/*
 * Transfer bytes without waiting.  Some may be left for the next call.  Raises no
 * error.
 */
extern void pca_http_pump(PcaHttp *http);

/*
 * Wait until a socket or timer is ready, the latch is set, or timeout (ms; -1:
 * none) has passed; then process interrupts and pump.  This is the only wait of
 * the extension.  Errors: those of the interrupt.
 */
extern void pca_http_wait(PcaHttp *http, long timeout);

/* Returns the descriptor that is readable when a pump has something to do. */
extern int	pca_http_descriptor(const PcaHttp *http);

/*
 * Make the descriptor readable after timeout ms, for a caller that waits only for
 * the descriptor; 0 cancels that.  Raises no error.
 */
extern void pca_http_alarm(PcaHttp *http, int64 timeout);

/* Close every idle session. */
extern void pca_http_disconnect(void);

#endif							/* PCA_HTTP_H */
