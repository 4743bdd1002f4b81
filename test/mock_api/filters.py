"""Parses a filter parameter and chooses the rows that satisfy it.

    or_term   = and_term { "or" and_term }
    and_term  = term { "and" term }
    term      = "(" or_term ")" | "contains" "(" field "," string ")"
              | field operator literal
    operator  = "eq" | "ne" | "gt" | "ge" | "lt" | "le"
    literal   = string | number | "true" | "false"
              | "cast" "(" string "," "Edm.DateTimeOffset" ")" | string | date

Keywords are lower case, field names exact, strings in single quotes with '' for
a quote.  What a field allows is its catalog row's.  Two words or literals need a
blank between them.  Anything else is BadFilter.

The switch filter_date_literal says which of the three forms of a date is read, and
filter_date_format what stands in it.  As documented, it is a day or, for a field whose
catalog row says so, a second.
"""

import decimal
import re
import unicodedata

import catalog
import dates
from tables import MISSING

# Client-made filters are flat; this only bounds the parser's own stack.
MAX_DEPTH = 64

TOKEN = re.compile(
    r"(?P<blank>[ \t]+)|(?P<string>'(?:[^']|'')*')"
    r"|(?P<date>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_.]*)|(?P<mark>[(),])", re.ASCII)

OPERATORS = frozenset(["eq", "ne", "gt", "ge", "lt", "le"])


class BadFilter(ValueError):
    """The filter can't be read, or asks what a field does not offer."""


def tokens(source):
    """The (kind, text, position) of each token, blanks left out."""
    found, at, glued = [], 0, False
    while at < len(source):
        match = TOKEN.match(source, at)
        if match is None:
            raise BadFilter("unexpected character %r at position %d" % (source[at], at))
        kind = match.lastgroup
        if kind != "blank":
            if glued and kind != "mark":
                raise BadFilter("a blank is missing at position %d" % at)
            found.append((kind, match.group(), at))
        glued = kind in ("string", "date", "number", "word")
        at = match.end()
    return found


# What is read where no switches are given: the documents' forms only.
STRICT = {"filter_date_literal": "cast", "filter_date_format": "documented", "max_clauses": 0,
          "refused_fields": []}

# What stands in a date's literal, by the name of the format.
DAY_FORM = r"\d{4}-\d\d-\d\d"
SECOND_FORM = DAY_FORM + r"T\d\d:\d\d:\d\d"
FORMATS = {"date": DAY_FORM, "datetime": SECOND_FORM, "datetime_utc": SECOND_FORM + "Z",
           "any": ".*", "day": DAY_FORM, "second": "%s|%s" % (DAY_FORM, SECOND_FORM)}


class Parser:
    """Reads one filter for one resource into a tree of tuples."""

    def __init__(self, resource, source, switches):
        self._resource = resource
        self._switches = switches
        self._clauses = 0
        self._tokens = tokens(source) + [("end", "", len(source))]
        self._at = 0
        self._depth = 0

    def parse(self):
        tree = self._either()
        kind, text, position = self._next()
        if kind != "end":
            raise BadFilter("unexpected %r at position %d" % (text, position))
        return tree

    def _peek(self):
        return self._tokens[self._at]

    def _next(self):
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _expect(self, kind, *texts):
        found, text, position = self._next()
        if found != kind or (texts and text not in texts):
            wanted = " or ".join(map(repr, texts)) or "a " + kind
            raise BadFilter("expected %s at position %d, found %r"
                            % (wanted, position, text or "the end"))
        return text

    def _chain(self, word, part):
        parts = [part()]
        while self._peek()[:2] == ("word", word):
            self._next()
            parts.append(part())
        return parts[0] if len(parts) == 1 else (word, parts)

    def _either(self):
        return self._chain("or", self._both)

    def _both(self):
        return self._chain("and", self._term)

    def _term(self):
        if self._peek()[:2] == ("mark", "("):
            return self._group()
        name = self._expect("word")
        if name == "contains" and self._peek()[:2] == ("mark", "("):
            return self._contains()
        field = self._field(name)
        operator = self._expect("word", *sorted(OPERATORS))
        self._allow(field, operator)
        return (operator, field, self._literal(field))

    def _group(self):
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise BadFilter("parentheses are nested deeper than %d" % MAX_DEPTH)
        self._expect("mark", "(")
        tree = self._either()
        self._expect("mark", ")")
        self._depth -= 1
        return tree

    def _contains(self):
        self._expect("mark", "(")
        field = self._field(self._expect("word"))
        self._allow(field, "contains")
        self._expect("mark", ",")
        value = unquoted(self._expect("string"))
        self._expect("mark", ")")
        return ("contains", field, value)

    def _field(self, name):
        name = catalog.LIST_NAMES.get((self._resource.name, name), name)
        field = self._resource.by_name.get(name)
        if field is None:
            raise BadFilter("unknown field %r" % name)
        return field

    def _allow(self, field, operator):
        self._clauses += 1
        if 0 < self._switches["max_clauses"] < self._clauses:
            raise BadFilter("there are more than %d conditions" % self._switches["max_clauses"])
        if not field.operators or field.name in self._switches["refused_fields"]:
            raise BadFilter("field %r can't be used in a filter" % field.name)
        if operator not in field.operators:
            raise BadFilter("operator %r is not supported on field %r" % (operator, field.name))

    def _literal(self, field):
        kind, text, position = self._next()
        if field.type in ("text", "guid") and kind == "string":
            return unquoted(text)
        if field.type == "boolean" and kind == "word" and text in ("true", "false"):
            return text == "true"
        if field.type in ("long", "double", "decimal") and kind == "number":
            return decimal.Decimal(text)
        if field.type in ("datetime", "datetimez", "date"):
            form = self._switches["filter_date_literal"]
            if (kind, text) == ("word", "cast") and form in ("cast", "any"):
                return self._cast(field)
            if kind == "string" and form in ("quoted", "any"):
                return self._date(field, unquoted(text))
            if kind == "date" and form in ("bare", "any"):
                return self._date(field, text)
        raise BadFilter("%r at position %d is no literal of field %r, which is of type %s"
                        % (text or "the end", position, field.name, field.type))

    def _cast(self, field):
        self._expect("mark", "(")
        written = unquoted(self._expect("string"))
        self._expect("mark", ",")
        self._expect("word", "Edm.DateTimeOffset")
        self._expect("mark", ")")
        return self._date(field, written)

    def _date(self, field, written):
        form = self._switches["filter_date_format"]
        form = FORMATS[field.literal_unit or "any" if form == "documented" else form]
        if re.fullmatch(form, written, re.ASCII) is None:
            raise BadFilter("%r is no form of a date of field %r" % (written, field.name))
        try:
            return dates.ticks(written)
        except ValueError:
            raise BadFilter("%r is not a date" % written) from None


