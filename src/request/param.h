/*
 * param.h
 *		Values of a plan's parameters, evaluated when they are used first.
 */
#ifndef PCA_PARAM_H
#define PCA_PARAM_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/pg_list.h"

/* A parameter. */
typedef struct PcaParam
{
	const char *text;			/* output text; NULL for an array and for NULL */
	List	   *elements;		/* output texts (char *) of an array's
								 * elements that are not NULL */
	bool		null;			/* it is NULL, or an element is */
	bool		unknown;		/* its elements are not known: a comparison
								 * with it may be true for every row */
	ExprState  *state;			/* NULL once it is evaluated */
} PcaParam;

/* All parameters of a scan; {0} if it has none. */
typedef struct PcaParams
{
	ExprContext *econtext;
	List	   *params;			/* PcaParam *, in the order of the scan's
								 * expressions */
} PcaParams;

/*
 * Create the parameters of these expressions (ExprState *).  None is evaluated yet.
 * Current memory context.
 */
extern PcaParams pca_param_create(List *states, ExprContext *econtext);

/*
 * Append a parameter that is an array of these texts (char *, which are not copied);
 * unknown: the array is not known.  Current memory context.
 */
extern void pca_param_add_array(PcaParams *params, List *texts, bool unknown);

/*
 * Returns the parameter at an index, from 0.  Evaluates it in the current memory
 * context if that has not been done, and raises the errors of its expression.
 */
extern const PcaParam *pca_param_value(const PcaParams *params, int index);

#endif							/* PCA_PARAM_H */
