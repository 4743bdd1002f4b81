/*
 * customer_list.h
 *		The customers that the API lists, and those that a scan skipped.
 */
#ifndef PCA_CUSTOMER_LIST_H
#define PCA_CUSTOMER_LIST_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "config/option.h"
#include "json/page_parser.h"

typedef struct PcaCustomerList PcaCustomerList;

/*
 * Create an empty list, for requests of that table.  Lives in the current memory
 * context; table must live as long.  Errors: no random bytes can be generated.
 */
extern PcaCustomerList *pca_customer_list_create(void);

/*
 * Add the customer that an item of the API's list is.  Returns its ID, a GUID in
 * lower case, which lives as long as the list; NULL if the list has it already.
 * Errors: the item is not valid JSON, or its id is not a GUID.
 */
extern const char *pca_customer_list_add(PcaCustomerList *list, const PcaItem *item);

/*
 * Append copies of the customers (char *) that are not in the list yet, and return
 * it.  All of it is in that memory context.
 */
extern List *pca_customer_list_merge_skipped(MemoryContext context, List *skipped, List *more);

/*
 * Emit a warning that names the customers (char *) whose rows are missing; none if
 * skipped is NIL.
 */
extern void pca_customer_list_warn_skipped(const PcaTable *table, List *skipped);

#endif							/* PCA_CUSTOMER_LIST_H */
