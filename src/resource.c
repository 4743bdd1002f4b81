/*
 * resource.c
 *		Which resources does the API have, and which fields do they carry?
 *
 * The catalog is data: one row a resource, one row a field.  What a clause may
 * do with a field is decided in filter.c from these rows; nothing here looks
 * at a query.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "resource.h"

/* Largest "top" of the commercial resources; also their default. */
#define COMMERCIAL_TOP	10000

/* Every column of the catalog that is not spelled out below is an item's key. */
#define GROUP_KEY(column_, name_, type_, cardinality_, comment_) \
	{.column = (column_), .name = (name_), .type = (type_), \
	 .operators = PCA_OPS_EQ_NE, .groupable = true, \
	 .cardinality = (cardinality_), .comment = (comment_)}
#define MEASURE(column_, name_, alias_, comment_) \
	{.column = (column_), .name = (name_), .alias = (alias_), \
	 .type = PCA_TYPE_BIGINT, .measure = true, .comment = (comment_)}
#define PLAIN(column_, name_, type_, comment_) \
	{.column = (column_), .name = (name_), .type = (type_), \
	 .comment = (comment_)}
#define PLAIN_ALIAS(column_, name_, alias_, type_, comment_) \
	{.column = (column_), .name = (name_), .alias = (alias_), \
	 .type = (type_), .comment = (comment_)}

static const PcaField license_deployment_fields[] = {
	GROUP_KEY("service_code", "serviceCode", PCA_TYPE_TEXT, 4,
			  "service code, such as o365 or crm"),
	GROUP_KEY("service_name", "serviceName", PCA_TYPE_TEXT, 4,
			  "display name of the service"),
	GROUP_KEY("channel", "channel", PCA_TYPE_TEXT, 2,
			  "sales channel, such as reseller"),
	GROUP_KEY("customer_tenant_id", "customerTenantId", PCA_TYPE_UUID, 0,
			  "the customer's tenant"),
	GROUP_KEY("customer_name", "customerName", PCA_TYPE_TEXT, 0,
			  "the customer's name"),
	GROUP_KEY("product_id", "productId", PCA_TYPE_TEXT, 0,
			  "product, usually a GUID"),
	GROUP_KEY("product_name", "productName", PCA_TYPE_TEXT, 0,
			  "the product's name"),
	MEASURE("licenses_deployed", "licensesDeployed", NULL,
			"licences deployed"),
	MEASURE("licenses_sold", "licensesSold", NULL,
			"licences sold"),
	PLAIN("processed_date_time", "processedDateTime", PCA_TYPE_TIMESTAMP,
		  "when the data was last processed (UTC); differs by service"),
};

static const PcaField license_usage_fields[] = {
	GROUP_KEY("service_code", "serviceCode", PCA_TYPE_TEXT, 4,
			  "service code, such as o365 or crm"),
	GROUP_KEY("service_name", "serviceName", PCA_TYPE_TEXT, 4,
			  "display name of the service"),
	GROUP_KEY("channel", "channel", PCA_TYPE_TEXT, 2,
			  "sales channel, such as reseller"),
	GROUP_KEY("customer_tenant_id", "customerTenantId", PCA_TYPE_UUID, 0,
			  "the customer's tenant"),
	GROUP_KEY("customer_name", "customerName", PCA_TYPE_TEXT, 0,
			  "the customer's name"),
	GROUP_KEY("product_id", "productId", PCA_TYPE_TEXT, 0,
			  "product, usually a GUID"),
	GROUP_KEY("product_name", "productName", PCA_TYPE_TEXT, 0,
			  "the product's name"),
	GROUP_KEY("workload_code", "workloadCode", PCA_TYPE_TEXT, 10,
			  "workload code, such as SPO, EXO or SFB"),
	GROUP_KEY("workload_name", "workloadName", PCA_TYPE_TEXT, 10,
			  "display name of the workload"),
	MEASURE("licenses_active", "licensesActive", "licenseActive",
			"licences in active use"),
	MEASURE("licenses_qualified", "licensesQualified", NULL,
			"licences that qualify for use"),
	PLAIN("processed_date_time", "processedDateTime", PCA_TYPE_TIMESTAMP,
		  "when the data was last processed (UTC); differs by service"),
};

