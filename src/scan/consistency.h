/*
 * consistency.h
 *		Detects that the data changed between two pages, by the rows on them.
 */
#ifndef PCA_CONSISTENCY_H
#define PCA_CONSISTENCY_H

#include "postgres.h"

#include "config/option.h"
#include "json/row_reader.h"
#include "request/request.h"
#include "scan/participants.h"

/*
 * Services whose time of processing is remembered.  About a dozen are documented;
 * the rows of further ones are not checked.
 */
#define PCA_MAX_SERVICES	64

/* The time at which the rows of one service were processed. */
typedef struct PcaService
{
	uint64		name_hash;
	uint64		processed_hash; /* of processedDateTime as text */
	int64		page_offset;	/* of the page that had that time */
	bool		is_mixed;		/* one page has several times: not checked */
} PcaService;

/* The services of one response.  May be in shared memory; initially all zero. */
typedef struct PcaServices
{
	int			nservices;
	PcaService	services[PCA_MAX_SERVICES];
} PcaServices;

typedef struct PcaConsistency PcaConsistency;

/*
 * Create the state for the responses to a plan's requests, whose items are read by
 * row from now on.  Lives in the current memory context; table and row must live
 * as long.
 */
extern PcaConsistency *pca_consistency_create(const PcaTable *table, const PcaRequestPlan *plan,
											  PcaRowReader *row);

/*
 * Compare services with those that the other participants have read from the same
 * response, whose rows are not grouped.  services and participants are in shared
 * memory.
 */
extern void pca_consistency_share(PcaConsistency *consistency, PcaServices *services,
								  PcaParticipants *participants);

/*
 * Check the row that row has read last.  request: the one that it belongs to.
 * page_offset: the number of the request's rows before the row's page.  Errors: a
 * group is returned a second time, or the rows of a service have another
 * processedDateTime than on another page.
 */
extern void pca_consistency_check(PcaConsistency *consistency, const PcaRowReader *row,
								  const PcaRequest *request, int64 page_offset);

#endif							/* PCA_CONSISTENCY_H */
