/*
 * date_bounds.h
 *		Finds the dates of a field that satisfy a comparison.
 */
#ifndef PCA_DATE_BOUNDS_H
#define PCA_DATE_BOUNDS_H

#include "postgres.h"

#include "datatype/timestamp.h"

#include "request/filter_expr.h"

/*
 * Return the first and the last date of the API, which are those of .NET: 0001-01-01, and the
 * last microsecond of the year 9999.
 */
extern Timestamp pca_date_bounds_first(void);
extern Timestamp pca_date_bounds_last(void);

/*
 * The field's values, as PostgreSQL reads them, on both sides of a value with which
 * the operand is compared.
 */
typedef struct PcaDateBounds
{
	Timestamp	not_less;		/* the first one whose operand is not less
								 * than the value */
	Timestamp	greater;		/* the first one whose operand is greater */
	int64		slack_usec;		/* the operand may be less after a bound, or
								 * greater before it, by at most this much */
} PcaDateBounds;

/*
 * Find the bounds for a value, which is a text of a date, timestamp or timestamptz.
 * They depend on the setting TimeZone if one of the operand's steps or the value
 * does.  Infinite bounds stand for all dates of the API, or none.
 */
extern PcaDateBounds pca_date_bounds_find(const PcaDateOperand *operand, const char *text);

/*
 * Returns the text of the timestamp that the session's time zone has at the time of
 * a timestamptz's text; other texts are returned as they are.  Current memory context.
 */
extern const char *pca_date_bounds_local_text(const char *text);

#endif							/* PCA_DATE_BOUNDS_H */