static const PcaField partner_license_deployment_fields[] = {
	PLAIN("service_code", "serviceCode", PCA_TYPE_TEXT,
		  "service code; usually missing"),
	PLAIN("service_name", "serviceName", PCA_TYPE_TEXT,
		  "service; holds a code such as o365"),
	PLAIN("channel", "channel", PCA_TYPE_TEXT,
		  "sales channel, such as reseller"),
	PLAIN("licenses_sold", "licensesSold", PCA_TYPE_BIGINT,
		  "licences sold"),
	PLAIN("prorated_deployment_percent", "proratedDeploymentPercent",
		  PCA_TYPE_DOUBLE, "deployment, as the API gives it"),
	PLAIN("processed_date_time", "processedDateTime", PCA_TYPE_TIMESTAMPTZ,
		  "when the data was aggregated; differs by service"),
};

static const PcaField partner_license_usage_fields[] = {
	PLAIN("service_code", "serviceCode", PCA_TYPE_TEXT,
		  "service code; usually missing"),
	PLAIN("service_name", "serviceName", PCA_TYPE_TEXT,
		  "service; holds a code such as o365"),
	PLAIN("channel", "channel", PCA_TYPE_TEXT,
		  "sales channel, such as reseller"),
	PLAIN("workload_name", "workloadName", PCA_TYPE_TEXT,
		  "display name of the workload"),
	PLAIN("prorated_licenses_usage_percent", "proratedLicensesUsagePercent",
		  PCA_TYPE_DOUBLE, "usage, as the API gives it"),
	PLAIN("processed_date_time", "processedDateTime", PCA_TYPE_TIMESTAMPTZ,
		  "when the data was aggregated"),
};

#define CUSTOMER_ID \
	{.column = "customer_id", .name = "customerId", .type = PCA_TYPE_UUID, \
	 .not_null = true, .source = PCA_FROM_PATH, \
	 .comment = "the customer that was asked for"}

static const PcaField customer_license_deployment_fields[] = {
	CUSTOMER_ID,
	PLAIN("customer_name", "customerName", PCA_TYPE_TEXT,
		  "the customer's name"),
	PLAIN("product_name", "productName", PCA_TYPE_TEXT,
		  "the product's name"),
	PLAIN("service_code", "serviceCode", PCA_TYPE_TEXT,
		  "service code; usually missing"),
	PLAIN("service_name", "serviceName", PCA_TYPE_TEXT,
		  "service; holds a code such as o365"),
	PLAIN("channel", "channel", PCA_TYPE_TEXT,
		  "sales channel, such as reseller"),
	PLAIN("licenses_deployed", "licensesDeployed", PCA_TYPE_BIGINT,
		  "licences deployed"),
	PLAIN("licenses_sold", "licensesSold", PCA_TYPE_BIGINT,
		  "licences sold"),
	PLAIN("deployment_percent", "deploymentPercent", PCA_TYPE_DOUBLE,
		  "deployment, as the API gives it"),
	PLAIN("processed_date_time", "processedDateTime", PCA_TYPE_TIMESTAMPTZ,
		  "when the data was aggregated"),
};

static const PcaField customer_license_usage_fields[] = {
	CUSTOMER_ID,
	PLAIN("customer_name", "customerName", PCA_TYPE_TEXT,
		  "the customer's name"),
	PLAIN("product_name", "productName", PCA_TYPE_TEXT,
		  "the product's name"),
	PLAIN("service_code", "serviceCode", PCA_TYPE_TEXT,
		  "service code; usually missing"),
	PLAIN("service_name", "serviceName", PCA_TYPE_TEXT,
		  "service; holds a code such as o365"),
	PLAIN("channel", "channel", PCA_TYPE_TEXT,
		  "sales channel, such as reseller"),
	PLAIN("workload_code", "workloadCode", PCA_TYPE_TEXT,
		  "workload code; usually missing"),
	PLAIN("workload_name", "workloadName", PCA_TYPE_TEXT,
		  "display name of the workload"),
	PLAIN_ALIAS("licenses_active", "licensesActive", "licenseActive",
				PCA_TYPE_BIGINT, "licences in active use"),
	PLAIN("licenses_qualified", "licensesQualified", PCA_TYPE_BIGINT,
		  "licences that qualify for use"),
	PLAIN("usage_percent", "usagePercent", PCA_TYPE_DOUBLE,
		  "usage, as the API gives it"),
	PLAIN("processed_date_time", "processedDateTime", PCA_TYPE_TIMESTAMPTZ,
		  "when the data was aggregated"),
};

#define FIELDS(array_) .fields = (array_), .nfields = lengthof(array_)

