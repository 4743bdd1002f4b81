"""Selects the rows that a request for a commercial or analytics resource gets.

Filter, groupby, orderby and paging over the tables of the store; results and
printed pages are kept, so that asking again costs next to nothing.
"""

import itertools
import threading
from array import array
from collections import OrderedDict
from dataclasses import dataclass

import dates
import documents
import filters
import pages
import parameters
from tables import MISSING, Number, distinct
from wire import Answer

KEEP_RESULTS = 64

# Switches that a result depends on, besides the table it is taken from.
READINGS = ("string_comparison", "guid_comparison", "ne_keeps_nulls", "group_comparison",
            "group_null_keys", "all_null_sum", "group_limit")


@dataclass(frozen=True)
class Question:
    """A request's parameters, understood."""
    found: tuple
    top: int
    skip: int
    tree: object
    groups: object
    orders: tuple
    level: str
    day: object

    @property
    def key(self):
        """What decides the result, paging apart."""
        return tuple(pair for pair in self.found if pair[0] not in ("top", "skip"))


@dataclass(frozen=True)
class Result:
    """A table and the positions of the rows that were chosen from it."""
    table: object
    rows: object        # a range, or an array of positions


class Queries:
    """Answers requests from a store, and keeps what it made."""

    def __init__(self, store, cache):
        self._store = store
        self._cache = cache
        self._results = OrderedDict()
        self._lock = threading.Lock()
        self._turn = itertools.count()

    def answer(self, resource, request, query, switches, tweaks):
        """The page that a request asks for; parameters.Bad if it asks nonsense."""
        question = understood(resource, query, switches)
        if not question.found and self._verbatim(resource, switches, tweaks):
            return Answer(parts=[documents.body(resource.name)])
        table = self._table(resource, question, switches)
        result = self._result(resource, question, switches, table)
        size = max(min(question.top, switches["cap_top"] or question.top), switches["min_top"])
        skip = 0 if switches["ignore_skip"] else question.skip
        if tweaks.get("duplicate_page"):
            skip = max(0, skip - size)
        count = max(0, min(size, len(result.rows) - skip))
        style = pages.Style.of(switches, grouped=question.groups is not None,
                               strings=question.groups is not None and resource.grouped_strings)
        rows = self._printed(resource, question, switches, tweaks, result, style, skip, count)
        link = self._link(request, question, switches, skip, count, len(result.rows))
        total = self._total(resource, question, switches, table, result, count)
        return Answer(parts=pages.envelope(style, switches["envelope"], rows, count, link, total))

    def _verbatim(self, resource, switches, tweaks):
        """Whether the answer is the document's example itself."""
        plain = pages.Style.of(switches) == pages.Style()
        usual = (switches["envelope"], switches["total_count"], switches["cap_top"],
                 switches["shuffle"]) == ("Value", "filtered", 0, "none")
        return (plain and usual and not tweaks
                and self._store.is_document(resource.name, switches))

    def _table(self, resource, question, switches):
        if question.day is None:
            return self._store.latest(resource.name, switches)
        return self._store.at(resource.name, switches, question.day)

    def _result(self, resource, question, switches, table):
        key = (table.serial, question.key, tuple(switches[name] for name in READINGS))
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        result = chosen(question, switches, table)
        if question.groups is not None:
            result = grouped(resource, question, switches, result)
        if question.orders:
            result = ordered(question, result)
        with self._lock:
            self._results[key] = result
            while len(self._results) > KEEP_RESULTS:
                self._results.popitem(last=False)
        return result

    def _printed(self, resource, question, switches, tweaks, result, style, skip, count):
        """The rows of the page as one piece of JSON."""
        fields = printed_fields(resource, question, result.table, style)
        shuffle = "reverse" if tweaks.get("reverse") else switches["shuffle"]
        if shuffle == "page" and question.orders:
            shuffle = "none"
        if shuffle != "none":
            rows = shuffled(result.rows, skip, count, shuffle, next(self._turn))
            return style.between.join(result.table.render(style, fields, rows))
        key = (result.table.serial, question.key, style, skip, count,
               tuple(switches[name] for name in READINGS))
        return self._cache.get(key, lambda: style.between.join(
            result.table.render(style, fields, result.rows[skip:skip + count])))

    def _link(self, request, question, switches, skip, count, size):
        kind = switches["next_link"]
        if kind == "absent":
            return MISSING
        if kind == "always_null" or skip + count >= size or not count:
            return None
        if kind == "empty":
            return ""
        return pages.next_link(kind, request, switches["foreign_host"], question.found,
                               {"top": str(question.top), "skip": str(skip + count)})

    def _total(self, resource, question, switches, table, result, count):
        kind = switches["total_count"]
        if kind == "absent":
            return MISSING
        if kind == "null":
            return None
        if kind == "page":
            return count
        size = len(result.rows)
        if kind == "unfiltered" and question.tree is not None:
            whole = Question(tuple(pair for pair in question.found if pair[0] != "filter"),
                             question.top, question.skip, None, question.groups,
                             question.orders, question.level, question.day)
            size = len(self._result(resource, whole, switches, table).rows)
        return str(size) if kind == "string" else size


