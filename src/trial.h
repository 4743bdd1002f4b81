/*
 * trial.h
 *		How the API compares: strings, GUIDs and group keys, found out by asking.
 */
#ifndef PCA_TRIAL_H
#define PCA_TRIAL_H

#include "postgres.h"

#include "question.h"

/* What was found out. */
typedef struct PcaFinding
{
	const char *option;			/* which could declare it, or a topic without one */
	const PcaField *field;		/* which it was found out for, or NULL */
	const char *measured;		/* a value of the option; NULL: not measurable */
	const char *evidence;		/* sentences */
} PcaFinding;

/* A finding, palloc'd. */
extern PcaFinding *pca_trial_found(const char *option, const PcaField *field,
								   const char *measured, const char *evidence);

/*
 * Why no comparison can be tried at all, as a sentence; NULL when it can: the
 * API finds nothing for a text that nobody writes.
 */
extern const char *pca_trial_fault(PcaQuestioner *questioner);

/* Option string_comparison of a text field. */
extern PcaFinding *pca_trial_strings(PcaQuestioner *questioner, const PcaAnswer *sample,
									 const PcaField *field);

/* Option guid_spelling of a GUID's field. */
extern PcaFinding *pca_trial_guids(PcaQuestioner *questioner, const PcaAnswer *sample,
								   const PcaField *field);

/* Option group_comparison, by the first field of which the sample has two spellings. */
extern PcaFinding *pca_trial_groups(PcaQuestioner *questioner, const PcaAnswer *sample);

#endif							/* PCA_TRIAL_H */
