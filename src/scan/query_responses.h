/*
 * query_responses.h
 *		Copies of responses, so that a query sees one state of each.
 */
#ifndef PCA_QUERY_RESPONSES_H
#define PCA_QUERY_RESPONSES_H

#include "postgres.h"

#include "shared/response_cache.h"

typedef struct PcaQueryResponses PcaQueryResponses;

/*
 * Which of the query's responses a table reads: that of the key which is not older than its
 * cache_ttl allows.
 */
typedef struct PcaQueryResponseKey
{
	PcaResponseKey key;
	int64		max_age_ms;
} PcaQueryResponseKey;

/* A response that the query has seen; its bytes live as long as the query. */
typedef struct PcaQueryResponse
{
	PcaQueryResponseKey key;
	const char *bytes;			/* for pca_response_record_open() */
	size_t		size;
	int64		begun_at;		/* as in PcaResponseCopy */
} PcaQueryResponse;

/*
 * Returns the responses of the query whose memory context that is, es_query_cxt, and
 * whose reset ends them.  The first call creates them.  Errors: out of memory.
 */
extern PcaQueryResponses *pca_query_responses_get(MemoryContext query_context);

/* Returns the response with that key, or NULL. */
extern const PcaQueryResponse *pca_query_responses_find(PcaQueryResponses *responses,
														const PcaQueryResponseKey *key);

/*
 * Add a copy of a response, unless there is one with its key, or it is too large beside the
 * others.  Errors: out of memory.
 */
extern void pca_query_responses_add(PcaQueryResponses *responses, const PcaQueryResponse *response);

#endif							/* PCA_QUERY_RESPONSES_H */
