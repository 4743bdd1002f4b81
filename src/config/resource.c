/*
 * resource.c
 *		The catalog of the API's resources and their fields.
 *
 * The catalog is data: one row a resource, one row a field.  What a clause may
 * do with a field is decided in filter.c from these rows; nothing here looks
 * at a query.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "config/resource.h"

/* Largest "top", which is also the default; two resources take less than that. */
#define FULL_TOP		10000
#define SEARCH_TOP		9999

/* Largest "size" of a page of customers (api-notes 2.13). */
#define CUSTOMERS_SIZE	500

/* "Never", as the reseller resource writes it (api-notes 4.8). */
#define NEVER			"0001-01-01T00:00:00"

/* Columns whose value is a key of the item; others are written out below. */
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

/* Names that several rows have, or that custom resources use as well. */
#define SERVICE_NAME	"serviceCode"
#define PROCESSED_NAME	"processedDateTime"
#define PATH_NAME		"customerId"

#define SERVICE_CODE(comment_) \
	{.column = "service_code", .name = SERVICE_NAME, .type = PCA_TYPE_TEXT, \
	 .role = PCA_ROLE_SERVICE, .comment = (comment_)}
#define PROCESSED_TIME(type_, comment_) \
	{.column = "processed_date_time", .name = PROCESSED_NAME, .type = (type_), \
	 .role = PCA_ROLE_PROCESSED_TIME, .comment = (comment_)}

/* The group keys of the license resources. */
#define LICENSE_KEYS \
	{.column = "service_code", .name = SERVICE_NAME, .type = PCA_TYPE_TEXT, \
	 .operators = PCA_OPS_EQ_NE, .groupable = true, .cardinality = 4, \
	 .role = PCA_ROLE_SERVICE, \
	 .comment = "service code, such as o365 or crm"}, \
	GROUP_KEY("service_name", "serviceName", PCA_TYPE_TEXT, 4, \
			  "display name of the service"), \
	GROUP_KEY("channel", "channel", PCA_TYPE_TEXT, 2, \
			  "sales channel, such as reseller"), \
	GROUP_KEY("customer_tenant_id", "customerTenantId", PCA_TYPE_UUID, 0, \
			  "the customer's tenant"), \
	GROUP_KEY("customer_name", "customerName", PCA_TYPE_TEXT, 0, \
			  "the customer's name"), \
	GROUP_KEY("product_id", "productId", PCA_TYPE_TEXT, 0, \
			  "product, usually a GUID"), \
	GROUP_KEY("product_name", "productName", PCA_TYPE_TEXT, 0, \
			  "the product's name")

#define LICENSE_DEPLOYMENT_FIELDS \
	LICENSE_KEYS, \
	MEASURE("licenses_deployed", "licensesDeployed", NULL, \
			"licences deployed"), \
	MEASURE("licenses_sold", "licensesSold", NULL, \
			"licences sold"), \
	PROCESSED_TIME(PCA_TYPE_TIMESTAMP, \
		  "when the data was last processed (UTC); differs by service")

static const PcaField license_deployment_fields[] = {
	LICENSE_DEPLOYMENT_FIELDS
};

#define LICENSE_USAGE_FIELDS \
	LICENSE_KEYS, \
	GROUP_KEY("workload_code", "workloadCode", PCA_TYPE_TEXT, 10, \
			  "workload code, such as SPO, EXO or SFB"), \
	GROUP_KEY("workload_name", "workloadName", PCA_TYPE_TEXT, 10, \
			  "display name of the workload"), \
	MEASURE("licenses_active", "licensesActive", "licenseActive", \
			"licences in active use"), \
	MEASURE("licenses_qualified", "licensesQualified", NULL, \
			"licences that qualify for use"), \
	PROCESSED_TIME(PCA_TYPE_TIMESTAMP, \
		  "when the data was last processed (UTC); differs by service")

