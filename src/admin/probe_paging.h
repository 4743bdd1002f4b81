/*
 * probe_paging.h
 *		What the API's parameters and envelope mean, found out by asking.
 */
#ifndef PCA_PROBE_PAGING_H
#define PCA_PROBE_PAGING_H

#include "postgres.h"

#include "admin/probe_compare.h"

/* Option total_count. */
extern PcaProbeResult *pca_probe_paging_total(PcaProbe *questioner, const PcaProbeResponse *sample);

/* Option snapshot_parameter. */
extern PcaProbeResult *pca_probe_paging_snapshot(PcaProbe *questioner, const PcaProbeResponse *sample);

/*
 * Option pushdown_group: whether null keys and sums of nothing but nulls come as
 * in SQL.
 */
extern PcaProbeResult *pca_probe_paging_nulls(PcaProbe *questioner, const PcaProbeResponse *sample);

/* Topic "ne": whether it keeps nulls. */
extern PcaProbeResult *pca_probe_paging_ne(PcaProbe *questioner, const PcaProbeResponse *sample);

/* Topic "next_link": what it says while there are more rows. */
extern PcaProbeResult *pca_probe_paging_link(PcaProbe *questioner, const PcaProbeResponse *sample);

/* Option path: which of two path forms answer. */
extern PcaProbeResult *pca_probe_paging_path(PcaProbe *questioner);

/* Option page_size: how many rows a page may have; top is what a scan asks for. */
extern PcaProbeResult *pca_probe_paging_top(PcaProbe *questioner, const PcaProbeResponse *sample,
											int64 top);

#endif							/* PCA_PROBE_PAGING_H */
