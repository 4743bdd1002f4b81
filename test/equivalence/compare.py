"""Compares the results of two sessions, and reads the foreign scans of a plan."""

import json
import re
from collections import Counter
from decimal import Decimal

NUMERIC = 1700      # the type's OID


class Scan:
    """What EXPLAIN says of one foreign scan."""

    def __init__(self, node):
        self.grouped = "Remote Group By" in node
        self.counted = "Remote Count" in node
        self.alone = "Relations" in node
        self.because = node.get("Not Grouped Because")
        self.limit = node.get("Remote Limit")
        self.offset = node.get("Remote Offset")
        said = node.get("Remote Filter", [])
        self.filters = said if isinstance(said, list) else [said]
        self.received = node.get("Rows Received", 0)


def scans_of(plan):
    """The foreign scans of EXPLAIN's JSON."""
    return scans_of_plan(json.loads(plan)[0]["Plan"])


def scans_of_plan(plan):
    """The same, of its plan."""
    found = []

    def walk(node):
        if node.get("Node Type") == "Foreign Scan":
            found.append(Scan(node))
        for child in node.get("Plans", ()):
            walk(child)
    walk(plan)
    return found


# Nodes that read their input to its end.
READ_ALL = ("Foreign Scan", "Aggregate", "Group", "Sort", "Append", "Result", "Subquery Scan",
            "WindowAgg", "Unique", "SetOp", "ProjectSet")


# The current time is another one in each run.
TIME = re.compile(r"\b(now\(|current_|local_?time|clock_|statement_timestamp|transaction_timestamp)", re.I)


def needs_no_request(sql, plan):
    """Must the foreign scans of EXPLAIN's JSON find all their responses in the cache, when
    the query has run before?  Scans that may end early keep nothing."""
    if TIME.search(sql) or TIME.search(str(plan)):
        return False

    def is_complete(node):
        if node["Node Type"] not in READ_ALL or \
                node.get("Parent Relationship") in ("InitPlan", "SubPlan"):
            return False
        if node["Node Type"] == "Foreign Scan" and ("Cache" not in node or "Remote Limit" in node):
            return False
        return all(is_complete(child) for child in node.get("Plans", ()))
    plan = json.loads(plan)[0]["Plan"]
    return bool(scans_of_plan(plan)) and is_complete(plan)


def verdict_of(scans):
    """grouped, plain, mixed, counted, alone or none."""
    if not scans:
        return "none"
    grouped = sum(scan.grouped for scan in scans)
    if grouped:
        return "grouped" if grouped == len(scans) else "mixed"
    counted = [scan for scan in scans if scan.counted]
    if not counted:
        return "plain"
    return "alone" if all(scan.alone for scan in counted) else "counted"


def difference(foreign, local, rows_only=False):
    """What distinguishes the foreign side's results from the local one's, or None."""
    for at, (one, other) in enumerate(zip(foreign, local)):
        found = difference_of(one, other, rows_only)
        if found:
            return found if len(local) == 1 else "statement %d: %s" % (at + 1, found)
    if len(foreign) != len(local):
        return "%d results instead of %d" % (len(foreign), len(local))
    return None


def difference_of(one, other, rows_only):
    if one.sqlstate != other.sqlstate:
        return "SQLSTATE %s instead of %s: %s" % (
            one.sqlstate, other.sqlstate, one.message or other.message)
    if one.command != other.command:
        return "%s instead of %s" % (one.command, other.command)
    if one.types != other.types:
        return "types %s instead of %s" % (one.types, other.types)
    if rows_only or one.rows == other.rows:
        return None
    got, wanted = Counter(values_of(one)), Counter(values_of(other))
    if got == wanted:
        return None
    return "rows differ\n%s%s" % (shown("only foreign", got - wanted),
                                  shown("only local", wanted - got))


def values_of(result):
    """Rows with numerics as values: none of several equal ones is guaranteed."""
    numeric = [at for at, kind in enumerate(result.types) if kind == NUMERIC]
    for row in result.rows:
        yield tuple(
            str(Decimal(value.decode()).normalize()).encode()
            if at in numeric and value not in (None, b"NaN") else value
            for at, value in enumerate(row))


def shown(title, rows, most=5):
    lines = ["  %s, %d times: %s" % (title, times, show_row(row))
             for row, times in sorted(rows.items(), key=repr)[:most]]
    if len(rows) > most:
        lines.append("  and %d more" % (len(rows) - most))
    return "".join(line + "\n" for line in lines)


def show_row(row):
    return " | ".join("NULL" if one is None else one.decode("utf-8", "replace") for one in row)
