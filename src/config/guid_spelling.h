/*
 * guid_spelling.h
 *		The spellings of a GUID that a filter contains.
 */
#ifndef PCA_GUID_SPELLING_H
#define PCA_GUID_SPELLING_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "config/option.h"

/*
 * Returns the spellings (char *) of a GUID that a filter has to compare with, so that
 * it finds the GUID in the spelling of the API: one, or two if the API's spelling is
 * not known.  Current memory context.
 */
extern List *pca_guid_spelling_list(const char *guid, PcaGuidSpelling spelling);

#endif							/* PCA_GUID_SPELLING_H */
