/*
 * shippable.c
 *		Matches the sides of a comparison, and says why one cannot be sent.
 *
 * One side is a column of the table.  The other is an expression that can be
 * evaluated before the scan starts: a constant, a parameter, a stable expression
 * or columns of other tables.  filter.c, filter_pattern.c and filter_date.c decide
 * how the API applies the comparison.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "planner/declaration.h"
#include "planner/shippable.h"
#include "request/value_text.h"

PcaClause
pca_shippable_local(const char *reason)
{
	return (PcaClause)
	{
		.level = PCA_PUSHDOWN_LOCAL,.reason = reason
	};
}

const char *
pca_shippable_option_statement(const PcaClauseContext *context, const PcaColumn *column, bool on_server,
							   const char *option, const char *value)
{
	PcaStatementCache *cache = context->statements;

	if (cache->column != column || cache->option != option)
	{
		cache->column = column;
		cache->option = option;
		cache->statement = pca_declaration_option(context->table, column, on_server, option, value);
	}
	return cache->statement;
}

PcaClause
pca_shippable_never(void)
{
	return (PcaClause)
	{
		.level = PCA_PUSHDOWN_EXACT,.expr = pca_filter_expr_or(NIL)
	};
}

Node *
pca_shippable_strip_relabel(Node *node)
{
	while (node && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

const PcaColumn *
pca_shippable_column(const PcaClauseContext *context, Node *node)
{
	Var		   *var = (Var *) pca_shippable_strip_relabel(node);

	if (!var || !IsA(var, Var) || var->varno != (int) context->varno ||
		var->varlevelsup != 0)
		return NULL;
	return pca_option_column(context->table, var->varattno);
}

const PcaColumn *
pca_shippable_guid_as_text(const PcaClauseContext *context, Node *node)
{
	CoerceViaIO *cast = (CoerceViaIO *) pca_shippable_strip_relabel(node);

	if (!cast || !IsA(cast, CoerceViaIO) || exprType((Node *) cast->arg) != UUIDOID ||
		(cast->resulttype != TEXTOID && cast->resulttype != VARCHAROID))
		return NULL;
	return pca_shippable_column(context, (Node *) cast->arg);
}

const char *
pca_shippable_expression_reason(const PcaClauseContext *context, Node *node)
{
	Bitmapset  *used = NULL;
	const PcaColumn *column;

	if (contain_subplans(node))
		return "it has a subquery that is evaluated for each row: write a join, EXISTS or NOT EXISTS";
	pull_varattnos(node, context->varno, &used);
	if (bms_membership(used) != BMS_SINGLETON)
		return "it calculates with several columns of the table";
	column = pca_option_column(context->table,
							   bms_singleton_member(used) + FirstLowInvalidHeapAttributeNumber);
	return column ? psprintf("it calculates with %s, which the API compares only as it is", column->name) :
		"it uses a system column or the whole row";
}

bool
pca_shippable_uses_table(Node *node, PcaClauseContext *context)
{
	if (!node)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varno == (int) context->varno;
	return expression_tree_walker(node, pca_shippable_uses_table, context);
}

const char *
pca_shippable_value_reason(PcaClauseContext *context, Node *node)
{
	if (pca_shippable_uses_table(node, context))
		return "it compares with another column of the table";
	if (contain_volatile_functions(node))
		return "it has a volatile function";
	if (contain_subplans(node))
		return "it has a correlated subquery";
	return NULL;
}

static PcaValue *
make_constant_value(const char *text)
{
	PcaValue   *value = palloc0(sizeof(PcaValue));

	value->text = text;
	return value;
}

/*
 * A new parameter is compared with at most that many others, so that the work of
 * planning is linear in the number of parameters.  An expression that is equal to
 * a later parameter becomes another parameter, and is evaluated twice, to the
 * same value.
 */
#define MAX_COMPARED_PARAMS	100

static PcaValue *
make_parameter_value(PcaClauseContext *context, Node *node)
{
	PcaValue   *value = palloc0(sizeof(PcaValue));
	int			count = list_length(*context->params);
	int			compared = Min(count, MAX_COMPARED_PARAMS);

	value->is_array = type_is_array(exprType(node));
	while (value->param < compared && !equal(list_nth(*context->params, value->param), node))
		value->param++;
	if (value->param < compared)
		return value;
	value->param = count;
	*context->params = lappend(*context->params, node);
	return value;
}

List *
pca_shippable_add_scalar(PcaClauseContext *context, List *values, Node *node, bool *has_null)
{
	Const	   *constant = (Const *) pca_shippable_strip_relabel(node);

	if (!IsA(constant, Const))
		return lappend(values, make_parameter_value(context, node));
	if (constant->constisnull)
	{
		*has_null = true;
		return values;
	}
	return lappend(values,
				   make_constant_value(pca_value_text_from_datum(constant->consttype, constant->constvalue)));
}

static List *
add_constant_array_values(PcaClauseContext *context, List *values, Const *constant, bool *has_null)
{
	ListCell   *lc;

	if (constant->constisnull)
	{
		*has_null = true;
		return values;
	}
	foreach(lc, pca_value_text_from_array(constant->constvalue, has_null))
		values = lappend(values, make_constant_value(lfirst(lc)));
	return values;
}

List *
pca_shippable_add_array(PcaClauseContext *context, List *values, Node *node, bool *has_null)
{
	Node	   *stripped = pca_shippable_strip_relabel(node);
	ListCell   *lc;

	if (IsA(stripped, Const))
		return add_constant_array_values(context, values, (Const *) stripped, has_null);
	/* the elements of a nested array are arrays, whose number is not known */
	if (!IsA(stripped, ArrayExpr) || ((ArrayExpr *) stripped)->multidims)
		return lappend(values, make_parameter_value(context, node));
	foreach(lc, ((ArrayExpr *) stripped)->elements)
		values = pca_shippable_add_scalar(context, values, lfirst(lc), has_null);
	return values;
}

