/*
 * filter_expr.h
 *		Filter expressions: comparisons that are joined by AND and OR.
 */
#ifndef PCA_FILTER_EXPR_H
#define PCA_FILTER_EXPR_H

#include "postgres.h"

#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"

#include "config/option.h"
#include "request/param.h"

/*
 * Kinds of filter expressions.  The planner has moved NOT into the comparisons, so
 * that an expression that is NULL may be treated as false.
 */
typedef enum PcaFilterExprKind
{
	PCA_FILTER_EXPR_AND,
	PCA_FILTER_EXPR_OR,
	PCA_FILTER_EXPR_COMPARE,	/* field op value, or op ANY/ALL of an array */
	PCA_FILTER_EXPR_PSEUDOCONSTANT	/* a boolean value without a field */
} PcaFilterExprKind;

/* The kind of a literal. */
typedef enum PcaLiteral
{
	PCA_LITERAL_STRING,			/* 'x', quotes doubled */
	PCA_LITERAL_LIKE,			/* the same, of the text in a pattern */
	PCA_LITERAL_ILIKE,			/* the same, where case is ignored */
	PCA_LITERAL_GUID,			/* 'X' in the declared spelling, or both */
	PCA_LITERAL_BARE,			/* true, 12 */
	PCA_LITERAL_DATE			/* see pca_date_comparison_literal() */
} PcaLiteral;

/* Steps from a date field's value to the value that is compared. */
typedef enum PcaDateStepKind
{
	PCA_DATE_STEP_DAY,			/* a cast to date */
	PCA_DATE_STEP_TIMESTAMPTZ,	/* a timestamp is taken for one of a zone */
	PCA_DATE_STEP_TIMESTAMP,	/* a timestamptz is converted to a zone */
	PCA_DATE_STEP_TRUNC			/* date_trunc() */
} PcaDateStepKind;

typedef struct PcaDateStep
{
	PcaDateStepKind kind;
	const char *text;			/* the zone, NULL for that of the session; the
								 * unit of date_trunc() */
} PcaDateStep;

/* Additional members of a comparison with dates. */
typedef struct PcaDateOperand
{
	List	   *steps;			/* PcaDateStep *, in their order */
	bool		is_day;			/* the field's values are whole days */
	bool		is_date;		/* they are read as type date */
	PcaDateUnit unit;			/* finest unit of the literals */
	PcaDateLiteral literal;		/* how they are written */
	PcaDateFormat format;
	int			operators;		/* set of PcaOperator that may be sent */
} PcaDateOperand;

/*
 * A filter expression.  It is opaque, since its members depend on its kind.  A
 * function below that does not accept every kind raises an internal error for the
 * others.
 */
typedef struct PcaFilterExpr PcaFilterExpr;

/* The members of a PCA_FILTER_EXPR_COMPARE. */
typedef struct PcaComparison
{
	const char *field;			/* API field */
	PcaOperator op;				/* NE: with all values; others: with any of
								 * them */
	PcaLiteral	literal;
	PcaGuidSpelling spelling;	/* PCA_LITERAL_GUID: that of the API */
	const PcaDateOperand *date; /* PCA_LITERAL_DATE */
	List	   *values;			/* PcaValue * */
} PcaComparison;

/* A value: a constant, or a parameter whose value is not known when planning. */
typedef struct PcaValue
{
	const char *text;			/* text of a constant; NULL for a parameter */
	int			param;			/* index of the scan's expression, from 0 */
	bool		is_array;		/* the parameter is an array of values */
	const char *label;			/* of the parameter in EXPLAIN, or NULL */
} PcaValue;

/* The result of an expression once the values of its parameters are known. */
typedef enum PcaTristate
{
	PCA_TRISTATE_FALSE,			/* no row satisfies it */
	PCA_TRISTATE_TRUE,			/* every row satisfies it, or may */
	PCA_TRISTATE_UNKNOWN		/* it depends on the row */
} PcaTristate;

/*
 * Create expressions, in the current memory context.  Arguments are referenced, not
 * copied.  AND and OR of a single expression are that expression; an OR of none is
 * false.
 */
extern PcaFilterExpr *pca_filter_expr_compare(const char *field, PcaOperator op,
											  PcaLiteral literal, PcaGuidSpelling spelling,
											  List *values);
