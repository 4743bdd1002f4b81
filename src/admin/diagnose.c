/*
 * diagnose.c
 *		What can a person ask of the extension itself?
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "admin/diagnose.h"
#include "auth/token_cache.h"
#include "http/http.h"

PG_FUNCTION_INFO_V1(pc_analytics_fdw_version);
PG_FUNCTION_INFO_V1(pc_analytics_disconnect);

Datum
pc_analytics_fdw_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(PCA_VERSION));
}

Datum
pc_analytics_disconnect(PG_FUNCTION_ARGS)
{
	pca_token_cache_clear();
	pca_http_disconnect();
	PG_RETURN_VOID();
}
