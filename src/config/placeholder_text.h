/*
 * placeholder_text.h
 *		Recognizes texts that stand for the real value of an option.
 *
 * They are accepted when the option is set, so that examples and scripts can be run
 * as they are.  Where they lead to an error, its hint names the option.
 */
#ifndef PCA_PLACEHOLDER_TEXT_H
#define PCA_PLACEHOLDER_TEXT_H

#include "postgres.h"

/*
 * Returns true for a text such as "<your tenant>" or "xxxx", or the name of the option
 * itself.  The value may be a secret: its copy is zeroed.
 */
extern bool pca_placeholder_text_is(const char *value, const char *name);

#endif
