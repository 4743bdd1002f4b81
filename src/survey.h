/*
 * survey.h
 *		What the API's parameters and envelope mean, found out by asking.
 */
#ifndef PCA_SURVEY_H
#define PCA_SURVEY_H

#include "postgres.h"

#include "trial.h"

/* Option total_count. */
extern PcaFinding *pca_survey_total(PcaQuestioner *questioner, const PcaAnswer *sample);

/* Option snapshot_parameter. */
extern PcaFinding *pca_survey_snapshot(PcaQuestioner *questioner, const PcaAnswer *sample);

/*
 * Option pushdown_group: whether null keys and sums of nothing but nulls come as
 * in SQL.
 */
extern PcaFinding *pca_survey_nulls(PcaQuestioner *questioner, const PcaAnswer *sample);

/* Topic "ne": whether it keeps nulls. */
extern PcaFinding *pca_survey_ne(PcaQuestioner *questioner, const PcaAnswer *sample);

/* Topic "next_link": what it says while there are more rows. */
extern PcaFinding *pca_survey_link(PcaQuestioner *questioner, const PcaAnswer *sample);

/* Option path: which of two path forms answer. */
extern PcaFinding *pca_survey_path(PcaQuestioner *questioner);

/* Option page_size: how many rows a page may have; top is what a scan asks for. */
extern PcaFinding *pca_survey_top(PcaQuestioner *questioner, const PcaAnswer *sample,
								  int64 top);

#endif							/* PCA_SURVEY_H */
