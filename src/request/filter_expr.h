/*
 * filter_expr.h
 *		What a filter is made of: comparisons, joined by AND and OR.
 */
#ifndef PCA_FILTER_EXPR_H
#define PCA_FILTER_EXPR_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "config/option.h"
#include "request/param.h"

/*
 * Terms of a filter.  NOT has been moved to the leaves, so that a term that is
 * not known to be true may be read as false.
 */
typedef enum PcaFilterExprKind
{
	PCA_FILTER_EXPR_AND,
	PCA_FILTER_EXPR_OR,
	PCA_FILTER_EXPR_COMPARE,	/* field op value; or any/all of an array */
	PCA_FILTER_EXPR_PSEUDOCONSTANT	/* a boolean parameter, without any field */
} PcaFilterExprKind;

/* How a literal is written. */
typedef enum PcaLiteral
{
	PCA_LITERAL_STRING,			/* 'x', quotes doubled */
	PCA_LITERAL_GUID,			/* 'X' in the declared spelling, or both */
	PCA_LITERAL_BARE,			/* true, 12 */
	PCA_LITERAL_DATE			/* cast('2018-10-14', Edm.DateTimeOffset) */
} PcaLiteral;

/*
 * A filter expression.  The members depend on the kind, so that they are read by
 * the functions below only: each raises an internal error where the expression is
 * of another kind than it takes.
 */
typedef struct PcaFilterExpr PcaFilterExpr;

/* What a PCA_FILTER_EXPR_COMPARE is. */
typedef struct PcaComparison
{
	const char *field;			/* API field */
	PcaOperator op;				/* NE: none of the values; else any of them */
	PcaLiteral	literal;
	PcaGuidSpelling spelling;	/* LITERAL_GUID */
	int64		shift;			/* LITERAL_DATE: microseconds added to values */
	List	   *values;			/* PcaValue * */
} PcaComparison;

/* A value of a comparison: known when planning, or a parameter. */
typedef struct PcaValue
{
	const char *text;			/* output text of a constant; NULL: parameter */
	int			param;			/* which of the scan's expressions, from 0 */
	bool		is_array;		/* the parameter is an array of values */
	const char *label;			/* how EXPLAIN calls the parameter, or NULL */
} PcaValue;

/* What is known of a term once its values are. */
typedef enum PcaTristate
{
	PCA_TRISTATE_FALSE,			/* no row can satisfy it */
	PCA_TRISTATE_TRUE,			/* every row does */
	PCA_TRISTATE_UNKNOWN
} PcaTristate;

/* Make terms.  Current memory context; arguments are kept, not copied. */
extern PcaFilterExpr *pca_filter_expr_compare(const char *field, PcaOperator op,
											  PcaLiteral literal, PcaGuidSpelling spelling,
											  List *values);
extern PcaFilterExpr *pca_filter_expr_from_comparison(PcaComparison comparison);
extern PcaFilterExpr *pca_filter_expr_pseudoconstant(PcaValue *value);
extern PcaFilterExpr *pca_filter_expr_and(List *terms);
extern PcaFilterExpr *pca_filter_expr_or(List *terms);

/* The kind of an expression, which says what else may be read of it. */
extern PcaFilterExprKind pca_filter_expr_kind(const PcaFilterExpr *term);

/* The arguments (PcaFilterExpr *) of an AND or OR; there may be none. */
extern List *pca_filter_expr_args(const PcaFilterExpr *term);

/* What a comparison compares.  Belongs to the term. */
extern const PcaComparison *pca_filter_expr_comparison(const PcaFilterExpr *term);

/* Returns true if it is a comparison by that operator.  Takes every kind. */
extern bool pca_filter_expr_compares_by(const PcaFilterExpr *term, PcaOperator op);

/* The terms that are joined by AND at the top; NIL for NULL.  Takes every kind. */
extern List *pca_filter_expr_conjuncts(PcaFilterExpr *term);

/* A comparison as that one, but with these constants (char *). */
extern PcaFilterExpr *pca_filter_expr_with_texts(const PcaFilterExpr *term, List *texts);

/* Returns true if a value in it is a parameter.  Takes every kind. */
extern bool pca_filter_expr_has_parameter(const PcaFilterExpr *term);

/*
 * The different texts that a comparison's values stand for, in their order;
 * *null is set when one of the values is SQL's NULL.  Current memory context.
 */
extern List *pca_filter_expr_value_texts(const PcaFilterExpr *term, const PcaParams *params,
										 bool *null);

/*
 * Replace the term's parameters by their values; params NULL: the parameters
 * stay.  Goes from left to right, and asks for no value that does not matter any
 * more.  *resolved is set where the answer is DEPENDS.  Takes every kind; with
 * params, no parameter is left in *resolved, and nothing of kind GIVEN.  Current
 * memory context.
 */
extern PcaTristate pca_filter_expr_resolve(const PcaFilterExpr *term, const PcaParams *params,
										   PcaFilterExpr **resolved);

/*
 * Say how EXPLAIN is to call the parameters: a char * for each by its number.
 * Takes every kind.
 */
extern void pca_filter_expr_label_parameters(PcaFilterExpr *term, List *labels);

/* How EXPLAIN calls a parameter: its label, else $1 for the first. */
extern const char *pca_filter_expr_parameter_text(const PcaValue *value);

/*
 * A term's text; in parentheses when it has several parts.  Takes every kind.
 * palloc'd.
 */
extern char *pca_filter_expr_text(const PcaFilterExpr *term);

/*
 * A whole filter, each of several conjuncts in parentheses; NULL for none.
 * palloc'd, not encoded.
 */
extern char *pca_filter_expr_filter_text(List *conjuncts);

/*
 * Nodes that copyObject() takes, and back; NULL is NIL.  Take every kind.  Current
 * memory context.
 */
extern List *pca_filter_expr_to_nodes(const PcaFilterExpr *term);
extern PcaFilterExpr *pca_filter_expr_from_nodes(List *nodes);
extern List *pca_filter_expr_value_to_nodes(const PcaValue *value);
extern PcaValue *pca_filter_expr_value_from_nodes(List *nodes);

#endif							/* PCA_FILTER_EXPR_H */
