/*
 * row_reader.c
 *		What row does an item make?
 *
 * Which of its members is for which column is found in key_match.c.  Of an item
 * whose members are known without cJSON, it parses the values that are wanted
 * and have made no datum lately.
 *
 * What a value means to a column's type is asked in json_datum.c.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "json/datum_cache.h"
#include "json/flat_object.h"
#include "json/json.h"
#include "json/json_datum.h"
#include "json/key_match.h"
#include "json/row_reader.h"
#include "json/scanner.h"

/*
 * How many fields may be looked at that belong to no wanted column: as many as
 * the widest documented row has.
 */
#define MAX_WATCHED	32

/* A wanted column. */
typedef struct Reader
{
	PcaKeyTarget seeker;		/* its member */
	const PcaColumn *column;
	PcaJsonDatumType *type;
	bool		from_path;		/* the value that was asked for is the
								 * column's */
	bool		demanded;		/* NULL is an error */
	bool		guid;			/* the spelling of its GUIDs is checked */
	const char *sentinel;		/* how its "never" begins, or NULL */
	const char *absent;			/* what an item without it means, or NULL */
	bool		came;			/* some item had it */
	PcaDatumCache *intern;		/* or NULL: its datums are not kept */
} Reader;

struct PcaRowReader
{
	const PcaTable *table;
	int			natts;
	bool		grouped;
	bool		shows_item;		/* a wanted column is all of it */
	MemoryContext context;
	MemoryContext item_context;
	PcaJson    *json;
	int64		items;			/* read so far */
	const PcaFlatObject *members;	/* of the item at hand, where they are
									 * known */
	const PcaJsonValue *object; /* else all of it */
	StringInfoData unparsed;	/* its values for cJSON, as an array */

	int			nreaders;
	Reader	   *readers;
	Reader	  **fresh;			/* those whose datums must be made */
	int			nwatched;
	PcaKeyTarget *watched[MAX_WATCHED]; /* fields that are looked at beside
										 * those */
	PcaKeyMatcher *seek;		/* for all of them */

	/* for the error context */
	const Reader *current;
	const PcaJsonValue *current_value;
	const char *current_text;
};

/* Keys of error bodies, which no row has. */
static const char *const error_keys[] = {"code", "message", "error", "statusCode"};

/* Make the reader of one column. */
static void
prepare_reader(PcaRowReader *row, Reader *reader, const PcaColumn *column)
{
	const PcaField *field = column->field;
	const char *dot;
	int16		length;
	bool		by_value;

	reader->column = column;
	reader->type = pca_json_datum_prepare(column->type, column->typmod);
	if (pca_json_datum_is_deterministic(reader->type, &length, &by_value))
		reader->intern = pca_datum_cache_create(length, by_value);
	reader->seeker.key = pg_server_to_any(column->key, strlen(column->key), PG_UTF8);
	dot = strchr(reader->seeker.key, '.');
	if (dot)
	{
		reader->seeker.path_head = pnstrdup(reader->seeker.key, dot - reader->seeker.key);
		reader->seeker.path_rest = dot + 1;
	}
	reader->demanded = column->not_null && !row->grouped;
	if (!field)
		return;
	reader->seeker.names[0] = field->name;
	reader->seeker.names[1] = field->alias;
	reader->from_path = (field->source != PCA_FROM_ITEM);
	reader->sentinel = field->sentinel;
	reader->absent = row->grouped ? NULL : field->absent;
	reader->guid = column->native && field->type == PCA_TYPE_UUID &&
		field->operators != PCA_OPS_NONE;
}

PcaRowReader *
pca_row_reader_create(const PcaTable *table, TupleDesc desc, const Bitmapset *wanted,
					  bool grouped)
{
	PcaRowReader *row = palloc0(sizeof(PcaRowReader));
	int			attnum = -1;

	row->table = table;
	row->natts = desc->natts;
	row->grouped = grouped;
	row->context = CurrentMemoryContext;
	row->item_context = AllocSetContextCreate(CurrentMemoryContext,
											  "pc_analytics_fdw row",
											  ALLOCSET_DEFAULT_SIZES);
	row->json = pca_json_create(CurrentMemoryContext);
	row->seek = pca_key_match_create();
	initStringInfo(&row->unparsed);
	row->readers = palloc0(sizeof(Reader) * Max(1, bms_num_members(wanted)));
	row->fresh = palloc0(sizeof(Reader *) * Max(1, bms_num_members(wanted)));
	while ((attnum = bms_next_member(wanted, attnum)) >= 0)
	{
		const PcaColumn *column = pca_option_column(table, attnum);

		if (!column)
			continue;
		prepare_reader(row, &row->readers[row->nreaders++], column);
		row->shows_item |= column->whole;
		if (!column->whole)
			pca_key_match_add_target(row->seek, &row->readers[row->nreaders - 1].seeker);
	}
	return row;
}

