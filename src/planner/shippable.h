/*
 * shippable.h
 *		Matches the sides of a comparison, and says why one cannot be sent.
 *
 * The functions that return a reason return a text that EXPLAIN shows, or NULL
 * if there is no obstacle.  Where the header comment of such a function does not
 * name the memory context, the text is a constant.  Unless a comment says
 * otherwise, the functions raise only errors of catalog lookups.
 */
#ifndef PCA_SHIPPABLE_H
#define PCA_SHIPPABLE_H

#include "postgres.h"

#include "nodes/primnodes.h"

#include "config/option.h"
#include "request/filter_expr.h"

/* The btree operator family datetime_ops, which has no symbol in pg_opfamily_d.h. */
#define PCA_SHIPPABLE_DATETIME_FAMILY	434

/* How the API applies a clause.  The order is used: a clause of several parts has the least of them. */
typedef enum PcaPushdownLevel
{
	PCA_PUSHDOWN_LOCAL,			/* the clause is not sent */
	PCA_PUSHDOWN_LOSSY,			/* the API may return rows that do not satisfy
								 * the clause; the scan rechecks it */
	PCA_PUSHDOWN_EXACT			/* the API returns the rows that satisfy the
								 * clause, and no others */
} PcaPushdownLevel;

/* The classification of one clause. */
typedef struct PcaClause
{
	PcaPushdownLevel level;
	PcaFilterExpr *expr;		/* the expression that is sent, or NULL */
	bool		on_path;		/* expr is sent as a part of the path */
	bool		on_snapshot;	/* expr chooses the days that are requested */
	const char *reason;			/* why the clause, or a part of it, is not
								 * sent; NULL if all of it is */
	const char *inexact;		/* why the level is PCA_PUSHDOWN_LOSSY, if a
								 * declaration could change that; or NULL */
} PcaClause;

/* The statement that was made last, since all arms of a long condition have the same. */
typedef struct PcaStatementCache
{
	const PcaColumn *column;
	const char *option;
	const char *statement;
} PcaStatementCache;

/*
 * The table whose clauses are classified, and the state of one classification.
 * depth and choices start at 0.
 */
typedef struct PcaClauseContext
{
	const PcaTable *table;
	Index		varno;			/* range table index of the table's Vars */
	List	  **params;			/* Expr *: values that are known only at
								 * execution; PcaValue.param is an index into
								 * it */
	int			depth;			/* number of conditions around this one */
	int			choices;		/* alternatives of COALESCE, CASE and NULLIF
								 * that were tried */
	PcaStatementCache *statements;
} PcaClauseContext;

/*
 * Returns the statement that gives the option of the column that value.  on_server: the
 * option is for the server, unless it is set for the table or the column.  The option must
 * be a string constant.  Current memory context.
 */
extern const char *pca_shippable_option_statement(const PcaClauseContext *context,
												  const PcaColumn *column, bool on_server,
												  const char *option, const char *value);

/* Returns the classification "not sent".  The reason is kept, not copied. */
extern PcaClause pca_shippable_local(const char *reason);

/*
 * Returns the classification of a condition that no row satisfies: an exact, empty
 * disjunction.  Current memory context.
 */
extern PcaClause pca_shippable_never(void);

/* Returns the expression below RelabelType nodes, which do not change a value. */
extern Node *pca_shippable_strip_relabel(Node *node);

/*
 * Returns the table's column if the expression is a Var of it, possibly
 * relabeled; else NULL.  The column belongs to the table.
 */
extern const PcaColumn *pca_shippable_column(const PcaClauseContext *context, Node *node);

/*
 * Returns the uuid column whose text the expression is (column::text or
 * column::varchar); else NULL.  The column belongs to the table.
 */
extern const PcaColumn *pca_shippable_guid_as_text(const PcaClauseContext *context, Node *node);

/*
 * Returns the reason why a condition whose form has no equivalent in the API is
 * not sent.  Never NULL.  Current memory context.
 */
extern const char *pca_shippable_expression_reason(const PcaClauseContext *context, Node *node);

/*
 * Returns true if the expression contains a Var of the table.  node may be NULL.
 * The order of the arguments is that of a tree walker.
 */
extern bool pca_shippable_uses_table(Node *node, PcaClauseContext *context);

/*
 * Returns the reason why the expression cannot be evaluated before the scan
 * starts, so that its value could be sent; NULL if it can.
 */
extern const char *pca_shippable_value_reason(PcaClauseContext *context, Node *node);

/*
 * Returns the reason why the API cannot apply that operator to the field that
 * the column reads, of whatever type the column is; NULL if it can.  Current
 * memory context.
 */
extern const char *pca_shippable_field_reason(const PcaClauseContext *context,
											  const PcaColumn *column,
											  PcaOperator op);

/*
 * As pca_shippable_field_reason(), but returns a reason also if the declared type
 * of the column is not the type by which the API compares.  Current memory
 * context.
 */
extern const char *pca_shippable_column_reason(const PcaClauseContext *context,
											   const PcaColumn *column,
											   PcaOperator op);

/*
 * Returns the reason why the API does not compare as that collation does; NULL
 * if it does.  InvalidOid is allowed.
 */
extern const char *pca_shippable_collation_reason(Oid collation);

/*
 * Append the value of a scalar expression to the list (PcaValue *), and return
 * the list.  Nothing is appended for a constant NULL; *has_null is set to true
 * then, and left alone otherwise.  An expression that is not constant is added to
 * *context->params unless it is there already.  Current memory context.
 */
extern List *pca_shippable_add_scalar(PcaClauseContext *context, List *values, Node *node,
									  bool *has_null);

/*
 * Append the values of the elements of an array expression, as
 * pca_shippable_add_scalar() does for one.  *has_null is also set to true if the
 * array itself is a constant NULL.  Where the elements are not known when
 * planning, one value is appended that stands for all of them.  Current memory
 * context.
 */
extern List *pca_shippable_add_array(PcaClauseContext *context, List *values, Node *node,
									 bool *has_null);

/*
 * Returns the PcaOperator for a comparison operator of that btree operator
 * family, or for the negator of its equality; 0 if the operator is not in it.
 */
extern int	pca_shippable_operator(Oid opno, Oid family);

/*
 * Returns op if negated is false; else the operator that is true for the values,
 * other than NULL, for which op is false, or 0 if there is none.
 */
extern int	pca_shippable_negate_operator(int op, bool negated);

#endif							/* PCA_SHIPPABLE_H */
