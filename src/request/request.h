/*
 * request.h
 *		What is asked of the API, in terms: the one value that crosses from
 *		the asking wing to the wire.
 *
 * A PcaRequestPlan is made by the planner, travels in fdw_private as plain
 * nodes, and is rendered to a PcaRequest (text) once the values of its
 * parameters are known.  EXPLAIN renders the same plan without values.
 */
#ifndef PCA_REQUEST_H
#define PCA_REQUEST_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "config/option.h"
#include "request/filter_expr.h"

/* What the wire is to ask.  Lives where it was made; copied as nodes. */
typedef struct PcaRequestPlan
{
	PcaFilterExpr *filter;		/* conjunction of sent clauses, of any kind;
								 * or NULL */
	PcaFilterExpr *path;		/* EQ comparison of the path's field, or NULL */
	PcaFilterExpr *snapshot;	/* conditions on the days to ask for, of any
								 * kind; or NULL */
	List	   *groupby;		/* char *: API fields; NIL when not grouped */
	bool		grouped;		/* the answer comes pre-aggregated */
	bool		count;			/* only how many rows there are is wanted */
	int64		limit;			/* rows that may be enough; -1 unknown */
	bool		limit_inexact;	/* but more may be needed */

	/* The order that was claimed. */
	const char *order;			/* API field, or NULL */
	bool		descending;

	/* LIMIT and OFFSET that the API is to apply; NULL where it is not. */
	PcaValue   *offset;
	PcaValue   *limit_value;
} PcaRequestPlan;

/*
 * One request's text without paging: what rendering makes.  NULL where the
 * parameter is not sent.  Not encoded.
 */
typedef struct PcaRequest
{
	const char *path;			/* below base_url, customer filled in, encoded */
	const char *other_path;		/* the other path form, or NULL */
	const char *customer_id;	/* what stands in the path, or NULL */
	bool		listing;		/* its items are customers, each of whom is to
								 * be asked for */
	const char *snapshot;		/* the day that is asked for, or NULL */
	const char *filter;
	const char *groupby;
	const char *orderby;
	const char *aggregation_level;
	const char *part_field;		/* one of several requests that share out an
								 * IN list on this field, or NULL */
	List	   *part_values;	/* char *: this request's share of it */
	bool		shortened;		/* a conjunct was left out, it did not fit */
	bool		paged;			/* takes top and skip */
	bool		sized;			/* takes size */
	int			page_size;		/* rows that a page may have */
	int64		limit;			/* as in the plan */
	int64		offset;			/* rows to skip before the first one */
	const char *limit_label;	/* how EXPLAIN calls a limit and an offset
								 * that */
	const char *offset_label;	/* are not known yet, or NULL */
	bool		count;			/* as in the plan */
	bool		probe;			/* asked only for the TotalCount of everything */
	bool		ordered;		/* its rows must be handed on in their order */
} PcaRequest;

/*
 * How many requests one IN list may become where rows are read.  At 2048 bytes
 * a URL that is room for some 380 GUIDs in both spellings, or 800 in one; a
 * longer list costs more requests than reading pages of 10000 rows and
 * rechecking them.
 */
#define PCA_REQUEST_MAX_PARTS	32

/* Nodes that copyObject() takes, and back.  Current memory context. */
extern List *pca_request_to_nodes(const PcaRequestPlan *plan);
extern PcaRequestPlan *pca_request_from_nodes(List *nodes);

/*
 * Render the plan: a List of PcaRequest *, NIL when the parameters' values
 * leave no row possible (then nothing is to be asked).  A URL would be longer
 * than the server's max_url_length: then the longest IN list is shared out
 * over several requests, and if that is not enough, conjuncts are left out,
 * longest first; a disjunct never is.  The path's term, if there is one, makes
 * a request for each of its values; where the path needs a customer and there is
 * no term, the requests are a listing, and one that stands for all customers'.
 * Neither has a filter.  params NULL: the values are not known, and parameters
 * are written by their label, as EXPLAIN shows them.  Where the
 * plan counts with a filter and nothing is declared of TotalCount, a probe
 * stands first.  OFFSET is the API's only where there is one request; it is in
 * its offset then.  Where an order was claimed, there is one request: no list is
 * shared out.  Current memory context.
 */
extern List *pca_request_render(const PcaRequestPlan *plan,
								const PcaTable *table, const PcaParams *params);

/* The request for one customer, a GUID.  Current memory context. */
extern PcaRequest *pca_request_for_customer(const PcaRequestPlan *plan,
											const PcaTable *table,
											const char *customer);

/*
 * How many values of that comparison one URL has room for beside the rest of
 * the plan, as far as can be told without them; at least 1.
 */
extern int	pca_request_values_in_url(const PcaRequestPlan *plan, const PcaTable *table,
									  const PcaFilterExpr *term);

/*
 * A LIMIT or OFFSET as a number of rows; absent for NULL, and where its
 * parameter is not known.
 */
extern int64 pca_request_row_count(const PcaValue *value, const PcaParams *params,
								   int64 absent);

/*
 * Each of the requests for each of the days ("2018-10-14").  Current memory
 * context.
 */
extern List *pca_request_for_days(List *requests, List *days);

/*
 * Say how EXPLAIN is to call the parameters: a char * for each of the scan's
 * expressions.  Without it, $1 is the first expression.
 */
extern void pca_request_label_parameters(PcaRequestPlan *plan, List *labels);

/*
 * The whole URL of the request's first page as EXPLAIN VERBOSE shows it,
 * decoded.  Current memory context.
 */
extern char *pca_request_url_text(const PcaRequest *request,
								  const PcaTable *table);

/*
 * The absolute URL of one page, encoded, below base_url (which has no trailing
 * slash); other_path: by the other path form.  top and skip in rows.  Current
 * memory context.
 */
extern char *pca_request_url(const PcaRequest *request, const char *base_url,
							 bool other_path, int64 top, int64 skip);

#endif							/* PCA_REQUEST_H */
