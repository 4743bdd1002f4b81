/*
 * custom_resource.h
 *		An endpoint that the catalog does not have, as its table declares it.
 */
#ifndef PCA_CUSTOM_RESOURCE_H
#define PCA_CUSTOM_RESOURCE_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "config/resource.h"

/* A column of a foreign table, as messages and options have it. */
typedef struct PcaColumnDeclaration
{
	const char *table;
	const char *column;
	Oid			type;
	int32		typmod;
	List	   *options;		/* DefElem * */
} PcaColumnDeclaration;

/*
 * The catalog row that the options of a column make, on a table with "path"
 * and no "resource".  An error when its type does not go with them.  Current
 * memory context.
 */
extern PcaField pca_custom_resource_field(const PcaColumnDeclaration *declared, const char *path);

/*
 * The catalog row of such a table; fields is kept.  paged: top and skip are sent.
 * Current memory context.
 */
extern PcaResource *pca_custom_resource_make(const char *path, bool paged, const PcaField *fields,
											 int nfields);

/*
 * An error when the column has an option of such a table, but its own reads a
 * resource, or the column is the whole item.
 */
extern void pca_custom_resource_check_column(const PcaColumnDeclaration *declared, const char *resource);
extern void pca_custom_resource_check_whole_item(const PcaColumnDeclaration *declared);

#endif							/* PCA_CUSTOM_RESOURCE_H */
