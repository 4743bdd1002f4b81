/*
 * resource.h
 *		The catalog of the API's resources and their fields.
 */
#ifndef PCA_RESOURCE_H
#define PCA_RESOURCE_H

#include "postgres.h"

/* The column types that the catalog uses; each stands for one PostgreSQL type. */
typedef enum PcaType
{
	PCA_TYPE_TEXT,
	PCA_TYPE_UUID,
	PCA_TYPE_BIGINT,
	PCA_TYPE_NUMERIC,
	PCA_TYPE_DOUBLE,
	PCA_TYPE_BOOLEAN,
	PCA_TYPE_DATE,
	PCA_TYPE_TIMESTAMP,			/* UTC, sent without a zone */
	PCA_TYPE_TIMESTAMPTZ		/* sent with a zone */
} PcaType;

/* The API's filter operators, as bits: a field carries a set of them. */
typedef enum PcaOperator
{
	PCA_OP_EQ = 1 << 0,
	PCA_OP_NE = 1 << 1,
	PCA_OP_GT = 1 << 2,
	PCA_OP_GE = 1 << 3,
	PCA_OP_LT = 1 << 4,
	PCA_OP_LE = 1 << 5,
	PCA_OP_CONTAINS = 1 << 6,
	PCA_OP_STARTS_WITH = 1 << 7 /* one condition a request, in JSON */
} PcaOperator;

#define PCA_OPS_NONE	0
#define PCA_OPS_EQ_NE	(PCA_OP_EQ | PCA_OP_NE)
#define PCA_OPS_RANGE	(PCA_OP_GT | PCA_OP_GE | PCA_OP_LT | PCA_OP_LE)
#define PCA_OPS_DATE	(PCA_OPS_EQ_NE | PCA_OPS_RANGE)
#define PCA_OPS_SEARCH	(PCA_OP_CONTAINS | PCA_OP_STARTS_WITH)

/* The query parameters that a resource takes, as bits. */
typedef enum PcaParameter
{
	PCA_PARAM_TOP = 1 << 0,
	PCA_PARAM_SKIP = 1 << 1,
	PCA_PARAM_FILTER = 1 << 2,
	PCA_PARAM_GROUPBY = 1 << 3,
	PCA_PARAM_PROCESSED_DATE_TIME = 1 << 4,
	PCA_PARAM_ORDERBY = 1 << 5,
	PCA_PARAM_AGGREGATION_LEVEL = 1 << 6,
	PCA_PARAM_SIZE = 1 << 7		/* rows of a page; the next one has a link */
} PcaParameter;

#define PCA_PARAMS_NONE		0
#define PCA_PARAMS_PAGING	(PCA_PARAM_TOP | PCA_PARAM_SKIP)
#define PCA_PARAMS_QUERY	(PCA_PARAMS_PAGING | PCA_PARAM_FILTER | PCA_PARAM_GROUPBY)
#define PCA_PARAMS_LICENSE	(PCA_PARAMS_QUERY | PCA_PARAM_PROCESSED_DATE_TIME)

/*
 * The finest unit of time in the literals of a date field, as the documents show
 * them (api-notes 3.6).
 */
typedef enum PcaDateUnit
{
	PCA_DATE_UNIT_DAY,
	PCA_DATE_UNIT_SECOND
} PcaDateUnit;

/* The source of a column's value. */
typedef enum PcaFieldSource
{
	PCA_FROM_ITEM,				/* a key of the item */
	PCA_FROM_PATH,				/* the value that was put into the path */
	PCA_FROM_SNAPSHOT			/* the day of the request */
} PcaFieldSource;

/* The role of a field that the code has to find in any resource. */
typedef enum PcaFieldRole
{
	PCA_ROLE_NONE,
	PCA_ROLE_SERVICE,			/* the service that the row is about */
	PCA_ROLE_PROCESSED_TIME,	/* when that service's data was processed */
	PCA_ROLE_LISTED_CUSTOMER	/* the GUID of a customer in the list of
								 * customers */
} PcaFieldRole;

