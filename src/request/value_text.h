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
 * or timestamp whatever DateStyle is.  A timestamptz is written as its time in UTC
 * with a Z, which does not depend on the session's time zone.  Palloc'd.
 */
extern char *pca_value_text_from_datum(Oid type, Datum datum);

/*
 * Returns the texts (char *) of an array's elements that are not NULL, in their
 * order.  Sets *has_null to true if an element is NULL, and otherwise leaves it as it
 * is.  Current memory context.
 */
extern List *pca_value_text_from_array(Datum array, bool *has_null);

/* Returns true if a date text is that of a timestamptz. */
extern bool pca_value_text_is_timestamptz(const char *text);

/*
 * Convert a date text to a timestamp: in UTC if it is that of a timestamptz, without
 * a zone otherwise.
 */
extern Timestamp pca_value_text_to_timestamp(const char *text);

/*
 * Convert a timestamp to a date text, which omits the time of day at midnight, and to
 * its day ("2018-10-14").  Palloc'd.
 */
extern char *pca_value_text_from_date(Timestamp timestamp);
extern char *pca_value_text_from_day(Timestamp timestamp);

/*
 * Returns true if one of the texts (char *) cannot be searched for: it is empty, and
 * every text contains it, or it is not UTF-8, and may be a part of a character, in a
 * database in SQL_ASCII.
 */
extern bool pca_value_text_defeats_search(List *texts);

/*
 * Returns those of the texts (char *) that can be sent.  The API's texts are
 * converted from UTF-8, so none of them is equal to another text.  Current memory
 * context.
 */
extern List *pca_value_text_encodable(List *texts);

/*
 * Returns the text in a pattern of LIKE, "text", "%text", "text%" or "%text%", without
 * escapes; NULL if the pattern has other wildcards, or no text.  *no_wildcards: the
 * pattern has none.  Palloc'd.
 */
extern char *pca_value_text_pattern_text(const char *pattern, bool *no_wildcards);

/*
 * Returns the text before the first wildcard of a pattern of LIKE, without escapes; NULL if
 * there is none.  Palloc'd.
 */
extern char *pca_value_text_pattern_prefix(const char *pattern);

/*
 * Returns true if every system that compares the text without regard to case finds the
 * same texts equal to it.
 */
extern bool pca_value_text_has_plain_case(const char *text);

#endif							/* PCA_VALUE_TEXT_H */
