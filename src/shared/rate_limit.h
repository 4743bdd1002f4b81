/*
 * rate_limit.h
 *		When the next request may be sent, of all sessions of the server.
 *
 * Times are pca_pollset_now()'s, in ms.  A session that works alone has a table of
 * its own.
 */
#ifndef PCA_RATE_LIMIT_H
#define PCA_RATE_LIMIT_H

#include "postgres.h"

#include "shared/shared_layout.h"

/* What a request counts for.  Texts that are too long are cut. */
typedef struct PcaRateLimitKey
{
	const char *origin;			/* scheme, host and port */
	uint64		tenant;			/* a number for it; 0: not known */
	const char *resource;		/* whose pause and learned rate it heeds */
	const char *scope;			/* of the limit */
	int			per_minute;		/* the limit; 0: none */
} PcaRateLimitKey;

/* Times that a session has reserved for its next request.  All zero: none. */
typedef struct PcaRateLimitSlot
{
	int64		rate_at;		/* by the learned rate */
	int64		limit_at;		/* by the limit */
} PcaRateLimitSlot;

/* Why a request must wait. */
typedef struct PcaRateLimitWait
{
	int64		until;			/* when to ask again; 0: send it now */
	int64		retry_at;		/* the API has asked to wait until then; 0: it
								 * has not */
	bool		is_limit;		/* the limit is the reason, and not a pause or
								 * the learned rate */
} PcaRateLimitWait;

/* An entry, as it is read. */
typedef struct PcaRateLimitShown
{
	char		origin[PCA_RATE_LIMIT_ORIGIN_SIZE];
	char		scope[PCA_RATE_LIMIT_SCOPE_SIZE];
	int64		requests;		/* of the last minute */
	int32		declared_limit; /* requests a minute; 0: none */
	double		rate;			/* requests a minute; 0: none was learned */
	int64		pause_ms;		/* of a pause, still; 0: there is none */
} PcaRateLimitShown;

/*
 * Reserve a time for the session's next request, unless *slot has one, and return
 * when it may be sent.  Errors: out of memory, in a session that works alone.
 */
extern PcaRateLimitWait pca_rate_limit_reserve(const PcaRateLimitKey *key, PcaRateLimitSlot *slot,
											   int64 now);

/* The request is sent now; *slot is used up.  Errors: as above. */
extern void pca_rate_limit_sent(const PcaRateLimitKey *key, PcaRateLimitSlot *slot, int64 now);

/*
 * The API has responded "too many requests" (HTTP status 429) to a request that was
 * sent at sent_at.  pause_ms: how long all sessions wait; is_asked: the API has asked
 * for that.  Errors: as above.
 */
extern void pca_rate_limit_refused(const PcaRateLimitKey *key, int64 sent_at, int64 pause_ms,
								   bool is_asked, int64 now);

/*
 * Forget the requests and pauses of a session that works alone.  Raises no error.
 */
extern void pca_rate_limit_clear_own(void);

/*
 * Read the next entry in use.  *position is 0 at first.  Returns false after the last
 * one.  Errors: as above.
 */
extern bool pca_rate_limit_read(int *position, int64 now, PcaRateLimitShown *shown);

#endif							/* PCA_RATE_LIMIT_H */
