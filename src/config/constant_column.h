/*
 * constant_column.h
 *		Columns with the option "constant", whose value no response has.
 */
#ifndef PCA_CONSTANT_COLUMN_H
#define PCA_CONSTANT_COLUMN_H

#include "postgres.h"

#include "config/custom_resource.h"

/*
 * Convert the option's value to the declared type of the column.  The result depends
 * on no setting.  Errors: a type whose input depends on one, those of the type's
 * input function.  Current memory context.
 */
extern Datum pca_constant_column_value(const PcaColumnDeclaration *declared, const char *text);

#endif							/* PCA_CONSTANT_COLUMN_H */
