/*
 * statistics.c
 *		Counters by database, server, role and resource, in shared memory.
 *
 * A row is claimed by an atomic compare-and-exchange of its state, and never given
 * back, so that neither readers nor writers need a lock.  If no row is free, the last
 * row counts.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "shared/shared_memory.h"
#include "shared/statistics.h"

/* The states of a row. */
#define ROW_FREE		0		/* as shared_memory.c initializes it */
#define ROW_CLAIMED		1		/* a process writes its key */
#define ROW_VALID		2

/*
 * How often a process looks at a row whose key is being written, which takes some
 * ns.  A process that was stopped in the middle makes the others count in the last
 * row.
 */
#define PCA_STATISTICS_SPINS	1000

/* Write the names of a key; they are cut between characters. */
static void
set_key_names(PcaStatisticsRow *key, const char *server, const char *resource)
{
	memset(key->server, 0, sizeof(key->server));
	memset(key->resource, 0, sizeof(key->resource));
	memcpy(key->server, server, pg_mbcliplen(server, strlen(server), sizeof(key->server) - 1));
	memcpy(key->resource, resource,
		   pg_mbcliplen(resource, strlen(resource), sizeof(key->resource) - 1));
}

/* Returns the row at which the search for a key begins. */
static uint32
hash_key(const PcaStatisticsRow *key)
{
	uint32		hash = hash_combine(hash_uint32(key->databaseid), hash_uint32(key->userid));

	hash = hash_combine(hash, hash_bytes((const unsigned char *) key->server,
										 (int) strlen(key->server)));
	return hash_combine(hash, hash_bytes((const unsigned char *) key->resource,
										 (int) strlen(key->resource)));
}

/* Returns true if a valid row has that key. */
static bool
has_key(const PcaStatisticsRow *row, const PcaStatisticsRow *key)
{
	return row->databaseid == key->databaseid && row->userid == key->userid &&
		strcmp(row->server, key->server) == 0 && strcmp(row->resource, key->resource) == 0;
}

/* Claim a free row.  Returns false if another process was faster. */
static bool
claim_row(PcaStatisticsRow *row, const PcaStatisticsRow *key)
{
	uint32		expected = ROW_FREE;

	if (!pg_atomic_compare_exchange_u32(&row->state, &expected, ROW_CLAIMED))
		return false;
	row->databaseid = key->databaseid;
	row->userid = key->userid;
	memcpy(row->server, key->server, sizeof(row->server));
	memcpy(row->resource, key->resource, sizeof(row->resource));
	pg_atomic_write_u64(&row->since, (uint64) GetCurrentTimestamp());
	pg_write_barrier();
	pg_atomic_write_u32(&row->state, ROW_VALID);
	return true;
}

/* Wait, for a bounded time, until a claimed row is valid; returns its state. */
static uint32
read_settled_state(PcaStatisticsRow *row)
{
	uint32		state = pg_atomic_read_u32(&row->state);

	for (int i = 0; state == ROW_CLAIMED && i < PCA_STATISTICS_SPINS; i++)
		state = pg_atomic_read_u32(&row->state);
	pg_read_barrier();
	return state;
}

/* Find the row of a key, or claim one; the last row if that is not possible. */
static PcaStatisticsRow *
find_row(PcaStatisticsTable *table, const PcaStatisticsRow *key)
{
	uint32		first = hash_key(key);

	for (uint32 i = 0; i < PCA_STATISTICS_ROWS; i++)
	{
		PcaStatisticsRow *row = &table->rows[(first + i) % PCA_STATISTICS_ROWS];

		if (pg_atomic_read_u32(&row->state) == ROW_FREE && claim_row(row, key))
			return row;
		if (read_settled_state(row) != ROW_VALID)
			break;
		if (has_key(row, key))
			return row;
	}
	return &table->rows[PCA_STATISTICS_ROWS];
}

/* Returns true if there is anything to add. */
static bool
has_counts(const PcaStatisticsSums *sums)
{
	for (int i = 0; i < PCA_NCOUNTERS; i++)
	{
		if (sums->counts[i] != 0)
			return true;
	}
	return false;
}

void
pca_statistics_add(const char *server, Oid userid, const char *resource, PcaStatisticsSums *sums)
{
	PcaSharedRoot *root = pca_shared_memory_attached_root();
	PcaStatisticsRow key = {.databaseid = MyDatabaseId,.userid = userid};
	PcaStatisticsRow *row;

	if (root && has_counts(sums))
	{
		set_key_names(&key, server, resource);
		row = find_row(&root->statistics, &key);
		for (int i = 0; i < PCA_NCOUNTERS; i++)
		{
			if (sums->counts[i] != 0)
				pg_atomic_fetch_add_u64(&row->counts[i], sums->counts[i]);
		}
	}
	memset(sums, 0, sizeof(PcaStatisticsSums));
}

/*
 * Replace the bytes of a name that are no valid text in the current database: the
 * name may be of a database with another encoding.
 */
static void
clean_name(char *name)
{
	if (pg_verifymbstr(name, (int) strlen(name), true))
		return;
	for (char *p = name; *p; p++)
	{
		if (IS_HIGHBIT_SET(*p))
			*p = '?';
	}
}

/* Copy a row.  Returns false if it has counted nothing. */
static bool
copy_row(PcaStatisticsTable *table, int number, PcaStatisticsShown *shown)
{
	PcaStatisticsRow *row = &table->rows[number];
	bool		has_counted = false;

	memset(shown, 0, sizeof(PcaStatisticsShown));
	if (number < PCA_STATISTICS_ROWS)
	{
		if (read_settled_state(row) != ROW_VALID)
			return false;
		shown->databaseid = row->databaseid;
		shown->userid = row->userid;
		strlcpy(shown->server, row->server, sizeof(shown->server));
		strlcpy(shown->resource, row->resource, sizeof(shown->resource));
		clean_name(shown->server);
		clean_name(shown->resource);
	}
	shown->since = (TimestampTz) pg_atomic_read_u64(&row->since);
	for (int i = 0; i < PCA_NCOUNTERS; i++)
	{
		shown->counts[i] = (int64) pg_atomic_read_u64(&row->counts[i]);
		has_counted |= shown->counts[i] != 0;
	}
	return has_counted;
}

bool
pca_statistics_read(int *position, PcaStatisticsShown *shown)
{
	PcaSharedRoot *root = pca_shared_memory_root();

	while (root && *position <= PCA_STATISTICS_ROWS)
	{
		if (copy_row(&root->statistics, (*position)++, shown))
			return true;
	}
	return false;
}

void
pca_statistics_reset(void)
{
	PcaSharedRoot *root = pca_shared_memory_root();
	uint64		now = (uint64) GetCurrentTimestamp();

	for (int i = 0; root && i <= PCA_STATISTICS_ROWS; i++)
	{
		PcaStatisticsRow *row = &root->statistics.rows[i];

		for (int j = 0; j < PCA_NCOUNTERS; j++)
			pg_atomic_write_u64(&row->counts[j], 0);
		pg_atomic_write_u64(&row->since, now);
	}
}
