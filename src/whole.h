/*
 * whole.h
 *		Do the rows of an answer fit together, whatever pages they came on?
 */
#ifndef PCA_WHOLE_H
#define PCA_WHOLE_H

#include "postgres.h"

#include "crew.h"
#include "option.h"
#include "request.h"
#include "row.h"

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

typedef struct PcaWhole PcaWhole;

/*
 * For the answers to a plan's requests, whose items row reads from now on.  Lives
 * in the current memory context.
 */
extern PcaWhole *pca_whole_create(const PcaTable *table, const PcaRequestPlan *plan,
								  PcaRow *row);

/*
 * A crew reads the answer, which is not grouped: what each member sees of its
 * services is compared.
 */
extern void pca_whole_share(PcaWhole *whole, PcaServices *services, PcaCrew *crew);

/*
 * Look at the row that was read last: the request that it answers, and where
 * its page begins.  Raises an error when a group comes twice, or when a
 * service's rows were processed at another time on another page.
 */
extern void pca_whole_check(PcaWhole *whole, const PcaRow *row,
							const PcaRequest *request, int64 page);

#endif							/* PCA_WHOLE_H */
