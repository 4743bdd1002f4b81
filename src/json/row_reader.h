/*
 * row_reader.h
 *		An item's members made the datums of a row.
 */
#ifndef PCA_ROW_READER_H
#define PCA_ROW_READER_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "nodes/bitmapset.h"

#include "config/option.h"
#include "json/page_parser.h"

typedef struct PcaRowReader PcaRowReader;

/*
 * Make a reader of that table's items into rows of that descriptor.  wanted:
 * attribute numbers (1, 2, ...) to deliver, the others become NULL.  grouped:
 * the answer is pre-aggregated, so NOT NULL is not demanded.  Lives in the
 * current memory context; table must live as long.
 */
extern PcaRowReader *pca_row_reader_create(const PcaTable *table, TupleDesc desc,
										   const Bitmapset *wanted, bool grouped);

/*
 * Read one item into values and nulls (natts of the descriptor each).
 * asked: the customer in the path, or the day, that was asked for; or NULL.  Datums live until the next
 * call.  A key that comes twice: the first one counts.  Errors: invalid JSON, a
 * value that does not fit its column (naming table, column and the value,
 * shortened), NULL in a NOT NULL column, a GUID that is not spelled as declared.
 */
extern void pca_row_reader_read(PcaRowReader *row, const PcaItem *item,
								const char *asked, Datum *values, bool *nulls);

typedef struct PcaRowReaderField PcaRowReaderField; /* a field to be looked at */

/*
 * The resource's field of that name, to be looked at in each item from the next
 * one on, whether a wanted column reads it or not.  Lives as long as row.
 */
extern const PcaRowReaderField *pca_row_reader_watch_field(PcaRowReader *row, const char *field);

/*
 * Its text in the item that was read last, as it came; NULL when it is null,
 * absent or no scalar.  No zero needs to follow it.  Lives as long as the
 * item's bytes.
 */
extern const char *pca_row_reader_field_text(const PcaRowReader *row, const PcaRowReaderField *field,
											 size_t *length);

/*
 * How many of the resource's known fields the item has (the columns', where
 * the table has no resource); -1 for an error body.  Errors: invalid JSON.
 */
extern int	pca_row_reader_known_fields(PcaRowReader *row, const PcaItem *item);

/*
 * Raise an error when an item that is the whole answer is no row: when it has
 * not most of the keys that a row has, or that were asked for in groups.
 */
extern void pca_row_reader_check_bare(PcaRowReader *row, const PcaItem *item);

/*
 * Raise an error when rows were read from a grouped answer and a wanted
 * measure never came: its sum would silently be NULL.
 */
extern void pca_row_reader_check_measures(const PcaRowReader *row);

#endif							/* PCA_ROW_READER_H */
