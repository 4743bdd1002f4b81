/*
 * shippable.h
 *		The sides of a comparison: a column, and values that can be sent.
 */
#ifndef PCA_SHIPPABLE_H
#define PCA_SHIPPABLE_H

#include "postgres.h"

#include "nodes/primnodes.h"

#include "config/option.h"
#include "request/filter_expr.h"

/* What the API makes of a clause that is sent. */
typedef enum PcaPushdownLevel
{
	PCA_PUSHDOWN_LOCAL,			/* it is not sent */
	PCA_PUSHDOWN_LOSSY,			/* the API may answer more rows */
	PCA_PUSHDOWN_EXACT			/* the API answers these rows */
} PcaPushdownLevel;

/* The verdict on one clause. */
typedef struct PcaClause
{
	PcaPushdownLevel level;
	PcaFilterExpr *expr;		/* what is sent, or NULL */
	bool		on_path;		/* the term's values go into the path */
	bool		on_snapshot;	/* the term says which days are asked for */
	const char *reason;			/* why it, or a part of it, is not sent; or
								 * NULL */
} PcaClause;

/* Whose clauses are judged, and where values that are not constant go. */
typedef struct PcaClauseContext
{
	const PcaTable *table;
	Index		varno;
	List	  **params;
	int			depth;			/* conditions around the one at hand */
	int			choices;		/* of COALESCE, CASE and NULLIF, tried so far */
} PcaClauseContext;

/* The verdict "local", with its reason (kept, not copied). */
extern PcaClause pca_shippable_local(const char *reason);

/* A condition that no row satisfies, exactly. */
extern PcaClause pca_shippable_never(void);

/* The expression without changes of type that keep the value. */
extern Node *pca_shippable_strip_relabel(Node *node);

/* The table's column that the expression is, or NULL. */
extern const PcaColumn *pca_shippable_column(const PcaClauseContext *context, Node *node);

/* The column of GUIDs whose text the expression is, or NULL. */
extern const PcaColumn *pca_shippable_guid_as_text(const PcaClauseContext *context, Node *node);

/*
 * Why a condition of that form is not sent, whatever the API can do.  Current
 * memory context.
 */
extern const char *pca_shippable_expression_reason(const PcaClauseContext *context, Node *node);

/* Whether a column of the table stands in the expression; NULL has none. */
extern bool pca_shippable_uses_table(Node *node, PcaClauseContext *context);

/* Why the expression cannot be a value that is sent; NULL when it can. */
extern const char *pca_shippable_value_reason(PcaClauseContext *context, Node *node);

/*
 * Why the API cannot apply that operator to what the column reads, however the
 * column is declared; NULL when it can.  Current memory context.
 */
extern const char *pca_shippable_field_reason(const PcaClauseContext *context,
											  const PcaColumn *column,
											  PcaOperator op);

/*
 * Why nothing can be sent with that operator about the column; NULL when
 * something can.  Current memory context.
 */
extern const char *pca_shippable_column_reason(const PcaClauseContext *context,
											   const PcaColumn *column,
											   PcaOperator op);

/* Why the API cannot compare as that collation does; NULL when it can. */
extern const char *pca_shippable_collation_reason(Oid collation);

/*
 * Add a scalar expression's value to the values (PcaValue *).  *null is set
 * when it is a constant NULL.  Current memory context.
 */
extern List *pca_shippable_add_scalar(PcaClauseContext *context, List *values, Node *node,
									  bool *has_null);

/* Add an array expression's values, likewise. */
extern List *pca_shippable_add_array(PcaClauseContext *context, List *values, Node *node,
									 bool *has_null);

/*
 * The API's operator for a comparison of a family of btree operators; 0 when it
 * is none of it.
 */
extern int	pca_shippable_operator(Oid opno, Oid family);

/* The operator that is true where op is not (but for NULL); 0 when none is. */
extern int	pca_shippable_negate_operator(int op, bool negated);

#endif							/* PCA_SHIPPABLE_H */