/*
 * Returns true if the column of a table that declares its fields may be declared to
 * have the operator.
 */
static bool
can_declare_operator(const PcaTable *table, const PcaColumn *column, PcaOperator op)
{
	if (!column->native || table->path_has_customer || !pca_declaration_has_own_fields(table))
		return false;
	switch (column->field->type)
	{
		case PCA_TYPE_TEXT:
			return (op & (PCA_OPS_EQ_NE | PCA_OP_CONTAINS)) != 0;
		case PCA_TYPE_UUID:
		case PCA_TYPE_BOOLEAN:
			return (op & PCA_OPS_EQ_NE) != 0;
		case PCA_TYPE_BIGINT:
		case PCA_TYPE_DATE:
		case PCA_TYPE_TIMESTAMP:
			return (op & PCA_OPS_DATE) != 0;
		default:
			return false;
	}
}

const char *
pca_shippable_field_reason(const PcaClauseContext *context, const PcaColumn *column, PcaOperator op)
{
	const PcaField *field = column->field;

	if (column->whole)
		return psprintf("%s is the whole item", column->name);
	if (column->constant)
		return psprintf("%s is a constant, which the API does not have", column->name);
	if (!field)
		return psprintf("nothing is known of the API's field %s", column->key);
	if (field->source == PCA_FROM_PATH)
	{
		if (column->native && op == PCA_OP_EQ)
			return NULL;
		return psprintf("%s is part of the path: only \"=\" and IN on type %s can be sent%s",
						column->name, pca_resource_type_name(field->type),
						pca_declaration_type_hint(context->table, column));
	}
	if (field->source == PCA_FROM_SNAPSHOT)
	{
		if (column->native && op != PCA_OP_NE && op != PCA_OP_CONTAINS)
			return NULL;
		return psprintf("%s selects the day: only =, IN and ranges on type %s can be sent%s",
						column->name, pca_resource_type_name(field->type),
						pca_declaration_type_hint(context->table, column));
	}
	if (!(field->operators & op) && can_declare_operator(context->table, column, op))
		return psprintf("%s is not declared to have \"%s\" (option operators); if it has: %s", column->name,
						pca_resource_operator_name(op), pca_declaration_operator(context->table, column, op));
	if (!(context->table->resource->parameters & PCA_PARAM_FILTER))
		return psprintf("resource %s takes no filter", context->table->resource->name);
	if (context->table->path_has_customer)
		return "no filter is sent where the path names a customer";
	if (field->operators == PCA_OPS_NONE)
		return psprintf("the API cannot filter by %s", field->name);
	if (!column->known.filter_pushdown)
		return psprintf("option filter_pushdown keeps conditions on %s local", column->name);
	if (!(field->operators & op))
		return psprintf("the API has no \"%s\" for %s", pca_resource_operator_symbol(op), field->name);
	return NULL;
}

/* Returns the reason why a column whose declared type is not that of its field is not compared. */
static const char *
column_type_reason(const PcaClauseContext *context, const PcaColumn *column)
{
	PcaStatementCache *cache = context->statements;
	const char *reason = psprintf("column %s is declared %s, the API compares it as %s", column->name,
								  format_type_with_typemod(column->type, column->typmod),
								  pca_resource_type_name(column->field->type));

	if (pca_declaration_has_own_fields(context->table))
		return reason;
	if (cache->column != column || cache->option != NULL)
		*cache = (PcaStatementCache)
	{
		column, NULL, pca_declaration_type_hint(context->table, column)
	};
	return psprintf("%s%s", reason, cache->statement);
}

const char *
pca_shippable_column_reason(const PcaClauseContext *context, const PcaColumn *column,
							PcaOperator op)
{
	const char *reason = pca_shippable_field_reason(context, column, op);

	/*
	 * PostgreSQL would compare other values than the API: text instead of
	 * dates, for example
	 */
	if (!reason && !column->native)
		reason = column_type_reason(context, column);
	return reason;
}

const char *
pca_shippable_collation_reason(Oid collation)
{
	if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
		return "its collation is not deterministic";
	return NULL;
}

int
pca_shippable_operator(Oid opno, Oid family)
{
	Oid			negator;

	switch (get_op_opfamily_strategy(opno, family))
	{
		case BTLessStrategyNumber:
			return PCA_OP_LT;
		case BTLessEqualStrategyNumber:
			return PCA_OP_LE;
		case BTEqualStrategyNumber:
			return PCA_OP_EQ;
		case BTGreaterEqualStrategyNumber:
			return PCA_OP_GE;
		case BTGreaterStrategyNumber:
			return PCA_OP_GT;
	}
	/* btree has no strategy for "<>", but its negator is an equality */
	negator = get_negator(opno);
	return OidIsValid(negator) &&
		get_op_opfamily_strategy(negator, family) == BTEqualStrategyNumber ? PCA_OP_NE : 0;
}

int
pca_shippable_negate_operator(int op, bool negated)
{
	if (!negated)
		return op;
	switch (op)
	{
		case PCA_OP_EQ:
			return PCA_OP_NE;
		case PCA_OP_NE:
			return PCA_OP_EQ;
		case PCA_OP_GT:
			return PCA_OP_LE;
		case PCA_OP_GE:
			return PCA_OP_LT;
		case PCA_OP_LT:
			return PCA_OP_GE;
		case PCA_OP_LE:
			return PCA_OP_GT;
		default:
			return 0;
	}
}
