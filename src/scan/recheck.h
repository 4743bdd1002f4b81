/*
 * recheck.h
 *		Whether a row belongs to the request that it answers.
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
 * For a scan of these columns (attribute numbers).  Lives in the current memory
 * context.
 */
extern PcaRecheck *pca_recheck_create(const PcaTable *table, Bitmapset *wanted, bool grouped);

/* The requests so far are no more. */
extern void pca_recheck_reset(PcaRecheck *own);

/*
 * Whether the row, whose values stand in the slot, belongs to the request.
 * Raises an error when its day is not known.
 */
extern bool pca_recheck_check_row(PcaRecheck *own, const PcaRequest *request, TupleTableSlot *slot);

/* How many rows were of another day than was asked for. */
extern int64 pca_recheck_other_days(const PcaRecheck *own);

/* The wanted column that reads the field; conditions are always wanted. */
extern const PcaColumn *pca_recheck_column(const PcaTable *table, const Bitmapset *wanted,
										   const char *field);

#endif							/* PCA_RECHECK_H */
