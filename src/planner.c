/*
 * planner.c
 *		How does a query's table become a plan?
 *
 * Which clauses the API can apply, and whether rows may come grouped, is
 * decided in filter.c and grouping.c; here the verdicts become sizes, costs
 * and one plan.  Nothing is contacted.
 */
#include "postgres.h"

#include <math.h>

#include "access/sysattr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/paramassign.h"
#include "optimizer/cost.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "utils/selfuncs.h"

#include "compat.h"
#include "filter.h"
#include "grouping.h"
#include "joinvalues.h"
#include "limit.h"
#include "ordering.h"
#include "planner.h"
#include "snapshot.h"

/* The slots of fdw_private. */
typedef enum Slot
{
	SLOT_REQUEST,
	SLOT_WANTED,
	SLOT_REASONS,
	SLOT_NOT_GROUPED,
	SLOT_JOIN_VALUES
} Slot;

/* The slots of the fdw_private of a path whose request has more than the usual one's. */
typedef enum PathSlot
{
	PATH_KIND,					/* Integer: PathKind */
	PATH_CLAUSE					/* the RestrictInfo that the values are of */
} PathSlot;

typedef enum PathKind
{
	PATH_OF_WINDOW,				/* the API applies OFFSET and LIMIT */
	PATH_OF_ORDER,				/* the API orders the rows */
	PATH_OF_JOIN				/* the other side of a hash join gives values */
} PathKind;

/*
 * What GetForeignRelSize finds out and the later callbacks read; a copy of it
 * takes in the join clauses of a parameterised path.
 */
typedef struct Planning
{
	PcaTable   *table;
	Index		relid;
	PcaRequestPlan request;
	List	   *terms;			/* PcaTerm *: conjuncts that are sent */
	List	   *days;			/* PcaTerm *: conjuncts on the days to ask for */
	List	   *params;			/* expressions that the terms' values refer to */
	List	   *infos;			/* RestrictInfo *: the clauses judged, ... */
	List	   *reasons;		/* ... and why each is not wholly sent, or NULL */
	PcaGrouping grouping;
	PcaOrdering ordering;		/* what the plain scan could claim */
	PcaLevel	level;			/* the least of all clauses */
	Bitmapset  *wanted;
	int			join_values;	/* where a hash join's values are found; -1 */
} Planning;

/* ---- the request ---- */

static PcaClause
judge_clause(Planning *planning, RestrictInfo *info)
{
	PcaClause	clause;
	int			nparams = list_length(planning->params);

	if (info->pseudoconstant)
		return (PcaClause) {0};
	clause = pca_filter_judge(planning->table, planning->relid, info->clause,
							  &planning->params);
	if (clause.on_path && planning->request.path)
		clause = (PcaClause) {.reason = "another condition already gives the path"};
	if (clause.term && clause.term->op == PCA_OP_STARTS_WITH && planning->terms)
		clause = (PcaClause) {.reason = "another condition is sent, and the API takes one"};
	if (!clause.term)
		planning->params = list_truncate(planning->params, nparams);
	return clause;
}

static void
judge_clauses(Planning *planning, List *clauses)
{
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);
		PcaClause	clause = judge_clause(planning, info);

		if (clause.on_path)
			planning->request.path = clause.term;
		else if (clause.on_snapshot)
			planning->days = lappend(planning->days, clause.term);
		else if (clause.term)
			planning->terms = lappend(planning->terms, clause.term);
		if (!info->pseudoconstant)
			planning->level = Min(planning->level, clause.level);
		planning->infos = lappend(planning->infos, info);
		planning->reasons = lappend(planning->reasons, unconstify(char *, clause.reason));
	}
	planning->request.filter = planning->terms ? pca_term_and(planning->terms) : NULL;
	planning->request.snapshot = planning->days ? pca_term_and(planning->days) : NULL;
}

