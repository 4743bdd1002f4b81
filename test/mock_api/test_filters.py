"""Tests that the filter parser accepts what the documents allow and nothing else."""

import unittest

import catalog
import filters
from tables import Table

RESOURCE = catalog.BY_NAME["license_deployment"]
AZURE = catalog.BY_NAME["azure_usage"]
SUBSCRIPTIONS = catalog.BY_NAME["subscriptions"]

ROWS = [
    {"serviceCode": "o365", "channel": "reseller", "customerName": "O'Brien & Sons",
     "customerTenantId": "0112A436-B14E-4888-967B-CA4BB2CF1234"},
    {"serviceCode": "crm", "channel": "Reseller", "customerName": "Café ",
     "customerTenantId": "D3B4FE1F-9992-4930-8ACB-CA6EC609365E"},
    {"serviceCode": None, "channel": "direct", "customerName": None, "customerTenantId": None},
    {"serviceCode": "o365", "channel": None, "customerName": "cafe",
     "customerTenantId": "d3b4fe1f-9992-4930-8acb-ca6ec609365e"},
]
TABLE = Table.of(ROWS, list(RESOURCE.by_name))
USUAL = {"string_comparison": "insensitive", "guid_comparison": "insensitive",
         "ne_keeps_nulls": True}

GOOD = {
    "serviceCode eq 'O365'": [0, 3],
    "serviceCode eq 'O365' or (channel eq 'Reseller')": [0, 1, 3],
    "(serviceCode eq 'O365') or (channel eq 'Reseller')": [0, 1, 3],
    "serviceCode eq 'crm' or serviceCode eq 'o365' and channel eq 'reseller'": [0, 1],
    "(serviceCode eq 'crm' or serviceCode eq 'o365') and channel eq 'reseller'": [0, 1],
    "customerName eq 'O''Brien & Sons'": [0],
    "customerName eq 'o''brien & sons'": [0],
    "customerName eq ''": [],
    "serviceCode ne 'o365'": [1, 2],
    "serviceCode ne 'o365' and channel ne 'direct'": [1],
    "channel ne 'reseller' or serviceCode eq 'o365'": [0, 2, 3],
    "customerTenantId eq 'd3b4fe1f-9992-4930-8acb-ca6ec609365e'": [1, 3],
    "customerTenantId eq 'no guid at all'": [],
    " ( ( serviceCode\teq  'o365' ) ) ": [0, 3],
    "productName eq 'none of the rows has this field'": [],
    "productName ne 'none of the rows has this field'": [0, 1, 2, 3],
    "(serviceCode eq'o365')and(channel eq 'reseller')": None,
}

BAD = (
    "", " ", "serviceCode", "serviceCode eq", "eq 'o365'", "serviceCode eq o365",
    "serviceCode eq \"o365\"", "serviceCode eq 'o365", "serviceCode eq 'o'365'",
    "serviceCode eq ''o365'", "'o365' eq serviceCode", "serviceCode = 'o365'",
    "serviceCode EQ 'o365'", "serviceCode eq 'o365' OR channel eq 'x'",
    "serviceCode eq 'o365' or", "or serviceCode eq 'o365'", "serviceCode eq 'o365' channel",
    "serviceCode eq 'o365' or or channel eq 'x'", "(serviceCode eq 'o365'",
    "serviceCode eq 'o365')", "()", "serviceCode eq ()", "serviceCode eq ('o365')",
    "serviceCode eq 365", "serviceCode eq true", "serviceCode eq null",
    "serviceCode gt 'o365'", "contains(serviceCode,'o365')", "servicecode eq 'o365'",
    "ServiceCode eq 'o365'", "service_code eq 'o365'", "licensesSold eq 5",
    "processedDateTime eq '2018-10-14'", "processedDateTime eq cast('2018-10-14', "
    "Edm.DateTimeOffset)", "unknown eq 'x'", "not serviceCode eq 'x'",
    "not(serviceCode eq 'x')", "serviceCode in ('x')", "serviceCode eq 'x';",
    "serviceCode eq 'x' --", "serviceCode eq 'x'or channel eq 'y'", "serviceCode eq'x'",
    "serviceCode eq 'x' or channel eq'y'", "1 eq 1", "true",
    "(" * 65 + "serviceCode eq 'x'" + ")" * 65,
)

