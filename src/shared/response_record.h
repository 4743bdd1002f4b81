/*
 * response_record.h
 *		A response with all its pages as one piece of bytes.
 *
 * A writer keeps the pages of a response as they are received, which may be several
 * at the same time; pages that turn out not to be a part of the response are
 * dropped.  A reader returns the bytes of each page again.  The bytes of a record are
 * of use on the same machine and in the same version of the library only.
 *
 * Bodies are compressed by zstd, if PostgreSQL was built with it.
 */
#ifndef PCA_RESPONSE_RECORD_H
#define PCA_RESPONSE_RECORD_H

#include "postgres.h"

/*
 * Bytes of a body that are compressed, and returned by a reader, at once.  A larger
 * frame makes a page of 10,000 rows hardly smaller, and needs more memory.
 */
#define PCA_RESPONSE_RECORD_FRAME	((size_t) 256 * 1024)

/* Bodies below that size are kept as they are: there is little to gain. */
#define PCA_RESPONSE_RECORD_COMPRESS_FROM	((size_t) 16 * 1024)

typedef struct PcaResponseWriter PcaResponseWriter;
typedef struct PcaPageWriter PcaPageWriter;
typedef struct PcaResponseReader PcaResponseReader;
typedef struct PcaPageStream PcaPageStream;

/* A page of a record. */
typedef struct PcaRecordedPage
{
	int64		top;			/* as requested */
	int64		skip;
	int			status;			/* HTTP's: 200 or 204 */
	const char *url;			/* of the request that was answered */
	const char *response_detail;	/* the identifiers that errors show; may
									 * be empty */
	int64		items;			/* set by pca_response_record_end_page() */
	uint64		digest;			/* of the items, likewise */
} PcaRecordedPage;

/* ---- writing ---- */

/*
 * Begin a record of at most max_size bytes.  The writer lives in the memory context,
 * whose reset ends it.  Errors: out of memory.
 */
extern PcaResponseWriter *pca_response_record_begin(MemoryContext context, size_t max_size);

/*
 * Begin a page, whose body follows.  items and digest of *page are not used; its texts
 * are copied.  Several pages may be written at the same time.  The page belongs to the
 * writer.  Errors: out of memory.
 */
extern PcaPageWriter *pca_response_record_begin_page(PcaResponseWriter *writer,
													 const PcaRecordedPage *page);

/*
 * Append bytes to the body of a page.  If the record becomes larger than allowed, the
 * writer frees what it has, and all further calls do nothing.  Errors: out of memory.
 */
extern void pca_response_record_append(PcaPageWriter *page_writer, const char *bytes, size_t length);

/*
 * Begin the page again, without a body, since it is received once more; *page is the
 * new attempt's.  Errors: out of memory.
 */
extern void pca_response_record_restart_page(PcaPageWriter *page_writer,
											 const PcaRecordedPage *page);

/*
 * The body is complete.  digest: a hash of the page's items in their order, which
 * pca_response_record_page() returns to the reader.  Errors: out of memory.
 */
extern void pca_response_record_end_page(PcaPageWriter *page_writer, int64 items, uint64 digest);

/*
 * The page, whose body is complete, is the next one of the response.  The record has its
 * pages in the order of these calls, and no others.  Raises no error.
 */
extern void pca_response_record_accept_page(PcaPageWriter *page_writer);

/*
 * Forget a page that is not a part of the response, complete or not.  page_writer must
 * not be used any more.  Raises no error.
 */
extern void pca_response_record_drop_page(PcaPageWriter *page_writer);

/*
 * Returns false if the record was given up, since it is too large.
 */
extern bool pca_response_record_is_kept(const PcaResponseWriter *writer);

/* Give the record up, and free its memory: the response will not be kept. */
extern void pca_response_record_give_up(PcaResponseWriter *writer);

/*
 * Returns the bytes that the accepted and the complete pages have so far.  From those of the
 * first page, a caller can tell if the record will become too large.
 */
extern size_t pca_response_record_size(const PcaResponseWriter *writer);

/* Returns the number of pages that were accepted, and of their items. */
extern int64 pca_response_record_pages(const PcaResponseWriter *writer);
extern int64 pca_response_record_rows(const PcaResponseWriter *writer);

/*
 * Return the record as one piece of *size bytes, palloc'd in the current memory
 * context, and end the writer; NULL if it was given up or has no page.  Pages that
 * were not accepted are left out.  Errors: out of memory.
 */
extern char *pca_response_record_finish(PcaResponseWriter *writer, size_t *size);

/* ---- reading ---- */

/*
 * Open a record, whose bytes must live as long as the reader, which lives in the memory
 * context.  Returns NULL if the bytes are no undamaged record; bodies are not
 * examined before they are read.  Errors: out of memory.
 */
extern PcaResponseReader *pca_response_record_open(MemoryContext context, const char *bytes,
												   size_t size);

/* Returns the number of pages, at least one, and of the items of all pages. */
extern int	pca_response_record_npages(const PcaResponseReader *reader);
extern int64 pca_response_record_nrows(const PcaResponseReader *reader);

/*
 * Fill in the page of that number, from 0 on.  Its texts live as long as the record.
 * Raises no error.
 */
extern void pca_response_record_page(const PcaResponseReader *reader, int number,
									 PcaRecordedPage *page);

/*
 * Begin to read the body of a page, in that memory context, whose reset ends it.
 * Several may be read at the same time.  Errors: out of memory.
 */
extern PcaPageStream *pca_response_record_open_page(const PcaResponseReader *reader, int number,
													MemoryContext context);

/*
 * Return the next bytes of the body: at most PCA_RESPONSE_RECORD_FRAME, valid until the
 * next call; *length is 0 after the last ones.  Returns false if they are damaged.
 * Raises no error but out of memory.
 */
extern bool pca_response_record_read(PcaPageStream *stream, const char **bytes, size_t *length);

/*
 * Returns true if the items that a reader has found in the body of a page are those
 * that were written: their number and digest are equal.
 */
extern bool pca_response_record_is_intact(const PcaRecordedPage *page, int64 items, uint64 digest);

#endif							/* PCA_RESPONSE_RECORD_H */
