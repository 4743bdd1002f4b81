/*
 * param.h
 *		The values of a plan's parameters, each found when it is first wanted.
 */
#ifndef PCA_PARAM_H
#define PCA_PARAM_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/pg_list.h"

/* What a parameter is. */
typedef struct PcaParam
{
	const char *text;			/* output text; NULL of an array and of SQL's
								 * NULL */
	List	   *elements;		/* of an array: char *, those that are not
								 * NULL */
	bool		null;			/* it is NULL, or an element is */
	bool		unknown;		/* nothing is known of it: what is compared
								 * with it may be true */
	ExprState  *state;			/* what is still to be evaluated, or NULL */
} PcaParam;

/* The parameters, by their number; {0} where there are none. */
typedef struct PcaParams
{
	ExprContext *econtext;
	List	   *params;			/* PcaParam * */
} PcaParams;

/*
 * The values of these expressions (ExprState *) in that context.  None is
 * evaluated yet.  Current memory context.
 */
extern PcaParams pca_param_create(List *states, ExprContext *econtext);

/*
 * One parameter more, an array of these texts (char *, kept); unknown: nothing
 * is known of it.  Current memory context.
 */
extern void pca_param_add_array(PcaParams *params, List *texts, bool unknown);

/*
 * The parameter of that number, from 0.  Evaluates it if need be, in the
 * current memory context, and raises the errors of its expression.
 */
extern const PcaParam *pca_param_value(const PcaParams *params, int number);

#endif							/* PCA_PARAM_H */
