/*
 * query_responses.c
 *		Copies of responses, so that a query sees one state of each.
 *
 * A query may scan a table twice, as a self-join does, or rescan it.  Meanwhile, another
 * session may replace the response in the cache, or it may expire.  Two foreign tables of
 * one resource may send the same request, but allow other ages; each has copies of its own.
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "scan/query_responses.h"

struct PcaQueryResponses
{
	dlist_node	node;			/* in all_queries */
	MemoryContext query_context;
	MemoryContextCallback callback;
	HTAB	   *responses;		/* PcaQueryResponse */
	size_t		size;			/* of all, in bytes */
};

/* Those of the queries that this process executes: more than one in functions. */
static dlist_head all_queries = DLIST_STATIC_INIT(all_queries);

static void
unlist_on_query_end(void *arg)
{
	PcaQueryResponses *responses = arg;

	dlist_delete(&responses->node);
}

static PcaQueryResponses *
create_responses(MemoryContext query_context)
{
	PcaQueryResponses *responses = MemoryContextAllocZero(query_context, sizeof(PcaQueryResponses));
	HASHCTL		control = {
		.keysize = sizeof(PcaQueryResponseKey),.entrysize = sizeof(PcaQueryResponse),
		.hcxt = query_context
	};

	responses->query_context = query_context;
	responses->responses = hash_create("pc_analytics_fdw responses", 16, &control,
									   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	responses->callback.func = unlist_on_query_end;
	responses->callback.arg = responses;
	dlist_push_head(&all_queries, &responses->node);
	MemoryContextRegisterResetCallback(query_context, &responses->callback);
	return responses;
}

PcaQueryResponses *
pca_query_responses_get(MemoryContext query_context)
{
	dlist_iter	iter;

	dlist_foreach(iter, &all_queries)
	{
		PcaQueryResponses *responses = dlist_container(PcaQueryResponses, node, iter.cur);

		if (responses->query_context == query_context)
			return responses;
	}
	return create_responses(query_context);
}

const PcaQueryResponse *
pca_query_responses_find(PcaQueryResponses *responses, const PcaQueryResponseKey *key)
{
	return hash_search(responses->responses, key, HASH_FIND, NULL);
}

void
pca_query_responses_add(PcaQueryResponses *responses, const PcaQueryResponse *response)
{
	char	   *bytes;
	PcaQueryResponse *entry;
	bool		found;

	if (responses->size + response->size > pca_response_cache_largest() ||
		pca_query_responses_find(responses, &response->key))
		return;
	bytes = MemoryContextAlloc(responses->query_context, response->size);
	memcpy(bytes, response->bytes, response->size);
	entry = hash_search(responses->responses, &response->key, HASH_ENTER, &found);
	*entry = *response;
	entry->bytes = bytes;
	responses->size += response->size;
}
