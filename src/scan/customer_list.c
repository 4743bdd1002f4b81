/*
 * customer_list.c
 *		The customers that the API lists, and those that a scan skipped.
 *
 * A query of a resource by customer that has no condition on the customer sends a
 * request for each customer that the API lists (api-notes 2.13).  fetch.c decides
 * when these requests are sent.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "utils/hsearch.h"

#include "guid.h"
#include "json/json.h"
#include "json/scanner.h"
#include "scan/customer_list.h"

/* Customers that a warning names: it has 100 kB then. */
#define PCA_CUSTOMER_LIST_MAX_NAMED		2500

/* Customers that the hash table is created for; it grows with more. */
#define PCA_CUSTOMER_LIST_INITIAL_SIZE	512

struct PcaCustomerList
{
	PcaJson    *json;
	HTAB	   *customers;		/* char[PCA_GUID_LENGTH + 1] */
};

/*
 * The key of this process's hashes, random.  Otherwise, a server could choose
 * customer IDs that are all in one bucket of the hash table.
 */
static uint64 customer_hash_key = 0;

static uint32
hash_customer_id(const void *id, Size size)
{
	return (uint32) hash_bytes_extended(id, (int) size, customer_hash_key);
}

static void
init_customer_hash_key(void)
{
	if (customer_hash_key == 0 && !pg_strong_random(&customer_hash_key, sizeof(customer_hash_key)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
}

PcaCustomerList *
pca_customer_list_create(void)
{
	PcaCustomerList *list = palloc0(sizeof(PcaCustomerList));
	HASHCTL		control = {0};

	control.keysize = PCA_GUID_LENGTH + 1;
	control.entrysize = PCA_GUID_LENGTH + 1;
	control.hash = hash_customer_id;
	control.hcxt = CurrentMemoryContext;
	init_customer_hash_key();
	list->json = pca_json_create(CurrentMemoryContext);
	list->customers = hash_create("pc_analytics_fdw customers", PCA_CUSTOMER_LIST_INITIAL_SIZE, &control,
								  HASH_ELEM | HASH_FUNCTION | HASH_CONTEXT);
	return list;
}

const char *
pca_customer_list_add(PcaCustomerList *list, const PcaItem *item)
{
	const char *reason = NULL;
	const PcaJsonValue *object = pca_json_parse_lenient(list->json, item->data, item->length,
														PCA_SCANNER_MAX_DEPTH, &reason);
	const PcaField *field = pca_resource_field_by_role(pca_resource_customers(), PCA_ROLE_LISTED_CUSTOMER);
	const PcaJsonValue *repeated = NULL;
	const PcaJsonValue *member = object ? pca_json_only_member(object, field->name, &repeated) : NULL;
	const char *text = member ? pca_json_text(list->json, member) : NULL;
	char	   *id;
	const char *entry;
	bool		found;

	/* it becomes part of a URL's path, so no other text is accepted */
	if (repeated || !text || !pca_guid_is_valid(text))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("a customer in the API's response cannot be read: %s",
						repeated ? "it has two ids" : object ? "its id is not a GUID" : reason)));
	id = pca_guid_to_lower(text);
	entry = hash_search(list->customers, id, HASH_ENTER, &found);
	pfree(id);
	return found ? NULL : entry;
}

static bool
list_contains_text(List *texts, const char *text)
{
	ListCell   *lc;

	foreach(lc, texts)
	{
		if (strcmp(lfirst(lc), text) == 0)
			return true;
	}
	return false;
}

List *
pca_customer_list_merge_skipped(MemoryContext context, List *skipped, List *more)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	ListCell   *lc;

	foreach(lc, more)
	{
		if (!list_contains_text(skipped, lfirst(lc)))
			skipped = lappend(skipped, pstrdup(lfirst(lc)));
	}
	MemoryContextSwitchTo(caller);
	return skipped;
}

void
pca_customer_list_warn_skipped(const PcaTable *table, List *skipped)
{
	StringInfoData names;
	ListCell   *lc;

	if (skipped == NIL)
		return;
	initStringInfo(&names);
	foreach(lc, skipped)
	{
		if (foreach_current_index(lc) == PCA_CUSTOMER_LIST_MAX_NAMED)
			break;
		appendStringInfo(&names, "%s%s", names.len ? ", " : "", (char *) lfirst(lc));
	}
	if (list_length(skipped) > PCA_CUSTOMER_LIST_MAX_NAMED)
		appendStringInfo(&names, " and %d more", list_length(skipped) - PCA_CUSTOMER_LIST_MAX_NAMED);
	ereport(WARNING,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg_plural("%d customer of foreign table \"%s\" was skipped",
						   "%d customers of foreign table \"%s\" were skipped",
						   list_length(skipped), list_length(skipped), table->name),
			 errdetail("The API did not return the rows of %s.", names.data),
			 errhint("Option \"on_customer_error\" makes this a warning instead of an error.")));
}
