/*
 * row_reader.c
 *		Reads items into the datums of rows.
 *
 * key_match.c finds the member of each column, and json_datum.c converts its
 * value.  Of a flat item, only those values are parsed with cJSON that a wanted
 * column reads, that are not plain integers and that the column's cache does not
 * have.  Other items are parsed as a whole, and so are all items if a conversion may
 * run other code.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "guid.h"
#include "json/datum_cache.h"
#include "json/flat_object.h"
#include "json/json.h"
#include "json/json_datum.h"
#include "json/key_match.h"
#include "json/row_reader.h"
#include "json/scanner.h"

/* Watched fields that no wanted column reads: more than the widest documented row has (26). */
#define MAX_WATCHED_FIELDS	32

/* A wanted column. */
typedef struct WantedColumn
{
	PcaKeyTarget target;		/* its member */
	const PcaColumn *column;
	PcaJsonDatumType *type;
	bool		from_request;	/* its value is the one that was requested */
	bool		not_null;		/* NULL is an error */
	bool		checks_guid;	/* the spelling of its GUIDs is checked */
	const char *sentinel;		/* start of the value that means NULL, or NULL */
	const char *absent;			/* value if the item has none, or NULL */
	bool		seen;			/* an item had it */
	PcaDatumCache *cache;		/* NULL if its datums cannot be cached */
} WantedColumn;

struct PcaRowReader
{
	const PcaTable *table;
	int			natts;
	bool		grouped;
	bool		wants_item;		/* a wanted column is the whole item */
	bool		copies_item;	/* a conversion may run a query; if that
								 * receives bytes for this scan, the item's
								 * bytes are moved */
	MemoryContext context;		/* of the reader */
	MemoryContext item_context; /* of the current item's datums */
	PcaJson    *json;
	int64		items;			/* number of items read */
	const PcaFlatObject *members;	/* of the current item if it is flat */
	const PcaJsonValue *object; /* otherwise the item */
	StringInfoData unparsed;	/* values of members for cJSON, as an array */

	int			ncolumns;
	WantedColumn *columns;		/* the wanted ones */
	WantedColumn **pending;		/* those whose datums are neither integers nor
								 * cached */
	List	   *constants;		/* const PcaColumn *: the wanted columns that
								 * are constant */
	int			nwatched;
	PcaKeyTarget *watched[MAX_WATCHED_FIELDS];	/* watched fields that no
												 * wanted column reads */
	PcaKeyMatcher *matcher;		/* finds the members of all of them */

	/* for the error context */
	const WantedColumn *current_column;
	const PcaJsonValue *current_value;
	const char *current_text;
};

/* Keys of error bodies, which no documented row has. */
static const char *const error_keys[] = {"code", "message", "error", "statusCode"};

/* Look up how to read a column. */
static void
prepare_column(PcaRowReader *reader, WantedColumn *wanted, const PcaColumn *column)
{
	const PcaField *field = column->field;
	const char *dot;
	int16		typlen;
	bool		typbyval;

	wanted->column = column;
	wanted->type = pca_json_datum_prepare(column->type, column->typmod,
										  column->known.replace_invalid_text);
	if (pca_json_datum_is_deterministic(wanted->type, &typlen, &typbyval))
		wanted->cache = pca_datum_cache_create(typlen, typbyval);
	wanted->target.key = pg_server_to_any(column->key, strlen(column->key), PG_UTF8);
	dot = strchr(wanted->target.key, '.');
	if (dot)
	{
		wanted->target.path_head = pnstrdup(wanted->target.key, dot - wanted->target.key);
		wanted->target.path_rest = dot + 1;
	}
	wanted->not_null = column->not_null && !reader->grouped;
	if (!field)
		return;
	wanted->target.names[0] = field->name;
	wanted->target.names[1] = field->alias;
	wanted->from_request = (field->source != PCA_FROM_ITEM);
	wanted->sentinel = field->sentinel;
	wanted->absent = reader->grouped ? NULL : field->absent;
	wanted->checks_guid = column->native && field->type == PCA_TYPE_UUID &&
		field->operators != PCA_OPS_NONE;
}

