"""Tests that resources respond as documented: pages, sums, errors, examples."""

import collections
import csv
import io
import json
import unittest
from urllib.parse import urljoin

import documents
from harness import (DEPLOYMENT, DEPLOYMENT_EXAMPLE, USAGE, USAGE_EXAMPLE, Case, Process, ctl)

KEYS = ["processedDateTime", "serviceCode", "serviceName", "channel", "customerTenantId",
        "customerName", "productId", "productName", "licensesDeployed", "licensesSold"]
PARTNER = "/v1/analytics/licenses/"
CUSTOMER = "/v1/customers/%s/analytics/licenses/"


def counted(rows):
    """Rows as a multiset."""
    return collections.Counter(json.dumps(row, sort_keys=True) for row in rows)


def summed(rows, keys, metrics):
    """What groupby means, the slow way."""
    groups = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        totals = groups.setdefault(key, dict.fromkeys(metrics))
        for name in metrics:
            if row[name] is not None:
                totals[name] = (totals[name] or 0) + row[name]
    return [{**dict(zip(keys, key)), **totals} for key, totals in groups.items()]


class Seeds(Case):
    """The documents' examples."""

    OPTIONS = ("--data-set", "seeds")

    def test_documents_byte_for_byte(self):
        for name, path in (
                ("license_deployment", DEPLOYMENT), ("license_deployment", DEPLOYMENT_EXAMPLE),
                ("partner_license_deployment", PARTNER + "deployment"),
                ("customer_license_deployment",
                 CUSTOMER % documents.EXAMPLE_CUSTOMER + "deployment"),
                ("customer_license_usage", CUSTOMER % documents.EXAMPLE_CUSTOMER + "usage"),
                ("license_usage", USAGE), ("license_usage", USAGE_EXAMPLE),
                ("partner_license_usage", PARTNER + "usage"),
                ("azure_usage", "/partner/v1/analytics/usage/azure"),
                ("subscriptions", "/partner/v1/analytics/subscriptions"),
                ("searches", "/partner/v1/analytics/search"),
                ("referrals", "/partner/v1/analytics/referrals"),
                ("indirect_resellers", "/partner/v1/analytics/indirectresellers")):
            with self.subTest(path):
                status, headers, body = self.get(path)
                self.assertEqual(status, 200)
                self.assertEqual(body, documents.body(name))
                self.assertEqual(headers["Content-Type"], "application/json; charset=utf-8")

    def test_parameters_compute_from_the_examples(self):
        rows = json.loads(documents.body("license_deployment"))["Value"]
        page = self.page(top=1)
        self.assertEqual((page["Value"], page["TotalCount"]), (rows[:1], 2))
        self.assertEqual(self.rows(skip=1), rows[1:])
        self.assertEqual(self.rows(filter="serviceCode eq 'O365'"), rows[1:])
        self.assertEqual(self.rows(filter="serviceCode eq 'O365' or (channel eq 'Reseller')"),
                         rows)
        own = "customerTenantId eq '0112A436-B14E-4888-967B-CA4BB2CF1234'"
        self.assertEqual(self.rows(DEPLOYMENT_EXAMPLE, filter=own), rows)
        self.assertEqual(self.rows(groupby="channel"), [
            {"channel": "reseller", "licensesDeployed": 0, "licensesSold": 14}])

    def test_singular_key_in_rows_and_plural_in_groups(self):
        self.assertIn("licenseActive", self.rows(USAGE, top=1)[0])
        self.assertEqual(self.rows(USAGE, groupby="workloadCode"), [
            {"workloadCode": "SFB", "licensesActive": 2, "licensesQualified": 5},
            {"workloadCode": "SPO", "licensesActive": 0, "licensesQualified": 1},
            {"workloadCode": "EXO", "licensesActive": 1, "licensesQualified": 1}])

    def test_days(self):
        self.assertEqual(len(self.rows(processedDateTime="2018-10-14T00:00:00")), 2)
        self.assertEqual(self.rows(processedDateTime="2018-10-13"), [])

    def test_styles_of_the_examples(self):
        self.mock_api.config(bom=True)
        body = self.get(DEPLOYMENT)[2]
        self.assertEqual(body, b"\xef\xbb\xbf" + documents.body("license_deployment"))
        self.mock_api.config(bom=False, key_case="upper-first")
        self.assertIn("CustomerTenantId", self.rows()[0])

    def test_legacy_refuses_any_query(self):
        for path in (PARTNER + "deployment", PARTNER + "usage",
                     CUSTOMER % documents.EXAMPLE_CUSTOMER + "deployment"):
            for query in ("?", "?top=1", "?filter="):
                with self.subTest(path + query):
                    self.check_refusal(self.raw(path + query))

    def test_subscribed_skus(self):
        guid = self.page("/v1/customers")["items"][0]["id"]
        page = self.page("/v1/customers/%s/subscribedskus" % guid)
        self.assertEqual(page["totalCount"], len(page["items"]))
        for one in page["items"]:
            self.assertEqual(one["totalUnits"], one["consumedUnits"] + one["availableUnits"])
        self.assertEqual(self.get("/v1/customers/%s/subscribedskus?top=5" % guid)[0], 400)

    def test_customers(self):
        page = self.page("/v1/customers")
        self.assertEqual([item["id"] for item in page["items"]], [
            "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04", "0112a436-b14e-4888-967b-ca4bb2cf1234"])
        self.assertEqual(page["totalCount"], 2)
        self.assertNotIn("next", page["links"])
        other = CUSTOMER % "0112A436-B14E-4888-967B-CA4BB2CF1234" + "deployment"
        self.assertEqual(self.page(other), {
            "totalCount": 0, "items": [], "attributes": {"objectType": "Collection"}})