/* Refuse the item at hand: which of two members is the column's is not known. */
static void
refuse_ambiguous(const PcaRowReader *row, const Reader *reader, const char *key, const char *again)
{
	bool		same = strcmp(key, again) == 0;

	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("could not read column \"%s\" of foreign table \"%s\": an item is ambiguous",
					reader->column->name, row->table->name),
			 same ? errdetail("Item " INT64_FORMAT " has the key \"%s\" twice.",
							  row->items, pca_json_datum_display_text(key)) :
			 errdetail("Item " INT64_FORMAT " has the keys \"%s\" and \"%s\", which are the same to the column.",
					   row->items, pca_json_datum_display_text(key), pca_json_datum_display_text(again))));
}

/* The only member of that key, or NULL; an error where it has the key twice. */
static const PcaJsonValue *
only_member(const PcaRowReader *row, const Reader *reader, const PcaJsonValue *object, const char *key)
{
	const PcaJsonValue *again;
	const PcaJsonValue *member = pca_json_only_member(object, key, &again);

	if (again)
		refuse_ambiguous(row, reader, pca_json_key(member), pca_json_key(again));
	return member;
}

/* The member of a dotted path below the object; NULL when there is none. */
static const PcaJsonValue *
descend(const PcaRowReader *row, const Reader *reader, const PcaJsonValue *object, const char *path)
{
	const char *dot;
	const PcaJsonValue *member;

	check_stack_depth();
	if (pca_json_kind(object) == PCA_JSON_NULL)
		return NULL;
	if (pca_json_kind(object) != PCA_JSON_OBJECT)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("\"%s\" is looked for in a JSON value that is not an object", path)));
	member = only_member(row, reader, object, path);
	dot = strchr(path, '.');
	if (member || !dot)
		return member;
	member = only_member(row, reader, object, pnstrdup(path, dot - path));
	return member ? descend(row, reader, member, dot + 1) : NULL;
}

/*
 * Refuse a GUID that a filter in the declared spelling (or in both, when none
 * is declared) would not have found: other rows may be missing because of it.
 */
static void
check_guid(const Reader *reader, const char *text)
{
	PcaGuidSpelling spelling = reader->column->known.guid_spelling;
	bool		upper;
	bool		lower;

	if (spelling == PCA_GUIDS_ANY)
		return;
	pca_json_datum_guid_case(text, &upper, &lower);
	if (spelling == PCA_GUIDS_UNKNOWN && !upper && !lower)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INCONSISTENT_DESCRIPTOR_INFORMATION),
				 errmsg("GUID \"%s\" is not written in the usual form, all upper or all lower case",
						pca_json_datum_display_text(text)),
				 errdetail("Filters ask for these two spellings and would not find it."),
				 errhint("Set the option guid_spelling of the column, table or server to \"any\".")));
	if (spelling == PCA_GUIDS_UPPER ? !upper : (spelling == PCA_GUIDS_LOWER && !lower))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INCONSISTENT_DESCRIPTOR_INFORMATION),
				 errmsg("GUID \"%s\" is not in %s case, as guid_spelling declares",
						pca_json_datum_display_text(text),
						spelling == PCA_GUIDS_UPPER ? "upper" : "lower"),
				 errhint("The declaration is wrong: drop the option guid_spelling, or set it to \"any\".")));
}

/* Refuse NULL in a column that was declared NOT NULL. */
static void
check_null(const PcaRowReader *row, const Reader *reader)
{
	if (!reader->demanded)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_NOT_NULL_VIOLATION),
			 errmsg("null value in column \"%s\" of foreign table \"%s\" violates not-null constraint",
					reader->column->name, row->table->name),
			 errdetail(reader->seeker.rank == PCA_KEY_MATCH_NONE ? "The item has no \"%s\"." : "The item's \"%s\" is null.",
					   reader->column->key),
			 errhint("If the API may leave it out, drop the column's NOT NULL constraint.")));
}

/* Whether the value is the one that means "never", with any fraction or zone. */
static bool
is_sentinel(PcaRowReader *row, const Reader *reader, const PcaJsonValue *value)
{
	return pca_json_kind(value) == PCA_JSON_STRING &&
		strncmp(pca_json_text(row->json, value), reader->sentinel,
				strlen(reader->sentinel)) == 0;
}

