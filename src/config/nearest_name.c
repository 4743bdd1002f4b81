/*
 * nearest_name.c
 *		Finds the name that a misspelled one may stand for, and lists the valid ones.
 */
#include "postgres.h"

#include "utils/varlena.h"

#include "config/nearest_name.h"

/*
 * The largest Levenshtein distance between a misspelled name and the one that a hint
 * names, as in PostgreSQL's hints for options.
 */
#define MAX_NAME_DISTANCE 4

void
pca_nearest_name_init(PcaNearestName *search, const char *source)
{
	search->source = source;
	search->nearest = NULL;
	search->distance = MAX_NAME_DISTANCE + 1;
	initStringInfo(&search->names);
}

void
pca_nearest_name_add(PcaNearestName *search, const char *name)
{
	int			length = strlen(search->source);
	int			distance;

	appendStringInfo(&search->names, "%s%s", search->names.len ? ", " : "", name);
	if (length > NAMEDATALEN)
		return;
	distance = varstr_levenshtein_less_equal(search->source, length, name, strlen(name),
											 1, 1, 1, MAX_NAME_DISTANCE, true);
	if (distance < search->distance && distance < length)
	{
		search->distance = distance;
		search->nearest = name;
	}
}