class Pages(Case):
    """top, skip, envelopes, links."""

    def test_a_row(self):
        row = self.rows(top=1)[0]
        self.assertEqual(list(row), KEYS)
        page = self.page(top=1)
        self.assertEqual(list(page), ["Value", "@nextLink", "TotalCount"])

    def test_walk(self):
        whole = self.rows()
        self.assertEqual(len(whole), 200)
        self.assertEqual(self.walk(DEPLOYMENT, 30), whole)
        self.assertEqual(self.walk(DEPLOYMENT_EXAMPLE, 7), whole)
        page = self.page(skip=200)
        self.assertEqual(page, {"Value": [], "@nextLink": None, "TotalCount": 200})
        self.assertEqual(self.page(skip=10 ** 17)["Value"], [])

    def test_what_parameters_may_be(self):
        for query in ("top=0", "top=-1", "top=10001", "top=x", "top=", "top=1.0", "top=1e3",
                      "top=%201", "top=99999999999999999999", "skip=-1", "skip=x", "skip=",
                      "Top=1", "TOP=1", "$top=1", "$filter=a", "orderby=channel", "unknown=1",
                      "aggregationLevel=day", "top=1&top=1", "top=1&top=2", "top", "top=1&",
                      "&top=1", "=1", "", "filter=%zz", "filter=%", "filter=%f", "filter=%ff",
                      "filter=%C3%28", "groupby=", "groupby=licensesSold", "groupby=unknown",
                      "groupby=processedDateTime", "groupby=channel,", "groupby=,channel",
                      "groupby=channel,channel", "groupby=Channel", "groupBy=channel",
                      "groupby=channel&groupBy=channel",
                      "processedDateTime=", "processedDateTime=yesterday",
                      "processedDateTime=14.10.2018", "processedDateTime=2018-02-30",
                      "filter=serviceCode%20eq%20%27x", "filter=", "fi%6cter=x"):
            with self.subTest(query):
                self.check_refusal(self.raw(DEPLOYMENT + "?" + query))

    def test_what_a_target_may_hold(self):
        for target in (DEPLOYMENT + "?filter=serviceCode eq 'x'", DEPLOYMENT + "?filter=a\x01"):
            with self.subTest(target):
                said = self.talk(self.ask(target, "Connection: close"))
                self.assertTrue(said.startswith(b"HTTP/1.1 400 "), said)
        for query in ("filter=serviceCode%20eq%20'x\"'", "filter={x}", "filter=caf\u00e9",
                      "filter=a\\b", "filter=<x>", "filter=a|b", "filter=a^b", "filter=a`b"):
            with self.subTest(query):
                said = self.talk(self.ask(DEPLOYMENT + "?" + query, "Connection: close"))
                self.assertTrue(said.startswith(b"HTTP/1.1 400 "), said)

    def test_plus_in_a_query(self):
        query = "?filter=serviceCode+eq+'o365'"
        self.assertEqual(self.raw(DEPLOYMENT + query)[0], 200)
        for meaning in ("literal", "refused"):
            self.mock_api.config(plus_in_query=meaning)
            self.check_refusal(self.raw(DEPLOYMENT + query))

    def test_paths(self):
        for path in (DEPLOYMENT[:-1], DEPLOYMENT_EXAMPLE + "/", USAGE[:-1], USAGE_EXAMPLE + "/",
                     "/", "/v1/analytics", "/v1" + DEPLOYMENT, "/V1/analytics/licenses/usage",
                     "/v1/analytics/licenses/usage/", "/partner" + DEPLOYMENT, "/v1//customers"):
            with self.subTest(path):
                self.refused(path, 404)
        self.mock_api.config(path_form="table")
        self.assertEqual(self.get(DEPLOYMENT)[0], 200)
        self.refused(DEPLOYMENT_EXAMPLE, 404)
        self.mock_api.config(path_form="example")
        self.refused(USAGE, 404)
        self.assertEqual(self.get(USAGE_EXAMPLE)[0], 200)
        self.assertEqual(self.get("/partner/v1/analytics/search")[0], 200)
        self.mock_api.config(path_form="both", redirect_slash=True)
        status, headers, _ = self.raw(DEPLOYMENT[:-1] + "?top=1")
        self.assertEqual((status, headers["Location"]), (301, DEPLOYMENT + "?top=1"))

    def test_next_links(self):
        for path in (DEPLOYMENT, DEPLOYMENT_EXAMPLE):
            asked = {"filter": "channel eq 'reseller' or channel eq 'a+b & c'", "top": 3}
            second = self.rows(path, **asked, skip=3)
            host = "http://127.0.0.1:%d" % self.port
            for kind in ("relative", "absolute", "http"):
                with self.subTest(kind + path):
                    self.mock_api.config(next_link=kind)
                    link = self.page(path, **asked)["@nextLink"]
                    self.assertEqual("://" in link, kind != "relative")
                    target = urljoin(host + path, link)
                    self.assertTrue(target.startswith(host))
                    body = self.raw(target[len(host):])[2]
                    self.assertEqual(json.loads(body)["Value"], second)
        self.mock_api.config(next_link="last_segment")
        self.assertEqual(self.page(DEPLOYMENT, top=3)["@nextLink"], "license?top=3&skip=3")
        self.mock_api.config(next_link="relative_unencoded")
        self.assertEqual(self.page(DEPLOYMENT_EXAMPLE, **asked)["@nextLink"],
                         "license?filter=channel eq 'reseller' or channel eq 'a+b & c'"
                         "&top=3&skip=3")

    def test_hostile_next_links(self):
        for kind, wanted in (("always_null", None), ("empty", ""), ("self", "?top=5&skip=5"),
                             ("foreign", "http://elsewhere:1" + DEPLOYMENT + "?top=5&skip=10")):
            with self.subTest(kind):
                self.mock_api.config(next_link=kind, foreign_host="elsewhere:1")
                self.assertEqual(self.page(top=5, skip=5)["@nextLink"], wanted)
        self.mock_api.config(next_link="absent")
        self.assertNotIn("@nextLink", self.page(top=5))

    def test_counts(self):
        asked = {"filter": "channel eq 'direct'", "top": 2}
        size = len(self.rows(filter=asked["filter"]))
        self.assertGreater(size, 2)
        for kind, wanted in (("filtered", size), ("unfiltered", 200), ("page", 2),
                             ("null", None), ("string", str(size))):
            with self.subTest(kind):
                self.mock_api.config(total_count=kind)
                self.assertEqual(self.page(**asked)["TotalCount"], wanted)
        self.mock_api.config(total_count="absent")
        self.assertNotIn("TotalCount", self.page(**asked))

    def test_count_of_groups(self):
        wide = len(self.rows(groupby="customerName"))
        narrow = len(self.rows(groupby="customerName", filter="channel eq 'direct'"))
        self.assertGreater(wide, narrow)
        asked = {"groupby": "customerName", "filter": "channel eq 'direct'", "top": 1}
        self.assertEqual(self.page(**asked)["TotalCount"], narrow)
        self.mock_api.config(total_count="unfiltered")
        self.assertEqual(self.page(**asked)["TotalCount"], wide)

    def test_a_server_with_a_mind_of_its_own(self):
        whole = self.rows()
        self.mock_api.config(cap_top=30)
        self.assertEqual(len(self.rows()), 30)
        self.assertEqual(self.walk(DEPLOYMENT, 100), whole)
        self.mock_api.config(cap_top=0, ignore_skip=True)
        self.assertEqual(self.rows(skip=50), whole)
        self.mock_api.config(ignore_skip=False, shuffle="page")
        pages = [self.rows(top=50, skip=50) for _ in range(2)]
        self.assertNotEqual(*pages)
        self.assertEqual(*map(counted, pages))
        asked = {"path": "/partner/v1/analytics/usage/azure", "top": 50,
                 "orderby": "usageDate,subscriptionId,meterCategory"}
        self.assertEqual(*([row["usageDate"] for row in self.rows(**asked)] for _ in range(2)))
        self.mock_api.config(shuffle="result")
        self.assertNotEqual(counted(self.rows(top=50)), counted(self.rows(top=50)))
        self.assertEqual(len(self.rows()), 200)

    def test_envelopes(self):
        rows = self.rows(top=2)
        for kind in ("Value", "value", "items", "Items"):
            self.mock_api.config(envelope=kind)
            self.assertEqual(self.page(top=2)[kind], rows)
        self.mock_api.config(envelope="array")
        self.assertEqual(self.page(top=2), rows)
        self.assertEqual(self.page(skip=1000), [])
        self.mock_api.config(envelope="object")
        self.assertEqual(self.page(top=1), rows[0])
        self.assertEqual(self.page(top=2)["Value"], rows)

    def test_spelling_of_keys_and_values(self):
        row = self.rows(top=1, filter="serviceCode eq 'o365'")[0]
        asked = {"top": 1, "filter": "serviceCode eq 'o365'"}
        self.mock_api.config(key_case="lower")
        self.assertEqual(self.page(**asked)["value"],
                         [{key.lower(): value for key, value in row.items()}])
        self.mock_api.config(key_case="upper-first")
        self.assertEqual(self.rows(**asked)[0]["ServiceCode"], "o365")
        self.mock_api.config(key_case="documented", numbers_as_strings=True)
        self.assertEqual(self.rows(**asked)[0]["licensesSold"], str(row["licensesSold"]))
        self.mock_api.config(numbers_as_strings=False, pretty=True)
        self.assertEqual(self.rows(**asked), [row])
        self.assertIn(b'\n      "serviceCode": "o365"', self.get(DEPLOYMENT, **asked)[2])
        self.mock_api.config(pretty=False, row_keys="table")
        self.assertIn("licensesActive", self.rows(USAGE, top=1)[0])

    def test_forms_of_dates(self):
        for form, wanted in (("documented", "2018-10-14T00:00:00"), ("z", "2018-10-14T00:00:00Z"),
                             ("offset", "2018-10-14T00:00:00+00:00"),
                             ("ticks", "2018-10-14T00:00:00.0000000"),
                             ("ticks_z", "2018-10-14T00:00:00.0000000Z")):
            with self.subTest(form):
                self.mock_api.config(date_format=form)
                self.assertEqual(self.rows(top=1)[0]["processedDateTime"], wanted)
        self.mock_api.config(date_format="none")
        item = self.page(PARTNER + "deployment")["items"][0]
        self.assertEqual(item["processedDateTime"], "2018-10-14T03:25:16.36")

    def test_omitted_nulls(self):
        whole = self.rows()
        self.assertTrue(any(None in row.values() for row in whole))
        self.mock_api.config(omit_nulls=True)
        self.assertEqual(self.rows(), [
            {key: value for key, value in row.items() if value is not None} for row in whole])

    def test_empty_for_null(self):
        whole = self.rows()
        self.mock_api.config(empty_for_null=True)
        rows = self.rows()
        self.assertTrue(any(row["customerTenantId"] == "" for row in rows))
        self.assertEqual([row["customerName"] for row in rows], [row["customerName"] for row in whole])

    def test_required_query(self):
        path = "/partner/v1/analytics/devices"
        self.mock_api.config(required_query="a=b%20c&d=")
        self.assertEqual(self.get(path + "?top=1")[0], 400)
        self.assertEqual(self.get(path + "?d=&a=b")[0], 400)
        self.assertEqual(self.get(path + "?top=1&d=&a=b%20c")[0], 200)

    def test_characters(self):
        whole = self.rows(groupby="customerName")
        self.assertFalse(self.get(DEPLOYMENT)[2].isascii())
        self.mock_api.config(json_ascii=True)
        self.assertTrue(self.get(DEPLOYMENT)[2].isascii())
        self.assertEqual(self.rows(groupby="customerName"), whole)


