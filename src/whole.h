/*
 * whole.h
 *		Do the rows of an answer fit together, whatever pages they came on?
 */
#ifndef PCA_WHOLE_H
#define PCA_WHOLE_H

#include "postgres.h"

#include "option.h"
#include "request.h"
#include "row.h"

typedef struct PcaWhole PcaWhole;

/*
 * For the answers to a plan's requests, whose items row reads from now on.  Lives
 * in the current memory context.
 */
extern PcaWhole *pca_whole_create(const PcaTable *table, const PcaRequestPlan *plan,
								  PcaRow *row);

/*
 * Look at the row that was read last: the request that it answers, and where
 * its page begins.  Raises an error when a group comes twice, or when a
 * service's rows were processed at another time on another page.
 */
extern void pca_whole_check(PcaWhole *whole, const PcaRow *row,
							const PcaRequest *request, int64 page);

#endif							/* PCA_WHOLE_H */