PcaRowReader *
pca_row_reader_create(const PcaTable *table, TupleDesc desc, const Bitmapset *wanted,
					  bool grouped)
{
	PcaRowReader *reader = palloc0(sizeof(PcaRowReader));
	int			attnum = -1;

	reader->table = table;
	reader->natts = desc->natts;
	reader->grouped = grouped;
	reader->context = CurrentMemoryContext;
	reader->item_context = AllocSetContextCreate(CurrentMemoryContext,
												 "pc_analytics_fdw row",
												 ALLOCSET_DEFAULT_SIZES);
	reader->json = pca_json_create(CurrentMemoryContext);
	reader->matcher = pca_key_match_create();
	initStringInfo(&reader->unparsed);
	reader->columns = palloc0(sizeof(WantedColumn) * Max(1, bms_num_members(wanted)));
	reader->pending = palloc0(sizeof(WantedColumn *) * Max(1, bms_num_members(wanted)));
	while ((attnum = bms_next_member(wanted, attnum)) >= 0)
	{
		const PcaColumn *column = pca_option_column(table, attnum);

		if (column && column->constant)
			reader->constants = lappend(reader->constants, unconstify(PcaColumn *, column));
		if (!column || column->constant)
			continue;
		prepare_column(reader, &reader->columns[reader->ncolumns++], column);
		reader->wants_item |= column->whole;
		reader->copies_item |= !reader->columns[reader->ncolumns - 1].cache;
		if (!column->whole)
			pca_key_match_add_target(reader->matcher, &reader->columns[reader->ncolumns - 1].target);
	}
	return reader;
}

/* Raise an error: it is not known which of two members is the column's. */
static void
error_ambiguous_item(const PcaRowReader *reader, const WantedColumn *wanted,
					 const char *key, const char *duplicate_key)
{
	bool		same = strcmp(key, duplicate_key) == 0;

	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("could not read column \"%s\" of foreign table \"%s\": an item is ambiguous",
					wanted->column->name, reader->table->name),
			 same ? errdetail("Item " INT64_FORMAT " has the key \"%s\" twice.",
							  reader->items, pca_json_datum_display_text(key)) :
			 errdetail("Item " INT64_FORMAT " has the keys \"%s\" and \"%s\", which are the same to the column.",
					   reader->items, pca_json_datum_display_text(key), pca_json_datum_display_text(duplicate_key))));
}

/* Find the member of that key; an error if the object has the key twice. */
static const PcaJsonValue *
find_only_member(const PcaRowReader *reader, const WantedColumn *wanted,
				 const PcaJsonValue *object, const char *key)
{
	const PcaJsonValue *duplicate;
	const PcaJsonValue *member = pca_json_only_member(object, key, &duplicate);

	if (duplicate)
		error_ambiguous_item(reader, wanted, pca_json_key(member), pca_json_key(duplicate));
	return member;
}

/*
 * Find the member of a dotted path below the object, or NULL.  At each level, a key
 * that contains the dot has precedence over a path.
 */
static const PcaJsonValue *
find_path_member(const PcaRowReader *reader, const WantedColumn *wanted,
				 const PcaJsonValue *object, const char *path)
{
	const char *dot;
	const PcaJsonValue *member;

	check_stack_depth();
	if (pca_json_kind(object) == PCA_JSON_NULL)
		return NULL;
	if (pca_json_kind(object) != PCA_JSON_OBJECT)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("cannot look up \"%s\" in a JSON value that is not an object", path)));
	member = find_only_member(reader, wanted, object, path);
	dot = strchr(path, '.');
	if (member || !dot)
		return member;
	member = find_only_member(reader, wanted, object, pnstrdup(path, dot - path));
	return member ? find_path_member(reader, wanted, member, dot + 1) : NULL;
}

/*
 * Raise an error for a GUID that a filter in the declared spelling (or in both, if
 * none is declared) would not match: rows with such a GUID may be missing from the
 * results of filters.
 */
