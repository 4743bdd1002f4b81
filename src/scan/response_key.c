/*
 * response_key.c
 *		Which responses may be cached, and under which key.
 *
 * A key has who asks (the fingerprint of the credentials, and the locale), what is asked
 * (path and parameters), and how the pages are read.  Where the number of pages depends
 * on an option of the table, such as total_count, a table with another value must not
 * read them: it might need a page that was not requested.
 */
#include "postgres.h"

#include "scan/response_key.h"

bool
pca_response_key_may_keep(const PcaTable *table, const PcaRequest *request)
{
	/* a count that differs from that of a probe of another age proves nothing */
	bool		needs_probe = request->count && request->filter &&
		table->known.total_count == PCA_TOTAL_UNKNOWN;

	/*
	 * a row that has changed meanwhile could be in two parts of a list, or in
	 * none
	 */
	return !request->probe && !needs_probe && !request->is_part && request->offset == 0;
}

/*
 * The parameters, without the values of those of paging, and the declarations by which
 * the pages are read.  Current memory context.
 */
static char *
make_query_text(const PcaTable *table, const PcaRequest *request)
{
	char	   *url = pca_request_url(request, "", false, 0, 0);

	return psprintf("%s total_count %d on_incomplete %d bare %d%d", url + strlen(request->path),
					table->known.total_count, table->server->warn_incomplete,
					!request->listing && table->resource->bare_object,
					!request->listing && table->bare_array);
}

bool
pca_response_key_make(const PcaTable *table, const PcaRequest *request,
					  const PcaFingerprint *fingerprint, PcaResponseKey *key)
{
	return pca_response_cache_make_key(fingerprint, table->server->locale, request->path,
									   make_query_text(table, request),
									   request->count ? PCA_RESPONSE_COUNT : PCA_RESPONSE_ROWS, key);
}
