/*
 * customer_list.h
 *		Which customers there are, as their list is read, and which of them
 *		were left out.
 */
#ifndef PCA_CUSTOMER_LIST_H
#define PCA_CUSTOMER_LIST_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "config/option.h"
#include "json/page_parser.h"

typedef struct PcaCustomerList PcaCustomerList;

/* Nobody yet, for that table.  Lives in the current memory context. */
extern PcaCustomerList *pca_customer_list_create(const PcaTable *table);

/*
 * The customer that an item of the list is: a GUID in lower case, which lives
 * as long as the roster; NULL when it was on the list before.  Errors: the item
 * is no JSON, or has no GUID as its id.
 */
extern const char *pca_customer_list_add(PcaCustomerList *roster, const PcaItem *item);

/* Warn of the customers (char *) whose rows are missing, if there are any. */
extern void pca_customer_list_warn_skipped(const PcaTable *table, List *skipped);

#endif							/* PCA_CUSTOMER_LIST_H */