static const PcaField license_usage_fields[] = {
	LICENSE_USAGE_FIELDS
};

/* The two histories: the day of the request is another column. */
#define SNAPSHOT_DATE \
	{.column = "snapshot_date", .name = "snapshotDate", .type = PCA_TYPE_DATE, \
	 .not_null = true, .source = PCA_FROM_SNAPSHOT, \
	 .comment = "the requested day"}

static const PcaField license_deployment_history_fields[] = {
	LICENSE_DEPLOYMENT_FIELDS,
	SNAPSHOT_DATE
};

static const PcaField license_usage_history_fields[] = {
	LICENSE_USAGE_FIELDS,
	SNAPSHOT_DATE
};

static const PcaField partner_license_deployment_fields[] = {
	SERVICE_CODE("service code; usually missing"),
	PLAIN("service_name", "serviceName", PCA_TYPE_TEXT,
		  "service; holds a code such as o365"),
	PLAIN("channel", "channel", PCA_TYPE_TEXT,
		  "sales channel, such as reseller"),
	PLAIN("licenses_sold", "licensesSold", PCA_TYPE_BIGINT,
		  "licences sold"),
	PLAIN("prorated_deployment_percent", "proratedDeploymentPercent",
		  PCA_TYPE_DOUBLE, "deployment, as the API gives it"),
	PROCESSED_TIME(PCA_TYPE_TIMESTAMPTZ,
				   "when the data was aggregated; differs by service"),
};

static const PcaField partner_license_usage_fields[] = {
	SERVICE_CODE("service code; usually missing"),
	PLAIN("service_name", "serviceName", PCA_TYPE_TEXT,
		  "service; holds a code such as o365"),
	PLAIN("channel", "channel", PCA_TYPE_TEXT,
		  "sales channel, such as reseller"),
	PLAIN("workload_name", "workloadName", PCA_TYPE_TEXT,
		  "display name of the workload"),
	PLAIN("prorated_licenses_usage_percent", "proratedLicensesUsagePercent",
		  PCA_TYPE_DOUBLE, "usage, as the API gives it"),
	PROCESSED_TIME(PCA_TYPE_TIMESTAMPTZ,
				   "when the data was aggregated"),
};

#define CUSTOMER_ID \
	{.column = "customer_id", .name = PATH_NAME, .type = PCA_TYPE_UUID, \
	 .not_null = true, .source = PCA_FROM_PATH, \
	 .comment = "the requested customer"}

static const PcaField customer_license_deployment_fields[] = {
	CUSTOMER_ID,
	PLAIN("customer_name", "customerName", PCA_TYPE_TEXT,
		  "the customer's name"),
	PLAIN("product_name", "productName", PCA_TYPE_TEXT,
		  "the product's name"),
	SERVICE_CODE("service code; usually missing"),
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
	PROCESSED_TIME(PCA_TYPE_TIMESTAMPTZ,
				   "when the data was aggregated"),
};

static const PcaField customer_license_usage_fields[] = {
	CUSTOMER_ID,
	PLAIN("customer_name", "customerName", PCA_TYPE_TEXT,
		  "the customer's name"),
	PLAIN("product_name", "productName", PCA_TYPE_TEXT,
		  "the product's name"),
	SERVICE_CODE("service code; usually missing"),
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
	PROCESSED_TIME(PCA_TYPE_TIMESTAMPTZ,
				   "when the data was aggregated"),
};

/*
 * Azure usage.  The four fields that the newer page no longer lists for filter
 * are not sent (api-notes 2.8).
 */
#define AZURE_KEY(column_, name_, alias_, type_, cardinality_, comment_) \
	{.column = (column_), .name = (name_), .alias = (alias_), .type = (type_), \
	 .operators = PCA_OPS_EQ_NE, .groupable = true, .orderable = true, \
	 .cardinality = (cardinality_), .comment = (comment_)}

