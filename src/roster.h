/*
 * roster.h
 *		Which customers there are, as their list is read, and which of them
 *		were left out.
 */
#ifndef PCA_ROSTER_H
#define PCA_ROSTER_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "option.h"
#include "page.h"

typedef struct PcaRoster PcaRoster;

/* Nobody yet, for that table.  Lives in the current memory context. */
extern PcaRoster *pca_roster_create(const PcaTable *table);

/*
 * The customer that an item of the list is: a GUID in lower case, which lives
 * as long as the roster; NULL when it was on the list before.  Errors: the item
 * is no JSON, or has no GUID as its id.
 */
extern const char *pca_roster_add(PcaRoster *roster, const PcaItem *item);

/* Warn of the customers (char *) whose rows are missing, if there are any. */
extern void pca_roster_warn(const PcaTable *table, List *skipped);

#endif							/* PCA_ROSTER_H */
