/*
 * page_source.h
 *		Where the body of a page comes from: a transfer, or a cached response.
 *
 * The body of a transfer is recorded, where that is wanted.
 */
#ifndef PCA_PAGE_SOURCE_H
#define PCA_PAGE_SOURCE_H

#include "postgres.h"

#include "scan/exchange.h"
#include "scan/page_replay.h"
#include "scan/response_recorder.h"

/* The source of one page.  All zero but for session and exchange: its transfer. */
typedef struct PcaPageSource
{
	PcaExchangeSession *session;
	PcaExchange *exchange;		/* of the page */
	PcaPageRecording *recording;	/* of its transfer, or NULL */
	PcaPageReplay *replay;		/* of a cached response, or NULL */
	PcaRecordedPage replayed;	/* what is known of that page */
	char	   *response_detail;	/* for errors about it */
	char		excerpt[PCA_HTTP_ERROR_BYTES(PCA_HTTP_ERROR_EXCERPT_MAX)];	/* the body's first
																			 * bytes, for errors */
	size_t		excerpt_length;
} PcaPageSource;

/*
 * Replay the page of that number of a cached response, which is as old as that.  Current
 * memory context, whose reset ends it.  Errors: out of memory.
 */
extern void pca_page_source_replay(PcaPageSource *source, const PcaResponseReader *reader, int number,
								   const PcaRecordedPage *page, int64 age_ms);

/*
 * Do not record the transfer, nor the response that it is a part of: the URL of a
 * redirect may repeat the token, and a record shows its URLs.
 */
extern void pca_page_source_give_up_recording(PcaPageSource *source);

/*
 * The response of the transfer has begun, with that status, and identifiers for errors.
 * Errors: out of memory.
 */
extern void pca_page_source_begin_body(PcaPageSource *source, int status, const char *url,
									   const char *response_detail);

/*
 * Returns the bytes that are at hand and were not consumed; *length is their number; *eof:
 * no others follow.  They are valid until the next call of another function.
 */
extern const char *pca_page_source_body(PcaPageSource *source, size_t *length, bool *eof);

/* Remove the first length of these bytes.  Errors: out of memory. */
extern void pca_page_source_consume(PcaPageSource *source, size_t length);

/*
 * The page is complete, and has that number of items; digest: of these in their order.
 * Errors: that of pca_page_source_raise_damaged(); out of memory.
 */
extern void pca_page_source_end_body(PcaPageSource *source, int64 items, uint64 digest);

/* Read on in a cached response.  Errors: as above. */
extern void pca_page_source_read_more(PcaPageSource *source);

/* Raise the error of a cached response that is not what was kept. */
PCA_NORETURN extern void pca_page_source_raise_damaged(const PcaPageSource *source);

#endif							/* PCA_PAGE_SOURCE_H */