DATES = {
    "usageDate eq cast('2018-05-27', Edm.DateTimeOffset)": [0],
    "usageDate ge cast('2018-05-27', Edm.DateTimeOffset)": [0, 1],
    "usageDate gt cast('2018-05-27',Edm.DateTimeOffset)": [1],
    "usageDate le cast( '2018-05-27', Edm.DateTimeOffset )": [0],
    "usageDate lt cast('2018-05-28', Edm.DateTimeOffset) and customerName eq 'a'": [0],
    "usageDate ne cast('2018-05-27', Edm.DateTimeOffset)": [1, 2],
}

BAD_DATES = (
    "usageDate eq '2018-05-27'", "usageDate eq 2018-05-27", "usageDate eq cast('2018-05-27')",
    "usageDate eq cast('2018-05-27', Edm.Date)", "usageDate eq cast('27.5.2018', "
    "Edm.DateTimeOffset)", "usageDate eq cast('2018-13-27', Edm.DateTimeOffset)",
    "usageDate eq cast('2018-05-27T24:00:00', Edm.DateTimeOffset)",
    "usageDate eq cast(2018, Edm.DateTimeOffset)", "contains(usageDate,'2018')",
    "quantity gt 5", "reservationId eq 'x'",
    "usageDate ge cast('2018-05-27T00:00:00', Edm.DateTimeOffset)",
    "usageDate ge cast('2018-05-27T12:30:00.5Z', Edm.DateTimeOffset)",
    "usageDate ge cast('2018-05-27+02:00', Edm.DateTimeOffset)",
)

# Forms of a date's literal, by the switches that allow them.
FORMS = (
    ("usageDate ge cast('2018-05-27T02:00:00.1234567+02:00', Edm.DateTimeOffset)",
     {"filter_date_format": "any"}, [1]),
    ("usageDate gt '2018-05-27'", {"filter_date_literal": "quoted"}, [1]),
    ("usageDate gt 2018-05-27", {"filter_date_literal": "bare"}, [1]),
    ("usageDate gt 2018-05-27T00:00:00Z",
     {"filter_date_literal": "any", "filter_date_format": "datetime_utc"}, [1]),
    ("usageDate gt '2018-05-27T00:00:00'",
     {"filter_date_literal": "quoted", "filter_date_format": "datetime"}, [1]),
    ("usageDate gt '2018-05-27T00:00:00Z'",
     {"filter_date_literal": "quoted", "filter_date_format": "datetime"}, None),
    ("usageDate gt cast('2018-05-27', Edm.DateTimeOffset)", {"filter_date_literal": "quoted"}, None),
    ("usageDate gt cast('2018-05-27', Edm.DateTimeOffset)", {"refused_fields": ["usageDate"]}, None),
    ("customerName eq 'a' or customerName eq 'b'", {"max_clauses": 2}, [0, 1, 2]),
    ("customerName eq 'a' or customerName eq 'b'", {"max_clauses": 1}, None),
)


def positions(source, table=TABLE, resource=RESOURCE, **switches):
    """The rows that a filter chooses."""
    readings = {**filters.STRICT, **USUAL, **switches}
    tree = filters.parse(resource, source, readings)
    mask = filters.chosen(tree, table, readings)
    return [at for at, one in enumerate(mask) if one]


