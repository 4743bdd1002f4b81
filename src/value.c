/*
 * value.c
 *		What is the text of a value?
 *
 * Values travel to the API as text, whether they are known when planning
 * (filter.c) or when executing (scan.c).
 */
#include "postgres.h"

#include "utils/array.h"
#include "utils/lsyscache.h"

#include "value.h"

char *
pca_value_text(Oid type, Datum datum)
{
	Oid			output;
	bool		varlena;

	getTypeOutputInfo(type, &output, &varlena);
	return OidOutputFunctionCall(output, datum);
}

List *
pca_value_array_texts(Datum array, bool *has_null)
{
	ArrayType  *elements = DatumGetArrayTypeP(array);
	Oid			type = ARR_ELEMTYPE(elements);
	List	   *texts = NIL;
	int16		length;
	bool		byval;
	char		align;
	Datum	   *datums;
	bool	   *nulls;
	int			count;

	get_typlenbyvalalign(type, &length, &byval, &align);
	deconstruct_array(elements, type, length, byval, align, &datums, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			*has_null = true;
		else
			texts = lappend(texts, pca_value_text(type, datums[i]));
	}
	return texts;
}
