#!/usr/bin/env python3
"""Compares the results of the fixed list, in every mode and with every plan.

    test/equivalence/run [--server CONNINFO] [--only REGEX] [--mode REGEX] [--planner REGEX]
                   [--all] [--measure] [--cached] [--answers-only] [--stop-after N] [--verbose]

Each query of queries/*.sql runs over foreign tables and over local tables with
the same rows.  With one planner in all modes, with all planners in the default
mode; --all: all planners in all modes.  --cached: each query runs twice with option
cache_ttl, and the second time without a request, where it reads all of its rows.  What stands in the line before a query,
after "--!", is checked too: see README.md.
"""

import argparse
import glob
import os
import re
import sys
import time

import bench
import compare
import modes
import pq

FIRST = ("default", "default")
VERDICTS = ("grouped", "plain", "mixed", "counted", "alone", "none")


class BadList(ValueError):
    """An expectation that cannot be parsed."""


class Query:
    """A query or a script, and what is said of it."""

    def __init__(self, name, line, words, sql):
        self.name = "%s:%d" % (name, line)
        self.sql = sql.strip()
        self.verdict = self.requests = self.because = self.sends = self.limit = None
        self.rows_only = self.empty = self.script = self.implied = False
        self.error = self.refusal = None
        self.since = 0
        for word in filter(None, (one.strip() for one in words.split(";"))):
            self._read(word)

    def _read(self, word):
        found = re.fullmatch(r"(\d+) requests?|limit (\d+)|from (\d+)|error (\w{5})|"
                             r"because(.*)|sends(.*)|or error (\w{5})", word)
        if word in VERDICTS:
            self.verdict = word
        elif word in ("empty", "script", "rows only", "implied"):
            setattr(self, word.replace(" ", "_"), True)
        elif not found:
            raise BadList("%s: what is %r?" % (self.name, word))
        elif found[1]:
            self.requests = int(found[1])
        elif found[2]:
            self.limit = int(found[2])
        elif found[3]:
            self.since = int(found[3])
        elif found[4]:
            self.error = found[4]
        elif found[5] is not None:
            self.because = found[5].strip()
        elif found[6] is not None:
            self.sends = found[6].strip()
        else:
            self.refusal = found[7]

    @property
    def text(self):
        """What is sent: a script in a transaction that comes to nothing."""
        if not self.script:
            return self.sql
        return "BEGIN; %s\nROLLBACK; DEALLOCATE ALL" % self.sql


def queries(version):
    """The list, without what this PostgreSQL has not."""
    found = []
    for path in sorted(glob.glob(os.path.join(bench.HERE, "queries", "*.sql"))):
        name, block = os.path.basename(path)[:-4], None
        for number, line in enumerate(bench.read(path).split("\n"), 1):
            if line.startswith("--!"):
                block = [name, number, line[3:], ""]
                found.append(block)
            elif block and not line.startswith("-- "):
                block[3] += line + "\n"
    return [one for one in (Query(*block) for block in found) if one.since <= version]


