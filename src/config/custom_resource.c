/*
 * custom_resource.c
 *		Makes a resource of an endpoint that the catalog does not have.
 *
 * The column options of a foreign table with "path" and without "resource"
 * declare its fields.  They become the same rows that resource.c has for the
 * API's resources, so that no other file has to know the difference.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "compat.h"
#include "config/custom_resource.h"
#include "config/option_defs.h"

/* The largest "top" of the API's own resources; option "page_size" may lower it. */
#define LARGEST_TOP		10000

/* An estimate, as for the resources; ANALYZE and the option "rows" are more exact. */
#define GUESSED_ROWS	10000

/* Column options that declare how the endpoint uses a field. */
static const char *const names[] = {"operators", "groupable", "measure"};

/*
 * The declarations that the columns of a type allow.  Dates have a time of day,
 * which groupby would lose in a bucket.  The API's order of text is not known, nor
 * with how many digits it compares numbers with a fraction.
 */
static const struct
{
	PcaType		type;
	int			operators;
	bool		groupable;
	bool		measure;
}			abilities[] =

{
	{PCA_TYPE_TEXT, PCA_OPS_EQ_NE | PCA_OP_CONTAINS, true, false},
	{PCA_TYPE_UUID, PCA_OPS_EQ_NE, true, false},
	{PCA_TYPE_BOOLEAN, PCA_OPS_EQ_NE, true, false},
	{PCA_TYPE_BIGINT, PCA_OPS_EQ_NE | PCA_OPS_RANGE, true, true},
	{PCA_TYPE_NUMERIC, PCA_OPS_NONE, true, true},
	{PCA_TYPE_DOUBLE, PCA_OPS_NONE, false, false},
	{PCA_TYPE_DATE, PCA_OPS_DATE, false, false},
	{PCA_TYPE_TIMESTAMP, PCA_OPS_DATE, false, false},
	{PCA_TYPE_TIMESTAMPTZ, PCA_OPS_NONE, false, false},
};

/* Returns the index of the declared type's row in that table; -1 if it has none. */
static int
find_abilities(const PcaColumnDeclaration *declared)
{
	for (int i = 0; i < (int) lengthof(abilities); i++)
		if (pca_resource_is_lossless(abilities[i].type, declared->type, declared->typmod))
			return i;
	return -1;
}

PCA_NORETURN static void
error_column_option(const PcaColumnDeclaration *declared, const char *option, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
			 errmsg("option \"%s\" of column \"%s\" of foreign table \"%s\" does not go with type %s",
					option, declared->column, declared->table,
					format_type_with_typemod(declared->type, declared->typmod)),
			 errhint("%s", hint)));
}

static bool
column_option_is_true(const PcaColumnDeclaration *declared, const char *option)
{
	const char *value = pca_option_defs_value(declared->options, option);

	return value && pca_option_defs_boolean(pca_option_defs_find(option, PCA_ON_COLUMN), value);
}

/* Returns the set of operators that the column declares. */
static int
read_operators(const PcaColumnDeclaration *declared, int able)
{
	const char *value = pca_option_defs_value(declared->options, "operators");
	int			operators;

	if (!value)
		return PCA_OPS_NONE;
	operators = pca_option_defs_operators(pca_option_defs_find("operators", PCA_ON_COLUMN), value);
	if (able < 0 || (operators & ~abilities[able].operators))
		error_column_option(declared, "operators",
							"The API may have eq and ne on text, varchar without length, uuid and boolean, "
							"gt, ge, lt and le beside them on bigint, date and timestamp, and contains on text and varchar.");
	return operators;
}

/* Returns "workloadCode" for "workload_code", as all resources name their fields. */
static char *
make_field_name(const char *column)
{
	char	   *name = palloc(strlen(column) + 1);
	char	   *end = name;

	for (const char *p = column; *p; p++)
	{
		if (*p == '_' && p[1] && end > name)
			*end++ = pg_ascii_toupper((unsigned char) *++p);
		else
			*end++ = *p;
	}
	*end = '\0';
	return name;
}

PcaField
pca_custom_resource_field(const PcaColumnDeclaration *declared, const char *path)
{
	const char *name = pca_option_defs_value(declared->options, "field");
	int			able = find_abilities(declared);
	PcaField	field = {.column = declared->column,.type = PCA_TYPE_TEXT};

	field.name = name ? pstrdup(name) : make_field_name(declared->column);
	field.role = pca_resource_role_of_name(field.name);
	field.operators = read_operators(declared, able);
	field.groupable = column_option_is_true(declared, "groupable");
	field.measure = column_option_is_true(declared, "measure");
	if (field.measure && (able < 0 || !abilities[able].measure))
		error_column_option(declared, "measure",
							"A measure is bigint, or numeric without precision: any other type may not hold the API's sums.");
	if (field.groupable && (able < 0 || !abilities[able].groupable))
		error_column_option(declared, "groupable",
							"The API groups by text, varchar without length, uuid, boolean, bigint and numeric; dates go into buckets.");
	if (able >= 0)
		field.type = abilities[able].type;
	if (field.type == PCA_TYPE_TIMESTAMP)
		field.literal_unit = PCA_DATE_UNIT_SECOND;
	if (pca_resource_path_has_customer(path) && pca_resource_is_path_name(field.name))
	{
		field.source = PCA_FROM_PATH;
		field.type = PCA_TYPE_UUID;
		field.not_null = true;
	}
	return field;
}

PcaResource *
pca_custom_resource_make(const char *path, bool paged, const PcaField *fields, int nfields)
{
	PcaResource *resource = palloc0(sizeof(PcaResource));

	resource->name = path;
	resource->path = path;
	resource->parameters = paged ? PCA_PARAMS_PAGING : 0;
	resource->largest_top = LARGEST_TOP;
	resource->rows = GUESSED_ROWS;
	resource->fields = fields;
	resource->nfields = nfields;
	for (int i = 0; i < nfields; i++)
	{
		if (fields[i].operators)
			resource->parameters |= PCA_PARAM_FILTER;
		if (fields[i].groupable)
			resource->parameters |= PCA_PARAM_GROUPBY;
	}
	return resource;
}

/* Returns the first of those options that the column has, or NULL. */
static const char *
find_custom_option(const PcaColumnDeclaration *declared)
{
	for (int i = 0; i < (int) lengthof(names); i++)
		if (pca_option_defs_value(declared->options, names[i]))
			return names[i];
	return NULL;
}

void
pca_custom_resource_check_column(const PcaColumnDeclaration *declared, const char *resource)
{
	const char *option = find_custom_option(declared);

	if (option)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("option \"%s\" of column \"%s\" is not for foreign table \"%s\", which reads resource \"%s\"",
						option, declared->column, declared->table, resource),
				 errdetail("What the API can do with a resource's fields is known."),
				 errhint("Drop the option: it is for tables with \"path\" and without \"resource\".")));
}

void
pca_custom_resource_check_whole_item(const PcaColumnDeclaration *declared)
{
	const char *option = find_custom_option(declared);

	if (option)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("option \"%s\" of column \"%s\" of foreign table \"%s\" is not for a whole item",
						option, declared->column, declared->table),
				 errhint("Drop the option, or name a field.")));
}
