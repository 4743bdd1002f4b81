/*
 * pca_unit_shared.c
 *		The files of the shared memory that need no other process, as SQL functions.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "shared/lease.h"
#include "shared/shared_layout.h"

PG_FUNCTION_INFO_V1(pca_unit_layout);
PG_FUNCTION_INFO_V1(pca_unit_lease);

/* A struct, or a member of it. */
typedef struct Part
{
	const char *name;
	size_t		begin;
	size_t		size;
} Part;

#define STRUCT(type_) {#type_, 0, sizeof(type_)}
#define MEMBER(type_, member_) \
	{"  " #member_, offsetof(type_, member_), sizeof(((type_ *) 0)->member_)}

static const Part parts[] = {
	STRUCT(PcaSharedAnchor),
	MEMBER(PcaSharedAnchor, magic),
	MEMBER(PcaSharedAnchor, tranche_id),
	MEMBER(PcaSharedAnchor, root_handle),
	MEMBER(PcaSharedAnchor, lock),
	MEMBER(PcaSharedAnchor, key),
	STRUCT(PcaLease),
	MEMBER(PcaLease, serial),
	MEMBER(PcaLease, beat_ms),
	MEMBER(PcaLease, proc_number),
	MEMBER(PcaLease, pid),
	STRUCT(PcaStatisticsRow),
	MEMBER(PcaStatisticsRow, state),
	MEMBER(PcaStatisticsRow, databaseid),
	MEMBER(PcaStatisticsRow, userid),
	MEMBER(PcaStatisticsRow, server),
	MEMBER(PcaStatisticsRow, resource),
	MEMBER(PcaStatisticsRow, since),
	MEMBER(PcaStatisticsRow, counts),
	STRUCT(PcaStatisticsTable),
	STRUCT(PcaSharedRoot),
	MEMBER(PcaSharedRoot, locks),
	MEMBER(PcaSharedRoot, statistics),
};

Datum
pca_unit_layout(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < (int) lengthof(parts); i++)
	{
		Datum		values[3];
		bool		nulls[3] = {false, false, false};

		values[0] = CStringGetTextDatum(parts[i].name);
		values[1] = Int32GetDatum((int32) parts[i].begin);
		values[2] = Int32GetDatum((int32) parts[i].size);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* What a step does with a lease, as a text; *now and *serial may change. */
static const char *
do_lease_step(PcaLease *lease, const char *step, int64 *now, uint64 *serial)
{
	if (strcmp(step, "take") == 0)
		return psprintf("serial " UINT64_FORMAT, *serial = pca_lease_take(lease, *now));
	if (strcmp(step, "beat") == 0)
		return pca_lease_beat(lease, *serial, *now) ? "held" : "lost";
	if (strcmp(step, "end") == 0)
	{
		pca_lease_end(lease, *serial);
		return "ended";
	}
	if (strcmp(step, "other takes") == 0)
	{
		/* the same process, but with another number */
		(void) pca_lease_take(lease, *now);
		return "taken";
	}
	if (strcmp(step, "other process") == 0)
	{
		lease->pid = -lease->pid;
		return "gone";
	}
	*now += atoi(step);
	return psprintf(INT64_FORMAT " ms", *now);
}

Datum
pca_unit_lease(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *steps = text_to_cstring(PG_GETARG_TEXT_PP(0));
	PcaLease	lease = {0};
	int64		now = 1;
	uint64		serial = 0;

	InitMaterializedSRF(fcinfo, 0);
	for (char *step = strtok(steps, ","); step; step = strtok(NULL, ","))
	{
		Datum		values[3];
		bool		nulls[3] = {false, false, false};

		values[0] = CStringGetTextDatum(step);
		values[1] = CStringGetTextDatum(do_lease_step(&lease, step, &now, &serial));
		values[2] = BoolGetDatum(pca_lease_is_live(&lease, now));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
