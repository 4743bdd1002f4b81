/*
 * custom_resource.h
 *		Makes a resource of an endpoint that the catalog does not have.
 */
#ifndef PCA_CUSTOM_RESOURCE_H
#define PCA_CUSTOM_RESOURCE_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "config/resource.h"

/* A column of a foreign table, with the names for messages. */
typedef struct PcaColumnDeclaration
{
	const char *table;
	const char *column;
	Oid			type;
	int32		typmod;
	List	   *options;		/* DefElem * */
} PcaColumnDeclaration;

/*
 * Returns the field that the options of a column declare, in a table with "path" and
 * without "resource".  Current memory context.  Errors: the column's type does not
 * allow an option.
 */
extern PcaField pca_custom_resource_field(const PcaColumnDeclaration *declared, const char *path);

/*
 * Returns the resource of such a table.  It refers to fields, which are not copied.
 * paged: top and skip are sent.  Current memory context.
 */
extern PcaResource *pca_custom_resource_make(const char *path, bool paged, const PcaField *fields,
											 int nfields);

/*
 * Raise an error if the column has an option for such tables, but its table reads a
 * resource, or the column is the whole item.
 */
extern void pca_custom_resource_check_column(const PcaColumnDeclaration *declared, const char *resource);
extern void pca_custom_resource_check_whole_item(const PcaColumnDeclaration *declared);

#endif							/* PCA_CUSTOM_RESOURCE_H */