static const PcaField azure_usage_fields[] = {
	AZURE_KEY("customer_tenant_id", "customerTenantId", NULL, PCA_TYPE_UUID, 0,
			  "the customer's tenant"),
	AZURE_KEY("customer_name", "customerName", NULL, PCA_TYPE_TEXT, 0,
			  "the customer's name"),
	AZURE_KEY("subscription_id", "subscriptionId", NULL, PCA_TYPE_UUID, 0,
			  "the subscription"),
	AZURE_KEY("subscription_name", "subscriptionName", NULL, PCA_TYPE_TEXT, 0,
			  "the subscription's name"),
	{.column = "usage_date",.name = "usageDate",.type = PCA_TYPE_TIMESTAMP,
		.operators = PCA_OPS_DATE,.groupable = true,.orderable = true,
		.day = true,.not_null = true,
	.comment = "day of the usage (UTC)"},
	AZURE_KEY("resource_location", "resourceLocation", NULL, PCA_TYPE_TEXT, 20,
			  "Azure region, such as useast"),
	AZURE_KEY("meter_category", "meterCategory", NULL, PCA_TYPE_TEXT, 50,
			  "category of the meter"),
	AZURE_KEY("meter_subcategory", "meterSubcategory", NULL, PCA_TYPE_TEXT, 100,
			  "subcategory of the meter; may be the text None"),
	AZURE_KEY("meter_unit", "meterUnit", NULL, PCA_TYPE_TEXT, 30,
			  "unit of the meter, such as 10,000s"),
	PLAIN("reservation_order_id", "reservationOrderId", PCA_TYPE_TEXT,
		  "reservation order"),
	PLAIN("reservation_id", "reservationId", PCA_TYPE_TEXT,
		  "reservation"),
	PLAIN("consumption_meter_id", "consumptionMeterId", PCA_TYPE_TEXT,
		  "meter"),
	PLAIN("service_type", "serviceType", PCA_TYPE_TEXT,
		  "service type; empty when there is none"),
	{.column = "quantity",.name = "quantity",.type = PCA_TYPE_NUMERIC,
		.measure = true,
	.comment = "quantity used, in the meter's unit"},
};

/* Subscriptions: each field has the operators of its page (api-notes 2.9). */
#define SUBSCRIPTION_KEY(column_, name_, type_, operators_, cardinality_, comment_) \
	{.column = (column_), .name = (name_), .type = (type_), \
	 .operators = (operators_), .groupable = true, \
	 .cardinality = (cardinality_), .comment = (comment_)}
#define SUBSCRIPTION_DATE(column_, name_, comment_) \
	{.column = (column_), .name = (name_), .type = PCA_TYPE_TIMESTAMP, \
	 .operators = PCA_OPS_DATE, .literal_unit = PCA_DATE_UNIT_SECOND, \
	 .comment = (comment_)}