/* A copy that further clauses can be added to. */
static Planning
copy_planning(const Planning *planning)
{
	Planning	copy = *planning;

	copy.terms = list_copy(planning->terms);
	copy.days = list_copy(planning->days);
	copy.params = list_copy(planning->params);
	copy.infos = list_copy(planning->infos);
	copy.reasons = list_copy(planning->reasons);
	return copy;
}

static void
set_grouping(Planning *planning, PlannerInfo *root, RelOptInfo *rel)
{
	int			attnum = -1;
	List	   *fields = NIL;	/* PcaField *: two columns may read the same one */

	planning->grouping = pca_grouping_judge(root, rel, planning->table);
	planning->request.grouped = planning->grouping.grouped;
	while ((attnum = bms_next_member(planning->grouping.keys, attnum)) >= 0)
	{
		const PcaField *field = pca_option_column(planning->table, attnum)->field;

		if (list_member_ptr(fields, field))
			continue;
		fields = lappend(fields, unconstify(PcaField *, field));
		planning->request.groupby = lappend(planning->request.groupby,
											unconstify(char *, field->name));
	}
}

/* Columns of the output and of all conditions; all of them for a whole row. */
static void
set_wanted(Planning *planning, RelOptInfo *rel)
{
	Bitmapset  *used = NULL;
	bool		all;
	ListCell   *lc;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &used);
	foreach(lc, rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause, rel->relid, &used);
	all = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, used);
	for (int attnum = 1; attnum <= planning->table->natts; attnum++)
		if (pca_option_column(planning->table, attnum) &&
			(all || bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, used)))
			planning->wanted = bms_add_member(planning->wanted, attnum);
	/* What a row's day is known by. */
	if (planning->table->resource->history && !planning->request.grouped &&
		pca_option_processed_column(planning->table))
		planning->wanted = bms_add_member(planning->wanted,
										  pca_option_processed_column(planning->table)->attnum);
}

/* Whether the query needs no column of the table, only its number of rows. */
static bool
is_only_counted(const Planning *planning, PlannerInfo *root, RelOptInfo *rel)
{
	Bitmapset  *used = NULL;
	List	   *requests;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &used);
	used = bms_del_member(used, TableOidAttributeNumber - FirstLowInvalidHeapAttributeNumber);
	if (!bms_is_empty(used) || planning->level != PCA_LEVEL_EXACT ||
		planning->request.grouped || planning->request.limit >= 0 ||
		planning->table->resource->history ||
		planning->table->known.total_count == PCA_TOTAL_PAGE ||
		!(planning->table->resource->parameters & PCA_PARAM_TOP) ||
		root->parse->rowMarks || root->rowMarks || root->parse->commandType != CMD_SELECT)
		return false;
	/* A condition that is left out of the URL would count too many. */
	requests = pca_request_render(&planning->request, planning->table, NULL);
	return requests == NIL || !((PcaRequest *) llast(requests))->shortened;
}

/* ---- sizes and costs ---- */

static double
count_groups(const Planning *planning, PlannerInfo *root, RelOptInfo *rel)
{
	List	   *keys = NIL;
	int			attnum = -1;

	while ((attnum = bms_next_member(planning->grouping.keys, attnum)) >= 0)
	{
		const PcaColumn *column = pca_option_column(planning->table, attnum);

		keys = lappend(keys, makeVar(rel->relid, attnum, column->type, column->typmod,
									 column->collation, 0));
	}
	return clamp_row_est(estimate_num_groups(root, keys, rel->rows, NULL, NULL));
}

static void
set_size(Planning *planning, PlannerInfo *root, RelOptInfo *rel)
{
	if (planning->table->rows >= 0)
		rel->tuples = planning->table->rows;
	else if (rel->tuples <= 0)
		rel->tuples = planning->table->resource->rows;
	set_baserel_size_estimates(root, rel);
	if (!planning->request.grouped)
		return;
	rel->rows = Min(rel->rows, count_groups(planning, root, rel));
	/* A raw count would make estimate_num_groups() above think of a sample. */
	rel->tuples = rel->rows;
}