/* The datum of one column. */
static Datum
read_column(PcaRowReader *row, Reader *reader, const char *asked, bool *isnull)
{
	const PcaJsonValue *value = reader->column->whole ? row->object : reader->seeker.value;

	row->current = reader;
	row->current_value = value;
	row->current_text = NULL;
	if (reader->from_path && asked)
	{
		row->current_text = asked;
		*isnull = false;
		return pca_json_datum_make_text(reader->type, asked);
	}
	if (value)
	{
		reader->came = true;
		if (reader->seeker.rank == PCA_KEY_MATCH_PATH || reader->seeker.rank == PCA_KEY_MATCH_PATH_NO_CASE)
			row->current_value = value = descend(row, reader, value, reader->seeker.path_rest);
	}
	if (value && reader->sentinel && is_sentinel(row, reader, value))
		value = NULL;
	if (reader->absent && (!value || pca_json_kind(value) == PCA_JSON_NULL))
	{
		*isnull = false;
		return pca_json_datum_make_text(reader->type, reader->absent);
	}
	if (!value || pca_json_kind(value) == PCA_JSON_NULL)
		check_null(row, reader);
	else if (reader->guid && pca_json_kind(value) == PCA_JSON_STRING)
		check_guid(reader, pca_json_text(row->json, value));
	return pca_json_datum_make(reader->type, row->json, value, isnull);
}

/* Refuse an item that is no good JSON. */
static void
refuse_item(const PcaRowReader *row, const char *fault)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("could not read an item of foreign table \"%s\": %s",
					row->table->name, fault)));
}

/* Parse the item; an error when it is not good JSON. */
static const PcaJsonValue *
parse_item(PcaRowReader *row, const PcaItem *item)
{
	const char *fault;
	const PcaJsonValue *value;

	if (item->plain)
		value = pca_json_parse_plain(row->json, item->data, item->length, &fault);
	else
		value = pca_json_parse(row->json, item->data, item->length,
							   PCA_SCANNER_MAX_DEPTH, &fault);
	if (!value)
		refuse_item(row, fault);
	return value;
}

/* Refuse an item that has two members for a column which is read from it. */
static void
check_ambiguous(const PcaRowReader *row, const char *asked)
{
	for (int i = 0; i < row->nreaders; i++)
	{
		const Reader *reader = &row->readers[i];

		if (reader->seeker.duplicate_key && !(reader->from_path && asked))
			refuse_ambiguous(row, reader, pca_key_match_found_key(&reader->seeker), reader->seeker.duplicate_key);
	}
}

/*
 * Take the item's members as they are known, if they are enough, or parse it, and
 * give them to whom they are for.
 */
static void
open_item(PcaRowReader *row, const PcaItem *item, const char *asked)
{
	row->members = row->shows_item ? NULL : item->members;
	row->object = NULL;
	if (!row->members)
	{
		row->object = parse_item(row, item);
		if (unlikely(pca_key_match_find_in_object(row->seek, row->object)))
			check_ambiguous(row, asked);
		return;
	}
	if (!row->members->ascii &&
		!pg_verify_mbstr(PG_UTF8, item->data, (int) item->length, true))
		refuse_item(row, "it is not valid UTF-8");
	if (unlikely(pca_key_match_find_in_flat_object(row->seek, row->members)))
		check_ambiguous(row, asked);
}

/*
 * Whether the column's value is what its member's bytes are, and nothing else:
 * not the one that was asked for, nor one below the member.
 */
static inline bool
is_from_bytes(const Reader *reader)
{
	return reader->seeker.member && reader->seeker.rank < PCA_KEY_MATCH_PATH && !reader->from_path;
}

/* Make the datum that an integer's bytes are; false when they are none. */
static inline bool
read_integer(PcaRowReader *row, const Reader *reader, Datum *value, bool *isnull)
{
	int64		integer;

	if (*reader->seeker.member->value == '"' ||
		!pca_flat_object_member_integer(reader->seeker.member, &integer))
		return false;
	row->current = reader;
	row->current_value = NULL;
	row->current_text = NULL;
	*value = pca_json_datum_make_integer(reader->type, integer);
	*isnull = false;
	return true;
}

/*
 * Take the datums that the item's bytes are, or have made before; how many
 * readers are left, in row->fresh.
 */