extern PcaFilterExpr *pca_filter_expr_from_comparison(PcaComparison comparison);
extern PcaFilterExpr *pca_filter_expr_pseudoconstant(PcaValue *value);
extern PcaFilterExpr *pca_filter_expr_and(List *exprs);
extern PcaFilterExpr *pca_filter_expr_or(List *exprs);

/* Returns the kind of an expression. */
extern PcaFilterExprKind pca_filter_expr_kind(const PcaFilterExpr *expr);

/* Returns the arguments (PcaFilterExpr *) of an AND or OR; there may be none. */
extern List *pca_filter_expr_args(const PcaFilterExpr *expr);

/* Returns the members of a comparison, which belong to the expression. */
extern const PcaComparison *pca_filter_expr_comparison(const PcaFilterExpr *expr);

/* Returns true for a comparison by that operator.  Accepts every kind. */
extern bool pca_filter_expr_compares_by(const PcaFilterExpr *expr, PcaOperator op);

/*
 * Returns the expressions that are joined by AND at the top level; NIL for NULL.
 * Accepts every kind.
 */
extern List *pca_filter_expr_conjuncts(PcaFilterExpr *expr);

/* Copy a comparison, with these constants (char *) as its values. */
extern PcaFilterExpr *pca_filter_expr_with_texts(const PcaFilterExpr *expr, List *texts);

/* Returns true if the expression contains a parameter.  Accepts every kind. */
extern bool pca_filter_expr_has_parameter(const PcaFilterExpr *expr);

/* Returns true if the expression contains one of these parameters.  Accepts every kind. */
extern bool pca_filter_expr_uses_parameters(const PcaFilterExpr *expr, const Bitmapset *params);

/*
 * Returns the number of comparisons in the expression's text.  A value of a parameter
 * counts as one.  Accepts every kind.
 */
extern int	pca_filter_expr_clause_count(const PcaFilterExpr *expr);

/*
 * Returns the distinct texts (char *) of a comparison's values, in their order.
 * *null is true if one of the values is NULL.  Current memory context.
 */
extern List *pca_filter_expr_value_texts(const PcaFilterExpr *expr, const PcaParams *params,
										 bool *null);

/*
 * Replace parameters by their values and simplify the expression.  *resolved is set
 * if the result is PCA_TRISTATE_UNKNOWN; it has neither parameters nor
 * pseudoconstants then, except if params is NULL: parameters are kept in that case.
 * Evaluates from left to right, and no parameter that cannot change the result.
 * Accepts every kind.  Raises the errors of the parameters' expressions.  Current
 * memory context.
 */
extern PcaTristate pca_filter_expr_resolve(const PcaFilterExpr *expr, const PcaParams *params,
										   PcaFilterExpr **resolved);

/*
 * Set the labels of parameters in EXPLAIN: a char * for each of the scan's
 * expressions.  Accepts every kind.
 */
extern void pca_filter_expr_label_parameters(PcaFilterExpr *expr, List *labels);

/* Returns a parameter's label, or $1 for the first one if it has no label. */
extern const char *pca_filter_expr_parameter_text(const PcaValue *value);

/*
 * Returns the text of an expression, in parentheses if it has several parts, not
 * URL-encoded.  Accepts every kind.  Palloc'd.
 */
extern char *pca_filter_expr_text(const PcaFilterExpr *expr);

/*
 * Returns the text of a conjunction, in which each of several conjuncts is in
 * parentheses, not URL-encoded; NULL for NIL.  Palloc'd.
 */
extern char *pca_filter_expr_filter_text(List *conjuncts);

/*
 * Convert expressions and values to node lists that copyObject() can copy, and back;
 * NULL is NIL.  Accept every kind.  Current memory context.
 */
extern List *pca_filter_expr_to_nodes(const PcaFilterExpr *expr);
extern PcaFilterExpr *pca_filter_expr_from_nodes(List *nodes);
extern List *pca_filter_expr_value_to_nodes(const PcaValue *value);
extern PcaValue *pca_filter_expr_value_from_nodes(List *nodes);

#endif							/* PCA_FILTER_EXPR_H */