/* Rows that the API answers: what the clauses that are wholly sent leave. */
static double
count_received(const Planning *planning, PlannerInfo *root, RelOptInfo *rel)
{
	List	   *sent = NIL;
	ListCell   *info;
	ListCell   *reason;

	forboth(info, planning->infos, reason, planning->reasons)
		if (lfirst(reason) == NULL)
			sent = lappend(sent, lfirst(info));
	return clamp_row_est(rel->tuples *
						 clauselist_selectivity(root, sent, rel->relid, JOIN_INNER, NULL));
}

/*
 * Requests of a history without days: dearer than anything that gives one, as
 * disable_cost is.
 */
#define UNANSWERABLE	1.0e10

/*
 * How many rows a customer has, roughly: how many customers are to be asked is
 * not known before, but by how many rows there were for ANALYZE.
 */
#define ROWS_A_CUSTOMER	10

static double
count_requests(const Planning *planning, RelOptInfo *rel, double received)
{
	if (planning->request.path)
		return list_length(planning->request.path->values);
	if (strstr(planning->table->path, PCA_CUSTOMER_ID))
		return 1 + ceil(rel->tuples / ROWS_A_CUSTOMER);
	if (planning->table->resource->history)
	{
		double		days = pca_snapshot_estimate(planning->request.snapshot);

		return days > 0 ? Max(days, ceil(received / planning->table->page_size)) : UNANSWERABLE;
	}
	return Max(1, ceil(received / planning->table->page_size));
}

static void
GetForeignRelSize(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	Planning   *planning = palloc0(sizeof(Planning));

	planning->table = pca_option_table(relid);
	planning->relid = rel->relid;
	planning->level = PCA_LEVEL_EXACT;
	planning->join_values = -1;
	judge_clauses(planning, rel->baserestrictinfo);
	set_grouping(planning, root, rel);
	set_wanted(planning, rel);
	planning->request.limit = pca_limit_hint(root);
	planning->request.count = is_only_counted(planning, root, rel);
	if (!planning->request.grouped && !planning->request.count)
		planning->ordering = pca_ordering_judge(root, rel, planning->table);
	set_size(planning, root, rel);
	rel->fdw_private = planning;
}

/* ---- paths ---- */

/*
 * A path costs fdw_startup_cost a request, and fdw_tuple_cost beside the usual
 * costs for each row that the API answers.
 */
static void
add_scan_path(const Planning *planning, PlannerInfo *root, RelOptInfo *rel,
			  double rows, Relids outer, bool ordered)
{
	const PcaServer *server = planning->table->server;
	double		received = planning->request.count ? 1 : count_received(planning, root, rel);
	double		requests = count_requests(planning, rel, received);
	Path	   *path;
	Cost		startup;
	Cost		total;
	QualCost	quals;

	cost_qual_eval(&quals, planning->infos, root);
	startup = server->startup_cost + quals.startup;
	total = quals.startup + server->startup_cost * requests +
		received * (server->tuple_cost + cpu_tuple_cost + quals.per_tuple);
	if (ordered)
		total += pca_ordering_penalty(rel, planning->table);
	path = (Path *)
		pca_compat_foreignscan_path(root, rel, NULL, rows, startup, total,
									ordered ? planning->ordering.pathkeys : NIL, outer,
									ordered ? list_make1(makeInteger(PATH_OF_ORDER)) : NIL);
	if (requests >= UNANSWERABLE)
		pca_compat_disable(path);
	add_path(rel, path);
}

/* The relations that a join clause takes its values from; NULL: not sendable. */
static Relids
outer_of(const Planning *planning, RelOptInfo *rel, RestrictInfo *info)
{
	List	   *params = NIL;
	PcaClause	clause;
	Relids		outer;

	if (!join_clause_is_movable_to(info, rel))
		return NULL;
	clause = pca_filter_judge(planning->table, rel->relid, info->clause, &params);
	if (!clause.term)
		return NULL;
	outer = bms_union(info->clause_relids, rel->lateral_relids);
	return bms_del_member(outer, rel->relid);
}

