/*
 * probe_compare.h
 *		How the API compares: strings, GUIDs and group keys, found out by asking.
 */
#ifndef PCA_PROBE_COMPARE_H
#define PCA_PROBE_COMPARE_H

#include "postgres.h"

#include "admin/probe_query.h"

/* What was found out. */
typedef struct PcaProbeResult
{
	const char *option;			/* which could declare it, or a topic without
								 * one */
	const PcaField *field;		/* which it was found out for, or NULL */
	const char *measured;		/* a value of the option; NULL: not measurable */
	const char *evidence;		/* sentences */
} PcaProbeResult;

/* A finding, palloc'd. */
extern PcaProbeResult *pca_probe_compare_make_result(const char *option, const PcaField *field,
													 const char *measured, const char *evidence);

/*
 * Why no comparison can be tried at all, as a sentence; NULL when it can: the
 * API finds nothing for a text that nobody writes.
 */
extern const char *pca_probe_compare_reason(PcaProbe *questioner);

/* Option string_comparison of a text field. */
extern PcaProbeResult *pca_probe_compare_strings(PcaProbe *questioner, const PcaProbeResponse *sample,
												 const PcaField *field);

/* Option guid_spelling of a GUID's field. */
extern PcaProbeResult *pca_probe_compare_guids(PcaProbe *questioner, const PcaProbeResponse *sample,
											   const PcaField *field);

/* Option group_comparison, by the first field of which the sample has two spellings. */
extern PcaProbeResult *pca_probe_compare_groups(PcaProbe *questioner, const PcaProbeResponse *sample);

#endif							/* PCA_PROBE_COMPARE_H */
