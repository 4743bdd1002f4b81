"""Keeps, prints and sums rows in little memory, up to millions of them.

A column keeps each distinct value once, and for each row a code of that value.
A row is printed by joining the ready-made fragments '"key":value' of its codes.
query.py selects rows, pages.py writes what surrounds them.
"""

import decimal
import itertools
import json
from array import array

SERIAL = itertools.count(1)


class Number(str):
    """A JSON number in the digits it was written with."""
    __slots__ = ()


def loads(text):
    """JSON whose fractions keep their digits."""
    return json.loads(text, parse_float=Number)


def dumps(value, ascii_only=False):
    """JSON text of a value; a Number as it was written."""
    if isinstance(value, Number):
        return str.__str__(value)
    if isinstance(value, list):
        return "[" + ",".join(dumps(one, ascii_only) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(key, ensure_ascii=ascii_only) + ":"
                              + dumps(one, ascii_only) for key, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=ascii_only)


def summable(value):
    """A metric's value as a number that adds up exactly, None for null."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return decimal.Decimal(str(value))


def printable(total, kind):
    """A sum as the JSON number of its field's type."""
    if total is None:
        return None
    if kind == "double":
        return float(total)
    if isinstance(total, decimal.Decimal):
        return Number(format(total, "f"))
    return total


class Column:
    """Distinct values, and a code of one of them for each row."""

    def __init__(self, values, codes):
        self.values = values
        self.codes = codes
        self._indexes = {}

    @classmethod
    def of(cls, items):
        """Encode any JSON values."""
        seen, values, codes = {}, [], array("I")
        for item in items:
            key = distinct(item)
            code = seen.get(key)
            if code is None:
                code = seen[key] = len(values)
                values.append(item)
            codes.append(code)
        return cls(values, codes)

    def spread(self, flags):
        """One byte a row from one byte a distinct value."""
        return bytes(map(flags.__getitem__, self.codes))

    def index(self, name, key):
        """The codes of each comparable form of a value."""
        found = self._indexes.get(name)
        if found is None:
            found = {}
            for code, value in enumerate(self.values):
                found.setdefault(key(value), []).append(code)
            self._indexes[name] = found
        return found

    def merged(self, key):
        """The column with values of one key made the first of them."""
        first, translation = {}, []
        for code, value in enumerate(self.values):
            translation.append(first.setdefault(key(value), code))
        return Column(self.values, array("I", map(translation.__getitem__, self.codes)))

    def mapped(self, change):
        """The column with each value changed."""
        return Column([change(value) for value in self.values], self.codes)


class Missing:
    """The value of a key that a row does not have."""

    def __repr__(self):
        return "MISSING"


MISSING = Missing()


class Table:
    """Rows of one resource, in their natural order."""

    def __init__(self, columns, count):
        self.serial = next(SERIAL)
        self.columns = columns
        self.count = count
        self._fragments = {}

    @classmethod
    def of(cls, rows, names):
        """From dicts: the named fields, then any other keys, missing ones as MISSING."""
        seen = dict.fromkeys(key for row in rows for key in row)
        used = [name for name in names if name in seen]
        used += [name for name in seen if name not in names]
        return cls({name: Column.of([row.get(name, MISSING) for row in rows])
                    for name in used}, len(rows))

    @classmethod
    def joined(cls, pieces):
        """One Table of several (table, rows), rows being a range or positions."""
        names = list(dict.fromkeys(name for table, _ in pieces for name in table.columns))
        columns = {}
        for name in names:
            columns[name] = joined_column(name, pieces)
        return cls(columns, sum(len(rows) for _, rows in pieces))

    def constant(self, value):
        """A column that has one value in all rows."""
        return Column([value], array("I", bytes(4 * self.count)))

    def fragments(self, style, fields):
        """For each column of a style, the printed form of each distinct value."""
        found = self._fragments.get(style)
        if found is None:
            if len(self._fragments) > 4:
                self._fragments.clear()
            found = [(name, [style.fragment(key, field, value)
                             for value in self.columns[name].values])
                     for name, key, field in fields]
            self._fragments[style] = found
        return found

    def render(self, style, fields, rows):
        """The printed rows (a range, or an array of positions), as a list of bytes."""
        parts, holes = [], False
        for name, printed in self.fragments(style, fields):
            codes = self.columns[name].codes
            parts.append(map(printed.__getitem__, picked(codes, rows)))
            holes = holes or None in printed
        lines = zip(*parts) if parts else iter([()] * len(rows))
        if holes:
            lines = (filter(None, line) for line in lines)
        return list(map(style.comma.join, lines))

    def grouped(self, rows, keys, metrics, null_sum):
        """A Table of sums: keys are (name, Column), metrics (name, type, counts_rows)."""
        groups = sums(zip(*[picked(column.codes, rows) for _, column in keys]),
                      [picked_values(self, name, rows, counts) for name, _, counts in metrics])
        columns = {name: Column(column.values, array("I", (key[at] for key in groups)))
                   for at, (name, column) in enumerate(keys)}
        for at, (name, kind, _) in enumerate(metrics):
            columns[name] = Column.of([
                printable(null_sum if total[at] is None else total[at], kind)
                for total in groups.values()])
        return Table(columns, len(groups))


def distinct(value):
    """What tells one JSON value from another."""
    return value if type(value) in (str, int, Missing) else (type(value), dumps(value))


def picked(codes, rows):
    """The codes of some rows, given as a range or as positions."""
    if isinstance(rows, range):
        return codes[rows.start:rows.stop]
    return map(codes.__getitem__, rows)


def joined_column(name, pieces):
    """The column of that name over several (table, rows)."""
    codes, values, known = array("I"), [], {}
    for table, rows in pieces:
        column = table.columns.get(name) or table.constant(MISSING)
        translation = []
        for value in column.values:
            key = distinct(value)
            if key not in known:
                known[key] = len(values)
                values.append(value)
            translation.append(known[key])
        codes.extend(map(translation.__getitem__, picked(column.codes, rows)))
    return Column(values, codes)


def picked_values(table, name, rows, counts):
    """A metric's numbers, row by row; 1 where the metric counts rows."""
    column = table.columns.get(name)
    if column is None:
        return itertools.repeat(1 if counts else None)
    values = [None if value is MISSING else summable(value) for value in column.values]
    return map(values.__getitem__, picked(column.codes, rows))


def sums(keys, metrics):
    """Each key in the order of its first row, with the sum of each metric."""
    groups = {}
    for key, *numbers in zip(keys, *metrics):
        totals = groups.get(key)
        if totals is None:
            groups[key] = numbers
            continue
        for at, number in enumerate(numbers):
            if number is not None:
                totals[at] = number if totals[at] is None else totals[at] + number
    return groups
