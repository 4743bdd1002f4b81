/*
 * pull.h
 *		One page on its way: sent, retried, cut into items.
 *
 * It never waits, and knows of no other page.
 */
#ifndef PCA_PULL_H
#define PCA_PULL_H

#include "postgres.h"

#include "exchange.h"
#include "fault.h"
#include "page.h"
#include "paging.h"

typedef struct PcaPull PcaPull;

typedef enum PcaPullResult
{
	PCA_PULL_BLOCKED,			/* not before something moves */
	PCA_PULL_ITEM,
	PCA_PULL_END,				/* see pca_pull_result() */
	PCA_PULL_REFUSED			/* see pca_pull_refusal(); retries are over */
} PcaPullResult;

/*
 * Make one, for pages that share the wire.  bare_object as for
 * pca_page_create().  Lives in that context; pca_pull_stop() it before.
 */
extern PcaPull *pca_pull_create(MemoryContext context, PcaWire *wire, bool bare_object);

/*
 * Turn to a page.  continuation: what is sent as MS-ContinuationToken, or NULL.
 * what: how errors begin.  All are copied.
 */
extern void pca_pull_begin(PcaPull *pull, const char *url, const char *continuation,
						   const char *what);

/*
 * The page's next link will not be followed: wherever it leads, it is no error.
 * Said behind pca_pull_begin().
 */
extern void pca_pull_follow_no_link(PcaPull *pull);

/*
 * Go on.  previous: the digest of another page, which this one should not begin
 * with.  An item is one that was not handed out before, and valid until the
 * next call.  Raises every error of the wire, and of an answer that cannot be
 * read.
 */
extern PcaPullResult pca_pull_next(PcaPull *pull, const PcaDigest *previous,
								   PcaItem *item);

/* How many items it has handed out. */
extern int64 pca_pull_handed_out(const PcaPull *pull);

/* At PCA_PULL_END: fill in what has come.  Texts live until it is turned on. */
extern void pca_pull_result(const PcaPull *pull, PcaPart *part);

/*
 * What the API's support asks for of the answer whose items are handed out, or
 * that has ended; lives until the next page is begun.
 */
extern const char *pca_pull_answer(PcaPull *pull);

/* At PCA_PULL_END: what stood around the items.  Lives until it is turned on. */
extern const PcaEnvelope *pca_pull_envelope(const PcaPull *pull);

/* At PCA_PULL_REFUSED: what the refusal says. */
extern const PcaRefusal *pca_pull_refusal(const PcaPull *pull);

/*
 * At PCA_PULL_REFUSED: whether it may be about the customer who was asked for,
 * and not about who asks.
 */
extern bool pca_pull_is_about_customer(const PcaPull *pull);

/* At PCA_PULL_REFUSED: ask that URL instead. */
extern void pca_pull_try(PcaPull *pull, const char *url);

/* At PCA_PULL_REFUSED: raise the refusal's error.  hint: or NULL. */
PCA_NORETURN extern void pca_pull_raise(PcaPull *pull, const char *hint);

/* Bytes of the body on the wire, of a transfer that has not ended. */
extern int64 pca_pull_received(const PcaPull *pull);

/* End its transfer; idempotent. */
extern void pca_pull_stop(PcaPull *pull);

#endif							/* PCA_PULL_H */
