/*
 * response_recorder.h
 *		Records the pages of a response as they are received.
 *
 * Several pages may be received at the same time, and in any order; some turn out not to
 * be a part of the response.
 */
#ifndef PCA_RESPONSE_RECORDER_H
#define PCA_RESPONSE_RECORDER_H

#include "postgres.h"

#include "shared/response_record.h"

typedef struct PcaResponseRecorder PcaResponseRecorder;
typedef struct PcaPageRecording PcaPageRecording;

/*
 * Begin a record of at most max_size bytes, in the memory context, whose reset ends it.
 * is_paged: the pages are numbered by skip, else each has the link to the next one.
 * Errors: out of memory.
 */
extern PcaResponseRecorder *pca_response_recorder_begin(MemoryContext context, size_t max_size,
														bool is_paged);

/*
 * Returns false if the record was given up, since it is too large, or is finished.  Then
 * nothing needs to be recorded any more.
 */
extern bool pca_response_recorder_is_active(const PcaResponseRecorder *recorder);

/* ---- pages ---- */

/* Give the record up that the page is a part of. */
extern void pca_response_recorder_give_up_page(PcaPageRecording *page);

/* Begin to record a page that is requested.  Errors: out of memory. */
extern PcaPageRecording *pca_response_recorder_begin_page(PcaResponseRecorder *recorder,
														  int64 top, int64 skip);

/*
 * The page's response has begun, or begins again after another attempt.  url: of its
 * request; response_detail: the identifiers that errors show.  wait_ms: time that was
 * waited for it.  The texts are copied.  Errors: out of memory.
 */
extern void pca_response_recorder_begin_body(PcaPageRecording *page, int status, const char *url,
											 const char *response_detail, int64 wait_ms);

/* Append bytes of the body.  Errors: out of memory. */
extern void pca_response_recorder_append(PcaPageRecording *page, const char *bytes, size_t length);

/*
 * The body is complete, with that number of items and a digest of them in their order.
 * Errors: out of memory.
 */
extern void pca_response_recorder_end_body(PcaPageRecording *page, int64 items, uint64 digest);

/*
 * Forget a page whose body is not complete, or which is not a part of the response.  It may
 * be called after pca_response_recorder_finish().
 */
extern void pca_response_recorder_drop_page(PcaPageRecording *page);

/* ---- the response ---- */

/*
 * Note that a page is received, whose body is complete.  Returns false if the record was
 * given up, as total rows, of which there are at most as many, would make it too large; total
 * is -1 if it is not known.
 */
extern bool pca_response_recorder_foresee(PcaResponseRecorder *recorder, int64 total);

/*
 * The response consists of that number of pages, of which the first one has that skip.
 * Returns the record, palloc'd in the current memory context, and its size, and frees what
 * was recorded; NULL if it was given up, or a page is missing.  Errors: out of memory.
 */
extern char *pca_response_recorder_finish(PcaResponseRecorder *recorder, int64 npages, size_t *size);

/*
 * Returns the number of rows of the pages that were accepted, the URL of the first page, and
 * the time that was waited, in ms.  After pca_response_recorder_finish().
 */
extern int64 pca_response_recorder_rows(const PcaResponseRecorder *recorder);
extern const char *pca_response_recorder_url(const PcaResponseRecorder *recorder);
extern int64 pca_response_recorder_wait_ms(const PcaResponseRecorder *recorder);

#endif							/* PCA_RESPONSE_RECORDER_H */
