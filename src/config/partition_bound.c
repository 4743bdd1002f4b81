/*
 * partition_bound.c
 *		The bound of a foreign table that is a partition.
 *
 * PostgreSQL checks a partition's bound when a row is stored, and assumes it when
 * rows are read.  The rows of a foreign table are stored elsewhere, so a scan has to
 * check it.
 *
 * RelationGetPartitionQual() returns these conditions too, but keeps them in the
 * relation cache.  The condition of a default partition changes with its siblings,
 * and PostgreSQL then forgets that of the default partition itself, but not those
 * of the partitions below it.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "nodes/parsenodes.h"
#include "partitioning/partbounds.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "config/partition_bound.h"

/* Returns what FOR VALUES or DEFAULT says of the partition; NULL if it was just detached. */
static PartitionBoundSpec *
read_bound_spec(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	PartitionBoundSpec *spec = NULL;
	Datum		bound;
	bool		is_null;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	bound = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_relpartbound, &is_null);
	if (!is_null)
		spec = castNode(PartitionBoundSpec, stringToNode(TextDatumGetCString(bound)));
	ReleaseSysCache(tuple);
	return spec;
}

/*
 * Returns the conditions of the bound of one partition of that partitioned table, in
 * terms of the columns of another table below it.
 */
static List *
list_bound_quals(Oid partition, Relation parent, Relation table)
{
	PartitionBoundSpec *spec = read_bound_spec(partition);

	if (!spec)
		return NIL;
	return map_partition_varattnos(get_qual_from_partbound(parent, spec), 1, table, parent);
}

List *
pca_partition_bound_quals(Oid relid, List **ancestors)
{
	Relation	table = table_open(relid, NoLock);
	Oid			partition = relid;
	bool		is_partition = table->rd_rel->relispartition;
	List	   *quals = NIL;

	if (ancestors)
		*ancestors = NIL;
	while (is_partition)
	{
		/*
		 * a scan of an older snapshot still belongs to a parent that detaches
		 * it
		 */
		Oid			parentid = get_partition_parent(partition, true);
		Relation	parent = table_open(parentid, AccessShareLock);

		quals = list_concat(list_bound_quals(partition, parent, table), quals);
		if (ancestors)
			*ancestors = lappend_oid(*ancestors, parentid);
		is_partition = parent->rd_rel->relispartition;
		partition = parentid;
		table_close(parent, NoLock);
	}
	table_close(table, NoLock);
	return quals;
}
