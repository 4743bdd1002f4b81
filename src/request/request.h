/*
 * request.h
 *		Request plans of the planner, and the requests that a scan sends.
 *
 * The planner makes a PcaRequestPlan, which is stored in fdw_private as nodes.  A
 * scan renders it into PcaRequests (text) once the values of its parameters are
 * known.  EXPLAIN renders the same plan without values.
 */
#ifndef PCA_REQUEST_H
#define PCA_REQUEST_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "config/option.h"
#include "request/filter_expr.h"

/* The part of a query that is sent, before the values of parameters are known. */
typedef struct PcaRequestPlan
{
	PcaFilterExpr *filter;		/* conjunction of the clauses that are sent,
								 * of any kind; or NULL */
	PcaFilterExpr *path;		/* EQ comparison of the path's customer, or
								 * NULL */
	PcaFilterExpr *snapshot;	/* conditions on the days to request, of any
								 * kind; or NULL */
	List	   *groupby;		/* char *: API fields; NIL if not grouped */
	bool		grouped;		/* the response has groups */
	bool		count;			/* only the number of rows is needed */
	double		table_rows;		/* rows that the API has without a filter; -1
								 * if unknown */
	int			max_list_parts; /* requests that an IN list may be divided
								 * among, known at execution; 0: the default */
	double		expected_rows;	/* estimated rows of the response; 0 if
								 * unknown; -1 if the query may not read all
								 * of them */
	int64		limit;			/* rows that the query needs; -1 if unknown */
	bool		limit_inexact;	/* it may need more of them */

	/* the pathkey of the scan, which the API has to provide */
	const char *order;			/* API field, or NULL */
	bool		day_order;		/* of a history: one day after the other */
	bool		descending;

	/* days of a history */
	bool		days_to_limit;	/* if they are not bounded, the last days are
								 * read until the limit is met */
	bool		row_per_day;	/* one row of each day is needed, ... */
	bool		any_row_of_day; /* ... and all conditions are about the day */

	/* OFFSET and LIMIT that the API applies; NULL if it does not */
	PcaValue   *offset;
	PcaValue   *limit_value;
} PcaRequestPlan;

/* A limit of a filter that made the scan omit conjuncts. */
typedef enum PcaRequestLimit
{
	PCA_REQUEST_LIMIT_NONE,
	PCA_REQUEST_LIMIT_URL,		/* option max_url_length */
	PCA_REQUEST_LIMIT_CLAUSES	/* option max_filter_clauses */
} PcaRequestLimit;

/*
 * A request without its paging parameters.  A query parameter is NULL if it is not
 * sent, and is not URL-encoded.
 */
typedef struct PcaRequest
{
	const char *path;			/* below base_url, with the customer's GUID,
								 * URL-encoded */
	const char *other_path;		/* the other form of the path, or NULL */
	const char *customer_id;	/* the GUID in the path, or NULL */
	bool		listing;		/* its items are customers, for each of whom a
								 * request is sent */
	const char *query;			/* parameters as in option "query", or NULL */
	const char *snapshot;		/* the day ("2018-10-14"), or NULL */
	const char *filter;
	const char *groupby;
	const char *orderby;
	const char *aggregation_level;
	const char *part_field;		/* field of an IN list that is divided among
								 * several requests, or NULL */
	List	   *part_values;	/* char *: the part of it in this request */
	bool		is_part;		/* one of several requests that a list is
								 * divided among, with part_field or without */
	PcaRequestLimit shortened;	/* the limit because of which conjuncts were
								 * omitted, if any */
	bool		paged;			/* top and skip are sent */
	bool		sized;			/* size is sent; further pages have next links */
	int			page_size;		/* maximum number of rows of a page */
	double		expected_rows;	/* as in the plan; unknown if there are
								 * several requests */
	int64		limit;			/* as in the plan */
	int64		offset;			/* rows to skip before the first one */
	const char *limit_label;	/* of a parameter in EXPLAIN, or NULL */
	const char *offset_label;	/* likewise */
	bool		count;			/* as in the plan */
	bool		probe;			/* only the TotalCount of all rows is needed */
	bool		ordered;		/* the order of its rows must be kept */
	bool		one_row;		/* only the first row that matches is needed */
} PcaRequest;

