/*
 * probe_query.h
 *		Single small requests to a resource, with their whole responses.
 *
 * They are for measuring how the API behaves: each query is one page, and an
 * HTTP error is a response.
 */
#ifndef PCA_PROBE_QUERY_H
#define PCA_PROBE_QUERY_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "compat.h"
#include "config/option.h"
#include "request/request.h"

/*
 * The most groups that a query requests: enough for every key that has few
 * values, and still one small response.
 */
#define PCA_PROBE_MAX_GROUPS	1000

/* Sends queries to one resource. */
typedef struct PcaProbe PcaProbe;

/* One query; all zero but for top, it requests the first rows. */
typedef struct PcaProbeQuery
{
	const char *filter;			/* or NULL */
	const char *groupby;		/* or NULL */
	const char *snapshot;		/* a day as YYYY-MM-DD, or NULL */
	int64		top;			/* rows or groups */
	int64		skip;
	bool		other_path;		/* use the path that other queries do not use */
	bool		count_only;		/* do not keep the rows: there may be many */
} PcaProbeQuery;

/* A row's values as text, by the resource's fields; NULL for null and a missing key. */
typedef struct PcaProbeRow
{
	const char **texts;
} PcaProbeRow;

/* The response to a query. */
typedef struct PcaProbeResponse
{
	bool		is_page;		/* it is a page of rows or groups */
	const char *error;			/* otherwise the API's error, as sentences */
	int			http_status;	/* of an error; 0: no request was sent */
	List	   *rows;			/* PcaProbeRow * */
	int64		nrows;
	int64		total_count;	/* -1: it has none */
	bool		has_next_link;	/* the key was present, even if null */
	const char *next_link;		/* or NULL */
	bool		is_complete;	/* fewer rows than requested, and no next link */
} PcaProbeResponse;

/*
 * Start to send queries to a resource that has the parameters top and skip, with
 * a user's credentials.  The result and all responses are allocated in the given
 * context.
 */
extern PcaProbe *pca_probe_query_begin(MemoryContext context, const PcaServer *server,
									   Oid userid, const PcaResource *resource);

/*
 * Send a query and wait for its response.  An HTTP error, after its retries, is
 * a response; so is a query that does not fit into option max_url_length, which
 * is not sent.  Errors: those of sending, and a response that cannot be read.
 */
extern PcaProbeResponse *pca_probe_query_send(PcaProbe *probe, const PcaProbeQuery *query);

/* Raise the HTTP error of the last response, as a scan does. */
PCA_NORETURN extern void pca_probe_query_raise(PcaProbe *probe);

/* Evidence that a query was refused, as sentences; palloc'd. */
extern const char *pca_probe_query_refused_reason(const PcaProbeResponse *response);

/* Returns the number of queries that were sent. */
extern int	pca_probe_query_request_count(const PcaProbe *probe);

/* Returns true if the resource exists at its other_path, and not at its path. */
extern bool pca_probe_query_other_path(const PcaProbe *probe);

/* Returns the resource that receives the queries. */
extern const PcaResource *pca_probe_query_resource(const PcaProbe *probe);

/* Its server. */
extern const PcaServer *pca_probe_query_server(const PcaProbe *probe);

/* Returns the text of a field in a row, or NULL. */
extern const char *pca_probe_query_text(const PcaProbe *probe,
										const PcaProbeRow *row, const PcaField *field);

/*
 * Returns true if a value can be sent in a condition: in a database whose
 * encoding is not UTF-8, it must be ASCII.
 */
extern bool pca_probe_query_can_send(const char *value);

/* Returns the condition "field eq 'value'", with any operator; palloc'd. */
extern char *pca_probe_query_condition(const PcaField *field, PcaOperator op,
									   const char *value);

/*
 * Returns a filter that a row satisfies and few others do: all its texts and GUIDs that
 * have the operator eq.  palloc'd; NULL if it has none, or if they do not fit
 * into a URL.
 */
extern char *pca_probe_query_row_filter(const PcaProbe *probe,
										const PcaProbeRow *row);

#endif							/* PCA_PROBE_QUERY_H */