class Run:
    """The list against a bench."""

    def __init__(self, place, options):
        self.place = place
        self.options = options
        self.list = [one for one in queries(place.version)
                     if re.search(options.only, one.name + " " + one.sql)]
        self.local = {}
        self.compared = self.wrong = self.unexpected = self.replayed = 0

    def complain(self, query, what, where):
        print("%s: %s\n  in mode %s, planner %s\n%s\n%s" % (
            query.name, what.rstrip(), *where, query.sql, self.plan_text(query)), flush=True)
        if self.options.stop_after and self.wrong + self.unexpected >= self.options.stop_after:
            raise Enough()

    def plan_text(self, query):
        if query.script:
            return ""
        result = self.place.foreign.ask("EXPLAIN (COSTS OFF) " + query.sql)[0]
        return "".join("  %s\n" % row[0].decode() for row in result.rows)

    def ask_both(self, query):
        """(foreign, local) results; the local ones are the same each time."""
        self.place.foreign.send(query.text)
        key = (query.name, self.place.case)
        if key not in self.local:
            self.local[key] = self.finish(self.place.local, self.place.local.ask(query.text))
        return self.finish(self.place.foreign, self.place.foreign.fetch()), self.local[key]

    @staticmethod
    def finish(side, results):
        """After an error a script's end has not run."""
        if results and results[-1].sqlstate:
            side.ask("ROLLBACK")
            side.ask("DEALLOCATE ALL")
        return results

    def compare(self, query, where):
        foreign, local = self.ask_both(query)
        self.compared += 1
        found = compare.difference(foreign, local, query.rows_only)
        if self.options.cached and not found:
            found = self.compare_again(query, local, where)
        refused = query.refusal and foreign[-1].sqlstate == query.refusal
        if found and not (refused and where != FIRST):
            self.wrong += 1
            self.complain(query, found, where)
        return foreign, local

    def compare_again(self, query, local, where):
        """The query runs again, when its responses are in the cache."""
        needs_none = False
        if not query.script and not local[-1].sqlstate:
            plan = self.place.foreign.ask("EXPLAIN (COSTS OFF, FORMAT JSON) " + query.sql)[0]
            needs_none = not plan.sqlstate and compare.needs_no_request(query.sql, plan.rows[0][0])
        asked = self.place.api.log()
        self.place.api.forget()
        foreign = self.finish(self.place.foreign, self.place.foreign.ask(query.text))
        again = self.place.api.log()
        self.place.api.remember(asked)
        self.replayed += not again
        if needs_none and again:
            self.unexpected += 1
            self.complain(query, "again, it sends %s" % again[0][0][:300], where)
        found = compare.difference(foreign, local, query.rows_only)
        return found and "again: " + found

    def expect(self, query, holds, what, where):
        if not holds and not self.options.answers_only:
            self.unexpected += 1
            self.complain(query, what, where)

    def check_result(self, query, local, where):
        """The list itself proves something."""
        error = next((one.sqlstate for one in local if one.sqlstate), None)
        self.expect(query, error == query.error, "SQLSTATE %s" % error, where)
        rows = sum(len(one.rows) for one in local)
        if not error and not query.script:
            self.expect(query, (rows == 0) == query.empty, "%d rows" % rows, where)

    def check_plan(self, query, where):
        if query.script or query.verdict is None or self.options.answers_only:
            return
        result = self.place.foreign.ask("EXPLAIN (COSTS OFF, FORMAT JSON) " + query.sql)[0]
        if result.sqlstate:
            self.expect(query, query.error, result.message, where)
            return
        scans = compare.scans_of(result.rows[0][0])
        verdict = compare.verdict_of(scans)
        self.expect(query, verdict == query.verdict, "%s, not %s" % (verdict, query.verdict), where)
        if where == FIRST:
            self.check_scans(query, scans, where)

    def check_scans(self, query, scans, where):
        because = [scan.because or "" for scan in scans]
        filters = [text for scan in scans for text in scan.filters]
        if query.because is not None:
            self.expect(query, any(query.because in one for one in because),
                        "because %s" % because, where)
        if query.sends == "nothing":
            self.expect(query, not filters, "sends %s" % filters, where)
        elif query.sends is not None:
            self.expect(query, filters and all(query.sends in one for one in filters),
                        "sends %s" % filters, where)
        if query.limit is not None:
            self.expect(query, any(scan.limit == query.limit for scan in scans),
                        "limits %s" % [scan.limit for scan in scans], where)

    def check_log(self, query, where):
        """How many requests, and that they were grouped as the plan says."""
        asked = self.place.api.log()
        if query.requests is not None:
            if len(asked) > query.requests:
                # a request that the query before gave up may arrive late
                self.place.api.forget()
                self.finish(self.place.foreign, self.place.foreign.ask(query.text))
                asked = self.place.api.log()
            self.expect(query, len(asked) <= query.requests, "%d requests, the last %s" % (
                len(asked), asked[-1][0][:300] if asked else ""), where)
        grouped = sum("groupby" in parameters for _, parameters in asked)
        if asked and query.verdict in ("grouped", "plain", "counted", "alone"):
            self.expect(query, grouped == (len(asked) if query.verdict == "grouped" else 0),
                        "%d of %d requests with groupby" % (grouped, len(asked)), where)

    def first(self):
        """Expectations, in the default mode with the default planner."""
        self.set(*FIRST)
        for query in self.list:
            self.place.api.forget()
            _, local = self.compare(query, FIRST)
            self.check_log(query, FIRST)
            self.check_result(query, local, FIRST)
            self.check_plan(query, FIRST)

    def set(self, mode, planner):
        self.place.set_mode(modes.MODES[mode])
        self.place.set_planner(modes.PLANNERS[planner])

    def again(self, mode, planner):
        """The rows, in another mode or with another planner."""
        self.set(mode, planner)
        for query in self.list:
            self.compare(query, (mode, planner))
            if not mode.startswith("declared"):
                self.check_plan(query, (mode, planner))


