/*
 * own.h
 *		Whether a row belongs to the request that it answers.
 */
#ifndef PCA_OWN_H
#define PCA_OWN_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "nodes/bitmapset.h"

#include "option.h"
#include "request.h"

typedef struct PcaOwn PcaOwn;

/*
 * For a scan of these columns (attribute numbers).  Lives in the current memory
 * context.
 */
extern PcaOwn *pca_own_create(const PcaTable *table, Bitmapset *wanted, bool grouped);

/* The requests so far are no more. */
extern void pca_own_forget(PcaOwn *own);

/*
 * Whether the row, whose values stand in the slot, belongs to the request.
 * Raises an error when its day is not known.
 */
extern bool pca_own_row(PcaOwn *own, const PcaRequest *request, TupleTableSlot *slot);

/* How many rows were of another day than was asked for. */
extern int64 pca_own_other_days(const PcaOwn *own);

/* The wanted column that reads the field; conditions are always wanted. */
extern const PcaColumn *pca_own_column(const PcaTable *table, const Bitmapset *wanted,
									   const char *field);

#endif							/* PCA_OWN_H */