static int
take_known(PcaRowReader *row, Datum *values, bool *nulls)
{
	int			nfresh = 0;

	for (int i = 0; i < row->nreaders; i++)
	{
		Reader	   *reader = &row->readers[i];
		int			index = reader->column->attnum - 1;

		if (is_from_bytes(reader) &&
			(read_integer(row, reader, &values[index], &nulls[index]) ||
			 (reader->intern &&
			  pca_datum_cache_lookup(reader->intern, reader->seeker.member->value,
									 reader->seeker.member->value_length, &values[index], &nulls[index]))))
			reader->came = true;
		else
			row->fresh[nfresh++] = reader;
	}
	return nfresh;
}

/* Let cJSON parse the values that the fresh readers have, as one array. */
static void
parse_fresh(PcaRowReader *row, int nfresh)
{
	StringInfo	unparsed = &row->unparsed;
	const PcaJsonValue *value;
	const char *fault;

	resetStringInfo(unparsed);
	for (int i = 0; i < nfresh; i++)
	{
		const PcaFlatMember *member = row->fresh[i]->seeker.member;

		if (!member)
			continue;
		appendStringInfoChar(unparsed, unparsed->len == 0 ? '[' : ',');
		appendBinaryStringInfo(unparsed, member->value, (int) member->value_length);
	}
	if (unparsed->len == 0)
		return;
	appendStringInfoChar(unparsed, ']');
	value = pca_json_parse_plain(row->json, unparsed->data, unparsed->len, &fault);
	if (!value)
		refuse_item(row, fault);
	value = pca_json_first(value);
	for (int i = 0; i < nfresh; i++)
	{
		if (!row->fresh[i]->seeker.member)
			continue;
		row->fresh[i]->seeker.value = value;
		value = pca_json_next(value);
	}
}

/* Make the datums of the fresh readers, and keep those that may come again. */
static void
read_fresh(PcaRowReader *row, int nfresh, const char *asked, Datum *values, bool *nulls)
{
	for (int i = 0; i < nfresh; i++)
	{
		Reader	   *reader = row->fresh[i];
		int			index = reader->column->attnum - 1;

		values[index] = read_column(row, reader, asked, &nulls[index]);
		if (reader->intern && is_from_bytes(reader))
			pca_datum_cache_store(reader->intern, reader->seeker.member->value,
								  reader->seeker.member->value_length, values[index], nulls[index]);
	}
}

/* Say which table, column and value an error is about. */
static void
describe_place(void *arg)
{
	PcaRowReader *row = arg;
	const char *text = row->current_text;

	if (!row->current)
	{
		errcontext("item " INT64_FORMAT " of foreign table \"%s\"",
				   row->items, row->table->name);
		return;
	}
	if (!text && row->current_value)
		text = pca_json_text(row->json, row->current_value);
	else if (!text && row->current->seeker.member)
		text = pnstrdup(row->current->seeker.member->value, row->current->seeker.member->value_length);
	if (text)
		errcontext("column \"%s\" of foreign table \"%s\", value \"%s\"",
				   row->current->column->name, row->table->name,
				   pca_json_datum_display_text(text));
	else
		errcontext("column \"%s\" of foreign table \"%s\"",
				   row->current->column->name, row->table->name);
}

void
pca_row_reader_read(PcaRowReader *row, const PcaItem *item, const char *asked,
					Datum *values, bool *nulls)
{
	ErrorContextCallback callback = {error_context_stack, describe_place, row};
	MemoryContext old;
	int			nfresh;

	row->items++;
	row->current = NULL;
	error_context_stack = &callback;
	MemoryContextReset(row->item_context);
	old = MemoryContextSwitchTo(row->item_context);
	open_item(row, item, asked);
	memset(values, 0, sizeof(Datum) * row->natts);
	memset(nulls, true, sizeof(bool) * row->natts);
	nfresh = take_known(row, values, nulls);
	if (row->members)
		parse_fresh(row, nfresh);
	read_fresh(row, nfresh, asked, values, nulls);
	MemoryContextSwitchTo(old);
	error_context_stack = callback.previous;
}

/* Look at a field that no wanted column reads, from the next item on. */
static PcaKeyTarget *
watch(PcaRowReader *row, const char *field)
{
	MemoryContext caller = MemoryContextSwitchTo(row->context);
	PcaKeyTarget *seeker;

	if (row->nwatched == MAX_WATCHED)
		elog(ERROR, "too many fields are looked at");
	seeker = palloc0(sizeof(PcaKeyTarget));
	seeker->key = pstrdup(field);
	row->watched[row->nwatched++] = seeker;
	pca_key_match_add_target(row->seek, seeker);
	MemoryContextSwitchTo(caller);
	return seeker;
}

