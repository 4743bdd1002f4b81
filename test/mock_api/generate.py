"""Generates the rows of the licence resources, for a seed and a size.

The same settings give the same rows on every machine.  Rows refer to a few
hundred customers and a few dozen products, so that columns stay small; rare
values (big numbers, the long name) stand at fixed places so that small sets hold
them too.  The generated resources other than the licence ones are in
generate_more.py.
"""

import datetime
import random
from array import array

import words
from tables import Column, Number, Table

# Draws are 16-bit numbers looked up in tables of this size.
DRAW = 1 << 16

# Services are processed this many days apart when they have dates of their own.
LAG = {"o365": 0, "crm": 4}


def randomness(settings, *what):
    """A source of random numbers that depends on the seed and on what it is for."""
    return random.Random("/".join(map(str, (settings["seed"],) + what)))


def day_before(settings, days):
    latest = datetime.date.fromisoformat(settings["latest_day"])
    return (latest - datetime.timedelta(days=days)).isoformat()


def midnight_before(settings, days):
    return day_before(settings, days) + "T00:00:00"


def make_guid(rng, case="lower"):
    """A random GUID in the wanted spelling."""
    digits = "%032x" % (rng.getrandbits(128) & ~(0xf << 76) | (0x4 << 76))
    guid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    return spelled(guid, case)


def spelled(guid, case):
    """A lower-case GUID in the wanted spelling; mixed depends on the GUID alone."""
    if guid is None or case == "lower":
        return guid
    if case == "upper":
        return guid.upper()
    return "".join(one.upper() if at % 3 else one for at, one in enumerate(guid))


def pick(rng, options):
    return options[int(rng.random() * len(options))]


def draw(rng, count, table):
    """One entry of a table of DRAW codes for each row."""
    return array("I", map(table.__getitem__, array("H", rng.randbytes(2 * count))))


def skewed(size):
    """Codes 0..size-1, low ones more often."""
    return array("I", (min(size - 1, int(size * (at / DRAW) ** 1.3)) for at in range(DRAW)))


