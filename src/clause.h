/*
 * clause.h
 *		The sides of a comparison: a column, and values that can be sent.
 */
#ifndef PCA_CLAUSE_H
#define PCA_CLAUSE_H

#include "postgres.h"

#include "nodes/primnodes.h"

#include "option.h"
#include "term.h"

/* What the API makes of a clause that is sent. */
typedef enum PcaLevel
{
	PCA_LEVEL_LOCAL,			/* it is not sent */
	PCA_LEVEL_SUPERSET,			/* the API may answer more rows */
	PCA_LEVEL_EXACT				/* the API answers these rows */
} PcaLevel;

/* The verdict on one clause. */
typedef struct PcaClause
{
	PcaLevel	level;
	PcaTerm    *term;			/* what is sent, or NULL */
	bool		on_path;		/* the term's values go into the path */
	bool		on_snapshot;	/* the term says which days are asked for */
	const char *reason;			/* why it, or a part of it, is not sent; or NULL */
} PcaClause;

/* Whose clauses are judged, and where values that are not constant go. */
typedef struct PcaJudge
{
	const PcaTable *table;
	Index		varno;
	List	  **params;
} PcaJudge;

/* The verdict "local", with its reason (kept, not copied). */
extern PcaClause pca_clause_local(const char *reason);

/* A condition that no row satisfies, exactly. */
extern PcaClause pca_clause_never(void);

/* The expression without changes of type that keep the value. */
extern Node *pca_clause_strip(Node *node);

/* The table's column that the expression is, or NULL. */
extern const PcaColumn *pca_clause_column(const PcaJudge *judge, Node *node);

/* The column of GUIDs whose text the expression is, or NULL. */
extern const PcaColumn *pca_clause_guid_text(const PcaJudge *judge, Node *node);

/*
 * Why a condition of that form is not sent, whatever the API can do.  Current
 * memory context.
 */
extern const char *pca_clause_form_fault(const PcaJudge *judge, Node *node);

/* Whether a column of the table stands in the expression; NULL has none. */
extern bool pca_clause_uses_table(Node *node, PcaJudge *judge);

/* Why the expression cannot be a value that is sent; NULL when it can. */
extern const char *pca_clause_value_fault(PcaJudge *judge, Node *node);

/*
 * Why the API cannot apply that operator to what the column reads, however the
 * column is declared; NULL when it can.  Current memory context.
 */
extern const char *pca_clause_field_fault(const PcaJudge *judge,
										  const PcaColumn *column,
										  PcaOperator op);

/*
 * Why nothing can be sent with that operator about the column; NULL when
 * something can.  Current memory context.
 */
extern const char *pca_clause_column_fault(const PcaJudge *judge,
										   const PcaColumn *column,
										   PcaOperator op);

/* Why the API cannot compare as that collation does; NULL when it can. */
extern const char *pca_clause_collation_fault(Oid collation);

/*
 * Add a scalar expression's value to the values (PcaValue *).  *null is set
 * when it is a constant NULL.  Current memory context.
 */
extern List *pca_clause_add_scalar(PcaJudge *judge, List *values, Node *node,
								   bool *null);

/* Add an array expression's values, likewise. */
extern List *pca_clause_add_array(PcaJudge *judge, List *values, Node *node,
								  bool *null);

/*
 * The API's operator for a comparison of a family of btree operators; 0 when it
 * is none of it.
 */
extern int	pca_clause_operator(Oid opno, Oid family);

/* The operator that is true where op is not (but for NULL); 0 when none is. */
extern int	pca_clause_negate(int op, bool negated);

#endif							/* PCA_CLAUSE_H */
