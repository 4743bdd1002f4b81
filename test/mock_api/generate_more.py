"""Generates the rows of the resources azure_usage, subscriptions, searches,
referrals, indirect_resellers and devices.

They are built from the same customers as the licence rows (generate.py).
"""

from array import array

import catalog
import generate
import words
from generate import draw, entity_columns, even, make_guid, pick, randomness, skewed
from tables import Column, Number, Table

DISTINCT = 4096     # distinct values drawn for each date and number column


def instants(rng, settings, days, nulls=0.0, fraction=True):
    """Distinct dates with a time of day within some days before the latest."""
    made = []
    for _ in range(DISTINCT):
        if settings["nulls"] and rng.random() < nulls:
            made.append(None)
            continue
        second = int(rng.random() * 86400)
        clock = "T%02d:%02d:%02d" % (second // 3600, second // 60 % 60, second % 60)
        if fraction:
            clock += (".%03d" % int(rng.random() * 1000)).rstrip("0").rstrip(".")
        made.append(generate.day_before(settings, int(rng.random() * days)) + clock)
    return made


def drawn(rng, count, values):
    """A Column of values drawn evenly."""
    return entity_columns(draw(rng, count, even(len(values))),
                          [(value,) for value in values], ("it",))["it"]


def some(settings, values, share=20):
    """The values, with a null for every share of them when nulls are wanted."""
    values = list(values)
    return values * share + ([None] * len(values) if settings["nulls"] else [])


def guid_column(rng, count, case):
    """A GUID of its own for each row."""
    return Column([make_guid(rng, case) for _ in range(count)], array("I", range(count)))


def azure_usage(settings):
    rng = randomness(settings, "azure_usage")
    count, case = settings["rows"], settings["guid_case"]
    holders = []
    for tenant, name in generate.buyers(settings)[:-1]:
        for number in range(1 + int(rng.random() * 2)):
            holders.append((tenant, name, make_guid(rng, case), "Azure plan %d" % number))
    columns = entity_columns(draw(rng, count, skewed(len(holders))), holders, (
        "customerTenantId", "customerName", "subscriptionId", "subscriptionName"))
    columns.update(entity_columns(draw(rng, count, even(len(words.METERS))), words.METERS, (
        "meterCategory", "meterSubcategory", "meterUnit")))
    columns["usageDate"] = drawn(rng, count, [
        generate.midnight_before(settings, day) for day in range(60)])
    columns["resourceLocation"] = drawn(rng, count, some(settings, words.LOCATIONS))
    columns["reservationOrderId"] = drawn(rng, count, ["", "", "", make_guid(rng, case)])
    columns["reservationId"] = drawn(rng, count, ["", "", "", make_guid(rng, case)])
    columns["consumptionMeterId"] = drawn(rng, count, [make_guid(rng, case) for _ in range(40)])
    columns["serviceType"] = drawn(rng, count, ["", "", "Compute"])
    columns["quantity"] = drawn(rng, count, some(settings, quantities(rng), 50))
    return Table(columns, count)


def quantities(rng):
    """Whole and fractional amounts, with up to 18 digits behind the point."""
    made = [0, 1, 24, Number("0.0011"), Number("1E-7"), Number("12.0"),
            Number("123456789.123456789012345678"), Number("0.000000000000000001")]
    made += [Number("%d.%04d" % (int(rng.random() * 900), int(rng.random() * 10000)))
             for _ in range(400)]
    return made


def subscriptions(settings):
    rng = randomness(settings, "subscriptions")
    count = settings["rows"]
    buyers = generate.buyers(settings)[:-1]
    columns = entity_columns(draw(rng, count, skewed(len(buyers))), buyers,
                             ("customerTenantId", "customerName"))
    columns["id"] = guid_column(rng, count, settings["guid_case"])
    plain = {
        "customerMarket": some(settings, words.MARKETS),
        "status": words.STATUSES,
        "productName": some(settings, words.PRODUCTS + words.DYNAMICS + ("UNKNOWN",)),
        "subscriptionType": words.SUBSCRIPTION_TYPES,
        "autoRenewEnabled": some(settings, (True, False)),
        "partnerId": [make_guid(rng, settings["guid_case"]) for _ in range(6)] + ["4815162"],
        "friendlyName": some(settings, words.PRODUCTS + (
            words.AWKWARD if settings["awkward"] else ())),
        "partnerName": ["Partner %d" % at for at in range(6)],
        "providerName": ["Provider A", "Provider B"],
        "licenseCount": some(settings, [int(10 ** (rng.random() * 4)) for _ in range(400)], 50),
        "churnRisk": some(settings, ("High", "Medium", "Low"), 3),
        "billingCycleName": some(settings, ("MONTHLY", "ANNUAL"), 3),
    }
    for name, values in plain.items():
        columns[name] = drawn(rng, count, values)
    for field in catalog.BY_NAME["subscriptions"].fields:
        if field.type == "datetime":
            share = 0.0 if field.name == "creationDate" else 0.4
            columns[field.name] = drawn(rng, count, instants(rng, settings, 1500, share))
    return Table(columns, count)


def searches(settings):
    rng = randomness(settings, "searches")
    count = settings["rows"]
    texts = [" consulting", "azure migration", "O'Reilly", "100%", "cloud"]
    values = {
        "companyName": ["Partner %d" % at for at in range(20)],
        "contactButtonClicked": (True, False),
        "keywordCountry": some(settings, words.MARKETS, 2),
        "detailsViewed": (True, False),
        "keywordIndustryFocus": some(settings, ("Education", "Retail"), 1),
        "mpnId": [2604568 + at for at in range(20)],
        "partnerMarket": words.MARKETS,
        "keywordProduct": some(settings, ("Azure", "Office 365"), 1),
        "referralSubmitted": (False, False, True),
        "searchDate": [generate.day_before(settings, day) for day in range(90)],
        "keywordSearchText": some(settings, texts + (
            list(words.AWKWARD) if settings["awkward"] else []), 3),
    }
    return Table({name: drawn(rng, count, each) for name, each in values.items()}, count)


def referrals(settings):
    rng = randomness(settings, "referrals")
    count = settings["rows"]
    ids = [str(100000 + at) for at in range(count)]
    columns = {"id": Column(ids, array("I", range(count)))}
    values = {
        "status": ("Accepted", "New", "Declined", "Won", "Lost"),
        "customerMarket": some(settings, words.MARKETS),
        "customerName": [name for _, name, _ in generate.customers(settings)],
        "customerOrgSize": some(settings, ("1to9employees", "10to50employees"), 5),
        "partnerMarket": words.MARKETS,
    }
    for name, each in values.items():
        columns[name] = drawn(rng, count, each)
    for field in catalog.BY_NAME["referrals"].fields:
        if field.type == "datetime":
            share = 0.0 if field.name == "createdDate" else 0.7
            columns[field.name] = drawn(rng, count, instants(rng, settings, 700, share))
    return Table(columns, count)


def indirect_resellers(settings):
    rng = randomness(settings, "indirect_resellers")
    count, case = settings["rows"], settings["guid_case"]
    names = ["Reseller %d" % at for at in range(max(1, count))]
    if settings["awkward"]:
        names[:len(words.AWKWARD)] = words.AWKWARD[:len(names)]
    columns = {
        "partnerTenantId": guid_column(rng, count, case),
        "id": Column([str(4800000 + at) for at in range(count)], array("I", range(count))),
        "name": Column.of(names[at] for at in range(count)),
        "market": drawn(rng, count, some(settings, words.MARKETS)),
    }
    for field in catalog.BY_NAME["indirect_resellers"].fields:
        if field.type == "datetime":
            dates = instants(rng, settings, 1500) + [catalog.NEVER] * DISTINCT
            columns[field.name] = drawn(rng, count, dates)
    for name in ("subscriptionCount", "licenseCount"):
        columns[name] = drawn(rng, count, [float(pick(rng, range(900))) for _ in range(500)])
    return Table(columns, count)


def devices(settings):
    rng = randomness(settings, "devices")
    count = settings["rows"]
    buyers = generate.buyers(settings)[:-1]
    columns = entity_columns(draw(rng, count, skewed(len(buyers))), buyers,
                             ("customerTenantId", "customerName"))
    values = {
        "platform": some(settings, ("Windows", "macOS", "Android", "O'S/2")),
        "managed": some(settings, (True, False)),
        "reportDate": [generate.day_before(settings, day) for day in range(30)],
        "enrolledDate": instants(rng, settings, 900, 0.2),
        "diskErrors": some(settings, [-1, 0, 0, 1, 7, 2**53 + 1]),
        "deviceCount": some(settings, range(1, 40), 50),
        "storageUsed": some(settings, quantities(rng), 50),
    }
    for name, each in values.items():
        columns[name] = drawn(rng, count, list(each))
    return Table(columns, count)


MAKERS = {"azure_usage": azure_usage, "subscriptions": subscriptions, "searches": searches,
          "referrals": referrals, "indirect_resellers": indirect_resellers, "devices": devices}