static const PcaField subscriptions_fields[] = {
	SUBSCRIPTION_KEY("customer_tenant_id", "customerTenantId", PCA_TYPE_UUID,
					 PCA_OPS_EQ_NE, 0, "the customer's tenant"),
	SUBSCRIPTION_KEY("customer_name", "customerName", PCA_TYPE_TEXT,
					 PCA_OP_CONTAINS, 0, "the customer's name"),
	SUBSCRIPTION_KEY("customer_market", "customerMarket", PCA_TYPE_TEXT,
					 PCA_OPS_EQ_NE, 30, "country of the customer, such as US"),
	SUBSCRIPTION_KEY("id", "id", PCA_TYPE_UUID,
					 PCA_OPS_EQ_NE, 0, "the subscription"),
	SUBSCRIPTION_KEY("status", "status", PCA_TYPE_TEXT,
					 PCA_OPS_EQ_NE, 3, "ACTIVE, SUSPENDED or DEPROVISIONED"),
	SUBSCRIPTION_KEY("product_name", "productName", PCA_TYPE_TEXT,
					 PCA_OPS_EQ_NE | PCA_OP_CONTAINS, 0, "the product's name; may be UNKNOWN"),
	{.column = "subscription_type",.name = "subscriptionType",.type = PCA_TYPE_TEXT,
		.operators = PCA_OPS_EQ_NE,.case_sensitive = true,.groupable = true,
		.cardinality = 7,
	.comment = "Office, Azure, Microsoft365, Dynamics, EMS, ..."},
	SUBSCRIPTION_KEY("auto_renew_enabled", "autoRenewEnabled", PCA_TYPE_BOOLEAN,
					 PCA_OPS_EQ_NE, 2, "whether it renews by itself"),
	SUBSCRIPTION_KEY("partner_id", "partnerId", PCA_TYPE_TEXT,
					 PCA_OPS_EQ_NE, 0, "partner's MPN id or tenant"),
	SUBSCRIPTION_KEY("friendly_name", "friendlyName", PCA_TYPE_TEXT,
					 PCA_OP_CONTAINS, 0, "name that was given to the subscription"),
	SUBSCRIPTION_KEY("partner_name", "partnerName", PCA_TYPE_TEXT,
					 PCA_OPS_NONE, 0, "the partner's name"),
	SUBSCRIPTION_KEY("provider_name", "providerName", PCA_TYPE_TEXT,
					 PCA_OPS_NONE, 0, "the provider's name"),
	SUBSCRIPTION_DATE("creation_date", "creationDate", "when it was created (UTC)"),
	SUBSCRIPTION_DATE("effective_start_date", "effectiveStartDate", "when it took effect (UTC)"),
	SUBSCRIPTION_DATE("commitment_end_date", "commitmentEndDate", "when its commitment ends (UTC)"),
	SUBSCRIPTION_DATE("current_state_end_date", "currentStateEndDate", "when its state ends (UTC)"),
	SUBSCRIPTION_DATE("trial_to_paid_conversion_date", "trialToPaidConversionDate",
					  "when a trial became paid (UTC)"),
	SUBSCRIPTION_DATE("trial_start_date", "trialStartDate", "when a trial started (UTC)"),
	PLAIN("trial_end_date", "trialEndDate", PCA_TYPE_TIMESTAMP, "when a trial ends (UTC)"),
	SUBSCRIPTION_DATE("last_usage_date", "lastUsageDate", "when it was last used (UTC)"),
	SUBSCRIPTION_DATE("deprovisioned_date", "deprovisionedDate", "when it was deprovisioned (UTC)"),
	SUBSCRIPTION_DATE("last_renewal_date", "lastRenewalDate", "when it was last renewed (UTC)"),
	MEASURE("license_count", "licenseCount", NULL, "licences"),
	{.column = "subscription_count",.name = "subscriptionCount",
		.type = PCA_TYPE_BIGINT,.measure = true,.not_null = true,.absent = "1",.counts_rows = true,
	.comment = "subscriptions: 1 a row, so that its sum counts them"},
	PLAIN("churn_risk", "churnRisk", PCA_TYPE_TEXT, "risk of losing it, such as High"),
	PLAIN("billing_cycle_name", "billingCycleName", PCA_TYPE_TEXT, "billing cycle, such as MONTHLY"),
};

/* Searches and referrals: only "eq" is shown, in one example (api-notes 2.10). */
#define SEARCH_KEY(column_, name_, type_, comment_) \
	{.column = (column_), .name = (name_), .type = (type_), \
	 .operators = PCA_OP_EQ, .comment = (comment_)}

