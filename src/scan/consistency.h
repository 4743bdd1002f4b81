/*
 * consistency.h
 *		Do the rows of an answer fit together, whatever pages they came on?
 */
#ifndef PCA_CONSISTENCY_H
#define PCA_CONSISTENCY_H

#include "postgres.h"

#include "config/option.h"
#include "json/row_reader.h"
#include "request/request.h"
#include "scan/participants.h"

/* Services that are kept in mind; the documented ones are a dozen. */
#define PCA_MAX_SERVICES	64

/* When the rows of a service were processed. */
typedef struct PcaService
{
	uint64		name;			/* hash */
	uint64		processed;		/* hash of the time */
	int64		page;			/* where that was seen */
	bool		mixed;			/* one page has several: they say nothing */
} PcaService;

/* All zero, there is none. */
typedef struct PcaServices
{
	int			number;
	PcaService	services[PCA_MAX_SERVICES];
} PcaServices;

typedef struct PcaConsistency PcaConsistency;

/*
 * For the answers to a plan's requests, whose items row reads from now on.  Lives
 * in the current memory context.
 */
extern PcaConsistency *pca_consistency_create(const PcaTable *table, const PcaRequestPlan *plan,
											  PcaRowReader *row);

/*
 * A crew reads the answer, which is not grouped: what each member sees of its
 * services is compared.
 */
extern void pca_consistency_share(PcaConsistency *whole, PcaServices *services, PcaParticipants *crew);

/*
 * Look at the row that was read last: the request that it answers, and where
 * its page begins.  Raises an error when a group comes twice, or when a
 * service's rows were processed at another time on another page.
 */
extern void pca_consistency_check(PcaConsistency *whole, const PcaRowReader *row,
								  const PcaRequest *request, int64 page);

#endif							/* PCA_CONSISTENCY_H */