const PcaRowReaderField *
pca_row_reader_watch_field(PcaRowReader *row, const char *field)
{
	for (int i = 0; i < row->nreaders; i++)
	{
		const char *name = row->readers[i].seeker.names[0];

		if (name && strcmp(name, field) == 0)
			return (const PcaRowReaderField *) &row->readers[i].seeker;
	}
	for (int i = 0; i < row->nwatched; i++)
	{
		if (strcmp(row->watched[i]->key, field) == 0)
			return (const PcaRowReaderField *) row->watched[i];
	}
	return (const PcaRowReaderField *) watch(row, field);
}

const char *
pca_row_reader_field_text(const PcaRowReader *row, const PcaRowReaderField *field, size_t *length)
{
	const PcaKeyTarget *seeker = (const PcaKeyTarget *) field;
	const char *text;

	*length = 0;
	if (seeker->member)
		return pca_flat_object_member_text(seeker->member, length);
	text = seeker->value ? pca_json_text(row->json, seeker->value) : NULL;
	if (text)
		*length = strlen(text);
	return text;
}

/* Whether the item has a field of that name, or path. */
static bool
has_field(const PcaJsonValue *object, const char *name)
{
	const char *dot = strchr(name, '.');
	const PcaJsonValue *member = pca_json_member(object, name);

	check_stack_depth();
	if (!member && dot)
	{
		member = pca_json_member(object, pnstrdup(name, dot - name));
		return member && has_field(member, dot + 1);
	}
	return member != NULL;
}

/* How many of the resource's fields, or of the columns, the object has. */
static int
count_fields(const PcaTable *table, const PcaJsonValue *object)
{
	const PcaResource *resource = table->resource;
	int			count = 0;

	for (int i = 0; resource && i < resource->nfields; i++)
	{
		const PcaField *field = &resource->fields[i];

		if (has_field(object, field->name) ||
			(field->alias && has_field(object, field->alias)))
			count++;
	}
	for (int i = 0; !resource && i < table->natts; i++)
		if (table->columns[i].name && has_field(object, table->columns[i].key))
			count++;
	return count;
}

int
pca_row_reader_known_fields(PcaRowReader *row, const PcaItem *item)
{
	MemoryContext old;
	const PcaJsonValue *object;
	int			count;

	MemoryContextReset(row->item_context);
	old = MemoryContextSwitchTo(row->item_context);
	object = parse_item(row, item);
	count = count_fields(row->table, object);
	for (size_t i = 0; i < lengthof(error_keys); i++)
		if (pca_json_member(object, error_keys[i]))
			count = -1;
	MemoryContextSwitchTo(old);
	return count;
}

/* How many of the wanted columns the object has. */
static int
count_wanted(const PcaRowReader *row, const PcaJsonValue *object)
{
	int			count = 0;

	for (int i = 0; i < row->nreaders; i++)
	{
		const Reader *reader = &row->readers[i];

		if (has_field(object, reader->seeker.key) ||
			(reader->seeker.names[1] && has_field(object, reader->seeker.names[1])))
			count++;
	}
	return count;
}

/* How many keys a row of the resource may have. */
static int
count_keys(const PcaResource *resource)
{
	int			count = 0;

	for (int i = 0; i < resource->nfields; i++)
		if (resource->fields[i].source == PCA_FROM_ITEM && !resource->fields[i].absent)
			count++;
	return count;
}

void
pca_row_reader_check_bare(PcaRowReader *row, const PcaItem *item)
{
	int			known = pca_row_reader_known_fields(row, item);
	int			all = row->grouped ? row->nreaders : count_keys(row->table->resource);

	if (known >= 0 && row->grouped)
		known = count_wanted(row, parse_item(row, item));
	if (known * 2 > all)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
			 errmsg("could not read foreign table \"%s\": the answer is an object that is no row",
					row->table->name),
			 errdetail("It has %d of the %d keys of a row, and no array named Value or items.",
					   Max(known, 0), all)));
}

void
pca_row_reader_check_measures(const PcaRowReader *row)
{
	if (!row->grouped || row->items == 0)
		return;
	for (int i = 0; i < row->nreaders; i++)
	{
		const Reader *reader = &row->readers[i];

		if (!reader->column->measure || reader->came)
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
				 errmsg("the grouped answer for foreign table \"%s\" has no \"%s\"",
						row->table->name, reader->column->key),
				 errdetail("The sum of column \"%s\" is not known.", reader->column->name),
				 errhint("Set the foreign table's option pushdown_group to \"false\".")));
	}
}