def unquoted(literal):
    return literal[1:-1].replace("''", "'")


def parse(resource, source, switches=STRICT):
    """The tree of a filter; BadFilter if it is none."""
    return Parser(resource, source, switches).parse()


# How two strings are compared, by the name of the reading.
FOLDS = {
    "sensitive": lambda value: value,
    "insensitive": str.casefold,
    "insensitive_trailing": lambda value: value.rstrip(" ").casefold(),
    "insensitive_accents": lambda value: "".join(
        one for one in unicodedata.normalize("NFKD", value.casefold())
        if not unicodedata.combining(one)),
}


def fold_of(field, switches):
    """The name of the comparison that holds for a field's strings."""
    if field.exact_case:
        return "sensitive"
    if field.type == "guid":
        return switches["guid_comparison"]
    return switches["string_comparison"]


class Truth:
    """Which distinct values of one column satisfy a part of the filter."""

    def __init__(self, name, flags):
        self.name = name
        self.flags = flags

    def mask(self, table):
        """The same as an integer with one byte a row."""
        return int.from_bytes(table.columns[self.name].spread(self.flags), "little")


def chosen(tree, table, switches):
    """One byte a row: 1 where the filter holds."""
    result = evaluate(tree, table, switches)
    mask = result.mask(table) if isinstance(result, Truth) else result
    return mask.to_bytes(table.count, "little")


def evaluate(tree, table, switches):
    """A Truth where one column decides, else an integer mask."""
    operator = tree[0]
    if operator not in ("and", "or"):
        return leaf(tree, table, switches)
    by_name, masks = {}, []
    for part in tree[1]:
        result = evaluate(part, table, switches)
        if isinstance(result, Truth):
            by_name.setdefault(result.name, []).append(result.flags)
        else:
            masks.append(result)
    truths = [Truth(name, joined(operator, flags)) for name, flags in by_name.items()]
    if len(truths) == 1 and not masks:
        return truths[0]
    masks += [truth.mask(table) for truth in truths]
    result = masks[0]
    for mask in masks[1:]:
        result = result & mask if operator == "and" else result | mask
    return result


def joined(operator, flags):
    """Flags of one column, joined value by value."""
    size = len(flags[0])
    result = int.from_bytes(flags[0], "little")
    for one in flags[1:]:
        other = int.from_bytes(one, "little")
        result = result & other if operator == "and" else result | other
    return result.to_bytes(size, "little")


def leaf(tree, table, switches):
    """The Truth of one comparison."""
    operator, field, literal = tree
    column = table.columns.get(field.name)
    if column is None:
        keeps = operator == "ne" and switches["ne_keeps_nulls"]
        return int.from_bytes((b"\1" if keeps else b"\0") * table.count, "little")
    if operator in ("eq", "ne"):
        flags = equal(column, field, literal, switches)
        if operator == "ne":
            flags = bytes(map((1).__sub__, flags))
    elif operator == "contains":
        fold = FOLDS[fold_of(field, switches)]
        wanted = fold(literal)
        flags = bytes(isinstance(value, str) and wanted in fold(value)
                      for value in column.values)
    else:
        flags = ranged(column, field, operator, literal)
    if operator == "ne" and not switches["ne_keeps_nulls"]:
        flags = bytes(flag and value is not None and value is not MISSING
                      for flag, value in zip(flags, column.values))
    return Truth(field.name, flags)


def equal(column, field, literal, switches):
    """Flags of the distinct values that equal a literal."""
    flags = bytearray(len(column.values))
    if field.type in ("text", "guid"):
        name = fold_of(field, switches)
        wanted = FOLDS[name](literal)
        index = column.index(name, lambda value: FOLDS[name](value)
                             if isinstance(value, str) else None)
    else:
        wanted = literal
        index = column.index(field.type, lambda value: comparable(field, value))
    for code in index.get(wanted, ()):
        flags[code] = 1
    return bytes(flags)


def ranged(column, field, operator, literal):
    """Flags of the distinct values on one side of a literal."""
    test = {"gt": lambda value: value > literal, "ge": lambda value: value >= literal,
            "lt": lambda value: value < literal, "le": lambda value: value <= literal}[operator]
    values = (comparable(field, value) for value in column.values)
    return bytes(value is not None and test(value) for value in values)


def comparable(field, value):
    """A stored value as what a literal of its field's type is compared with."""
    if value is None or value is MISSING:
        return None
    if field.type == "boolean":
        return value
    if field.type in ("datetime", "datetimez", "date"):
        return dates.ticks(value)
    return decimal.Decimal(str(value))