class Measurement:
    """How many rows are fetched for the grouped queries, with and without groupby?"""

    def __init__(self, place, options):
        self.place = place
        self.list = [one for one in queries(place.version)
                     if one.verdict == "grouped" and not one.error and
                     re.search(options.only, one.name + " " + one.sql)]
        self.seen = {}

    def fetched(self):
        """Rows that came for each query."""
        rows = []
        for query in self.list:
            self.place.api.forget()
            Run.finish(self.place.foreign, self.place.foreign.ask(query.text))
            rows.append(self.place.api.rows_sent(self.seen))
        return rows

    def report(self):
        """Print the figures; the share of both."""
        grouped = self.fetched()
        self.place.set_grouping(False)
        plain = self.fetched()
        self.place.set_grouping(True)
        share = sum(plain) / max(sum(grouped), 1)
        least = min(one / max(other, 1) for one, other in zip(plain, grouped) if one)
        print("%d grouped queries over %s rows fetched %d rows, %d without groupby: "
              "%.0f times fewer (the least of a query: %.1f)" % (
                  len(self.list), " and ".join(str(len(one)) for one in self.place.rows.values()),
                  sum(grouped), sum(plain), share, least))
        return share


class Enough(Exception):
    """So many differences that more say nothing."""


def rounds(options):
    """(mode, planner) pairs beside the first one."""
    some = [name for name in modes.MODES if re.search(options.mode, name)]
    planners = [name for name in modes.PLANNERS if re.search(options.planner, name)]
    if options.all:
        pairs = [(mode, planner) for mode in some for planner in planners]
    else:
        pairs = [("default", planner) for planner in planners]
        # each mode with another planner, so that more pairs are seen
        pairs += [(mode, planners[at % len(planners)]) for at, mode in enumerate(some)]
    seen = {FIRST}
    return [pair for pair in pairs if not (pair in seen or seen.add(pair))]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", default=os.environ.get("PCA_EQUIVALENCE_SERVER"),
                        help="conninfo of a running PostgreSQL that has the extension")
    parser.add_argument("--only", default="", metavar="REGEX", help="of name and text of queries")
    parser.add_argument("--mode", default="", metavar="REGEX")
    parser.add_argument("--planner", default="", metavar="REGEX")
    parser.add_argument("--all", action="store_true", help="all planners in all modes")
    parser.add_argument("--measure", action="store_true",
                        help="only count the rows that are fetched, with groupby and without")
    parser.add_argument("--cached", action="store_true",
                        help="run each query twice with option cache_ttl")
    parser.add_argument("--answers-only", action="store_true", help="leave expectations alone")
    parser.add_argument("--stop-after", type=int, default=0, metavar="N")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


# At least so many times fewer rows must come with groupby, over so many rows.
LEAST_SHARE, DEPLOYED, USED = 20, 4000, 3000

# At least that share of the queries must send nothing the second time.
LEAST_REPLAYED = 0.75


def measure(options):
    place = bench.Bench(options.server, DEPLOYED, USED)
    try:
        return 0 if Measurement(place, options).report() >= LEAST_SHARE else 1
    finally:
        place.close()


def main():
    options = arguments()
    if options.measure:
        return measure(options)
    place = bench.Bench(options.server, cached=options.cached)
    run, began = Run(place, options), time.time()
    try:
        run.first()
        for mode, planner in rounds(options):
            if options.verbose:
                print("%6.1f s  %s, %s" % (time.time() - began, mode, planner), flush=True)
            run.again(mode, planner)
    except Enough:
        print("enough")
    finally:
        place.close()
    print("%d queries, %d comparisons in %.0f s: %d wrong answers, %d expectations not met" % (
        len(run.list), run.compared, time.time() - began, run.wrong, run.unexpected))
    if options.cached:
        print("%d of %d queries sent nothing the second time" % (run.replayed, run.compared))
    if options.cached and run.replayed < LEAST_REPLAYED * run.compared:
        return 1
    return 1 if run.wrong or run.unexpected or not run.compared else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (pq.Failed, BadList) as why:
        sys.exit("equivalence: %s" % why)