/* For generate_implied_equalities_for_column(): every sendable column. */
static bool
is_sendable_member(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec,
				   EquivalenceMember *member, void *arg)
{
	const Planning *planning = arg;
	const PcaColumn *column;
	Var		   *var = (Var *) member->em_expr;

	while (IsA(var, RelabelType))
		var = (Var *) ((RelabelType *) var)->arg;
	if (!IsA(var, Var) || var->varno != (int) rel->relid)
		return false;
	column = pca_option_column(planning->table, var->varattno);
	return column && column->native;
}

/* The join clauses that might give a value to send. */
static List *
join_clauses(Planning *planning, PlannerInfo *root, RelOptInfo *rel)
{
	List	   *clauses = list_copy(rel->joininfo);

	if (rel->has_eclass_joins)
		clauses = list_concat(clauses,
							  generate_implied_equalities_for_column(root, rel, is_sendable_member,
																	 planning, rel->lateral_referencers));
	return clauses;
}

static bool
add_outer(List **outers, Relids outer)
{
	ListCell   *lc;

	foreach(lc, *outers)
		if (bms_equal(lfirst(lc), outer))
			return false;
	*outers = lappend(*outers, outer);
	return true;
}

/*
 * One path for each set of relations that a sendable join clause takes values
 * from: a nested loop then asks once for each of their rows.
 */
static void
add_parameterised_paths(Planning *planning, PlannerInfo *root, RelOptInfo *rel)
{
	List	   *outers = NIL;
	ListCell   *lc;

	foreach(lc, join_clauses(planning, root, rel))
	{
		Relids		outer = outer_of(planning, rel, lfirst_node(RestrictInfo, lc));
		ParamPathInfo *info;
		Planning	with_join;

		if (bms_is_empty(outer) || !add_outer(&outers, outer))
			continue;
		info = get_baserel_parampathinfo(root, rel, outer);
		with_join = copy_planning(planning);
		judge_clauses(&with_join, info->ppi_clauses);
		add_scan_path(&with_join, root, rel, info->ppi_rows, outer, false);
	}
}

static void
GetForeignPaths(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	Planning   *planning = rel->fdw_private;

	add_scan_path(planning, root, rel, rel->rows, rel->lateral_relids, false);
	if (planning->ordering.pathkeys)
		add_scan_path(planning, root, rel, rel->rows, rel->lateral_relids, true);
	add_parameterised_paths(planning, root, rel);
}

static bool
IsForeignPathAsyncCapable(ForeignPath *path)
{
	const Planning *planning = path->path.parent->fdw_private;

	return planning && planning->table->server->async_capable &&
		pca_compat_async_is_sound();
}

/*
 * OFFSET and LIMIT go to the API as skip and top where it applies every
 * condition exactly.  LIMIT alone is only a hint, and needs no path.
 */
static void
GetForeignUpperPaths(PlannerInfo *root, UpperRelationKind stage,
					 RelOptInfo *input, RelOptInfo *output, void *extra)
{
	Planning   *planning = input->fdw_private;
	FinalPathExtraData *final = extra;
	Path	   *scan = input->cheapest_total_path;
	double		rows;
	Cost		startup;
	Cost		total;

	if (stage != UPPERREL_FINAL || !planning || !final->limit_needed ||
		!pca_limit_counts_rows(root, input) || planning->level != PCA_LEVEL_EXACT ||
		planning->request.count || planning->request.path || scan->param_info ||
		planning->table->resource->history ||
		!(planning->table->resource->parameters & PCA_PARAM_SKIP))
		return;
	rows = scan->rows;
	startup = scan->startup_cost;
	total = scan->total_cost;
	adjust_limit_rows_costs(&rows, &startup, &total, final->offset_est, final->count_est);
	total -= startup - scan->startup_cost;
	add_path(output, (Path *)
			 pca_compat_foreign_upper_path(root, input, root->upper_targets[UPPERREL_FINAL],
										   rows, scan->startup_cost, total, NIL,
										   list_make1(makeInteger(PATH_OF_WINDOW))));
}