static void
check_guid_spelling(const WantedColumn *wanted, const char *text)
{
	PcaGuidSpelling spelling = wanted->column->known.guid_spelling;
	bool		upper;
	bool		lower;

	if (spelling == PCA_GUIDS_ANY)
		return;
	pca_guid_case(text, &upper, &lower);
	if (spelling == PCA_GUIDS_UNKNOWN && !upper && !lower)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INCONSISTENT_DESCRIPTOR_INFORMATION),
				 errmsg("GUID \"%s\" is not written in the usual form, all upper or all lower case",
						pca_json_datum_display_text(text)),
				 errdetail("Filters contain only these two spellings, and would not match it."),
				 errhint("Set the option guid_spelling of the column, table or server to \"any\".")));
	if (spelling == PCA_GUIDS_UPPER ? !upper : (spelling == PCA_GUIDS_LOWER && !lower))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INCONSISTENT_DESCRIPTOR_INFORMATION),
				 errmsg("GUID \"%s\" is not in %s case, as guid_spelling declares",
						pca_json_datum_display_text(text),
						spelling == PCA_GUIDS_UPPER ? "upper" : "lower"),
				 errhint("The declaration is wrong: drop the option guid_spelling, or set it to \"any\".")));
}

/* Raise an error for NULL in a column that is declared NOT NULL. */
static void
check_not_null(const PcaRowReader *reader, const WantedColumn *wanted)
{
	if (!wanted->not_null)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_NOT_NULL_VIOLATION),
			 errmsg("null value in column \"%s\" of foreign table \"%s\" violates not-null constraint",
					wanted->column->name, reader->table->name),
			 errdetail(wanted->target.rank == PCA_KEY_MATCH_NONE ? "The item has no \"%s\"." :
					   reader->current_value && pca_json_kind(reader->current_value) == PCA_JSON_STRING ?
					   "The item's \"%s\" is a string that means NULL." : "The item's \"%s\" is null.",
					   wanted->column->key),
			 errhint("If the API may leave it out, drop the column's NOT NULL constraint.")));
}

/* Returns true for a date that means "never", with any fraction or offset. */
static bool
is_sentinel_value(PcaRowReader *reader, const WantedColumn *wanted, const PcaJsonValue *value)
{
	return pca_json_kind(value) == PCA_JSON_STRING &&
		strncmp(pca_json_text(reader->json, value), wanted->sentinel,
				strlen(wanted->sentinel)) == 0;
}

/* Raise an error for invalid text in a column, unless it is declared to be replaced. */
static void
check_invalid_text(const PcaRowReader *reader, const WantedColumn *wanted, const PcaJsonValue *value)
{
	const char *reason = pca_json_invalid_text(value);

	if (!reason || wanted->column->known.replace_invalid_text)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("could not read column \"%s\" of foreign table \"%s\": its text is invalid",
					wanted->column->name, reader->table->name),
			 errdetail("In item " INT64_FORMAT ", %s.", reader->items, reason),
			 errhint("To read U+FFFD instead of what is invalid, set the option invalid_text of the column, table or server to \"replace\".")));
}

/* Make the datum of a column from the parsed value or from what was requested. */
static Datum
read_column(PcaRowReader *reader, WantedColumn *wanted, const char *requested_value, bool *isnull)
{
	const PcaJsonValue *value = wanted->column->whole ? reader->object : wanted->target.value;

	reader->current_column = wanted;
	reader->current_value = value;
	reader->current_text = NULL;
	if (wanted->from_request && requested_value)
	{
		reader->current_text = requested_value;
		*isnull = false;
		return pca_json_datum_make_text(wanted->type, requested_value);
	}
	if (value)
	{
		wanted->seen = true;
		if (wanted->target.rank >= PCA_KEY_MATCH_PATH)
			reader->current_value = value =
				find_path_member(reader, wanted, value, wanted->target.path_rest);
	}
	if (value)
		check_invalid_text(reader, wanted, value);
	if (value && wanted->sentinel && is_sentinel_value(reader, wanted, value))
		value = NULL;
	if (pca_json_datum_is_null(wanted->type, reader->json, value))
		value = NULL;
	if (wanted->absent && !value)
	{
		*isnull = false;
		return pca_json_datum_make_text(wanted->type, wanted->absent);
	}
	if (!value)
		check_not_null(reader, wanted);
	else if (wanted->checks_guid && pca_json_kind(value) == PCA_JSON_STRING)
		check_guid_spelling(wanted, pca_json_text(reader->json, value));
	return pca_json_datum_make(wanted->type, reader->json, value, isnull);
}

static void
error_invalid_item(const PcaRowReader *reader, const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("could not read an item of foreign table \"%s\": %s",
					reader->table->name, reason)));
}

/*
 * Parse the whole item; an error if it is not valid JSON.  Invalid text is no
 * obstacle: only the columns that read it raise an error.
 */
