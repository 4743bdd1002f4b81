/*
 * total_count.h
 *		The meaning of TotalCount for the rows of a response.
 *
 * The functions read a request's pages as far as they were accepted.  They send no
 * request, and raise no error.
 */
#ifndef PCA_TOTAL_COUNT_H
#define PCA_TOTAL_COUNT_H

#include "postgres.h"

#include "scan/paging.h"

/*
 * Note an accepted page's TotalCount.  Returns false if it is neither the same on all
 * pages nor each page's number of items; on an empty page after the first, if it is
 * neither 0 nor that of the pages before.
 */
extern bool pca_total_count_note(PcaPaging *paging, const PcaPageState *page);

/*
 * Check the number of items against TotalCount when no page follows.  Returns
 * PCA_PAGING_END or PCA_PAGING_INCOMPLETE.
 */
extern PcaPagingVerdict pca_total_count_check_end(const PcaPaging *paging);

/*
 * Returns true, after a full page of that many items without a next link, if
 * TotalCount certainly counts the rows of the response, and all of them were received.
 */
extern bool pca_total_count_is_reached(const PcaPaging *paging, int64 items);

/*
 * Returns true if there are more items than any reading of TotalCount allows.  This is
 * checked at each page, since such a response may never end.  If it is to be a warning
 * only, it is checked at the end, and the result is false.
 */
extern bool pca_total_count_is_exceeded(const PcaPaging *paging);

/*
 * Returns true if the first page's TotalCount certainly is the number of rows, so that
 * the other pages need not be fetched to count them.  If it is greater than the page's
 * items, it does not count the page; if it differs from the table's total, it counts
 * the filtered rows.
 */
extern bool pca_total_count_is_row_count(const PcaPaging *paging);

/*
 * Returns an upper limit of the response's rows; -1 if TotalCount gives none, or may
 * count the page.
 */
extern int64 pca_total_count_max_rows(const PcaPaging *paging);

/* Returns true if pca_total_count_max_rows() is the number of rows, not only a limit. */
extern bool pca_total_count_max_is_exact(const PcaPaging *paging);

#endif							/* PCA_TOTAL_COUNT_H */
