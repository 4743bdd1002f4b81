"""The rows that the compared queries run over.

Few distinct values, so that groups have many rows, and among them all that
breaks comparing: names that differ in case, accents or blanks alone, quotes and
marks of the filter's grammar, the empty name, nulls in every column that may
have them, groups whose measures are all null, sums beyond 2^53.  The same
numbers give the same rows.

license_usage has no null measure and no null service code, and product ids of
its own: tables can be declared on it that know so.
"""

import random

DAYS = ("2018-10-12", "2018-10-13", "2018-10-14")

SERVICES = (("o365", "Microsoft Office 365"), ("crm", "Microsoft Dynamics"),
            ("O365", "microsoft office 365"), ("azure", "Azure"))
CHANNELS = ("reseller",) * 6 + ("direct",) * 4 + ("Reseller", "direct ", "o'hara", None)
NAMES = ("Contoso Ltd", "CONTOSO LTD", "contoso ltd ", "Caf\u00e9 M\u00fcller", "Cafe Muller",
         "O'Brien & Sons", "x') or (channel ne '", "100% + a=b?c#d;e", "back\\'slash", "",
         " ", "Stra\u00dfe AG", "STRASSE AG", "null", None)
PRODUCTS = ("Plan 1", "plan 1", "PLAN #2 + 50%", "Plan 'three'", None)
VOID = "Never sold"
WORKLOADS = (("EXO", "Exchange"), ("SPO", "SharePoint"), ("exo", "exchange"), ("SFB", None),
             (None, "Yammer"))

TENANTS = 11


def tenants():
    """GUIDs in lower case; the last is no customer of ours."""
    rng = random.Random("tenants")
    made = []
    for _ in range(TENANTS + 1):
        digits = "%032x" % rng.getrandbits(128)
        made.append("-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20],
                              digits[20:])))
    return made


def amount(rng, nulls):
    if nulls and rng.random() < 0.12:
        return None
    if rng.random() < 0.02:
        return 2 ** 53 + rng.randrange(1000)
    return rng.randrange(40) if rng.random() < 0.9 else 0


def common(rng, known, prefix):
    """The columns that both resources have."""
    code, service = rng.choice(SERVICES[:2] * 3 + SERVICES)
    at = rng.randrange(len(PRODUCTS))
    tenant = rng.choice(known + [None])
    name = NAMES[(known.index(tenant) + rng.randrange(3)) % len(NAMES)] \
        if tenant and rng.random() < 0.7 else rng.choice(NAMES)
    return {"serviceCode": code, "serviceName": service, "channel": rng.choice(CHANNELS),
            "customerTenantId": tenant, "customerName": name,
            "productId": "%s-%d" % (prefix, at), "productName": PRODUCTS[at],
            "processedDateTime": DAYS[-1] + "T00:00:00"}


def deployment(count):
    rng = random.Random("deployment %d" % count)
    known, rows = tenants()[:TENANTS], []
    for _ in range(count):
        row = common(rng, known, "D")
        row.update(licensesDeployed=amount(rng, True), licensesSold=amount(rng, True))
        if rng.random() < 0.05:
            row["serviceCode"] = None
        if rng.random() < 0.06:
            row.update(productId="D-9", productName=VOID, channel="void",
                       licensesDeployed=None, licensesSold=None)
        rows.append(row)
    return rows


def usage(count):
    rng = random.Random("usage %d" % count)
    known, rows = tenants()[:TENANTS], []
    for _ in range(count):
        row = common(rng, known, "U")
        code, name = rng.choice(WORKLOADS)
        row.update(workloadCode=code, workloadName=name, licensesActive=amount(rng, False),
                   licensesQualified=amount(rng, False))
        rows.append(row)
    return rows


def snapshots(rows):
    """{day: rows}: the latest day's, and on the days before fewer and other ones."""
    found = {}
    for age, day in enumerate(reversed(DAYS)):
        found[day] = [{**row, "processedDateTime": day + "T00:00:00"}
                      for at, row in enumerate(rows) if at % (age + 1) == 0]
    return dict(sorted(found.items()))


def spelled(rows, case):
    """The rows with their GUIDs in upper or lower case."""
    return [{**row, "customerTenantId": row["customerTenantId"] and
             getattr(row["customerTenantId"], case)()} for row in rows]
