/*
 * endpoint.h
 *		An endpoint that the catalog does not have, as its table declares it.
 */
#ifndef PCA_ENDPOINT_H
#define PCA_ENDPOINT_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "resource.h"

/* A column of a foreign table, as messages and options have it. */
typedef struct PcaDeclared
{
	const char *table;
	const char *column;
	Oid			type;
	int32		typmod;
	List	   *options;		/* DefElem * */
} PcaDeclared;

/*
 * The catalog row that the options of a column make, on a table with "path"
 * and no "resource".  An error when its type does not go with them.  Current
 * memory context.
 */
extern PcaField pca_endpoint_field(const PcaDeclared *declared, const char *path);

/* The catalog row of such a table; fields is kept.  Current memory context. */
extern PcaResource *pca_endpoint_resource(const char *path, const PcaField *fields,
										  int nfields);

/*
 * An error when the column has an option of such a table, but its own reads a
 * resource, or the column is the whole item.
 */
extern void pca_endpoint_refuse(const PcaDeclared *declared, const char *resource);
extern void pca_endpoint_refuse_whole(const PcaDeclared *declared);

#endif							/* PCA_ENDPOINT_H */
