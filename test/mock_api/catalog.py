"""The resources of the API, with their fields, operators and parameters.

Data only, in two flat tables: one row a resource, one row a field.  Fields stand
in the order of the project's tables; the order in which a row prints them is the
resource's.
"""

from dataclasses import dataclass, field

EQ = frozenset(["eq"])
EQ_NE = frozenset(["eq", "ne"])
CONTAINS = frozenset(["contains"])
EQ_NE_CONTAINS = EQ_NE | CONTAINS
RANGE = frozenset(["eq", "ne", "gt", "ge", "lt", "le"])
NONE = frozenset()

NEVER = "0001-01-01T00:00:00"


@dataclass(frozen=True)
class Field:
    """One field: its API name, SQL name, type, and what may be asked of it."""
    name: str
    sql: str
    type: str               # text guid long double decimal boolean datetime datetimez date
    operators: frozenset = NONE
    groupable: bool = False
    metric: bool = False
    orderable: bool = False
    row_key: str = ""       # key in plain rows, where samples differ from the field table
    group_key: str = ""     # key in grouped rows, where it differs
    exact_case: bool = False    # documented case-sensitive
    literal_unit: str = ""  # finest unit of a date's literals in filter: day or second
    counts_rows: bool = False   # exists only in grouped rows, and counts
    absent: bool = False        # in no sample row

    @property
    def printed(self):
        return self.row_key or self.name

    @property
    def grouped(self):
        return self.group_key or self.name


@dataclass(frozen=True)
class Resource:
    """One resource: where it answers, what it takes, what its rows hold."""
    name: str
    kind: str               # commercial, analytics, partner, customer, customers
    paths: tuple            # (form, path); {customer} stands for a GUID
    fields: tuple
    parameters: frozenset = NONE
    max_top: int = 10000
    first: str = ""         # field that rows print first
    object_type: str = ""
    level: str = ""         # default aggregationLevel
    grouped_strings: bool = False   # metrics of grouped rows are strings
    by_name: dict = field(default_factory=dict, compare=False)

    def __post_init__(self):
        self.by_name.update((one.name, one) for one in self.fields)

    @property
    def printed_fields(self):
        """Fields of a plain row in the order of the documents' samples."""
        plain = [one for one in self.fields if not (one.counts_rows or one.absent)]
        return sorted(plain, key=lambda one: one.name != self.first)

    @property
    def metrics(self):
        return [one for one in self.fields if one.metric]


def text(name, sql, operators=NONE, groupable=False, **more):
    return Field(name, sql, "text", operators, groupable, **more)


def guid(name, sql, operators=NONE, groupable=False, **more):
    return Field(name, sql, "guid", operators, groupable, **more)


def count(name, sql, **more):
    return Field(name, sql, "long", metric=True, **more)


def date(name, sql, operators=RANGE, groupable=True, **more):
    return Field(name, sql, "datetime", operators, groupable, literal_unit="second", **more)


LICENCE_KEYS = (
    text("serviceCode", "service_code", EQ_NE, True),
    text("serviceName", "service_name", EQ_NE, True),
    text("channel", "channel", EQ_NE, True),
    guid("customerTenantId", "customer_tenant_id", EQ_NE, True),
    text("customerName", "customer_name", EQ_NE, True),
    text("productId", "product_id", EQ_NE, True),
    text("productName", "product_name", EQ_NE, True),
)

PROCESSED = Field("processedDateTime", "processed_date_time", "datetime")
PROCESSED_ZONE = Field("processedDateTime", "processed_date_time", "datetimez")

LEGACY_CUSTOMER_KEYS = (
    guid("customerId", "customer_id", absent=True),
    text("customerName", "customer_name"),
    text("productName", "product_name"),
    text("serviceCode", "service_code", absent=True),
    text("serviceName", "service_name"),
    text("channel", "channel"),
)

PAGED = frozenset(["top", "skip", "filter", "groupby"])
DATED = PAGED | {"processedDateTime"}
LEVELLED = PAGED | {"aggregationLevel"}
ORDERED = LEVELLED | {"orderby"}


def azure(name, sql, kind="text", operators=EQ_NE, **more):
    return Field(name, sql, kind, operators, True, orderable=True, **more)


def reseller(name, sql, **more):
    return Field(name, sql, "text", EQ_NE, True, orderable=True, **more)


def reseller_date(name, sql, **more):
    return Field(name, sql, "datetime", RANGE, True, orderable=True, literal_unit="second", **more)


