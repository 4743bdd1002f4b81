/*
 * statistics.h
 *		Counters by database, server, role and resource, in shared memory.
 *
 * The functions take no lock and raise no error.
 */
#ifndef PCA_STATISTICS_H
#define PCA_STATISTICS_H

#include "postgres.h"

#include "datatype/timestamp.h"

#include "shared/shared_layout.h"

/* Counters that a session has not added yet, in the order of PcaCounter. */
typedef struct PcaStatisticsSums
{
	int64		counts[PCA_NCOUNTERS];
} PcaStatisticsSums;

/* A row of counters, as it is read. */
typedef struct PcaStatisticsShown
{
	Oid			databaseid;		/* InvalidOid: of more than a row has space
								 * for */
	Oid			userid;
	char		server[NAMEDATALEN];
	char		resource[PCA_STATISTICS_RESOURCE_SIZE];
	TimestampTz since;
	int64		counts[PCA_NCOUNTERS];
} PcaStatisticsShown;

/*
 * Add sums of the current database to a row, and make them zero.  Names that are too
 * long are cut.  Nothing is added if the session works alone.  May be called while a
 * transaction aborts.
 */
extern void pca_statistics_add(const char *server, Oid userid, const char *resource,
							   PcaStatisticsSums *sums);

/*
 * Read the next row that has counted anything since the last reset.  *position is 0
 * at first.  Returns false after the last row.
 */
extern bool pca_statistics_read(int *position, PcaStatisticsShown *shown);

/*
 * Set all counters to zero.  What another session adds at the same time may be lost.
 */
extern void pca_statistics_reset(void);

#endif							/* PCA_STATISTICS_H */
