/*
 * partition_clause.c
 *		The bound of a partition, as conditions of its scan.
 *
 * PostgreSQL prunes partitions and leaves out scans by their bounds, but does not
 * evaluate a bound on the rows of a scan.  Several partitions may read the same
 * resource, so that each would return the rows of all.  The bound is a condition like
 * those of the query, then: it is sent where the API can apply it, evaluated on each
 * row, and seen by every rule for grouping, counting and limits.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "rewrite/rewriteManip.h"
#include "utils/fmgroids.h"

#include "config/partition_bound.h"
#include "planner/constant_qual.h"
#include "planner/filter.h"
#include "planner/partition_clause.h"

/* The bound's conditions (Expr *) in terms of the relation, simplified as a query's are. */
static List *
read_bound_quals(PlannerInfo *root, RelOptInfo *rel, const PcaTable *table)
{
	List	   *ancestors;
	List	   *quals = pca_partition_bound_quals(table->relid, &ancestors);
	Expr	   *qual;

	/*
	 * a plan without the tables above does not depend on them, but the bound
	 * does
	 */
	root->glob->relationOids = list_concat(root->glob->relationOids, ancestors);
	if (quals == NIL)
		return NIL;
	ChangeVarNodes((Node *) quals, 1, rel->relid, 0);
	qual = (Expr *) eval_const_expressions(root, (Node *) make_ands_explicit(quals));
	return make_ands_implicit(canonicalize_qual(qual, false));
}

/*
 * Replace tests for null by their result where the column is never null, in a condition
 * that is only sent: the test itself is evaluated as well.
 */
static Node *
replace_null_tests_mutator(Node *node, const PcaTable *table)
{
	NullTest   *test = (NullTest *) node;

	if (!node)
		return NULL;
	if (IsA(test, NullTest) && IsA(test->arg, Var))
	{
		const PcaColumn *column = pca_option_column(table, ((Var *) test->arg)->varattno);

		if (column && column->not_null)
			return makeBoolConst(test->nulltesttype == IS_NOT_NULL, false);
	}
	return expression_tree_mutator(node, replace_null_tests_mutator, (void *) table);
}

/*
 * Returns what of the condition is to be sent, with the values of constant columns; NULL
 * if it is true of every row.
 */
static Expr *
make_sendable(PlannerInfo *root, RelOptInfo *rel, const PcaTable *table, Expr *qual)
{
	Node	   *sendable = eval_const_expressions(root, replace_null_tests_mutator((Node *) qual, table));

	sendable = pca_constant_qual_simplify(root, table, rel->relid, sendable);
	if (IsA(sendable, Const) && !((Const *) sendable)->constisnull &&
		DatumGetBool(((Const *) sendable)->constvalue))
		return NULL;
	return (Expr *) sendable;
}

/* Returns true if the API evaluates the whole condition, exactly or not. */
static bool
is_sent_as_a_whole(const PcaTable *table, RelOptInfo *rel, Expr *qual)
{
	List	   *params = NIL;
	PcaClause	clause = pca_filter_classify(table, rel->relid, qual, &params);

	return clause.level != PCA_PUSHDOWN_LOCAL && !clause.reason;
}

/*
 * The relation's conditions (Expr *) but pseudoconstants, of which no row is a part.
 * sent: those of them that are sent as a whole.
 */
static List *
list_query_quals(const PcaTable *table, RelOptInfo *rel, List **sent)
{
	List	   *quals = NIL;
	ListCell   *lc;

	*sent = NIL;
	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);

		if (info->pseudoconstant)
			continue;
		quals = lappend(quals, info->clause);
		if (is_sent_as_a_whole(table, rel, info->clause))
			*sent = lappend(*sent, info->clause);
	}
	return quals;
}

/*
 * Make one condition of the scan.  selects_all: it does not reduce the number of the
 * table's rows.
 */
static PcaPartitionClause *
make_partition_clause(PlannerInfo *root, Expr *qual, Expr *sendable, bool selects_all)
{
	PcaPartitionClause *clause = palloc(sizeof(PcaPartitionClause));

	clause->info = make_simple_restrictinfo(root, qual);
	clause->sendable = sendable;
	if (selects_all)
		clause->info->norm_selec = clause->info->outer_selec = 1;
	return clause;
}

/*
 * Returns true if other conditions of the list imply the condition, which is removed
 * then: of two that imply each other, one remains.
 */
static bool
is_implied_by_others(Expr *qual, List **quals)
{
	List	   *others = list_delete_ptr(list_copy(*quals), qual);

	if (!predicate_implied_by(list_make1(qual), others, false))
		return false;
	*quals = others;
	return true;
}

List *
pca_partition_clause_list(PlannerInfo *root, RelOptInfo *rel, const PcaTable *table)
{
	List	   *bound = read_bound_quals(root, rel, table);
	bool		rows_known = table->rows >= 0 || rel->tuples > 0;
	List	   *clauses = NIL;
	List	   *others;
	List	   *sent;
	ListCell   *lc;

	if (bound == NIL)
		return NIL;
	others = list_concat(list_query_quals(table, rel, &sent), bound);
	sent = list_concat(sent, bound);
	foreach(lc, bound)
	{
		Expr	   *qual = lfirst(lc);
		bool		selects_all = is_implied_by_others(qual, &others) || rows_known;
		Expr	   *sendable = is_implied_by_others(qual, &sent) ? NULL : make_sendable(root, rel, table, qual);

		clauses = lappend(clauses, make_partition_clause(root, qual, sendable, selects_all));
	}
	if (!is_parallel_safe(root, (Node *) bound))
		rel->consider_parallel = false;
	return clauses;
}

PcaClause
pca_partition_clause_classify(const PcaTable *table, Index varno, const PcaPartitionClause *clause,
							  List **params)
{
	if (!clause->sendable)
		return (PcaClause)
	{
		.level = PCA_PUSHDOWN_EXACT
	};
	if (IsA(clause->sendable, FuncExpr) &&
		((FuncExpr *) clause->sendable)->funcid == F_SATISFIES_HASH_PARTITION)
		return pca_shippable_local("the API cannot evaluate the bound of a hash partition");
	return pca_filter_classify(table, varno, clause->sendable, params);
}

bool
pca_partition_clause_is_false(List *clauses)
{
	ListCell   *lc;

	foreach(lc, clauses)
	{
		const Expr *sendable = ((PcaPartitionClause *) lfirst(lc))->sendable;

		/* one that is true of every row is NULL */
		if (sendable && IsA(sendable, Const))
			return true;
	}
	return false;
}

const char *
pca_partition_clause_group_reason(const PcaTable *table, Index varno, List *clauses)
{
	Bitmapset  *used = NULL;
	int			member = -1;
	ListCell   *lc;

	foreach(lc, clauses)
		pull_varattnos((Node *) ((PcaPartitionClause *) lfirst(lc))->info->clause, varno, &used);
	while ((member = bms_next_member(used, member)) >= 0)
	{
		const PcaColumn *column = pca_option_column(table, member + FirstLowInvalidHeapAttributeNumber);

		if (!column)
			return "the partition's bound is on the whole row";
		if (column->field && !column->groupable && column->field->source != PCA_FROM_SNAPSHOT)
			return psprintf("the partition's bound is on %s, by which the API cannot group", column->name);
	}
	return NULL;
}
