"""The relations that a random query may name, and values for their columns.

A column is (name, type, domain): columns of one domain have values in common.
"""

import data

TENANTS = data.tenants()

VALUES = {
    "service": ["o365", "crm", "O365", "azure", "none"],
    "service_name": ["Microsoft Office 365", "microsoft office 365", "Azure"],
    "channel": ["reseller", "direct", "Reseller", "RESELLER", "direct ", "o'hara", "void", ""],
    "name": [name for name in data.NAMES if name is not None] + ["nobody", "CONTOSO ltd"],
    "product": ["D-0", "D-1", "d-1", "D-9", "U-0", "U-1", "U-4", "L-1"],
    "product_name": [name for name in data.PRODUCTS if name] + [data.VOID],
    "workload": ["EXO", "exo", "SPO", "SFB"],
    "workload_name": ["Exchange", "exchange", "Yammer"],
    "tenant": TENANTS[:6] + [TENANTS[-1], "11111111-2222-3333-4444-555555555555"],
    "region": ["north", "south", "far", "nowhere"],
    "kind": ["d", "u"],
    "account": ["contoso", "fabrikam"],
    "loud": ["RESELLER", "DIRECT", "VOID"],
    "amount": [0, 1, 5, 20, 39, 60],
    "number": ["0", "1.5", "5", "20"],
    "day": ["2018-08-20", "2018-09-15", "2018-10-01", "2018-10-14", "2018-10-01 12:00",
            "infinity"],
    "moment": ["2014-10-10 23:59:29.46", "2016-01-01", "2017-06-30 12:00", "2018-03-06", "0001-01-01"],
    "flag": ["true", "false"],
    "market": ["US", "DE", "de", "JP", "XX"],
    "status": ["ACTIVE", "active", "SUSPENDED"],
    "kind_of_subscription": ["Office", "office", "Azure", "EMS"],
    "friendly": ["say \"hello\"", "contoso ltd", "under_score", "O", "", "(PLAN 1)"],
    "meter": ["Storage", "Key Vault", "Bandwidth", "storage"],
    "reseller": ["O'Brien & Sons", "'quoted'", "trailing blank", "trailing blank ", "nobody"],
    "buyer": ["A#1 Trading", "O'Brien & Sons", "100% Pure + More", "a=b?c&d;e", "''", "nobody"],
    "snapshot": ["2018-10-12", "2018-10-13", "2018-10-14", "2018-10-15"],
    "word": ["x", "reseller", "o365", ""],
}

LICENCE = [("service_code", "text", "service"), ("service_name", "text", "service_name"),
           ("channel", "text", "channel"), ("customer_tenant_id", "uuid", "tenant"),
           ("customer_name", "text", "name"), ("product_id", "text", "product"),
           ("product_name", "text", "product_name")]
SNAPSHOT_DATE = ("snapshot_date", "date", "snapshot")
DATED = [SNAPSHOT_DATE]
PARTS = [("product_id", "text", "product"), ("channel", "text", "channel"),
         ("service_code", "text", "service"), ("tenant", "uuid", "tenant"),
         ("sold", "bigint", "amount"), ("other", "bigint", "amount")]

# partitioned tables, and their partitions
BY_CHANNEL = [("product_id", "text", "product"), ("channel", "text", "channel"),
              ("service_code", "text", "service"), ("customer_tenant_id", "uuid", "tenant"),
              ("customer_name", "text", "name"), ("licenses_sold", "bigint", "amount"),
              ("licenses_deployed", "bigint", "amount")]
BY_TENANT = [("service_code", "text", "service"), ("channel", "text", "channel"),
             ("customer_tenant_id", "uuid", "tenant"), ("product_id", "text", "product"),
             ("workload_code", "text", "workload"), ("licenses_active", "bigint", "amount"),
             ("licenses_qualified", "bigint", "amount")]
BY_DAY = [("customer_tenant_id", "uuid", "tenant"), ("customer_name", "text", "buyer"),
          ("usage_date", "timestamp", "day"), ("meter_category", "text", "meter"),
          ("meter_unit", "text", "word"), ("quantity", "numeric", "number")]
BY_MOMENT = [("status", "text", "status"), ("creation_date", "timestamp", "moment"),
             ("customer_market", "text", "market"), ("friendly_name", "text", "friendly"),
             ("auto_renew_enabled", "boolean", "flag"), ("license_count", "bigint", "amount"),
             ("subscription_count", "bigint", "amount")]

