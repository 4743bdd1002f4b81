/*
 * probe_compare.h
 *		Measures how the API compares strings, GUIDs and group keys.
 */
#ifndef PCA_PROBE_COMPARE_H
#define PCA_PROBE_COMPARE_H

#include "postgres.h"

#include "admin/probe_query.h"

/* A measurement. */
typedef struct PcaProbeResult
{
	const char *option;			/* that declares it, or a topic without one */
	const PcaField *field;		/* that was measured, or NULL: the resource */
	const char *measured;		/* a value of the option; NULL: not measurable */
	const char *evidence;		/* sentences */
} PcaProbeResult;

/* Returns a result of these members, palloc'd.  The texts are not copied. */
extern PcaProbeResult *pca_probe_compare_make_result(const char *option, const PcaField *field,
													 const char *measured, const char *evidence);

/* Returns a result without a measurement, since the API refused a query; palloc'd. */
extern PcaProbeResult *pca_probe_compare_refused_result(const char *option, const PcaField *field,
														const PcaProbeResponse *response);

/*
 * Returns the reason why no comparison can be measured, as a sentence; or NULL.
 * Comparisons can be measured if the API finds no rows by a text that no row
 * has, and so applies filters.
 *
 * All functions below send queries and raise the errors of
 * pca_probe_query_send().  Results are palloc'd.
 */
extern const char *pca_probe_compare_reason(PcaProbe *probe);

/* Measure option string_comparison of a text field.  sample: rows with values to try. */
extern PcaProbeResult *pca_probe_compare_strings(PcaProbe *probe, const PcaProbeResponse *sample,
												 const PcaField *field);

/* Measure option guid_spelling of a GUID field. */
extern PcaProbeResult *pca_probe_compare_guids(PcaProbe *probe, const PcaProbeResponse *sample,
											   const PcaField *field);

/*
 * Measure option group_comparison with the first field of which the sample has
 * two values that differ in case only.
 */
extern PcaProbeResult *pca_probe_compare_groups(PcaProbe *probe, const PcaProbeResponse *sample);

#endif							/* PCA_PROBE_COMPARE_H */