static const PcaJsonValue *
parse_whole_item(PcaRowReader *reader, const PcaItem *item)
{
	const char *error;
	const PcaJsonValue *value = NULL;

	if (item->plain)
		value = pca_json_parse_plain(reader->json, item->data, item->length, &error);
	if (!value)
		value = pca_json_parse_lenient(reader->json, item->data, item->length,
									   PCA_SCANNER_MAX_DEPTH, &error);
	if (!value)
		error_invalid_item(reader, error);
	return value;
}

/*
 * Raise an error if a column has two members in the item, unless its value is the
 * one that was requested.
 */
static void
check_ambiguous_columns(const PcaRowReader *reader, const char *requested_value)
{
	for (int i = 0; i < reader->ncolumns; i++)
	{
		const WantedColumn *wanted = &reader->columns[i];

		if (wanted->target.duplicate_key && !(wanted->from_request && requested_value))
			error_ambiguous_item(reader, wanted, pca_key_match_found_key(&wanted->target),
								 wanted->target.duplicate_key);
	}
}

/*
 * Find the members of all columns, in the item's bytes if it is flat, otherwise in
 * the parsed item, which is a copy.  A column that is the whole item needs the latter, too.
 */
static void
match_item(PcaRowReader *reader, const PcaItem *item, const char *requested_value)
{
	reader->members = reader->wants_item || reader->copies_item ? NULL : item->members;
	reader->object = NULL;
	/* the flat object's reader does not decode UTF-8 */
	if (reader->members && !reader->members->ascii &&
		!pg_verify_mbstr(PG_UTF8, item->data, (int) item->length, true))
		reader->members = NULL;
	if (!reader->members)
	{
		reader->object = parse_whole_item(reader, item);
		if (unlikely(pca_key_match_find_in_object(reader->matcher, reader->object)))
			check_ambiguous_columns(reader, requested_value);
		return;
	}
	if (unlikely(pca_key_match_find_in_flat_object(reader->matcher, reader->members)))
		check_ambiguous_columns(reader, requested_value);
}

/*
 * Returns true if the column's value is determined by the bytes of its member: it is
 * not the value that was requested, and not one below the member.
 */
static inline bool
is_read_from_bytes(const WantedColumn *wanted)
{
	return wanted->target.member && wanted->target.rank < PCA_KEY_MATCH_PATH && !wanted->from_request;
}

/* Convert a member that is a plain integer without cJSON; returns false for others. */
static inline bool
read_plain_integer(PcaRowReader *reader, const WantedColumn *wanted, Datum *value, bool *isnull)
{
	int64		integer;

	if (*wanted->target.member->value == '"' ||
		!pca_flat_object_member_integer(wanted->target.member, &integer))
		return false;
	reader->current_column = wanted;
	reader->current_value = NULL;
	reader->current_text = NULL;
	*value = pca_json_datum_make_integer(wanted->type, integer);
	*isnull = false;
	return true;
}

/*
 * Set the values that are plain integers or cached.  The other columns become
 * pending; returns their number.
 */
static int
read_known_values(PcaRowReader *reader, Datum *values, bool *nulls)
{
	int			npending = 0;

	for (int i = 0; i < reader->ncolumns; i++)
	{
		WantedColumn *wanted = &reader->columns[i];
		int			index = wanted->column->attnum - 1;

		if (is_read_from_bytes(wanted) &&
			(read_plain_integer(reader, wanted, &values[index], &nulls[index]) ||
			 (wanted->cache &&
			  pca_datum_cache_lookup(wanted->cache, wanted->target.member->value,
									 wanted->target.member->value_length, &values[index], &nulls[index]))))
			wanted->seen = true;
		else
			reader->pending[npending++] = wanted;
	}
	return npending;
}

/* Parse the values of the pending columns with a single call of cJSON, as an array. */
static void
parse_pending_values(PcaRowReader *reader, int npending)
{
	StringInfo	unparsed = &reader->unparsed;
	const PcaJsonValue *value;
	const char *error;

	resetStringInfo(unparsed);
	for (int i = 0; i < npending; i++)
	{
		const PcaFlatMember *member = reader->pending[i]->target.member;

		if (!member)
			continue;
		appendStringInfoChar(unparsed, unparsed->len == 0 ? '[' : ',');
		appendBinaryStringInfo(unparsed, member->value, (int) member->value_length);
	}
	if (unparsed->len == 0)
		return;
	appendStringInfoChar(unparsed, ']');
	value = pca_json_parse_plain(reader->json, unparsed->data, unparsed->len, &error);
	if (!value)
		error_invalid_item(reader, error);
	value = pca_json_first(value);
	for (int i = 0; i < npending; i++)
	{
		if (!reader->pending[i]->target.member)
			continue;
		reader->pending[i]->target.value = value;
		value = pca_json_next(value);
	}
}

