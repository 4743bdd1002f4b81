/*
 * json_datum.h
 *		A JSON value made a datum of a column's declared type.
 */
#ifndef PCA_JSON_DATUM_H
#define PCA_JSON_DATUM_H

#include "postgres.h"

#include "json/json.h"

/* A declared type, with all that is looked up once. */
typedef struct PcaJsonDatumType PcaJsonDatumType;

/* Make ready for that type.  Lives in the current memory context. */
extern PcaJsonDatumType *pca_json_datum_prepare(Oid type, int32 typmod);

/*
 * Whether equal values always make equal datums; then also how long these are,
 * and whether they are passed by value.
 */
extern bool pca_json_datum_is_deterministic(const PcaJsonDatumType *type, int16 *length, bool *by_value);

/*
 * The datum of that value, which the last parse of json made; NULL stands for
 * one that is missing.  Allocates in the current memory context.  Errors: a
 * value that does not fit (naming the value, shortened), and whatever an input
 * function or a domain's constraint raises.
 */
extern Datum pca_json_datum_make(PcaJsonDatumType *type, PcaJson *json,
								 const PcaJsonValue *value, bool *isnull);

/*
 * The datum that a JSON number of that value, which has at most
 * PCA_SCANNER_PLAIN_DIGITS characters, would give.
 */
extern Datum pca_json_datum_make_integer(PcaJsonDatumType *type, int64 integer);

/* The datum that a JSON string of that text, UTF-8, would give. */
extern Datum pca_json_datum_make_text(PcaJsonDatumType *type, const char *text);

/*
 * Text from an answer, UTF-8, as a message may show it: in the server encoding,
 * shortened.  Never raises an error but for memory; palloc'd.
 */
extern char *pca_json_datum_display_text(const char *text);

#endif							/* PCA_JSON_DATUM_H */
