/*
 * response_size.c
 *		The number of rows that responses had, for later requests of the session.
 *
 * The number is a guess, which decides how many pages are requested at once.  It is
 * kept by a hash of the request's URL.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "scan/response_size.h"

/*
 * Responses that are remembered.  A dashboard has some tens of requests; two that
 * share an entry lose a guess.
 */
#define PCA_RESPONSE_SIZE_ENTRIES	256

static struct
{
	uint64		key;			/* 0: the entry is empty */
	int64		rows;
}			response_sizes[PCA_RESPONSE_SIZE_ENTRIES];

/* A hash of what the response depends on; never 0. */
static uint64
hash_request(const PcaTable *table, Oid userid, const PcaRequest *request)
{
	char	   *url = pca_request_url(request, table->server->base_url, false, 1, request->offset);
	uint64		seed = (uint64) table->server->serverid << 32 | userid;
	uint64		key = hash_bytes_extended((const unsigned char *) url, (int) strlen(url), seed);

	pfree(url);
	return key | 1;
}

int64
pca_response_size_find(const PcaTable *table, Oid userid, const PcaRequest *request)
{
	uint64		key = hash_request(table, userid, request);
	int			i = (key >> 1) % PCA_RESPONSE_SIZE_ENTRIES;

	return response_sizes[i].key == key ? response_sizes[i].rows : -1;
}

void
pca_response_size_remember(const PcaTable *table, Oid userid, const PcaRequest *request, int64 rows)
{
	uint64		key = hash_request(table, userid, request);
	int			i = (key >> 1) % PCA_RESPONSE_SIZE_ENTRIES;

	response_sizes[i].key = key;
	response_sizes[i].rows = rows;
}