class Sums(Case):
    """groupby, and filter together with it."""

    OPTIONS = ("--rows", "3000")

    def test_every_key_alone_and_all_together(self):
        for path, metrics in ((DEPLOYMENT, ["licensesDeployed", "licensesSold"]),
                              (USAGE, ["licensesActive", "licensesQualified"])):
            self.mock_api.config(row_keys="table")
            whole = self.rows(path)
            keys = [key for key in whole[0] if key not in metrics + ["processedDateTime"]]
            for names in [[key] for key in keys] + [keys, keys[::-1], ["channel", "serviceCode"]]:
                with self.subTest(",".join(names)):
                    found = self.rows(path, groupby=",".join(names))
                    wanted = summed(whole, names, metrics)
                    self.assertEqual(found, wanted)
                    self.assertEqual(list(found[0]), names + metrics)

    def test_filtered(self):
        whole = self.rows()
        kept = [row for row in whole if (row["channel"] or "").lower() == "reseller"
                and row["serviceCode"] != "crm"]
        found = self.rows(filter="channel eq 'reseller' and serviceCode ne 'crm'",
                          groupby="serviceName,channel")
        self.assertEqual(found, summed(kept, ["serviceName", "channel"],
                                       ["licensesDeployed", "licensesSold"]))

    def test_sums_beyond_what_doubles_hold(self):
        totals = [row["licensesSold"] for row in self.rows(groupby="channel")]
        self.assertGreater(max(totals), 2 ** 53)
        self.assertLess(sum(totals), 2 ** 63)
        self.mock_api.config(big_numbers=True)
        sold = [row["licensesSold"] or 0 for row in self.rows()]
        self.assertGreater(max(sold), 2 ** 53)
        self.assertLess(sum(sold), 2 ** 63)

    def test_paged_groups(self):
        whole = self.rows(groupby="customerTenantId,productId")
        self.assertGreater(len(whole), 1000)
        self.assertEqual(self.walk(DEPLOYMENT, 400, groupby="customerTenantId,productId"), whole)

    def test_all_null_sums(self):
        rows = [{"channel": "a", "licensesSold": None, "licensesDeployed": 1},
                {"channel": "a", "licensesSold": None, "licensesDeployed": None}]
        self.mock_api.control("POST", "rows", {"resource": "license_deployment", "rows": rows})
        self.assertEqual(self.rows(groupby="channel"), [
            {"channel": "a", "licensesDeployed": 1, "licensesSold": None}])
        self.mock_api.config(all_null_sum="zero")
        self.assertEqual(self.rows(groupby="channel")[0]["licensesSold"], 0)

    def test_readings_of_keys(self):
        rows = [{"channel": one, "licensesSold": 1, "licensesDeployed": 0}
                for one in ("a", "A", "a ", None)]
        self.mock_api.control("POST", "rows", {"resource": "license_deployment", "rows": rows})
        for switches, wanted in (
                ({}, {"a": 1, "A": 1, "a ": 1, None: 1}),
                ({"group_comparison": "insensitive"}, {"a": 2, "a ": 1, None: 1}),
                ({"group_comparison": "insensitive_trailing"}, {"a": 3, None: 1}),
                ({"group_null_keys": "drop"}, {"a": 1, "A": 1, "a ": 1}),
                ({"group_limit": 2}, {"a": 1, "A": 1})):
            with self.subTest(**switches):
                self.mock_api.reset()
                self.mock_api.control("POST", "rows", {
                    "resource": "license_deployment", "rows": rows})
                self.mock_api.config(**switches)
                page = self.page(groupby="channel")
                self.assertEqual({row["channel"]: row["licensesSold"] for row in page["Value"]},
                                 wanted)
                self.assertEqual(page["TotalCount"], len(wanted))

    def test_answers_do_not_change_when_asked_again(self):
        for asked in ({"groupby": "channel"}, {"filter": "channel ne 'x'", "top": 100}):
            self.assertEqual(self.get(DEPLOYMENT, **asked)[2], self.get(DEPLOYMENT, **asked)[2])


