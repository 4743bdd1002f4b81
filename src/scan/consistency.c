/*
 * consistency.c
 *		Do the rows of an answer fit together, whatever pages they came on?
 *
 * Between two pages the API may have got new data, or have ordered its rows
 * anew; then rows come twice or never, though their number is right.  Groups
 * show it by a key that comes twice, plain rows of the commercial resources by
 * a service that was processed meanwhile.
 *
 * What the pages' envelopes say is asked in paging.c.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "scan/consistency.h"
#include "scan/group_set.h"

struct PcaConsistency
{
	const PcaTable *table;
	MemoryContext context;
	List	   *groupby;		/* const PcaRowReaderField *; NIL: rows are
								 * not grouped */
	Bitmapset  *came;			/* those of them that some row has had */

	PcaGroupSet *groups;		/* those so far */

	const PcaRowReaderField *service;	/* its name; NULL: rows name none and
										 * its time */
	const PcaRowReaderField *processed; /* its time */
	PcaServices own;
	PcaServices *services;		/* our own, or the crew's */
	PcaParticipants *crew;		/* NULL: we read alone */
};

PcaConsistency *
pca_consistency_create(const PcaTable *table, const PcaRequestPlan *plan, PcaRowReader *row)
{
	PcaConsistency *whole = palloc0(sizeof(PcaConsistency));
	const PcaResource *resource = table->resource;
	const PcaField *service = pca_resource_field_by_role(resource, PCA_ROLE_SERVICE);
	const PcaField *processed = pca_resource_field_by_role(resource, PCA_ROLE_PROCESSED_TIME);
	ListCell   *lc;

	whole->table = table;
	whole->context = CurrentMemoryContext;
	whole->services = &whole->own;
	if (plan->grouped)
	{
		whole->groups = pca_group_set_create();
		foreach(lc, plan->groupby)
			whole->groupby = lappend(whole->groupby,
									 unconstify(PcaRowReaderField *, pca_row_reader_field(row, lfirst(lc))));
	}
	else if (!resource->history && !plan->count && service && processed)
	{
		whole->service = pca_row_reader_field(row, service->name);
		whole->processed = pca_row_reader_field(row, processed->name);
	}
	return whole;
}

/* ---- groups ---- */

/*
 * A hash of the row's keys as they were printed, and of the request.  False when a
 * key has never come: it may have another name than was asked for.
 */
static bool
hash_keys(PcaConsistency *whole, const PcaRowReader *row, const PcaRequest *request, uint64 *hash)
{
	bool		all_came = true;
	ListCell   *lc;

	*hash = pca_group_set_hash(pca_group_set_begin(whole->groups), (const char *) &request,
							   sizeof(request));
	foreach(lc, whole->groupby)
	{
		int			i = foreach_current_index(lc);
		size_t		length;
		const char *text = pca_row_reader_field_text(row, lfirst(lc), &length);

		*hash = pca_group_set_hash(*hash, text, length);
		if (text && !bms_is_member(i, whole->came))
		{
			MemoryContext caller = MemoryContextSwitchTo(whole->context);

			whole->came = bms_add_member(whole->came, i);
			MemoryContextSwitchTo(caller);
		}
		all_came &= bms_is_member(i, whole->came);
	}
	return all_came;
}

/* A group that there is no room for is compared with those before it only. */
static void
check_group(PcaConsistency *whole, const PcaRowReader *row, const PcaRequest *request)
{
	uint64		group;

	if (!hash_keys(whole, row, request, &group))
		return;
	if (pca_group_set_add(whole->groups, group) == PCA_GROUPSET_KNOWN)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("could not read foreign table \"%s\": the API gave a group twice",
						whole->table->name),
				 errdetail("Rows may have moved from one page to another, so that other groups are missing."),
				 errhint("Try again.  If it stays so, set the foreign table's option pushdown_group to \"false\".")));
}

/* ---- services ---- */

static uint64
hash_text(const char *text, size_t length)
{
	return hash_bytes_extended((const unsigned char *) text, (int) length, 0);
}

/* The service of that name, or NULL. */
static PcaService *
find_service(PcaServices *services, uint64 name)
{
	for (int i = 0; i < services->number; i++)
	{
		if (services->services[i].name == name)
			return &services->services[i];
	}
	return NULL;
}

/*
 * Note when a service of that page was processed; false when that was at
 * another time on another page.
 */
static bool
note_service(PcaServices *services, uint64 name, uint64 processed, int64 page)
{
	PcaService *service = find_service(services, name);

	if (!service)
	{
		if (services->number < PCA_MAX_SERVICES)
			services->services[services->number++] =
				(PcaService)
		{
			.name = name,.processed = processed,.page = page
		};
		return true;
	}
	if (service->mixed || service->processed == processed)
		return true;
	service->mixed = service->page == page;
	return service->mixed;
}

void
pca_consistency_share(PcaConsistency *whole, PcaServices *services, PcaParticipants *crew)
{
	whole->services = services;
	whole->crew = crew;
}

/* The same where a crew compares, which is asked only for what is new to us. */
static bool
note_service_of_crew(PcaConsistency *whole, uint64 name, uint64 processed, int64 page)
{
	const PcaService *known = find_service(&whole->own, name);
	bool		good;

	if (known && known->processed == processed)
		return true;
	pca_participants_lock(whole->crew);
	good = note_service(whole->services, name, processed, page);
	pca_participants_unlock(whole->crew);
	if (good)
		(void) note_service(&whole->own, name, processed, page);
	return good;
}

static void
check_service(PcaConsistency *whole, const PcaRowReader *row, int64 page)
{
	size_t		length;
	const char *text = pca_row_reader_field_text(row, whole->processed, &length);
	uint64		processed = text ? hash_text(text, length) : 0;
	uint64		name;

	if (!text || !(text = pca_row_reader_field_text(row, whole->service, &length)))
		return;
	name = hash_text(text, length);
	if (whole->crew ? note_service_of_crew(whole, name, processed, page) :
		note_service(whole->services, name, processed, page))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("could not read foreign table \"%s\": the data changed while it was read",
					whole->table->name),
			 errdetail("The processedDateTime of a service is not the same on all pages."),
			 errhint("Try again.")));
}

void
pca_consistency_check(PcaConsistency *whole, const PcaRowReader *row, const PcaRequest *request,
					  int64 page)
{
	if (whole->groupby != NIL)
		check_group(whole, row, request);
	else if (whole->service)
		check_service(whole, row, page);
}
