/*
 * row.h
 *		An item's members made the datums of a row.
 */
#ifndef PCA_ROW_H
#define PCA_ROW_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "nodes/bitmapset.h"

#include "option.h"
#include "page.h"

typedef struct PcaRow PcaRow;

/*
 * Make a reader of that table's items into rows of that descriptor.  wanted:
 * attribute numbers (1, 2, ...) to deliver, the others become NULL.  grouped:
 * the answer is pre-aggregated, so NOT NULL is not demanded.  Lives in the
 * current memory context; table must live as long.
 */
extern PcaRow *pca_row_create(const PcaTable *table, TupleDesc desc,
							  const Bitmapset *wanted, bool grouped);

/*
 * Read one item into values and nulls (natts of the descriptor each).
 * asked: the customer in the path, or the day, that was asked for; or NULL.  Datums live until the next
 * call.  A key that comes twice: the first one counts.  Errors: invalid JSON, a
 * value that does not fit its column (naming table, column and the value,
 * shortened), NULL in a NOT NULL column, a GUID that is not spelled as declared.
 */
extern void pca_row_read(PcaRow *row, const PcaItem *item,
						 const char *asked, Datum *values, bool *nulls);

typedef struct PcaRowField PcaRowField; /* a field to be looked at */

/*
 * The resource's field of that name, to be looked at in each item from the next
 * one on, whether a wanted column reads it or not.  Lives as long as row.
 */
extern const PcaRowField *pca_row_field(PcaRow *row, const char *field);

/*
 * Its text in the item that was read last, as it came; NULL when it is null,
 * absent or no scalar.  No zero needs to follow it.  Lives as long as the
 * item's bytes.
 */
extern const char *pca_row_field_text(const PcaRow *row, const PcaRowField *field,
									  size_t *length);

/*
 * How many of the resource's known fields the item has (the columns', where
 * the table has no resource); -1 for an error body.  Errors: invalid JSON.
 */
extern int	pca_row_known_fields(PcaRow *row, const PcaItem *item);

/*
 * Raise an error when an item that is the whole answer is no row: when it has
 * not most of the keys that a row has, or that were asked for in groups.
 */
extern void pca_row_check_bare(PcaRow *row, const PcaItem *item);

/*
 * Raise an error when rows were read from a grouped answer and a wanted
 * measure never came: its sum would silently be NULL.
 */
extern void pca_row_check_measures(const PcaRow *row);

#endif							/* PCA_ROW_H */
