/*
 * probe_paging.h
 *		Measures what the API's parameters and envelope mean.
 *
 * All functions send queries and raise the errors of pca_probe_query_send().
 * sample: the resource's first rows.  Results are palloc'd.
 */
#ifndef PCA_PROBE_PAGING_H
#define PCA_PROBE_PAGING_H

#include "postgres.h"

#include "admin/probe_compare.h"

/* Measure option total_count. */
extern PcaProbeResult *pca_probe_paging_total(PcaProbe *probe, const PcaProbeResponse *sample);

/* Measure option snapshot_parameter. */
extern PcaProbeResult *pca_probe_paging_snapshot(PcaProbe *probe, const PcaProbeResponse *sample);

/*
 * Measure option pushdown_group: it is true if, as in SQL, rows with a null key
 * are a group, and the sum of only nulls is null.
 */
extern PcaProbeResult *pca_probe_paging_nulls(PcaProbe *probe, const PcaProbeResponse *sample);

/* Measure topic "ne": does a null satisfy it? */
extern PcaProbeResult *pca_probe_paging_ne(PcaProbe *probe, const PcaProbeResponse *sample);

/* Measure topic "next_link": its form while there are more rows. */
extern PcaProbeResult *pca_probe_paging_link(PcaProbe *probe, const PcaProbeResponse *sample);

/* Measure option path: which of the resource's two paths exists. */
extern PcaProbeResult *pca_probe_paging_path(PcaProbe *probe);

/* Measure option page_size: the rows of a page if top rows are requested. */
extern PcaProbeResult *pca_probe_paging_top(PcaProbe *probe, const PcaProbeResponse *sample,
											int64 top);

#endif							/* PCA_PROBE_PAGING_H */
