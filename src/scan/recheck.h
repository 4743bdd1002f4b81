/*
 * recheck.h
 *		Checks that a row belongs to its request, and is in the requested order.
 */
#ifndef PCA_RECHECK_H
#define PCA_RECHECK_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "nodes/bitmapset.h"

#include "config/option.h"
#include "request/request.h"

typedef struct PcaRecheck PcaRecheck;

/*
 * Create the state for one scan.  wanted: attribute numbers of the columns that
 * the scan reads.  grouped: its rows are groups.  Lives in the current memory
 * context; table and wanted must live as long.
 */
extern PcaRecheck *pca_recheck_create(const PcaTable *table, Bitmapset *wanted, bool grouped);

/*
 * Forget the requests seen so far, which are about to be freed, and the order of
 * their rows.  The number of rejected rows is kept.
 */
extern void pca_recheck_reset(PcaRecheck *recheck);

/*
 * Returns true if the row, whose values are in the slot, belongs to the request.
 * The request must live until the next reset.  Errors: the row has no
 * processedDateTime, and its day is not known otherwise.
 */
extern bool pca_recheck_check_row(PcaRecheck *recheck, const PcaRequest *request, TupleTableSlot *slot);

/*
 * Check that the rows are in the order that was requested with orderby (api-notes 3.10).
 * The plan has no Sort then, so nothing else would notice.  Does nothing if
 * the plan requests no order.  Errors: the row comes before the last one.
 */
extern void pca_recheck_check_order(PcaRecheck *recheck, const PcaRequestPlan *plan,
									const TupleTableSlot *slot);

/* Returns the number of rows that were rejected because they are of another day. */
extern int64 pca_recheck_other_days(const PcaRecheck *recheck);

/*
 * Returns the wanted column that reads the API field of that name.  Columns that are used
 * in conditions are always wanted, so it is an internal error if there is none.
 */
extern const PcaColumn *pca_recheck_column(const PcaTable *table, const Bitmapset *wanted,
										   const char *field);

#endif							/* PCA_RECHECK_H */