RESOURCES = (
    Resource("license_deployment", "commercial", (
        ("table", "/v1/analytics/commercial/deployment/license/"),
        ("example", "/partner/v1/analytics/commercial/deployment/license")),
        LICENCE_KEYS + (
            count("licensesDeployed", "licenses_deployed"),
            count("licensesSold", "licenses_sold"),
            PROCESSED), DATED, first="processedDateTime"),
    Resource("license_usage", "commercial", (
        ("table", "/v1/analytics/commercial/usage/license/"),
        ("example", "/partner/v1/analytics/commercial/usage/license")),
        LICENCE_KEYS + (
            text("workloadCode", "workload_code", EQ_NE, True),
            text("workloadName", "workload_name", EQ_NE, True),
            count("licensesActive", "licenses_active", row_key="licenseActive"),
            count("licensesQualified", "licenses_qualified"),
            PROCESSED), DATED, first="processedDateTime"),
    Resource("partner_license_deployment", "partner", (
        ("table", "/v1/analytics/licenses/deployment"),), (
            text("serviceCode", "service_code", absent=True),
            text("serviceName", "service_name"),
            text("channel", "channel"),
            Field("licensesSold", "licenses_sold", "long"),
            Field("proratedDeploymentPercent", "prorated_deployment_percent", "double"),
            PROCESSED_ZONE),
        first="proratedDeploymentPercent", object_type="PartnerLicensesDeploymentInsights"),
    Resource("partner_license_usage", "partner", (
        ("table", "/v1/analytics/licenses/usage"),), (
            text("serviceCode", "service_code", absent=True),
            text("serviceName", "service_name"),
            text("channel", "channel"),
            text("workloadName", "workload_name"),
            Field("proratedLicensesUsagePercent", "prorated_licenses_usage_percent", "double"),
            PROCESSED_ZONE),
        first="proratedLicensesUsagePercent", object_type="PartnerLicensesUsageInsights"),
    Resource("customer_license_deployment", "customer", (
        ("table", "/v1/customers/{customer}/analytics/licenses/deployment"),),
        LEGACY_CUSTOMER_KEYS + (
            Field("licensesDeployed", "licenses_deployed", "long"),
            Field("licensesSold", "licenses_sold", "long"),
            Field("deploymentPercent", "deployment_percent", "double"),
            PROCESSED_ZONE),
        first="customerName", object_type="CustomerLicensesDeploymentInsights"),
    Resource("customer_license_usage", "customer", (
        ("table", "/v1/customers/{customer}/analytics/licenses/usage"),),
        LEGACY_CUSTOMER_KEYS + (
            text("workloadCode", "workload_code", absent=True),
            text("workloadName", "workload_name"),
            Field("licensesActive", "licenses_active", "long"),
            Field("licensesQualified", "licenses_qualified", "long"),
            Field("usagePercent", "usage_percent", "double"),
            PROCESSED_ZONE),
        first="customerName", object_type="CustomerLicensesUsageInsights"),
    Resource("azure_usage", "analytics", (
        ("example", "/partner/v1/analytics/usage/azure"),), (
            azure("customerTenantId", "customer_tenant_id", "guid"),
            azure("customerName", "customer_name"),
            azure("subscriptionId", "subscription_id", "guid"),
            azure("subscriptionName", "subscription_name"),
            azure("usageDate", "usage_date", "datetime", RANGE, literal_unit="day"),
            azure("resourceLocation", "resource_location"),
            azure("meterCategory", "meter_category"),
            azure("meterSubcategory", "meter_subcategory"),
            azure("meterUnit", "meter_unit"),
            text("reservationOrderId", "reservation_order_id"),
            text("reservationId", "reservation_id"),
            text("consumptionMeterId", "consumption_meter_id"),
            text("serviceType", "service_type"),
            Field("quantity", "quantity", "decimal", metric=True, group_key="Quantity")),
        ORDERED, level="day"),
    Resource("subscriptions", "analytics", (
        ("example", "/partner/v1/analytics/subscriptions"),), (
            guid("customerTenantId", "customer_tenant_id", EQ_NE, True),
            text("customerName", "customer_name", CONTAINS, True),
            text("customerMarket", "customer_market", EQ_NE, True),
            guid("id", "id", EQ_NE, True),
            text("status", "status", EQ_NE, True),
            text("productName", "product_name", EQ_NE_CONTAINS, True),
            text("subscriptionType", "subscription_type", EQ_NE, True, exact_case=True),
            Field("autoRenewEnabled", "auto_renew_enabled", "boolean", EQ_NE, True),
            text("partnerId", "partner_id", EQ_NE, True),
            text("friendlyName", "friendly_name", CONTAINS, True),
            text("partnerName", "partner_name", NONE, True),
            text("providerName", "provider_name", NONE, True),
            date("creationDate", "creation_date"),
            date("effectiveStartDate", "effective_start_date"),
            date("commitmentEndDate", "commitment_end_date"),
            date("currentStateEndDate", "current_state_end_date"),
            date("trialToPaidConversionDate", "trial_to_paid_conversion_date"),
            date("trialStartDate", "trial_start_date"),
            date("trialEndDate", "trial_end_date", NONE, False),
            date("lastUsageDate", "last_usage_date"),
            date("deprovisionedDate", "deprovisioned_date"),
            date("lastRenewalDate", "last_renewal_date"),
            count("licenseCount", "license_count"),
            count("subscriptionCount", "subscription_count", counts_rows=True),
            text("churnRisk", "churn_risk"),
            text("billingCycleName", "billing_cycle_name")),
        LEVELLED | {"groupBy"}, level="dateRange", grouped_strings=True),
    Resource("searches", "analytics", (
        ("example", "/partner/v1/analytics/search"),), (
            text("companyName", "company_name", EQ, True),
            Field("contactButtonClicked", "contact_button_clicked", "boolean", EQ, True),
            text("keywordCountry", "keyword_country", EQ, True),
            Field("detailsViewed", "details_viewed", "boolean", EQ, True),
            text("keywordIndustryFocus", "keyword_industry_focus", EQ, True),
            text("mpnId", "mpn_id", NONE, True),
            text("partnerMarket", "partner_market", EQ, True),
            text("keywordProduct", "keyword_product", EQ, True),
            Field("referralSubmitted", "referral_submitted", "boolean", EQ, True),
            Field("searchDate", "search_date", "date", NONE, True),
            text("keywordSearchText", "keyword_search_text", EQ, True),
            count("searchResultPageViews", "", counts_rows=True),
            count("contactClicks", "", counts_rows=True),
            count("referralCount", "", counts_rows=True),
            count("profileViews", "", counts_rows=True)),
        LEVELLED, max_top=9999, level="day"),
    Resource("referrals", "analytics", (
        ("example", "/partner/v1/analytics/referrals"),), (
            text("id", "id", EQ, True),
            text("status", "status", EQ, True),
            text("customerMarket", "customer_market", EQ, True),
            text("customerName", "customer_name", EQ, True),
            text("customerOrgSize", "customer_org_size", EQ, True),
            date("createdDate", "created_date", NONE),
            date("acknowledgedDate", "acknowledged_date", NONE),
            date("acceptedDate", "accepted_date", NONE),
            date("declinedDate", "declined_date", NONE),
            date("archivedDate", "archived_date", NONE),
            date("expiredDate", "expired_date", NONE),
            date("lostDate", "lost_date", NONE),
            date("missedDate", "missed_date", NONE),
            date("skippedDate", "skipped_date", NONE),
            date("wonDate", "won_date", NONE),
            text("partnerMarket", "partner_market", EQ, True),
            text("partnerTenantId", "partner_tenant_id", absent=True)),
        LEVELLED, max_top=9999, level="day"),
    Resource("indirect_resellers", "analytics", (
        ("example", "/partner/v1/analytics/indirectresellers"),), (
            reseller("partnerTenantId", "partner_tenant_id"),
            reseller("id", "id"),
            reseller("name", "name"),
            reseller("market", "market"),
            reseller_date("firstSubscriptionCreationDate", "first_subscription_creation_date"),
            reseller_date("latestSubscriptionCreationDate", "latest_subscription_creation_date"),
            reseller_date("firstSubscriptionEndDate", "first_subscription_end_date"),
            reseller_date("latestSubscriptionEndDate", "latest_subscription_end_date"),
            reseller_date("firstSubscriptionSuspendedDate", "first_subscription_suspended_date"),
            reseller_date("latestSubscriptionSuspendedDate", "latest_subscription_suspended_date"),
            reseller_date("firstSubscriptionDeprovisionedDate",
                          "first_subscription_deprovisioned_date"),
            reseller_date("latestSubscriptionDeprovisionedDate",
                          "latest_subscription_deprovisioned_date",
                          row_key="latestSubscriptionDeprovisionedEndDate"),
            Field("subscriptionCount", "subscription_count", "double", metric=True,
                  orderable=True),
            Field("licenseCount", "license_count", "double", metric=True, orderable=True),
            Field("indirectResellerCount", "indirect_reseller_count", "double", metric=True,
                  counts_rows=True)),
        ORDERED, level="day"),
    # In no document: what a client reads that has never heard of it.
    Resource("devices", "analytics", (
        ("example", "/partner/v1/analytics/devices"),), (
            guid("customerTenantId", "customer_tenant_id", EQ_NE, True),
            text("customerName", "customer_name", CONTAINS, True),
            text("platform", "platform", EQ_NE_CONTAINS, True),
            Field("managed", "managed", "boolean", EQ_NE, True),
            Field("reportDate", "report_date", "date", RANGE, literal_unit="day"),
            date("enrolledDate", "enrolled_date", RANGE, False),
            Field("diskErrors", "disk_errors", "long", RANGE),
            count("deviceCount", "device_count"),
            Field("storageUsed", "storage_used", "decimal", metric=True)), PAGED),
    Resource("customers", "customers", (("table", "/v1/customers"),), (
        guid("id", "id"),
        guid("companyProfile.tenantId", "tenant_id"),
        text("companyProfile.companyName", "company_name"),
        text("companyProfile.domain", "domain"),
        text("relationshipToPartner", "relationship_to_partner")),
        frozenset(["size", "filter", "seekOperation"]), max_top=500),
)

BY_NAME = {resource.name: resource for resource in RESOURCES}

# Each key name that only samples use, and the field it stands for.
ALIASES = {one.row_key: one.name
           for resource in RESOURCES for one in resource.fields if one.row_key}

# Names that the filter and groupby lists of a page use for a field of another name.
LIST_NAMES = {("indirect_resellers", "Name"): "name"}