def even(size):
    """Codes 0..size-1, all about as often."""
    return array("I", (at * size // DRAW for at in range(DRAW)))


def entity_columns(codes, entities, names):
    """For each attribute of an entity, the Column of it over the rows."""
    columns = {}
    for at, name in enumerate(names):
        each = Column.of([entity[at] for entity in entities])
        columns[name] = Column(each.values, array("I", map(each.codes.__getitem__, codes)))
    return columns


def customers(settings):
    """(id in lower case, name, domain) of each customer."""
    rng = randomness(settings, "customers")
    awkward = words.AWKWARD if settings["awkward"] else ()
    made = []
    for at in range(settings["customers"]):
        plain = "%s %s%s, %s regional head office" % (
            pick(rng, words.FIRST), pick(rng, words.SECOND), pick(rng, words.THIRD),
            pick(rng, words.CITIES))
        name = awkward[at // 2] if at % 2 and at // 2 < len(awkward) else plain
        domain = "customer%d.onmicrosoft.com" % at
        made.append((make_guid(rng), name, domain))
    return made


def buyers(settings):
    """(tenant id, name) pairs that rows may carry; the last two are for fixed places."""
    made = [(guid, name) for guid, name, _ in customers(settings)]
    if settings["awkward"]:
        made.append((made[0][0], made[0][1].upper()))
        made.append((made[0][0], made[0][1].lower()))
    if settings["nulls"]:
        made += [(made[1 % len(made)][0], None), (None, made[2 % len(made)][1]), (None, None)]
    last = made[-1][0] if not settings["nulls"] else made[0][0]
    made.append((last, words.LONG if settings["awkward"] else made[0][1]))
    return [(spelled(guid, settings["guid_case"]), name) for guid, name in made]


def products(settings):
    """(product id, name, service code, service name) that rows may carry."""
    rng = randomness(settings, "products")
    named = [(name, "o365") for name in words.PRODUCTS]
    named += [(name, "crm") for name in words.DYNAMICS]
    if settings["awkward"]:
        named += [(name, "o365") for name in words.AWKWARD_PRODUCTS]
    made = [(make_guid(rng, settings["guid_case"]), name, code, words.SERVICES[code])
            for name, code in named]
    if settings["nulls"]:
        guid, name, code, service = made[0]
        made += [(None, name, code, service), (guid, None, code, service),
                 (guid, name, None, service), (guid, name, code, None),
                 (None, None, None, None)]
    return made


def amounts(rng, settings):
    """A table of DRAW pairs (all, those of them that are used)."""
    pairs = []
    for _ in range(DRAW):
        total = int(10 ** (rng.random() * 3.6)) - 1
        used = int(total * rng.random())
        if settings["nulls"] and rng.random() < 0.02:
            total = None
        if settings["nulls"] and rng.random() < 0.02:
            used = None
        pairs.append((total, used))
    return pairs


def big_amounts(rng, settings, size):
    """Amounts whose sums pass 2^53, or that do so themselves; never 2^63 together."""
    low, high = (2 ** 53, 10 ** 17) if settings["big_numbers"] else (2 ** 51, 2 ** 53)
    made = []
    for _ in range(size):
        total = low + 1 + int(rng.random() * (high - low - 2))
        made.append((total, total - 1))
    return made


def measured(rng, settings, count):
    """Columns of the two measures of a licence resource."""
    pairs = amounts(rng, settings)
    codes = draw(rng, count, range(DRAW))
    big = min(40, count // 25) if settings["awkward"] or settings["big_numbers"] else 0
    for at, pair in enumerate(big_amounts(rng, settings, big)):
        codes[at * 25 + 7] = len(pairs)
        pairs.append(pair)
    return entity_columns(codes, pairs, ("all", "used"))


def channels(settings):
    made = ["reseller"] * 20 + ["direct"] * 4
    if settings["awkward"]:
        made += ["Reseller"] * 2
    if settings["nulls"]:
        made += [None]
    return made


def licences(name, settings, age):
    """One snapshot of license_deployment or license_usage, so many days before the latest."""
    rng = randomness(settings, name, age)
    count = settings["rows"] - min(settings["rows"] // 2, settings["rows"] * age // 50)
    buyer_list, product_list = buyers(settings), products(settings)
    buyer = draw(rng, count, skewed(len(buyer_list) - 1))
    for at in range(count // 2, count, max(20, count // 2)):
        buyer[at] = len(buyer_list) - 1
    product = draw(rng, count, even(len(product_list)))
    columns = entity_columns(buyer, buyer_list, ("customerTenantId", "customerName"))
    columns.update(entity_columns(product, product_list, (
        "productId", "productName", "serviceCode", "serviceName")))
    channel_list = channels(settings)
    each = Column.of(channel_list)
    columns["channel"] = Column(each.values, draw(
        rng, count, array("I", map(each.codes.__getitem__, even(len(channel_list))))))
    columns["processedDateTime"] = processed(settings, age, product_list, product)
    amount = measured(rng, settings, count)
    if name == "license_deployment":
        columns["licensesSold"], columns["licensesDeployed"] = amount["all"], amount["used"]
    else:
        columns["licensesQualified"], columns["licensesActive"] = amount["all"], amount["used"]
        columns.update(workloads(rng, settings, product_list, product))
    return Table(columns, count)


def processed(settings, age, product_list, product):
    """The processing day of each row: the snapshot's, or its service's own."""
    lags = [LAG.get(entity[2], 0) if settings["service_dates"] else 0 for entity in product_list]
    days = [(midnight_before(settings, age + lag),) for lag in lags]
    return entity_columns(product, days, ("day",))["day"]


def workloads(rng, settings, product_list, product):
    """Columns of a workload that fits each row's product."""
    choices = list(words.WORKLOADS) + [words.CRM_WORKLOAD]
    if settings["nulls"]:
        choices += [(None, "Exchange"), ("EXO", None)]
    crm = len(words.WORKLOADS)
    is_crm = bytes(entity[2] == "crm" for entity in product_list)
    others = [at for at in range(len(choices)) if at != crm]
    drawn = draw(rng, len(product), array("I", map(others.__getitem__, even(len(others)))))
    codes = array("I", (crm if is_crm[one] else two for one, two in zip(product, drawn)))
    return entity_columns(codes, choices, ("workloadCode", "workloadName"))


LEGACY_TIMES = {"o365": "T03:25:16.36+00:00", "crm": "T00:00:00+00:00"}


def percent(used, total):
    return Number(format(used / total if total else 0.0, ".4f"))


def customer_licences(name, settings, customer):
    """Legacy rows of one of our customers, by its (id, name, domain)."""
    guid, company, _ = customer
    rng = randomness(settings, name, guid)
    count = settings["legacy_rows"]
    if count < 0:
        count = max(0, int(rng.random() * 14) - 2)
    offered = [one for one in products(settings) if None not in one]
    rows = []
    for _ in range(count):
        _, product, code, _ = pick(rng, offered)
        total = int(10 ** (rng.random() * 3))
        used = int(total * rng.random())
        row = {"customerId": guid, "customerName": company, "productName": product}
        if name == "customer_license_deployment":
            row.update(licensesDeployed=used, deploymentPercent=percent(used, total),
                       licensesSold=total)
        else:
            workload = words.CRM_WORKLOAD if code == "crm" else pick(rng, words.WORKLOADS)
            row.update(licensesActive=used, licensesQualified=total,
                       usagePercent=percent(used, total), workloadName=workload[1])
        rows.append(finish_legacy(settings, row, code, rng))
    return rows


def partner_licences(name, settings):
    """Rows of the two legacy resources that sum over all customers."""
    rng = randomness(settings, name)
    rows = []
    for code in words.SERVICES:
        for channel in ("reseller", "direct"):
            if name == "partner_license_deployment":
                row = {"proratedDeploymentPercent": percent(int(rng.random() * 1000), 1000),
                       "licensesSold": int(rng.random() * 100000)}
                rows.append(finish_legacy(settings, row, code, rng, channel))
                continue
            kinds = words.WORKLOADS if code == "o365" else (words.CRM_WORKLOAD,)
            for _, workload in kinds:
                row = {"proratedLicensesUsagePercent": percent(int(rng.random() * 9000), 1000),
                       "workloadName": workload}
                rows.append(finish_legacy(settings, row, code, rng, channel))
    return rows


def finish_legacy(settings, row, code, rng, channel=None):
    """The fields that all legacy rows end with."""
    row["processedDateTime"] = day_before(settings, LAG[code]) + LEGACY_TIMES[code]
    row["serviceName"] = code
    row["channel"] = channel or pick(rng, ("reseller", "reseller", "direct"))
    if settings["nulls"] and channel is None and rng.random() < 0.05:
        row["channel"] = None
    return row