/*
 * Requests that an IN list may be divided among if rows are read.  With URLs of 2048
 * bytes these contain some 380 GUIDs in both spellings, or 800 in one.  A longer
 * list would need more requests than reading pages of 10000 rows and evaluating the
 * condition locally.
 */
#define PCA_REQUEST_MAX_PARTS	32

/*
 * A table that rescans would filter by other values each is read as a whole if its
 * pages are requested in this number of turns of max_parallel_requests.  Requests for
 * values are sent one after the other, so that many of these take about as long.
 */
#define PCA_REQUEST_MAX_TURNS	4

/* Convert a plan to a list that copyObject() can copy, and back.  Current memory context. */
extern List *pca_request_to_nodes(const PcaRequestPlan *plan);
extern PcaRequestPlan *pca_request_from_nodes(List *nodes);

/*
 * Render the plan into a List of PcaRequest *, in the current memory context.
 *
 * - The list is NIL if no row can satisfy the filter with these parameters.
 * - If a URL would be longer than the server's max_url_length, or a filter would have
 *   more comparisons than max_filter_clauses, the longest IN list is divided among
 *   several requests.  If that is not possible or not enough,
 *   conjuncts are omitted, the longest first; parts of an OR never are.
 * - plan->path results in a request for each of its values.  If the path has a
 *   customer but plan->path is NULL, the list has two requests: one for the list of
 *   customers, and a template of the request for each customer.
 * - A count with a filter is preceded by a probe unless an option says what
 *   TotalCount counts.
 * - OFFSET and LIMIT are sent only if there is a single request.
 * - With plan->order there is a single request, since the rows of several requests
 *   would have to be merged.
 *
 * If params is NULL, the values are not known, and parameters are written by their
 * label, for EXPLAIN.  Raises the errors of the parameters' expressions.
 */
extern List *pca_request_render(const PcaRequestPlan *plan,
								const PcaTable *table, const PcaParams *params);

/*
 * Returns the request for one customer, whose GUID is not copied.  Current memory
 * context.
 */
extern PcaRequest *pca_request_for_customer(const PcaRequestPlan *plan,
											const PcaTable *table,
											const char *customer);

/*
 * Returns an estimate of the number of values of a comparison that fit into one URL
 * beside the rest of the plan, before the values are known; at least 1.
 */
extern int	pca_request_values_in_url(const PcaRequestPlan *plan, const PcaTable *table,
									  const PcaFilterExpr *expr);

/*
 * Returns a LIMIT or OFFSET as a number of rows.  Returns absent if value is NULL,
 * its value is NULL, or it is a parameter and params is NULL.
 */
extern int64 pca_request_limit_rows(const PcaValue *value, const PcaParams *params,
									int64 absent);

/*
 * Returns a copy of each of the requests for each of the days ("2018-10-14"), in the
 * order of the days.  Current memory context.
 */
extern List *pca_request_for_days(List *requests, List *days);

/*
 * Set the labels of parameters in EXPLAIN: a char * for each of the scan's
 * expressions.  Without labels, $1 is the first expression.
 */
extern void pca_request_label_parameters(PcaRequestPlan *plan, List *labels);

/*
 * Returns the URL of the request's first page for EXPLAIN VERBOSE, not URL-encoded.
 * Current memory context.
 */
extern char *pca_request_url_text(const PcaRequest *request,
								  const PcaTable *table);

/*
 * Returns the absolute URL of one page, encoded, below base_url (which has no trailing
 * slash); other_path: by the other path form.  top and skip in rows.  Current
 * memory context.
 */
extern char *pca_request_url(const PcaRequest *request, const char *base_url,
							 bool other_path, int64 top, int64 skip);

#endif							/* PCA_REQUEST_H */