/* ---- hash joins ---- */

/*
 * The term that "column = any of the join's values" is, or NULL: as the join
 * clause, but with a parameter that is an array, behind all others.
 */
static PcaTerm *
join_term(const Planning *planning, RestrictInfo *info)
{
	List	   *params = NIL;
	PcaClause	clause = pca_filter_judge(planning->table, planning->relid, info->clause, &params);
	PcaValue   *value;

	if (!clause.term || clause.on_path || clause.on_snapshot ||
		clause.term->kind != PCA_TERM_COMPARE || clause.term->op != PCA_OP_EQ ||
		clause.term->literal == PCA_LITERAL_DATE)
		return NULL;
	value = palloc0(sizeof(PcaValue));
	value->param = list_length(planning->params);
	value->is_array = true;
	clause.term->values = list_make1(value);
	return clause.term;
}

static void
add_join_term(Planning *planning, RestrictInfo *info)
{
	planning->terms = lappend(planning->terms, join_term(planning, info));
	planning->request.filter = pca_term_and(planning->terms);
}

/*
 * Whether a join of that type has no use for rows of its first side without a
 * partner, and is done by reading the second side first.
 */
static bool
wants_partners_only(JoinType type)
{
	return type == JOIN_INNER || type == JOIN_SEMI || type == JOIN_RIGHT ||
		pca_compat_is_right_semi_or_anti(type);
}

/* The clauses of the join that it can be hashed by. */
static List *
hash_clauses(List *clauses, RelOptInfo *joinrel, RelOptInfo *outer, RelOptInfo *inner,
			 JoinType type)
{
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);

		if (IS_OUTER_JOIN(type) && RINFO_IS_PUSHED_DOWN(info, joinrel->relids))
			continue;
		if (!info->can_join || !OidIsValid(info->hashjoinoperator))
			continue;
		if ((bms_is_subset(info->left_relids, outer->relids) &&
			 bms_is_subset(info->right_relids, inner->relids)) ||
			(bms_is_subset(info->left_relids, inner->relids) &&
			 bms_is_subset(info->right_relids, outer->relids)))
			found = lappend(found, info);
	}
	return found;
}

/*
 * The values that the scan is to send, and what that costs.  The scan begins
 * when they were read, so its startup cost has them in it; being no less than
 * what the hash costs, it also keeps the join from looking at the scan first.
 */
typedef struct JoinValues
{
	RestrictInfo *info;
	Expr	   *value;			/* of the other side */
	double		count;			/* different values, as estimated */
	double		rows;			/* that the scan is asked for then */
	int			most;			/* more values than that are not worth sending */
} JoinValues;

/* Size them up; false when they are too many for URLs. */
static bool
estimate_join_values(JoinValues *values, const Planning *planning, PlannerInfo *root,
					 RelOptInfo *rel, Path *other)
{
	RestrictInfo *info = values->info;
	double		received = count_received(planning, root, rel);
	double		whole = count_requests(planning, rel, received);
	int			in_url = pca_request_values_in_url(&planning->request, planning->table,
												   join_term(planning, info));

	values->value = (Expr *) (bms_is_subset(info->left_relids, rel->relids) ?
							  get_rightop(info->clause) : get_leftop(info->clause));
	values->count = estimate_num_groups(root, list_make1(values->value), other->rows, NULL, NULL);
	values->rows = clamp_row_est(Min(1.0, values->count *
									 clause_selectivity(root, (Node *) info, rel->relid, JOIN_INNER, NULL)) *
								 received);
	values->most = in_url * (int) Min(PCA_REQUEST_MOST_SHARES, whole);
	return values->count <= values->most;
}