static const PcaField searches_fields[] = {
	SEARCH_KEY("company_name", "companyName", PCA_TYPE_TEXT, "company that was found"),
	SEARCH_KEY("contact_button_clicked", "contactButtonClicked", PCA_TYPE_BOOLEAN,
			   "whether the contact button was clicked"),
	SEARCH_KEY("keyword_country", "keywordCountry", PCA_TYPE_TEXT, "country that was searched for"),
	SEARCH_KEY("details_viewed", "detailsViewed", PCA_TYPE_BOOLEAN, "whether details were viewed"),
	SEARCH_KEY("keyword_industry_focus", "keywordIndustryFocus", PCA_TYPE_TEXT,
			   "industry that was searched for"),
	PLAIN("mpn_id", "mpnId", PCA_TYPE_TEXT, "partner's MPN id"),
	SEARCH_KEY("partner_market", "partnerMarket", PCA_TYPE_TEXT, "country of the partner"),
	SEARCH_KEY("keyword_product", "keywordProduct", PCA_TYPE_TEXT, "product that was searched for"),
	SEARCH_KEY("referral_submitted", "referralSubmitted", PCA_TYPE_BOOLEAN,
			   "whether a referral was submitted"),
	PLAIN("search_date", "searchDate", PCA_TYPE_DATE, "day of the search (UTC)"),
	SEARCH_KEY("keyword_search_text", "keywordSearchText", PCA_TYPE_TEXT, "text that was searched for"),
};

static const PcaField referrals_fields[] = {
	SEARCH_KEY("id", "id", PCA_TYPE_TEXT, "the referral"),
	SEARCH_KEY("status", "status", PCA_TYPE_TEXT, "status, such as Accepted"),
	SEARCH_KEY("customer_market", "customerMarket", PCA_TYPE_TEXT, "country of the customer"),
	SEARCH_KEY("customer_name", "customerName", PCA_TYPE_TEXT, "the customer's name"),
	SEARCH_KEY("customer_org_size", "customerOrgSize", PCA_TYPE_TEXT,
			   "size of the customer, such as 10to50employees"),
	PLAIN("created_date", "createdDate", PCA_TYPE_TIMESTAMP, "when it was created (UTC)"),
	PLAIN("acknowledged_date", "acknowledgedDate", PCA_TYPE_TIMESTAMP, "when it was acknowledged (UTC)"),
	PLAIN("accepted_date", "acceptedDate", PCA_TYPE_TIMESTAMP, "when it was accepted (UTC)"),
	PLAIN("declined_date", "declinedDate", PCA_TYPE_TIMESTAMP, "when it was declined (UTC)"),
	PLAIN("archived_date", "archivedDate", PCA_TYPE_TIMESTAMP, "when it was archived (UTC)"),
	PLAIN("expired_date", "expiredDate", PCA_TYPE_TIMESTAMP, "when it expired (UTC)"),
	PLAIN("lost_date", "lostDate", PCA_TYPE_TIMESTAMP, "when it was lost (UTC)"),
	PLAIN("missed_date", "missedDate", PCA_TYPE_TIMESTAMP, "when it was missed (UTC)"),
	PLAIN("skipped_date", "skippedDate", PCA_TYPE_TIMESTAMP, "when it was skipped (UTC)"),
	PLAIN("won_date", "wonDate", PCA_TYPE_TIMESTAMP, "when it was won (UTC)"),
	SEARCH_KEY("partner_market", "partnerMarket", PCA_TYPE_TEXT, "country of the partner"),
	PLAIN("partner_tenant_id", "partnerTenantId", PCA_TYPE_TEXT, "the partner's tenant"),
};

/* Indirect resellers: "never" is a date, not null (api-notes 2.12). */
#define RESELLER_KEY(column_, name_, cardinality_, comment_) \
	{.column = (column_), .name = (name_), .type = PCA_TYPE_TEXT, \
	 .operators = PCA_OPS_EQ_NE, .orderable = true, .groupable = true, \
	 .cardinality = (cardinality_), .comment = (comment_)}
#define RESELLER_DATE(column_, name_, alias_, comment_) \
	{.column = (column_), .name = (name_), .alias = (alias_), \
	 .type = PCA_TYPE_TIMESTAMP, .operators = PCA_OPS_DATE, \
	 .literal_unit = PCA_DATE_UNIT_SECOND, .orderable = true, \
	 .sentinel = NEVER, .comment = (comment_)}