/* Make the datums of the pending columns, and cache them where that is possible. */
static void
read_pending_columns(PcaRowReader *reader, int npending, const char *requested_value, Datum *values, bool *nulls)
{
	for (int i = 0; i < npending; i++)
	{
		WantedColumn *wanted = reader->pending[i];
		int			index = wanted->column->attnum - 1;

		values[index] = read_column(reader, wanted, requested_value, &nulls[index]);
		if (wanted->cache && is_read_from_bytes(wanted))
			pca_datum_cache_store(wanted->cache, wanted->target.member->value,
								  wanted->target.member->value_length, values[index], nulls[index]);
	}
}

/* Error context callback: the column and value that are read; the caller adds the table. */
static void
add_value_context(void *arg)
{
	PcaRowReader *reader = arg;
	const char *text = reader->current_text;

	if (!reader->current_column)
	{
		errcontext("item " INT64_FORMAT, reader->items);
		return;
	}
	if (!text && reader->current_value)
		text = pca_json_text(reader->json, reader->current_value);
	else if (!text && reader->current_column->target.member)
		text = pnstrdup(reader->current_column->target.member->value,
						reader->current_column->target.member->value_length);
	if (text)
		errcontext("column \"%s\", value \"%s\"", reader->current_column->column->name,
				   pca_json_datum_display_text(text));
	else
		errcontext("column \"%s\"", reader->current_column->column->name);
}

void
pca_row_reader_read_constants(const PcaRowReader *reader, Datum *values, bool *nulls)
{
	ListCell   *lc;

	memset(values, 0, sizeof(Datum) * reader->natts);
	memset(nulls, true, sizeof(bool) * reader->natts);
	foreach(lc, reader->constants)
	{
		const PcaColumn *column = lfirst(lc);

		values[column->attnum - 1] = column->constant_value;
		nulls[column->attnum - 1] = false;
	}
}

void
pca_row_reader_read(PcaRowReader *reader, const PcaItem *item, const char *requested_value,
					Datum *values, bool *nulls)
{
	ErrorContextCallback callback = {error_context_stack, add_value_context, reader};
	MemoryContext old;
	int			npending;

	reader->items++;
	reader->current_column = NULL;
	error_context_stack = &callback;
	MemoryContextReset(reader->item_context);
	old = MemoryContextSwitchTo(reader->item_context);
	match_item(reader, item, requested_value);
	pca_row_reader_read_constants(reader, values, nulls);
	npending = read_known_values(reader, values, nulls);
	if (reader->members)
		parse_pending_values(reader, npending);
	read_pending_columns(reader, npending, requested_value, values, nulls);
	MemoryContextSwitchTo(old);
	error_context_stack = callback.previous;
}

/* Watch a field that no wanted column reads. */
static PcaKeyTarget *
watch_unread_field(PcaRowReader *reader, const char *field)
{
	MemoryContext caller = MemoryContextSwitchTo(reader->context);
	PcaKeyTarget *target;

	if (reader->nwatched == MAX_WATCHED_FIELDS)
		elog(ERROR, "too many watched fields");
	target = palloc0(sizeof(PcaKeyTarget));
	target->key = pstrdup(field);
	reader->watched[reader->nwatched++] = target;
	pca_key_match_add_target(reader->matcher, target);
	MemoryContextSwitchTo(caller);
	return target;
}

const PcaRowReaderField *
pca_row_reader_watch_field(PcaRowReader *reader, const char *field)
{
	for (int i = 0; i < reader->ncolumns; i++)
	{
		const char *name = reader->columns[i].target.names[0];

		if (name && strcmp(name, field) == 0)
			return (const PcaRowReaderField *) &reader->columns[i].target;
	}
	for (int i = 0; i < reader->nwatched; i++)
	{
		if (strcmp(reader->watched[i]->key, field) == 0)
			return (const PcaRowReaderField *) reader->watched[i];
	}
	return (const PcaRowReaderField *) watch_unread_field(reader, field);
}