static Path *
join_scan_path(const JoinValues *values, const Planning *planning, PlannerInfo *root,
			   RelOptInfo *rel, Path *noted)
{
	const PcaServer *server = planning->table->server;
	double		in_url = pca_request_values_in_url(&planning->request, planning->table,
												   join_term(planning, values->info));
	double		requests = Max(ceil(values->count / in_url),
							   count_requests(planning, rel, values->rows));
	QualCost	quals;
	Cost		startup;

	cost_qual_eval(&quals, planning->infos, root);
	startup = noted->total_cost + server->startup_cost + quals.startup;
	return (Path *)
		pca_compat_foreignscan_path(root, rel, NULL, Min(values->rows, rel->rows), startup,
									startup + server->startup_cost * (requests - 1) +
									values->rows * (server->tuple_cost + cpu_tuple_cost +
													quals.per_tuple),
									NIL, NULL,
									list_make2(makeInteger(PATH_OF_JOIN), values->info));
}

/*
 * Where the scan finds the values: of all paths that have some, at most one is
 * in the plan.  GEQO plans in a context of its own, the slots are the plan's.
 */
static int
join_values_slot(Planning *planning, PlannerInfo *root)
{
	MemoryContext caller = MemoryContextSwitchTo(root->planner_cxt);

	if (planning->join_values < 0)
		planning->join_values = assign_special_exec_param(root);
	MemoryContextSwitchTo(caller);
	return planning->join_values;
}

/* A hash join of the scan with the other side's rows, whose values it sends. */
static void
add_hash_path(const JoinValues *values, PlannerInfo *root, RelOptInfo *joinrel,
			  RelOptInfo *rel, Path *other, JoinType type, JoinPathExtraData *extra, List *clauses)
{
	int			slot = join_values_slot(rel->fdw_private, root);
	Path	   *noted = pca_joinvalues_path(root, other, values->value, slot, values->most);
	Path	   *scan = join_scan_path(values, rel->fdw_private, root, rel, noted);
	JoinCostWorkspace workspace;
	HashPath   *path;

	initial_cost_hashjoin(root, &workspace, type, clauses, scan, noted, extra, false);
	path = create_hashjoin_path(root, joinrel, type, &workspace, extra, scan, noted, false,
								extra->restrictlist, NULL, clauses);
	/* The other side is in the scan's startup cost, too. */
	path->jpath.path.startup_cost -= noted->total_cost;
	path->jpath.path.total_cost -= noted->total_cost;
	add_path(joinrel, (Path *) path);
}

/* A table of this wrapper's, and not known to have no row. */
static bool
is_own_table(const RelOptInfo *rel)
{
	return rel->reloptkind == RELOPT_BASEREL && rel->fdw_private && rel->fdwroutine &&
		rel->fdwroutine->GetForeignRelSize == GetForeignRelSize;
}

static set_join_pathlist_hook_type next_join_hook;

static void
add_join_paths(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *rel, RelOptInfo *other,
			   JoinType type, JoinPathExtraData *extra)
{
	Path	   *path = other->cheapest_total_path;
	List	   *clauses;
	ListCell   *lc;

	if (next_join_hook)
		next_join_hook(root, joinrel, rel, other, type, extra);
	if (!enable_hashjoin || !is_own_table(rel) || !wants_partners_only(type) ||
		!bms_is_empty(rel->lateral_relids) || path->param_info)
		return;
	clauses = hash_clauses(extra->restrictlist, joinrel, rel, other, type);
	foreach(lc, clauses)
	{
		JoinValues	values = {.info = lfirst(lc)};

		if (join_term(rel->fdw_private, values.info) &&
			estimate_join_values(&values, rel->fdw_private, root, rel, path))
			add_hash_path(&values, root, joinrel, rel, path, type, extra, clauses);
	}
}

void
pca_planner_install(void)
{
	next_join_hook = set_join_pathlist_hook;
	set_join_pathlist_hook = add_join_paths;
}

/* ---- the plan ---- */

static bool
is_path_of(const ForeignPath *path, PathKind kind)
{
	return path->fdw_private && intVal(list_nth(path->fdw_private, PATH_KIND)) == (int) kind;
}

