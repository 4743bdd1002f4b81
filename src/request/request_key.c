/*
 * request_key.c
 *		A text that is equal for requests with the same response.
 *
 * The key has what may differ between the requests that are rendered from one plan
 * with different parameters.  Members that the plan or the table determines, such as
 * groupby and the size of pages, are left out.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "pgtime.h"

#include "request/request.h"
#include "request/request_key.h"

/* Append a text with its length, so that no other texts give the same key. */
static void
add_key_text(StringInfo key, const char *text)
{
	if (text)
		appendStringInfo(key, "%zu:%s", strlen(text), text);
	else
		appendStringInfoChar(key, '-');
}

/*
 * part_values is left out: the filter contains the values, and part_field says of
 * which of its lists they are.
 */
static void
add_request_to_key(StringInfo key, const PcaRequest *request)
{
	add_key_text(key, request->path);
	add_key_text(key, request->snapshot);
	add_key_text(key, request->filter);
	add_key_text(key, request->part_field);
	appendStringInfo(key, "%d%d%d," INT64_FORMAT "," INT64_FORMAT ";", request->listing, request->probe,
					 request->shortened, request->limit, request->offset);
}

char *
pca_request_key_make(List *requests)
{
	StringInfoData key;
	ListCell   *lc;

	initStringInfo(&key);
	/* these may change how a value of a response is read */
	appendStringInfo(&key, "%d,%d,%s;", DateStyle, DateOrder, pg_get_timezone_name(session_timezone));
	foreach(lc, requests)
		add_request_to_key(&key, lfirst(lc));
	return key.data;
}

bool
pca_request_key_rows_are_repeatable(const PcaRequestPlan *plan)
{
	return !plan->row_per_day && !plan->offset && !plan->limit_value;
}
