/*
 * value_text.h
 *		Conversion of datums and dates to and from text.
 */
#ifndef PCA_VALUE_TEXT_H
#define PCA_VALUE_TEXT_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

/*
 * Returns the text of a datum that is not NULL: the result of its type's output
 * function, except true or false for a boolean, and "2018-10-14T00:00:00" for a date
 * or timestamp whatever DateStyle is.  A timestamptz is converted to the session's
 * time zone.  Palloc'd.
 */
extern char *pca_value_text_from_datum(Oid type, Datum datum);

/*
 * Returns the texts (char *) of an array's elements that are not NULL, in their
 * order.  Sets *has_null to true if an element is NULL, and otherwise leaves it as it
 * is.  Current memory context.
 */
extern List *pca_value_text_from_array(Datum array, bool *has_null);

/*
 * Returns a date text with shift_us microseconds added, in the form of the API,
 * which omits the time of day at midnight, and within the range of the API.
 * Palloc'd.
 */
extern char *pca_value_text_shift(const char *text, int64 shift_us);

/* Convert a date text to a timestamp, and a timestamp to its day ("2018-10-14", palloc'd). */
extern Timestamp pca_value_text_to_timestamp(const char *text);
extern char *pca_value_text_from_day(Timestamp timestamp);

/*
 * Returns -1 if a date text, with shift_us microseconds added, is before all dates of
 * the API, 1 if it is after them, and 0 if it is one of them.
 */
extern int	pca_value_text_out_of_range(const char *text, int64 shift_us);

#endif							/* PCA_VALUE_TEXT_H */
