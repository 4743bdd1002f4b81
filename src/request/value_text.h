/*
 * value_text.h
 *		The text of a value, as its type's output function gives it.
 */
#ifndef PCA_VALUE_TEXT_H
#define PCA_VALUE_TEXT_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

/*
 * The text of a datum that is not NULL: what its type's output function gives,
 * but true or false for a boolean, and dates and timestamps as
 * "2018-10-14T00:00:00", whatever DateStyle is; a timestamptz as date and time
 * in the session's zone.  palloc'd.
 */
extern char *pca_value_text_from_datum(Oid type, Datum datum);

/*
 * The output texts (char *) of an array's elements that are not NULL, in their
 * order; *has_null is set when one is.  Current memory context.
 */
extern List *pca_value_text_from_array(Datum array, bool *has_null);

/*
 * A date text with microseconds added, as the API takes it: without time of
 * day at midnight.  palloc'd.
 */
extern char *pca_value_text_shift(const char *text, int64 shift);

/* The timestamp that a date text means, and the day ("2018-10-14") of one. */
extern Timestamp pca_value_text_to_timestamp(const char *text);
extern char *pca_value_text_from_day(Timestamp timestamp);

/*
 * Whether a date text, so many microseconds later, is before (-1) or behind (1)
 * all dates that the API has.
 */
extern int	pca_value_text_out_of_range(const char *text, int64 shift);

#endif							/* PCA_VALUE_TEXT_H */
