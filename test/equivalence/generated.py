#!/usr/bin/env python3
"""Compares the results of random queries.

    test/equivalence/random [--server CONNINFO] [--seed S] [--start N] [--count N]
                      [--cached] [--stop-after N] [--verbose]

Query number N of seed S is always the same, and so are the mode and the
planner's settings of its batch: a failure is repeated by --seed S --start N
--count 1.  --cached: each query runs twice with option cache_ttl, and the second time
without a request, where it reads all of its rows.
"""

import argparse
import os
import random
import sys
import time
from collections import Counter

import bench
import compare
import maker
import modes
import pq

# Fewer rows than the fixed list has, so that more queries can be compared.
DEPLOYED, USED = 120, 80

# At least that share of the queries must send nothing the second time.
LEAST_REPLAYED = 0.6

BATCH = 50
TIMEOUT, CANCELLED = "10s", "57014"
SWITCHES = ("enable_nestloop", "enable_hashjoin", "enable_mergejoin", "enable_hashagg",
            "enable_sort", "enable_material", "enable_memoize", "enable_async_append")


def random_planner(rng):
    """Some switches off, some others."""
    settings = {name: "off" for name in SWITCHES if rng.random() < 0.2}
    if rng.random() < 0.3:
        settings.update(enable_partitionwise_aggregate="on", enable_partitionwise_join="on")
    settings["plan_cache_mode"] = rng.choice(("auto", "force_generic_plan", "force_custom_plan"))
    if rng.random() < 0.15:
        settings["geqo_threshold"] = "2"
    if rng.random() < 0.1:
        settings["from_collapse_limit"] = "1"
    if rng.random() < 0.01:
        settings.update(jit="on", jit_above_cost="0")
    if rng.random() < 0.2:
        settings["timezone"] = rng.choice(("Asia/Tokyo", "America/New_York", "Pacific/Apia"))
    if rng.random() < 0.25:
        settings.update(modes.PARALLEL)
        settings["parallel_leader_participation"] = rng.choice(("on", "on", "off"))
    return settings


def random_mode(rng):
    """One of the modes, or several things that they do."""
    name = rng.choice(list(modes.MODES))
    mode = {key: dict(value) if isinstance(value, dict) else value
            for key, value in modes.MODES[name].items()}
    if rng.random() < 0.3:
        mode.setdefault("server", {})["fdw_startup_cost"] = rng.choice((0.01, 10, 1000))
    if rng.random() < 0.2:
        mode.setdefault("server", {}).setdefault("page_size", rng.choice((45, 100)))
    if rng.random() < 0.2 and "total_count" not in mode.get("server", {}):
        mode.setdefault("api", {})["total_count"] = rng.choice(
            ("filtered", "unfiltered", "page", "absent"))
    if rng.random() < 0.2:
        mode.setdefault("api", {}).update(cap_top=rng.choice((30, 70)), next_link=rng.choice(
            ("relative", "absolute", "always_null", "absent", "empty")))
    api = mode.get("api", {})
    if api.get("next_link") in ("always_null", "absent", "empty"):
        # an API that neither links nor counts cuts answers without a trace
        api["total_count"] = "filtered"
        mode.get("server", {}).pop("total_count", None)
    return name, mode


