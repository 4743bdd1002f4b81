/*
 * guid_spelling.c
 *		The spellings of a GUID that a filter contains.
 *
 * The documents do not say if the API compares GUIDs without regard to case
 * (api-notes 3.5).  Unless option guid_spelling declares it, a filter has a GUID in upper and in
 * lower case: whichever the API has, one of two "eq" finds it, and one of two "ne"
 * excludes it.  row_reader.c raises an error for a GUID in any other spelling.
 */
#include "postgres.h"

#include "config/guid_spelling.h"
#include "guid.h"

List *
pca_guid_spelling_list(const char *guid, PcaGuidSpelling spelling)
{
	char	   *upper = pca_guid_to_upper(guid);
	char	   *lower = pca_guid_to_lower(guid);

	if (spelling == PCA_GUIDS_LOWER)
		return list_make1(lower);

	/* a GUID without letters has one spelling */
	if (spelling == PCA_GUIDS_UNKNOWN && strcmp(upper, lower) != 0)
		return list_make2(upper, lower);
	return list_make1(upper);
}