class Data(Case):
    """The generated rows, snapshots, given rows."""

    OPTIONS = ("--rows", "2000", "--snapshots", "5")

    def test_the_same_for_a_seed(self):
        body = self.get(DEPLOYMENT)[2]
        other = Process(*self.OPTIONS)
        try:
            mock_api = ctl.MockApi(other.port)
            self.assertEqual(mock_api.get(DEPLOYMENT)[2], body)
            mock_api.config(seed=2)
            self.assertNotEqual(mock_api.get(DEPLOYMENT)[2], body)
        finally:
            self.assertEqual(other.stop(), "")

    def test_size_of_rows(self):
        size = len(self.get(DEPLOYMENT)[2]) / 2000
        self.assertTrue(350 < size < 400, size)

    def test_awkward_values(self):
        names = {row["customerName"] for row in self.rows()}
        for part in "'&%+#\\\"é株😀":
            self.assertTrue(any(part in (name or "") for name in names), part)
        self.assertLessEqual({"", None, " leading blank", "trailing blank ", "CONTOSO LTD",
                              "Contoso Ltd"}, names)
        self.assertTrue(any(len(name or "") > 3000 for name in names))
        for key in ("serviceCode", "productId", "productName", "customerTenantId", "channel",
                    "licensesSold", "licensesDeployed", "serviceName"):
            self.assertTrue(any(row[key] is None for row in self.rows()), key)
        self.mock_api.config(awkward=False, nulls=False)
        for row in self.rows():
            self.assertNotIn(None, row.values())
            self.assertTrue(row["customerName"].isascii())

    def test_every_name_is_found_by_its_own_filter(self):
        for name in {row["customerName"] for row in self.rows()} - {None}:
            literal = "'" + name.replace("'", "''") + "'"
            with self.subTest(name[:40]):
                self.mock_api.config(string_comparison="sensitive", max_url_length=100000)
                found = self.rows(filter="customerName eq " + literal)
                self.assertEqual({row["customerName"] for row in found}, {name})

    def test_spelling_of_guids(self):
        first = self.rows(top=1)[0]["customerTenantId"]
        self.assertEqual(first, first.upper())
        for case, test in (("lower", str.islower), ("mixed", lambda one: not (
                one.islower() or one.isupper()))):
            self.mock_api.config(guid_case=case)
            guid = self.rows(top=1)[0]["customerTenantId"]
            self.assertEqual(guid.upper(), first)
            self.assertTrue(test(guid))
            self.assertTrue(self.rows(filter="customerTenantId eq '%s'" % first, top=1))
            self.mock_api.config(guid_comparison="sensitive")
            self.assertEqual(self.rows(filter="customerTenantId eq '%s'" % first), [])
            self.mock_api.config(guid_comparison="insensitive")

    def test_snapshots(self):
        latest = self.rows()
        sizes = {}
        for day in range(10, 15):
            rows = self.rows(processedDateTime="2018-10-%dT00:00:00" % day)
            self.assertEqual({row["processedDateTime"] for row in rows},
                             {"2018-10-%dT00:00:00" % day})
            sizes[day] = len(rows)
        self.assertEqual(self.rows(processedDateTime="2018-10-14"), latest)
        self.assertEqual(len(set(sizes.values())), 5)
        for day in ("2018-10-09", "2018-10-15"):
            self.assertEqual(self.rows(processedDateTime=day), [])
        self.mock_api.config(snapshot="since")
        self.assertEqual(len(self.rows(processedDateTime="2018-10-13", top=10000)),
                         sizes[13] + sizes[14])
        self.mock_api.config(snapshot="nearest")
        self.assertEqual(len(self.rows(processedDateTime="2018-11-30")), 2000)
        self.assertEqual(len(self.rows(processedDateTime="2018-01-01")), sizes[10])
        self.mock_api.config(snapshot="ignored")
        self.assertEqual(self.rows(processedDateTime="2018-10-11"), latest)

    def test_services_with_dates_of_their_own(self):
        self.mock_api.config(service_dates=True)
        rows = self.rows()
        self.assertEqual({(row["serviceCode"], row["processedDateTime"][:10]) for row in rows
                          if row["serviceCode"]}, {("o365", "2018-10-14"), ("crm", "2018-10-10")})
        old = self.rows(processedDateTime="2018-10-10")
        self.assertEqual({row["processedDateTime"] for row in old}, {"2018-10-10T00:00:00"})
        self.assertEqual(counted(row for row in old if row["serviceCode"] == "crm"),
                         counted(row for row in rows if row["serviceCode"] == "crm"))
        grouped = self.rows(processedDateTime="2018-10-10", groupby="serviceCode")
        self.assertEqual(grouped, summed(old, ["serviceCode"],
                                         ["licensesDeployed", "licensesSold"]))

    def test_given_rows(self):
        text = ('{"resource": "license_usage", "rows": [{"channel": "x", "licenseActive": '
                '9223372036854775807, "extra": [1.10, {"a": null}]}, {"licensesQualified": "63"}]}')
        self.mock_api.request("POST", "/__mock_api/rows", text)
        self.assertIn(b'[{"channel":"x","licenseActive":9223372036854775807,'
                      b'"extra":[1.10,{"a":null}]},{"licensesQualified":"63"}]',
                      self.get(USAGE)[2])
        self.assertEqual(self.rows(USAGE, groupby="channel"), [
            {"channel": "x", "licensesActive": 9223372036854775807, "licensesQualified": None},
            {"channel": None, "licensesActive": None, "licensesQualified": 63}])
        self.mock_api.control("POST", "rows", {"resource": "license_usage", "rows": None})
        self.assertEqual(len(self.rows(USAGE)), 2000)

    def test_given_snapshots(self):
        days = [[{"channel": day, "processedDateTime": day + "T00:00:00"}]
                for day in ("2020-01-01", "2020-02-01")]
        self.mock_api.control("POST", "rows", {"resource": "license_usage", "snapshots": days})
        self.assertEqual(self.rows(USAGE), days[1])
        self.assertEqual(self.rows(USAGE, processedDateTime="2020-01-01"), days[0])
        lines = self.mock_api.rows("license_usage_history").splitlines()
        self.assertEqual([json.loads(line)["snapshot_date"] for line in lines],
                         ["2020-01-01", "2020-02-01"])

    def test_local_copies(self):
        lines = [json.loads(line) for line in self.mock_api.rows("license_deployment").splitlines()]
        whole = self.rows()
        self.assertEqual([list(line.values())[:9] for line in lines],
                         [[row[key] for key in KEYS[1:]] for row in whole])
        text = self.mock_api.rows("license_deployment", "csv")
        copy = list(csv.DictReader(io.StringIO(text, newline="")))
        self.assertEqual(list(copy[0]), list(lines[0]))
        self.assertEqual([line["customer_name"] for line in copy],
                         [line["customer_name"] or "" for line in lines])
        self.assertIn(',"",', text)
        self.assertIn(",,", text)

    def test_local_copies_of_the_others(self):
        for name in ("license_usage", "license_usage_history", "partner_license_usage",
                     "partner_license_deployment", "customer_license_usage", "subscriptions",
                     "customer_license_deployment", "azure_usage", "searches", "referrals",
                     "indirect_resellers", "customers"):
            with self.subTest(name):
                lines = self.mock_api.rows(name).splitlines()
                copy = list(csv.reader(io.StringIO(self.mock_api.rows(name, "csv"), newline="")))
                self.assertEqual(len(copy), len(lines) + 1)
                self.assertEqual(copy[0], list(json.loads(lines[0])))