class Grammar(unittest.TestCase):

    def test_what_the_grammar_has(self):
        for source, wanted in GOOD.items():
            with self.subTest(source):
                if wanted is None:
                    self.assertRaises(filters.BadFilter, filters.parse, RESOURCE, source)
                else:
                    self.assertEqual(positions(source), wanted)

    def test_what_it_has_not(self):
        for source in BAD:
            with self.subTest(source):
                self.assertRaises(filters.BadFilter, filters.parse, RESOURCE, source)

    def test_nesting_to_the_limit(self):
        source = "(" * 64 + "serviceCode eq 'o365'" + ")" * 64
        self.assertEqual(positions(source), [0, 3])

    def test_long_chains_are_flat(self):
        source = " or ".join("customerName eq 'x%d'" % at for at in range(5000))
        self.assertEqual(positions(source + " or channel eq 'direct'"), [2])

    def test_dates(self):
        table = Table.of([{"usageDate": "2018-05-27T00:00:00", "customerName": "A"},
                          {"usageDate": "2018-05-28T00:00:00", "customerName": "A"},
                          {"usageDate": None, "customerName": "A"}], list(AZURE.by_name))
        for source, wanted in DATES.items():
            with self.subTest(source):
                self.assertEqual(positions(source, table, AZURE), wanted)
        for source in BAD_DATES:
            with self.subTest(source):
                self.assertRaises(filters.BadFilter, filters.parse, AZURE, source)

    def test_forms_of_dates(self):
        table = Table.of([{"usageDate": "2018-05-27T00:00:00", "customerName": "A"},
                          {"usageDate": "2018-05-28T00:00:00", "customerName": "A"},
                          {"usageDate": None, "customerName": "A"}], list(AZURE.by_name))
        for source, switches, wanted in FORMS:
            with self.subTest(source, **switches):
                if wanted is None:
                    with self.assertRaises(filters.BadFilter):
                        positions(source, table, AZURE, **switches)
                else:
                    self.assertEqual(positions(source, table, AZURE, **switches), wanted)

    def test_seconds_where_the_documents_show_them(self):
        table = Table.of([{"creationDate": "2018-05-27T12:30:00.5"}], list(SUBSCRIPTIONS.by_name))
        self.assertEqual(positions("creationDate ge cast('2018-05-27T12:30:00', "
                                   "Edm.DateTimeOffset)", table, SUBSCRIPTIONS), [0])
        for written in ("2018-05-27T12:30:00.5", "2018-05-27T12:30:00Z", "2018-05-27T12:30"):
            with self.subTest(written), self.assertRaises(filters.BadFilter):
                positions("creationDate ge cast('%s', Edm.DateTimeOffset)" % written,
                          table, SUBSCRIPTIONS)

    def test_contains_and_booleans(self):
        table = Table.of([{"customerName": "Contoso Ltd", "autoRenewEnabled": True},
                          {"customerName": "Fabrikam", "autoRenewEnabled": False},
                          {"customerName": None, "autoRenewEnabled": None}],
                         list(SUBSCRIPTIONS.by_name))
        good = {"contains(customerName,'TOSO')": [0], "contains(customerName, '')": [0, 1],
                "autoRenewEnabled eq true": [0], "autoRenewEnabled ne true": [1, 2],
                "contains(customerName,'a') and autoRenewEnabled eq false": [1]}
        for source, wanted in good.items():
            with self.subTest(source):
                self.assertEqual(positions(source, table, SUBSCRIPTIONS), wanted)
        for source in ("customerName eq 'Fabrikam'", "autoRenewEnabled eq 'true'",
                       "autoRenewEnabled", "contains(customerName)", "contains customerName",
                       "contains('a',customerName)", "contains(id,'a')", "partnerName eq 'x'",
                       "contains(customerName,'a') eq true", "trialEndDate eq cast('2018-01-01', "
                       "Edm.DateTimeOffset)"):
            with self.subTest(source):
                self.assertRaises(filters.BadFilter, filters.parse, SUBSCRIPTIONS, source)

    def test_readings(self):
        for source, switches, wanted in (
                ("channel eq 'RESELLER'", {"string_comparison": "sensitive"}, []),
                ("channel eq 'reseller'", {"string_comparison": "sensitive"}, [0]),
                ("channel ne 'reseller'", {"string_comparison": "sensitive"}, [1, 2, 3]),
                ("customerName eq 'CAFÉ'", {}, []),
                ("customerName eq 'CAFÉ'", {"string_comparison": "insensitive_trailing"}, [1]),
                ("customerName eq 'café '", {"string_comparison": "insensitive_accents"}, [1]),
                ("customerName eq 'Café'", {"string_comparison": "insensitive_accents"}, [3]),
                ("customerTenantId eq 'D3B4FE1F-9992-4930-8ACB-CA6EC609365E'",
                 {"guid_comparison": "sensitive"}, [1]),
                ("customerTenantId ne 'D3B4FE1F-9992-4930-8ACB-CA6EC609365E'",
                 {"guid_comparison": "sensitive"}, [0, 2, 3]),
                ("serviceCode ne 'o365'", {"ne_keeps_nulls": False}, [1]),
                ("productName ne 'x'", {"ne_keeps_nulls": False}, [])):
            with self.subTest(source, **switches):
                self.assertEqual(positions(source, **switches), wanted)

    def test_documented_case_sensitivity(self):
        table = Table.of([{"subscriptionType": "Office"}, {"subscriptionType": "office"}],
                         list(SUBSCRIPTIONS.by_name))
        self.assertEqual(positions("subscriptionType eq 'office'", table, SUBSCRIPTIONS), [1])


if __name__ == "__main__":
    unittest.main()