# name: (how often it is taken, rows, columns)
API_TABLES = {
    "license_deployment": (10, 120, LICENCE + [
        ("licenses_deployed", "bigint", "amount"), ("licenses_sold", "bigint", "amount")]),
    "license_usage": (6, 80, LICENCE + [
        ("workload_code", "text", "workload"), ("workload_name", "text", "workload_name"),
        ("licenses_active", "bigint", "amount"), ("licenses_qualified", "bigint", "amount")]),
    "typed": (2, 120, [
        ("svc", "text", "service"), ("chan", "text", "channel"), ("tenant", "uuid", "tenant"),
        ("sold", "numeric", "number"), ("deployed", "numeric", "number")]),
    "certain": (3, 80, [
        ("service_code", "text", "service"), ("channel", "text", "channel"),
        ("customer_tenant_id", "uuid", "tenant"), ("customer_name", "text", "name"),
        ("product_id", "text", "product"), ("workload_code", "text", "workload"),
        ("licenses_active", "bigint", "amount"), ("licenses_qualified", "bigint", "amount")]),
    "parts": (3, 202, PARTS),
    "heirs": (2, 83, [("channel", "text", "channel"), ("service_code", "text", "service"),
                       ("sold", "bigint", "amount")]),
    "accounts": (3, 200, [
        ("account", "text", "account"), ("grade", "bigint", "amount"),
        ("channel", "text", "channel"), ("service_code", "text", "service"),
        ("customer_tenant_id", "uuid", "tenant"), ("licenses_sold", "bigint", "amount")]),
    "u_all": (3, 200, [("kind", "text", "kind"), ("channel", "text", "channel"),
                       ("service_code", "text", "service"), ("tenant", "uuid", "tenant"),
                       ("m", "bigint", "amount")]),
    "v_deployment": (3, 120, [
        ("service_code", "text", "service"), ("channel", "text", "channel"),
        ("tenant", "uuid", "tenant"), ("name", "text", "name"), ("sold", "bigint", "amount"),
        ("twice", "bigint", "amount"), ("zero", "bigint", "amount"), ("loud", "text", "loud")]),
    "v_channel": (1, 7, [("channel", "text", "channel"), ("sold", "numeric", "number")]),
    "v_barrier": (1, 45, [("channel", "text", "channel"), ("service_code", "text", "service"),
                          ("licenses_sold", "bigint", "amount")]),
    "v_barriers": (2, 80, [("channel", "text", "channel"), ("service_code", "text", "service"),
                           ("tenant", "uuid", "tenant"), ("sold", "bigint", "amount"),
                           ("twice", "bigint", "amount"), ("zero", "bigint", "amount")]),
    "v_sorted": (1, 150, [("status", "text", "status"), ("customer_market", "text", "market"),
                          ("license_count", "bigint", "amount"),
                          ("auto_renew_enabled", "boolean", "flag")]),
    "u_where": (2, 200, [("channel", "text", "channel"), ("service_code", "text", "service"),
                         ("m", "bigint", "amount")]),
    "azure_usage": (3, 150, [
        ("customer_tenant_id", "uuid", "tenant"), ("customer_name", "text", "buyer"),
        ("usage_date", "timestamp", "day"), ("meter_category", "text", "meter"),
        ("meter_unit", "text", "word"), ("quantity", "numeric", "number")]),
    "subscriptions": (4, 150, [
        ("customer_tenant_id", "uuid", "tenant"), ("customer_name", "text", "buyer"),
        ("customer_market", "text", "market"), ("status", "text", "status"),
        ("subscription_type", "text", "kind_of_subscription"),
        ("friendly_name", "text", "friendly"), ("auto_renew_enabled", "boolean", "flag"),
        ("creation_date", "timestamp", "moment"), ("trial_start_date", "timestamp", "moment"),
        ("license_count", "bigint", "amount"), ("subscription_count", "bigint", "amount")]),
    "indirect_resellers": (1, 150, [
        ("name", "text", "reseller"), ("market", "text", "market"),
        ("first_subscription_creation_date", "timestamp", "moment"),
        ("license_count", "numeric", "number"), ("indirect_reseller_count", "numeric", "number")]),
    "referrals": (1, 150, [
        ("id", "text", "word"), ("status", "text", "status"),
        ("customer_market", "text", "market"), ("customer_name", "text", "buyer"),
        ("created_date", "timestamp", "moment")]),
    "searches": (1, 150, [
        ("company_name", "text", "word"), ("keyword_country", "text", "market"),
        ("contact_button_clicked", "boolean", "flag"), ("details_viewed", "boolean", "flag"),
        ("keyword_search_text", "text", "buyer")]),
    "by_channel": (3, 120, BY_CHANNEL),
    "by_channel_reseller": (1, 50, BY_CHANNEL),
    "by_channel_direct": (1, 40, BY_CHANNEL),
    "by_channel_other": (1, 20, BY_CHANNEL),
    "by_tenant": (3, 80, BY_TENANT),
    "by_tenant_1": (1, 30, BY_TENANT),
    "by_tenant_2": (1, 30, BY_TENANT),
    "by_tenant_2_o365": (1, 12, BY_TENANT),
    "by_day": (3, 150, BY_DAY),
    "by_day_september": (1, 40, BY_DAY),
    "by_day_other": (1, 40, BY_DAY),
    "by_moment": (3, 150, BY_MOMENT),
    "by_moment_other": (1, 80, BY_MOMENT),
    "by_moment_other_renewed": (1, 20, BY_MOMENT),
    "by_word": (1, 120, [("channel", "text", "channel"), ("service_code", "text", "service"),
                         ("customer_tenant_id", "uuid", "tenant"),
                         ("licenses_sold", "bigint", "amount")]),
    "by_sold": (1, 120, [("channel", "text", "channel"), ("service_code", "text", "service"),
                         ("licenses_sold", "bigint", "amount"),
                         ("licenses_deployed", "bigint", "amount")]),
    "by_service": (1, 130, [("service_code", "text", "service"), ("channel", "text", "channel"),
                            ("customer_tenant_id", "uuid", "tenant")]),
    "by_snapshot": (1, 220, [("snapshot_date", "date", "snapshot"), ("channel", "text", "channel"),
                             ("service_code", "text", "service"),
                             ("licenses_sold", "bigint", "amount")]),
    "by_account": (2, 120, [("account", "text", "account"), ("channel", "text", "channel"),
                            ("service_code", "text", "service"),
                            ("licenses_sold", "bigint", "amount")]),
    "by_hash": (1, 80, [("account", "text", "account"), ("channel", "text", "channel"),
                        ("licenses_active", "bigint", "amount")]),
    "many_subscriptions": (1, 150, [
        ("subscription_type", "text", "kind_of_subscription"), ("status", "text", "status"),
        ("license_count", "bigint", "amount"), ("subscription_count", "bigint", "amount")]),
    "ungrouped": (1, 120, [("channel", "text", "channel"), ("service_code", "text", "service"),
                           ("licenses_sold", "bigint", "amount")]),
}
# These want days: they come as subqueries with a condition.
HISTORIES = {
    "license_deployment_history": (2, 220, LICENCE + DATED + [
        ("licenses_deployed", "bigint", "amount"), ("licenses_sold", "bigint", "amount")]),
    "license_usage_history": (1, 150, LICENCE + DATED + [
        ("workload_code", "text", "workload"), ("licenses_active", "bigint", "amount")]),
}
# More columns of dates, which a table has now and then: they are not groupable, or rarely set.
PROCESSED = [("processed_date_time", "timestamp", "snapshot")]
DATES = {
    "license_deployment": PROCESSED, "license_usage": PROCESSED,
    "license_deployment_history": PROCESSED, "license_usage_history": PROCESSED,
    "searches": [("search_date", "date", "day")],
    "subscriptions": [(name, "timestamp", "moment") for name in (
        "effective_start_date", "commitment_end_date", "current_state_end_date",
        "trial_to_paid_conversion_date", "trial_end_date", "last_usage_date",
        "deprovisioned_date", "last_renewal_date")],
    "referrals": [(name, "timestamp", "moment") for name in (
        "acknowledged_date", "accepted_date", "declined_date", "archived_date", "expired_date",
        "lost_date", "missed_date", "skipped_date", "won_date")],
    "indirect_resellers": [("%s_subscription_%s_date" % (which, what), "timestamp", "moment")
                           for which, what in (
                               ("latest", "creation"), ("first", "end"), ("latest", "end"),
                               ("first", "suspended"), ("latest", "suspended"),
                               ("first", "deprovisioned"), ("latest", "deprovisioned"))],
}
DAYS = ("= '2018-10-13'", "= '2018-10-14'", "IN ('2018-10-12', '2018-10-14')",
        "BETWEEN '2018-10-12' AND '2018-10-14'", "BETWEEN '2018-10-13' AND '2018-10-20'",
        "= ANY (ARRAY['2018-10-14', NULL]::date[])")
LOCAL_TABLES = {
    "region": (4, 13, [("tenant", "uuid", "tenant"), ("region", "text", "region")]),
    "chan": (4, 7, [("channel", "text", "channel"), ("factor", "numeric", "number"),
                    ("rate", "numeric", "number"), ("n", "bigint", "amount")]),
    "svc": (3, 5, [("service_code", "text", "service"), ("weight", "bigint", "amount")]),
    "wanted": (2, 6, [("name", "text", "name")]),
    "nums": (1, 61, [("n", "bigint", "amount")]),
}

# About how many rows of 1000 share one value of a domain.
SHARE = {"service": 350, "service_name": 350, "channel": 250, "tenant": 90, "name": 70,
         "product": 200, "product_name": 200, "workload": 200, "workload_name": 200, "region": 300,
         "kind": 600, "account": 500, "loud": 250, "amount": 60, "number": 60, "word": 100,
         "snapshot": 400, "market": 130, "status": 400, "kind_of_subscription": 130, "friendly": 30, "meter": 200,
         "reseller": 10, "buyer": 80}