class Legacy(Case):
    """The legacy licence resources and the list of customers."""

    OPTIONS = ("--customers", "1203", "--rows", "10")

    def test_customers_by_continuation(self):
        for prefix in ("plain", "v1", "absolute"):
            self.mock_api.config(customers_next_uri=prefix)
            page = self.page("/v1/customers", size=500)
            seen = [item["id"] for item in page["items"]]
            while "next" in page["links"]:
                link = page["links"]["next"]
                self.assertEqual(link["method"], "GET")
                uri = link["uri"].removeprefix("http://127.0.0.1:%d" % self.port)
                self.assertEqual(uri.startswith("/v1/"), prefix != "plain")
                target = uri if uri.startswith("/v1/") else "/v1" + uri
                self.check_refusal(self.raw(target))
                headers = {one["key"]: one["value"] for one in link["headers"]}
                self.check_refusal(self.raw(target, headers={"MS-ContinuationToken": "x" * 40}))
                page = json.loads(self.raw(target, headers=headers)[2])
                self.assertEqual(page["totalCount"], len(page["items"]))
                seen += [item["id"] for item in page["items"]]
            self.assertEqual(len(set(seen)), 1203)
            self.assertEqual(len(seen), 1203)

    def test_token_in_body(self):
        for where in ("body", "both"):
            self.mock_api.config(customers_token=where)
            page = self.page("/v1/customers", size=500)
            self.assertEqual("next" in page["links"], where == "both")
            headers = {"MS-ContinuationToken": page["continuationToken"]}
            second = self.raw("/v1/customers?size=500&seekOperation=Next", headers=headers)[2]
            self.assertNotEqual(json.loads(second)["items"], page["items"])
        self.mock_api.config(customers_token="link")
        self.assertNotIn("continuationToken", self.page("/v1/customers", size=500))

    def test_sizes(self):
        for size, wanted in ((1, 1), (500, 500), (0, 500)):
            self.assertEqual(self.page("/v1/customers", size=size)["totalCount"], wanted)
        self.assertEqual(self.page("/v1/customers")["totalCount"], 500)
        for query in ("size=501", "size=-1", "size=x", "size=", "top=1", "size=1&size=2",
                      "seekOperation=Next", "seekOperation=Last", "filter=x", "filter={}",
                      'filter={"Field":"Phone","Value":"x","Operator":"starts_with"}',
                      'filter={"Field":"Domain","Value":"x","Operator":"contains"}',
                      'filter={"Field":"Domain","Value":1,"Operator":"starts_with"}'):
            with self.subTest(query):
                name, _, value = query.partition("=")
                if "&" in query:
                    self.check_refusal(self.raw("/v1/customers?" + query))
                else:
                    self.refused("/v1/customers", **{name: value})

    def test_filter(self):
        names = [json.loads(line)["company_name"] or ""
                 for line in self.mock_api.rows("customers").splitlines()]
        wanted = sorted(one for one in names if one.lower().startswith("contoso"))
        text = json.dumps({"Field": "CompanyName", "Value": "CONTOSO", "Operator": "starts_with"})
        page = self.page("/v1/customers", size=7, filter=text)
        found = page["items"]
        while "next" in page["links"]:
            link = page["links"]["next"]
            page = json.loads(self.raw("/v1" + link["uri"], headers={
                one["key"]: one["value"] for one in link["headers"]})[2])
            found += page["items"]
        self.assertEqual(sorted(one["companyProfile"]["companyName"] for one in found), wanted)

    def test_licences_of_a_customer(self):
        everything = [json.loads(line)
                      for line in self.mock_api.rows("customer_license_deployment").splitlines()]
        by_customer = collections.Counter(line["customer_id"] for line in everything)
        guid, count = by_customer.most_common(1)[0]
        for spelling in (guid, guid.upper()):
            page = self.page(CUSTOMER % spelling + "deployment")
            self.assertEqual(list(page), ["totalCount", "items", "attributes"])
            self.assertEqual(page["totalCount"], count)
            self.assertNotIn("customerId", page["items"][0])
            self.assertEqual(page["items"][0]["attributes"],
                             {"objectType": "CustomerLicensesDeploymentInsights"})
        self.mock_api.config(legacy_customer_id="present", legacy_rows=1000)
        page = self.page(CUSTOMER % guid + "usage")
        self.assertEqual(page["totalCount"], 1000)
        self.assertEqual(page["items"][0]["customerId"], guid)
        self.mock_api.config(legacy_empty=True)
        self.assertEqual(self.page(CUSTOMER % guid + "usage")["items"], [])

    def test_customers_that_are_not_ours(self):
        for name in ("not-a-guid", "", "123", "{%s}" % ("0" * 32), "*"):
            self.refused(CUSTOMER % name + "usage", 400)
        stranger = CUSTOMER % "00000000-0000-4000-8000-000000000000" + "usage"
        self.assertEqual(self.refused(stranger, 404)["code"], "1000")
        self.mock_api.config(unknown_customer="403")
        self.assertEqual(self.refused(stranger, 403)["code"], "20002")

    def test_given_customers(self):
        guid = "00000000-0000-4000-8000-000000000001"
        self.mock_api.control("POST", "rows", {"resource": "customers", "rows": [
            {"id": guid, "companyProfile": {"tenantId": guid, "companyName": "X", "domain": "d"},
             "relationshipToPartner": "advisor"}]})
        self.mock_api.control("POST", "rows", {"resource": "customer_license_usage", "rows": [
            {"customerId": guid, "customerName": "X", "workloadCode": "EXO", "licensesActive": 3}]})
        item = self.page("/v1/customers")["items"][0]
        self.assertEqual((item["id"], item["relationshipToPartner"]), (guid, "advisor"))
        row = self.page(CUSTOMER % guid + "usage")["items"][0]
        self.assertEqual((row["workloadCode"], row["licensesActive"]), ("EXO", 3))