static const PcaResource resources[] = {
	{.name = "license_deployment",
		.path = "/v1/analytics/commercial/deployment/license/",
		.other_path = "/partner/v1/analytics/commercial/deployment/license",
		.parameters = PCA_PARAMS_LICENSE, .largest_top = COMMERCIAL_TOP,
		.rows = 100000, FIELDS(license_deployment_fields),
	.comment = "licences sold and deployed, latest snapshot"},
	{.name = "license_usage",
		.path = "/v1/analytics/commercial/usage/license/",
		.other_path = "/partner/v1/analytics/commercial/usage/license",
		.parameters = PCA_PARAMS_LICENSE, .largest_top = COMMERCIAL_TOP,
		.rows = 100000, FIELDS(license_usage_fields),
	.comment = "licences in active use by workload, latest snapshot"},
	{.name = "partner_license_deployment",
		.path = "/v1/analytics/licenses/deployment",
		.parameters = PCA_PARAMS_NONE,
		.rows = 10, FIELDS(partner_license_deployment_fields),
	.comment = "licence deployment over all customers (superseded by license_deployment)"},
	{.name = "partner_license_usage",
		.path = "/v1/analytics/licenses/usage",
		.parameters = PCA_PARAMS_NONE,
		.rows = 20, FIELDS(partner_license_usage_fields),
	.comment = "licence usage over all customers (superseded by license_usage)"},
	{.name = "customer_license_deployment",
		.path = "/v1/customers/" PCA_CUSTOMER_ID "/analytics/licenses/deployment",
		.parameters = PCA_PARAMS_NONE,
		.rows = 10, FIELDS(customer_license_deployment_fields),
	.comment = "licence deployment of one customer (superseded by license_deployment)"},
	{.name = "customer_license_usage",
		.path = "/v1/customers/" PCA_CUSTOMER_ID "/analytics/licenses/usage",
		.parameters = PCA_PARAMS_NONE,
		.rows = 20, FIELDS(customer_license_usage_fields),
	.comment = "licence usage of one customer (superseded by license_usage)"},
};

const PcaResource *
pca_resource_at(int i)
{
	return i >= 0 && i < (int) lengthof(resources) ? &resources[i] : NULL;
}

const PcaResource *
pca_resource_find(const char *name)
{
	for (int i = 0; i < (int) lengthof(resources); i++)
		if (strcmp(resources[i].name, name) == 0)
			return &resources[i];
	return NULL;
}

const PcaField *
pca_resource_column(const PcaResource *resource, const char *column)
{
	for (int i = 0; i < resource->nfields; i++)
		if (strcmp(resource->fields[i].column, column) == 0)
			return &resource->fields[i];
	return NULL;
}

const PcaField *
pca_resource_field(const PcaResource *resource, const char *name)
{
	const PcaField *found = NULL;

	for (int i = 0; i < resource->nfields && !found; i++)
		if (strcmp(resource->fields[i].name, name) == 0)
			found = &resource->fields[i];
	for (int i = 0; i < resource->nfields && !found; i++)
		if (pg_strcasecmp(resource->fields[i].name, name) == 0)
			found = &resource->fields[i];
	for (int i = 0; i < resource->nfields && !found; i++)
		if (resource->fields[i].alias &&
			pg_strcasecmp(resource->fields[i].alias, name) == 0)
			found = &resource->fields[i];
	return found;
}

static const struct
{
	const char *name;
	Oid			oid;
}			types[] =
{
	[PCA_TYPE_TEXT] = {"text", TEXTOID},
	[PCA_TYPE_UUID] = {"uuid", UUIDOID},
	[PCA_TYPE_BIGINT] = {"bigint", INT8OID},
	[PCA_TYPE_NUMERIC] = {"numeric", NUMERICOID},
	[PCA_TYPE_DOUBLE] = {"double precision", FLOAT8OID},
	[PCA_TYPE_BOOLEAN] = {"boolean", BOOLOID},
	[PCA_TYPE_DATE] = {"date", DATEOID},
	[PCA_TYPE_TIMESTAMP] = {"timestamp", TIMESTAMPOID},
	[PCA_TYPE_TIMESTAMPTZ] = {"timestamptz", TIMESTAMPTZOID},
};

const char *
pca_resource_type_name(PcaType type)
{
	return types[type].name;
}

Oid
pca_resource_type_oid(PcaType type)
{
	return types[type].oid;
}
