/*
 * consistency.c
 *		Detects that the data changed between two pages, by the rows on them.
 *
 * Between two pages, the API may receive new data or return its rows in another
 * order (api-notes 4.4).  Then some rows are returned twice and others never,
 * although their number is right.  In grouped rows, a group that is returned twice
 * shows this.  In rows of the commercial licence resources, a service with another
 * processedDateTime does (api-notes 5.1).  Other rows have nothing to compare.
 *
 * paging.c checks the envelopes of the pages.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "scan/consistency.h"
#include "scan/group_set.h"

struct PcaConsistency
{
	MemoryContext context;

	/* Where rows are grouped. */
	List	   *groupby;		/* const PcaRowReaderField *; NIL: they are
								 * not */
	Bitmapset  *received_keys;	/* indexes of those that a row has had */
	PcaGroupSet *groups;

	/* Where rows have a service and its time. */
	const PcaRowReaderField *service_field; /* NULL: they do not */
	const PcaRowReaderField *processed_field;
	PcaServices own_services;	/* those that this process has read */
	PcaServices *services;		/* own_services, or those of all participants */
	PcaParticipants *participants;	/* NULL: not shared */
};

PcaConsistency *
pca_consistency_create(const PcaTable *table, const PcaRequestPlan *plan, PcaRowReader *row)
{
	PcaConsistency *consistency = palloc0(sizeof(PcaConsistency));
	const PcaResource *resource = table->resource;
	const PcaField *service = pca_resource_field_by_role(resource, PCA_ROLE_SERVICE);
	const PcaField *processed = pca_resource_field_by_role(resource, PCA_ROLE_PROCESSED_TIME);
	ListCell   *lc;

	consistency->context = CurrentMemoryContext;
	consistency->services = &consistency->own_services;
	if (plan->grouped)
	{
		consistency->groups = pca_group_set_create();
		foreach(lc, plan->groupby)
		{
			const PcaRowReaderField *key = pca_row_reader_watch_field(row, lfirst(lc));

			consistency->groupby = lappend(consistency->groupby, unconstify(PcaRowReaderField *, key));
		}
	}
	else if (!resource->history && !plan->count && service && processed)
	{
		consistency->service_field = pca_row_reader_watch_field(row, service->name);
		consistency->processed_field = pca_row_reader_watch_field(row, processed->name);
	}
	return consistency;
}

/* ---- groups ---- */

/* Note that some row has had the key of that index. */
static void
add_received_key(PcaConsistency *consistency, int index)
{
	MemoryContext caller;

	if (bms_is_member(index, consistency->received_keys))
		return;
	caller = MemoryContextSwitchTo(consistency->context);
	consistency->received_keys = bms_add_member(consistency->received_keys, index);
	MemoryContextSwitchTo(caller);
}

/*
 * Hash the row's keys, in the text that was received, and the request.  Returns
 * false if no row so far has had one of the keys.  The API may return it by another
 * name than the requested one, and then different groups have the same hash.  So
 * have groups whose invalid text is replaced.
 */
static bool
hash_row_keys(PcaConsistency *consistency, const PcaRowReader *row, const PcaRequest *request,
			  uint64 *hash)
{
	bool		all_received = true;
	ListCell   *lc;

	/* two requests may return the same group, so its hash has the pointer */
	*hash = pca_group_set_hash(pca_group_set_begin(consistency->groups),
							   (const char *) &request, sizeof(request));
	foreach(lc, consistency->groupby)
	{
		int			i = foreach_current_index(lc);
		size_t		length;
		const char *text = pca_row_reader_field_text(row, lfirst(lc), &length);

		*hash = pca_group_set_hash(*hash, text, length);
		if (text)
			add_received_key(consistency, i);
		all_received &= bms_is_member(i, consistency->received_keys) &&
			!pca_row_reader_field_is_invalid(lfirst(lc));
	}
	return all_received;
}

/*
 * Raise an error if the row's group was returned before.  When the set is full,
 * new groups are compared with those in it, but not with each other.
 */
