/*
 * customer_list.c
 *		Which customers are there, and which of them were left out?
 *
 * A scan of a customer's resource without a customer asks for each that the
 * API lists.  When they are asked for is fetch.c's question.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "utils/hsearch.h"

#include "guid.h"
#include "json/json.h"
#include "json/scanner.h"
#include "scan/customer_list.h"

/* How many customers a warning names: 100 kB of log at most. */
#define MAX_NAMED		2500

struct PcaCustomerList
{
	const PcaTable *table;
	PcaJson    *json;
	HTAB	   *listed;			/* char[PCA_GUID_LENGTH + 1] */
};

/*
 * What the hashes of this process begin with, random: a server that chooses its
 * customers' ids must not be able to put them all in one bucket.
 */
static uint64 hash_key = 0;

static uint32
hash_guid(const void *guid, Size size)
{
	return (uint32) hash_bytes_extended(guid, (int) size, hash_key);
}

static void
make_hash_key(void)
{
	if (hash_key == 0 && !pg_strong_random(&hash_key, sizeof(hash_key)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
}

PcaCustomerList *
pca_customer_list_create(const PcaTable *table)
{
	PcaCustomerList *roster = palloc0(sizeof(PcaCustomerList));
	HASHCTL		control = {.keysize = PCA_GUID_LENGTH + 1,.entrysize = PCA_GUID_LENGTH + 1,
	.hash = hash_guid,.hcxt = CurrentMemoryContext};

	make_hash_key();
	roster->table = table;
	roster->json = pca_json_create(CurrentMemoryContext);
	roster->listed = hash_create("pc_analytics_fdw customers", 512, &control,
								 HASH_ELEM | HASH_FUNCTION | HASH_CONTEXT);
	return roster;
}

const char *
pca_customer_list_add(PcaCustomerList *roster, const PcaItem *item)
{
	const char *fault = NULL;
	const PcaJsonValue *object = pca_json_parse(roster->json, item->data, item->length,
												PCA_SCANNER_MAX_DEPTH, &fault);
	const PcaField *field = pca_resource_field_by_role(pca_resource_customers(), PCA_ROLE_LISTED_CUSTOMER);
	const PcaJsonValue *id = object ? pca_json_member(object, field->name) : NULL;
	const char *text = id ? pca_json_text(roster->json, id) : NULL;
	char	   *guid;
	const char *listed;
	bool		found;

	if (!text || !pca_guid_is_valid(text))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("could not list the customers for foreign table \"%s\": a customer cannot be read: %s",
						roster->table->name, object ? "its id is no GUID" : fault)));
	guid = pca_guid_to_lower(text);
	listed = hash_search(roster->listed, guid, HASH_ENTER, &found);
	pfree(guid);
	return found ? NULL : listed;
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
		if (foreach_current_index(lc) == MAX_NAMED)
			break;
		appendStringInfo(&names, "%s%s", names.len ? ", " : "", (char *) lfirst(lc));
	}
	if (list_length(skipped) > MAX_NAMED)
		appendStringInfo(&names, " and %d more", list_length(skipped) - MAX_NAMED);
	ereport(WARNING,
			(errcode(ERRCODE_FDW_ERROR),
			 errmsg_plural("%d customer of foreign table \"%s\" was skipped",
						   "%d customers of foreign table \"%s\" were skipped",
						   list_length(skipped), list_length(skipped), table->name),
			 errdetail("The API refused to answer for %s.", names.data),
			 errhint("Option \"on_customer_error\" says that this is no error.")));
}
