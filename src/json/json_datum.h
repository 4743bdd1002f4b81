/*
 * json_datum.h
 *		Converts JSON values to datums of a column's declared type.
 */
#ifndef PCA_JSON_DATUM_H
#define PCA_JSON_DATUM_H

#include "postgres.h"

#include "json/json.h"

/* A declared type, with everything about it that is looked up once for a scan. */
typedef struct PcaJsonDatumType PcaJsonDatumType;

/*
 * Look up how to convert to a type, which may be a domain or an array.  replace:
 * characters that the server encoding does not have become "?", and are not an
 * error.  Lives in the current memory context.
 */
extern PcaJsonDatumType *pca_json_datum_prepare(Oid type, int32 typmod, bool replace);

/*
 * Returns true if equal bytes are always converted to equal datums, and sets
 * *typlen and *typbyval of the type then.
 */
extern bool pca_json_datum_is_deterministic(const PcaJsonDatumType *type, int16 *typlen, bool *typbyval);

/*
 * Returns true if a value of json's last parse is NULL in a column of the type: JSON's
 * null, NULL, and an empty string unless the type is a text or JSON.
 */
extern bool pca_json_datum_is_null(const PcaJsonDatumType *type, PcaJson *json,
								   const PcaJsonValue *value);

/*
 * Convert a value of json's last parse; NULL is converted like JSON's null.  A JSON
 * array becomes an array of one dimension if the type is an array.  Allocates in the
 * current memory context.  Raises an error if the value does not fit the type (the
 * message shows the value, shortened), and those of the type's input function and of
 * a domain's constraints.
 */
extern Datum pca_json_datum_make(PcaJsonDatumType *type, PcaJson *json,
								 const PcaJsonValue *value, bool *isnull);

/*
 * Convert an integer, as pca_json_datum_make() does for a JSON number of at most
 * PCA_SCANNER_PLAIN_DIGITS characters.
 */
extern Datum pca_json_datum_make_integer(PcaJsonDatumType *type, int64 integer);

/* Convert a text, UTF-8, as pca_json_datum_make() does for a JSON string. */
extern Datum pca_json_datum_make_text(PcaJsonDatumType *type, const char *text);

/*
 * Returns text from a response, UTF-8, in a form that a message can show: shortened
 * to 64 bytes and in the server encoding.  If that is not UTF-8, bytes above 0x7F
 * are shown as "?", since a conversion could fail and hide the original error.
 * Palloc'd in the current memory context.
 */
extern char *pca_json_datum_display_text(const char *text);

#endif							/* PCA_JSON_DATUM_H */