const char *
pca_row_reader_field_text(const PcaRowReader *reader, const PcaRowReaderField *field, size_t *length)
{
	const PcaKeyTarget *target = (const PcaKeyTarget *) field;
	const char *text;

	*length = 0;
	if (target->member)
		return pca_flat_object_member_text(target->member, length);
	text = target->value ? pca_json_text(reader->json, target->value) : NULL;
	if (text)
		*length = strlen(text);
	return text;
}

bool
pca_row_reader_field_is_invalid(const PcaRowReaderField *field)
{
	const PcaKeyTarget *target = (const PcaKeyTarget *) field;

	return target->value && pca_json_invalid_text(target->value);
}

/* Returns true if the object has a field of that name or path. */
static bool
object_has_field(const PcaJsonValue *object, const char *name)
{
	const char *dot = strchr(name, '.');
	const PcaJsonValue *member = pca_json_member(object, name);

	check_stack_depth();
	if (!member && dot)
	{
		member = pca_json_member(object, pnstrdup(name, dot - name));
		return member && object_has_field(member, dot + 1);
	}
	return member != NULL;
}

/* Returns the number of the resource's fields that the object has. */
static int
count_known_fields(const PcaTable *table, const PcaJsonValue *object)
{
	const PcaResource *resource = table->resource;
	int			count = 0;

	for (int i = 0; i < resource->nfields; i++)
	{
		const PcaField *field = &resource->fields[i];

		if (object_has_field(object, field->name) ||
			(field->alias && object_has_field(object, field->alias)))
			count++;
	}
	return count;
}

int
pca_row_reader_known_fields(PcaRowReader *reader, const PcaItem *item)
{
	MemoryContext old;
	const PcaJsonValue *object;
	int			count;

	MemoryContextReset(reader->item_context);
	old = MemoryContextSwitchTo(reader->item_context);
	object = parse_whole_item(reader, item);
	count = count_known_fields(reader->table, object);
	for (size_t i = 0; i < lengthof(error_keys); i++)
		if (pca_json_member(object, error_keys[i]))
			count = -1;
	MemoryContextSwitchTo(old);
	return count;
}

/* The number of the wanted columns that the object has. */
static int
count_wanted_columns(const PcaRowReader *reader, const PcaJsonValue *object)
{
	int			count = 0;

	for (int i = 0; i < reader->ncolumns; i++)
	{
		const WantedColumn *wanted = &reader->columns[i];

		if (object_has_field(object, wanted->target.key) ||
			(wanted->target.names[1] && object_has_field(object, wanted->target.names[1])))
			count++;
	}
	return count;
}

/* The number of keys that a row of the resource may have. */
static int
count_resource_keys(const PcaResource *resource)
{
	int			count = 0;

	for (int i = 0; i < resource->nfields; i++)
		if (resource->fields[i].source == PCA_FROM_ITEM && !resource->fields[i].absent)
			count++;
	return count;
}

void
pca_row_reader_check_bare(PcaRowReader *reader, const PcaItem *item)
{
	int			known = pca_row_reader_known_fields(reader, item);
	int			all = reader->grouped ? reader->ncolumns : count_resource_keys(reader->table->resource);

	if (known >= 0 && reader->grouped)
		known = count_wanted_columns(reader, parse_whole_item(reader, item));
	if (known * 2 > all)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
			 errmsg("the API's response is an object that is not a row"),
			 errdetail("It has %d of the %d keys of a row, and no array named Value or items.",
					   Max(known, 0), all)));
}

void
pca_row_reader_check_measures(const PcaRowReader *reader)
{
	if (!reader->grouped || reader->items == 0)
		return;
	for (int i = 0; i < reader->ncolumns; i++)
	{
		const WantedColumn *wanted = &reader->columns[i];

		if (!wanted->column->measure || wanted->seen)
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
				 errmsg("the grouped response for foreign table \"%s\" has no \"%s\"",
						reader->table->name, wanted->column->key),
				 errdetail("The sum of column \"%s\" is not known.", wanted->column->name),
				 errhint("Set the foreign table's option pushdown_group to \"false\".")));
	}
}