/* One field of a resource: one row of the catalog. */
typedef struct PcaField
{
	const char *column;			/* SQL name */
	const char *name;			/* API field, matched first, and the one sent */
	const char *alias;			/* another spelling seen in responses, or NULL */
	const char *filter_name;	/* its name in filter, if that differs */
	PcaType		type;
	int			operators;		/* set of PcaOperator that may be sent */
	bool		case_sensitive; /* documented to be compared byte for byte */
	bool		day;			/* a date without time of day, never null */
	PcaDateUnit literal_unit;	/* finest unit of a date's literals */
	bool		orderable;		/* may stand in orderby */
	bool		groupable;		/* may stand in groupby */
	bool		measure;		/* summed by the API in a grouped response */
	bool		not_null;		/* IMPORT declares NOT NULL */
	int			cardinality;	/* guess of distinct values; 0 is "many" */
	const char *sentinel;		/* value that means "never" and reads as NULL */
	const char *absent;			/* value of a key that only grouped rows have */
	bool		counts_rows;	/* a measure that is 1 in each row, so that a
								 * grouped row has the number of its rows */
	PcaFieldSource source;
	PcaFieldRole role;
	const char *comment;		/* of the column, for readers of the table */
} PcaField;

/* One resource of the API: one table. */
typedef struct PcaResource
{
	const char *name;			/* the table's name, and option "resource" */
	const char *path;			/* below base_url; may contain PCA_CUSTOMER_ID */
	const char *other_path;		/* tried once on 404, or NULL */
	int			parameters;		/* set of PcaParameter */
	int			largest_top;	/* of top or size; 0 where there is neither */
	bool		bare_object;	/* a response may be one bare object */
	bool		history;		/* all days: one request each */
	bool		superseded;		/* another resource has the same rows, and
								 * more */
	bool		lists_customers;	/* its rows are the partner's customers */
	double		rows;			/* estimate of its size if nothing else is
								 * known */
	const PcaField *fields;
	int			nfields;
	const char *comment;
} PcaResource;

/* The placeholder in a path that is replaced by the customer's GUID. */
#define PCA_CUSTOMER_ID "{customer-id}"

/*
 * Returns the resource at position i (0, 1, ...) of the catalog, or NULL after the
 * last one.  Static data.
 */
extern const PcaResource *pca_resource_at(int i);

/* Returns the resource with exactly that name, or NULL.  Static data. */
extern const PcaResource *pca_resource_find(const char *name);

/* Returns the field with exactly that column name, or NULL.  Static data. */
extern const PcaField *pca_resource_column(const PcaResource *resource,
										   const char *column);

/*
 * Returns the field with that API name, or NULL: a field with exactly that name, else
 * in another case, else one with that alias.  Static data.
 */
extern const PcaField *pca_resource_field(const PcaResource *resource,
										  const char *name);

/*
 * Returns the first field of the resource that has that role, or NULL.  It lives as
 * long as the resource.
 */
extern const PcaField *pca_resource_field_by_role(const PcaResource *resource,
												  PcaFieldRole role);

/*
 * Returns the role of a field with that API name, in any case, in a resource that is
 * not in the catalog.
 */
extern PcaFieldRole pca_resource_role_of_name(const char *name);

/*
 * Returns the field whose value is put into the resource's path, or NULL.  It lives as
 * long as the resource.
 */
extern const PcaField *pca_resource_path_field(const PcaResource *resource);

/*
 * Returns true if a field of that API name, in a resource that is not in the
 * catalog, is the value that is put into the path.
 */
extern bool pca_resource_is_path_name(const char *name);

/* Returns true if the path takes a customer's GUID. */
extern bool pca_resource_path_has_customer(const char *path);

/* Returns the resource that lists the partner's customers.  Static data. */
extern const PcaResource *pca_resource_customers(void);

/* Returns the field's name in filter.  It lives as long as the field. */
extern const char *pca_resource_filter_name(const PcaField *field);

/*
 * Returns an operator's name in filter, such as "eq", or its spelling in SQL, such as
 * "=", for messages.  Static text.
 */
extern const char *pca_resource_operator_name(PcaOperator op);
extern const char *pca_resource_operator_symbol(PcaOperator op);

/* Returns the SQL name of a catalog type for IMPORT FOREIGN SCHEMA.  Static text. */
extern const char *pca_resource_type_name(PcaType type);

/* Returns the pg_type OID of a catalog type. */
extern Oid	pca_resource_type_oid(PcaType type);

/*
 * Returns true if a column of that declared type loses nothing of the catalog's
 * type, so that clauses on it mean the same to the API.
 */
extern bool pca_resource_is_lossless(PcaType type, Oid declared, int32 typmod);

#endif							/* PCA_RESOURCE_H */