class Others(Case):
    """azure_usage, subscriptions, searches, referrals, indirect_resellers."""

    OPTIONS = ("--rows", "500")
    AZURE = "/partner/v1/analytics/usage/azure"
    SUBSCRIPTIONS = "/partner/v1/analytics/subscriptions"
    RESELLERS = "/partner/v1/analytics/indirectresellers"

    def test_walks(self):
        for path in (self.AZURE, self.SUBSCRIPTIONS, self.RESELLERS,
                     "/partner/v1/analytics/search", "/partner/v1/analytics/referrals"):
            with self.subTest(path):
                self.assertEqual(self.walk(path, 130), self.rows(path))
                self.assertEqual(len(self.rows(path)), 500)

    def test_page_limit(self):
        for name in ("search", "referrals"):
            self.refused("/partner/v1/analytics/" + name, top=10000)
            self.assertEqual(self.get("/partner/v1/analytics/" + name, top=9999)[0], 200)

    def test_order(self):
        days = [row["usageDate"] for row in self.rows(self.AZURE, orderby="usageDate desc")]
        self.assertEqual(days, sorted(days, reverse=True))
        tenants = [row["customerTenantId"] for row in self.rows(self.AZURE, orderby="customerTenantId")]
        self.assertEqual(tenants, sorted(tenants, key=lambda value: (value is not None, value or "")))
        rows = self.rows(self.AZURE, orderby="resourceLocation,usageDate asc,meterUnit desc")
        keys = [(row["resourceLocation"] or "", row["usageDate"]) for row in rows]
        self.assertEqual(keys, sorted(keys))
        counts = [row["licenseCount"] for row in self.rows(self.RESELLERS,
                                                           orderby="licenseCount")]
        self.assertEqual(counts, sorted(counts))
        for text in ("", "quantity", "unknown", "usageDate up", "usageDate  desc",
                     "usageDate DESC", "usageDate,usageDate", "usageDate,", "serviceType"):
            with self.subTest(text):
                self.refused(self.AZURE, orderby=text)
        self.refused(self.SUBSCRIPTIONS, orderby="status")

    def test_sums_of_fractions(self):
        total = self.get(self.AZURE, groupby="meterCategory")[2]
        self.assertIn(b'"Quantity":', total)
        self.mock_api.control("POST", "rows", {"resource": "azure_usage", "rows": [
            {"meterUnit": "h", "quantity": 0.1}, {"meterUnit": "h", "quantity": 0.2}]})
        self.assertIn(b'"Quantity":0.3}', self.get(self.AZURE, groupby="meterUnit")[2])

    def test_dates_in_groups(self):
        whole = self.rows(self.AZURE)
        days = {row["usageDate"] for row in whole}
        self.assertEqual({row["usageDate"] for row in self.rows(self.AZURE, groupby="usageDate")},
                         days)
        months = self.rows(self.AZURE, groupby="usageDate", aggregationLevel="month")
        self.assertEqual({row["usageDate"] for row in months},
                         {day[:7] + "-01T00:00:00" for day in days})
        self.refused(self.AZURE, aggregationLevel="day")
        self.refused(self.AZURE, groupby="meterUnit", aggregationLevel="day")
        self.refused(self.AZURE, groupby="usageDate", aggregationLevel="year")

    def test_subscription_counts(self):
        groups = self.rows(self.SUBSCRIPTIONS, groupBy="subscriptionType")
        self.assertEqual(sum(int(row["subscriptionCount"]) for row in groups), 500)
        self.assertIsInstance(groups[0]["licenseCount"], str)
        self.assertEqual(groups, self.rows(self.SUBSCRIPTIONS, groupby="subscriptionType"))
        self.refused(self.SUBSCRIPTIONS, groupby="status", groupBy="status")
        self.refused(self.SUBSCRIPTIONS, groupby="trialEndDate")

    def test_resellers(self):
        row = self.rows(self.RESELLERS, top=1)[0]
        self.assertIn("latestSubscriptionDeprovisionedEndDate", row)
        self.assertNotIn("indirectResellerCount", row)
        groups = self.rows(self.RESELLERS, groupby="market")
        self.assertEqual(sum(row["indirectResellerCount"] for row in groups), 500)
        self.assertTrue(self.rows(self.RESELLERS, filter="Name eq '%s'" % "A#1 Trading"))


if __name__ == "__main__":
    unittest.main()