/* Why the clause is not wholly sent, as a node; NULL when it is. */
static Node *
reason_of(const Planning *planning, RestrictInfo *clause)
{
	ListCell   *info;
	ListCell   *reason;

	forboth(info, planning->infos, reason, planning->reasons)
		if (lfirst(info) == clause && lfirst(reason))
			return (Node *) makeString(lfirst(reason));
	return NULL;
}

static List *
wanted_to_nodes(const Bitmapset *wanted)
{
	List	   *nodes = NIL;
	int			attnum = -1;

	while ((attnum = bms_next_member(wanted, attnum)) >= 0)
		nodes = lappend_int(nodes, attnum);
	return nodes;
}

static ForeignScan *
GetForeignPlan(PlannerInfo *root, RelOptInfo *rel, Oid relid,
			   ForeignPath *path, List *tlist, List *clauses, Plan *outer_plan)
{
	Planning	planning = copy_planning(rel->fdw_private);
	List	   *quals = NIL;
	List	   *reasons = NIL;
	List	   *private;
	ListCell   *lc;

	if (path->path.param_info)
		judge_clauses(&planning, path->path.param_info->ppi_clauses);
	if (is_path_of(path, PATH_OF_WINDOW))
	{
		planning.request.offset = pca_limit_value(root->parse->limitOffset, &planning.params);
		planning.request.take = pca_limit_value(root->parse->limitCount, &planning.params);
	}
	if (is_path_of(path, PATH_OF_JOIN))
		add_join_term(&planning, list_nth(path->fdw_private, PATH_CLAUSE));
	else
		planning.join_values = -1;
	planning.request.recheck = planning.level != PCA_LEVEL_EXACT;
	if (is_path_of(path, PATH_OF_ORDER))
	{
		planning.request.order = planning.ordering.column->field->name;
		planning.request.descending = planning.ordering.descending;
		planning.request.limit = planning.ordering.limit;
	}
	foreach(lc, clauses)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);

		/* A row that is only counted has no columns to check. */
		if (info->pseudoconstant || planning.request.count)
			continue;
		quals = lappend(quals, info->clause);
		reasons = lappend(reasons, reason_of(&planning, info));
	}
	private = list_make5(pca_request_to_nodes(&planning.request),
						 planning.request.count ? NIL : wanted_to_nodes(planning.wanted),
						 reasons,
						 planning.grouping.reason && !planning.request.count ?
						 makeString(pstrdup(planning.grouping.reason)) : NULL,
						 makeInteger(planning.join_values));
	return make_foreignscan(tlist, quals, rel->relid, planning.params, private,
							NIL, NIL, outer_plan);
}

PcaScanPlan *
pca_planner_read(List *fdw_private)
{
	PcaScanPlan *plan = palloc0(sizeof(PcaScanPlan));
	Node	   *not_grouped = list_nth(fdw_private, SLOT_NOT_GROUPED);
	ListCell   *lc;

	plan->request = pca_request_from_nodes(list_nth(fdw_private, SLOT_REQUEST));
	foreach(lc, (List *) list_nth(fdw_private, SLOT_WANTED))
		plan->wanted = bms_add_member(plan->wanted, lfirst_int(lc));
	foreach(lc, (List *) list_nth(fdw_private, SLOT_REASONS))
		plan->reasons = lappend(plan->reasons, lfirst(lc) ? strVal(lfirst(lc)) : NULL);
	plan->not_grouped = not_grouped ? strVal(not_grouped) : NULL;
	plan->join_values = intVal(list_nth(fdw_private, SLOT_JOIN_VALUES));
	return plan;
}

void
pca_planner_register(FdwRoutine *routine)
{
	routine->GetForeignRelSize = GetForeignRelSize;
	routine->GetForeignPaths = GetForeignPaths;
	routine->GetForeignUpperPaths = GetForeignUpperPaths;
	routine->GetForeignPlan = GetForeignPlan;
	routine->IsForeignPathAsyncCapable = IsForeignPathAsyncCapable;
}
