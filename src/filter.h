/*
 * filter.h
 *		Which clauses can the API apply, and how well?
 */
#ifndef PCA_FILTER_H
#define PCA_FILTER_H

#include "postgres.h"

#include "nodes/primnodes.h"

#include "option.h"
#include "request.h"

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
	const char *reason;			/* why it, or a part of it, is not sent; or NULL */
} PcaClause;

/*
 * Judge one clause of WHERE or of a join on the table's columns (Vars of
 * varno); columns of other tables are values.  Values that are not constants
 * are appended to *params, where a term's parameter numbers point.  Current
 * memory context; nothing is contacted.
 */
extern PcaClause pca_filter_judge(const PcaTable *table, Index varno,
								  Expr *clause, List **params);

#endif							/* PCA_FILTER_H */