static void
check_group_is_new(PcaConsistency *consistency, const PcaRowReader *row, const PcaRequest *request)
{
	uint64		group;

	if (!hash_row_keys(consistency, row, request, &group))
		return;
	if (pca_group_set_add(consistency->groups, group) == PCA_GROUP_SET_KNOWN)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("the API returned a group twice"),
				 errdetail("Rows may have moved from one page to another, so that other groups are missing."),
				 errhint("Try again.  If the error remains, set the foreign table's option pushdown_group to \"false\".")));
}

/* ---- services ---- */

static uint64
hash_service_text(const char *text, size_t length)
{
	return hash_bytes_extended((const unsigned char *) text, (int) length, 0);
}

/* The service whose name has that hash, or NULL. */
static PcaService *
find_service(PcaServices *services, uint64 name_hash)
{
	for (int i = 0; i < services->nservices; i++)
	{
		if (services->services[i].name_hash == name_hash)
			return &services->services[i];
	}
	return NULL;
}

/*
 * Remember when the rows of a service on one page were processed.  Returns false
 * if that was at another time on another page.
 */
static bool
add_service_time(PcaServices *services, uint64 name_hash, uint64 processed_hash, int64 page_offset)
{
	PcaService *service = find_service(services, name_hash);

	if (!service && services->nservices == PCA_MAX_SERVICES)
		return true;
	if (!service)
	{
		service = &services->services[services->nservices++];
		service->name_hash = name_hash;
		service->processed_hash = processed_hash;
		service->page_offset = page_offset;
		service->is_mixed = false;
		return true;
	}
	if (service->is_mixed || service->processed_hash == processed_hash)
		return true;
	service->is_mixed = service->page_offset == page_offset;
	return service->is_mixed;
}

void
pca_consistency_share(PcaConsistency *consistency, PcaServices *services, PcaParticipants *participants)
{
	consistency->services = services;
	consistency->participants = participants;
}

/*
 * add_service_time() where the services are shared.  The lock is taken only for
 * what this process has not read yet, not for each row.
 */
static bool
add_shared_service_time(PcaConsistency *consistency, uint64 name_hash, uint64 processed_hash,
						int64 page_offset)
{
	const PcaService *known = find_service(&consistency->own_services, name_hash);
	bool		is_consistent;

	if (known && known->processed_hash == processed_hash)
		return true;
	pca_participants_lock(consistency->participants);
	is_consistent = add_service_time(consistency->services, name_hash, processed_hash, page_offset);
	pca_participants_unlock(consistency->participants);
	if (is_consistent)
		(void) add_service_time(&consistency->own_services, name_hash, processed_hash, page_offset);
	return is_consistent;
}

/* Raise an error if the row's service was processed at another time on another page. */
static void
check_service_time(PcaConsistency *consistency, const PcaRowReader *row, int64 page_offset)
{
	size_t		length;
	const char *text = pca_row_reader_field_text(row, consistency->processed_field, &length);
	uint64		processed_hash = text ? hash_service_text(text, length) : 0;
	uint64		name_hash;

	/* an empty string means NULL */
	if (length == 0 || !(text = pca_row_reader_field_text(row, consistency->service_field, &length)))
		return;
	name_hash = hash_service_text(text, length);
	if (consistency->participants ?
		add_shared_service_time(consistency, name_hash, processed_hash, page_offset) :
		add_service_time(consistency->services, name_hash, processed_hash, page_offset))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg("the API's data changed while it was read"),
			 errdetail("The processedDateTime of a service is not the same on all pages."),
			 errhint("Try again.")));
}

void
pca_consistency_check(PcaConsistency *consistency, const PcaRowReader *row, const PcaRequest *request,
					  int64 page_offset)
{
	if (consistency->groupby != NIL)
		check_group_is_new(consistency, row, request);
	else if (consistency->service_field)
		check_service_time(consistency, row, page_offset);
}
