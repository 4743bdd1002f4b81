/*
 * probe_query.h
 *		A small question to a resource, and the whole of its answer.
 *
 * For those who want to know how the API answers rather than its rows: one page
 * a question, nothing concluded from it, and a refusal is an answer.
 */
#ifndef PCA_PROBE_QUERY_H
#define PCA_PROBE_QUERY_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "compat.h"
#include "config/option.h"
#include "request/request.h"

typedef struct PcaProbe PcaProbe;

/* What is asked. */
typedef struct PcaProbeQuery
{
	const char *filter;			/* or NULL */
	const char *groupby;		/* or NULL */
	const char *snapshot;		/* a day, or NULL */
	int64		top;
	int64		skip;
	bool		other_path;		/* the other path form, whichever one answers */
	bool		count_only;		/* keep no rows: there may be many */
} PcaProbeQuery;

/* A row's values as text, by the resource's fields; NULL: null, or no such key. */
typedef struct PcaProbeRow
{
	const char **texts;
} PcaProbeRow;

typedef struct PcaProbeResponse
{
	bool		good;			/* it is a page */
	const char *refusal;		/* else what it says */
	int			status;			/* of a refusal */
	List	   *rows;			/* PcaProbeRow * */
	int64		nrows;
	int64		total_count;	/* -1: it does not say */
	bool		link_seen;		/* the key was there, even if null */
	const char *link;			/* or NULL */
	bool		whole;			/* fewer rows than were asked for, and no link */
} PcaProbeResponse;

/*
 * Begin to question a resource (one that takes top and skip) as that user.
 * Lives in that context, with all its answers.
 */
extern PcaProbe *pca_probe_query_begin(MemoryContext context, const PcaServer *server,
									   Oid userid, const PcaResource *resource);

/*
 * Ask, and wait for the answer.  Errors: those of the wire, and of an answer
 * that cannot be read; a question too long for option max_url_length is
 * answered by a refusal.
 */
extern PcaProbeResponse *pca_probe_query_send(PcaProbe *questioner, const PcaProbeQuery *question);

/* Raise the last answer's refusal as a scan does. */
PCA_NORETURN extern void pca_probe_query_raise(PcaProbe *questioner);

/* How many questions were asked. */
extern int	pca_probe_query_request_count(const PcaProbe *questioner);

/* Which path answers: of the two forms, the other one? */
extern bool pca_probe_query_other_path(const PcaProbe *questioner);

/* The resource that is questioned. */
extern const PcaResource *pca_probe_query_resource(const PcaProbe *questioner);

/* The server that is. */
extern const PcaServer *pca_probe_query_server(const PcaProbe *questioner);

/* The text of that field in a row, or NULL. */
extern const char *pca_probe_query_text(const PcaProbe *questioner,
										const PcaProbeRow *row, const PcaField *field);

/*
 * Whether a value can stand in a condition: the database's encoding may not have
 * its characters.
 */
extern bool pca_probe_query_can_send(const char *value);

/* "field eq 'value'", or another operator; contains in its own form. */
extern char *pca_probe_query_condition(const PcaField *field, PcaOperator op,
									   const char *value);

/*
 * A filter that the row satisfies, and few others: all its texts and GUIDs that
 * may be compared.  NULL when it has none, or when they do not fit into a URL.
 */
extern char *pca_probe_query_row_filter(const PcaProbe *questioner,
										const PcaProbeRow *row);

#endif							/* PCA_PROBE_QUERY_H */
