/*
 * constant_column.c
 *		Columns with the option "constant", whose value no response has.
 *
 * Such a column tells the rows of several accounts apart.  The planner decides
 * conditions on it, and the row reader fills it in.  Both read the option again, in
 * sessions that may have other settings, so the value must not depend on them.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "config/constant_column.h"

/* Types, other than those of text and enums, that are input alike under all settings. */
static const Oid other_types[] = {
	BOOLOID, INT2OID, INT4OID, INT8OID, NUMERICOID, FLOAT4OID, FLOAT8OID, UUIDOID,
	DATEOID, TIMESTAMPOID
};

static bool
type_is_allowed(Oid type)
{
	char		category;
	bool		preferred;

	for (int i = 0; i < (int) lengthof(other_types); i++)
		if (other_types[i] == type)
			return true;
	get_type_category_preferred(type, &category, &preferred);
	return category == TYPCATEGORY_STRING || category == TYPCATEGORY_ENUM;
}

/* Returns true if a date begins with year, month and day; others depend on DateStyle. */
static bool
is_iso_date(const char *text)
{
	static const char form[] = "dddd-dd-dd";

	for (int i = 0; form[i]; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char) text[i]) : text[i] != form[i])
			return false;
	return true;
}

/* Error context callback: the option that is read. */
static void
add_option_context(void *arg)
{
	const PcaColumnDeclaration *declared = arg;

	errcontext("option \"constant\" of column \"%s\" of foreign table \"%s\"",
			   declared->column, declared->table);
}

static Datum
input_value(const PcaColumnDeclaration *declared, const char *text)
{
	ErrorContextCallback callback = {error_context_stack, add_option_context,
	unconstify(PcaColumnDeclaration *, declared)};
	Oid			input;
	Oid			ioparam;
	Datum		value;

	getTypeInputInfo(declared->type, &input, &ioparam);
	error_context_stack = &callback;
	value = OidInputFunctionCall(input, unconstify(char *, text), ioparam, declared->typmod);
	error_context_stack = callback.previous;
	return value;
}

Datum
pca_constant_column_value(const PcaColumnDeclaration *declared, const char *text)
{
	Oid			base = getBaseType(declared->type);
	bool		is_date = base == DATEOID || base == TIMESTAMPOID;

	if (!type_is_allowed(base))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("option \"%s\" of column \"%s\" of foreign table \"%s\" does not go with type %s",
						"constant", declared->column, declared->table,
						format_type_with_typemod(declared->type, declared->typmod)),
				 errhint("A constant is a text, a number, a boolean, a uuid, an enum value, a date or a timestamp.")));
	if (is_date && !is_iso_date(text))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value for option \"constant\" of column \"%s\" of foreign table \"%s\"",
						declared->column, declared->table),
				 errhint("A date is written as in \"2026-01-31\".")));
	return input_value(declared, text);
}