def understood(resource, query, switches):
    """The Question of a raw query string."""
    required = dict(parameters.split(switches["required_query"], switches)) \
        if switches["required_query"] and resource.name == "devices" else {}
    found = parameters.read(query, {*resource.parameters, *required}, switches)
    for name, value in required.items():
        if found.pop(name, None) != value:
            raise parameters.Bad("The parameter '%s' must be '%s'." % (name, value))
    groups = parameters.group_fields(found, resource)
    return Question(
        found=tuple(found.items()),
        top=parameters.integer(found, "top", resource.max_top, 1, resource.max_top),
        skip=parameters.integer(found, "skip", 0, 0, None),
        tree=parameters.filter_tree(found, resource, switches),
        groups=groups,
        orders=tuple(parameters.order_fields(found, resource, groups)),
        level=parameters.level(found, resource, groups),
        day=parameters.snapshot_day(found))


def printed_fields(resource, question, table, style):
    """(column, key, field) of what a row prints, in its order."""
    if question.groups is not None:
        fields = list(question.groups) + resource.metrics
    else:
        fields = resource.printed_fields
    known = [(one.name, style.key(one), one) for one in fields if one.name in table.columns]
    if question.groups is not None:
        return known
    others = [name for name in table.columns if name not in resource.by_name]
    return known + [(name, style.cased(name), None) for name in others]


def chosen(question, switches, table):
    """The rows that satisfy the filter."""
    if question.tree is None:
        return Result(table, range(table.count))
    mask = filters.chosen(question.tree, table, switches)
    return Result(table, array("I", itertools.compress(range(table.count), mask)))


def grouped(resource, question, switches, result):
    """The sums by the fields of groupby."""
    fold = filters.FOLDS[switches["group_comparison"]]
    keys = [(field.name, key_column(field, question.level, switches, fold, result.table))
            for field in question.groups]
    metrics = [(one.name, one.type, one.counts_rows) for one in resource.metrics]
    null_sum = 0 if switches["all_null_sum"] == "zero" else None
    table = result.table.grouped(result.rows, keys, metrics, null_sum)
    rows = range(table.count)
    if switches["group_null_keys"] == "drop":
        columns = [table.columns[name] for name, _ in keys]
        rows = array("I", (at for at in rows if not any(
            column.values[column.codes[at]] is None for column in columns)))
    if switches["group_limit"]:
        rows = rows[:switches["group_limit"]]
    return Result(table, rows)


def key_column(field, level, switches, fold, table):
    """A group key's column: dates in buckets, strings that compare equal made one."""
    column = table.columns.get(field.name)
    if column is None:
        return table.constant(None)
    column = column.mapped(lambda value: None if value is MISSING else value)
    if field.type in ("datetime", "date"):
        column = column.mapped(lambda value: dates.bucket(value, level))
    if field.type != "text" or field.exact_case or switches["group_comparison"] == "sensitive":
        return column.merged(distinct)
    return column.merged(lambda value: fold(value) if isinstance(value, str)
                         and not isinstance(value, Number) else distinct(value))


def ordered(question, result):
    """The rows in the order asked for; null comes first."""
    keys = []
    for field, descending in question.orders:
        column = result.table.columns.get(field.name)
        if column is None:
            continue
        values = [value if field.type in ("text", "guid") else filters.comparable(field, value)
                  for value in column.values]
        values = [(value is not None, 0 if value is None else value) for value in values]
        rank = {value: at for at, value in enumerate(sorted(set(values)))}
        sign = -1 if descending else 1
        ranks = [sign * rank[value] for value in values]
        keys.append(array("q", map(ranks.__getitem__, column.codes)))
    rows = sorted(result.rows, key=lambda at: tuple(key[at] for key in keys))
    return Result(result.table, array("I", rows))


def shuffled(rows, skip, count, how, turn):
    """A page whose order depends on the turn."""
    size = len(rows)
    if how == "result" and size:
        start = turn * 7919 % size
        return array("I", (rows[(start + skip + at) % size] for at in range(count)))
    page = array("I", rows[skip:skip + count])
    if how == "reverse" or turn % 2:
        page.reverse()
    return page