class Run:
    """Random queries against a bench."""

    def __init__(self, place, options):
        self.place = place
        self.options = options
        self.seen, self.errors = Counter(), Counter()
        self.text = ""              # of the statement that is run
        self.compared = self.wrong = self.empty = self.timeouts = self.replayed = 0

    def batch(self, number):
        """The mode and settings that hold for the query of this number."""
        rng = random.Random("%s/batch/%d" % (self.options.seed, number // BATCH))
        name, mode = random_mode(rng)
        planner = random_planner(rng)
        self.place.set_mode(mode)
        self.place.set_planner(planner)
        self.where = "mode %s: %s\n  planner %s" % (name, mode, planner)
        if self.options.verbose:
            print("%d: %s" % (number, self.where), flush=True)

    def one(self, number):
        rng = random.Random("%s/%d" % (self.options.seed, number))
        statement = maker.Maker(rng).statement()
        self.text = statement.text
        foreign, local = self.ask(statement)
        self.compared += 1
        if any(one.sqlstate == CANCELLED for one in foreign + local):
            self.timeouts += 1
            return
        self.errors.update(one.sqlstate for one in local if one.sqlstate)
        self.empty += not any(one.rows for one in local)
        plan = self.look_at_plan(statement)
        found = compare.difference(foreign, local, statement.rows_only)
        if self.options.cached and not found:
            found = self.compare_again(statement, local, plan)
        if found:
            self.wrong += 1
            self.complain(number, statement, found)

    def compare_again(self, statement, local, plan):
        """The statement runs again, when its responses are in the cache."""
        foreign, sent = self.ask_again(statement)
        self.replayed += not sent
        if any(one.sqlstate == CANCELLED for one in foreign):
            return None
        if sent and plan and not local[-1].sqlstate and compare.needs_no_request(statement.text, plan[0]):
            # a request that a query before gave up may arrive late
            foreign, sent = self.ask_again(statement)
            if sent:
                return "again, it sends %s" % sent[0][0][:300]
        found = compare.difference(foreign, local, statement.rows_only)
        return found and "again: " + found

    def ask_again(self, statement):
        """The foreign results, and the requests that were sent."""
        self.place.api.forget()
        foreign = self.finish(self.place.foreign, self.place.foreign.ask(statement.text))
        return foreign, self.place.api.log()

    def ask(self, statement):
        self.place.foreign.send(statement.text)
        self.place.local.send(statement.text)
        return [self.finish(side, side.fetch()) for side in (self.place.foreign, self.place.local)]

    @staticmethod
    def finish(side, results):
        """After an error a transaction or a prepared statement may be left."""
        if results[-1].sqlstate:
            side.ask("ROLLBACK")
            side.ask("DEALLOCATE ALL")
        return results

    def explain(self, statement, options):
        """The plan's rows; [] where there is none."""
        if statement.explain is None:
            return []
        head, _, query = statement.explain.rpartition("|") \
            if statement.text.startswith("PREPARE") else ("", "", statement.explain)
        results = self.place.foreign.ask("%sEXPLAIN (%s) %s" % (head, options, query))
        if head:
            self.place.foreign.ask("DEALLOCATE ALL")
        return [] if results[-1].sqlstate else [row[0] for row in results[-1].rows]

    def look_at_plan(self, statement):
        plan = self.explain(statement, "COSTS OFF, FORMAT JSON")
        if plan:
            self.seen[compare.verdict_of(compare.scans_of(plan[0]))] += 1
        return plan

    def complain(self, number, statement, found):
        plan = self.explain(statement, "VERBOSE, COSTS OFF")
        print("seed %s, query %d: %s\n  %s\n%s;\n%s" % (
            self.options.seed, number, found.rstrip(), self.where, statement.text,
            "".join("  %s\n" % line.decode() for line in plan)), flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", default=os.environ.get("PCA_EQUIVALENCE_SERVER"),
                        help="conninfo of a running PostgreSQL that has the extension")
    parser.add_argument("--seed", default=None, help="any text; by default one that is printed")
    parser.add_argument("--start", type=int, default=0, metavar="N")
    parser.add_argument("--count", type=int, default=2000, metavar="N")
    parser.add_argument("--stop-after", type=int, default=10, metavar="N")
    parser.add_argument("--cached", action="store_true",
                        help="run each query twice with option cache_ttl")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if options.seed is None:
        options.seed = str(random.SystemRandom().randrange(10 ** 6))
    return options


def run_all(run, options):
    run.batch(options.start)
    for number in range(options.start, options.start + options.count):
        if number % BATCH == 0:
            run.batch(number)
        try:
            run.one(number)
        except pq.Failed as why:
            raise pq.Failed("seed %s, query %d: %s\n  %s\n%s" % (
                options.seed, number, str(why).rstrip(), run.where, run.text))
        if options.stop_after and run.wrong >= options.stop_after:
            return


def report(run, options, seconds):
    print("%s; %d without rows; errors: %s; %d over %s" % (
        ", ".join("%d %s" % (times, what) for what, times in run.seen.most_common()),
        run.empty, ", ".join("%d %s" % (times, state) for state, times in
                             run.errors.most_common()) or "none", run.timeouts, TIMEOUT))
    print("seed %s: %d queries in %.0f s (%.0f a second): %d wrong answers" % (
        options.seed, run.compared, seconds, run.compared / seconds, run.wrong))
    if options.cached:
        print("%d of %d queries sent nothing the second time" % (run.replayed, run.compared))


def main():
    options = arguments()
    place = bench.Bench(options.server, DEPLOYED, USED, options.cached)
    run, began = Run(place, options), time.time()
    try:
        for side in (place.foreign, place.local):
            side.do("SET statement_timeout = '%s'; SELECT 1" % TIMEOUT)
        run_all(run, options)
    finally:
        place.close()
    report(run, options, time.time() - began)
    if options.cached and run.replayed < LEAST_REPLAYED * run.compared:
        return 1
    return 1 if run.wrong or not run.compared else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except pq.Failed as why:
        sys.exit("equivalence: %s" % why)
