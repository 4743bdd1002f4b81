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
#include "option.h"

/*
 * Terms of a filter.  NOT has been moved to the leaves, so that a term that is
 * not known to be true may be read as false.
 */
typedef enum PcaTermKind
{
	PCA_TERM_AND,
	PCA_TERM_OR,
	PCA_TERM_COMPARE			/* field op value; or any/all of an array */
} PcaTermKind;

/* How a literal is written. */
typedef enum PcaLiteral
{
	PCA_LITERAL_STRING,			/* 'x', quotes doubled */
	PCA_LITERAL_GUID,			/* 'X' in the declared spelling, or both */
	PCA_LITERAL_BARE			/* true, 12 */
} PcaLiteral;

typedef struct PcaTerm
{
	PcaTermKind kind;
	List	   *args;			/* AND, OR: PcaTerm * */

	/* COMPARE */
	const char *field;			/* API field */
	PcaOperator op;				/* EQ: any of the values; NE: none of them */
	PcaLiteral	literal;
	PcaGuidSpelling spelling;	/* LITERAL_GUID */
	List	   *values;			/* PcaValue * */
} PcaTerm;

/* A value of a comparison: known when planning, or a parameter. */
typedef struct PcaValue
{
	const char *text;			/* output text of a constant; NULL: parameter */
	int			param;			/* which of the scan's expressions, from 0 */
	bool		is_array;		/* the parameter is an array of values */
	const char *label;			/* how EXPLAIN calls the parameter, or NULL */
} PcaValue;

/* What the wire is to ask.  Lives where it was made; copied as nodes. */
typedef struct PcaRequestPlan
{
	PcaTerm    *filter;			/* conjunction of sent clauses, or NULL */
	PcaTerm    *path;			/* EQ term on the path's field, or NULL */
	List	   *groupby;		/* char *: API fields; NIL when not grouped */
	bool		grouped;		/* the answer comes pre-aggregated */
	int64		limit;			/* rows surely enough for the query; -1 unknown */
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
	const char *filter;
	const char *groupby;
	const char *own_field;		/* one of several requests that share out an IN
								 * list on this field, or NULL */
	List	   *own_values;		/* char *: this request's share of it */
	bool		shortened;		/* a conjunct was left out, it did not fit */
	bool		paged;			/* takes top and skip */
	int64		limit;			/* as in the plan */
} PcaRequest;

/* The values of the plan's parameters, one for each expression of the scan. */
typedef struct PcaParams
{
	int			nvalues;
	char	  **texts;			/* output text; NULL is SQL's NULL */
	List	  **arrays;			/* of an array parameter: char * elements that are
								 * not NULL */
	bool	   *has_null;		/* an array held a NULL */
} PcaParams;

/* Nodes that copyObject() takes, and back.  Current memory context. */
extern List *pca_request_to_nodes(const PcaRequestPlan *plan);
extern PcaRequestPlan *pca_request_from_nodes(List *nodes);

/* Make terms.  Current memory context; arguments are kept, not copied. */
extern PcaTerm *pca_request_compare(const char *field, PcaOperator op,
									PcaLiteral literal, PcaGuidSpelling spelling,
									List *values);
extern PcaTerm *pca_request_and(List *terms);
extern PcaTerm *pca_request_or(List *terms);

/*
 * Render the plan: a List of PcaRequest *, NIL when the parameters' values
 * leave no row possible (then nothing is to be asked).  A URL would be longer
 * than the server's max_url_length: then the longest IN list is shared out
 * over several requests, and if that is not enough, conjuncts are left out,
 * longest first; a disjunct never is.  The path's term, if there is one, makes
 * a request for each of its values.  params NULL: the values are not known,
 * and parameters are written by their label, as EXPLAIN shows them.  Current
 * memory context.
 */
extern List *pca_request_render(const PcaRequestPlan *plan,
								const PcaTable *table, const PcaParams *params);

/*
 * Say how EXPLAIN is to call the parameters: a char * for each of the scan's
 * expressions.  Without it, $1 is the first expression.
 */
extern void pca_request_label(PcaRequestPlan *plan, List *labels);

/*
 * The whole URL of the request's first page as EXPLAIN VERBOSE shows it,
 * decoded.  Current memory context.
 */
extern char *pca_request_url_text(const PcaRequest *request,
								  const PcaTable *table);

/*
 * The query string of one page, encoded, with its leading "?"; empty text
 * where nothing is sent.  top and skip in rows.  Current memory context.
 */
extern char *pca_request_query(const PcaRequest *request, int64 top, int64 skip);

#endif							/* PCA_REQUEST_H */
