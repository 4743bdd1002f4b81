/*
 * param.c
 *		Evaluates a plan's parameters when they are used first.
 *
 * A condition may protect another one from being evaluated, as in
 * "$1 = '' OR customer_id = $1::uuid".  PostgreSQL would not evaluate the second
 * one if the first one is true, and an error here would be wrong.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

#include "request/param.h"
#include "request/value_text.h"

PcaParams
pca_param_create(List *states, ExprContext *econtext)
{
	PcaParams	params = {.econtext = econtext};
	ListCell   *lc;

	foreach(lc, states)
	{
		PcaParam   *param = palloc0(sizeof(PcaParam));

		param->state = lfirst(lc);
		params.params = lappend(params.params, param);
	}
	return params;
}

void
pca_param_add_array(PcaParams *params, List *texts, bool unknown)
{
	PcaParam   *param = palloc0(sizeof(PcaParam));

	param->elements = texts;
	param->unknown = unknown;
	params->params = lappend(params->params, param);
}

static void
evaluate_param(PcaParam *param, ExprContext *econtext)
{
	Oid			type = exprType((Node *) param->state->expr);
	Datum		datum = ExecEvalExpr(param->state, econtext, &param->null);

	param->state = NULL;
	if (param->null)
		return;
	if (type_is_array(type))
		param->elements = pca_value_text_from_array(datum, &param->null);
	else
		param->text = pca_value_text_from_datum(type, datum);
}

const PcaParam *
pca_param_value(const PcaParams *params, int index)
{
	PcaParam   *param = list_nth(params->params, index);

	if (param->state)
		evaluate_param(param, params->econtext);
	return param;
}