#define RESELLER_COUNT(column_, name_, comment_) \
	{.column = (column_), .name = (name_), .type = PCA_TYPE_NUMERIC, \
	 .orderable = true, .measure = true, .comment = (comment_)}

static const PcaField indirect_resellers_fields[] = {
	RESELLER_KEY("partner_tenant_id", "partnerTenantId", 0, "the reseller's tenant"),
	RESELLER_KEY("id", "id", 0, "the reseller"),
	RESELLER_KEY("name", "name", 0, "the reseller's name"),
	RESELLER_KEY("market", "market", 30, "country of the reseller"),
	RESELLER_DATE("first_subscription_creation_date", "firstSubscriptionCreationDate", NULL,
				  "when the first subscription was created (UTC)"),
	RESELLER_DATE("latest_subscription_creation_date", "latestSubscriptionCreationDate", NULL,
				  "when the latest subscription was created (UTC)"),
	RESELLER_DATE("first_subscription_end_date", "firstSubscriptionEndDate", NULL,
				  "when the first subscription ended (UTC)"),
	RESELLER_DATE("latest_subscription_end_date", "latestSubscriptionEndDate", NULL,
				  "when the latest subscription ended (UTC)"),
	RESELLER_DATE("first_subscription_suspended_date", "firstSubscriptionSuspendedDate", NULL,
				  "when a subscription was first suspended (UTC)"),
	RESELLER_DATE("latest_subscription_suspended_date", "latestSubscriptionSuspendedDate", NULL,
				  "when a subscription was last suspended (UTC)"),
	RESELLER_DATE("first_subscription_deprovisioned_date", "firstSubscriptionDeprovisionedDate", NULL,
				  "when a subscription was first deprovisioned (UTC)"),
	RESELLER_DATE("latest_subscription_deprovisioned_date", "latestSubscriptionDeprovisionedDate",
				  "latestSubscriptionDeprovisionedEndDate",
				  "when a subscription was last deprovisioned (UTC)"),
	RESELLER_COUNT("subscription_count", "subscriptionCount", "subscriptions"),
	RESELLER_COUNT("license_count", "licenseCount", "licences"),
	{.column = "indirect_reseller_count",.name = "indirectResellerCount",
		.type = PCA_TYPE_NUMERIC,.measure = true,.not_null = true,.absent = "1",.counts_rows = true,
	.comment = "resellers: 1 a row, so that its sum counts them"},
};

/* Customers: filter finds the beginnings of two fields (api-notes 2.13). */
#define CUSTOMER_SEARCHED(column_, name_, filter_name_, comment_) \
	{.column = (column_), .name = (name_), .filter_name = (filter_name_), \
	 .type = PCA_TYPE_TEXT, .operators = PCA_OP_STARTS_WITH, .comment = (comment_)}

static const PcaField customers_fields[] = {
	{.column = "id",.name = "id",.type = PCA_TYPE_UUID,.not_null = true,
		.role = PCA_ROLE_LISTED_CUSTOMER,
	.comment = "the customer"},
	PLAIN("tenant_id", "companyProfile.tenantId", PCA_TYPE_UUID,
		  "the customer's tenant"),
	CUSTOMER_SEARCHED("company_name", "companyProfile.companyName", "CompanyName",
					  "the customer's name"),
	CUSTOMER_SEARCHED("domain", "companyProfile.domain", "Domain",
					  "the customer's domain, such as contoso.onmicrosoft.com"),
	PLAIN("relationship_to_partner", "relationshipToPartner", PCA_TYPE_TEXT,
		  "such as reseller or advisor"),
};

#define FIELDS(array_) .fields = (array_), .nfields = lengthof(array_)

