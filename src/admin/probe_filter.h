/*
 * probe_filter.h
 *		Measures which filters the API accepts.
 */
#ifndef PCA_PROBE_FILTER_H
#define PCA_PROBE_FILTER_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "admin/probe_compare.h"
#include "admin/probe_query.h"

/*
 * The functions below send queries and raise the errors of pca_probe_query_send().
 * sample: rows with values to try.  They return lists of PcaProbeResult *, palloc'd.
 */

/*
 * Measure options date_literal and date_format with the resource's first date field
 * that has a value; NIL if it has no date field that can be filtered.
 */
extern List *pca_probe_filter_dates(PcaProbe *probe, const PcaProbeResponse *sample);

/*
 * Measure option filter_pushdown: one result if the API accepts a filter by each field,
 * else one for each field by which it does not.
 */
extern List *pca_probe_filter_fields(PcaProbe *probe, const PcaProbeResponse *sample);

/* Measure option max_filter_clauses. */
extern List *pca_probe_filter_clauses(PcaProbe *probe);

#endif							/* PCA_PROBE_FILTER_H */
