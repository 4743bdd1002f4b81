/*
 * row_reader.h
 *		Reads items into the datums of rows.
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
 * Create a reader of a table's items into rows of that descriptor.  wanted: the
 * attribute numbers (1, 2, ...) to read; all other columns are NULL.  grouped: the
 * items are groups, so NOT NULL constraints are not checked.  Lives in the current
 * memory context; table must live as long.
 */
extern PcaRowReader *pca_row_reader_create(const PcaTable *table, TupleDesc desc,
										   const Bitmapset *wanted, bool grouped);

/*
 * Read an item into values and nulls, which have natts of the descriptor elements.
 * requested_value: the customer or day that the item was requested for, which is the
 * value of a column that is not read from the item; or NULL.  The datums live until
 * the next call.  Errors: invalid JSON, a value that does not fit its column, invalid
 * text in a column that does not replace it, two members for one column, NULL in a
 * NOT NULL column, a GUID that is not spelled as declared.  Their context is the
 * column and the shortened value; the caller adds the table.
 */
extern void pca_row_reader_read(PcaRowReader *reader, const PcaItem *item,
								const char *requested_value, Datum *values, bool *nulls);

/*
 * Set the values of a row that reads no item: all are NULL but those of constant
 * columns, which belong to the table.
 */
extern void pca_row_reader_read_constants(const PcaRowReader *reader, Datum *values, bool *nulls);

/* A field whose text can be read beside the wanted columns. */
typedef struct PcaRowReaderField PcaRowReaderField;

/*
 * Make the text of a field of the resource available, beginning with the next
 * item, even if no wanted column reads it.  The result lives as long as the reader.
 */
extern const PcaRowReaderField *pca_row_reader_watch_field(PcaRowReader *reader, const char *field);

/*
 * Returns the field's text in the item that was read last, as it was written, and
 * its length in bytes.  It may not be terminated by a zero byte.  Returns NULL if
 * the field is null, absent or not a scalar.  Lives as long as the item's bytes,
 * and until the next item is read.
 */
extern const char *pca_row_reader_field_text(const PcaRowReader *reader, const PcaRowReaderField *field,
											 size_t *length);

/*
 * Returns true if the field's text is invalid in the item that was read last, so that
 * other texts may be replaced by the same one.
 */
extern bool pca_row_reader_field_is_invalid(const PcaRowReaderField *field);

/*
 * Returns the number of the resource's fields that the item has; -1 if the item is an
 * error body.  Errors: invalid JSON.
 */
extern int	pca_row_reader_known_fields(PcaRowReader *reader, const PcaItem *item);

/*
 * Raise an error if an item that is the whole response is not a row: if it does not
 * have most of the keys of a row, or of the wanted columns of a grouped response.
 */
extern void pca_row_reader_check_bare(PcaRowReader *reader, const PcaItem *item);

/*
 * Raise an error if groups were read and none of them had a wanted measure, whose
 * sum would be NULL otherwise.
 */
extern void pca_row_reader_check_measures(const PcaRowReader *reader);

#endif							/* PCA_ROW_READER_H */