static const PcaResource resources[] = {
	{.name = "license_deployment",
		.path = "/v1/analytics/commercial/deployment/license/",
		.other_path = "/partner/v1/analytics/commercial/deployment/license",
		.parameters = PCA_PARAMS_LICENSE,.largest_top = FULL_TOP,
		.rows = 100000, FIELDS(license_deployment_fields),
	.comment = "licences sold and deployed, latest snapshot"},
	{.name = "license_usage",
		.path = "/v1/analytics/commercial/usage/license/",
		.other_path = "/partner/v1/analytics/commercial/usage/license",
		.parameters = PCA_PARAMS_LICENSE,.largest_top = FULL_TOP,
		.rows = 100000, FIELDS(license_usage_fields),
	.comment = "licences in active use by workload, latest snapshot"},
	{.name = "license_deployment_history",
		.path = "/v1/analytics/commercial/deployment/license/",
		.other_path = "/partner/v1/analytics/commercial/deployment/license",
		.parameters = PCA_PARAMS_LICENSE,.largest_top = FULL_TOP,.history = true,
		.rows = 1000000, FIELDS(license_deployment_history_fields),
	.comment = "licences sold and deployed, any day's snapshot"},
	{.name = "license_usage_history",
		.path = "/v1/analytics/commercial/usage/license/",
		.other_path = "/partner/v1/analytics/commercial/usage/license",
		.parameters = PCA_PARAMS_LICENSE,.largest_top = FULL_TOP,.history = true,
		.rows = 1000000, FIELDS(license_usage_history_fields),
	.comment = "licences in active use by workload, any day's snapshot"},
	{.name = "partner_license_deployment",
		.path = "/v1/analytics/licenses/deployment",
		.parameters = PCA_PARAMS_NONE,.superseded = true,
		.rows = 10, FIELDS(partner_license_deployment_fields),
	.comment = "licence deployment over all customers (superseded by license_deployment)"},
	{.name = "partner_license_usage",
		.path = "/v1/analytics/licenses/usage",
		.parameters = PCA_PARAMS_NONE,.superseded = true,
		.rows = 20, FIELDS(partner_license_usage_fields),
	.comment = "licence usage over all customers (superseded by license_usage)"},
	{.name = "customer_license_deployment",
		.path = "/v1/customers/" PCA_CUSTOMER_ID "/analytics/licenses/deployment",
		.parameters = PCA_PARAMS_NONE,.superseded = true,
		.rows = 2000, FIELDS(customer_license_deployment_fields),
	.comment = "licence deployment by customer (superseded by license_deployment)"},
	{.name = "customer_license_usage",
		.path = "/v1/customers/" PCA_CUSTOMER_ID "/analytics/licenses/usage",
		.parameters = PCA_PARAMS_NONE,.superseded = true,
		.rows = 4000, FIELDS(customer_license_usage_fields),
	.comment = "licence usage by customer (superseded by license_usage)"},
	{.name = "azure_usage",
		.path = "/partner/v1/analytics/usage/azure",
		.parameters = PCA_PARAMS_QUERY | PCA_PARAM_ORDERBY | PCA_PARAM_AGGREGATION_LEVEL,
		.largest_top = FULL_TOP,.bare_object = true,
		.rows = 100000, FIELDS(azure_usage_fields),
	.comment = "Azure usage by day and meter"},
	{.name = "subscriptions",
		.path = "/partner/v1/analytics/subscriptions",
		.parameters = PCA_PARAMS_QUERY,
		.largest_top = FULL_TOP,.bare_object = true,
		.rows = 10000, FIELDS(subscriptions_fields),
	.comment = "subscriptions of all customers"},
	{.name = "searches",
		.path = "/partner/v1/analytics/search",
		.parameters = PCA_PARAMS_PAGING | PCA_PARAM_FILTER,
		.largest_top = SEARCH_TOP,.bare_object = true,
		.rows = 10000, FIELDS(searches_fields),
	.comment = "searches in which the partner was found"},
	{.name = "referrals",
		.path = "/partner/v1/analytics/referrals",
		.parameters = PCA_PARAMS_PAGING | PCA_PARAM_FILTER,
		.largest_top = SEARCH_TOP,.bare_object = true,
		.rows = 1000, FIELDS(referrals_fields),
	.comment = "referrals"},
	{.name = "indirect_resellers",
		.path = "/partner/v1/analytics/indirectresellers",
		.parameters = PCA_PARAMS_QUERY | PCA_PARAM_ORDERBY,
		.largest_top = FULL_TOP,.bare_object = true,
		.rows = 1000, FIELDS(indirect_resellers_fields),
	.comment = "indirect resellers"},
	{.name = "customers",
		.path = "/v1/customers",
		.parameters = PCA_PARAM_SIZE | PCA_PARAM_FILTER,.largest_top = CUSTOMERS_SIZE,
		.lists_customers = true,
		.rows = 200, FIELDS(customers_fields),
	.comment = "the partner's customers"},
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

const PcaField *
pca_resource_field_by_role(const PcaResource *resource, PcaFieldRole role)
{
	for (int i = 0; i < resource->nfields; i++)
		if (resource->fields[i].role == role)
			return &resource->fields[i];
	return NULL;
}

PcaFieldRole
pca_resource_role_of_name(const char *name)
{
	if (pg_strcasecmp(name, SERVICE_NAME) == 0)
		return PCA_ROLE_SERVICE;
	if (pg_strcasecmp(name, PROCESSED_NAME) == 0)
		return PCA_ROLE_PROCESSED_TIME;
	return PCA_ROLE_NONE;
}

const PcaField *
pca_resource_path_field(const PcaResource *resource)
{
	for (int i = 0; i < resource->nfields; i++)
		if (resource->fields[i].source == PCA_FROM_PATH)
			return &resource->fields[i];
	return NULL;
}

bool
pca_resource_is_path_name(const char *name)
{
	return strcmp(name, PATH_NAME) == 0;
}

bool
pca_resource_path_has_customer(const char *path)
{
	return strstr(path, PCA_CUSTOMER_ID) != NULL;
}

const PcaResource *
pca_resource_customers(void)
{
	for (int i = 0; i < (int) lengthof(resources); i++)
		if (resources[i].lists_customers)
			return &resources[i];
	pg_unreachable();
}

const char *
pca_resource_filter_name(const PcaField *field)
{
	return field->filter_name ? field->filter_name : field->name;
}

static const struct
{
	PcaOperator op;
	const char *name;			/* in filter */
	const char *symbol;			/* in SQL */
}			operators[] =

{
	{PCA_OP_EQ, "eq", "="},
	{PCA_OP_NE, "ne", "<>"},
	{PCA_OP_GT, "gt", ">"},
	{PCA_OP_GE, "ge", ">="},
	{PCA_OP_LT, "lt", "<"},
	{PCA_OP_LE, "le", "<="},
	{PCA_OP_CONTAINS, "contains", "contains"},
	{PCA_OP_STARTS_WITH, "starts_with", "starts_with"},
};

const char *
pca_resource_operator_name(PcaOperator op)
{
	for (int i = 0; i < (int) lengthof(operators); i++)
		if (operators[i].op == op)
			return operators[i].name;
	pg_unreachable();
}

const char *
pca_resource_operator_symbol(PcaOperator op)
{
	for (int i = 0; i < (int) lengthof(operators); i++)
		if (operators[i].op == op)
			return operators[i].symbol;
	pg_unreachable();
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

bool
pca_resource_is_lossless(PcaType type, Oid declared, int32 typmod)
{
	if (type == PCA_TYPE_TEXT)
		return declared == TEXTOID || (declared == VARCHAROID && typmod == -1);
	return declared == types[type].oid && typmod == -1;
}
