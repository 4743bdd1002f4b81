/*
 * null_argument.c
 *		Arguments of SQL functions that must not be null.
 */
#include "postgres.h"

#include "admin/null_argument.h"

void
pca_null_argument_check(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
}
