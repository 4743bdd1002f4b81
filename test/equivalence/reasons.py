#!/usr/bin/env python3
"""Checks the reasons of the fixed list.

    test/equivalence/reasons.py [--server CONNINFO] [--only REGEX] [--stop-after N]

Each scan that fetches rows which are aggregated, filtered or sorted above it says
why.  If a reason ends in a statement, the statement is run: the reason is gone
then, and another one may be left.  Where what is declared is true of the mock API, the
rows are the same.
"""

import argparse
import json
import os
import re
import sys
from collections import Counter

import bench
import compare
import fixed
import modes
import pq

AGGREGATES = ("Aggregate", "Group", "Unique", "SetOp")
REASONS = ("Not Grouped Because", "Not Counted Because", "Not Ordered Because",
           "Local Filter Reason")
STATEMENT = re.compile(r"ALTER (?:SERVER|FOREIGN TABLE) .*")
MOST_STATEMENTS = 12
# Of the mock API in this mode, and its rows, what such a statement declares is not true.
UNTRUE = re.compile(r"SET NOT NULL|'case_insensitive'")


def scans(node, above=()):
    """(scan, types of the nodes above it in its query level)."""
    if "Resource" in node:
        yield node, above
    for child in node.get("Plans", ()):
        is_level = child.get("Parent Relationship") in ("SubPlan", "InitPlan")
        yield from scans(child, () if is_level else above + (node["Node Type"],))


def texts(scan, name):
    value = scan.get(name, [])
    return [value] if isinstance(value, str) else value


def missing(scan, above):
    """Kinds of reasons that the scan should have, and has not."""
    if texts(scan, "Request") == ["none, no row can match"]:
        return
    is_pushed = any(name in scan for name in ("Remote Group By", "Remote Count"))
    is_row_of_day = scan.get("Remote Limit") == "1 for each day"
    if not is_pushed and not is_row_of_day and set(above) & set(AGGREGATES) and not any(
            name in scan for name in REASONS[:2]):
        yield "aggregated"
    if "Filter" in scan and not any(name in scan for name in (
            "Remote Filter", "Remote Snapshot", "Remote Count", "Local Filter Reason")) and \
            not any("/customers/" in url for url in texts(scan, "Request")):
        yield "filtered"
    if "Limit" in above and "Sort" in above and not is_pushed and not set(above) & set(AGGREGATES) and \
            "Not Ordered Because" not in scan and scan.get("Order", "unspecified") == "unspecified":
        yield "sorted"


def statements(scan):
    """The statements at the end of the scan's reasons."""
    found = []
    for name in REASONS:
        for reason in texts(scan, name):
            one = STATEMENT.search(reason)
            if one and one[0] not in found:
                found.append(one[0])
    return found


class Reasons:
    """The list's reasons on a bench."""

    def __init__(self, place, options):
        self.place = place
        self.options = options
        self.counts = Counter()
        self.wrong = 0

    def complain(self, query, what):
        self.wrong += 1
        print("%s: %s\n%s\n%s" % (query.name, what, query.sql, json.dumps(
            self.plan(query), indent=1)[:3000] if self.options.verbose else ""), flush=True)

    def plan(self, query):
        result = self.place.foreign.ask("EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) " + query.sql)[0]
        return None if result.sqlstate else json.loads(result.rows[0][0])[0]["Plan"]

    def check(self, query):
        plan = self.plan(query)
        if plan is None:
            return
        for scan, above in scans(plan):
            self.counts["scans"] += 1
            for what in missing(scan, above):
                if what == "filtered" and query.implied:
                    continue
                self.complain(query, "rows of %s are %s, without a reason" % (
                    scan.get("Relation Name", "a table"), what))
        if any(statements(scan) for scan, _ in scans(plan)):
            self.follow(query)

    def follow(self, query):
        """Run the statements of the reasons until none is left."""
        self.counts["queries with statements"] += 1
        self.place.foreign.do("BEGIN; SELECT 1")
        run = []
        try:
            while len(run) < MOST_STATEMENTS:
                left = [one for scan, _ in scans(self.plan(query)) for one in statements(scan)]
                if not left:
                    break
                if left[0] in run:
                    self.complain(query, "a statement does not remove its reason: " + left[0])
                    return
                self.place.foreign.do(left[0])
                run.append(left[0])
            self.counts["statements"] += len(run)
            if not any(UNTRUE.search(one) for one in run):
                self.compare(query, run)
        except pq.Failed as why:
            self.complain(query, "%s: %s" % (run, why))
        finally:
            self.place.foreign.ask("ROLLBACK")

    def compare(self, query, run):
        local = fixed.Run.finish(self.place.local, self.place.local.ask(query.text))
        foreign = self.place.foreign.ask(query.text)
        for one, other in zip(foreign, local):
            if any(" TYPE " in statement for statement in run):
                one.types = other.types
        found = compare.difference(foreign, local, query.rows_only)
        self.counts["compared"] += 1
        if found:
            self.complain(query, "after %s: %s" % (run, found))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", default=os.environ.get("PCA_EQUIVALENCE_SERVER"),
                        help="conninfo of a running PostgreSQL that has the extension")
    parser.add_argument("--only", default="", metavar="REGEX", help="of name and text of queries")
    parser.add_argument("--stop-after", type=int, default=0, metavar="N")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


def main():
    options = arguments()
    place = bench.Bench(options.server)
    run = Reasons(place, options)
    try:
        place.set_mode({"api": {"string_comparison": "sensitive"}})
        place.set_planner(modes.PLANNERS["default"])
        for query in fixed.queries(place.version):
            if query.script or query.error or not re.search(options.only, query.name + " " + query.sql):
                continue
            run.check(query)
            if options.stop_after and run.wrong >= options.stop_after:
                break
    finally:
        place.close()
    print("%s: %d wrong" % (", ".join("%d %s" % (times, what) for what, times in
                                      run.counts.most_common()), run.wrong))
    return 1 if run.wrong or not run.counts["compared"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except pq.Failed as why:
        sys.exit("equivalence: %s" % why)
