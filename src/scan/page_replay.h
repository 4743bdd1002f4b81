/*
 * page_replay.h
 *		The body of a page of a cached response, as page_fetch.c reads that of a transfer.
 */
#ifndef PCA_PAGE_REPLAY_H
#define PCA_PAGE_REPLAY_H

#include "postgres.h"

#include "shared/response_record.h"

typedef struct PcaPageReplay PcaPageReplay;

/*
 * Begin to read the body of the page of that number, in the current memory context, whose
 * reset ends it.  Errors: out of memory.
 */
extern PcaPageReplay *pca_page_replay_begin(const PcaResponseReader *reader, int number);

/*
 * Returns the bytes that are at hand and were not consumed; *length is their number.  They
 * are valid until the next call of another function.
 */
extern const char *pca_page_replay_body(const PcaPageReplay *replay, size_t *length);

/* Remove the first length of these bytes. */
extern void pca_page_replay_consume(PcaPageReplay *replay, size_t length);

/*
 * Add bytes to them, if there are more.  Returns false if they are damaged.  Errors: out of
 * memory.
 */
extern bool pca_page_replay_read_more(PcaPageReplay *replay);

/* Returns true if there are no more. */
extern bool pca_page_replay_has_ended(const PcaPageReplay *replay);

#endif							/* PCA_PAGE_REPLAY_H */
