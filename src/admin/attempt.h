/*
 * attempt.h
 *		Something that may fail, without failing everything.
 */
#ifndef PCA_ATTEMPT_H
#define PCA_ATTEMPT_H

#include "postgres.h"

/*
 * Call the body with that argument in a subtransaction; what it changes stays
 * only if it raises nothing.  Returns NULL, or its error in the current memory
 * context.  What interrupts the whole (cancelling, ending the session, no
 * memory) is raised anew.
 */
extern ErrorData *pca_attempt_run(void (*body) (void *argument), void *argument);

/*
 * An error as one text: message and detail, as sentences.  Current memory
 * context.
 */
extern char *pca_attempt_error_text(const ErrorData *error);

#endif							/* PCA_ATTEMPT_H */
